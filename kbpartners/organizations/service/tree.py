"""The tree of partners and units: who is above and below whom, who sees which unit and which record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from flask import g
from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.db import db, run
from kbpartners.errors import NotFound
from kbpartners.organizations.models import Coverage, Organization, path_ids
from kbpartners.regions.models import Region, within
from kbpartners.scopes import Relation
from kbpartners.security import Identity, Role

Choice = tuple[int, str]


_OFFICE = (
    select(Organization.id)
    .where(Organization.category == "bkkbn", Organization.parent_id.is_(None))
    .order_by(Organization.id)
    .limit(1)
)


def office_id() -> int:
    """The id of BKKBN's own root unit, which sees everything. It is made by `flask init`; asked once a request."""
    if "office_id" not in g:
        g.office_id = run(_OFFICE).scalar_one()
    return g.office_id


def ancestors(organization_id: int) -> list[int]:
    """The ids from the root of the tree down to the unit itself."""
    path = db.session.execute(select(Organization.path).where(Organization.id == organization_id)).scalar_one()
    return path_ids(path)


def subtree_ids(organization_id: int) -> list[int]:
    """The unit and all units below it."""
    path = db.session.execute(select(Organization.path).where(Organization.id == organization_id)).scalar_one()
    return list(db.session.execute(select(Organization.id).where(below(path))).scalars())


def below(path: str, unit: Any = Organization) -> ColumnElement[bool]:
    """The condition "is the unit with this path, or lies below it": a range of the index on the path."""
    return and_(unit.path >= path, unit.path < path[:-1] + "0")  # "0" is the character after "/"


def opd_of(region_id: int | None, day: date | None = None) -> list[int]:
    """The OPD-KB units whose region contains `region_id` on a day (today unless told)."""
    if region_id is None:
        return []
    day = day or clock.today()
    code = db.session.execute(select(Region.code).where(Region.id == region_id)).scalar_one()
    rows = db.session.execute(
        select(Coverage.organization_id, Region.code)
        .join(Region, Region.id == Coverage.region_id)
        .join(Organization, Organization.id == Coverage.organization_id)
        .where(
            Organization.category == "opd",
            Organization.ended_on.is_(None),
            covered_on(day),
            Region.code.in_([code[:n] for n in (2, 5, 8, 13) if n <= len(code)]),
        )
    )
    return [row.organization_id for row in rows if within(row.code, code)]


def covered_on(day: date, coverage: Any = Coverage) -> ColumnElement[bool]:
    """The condition "this coverage counts on that day"."""
    return and_(coverage.valid_from <= day, or_(coverage.valid_to.is_(None), coverage.valid_to >= day))


# --- who sees a record -------------------------------------------------------------------------------------------


def scope_units(owner_id: int, supporter_ids: Iterable[int] = (), region_id: int | None = None) -> dict[int, int]:
    """Which units see a record, and why: unit id → Relation (the strongest where there are several).

    The owner and its ancestors; supporters and theirs; the OPD-KB of the region; the office sees everything.
    """
    units: dict[int, int] = {office_id(): Relation.OFFICE}
    for relation, starts in (
        (Relation.REGION, opd_of(region_id)),
        (Relation.SUPPORT, supporter_ids),
        (Relation.OWNER, [owner_id]),
    ):
        for start in starts:
            for unit in ancestors(start):
                units[unit] = min(relation, units.get(unit, relation))
    return units


def tally_units(owner_id: int) -> list[int]:
    """The units that count a record as theirs: the owner, its ancestors, and the office."""
    return sorted({*ancestors(owner_id), office_id()})


# --- who sees a unit ---------------------------------------------------------------------------------------------


def own_tree(who: Identity, unit: Any = Organization) -> ColumnElement[bool]:
    """The condition "one of the person's own units, or below one of them"; for the office: every unit."""
    if who.of_office:
        return true()
    own = aliased(Organization)
    ranges = []
    for unit_id in who.unit_ids:
        path = select(own.path).where(own.id == unit_id).scalar_subquery()
        after = select(func.substr(own.path, 1, func.length(own.path) - 1) + "0").where(own.id == unit_id)
        ranges.append(and_(unit.path >= path, unit.path < after.scalar_subquery()))
    return or_(*ranges)


