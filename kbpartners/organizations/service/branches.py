"""The tree branch by branch: what lies directly below a unit, a page at a time; searching in it; its past; a move.

A tree of 20,000 units is never read as a whole: a branch is a walk along the index on (parent, name), a search a range
of the index on the path.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.audit.models import Revision
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.organizations.service import upkeep
from kbpartners.organizations.service.listing import Listing, Row, rows_of
from kbpartners.organizations.service.tree import Choice, below, choices, office_id, visible_units
from kbpartners.search.matching import all_words
from kbpartners.security import Identity

PAGE = 50
FOUND = 20
"""Units that a search for a new parent or a duplicate offers."""


def branch(who: Identity, organization_id: int, *, after: int | None = None, size: int = PAGE) -> Listing:
    """A page of the units directly below one that `who` may read, by name. One query."""
    query = rows_of(who, deep=False).where(
        Organization.parent_id == organization_id, Organization.ended_on.is_(None), visible_units(who)
    )
    return _page(query, after, size)


def search(who: Identity, path: str, q: str, *, after: int | None = None, size: int = PAGE) -> Listing:
    """A page of the units below the one with this path whose names hold all words of `q`. One query."""
    query = rows_of(who, deep=False).where(
        below(path),
        Organization.path != path,
        Organization.ended_on.is_(None),
        visible_units(who),
        all_words(q, (Organization.name, Organization.short_name)),
    )
    return _page(query, after, size)


def _page(query: Any, after: int | None, size: int) -> Listing:
    if after:
        last = select(Organization.name).where(Organization.id == after).scalar_subquery()
        # The first comparison is a range of the index, the second settles units of one name.
        beyond = or_(Organization.name > last, and_(Organization.name == last, Organization.id > after))
        query = query.where(Organization.name >= last, beyond)
    found = db.session.execute(query.order_by(Organization.name, Organization.id).limit(size + 1)).all()
    rows = [Row(*row) for row in found[:size]]
    return Listing(rows, rows[-1].id if len(found) > size else None)


class Past(NamedTuple):
    """A unit as it stood on a day: its name then."""

    id: int
    name: str
    ended: bool


def branch_as_of(who: Identity, organization_id: int, day: date, limit: int = 500) -> list[Past]:
    """What lay directly below a unit when `day` was over, by the log. One query."""
    newer = aliased(Revision)
    until = clock.end_of_day(day)
    last = (
        select(func.max(newer.id))
        .where(
            newer.subject_type == "organization",
            newer.subject_id == Revision.subject_id,
            newer.recorded_at < until,
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Revision.subject_id, Revision.snapshot)
        .join(Organization, Organization.id == Revision.subject_id)
        .where(
            Revision.subject_type == "organization",
            Revision.recorded_at < until,
            Revision.snapshot["parent_id"].as_integer() == organization_id,
            Revision.id == last,
            visible_units(who),
        )
        .limit(limit)
    )
    ended = day.isoformat()
    found = [Past(id_, saved["name"], bool(saved["ended_on"] and saved["ended_on"] <= ended)) for id_, saved in rows]
    return sorted((unit for unit in found if not unit.ended), key=lambda unit: (unit.name.casefold(), unit.id))


# --- looking for one unit in all of them -------------------------------------------------------------------------


class Found(NamedTuple):
    """A unit that a search offers, with those above it in words."""

    id: int
    name: str
    category: str
    way: str


def find(who: Identity, q: str, *, without: int | None = None, limit: int = FOUND) -> list[Found]:
    """Units of every tree whose names hold all words of `q`; not `without` nor what is below it. Two queries."""
    if not q.strip():
        return []
    query = select(Organization.id, Organization.name, Organization.category, Organization.path).where(
        Organization.ended_on.is_(None),
        visible_units(who),
        all_words(q, (Organization.name, Organization.short_name)),
    )
    rows = db.session.execute(query.order_by(func.length(Organization.path), Organization.name).limit(limit)).all()
    above = {id_ for row in rows for id_ in path_ids(row.path)[:-1]}
    names: dict[int, str] = dict(
        db.session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(above))).all()
        if above
        else ()
    )
    return [
        Found(row.id, row.name, row.category, " / ".join(names[id_] for id_ in path_ids(row.path)[:-1]))
        for row in rows
        if without not in path_ids(row.path)
    ]


MOST_IN_A_SELECT = 400
"""With more units than this a select of all of them is no help (20,000 are a page of 800 KB)."""


def parent_choices(who: Identity, *, without: int | None, chosen: Iterable[int | None]) -> list[Choice]:
    """The units that a form offers as parents: the whole tree; of a large one, the partners and what is `chosen`.

    Other parents are found on the page that moves a unit. Two or three queries.
    """
    beyond = db.session.execute(select(Organization.id).offset(MOST_IN_A_SELECT).limit(1)).first()
    if beyond is None:
        return choices(who, without=without)
    wanted = [id_ for id_ in chosen if id_]
    query = select(Organization.id, Organization.name).where(
        Organization.ended_on.is_(None),
        visible_units(who),
        or_(Organization.parent_id.is_(None), Organization.id.in_(wanted)),
    )
    rows = db.session.execute(query.order_by(Organization.name).limit(MOST_IN_A_SELECT))
    return [(row.id, row.name) for row in rows if row.id != without]


# --- a move, before it is done -----------------------------------------------------------------------------------


class Move(NamedTuple):
    """What a move takes along. `parent_id` None: the unit becomes a partner of its own."""

    parent_id: int | None
    was: str
    now: str
    units: int
    commitments: int
    followups: int
    activities: int


def move_preview(unit_id: int, parent_id: int | None) -> Move:
    """What moving a unit would take along. Raises NotFound; Invalid on `parent_id` with the reason it cannot be."""
    unit = db.session.get(Organization, unit_id)
    if unit is None:
        raise NotFound()
    parent = db.session.get(Organization, parent_id) if parent_id is not None else None
    if parent_id is not None and (parent is None or parent.ended_on is not None):
        raise Invalid(_("Pilih induk yang masih ada."), "parent_id")
    upkeep.check_place(unit, parent)
    if unit.parent_id == parent_id:
        raise Invalid(_("Satuan ini sudah berada di sana."), "parent_id")
    units = db.session.execute(select(func.count()).where(below(unit.path))).scalar_one() - 1
    work = upkeep.open_work(unit_id)
    return Move(
        parent_id,
        _way(unit.path),
        f"{_way(parent.path)}{parent.name} / " if parent else "",
        units,
        work.commitments,
        work.followups,
        work.activities,
    )


def _way(path: str) -> str:
    """The names above a unit, each with a stroke behind it; "" for a partner."""
    ids = path_ids(path)[:-1]
    names: dict[int, str] = dict(
        db.session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(ids))).all()
        if ids
        else ()
    )
    return "".join(f"{names[id_]} / " for id_ in ids)


def is_office(organization_id: int) -> bool:
    """Whether it is BKKBN's own root, which is neither moved nor merged."""
    return organization_id == office_id()
