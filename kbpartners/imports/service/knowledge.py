"""What the matching of names works with: the regions of today and the spellings that people decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.regions.index import Alias, IndexedRegion, RegionIndex, Resolution
from kbpartners.regions.models import PROVINCE, Region, RegionAlias
from kbpartners.regions.names import Match, Scope, alias_key
from kbpartners.regions.service import current
from kbpartners.scopes import upsert
from kbpartners.security import Identity

_KEY_LIMIT = 100
"""A spelling whose key is longer is decided for its rows but not remembered."""


@dataclass(frozen=True)
class Knowledge:
    """An index of regions, and which spellings in it were decided: (parent code, key)."""

    index: RegionIndex
    decided: frozenset[tuple[str | None, str]]

    def decided_village(self, resolution: Resolution, name: str) -> bool:
        """Whether a village was found because a person decided its spelling."""
        return resolution.how != "exact" and (resolution.path[2], alias_key(name)) in self.decided

    def region_id(self, code: str) -> int:
        return int(self.index.by_code[code].id)

    def name(self, code: str) -> str:
        return self.index.by_code[code].name

    def words(self, code: str) -> str:
        """ "Manggul, Lahat, Kabupaten Lahat"."""
        codes = [code[:n] for n in (13, 8, 5) if n <= len(code)]
        return ", ".join(self.name(c) for c in codes if c in self.index.by_code)


def load(province_names: Iterable[str]) -> Knowledge:
    """The regions of the provinces that a file names, with every decided spelling in them.

    Only these provinces: the whole country is 91,000 regions, of which a file needs 3,000. Raises Invalid where no
    region is known at all.
    """
    provinces = _provinces()
    if not provinces:
        raise Invalid(_("Daftar wilayah belum dimuat. Jalankan dahulu: flask --app app init"))
    aliases = _aliases()
    scope = Scope(PROVINCE, [(region.code, region.name) for region in provinces])
    known = {alias.name: alias.code for alias in aliases if alias.parent_code is None}
    found = {match.code for name in set(province_names) if isinstance(match := scope.find(name, known), Match)}
    index = RegionIndex([*provinces, *_below(found)], aliases)
    return Knowledge(index, frozenset((alias.parent_code, alias.name) for alias in aliases))


def _provinces() -> list[IndexedRegion]:
    rows = db.session.execute(select(Region.id, Region.code, Region.name).where(Region.level == PROVINCE, current()))
    return [IndexedRegion(row.id, row.code, PROVINCE, row.name, None) for row in rows]


def _below(province_codes: Iterable[str]) -> list[IndexedRegion]:
    ranges = [Region.code.between(f"{code}.", f"{code}/") for code in sorted(province_codes)]
    if not ranges:
        return []
    rows = db.session.execute(select(Region.id, Region.code, Region.level, Region.name).where(or_(*ranges), current()))
    return [IndexedRegion(row.id, row.code, row.level, row.name, row.code.rpartition(".")[0]) for row in rows]


def _aliases() -> list[Alias]:
    parent, target = aliased(Region), aliased(Region)
    rows = db.session.execute(
        select(RegionAlias.parent_id, parent.code, RegionAlias.name, RegionAlias.region_id, target.code)
        .join(parent, parent.id == RegionAlias.parent_id)
        .join(target, target.id == RegionAlias.region_id)
    )
    return [Alias(None if row[0] == row[3] else row[1], row[2], row[4]) for row in rows]


def remember(who: Identity, *, parent_id: int | None, name: str, region_id: int) -> None:
    """Keep a decision: within the parent, this spelling means that region. A later decision replaces it.

    A province has no parent; its alias stands under itself, which no other alias can.
    """
    key = alias_key(name)
    if not key or len(key) > _KEY_LIMIT:
        return
    decided = {"region_id": region_id, "decided_by_id": who.user_id, "decided_at": clock.now()}
    statement = upsert(RegionAlias).values(parent_id=parent_id or region_id, name=key, **decided)
    db.session.execute(statement.on_conflict_do_update(index_elements=["parent_id", "name"], set_=decided))


def is_alias(parent_id: int | None, name: str) -> bool:
    """Whether somebody decided this spelling."""
    query = select(RegionAlias.id).where(RegionAlias.parent_id == parent_id, RegionAlias.name == alias_key(name))
    return db.session.execute(query).first() is not None
