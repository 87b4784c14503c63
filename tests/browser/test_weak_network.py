"""Photos on a weak network: the words arrive first, each photo by itself, again where the network fails."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Enter
from tests.browser.photos import has_exif, photo, upload
from tests.browser.site import Site, Watch
from tests.browser.steps import report

NO_NETWORK = r"net::ERR_INTERNET_DISCONNECTED|ERR_FAILED"


def quick_pauses(page: Page) -> None:
    """The pauses between two tries last a twentieth."""
    page.evaluate("() => { const wait = setTimeout; window.setTimeout = (run, ms) => wait(run, ms / 20); }")


class Network:
    """The way of the photos to the server, which can be cut."""

    def __init__(self, page: Page, failures: int) -> None:
        self.failures, self.tries = failures, 0
        page.route(re.compile(r"/bukti$"), self._pass)

    def _pass(self, route: Route) -> None:
        self.tries += 1
        if self.failures > 0:
            self.failures -= 1
            route.abort("internetdisconnected")
        else:
            route.continue_()


@pytest.fixture
def liaison(enter: Enter, site: Site, watch: Watch) -> Page:
    """The liaison in front of a commitment without reports."""
    watch.allow(NO_NETWORK)
    page = enter("tni", width=360)
    page.goto(site.commitment("Pos terpadu di lokasi TMMD"))
    quick_pauses(page)
    return page


def photos_of(page: Page, words: str) -> list[str]:
    """The addresses of the evidence of the report that says `words`."""
    entry = page.locator("#riwayat li", has_text=words)
    links = [str(link.get_attribute("href")) for link in entry.get_by_role("link").all()]
    return [link for link in links if link.startswith("/lampiran/")]


def test_a_photo_whose_first_two_tries_fail_arrives_small_and_without_its_place(liaison: Page, site: Site) -> None:
    network, original = Network(liaison, failures=2), upload(seed=11)
    report(liaison, values={"Pos terpadu": "2"}, note="Dua pos berdiri.", files=original)
    expect(liaison.get_by_text("Laporan terkirim.")).to_be_visible()
    assert network.tries == 3
    sent = [request for request in site.received if request.path.endswith("/bukti")]
    assert len(sent) == 1
    assert 0 < sent[0].size < len(photo(seed=11)) / 3
    (address,) = photos_of(liaison, "Dua pos berdiri.")
    served = liaison.request.get(address)
    assert served.headers["content-type"].startswith("image/")
    assert served.headers["x-content-type-options"] == "nosniff"
    assert not has_exif(served.body())


def test_the_words_are_safe_when_no_photo_gets_through_and_it_works_later(liaison: Page, site: Site) -> None:
    network = Network(liaison, failures=99)
    report(
        liaison,
        values={"Pos terpadu": "3"},
        note="Tiga pos berdiri.",
        files=[upload("a.jpg", 900, 1), upload("b.jpg", 900, 2)],
    )
    told = liaison.get_by_role("status").filter(has_text="Laporan tersimpan.")
    expect(told).to_contain_text("2 foto belum terkirim")
    assert network.tries == 8
    before = len(site.received)
    network.failures = 0
    told.get_by_role("button", name="Coba lagi").click()
    expect(liaison.get_by_text("Laporan terkirim.")).to_be_visible()
    assert len(photos_of(liaison, "Tiga pos berdiri.")) == 2
    assert [r.path for r in site.received[before:] if r.path.endswith("/laporan")] == []  # the words went only once


def test_one_photo_of_two_can_be_sent_again_alone(liaison: Page) -> None:
    network = Network(liaison, failures=4)
    report(liaison, note="Satu foto menyusul.", files=[upload("a.jpg", 900, 3), upload("b.jpg", 900, 4)])
    told = liaison.get_by_role("status").filter(has_text="Laporan tersimpan.")
    expect(told).to_contain_text("1 foto belum terkirim")
    row = liaison.locator("[data-files] li", has_text="a.jpg")
    expect(row).to_contain_text("Belum terkirim")
    expect(liaison.locator("[data-files] li", has_text="b.jpg")).to_contain_text("Terkirim")
    row.get_by_role("button", name="Coba lagi").click()
    expect(liaison.get_by_text("Laporan terkirim.")).to_be_visible()
    assert len(photos_of(liaison, "Satu foto menyusul.")) == 2
    assert network.tries == 6


def test_without_any_network_nothing_is_lost_on_the_page(liaison: Page) -> None:
    liaison.route(re.compile(r"/laporan$"), lambda route: route.abort("internetdisconnected"))
    report(liaison, note="Belum ada sinyal.", files=upload("a.jpg", 900, 5))
    expect(liaison.get_by_role("alert")).to_contain_text("Periksa sambungan")
    expect(liaison.get_by_label("Apa yang sudah dikerjakan")).to_have_value("Belum ada sinyal.")
    liaison.unroute(re.compile(r"/laporan$"))
    liaison.get_by_role("button", name="Kirim laporan").click()
    expect(liaison.get_by_text("Laporan terkirim.")).to_be_visible()
    assert len(photos_of(liaison, "Belum ada sinyal.")) == 1


def test_a_file_that_is_refused_is_said_and_is_not_tried_again(liaison: Page, watch: Watch) -> None:
    watch.allow("422")
    network = Network(liaison, failures=0)
    broken = {"name": "rusak.jpg", "mimeType": "image/jpeg", "buffer": b"bukan gambar" * 50}
    report(liaison, note="Foto rusak.", files=broken)
    row = liaison.locator("[data-files] li", has_text="rusak.jpg")
    expect(row).to_contain_text("Belum terkirim")
    assert network.tries == 1
    liaison.get_by_role("link", name="Lanjut tanpa foto").click()
    expect(liaison.get_by_text("Laporan terkirim.")).to_be_visible()


def test_news_about_a_follow_up_sends_its_photos_the_same_way(enter: Enter, site: Site, watch: Watch) -> None:
    watch.allow(NO_NETWORK)
    page = enter("tni")
    page.goto(site.followup("Menetapkan jadwal pendampingan Babinsa triwulan ini"))
    quick_pauses(page)
    network = Network(page, failures=1)
    form = page.locator("#lapor")
    form.get_by_label("Apa yang sudah dikerjakan").fill("Jadwal ditempel di Koramil.")
    form.get_by_label("Bukti dukung").set_input_files(upload("papan.jpg", 1200, 6))
    form.get_by_role("button", name="Kirim kabar").click()
    entry = page.locator("#kabar li", has_text="Jadwal ditempel di Koramil.")
    expect(entry.get_by_role("link", name=re.compile("papan"))).to_be_visible()
    assert network.tries == 2
