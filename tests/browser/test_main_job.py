"""The main job, end to end: a liaison reports, the secretariat sees, returns and accepts, a record is closed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter
from tests.browser.photos import has_exif, upload
from tests.browser.site import Site, Watch
from tests.browser.steps import expect_toast, fits, report, report_form, send_back, sign_in, waiting_panel


@dataclass(frozen=True)
class Job:
    """One liaison's way through the job: the late commitment, its first figure, the follow-up, how it is used."""

    account: str
    late: str
    figure: str
    value: str
    silent: str
    followup: str
    js: bool
    width: int


JOBS = [
    Job(
        "tni",
        "Babinsa mendampingi Kampung KB di setiap kecamatan",
        "Kecamatan dengan Kampung KB yang didampingi",
        "190",
        "Dukungan angkutan pelayanan ke desa terpencil",
        "Mengganti Babinsa yang pindah tugas di enam kecamatan",
        js=True,
        width=1280,
    ),
    Job(
        "polri",
        "Bhakti Sosial Bhayangkara KB-Kesehatan",
        "Peserta pelayanan",
        "1.600",
        "Pos pelayanan KB di Polsek",
        "Mengirim data peserta pelayanan per Polres",
        js=False,
        width=1280,
    ),
    Job(
        "idi",
        "Dokter pendamping pelayanan MKJP di kabupaten/kota",
        "Kabupaten/kota dengan dokter pendamping",
        "14",
        "Rujukan komplikasi pelayanan KB",
        "Mengirim nama narahubung cabang",
        js=True,
        width=360,
    ),
]


each_way = pytest.mark.parametrize("job", JOBS, ids=["js", "nojs", "phone"])
on_a_desk = pytest.mark.parametrize("job", JOBS[:2], ids=["js", "nojs"])


@pytest.fixture
def liaison(enter: Enter, job: Job) -> Page:
    return enter(job.account, js=job.js, width=job.width)


@pytest.fixture
def secretariat(enter: Enter, job: Job) -> Page:
    return enter("sekretariat", js=job.js, width=job.width)


def items(page: Page, section: str) -> list[str]:
    """The titles of the work items of a section of the Beranda, in their order."""
    return page.get_by_role("region", name=section).get_by_role("heading", level=3).all_inner_texts()


