"""Invitations and links for a new password: single use, they expire, and a fresh one is a tap away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kbpartners import clock
from kbpartners.accounts.models import AccessToken, User
from kbpartners.accounts.service import links, passwords, people
from kbpartners.audit import service as audit
from kbpartners.db import db
from tests.factories.accounts import invite

GOOD = "gajah putih menari"


@pytest.fixture
def invited(write, cast):
    """(user id, secret) of a person who was invited a moment ago."""
    with write():
        return invite(cast.units["kodam"])


def accept(client, token: str, status: int = 303, **fields: str):
    path = f"/undangan/{token}"
    data = {"name": "Letda Nina Sari", "password": GOOD, "password_again": GOOD, **fields}
    return client.post(path, data, status, page="/masuk")


def test_the_invited_sets_name_and_password_and_is_in(app, client, invited) -> None:
    user_id, token = invited
    page = client.get(f"/undangan/{token}")
    assert page.h1 == "Selamat datang"
    assert page.form(f"/undangan/{token}")["name"] == "Letda Nina"
    assert accept(client, token).location == "/"
    assert "Letda Nina Sari" in client.get("/profil").text
    with app.app_context():
        user = db.session.get(User, user_id)
        assert passwords.matches(user.password_hash, GOOD)
        assert next(entry.sentence for entry in audit.history("user", user_id)) == (
            "Letda Nina Sari menerima undangan dan membuat kata sandi."
        )
    client.post("/keluar")
    client.post("/masuk", {"email": "nina@contoh.id", "password": GOOD}, page="/masuk")


def test_looking_at_a_link_uses_nothing_up(client, invited) -> None:
    for _ in range(3):
        client.get(f"/undangan/{invited[1]}")
    accept(client, invited[1])


def test_a_link_works_once(app, client, invited) -> None:
    accept(client, invited[1])
    other = type(client)(app)
    page = other.get(f"/undangan/{invited[1]}", 410)
    assert page.h1 == "Tautan tidak berlaku lagi"
    accept(other, invited[1], 410)


@pytest.mark.parametrize(("kind", "days"), [("invite", 7), ("reset", 1)])
def test_a_link_expires(app, client, cast, write, kind: str, days: int) -> None:
    with write():
        token = links.issue(cast.users["tni"], kind, by_id=None)
        assert links.look(token).expires_at - clock.now() > timedelta(days=days) - timedelta(minutes=1)
    client.get(f"/undangan/{token}")
    with write():
        db.session.execute(update(AccessToken).values(expires_at=clock.now()))
    page = client.get(f"/undangan/{token}", 410)
    wa = page.select("//a[contains(@href, 'wa.me')]/@href")
    assert wa[0].startswith("https://wa.me/6281234567800?text=Halo%20sekretariat")
    accept(client, token, 410)


def test_an_unknown_link_says_the_same(client) -> None:
    assert client.get("/undangan/tidak-ada", 404).h1 == "Tautan tidak berlaku lagi"


def test_a_fresh_link_replaces_the_one_before(client, write, invited) -> None:
    with write():
        fresh = links.fresh(invited[0], who=None)
        old = links.issue(invited[0], links.INVITE, by_id=1)
    client.get(f"/undangan/{fresh}", 410)
    client.get(f"/undangan/{old}")


def test_a_link_that_a_stranger_asked_for_does_not_spoil_the_invitation(client, write, invited) -> None:
    with write():
        links.issue(invited[0], links.INVITE, by_id=None)
    client.get(f"/undangan/{invited[1]}")


def test_a_new_password_ends_the_other_sessions_and_links(app, client, sign_in, cast, write) -> None:
    elsewhere = sign_in("tni")
    with write():
        token = links.fresh(cast.users["tni"], who=None)
        second = links.issue(cast.users["tni"], links.RESET, by_id=None)
    page = client.get(f"/undangan/{token}")
    assert page.h1 == "Kata sandi baru"
    assert "name" not in page.form(f"/undangan/{token}")
    accept(client, token, name="Nama Lain")
    assert "Mayor Budi" in client.get("/profil").text, "a link for a new password does not rename anybody"
    elsewhere.get("/profil", 303)
    type(client)(app).get(f"/undangan/{second}", 410)


def test_a_deactivated_person_cannot_use_a_link(client, cast, write) -> None:
    with write():
        token = links.fresh(cast.users["tni"], who=None)
        db.session.execute(update(User).where(User.id == cast.users["tni"]).values(deactivated_at=clock.now()))
    client.get(f"/undangan/{token}", 410)
    accept(client, token, 410)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("pendek", "Paling sedikit 10 huruf"),
        ("1234567890", "terlalu mudah ditebak"),
        ("Password123", "terlalu mudah ditebak"),
        ("Contoh-2017!", "terlalu mudah ditebak"),
        ("aaaaaaaaaaaa", "terlalu mudah ditebak"),
        ("abcdefghijkl", "terlalu mudah ditebak"),
        ("nina@contoh.id", "nama sendiri"),
        ("LETDA NINA", "nama sendiri"),
        ("letdaninasari", "nama sendiri"),
        ("x" * 201 + "abc", "Paling banyak 200 huruf"),
    ],
)
def test_passwords_that_are_guessed_at_once_are_refused(client, invited, password: str, says: str) -> None:
    page = accept(client, invited[1], 422, password=password, password_again=password)
    assert says in page.text
    assert page.form("/undangan")["name"] == "Letda Nina Sari", "what was typed is kept"
    client.get(f"/undangan/{invited[1]}")


def test_both_passwords_have_to_be_the_same(client, invited) -> None:
    page = accept(client, invited[1], 422, password_again="gajah putih tidur")
    assert "Kedua kata sandi harus sama." in page.errors()


def test_only_the_faster_of_two_gets_the_link(app, ctx, invited) -> None:
    from kbpartners.errors import Invalid

    links.redeem(invited[1], name="Satu", password_hash="x")
    with pytest.raises(Invalid):
        links.redeem(invited[1], name="Dua", password_hash="y")
    assert db.session.get(User, invited[0]).name == "Satu"


def test_only_a_hash_of_the_secret_is_stored(app, invited) -> None:
    with app.app_context():
        stored = list(db.session.execute(select(AccessToken.token_hash)).scalars())
    assert invited[1] not in stored
    assert all(len(value) == 64 for value in stored)


def test_guessing_links_is_slowed_down(client) -> None:
    for number in range(30):
        accept(client, f"tebakan-{number}", 404)
    accept(client, "tebakan-lagi", 429)
    client.get("/undangan/tebakan-lagi", 429)


def test_the_whatsapp_text_of_an_invitation_names_person_link_and_day(ctx, cast) -> None:
    _user_id, token = invite(cast.units["kodam"], phone="0811-2222-333")
    issued = links.described(token)
    assert issued.url == f"http://localhost/undangan/{token}"
    assert "Letda Nina" in issued.text
    assert issued.url in issued.text
    assert "17\u00a0Juni\u00a02026" in issued.text
    assert issued.wa_url.startswith("https://wa.me/628112222333?text=Yth.")
    assert people.status_of(False, None) == people.INVITED


def test_without_mail_the_page_for_the_forgetful_leads_to_the_secretariat(client) -> None:
    page = client.get("/lupa-sandi")
    assert page.select("//a[contains(@href, 'wa.me')]")
    assert "belum mengirim surel" in page.text
