"""What went wrong, in Indonesian, with what to do about it; as a page and as JSON."""

from __future__ import annotations

import pytest
from flask import abort

from kbpartners.errors import Conflict, Invalid, NotFound, Refused, TooMany, error_page

TITLES = {
    400: "Permintaan tidak dapat dibaca",
    403: "Tidak berwenang",
    404: "Halaman tidak ditemukan",
    405: "Cara membuka tidak sesuai",
    409: "Sudah diubah orang lain",
    413: "Berkas terlalu besar",
    419: "Sesi berakhir",
    422: "Belum dapat diproses",
    429: "Terlalu banyak percobaan",
    500: "Terjadi kesalahan di sistem",
}


def raising(code: int):
    """A view that ends with a status."""
    own = {403: Refused(), 404: NotFound(), 409: Conflict([], 1), 422: Invalid(""), 429: TooMany("", 90)}

    def view():
        if code == 500:
            raise RuntimeError("rahasia dapur")
        if code in own:
            raise own[code]
        return error_page(419) if code == 419 else abort(code)

    from kbpartners.security import Permission, requires

    return requires(Permission.PUBLIC)(view)


@pytest.mark.parametrize("code", TITLES)
@pytest.mark.parametrize("name", ["", "tni"])
def test_every_error_has_a_page_that_says_what_happened_and_what_to_do(
    app, client, sign_in, monkeypatch, code: int, name: str
) -> None:
    monkeypatch.setitem(app.view_functions, "help.guide", raising(code))
    page = (sign_in(name) if name else client).get("/bantuan", code)
    assert page.h1 == TITLES[code]
    assert f"Kode {code}" in page.text
    assert page.response.headers["X-Request-Id"] in page.text
    assert "rahasia dapur" not in page.html
    if code != 419:
        assert page.select("//ol/li"), "it says what to do"


@pytest.mark.parametrize("code", TITLES)
def test_a_script_gets_json(app, client, monkeypatch, code: int) -> None:
    monkeypatch.setitem(app.view_functions, "help.guide", raising(code))
    response = client.http.get("/bantuan", headers={"Accept": "application/json"})
    assert response.status_code == code
    answer = response.get_json()
    assert answer["title"] == TITLES[code]
    assert answer["error"]
    assert answer["request_id"] == response.headers["X-Request-Id"]


def test_a_browser_gets_a_page_although_it_takes_anything(client) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert client.http.get("/tidak-ada", headers={"Accept": accept}).mimetype == "text/html"
    assert client.http.get("/tidak-ada", headers={"Accept": "*/*"}).mimetype == "text/html"


def test_the_500_page_shows_the_id_that_the_log_has(app, client, monkeypatch, capsys) -> None:
    monkeypatch.setitem(app.view_functions, "help.guide", raising(500))
    page = client.get("/bantuan", 500)
    assert f"permintaan {page.response.headers['X-Request-Id']}" in page.text


def test_throttling_says_when_to_come_back(app, client, monkeypatch) -> None:
    monkeypatch.setitem(app.view_functions, "help.guide", raising(429))
    assert client.get("/bantuan", 429).response.headers["Retry-After"] == "90"


def test_a_wrong_method_names_the_right_ones(client) -> None:
    response = client.http.delete("/sehat")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_an_own_sentence_takes_the_place_of_the_usual_one(app, client, monkeypatch) -> None:
    from kbpartners.security import Permission, requires

    def view():
        raise Refused("Ini admin terakhir.")

    monkeypatch.setitem(app.view_functions, "help.guide", requires(Permission.PUBLIC)(view))
    assert "Ini admin terakhir." in client.get("/bantuan", 403).text


def test_the_404_page_helps_the_signed_in_to_search(sign_in, client) -> None:
    assert sign_in("tni").get("/tidak-ada", 404).select("//form[@action='/cari' and .//input[@id='q-404']]")
    assert not client.get("/tidak-ada", 404).select("//form[@action='/cari']")


def test_a_too_large_form_gets_its_page(app, client) -> None:
    token = client.csrf("/masuk")
    fields = {"csrf_token": token, "password": "x"}
    long_text = client.http.post(
        "/masuk", data={**fields, "email": "x" * 2_000_000}, content_type="multipart/form-data"
    )
    whole = client.http.post("/masuk", data={**fields, "email": "x" * 12_000_000})
    for response in (long_text, whole):
        assert response.status_code == 413
        assert "Berkas terlalu besar" in response.get_data(as_text=True)


def test_an_error_page_inside_an_error_still_answers(app, client, sign_in, monkeypatch) -> None:
    """A broken database must not keep the 500 page from coming."""
    from sqlalchemy.exc import OperationalError

    from kbpartners.db import db

    browser = sign_in("tni")

    def broken(*args, **kwargs):
        raise OperationalError("SELECT 1", {}, Exception("disk"))

    monkeypatch.setattr(db.session, "execute", broken)
    app.extensions.pop("kb_office", None)
    response = browser.http.get("/profil")
    assert response.status_code == 500
    assert "<h1>Terjadi kesalahan di sistem</h1>" in response.get_data(as_text=True)
    assert response.headers["X-Request-Id"] in response.get_data(as_text=True)
    assert client.http.get("/masuk").status_code == 200