@each_way
def test_a_report_goes_from_the_liaison_through_a_return_to_its_acceptance(enter: Enter, site: Site, job: Job) -> None:
    liaison, secretariat = (enter(js=job.js, width=job.width) for _ in range(2))
    sign_in(liaison, job.account)
    sign_in(secretariat, "sekretariat")
    # The liaison sees what is late first and opens it with one tap.
    expect(liaison.get_by_role("heading", level=1)).to_have_text("Yang harus saya laporkan")
    assert fits(liaison)
    first = liaison.get_by_role("region", name="Kerjakan dulu")
    assert job.late in items(liaison, "Kerjakan dulu")
    expect(first.get_by_role("listitem").filter(has_text=job.late)).to_contain_text("Terlambat 5 hari")
    first.get_by_role("link", name=job.late).click()
    expect(liaison.get_by_role("heading", level=1)).to_have_text(job.late)
    assert fits(liaison)
    here = liaison.url

    # One short form, with a photo.
    report(
        liaison,
        values={job.figure: job.value},
        note=f"Laporan pertama {job.account}.",
        status="Ada kendala",
        obstacle="Petugas berganti.",
        next_step="Menunjuk pengganti.",
        files=upload("kegiatan.jpg", seed=len(job.account)),
    )
    expect(liaison.get_by_text("Laporan terkirim.")).to_be_visible()
    entry = liaison.locator("#riwayat li").filter(has_text=f"Laporan pertama {job.account}.")
    expect(entry).to_contain_text("Menunggu verifikasi")
    expect(entry).to_contain_text(job.value)
    address = entry.get_by_role("link", name=re.compile("kegiatan")).get_attribute("href")
    assert address
    assert address.startswith("/lampiran/")
    assert not has_exif(liaison.request.get(address).body())

    # The secretariat finds it in the queue, opens it and asks for more.
    queue = secretariat.get_by_role("region", name="Menunggu verifikasi")
    expect(queue).to_be_visible()
    secretariat.goto("/komitmen/verifikasi")
    row = secretariat.get_by_role("listitem").filter(has_text=f"Laporan pertama {job.account}.")
    row.get_by_role("link", name=job.late).click()
    panel = waiting_panel(secretariat, f"Laporan pertama {job.account}.")
    expect(panel).to_contain_text(job.value)
    expect(panel).to_contain_text("Petugas berganti.")
    expect(panel.get_by_role("link", name=re.compile("kegiatan"))).to_have_count(1)
    send_back(panel, "Mohon daftar lokasinya.")
    expect_toast(secretariat, "Permintaan melengkapi")
    expect(panel).to_have_count(0)

    # It is on top of the liaison's page, with the sentence; the liaison reports again.
    liaison.goto("/")
    assert job.late in items(liaison, "Kerjakan dulu")[:2]
    returned = liaison.get_by_role("listitem").filter(has_text=job.late)
    expect(returned.first).to_contain_text("Perlu dilengkapi")
    expect(returned.first).to_contain_text("Mohon daftar lokasinya.")
    returned.first.get_by_role("link", name="Lengkapi").click()
    assert liaison.url.partition("#")[0] == here.partition("#")[0]
    report(liaison, values={job.figure: job.value}, note=f"Dengan daftar {job.account}.")
    expect(liaison.get_by_text("Laporan terkirim.")).to_be_visible()

    # Accepted in place: the figures change before one's eyes.
    secretariat.goto(here)
    indicators = secretariat.get_by_role("region", name="Indikator")
    expect(indicators).to_contain_text("belum diverifikasi")
    panel = waiting_panel(secretariat, f"Dengan daftar {job.account}.")
    panel.get_by_role("button", name="Terima laporan").click()
    expect_toast(secretariat, "diterima")
    expect(waiting_panel(secretariat, f"Dengan daftar {job.account}.")).to_have_count(0)
    figure = secretariat.locator(".ind", has_text=job.figure)
    expect(figure).to_contain_text(f"Realisasi{job.value}")
    liaison.goto(here)
    entry = liaison.locator("#riwayat li").filter(has_text=f"Dengan daftar {job.account}.")
    expect(entry).to_contain_text("Diterima")


@on_a_desk
def test_a_report_that_came_by_whatsapp_is_recorded_on_behalf_of_the_unit_and_the_next_one_after_it(
    secretariat: Page, site: Site, job: Job
) -> None:
    secretariat.goto("/")
    secretariat.get_by_role("link", name="Catat laporan atas nama").click()
    secretariat.get_by_label("Judul atau kode").fill(job.silent)
    secretariat.get_by_role("button", name="Cari", exact=True).last.click()
    secretariat.get_by_role("link", name=job.silent).click()
    form = report_form(secretariat)
    form.get_by_label("Diterima lewat").select_option(label="WhatsApp")
    form.get_by_label("Pengirim").fill("Kapten Andi, perwira staf")
    form.get_by_label("Tanggal surat atau pesan").fill("09/06/2026")
    form.get_by_label("Apa yang sudah dikerjakan").fill("Izin Bu, sudah 12 desa terlayani, foto menyusul.")
    form.get_by_label("Bukti dukung").set_input_files(upload("tangkapan-layar.png.jpg", 900, 21))
    form.get_by_role("button", name="Simpan laporan").click()
    told = secretariat.get_by_role("status").filter(has_text="Laporan tercatat.")
    expect(told).to_be_visible()
    entry = secretariat.locator("#riwayat li").first
    expect(entry).to_contain_text("Dicatat sekretariat atas nama")
    expect(entry).to_contain_text("Kapten Andi, perwira staf")
    expect(entry).to_contain_text("9 Juni 2026")
    expect(entry).to_contain_text("bukti sumber")
    told.get_by_role("link", name="Catat berikutnya").click()
    expect(secretariat.get_by_text("dari catatan sebelumnya ikut terisi")).to_be_visible()
    secretariat.get_by_label("Judul atau kode").fill(job.late)
    secretariat.get_by_role("button", name="Cari", exact=True).last.click()
    secretariat.get_by_role("link", name=job.late).click()
    form = report_form(secretariat)
    expect(form.get_by_label("Pengirim")).to_have_value("Kapten Andi, perwira staf")
    expect(form.get_by_label("Tanggal surat atau pesan")).to_have_value("09/06/2026")
    # With the source attached, the one who recorded it may verify it.
    secretariat.goto(site.commitment(job.silent))
    panel = waiting_panel(secretariat, "Izin Bu")
    panel.get_by_role("button", name="Terima laporan").click()
    expect_toast(secretariat, "diterima")


