"""The pages of commitments: who sees which, the list, the page as of a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from kbpartners.commitments import service
from tests.cast import NAMES, Cast
from tests.factories import commitments as make

TODAY = date(2026, 6, 10)

# --- who sees which page -------------------------------------------------------------------------------------------
SEES = {"admin", "sekretariat", "pimpinan", "tni", "opd"}
REPORTS = {"admin", "sekretariat", "tni", "opd"}
OFFICE = {"admin", "sekretariat"}


@pytest.mark.parametrize("name", NAMES)
def test_each_member_of_the_cast_gets_their_pages_and_no_others(
    sign_in, one: int, cast: Cast, write, name: str
) -> None:
    with write():
        report_id = make.reported(cast, one, 170)
    browser = sign_in(name)
    browser.get("/komitmen")
    page = browser.get(f"/komitmen/{one}", status=200 if name in SEES else 404)
    browser.get(f"/komitmen/{one}?per=2026-06-09", status=200 if name in SEES else 404)
    assert bool(page.select("//form[contains(@action, '/laporan')]")) == (name in REPORTS)
    assert bool(page.select("//form[contains(@action, '/verifikasi')]")) == (name in OFFICE)
    for path in ("/komitmen/baru", "/komitmen/verifikasi", "/komitmen/catat", f"/komitmen/{one}/ubah"):
        browser.get(path, status=200 if name in OFFICE else 403)
    browser.get(f"/komitmen/{one}/akhiri", status=200 if name in OFFICE else 403)
    expected = {"tni": 200, "admin": 403, "sekretariat": 403, "opd": 403, "pimpinan": 403}.get(name, 404)
    browser.get(f"/komitmen/{one}/laporan/{report_id}/bukti", status=expected)
    answer = {"tni": 303, "admin": 303, "sekretariat": 303, "opd": 303, "pimpinan": 403}.get(name, 404)
    fields = {"note": "Uji", "token": f"uji-{name}", "status": "on_track", "source": "phone", "sender": "Budi"}
    browser.post(f"/komitmen/{one}/laporan", fields, answer, page="/komitmen")
    verdict = {"admin": 303, "sekretariat": 303}.get(name, 403)
    browser.post(f"/komitmen/laporan/{report_id}/verifikasi", {"decision": "accept"}, verdict, page="/komitmen")


def test_addresses_that_name_nothing_are_not_found(sign_in) -> None:
    browser = sign_in("sekretariat")
    for path in (
        "/komitmen/999",
        "/komitmen/99999999999999999999",
        "/komitmen/999/ubah",
        "/komitmen/1/laporan/1/bukti",
    ):
        browser.get(path, status=404)
    browser.post("/komitmen/laporan/999/verifikasi", {"decision": "accept"}, 404, page="/komitmen")


def test_pages_take_few_queries_whatever_the_number_of_rows(
    app: Flask, sign_in, cast: Cast, write, count_queries
) -> None:
    with write():
        ids = [make.commitment(cast, supporters={"idi": "", "opd_lahat": ""}) for _number in range(60)]
        for number in range(12):
            make.accepted(cast, ids[0], number)
        make.reported(cast, ids[0], 20)
    for name in ("tni", "sekretariat"):
        browser = sign_in(name)
        browser.get("/komitmen")  # choices of the filter bar are kept for a minute
        for path, most in (
            ("/komitmen", 4),
            ("/komitmen?q=babinsa&status=all", 4),
            (f"/komitmen/{ids[0]}", 12),
            (f"/komitmen/{ids[0]}?per=2026-06-10", 12),
        ):
            with count_queries() as seen:
                browser.get(path)
            assert len(seen) <= most, (name, path, seen)
    for path in ("/komitmen/verifikasi", "/komitmen/catat", "/komitmen/baru", f"/komitmen/{ids[0]}/ubah"):
        with count_queries() as seen:
            sign_in("sekretariat").get(path)
        assert len(seen) <= 14, (path, seen)  # two of them are the sign-in of this test


# --- the list ------------------------------------------------------------------------------------------------------
def test_the_list_filters_links_to_records_and_keeps_filters_in_its_links(sign_in, one: int, cast: Cast, write) -> None:
    with write():
        make.commitment(
            cast, title="Lewat", owner="kodim", due_on=TODAY - timedelta(days=5), period_start=date(2026, 5, 1)
        )
    page = sign_in("sekretariat").get(f"/komitmen?organization_id={cast.units['kodam']}&q=lewat")
    assert [a.text for a in page.select("//tbody//a")] == ["Lewat"]
    assert "Terlambat 5 hari" in page.text
    assert f"/laporan/rekap-komitmen?q=lewat&organization_id={cast.units['kodam']}&format=xlsx" in page.links()
    assert any("status=late" in link and "q=lewat" in link for link in page.links())
    assert page.select("//option[@selected][normalize-space()='Kodam II/Sriwijaya']")
    assert "Tidak ada yang cocok" in sign_in("sekretariat").get("/komitmen?q=zzz").text


def test_a_day_that_does_not_exist_is_named_and_left_out(sign_in, one: int) -> None:
    page = sign_in("tni").get("/komitmen?due_from=31/02/2026")
    assert "Tanggal 31 tidak ada di bulan itu." in page.text
    assert page.select("//tbody//a")


def test_nonsense_in_the_address_is_ignored(sign_in, one: int) -> None:
    page = sign_in("tni").get(
        "/komitmen?organization_id=x&region_id=-1&status=apa&priority=9&sort=title&after=x&decision_id=1e9"
    )
    assert page.select("//tbody//a")


def test_the_list_alone_is_sent_to_htmx(sign_in, one: int) -> None:
    part = sign_in("tni").get("/komitmen?q=babinsa", htmx="daftar")
    assert part.tree.get("id") == "daftar"
    assert part.response.headers["Vary"].count("HX-Target")


def test_an_empty_list_says_what_to_do_first(sign_in) -> None:
    assert "Komitmen satuan Anda muncul di sini" in sign_in("tni").get("/komitmen").text
    assert "Catat komitmen: siapa, apa, berapa, kapan." in sign_in("sekretariat").get("/komitmen").text


# --- as of a day ---------------------------------------------------------------------------------------------------
def test_the_page_as_of_a_day_shows_what_was_known_then(sign_in, cast: Cast, write, one: int) -> None:
    with write():
        make.reported(cast, one, 200)
        service.edit(one, who=make.acting_as(cast, "admin"), version=1, terms=make.terms(cast, title="Judul baru"))
    browser = sign_in("sekretariat")
    then = browser.get(f"/komitmen/{one}?per=09/06/2026")
    assert then.h1 == "Babinsa mendampingi Kampung KB di setiap kecamatan"
    assert "Riwayat perubahan" in then.text
    assert "Belum ada pada hari itu" in browser.get(f"/komitmen/{one}?per=2017-03-07").text
    assert browser.get(f"/komitmen/{one}?per=10/06/2026").h1 == "Judul baru"
    assert "Tulis tanggal seperti" in browser.get(f"/komitmen/{one}?per=besok").text
    assert "Hari ini 10 Juni 2026." in browser.get(f"/komitmen/{one}?per=2026-06-11").text
    assert "Riwayat perubahan" not in sign_in("tni").get(f"/komitmen/{one}?per=09/06/2026").text


def test_older_reports_are_one_link_away(sign_in, cast: Cast, write, one: int) -> None:
    with write():
        for number in range(11):
            make.accepted(cast, one, number, note=f"Laporan ke-{number}")
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    assert len(page.select("//ol[@class='time']/li")) == 10
    older = next(link for link in page.links() if "sebelum=" in link)
    assert len(browser.get(older.partition("#")[0]).select("//ol[@class='time']/li")) == 2
