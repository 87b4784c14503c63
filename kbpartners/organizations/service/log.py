"""The revisions of a unit: what a report prints of it, and the sentence of every write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from kbpartners import clock
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.organizations.models import Coverage, Organization
from kbpartners.organizations.service.tree import covered_on
from kbpartners.regions.models import Region
from kbpartners.security import Identity

SUBJECT = "organization"


def snapshot(unit: Organization, *, parent: str, coverage: Iterable[str]) -> dict[str, Any]:
    """What a report can print of a unit. `parent` is the name above it, `coverage` the region codes."""
    return {
        "name": unit.name,
        "short_name": unit.short_name,
        "category": unit.category,
        "parent_id": unit.parent_id,
        "parent": parent,
        "address": unit.address,
        "phone": unit.phone,
        "whatsapp": unit.whatsapp,
        "email": unit.email,
        "note": unit.note,
        "ended_on": unit.ended_on.isoformat() if unit.ended_on else None,
        "coverage": sorted(coverage),
        "is_example": unit.is_example,
    }


def actor(who: Identity | None) -> str:
    """The subject of a sentence."""
    return who.name if who else "Sistem"


def note(who: Identity | None, unit: Organization, sentence: str, changes: Iterable[audit.Change] = ()) -> None:
    """Add a revision with the full snapshot as it stands after the write."""
    db.session.flush()
    parent = db.session.execute(select(Organization.name).where(Organization.id == unit.parent_id)).scalar_one_or_none()
    codes = db.session.execute(
        select(Region.code)
        .join(Coverage, Coverage.region_id == Region.id)
        .where(Coverage.organization_id == unit.id, covered_on(clock.today()))
    ).scalars()
    audit.record(
        who, SUBJECT, unit.id, sentence, snapshot=snapshot(unit, parent=parent or "", coverage=codes), changes=changes
    )
