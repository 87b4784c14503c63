"""One commitment as a template for many units: each gets its own, with its own target and the region it covers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, func, insert, select

from kbpartners import clock, scopes
from kbpartners.audit import service as audit
from kbpartners.commitments.models import (
    ACTIVE,
    ENDED,
    Commitment,
    CommitmentScope,
    Indicator,
    IndicatorTarget,
)
from kbpartners.commitments.service import caches, deeds, editing, mass
from kbpartners.commitments.service.editing import Terms
from kbpartners.commitments.service.rules import Standing
from kbpartners.db import fetch, fetch_one, run
from kbpartners.errors import DomainError, Invalid
from kbpartners.organizations import service as organizations
from kbpartners.organizations.models import Coverage, Organization, path_ids
from kbpartners.organizations.service.tree import covered_on
from kbpartners.regions import service as regions
from kbpartners.regions.models import Region, within
from kbpartners.scopes import Relation
from kbpartners.security import Identity

MOST_UNITS = 500
"""Units in one table; more are narrowed by level or name."""
MOST_INDICATORS = 4
_IDS: Any = bindparam("ids", expanding=True)


class Unit(NamedTuple):
    """A unit that may get the commitment. `regions` are (id, words) to choose from, the first one is proposed.

    `same` are the ids of commitments with this title in this time that the unit has already.
    """

    id: int
    name: str
    short_name: str
    path: str
    regions: tuple[tuple[int, str], ...] = ()
    same: tuple[int, ...] = ()


class Line(NamedTuple):
    """What one unit promises: where, and how much of each indicator (scaled by 1,000)."""

    unit_id: int
    region_id: int
    targets: tuple[int | None, ...]


class Twins(DomainError):
    """Units have the same commitment already and nobody has said that they should get it twice."""

    status = 409

    def __init__(self, units: Sequence[Unit]) -> None:
        names = ", ".join(unit.name for unit in units[:20])
        super().__init__(_("%(n)s satuan baru saja mendapat komitmen yang sama: %(names)s.", n=len(units), names=names))
        self.units = units


# --- which units -------------------------------------------------------------------------------------------------

_UNIT = select(Organization.id, Organization.name, Organization.short_name, Organization.path)
_ROOT = select(Organization.path).where(Organization.id == bindparam("id"), Organization.parent_id.is_(None))


def find(partner_id: int | None, *, level: int | None, q: str, terms: Terms) -> list[Unit]:
    """The units in force of a partner, on one level below it (None: all), whose name contains `q`, by name.

    Raises Invalid: no such partner, no such unit, or more of them than one table holds.
    """
    root = fetch_one(_ROOT, {"id": partner_id}) if partner_id else None
    if root is None:
        raise Invalid(_("Pilih mitra."), field="partner_id")
    depth = func.length(Organization.path) - func.length(func.replace(Organization.path, "/", ""))
    query = _UNIT.where(organizations.below(root.path), Organization.ended_on.is_(None))
    if level is not None:
        query = query.where(depth == level + 2)
    if q:
        escaped = q.lower().replace("/", "//").replace("%", "/%").replace("_", "/_")
        query = query.where(func.lower(Organization.name).like(f"%{escaped}%", escape="/"))
    found = [Unit(*row) for row in fetch(query.order_by(Organization.name, Organization.id).limit(MOST_UNITS + 1))]
    if not found:
        raise Invalid(_("Tidak ada satuan yang cocok."), field="unit_q" if q else "level")
    if len(found) > MOST_UNITS:
        raise Invalid(
            _("Lebih dari %(n)s satuan cocok. Pilih tingkat atau saring menurut nama.", n=MOST_UNITS), field="unit_q"
        )
    return filled(found, terms)


def by_ids(ids: Collection[int], terms: Terms) -> list[Unit]:
    """These units, as far as they are in force, by name."""
    query = _UNIT.where(Organization.id.in_(_IDS), Organization.ended_on.is_(None))
    found = [Unit(*row) for part in mass.batches(sorted(ids)) for row in fetch(query, {"ids": part})]
    return filled(sorted(found, key=lambda unit: (unit.name, unit.id)), terms)


def filled(units: Sequence[Unit], terms: Terms) -> list[Unit]:
    """The units with the regions that they cover and the same commitments that they have already."""
    ids = [unit.id for unit in units]
    places, twins = _places(ids), _same(ids, terms)
    return [unit._replace(regions=places[unit.id], same=tuple(twins.get(unit.id, ()))) for unit in units]


def _places(ids: Sequence[int]) -> dict[int, tuple[tuple[int, str], ...]]:
    """The regions to choose from, the proposed one first: the covered one; of several, the one that holds them all."""
    query = select(Coverage.organization_id, Coverage.region_id).where(
        Coverage.organization_id.in_(_IDS), covered_on(clock.today())
    )
    covered: dict[int, list[int]] = {}
    for part in mass.batches(ids):
        for unit_id, region_id in fetch(query, {"ids": part}):
            covered.setdefault(unit_id, []).append(region_id)
    province = regions.province_ids()[:1]
    chains = regions.chains({*province, *(id_ for some in covered.values() for id_ in some)})
    found = {}
    for unit_id in ids:
        mine = [chains[id_] for id_ in covered.get(unit_id, province) if id_ in chains]
        common = [step[0] for step in zip(*mine, strict=False) if len({region.id for region in step}) == 1]
        offered = [*([common] if common else []), *sorted(mine, key=lambda chain: chain[-1].code)]
        found[unit_id] = tuple({chain[-1].id: regions.describe(chain) for chain in offered}.items())
    return found


_SAME = select(Commitment.organization_id, Commitment.id).where(
    Commitment.organization_id.in_(_IDS),
    func.lower(Commitment.title) == bindparam("title"),
    Commitment.status != ENDED,
    Commitment.period_start <= bindparam("until"),
    Commitment.period_end >= bindparam("since"),
)


def _same(ids: Sequence[int], terms: Terms) -> dict[int, list[int]]:
    values = {"title": terms.title.lower(), "since": terms.period_start, "until": terms.until}
    found: dict[int, list[int]] = {}
    for part in mass.batches(ids):
        for unit_id, commitment_id in fetch(_SAME, {**values, "ids": part}):
            found.setdefault(unit_id, []).append(commitment_id)
    return found


# --- writing -----------------------------------------------------------------------------------------------------


def spread(*, who: Identity, terms: Terms, lines: Sequence[Line], knowingly: Collection[int] = ()) -> list[int]:
    """Record the commitment for every line in one go and return the new ids, in the order of the lines.

    `terms` are the template's; its owner, region and targets do not count. `knowingly` are units that may have the same
    commitment twice. Raises Invalid (nothing is written then) and Twins.
    """
    units = _checked(terms, lines)
    if twins := [unit for unit in units.values() if unit.same and unit.id not in knowingly]:
        raise Twins(twins)
    ids = _commitments(who, terms, lines)
    _indicators(terms, lines, ids)
    _scopes(terms, lines, ids, units)
    before = Standing(ACTIVE, "", terms.due_on, max(terms.period_start, clock.today()), None)
    keys = [key for line in lines for key in caches.keys(caches.tally_units(units[line.unit_id].path), before)]
    scopes.adjust([], keys)
    with force_locale("id"):
        mass.log(who, ids, lambda facts: (f"{who.name} mencatat komitmen {facts.code} untuk {facts.organization}.", ()))
        summary = f"{who.name} menyebar komitmen “{terms.title}” ke {len(ids)} satuan."
        audit.record(who, deeds.SUBJECT, ids[0], summary)
    return ids


def _checked(terms: Terms, lines: Sequence[Line]) -> dict[int, Unit]:
    """The units of the lines. Raises Invalid for what is wrong with the template, a unit, a region or a target."""
    if not lines:
        raise Invalid(_("Pilih paling sedikit satu satuan."), field="units")
    if len(terms.indicators) > MOST_INDICATORS:
        raise Invalid(_("Paling banyak %(n)s indikator untuk disebar.", n=MOST_INDICATORS), field="indicators")
    wanted = {line.unit_id for line in lines}
    if len(wanted) < len(lines):
        raise Invalid(_("Satu satuan ditulis dua kali."), field="units")
    units = {unit.id: unit for unit in by_ids(wanted, terms)}
    if gone := wanted - units.keys():
        names = ", ".join(sorted(organizations.names(gone).values())) or "?"
        raise Invalid(_("Sudah berakhir atau tidak ada: %(names)s.", names=names), field="units")
    known = regions.chains(line.region_id for line in lines)
    for line in lines:
        if line.region_id not in known:
            raise Invalid(_("Pilih wilayah untuk %(name)s.", name=units[line.unit_id].name), field="units")
        if len(line.targets) != len(terms.indicators) or any(target is None or target <= 0 for target in line.targets):
            raise Invalid(_("Tulis target lebih dari 0 untuk %(name)s.", name=units[line.unit_id].name), field="units")
    first = lines[0]
    promised = tuple(i._replace(target=n) for i, n in zip(terms.indicators, first.targets, strict=True))
    own: dict[str, Any] = {"organization_id": first.unit_id, "region_id": first.region_id, "supporters": {}}
    editing.check(replace(terms, indicators=promised, **own))
    return units


def _commitments(who: Identity, terms: Terms, lines: Sequence[Line]) -> list[int]:
    now, table = clock.now(), cast(Table, Commitment.__table__)
    shared = {
        **editing.columns(terms),
        "status": ACTIVE,
        "finished_on": None,
        "ended_reason": "",
        "is_example": terms.is_example,
        "created_at": now,
        "created_by_id": who.user_id,
        "report_state": "",
        "news_on": max(terms.period_start, clock.today()),
        "obstacle": "",
        "next_step": "",
        "indicators_total": len(terms.indicators),
    }
    rows = [{**shared, "organization_id": line.unit_id, "region_id": line.region_id} for line in lines]
    statement = insert(table).returning(table.c.organization_id, table.c.id)  # one for each unit, in any order
    made = dict(tuple(row) for part in mass.batches(rows) for row in run(statement, part))
    return [made[line.unit_id] for line in lines]


def _indicators(terms: Terms, lines: Sequence[Line], ids: Sequence[int]) -> None:
    table, rows, targets = cast(Table, Indicator.__table__), list[dict[str, Any]](), dict[tuple[int, int], int | None]()
    for commitment_id, line in zip(ids, lines, strict=True):
        for place, (indicator, target) in enumerate(zip(terms.indicators, line.targets, strict=True), 1):
            about = {"name": indicator.name, "unit": indicator.unit, "mode": indicator.mode, "source": indicator.source}
            rows.append({"commitment_id": commitment_id, "position": place, **about})
            targets[commitment_id, place] = target
    statement = insert(table).returning(table.c.id, table.c.commitment_id, table.c.position)
    whole = {"period_start": terms.period_start, "period_end": terms.until}
    for part in mass.batches(rows):
        made = run(statement, part).all()
        promised = [{"indicator_id": row[0], "target": targets[row[1], row[2]], **whole} for row in made]
        run(insert(cast(Table, IndicatorTarget.__table__)), promised)


_OPD = (
    select(Organization.path, Region.code)
    .join(Coverage, Coverage.organization_id == Organization.id)
    .join(Region, Region.id == Coverage.region_id)
    .where(Organization.category == "opd", Organization.ended_on.is_(None))
)


def _scopes(terms: Terms, lines: Sequence[Line], ids: Sequence[int], units: Mapping[int, Unit]) -> None:
    """Who sees each of them, by the rule of `organizations.scope_units`, with the OPD-KB asked for once."""
    opd = [(path_ids(row.path), row.code) for row in fetch(_OPD.where(covered_on(clock.today())))]
    codes = {id_: chain[-1].code for id_, chain in regions.chains(line.region_id for line in lines).items()}
    office, audiences = organizations.office_id(), dict[int, list[int]]()
    rows = []
    for commitment_id, line in zip(ids, lines, strict=True):
        if line.region_id not in audiences:
            code = codes[line.region_id]
            audiences[line.region_id] = [unit for path, area in opd if within(area, code) for unit in path]
        seen = {office: Relation.OFFICE} | dict.fromkeys(audiences[line.region_id], Relation.REGION)
        seen |= dict.fromkeys(path_ids(units[line.unit_id].path), Relation.OWNER)
        rows += [
            {
                "unit_id": unit,
                "record_id": commitment_id,
                "relation": relation,
                "is_open": True,
                "sort_on": terms.due_on,
            }
            for unit, relation in seen.items()
        ]
    for part in mass.batches(rows):
        run(insert(cast(Table, CommitmentScope.__table__)), part)


def partners() -> Iterable[tuple[int, str]]:
    """(id, name) of the partners in force."""
    query = select(Organization.id, Organization.name).where(
        Organization.parent_id.is_(None), Organization.ended_on.is_(None)
    )
    return [(row.id, row.name) for row in fetch(query.order_by(Organization.name))]
