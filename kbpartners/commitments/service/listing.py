"""Lists of commitments: filtered, in order of their due day, page by page along one index; and their WhatsApp text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.commitments.models import (
    ACTIVE,
    DONE,
    ENDED,
    PROPOSED_DONE,
    RETURNED,
    SILENT_AFTER_DAYS,
    SUBMITTED,
    Commitment,
    CommitmentScope,
    states_of,
)
from kbpartners.commitments.service.facts import Query, meeting_label
from kbpartners.commitments.service.rules import OPEN
from kbpartners.db import db, fetch
from kbpartners.formats import Badge, State
from kbpartners.meetings.models import Decision, Meeting
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.regions.models import PROVINCE, Region
from kbpartners.scopes import Relation
from kbpartners.security import Identity

PAGE = 50
STATUSES = ("open", "late", "submitted", "returned", "silent", "proposed_done", "done", "ended", "all")
"""Ready views. `late` and `silent` are derived from today; `submitted` waits for verification."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to.

    `organization_id`: owned by this unit or one below it. `region_id`: in this region or within it. `sort`: "due_on"
    or "-due_on"; "" is the soonest first for open ones and the latest first for closed ones.
    """

    q: str = ""
    organization_id: int | None = None
    region_id: int | None = None
    status: str = "open"
    priority: str = ""
    due_from: date | None = None
    due_to: date | None = None
    decision_id: int | None = None
    meeting_id: int | None = None
    sort: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the ready view is chosen."""
        return replace(self, status="open", sort="") != Filters()


class Row(NamedTuple):
    """A commitment in a list."""

    id: int
    title: str
    organization: str
    path: str
    region: str
    region_level: int
    period_start: date
    due_on: date
    status: str
    finished_on: date | None
    report_state: str
    news_on: date
    last_report_on: date | None
    achievement: int | None
    priority: str
    is_example: bool
    meeting_kind: str | None
    held_on: date | None
    version: int = 1

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def source(self) -> str:
        """ "Rakorda 2017", where it was decided; "" if nowhere."""
        return meeting_label(self.meeting_kind, self.held_on)

    @property
    def place(self) -> str:
        """Its region; of the whole province only "Provinsi"."""
        return formats.word("level", PROVINCE) if self.region_level == PROVINCE else self.region

    @property
    def partner_id(self) -> int:
        """The root of the owner's tree."""
        return path_ids(self.path)[0]

    def is_late(self, today: date) -> bool:
        return self.due_on < today and self.status in OPEN

    def states(self, today: date) -> tuple[State, ...]:
        """Lateness first, then the state; at most two."""
        return tuple(states_of(self, today))

    def badges(self, today: date) -> list[Badge]:
        """The looks of those states."""
        return [formats.badge(state) for state in states_of(self, today)]


ORGANIZATION = func.coalesce(func.nullif(Organization.short_name, ""), Organization.name)
COLUMNS = (
    Commitment.id,
    Commitment.title,
    ORGANIZATION,
    Organization.path,
    Region.name,
    Region.level,
    Commitment.period_start,
    Commitment.due_on,
    Commitment.status,
    Commitment.finished_on,
    Commitment.report_state,
    Commitment.news_on,
    Commitment.last_report_on,
    Commitment.achievement,
    Commitment.priority,
    Commitment.is_example,
    Meeting.kind,
    Meeting.held_on,
    Commitment.version,
)


def joined(query: Query) -> Query:
    """The tables that `COLUMNS` needs beside the commitment's own."""
    return (
        query.join(Organization, Organization.id == Commitment.organization_id)
        .join(Region, Region.id == Commitment.region_id)
        .outerjoin(Decision, Decision.id == Commitment.decision_id)
        .outerjoin(Meeting, Meeting.id == Decision.meeting_id)
    )


WALK: Query = joined(
    select(*COLUMNS).select_from(CommitmentScope).join(Commitment, Commitment.id == CommitmentScope.record_id)
)
"""The scope rows of a unit and their commitments: add the unit, `is_open` and the order."""


@dataclass(frozen=True)
class Page:
    """Rows of one page and the key behind which the next one begins ("" on the last)."""

    rows: list[Row]
    after: str


class _Key(NamedTuple):
    """Where a page ended: among the open or the closed ones, on which day, at which record."""

    is_open: bool
    day: date
    record_id: int

    def __str__(self) -> str:
        return f"{int(self.is_open)}.{self.day.isoformat()}.{self.record_id}"

    @classmethod
    def parse(cls, text: str) -> _Key | None:
        try:
            phase, day, number = text.split(".")
            return cls(phase == "1", date.fromisoformat(day), min(int(number), 2**31 - 1))
        except ValueError:
            return None


