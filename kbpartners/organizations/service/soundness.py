"""What `flask doctor` asks about units: do paths, coverage and merges fit together?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from kbpartners.db import db
from kbpartners.organizations.models import Coverage, Organization, path_ids
from kbpartners.organizations.service.followers import merge_followers


def check() -> list[str]:
    """What does not fit together, one Indonesian line each; nothing is repaired."""
    return [*_paths(), *_coverage(), *_merged()]


def _paths() -> Iterator[str]:
    rows = db.session.execute(select(Organization.id, Organization.parent_id, Organization.path)).all()
    paths = {row.id: row.path for row in rows}
    for row in rows:
        above = paths[row.parent_id] if row.parent_id else "/"
        if row.path != f"{above}{row.id}/" or row.id in path_ids(above):
            yield f"satuan {row.id}: jalurnya {row.path}, seharusnya {above}{row.id}/"


def _coverage() -> Iterator[str]:
    """One unit covers one region once on any day."""
    first, second = aliased(Coverage), aliased(Coverage)
    query = select(first.organization_id, first.region_id).join(
        second,
        and_(
            second.organization_id == first.organization_id,
            second.region_id == first.region_id,
            second.id > first.id,
            or_(first.valid_to.is_(None), first.valid_to >= second.valid_from),
            or_(second.valid_to.is_(None), second.valid_to >= first.valid_from),
        ),
    )
    for unit, region in db.session.execute(query.order_by(first.id)):
        yield f"satuan {unit}: wilayah {region} tercatat dua kali pada hari yang sama"


def _merged() -> Iterator[str]:
    """A merged unit has ended, and nothing names it any more."""
    gone = select(Organization.id).where(Organization.merged_into_id.is_not(None))
    for unit in db.session.execute(gone.where(Organization.ended_on.is_(None)).order_by(Organization.id)).scalars():
        yield f"satuan {unit}: sudah digabungkan tetapi belum berakhir"
    for follower in merge_followers:
        for column in follower.columns:
            query: Any = select(column, func.count()).where(column.in_(gone)).group_by(column)
            for unit, n in db.session.execute(query):
                name = f"{column.class_.__tablename__}.{column.key}"
                yield f"satuan {unit} sudah digabungkan, tetapi {n} baris {name} masih menyebutnya"
