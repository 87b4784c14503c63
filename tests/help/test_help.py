"""Help, the menu as a page, and the sign of life."""

from __future__ import annotations

import time
from dataclasses import replace
from unittest.mock import patch

import pytest
from sqlalchemy.exc import OperationalError

import kbpartners
from kbpartners.db import db
from kbpartners.jobs import service as jobs


def test_help_is_there_for_those_who_cannot_get_in(client, sign_in) -> None:
    for browser in (client, sign_in("tni"), sign_in("pimpinan")):
        page = browser.get("/bantuan")
        assert page.h1 == "Bantuan"
        for words in ("Tanpa kabar 30 hari", "Terlambat 3 hari", "Selesai, terlambat 2 hari", "1.234,5", "WIB"):
            assert words in page.text


@pytest.mark.parametrize("name", ["admin", "sekretariat", "pimpinan", "tni", "opd"])
def test_the_fifth_tab_holds_what_the_tabs_do_not_and_the_way_out(sign_in, name: str) -> None:
    browser = sign_in(name)
    page = browser.get("/lainnya")
    links = page.select("//nav[@aria-label='Menu lain']//a/@href")
    assert "/profil" in links
    assert ("/riwayat" in links) == (name in {"admin", "sekretariat", "pimpinan"})
    assert ("/pengaturan" in links) == (name == "admin")
    assert page.select("//main//form[@action='/keluar']")


def test_the_sign_of_life_names_database_disk_version_and_queue(client, write) -> None:
    jobs.handler("uji")(lambda job: None)
    with write():
        jobs.enqueue(None, "uji")
    response = client.http.get("/sehat")
    assert response.status_code == 200
    state = response.get_json()
    assert state["database"] == "ok"
    assert state["disk_free_mb"] > 0
    assert state["version"] == kbpartners.__version__
    assert state["jobs_waiting"] == 1
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_it_answers_quickly(client) -> None:
    client.http.get("/sehat")
    best = min(_timed(client) for _ in range(5))
    assert best < 0.05


def _timed(client) -> float:
    started = time.perf_counter()
    client.http.get("/sehat")
    return time.perf_counter() - started


def test_without_a_database_it_answers_503(client) -> None:
    broken = OperationalError("SELECT 1", {}, Exception("disk"))
    with patch.object(db.session, "execute", side_effect=broken):
        response = client.http.get("/sehat")
    assert response.status_code == 503
    assert response.get_json()["database"] == "OperationalError"
    assert response.get_json()["jobs_waiting"] is None


def test_the_disk_is_looked_at_before_the_folder_exists(app, client, tmp_path) -> None:
    app.config["KB"] = replace(app.config["KB"], data_dir=tmp_path / "belum" / "ada")
    assert client.http.get("/sehat").get_json()["disk_free_mb"] > 0
