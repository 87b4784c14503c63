"""Regions for tests, beyond the corner of the province that the cast stands in."""

from __future__ import annotations

from sqlalchemy import select

from kbpartners.db import db
from kbpartners.regions.models import EVER, Region


def make_region(code: str, name: str, *, parent_id: int | None = None) -> int:
    """Insert one region and return its id; the parent follows from the code unless given."""
    level = code.count(".") + 1
    if parent_id is None and level > 1:
        parent_id = db.session.execute(select(Region.id).where(Region.code == code.rpartition(".")[0])).scalar_one()
    region = Region(code=code, name=name, level=level, parent_id=parent_id, valid_from=EVER)
    db.session.add(region)
    db.session.flush()
    return region.id
