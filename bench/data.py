"""A seeded data set of N commitments with reports, follow-ups and activities, written straight into the tables.

The spread is meant to look like an office's: 300 units in 13 trees, 17 OPD-KB, one unit with 6 % of the work (so that its
list is long at every N), 70 % open, 12 % of those late, three reports each on average, one to three indicators.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert, select

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.activities.models import Activity, ActivityOrganization, ActivityScope
from kbpartners.audit.models import Revision
from kbpartners.commitments.models import (
    Commitment,
    CommitmentScope,
    Indicator,
    IndicatorTarget,
    ProgressReport,
    ProgressValue,
    achievement,
    overall,
)
from kbpartners.db import db
from kbpartners.followups.models import Followup, FollowupScope
from kbpartners.kampung.models import Kampung
from kbpartners.organizations.models import Assignment, Coverage, Organization, Post
from kbpartners.regions.models import EVER, Region
from kbpartners.scopes import Relation, Tally
from kbpartners.settings.models import Letterhead, Signatory

PASSWORD = "Bangku-Ukur-1"
BATCH = 5_000
LONG_LIST_UNIT = "Kodam II/Sriwijaya"
WORDS = "Satuan menyanggupi pendampingan di setiap Kampung KB dan melaporkan kemajuannya setiap bulan. " * 4


@dataclass
class World:
    """Ids that the rows refer to."""

    office: int = 0
    chains: dict[int, list[int]] = field(default_factory=dict)
    opd: dict[int, int] = field(default_factory=dict)
    regencies: list[int] = field(default_factory=list)
    province: int = 0
    kampungs: list[tuple[int, int]] = field(default_factory=list)
    users: list[int] = field(default_factory=list)
    big: int = 0


class Sink:
    """Collects rows per table and writes them in batches."""

    def __init__(self) -> None:
        self.waiting: dict[Any, list[dict[str, Any]]] = {}

    def add(self, table: Any, **row: Any) -> None:
        rows = self.waiting.setdefault(table, [])
        rows.append(row)

    def flush(self, order: Iterable[Any], *, force: bool = False) -> None:
        """Write what has piled up, parents first."""
        if force or any(len(rows) >= BATCH for rows in self.waiting.values()):
            for table in order:
                if rows := self.waiting.pop(table, []):
                    db.session.execute(insert(table), rows)


def build(n: int) -> World:
    """Fill an initialised, empty database. Commits."""
    random.seed(2017)
    world = _world()
    sink, tallies = Sink(), Counter[tuple[int, str, date]]()
    order = (
        Commitment,
        CommitmentScope,
        Indicator,
        IndicatorTarget,
        ProgressReport,
        ProgressValue,
        Followup,
        FollowupScope,
        Activity,
        ActivityOrganization,
        ActivityScope,
        Revision,
    )
    ids = {"indicator": 0, "report": 0, "followup": 0, "activity": 0}
    for number in range(1, n + 1):
        _commitment(number, world, sink, tallies, ids)
        sink.flush(order)
    sink.flush(order, force=True)
    rows = [
        {"unit_id": unit, "measure": measure, "day": day, "n": count} for (unit, measure, day), count in tallies.items()
    ]
    for start in range(0, len(rows), BATCH):
        db.session.execute(insert(Tally), rows[start : start + BATCH])
    db.session.commit()
    db.session.connection().exec_driver_sql("ANALYZE")
    db.session.commit()
    return world


def _world() -> World:
    world = World(
        office=db.session.execute(select(Organization.id).where(Organization.category == "bkkbn")).scalar_one()
    )
    regions = db.session.execute(select(Region.id, Region.code, Region.level).order_by(Region.code)).all()
    world.province = next(r.id for r in regions if r.level == 1)
    world.regencies = [r.id for r in regions if r.level == 2]
    world.chains[world.office] = [world.office]
    hashed = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    for regency in world.regencies:
        world.opd[regency] = _unit(world, f"Dinas PPKB {regency}", "opd", None)
        db.session.add(Coverage(organization_id=world.opd[regency], region_id=regency, valid_from=EVER))
    for tree in range(13):
        root = _unit(world, LONG_LIST_UNIT if tree == 0 else f"Mitra {tree}", "tni" if tree == 0 else "polri", None)
        world.big = world.big or root
        for child in range(21):
            _unit(world, f"Satuan {tree}.{child}", "tni", root)
    people = [(f"sekretariat{i}@bench.id", "sekretariat", world.office) for i in range(16)]
    people += [(f"penghubung{i}@bench.id", "penghubung", world.big) for i in range(16)]
    people += [("pimpinan@bench.id", "pimpinan", world.office), ("opd@bench.id", "opd", world.opd[world.regencies[0]])]
    for email, role, unit in people:
        user = User(name=email, email=email, password_hash=hashed, created_at=clock.now())
        post = Post(organization_id=unit, title=role, role=role)
        db.session.add_all([user, post])
        db.session.flush()
        db.session.add(Assignment(post_id=post.id, user_id=user.id, valid_from=EVER))
        world.users.append(user.id)
    parents = {r.code: r.id for r in regions}
    for region in random.sample([r for r in regions if r.level == 4], 2_000):
        regency = parents[region.code[:5]]
        kampung = Kampung(
            name=f"Kampung {region.code}",
            region_id=region.id,
            district_id=parents[region.code[:8]],
            regency_id=regency,
            label="dasar",
            label_year=2025,
        )
        db.session.add(kampung)
        db.session.flush()
        world.kampungs.append((kampung.id, regency))
    if db.session.execute(select(Letterhead.id)).first() is None:
        db.session.add(Letterhead(valid_from=EVER, office="PERWAKILAN BKKBN PROVINSI"))
    if db.session.execute(select(Signatory.id)).first() is None:
        db.session.add(Signatory(valid_from=EVER, position="Kepala Perwakilan", name="Nama Contoh"))
    db.session.commit()
    return world


def _unit(world: World, name: str, category: str, parent: int | None) -> int:
    unit = Organization(name=name, category=category, parent_id=parent)
    db.session.add(unit)
    db.session.flush()
    chain = [*(world.chains[parent] if parent else []), unit.id]
    unit.path = "/" + "/".join(map(str, chain)) + "/"
    world.chains[unit.id] = chain
    return unit.id


def _scopes(world: World, owner: int, supporter: int | None, regency: int | None) -> dict[int, int]:
    units = {world.office: Relation.OFFICE}
    if regency:
        units[world.opd[regency]] = Relation.REGION
    for unit in world.chains[supporter] if supporter else []:
        units[unit] = Relation.SUPPORT
    for unit in world.chains[owner]:
        units[unit] = Relation.OWNER
    return units


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(3, 30), tzinfo=UTC)


def _commitment(number: int, world: World, sink: Sink, tallies: Counter, ids: dict[str, int]) -> None:
    today = clock.today()
    owner = world.big if random.random() < 0.06 else random.choice(list(world.chains))
    regency = random.choice(world.regencies) if random.random() < 0.7 else None
    is_open = random.random() < 0.7
    due = today + timedelta(days=random.randint(1, 400) if random.random() < 0.88 else -random.randint(1, 90))
    start = due - timedelta(days=random.randint(60, 200))
    started = min(start, today)
    indicators = [ids["indicator"] + k + 1 for k in range(random.choice((1, 2, 2, 3)))]
    ids["indicator"] += len(indicators)
    targets = [random.randint(10, 900) * 1000 for _ in indicators]
    reports = random.choice((0, 1, 2, 3, 3, 4, 8)) if start <= today else 0
    days = sorted(started + timedelta(days=random.randint(0, max(1, (today - started).days))) for _ in range(reports))
    last_state = (
        "" if not days else random.choice(("accepted", "accepted", "submitted", "returned")) if is_open else "accepted"
    )
    values = [[target * (k + 1) // (reports + 1) for target in targets] for k in range(reports)]
    accepted = [k for k in range(reports) if k < reports - 1 or last_state == "accepted"]
    counted = values[accepted[-1]] if accepted else [None] * len(targets)
    news = days[-1] if days else start
    scopes = _scopes(world, owner, random.choice(list(world.chains)) if random.random() < 0.5 else None, regency)
    sink.add(
        Commitment,
        id=number,
        title=f"Komitmen {number:06} pendampingan Kampung KB",
        description=WORDS,
        organization_id=owner,
        counterpart_id=None,
        region_id=regency or world.province,
        decision_id=None,
        period_start=start,
        period_end=due,
        due_on=due,
        priority=random.choice(("low", "medium", "medium", "high")),
        status="active" if is_open else "done",
        finished_on=None if is_open else due,
        is_example=False,
        created_at=_instant(start),
        created_by_id=world.users[0],
        report_state=last_state,
        last_report_on=days[-1] if days else None,
        news_on=news,
        obstacle="Jadwal bersamaan dengan panen." if number % 5 == 0 else "",
        next_step="",
        ended_reason="",
        achievement=overall([achievement(v, t) for v, t in zip(counted, targets, strict=True)]),
        indicators_total=len(indicators),
        indicators_reported=len(indicators) if accepted else 0,
    )
    for unit, relation in scopes.items():
        sink.add(CommitmentScope, unit_id=unit, record_id=number, relation=relation, is_open=is_open, sort_on=due)
    for position, (indicator, target) in enumerate(zip(indicators, targets, strict=True), 1):
        sink.add(
            Indicator,
            id=indicator,
            commitment_id=number,
            position=position,
            name=f"Indikator {position}",
            unit="orang",
            mode="latest",
            source="partner",
            accepted=counted[position - 1],
            pending=values[-1][position - 1] if values and last_state != "returned" else counted[position - 1],
        )
        sink.add(IndicatorTarget, indicator_id=indicator, period_start=start, period_end=due, target=target)
    for k, day in enumerate(days):
        ids["report"] += 1
        state = last_state if k == reports - 1 else "accepted"
        sink.add(
            ProgressReport,
            id=ids["report"],
            commitment_id=number,
            token=f"bench-{ids['report']}",
            status=state,
            proposal="on_track",
            period_start=start,
            period_end=due,
            note=f"Laporan {k + 1}: kegiatan berjalan sesuai rencana.",
            obstacle="",
            next_step="",
            source="liaison",
            submitted_at=_instant(day),
            author_id=world.users[20],
            decided_at=None if state == "submitted" else _instant(day),
            decided_by_id=None if state == "submitted" else world.users[0],
            decision_note="",
        )
        for indicator, value in zip(indicators, values[k], strict=True):
            sink.add(ProgressValue, report_id=ids["report"], indicator_id=indicator, value=value)
    _count(world, owner, tallies, is_open, due, news, last_state, days[-1] if days else None)
    sink.add(
        Revision,
        subject_type="commitment",
        subject_id=number,
        recorded_at=_instant(start),
        actor_id=world.users[0],
        sentence="Komitmen dicatat.",
        snapshot={"title": f"Komitmen {number:06}", "status": "active"},
        changes=[],
    )
    if number % 3 == 0:
        _followup(number, world, owner, sink, tallies, ids)
    if number % 2 == 0:
        _activity(world, owner, sink, ids)


def _count(
    world: World, owner: int, tallies: Counter, is_open: bool, due: date, news: date, state: str, last: date | None
) -> None:
    if not is_open:
        return
    for unit in {*world.chains[owner], world.office}:
        tallies[unit, "commitment_due", due] += 1
        if state == "submitted" and last:
            tallies[unit, "report_pending", last] += 1
        elif state == "returned":
            tallies[unit, "report_returned", due] += 1
        else:
            tallies[unit, "commitment_news", news] += 1


def _followup(number: int, world: World, owner: int, sink: Sink, tallies: Counter, ids: dict[str, int]) -> None:
    ids["followup"] += 1
    today = clock.today()
    is_open = random.random() < 0.6
    due = today + timedelta(days=random.randint(1, 120) if random.random() < 0.85 else -random.randint(1, 60))
    sink.add(
        Followup,
        id=ids["followup"],
        title=f"Tindak lanjut {ids['followup']:05} atas komitmen",
        description="",
        organization_id=owner,
        commitment_id=number,
        due_on=due,
        priority="medium",
        status=random.choice(("open", "in_progress")) if is_open else "done",
        finished_on=None if is_open else due,
        is_example=False,
        created_at=_instant(today - timedelta(days=90)),
        created_by_id=world.users[0],
        report_state="",
        news_on=today - timedelta(days=20),
        last_note="",
        obstacle="",
        reason="",
    )
    for unit, relation in _scopes(world, owner, None, None).items():
        sink.add(
            FollowupScope, unit_id=unit, record_id=ids["followup"], relation=relation, is_open=is_open, sort_on=due
        )
    if is_open:
        for unit in {*world.chains[owner], world.office}:
            tallies[unit, "followup_due", due] += 1


def _activity(world: World, owner: int, sink: Sink, ids: dict[str, int]) -> None:
    ids["activity"] += 1
    kampung, regency = random.choice(world.kampungs)
    day = clock.today() + timedelta(days=random.randint(-300, 120))
    status = (
        "planned"
        if day > clock.today() or random.random() < 0.1
        else random.choice(("reported", "verified", "verified"))
    )
    sink.add(
        Activity,
        id=ids["activity"],
        token=f"bench-{ids['activity']}",
        title=f"Kegiatan bersama {ids['activity']:05}",
        description="",
        kampung_id=kampung,
        organization_id=owner,
        family_function="reproduksi",
        planned_on=day,
        planned_until=day,
        status=status,
        realised_on=None if status == "planned" else day,
        participants=None if status == "planned" else 40,
        result="",
        obstacle="",
        return_note="",
        cancelled_reason="",
        is_example=False,
        created_at=_instant(day),
        created_by_id=world.users[0],
    )
    sink.add(
        ActivityOrganization,
        activity_id=ids["activity"],
        organization_id=owner,
        role="lead",
        contribution="Penggerakan massa",
    )
    for unit, relation in _scopes(world, owner, None, regency).items():
        sink.add(
            ActivityScope,
            unit_id=unit,
            record_id=ids["activity"],
            relation=relation,
            is_open=status in ("planned", "reported"),
            sort_on=day,
        )


def paths(rows: Iterator[int], prefix: str) -> list[str]:
    """Addresses of records."""
    return [f"{prefix}/{number}" for number in rows]
