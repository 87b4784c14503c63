"""One serah terima on a phone without JavaScript: find the post, see what is handed over, invite, send, be let in."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.site import Watch
from tests.browser.steps import fits

WORDS = "empat kuda lumping"


def test_the_secretariat_hands_a_post_over_on_a_phone_without_javascript(enter: Enter, watch: Watch) -> None:
    watch.allow("422")
    desk, old = enter("sekretariat", js=False, width=360), enter("polri", js=False, width=360)
    old.goto("/komitmen")
    title = old.locator("main a[href^='/komitmen/']").first
    href, words = title.get_attribute("href") or "", title.inner_text()
    desk.goto("/pengguna")
    desk.get_by_role("link", name="Serah terima").click()
    desk.get_by_label("Cari jabatan, satuan, orang").fill("penghubung polda")
    desk.get_by_role("button", name="Cari", exact=True).last.click()
    desk.get_by_role("link", name="Penghubung Polda").click()
    gets = desk.get_by_role("region", name="Yang diterima pengganti")
    expect(gets).to_contain_text("komitmen")
    expect(gets.get_by_role("heading", name="Tindak lanjut terbuka")).to_be_visible()
    assert fits(desk)
    # Too little first: what was typed stays, and the summary leads to the field.
    desk.get_by_label("Nama lengkap orang baru").fill("Kompol Sinta (contoh)")
    desk.get_by_role("button", name="Catat serah terima").click()
    expect(desk.get_by_role("alert").first).to_contain_text("salah satunya dipakai untuk masuk")
    expect(desk.get_by_label("Nama lengkap orang baru")).to_have_value("Kompol Sinta (contoh)")
    desk.get_by_label("Nomor ponsel").fill("0812 5555 7777")
    desk.get_by_role("button", name="Catat serah terima").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Serah terima tercatat")
    expect(desk.locator("main")).to_contain_text("AKP Dewi (contoh) bertugas sampai")
    whatsapp = desk.get_by_role("link", name="Kirim lewat WhatsApp").get_attribute("href") or ""
    assert whatsapp.startswith("https://wa.me/6281255557777?text=")
    assert fits(desk)
    link = desk.get_by_label("Tautan").input_value()
    desk.get_by_role("link", name="Lihat jabatan ini").click()
    expect(desk.get_by_role("row", name="Kompol Sinta (contoh)")).to_contain_text("Undangan belum dibuka")
    expect(desk.get_by_role("row", name="AKP Dewi (contoh)")).to_contain_text("Sudah selesai")
    assert fits(desk)
    # The predecessor is out at once, the successor goes on with the same work.
    old.goto(href)
    expect(old.get_by_role("heading", level=1)).to_have_text("Masuk")
    new = enter(js=False, width=360)
    new.goto(link[link.index("/undangan/") :])
    new.get_by_label("Kata sandi baru").fill(WORDS)
    new.get_by_label("Ulangi kata sandi").fill(WORDS)
    new.get_by_role("button", name="Simpan dan masuk").click()
    new.goto(href)
    expect(new.get_by_role("heading", level=1)).to_have_text(words)
