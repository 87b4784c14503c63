"""Everybody signed in reads every Kampung KB. Who writes where: the secretariat everywhere, an OPD-KB in its region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import or_, select

from kbpartners import clock
from kbpartners.db import db
from kbpartners.errors import Refused
from kbpartners.organizations.models import Coverage
from kbpartners.regions.models import REGENCY, Region, within
from kbpartners.security import Identity, Permission


class Covered(NamedTuple):
    """A region that a unit covers today."""

    code: str
    level: int
    region_id: int
    parent_id: int | None


def covered(who: Identity) -> list[Covered]:
    """The regions that the person's units cover today. One query."""
    today = clock.today()
    rows = db.session.execute(
        select(Region.code, Region.level, Region.id, Region.parent_id)
        .join(Coverage, Coverage.region_id == Region.id)
        .where(
            Coverage.organization_id.in_(who.unit_ids),
            Coverage.valid_from <= today,
            or_(Coverage.valid_to.is_(None), Coverage.valid_to >= today),
        )
    )
    return [Covered(*row) for row in rows]


def may_write(who: Identity, code: str) -> bool:
    """Whether `who` may write the Kampung KB of the village with this region code."""
    if not who.can(Permission.KAMPUNG_WRITE):
        return False
    return who.of_office or any(within(region.code, code) for region in covered(who))


def check_write(who: Identity, code: str) -> None:
    """Raise Refused where `may_write` says no."""
    if not may_write(who, code):
        raise Refused(_("Kampung KB di luar wilayah satuan Anda hanya dapat diubah oleh sekretariat."))


def own_regency_ids(who: Identity) -> Sequence[int]:
    """The regencies to which the choice of a village is narrowed; empty for the office (no narrowing)."""
    if who.of_office:
        return ()
    found = {region.region_id if region.level == REGENCY else region.parent_id for region in covered(who)}
    return sorted(id_ for id_ in found if id_)
