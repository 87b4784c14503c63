"""One change to many commitments: counted, bound to what was counted, done in one transaction."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kbpartners import scopes
from kbpartners.audit import service as audit
from kbpartners.audit.models import Revision
from kbpartners.commitments import service
from kbpartners.commitments.models import Commitment, Deferral, IndicatorTarget
from kbpartners.commitments.service import Filters, IndicatorTerms, bulk, deeds
from kbpartners.commitments.service.bulk import Change, Choice
from kbpartners.commitments.service.deeds import Drifted
from kbpartners.db import db
from kbpartners.errors import DomainError, Invalid
from kbpartners.formats import NBSP
from tests.cast import Cast
from tests.factories import commitments as make

TODAY = date(2026, 6, 10)
pytestmark = pytest.mark.usefixtures("ctx")


def days(n: int) -> timedelta:
    return timedelta(days=n)


def seen(who, *ids: int) -> Choice:
    """These commitments, as they are now."""
    rows = tuple(bulk.Seen(id_, 1) for id_ in ids)
    return bulk.looked_at(Choice(rows), bulk.find(who, Choice(rows)))


def later(day: date, reason: str = "Anggaran belum turun") -> Change:
    return Change("due_on", due_on=day, reason=reason)


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def facts(commitment_id: int) -> service.Facts:
    return service.load(commitment_id)[0]


# --- due days ----------------------------------------------------------------------------------------------------


def test_due_days_move_and_the_old_ones_stay_as_deferrals_with_the_reason(cast: Cast, who) -> None:
    office = who("sekretariat")
    one, two = make.commitment(cast), make.commitment(cast, owner="polda", due_on=TODAY + days(5))
    done = deeds.carry_out(who=office, choice=seen(office, one, two), change=later(TODAY + days(60)))
    assert len(done.steps) == 2
    assert {facts(id_).due_on for id_ in (one, two)} == {TODAY + days(60)}
    assert {facts(id_).version for id_ in (one, two)} == {2}
    found = service.detail(two, office).deferrals
    assert [(d.due_from, d.due_to, d.reason, d.author) for d in found] == [
        (TODAY + days(5), TODAY + days(60), "Anggaran belum turun", office.name)
    ]
    assert service.check() + scopes.check() == []


def test_each_record_has_its_sentence_and_snapshot_and_the_deed_one_summary(cast: Cast, who) -> None:
    office = who("sekretariat")
    one, two = make.commitment(cast), make.commitment(cast, due_on=TODAY + days(90))
    deeds.carry_out(who=office, choice=seen(office, one, two), change=later(TODAY + days(60)), scope="terlambat")
    newest = audit.history("commitment", one, 1)[0]
    assert plain(newest.sentence) == (
        f"{office.name} menunda tenggat komitmen K-0001 dari 10 Juli 2026 menjadi 9 Agustus 2026: Anggaran belum turun"
    )
    assert ["Tenggat", "10 Juli 2026", "9 Agustus 2026"] in [[plain(word) for word in line] for line in newest.changes]
    assert "memajukan" in audit.history("commitment", two, 1)[0].sentence, "an earlier day is no deferral"
    assert service.detail(two, office).deferrals == []
    assert audit.as_of("commitment", TODAY, [one])[one]["due_on"] == "2026-08-09"
    summaries = db.session.execute(select(Revision.sentence).where(Revision.subject_type == deeds.SUBJECT)).scalars()
    assert [plain(text) for text in summaries] == [
        f"{office.name} mengubah tenggat 2 komitmen menjadi 9 Agustus 2026 (terlambat): Anggaran belum turun"
    ]


def test_a_shift_moves_each_by_the_same_days_and_the_period_that_ended_with_it(cast: Cast, who) -> None:
    office = who("sekretariat")
    one = make.commitment(cast)
    two = make.commitment(cast, due_on=TODAY + days(10), period_end=TODAY + days(100))
    deeds.carry_out(who=office, choice=seen(office, one, two), change=Change("shift", days=14, reason="Mutasi"))
    assert (facts(one).due_on, facts(one).period_end) == (TODAY + days(44), TODAY + days(44))
    assert (facts(two).due_on, facts(two).period_end) == (TODAY + days(24), TODAY + days(100))
    targets = db.session.execute(select(IndicatorTarget.period_end).order_by(IndicatorTarget.id)).scalars()
    assert list(targets) == [TODAY + days(44), TODAY + days(100)]


def test_twice_put_off_is_told_as_twice(cast: Cast, who) -> None:
    office, one = who("sekretariat"), make.commitment(cast)
    for n in (1, 2):
        deeds.carry_out(who=office, choice=seen(office, one), change=Change("shift", days=7, reason=f"Sebab {n}"))
    assert [d.reason for d in service.detail(one, who("tni")).deferrals] == ["Sebab 2", "Sebab 1"]


def test_closed_ones_are_passed_over_and_nothing_is_closed_or_verified(cast: Cast, who) -> None:
    office, one, two = who("sekretariat"), make.commitment(cast), make.commitment(cast)
    service.end(two, who=office, reason="Bubar")
    plan = bulk.plan(bulk.find(office, seen(office, one, two)), later(TODAY + days(60)))
    assert ([s.item.id for s in plan.steps], [i.id for i in plan.closed]) == ([one], [two])
    assert bulk.ACTIONS == ("due_on", "shift", "counterpart", "period")


# --- counterpart and period --------------------------------------------------------------------------------------


def test_the_counterpart_changes_for_all(cast: Cast, who) -> None:
    office, team = who("sekretariat"), cast.units["office"]
    one, two = make.commitment(cast), make.commitment(cast, counterpart_id=team)
    done = deeds.carry_out(who=office, choice=seen(office, one, two), change=Change("counterpart", counterpart_id=team))
    assert ([s.item.id for s in done.steps], [i.id for i in done.same]) == ([one], [two])
    assert facts(one).counterpart_id == team
    assert db.session.execute(select(Deferral.id)).first() is None


def test_a_period_changes_with_its_targets_and_the_first_day_of_news(cast: Cast, who) -> None:
    office, one = who("sekretariat"), make.commitment(cast)
    change = Change("period", period_start=TODAY + days(3), period_end=TODAY + days(50))
    deeds.carry_out(who=office, choice=seen(office, one), change=change)
    after = facts(one)
    assert (after.period_start, after.period_end, after.news_on) == (TODAY + days(3), TODAY + days(50), TODAY + days(3))
    assert service.check() + scopes.check() == []


# --- what cannot be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Change("verify"), "action"),
        (Change("due_on", reason="x"), "due_on"),
        (Change("due_on", due_on=TODAY), "reason"),
        (Change("shift", days=0, reason="x"), "days"),
        (Change("shift", days=99_999, reason="x"), "days"),
        (Change("counterpart"), "counterpart_id"),
        (Change("counterpart", counterpart_id=999_999), "counterpart_id"),
        (Change("period"), "period_start"),
    ],
)
def test_what_is_missing_or_makes_no_sense_is_named_at_its_field(cast: Cast, who, change: Change, field: str) -> None:
    office = who("sekretariat")
    choice = seen(office, make.commitment(cast))
    with pytest.raises(Invalid) as refused:
        deeds.carry_out(who=office, choice=choice, change=change)
    assert refused.value.field == field


def test_a_day_before_the_start_is_named_for_each_row_and_nothing_is_saved_by_halves(cast: Cast, who) -> None:
    office = who("sekretariat")
    good = make.commitment(cast, period_start=TODAY - days(30))
    bad = [make.commitment(cast, period_start=TODAY + days(20)) for _ in range(2)]
    choice = seen(office, good, *bad)
    with pytest.raises(Invalid) as refused:
        deeds.carry_out(who=office, choice=choice, change=later(TODAY + days(10)))
    assert plain(refused.value.message).startswith(
        "2 komitmen tidak dapat diubah begitu: K-0002 (tenggat 20 Juni 2026 sebelum mulai 30 Juni 2026), K-0003 ("
    )
    assert facts(good).version == 1
    change = Change("due_on", due_on=TODAY + days(10), reason="Dipercepat", leave_out=True)
    assert [s.item.id for s in deeds.carry_out(who=office, choice=choice, change=change).steps] == [good]


def test_a_choice_within_which_nothing_changes_is_refused(cast: Cast, who) -> None:
    office, one = who("sekretariat"), make.commitment(cast)
    with pytest.raises(Invalid, match="Tidak ada yang berubah"):
        deeds.carry_out(who=office, choice=seen(office, one), change=later(TODAY + days(30)))


# --- bound to what was counted -----------------------------------------------------------------------------------


def test_all_that_match_are_found_on_all_pages_and_within_scope(cast: Cast, who) -> None:
    ids = {make.commitment(cast, title=f"Nomor {n}") for n in range(55)}
    make.commitment(cast, title="Lain", owner="polda")
    found = bulk.find(who("sekretariat"), Choice(filters=Filters(q="nomor")))
    assert {item.id for item in found} == ids
    assert {item.id for item in bulk.find(who("tni"), Choice(filters=Filters()))} == ids
    assert bulk.by_partner(found) == {cast.units["kodam"]: 55}


def test_what_somebody_else_changed_is_named_and_not_overwritten(cast: Cast, who) -> None:
    office, one, two = who("sekretariat"), make.commitment(cast), make.commitment(cast)
    choice = seen(office, one, two)
    service.edit(one, who=who("admin"), version=1, terms=make.terms(cast, title="Diubah"))
    with pytest.raises(Drifted) as refused:
        deeds.carry_out(who=office, choice=choice, change=later(TODAY + days(60)))
    assert [item.id for item in refused.value.drift.changed] == [one]
    rest = bulk.untouched(choice, refused.value.items)
    assert [s.item.id for s in deeds.carry_out(who=office, choice=rest, change=later(TODAY + days(60))).steps] == [two]
    assert facts(one).due_on == TODAY + days(30)


def test_a_set_that_has_changed_asks_again(cast: Cast, who) -> None:
    office, one = who("sekretariat"), make.commitment(cast)
    two = make.commitment(cast)
    choice = Choice(filters=Filters())
    choice = bulk.looked_at(choice, bulk.find(office, choice))
    three = make.commitment(cast)
    service.end(two, who=who("admin"), reason="Bubar")
    with pytest.raises(Drifted) as refused:
        deeds.carry_out(who=office, choice=choice, change=later(TODAY + days(60)))
    drift = refused.value.drift
    assert (drift.changed, drift.gone, [i.id for i in drift.new]) == ([], ["K-0002"], [three])
    assert facts(one).version == 1


def test_more_than_can_be_done_at_once_is_refused(cast: Cast, who, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    for _ in range(3):
        make.commitment(cast)
    with pytest.raises(Invalid, match="Lebih dari 2"):
        bulk.find(who("sekretariat"), Choice(filters=Filters()))


# --- cost and soundness ------------------------------------------------------------------------------------------


def test_the_number_of_statements_does_not_grow_with_the_rows(cast: Cast, who, count_queries) -> None:
    office, counts = who("sekretariat"), []
    for n in (2, 40):
        ids = [make.commitment(cast, due_on=TODAY + days(30 + k % 5), supporters={"idi": ""}) for k in range(n)]
        choice = seen(office, *ids)
        db.session.flush()
        with count_queries() as statements:
            deeds.carry_out(who=office, choice=choice, change=Change("shift", days=9, reason="Mutasi"))
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16, counts


@pytest.mark.parametrize("seed", range(3))
def test_after_random_bulk_work_a_recount_finds_no_difference(cast: Cast, who, seed: int) -> None:
    dice, office, done = random.Random(seed), who("sekretariat"), 0
    ids = []
    for n in range(14):
        due = TODAY + days(dice.randint(-20, 40))
        ids.append(
            make.commitment(
                cast,
                owner=dice.choice(["kodam", "kodim", "polda"]),
                region=dice.choice(["16", "16.04"]),
                due_on=due,
                period_start=min(due, TODAY - days(dice.randint(-10, 60))),
                supporters=dict.fromkeys(dice.sample(["opd_lahat", "polres", "bank"], 1), ""),
                indicators=(IndicatorTerms("Satu", 100_000), IndicatorTerms("Dua", 50_000, mode="sum"))[: n % 3],
            )
        )
        if n % 3 == 0:
            make.reported(cast, ids[-1], 10, by="sekretariat", proposal=dice.choice(["on_track", "proposed_done"]))
        if n % 5 == 0:
            service.end(ids[-1], who=office, reason="Bubar")
    for _ in range(14):
        day = TODAY + days(dice.randint(-30, 90))
        change = dice.choice(
            [
                later(day),
                Change("shift", days=dice.randint(-40, 40), reason="x", leave_out=True),
                Change("period", period_start=day, leave_out=True),
                Change("period", period_end=day, leave_out=True),
                Change("counterpart", counterpart_id=cast.units["office"]),
            ]
        )
        choice = dice.choice([Choice(filters=Filters()), seen(office, *dice.sample(ids, 5))])
        try:
            deeds.carry_out(who=office, choice=bulk.looked_at(choice, bulk.find(office, choice)), change=change)
            done += 1
        except DomainError:
            continue
        assert service.check() + scopes.check() == []
    assert done > 4
    for commitment in db.session.execute(select(Commitment)).scalars():
        assert commitment.due_on >= commitment.period_start


# --- one at a time -----------------------------------------------------------------------------------------------


def test_a_later_day_in_the_form_asks_for_a_reason_and_is_a_deferral_too(cast: Cast, who) -> None:
    office, one = who("sekretariat"), make.commitment(cast)
    terms = make.terms(cast, due_on=TODAY + days(45))
    with pytest.raises(Invalid) as refused:
        service.edit(one, who=office, version=1, terms=terms)
    assert refused.value.field == "reason"
    service.edit(one, who=office, version=1, terms=terms, reason="Alat belum datang")
    assert [d.reason for d in service.detail(one, office).deferrals] == ["Alat belum datang"]
    assert audit.history("commitment", one, 1)[0].sentence.endswith("menunda tenggatnya: Alat belum datang")
    service.edit(one, who=office, version=2, terms=make.terms(cast, due_on=TODAY + days(20)))
    assert len(service.detail(one, office).deferrals) == 1, "an earlier day is no deferral"
