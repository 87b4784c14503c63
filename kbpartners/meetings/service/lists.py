"""The list of meetings: a walk along the scope index by the meeting's last day, continued by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, true

from kbpartners import clock
from kbpartners.db import db
from kbpartners.meetings.models import Decision, Meeting, MeetingScope
from kbpartners.scopes import beyond, read_key
from kbpartners.security import Identity

SIZE = 50
NEXT_FEW = 10
"""Coming meetings above the list of past ones; all of them are a view of their own."""


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. `when` is "" (the next few, then the past), "upcoming" or "past"."""

    q: str = ""
    kind: str = ""
    year: int | None = None
    when: str = ""


class Line(NamedTuple):
    """One row. `sort_on` is the last day of the meeting; `decisions` is how many it has."""

    id: int
    sort_on: date
    title: str
    kind: str
    held_on: date
    ends_on: date | None
    starts_at: time | None
    place: str
    is_example: bool
    decisions: int


@dataclass(frozen=True)
class Page:
    """A page of the list; `after` is the key of the next page, "" on the last one."""

    upcoming: list[Line]
    past: list[Line]
    after: str


_DECISIONS = select(func.count(Decision.id)).where(Decision.meeting_id == Meeting.id).scalar_subquery()
_LINES = (
    select(
        Meeting.id,
        MeetingScope.sort_on,
        Meeting.title,
        Meeting.kind,
        Meeting.held_on,
        Meeting.ends_on,
        Meeting.starts_at,
        Meeting.place,
        Meeting.is_example,
        _DECISIONS,
    )
    .join(Meeting, Meeting.id == MeetingScope.record_id)
    .where(MeetingScope.is_open == true())
)


def _of_units(query: Select[*tuple[Any, ...]], who: Identity) -> Select[*tuple[Any, ...]]:
    if len(who.unit_ids) == 1:
        return query.where(MeetingScope.unit_id == who.unit_ids[0])
    return query.where(MeetingScope.unit_id.in_(who.unit_ids)).distinct()


def _narrowed(query: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    if filters.q:
        query = query.where(Meeting.title.icontains(filters.q, autoescape=True))
    if filters.kind:
        query = query.where(Meeting.kind == filters.kind)
    if filters.year:
        query = query.where(MeetingScope.sort_on.between(date(filters.year, 1, 1), date(filters.year, 12, 31)))
    return query


def listed(who: Identity, filters: Filters, *, after: str = "", size: int = SIZE) -> Page:
    """The meetings that `who` is invited to (the office: all): coming ones by date, past ones newest first.

    A meeting is past when its last day is over in the office's time zone. At most two queries.
    """
    base = _narrowed(_of_units(_LINES, who), filters)
    key, today = read_key(after), clock.today()
    coming = base.where(MeetingScope.sort_on >= today).order_by(MeetingScope.sort_on, Meeting.id)
    if filters.when == "upcoming":
        if key:
            coming = coming.where(beyond(MeetingScope.sort_on, MeetingScope.record_id, key, forward=True))
        rows = [Line(*row) for row in db.session.execute(coming.limit(size + 1))]
        return Page(rows[:size], [], _next(rows, size))
    upcoming = []
    if not key and filters.when != "past":
        upcoming = [Line(*row) for row in db.session.execute(coming.limit(NEXT_FEW))]
    past = base.where(MeetingScope.sort_on < today).order_by(MeetingScope.sort_on.desc(), Meeting.id.desc())
    if key:
        past = past.where(beyond(MeetingScope.sort_on, MeetingScope.record_id, key, forward=False))
    rows = [Line(*row) for row in db.session.execute(past.limit(size + 1))]
    return Page(upcoming, rows[:size], _next(rows, size))


def _next(rows: list[Line], size: int) -> str:
    return f"{rows[size - 1].sort_on.isoformat()}.{rows[size - 1].id}" if len(rows) > size else ""


def years(who: Identity) -> list[int]:
    """The years in which `who` has meetings, newest first (from the first to the last of them, without gaps)."""
    mine = (MeetingScope.unit_id.in_(who.unit_ids), MeetingScope.is_open == true())
    first, last = db.session.execute(
        select(
            select(func.min(MeetingScope.sort_on)).where(*mine).scalar_subquery(),
            select(func.max(MeetingScope.sort_on)).where(*mine).scalar_subquery(),
        )
    ).one()
    return list(range(last.year, first.year - 1, -1)) if first and last else []
