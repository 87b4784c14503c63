"""The partner's own page and its card: what each role sees, in how many queries, and one sheet whatever the texts."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pypdfium2 as pdfium
import pytest

from kbpartners.commitments.service.rules import Lamp
from kbpartners.db import db
from kbpartners.organizations import service
from kbpartners.organizations.models import Organization
from kbpartners.organizations.service import card, profile
from tests.cast import Cast
from tests.conftest import POSTGRES, TODAY
from tests.factories.activities import activity
from tests.factories.activities import kampung as make_place
from tests.factories.agreements import agreement
from tests.factories.commitments import accepted, commitment, returned
from tests.factories.followups import make_followup
from tests.factories.meetings import meeting
from tests.factories.organizations import make_post, make_unit, put_on
from tests.htmlclient import Page


def section(page: Page, name: str) -> str:
    (found,) = page.select(f"//section[@id='{name}']")
    return " ".join(found.text_content().split())


def fill(cast: Cast) -> dict[str, int]:
    """A Kodam with something in every section, and a sibling with its own."""
    late, day = TODAY - timedelta(days=3), TODAY - timedelta(days=60)
    place = make_place(cast)
    made = {
        "late": commitment(cast, owner="kodim", title="Sudah lewat", due_on=late, period_start=day),
        "helped": commitment(cast, owner="polda", title="Bakti bersama", supporters={"kodam": "Tenda"}),
        "task": make_followup(cast.units["kodim"], title="Kirim daftar Babinsa"),
        "act": activity(cast, kampung_id=place, organizer="kodim", title="Bakti depan", planned_on=TODAY),
        "past": activity(cast, kampung_id=place, title="Bakti lalu", planned_on=TODAY - timedelta(days=40)),
        "meeting": meeting(title="Rakorda Lahat", invited=[cast.units["kodim"]]),
        "other_meeting": meeting(title="Rapat Polda", invited=[cast.units["polda"]]),
        "other_task": make_followup(cast.units["polda"], title="Tugas Polda"),
        "other": commitment(cast, owner="polda", title="Milik Polda"),
    }
    agreement(cast, title="Pelayanan bergerak", parties=[("office", "1/PKS/2026"), ("kodam", "Kerma/21/2026")])
    agreement(cast, title="Naskah Polda", parties=["office", "polda"])
    returned(cast, commitment(cast, owner="kodam", title="Dikembalikan"), 3)
    accepted(cast, commitment(cast, owner="kodam", title="Lancar"), 200)
    commitment(cast, owner="kodam", title="Nanti", period_start=TODAY + timedelta(days=3))
    return made


def test_every_section_with_counts_and_links_to_all_of_it(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        made = fill(cast)
    page = sign_in("tni").get(f"/mitra/{cast.units['kodam']}")
    promised = section(page, "komitmen")
    for words in ("Merah 1", "Kuning 2", "Hijau 1", "Belum waktunya 1", "4 terbuka", "1 terlambat"):
        assert words in promised, words
    assert "Merah: Lewat 3 hari dari tenggat, belum ada angka yang diterima." in promised
    assert "1 di antaranya didukung, milik satuan lain" in promised
    assert "Kirim daftar Babinsa" in section(page, "tindak-lanjut")
    acts = section(page, "kegiatan")
    assert acts.index("Mei 2026") < acts.index("Bakti lalu") < acts.index("Juni 2026") < acts.index("Bakti depan")
    assert "Rakorda Lahat" in section(page, "rapat")
    assert "Kodim 0405/Lahat" in section(page, "satuan")
    assert "2 dari 2 kabupaten/kota diliput seluruhnya." in section(page, "wilayah")
    for path in ("komitmen", "tindak-lanjut", "kegiatan"):
        assert f"/{path}?organization_id={cast.units['kodam']}" in page.links()
    assert "Perjanjian Kerja Sama · sampai 14 Januari 2028" in section(page, "naskah")
    assert f"/kerja-sama?organization_id={cast.units['kodam']}" in page.links()
    for words in ("Rapat Polda", "Tugas Polda", "Milik Polda", "Naskah Polda"):
        assert words not in page.text
    assert f"/kegiatan/{made['act']}" in page.links()
    assert "#komitmen" in page.links()


def test_sections_that_are_empty_say_so(sign_in: Any, cast: Cast) -> None:
    page = sign_in("stranger").get(f"/mitra/{cast.units['bank']}")
    for words in ("Tidak ada komitmen yang terbuka.", "Tidak ada tindak lanjut yang terbuka.",
                  "Belum ada kegiatan bersama.", "Belum ada satuan di bawahnya.", "Belum ada naskah kerja sama.",
                  "Belum ada rapat yang mengundang satuan ini.", "Belum ditentukan."):  # fmt: skip
        assert words in page.text


def test_an_opd_sees_of_a_partner_what_is_in_its_region(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        fill(cast)
        commitment(cast, owner="kodim", title="Di Lahat", region="16.04")
        meeting(title="Rapat dengan dinas", invited=[cast.units["kodam"], cast.units["opd_lahat"]])
    page = sign_in("opd").get(f"/mitra/{cast.units['kodam']}")
    assert "Di Lahat" in section(page, "komitmen")
    assert "Sudah lewat" not in page.text
    assert "Kirim daftar Babinsa" not in page.text
    assert "Rakorda Lahat" not in page.text
    assert "Rapat dengan dinas" in section(page, "rapat")
    assert "0 terbuka" in section(page, "tindak-lanjut")
    assert "Kota Palembang" not in page.text


@pytest.mark.parametrize("name", ["sekretariat", "pimpinan", "tni", "opd"])
@pytest.mark.parametrize("tail", ["", "/kartu"])
def test_twelve_queries_whatever_there_is(
    sign_in: Any, cast: Cast, write: Any, count_queries: Any, name: str, tail: str
) -> None:
    with write():
        fill(cast)
        for number in range(8):
            commitment(cast, owner="kodim", title=f"Komitmen {number}")
            make_followup(cast.units["kodim"], title=f"Tugas {number}")
            village = cast.regions["16.04.10.2001"]
            unit = make_unit(f"Koramil {number}", parent_id=cast.units["kodim"], covers=(village,))
            put_on(make_post(unit), f"Orang {number}")
            meeting(title=f"Rapat {number}", invited=[cast.units["kodim"]])
    browser = sign_in(name)
    browser.get("/mitra")
    with count_queries() as seen:
        browser.get(f"/mitra/{cast.units['kodim']}{tail}")
    assert len(seen) <= 12, seen


def test_the_lights_are_those_of_the_commitments_pages(ctx: None, cast: Cast, who: Any) -> None:
    fill(cast)
    lights = profile.lights(who("tni"), service.detail(who("tni"), cast.units["kodam"]))
    assert lights.all
    assert sum(lights.counts.values()) == len(lights.rows) == 5
    assert all(isinstance(row.lamp, Lamp) for row in lights.rows)
    few = profile.lights(who("tni"), service.detail(who("tni"), cast.units["kodam"]), most=2)
    assert (len(few.rows), few.all) == (2, False)


def test_the_past_name_of_a_merged_partner_leads_on(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        service.merge(who=None, source_id=cast.units["polda"], target_id=cast.units["kodam"])
    old = f"/mitra/{cast.units['polda']}"
    for name in ("sekretariat", "tni", "polri"):
        page = sign_in(name).get(old)
        assert page.h1 == "Polda Sumatera Selatan"
        assert f"/mitra/{cast.units['kodam']}" in page.links()
    assert "Sistem menggabungkan Polda Sumatera Selatan ke Kodam II/Sriwijaya." in sign_in("pimpinan").get(old).text
    assert "menggabungkan" not in sign_in("tni").get(old).text
    sign_in("stranger").get(old, status=404)


# --- merging on its pages ----------------------------------------------------------------------------------------


def test_two_partners_are_merged_and_parted_on_their_pages(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        number = commitment(cast, owner="bank")
    browser, path = sign_in("sekretariat"), f"/mitra/{cast.units['bank']}/gabung"
    page = browser.get(f"{path}?q=idi")
    assert page.select("//input[@name='target_id']/@value") == [str(cast.units["idi"])]
    page = browser.get(f"{path}?target_id={cast.units['idi']}")
    assert "1 jabatan beserta pemegangnya, 1 komitmen sebagai penanggung jawab" in page.text
    answer = browser.submit(page, path)
    assert answer.location == f"/mitra/{cast.units['idi']}"
    assert "Bank Contoh" not in browser.get("/mitra").text
    assert f"/komitmen/{number}" in browser.get(answer.location).links()
    (back,) = {href for href in browser.get(f"/mitra/{cast.units['bank']}").links() if "/batal" in href}
    assert back in browser.get(f"/mitra/{cast.units['idi']}/riwayat").links()
    page = browser.get(back)
    answer = browser.submit(page, back)
    assert answer.location == f"/mitra/{cast.units['bank']}"
    assert f"/komitmen/{number}" in browser.get(answer.location).links()
    assert "sudah dibatalkan" in browser.get(back).text
    browser.post(back, {}, 422, page=path)
    browser.get("/mitra/gabungan/98765/batal", status=404)


def test_what_cannot_be_merged_is_said_at_the_field(sign_in: Any, cast: Cast, write: Any) -> None:
    browser, path = sign_in("sekretariat"), f"/mitra/{cast.units['kodam']}/gabung"
    page = browser.get(f"{path}?target_id={cast.units['kodim']}", status=422)
    assert page.errors() == ["Kodim 0405/Lahat berada di bawah Kodam II/Sriwijaya. Pindahkan dahulu."]
    page = browser.post(path, {"target_id": str(cast.units["office"]), "seen": "1.1"}, 422, page=path)
    assert page.errors()
    for odd in ("", "x", "98765"):
        browser.post(path, {"target_id": odd, "seen": "1.1"}, 422, page=path)
    with write():
        double = make_unit("Kodam Dua")
        twin = make_unit("Kodim 0405/Lahat", parent_id=double)
    page = browser.get(f"/mitra/{double}/gabung?target_id={cast.units['kodam']}")
    assert f"/mitra/{twin}/gabung?target_id={cast.units['kodim']}" in page.links()
    assert not page.select("//main//form[@method='post']")


def test_an_undo_that_is_too_late_says_why(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        merge_id = service.merge(who=None, source_id=cast.units["polda"], target_id=cast.units["kodam"])
        service.move(who=None, organization_id=cast.units["polres"], parent_id=cast.units["idi"])
    page = sign_in("admin").get(f"/mitra/gabungan/{merge_id}/batal")
    assert "Polres Lahat sudah diubah setelah penggabungan." in page.text
    assert not page.select("//main//form[@method='post']")
    for name in ("pimpinan", "tni"):
        sign_in(name).get(f"/mitra/gabungan/{merge_id}/batal", status=403)


# --- the card ----------------------------------------------------------------------------------------------------


def test_the_card_holds_what_matters(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        fill(cast)
    page = sign_in("tni").get(f"/mitra/{cast.units['kodam']}/kartu")
    assert page.h1 == "Kartu mitra kerja"
    for words in ("Kodam II/Sriwijaya, keadaan per 10 Juni 2026", "Provinsi Sumatera Selatan", "2 satuan",
                  "Mayor Budi, Perwira penghubung", "4 terbuka: Merah 1, Kuning 2, Hijau 1, Belum waktunya 1.",
                  "Sudah lewat", "Kirim daftar Babinsa", "Bakti depan", "Perjanjian Kerja Sama: Pelayanan bergerak",
                  "1/PKS/2026; Kerma/21/2026", "sampai 14/01/2028"):  # fmt: skip
        assert words in page.text, words
    assert "Milik Polda" not in page.text
    (code,) = page.select("//svg[contains(@aria-label,'QR')]")
    assert code.get("aria-label") == f"Kode QR ke http://localhost/mitra/{cast.units['kodam']}"


def test_the_code_can_be_read_back() -> None:
    """Module by module as the library gives it: the runs of the path cover the dark modules and nothing else."""
    import re

    import segno

    url = "https://kb.example.go.id/mitra/12345"
    path, modules = card.qr(url)
    dark = {
        (int(x) + n, int(y)) for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v", path) for n in range(int(length))
    }
    matrix = segno.make(url, error="m", micro=False).matrix
    assert modules == len(matrix) + 4
    assert dark == {(x + 2, y + 2) for y, row in enumerate(matrix) for x, cell in enumerate(row) if cell}


@pytest.mark.skipif(POSTGRES, reason="asks no database")
@pytest.mark.parametrize("kind", ["kosong", "contoh", "panjang", "tanpa spasi"])
def test_the_card_is_one_sheet_whatever_the_texts(sign_in: Any, cast: Cast, write: Any, kind: str) -> None:
    unit = cast.units["kodam"]
    if kind != "kosong":
        text = {"contoh": "Bakti", "panjang": "Kata yang panjang sekali " * 8, "tanpa spasi": "W" * 190}[kind][:200]
        with write():
            fill(cast)
            record = db.session.get_one(Organization, unit)
            record.name, record.address, record.email = text.strip(), (text * 3)[:500], "a" * 60 + "@contoh.id"
            place = make_place(cast, village="16.04.10.2001")
            for number in range(9):
                numbered = [("office", text[:60] + str(number)), ("kodam", text[:60] + str(number))]
                agreement(cast, title=text[:190] + str(number), parties=numbered)
                commitment(cast, owner="kodam", title=text[:190] + str(number))
                make_followup(unit, title=text[:190] + str(number))
                activity(cast, kampung_id=place, organizer="kodam", title=text[:190] + str(number), planned_on=TODAY)
                put_on(make_post(unit, text[:190] + str(number)), (text + "x" * number)[:200])
    browser = sign_in("sekretariat")
    browser.get(f"/mitra/{unit}/kartu")
    answer = browser.http.get(f"/mitra/{unit}/kartu?format=pdf")
    assert answer.mimetype == "application/pdf"
    document = pdfium.PdfDocument(io.BytesIO(answer.data))
    assert len(document) == 1
    words = " ".join(document[0].get_textpage().get_text_range().split())
    assert "KARTU MITRA KERJA" in words
    assert "Kegiatan berikutnya" in words
    document.close()


def test_rows_that_do_not_fit_are_counted(ctx: None) -> None:
    line = card.Line(("K-0001", "Judul " * 15, "10/06/2026", "belum dilaporkan", "Terlambat 5 hari"), "late")
    widths = (10, 40, 13, 15, 22)
    tables = tuple(
        card.Section(key, key, ("",) * 5, widths, (line,) * n, left_out=1) for key, n in (("a", 12), ("b", 9))
    )
    sheet = card.Card("Uji", "Uji", (), tables, "u", "", 1, None, "")
    small = card.fitted(sheet)
    assert small.height <= card.ROOM < sheet.height
    for before, after in zip(sheet.sections, small.sections, strict=True):
        assert len(before.lines) + before.left_out == len(after.lines) + after.left_out
    assert small.sections[0].heading.endswith("dari 13)")


def test_the_card_speaks_the_reader_s_language(sign_in: Any, cast: Cast, write: Any) -> None:
    from kbpartners.accounts.models import User

    with write():
        db.session.get_one(User, cast.users["pimpinan"]).locale = "en"
    assert "Partner card" in sign_in("pimpinan").get(f"/mitra/{cast.units['kodam']}/kartu").text
