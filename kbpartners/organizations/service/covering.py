"""Changing which regions a unit covers, a few at a time and from a day on; and what it covered before."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.organizations.models import Coverage, Organization
from kbpartners.organizations.service import coverage, log, upkeep
from kbpartners.organizations.service.records import locked
from kbpartners.organizations.service.tree import covered_on, visible_units
from kbpartners.regions import service as regions
from kbpartners.regions.models import DISTRICT, Region, within
from kbpartners.search.matching import all_words
from kbpartners.security import Identity

Deed = Callable[..., int]
"""`add` or `release`."""
MOST_OFFERED = 60
FARTHEST = timedelta(days=366)


class Period(NamedTuple):
    """A region that a unit covers, covered or will cover, both days included."""

    region_id: int
    code: str
    label: str
    valid_from: date
    valid_to: date | None


class Periods(NamedTuple):
    """What counts on a day, what begins later, what is over."""

    now: list[Period]
    later: list[Period]
    before: list[Period]


def periods(organization_id: int, day: date) -> Periods:
    """Everything that a unit covers, will cover and has covered, seen from a day. Two queries."""
    rows = db.session.execute(
        select(Coverage.region_id, Coverage.valid_from, Coverage.valid_to).where(
            Coverage.organization_id == organization_id
        )
    ).all()
    chains = regions.chains(row.region_id for row in rows)
    found = sorted(
        (
            Period(id_, chains[id_][-1].code, regions.describe(chains[id_]), begins, ends)
            for id_, begins, ends in rows
            if id_ in chains
        ),
        key=lambda period: (period.code, period.valid_from),
    )
    return Periods(
        [p for p in found if p.valid_from <= day and (p.valid_to is None or p.valid_to >= day)],
        [p for p in found if p.valid_from > day],
        sorted((p for p in found if p.valid_to and p.valid_to < day), key=lambda p: p.valid_to or day, reverse=True),
    )


# --- what may be added -------------------------------------------------------------------------------------------


class Option(NamedTuple):
    """A region to tick. `covered`: the unit has it already, by itself or within a larger one. `level` as in regions."""

    id: int
    name: str
    level: int
    covered: bool


class Offer(NamedTuple):
    """Regions to tick: those below `parent`, or those found by a word. `more`: not all that were found are shown."""

    parent: regions.RegionItem | None
    options: list[Option]
    more: bool


def offer(organization_id: int, *, q: str = "", parent_id: int | None = None) -> Offer:
    """What can be added: found by name, or the region `parent_id` with what lies in it, or the office's provinces with
    their kabupaten. At most five queries."""
    allowed = regions.province_ids()
    codes = [chain[-1].code for chain in regions.chains(allowed).values()]
    chain = regions.path(parent_id)
    parent = chain[-1] if chain and chain[0].id in allowed and chain[-1].level <= DISTRICT else None
    query = select(Region.id, Region.code, Region.name, Region.level).where(
        regions.current(), or_(*(regions.descendants(code) for code in codes))
    )
    if q:
        query = query.where(all_words(q, [Region.name])).order_by(Region.level, Region.code)
    elif parent is not None:
        query = query.where(or_(Region.parent_id == parent.id, Region.id == parent.id))
        query = query.order_by(Region.level, Region.name)
    else:
        upper = aliased(Region)
        query = query.outerjoin(upper, upper.id == Region.parent_id)
        query = query.where(or_(Region.id.in_(allowed), Region.parent_id.in_(allowed))).order_by(Region.code)
    most = MOST_OFFERED if q else 1_000
    rows = db.session.execute(query.limit(most + 1)).all() if codes else []
    have = [row.code for row in coverage.covered(organization_id)]
    words = regions.labels(row.id for row in rows[:most]) if q else {row.id: row.name for row in rows}
    options = [
        Option(row.id, words[row.id], row.level, any(within(code, row.code) for code in have)) for row in rows[:most]
    ]
    return Offer(parent, options, len(rows) > most)


# --- writing -----------------------------------------------------------------------------------------------------


def add(*, who: Identity, organization_id: int, region_ids: Collection[int], since: date) -> int:
    """Let a unit cover more regions from a day on; returns how many. What lies in a new region is part of it from then.

    Raises NotFound; Invalid on `coverage` (nothing new, unknown) or `since`.
    """
    unit = locked(organization_id, visible_units(who))
    _check_day(unit, since)
    new = coverage.known(region_ids)
    if not new:
        raise Invalid(_("Pilih sedikitnya satu wilayah."), "coverage")
    have = _on(unit.id, since)
    wanted = coverage.smallest_set({**have, **new})
    added = {id_: code for id_, code in wanted.items() if id_ not in have}
    if not added:
        raise Invalid(_("Semua yang dipilih sudah termasuk wilayah kerjanya."), "coverage")
    coverage.change(unit.id, wanted, since, only=added.keys() | (have.keys() - wanted.keys()))
    _note(who, unit, added, f"menambah {len(added)} wilayah kerja", since)
    return len(added)


def release(*, who: Identity, organization_id: int, region_ids: Collection[int], since: date) -> int:
    """Let a unit no longer cover regions from a day on; returns how many. The days before stay as they were.

    Raises NotFound; Invalid on `coverage` (nothing chosen, not covered) or `since`.
    """
    unit = locked(organization_id, visible_units(who))
    _check_day(unit, since)
    chosen = coverage.known(region_ids)
    if not chosen:
        raise Invalid(_("Pilih sedikitnya satu wilayah."), "coverage")
    query = select(Coverage.region_id).where(
        Coverage.organization_id == unit.id,
        Coverage.region_id.in_(chosen),
        or_(Coverage.valid_to.is_(None), Coverage.valid_to >= since),
    )
    gone = {id_: chosen[id_] for id_ in db.session.execute(query.distinct()).scalars()}
    if not gone:
        raise Invalid(_("Wilayah itu tidak diliput satuan ini pada hari itu."), "coverage")
    coverage.change(unit.id, {}, since, only=gone.keys())
    _note(who, unit, gone, f"melepas {len(gone)} wilayah kerja", since)
    return len(gone)


def _on(organization_id: int, day: date) -> dict[int, str]:
    query = (
        select(Coverage.region_id, Region.code)
        .join(Region, Region.id == Coverage.region_id)
        .where(Coverage.organization_id == organization_id, covered_on(day))
    )
    return {row.region_id: row.code for row in db.session.execute(query)}


def _check_day(unit: Organization, since: date) -> None:
    if unit.ended_on is not None:
        raise Invalid(_("Satuan ini sudah berakhir."), "since")
    # What an OPD-KB sees is written down when its region changes, so its region changes today.
    if unit.category == "opd" and since != clock.today():
        raise Invalid(_("Wilayah Dinas PPKB berubah mulai hari ini: itu menentukan apa yang dilihatnya."), "since")
    if since > clock.today() + FARTHEST:
        raise Invalid(_("Paling jauh satu tahun ke depan."), "since")


def _note(who: Identity, unit: Organization, codes: dict[int, str], deed: str, since: date) -> None:
    unit.version += 1
    words = ", ".join(sorted(regions.labels(codes).values()))
    added = deed.startswith("menambah")
    change = ("Wilayah", "", words) if added else ("Wilayah", words, "")
    day = formats.date_short(since)
    log.note(who, unit, f"{log.actor(who)} {deed} {unit.name} mulai {day}.", [change])
    if unit.category == "opd":
        upkeep.opd_region_changed(codes.values())
