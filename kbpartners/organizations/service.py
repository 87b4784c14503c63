"""Partners and units: the tree, who covers what, who holds which post, and which units a record is shown to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select

from kbpartners import clock
from kbpartners.db import db
from kbpartners.organizations.models import Coverage, Organization, path_ids
from kbpartners.regions.models import Region, within
from kbpartners.scopes import Relation


def office_id() -> int:
    """The id of BKKBN's own root unit, which sees everything. It is made by `flask init`."""
    return db.session.execute(
        select(Organization.id)
        .where(Organization.category == "bkkbn", Organization.parent_id.is_(None))
        .order_by(Organization.id)
        .limit(1)
    ).scalar_one()


def ancestors(organization_id: int) -> list[int]:
    """The ids from the root of the tree down to the unit itself."""
    path = db.session.execute(select(Organization.path).where(Organization.id == organization_id)).scalar_one()
    return path_ids(path)


def subtree_ids(organization_id: int) -> list[int]:
    """The unit and all units below it."""
    path = db.session.execute(select(Organization.path).where(Organization.id == organization_id)).scalar_one()
    return list(
        db.session.execute(
            select(Organization.id).where(Organization.path >= path, Organization.path < path[:-1] + "0")
        ).scalars()
    )


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
            Coverage.valid_from <= day,
            or_(Coverage.valid_to.is_(None), Coverage.valid_to >= day),
            Region.code.in_([code[:n] for n in (2, 5, 8, 13) if n <= len(code)]),
        )
    )
    return [row.organization_id for row in rows if within(row.code, code)]


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
