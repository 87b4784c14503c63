"""The pages of Kampung KB, as each member of the cast meets them."""

from __future__ import annotations

from datetime import date

import pytest

from kbpartners.kampung import service
from tests.cast import NAMES
from tests.factories.kampung import classify, make_kampung

MANGGUL, ULAK_LEBAR, ILIR_27 = "16.04.10.2001", "16.04.10.2002", "16.71.01.1001"


@pytest.fixture
def bungur(write, who, cast) -> int:
    """A classified Kampung KB in Lahat."""
    with write():
        id_ = make_kampung(who("sekretariat"), cast.regions[MANGGUL], "Bungur", place="RW 03")
        classify(MANGGUL, "Bungur", "berkelanjutan", process_data=3, output_unmet_need=1)
    return id_


@pytest.fixture
def palembang(write, who, cast) -> int:
    """Another one, outside the region of the OPD of the cast."""
    with write():
        return make_kampung(who("sekretariat"), cast.regions[ILIR_27], "Tulip")


def fields(cast, village: str = MANGGUL, **more: str) -> dict[str, str]:
    """What the form sends."""
    district = village.rpartition(".")[0]
    chosen = {
        "regency_id": cast.regions[district.rpartition(".")[0]],
        "district_id": cast.regions[district],
        "region_id": cast.regions[village],
    }
    return {"name": "Melati", "place": "", "launched_on": "", "note": "", **chosen, **more}


# --- reading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_everybody_reads_every_kampung_kb(sign_in, bungur, palembang, name) -> None:
    browser = sign_in(name)
    page = browser.get("/kampung-kb")
    assert f"/kampung-kb/{bungur}" in page.links()
    assert f"/kampung-kb/{palembang}" in page.links()
    for id_ in (bungur, palembang):
        browser.get(f"/kampung-kb/{id_}")


def test_the_page_says_where_which_class_which_gap(sign_in, bungur) -> None:
    page = sign_in("tni").get(f"/kampung-kb/{bungur}")
    assert page.h1 == "Kampung KB Bungur"
    assert "Desa Manggul, Kec. Lahat, Kabupaten Lahat, RW 03" in page.text
    assert "Kelas Berkelanjutan, satu celah. Unmet need bernilai 1 dari 4." in page.text
    assert "Indeks: input 3,00, proses 2,33, output 2,75" in page.text
    assert len(page.select("//dl[@class='score']/dt")) == 12
    assert page.select("//dl[@class='score']/dd[2]/following::dd")
    assert "*Kampung KB Bungur*" in page.select("//textarea")[0].text
    assert f"/kegiatan/baru?kampung_id={bungur}" in page.links()


def test_one_without_data_says_so(sign_in, palembang) -> None:
    page = sign_in("pimpinan").get(f"/kampung-kb/{palembang}")
    assert "belum ada data" in page.text
    assert "12 nilai" not in page.text
    assert "Belum ada kegiatan bersama" in page.text
    assert not [href for href in page.links() if "kegiatan/baru" in href]


@pytest.mark.parametrize(("name", "sees"), [("sekretariat", True), ("pimpinan", True), ("tni", False), ("opd", False)])
def test_the_log_is_for_the_office(sign_in, bungur, name, sees) -> None:
    page = sign_in(name).get(f"/kampung-kb/{bungur}")
    assert ("Rina Sekretariat mendaftarkan Kampung KB Bungur" in page.text) is sees


def test_an_unknown_one_is_not_found(sign_in) -> None:
    sign_in("tni").get("/kampung-kb/999999", 404)
    sign_in("admin").get("/kampung-kb/999999/ubah", 404)


def test_the_list_filters_and_counts_the_region(sign_in, bungur, palembang, cast) -> None:
    browser = sign_in("tni")
    page = browser.get("/kampung-kb")
    assert "2 Kampung KB aktif" in page.text
    assert "Berkelanjutan 1 (50,0 %)" in page.text
    page = browser.get(f"/kampung-kb?regency_id={cast.regions['16.04']}&q=bung")
    assert [node.text for node in page.select("//td/a[@class='t']")] == ["Bungur"]
    assert "1 Kampung KB aktif" in page.text
    page = browser.get(f"/kampung-kb?region_id={cast.regions['16.71.01']}")
    assert [node.text for node in page.select("//td/a[@class='t']")] == ["Tulip"]
    assert page.select("//select[@name='district_id']/option[@selected]")[0].text == "Ilir Barat Dua"
    assert "Tidak ada yang cocok" in browser.get("/kampung-kb?label=mandiri").text
    browser.get("/kampung-kb?sort=region&status=ended&label=xx&district_id=x&after=%00&q=%00")
    fragment = browser.get("/kampung-kb?q=tulip", htmx="daftar")
    assert "<html" not in fragment.html


def test_the_empty_list_says_what_to_do_first(sign_in) -> None:
    page = sign_in("sekretariat").get("/kampung-kb")
    assert page.select("//*[@class='empty']/a/@href") == ["/impor"]
    assert "Belum ada Kampung KB" in page.text
    assert "setelah sekretariat mengimpor" in sign_in("tni").get("/kampung-kb").text


def test_pages_ask_few_questions_of_the_database(sign_in, count_queries, write, bungur, cast) -> None:
    with write():
        for number, code in enumerate(("16.04.10.2002", "16.04.12.2001", "16.71.01.1001", "16.71.04.1001")):
            classify(code, f"Melati {number}")
    browser = sign_in("sekretariat")
    for path, most in {
        f"/kampung-kb?regency_id={cast.regions['16.04']}": 8,
        f"/kampung-kb/{bungur}": 8,
        f"/kampung-kb/{bungur}/ubah": 8,
        "/kampung-kb/baru": 6,
    }.items():
        browser.get(path)
        with count_queries() as seen:
            browser.get(path)
        assert len(seen) <= most, (path, len(seen), seen)