def page(who: Identity, filters: Filters, after: str = "", *, size: int = PAGE) -> Page:
    """One page of what `who` may see. An `after` that cannot be read is the first page."""
    begin = _Key.parse(after) if after else None
    asked = _asked(filters)
    rows: list[Row] = []
    for is_open in _phases(filters.status):
        if begin is not None and begin.is_open != is_open:
            if is_open:
                continue  # the open ones were on earlier pages
            begin = None
        newest_first = filters.sort == "-due_on" or (not filters.sort and not is_open)
        given = dict(asked)
        if begin is not None:
            given |= {"before" if newest_first else "after": None, "day": begin.day, "record": begin.record_id}
        names = [name for name in given if name in _CONDITIONS]
        rows += walk(who, *names, is_open=is_open, newest_first=newest_first, limit=size + 1 - len(rows), **given)
        if len(rows) > size:
            break
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, str(_Key(rows[-1].is_open, rows[-1].due_on, rows[-1].id)) if more else "")


def _phases(status: str) -> tuple[bool, ...]:
    """Open ones, closed ones, or first the one and then the other: each is a walk of its own along the index."""
    return (True, False) if status == "all" else (status not in (DONE, ENDED),)


# --- the statement -----------------------------------------------------------------------------------------------
# A condition is asked for by giving it a value. There is one statement for each set of conditions, and it is made once.

_Other, _Decided, _Agreed = aliased(CommitmentScope), aliased(Commitment), aliased(Decision)


def _seen(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """One of the units `units` sees the record."""
    units: Any = bindparam("units", expanding=True)
    query = select(_Other.unit_id).where(_Other.record_id == CommitmentScope.record_id, _Other.unit_id.in_(units))
    return query.where(*more).exists()


_TITLE = func.lower(Commitment.title).like(bindparam("pattern"), escape="/")
_DAY, _RECORD = CommitmentScope.sort_on, CommitmentScope.record_id

_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "unit": CommitmentScope.unit_id == bindparam("unit"),
    # What several of the person's units see is walked once, in the row of the first of them.
    "several": and_(
        CommitmentScope.unit_id.in_(bindparam("several", expanding=True)),
        ~_seen(_Other.unit_id < CommitmentScope.unit_id),
    ),
    # Owned by one unit or below it; whoever is not of the office sees of it what is in their own scope.
    "owner": and_(CommitmentScope.unit_id == bindparam("owner"), CommitmentScope.relation == Relation.OWNER),
    "seen": _seen(),
    "title": _TITLE,
    "title_or_number": or_(_TITLE, Commitment.id == bindparam("number")),
    "region": or_(
        Region.code == bindparam("region"),
        and_(Region.code > bindparam("region_from"), Region.code < bindparam("region_to")),
    ),
    "priority": Commitment.priority == bindparam("priority"),
    "due_from": bindparam("due_from") <= _DAY,
    "due_to": bindparam("due_to") >= _DAY,
    # By the key of the scope row: a meeting leads to few commitments, which are then looked up and not walked to.
    "decision_id": _RECORD.in_(select(_Decided.id).where(_Decided.decision_id == bindparam("decision_id"))),
    "meeting_id": _RECORD.in_(
        select(_Decided.id)
        .join(_Agreed, _Agreed.id == _Decided.decision_id)
        .where(_Agreed.meeting_id == bindparam("meeting_id"))
    ),
    "late": bindparam("today") > _DAY,
    "submitted": Commitment.report_state == SUBMITTED,
    "returned": and_(Commitment.report_state == RETURNED, Commitment.status == ACTIVE),
    "silent": and_(
        Commitment.status == ACTIVE,
        Commitment.report_state.not_in((SUBMITTED, RETURNED)),
        Commitment.news_on <= bindparam("silent_since"),
    ),
    "proposed_done": Commitment.status == PROPOSED_DONE,
    "done": Commitment.status == DONE,
    "ended": Commitment.status == ENDED,
    "after": and_(bindparam("day") <= _DAY, or_(bindparam("day") < _DAY, bindparam("record") < _RECORD)),
    "before": and_(bindparam("day") >= _DAY, or_(bindparam("day") > _DAY, bindparam("record") > _RECORD)),
    "own_turn": and_(
        Commitment.status == ACTIVE,
        Commitment.report_state.not_in((SUBMITTED, RETURNED)),
        Commitment.period_start <= bindparam("today"),
    ),
    "owned": CommitmentScope.relation == Relation.OWNER,
    "helped": CommitmentScope.relation <= Relation.SUPPORT,
}


@lru_cache(maxsize=512)
def _statement(is_open: bool, newest_first: bool, conditions: frozenset[str], only_ids: bool = False) -> Query:
    query: Query = WALK.with_only_columns(_RECORD) if only_ids else WALK
    query = query.where(CommitmentScope.is_open == is_open, *(_CONDITIONS[name] for name in sorted(conditions)))
    order = (_DAY.desc(), _RECORD.desc()) if newest_first else (_DAY, _RECORD)
    return query.order_by(*order).limit(bindparam("limit"))


def walk(
    who: Identity,
    *conditions: str,
    is_open: bool = True,
    newest_first: bool = False,
    limit: int = PAGE,
    **values: Any,
) -> list[Row]:
    """Rows along the scope index that `who` sees and for which the named conditions hold, given their values."""
    statement, given = _prepared(who, conditions, values, is_open, newest_first)
    return [Row(*row) for row in fetch(statement, {**given, "limit": limit})]


