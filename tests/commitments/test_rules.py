"""What is shown about a commitment is derived: status, lateness, achievement, what waits, the traffic light."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from kbpartners import clock, formats
from kbpartners.commitments.models import achievement, indicator_value, overall, states
from kbpartners.commitments.service import rules
from kbpartners.commitments.service.rules import ReportFact, Standing
from kbpartners.formats import State
from kbpartners.scopes import Relation
from kbpartners.security import Role

TODAY = date(2026, 6, 10)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
FACTS = {
    "status": "active",
    "period_start": date(2026, 5, 1),
    "due_on": date(2026, 7, 1),
    "finished_on": None,
    "report_state": "",
    "news_on": date(2026, 6, 1),
    "reported": False,
    "today": TODAY,
}


def shown(**changes) -> list[State]:
    return states(**{**FACTS, **changes})


# --- states ------------------------------------------------------------------------------------------------------


def test_the_due_day_itself_is_in_time_and_the_next_one_is_late() -> None:
    assert shown(due_on=TODAY)[0] == State("due_today")
    assert shown(due_on=TODAY - timedelta(days=1))[0] == State("late", 1)
    assert shown(due_on=TODAY + timedelta(days=7))[0] == State("soon", 7)
    assert len(shown(due_on=TODAY + timedelta(days=8))) == 1


def test_half_past_midnight_in_the_office_is_overdue_although_utc_still_has_the_due_day(app: Flask) -> None:
    app.config["KB"] = replace(app.config["KB"], today=None)
    with app.app_context(), time_machine.travel(datetime(2026, 6, 10, 17, 30, tzinfo=UTC), tick=False):
        assert datetime.now(UTC).date() == TODAY
        assert clock.today() == date(2026, 6, 11)
        assert shown(due_on=TODAY, today=clock.today())[0] == State("late", 1)


def test_a_commitment_without_a_report_is_silent_only_inside_its_period() -> None:
    long_ago = TODAY - timedelta(days=30)
    assert shown(news_on=long_ago)[-1] == State("silent", 30)
    assert shown(news_on=TODAY - timedelta(days=29))[-1] == State("unreported")
    later = TODAY + timedelta(days=1)
    assert shown(period_start=later, news_on=later)[-1] == State("not_due")


def test_a_finished_one_stays_green_even_if_it_was_late() -> None:
    assert shown(status="done", finished_on=date(2026, 7, 1)) == [State("done")]
    assert shown(status="done", finished_on=date(2026, 7, 3)) == [State("done_late", 2)]
    assert shown(status="ended", due_on=date(2026, 1, 1)) == [State("ended")]


@given(
    status=st.sampled_from(["active", "proposed_done", "done", "ended"]),
    start=DAYS,
    length=st.integers(0, 200),
    finished=st.none() | DAYS,
    report_state=st.sampled_from(["", "submitted", "accepted", "returned"]),
    news=DAYS,
    reported=st.booleans(),
    today=DAYS,
)
def test_every_commitment_shows_one_or_two_known_states(
    status, start, length, finished, report_state, news, reported, today
) -> None:
    due = start + timedelta(days=length)
    found = states(
        status=status,
        period_start=start,
        due_on=due,
        finished_on=finished,
        report_state=report_state,
        news_on=max(news, start),
        reported=reported,
        today=today,
    )
    assert 1 <= len(found) <= 2
    assert all(state.key in formats._STATUS for state in found)
    is_open = status in rules.OPEN
    assert any(state.key == "late" for state in found) == (is_open and today > due)
    assert all(state.days >= 0 for state in found)
    if is_open and report_state == "returned" and status == "active":
        assert found[-1] == State("returned")


# --- figures -----------------------------------------------------------------------------------------------------

VALUES = st.lists(st.tuples(DAYS, st.integers(1, 50), st.integers(0, 10**9)), max_size=8, unique_by=lambda v: v[1])


@given(VALUES)
def test_sums_add_up_and_running_totals_take_the_latest(values) -> None:
    total, latest = indicator_value("sum", values), indicator_value("latest", values)
    if not values:
        assert total is latest is None
    else:
        assert total == sum(value for _day, _id, value in values)
        assert latest == max(values)[2]


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_achievement_may_pass_100_and_is_never_negative(value: int, target: int) -> None:
    reached = achievement(value, target)
    assert reached is not None
    assert abs(reached * target - value * 10_000) <= target
    assert (reached >= 10_000) == (value * 10_000 + target // 2 >= 10_000 * target)


def test_not_reported_is_not_zero() -> None:
    assert achievement(None, 100) is None
    assert achievement(0, 100) == 0
    assert achievement(5, None) is None
    assert overall([None, None]) is None
    assert overall([]) is None
    assert overall([10_000, None]) == 5_000


@given(st.lists(st.none() | st.integers(0, 30_000), max_size=6))
def test_the_whole_lies_between_its_parts(parts) -> None:
    whole = overall(parts)
    assert (whole is None) == (not any(part is not None for part in parts))
    if whole is not None:
        assert 0 <= whole <= max(part or 0 for part in parts)


def test_targets_of_several_periods_are_added_or_the_last_one_counts() -> None:
    targets = [(date(2026, 1, 1), 100), (date(2026, 4, 1), 250)]
    assert rules.whole_target("sum", targets) == 350
    assert rules.whole_target("latest", targets) == 250
    assert rules.whole_target("sum", []) is None


@settings(max_examples=200)
@given(
    mode=st.sampled_from(["sum", "latest"]),
    history=st.lists(
        st.tuples(st.integers(0, 1000), st.sampled_from(["accepted", "submitted", "returned"])), max_size=6
    ),
    value=st.integers(0, 1000),
)
def test_one_more_report_of_today_moves_the_pending_value_as_the_whole_history_would(mode, history, value) -> None:
    rows = [(TODAY - timedelta(days=9 - n), n, reported, status) for n, (reported, status) in enumerate(history)]
    _accepted, before = rules.counted(mode, rows)
    _accepted, after = rules.counted(mode, [*rows, (TODAY, len(rows), value, "submitted")])
    assert after == value + ((before or 0) if mode == "sum" else 0)


REPORTS = st.lists(
    st.builds(
        ReportFact,
        id=st.integers(1, 99),
        status=st.sampled_from(["submitted", "accepted", "returned"]),
        proposal=st.sampled_from(["on_track", "obstacle", "proposed_done"]),
        day=DAYS,
        period_end=DAYS,
        obstacle=st.sampled_from(["", "macet"]),
        next_step=st.just(""),
    ),
    max_size=5,
    unique_by=lambda report: report.id,
)


@given(REPORTS, st.sampled_from(["on_track", "obstacle", "proposed_done"]), DAYS)
def test_one_more_report_moves_the_standing_as_the_whole_history_would(reports, proposal, day) -> None:
    before = rules.from_history("active", TODAY, date(2026, 1, 1), reports)
    added = ReportFact(100, "submitted", proposal, day, day, "", "")
    assert rules.after_report(before, proposal, day) == rules.from_history(
        before.status, TODAY, date(2026, 1, 1), [*reports, added]
    )


def test_a_returned_report_counts_until_a_new_one_is_sent() -> None:
    def fact(number: int, status: str) -> ReportFact:
        return ReportFact(number, status, "on_track", TODAY, TODAY, "", "")

    def standing(*reports: ReportFact) -> Standing:
        return rules.from_history("active", TODAY, TODAY, reports)

    assert standing(fact(1, "returned")).report_state == "returned"
    assert standing(fact(1, "returned"), fact(2, "submitted")).report_state == "submitted"
    assert standing(fact(1, "submitted"), fact(2, "returned")).report_state == "submitted"
    assert standing(fact(1, "returned"), fact(2, "accepted")).report_state == "accepted"


# --- who reports what --------------------------------------------------------------------------------------------


def test_partners_give_their_own_figures_and_opd_theirs() -> None:
    may = rules.may_fill
    assert may(Role.LIAISON, Relation.OWNER, "partner")
    assert may(Role.LIAISON, Relation.SUPPORT, "partner")
    assert not may(Role.LIAISON, Relation.OWNER, "siga")
    assert may(Role.OPD, Relation.REGION, "siga")
    assert may(Role.OPD, Relation.SUPPORT, "opd")
    assert not may(Role.OPD, Relation.SUPPORT, "partner")
    assert may(Role.OPD, Relation.OWNER, "partner")
    assert may(Role.SECRETARIAT, Relation.OFFICE, "siga")


def test_who_only_sees_a_commitment_does_not_report_on_it() -> None:
    may = rules.may_report
    assert may(Role.LIAISON, Relation.OWNER, [])
    assert may(Role.LIAISON, Relation.SUPPORT, ["siga"])
    assert not may(Role.LIAISON, Relation.REGION, ["partner"])
    assert not may(Role.LIAISON, None, ["partner"])
    assert not may(Role.LEADER, Relation.OFFICE, ["partner"])
    assert not may(Role.OPD, Relation.REGION, ["partner"])
    assert may(Role.OPD, Relation.REGION, ["partner", "opd"])


# --- traffic light -----------------------------------------------------------------------------------------------


@pytest.fixture
def light(app: Flask):
    facts = {
        "status": "active",
        "period_start": date(2026, 3, 2),
        "due_on": date(2026, 9, 18),
        "finished_on": None,
        "report_state": "accepted",
        "obstacle": "",
        "reached": 5_000,
        "unreported": 0,
        "indicators": 2,
        "today": TODAY,
    }
    with app.test_request_context():
        yield lambda **changes: rules.lamp(**{**facts, **changes})


def test_late_is_red_and_says_by_how_much(light) -> None:
    lamp = light(due_on=date(2026, 6, 5), reached=6_970, unreported=1)
    assert lamp.color == "red"
    assert lamp.sentence.replace("\u00a0", " ") == (
        "Lewat 5 hari dari tenggat, capaian 69,7 % dengan 1 indikator belum dilaporkan."
    )


def test_more_than_15_points_behind_the_straight_line_is_yellow(light) -> None:
    assert rules.elapsed(date(2026, 3, 2), date(2026, 9, 18), TODAY) == 5_000
    assert light(reached=3_500).color == "green"
    assert light(reached=3_499).color == "yellow"
    assert light(reached=None).color == "yellow"
    assert "Belum ada angka yang diterima" in light(reached=None).sentence


def test_a_returned_report_or_an_obstacle_is_yellow_whatever_the_figures_say(light) -> None:
    assert light(report_state="returned", reached=9_000).color == "yellow"
    lamp = light(obstacle="Babinsa berganti tugas.\nDi 6 kecamatan.", reached=9_000)
    assert (lamp.color, lamp.sentence) == ("yellow", "Ada kendala: Babinsa berganti tugas. Di 6 kecamatan.")


def test_before_the_start_there_is_no_light_but_a_date(light) -> None:
    lamp = light(period_start=date(2026, 7, 1), reached=None)
    assert (lamp.color, lamp.word) == ("info", "Belum waktunya")


def test_without_indicators_only_the_time_speaks(light) -> None:
    lamp = light(indicators=0, reached=None)
    assert lamp.color == "green"
    assert lamp.sentence.startswith("Waktu sudah berjalan")


def test_what_was_ended_has_no_light_and_what_is_done_is_green(light) -> None:
    assert light(status="ended") is None
    assert light(status="done", finished_on=TODAY).color == "green"


@given(DAYS, st.integers(0, 100), DAYS)
def test_time_runs_from_nothing_to_all(start: date, length: int, today: date) -> None:
    due = start + timedelta(days=length)
    gone = rules.elapsed(start, due, today)
    assert 0 <= gone <= 10_000
    if today >= due:
        assert gone == 10_000
