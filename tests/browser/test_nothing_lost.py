"""What somebody has typed survives a reload, a refusal and the end of the session, with JavaScript and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter
from tests.browser.photos import upload
from tests.browser.site import PASSWORD, Site, Watch
from tests.browser.steps import report, report_form

NOTE = "Apa yang sudah dikerjakan"
WORDS = "Sudah dibahas dengan Danramil,\nmenunggu jadwal."
both = pytest.mark.parametrize("js", [True, False], ids=["js", "nojs"])


def drafts(page: Page) -> list[str]:
    """The names of the drafts that this device keeps."""
    return list(page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('draft:'))"))


def sign_in_again(page: Page, account: str) -> None:
    """On the page that says that the session is over."""
    page.get_by_label("Surel atau nomor ponsel").fill(f"{account}@contoh.id")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk dan lanjutkan").click()


@pytest.fixture
def path(site: Site) -> str:
    """A commitment of the TNI that waits for reports."""
    return site.commitment("Dukungan angkutan pelayanan ke desa terpencil")


# --- drafts -------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_there_after_a_reload_and_gone_once_it_is_sent(enter: Enter, path: str) -> None:
    page = enter("tni", width=360)
    page.goto(path)
    report_form(page).get_by_label(NOTE).fill(WORDS)
    report_form(page).get_by_label("Desa terlayani").fill("31")
    report_form(page).get_by_label("Ada kendala").check()
    expect(page.get_by_text("Draf tersimpan di perangkat ini")).to_be_visible()
    page.reload()
    expect(report_form(page).get_by_label(NOTE)).to_have_value(WORDS)
    expect(report_form(page).get_by_label("Desa terlayani")).to_have_value("31")
    expect(report_form(page).get_by_label("Ada kendala")).to_be_checked()
    report_form(page).get_by_role("textbox", name="Kendala").fill("Jalan putus.")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.get_by_text("Laporan terkirim.")).to_be_visible()
    assert drafts(page) == []
    page.goto(path)
    expect(report_form(page).get_by_label(NOTE)).to_have_value("")


def test_a_draft_can_be_thrown_away_and_another_person_does_not_see_it(enter: Enter, site: Site, path: str) -> None:
    page = enter("tni")
    page.goto(path)
    report_form(page).get_by_label(NOTE).fill(WORDS)
    page.context.add_cookies([{"name": "kbp", "value": site.cookie("sekretariat"), "url": site.url}])
    page.goto(path)
    expect(report_form(page).get_by_label(NOTE)).to_have_value("")
    page.context.add_cookies([{"name": "kbp", "value": site.cookie("tni"), "url": site.url}])
    page.goto(path)
    expect(report_form(page).get_by_label(NOTE)).to_have_value(WORDS)
    page.get_by_role("button", name="Buang draf").click()
    assert drafts(page) == []
    page.reload()
    expect(report_form(page).get_by_label(NOTE)).to_have_value("")


# --- refusals -----------------------------------------------------------------------------------------------------


@both
def test_after_a_refusal_nobody_types_or_chooses_files_again(enter: Enter, watch: Watch, path: str, js: bool) -> None:
    watch.allow("422")
    page = enter("tni", js=js, width=360)
    page.goto(path)
    words = f"Ditolak dulu {js}."
    report(page, values={"Desa terlayani": "1,234.5"}, note=words, files=upload("desa.jpg", 900, int(js)))
    summary = page.get_by_role("alert").filter(has_text="Laporan belum terkirim")
    expect(summary).to_be_visible()
    if js:
        expect(summary).to_be_focused()
    summary.get_by_role("link", name=re.compile("Desa terlayani")).click()
    field = report_form(page).get_by_label("Desa terlayani")
    expect(field).to_be_focused()
    expect(field).to_have_value("1,234.5")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(report_form(page).get_by_label(NOTE)).to_have_value(words)
    expect(report_form(page)).to_contain_text("desa.")  # the file is named: kept by the server, or still chosen here
    field.fill("1.234,5")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.get_by_text("Laporan terkirim.")).to_be_visible()
    entry = page.locator("#riwayat li", has_text=words)
    expect(entry).to_contain_text("1.234,5")
    expect(entry.get_by_role("link", name=re.compile("desa"))).to_have_count(1)


def test_two_people_edit_the_same_commitment_and_nobodys_words_are_lost(enter: Enter, watch: Watch, path: str) -> None:
    watch.allow("409")
    mine, theirs = enter("sekretariat"), enter("admin")
    for page in (mine, theirs):
        page.goto(f"{path}/ubah")
    theirs.get_by_label("Uraian").fill("Ditulis admin.")
    theirs.get_by_role("button", name="Simpan").click()
    theirs.wait_for_url(re.compile(r"/komitmen/\d+$"))
    mine.get_by_label("Uraian").fill("Ditulis sekretariat.")
    mine.get_by_role("button", name="Simpan").click()
    expect(mine.get_by_role("heading", level=1)).to_contain_text("baru saja diubah orang lain")
    expect(mine.locator("main")).to_contain_text("Ditulis admin.")
    expect(mine.locator("main")).to_contain_text("Ditulis sekretariat.")
    mine.get_by_role("button", name="Pakai ketikan saya").click()
    mine.wait_for_url(re.compile(r"/komitmen/\d+$"))
    expect(mine.locator("main")).to_contain_text("Ditulis sekretariat.")


# --- the session is over ------------------------------------------------------------------------------------------


@both
def test_a_session_that_ends_while_somebody_types_loses_no_word(
    enter: Enter, site: Site, watch: Watch, path: str, js: bool
) -> None:
    watch.allow("419")
    page = enter("tni", js=js, width=360)
    page.goto(path)
    words = f"{WORDS} {js}"
    site.end_sessions()
    report(page, values={"Desa terlayani": "33"}, note=words, next_step="Jadwal minggu depan.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sesi Anda berakhir")
    expect(page.get_by_label(NOTE)).to_have_value(words)
    sign_in_again(page, "tni")
    expect(page.get_by_role("heading", level=1)).to_have_text("Isian Anda masih ada")
    expect(page.get_by_label(NOTE)).to_have_value(words)
    expect(page.get_by_label("Langkah berikutnya")).to_have_value("Jadwal minggu depan.")
    page.get_by_role("button", name="Kirim ulang").click()
    expect(page.get_by_text("Laporan terkirim.")).to_be_visible()
    expect(page.locator("#riwayat li").first).to_contain_text("33")


@both
def test_what_was_typed_is_not_shown_to_somebody_else(
    enter: Enter, site: Site, watch: Watch, path: str, js: bool
) -> None:
    watch.allow("419")
    page = enter("tni", js=js)
    page.goto(path)
    site.end_sessions()
    report(page, note="Hanya untuk TNI.")
    sign_in_again(page, "polri")
    page.wait_for_url("**/")
    expect(page.locator("body")).to_contain_text("milik akun lain")
    expect(page.locator("body")).not_to_contain_text("Hanya untuk TNI.")
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_contain_text("tidak ditemukan", ignore_case=True)
    watch.allow("404")


@both
def test_with_photos_chosen_the_words_survive_and_the_page_asks_for_the_photos_again(
    enter: Enter, site: Site, watch: Watch, path: str, js: bool
) -> None:
    watch.allow("419")
    page = enter("tni", js=js, width=360)
    page.goto(path)
    site.end_sessions()
    report(page, note=f"Dengan foto {js}.", files=upload("foto.jpg", 900, 7))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sesi Anda berakhir")
    sign_in_again(page, "tni")
    expect(page.get_by_label(NOTE)).to_have_value(f"Dengan foto {js}.")
    page.get_by_label("Bukti dukung").set_input_files(upload("foto.jpg", 900, 7))
    page.get_by_role("button", name="Kirim ulang").click()
    expect(page.get_by_text("Laporan terkirim.")).to_be_visible()
    entry = page.locator("#riwayat li", has_text=f"Dengan foto {js}.")
    expect(entry.get_by_role("link", name=re.compile("foto"))).to_have_count(1)


def test_a_wrong_password_on_that_page_keeps_the_words_too(enter: Enter, site: Site, watch: Watch, path: str) -> None:
    watch.allow("419|422")
    page = enter("tni", js=False)
    page.goto(path)
    site.end_sessions()
    report(page, note=WORDS)
    page.get_by_label("Surel atau nomor ponsel").fill("tni@contoh.id")
    page.get_by_label("Kata sandi").fill("salah")
    page.get_by_role("button", name="Masuk dan lanjutkan").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label(NOTE)).to_have_value(WORDS)
    sign_in_again(page, "tni")
    expect(page.get_by_label(NOTE)).to_have_value(WORDS)


def test_a_decision_made_after_the_session_ended_is_kept_until_one_is_in_again(
    enter: Enter, site: Site, watch: Watch
) -> None:
    watch.allow("419")
    page = enter("sekretariat")
    page.goto(site.commitment("Data personel penggerak per Kodim"))
    site.end_sessions()
    page.get_by_text("Perlu dilengkapi").first.click()
    page.get_by_label("Apa yang perlu dilengkapi?").fill("Mohon daftar per Kodim.")
    page.get_by_role("button", name="Kirim permintaan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sesi Anda berakhir")
    sign_in_again(page, "sekretariat")
    expect(page.locator("main")).to_contain_text("Mohon daftar per Kodim.")
    page.get_by_role("button", name="Kirim ulang").click()
    expect(page.locator("main")).to_contain_text("Mohon daftar per Kodim.")
    expect(page.locator("#riwayat li").first).to_contain_text("Perlu dilengkapi")


def test_a_list_that_is_narrowed_after_the_session_ended_leads_to_the_sign_in_page_and_back(
    enter: Enter, site: Site, watch: Watch
) -> None:
    watch.allow("401")
    page = enter("tni")
    page.goto("/komitmen?status=late")
    site.end_sessions()
    page.get_by_label("Judul atau kode").or_(page.locator("#f-q")).first.fill("Babinsa")
    page.get_by_role("button", name="Saring").click()
    page.wait_for_url(re.compile("/masuk"))
    page.get_by_label("Surel atau nomor ponsel").fill("tni@contoh.id")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.wait_for_url(re.compile(r"/komitmen\?status=late"))