def _prepared(
    who: Identity,
    conditions: Sequence[str],
    values: dict[str, Any],
    is_open: bool,
    newest_first: bool,
    only_ids: bool = False,
) -> tuple[Query, dict[str, Any]]:
    today = clock.today()
    given = {"today": today, "silent_since": today - timedelta(days=SILENT_AFTER_DAYS), **values}
    if "owner" in conditions:
        # Whoever is not of the office sees of another unit's only what is in their own scope, too.
        scope = () if who.of_office or values["owner"] in who.unit_ids else ("seen",)
    else:
        scope = ("unit",) if len(who.unit_ids) == 1 else ("several",)
    given |= {"unit": who.unit_id, "units": who.unit_ids, "several": who.unit_ids}
    return _statement(is_open, newest_first, frozenset((*conditions, *scope)), only_ids), given


def matching(who: Identity, filters: Filters, most: int) -> list[int]:
    """The ids of all that the list of these filters shows to `who`, on all its pages, in order; at most `most`."""
    asked = _asked(filters)
    names, found = [name for name in asked if name in _CONDITIONS], list[int]()
    for is_open in _phases(filters.status):
        statement, given = _prepared(who, names, asked, is_open, False, only_ids=True)
        found += [row[0] for row in fetch(statement, {**given, "limit": most - len(found)})]
    return found


def _asked(filters: Filters) -> dict[str, Any]:
    """The conditions of a set of filters, each with its value (None where the name says it all)."""
    asked: dict[str, Any] = {}
    if filters.status not in ("open", "all"):
        asked[filters.status] = None
    for name in ("priority", "due_from", "due_to", "decision_id", "meeting_id"):
        if value := getattr(filters, name):
            asked[name] = value
    if filters.organization_id is not None:
        asked["owner"] = filters.organization_id
    if filters.region_id is not None:
        code = db.session.execute(select(Region.code).where(Region.id == filters.region_id)).scalar() or "?"
        asked |= {"region": code, "region_from": code + ".", "region_to": code + "/"}
    if filters.q:
        asked |= _searched(filters.q)
    return asked


def _searched(text: str) -> dict[str, Any]:
    """Words in the title, or the code as people write it: K-0042, k 42, 42."""
    escaped = text.lower().replace("/", "//").replace("%", "/%").replace("_", "/_")
    digits = text.upper().removeprefix("K").strip(" -")
    if digits.isascii() and digits.isdecimal() and len(digits) < 10:
        return {"title_or_number": None, "pattern": f"%{escaped}%", "number": int(digits)}
    return {"title": None, "pattern": f"%{escaped}%"}


def of_decisions(decision_ids: Sequence[int], who: Identity) -> dict[int, list[Row]]:
    """The commitments from each decision that `who` may see, in order of their due day: {decision id: rows}."""
    if not decision_ids:
        return {}
    seen = select(_Other.unit_id).where(_Other.record_id == Commitment.id, _Other.unit_id.in_(who.unit_ids))
    query = joined(select(Commitment.decision_id, *COLUMNS).select_from(Commitment))
    query = query.where(Commitment.decision_id.in_(decision_ids), seen.exists())
    found: dict[int, list[Row]] = {}
    for row in fetch(query.order_by(Commitment.due_on, Commitment.id)):
        found.setdefault(row[0], []).append(Row(*row[1:]))
    return found


# --- words for WhatsApp ------------------------------------------------------------------------------------------


def whatsapp_text(title: str, rows: Sequence[Row], today: date, *, most: int = 20, closing: str = "") -> str:
    """A short plain summary with links, as people paste it into a group: the first `most` rows by unit."""
    base, language = current_app.config["KB"].base_url, formats.language()
    lines = [f"*{title}*", _("Keadaan %(day)s", day=formats.date_long(today)), ""]
    unit = None
    for number, row in enumerate(rows[:most], 1):
        if row.organization != unit:
            unit = row.organization
            lines.append(f"*{unit}*")
        lines.append(f"{number}. {_in_words(row, today, base, language)}")
    if not rows:
        lines.append(_("Tidak ada komitmen."))
    if len(rows) > most:
        lines.append(_("… dan %(n)s lagi.", n=len(rows) - most))
    return "\n".join([*lines, "", closing] if closing else lines).replace(formats.NBSP, " ")


@lru_cache(maxsize=2048)
def _in_words(row: Row, today: date, base: str, language: str) -> str:
    """ "Pelayanan KB (K-0012): tenggat 5 Juni 2026, terlambat 5 hari, capaian 69,7 %" and the address below it."""
    parts = [_("tenggat %(day)s", day=formats.date_medium(row.due_on))]
    parts += [badge.text[:1].lower() + badge.text[1:] for badge in row.badges(today)]
    if row.achievement is not None:
        parts.append(_("capaian %(pct)s", pct=formats.percent(row.achievement)))
    return f"{row.title} ({row.code}): {', '.join(parts)}\n{base}/komitmen/{row.id}"
