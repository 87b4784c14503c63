"""The one clock: the office's day, whatever UTC says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from kbpartners import clock
from kbpartners.followups.models import states


@pytest.fixture
def at(app, ctx):
    """`at("2026-06-10T17:30:00+00:00")` stops the real clock there, with no pretended date."""
    travellers = []

    def stop(instant: str, zone: str = "Asia/Jakarta") -> None:
        app.config["KB"] = replace(app.config["KB"], today=None, timezone=ZoneInfo(zone))
        traveller = time_machine.travel(datetime.fromisoformat(instant), tick=False)
        traveller.start()
        travellers.append(traveller)

    yield stop
    for traveller in travellers:
        traveller.stop()


def test_at_half_past_midnight_in_the_office_it_is_the_new_day_although_utc_still_has_the_old_one(at) -> None:
    at("2026-06-10T17:30:00+00:00")  # 00:30 WIB on 11 June
    assert clock.now().date() == date(2026, 6, 10)
    assert clock.today() == date(2026, 6, 11)


def test_half_past_midnight_on_the_day_after_the_due_date_is_overdue(at) -> None:
    def shown() -> list[tuple[str, int]]:
        due = date(2026, 6, 10)
        found = states(status="open", due_on=due, finished_on=None, report_state="", today=clock.today())
        return [tuple(state) for state in found]

    at("2026-06-10T16:59:00+00:00")  # 23:59 WIB on the due day itself: still in time
    assert shown()[0] == ("due_today", 0)
    at("2026-06-10T17:30:00+00:00")
    assert shown()[0] == ("late", 1)


@pytest.mark.parametrize(
    ("zone", "name", "day"),
    [("Asia/Jakarta", "WIB", 10), ("Asia/Makassar", "WITA", 11), ("Asia/Jayapura", "WIT", 11)],
)
def test_each_zone_of_the_country_has_its_own_midnight(at, zone: str, name: str, day: int) -> None:
    at("2026-06-10T16:30:00+00:00", zone)
    assert clock.today() == date(2026, 6, day)
    assert clock.zone_name() == name


def test_a_pretended_date_reaches_the_clock_and_keeps_the_time_of_day(app, ctx) -> None:
    app.config["KB"] = replace(app.config["KB"], today=date(2017, 3, 7))
    with time_machine.travel(datetime(2026, 6, 10, 3, 15, tzinfo=UTC), tick=False):
        assert clock.today() == date(2017, 3, 7)
        assert clock.now() == datetime(2017, 3, 7, 3, 15, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 6, 10, 18, 0, tzinfo=UTC), tick=False):  # 01:00 WIB
        assert clock.today() == date(2017, 3, 7)
        assert clock.now() == datetime(2017, 3, 6, 18, 0, tzinfo=UTC)


def test_the_pretended_date_is_ignored_in_production(tmp_path) -> None:
    from kbpartners.config import Config

    environment = {"KBPARTNERS_TODAY": "2017-03-07", "KBPARTNERS_SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789"}
    assert Config.from_environment(tmp_path, environment).today == date(2017, 3, 7)
    assert Config.from_environment(tmp_path, {**environment, "KBPARTNERS_ENV": "production"}).today is None


def test_only_inside_the_block_the_past_is_written(ctx) -> None:
    moment = datetime(2017, 3, 7, 4, 0, tzinfo=UTC)
    with clock.backdated(moment):
        assert clock.now() == moment
        assert clock.today() == date(2017, 3, 7)
    assert clock.now() != moment


def test_the_end_of_a_day_is_the_next_local_midnight(ctx) -> None:
    assert clock.end_of_day(date(2017, 3, 7)) == datetime(2017, 3, 7, 17, 0, tzinfo=UTC)


def test_naive_instants_from_a_database_are_utc(ctx) -> None:
    assert clock.to_local(datetime(2026, 6, 10, 17, 30)).date() == date(2026, 6, 11)


@given(st.dates(date(1945, 1, 1), date(2100, 12, 31)))
def test_a_day_ends_where_the_next_begins(day: date) -> None:
    from flask import Flask

    from kbpartners.config import Config

    bare = Flask(__name__)
    bare.config["KB"] = Config(database_url="", secret_key="", data_dir=None)  # type: ignore[arg-type]
    with bare.app_context():
        end = clock.end_of_day(day)
        assert clock.to_local(end - timedelta(microseconds=1)).date() == day
        assert clock.to_local(end).date() == day + timedelta(days=1)
