"""Which regions a unit covers: reading, changing with history, and the boxes from which a person ticks them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from kbpartners import clock
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.organizations.models import Coverage
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


def change(organization_id: int, wanted: dict[int, str], since: date) -> None:
    """Make the regions covered from `since` on be exactly `wanted` (id → code). The past keeps what was covered then.

    A region taken off and put back on the same day leaves no trace.
    """
    rows = db.session.execute(
        select(Coverage.id, Coverage.region_id, Coverage.valid_from, Coverage.valid_to).where(
            Coverage.organization_id == organization_id
        )
    ).all()
    yesterday = since - timedelta(days=1)
    valid = {
        row.region_id for row in rows if row.valid_from <= since and (row.valid_to is None or row.valid_to >= since)
    }
    for row in rows:
        if row.region_id in valid - wanted.keys() and (row.valid_to is None or row.valid_to >= since):
            if row.valid_from < since:
                db.session.execute(update(Coverage).where(Coverage.id == row.id).values(valid_to=yesterday))
            else:  # it never took effect
                db.session.execute(delete(Coverage).where(Coverage.id == row.id))
    ended_yesterday = {row.region_id: row.id for row in rows if row.valid_to == yesterday}
    for region_id in sorted(wanted.keys() - valid):
        if region_id in ended_yesterday:
            again = update(Coverage).where(Coverage.id == ended_yesterday[region_id])
            db.session.execute(again.values(valid_to=None))
        else:
            db.session.add(Coverage(organization_id=organization_id, region_id=region_id, valid_from=since))
    db.session.flush()


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
