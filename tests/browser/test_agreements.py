"""A document is renewed with JavaScript off, and what hangs on it goes along."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_document_is_renewed_without_javascript(enter) -> None:
    page = enter("sekretariat", js=False)
    page.goto("/kerja-sama?status=expired")
    page.get_by_role("link", name="Pelatihan dan pendampingan pelayanan MKJP (contoh)").click()
    expect(page.locator("#bergantung")).to_contain_text("K-")
    page.get_by_role("link", name="Perpanjang naskah ini").click()
    ticked = page.locator("[name=commitment_ids]:checked")
    assert ticked.count() >= 1
    ticked.first.uncheck()
    page.get_by_label("Judul naskah baru").fill("Pelatihan MKJP, lanjutan")
    page.get_by_label("Berlaku sampai").fill("31/12/2030")
    page.get_by_role("button", name="Perpanjang", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pelatihan MKJP, lanjutan")
    expect(page.get_by_text("Perpanjangan tercatat.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Draf, belum ditandatangani.")
    page.get_by_role("link", name="Ubah", exact=True).click()
    page.get_by_label("Tanggal ditandatangani").fill("10/06/2026")
    page.get_by_role("button", name="Tambah pihak").click()
    expect(page.get_by_label("Tanggal ditandatangani")).to_have_value("10/06/2026")
    expect(page.get_by_text("Pihak 4", exact=True)).to_be_visible()
    page.get_by_role("button", name="Simpan", exact=True).last.click()
    expect(page.get_by_text("Rantai perpanjangan")).to_be_visible()
    page.get_by_role("link", name="Pelatihan dan pendampingan pelayanan MKJP (contoh)").first.click()
    expect(page.locator("main")).to_contain_text("Diperpanjang dengan naskah yang ditandatangani 10 Juni 2026.")


def test_a_party_is_added_in_place_and_nothing_typed_is_lost(enter) -> None:
    page = enter("sekretariat")
    page.goto("/kerja-sama/baru")
    page.get_by_label("Judul").fill("Naskah yang sedang ditulis")
    page.locator("#parties-0-number").fill("7/2026")
    page.get_by_role("button", name="Tambah pihak").click()
    expect(page.locator("#parties-2-number")).to_be_visible()
    expect(page.locator("#parties-0-number")).to_have_value("7/2026")
    expect(page.get_by_label("Judul")).to_have_value("Naskah yang sedang ditulis")
