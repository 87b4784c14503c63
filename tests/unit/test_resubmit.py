"""An expired session loses no typed text, and gives it back to nobody but its author."""

from __future__ import annotations

import io

import pytest
import time_machine
from sqlalchemy import update

from kbpartners import clock, resubmit
from kbpartners.accounts.models import UserSession
from kbpartners.db import db
from tests.cast import PASSWORD

TYPED = "Penyuluhan di tiga desa, <b>120</b> keluarga hadir."
PATH = "/profil?dari=uji"


@pytest.fixture
def expired(sign_in, write):
    """A liaison whose session ended while they were typing: the browser and its (still valid) form token."""
    browser = sign_in("tni")
    token = browser.csrf()
    with write():
        db.session.execute(update(UserSession).values(revoked_at=clock.now()))
    return browser, token


def send(browser, token: str | None, **more):
    fields = {"note": TYPED, "status": "on_track", "password": "rahasia-sekali", **more}
    if token:
        fields["csrf_token"] = token
    return browser.post(PATH, fields, 419, token=False)


def sign_in_with(browser, page, email: str = "tni@contoh.id", password: str = PASSWORD, status: int = 200):
    form = page.form("/masuk")
    return browser.post("/masuk", {**form, "email": email, "password": password}, status, page="/masuk", token=False)


def test_what_was_typed_is_shown_at_once(expired) -> None:
    page = send(*expired)
    assert page.h1 == "Sesi Anda berakhir"
    assert TYPED in page.text
    assert "rahasia-sekali" not in page.html


def test_after_the_same_person_signs_in_it_is_ready_to_be_sent_where_it_was_to_go(expired) -> None:
    browser, token = expired
    page = sign_in_with(browser, send(browser, token))
    assert page.h1 == "Isian Anda masih ada"
    fields = page.form(PATH)
    assert page.select("//form[@action]/@action").count(PATH) == 1
    assert fields["note"].strip() == TYPED
    assert fields["status"] == "on_track"
    assert "password" not in fields
    browser.post(PATH, fields, 422, token=False)  # it arrives, with a token that counts; the form is not the profile's


def test_it_is_not_given_to_another_person(expired) -> None:
    browser, token = expired
    page = sign_in_with(browser, send(browser, token), "polri@contoh.id", status=303)
    assert page.location == "/"
    shown = browser.get("/profil")
    assert "milik akun lain" in shown.text
    assert TYPED not in shown.text


def test_a_mistyped_password_does_not_lose_it(expired) -> None:
    browser, token = expired
    page = sign_in_with(browser, send(browser, token), password="salah sekali", status=422)
    assert TYPED in page.text
    assert "tidak cocok" in page.text
    assert page.form("/masuk")["email"] == "tni@contoh.id"
    assert sign_in_with(browser, page).h1 == "Isian Anda masih ada"


def test_nor_does_being_slowed_down(expired) -> None:
    browser, token = expired
    page = send(browser, token)
    for _ in range(5):
        page = sign_in_with(browser, page, password="salah sekali", status=422)
    page = sign_in_with(browser, page, status=429)
    assert TYPED in page.text
    assert int(page.response.headers["Retry-After"]) > 0


def test_a_lost_form_token_in_a_living_session_offers_it_again_at_once(sign_in) -> None:
    browser = sign_in("tni")
    page = send(browser, None)
    assert page.h1 == "Isian Anda masih ada"
    assert page.form(PATH)["note"].strip() == TYPED
    browser.post(PATH, page.form(PATH), 422, token=False)


def test_without_any_cookie_the_author_is_unknown_and_whoever_holds_the_page_goes_on(client) -> None:
    page = send(client, None)
    assert TYPED in page.text
    assert sign_in_with(client, page, "polri@contoh.id").form(PATH)["note"].strip() == TYPED


def test_chosen_files_are_asked_for_again(expired) -> None:
    browser, token = expired
    page = send(browser, token, files=(io.BytesIO(b"x"), "foto.jpg"))
    assert "perlu dipilih lagi" in page.text
    page = sign_in_with(browser, page)
    assert page.select(f"//form[@action='{PATH}' and @enctype='multipart/form-data']//input[@type='file']")


