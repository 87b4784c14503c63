"""Conditions on documents for the queries of any feature: who may see one, which of them hold certain words."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.agreements.models import Agreement, AgreementScope, Party
from kbpartners.organizations.models import Coverage, Organization
from kbpartners.regions.models import Region
from kbpartners.scopes import Relation
from kbpartners.search.matching import contains, words_in
from kbpartners.security import Identity, Role


def seen_by(who: Identity | None, key: Any = Agreement.id) -> ColumnElement[bool]:
    """The condition "`who` may see the document whose id is `key`".

    The office (and the system): all. Everybody else: where one of their units, a unit below it or a unit above it is a
    party. An OPD-KB: where a party covers a region within its own, too.
    """
    if who is None or who.of_office:
        return true()
    scope, mine, theirs = aliased(AgreementScope), aliased(Organization), aliased(Organization)
    above = (
        select(mine.id)
        .join(theirs, func.substr(mine.path, 1, func.length(theirs.path)) == theirs.path)
        .where(mine.id.in_(who.unit_ids), theirs.id == scope.unit_id)
        .exists()
    )
    tree = (
        select(scope.record_id)
        .where(
            scope.record_id == key,
            or_(scope.unit_id.in_(who.unit_ids), and_(scope.relation == Relation.OWNER, above)),
        )
        .exists()
    )
    return or_(tree, _in_region(who, key, clock.today())) if who.role is Role.OPD else tree


def _in_region(who: Identity, key: Any, day: date) -> ColumnElement[bool]:
    party, mine, theirs = aliased(Party), aliased(Coverage), aliased(Coverage)
    here, there = aliased(Region), aliased(Region)

    def counts(coverage: Any) -> ColumnElement[bool]:
        return and_(coverage.valid_from <= day, or_(coverage.valid_to.is_(None), coverage.valid_to >= day))

    return (
        select(party.id)
        .join(theirs, and_(theirs.organization_id == party.organization_id, counts(theirs)))
        .join(there, there.id == theirs.region_id)
        .join(mine, and_(mine.organization_id.in_(who.unit_ids), counts(mine)))
        .join(here, here.id == mine.region_id)
        .where(party.agreement_id == key, or_(there.code == here.code, there.code.like(here.code + ".%")))
        .exists()
    )


def holds(question: str) -> ColumnElement[bool]:
    """The condition "each word of the question is in the title or in the number of a party"."""
    party = aliased(Party)
    return and_(
        true(),
        *(
            or_(
                contains(Agreement.title, word),
                select(party.id).where(party.agreement_id == Agreement.id, contains(party.number, word)).exists(),
            )
            for word in words_in(question)
        ),
    )
