"""One meeting: reading it with its series, recording and editing it, and who may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any, NamedTuple

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, literal, or_, select, true
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Conflict, FieldConflict, Invalid, NotFound
from kbpartners.meetings.models import Attendance, Meeting, MeetingScope
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.organizations.service import office_id
from kbpartners.scopes import Relation, write_scopes
from kbpartners.security import Identity, visible

MOST_IN_SERIES = 12
"""How far back "brought from the last meeting" looks: a year of monthly control meetings."""


class Link(NamedTuple):
    """Another meeting of the series. `seen`: whether the reader may open it."""

    id: int
    title: str
    kind: str
    held_on: date
    predecessor_id: int | None
    seen: bool


@dataclass(frozen=True)
class Detail:
    """A meeting as its page shows it. `before` is the series backwards, the predecessor first."""

    id: int
    version: int
    title: str
    kind: str
    held_on: date
    ends_on: date | None
    starts_at: time | None
    place: str
    chair: str
    minute_taker: str
    description: str
    is_example: bool
    before: list[Link]
    after: list[Link]


@dataclass(frozen=True)
class MeetingValues:
    """What a person fills in. Days are the office's dates, `starts_at` its wall clock."""

    title: str
    kind: str
    held_on: date
    ends_on: date | None = None
    starts_at: time | None = None
    place: str = ""
    chair: str = ""
    minute_taker: str = ""
    description: str = ""
    predecessor_id: int | None = None


def seen_by(who: Identity | None) -> ColumnElement[bool]:
    """The condition "`who` may see this meeting". The office (and the system) sees all: nothing is looked up."""
    return true() if who is None or who.of_office else visible(MeetingScope, Meeting.id, who)


def actor(who: Identity | None) -> str:
    """Who did it, for a sentence of the log."""
    return who.name if who else "Sistem"


def detail(who: Identity, meeting_id: int) -> Detail:
    """A meeting and its series (two queries). Raises NotFound for one that `who` is not invited to."""
    row = db.session.execute(
        select(
            Meeting.id,
            Meeting.version,
            Meeting.title,
            Meeting.kind,
            Meeting.held_on,
            Meeting.ends_on,
            Meeting.starts_at,
            Meeting.place,
            Meeting.chair,
            Meeting.minute_taker,
            Meeting.description,
            Meeting.is_example,
            Meeting.predecessor_id,
        ).where(Meeting.id == meeting_id, seen_by(who))
    ).one_or_none()
    if row is None:
        raise NotFound
    columns: dict[str, Any] = dict(row._mapping)
    predecessor_id = columns.pop("predecessor_id")
    links = _series(who, meeting_id)
    before: list[Link] = []
    while predecessor_id in links and len(before) < MOST_IN_SERIES:
        before.append(links.pop(predecessor_id))
        predecessor_id = before[-1].predecessor_id
    after = sorted((link for link in links.values() if link.predecessor_id == meeting_id), key=lambda k: k.held_on)
    return Detail(**columns, before=before, after=after)


def _series(who: Identity, meeting_id: int) -> dict[int, Link]:
    back = select(Meeting.predecessor_id.label("id"), literal(1).label("step")).where(Meeting.id == meeting_id)
    chain = back.cte("chain", recursive=True)
    other = aliased(Meeting)
    chain = chain.union_all(
        select(other.predecessor_id, chain.c.step + 1)
        .join(chain, other.id == chain.c.id)
        .where(chain.c.step < MOST_IN_SERIES)
    )
    rows = db.session.execute(
        select(
            Meeting.id,
            Meeting.title,
            Meeting.kind,
            Meeting.held_on,
            Meeting.predecessor_id,
            seen_by(who).label("seen"),
        ).where(or_(Meeting.predecessor_id == meeting_id, Meeting.id.in_(select(chain.c.id))))
    )
    return {row.id: Link(*row) for row in rows}


def earlier(who: Identity, meeting_id: int | None = None, limit: int = 100) -> list[tuple[int, str]]:
    """(id, words) of the latest meetings, to choose a predecessor from; without `meeting_id` itself."""
    query = select(Meeting.id, Meeting.title, Meeting.held_on).where(seen_by(who))
    if meeting_id is not None:
        query = query.where(Meeting.id != meeting_id)
    rows = db.session.execute(query.order_by(Meeting.held_on.desc(), Meeting.id.desc()).limit(limit))
    return [(row.id, f"{formats.date_short(row.held_on)} {row.title}") for row in rows]


def editable(who: Identity, meeting_id: int) -> tuple[MeetingValues, int]:
    """The values and version of a meeting for its edit form. Raises NotFound."""
    meeting = db.session.execute(select(Meeting).where(Meeting.id == meeting_id, seen_by(who))).scalar_one_or_none()
    if meeting is None:
        raise NotFound
    return _values(meeting), meeting.version


def create(*, who: Identity | None, values: MeetingValues, is_example: bool = False) -> int:
    """Record a meeting and return its id. Raises Invalid (`ends_on`, `predecessor_id`)."""
    _check(values, None)
    meeting = Meeting(
        **asdict(values),
        is_example=is_example,
        created_at=clock.now(),
        created_by_id=who.user_id if who else None,
        version=1,
    )
    db.session.add(meeting)
    db.session.flush()
    write_meeting_scopes(meeting)
    _record(who, meeting, f"{actor(who)} mencatat rapat “{meeting.title}”.")
    return meeting.id


