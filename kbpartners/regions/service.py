"""Regions in the database: loading them, naming them, and the cascading choice that every form with a place uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.db import db
from kbpartners.regions import source
from kbpartners.regions.cascade import Cascade, Choice, resolve
from kbpartners.regions.models import DISTRICT, EVER, PROVINCE, REGENCY, VILLAGE, Region
from kbpartners.settings import service as settings

Progress = Callable[[int, int], None]
_BATCH = 2000


class RegionItem(NamedTuple):
    """A region as pages and other features use it."""

    id: int
    code: str
    name: str
    level: int
    parent_id: int | None


class Loaded(NamedTuple):
    """What a load did: regions read, of these new, renamed and unchanged; and codes that the source no longer has."""

    read: int
    added: int
    renamed: int
    same: int
    gone: int


# --- loading -----------------------------------------------------------------------------------------------------


def load(provinces: Sequence[str] | None = None, progress: Progress | None = None) -> Loaded:
    """Bring all Kemendagri levels of the given province codes (None: all 38) into the database.

    Running it again changes nothing. A renamed region keeps its id; nothing is deleted, nothing that a person ended is
    revived. `progress(done, total)` counts regions. Raises ValueError for a code that is no province's.
    """
    codes = [province.code for province in source.provinces()] if provinces is None else list(dict.fromkeys(provinces))
    total = sum(1 for code in codes for _region in source.regions(code))
    done, parts = 0, []

    def tick(regions: int) -> None:
        nonlocal done
        done += regions
        if progress:
            progress(done, total)

    for code in codes:
        parts.append(_load_province(code, tick))
    return Loaded(*(sum(column) for column in zip(*parts, strict=True))) if parts else Loaded(0, 0, 0, 0, 0)


def _load_province(code: str, tick: Callable[[int], None]) -> Loaded:
    # Ordered by validity, so that of several rows with one code (before and after a split) the latest is compared.
    known = {row.code: row for row in db.session.execute(_LATEST.where(descendants(code)).order_by(Region.valid_from))}
    ids = {row.code: row.id for row in known.values()}
    regions = list(source.regions(code))
    added = 0
    for level in (PROVINCE, REGENCY, DISTRICT, VILLAGE):
        new = [region for region in regions if region.level == level and region.code not in known]
        for batch in _batches(new):
            db.session.execute(insert(Region), [_row(region, ids) for region in batch])
            added += len(batch)
            tick(len(batch))
        if new and level < VILLAGE:
            ids.update(_ids(code, level))
    renamed = [
        {"id": row.id, "name": region.name}
        for region in regions
        if (row := known.get(region.code)) and row.name != region.name and not row.valid_to
    ]
    if renamed:
        db.session.execute(update(Region), renamed)
    tick(len(regions) - added)
    gone = {row.code for row in known.values() if not row.valid_to} - {region.code for region in regions}
    return Loaded(len(regions), added, len(renamed), len(regions) - added - len(renamed), len(gone))


_LATEST = select(Region.id, Region.code, Region.name, Region.valid_to)


def _row(region: source.SourceRegion, ids: Mapping[str, int]) -> dict[str, Any]:
    parent = ids[region.parent_code] if region.parent_code else None
    return {"code": region.code, "name": region.name, "level": region.level, "parent_id": parent, "valid_from": EVER}


def _ids(code: str, level: int) -> dict[str, int]:
    rows = db.session.execute(select(Region.code, Region.id).where(Region.level == level, descendants(code)))
    return {row.code: row.id for row in rows}


def _batches(rows: Iterable[source.SourceRegion]) -> Iterator[list[source.SourceRegion]]:
    walker = iter(rows)
    while batch := list(islice(walker, _BATCH)):
        yield batch


# --- conditions --------------------------------------------------------------------------------------------------


def descendants(code: str, region: Any = Region) -> ColumnElement[bool]:
    """The condition "lies in (or is) the region with this code", a range of the index on the code.

    `region` may be an alias: `descendants("16.04", here)`.
    """
    inside = and_(region.code > code + ".", region.code < code + "/")  # "/" is the character after "."
    return or_(region.code == code, inside)


def current(region: Any = Region) -> ColumnElement[bool]:
    """The condition "valid today"."""
    today = clock.today()
    return and_(region.valid_from <= today, or_(region.valid_to.is_(None), region.valid_to >= today))


# --- queries -----------------------------------------------------------------------------------------------------

_ITEM = select(Region.id, Region.code, Region.name, Region.level, Region.parent_id)
_REGION, _UPPER, _THIRD, _TOP = (aliased(Region, name=f"r{n}") for n in range(4))
_CHAIN = (
    select(*(getattr(r, c) for r in (_REGION, _UPPER, _THIRD, _TOP) for c in ("id", "code", "name", "level")))
    .outerjoin(_UPPER, _UPPER.id == _REGION.parent_id)
    .outerjoin(_THIRD, _THIRD.id == _UPPER.parent_id)
    .outerjoin(_TOP, _TOP.id == _THIRD.parent_id)
)


def by_id(region_id: int | None) -> RegionItem | None:
    """One region, also one that is no longer valid."""
    row = db.session.execute(_ITEM.where(Region.id == region_id)).one_or_none()
    return RegionItem(*row) if row else None


def by_code(code: str) -> RegionItem | None:
    """The region that has this Kemendagri code today."""
    row = db.session.execute(_ITEM.where(Region.code == code, current()).order_by(Region.valid_from.desc())).first()
    return RegionItem(*row) if row else None


def children(parent_id: int | None) -> list[RegionItem]:
    """The regions directly below one (None: the provinces), valid today, by name."""
    rows = db.session.execute(_ITEM.where(Region.parent_id == parent_id, current()).order_by(Region.name, Region.id))
    return [RegionItem(*row) for row in rows]


def chains(region_ids: Iterable[int]) -> dict[int, list[RegionItem]]:
    """For each id its regions from the province down to itself, in one query. Unknown ids are left out."""
    wanted = set(region_ids)
    found: dict[int, list[RegionItem]] = {}
    if wanted:
        for row in db.session.execute(_CHAIN.where(_REGION.id.in_(wanted))):
            chain: list[RegionItem] = []
            for start in (12, 8, 4, 0):
                id_, code, name, level = row[start : start + 4]
                if id_ is not None:
                    chain.append(RegionItem(id_, code, name, level, chain[-1].id if chain else None))
            found[row[0]] = chain
    return found


def path(region_id: int | None) -> list[RegionItem]:
    """The regions from the province down to the one itself, for breadcrumbs; [] for an unknown id."""
    return chains([region_id]).get(region_id, []) if region_id else []


def describe(chain: Sequence[RegionItem]) -> str:
    """A chain in words, the smallest first and without the province: "Manggul, Lahat, Kabupaten Lahat"."""
    shown = [item.name for item in chain if item.level > PROVINCE] or [f"Provinsi {item.name}" for item in chain]
    return ", ".join(reversed(shown))


def label(region_id: int | None) -> str:
    """A region in words: "Lahat, Kabupaten Lahat"; "Provinsi Sumatera Selatan"; "" for None."""
    return describe(path(region_id))


def labels(region_ids: Iterable[int | None]) -> dict[int, str]:
    """The words of many regions in one query, for lists."""
    return {id_: describe(chain) for id_, chain in chains(i for i in region_ids if i).items()}


def choices(parent_id: int | None, empty: str | None = None) -> list[Choice]:
    """(id, name) pairs of the regions below one for a select, with an empty first choice where its words are given."""
    pairs: list[Choice] = [(item.id, item.name) for item in children(parent_id)]
    return pairs if empty is None else [("", empty), *pairs]


def province_ids() -> list[int]:
    """The ids of the office's own provinces (setting `provinces`), by code. None of them loaded: []."""
    codes = settings.value("provinces")
    return list(
        db.session.execute(
            select(Region.id).where(Region.code.in_(codes), Region.level == PROVINCE, current()).order_by(Region.code)
        ).scalars()
    )


