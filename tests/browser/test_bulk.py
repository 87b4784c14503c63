"""Many commitments at once: select, check, done; one template to all Kodim. With JavaScript and without, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.steps import fits


@pytest.mark.parametrize("js", [True, False])
def test_selected_commitments_are_put_off_and_say_so(enter: Enter, js: bool) -> None:
    page = enter("sekretariat", js=js, width=360)
    page.goto("/komitmen?q=K-0005" if js else "/komitmen?q=K-0016")
    page.locator("tbody [type=checkbox]").check()
    if js:
        expect(page.locator("[data-count]")).to_have_text("1 dipilih")
    assert fits(page)
    page.get_by_role("button", name="Ubah yang dipilih").click()
    expect(page.get_by_text("1 komitmen dipilih.")).to_be_visible()
    assert fits(page)
    page.get_by_label("geser sekian hari").check()
    page.get_by_label("Geser tenggat, hari").fill("30")
    page.get_by_label("Alasan").fill("Menunggu anggaran perubahan.")
    page.get_by_role("button", name="Periksa dahulu").click()
    expect(page.locator("h1")).to_have_text("Periksa perubahan")
    assert fits(page)
    page.get_by_role("button", name="Terapkan pada 1 komitmen").click()
    page.wait_for_url("**/komitmen")
    page.goto("/komitmen?q=K-0005" if js else "/komitmen?q=K-0016")
    page.locator("tbody a.t").click()
    expect(page.get_by_text("Menunggu anggaran perubahan.")).to_be_visible()
    expect(page.get_by_role("link", name="sudah ditunda")).to_be_visible()
    assert fits(page)


@pytest.mark.parametrize("js", [True, False])
def test_all_on_the_page_are_ticked_in_place_or_by_a_link(enter: Enter, js: bool) -> None:
    page = enter("sekretariat", js=js)
    page.goto("/komitmen?status=late")
    boxes = page.locator("tbody [type=checkbox]").count()
    page.get_by_role("link", name="Pilih semua di halaman ini").click()
    expect(page.locator("[data-count]")).to_have_text(f"{boxes} dipilih")
    expect(page.locator("tbody :checked")).to_have_count(boxes)
    assert ("pilih" in page.url) is not js
    page.get_by_role("button", name="Ubah semua yang cocok").click()
    expect(page.get_by_text(f"{boxes} komitmen cocok dengan saringan: terlambat.")).to_be_visible()


@pytest.mark.parametrize("js", [True, False])
def test_one_template_reaches_all_kodim_each_with_its_own_target(enter: Enter, js: bool) -> None:
    page = enter("sekretariat", js=js, width=360)
    title = f"Pelayanan KB bersama Babinsa {'satu' if js else 'dua'}"
    page.goto("/komitmen/sebar")
    page.get_by_label("Judul").fill(title)
    page.get_by_label("Mulai dilaksanakan").fill("01/12/2027")
    page.get_by_label("Tenggat").fill("01/03/2028")
    page.get_by_label("Mitra", exact=True).select_option(label="Kodam II/Sriwijaya")
    page.get_by_label("Nama memuat").fill("Kodim")
    page.get_by_label("Nama indikator").first.fill("Akseptor")
    page.get_by_label("Target").first.fill("500")
    assert fits(page)
    page.get_by_role("button", name="Lanjut: target tiap satuan").click()
    expect(page.locator("h1")).to_have_text("Target tiap satuan")
    boxes = page.locator("tbody [type=checkbox]")
    count = boxes.count()
    page.get_by_text("Tempel target dari lembar kerja").click()
    page.locator("#paste-0").fill("\n".join(str(100 * (k + 1)) for k in range(count)))
    page.get_by_role("button", name="Isi tabel").click()
    expect(page.locator("input[name^=target-]").nth(1)).to_have_value("200")
    boxes.first.uncheck()
    assert fits(page)
    page.get_by_role("button", name="Periksa dahulu").click()
    expect(page.get_by_text("1 satuan dilewati:")).to_be_visible()
    page.get_by_role("button", name=f"Catat {count - 1} komitmen").click()
    page.wait_for_url("**/komitmen?*")
    expect(page.locator("tbody a.t", has_text=title)).to_have_count(count - 1)
    assert fits(page)
