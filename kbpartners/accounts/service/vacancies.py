"""Units without an active liaison ("tanpa penghubung aktif"), derived when read from assignments and accounts.

A unit is on the list if somebody spoke for it once and nobody can today: the assignment is over, the account was
deactivated, or the invitation has not been opened. So is a partner that has open work and never had anybody. Units
with open work come first, since their reports are the ones that the secretariat has to enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, and_, case, cast, exists, func, literal, or_, select

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.accounts.service.facts import PARTNER_ROLES, holds
from kbpartners.db import db
from kbpartners.organizations.models import Assignment, Organization, Post, path_ids
from kbpartners.scopes import MonthTally
from kbpartners.search.matching import all_words

PAGE = 50
WORK = ("commitment_due", "followup_due")
INVITED, OFF, ENDED, NEVER = "invited", "off", "ended", "never"
STATES = (ENDED, INVITED, OFF, NEVER)
"""Why nobody is there: who holds the post has not opened the invitation, is deactivated, has left; nobody ever was."""
SORTS = ("work", "name")


class Count(NamedTuple):
    """How many units have no active liaison, and how many of those have open work."""

    units: int
    with_work: int


class Vacant(NamedTuple):
    """A unit without an active liaison.

    `commitments`, `followups`: open ones of it and of the units below. `person`, `user_id`, `since`: the last one to
    hold a post there and the last day (or the first one, of an invitation); `coming`, `coming_on`: who begins later.
    `post_id`: the post to hand over, None without any. `above`: the next unit above that has somebody.
    """

    id: int
    name: str
    category: str
    path: str
    state: str
    commitments: int
    followups: int
    person: str = ""
    user_id: int | None = None
    since: date | None = None
    post_id: int | None = None
    coming: str = ""
    coming_on: date | None = None
    above: str = ""

    @property
    def work(self) -> int:
        """Open commitments and follow-ups together."""
        return self.commitments + self.followups


class Listing(NamedTuple):
    """A page of the list and the key of the next one ("" at the end)."""

    rows: list[Vacant]
    after: str


def units_without_liaison(limit: int = 5) -> list[Vacant]:
    """The units without an active liaison that have most open work. Three queries at most, whatever the number."""
    return listing(size=limit).rows


def count_without_liaison() -> Count:
    """How many there are. One query: one pass over the assignments of partners and offices, no record is read."""
    people = _people()
    busy = exists().where(MonthTally.unit_id == Organization.id, MonthTally.measure.in_(WORK), MonthTally.n > 0)
    query = (
        select(func.count(), func.coalesce(func.sum(case((busy, 1), else_=0)), 0))
        .select_from(Organization)
        .outerjoin(people, people.c.unit_id == Organization.id)
        .where(*_vacant(people, busy))
    )
    row = db.session.execute(query).one()
    return Count(int(row[0]), int(row[1]))


def without_liaison(organization_id: int) -> bool:
    """Whether nobody can report for this unit itself today. One query."""
    people = _people(organization_id)
    row = db.session.execute(select(people.c.active)).first()
    return row is None or not row.active


def _people(organization_id: int | None = None) -> Any:
    """For each unit with posts of partners or OPD-KB: is anybody active, invited, off today; has anybody been there."""
    today = clock.today()
    now = and_(
        Post.ended_on.is_(None),
        Assignment.valid_from <= today,
        or_(Assignment.valid_to.is_(None), Assignment.valid_to >= today),
    )
    here, opened = User.deactivated_at.is_(None), User.password_hash.is_not(None)

    def any_of(*conditions: Any) -> Any:
        return func.max(case((and_(*conditions), 1), else_=0))

    query = (
        select(
            Post.organization_id.label("unit_id"),
            any_of(now, here, opened).label("active"),
            any_of(now, here, ~opened).label("invited"),
            any_of(now, ~here).label("off"),
            any_of(Assignment.valid_from <= today).label("ever"),
        )
        .join(Assignment, Assignment.post_id == Post.id)
        .join(User, User.id == Assignment.user_id)
        .where(Post.role.in_([str(role) for role in PARTNER_ROLES]))
        .group_by(Post.organization_id)
    )
    return (query if organization_id is None else query.where(Post.organization_id == organization_id)).subquery()


def _vacant(people: Any, busy: Any) -> tuple[Any, ...]:
    """The condition for a place on the list."""
    nobody_yet = and_(Organization.parent_id.is_(None), busy)
    return (
        Organization.ended_on.is_(None),
        Organization.category != "bkkbn",
        func.coalesce(people.c.active, 0) == 0,
        or_(people.c.ever == 1, nobody_yet),
    )


def _sum(measure: str) -> Any:
    return (
        select(func.coalesce(func.sum(MonthTally.n), 0))
        .where(MonthTally.unit_id == Organization.id, MonthTally.measure == measure)
        .scalar_subquery()
    )


def _units() -> Select[Any]:
    """Every unit on the list with its state and open work, as columns to filter and sort by."""
    people = _people()
    commitments, followups = (_sum(measure) for measure in WORK)
    state = case(
        (people.c.invited == 1, literal(INVITED)),
        (people.c.off == 1, literal(OFF)),
        (people.c.ever == 1, literal(ENDED)),
        else_=literal(NEVER),
    )
    units = (
        select(
            Organization.id,
            Organization.name,
            Organization.short_name,
            Organization.category,
            Organization.path,
            state.label("state"),
            cast(commitments, Integer).label("commitments"),
            cast(followups, Integer).label("followups"),
        )
        .outerjoin(people, people.c.unit_id == Organization.id)
        .where(*_vacant(people, commitments + followups > 0))
        .subquery()
    )
    return select(units)


def listing(
    *,
    q: str = "",
    category: str = "",
    state: str = "",
    only_work: bool = False,
    sort: str = "work",
    after: str = "",
    size: int = PAGE,
) -> Listing:
    """A page of the units without an active liaison, most open work first (or by name). Three queries at most.

    `after` is the key of the last row before: "work-id".
    """
    query = _units()
    unit = query.selected_columns
    work = unit.commitments + unit.followups
    if q:
        query = query.where(all_words(q, (unit.name, unit.short_name)))
    if category:
        query = query.where(unit.category == category)
    if state:
        query = query.where(unit.state == state)
    if only_work:
        query = query.where(work > 0)
    if (key := _key(after)) is not None:
        query = query.where(_beyond(unit, work, key, sort))
    order = (unit.name, unit.id) if sort == "name" else (work.desc(), unit.name, unit.id)
    found = db.session.execute(query.order_by(*order).limit(size + 1)).all()
    rows = _told([Vacant(r.id, r.name, r.category, r.path, r.state, r.commitments, r.followups) for r in found[:size]])
    return Listing(rows, f"{rows[-1].work}-{rows[-1].id}" if len(found) > size else "")


def _key(after: str) -> tuple[int, int] | None:
    work, _dash, id_ = after.partition("-")
    return (int(work), int(id_)) if work.isdecimal() and id_.isdecimal() and len(after) < 20 else None


def _beyond(unit: Any, work: Any, key: tuple[int, int], sort: str) -> Any:
    last = select(Organization.name).where(Organization.id == key[1]).scalar_subquery()
    further = or_(unit.name > last, and_(unit.name == last, unit.id > key[1]))
    return further if sort == "name" else or_(work < key[0], and_(work == key[0], further))


# --- what is told of each ----------------------------------------------------------------------------------------


def _told(rows: list[Vacant]) -> list[Vacant]:
    """The rows with the people who were there, come later, or speak for the unit above meanwhile."""
    if not rows:
        return rows
    last: dict[int, dict[str, Any]] = {}
    today = clock.today()
    for one in db.session.execute(_LAST.where(Post.organization_id.in_([row.id for row in rows]))):
        known = last.setdefault(one.unit_id, {})
        if one.post_open:
            known.setdefault("post_id", one.post_id)
        if one.valid_from > today:
            known.update(coming=one.name, coming_on=one.valid_from)
        elif "person" not in known or holds(one.valid_from, one.valid_to, today):
            since = one.valid_from if holds(one.valid_from, one.valid_to, today) else one.valid_to
            known.update(person=one.name, user_id=one.user_id, since=since)
    above = _speaking({id_ for row in rows for id_ in path_ids(row.path)[:-1]})
    return [row._replace(**last.get(row.id, {}), above=_nearest(row, above)) for row in rows]


_LAST = (
    select(
        Post.organization_id.label("unit_id"),
        Post.id.label("post_id"),
        Post.ended_on.is_(None).label("post_open"),
        User.id.label("user_id"),
        User.name,
        Assignment.valid_from,
        Assignment.valid_to,
    )
    .join(Assignment, Assignment.post_id == Post.id)
    .join(User, User.id == Assignment.user_id)
    .where(Post.role.in_([str(role) for role in PARTNER_ROLES]))
    .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
)


def _speaking(unit_ids: Iterable[int]) -> dict[int, str]:
    """The names of those units that have somebody active today."""
    ids: Sequence[int] = sorted(unit_ids)
    if not ids:
        return {}
    people = _people()
    rows = db.session.execute(
        select(Organization.id, Organization.name)
        .join(people, people.c.unit_id == Organization.id)
        .where(Organization.id.in_(ids), people.c.active == 1)
    )
    return {row.id: row.name for row in rows}


def _nearest(row: Vacant, speaking: dict[int, str]) -> str:
    return next((speaking[id_] for id_ in reversed(path_ids(row.path)[:-1]) if id_ in speaking), "")
