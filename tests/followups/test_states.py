"""What is shown of a follow-up is derived from its columns and the day, and never contradicts itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbpartners import clock, formats
from kbpartners.followups import service
from kbpartners.followups.models import CLOSED, states
from tests.conftest import TODAY
from tests.factories.followups import make_followup

DAYS = st.dates(date(2016, 1, 1), date(2030, 12, 31))
OPEN = ("open", "in_progress", "proposed_done")
ANY = st.builds(
    lambda status, due, finished, report, today: {
        "status": status,
        "due_on": due,
        "finished_on": finished if status == "done" else None,
        "report_state": report if status in OPEN else "",
        "today": today,
    },
    st.sampled_from((*OPEN, *CLOSED)),
    DAYS,
    st.none() | DAYS,
    st.sampled_from(("", "submitted", "returned")),
    DAYS,
)


@given(ANY)
def test_one_or_two_badges_and_every_one_has_words(shared_app, values):
    found = states(**values)
    assert 1 <= len(found) <= 2
    with shared_app.test_request_context():
        assert all(formats.badge(state).text for state in found)


@given(ANY)
def test_late_exactly_when_open_and_the_due_day_is_over(values):
    late = [state for state in states(**values) if state.key == "late"]
    if values["status"] in CLOSED or values["today"] <= values["due_on"]:
        assert not late
    else:
        assert [state.days for state in late] == [(values["today"] - values["due_on"]).days]


@given(DAYS, DAYS, DAYS)
def test_finished_late_is_said_for_ever_and_does_not_grow(due, finished, today):
    found = states(status="done", due_on=due, finished_on=finished, report_state="", today=today)
    days = (finished - due).days
    assert [tuple(state) for state in found] == [("done_late", days) if days > 0 else ("done", 0)]


@given(DAYS, st.integers(0, 30))
def test_the_due_day_and_the_week_before_are_near_and_nothing_else_is(due, ahead):
    keys = [
        s.key
        for s in states(status="open", due_on=due, finished_on=None, report_state="", today=due - timedelta(ahead))
    ]
    assert keys == [*(["due_today"] if ahead == 0 else ["soon"] if ahead <= 7 else []), "open"]


@given(st.sampled_from(CLOSED), DAYS, DAYS)
def test_a_closed_one_depends_on_no_day(status, due, today):
    def found(day):
        return states(status=status, due_on=due, finished_on=None, report_state="", today=day)

    assert found(today) == found(today + timedelta(days=400))


def test_half_past_midnight_in_jakarta_is_already_the_day_after(app, cast, ctx, who):
    followup = make_followup(cast.units["kodim"], due_on=TODAY)

    def words(instant: datetime) -> list[str]:
        with clock.backdated(instant):
            (row,) = service.page(who("kodim"), service.Filters()).rows
            return [badge.text for badge in row.badges(clock.today())]

    assert words(datetime(2026, 6, 10, 16, 30, tzinfo=UTC))[0] == "Tenggat hari ini"  # 23:30 WIB
    assert words(datetime(2026, 6, 10, 17, 30, tzinfo=UTC))[0] == "Terlambat 1 hari"  # 00:30 WIB, still the 10th in UTC
    assert followup


@pytest.mark.parametrize(
    ("status", "report_state", "word"),
    [
        ("open", "", "Belum ditindaklanjuti"),
        ("in_progress", "", "Dalam proses"),
        ("proposed_done", "submitted", "Diusulkan selesai"),
        ("in_progress", "submitted", "Diusulkan tidak dapat ditindaklanjuti"),
        ("in_progress", "returned", "Perlu dilengkapi"),
        ("done", "", "Selesai"),
        ("not_feasible", "", "Tidak dapat ditindaklanjuti"),
        ("transferred", "", "Dialihkan"),
    ],
)
def test_the_words_of_every_state(app, status, report_state, word):
    with app.test_request_context():
        found = states(status=status, due_on=date(2027, 1, 1), finished_on=None, report_state=report_state, today=TODAY)
        assert [formats.badge(state).text for state in found] == [word]