# --- writing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sekretariat", "opd"])
def test_registering_shows_the_new_page(sign_in, cast, name) -> None:
    browser = sign_in(name)
    page = browser.get("/kampung-kb/baru")
    saved = browser.submit(page, "/kampung-kb/baru", fields(cast, launched_on="07/03/2017", name="  Bungur "))
    page = browser.get(saved.location)
    assert page.h1 == "Kampung KB Bungur"
    assert "7 Maret 2017" in page.text


def test_a_refused_form_keeps_what_was_typed(sign_in, cast) -> None:
    browser = sign_in("sekretariat")
    sent = fields(cast, name="", launched_on="31/02/2017", note="Catatan saya", region_id="")
    page = browser.post("/kampung-kb/baru", sent, 422)
    text = " ".join(page.errors())
    assert "Wajib diisi." in text
    assert "Tanggal 31 tidak ada di bulan itu." in text
    assert "Pilih desa/kelurahan." in text
    assert page.select("//input[@name='launched_on']/@value") == ["31/02/2017"]
    assert page.select("//textarea[@name='note']")[0].text.strip() == "Catatan saya"
    assert page.select("//select[@name='district_id']/option[@selected]")[0].text == "Lahat"


def test_a_village_that_has_one_is_refused_with_a_link_to_it(sign_in, cast, bungur) -> None:
    page = sign_in("opd").post("/kampung-kb/baru", fields(cast), 422)
    assert page.errors() == ["Desa Manggul sudah punya Kampung KB yang aktif: Kampung KB Bungur."]
    assert f"/kampung-kb/{bungur}" in page.links()


def test_without_javascript_the_selects_are_filled_by_a_button(sign_in, cast) -> None:
    browser = sign_in("sekretariat")
    sent = {"name": "Bungur", "regency_id": cast.regions["16.04"], "district_id": "", "region_id": "", "cascade": "1"}
    page = browser.post("/kampung-kb/baru", sent, 200)
    assert "Kikim Timur" in page.text
    assert page.select("//input[@name='name']/@value") == ["Bungur"]
    assert page.errors() == []


def test_an_opd_is_offered_its_region_and_refused_outside(sign_in, cast, palembang) -> None:
    browser = sign_in("opd")
    page = browser.get("/kampung-kb/baru")
    assert [node.text for node in page.select("//select[@name='regency_id']/option")][1:] == ["Kabupaten Lahat"]
    browser.post("/kampung-kb/baru", fields(cast, ILIR_27), 403)
    for path in ("ubah", "akhiri"):
        browser.get(f"/kampung-kb/{palembang}/{path}", 403)
        browser.post(f"/kampung-kb/{palembang}/{path}", fields(cast), 403)
    browser.post(f"/kampung-kb/{palembang}/aktifkan", {}, 403)
    page = browser.get(f"/kampung-kb/{palembang}")
    assert not [href for href in page.links() if "ubah" in href or "kegiatan/baru" in href]


@pytest.mark.parametrize("name", ["tni", "polri", "pimpinan", "stranger"])
def test_others_write_nothing(sign_in, cast, bungur, name) -> None:
    browser = sign_in(name)
    browser.get("/kampung-kb/baru", 403)
    browser.post("/kampung-kb/baru", fields(cast), 403)
    for path in ("ubah", "akhiri", "aktifkan"):
        browser.post(f"/kampung-kb/{bungur}/{path}", fields(cast), 403)


def test_the_second_writer_loses_nothing(sign_in, cast, bungur) -> None:
    first, second = sign_in("sekretariat"), sign_in("opd")
    here = f"/kampung-kb/{bungur}/ubah"
    opened = second.get(here)
    first.submit(first.get(here), here, {"name": "Bungur Satu"})
    page = second.submit(opened, here, {"name": "Bungur Dua", "note": "Catatan OPD"}, 409)
    assert "Bungur Satu" in page.text
    assert "Bungur Dua" in page.text
    second.submit(page, here)
    assert sign_in("tni").get(f"/kampung-kb/{bungur}").h1 == "Kampung KB Bungur Dua"


def test_closing_asks_for_day_and_reason(sign_in, cast, bungur) -> None:
    browser = sign_in("opd")
    here = f"/kampung-kb/{bungur}/akhiri"
    page = browser.get(here)
    assert page.form(here)["ended_on"] == "10/06/2026"
    assert "Wajib diisi." in " ".join(browser.submit(page, here, {"reason": ""}, 422).errors())
    assert "sesudah hari ini" in browser.submit(page, here, {"reason": "Pindah", "ended_on": "11/06/2026"}, 422).text
    browser.submit(page, here, {"reason": "Desa dimekarkan"})
    page = browser.get(f"/kampung-kb/{bungur}")
    assert "Sudah berakhir" in page.text
    assert "Berakhir 10/06/2026: Desa dimekarkan" in page.text
    assert "Bungur" in browser.get("/kampung-kb?status=ended").text
    browser.submit(page, f"/kampung-kb/{bungur}/aktifkan")
    assert "Sudah berakhir" not in browser.get(f"/kampung-kb/{bungur}").text


def test_reopening_is_refused_where_another_stands(sign_in, write, who, cast, bungur) -> None:
    with write():
        service.close(who("admin"), bungur, ended_on=date(2026, 6, 1), reason="Pindah")
        other = make_kampung(who("admin"), cast.regions[MANGGUL], "Pengganti")
    browser = sign_in("sekretariat")
    page = browser.submit(browser.get(f"/kampung-kb/{bungur}"), f"/kampung-kb/{bungur}/aktifkan", status=422)
    assert f"/kampung-kb/{other}" in page.links()
