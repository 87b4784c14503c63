"""Lists of follow-ups: filtered, in order of their due day, page by page along one index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.db import fetch
from kbpartners.followups.models import (
    CLOSED,
    DONE,
    NOT_FEASIBLE,
    RETURNED,
    SOON_DAYS,
    SUBMITTED,
    TRANSFERRED,
    Followup,
    FollowupScope,
)
from kbpartners.followups.service.facts import badges_of, source_label
from kbpartners.followups.service.log import returns
from kbpartners.formats import Badge
from kbpartners.meetings.models import Decision, Meeting, MeetingScope
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.scopes import Relation, Tally
from kbpartners.security import Identity, seen_by_units, visible

PAGE = 50
_Other = aliased(FollowupScope)
STATUSES = ("open", "late", "proposed_done", "returned", "done", "not_feasible", "transferred", "all")
"""Ready views. `late` and `returned` are derived; `proposed_done` is every proposal that waits for a decision."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to.

    `sort` is "due_on" or "-due_on"; "" is the soonest first for open ones and the latest first for closed ones.
    """

    q: str = ""
    organization_id: int | None = None
    status: str = "open"
    priority: str = ""
    meeting_id: int | None = None
    due_from: date | None = None
    due_to: date | None = None
    sort: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the ready view is chosen."""
        return replace(self, status="open", sort="") != Filters()


class Row(NamedTuple):
    """A follow-up in a list."""

    id: int
    title: str
    organization_id: int
    organization: str
    path: str
    due_on: date
    status: str
    report_state: str
    finished_on: date | None
    priority: str
    reason: str
    transferred_to_id: int | None
    is_example: bool
    decision_id: int | None
    decision_kind: str | None
    decision_number: int | None
    meeting_kind: str | None
    held_on: date | None
    commitment_id: int | None
    activity_id: int | None
    last_note: str

    @property
    def code(self) -> str:
        return formats.followup_code(self.id)

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED

    @property
    def source(self) -> str:
        """ "Rakorda 2026, Arahan 1" or "K-0042"; "" if from nothing."""
        return source_label(self)

    def badges(self, today: date) -> list[Badge]:
        """Lateness first, then the state."""
        return badges_of(self, today)

    @property
    def partner_id(self) -> int:
        return path_ids(self.path)[0]


_COLUMNS = (
    Followup.id,
    Followup.title,
    Followup.organization_id,
    func.coalesce(func.nullif(Organization.short_name, ""), Organization.name),
    Organization.path,
    Followup.due_on,
    Followup.status,
    Followup.report_state,
    Followup.finished_on,
    Followup.priority,
    Followup.reason,
    Followup.transferred_to_id,
    Followup.is_example,
    Followup.decision_id,
    Decision.kind,
    Decision.number,
    Meeting.kind,
    Meeting.held_on,
    Followup.commitment_id,
    Followup.activity_id,
    Followup.last_note,
)


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.join(Organization, Organization.id == Followup.organization_id)
        .outerjoin(Decision, Decision.id == Followup.decision_id)
        .outerjoin(Meeting, Meeting.id == Decision.meeting_id)
    )


_ROWS = _joined(select(*_COLUMNS).select_from(Followup))
_WALK = _joined(select(*_COLUMNS).select_from(FollowupScope).join(Followup, Followup.id == FollowupScope.record_id))


# --- the list -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """Rows of one page and the key behind which the next one begins ("" on the last)."""

    rows: list[Row]
    after: str

    @cached_property
    def groups(self) -> list[tuple[int, list[Row]]]:
        """The rows by partner (root of the owner's tree), in the order in which the partners first appear."""
        found: dict[int, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.partner_id, []).append(row)
        return list(found.items())


class _Key(NamedTuple):
    """Where a page ended: in the open or the closed ones, on which day, at which record."""

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


def page(who: Identity, filters: Filters, *, after: str = "", size: int = PAGE) -> Page:
    """One page of what `who` may see. An `after` that cannot be read is the first page."""
    begin = _Key.parse(after) if after else None
    rows: list[Row] = []
    for is_open in _phases(filters.status):
        if begin is not None and begin.is_open != is_open:
            if is_open:
                continue  # the open ones were on earlier pages
            begin = None
        newest_first = filters.sort == "-due_on" or (filters.sort != "due_on" and not is_open)
        query = _ordered(_narrowed(_walk(who, filters, is_open), filters), begin, newest_first)
        rows += [Row._make(row) for row in fetch(query.limit(size + 1 - len(rows)))]
        if len(rows) > size:
            break
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, str(_Key(rows[-1].is_open, rows[-1].due_on, rows[-1].id)) if more else "")