@on_a_desk
def test_a_commitment_that_is_proposed_as_done_is_done_once_the_secretariat_agrees(
    liaison: Page, secretariat: Page, site: Site, job: Job
) -> None:
    path = site.commitment(job.silent)
    liaison.goto(path)
    report(liaison, note="Semuanya selesai.", status="Usulkan selesai")
    expect(liaison.get_by_text("Laporan terkirim.")).to_be_visible()
    expect(liaison.locator(".head")).to_contain_text("Diusulkan selesai")
    secretariat.goto("/komitmen?status=proposed_done")
    secretariat.get_by_role("link", name=job.silent).click()
    panel = waiting_panel(secretariat, "Semuanya selesai.")
    expect(panel).to_contain_text("Diusulkan selesai")
    panel.get_by_role("button", name="Terima laporan").click()
    expect_toast(secretariat, "diterima")
    expect(secretariat.locator(".head .line")).to_contain_text("Selesai")
    liaison.goto(path)
    expect(liaison.locator(".head .line")).to_contain_text("Selesai")
    expect(report_form(liaison)).to_have_count(0)


@on_a_desk
def test_a_follow_up_is_reported_on_proposed_as_done_and_closed(
    liaison: Page, secretariat: Page, site: Site, job: Job
) -> None:
    liaison.goto("/tindak-lanjut")
    liaison.get_by_role("link", name=job.followup).click()
    expect(liaison.get_by_role("heading", level=1)).to_have_text(job.followup)
    expect(liaison.locator(".head .line")).to_contain_text("Terlambat 3 hari")
    form = report_form(liaison)
    form.get_by_label("Apa yang sudah dikerjakan").fill("Surat sudah dikirim.")
    form.get_by_role("textbox", name="Kendala").fill("Menunggu balasan.")
    form.get_by_role("button", name="Kirim kabar").click()
    expect(liaison.locator("#kabar li").first).to_contain_text("Surat sudah dikirim.")
    form = report_form(liaison)
    form.get_by_label("Usulkan selesai").check()
    form.get_by_label("Apa yang sudah dikerjakan").fill("Balasan diterima, selesai.")
    form.get_by_label("Bukti dukung").set_input_files(upload("balasan.jpg", 900, 31))
    form.get_by_role("button", name="Kirim kabar").click()
    entry = liaison.locator("#kabar li", has_text="Balasan diterima, selesai.")
    expect(entry.get_by_role("link", name=re.compile("balasan"))).to_be_visible()
    expect(liaison.locator(".head .line")).to_contain_text("Diusulkan selesai")
    secretariat.goto("/tindak-lanjut?status=proposed_done")
    secretariat.get_by_role("link", name=job.followup).click()
    panel = waiting_panel(secretariat, "Balasan diterima, selesai.")
    panel.get_by_role("button", name="Terima usulan").click()
    expect_toast(secretariat, "Usulan diterima")
    expect(secretariat.locator(".head .line")).to_contain_text("Selesai")
    liaison.reload()
    expect(liaison.locator(".head .line")).to_contain_text("Selesai")


def test_another_partner_finds_neither_the_commitment_nor_its_evidence(enter: Enter, site: Site, watch: Watch) -> None:
    watch.allow("404")
    path = site.commitment(JOBS[0].late)
    page = enter("tni")
    page.goto(path)
    evidence = page.locator("#riwayat a[href^='/lampiran/']").first.get_attribute("href")
    assert evidence
    other = enter("polri")
    for address in (path, f"{path}?per=2026-06-01", evidence):
        answer = other.goto(address)
        assert answer is not None
        assert answer.status == 404
        expect(other.get_by_role("heading", level=1)).to_have_text("Halaman tidak ditemukan")
        expect(other.locator("body")).not_to_contain_text(JOBS[0].late)
    other.goto("/cari?q=Babinsa")
    expect(other.locator("main")).not_to_contain_text(JOBS[0].late)