def visible_units(who: Identity, unit: Any = Organization) -> ColumnElement[bool]:
    """The condition "`who` may read this unit". `unit` may be an alias of Organization.

    The office: all. A liaison: the own unit and those below it. An OPD-KB: itself, and every unit of any partner that
    covers a region which overlaps its own (the Kodam that covers the province as well as the Polsek in a kecamatan).
    """
    tree = own_tree(who, unit)
    if who.role is not Role.OPD:
        return tree
    mine, theirs = aliased(Coverage), aliased(Coverage)
    here, there = aliased(Region), aliased(Region)
    overlaps = or_(here.code == there.code, there.code.like(here.code + ".%"), here.code.like(there.code + ".%"))
    today = clock.today()
    covers = (
        select(theirs.id)
        .join(there, there.id == theirs.region_id)
        .join(mine, and_(mine.organization_id.in_(who.unit_ids), covered_on(today, mine)))
        .join(here, here.id == mine.region_id)
        .where(theirs.organization_id == unit.id, covered_on(today, theirs), overlaps)
    )
    return or_(tree, covers.exists())


def check_visible(who: Identity, organization_id: int) -> None:
    """Raises NotFound if the unit does not exist or `who` may not read it."""
    query = select(Organization.id).where(Organization.id == organization_id, visible_units(who))
    if db.session.execute(query).first() is None:
        raise NotFound()


def in_own_tree(who: Identity, organization_id: int) -> bool:
    """Whether the unit is one of the person's own or below one of them."""
    query = select(Organization.id).where(Organization.id == organization_id, own_tree(who))
    return db.session.execute(query).first() is not None


class Step(NamedTuple):
    """A unit on the way from the root; `readable`: whether the person may open its page."""

    id: int
    name: str
    readable: bool


def way_to(who: Identity, path: str) -> list[Step]:
    """The units above the one with this path, root first."""
    ids = path_ids(path)[:-1]
    if not ids:
        return []
    rows = db.session.execute(
        select(Organization.id, Organization.name, visible_units(who).label("readable"), Organization.path)
        .where(Organization.id.in_(ids))
        .order_by(func.length(Organization.path))
    )
    return [Step(row.id, row.name, bool(row.readable)) for row in rows]


# --- names and choices -------------------------------------------------------------------------------------------


def names(organization_ids: Iterable[int | None]) -> dict[int, str]:
    """The names of units in one query. No scope: ask only for units of records that the person may see."""
    ids = {id_ for id_ in organization_ids if id_}
    rows = db.session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(ids))) if ids else ()
    return {row.id: row.name for row in rows}


def choices(
    who: Identity, *, roots_only: bool = False, category: str | None = None, without: int | None = None
) -> list[Choice]:
    """(id, name) of the units that `who` may read and that have not ended, for a select: the tree in order of names,
    each level indented. One query.

    `roots_only`: partners as wholes (for a liaison or an OPD-KB: the topmost units that they may read). `without`
    leaves a unit and all below it out (where it looks for a new parent).
    """
    query = select(Organization.id, Organization.name, Organization.path).where(
        Organization.ended_on.is_(None), visible_units(who)
    )
    if category:
        query = query.where(Organization.category == category)
    rows = db.session.execute(query).all()
    shown = {row.id: row.name for row in rows}
    found: list[tuple[tuple[str, ...], int, int]] = []
    for row in rows:
        ids = path_ids(row.path)
        if without in ids:
            continue
        chain = [id_ for id_ in ids if id_ in shown]
        # Names order the tree; the id keeps two of the same name, and what is below them, apart.
        found.append((tuple(f"{shown[id_].casefold()}\t{id_}" for id_ in chain), row.id, len(chain) - 1))
    found.sort()
    return [(id_, INDENT * depth + shown[id_]) for _key, id_, depth in found if not (roots_only and depth)]


INDENT = "\u00a0\u00a0\u00a0"
"""No-break spaces: a browser folds plain ones at the start of an option."""