def _phases(status: str) -> tuple[bool, ...]:
    """Open ones, closed ones, or first the one and then the other: each is a walk of its own along the index."""
    if status == "all":
        return (True, False)
    return (status not in CLOSED,)


def _walk(who: Identity, filters: Filters, is_open: bool) -> Select[*tuple[Any, ...]]:
    """The scope rows of one unit (equality and order from the index), or of the person's several units."""
    query = _WALK.where(FollowupScope.is_open == is_open)
    unit = filters.organization_id
    if unit is None:
        if len(who.unit_ids) == 1:
            return query.where(FollowupScope.unit_id == who.unit_id)
        # A record that several of the person's units see is walked once, in the row of the first of them.
        earlier = select(_Other.unit_id).where(
            _Other.record_id == FollowupScope.record_id,
            _Other.unit_id.in_(who.unit_ids),
            _Other.unit_id < FollowupScope.unit_id,
        )
        return query.where(FollowupScope.unit_id.in_(who.unit_ids), ~earlier.exists())
    query = query.where(FollowupScope.unit_id == unit)
    if not who.of_office:
        return query.where(visible(_Other, Followup.id, who))
    # The office's own row stands on every record; asked for as an owner, it means BKKBN's own units.
    return query.where(FollowupScope.relation == Relation.OWNER) if unit in who.unit_ids else query


