"""Which regions a unit covers: reading, changing with history, and the boxes from which a person ticks them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update

from kbpartners import clock
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.organizations.models import Coverage
from kbpartners.organizations.service.ledger import Entry, Ledger
from kbpartners.organizations.service.tree import covered_on
from kbpartners.regions import service as regions
from kbpartners.regions.models import DISTRICT, REGENCY, Region, within


class Covered(NamedTuple):
    """A region that a unit covers today."""

    region_id: int
    code: str
    label: str


def covered(organization_id: int) -> list[Covered]:
    """The regions that a unit covers today, in words and by code. Two queries."""
    ids = list(
        db.session.execute(
            select(Coverage.region_id)
            .where(Coverage.organization_id == organization_id, covered_on(clock.today()))
            .distinct()
        ).scalars()
    )
    chains = regions.chains(ids)
    found = [Covered(id_, chain[-1].code, regions.describe(chain)) for id_, chain in chains.items()]
    return sorted(found, key=lambda item: item.code)


def known(region_ids: Collection[int]) -> dict[int, str]:
    """The codes of regions by id. Raises Invalid on `coverage` if one of them does not exist."""
    rows = db.session.execute(select(Region.id, Region.code).where(Region.id.in_(region_ids))) if region_ids else ()
    codes = {row.id: row.code for row in rows}
    if set(codes) != set(region_ids):
        raise Invalid(_("Pilih wilayah dari daftar."), "coverage")
    return codes


def smallest_set(codes: dict[int, str]) -> dict[int, str]:
    """Without the regions that lie in another one of them: who covers the province covers its regencies."""
    return {
        id_: code
        for id_, code in codes.items()
        if not any(other != code and within(other, code) for other in codes.values())
    }


def change(organization_id: int, wanted: dict[int, str], since: date, only: Collection[int] | None = None) -> None:
    """Make the regions covered from `since` on be exactly `wanted` (id → code). The past keeps what was covered then.

    With `only`, other regions are left alone. A region taken off and put back on the same day leaves no trace.
    """
    rows = db.session.execute(
        select(Coverage.id, Coverage.region_id, Coverage.valid_from, Coverage.valid_to)
        .where(Coverage.organization_id == organization_id)
        .order_by(Coverage.valid_from)
    ).all()
    yesterday = since - timedelta(days=1)
    by_region: dict[int, list[Any]] = {}
    for row in rows:
        if row.valid_to is None or row.valid_to >= yesterday:
            by_region.setdefault(row.region_id, []).append(row)
    for region_id in sorted(by_region.keys() | wanted.keys()):
        if only is None or region_id in only:
            later = by_region.get(region_id, [])
            (_keep if region_id in wanted else _stop)(organization_id, region_id, later, since)
    db.session.flush()


def _keep(organization_id: int, region_id: int, rows: list[Any], since: date) -> None:
    """One open row from `since` on: the one that holds then (or ended the day before), and none beside it."""
    begun = [row for row in rows if row.valid_from <= since]
    for row in rows:
        if row not in begun:
            db.session.execute(delete(Coverage).where(Coverage.id == row.id))
    if not begun:
        db.session.add(Coverage(organization_id=organization_id, region_id=region_id, valid_from=since))
    elif begun[-1].valid_to is not None:
        db.session.execute(update(Coverage).where(Coverage.id == begun[-1].id).values(valid_to=None))


def _stop(organization_id: int, region_id: int, rows: list[Any], since: date) -> None:
    for row in rows:
        if row.valid_from >= since:  # it never took effect
            db.session.execute(delete(Coverage).where(Coverage.id == row.id))
        elif row.valid_to is None or row.valid_to >= since:
            ends = update(Coverage).where(Coverage.id == row.id).values(valid_to=since - timedelta(days=1))
            db.session.execute(ends)


# --- two units become one ----------------------------------------------------------------------------------------


def combine(book: Ledger, source_id: int, target_id: int) -> list[str]:
    """From today on the target covers what both covered; until yesterday the log of each stays true.

    Returns the codes of the source's regions.
    """
    today = clock.today()
    mine, theirs = _from_today(source_id), _from_today(target_id)
    codes = {row.region_id: row.code for row in (*mine, *theirs)}
    wanted = smallest_set(codes)
    for row in (*mine, *(row for row in theirs if row.region_id not in wanted)):
        if row.valid_from >= today:
            book.remove(Coverage, {"id": row.id})
        else:
            book.change(Coverage, {"id": row.id}, {"valid_to": today - timedelta(days=1)})
    have = {row.region_id for row in theirs}
    for row in mine:
        if row.region_id in wanted and row.region_id not in have:
            begins, have = max(row.valid_from, today), have | {row.region_id}
            values = {"organization_id": target_id, "region_id": row.region_id}
            book.add(Coverage, {**values, "valid_from": begins, "valid_to": row.valid_to})
    return sorted(row.code for row in mine)


def _from_today(organization_id: int) -> list[Any]:
    query = (
        select(Coverage.id, Coverage.region_id, Coverage.valid_from, Coverage.valid_to, Region.code)
        .join(Region, Region.id == Coverage.region_id)
        .where(
            Coverage.organization_id == organization_id,
            or_(Coverage.valid_to.is_(None), Coverage.valid_to >= clock.today()),
        )
        .order_by(Coverage.valid_from, Coverage.id)
    )
    return list(db.session.execute(query))


def codes_in(entries: Iterable[Entry]) -> list[str]:
    """The codes of the regions that a merge moved (before it is undone)."""
    ids, regions_of = set(), set()
    for entry in entries:
        if entry["table"] == Coverage.__tablename__:
            if entry["op"] == "set":
                ids.add(entry["key"]["id"])
            else:
                regions_of.add(entry["row"]["region_id"])
    query = (
        select(Region.code)
        .outerjoin(Coverage, Coverage.region_id == Region.id)
        .where(or_(Coverage.id.in_(ids), Region.id.in_(regions_of)))
    )
    return sorted(db.session.execute(query.distinct()).scalars())


# --- the boxes to tick -------------------------------------------------------------------------------------------


class Box(NamedTuple):
    """A region to tick."""

    id: int
    name: str
    checked: bool


class RegencyBox(NamedTuple):
    """A kabupaten or kota with its kecamatan; `chosen` of these are ticked."""

    id: int
    name: str
    checked: bool
    districts: list[Box]

    @property
    def chosen(self) -> int:
        return sum(box.checked for box in self.districts)


class Picker(NamedTuple):
    """The boxes of one province, and boxes for what is covered elsewhere so that it is not lost.

    `provinces` are the office's, `province_id` is the one whose regions are shown.
    """

    provinces: list[Box]
    province_id: int | None
    regencies: list[RegencyBox]
    elsewhere: list[Box]


def picker(selected: Iterable[int], province_id: int | None = None) -> Picker:
    """What a form offers. 17 regencies with 241 kecamatan are boxes under folded headings: no script is needed.

    An office of several provinces looks at one of them at a time (`province_id`, or the first with a ticked region).
    At most five queries.
    """
    chosen = set(selected)
    allowed = regions.province_ids()
    chains = regions.chains(chosen | set(allowed))
    if province_id not in allowed:
        own = [chain[0].id for id_, chain in sorted(chains.items()) if id_ in chosen and chain[0].id in allowed]
        province_id = next(iter(own or allowed), None)
    boxes: dict[int, list[Box]] = {}
    heads: list[Box] = []
    shown: set[int] = set(allowed)
    if province_id is not None:
        rows = db.session.execute(
            select(Region.id, Region.name, Region.level, Region.parent_id)
            .where(
                regions.descendants(chains[province_id][0].code),
                Region.level.in_((REGENCY, DISTRICT)),
                regions.current(),
            )
            .order_by(Region.name, Region.id)
        )
        for id_, name, level, parent_id in rows:
            shown.add(id_)
            target = heads if level == REGENCY else boxes.setdefault(parent_id or 0, [])
            target.append(Box(id_, name, id_ in chosen))
    return Picker(
        [Box(id_, chains[id_][0].name, id_ in chosen) for id_ in allowed],
        province_id,
        [RegencyBox(*head, boxes.get(head.id, [])) for head in heads],
        [Box(id_, regions.describe(chains[id_]), True) for id_ in sorted(chosen - shown) if id_ in chains],
    )