def test_without_files_none_are_asked_for(expired) -> None:
    browser, token = expired
    page = send(browser, token)
    assert "perlu dipilih lagi" not in page.text
    assert not sign_in_with(browser, page).select("//input[@type='file']")


def test_htmx_shows_it_as_a_whole_page(expired) -> None:
    browser, token = expired
    page = browser.post(PATH, {"note": TYPED, "csrf_token": token}, 419, htmx="panel", token=False)
    assert page.response.headers["HX-Retarget"] == "body"
    assert TYPED in page.text


def test_a_script_gets_json_and_keeps_its_text_itself(expired) -> None:
    browser, token = expired
    response = browser.http.post(PATH, data={"csrf_token": token}, headers={"Accept": "application/json"})
    assert response.status_code == 419
    assert response.get_json()["title"] == "Sesi berakhir"


def test_the_parcel_is_signed_bound_and_short_lived(app) -> None:
    draft = resubmit.Draft("/komitmen/1", [("note", "a"), ("value-3", "")], True, 7)
    with app.test_request_context():
        blob = resubmit.pack(draft)
        assert resubmit.unpack(blob, 7) == draft
        assert resubmit.unpack(blob, 8) is None
        assert resubmit.unpack(blob[:-2] + "xx", 7) is None
        assert resubmit.unpack("", 7) is None
        with time_machine.travel(clock.datetime.now(clock.UTC) + clock.timedelta(hours=25)):
            assert resubmit.unpack(blob, 7) is None


def test_a_long_text_travels_too(expired) -> None:
    import random

    browser, token = expired
    words = "".join(random.Random(1).choices("abcdefghij klmnop", k=20_000))
    page = send(browser, token, obstacle=words)
    assert sign_in_with(browser, page).form(PATH)["obstacle"].strip() == words.strip()


# --- the pages around signing in -----------------------------------------------------------------------------------


def test_a_sign_in_page_that_was_open_too_long_keeps_the_name_and_the_place(client) -> None:
    page = client.post("/masuk", {"email": "tni@contoh.id", "password": "x", "next": "/profil"}, 419, token=False)
    assert "terlalu lama terbuka" in page.text
    form = page.form("/masuk")
    assert (form["email"], form["next"]) == ("tni@contoh.id", "/profil")
    assert client.post("/masuk", {**form, "password": PASSWORD}, token=False).location == "/profil"


def test_who_signed_in_elsewhere_meanwhile_just_goes_on(sign_in) -> None:
    answer = sign_in("tni").post("/masuk", {"email": "x", "next": "/bantuan"}, 303, token=False)
    assert answer.location == "/bantuan"


def test_signing_out_twice_ends_at_the_sign_in_page(client, sign_in) -> None:
    assert client.post("/keluar", {}, 303, token=False).location == "/masuk"
    assert sign_in("tni").post("/keluar", {}, 303, token=False).location == "/profil"


def test_a_public_form_without_a_token_is_offered_again_without_its_password(client, write, cast) -> None:
    from tests.factories.accounts import invite

    with write():
        _user, secret = invite(cast.units["kodam"])
    fields = {"name": "Letda Nina Sari", "password": "gajah putih menari"}
    page = client.post(f"/undangan/{secret}", fields, 419, token=False)
    assert page.h1 == "Halaman ini terlalu lama terbuka"
    again = page.form(f"/undangan/{secret}")
    assert again["name"].strip() == "Letda Nina Sari"
    assert "gajah" not in page.html
    assert "Wajib diisi." in client.post(f"/undangan/{secret}", again, 422, token=False).text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://jahat.id"},
        {"Origin": "null"},
    ],
)
def test_words_of_another_site_do_not_come_back_as_a_page_that_needs_only_a_tap(client, sign_in, headers) -> None:
    for browser in (client, sign_in("tni")):
        page = browser.post(PATH, {"note": TYPED}, 400, headers=headers, token=False)
        assert TYPED not in page.html
        assert not page.select(f"//form[@action='{PATH}']")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_words_of_this_site_do(client, headers) -> None:
    assert TYPED in client.post(PATH, {"note": TYPED}, 419, headers=headers, token=False).text
