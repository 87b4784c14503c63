"""A seeded data set of N commitments with reports, follow-ups and activities, written straight into the tables.

The spread is meant to look like an office's: 300 units in 13 trees, 17 OPD-KB, one unit with 6 % of the work (so that
its list is long at every N), 70 % open, 12 % of those late, three reports each on average, one to three indicators.
Everything that services keep beside the records (scope rows, tallies, snapshots, caches) is there, too, and
`flask doctor` finds nothing wrong with it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert, select

from kbpartners import clock, schema
from kbpartners.accounts.models import User
from kbpartners.db import db
from kbpartners.kampung.models import Kampung
from kbpartners.organizations.models import Assignment, Coverage, Organization, Post
from kbpartners.regions.models import EVER, Region
from kbpartners.scopes import MonthTally, Relation, Tally
from kbpartners.settings.models import Letterhead, Signatory

PASSWORD = "Bangku-Ukur-1"
BATCH = 5_000
BIG = "Kodam II/Sriwijaya"
SECRETARIES = LIAISONS = 16


@dataclass
class World:
    """Ids and names that the rows refer to. `chains` are the units from the root down to each unit."""

    office: int = 0
    big: int = 0
    chains: dict[int, list[int]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    opd: dict[int, int] = field(default_factory=dict)
    regions: dict[int, tuple[str, str]] = field(default_factory=dict)
    regencies: list[int] = field(default_factory=list)
    province: int = 0
    kampungs: list[tuple[int, int]] = field(default_factory=list)
    secretary: int = 0
    liaison: int = 0

    def scopes(self, owner: int, supporter: int | None, regency: int | None) -> dict[int, int]:
        """Which units see a record, as `organizations.scope_units` says it."""
        units = {self.office: Relation.OFFICE}
        if regency:
            units[self.opd[regency]] = Relation.REGION
        for unit in self.chains[supporter] if supporter else []:
            units[unit] = Relation.SUPPORT
        for unit in self.chains[owner]:
            units[unit] = Relation.OWNER
        return units

    def counting(self, owner: int) -> set[int]:
        """The units that count a record as theirs."""
        return {*self.chains[owner], self.office}


class Sink:
    """Collects rows per table and writes them in batches, parents first."""

    def __init__(self, order: Iterable[Any]) -> None:
        self.order, self.waiting = tuple(order), {table: [] for table in order}
        self.tallies: Counter[tuple[int, str, date]] = Counter()

    def add(self, table: Any, **row: Any) -> None:
        """One row; rows of one table must have the same keys."""
        self.waiting[table].append(row)

    def flush(self, *, force: bool = False) -> None:
        """Write what has piled up."""
        if force or max(map(len, self.waiting.values())) >= BATCH:
            for table in self.order:
                if self.waiting[table]:
                    db.session.execute(insert(table), self.waiting[table])
                    self.waiting[table] = []

    def write_tallies(self) -> None:
        """The sums, at the end."""
        rows = [{"unit_id": unit, "measure": m, "day": day, "n": n} for (unit, m, day), n in self.tallies.items()]
        for start in range(0, len(rows), BATCH):
            db.session.execute(insert(Tally), rows[start : start + BATCH])
        months: Counter[tuple[int, str, date]] = Counter()
        for (unit, measure, day), n in self.tallies.items():
            months[unit, measure, day.replace(day=1)] += n
        rows = [{"unit_id": unit, "measure": m, "month": month, "n": n} for (unit, m, month), n in months.items()]
        for start in range(0, len(rows), BATCH):
            db.session.execute(insert(MonthTally), rows[start : start + BATCH])


def instant(day: date) -> datetime:
    """A morning in the office."""
    return datetime.combine(day, time(3, 30), tzinfo=UTC)


def build(n: int) -> World:
    """Fill an initialised, empty database. Commits."""
    from bench.promises import ORDER, Writer

    random.seed(2017)
    world = _world()
    sink = Sink(ORDER)
    writer = Writer(world, sink)
    for number in range(1, n + 1):
        writer.commitment(number)
        sink.flush()
    sink.flush(force=True)
    sink.write_tallies()
    schema.reset_sequences(db.session.connection())
    db.session.commit()
    db.session.connection().exec_driver_sql("ANALYZE")
    db.session.commit()
    return world


def _world() -> World:
    office = db.session.execute(select(Organization).where(Organization.category == "bkkbn")).scalar_one()
    world = World(office=office.id, chains={office.id: [office.id]}, names={office.id: office.name})
    regions = db.session.execute(select(Region.id, Region.code, Region.name, Region.level).order_by(Region.code)).all()
    world.regions = {r.id: (r.code, r.name) for r in regions}
    world.province = next(r.id for r in regions if r.level == 1)
    world.regencies = [r.id for r in regions if r.level == 2]
    for regency in world.regencies:
        world.opd[regency] = _unit(world, f"Dinas PPKB {world.regions[regency][1]}", "opd", None)
        db.session.add(Coverage(organization_id=world.opd[regency], region_id=regency, valid_from=EVER))
    for tree in range(13):
        root = _unit(world, BIG if tree == 0 else f"Mitra {tree}", "tni" if tree == 0 else "polri", None)
        world.big = world.big or root
        for child in range(21):
            _unit(world, f"Satuan {tree}.{child}", "tni" if tree == 0 else "polri", root)
    _people(world)
    _kampungs(world, regions)
    if db.session.execute(select(Letterhead.id)).first() is None:
        db.session.add(Letterhead(valid_from=EVER, office="PERWAKILAN BKKBN PROVINSI"))
        db.session.add(Signatory(valid_from=EVER, position="Kepala Perwakilan", name="Nama Contoh"))
    db.session.commit()
    return world


def _unit(world: World, name: str, category: str, parent: int | None) -> int:
    unit = Organization(name=name, category=category, parent_id=parent)
    db.session.add(unit)
    db.session.flush()
    chain = [*(world.chains[parent] if parent else []), unit.id]
    unit.path = "/" + "/".join(map(str, chain)) + "/"
    world.chains[unit.id], world.names[unit.id] = chain, name
    return unit.id


def _people(world: World) -> None:
    hashed = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    people = [(f"sekretariat{i}@bench.id", "sekretariat", world.office) for i in range(SECRETARIES)]
    people += [(f"penghubung{i}@bench.id", "penghubung", world.big) for i in range(LIAISONS)]
    people += [("pimpinan@bench.id", "pimpinan", world.office)]
    for email, role, unit in people:
        user = User(name=email, email=email, password_hash=hashed, created_at=clock.now())
        post = Post(organization_id=unit, title=role, role=role)
        db.session.add_all([user, post])
        db.session.flush()
        db.session.add(Assignment(post_id=post.id, user_id=user.id, valid_from=EVER))
        world.secretary = world.secretary or user.id
        world.liaison = user.id if role == "penghubung" else world.liaison


def _kampungs(world: World, regions: Iterable[Any]) -> None:
    ids = {r.code: r.id for r in regions}
    for region in random.sample([r for r in regions if r.level == 4], 2_000):
        regency = ids[region.code[:5]]
        kampung = Kampung(
            name=f"Kampung {region.name}",
            region_id=region.id,
            district_id=ids[region.code[:8]],
            regency_id=regency,
            label=random.choice(("dasar", "dasar", "berkembang", "mandiri")),
            label_year=2025,
        )
        db.session.add(kampung)
        db.session.flush()
        world.kampungs.append((kampung.id, regency))
