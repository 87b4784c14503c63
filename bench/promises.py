"""The rows of one commitment and of what hangs on it, with the snapshots that reports are printed from."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bench.data import Sink, World, instant
from kbpartners import clock
from kbpartners.activities.models import Activity, ActivityOrganization, ActivityScope
from kbpartners.audit.models import Revision
from kbpartners.commitments.models import (
    Commitment,
    CommitmentScope,
    CommitmentSupporter,
    Indicator,
    IndicatorTarget,
    ProgressReport,
    ProgressValue,
    achievement,
    overall,
)
from kbpartners.followups.models import Followup, FollowupScope
from kbpartners.formats import commitment_code, followup_code

ORDER = (
    Commitment,
    CommitmentScope,
    CommitmentSupporter,
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
WORDS = "Satuan menyanggupi pendampingan di setiap Kampung KB dan melaporkan kemajuannya setiap bulan. " * 4


@dataclass
class Plan:
    """One commitment before it is written: who, when, how far. `values[k]` are the figures of report k."""

    number: int
    owner: int
    supporter: int | None
    regency: int | None
    is_open: bool
    start: date
    due: date
    indicators: list[int]
    targets: list[int]
    days: list[date]
    state: str

    @property
    def title(self) -> str:
        return f"Komitmen {self.number:06} pendampingan Kampung KB"

    @property
    def values(self) -> list[list[int]]:
        return [[t * (k + 1) // (len(self.days) + 1) for t in self.targets] for k in range(len(self.days))]

    @property
    def accepted(self) -> list[int | None]:
        """The figures that count: those of the last accepted report."""
        counted = [k for k in range(len(self.days)) if k < len(self.days) - 1 or self.state == "accepted"]
        return list(self.values[counted[-1]]) if counted else [None] * len(self.targets)

    @property
    def pending(self) -> list[int | None]:
        """The figures that would stand if the waiting report were accepted."""
        return list(self.values[-1]) if self.days and self.state != "returned" else self.accepted


class Writer:
    """Makes up commitments and hands their rows to the sink."""

    def __init__(self, world: World, sink: Sink) -> None:
        self.world, self.sink, self.today = world, sink, clock.today()
        self.units = list(world.chains)
        self.indicators = self.reports = self.followups = self.activities = 0

    def commitment(self, number: int) -> None:
        """One commitment with its reports; every third has a follow-up, every second an activity."""
        plan = self._plan(number)
        self._head(plan)
        self._figures(plan)
        self._reports(plan)
        self._tallies(plan)
        self._revision("commitment", number, plan.start, self._snapshot(plan))
        if number % 3 == 0:
            self._followup(plan)
        if number % 2 == 0:
            self._activity(plan.owner)

    def _plan(self, number: int) -> Plan:
        due = self.today + timedelta(random.randint(1, 400) if random.random() < 0.88 else -random.randint(1, 90))
        start = due - timedelta(random.randint(60, 200))
        is_open = random.random() < 0.7
        owner = self.world.big if random.random() < 0.06 else random.choice(self.units)
        helper = random.choice(self.units) if random.random() < 0.5 else None
        indicators = [self.indicators + k for k in range(1, random.choice((1, 2, 2, 3)) + 1)]
        self.indicators += len(indicators)
        reports = random.choice((0, 1, 2, 3, 3, 4, 8)) if start < self.today else 0
        days = sorted(start + timedelta(random.randint(0, (self.today - start).days)) for _ in range(reports))
        state = random.choice(("accepted", "accepted", "submitted", "returned")) if is_open else "accepted"
        return Plan(
            number=number,
            owner=owner,
            supporter=None if helper == owner else helper,
            regency=random.choice(self.world.regencies) if random.random() < 0.7 else None,
            is_open=is_open,
            start=start,
            due=due,
            indicators=indicators,
            targets=[random.randint(10, 900) * 1000 for _ in indicators],
            days=days,
            state=state if days else "",
        )

    def _cache(self, plan: Plan) -> dict[str, Any]:
        """The columns that the services derive from the reports."""
        parts = [achievement(value, target) for value, target in zip(plan.accepted, plan.targets, strict=True)]
        return {
            "status": "active" if plan.is_open else "done",
            "finished_on": None if plan.is_open else plan.due,
            "report_state": plan.state,
            "last_report_on": plan.days[-1] if plan.days else None,
            "news_on": max(plan.start, plan.days[-1]) if plan.days else plan.start,
            "achievement": overall(parts),
        }

    def _head(self, plan: Plan) -> None:
        reported = sum(value is not None for value in plan.accepted)
        self.sink.add(
            Commitment,
            id=plan.number,
            title=plan.title,
            description=WORDS,
            organization_id=plan.owner,
            region_id=plan.regency or self.world.province,
            period_start=plan.start,
            period_end=plan.due,
            due_on=plan.due,
            priority="medium",
            is_example=False,
            created_at=instant(plan.start),
            created_by_id=self.world.secretary,
            obstacle="",
            next_step="",
            ended_reason="",
            indicators_total=len(plan.indicators),
            indicators_reported=reported,
            **self._cache(plan),
        )
        for unit, relation in self.world.scopes(plan.owner, plan.supporter, plan.regency).items():
            row = {"unit_id": unit, "record_id": plan.number, "relation": relation}
            self.sink.add(CommitmentScope, **row, is_open=plan.is_open, sort_on=plan.due)
        if plan.supporter:
            self.sink.add(
                CommitmentSupporter, commitment_id=plan.number, organization_id=plan.supporter, contribution="Data"
            )

    def _figures(self, plan: Plan) -> None:
        for position, indicator in enumerate(plan.indicators):
            self.sink.add(
                Indicator,
                id=indicator,
                commitment_id=plan.number,
                position=position + 1,
                name=f"Indikator {position + 1}",
                unit="orang",
                mode="latest",
                source="partner",
                accepted=plan.accepted[position],
                pending=plan.pending[position],
            )
            self.sink.add(
                IndicatorTarget,
                indicator_id=indicator,
                period_start=plan.start,
                period_end=plan.due,
                target=plan.targets[position],
            )

    def _reports(self, plan: Plan) -> None:
        for k, day in enumerate(plan.days):
            self.reports += 1
            state = plan.state if k == len(plan.days) - 1 else "accepted"
            decided = None if state == "submitted" else instant(day)
            self.sink.add(
                ProgressReport,
                id=self.reports,
                commitment_id=plan.number,
                token=f"bench-{self.reports}",
                status=state,
                proposal="on_track",
                period_start=plan.start,
                period_end=day,
                note=f"Laporan {k + 1}: kegiatan berjalan sesuai rencana.",
                obstacle="",
                next_step="",
                source="liaison",
                submitted_at=instant(day),
                author_id=self.world.liaison,
                decided_at=decided,
                decided_by_id=self.world.secretary if decided else None,
                decision_note="",
            )
            for indicator, value in zip(plan.indicators, plan.values[k], strict=True):
                self.sink.add(ProgressValue, report_id=self.reports, indicator_id=indicator, value=value)

    def _tallies(self, plan: Plan) -> None:
        if not plan.is_open:
            return
        cache = self._cache(plan)
        for unit in self.world.counting(plan.owner):
            self.sink.tallies[unit, "commitment_due", plan.due] += 1
            if plan.state == "submitted":
                self.sink.tallies[unit, "report_pending", plan.days[-1]] += 1
            elif plan.state == "returned":
                self.sink.tallies[unit, "report_returned", plan.due] += 1
            else:
                self.sink.tallies[unit, "commitment_news", cache["news_on"]] += 1

    def _revision(self, kind: str, number: int, day: date, snapshot: dict[str, Any]) -> None:
        self.sink.add(
            Revision,
            subject_type=kind,
            subject_id=number,
            recorded_at=instant(min(day, self.today)),
            actor_id=self.world.secretary,
            sentence="Dicatat.",
            snapshot=snapshot,
            changes=[],
        )

    def _named(self, owner: int) -> dict[str, Any]:
        root = self.world.chains[owner][0]
        return {
            "organization_id": owner,
            "organization": self.world.names[owner],
            "partner_id": root,
            "partner": self.world.names[root],
        }

    def _snapshot(self, plan: Plan) -> dict[str, Any]:
        code, region = self.world.regions[plan.regency or self.world.province]
        cache = {key: str(v) if isinstance(v, date) else v for key, v in self._cache(plan).items()}
        indicators = [
            {
                "id": number,
                "name": f"Indikator {position + 1}",
                "unit": "orang",
                "mode": "latest",
                "source": "partner",
                "target": plan.targets[position],
                "accepted": plan.accepted[position],
                "pending": plan.pending[position],
            }
            for position, number in enumerate(plan.indicators)
        ]
        helper = plan.supporter
        return {
            "code": commitment_code(plan.number),
            "title": plan.title,
            "description": WORDS,
            **self._named(plan.owner),
            "counterpart_id": None,
            "counterpart": "",
            "region_id": plan.regency or self.world.province,
            "region": region,
            "region_code": code,
            "decision_id": None,
            "source": "",
            "meeting_id": None,
            "meeting": "",
            "period_start": str(plan.start),
            "period_end": str(plan.due),
            "due_on": str(plan.due),
            "priority": "medium",
            **cache,
            "ended_reason": "",
            "obstacle": "",
            "next_step": "",
            "indicators": indicators,
            "supporters": (
                [{"organization_id": helper, "name": self.world.names[helper], "contribution": "Data"}]
                if helper
                else []
            ),
            "is_example": False,
        }

    def _followup(self, plan: Plan) -> None:
        self.followups += 1
        is_open = random.random() < 0.6
        due = self.today + timedelta(random.randint(1, 120) if random.random() < 0.85 else -random.randint(1, 60))
        fields = {
            "title": f"Tindak lanjut {self.followups:05} atas komitmen",
            "description": "",
            "priority": "medium",
            "status": random.choice(("open", "in_progress")) if is_open else "done",
            "report_state": "",
            "last_note": "",
            "obstacle": "",
            "reason": "",
            "commitment_id": plan.number,
            "is_example": False,
        }
        created, finished = self.today - timedelta(90), None if is_open else due
        self.sink.add(
            Followup,
            id=self.followups,
            organization_id=plan.owner,
            due_on=due,
            finished_on=finished,
            news_on=created,
            created_at=instant(created),
            created_by_id=self.world.secretary,
            **fields,
        )
        for unit, relation in self.world.scopes(plan.owner, None, None).items():
            row = {"unit_id": unit, "record_id": self.followups, "relation": relation}
            self.sink.add(FollowupScope, **row, is_open=is_open, sort_on=due)
        for unit in self.world.counting(plan.owner) if is_open else ():
            self.sink.tallies[unit, "followup_due", due] += 1
        snapshot = {
            **fields,
            **self._named(plan.owner),
            "code": followup_code(self.followups),
            "contact": "",
            "due_on": str(due),
            "finished_on": str(finished) if finished else None,
            "news_on": str(created),
            "source": commitment_code(plan.number),
            "meeting": "",
            "meeting_id": None,
        }
        self._revision("followup", self.followups, created, snapshot)

    def _activity(self, owner: int) -> None:
        self.activities += 1
        kampung, regency = random.choice(self.world.kampungs)
        day = self.today + timedelta(random.randint(-300, 120))
        planned = day > self.today or random.random() < 0.1
        status = "planned" if planned else random.choice(("reported", "verified", "verified"))
        self.sink.add(
            Activity,
            id=self.activities,
            token=f"bench-{self.activities}",
            title=f"Kegiatan bersama {self.activities:05}",
            description="",
            kampung_id=kampung,
            organization_id=owner,
            family_function="reproduksi",
            planned_on=day,
            planned_until=day,
            status=status,
            realised_on=None if planned else day,
            participants=None if planned else 40,
            result="",
            obstacle="",
            return_note="",
            cancelled_reason="",
            is_example=False,
            created_at=instant(min(day, self.today)),
            created_by_id=self.world.secretary,
        )
        words = {"role": "lead", "contribution": "Penggerakan peserta"}
        self.sink.add(ActivityOrganization, activity_id=self.activities, organization_id=owner, **words)
        for unit, relation in self.world.scopes(owner, None, regency).items():
            row = {"unit_id": unit, "record_id": self.activities, "relation": relation}
            self.sink.add(ActivityScope, **row, is_open=status in ("planned", "reported"), sort_on=day)
