"""One's own data, password and browsers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kbpartners.accounts.models import User
from kbpartners.accounts.service import passwords
from kbpartners.db import db
from tests.cast import PASSWORD

NEW = "kucing belang tidur siang"


def change(browser, status: int = 303, **fields: str):
    data = {"current_password": PASSWORD, "password": NEW, "password_again": NEW, **fields}
    return browser.post("/profil/sandi", data, status)


def test_one_changes_name_phone_rank_and_number(app, sign_in, cast) -> None:
    browser = sign_in("opd")
    page = browser.get("/profil")
    data = {
        "name": "Ibu Lahat, M.Si.",
        "phone": "0811-2222-333",
        "id_kind": "NIP",
        "id_number": "19700101 199503 1 001",
    }
    browser.submit(page, "/profil", data)
    with app.app_context():
        user = db.session.get(User, cast.users["opd"])
        assert (user.name, user.phone) == ("Ibu Lahat, M.Si.", "+628112222333")
    assert "Profil tersimpan." in browser.get("/profil").text


def test_the_language_of_the_pages_follows_the_profile(sign_in) -> None:
    browser = sign_in("tni")
    browser.submit(browser.get("/profil"), "/profil", {"locale": "en"})
    assert browser.get("/profil").select("//html/@lang") == ["en"]


def test_a_profile_opened_twice_is_not_overwritten(sign_in) -> None:
    browser = sign_in("tni")
    form = browser.get("/profil").form("/profil")
    browser.post("/profil", {**form, "rank": "Mayor Inf"})
    assert "Mayor Inf" in browser.post("/profil", {**form, "rank": "Letkol"}, 409).text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"phone": "123"}, "Tulis nomor ponsel seperti"),
        ({"phone": "081234567805"}, "sudah dipakai akun lain"),
        ({"name": ""}, "Wajib diisi."),
        ({"locale": "xx"}, "Pilih salah satu dari daftar."),
        ({"id_number": "123", "id_kind": ""}, "Pilih jenis nomor"),
    ],
)
def test_wrong_data_is_refused_on_its_field(sign_in, wrong, says) -> None:
    browser = sign_in("tni")
    form = browser.get("/profil").form("/profil")
    assert says in " ".join(browser.post("/profil", {**form, **wrong}, 422).errors())


def test_the_address_and_role_cannot_be_slipped_in(app, sign_in, cast) -> None:
    browser = sign_in("tni")
    browser.submit(browser.get("/profil"), "/profil", {"email": "lain@contoh.id", "role": "admin", "is_demo": "1"})
    with app.app_context():
        assert db.session.get(User, cast.users["tni"]).email == "tni@contoh.id"


def test_a_new_password_signs_the_other_browsers_out_and_keeps_this_one(app, sign_in, client, cast) -> None:
    here, elsewhere = sign_in("tni"), sign_in("tni")
    with here.http.session_transaction() as cookie:
        before = cookie["_user_id"]
    change(here)
    here.get("/profil")
    elsewhere.get("/profil", 303)
    with here.http.session_transaction() as cookie:
        assert cookie["_user_id"] != before
    client.post("/masuk", {"email": "tni@contoh.id", "password": NEW}, page="/masuk")
    with app.app_context():
        stored = db.session.execute(select(User.password_hash).where(User.id == cast.users["tni"])).scalar_one()
        assert passwords.matches(stored, NEW)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"current_password": "bukan ini"}, "Kata sandi sekarang tidak cocok."),
        ({"password": "pendek", "password_again": "pendek"}, "Paling sedikit 10 huruf"),
        ({"password_again": "lain sama sekali"}, "Kedua kata sandi harus sama."),
        ({"password": "Mayor Budi", "password_again": "Mayor Budi"}, "nama sendiri"),
        ({"password": "081234567803", "password_again": "081234567803"}, "nama sendiri"),
    ],
)
def test_a_password_is_changed_by_its_owner_only_and_to_a_good_one(sign_in, wrong, says) -> None:
    browser = sign_in("tni")
    page = change(browser, 422, **wrong)
    assert says in " ".join(page.errors())
    assert NEW not in page.html


def test_a_stolen_session_is_no_place_to_guess_the_password(sign_in) -> None:
    browser = sign_in("tni")
    for _ in range(5):
        change(browser, 422, current_password="tebakan")
    change(browser, 429)


def test_one_sees_and_ends_ones_own_browsers(app, sign_in, cast) -> None:
    here, elsewhere, other = sign_in("tni"), sign_in("tni"), sign_in("polri")
    page = here.get("/profil")
    assert "peramban ini" in page.text
    (action,) = page.select("//form[contains(@action, '/sesi/')]/@action")
    other.post(action, {}, 404)
    here.post(action)
    elsewhere.get("/profil", 303)
    here.get("/profil")
