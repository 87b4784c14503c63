"""Who is invited to a meeting, who came for which organisation, and whether they were there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import case, func, select

from kbpartners import clock
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.meetings.models import Attendance
from kbpartners.meetings.service.records import actor, locked, snapshot, write_meeting_scopes
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity

LABEL = func.coalesce(func.nullif(Organization.short_name, ""), Organization.name)


class Guest(NamedTuple):
    """One line of the attendance list. `present` is None while nobody has noted it."""

    id: int
    organization_id: int
    organization: str
    category: str
    name: str
    position: str
    present: bool | None
    is_example: bool


class Invitable(NamedTuple):
    """An organisation that can be invited; `invited` if it is already."""

    id: int
    label: str
    category: str
    invited: bool


@dataclass(frozen=True)
class AttendanceValues:
    """One line as a person fills it in. `id` is None for a new line; `remove` takes the line off the list."""

    organization_id: int
    name: str = ""
    position: str = ""
    present: bool | None = None
    id: int | None = None
    remove: bool = False


def guests(meeting_id: int) -> list[Guest]:
    """The attendance list, by organisation. The caller has checked that the meeting may be seen."""
    rows = db.session.execute(
        select(
            Attendance.id,
            Attendance.organization_id,
            LABEL,
            Organization.category,
            Attendance.name,
            Attendance.position,
            Attendance.present,
            Attendance.is_example,
        )
        .join(Organization, Organization.id == Attendance.organization_id)
        .where(Attendance.meeting_id == meeting_id)
        .order_by(case((Organization.category == "bkkbn", 0), else_=1), LABEL, Attendance.id)
    )
    return [Guest(*row) for row in rows]


def invitable(meeting_id: int | None = None, day: date | None = None) -> list[Invitable]:
    """Every organisation that exists today, by category and name."""
    day = day or clock.today()
    invited = (
        select(Attendance.id)
        .where(Attendance.meeting_id == meeting_id, Attendance.organization_id == Organization.id)
        .exists()
    )
    rows = db.session.execute(
        select(Organization.id, LABEL, Organization.category, invited)
        .where((Organization.ended_on.is_(None)) | (Organization.ended_on > day))
        .order_by(Organization.category, LABEL, Organization.id)
    )
    return [Invitable(*row) for row in rows]


def invite(*, who: Identity | None, meeting_id: int, organization_ids: Iterable[int], is_example: bool = False) -> int:
    """Invite organisations that are not invited yet; returns how many. Raises NotFound, Invalid for unknown ones."""
    meeting = locked(who, meeting_id)
    present = set(
        db.session.execute(select(Attendance.organization_id).where(Attendance.meeting_id == meeting_id)).scalars()
    )
    new = sorted(set(organization_ids) - present)
    names = _labels(new)
    db.session.add_all(Attendance(meeting_id=meeting_id, organization_id=unit, is_example=is_example) for unit in new)
    db.session.flush()
    if new:
        write_meeting_scopes(meeting)
        invited = ", ".join(names[unit] for unit in new)
        audit.record(
            who,
            "meeting",
            meeting_id,
            f"{actor(who)} mengundang {len(new)} organisasi ke rapat “{meeting.title}”.",
            snapshot=snapshot(meeting),
            changes=[("Undangan", "", invited)],
        )
    return len(new)


def note_attendance(
    *, who: Identity | None, meeting_id: int, lines: Sequence[AttendanceValues], is_example: bool = False
) -> None:
    """Save lines of the attendance list: known ones are changed or removed, others left alone, new ones fill an
    invitation that still stands empty or are added.

    Raises NotFound, Invalid for an unknown organisation or a line of another meeting.
    """
    meeting = locked(who, meeting_id)
    known = {
        row.id: row
        for row in db.session.execute(select(Attendance).where(Attendance.meeting_id == meeting_id)).scalars()
    }
    names = _labels(sorted({line.organization_id for line in lines} | {row.organization_id for row in known.values()}))
    changes: list[audit.Change] = []
    for line in lines:
        row = known.get(line.id) if line.id is not None else None
        if line.id is not None and row is None:
            raise Invalid(_("Baris daftar hadir itu tidak ada pada rapat ini."))
        if line.id is None:
            row = _untouched(known.values(), line.organization_id)
        old = _sentence(row, names) if row else ""
        if line.remove:
            if row:
                db.session.delete(row)
                changes.append(("Daftar hadir", old, ""))
            continue
        if row is None:
            row = Attendance(meeting_id=meeting_id, is_example=is_example)
            db.session.add(row)
        row.organization_id, row.name, row.position = line.organization_id, line.name, line.position
        row.present = line.present
        if (new := _sentence(row, names)) != old:
            changes.append(("Daftar hadir", old, new))
    if not changes:
        return
    db.session.flush()
    write_meeting_scopes(meeting)
    sentence = f"{actor(who)} mencatat kehadiran pada rapat “{meeting.title}”."
    audit.record(who, "meeting", meeting_id, sentence, snapshot=snapshot(meeting), changes=changes)


def _untouched(rows: Iterable[Attendance], organization_id: int) -> Attendance | None:
    """The invitation that nobody has filled in yet: the first person who is noted for the organisation takes it."""
    for row in rows:
        if row.organization_id == organization_id and not (row.name or row.position) and row.present is None:
            return row
    return None


def _sentence(row: Attendance, names: dict[int, str]) -> str:
    there = {True: "hadir", False: "tidak hadir", None: "belum dicatat"}[row.present]
    person = ", ".join(part for part in (row.name, row.position) if part)
    return f"{names[row.organization_id]}{f' ({person})' if person else ''}: {there}"


def _labels(ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(select(Organization.id, LABEL.label("label")).where(Organization.id.in_(ids)))
    names = {row.id: row.label for row in rows}
    if len(names) < len(set(ids)):
        raise Invalid(_("Pilih organisasi dari daftar."))
    return names