def regency_choices(empty: str | None = None) -> list[Choice]:
    """(id, name) of every regency and city of the office's provinces, in one query."""
    province = aliased(Region)
    rows = db.session.execute(
        select(Region.id, Region.name)
        .join(province, province.id == Region.parent_id)
        .where(province.code.in_(settings.value("provinces")), Region.level == REGENCY, current())
        .order_by(Region.name, Region.id)
    )
    pairs: list[Choice] = [(row.id, row.name) for row in rows]
    return pairs if empty is None else [("", empty), *pairs]


# --- the cascading choice ----------------------------------------------------------------------------------------


def cascade(
    args: Mapping[str, Any],
    allowed_province_ids: Sequence[int] | None = None,
    *,
    name: str = "region_id",
    level: int = VILLAGE,
    optional: bool = False,
    look: str = "form",
    only_regency_ids: Sequence[int] = (),
) -> Cascade:
    """The state of the choice kabupaten/kota → kecamatan → desa in a form, from what was sent or is saved. Two queries.

    Use it in five lines:
    1. view: `place = regions.cascade(request.form or {"region_id": kampung.region_id}, level=4)` (GET: `request.args`);
    2. view: `if request.form.get("cascade"): return render_page(…, cascade=place)`: without JavaScript the choice was
       only to be refreshed, nothing is saved;
    3. template, in the form: `{% include "regions/_cascade.html" %}` (its context holds `cascade` and, if there are
       some, `cascade_errors`);
    4. template, right after the main button: `{% include "regions/_cascade_load.html" %}` ("Muat pilihan");
    5. service: take `place.region_id` (the deepest region chosen, None if nothing), refuse if `not place.complete`.

    `level` is the deepest level offered and `name` the name of its select; those above are `regency_id`, `district_id`
    (and `province_id` where the office has several provinces). With `optional` a higher level is an answer, too
    (filters and commitments: "Semua kecamatan"). `look` is "form" or "filter". `allowed_province_ids`: the office's own
    unless told. `only_regency_ids` narrows the choice (an OPD-KB's own region). What does not belong together (a
    kecamatan of another kabupaten, a region elsewhere, letters) is dropped, never an error: the form's own check says
    what is missing.
    """
    allowed = province_ids() if allowed_province_ids is None else list(allowed_province_ids)
    asked = Cascade(
        name=name, level=level, optional=optional, look=look, provinces=allowed, only=tuple(only_regency_ids)
    )
    chosen = resolve(args, asked, chains)
    return chosen.offering(_offered(chosen))


def _offered(chosen: Cascade) -> list[RegionItem]:
    """What the selects offer: the allowed provinces and the children of each region chosen above the last select."""
    parents = [id_ for id_ in chosen.values[: chosen.level - 1] if id_]
    condition: ColumnElement[bool] = Region.parent_id.in_(parents)
    if len(chosen.provinces) > 1:
        condition = or_(condition, Region.id.in_(chosen.provinces))
    rows = db.session.execute(_ITEM.where(condition, current()).order_by(Region.name, Region.id))
    return [RegionItem(*row) for row in rows]
