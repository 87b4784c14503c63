"""Guessing is slowed down, per account and per address; a refused try cannot roll its own count back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from kbpartners.accounts.models import Throttle
from kbpartners.accounts.service import throttle
from kbpartners.db import db
from kbpartners.errors import TooMany
from tests.cast import PASSWORD

NOON = datetime.fromisoformat("2026-06-10T05:00:00+00:00")


@pytest.fixture
def clockwork(app):
    """Time stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def attempt(client, email: str = "tni@contoh.id", password: str = "salah sekali", status: int = 422):
    return client.post("/masuk", {"email": email, "password": password}, status, page="/masuk")


def test_five_failures_lock_the_account_then_longer_and_longer(client, clockwork) -> None:
    for _ in range(5):
        attempt(client)
    expected = [60, 120, 240, 480, 900, 900]
    for seconds in expected:
        page = attempt(client, password=PASSWORD, status=429)
        assert page.response.headers["Retry-After"] == str(seconds)
        clockwork.shift(timedelta(seconds=seconds))
        attempt(client)
    clockwork.shift(timedelta(seconds=900))
    attempt(client, password=PASSWORD, status=303)
    attempt(client, status=422)


def test_the_page_says_in_words_how_long_to_wait(client, clockwork) -> None:
    for _ in range(5):
        attempt(client)
    assert "Coba lagi dalam 1 menit." in attempt(client, status=429).text
    clockwork.shift(timedelta(seconds=20))
    assert "Coba lagi dalam 40 detik." in attempt(client, status=429).text


def test_all_names_of_one_person_share_one_count(client, clockwork) -> None:
    for name in ("tni@contoh.id", "TNI@contoh.id", "081234567803", "+6281234567803", "0812 3456 7803"):
        attempt(client, name)
    attempt(client, "tni@contoh.id", PASSWORD, 429)
    attempt(client, "polri@contoh.id", PASSWORD, 303)


def test_an_unknown_name_is_locked_just_the_same(client, clockwork) -> None:
    for _ in range(5):
        attempt(client, "siapa@contoh.id")
    attempt(client, "siapa@contoh.id", status=429)


def test_a_right_password_forgets_the_failures(client, clockwork) -> None:
    for _ in range(4):
        attempt(client)
    attempt(client, password=PASSWORD, status=303)
    client.post("/keluar")
    for _ in range(4):
        attempt(client)
    attempt(client, password=PASSWORD, status=303)


def test_thirty_failures_lock_an_address_for_the_rest_of_ten_minutes(client, clockwork) -> None:
    for number in range(30):
        attempt(client, f"orang{number}@contoh.id")
    page = attempt(client, "tni@contoh.id", PASSWORD, 429)
    assert page.response.headers["Retry-After"] == "600"
    clockwork.shift(timedelta(minutes=10))
    attempt(client, password=PASSWORD, status=303)


def test_an_office_behind_one_address_may_sign_in_all_day(client, clockwork) -> None:
    for _ in range(40):
        attempt(client, password=PASSWORD, status=303)
        client.post("/keluar")


def test_a_failed_try_stays_counted_although_its_request_is_rolled_back(app, client, clockwork) -> None:
    attempt(client)
    with app.app_context():
        assert set(db.session.execute(select(Throttle.failures)).scalars()) == {1}


def test_many_tries_at_the_same_moment_do_not_slip_through(app, clockwork) -> None:
    import threading

    passed: list[int] = []

    def work() -> None:
        with app.app_context():
            try:
                throttle.claim(("akun:x", throttle.ACCOUNT))
                passed.append(1)
            except TooMany:
                pass
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 5


def test_a_refused_try_does_not_make_the_wait_longer(ctx, clockwork) -> None:
    for _ in range(5):
        throttle.claim(("akun:y", throttle.ACCOUNT))
    for _ in range(10):
        with pytest.raises(TooMany) as refused:
            throttle.claim(("akun:y", throttle.ACCOUNT))
        assert refused.value.seconds == 60


def test_old_rows_are_swept_away(app, ctx, clockwork) -> None:
    throttle.claim(("akun:z", throttle.ACCOUNT))
    clockwork.shift(timedelta(days=2))
    app.config["KB"] = type(app.config["KB"])(**{**app.config["KB"].__dict__, "today": None})
    assert throttle.sweep() == 1
