"""The pages of imports: uploading, watching the job, deciding, and files that nobody should send."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from kbpartners.db import db
from kbpartners.imports import service
from kbpartners.imports.models import Import
from kbpartners.jobs import service as jobs
from kbpartners.jobs.models import Job
from kbpartners.kampung.models import Kampung
from kbpartners.regions.models import RegionAlias
from tests.cast import NAMES
from tests.factories.kampung import TITLES, list_file, list_row
from tests.imports.test_workbook import repacked

GOOD = [list_row("MELATI", "LAHAT", "MANGGUL"), list_row("Mawar", "Kikim Timur", "Bungamas", label="Mandiri")]
ODD = [list_row("ANGGREK", "KIKIM TIMOR", "TIDAK ADA"), list_row("SERUNI", "LAHAT", "MANGUL")]


def sent(data: bytes, name: str = "daftar.xlsx", year: str = "2025") -> dict[str, Any]:
    return {"file": (io.BytesIO(data), name), "year": year}


@pytest.fixture
def imported(app, who, write) -> int:
    """An import with two open questions: a district, and a village that is taken."""
    with write():
        return service.run(who("sekretariat"), list_file([*GOOD, *ODD]), filename="daftar.xlsx", year=2025).id


def count(app: Any, table: type) -> int:
    with app.app_context():
        return db.session.execute(select(func.count()).select_from(table)).scalar_one()


# --- uploading ---------------------------------------------------------------------------------------------------


def test_an_upload_becomes_a_job_and_the_job_an_import(app, sign_in) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/impor")
    assert "Belum ada impor" in page.text
    answer = browser.post("/impor", sent(list_file([*GOOD, *ODD])))
    assert re.fullmatch(r"/pekerjaan/\d+", answer.location)
    browser.get(answer.location)
    assert "Sedang berjalan. daftar.xlsx, tahun 2025." in browser.get("/impor").text
    stored = app.config["KB"].data_dir / "imports"
    assert len(list(stored.glob("??/*"))) == 1

    with app.app_context():
        assert jobs.run_next()
    assert list(stored.glob("??/*")) == [], "the upload is not kept"
    page = browser.get(answer.location)
    assert "baris: 4, baru: 2, berubah: 0, sama: 0, perlu keputusan: 2, ditolak: 0" in page.text
    (result,) = [href for href in page.links() if href.startswith("/impor/")]
    page = browser.get(result)
    assert page.h1 == "daftar.xlsx"
    assert "baris: 4, baru: 2, berubah: 0, sama: 0, perlu keputusan: 2, ditolak: 0" in page.text
    assert "2 baris menunggu keputusan Anda" in page.text
    assert 'Kecamatan "KIKIM TIMOR" tidak ditemukan di Kabupaten Lahat.' in page.text
    assert "2 perlu keputusan" in browser.get("/impor").text


def test_the_job_says_how_far_it_is(app, sign_in, monkeypatch) -> None:
    seen: list[tuple[Any, ...]] = []
    browser = sign_in("sekretariat")
    browser.post("/impor", sent(list_file(GOOD)))
    monkeypatch.setattr(jobs.Running, "progress", lambda self, *said: seen.append(said))
    with app.app_context():
        jobs.run_next()
    assert seen[0] == (0, 2, "Membaca baris")
    assert seen[-1] == (2, 2, "Menyimpan")


def test_a_job_that_is_told_to_stop_keeps_its_file_for_the_next_worker(app, sign_in) -> None:
    sign_in("sekretariat").post("/impor", sent(list_file(GOOD)))
    with app.app_context():
        jobs.run_next(lambda: True)
    assert count(app, Import) == 0
    with app.app_context():
        jobs.run_next()
    assert count(app, Import) == 1


def test_what_a_large_file_has_wrong_is_said_by_its_job(app, sign_in, monkeypatch) -> None:
    monkeypatch.setattr("kbpartners.imports.service.work.CHECKED_AT_ONCE", 10)
    browser = sign_in("admin")
    answer = browser.post("/impor", sent(list_file(GOOD, [*TITLES[:-1], "Kelas"])))
    with app.app_context():
        jobs.run_next()
    assert "Kolom tidak ada di baris judul (baris 1): Klasifikasi." in browser.get(answer.location).text
    assert list((app.config["KB"].data_dir / "imports").glob("??/*")) == []
    assert count(app, Import) == count(app, Kampung) == 0


@pytest.mark.parametrize(
    ("data", "name", "year", "words"),
    [
        (b"", "", "2025", "Pilih berkas XLSX atau CSV."),
        (b"", "daftar.xlsx", "2025", "Berkas kosong."),
        (list_file([]), "daftar.xlsx", "2025", "Tidak ada baris data di bawah judul kolom (baris 1)."),
        (list_file([[1, 2, 3]], ["a", "b", "c"]), "daftar.xlsx", "2025", "Baris judul kolom tidak ditemukan."),
        (b"Kampung KB,Desa\nMelati,Jati\n", "daftar.xlsx", "2025", "teks CSV yang bernama .xlsx"),
        (b"MZ\x90\x00" * 50, "daftar.xlsx", "2025", "bukan buku kerja XLSX yang utuh"),
        (list_file(GOOD), "daftar.xlsx", "1990", 'Tahun harus empat angka dari 2016 sampai 2027, bukan "1990".'),
        (list_file(GOOD), "daftar.xlsx", "dua ribu", 'bukan "dua ribu"'),
        (list_file(GOOD), "daftar.xlsx", "", "Isi tahun data, misalnya 2026."),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(app, sign_in, data, name, year, words) -> None:
    browser = sign_in("sekretariat")
    page = browser.post("/impor", sent(data, name, year), 422)
    assert words in page.text
    assert page.select("//*[@id='errsum']")
    assert count(app, Job) == count(app, Import) == 0


def test_merged_cells_are_named(app, sign_in) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate([TITLES, *GOOD]):
            sheet.write_row(number, 0, row)
        sheet.merge_range("C2:C3", "LAHAT")
    page = sign_in("sekretariat").post("/impor", sent(target.getvalue()), 422)
    assert 'Lembar "Data" memuat sel gabungan di judul atau data: C2:C3.' in page.text


def test_a_password_is_asked_to_be_taken_off(sign_in) -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le")
    page = sign_in("sekretariat").post("/impor", sent(locked), 422)
    assert "dilindungi kata sandi" in page.text


def test_a_zip_bomb_is_refused_by_its_table_of_contents(app, sign_in) -> None:
    bomb = repacked(list_file(GOOD), sheet1=b" " * 30_000_000)
    page = sign_in("sekretariat").post("/impor", sent(bomb), 422)
    assert "membengkak menjadi 30" in page.text
    assert count(app, Job) == 0


def test_a_file_of_200_mb_is_refused_before_it_is_read(app, sign_in) -> None:
    browser = sign_in("sekretariat")
    response = browser.http.post(
        "/impor",
        data=b"--x",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "200000000"},
    )
    assert response.status_code == 413
    assert "Berkas melebihi batas 20 MB." in response.get_data(as_text=True)


def test_lists_may_be_larger_than_evidence(app, sign_in) -> None:
    browser = sign_in("sekretariat")
    rows = list_file(GOOD) + b"\x00" * 12_000_000
    page = browser.post("/impor", {**sent(rows, year="1990")}, 422)
    assert "Tahun harus" in page.text, "twelve megabytes were read"


@pytest.mark.parametrize("name", NAMES)
def test_imports_are_the_secretariats(sign_in, imported, name) -> None:
    browser = sign_in(name)
    status = 200 if name in {"admin", "sekretariat"} else 403
    for path in ("", f"/{imported}", f"/{imported}/keputusan", f"/{imported}/sisa.csv"):
        assert browser.http.get(f"/impor{path}").status_code == status
    if status == 403:
        browser.post("/impor", sent(list_file(GOOD)), 403)
        browser.post(f"/impor/{imported}/keputusan/1", {"region_id": "1"}, 403)
        browser.post(f"/impor/{imported}/keputusan/1/tolak", {"reason": "x"}, 403)


# --- deciding ----------------------------------------------------------------------------------------------------


def questions(page: Any) -> dict[str, str]:
    """Heading of each question → the address of its page."""
    return {
        "".join(panel.xpath(".//h2")[0].text_content()): panel.xpath(".//a[contains(@href, '/keputusan/')]/@href")[0]
        for panel in page.select("//section[starts-with(@id, 'tanya-')]")
    }


def test_a_decision_is_one_click_and_applied_at_once(app, sign_in, imported, cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/impor/{imported}/keputusan")
    assert "2 pertanyaan untuk 2 baris" in page.text
    here = questions(page)["Kecamatan KIKIM TIMOR"]
    chosen = page.select(f"//form[@action='{here}']//input[@name='region_id' and @checked]/@value")
    assert chosen == [str(cast.regions["16.04.12"])], "the likely one is ready, a person still presses the button"
    page = browser.get(browser.submit(page, here).location)
    assert "Desa/Kelurahan TIDAK ADA" in page.text, "the district is settled, its village is asked about now"
    assert count(app, RegionAlias) == 1
    page = browser.get(f"/impor/{imported}")
    assert 'Rina Sekretariat memutuskan kecamatan "KIKIM TIMOR" = Kikim Timur, Kabupaten Lahat' in page.text


def test_a_taken_suggestion_says_by_whom_and_cannot_be_chosen(app, sign_in, imported, cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/impor/{imported}/keputusan")
    assert "Manggul 16.04.10.2001 sudah terpakai oleh Kampung KB MELATI" in page.text
    here = questions(page)["Desa/Kelurahan MANGUL"]
    village = cast.regions["16.04.10.2001"]
    assert str(village) not in page.select(f"//form[@action='{here}']//input[@name='region_id']/@value")
    page = browser.post(here, {"region_id": village}, 422)
    assert "sudah terpakai oleh Kampung KB MELATI. Pilih wilayah lain atau tolak baris ini." in page.text
    assert count(app, RegionAlias) == 0
    page = browser.submit(browser.get(here), f"{here}/tolak", {"reason": ""}, 422)
    assert "Tulis alasannya." in page.text
    browser.submit(page, f"{here}/tolak", {"reason": "Manggul sudah punya Kampung KB lain"})
    page = browser.get(f"/impor/{imported}")
    assert "Ditolak Rina Sekretariat: Manggul sudah punya Kampung KB lain" in page.text
    assert "perlu keputusan: 1, ditolak: 1" in page.text


def test_any_region_can_be_chosen_by_hand_without_javascript(app, sign_in, imported, cast) -> None:
    browser = sign_in("admin")
    here = questions(browser.get(f"/impor/{imported}/keputusan"))["Desa/Kelurahan MANGUL"]
    page = browser.get(here)
    assert page.select("//select[@name='district_id']/option[@selected]")[0].text == "Lahat"
    by_hand = {"by_hand": "1", "regency_id": cast.regions["16.71"], "district_id": "", "region_id": ""}
    page = browser.post(here, {**by_hand, "cascade": "1"}, 200)
    assert "Ilir Barat Satu" in page.text
    page = browser.post(here, by_hand, 422)
    assert page.errors() == ["Pilih desa/kelurahan."]
    answer = browser.post(here, {**by_hand, "region_id": cast.regions["16.04.10.2002"]})
    assert answer.location == f"/impor/{imported}/keputusan"
    assert "baris: 4, baru: 3" in browser.get(f"/impor/{imported}").text


def test_what_is_decided_is_decided_once(sign_in, imported, cast) -> None:
    first, second = sign_in("sekretariat"), sign_in("admin")
    here = questions(first.get(f"/impor/{imported}/keputusan"))["Desa/Kelurahan MANGUL"]
    opened = second.get(here)
    first.post(here, {"region_id": cast.regions["16.04.10.2002"]})
    page = second.submit(opened, f"{here}/tolak", {"reason": "Tidak ada"}, 422)
    assert "Pertanyaan ini sudah diputuskan." in page.text
    page = second.post(here, {"region_id": cast.regions["16.04.10.2002"]}, 422)
    assert "Pertanyaan ini sudah diputuskan." in page.text
    second.get(here, 404)
    second.post(f"/impor/{imported}/keputusan/999999", {"region_id": "1"}, 404)
    second.post(here, {"region_id": "x" * 50}, 422)


def test_when_all_is_decided_the_result_says_so(sign_in, imported, cast) -> None:
    browser = sign_in("sekretariat")
    for _turn in range(2):
        here = next(iter(questions(browser.get(f"/impor/{imported}/keputusan")).values()))
        answer = browser.post(f"{here}/tolak", {"reason": "Bukan Kampung KB"})
    assert answer.location == f"/impor/{imported}"
    assert "2 baris ditolak" in browser.get(answer.location).text
    assert "Tidak ada yang perlu diputuskan" in browser.get(f"/impor/{imported}/keputusan").text


def test_the_leftovers_can_be_downloaded(sign_in, imported) -> None:
    response = sign_in("sekretariat").http.get(f"/impor/{imported}/sisa.csv")
    assert response.headers["Content-Disposition"] == f'attachment; filename="sisa-impor-{imported}.csv"'
    assert response.data.startswith(b"\xef\xbb\xbfBaris;Keadaan;Masalah;Saran;Kampung KB;")
    assert "KIKIM TIMOR" in response.get_data(as_text=True)


def test_pages_ask_few_questions_of_the_database(sign_in, imported, count_queries) -> None:
    browser = sign_in("sekretariat")
    here = next(iter(questions(browser.get(f"/impor/{imported}/keputusan")).values()))
    for path in ("/impor", f"/impor/{imported}", f"/impor/{imported}/keputusan", here):
        browser.get(path)
        with count_queries() as seen:
            browser.get(path)
        assert len(seen) <= 10, (path, seen)


def test_unknown_imports_are_not_found(sign_in) -> None:
    browser = sign_in("sekretariat")
    for path in ("", "/keputusan", "/keputusan/1", "/sisa.csv"):
        browser.get(f"/impor/999999{path}", 404)
    browser.get("/impor?after=x")
