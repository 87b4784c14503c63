"""What changes in place: the list under its filter, the regions below the chosen one, a decision in the queue."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from kbpartners.followups.models import FollowupUpdate
from tests.browser.conftest import Enter
from tests.browser.site import Site, Watch
from tests.browser.steps import expect_toast, waiting_panel

LATE = "Babinsa mendampingi Kampung KB di setiap kecamatan"
both = pytest.mark.parametrize("js", [True, False], ids=["js", "nojs"])


def loads(page: Page) -> list[str]:
    """The pages that are loaded whole from now on."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if request.is_navigation_request() else None)
    return seen


@both
def test_a_narrowed_list_has_an_address_of_its_own_and_the_way_back_works(enter: Enter, js: bool) -> None:
    page = enter("tni", js=js)
    page.goto("/komitmen")
    whole = loads(page)
    expect(page.get_by_role("link", name="Pos terpadu di lokasi TMMD")).to_be_visible()
    page.locator("main").get_by_label("Status").select_option(label="Terlambat")
    page.get_by_role("button", name="Saring").click()
    expect(page.get_by_role("link", name="Pos terpadu di lokasi TMMD")).to_have_count(0)
    expect(page.get_by_role("link", name=LATE)).to_be_visible()
    page.wait_for_url(re.compile("status=late"))
    if js:
        assert whole == []
    page.reload()
    expect(page.get_by_role("link", name=LATE)).to_be_visible()
    expect(page.locator("main").get_by_label("Status")).to_have_value("late")
    page.go_back()
    page.wait_for_url(re.compile(r"/komitmen$"))
    expect(page.get_by_role("link", name="Pos terpadu di lokasi TMMD")).to_be_visible()
    if js:  # without it, the browser itself fills in again what was chosen before going on
        expect(page.locator("main").get_by_label("Status")).to_have_value("open")
    page.go_forward()
    expect(page.get_by_role("link", name="Pos terpadu di lokasi TMMD")).to_have_count(0)


@pytest.mark.parametrize("path", ["/tindak-lanjut", "/kampung-kb", "/kegiatan", "/mitra", "/rapat", "/riwayat"])
def test_every_list_narrows_without_loading_the_page_again(enter: Enter, path: str) -> None:
    page = enter("sekretariat")
    page.goto(path)
    whole = loads(page)
    form = page.locator("main form.filter").first
    field = form.locator("input[name=q], select").first
    if field.evaluate("node => node.tagName") == "SELECT":
        field.select_option(index=1)
    else:
        field.fill("lahat")
    form.get_by_role("button").first.click()
    page.wait_for_url(re.compile(re.escape(path) + r"\?"))
    assert whole == []
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@both
def test_the_regions_below_the_chosen_one_are_offered(enter: Enter, js: bool) -> None:
    page = enter("sekretariat", js=js, width=360)
    page.goto("/komitmen/baru")
    page.get_by_label("Judul").fill("Dengan wilayah")
    whole = loads(page)
    page.get_by_label("Kabupaten/kota").select_option(label="Kabupaten Lahat")
    if not js:
        page.locator("button[name=cascade]").first.click()
    district = page.get_by_label("Kecamatan")
    expect(district.locator("option", has_text="Merapi Barat")).to_have_count(1)
    district.select_option(label="Merapi Barat")
    if not js:
        page.locator("button[name=cascade]").first.click()
    village = page.get_by_role("combobox", name="Desa")
    expect(village.locator("option")).not_to_have_count(1)
    name = village.locator("option").nth(1).inner_text()
    village.select_option(label=name)
    if js:
        assert whole == []
    expect(page.get_by_label("Judul")).to_have_value("Dengan wilayah")
    page.get_by_label("Satuan penanggung jawab").select_option(index=2)
    page.get_by_label("Mulai dilaksanakan").fill("01/06/2026")
    page.get_by_label("Tenggat").fill("30/06/2026")
    page.get_by_role("button", name="Simpan").first.click()
    page.wait_for_url(re.compile(r"/komitmen/\d+$"))
    expect(page.locator("main")).to_contain_text(name)


