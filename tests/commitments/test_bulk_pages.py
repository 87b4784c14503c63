"""Choosing in the list, checking, confirming: as the secretariat does it, without JavaScript."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from kbpartners.commitments import service
from tests.cast import Cast
from tests.factories import commitments as make

TODAY = date(2026, 6, 10)
MASSAL = "/komitmen/massal"


def days(n: int) -> timedelta:
    return timedelta(days=n)


@pytest.fixture
def three(cast: Cast, write) -> list[int]:
    with write():
        return [make.commitment(cast, title=f"Janji {n}", due_on=TODAY + days(20 + n)) for n in range(3)]


def facts(app, commitment_id: int) -> service.Facts:
    with app.app_context():
        return service.load(commitment_id)[0]


def press(browser, page, button: str, fields: dict[str, Any] | None = None, status: int = 200):
    """Fill in the form on the page and press the button with this value."""
    return browser.submit(page, MASSAL, {**(fields or {}), "langkah": button}, status)


def test_boxes_are_drawn_for_those_who_may_write_and_for_nobody_else(sign_in, three: list[int]) -> None:
    for name, boxes in (("sekretariat", 3), ("admin", 3), ("pimpinan", 0), ("tni", 0)):
        page = sign_in(name).get("/komitmen")
        assert len(page.select("//input[@type='checkbox']")) == boxes, name
        assert ("Ubah yang dipilih" in page.text) is bool(boxes), name


def test_all_on_the_page_are_ticked_without_javascript(sign_in, three: list[int]) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/komitmen?pilih=1")
    assert len(page.select("//input[@type='checkbox'][@checked]")) == 3
    assert "3 dipilih" in page.text
    assert "Pilih semua di halaman ini" in browser.get("/komitmen", htmx="daftar").text


def test_selected_counted_checked_confirmed_done(app, sign_in, three: list[int]) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"{MASSAL}?id={three[0]}.1.1&id={three[1]}.1.1")
    assert "2 komitmen dipilih." in page.text
    fields = {"action": "due_on", "due_on": "01/09/2026", "reason": "Anggaran belum turun"}
    page = press(browser, page, "periksa", fields)
    assert page.h1 == "Periksa perubahan"
    assert "2 komitmen akan diubah. 2 diundur" in page.text
    assert "Terapkan pada 2 komitmen" in page.text
    assert facts(app, three[0]).version == 1, "checking changes nothing"
    press(browser, page, "terapkan", status=303)
    assert [facts(app, id_).due_on for id_ in three] == [date(2026, 9, 1), date(2026, 9, 1), TODAY + days(22)]
    assert "2 komitmen diubah." in browser.get("/komitmen").text
    shown = sign_in("tni").get(f"/komitmen/{three[0]}").text
    assert "sudah ditunda 1 kali" in shown
    assert "semula 30 Juni 2026" in shown
    assert "Anggaran belum turun" in shown
    log = browser.get("/riwayat?jenis=commitment_bulk").text
    assert "mengubah tenggat 2 komitmen menjadi 1 September 2026: Anggaran belum turun" in log


def test_all_that_match_are_counted_and_stated(app, cast: Cast, write, sign_in, three: list[int]) -> None:
    with write():
        for n in range(55):
            make.commitment(cast, title=f"Lain {n}", owner="polda")
    browser = sign_in("sekretariat")
    page = browser.get(f"{MASSAL}?semua=1&organization_id={cast.units['polda']}")
    assert "55 komitmen cocok dengan saringan: berjalan, " in page.text
    page = press(browser, page, "periksa", {"action": "shift", "days": "7", "reason": "Libur"})
    assert "… dan 5 lagi." in page.text
    press(browser, page, "terapkan", status=303)
    assert facts(app, three[0]).version == 1
    assert facts(app, three[2] + 55).due_on == TODAY + days(37)


def test_an_empty_selection_says_what_to_do_first(sign_in) -> None:
    page = sign_in("sekretariat").get(MASSAL)
    assert "Belum ada yang dipilih" in page.text
    assert "Centang komitmen yang dimaksud" in page.text
    assert "Belum ada yang dipilih" in sign_in("admin").get(f"{MASSAL}?semua=1&q=tidakada").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "due_on", "due_on": "31/02/2027", "reason": "x"}, "Tanggal 31 tidak ada di bulan itu."),
        ({"action": "due_on", "due_on": "", "reason": "x"}, "Tulis tenggat baru."),
        ({"action": "due_on", "due_on": "01/09/2026", "reason": " "}, "Tulis alasannya."),
        ({"action": "shift", "days": "dua", "reason": "x"}, "Tulis bilangan bulat."),
        ({"action": "shift", "days": "0", "reason": "x"}, "Tulis berapa hari"),
        ({"action": "counterpart"}, "Pilih tim kerja yang masih ada."),
        ({"action": "period"}, "Tulis tanggal mulai atau akhir yang baru."),
        ({"action": "due_on", "due_on": "01/01/2026", "reason": "x"}, "3 komitmen tidak dapat diubah begitu: K-0001"),
        ({"action": "close"}, "Pilih apa yang diubah."),
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(sign_in, three: list[int], fields: dict, words: str) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"{MASSAL}?semua=1")
    page = (
        press(browser, page, "periksa", {"period_end": "31/12/2026", **fields}, 422)
        if fields.get("action") != "period"
        else press(browser, page, "periksa", fields, 422)
    )
    assert words in page.text
    typed = page.form(MASSAL)
    assert all(typed.get(name, "").strip() == value.strip() for name, value in fields.items() if value != "close")


def test_what_others_changed_meanwhile_is_named_and_asked_about_again(app, cast: Cast, write, sign_in, three) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"{MASSAL}?semua=1")
    page = press(browser, page, "periksa", {"action": "shift", "days": "7", "reason": "Libur"})
    with write():
        admin = make.acting_as(cast, "admin")
        terms = make.terms(cast, title="Diubah", due_on=TODAY + days(5))
        service.edit(three[0], who=admin, version=1, terms=terms)
    page = press(browser, page, "terapkan", status=409)
    assert "1 diubah orang lain: K-0001" in page.text
    assert facts(app, three[1]).version == 1
    press(browser, page, "sisanya", status=303)
    assert [facts(app, id_).version for id_ in three] == [2, 2, 2]
    assert facts(app, three[0]).due_on == TODAY + days(5)


def test_the_version_that_the_list_showed_counts(cast: Cast, write, sign_in, three: list[int]) -> None:
    with write():
        service.end(three[1], who=make.acting_as(cast, "admin"), reason="Bubar")
    page = sign_in("sekretariat").get(f"{MASSAL}?id={three[0]}.1.1&id={three[1]}.1.1")
    assert "1 diubah orang lain: K-0002" in page.text
    assert "1 di antaranya sudah selesai atau dihentikan" in page.text


def test_a_choice_of_somebody_else_or_a_forged_one_is_worth_nothing(sign_in, three: list[int]) -> None:
    page = sign_in("sekretariat").get(f"{MASSAL}?semua=1")
    fields = {**page.form(MASSAL), "langkah": "periksa"}
    other = sign_in("admin")
    for choice in (fields["choice"], "karangan", ""):
        found = other.post(MASSAL, {**fields, "choice": choice, "csrf_token": other.csrf()}, 422)
        assert "Pilihan di halaman ini tidak lagi berlaku." in found.text


def test_going_back_keeps_what_was_typed(sign_in, three: list[int]) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"{MASSAL}?semua=1")
    page = press(browser, page, "periksa", {"action": "due_on", "due_on": "1/9/2026", "reason": "Sebab\nkedua"})
    page = press(browser, page, "kembali")
    typed = page.form(MASSAL)
    assert (typed["due_on"], typed["reason"].replace("\r", "")) == ("1/9/2026", "Sebab\nkedua")


def test_the_form_of_one_commitment_asks_why(sign_in, three: list[int]) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{three[0]}/ubah")
    page = browser.submit(page, f"/komitmen/{three[0]}/ubah", {"due_on": "01/12/2026"}, 422)
    assert "Tenggat diundur: tulis alasan penundaannya." in page.errors()
    browser.submit(page, f"/komitmen/{three[0]}/ubah", {"reason": "Menunggu dana"})
    assert "Menunggu dana" in browser.get(f"/komitmen/{three[0]}").text
    assert "Alasan penundaan" not in browser.get("/komitmen/baru").text


def test_others_are_refused(sign_in, three: list[int]) -> None:
    for name in ("pimpinan", "tni", "opd", "stranger"):
        browser = sign_in(name)
        browser.get(f"{MASSAL}?semua=1", 403)
        browser.post(MASSAL, {"langkah": "terapkan"}, 403)
