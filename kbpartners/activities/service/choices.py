"""What the forms and filters offer: organisations that could take part at a place, commitments it could serve."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import or_, select, true
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.activities.service.lists import LABEL
from kbpartners.activities.service.places import Place
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.db import db
from kbpartners.organizations.models import Coverage, Organization
from kbpartners.regions.models import PROVINCE, REGENCY, Region
from kbpartners.security import Identity, visible

MOST_COMMITMENTS = 30


class PartnerChoice(NamedTuple):
    """An organisation that may be chosen."""

    id: int
    label: str
    category: str


class CommitmentChoice(NamedTuple):
    """A commitment that an activity may serve."""

    id: int
    title: str
    owner: str
    due_on: date

    @property
    def label(self) -> str:
        return f"{formats.commitment_code(self.id)} {self.title} ({self.owner})"


def partner_choices(who: Identity, at: Place, *, also: Iterable[int] = ()) -> list[PartnerChoice]:
    """Who could take part at a place: partners as wholes, BKKBN's units, the person's own tree, and every unit whose
    region contains the place; and `also` (those that take part already). By category and name.

    A bounded list: the country has thousands of units, a place some dozens.
    """
    today = clock.today()
    covers = (
        select(Coverage.id)
        .where(
            Coverage.organization_id == Organization.id,
            Coverage.region_id.in_(at.region_ids),
            Coverage.valid_from <= today,
            or_(Coverage.valid_to.is_(None), Coverage.valid_to >= today),
        )
        .exists()
    )
    rows = db.session.execute(
        select(Organization.id, LABEL, Organization.category)
        .where(
            or_(
                Organization.id.in_(list(also)),
                Organization.ended_on.is_(None)
                & or_(
                    Organization.parent_id.is_(None),
                    Organization.category == "bkkbn",
                    covers,
                    *(Organization.path.contains(f"/{unit}/") for unit in who.unit_ids),
                ),
            )
        )
        .order_by(Organization.category, LABEL, Organization.id)
    )
    return [PartnerChoice(*row) for row in rows]


def commitment_choices(who: Identity, at: Place, *, also: Iterable[int] = ()) -> list[CommitmentChoice]:
    """Open commitments that `who` may see and whose region contains the place, the next due first; and `also`.

    One walk along the person's scope rows, so it ends after a page whatever the number of commitments.
    """
    columns = (Commitment.id, Commitment.title, LABEL, CommitmentScope.sort_on)
    rows = db.session.execute(
        select(*columns)
        .join(Commitment, Commitment.id == CommitmentScope.record_id)
        .join(Organization, Organization.id == Commitment.organization_id)
        .where(
            CommitmentScope.unit_id.in_(who.unit_ids),
            CommitmentScope.is_open == true(),
            Commitment.region_id.in_(at.region_ids),
        )
        .order_by(CommitmentScope.sort_on, CommitmentScope.record_id)
        .limit(MOST_COMMITMENTS)
    )
    found = {row[0]: CommitmentChoice(*row) for row in rows}
    if missing := [number for number in also if number not in found]:
        more = db.session.execute(
            select(Commitment.id, Commitment.title, LABEL, Commitment.due_on)
            .join(Organization, Organization.id == Commitment.organization_id)
            .where(Commitment.id.in_(missing), visible(CommitmentScope, Commitment.id, who))
            .order_by(Commitment.due_on, Commitment.id)
        )
        found = {row[0]: CommitmentChoice(*row) for row in more} | found
    return list(found.values())


def partners_for_filter(who: Identity) -> list[PartnerChoice]:
    """The organisations a list can be filtered by: all for the office, the own tree for others."""
    query = select(Organization.id, LABEL, Organization.category).where(Organization.ended_on.is_(None))
    if not who.of_office:
        query = query.where(or_(*(Organization.path.contains(f"/{unit}/") for unit in who.unit_ids)))
    rows = db.session.execute(query.order_by(Organization.category, LABEL, Organization.id))
    return [PartnerChoice(*row) for row in rows]


def regencies() -> list[tuple[int, str]]:
    """(id, name) of the regencies and cities, by code: what the list's region filter offers."""
    today = clock.today()
    province = aliased(Region)
    rows = db.session.execute(
        select(Region.id, Region.name)
        .join(province, province.id == Region.parent_id)
        .where(
            Region.level == REGENCY,
            province.level == PROVINCE,
            Region.valid_from <= today,
            or_(Region.valid_to.is_(None), Region.valid_to >= today),
        )
        .order_by(Region.code)
    )
    return [(row.id, row.name) for row in rows]