def _narrowed(query: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    if filters.q:
        query = query.where(_matches(filters.q))
    if filters.status == "late":
        query = query.where(FollowupScope.sort_on < clock.today())
    elif filters.status == "proposed_done":
        query = query.where(Followup.report_state == SUBMITTED, _on_days_of("followup_proposed"))
    elif filters.status == "returned":
        query = query.where(Followup.report_state == RETURNED, _on_days_of("followup_returned"))
    elif filters.status in (DONE, NOT_FEASIBLE, TRANSFERRED):
        query = query.where(Followup.status == filters.status)
    if filters.priority:
        query = query.where(Followup.priority == filters.priority)
    if filters.meeting_id is not None:
        query = query.where(Decision.meeting_id == filters.meeting_id)
    if filters.due_from is not None:
        query = query.where(FollowupScope.sort_on >= filters.due_from)
    if filters.due_to is not None:
        query = query.where(FollowupScope.sort_on <= filters.due_to)
    return query


def _on_days_of(measure: str) -> ColumnElement[bool]:
    """Only the days on which the tallies of the walked unit count one: few among many need no walk past all others."""
    days = select(Tally.day).where(Tally.unit_id == FollowupScope.unit_id, Tally.measure == measure, Tally.n > 0)
    return FollowupScope.sort_on.in_(days)


def _matches(text: str) -> ColumnElement[bool]:
    """Words in the title, or the code as people write it: TL-0042, tl 42, 42."""
    digits = text.upper().removeprefix("TL").strip(" -")
    found = Followup.title.icontains(text, autoescape=True)
    return or_(found, Followup.id == int(digits)) if digits.isdecimal() and len(digits) < 10 else found


def _ordered(query: Select[*tuple[Any, ...]], begin: _Key | None, newest_first: bool) -> Select[*tuple[Any, ...]]:
    day, record = FollowupScope.sort_on, FollowupScope.record_id
    if newest_first:
        if begin is not None:
            query = query.where(day <= begin.day, or_(day < begin.day, record < begin.record_id))
        return query.order_by(day.desc(), record.desc())
    if begin is not None:
        query = query.where(day >= begin.day, or_(day > begin.day, record > begin.record_id))
    return query.order_by(day, record)


# --- choices of the filter bar ------------------------------------------------------------------------------------


class Partner(NamedTuple):
    """The heading of a group: what is open of a partner and how much of that is late."""

    id: int
    name: str
    open: int
    late: int


_COUNTED = select(func.coalesce(func.sum(Tally.n), 0)).where(
    Tally.unit_id == Organization.id, Tally.measure == "followup_due"
)
_PARTNERS = select(
    Organization.id,
    Organization.name,
    _COUNTED.scalar_subquery(),
    _COUNTED.where(Tally.day < bindparam("today", type_=Date())).scalar_subquery(),
).where(Organization.id.in_(bindparam("ids", type_=Integer(), expanding=True)))


def partners(rows: Iterable[Row]) -> dict[int, Partner]:
    """The partners of these rows with their counts from the tallies."""
    values = {"today": clock.today(), "ids": sorted({row.partner_id for row in rows})}
    return {row[0]: Partner._make(row) for row in fetch(_PARTNERS, values)} if values["ids"] else {}


_MEETINGS = (
    select(Meeting.id, Meeting.title, Meeting.held_on)
    .where(
        select(MeetingScope.unit_id)
        .where(
            MeetingScope.record_id == Meeting.id,
            MeetingScope.unit_id.in_(bindparam("units", type_=Integer(), expanding=True)),
        )
        .exists(),
        select(Decision.id).where(Decision.meeting_id == Meeting.id).exists(),
    )
    .order_by(Meeting.held_on.desc(), Meeting.id.desc())
    .limit(bindparam("most"))
)


def meetings(who: Identity, limit: int = 100) -> list[tuple[int, str]]:
    """(id, title) of the latest meetings that `who` may see and that decided something."""
    rows = fetch(_MEETINGS, {"units": who.unit_ids, "most": limit})
    return [(row.id, f"{row.title}, {formats.date_short(row.held_on)}") for row in rows]


# --- for the pages of meetings, commitments and activities --------------------------------------------------------


def of_decisions(decision_ids: Iterable[int], who: Identity) -> dict[int, list[Row]]:
    """The follow-ups from each decision that `who` may see, in order of their due day: {decision id: rows}."""
    found: dict[int, list[Row]] = {}
    for row in _linked(Followup.decision_id.in_(list(decision_ids)), who):
        found.setdefault(row.decision_id or 0, []).append(row)
    return found


_OF_COMMITMENT = (
    _ROWS.where(Followup.commitment_id == bindparam("commitment"), seen_by_units(FollowupScope, Followup.id))
    .order_by(Followup.due_on, Followup.id)
    .limit(bindparam("most"))
)


def of_commitment(commitment_id: int, who: Identity, limit: int = 50) -> list[Row]:
    """The follow-ups to a commitment that `who` may see."""
    values = {"commitment": commitment_id, "units": who.unit_ids, "most": limit}
    return [Row._make(row) for row in fetch(_OF_COMMITMENT, values)]


def of_activity(activity_id: int, who: Identity, limit: int = 50) -> list[Row]:
    """The follow-ups to an activity that `who` may see."""
    return _linked(Followup.activity_id == activity_id, who, limit)


def of_unit(organization_id: int, who: Identity, limit: int = 30) -> list[Row]:
    """What is open of a unit and the units below it, the most urgent first."""
    return page(who, Filters(organization_id=organization_id), size=limit).rows


class ToReport(NamedTuple):
    """A follow-up that is this person's turn: why (returned, late, soon), and what the secretariat wrote."""

    row: Row
    reason: str
    note: str = ""
    returned_at: datetime | None = None


_TURN = (
    _WALK.where(
        FollowupScope.unit_id.in_(bindparam("units", expanding=True)),
        FollowupScope.is_open,
        Followup.report_state != SUBMITTED,
    )
    .order_by(FollowupScope.sort_on, FollowupScope.record_id)
    .limit(bindparam("most"))
)
_BACK = _TURN.where(Followup.report_state == RETURNED, _on_days_of("followup_returned"))
_NEAR = _TURN.where(Followup.report_state != RETURNED, FollowupScope.sort_on <= bindparam("near"))


def to_report(who: Identity, limit: int = 10, *, returned: bool = True) -> list[ToReport]:
    """What a liaison has to report: the returned ones, then the late ones, then those due within a week.

    What waits for the secretariat is not among them. Several units of one person may see the same one: it counts once.
    `returned=False` says that the tallies count none that was returned, so that none is looked for.
    """
    today = clock.today()
    values: dict[str, Any] = {"units": who.unit_ids, "most": limit * len(who.unit_ids)}
    back = {row.id: Row._make(row) for row in fetch(_BACK, values)} if returned else {}
    notes = returns(back)
    items = [ToReport(row, RETURNED, *notes.get(row.id, ("", None))) for row in back.values()]
    if len(items) < limit:
        values["near"] = today + timedelta(days=SOON_DAYS)
        near = {row.id: Row._make(row) for row in fetch(_NEAR, values)}
        items += [ToReport(row, "late" if row.due_on < today else "soon") for row in near.values()]
    return items[:limit]


def _linked(condition: ColumnElement[bool], who: Identity, limit: int | None = None) -> list[Row]:
    query = _ROWS.where(condition, visible(FollowupScope, Followup.id, who)).order_by(Followup.due_on, Followup.id)
    return [Row._make(row) for row in fetch(query.limit(limit) if limit else query)]
