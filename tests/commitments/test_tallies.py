"""Whatever is done in whatever order: caches, scope rows and tallies say what a recount says."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from kbpartners import scopes
from kbpartners.commitments import service
from kbpartners.commitments.models import Commitment, CommitmentScope, Indicator, ProgressReport
from kbpartners.commitments.service import Behalf, IndicatorTerms
from kbpartners.db import db
from kbpartners.errors import DomainError
from kbpartners.scopes import Tally
from tests.cast import Cast
from tests.factories import commitments as make

TODAY = date(2026, 6, 10)
pytestmark = pytest.mark.usefixtures("ctx")


class Office:
    """Does random things, as an office does."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.random = cast, random.Random(seed)
        self.ids: list[int] = []

    def step(self) -> str:
        deeds = [self.create, self.report, self.report, self.report, self.decide, self.decide, self.edit, self.close]
        deed = self.random.choice(deeds) if self.ids else self.create
        try:
            deed()
        except DomainError:
            return f"{deed.__name__} ditolak"
        return deed.__name__

    def any(self) -> int:
        return self.random.choice(self.ids)

    def terms(self) -> dict:
        due = TODAY + timedelta(days=self.random.randint(-20, 40))
        return {
            "owner": self.random.choice(["kodam", "kodim", "polda", "idi"]),
            "region": self.random.choice(["16", "16.04", "16.71"]),
            "period_start": min(due, TODAY - timedelta(days=self.random.randint(-10, 60))),
            "due_on": due,
            "supporters": dict.fromkeys(self.random.sample(["opd_lahat", "polres", "bank"], 2), ""),
            "indicators": tuple(
                IndicatorTerms(f"Indikator {n}", 100_000, mode=self.random.choice(["sum", "latest"]))
                for n in range(self.random.randint(0, 3))
            ),
        }

    def create(self) -> None:
        self.ids.append(make.commitment(self.cast, **self.terms()))

    def report(self) -> None:
        values = [self.random.choice([None, self.random.randint(0, 120)]) for _ in range(3)]
        proposal = self.random.choice(["on_track", "obstacle", "proposed_done"])
        behalf = Behalf("letter", "Sari", day=TODAY - timedelta(days=self.random.randint(0, 9)))
        make.reported(
            self.cast, self.any(), *values, by="sekretariat", behalf=behalf, proposal=proposal, obstacle="Mutasi"
        )

    def decide(self) -> None:
        waiting = list(
            db.session.execute(select(ProgressReport.id).where(ProgressReport.status == "submitted")).scalars()
        )
        if waiting:
            decision = self.random.choice(["accept", "accept", "return"])
            who = make.acting_as(self.cast, "admin")
            service.verify(self.random.choice(waiting), who=who, decision=decision, note="Catatan")

    def edit(self) -> None:
        commitment_id = self.any()
        facts, _relation = service.load(commitment_id)
        kept = [
            IndicatorTerms(i.name, i.target, i.unit, self.random.choice(["sum", "latest"]), i.source, i.id)
            for i in service.indicators_of_one(commitment_id)
            if self.random.random() < 0.7
        ]
        changes = self.terms()
        changes["indicators"] = (*kept, *changes["indicators"][:1])
        who = make.acting_as(self.cast, "sekretariat")
        service.edit(commitment_id, who=who, version=facts.version, terms=make.terms(self.cast, **changes))

    def close(self) -> None:
        who, commitment_id = make.acting_as(self.cast, "sekretariat"), self.any()
        deed = self.random.choice([service.end, service.reopen])
        deed(commitment_id, who=who, reason="Alasan")


@pytest.mark.parametrize("seed", range(4))
def test_after_any_work_a_recount_finds_no_difference(cast: Cast, seed: int) -> None:
    office, done = Office(cast, seed), []
    for number in range(45):
        done.append(office.step())
        if number % 5 == 4:
            assert service.check() + scopes.check() == [], done
    assert {"create", "report", "decide", "edit"} <= set(done)


def test_the_check_names_what_is_wrong(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    make.accepted(cast, commitment_id, 10)
    assert service.check() == []
    db.session.execute(update(Commitment).values(achievement=9_999, report_state=""))
    db.session.execute(update(Indicator).values(accepted=1))
    db.session.execute(update(CommitmentScope).values(is_open=False))
    db.session.execute(update(Tally).where(Tally.measure == "commitment_due").values(n=7))
    assert "commitment_due" in scopes.check()[0], "the months no longer are the sums of their days"
    found = "\n".join(service.check())
    for word in ("achievement", "report_state", "indikator", "baris cakupan", "commitment_due"):
        assert word in found, word
