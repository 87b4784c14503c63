"""Signing in and out: who gets in, where they land, what the answer tells, what a session is worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from flask import g
from sqlalchemy import select, update

from kbpartners import clock
from kbpartners.accounts import service
from kbpartners.accounts.models import User, UserSession
from kbpartners.accounts.service import passwords
from kbpartners.db import db
from kbpartners.organizations.models import Assignment
from tests.cast import PASSWORD


def enter(client, email: str = "tni@contoh.id", password: str = PASSWORD, status: int = 303, **more: str):
    return client.post("/masuk", {"email": email, "password": password, **more}, status, page="/masuk")


@pytest.mark.parametrize(
    "name", ["tni@contoh.id", " TNI@Contoh.id ", "081234567803", "+62 812-3456-7803", "62812 3456 7803"]
)
def test_a_liaison_gets_in_by_email_or_mobile_number_however_it_is_typed(client, name: str) -> None:
    assert enter(client, name).location == "/"
    assert "Mayor Budi" in client.get("/profil").text


def test_after_signing_in_one_lands_where_the_link_pointed(client) -> None:
    page = client.get("/profil?x=1", 303)
    assert page.location == "/masuk?next=/profil?x%3D1"
    form = client.get(page.location).form("/masuk")
    assert form["next"] == "/profil?x=1"
    assert client.post("/masuk", {**form, "email": "tni@contoh.id", "password": PASSWORD}).location == "/profil?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "//jahat.id",
        "https://jahat.id/",
        "javascript:alert(1)",
        "/\\jahat.id",
        "\\\\jahat.id",
        "/\t/jahat.id",
        "/\n/jahat.id",
        " /komitmen",
        "komitmen",
        "/masuk",
        "/keluar",
        "///jahat.id",
        "/a\x00b",
        "",
    ],
)
def test_only_places_on_this_site_are_gone_on_to(client, target: str) -> None:
    assert service.safe_next(target) == "/"
    assert enter(client, next=target).location == "/"


def test_the_next_place_keeps_its_query(app) -> None:
    assert service.safe_next("/komitmen?status=terlambat&q=a%20b") == "/komitmen?status=terlambat&q=a%20b"
    assert service.safe_next(None) == "/"


def test_who_is_in_already_goes_on(sign_in) -> None:
    assert sign_in("tni").get("/masuk?next=/profil", 303).location == "/profil"


def test_the_answer_is_the_same_for_unknown_wrong_deactivated_and_without_password(app, client, cast, write) -> None:
    with write():
        db.session.execute(update(User).where(User.id == cast.users["polri"]).values(deactivated_at=clock.now()))
        db.session.execute(update(User).where(User.id == cast.users["opd"]).values(password_hash=None))
    answers = set()
    for email, password in [
        ("siapa@contoh.id", PASSWORD),
        ("tni@contoh.id", "salah sama sekali"),
        ("polri@contoh.id", PASSWORD),
        ("opd@contoh.id", PASSWORD),
    ]:
        page = enter(client, email, password, 422)
        answers.add(page.text.replace(email, ""))
    assert len(answers) == 1
    assert "tidak cocok" in answers.pop()


def test_the_hash_is_verified_once_even_where_there_is_no_such_account(app, client) -> None:
    with patch.object(passwords, "matches", wraps=passwords.matches) as seen:
        enter(client, "siapa@contoh.id", "apa saja", 422)
        enter(client, "tni@contoh.id", "apa saja", 422)
    assert seen.call_count == 2
    with app.app_context(), patch("argon2.PasswordHasher.verify", side_effect=AssertionError) as verify:
        for stored in (None, "bukan hash"):
            with pytest.raises(AssertionError):
                passwords.matches(stored, "x")
        assert verify.call_count == 2


def test_empty_fields_are_named(client) -> None:
    page = client.post("/masuk", {"email": "", "password": ""}, 422, page="/masuk")
    assert page.errors() == ["Wajib diisi.", "Wajib diisi."]


def test_the_password_is_never_shown_again(client) -> None:
    assert "rahasia sekali" not in enter(client, password="rahasia sekali", status=422).html


def test_a_sign_in_renews_the_session_and_ends_the_old_one(app, client) -> None:
    enter(client)
    with client.http.session_transaction() as cookie:
        old = cookie["_user_id"]
    enter(client, "polri@contoh.id")
    with client.http.session_transaction() as cookie:
        assert cookie["_user_id"] != old
    with app.app_context():
        assert service.identity_of(old) is None
        rows = db.session.execute(select(UserSession.revoked_at, UserSession.token_hash)).all()
    assert sum(row.revoked_at is None for row in rows) == 1
    assert old not in {row.token_hash for row in rows}, "the token itself is never stored"


def test_signing_out_ends_the_session_not_only_the_cookie(app, client) -> None:
    enter(client)
    with client.http.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert client.post("/keluar").location == "/masuk"
    client.get("/profil", 303)
    with client.http.session_transaction() as cookie:
        cookie["_user_id"] = token
    client.get("/profil", 303)


def test_deactivation_ends_a_running_session_at_once(app, sign_in, write, cast) -> None:
    from kbpartners.accounts.service import people

    browser = sign_in("tni")
    browser.get("/profil")
    with write():
        people.deactivate(cast.users["tni"], who=None)
    browser.get("/profil", 303)


def test_a_session_is_over_after_fourteen_days(app, sign_in, write) -> None:
    browser = sign_in("tni")
    with write():
        db.session.execute(update(UserSession).values(expires_at=clock.now() - timedelta(seconds=1)))
    browser.get("/profil", 303)


def test_without_a_post_today_nobody_is_in_and_the_page_says_why(client, write, cast) -> None:
    with write():
        ended = clock.today() - timedelta(days=1)
        db.session.execute(update(Assignment).where(Assignment.user_id == cast.users["tni"]).values(valid_to=ended))
    assert "Tugas Anda sebagai Perwira penghubung, Kodam II/Sriwijaya berakhir" in enter(client, status=422).text
    assert "tidak cocok" in enter(client, password="salah sama sekali", status=422).text


def test_a_hash_of_older_parameters_is_made_anew(app, client, write, cast) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with write():
        db.session.execute(update(User).where(User.id == cast.users["tni"]).values(password_hash=old))
    enter(client)
    with app.app_context():
        new = db.session.execute(select(User.password_hash).where(User.id == cast.users["tni"])).scalar_one()
        assert new != old
        assert passwords.matches(new, PASSWORD)


def test_real_parameters_are_argon2id_and_take_their_time() -> None:
    hashed = passwords._hasher(False).hash("apa saja")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,")


def test_the_write_lock_is_not_held_while_hashing(app, client) -> None:
    seen = []

    def slow(stored, password):
        seen.append((g.get("will_write"), db.session().in_transaction()))
        return False

    with patch.object(passwords, "matches", slow):
        enter(client, status=422)
    assert seen == [(False, False)]


def test_at_most_two_hashes_at_once(app) -> None:
    import threading
    import time

    running, most = 0, 0
    lock = threading.Lock()

    class Slow:
        def verify(self, *args: str) -> bool:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1
            return True

        def hash(self, *args: str) -> str:
            return "x"

    def work() -> None:
        with app.app_context():
            passwords.matches("$", "x")

    passwords._dummy(True)
    with patch.object(passwords, "_hasher", lambda cheap: Slow()):
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 2


def test_the_language_is_chosen_before_signing_in(client) -> None:
    page = client.get("/masuk?next=/profil")
    form = page.form("/bahasa")
    answer = client.post("/bahasa", {**form, "locale": "en"}, page="/masuk")
    assert answer.location == "/masuk?next=/profil"
    assert client.get("/masuk").select("//html/@lang") == ["en"]
    client.post("/bahasa", {"locale": "xx", "next": "//jahat.id"}, page="/masuk")
    assert client.get("/masuk").select("//html/@lang") == ["en"]


def test_demo_accounts_are_nobody_in_production(app, client, write, cast) -> None:
    from dataclasses import replace

    with write():
        db.session.execute(update(User).where(User.id == cast.users["tni"]).values(is_demo=True))
    with app.app_context():
        assert service.demo_accounts() == [("tni@contoh.id", "penghubung")]
    enter(client)
    app.config["KB"] = replace(app.config["KB"], env="production")
    client.get("/profil", 303)
    assert "tidak cocok" in enter(client, status=422).text
    enter(client, "polri@contoh.id")
    with app.app_context():
        assert service.demo_accounts() == []
        assert any("akun contoh" in line for line in service.check())


def test_the_session_cookie_is_out_of_reach_of_scripts(client) -> None:
    response = client.http.get("/masuk")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_cookie_is_not_sent_again_with_every_page(sign_in) -> None:
    browser = sign_in("tni")
    browser.get("/profil")  # the first form brings its token
    assert "Set-Cookie" not in browser.http.get("/profil").headers


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("curl/8", "Peramban lain"),
    ],
)
def test_a_session_is_named_as_its_owner_knows_it(ctx, agent: str, words: str) -> None:
    assert service.browser_words(agent) == words


def test_the_clock_of_a_session_is_utc(app, client) -> None:
    enter(client)
    with app.app_context():
        assert db.session.execute(select(UserSession.created_at)).scalar_one().tzinfo == UTC
        assert isinstance(clock.now(), datetime)