@both
def test_a_decision_in_the_queue_changes_its_row(enter: Enter, site: Site, js: bool) -> None:
    page = enter("sekretariat", js=js)
    page.goto("/komitmen/verifikasi")
    rows = page.get_by_role("region", name="Laporan yang menunggu").get_by_role("listitem")
    before = rows.count()
    assert before > 3
    whole = loads(page)
    row = rows.first
    code = row.locator(".code").inner_text()
    title = row.get_by_role("heading").inner_text()
    row.get_by_role("button", name=re.compile("^Terima")).click()
    if js:
        expect(rows.first).to_contain_text("Diterima")
        expect(rows.first).to_contain_text(code)
        expect(rows.first.get_by_role("button")).to_have_count(0)
        assert whole == []
        assert rows.count() == before
    else:
        expect_toast(page, f"Laporan {code} diterima.")
        assert rows.count() == before - 1
    page.goto("/komitmen?status=all")
    expect(page.get_by_role("link", name=title).first).to_be_visible()


def test_a_return_without_a_reason_is_refused_in_the_row_and_then_accepted(enter: Enter, watch: Watch) -> None:
    watch.allow("422")
    page = enter("sekretariat")
    page.goto("/komitmen/verifikasi")
    row = page.get_by_role("region", name="Laporan yang menunggu").get_by_role("listitem").last
    identity = row.get_attribute("id")
    row = page.locator(f"#{identity}")
    row.locator("summary").click()
    row.get_by_role("button", name="Kirim permintaan").click()
    expect(row.get_by_role("alert")).to_be_visible()
    row.get_by_label("Apa yang perlu dilengkapi?").fill("Mohon angka per Polres.")
    row.get_by_role("button", name="Kirim permintaan").click()
    expect(row).to_contain_text("Perlu dilengkapi")
    expect(row.get_by_role("button")).to_have_count(0)


def test_a_decision_on_the_page_shows_a_line_with_the_way_to_the_next(enter: Enter, site: Site) -> None:
    page = enter("sekretariat")
    page.goto(site.commitment("Pengamanan dan penggerakan pelayanan KB serentak"))
    whole = loads(page)
    waiting_panel(page, "putaran kedua").get_by_role("button", name="Terima laporan").click()
    expect_toast(page, "diterima")
    expect(waiting_panel(page, "putaran kedua")).to_have_count(0)
    assert whole == []
    page.locator("#toasts").get_by_role("link", name="Berikutnya").click()
    expect(page.get_by_role("region", name="menunggu verifikasi").first).to_be_visible()


def test_a_proposal_in_the_queue_of_the_beranda_is_decided_in_its_row(enter: Enter, site: Site) -> None:
    with site.database() as session:  # it has waited longest, so that it is on top
        waiting = update(FollowupUpdate).where(FollowupUpdate.status == "submitted")
        session.execute(waiting.values(submitted_at=datetime(2026, 6, 1, 3, tzinfo=UTC)))
    page = enter("sekretariat")
    page.goto("/")
    whole = loads(page)
    row = page.locator("#antrean [id^='q-u']").first
    identity = row.get_attribute("id")
    row.get_by_role("button", name=re.compile("^Terima")).click()
    expect(page.locator(f"#{identity}")).to_contain_text("Diterima")
    assert whole == []


@both
def test_a_summary_for_whatsapp_can_be_copied(enter: Enter, js: bool) -> None:
    page = enter("sekretariat", js=js)
    if js:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/komitmen?status=late")
    page.get_by_text("Salin untuk WhatsApp").first.click()
    if js:
        expect_toast(page, "Disalin")
        text = page.evaluate("navigator.clipboard.readText()")
    else:
        text = page.locator("details[open] textarea").input_value()
    assert "*" in text
    assert "terlambat" in text
    assert "/komitmen/" in text