def update(*, who: Identity | None, meeting_id: int, version: int, values: MeetingValues) -> None:
    """Change a meeting. Raises NotFound, Conflict when `version` is no longer the saved one, Invalid as `create`."""
    meeting = locked(who, meeting_id)
    before = _values(meeting)
    if meeting.version != version and before != values:
        raise Conflict(_differences(before, values), meeting.version)
    _check(values, meeting_id)
    if before == values:
        return
    for name, value in asdict(values).items():
        setattr(meeting, name, value)
    meeting.version += 1
    db.session.flush()
    write_meeting_scopes(meeting)
    with force_locale("id"):  # the log keeps one language, whoever writes
        changes = [(row.label, row.saved, row.yours) for row in _differences(before, values)]
    _record(who, meeting, f"{actor(who)} mengubah data rapat “{meeting.title}”.", changes)


def note_files(*, who: Identity | None, meeting_id: int, names: Sequence[str]) -> None:
    """Say in the log that files were added (nothing if there are none). Raises NotFound."""
    meeting = locked(who, meeting_id)
    if names:
        sentence = f"{actor(who)} menambahkan {len(names)} berkas pada rapat “{meeting.title}”."
        _record(who, meeting, sentence, [("Berkas", "", ", ".join(names))])


def locked(who: Identity | None, meeting_id: int) -> Meeting:
    """The meeting for a change, locked against a second writer. Raises NotFound."""
    meeting = db.session.execute(
        select(Meeting).where(Meeting.id == meeting_id, seen_by(who)).with_for_update(of=Meeting)
    ).scalar_one_or_none()
    if meeting is None:
        raise NotFound
    return meeting


def write_meeting_scopes(meeting: Meeting) -> None:
    """Show the meeting to the organisations invited, their ancestors and the office.

    `is_open` is always true: whether a meeting is past depends on today, and its last day is the sort date.
    """
    units = {office_id(): Relation.OFFICE}
    paths = db.session.execute(
        select(Organization.path)
        .join(Attendance, Attendance.organization_id == Organization.id)
        .where(Attendance.meeting_id == meeting.id)
        .distinct()
    ).scalars()
    for path in paths:
        for unit in path_ids(path):
            units.setdefault(unit, Relation.SUPPORT)
    write_scopes(MeetingScope, meeting.id, units, is_open=True, sort_on=meeting.ends_on or meeting.held_on)


def snapshot(meeting: Meeting) -> dict[str, Any]:
    """What a report prints of a meeting, as JSON values."""
    return {
        "title": meeting.title,
        "kind": meeting.kind,
        "held_on": meeting.held_on.isoformat(),
        "ends_on": meeting.ends_on.isoformat() if meeting.ends_on else None,
        "starts_at": meeting.starts_at.strftime("%H:%M") if meeting.starts_at else None,
        "place": meeting.place,
        "chair": meeting.chair,
        "minute_taker": meeting.minute_taker,
        "description": meeting.description,
        "predecessor_id": meeting.predecessor_id,
        "is_example": meeting.is_example,
    }


def _record(who: Identity | None, meeting: Meeting, sentence: str, changes: list[audit.Change] | None = None) -> None:
    audit.record(who, "meeting", meeting.id, sentence, snapshot=snapshot(meeting), changes=changes or [])


def _values(meeting: Meeting) -> MeetingValues:
    return MeetingValues(**{name: getattr(meeting, name) for name in MeetingValues.__dataclass_fields__})


def _check(values: MeetingValues, meeting_id: int | None) -> None:
    if values.ends_on and values.ends_on < values.held_on:
        raise Invalid(_("Rapat tidak dapat selesai sebelum dimulai."), "ends_on")
    if values.predecessor_id is None:
        return
    before = db.session.execute(select(Meeting.held_on).where(Meeting.id == values.predecessor_id)).scalar_one_or_none()
    if before is None:
        raise Invalid(_("Pilih salah satu dari daftar."), "predecessor_id")
    if before > values.held_on:
        raise Invalid(_("Rapat sebelumnya harus lebih dahulu daripada rapat ini."), "predecessor_id")
    if meeting_id is not None and _leads_to(values.predecessor_id, meeting_id):
        raise Invalid(_("Rapat itu justru lanjutan dari rapat ini."), "predecessor_id")


def _leads_to(start: int, goal: int) -> bool:
    """Whether the series backwards from `start` comes to `goal` (two meetings on one day could name each other)."""
    seen: set[int] = set()
    step: int | None = start
    while step is not None and step not in seen:
        if step == goal:
            return True
        seen.add(step)
        step = db.session.execute(select(Meeting.predecessor_id).where(Meeting.id == step)).scalar_one_or_none()
    return False


def _differences(saved: MeetingValues, yours: MeetingValues) -> list[FieldConflict]:
    labels = {
        "title": _("Judul"),
        "kind": _("Jenis"),
        "held_on": _("Tanggal"),
        "ends_on": _("Sampai tanggal"),
        "starts_at": _("Jam mulai"),
        "place": _("Tempat"),
        "chair": _("Pimpinan rapat"),
        "minute_taker": _("Notulis"),
        "description": _("Keterangan"),
        "predecessor_id": _("Lanjutan dari"),
    }
    return [
        FieldConflict(label, _printed(name, getattr(saved, name)), _printed(name, getattr(yours, name)))
        for name, label in labels.items()
    ]


def _printed(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return formats.date_medium(value)
    if isinstance(value, time):
        return formats.time_short(value)
    if name == "kind":
        return formats.word("meeting_kind", value)
    if name == "predecessor_id":
        return db.session.execute(select(Meeting.title).where(Meeting.id == value)).scalar_one_or_none() or ""
    return str(value)
