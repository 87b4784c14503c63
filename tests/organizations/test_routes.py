"""The pages of partners and units."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from kbpartners.db import db
from kbpartners.organizations import service
from kbpartners.organizations.models import Organization, Post
from kbpartners.regions import service as regions
from kbpartners.settings import service as settings
from tests.cast import Cast
from tests.conftest import TODAY
from tests.factories.commitments import commitment
from tests.factories.organizations import make_post, make_unit, put_on
from tests.factories.regions import make_region
from tests.htmlclient import HtmlClient, Page


def names(page: Page) -> list[str]:
    return page.select("//div[@id='daftar']//a[@class='t']/text()")


def cells(page: Page, name: str) -> list[str]:
    """The words in the row of a unit."""
    (row,) = page.select(f"//tr[.//a[@class='t' and text()='{name}']]")
    return [" ".join(" ".join(cell.itertext()).split()) for cell in row.xpath("./td")]


# --- the list ----------------------------------------------------------------------------------------------------


def test_the_office_sees_partners_as_wholes(sign_in: Any) -> None:
    page = sign_in("sekretariat").get("/mitra")
    assert names(page) == [
        "Bank Contoh",
        "Dinas PPKB Kabupaten Lahat",
        "Dinas PPKB Kota Palembang",
        "IDI Wilayah Sumatera Selatan",
        "Kodam II/Sriwijaya",
        "Perwakilan BKKBN Provinsi Sumatera Selatan",
        "Polda Sumatera Selatan",
    ]
    assert "/mitra/baru" in page.links()


def test_a_liaison_sees_the_own_unit_and_nobody_else(sign_in: Any) -> None:
    page = sign_in("tni").get("/mitra")
    assert names(page) == ["Kodam II/Sriwijaya"]
    assert "/mitra/baru" not in page.links()
    assert names(sign_in("kodim").get("/mitra")) == ["Kodim 0405/Lahat"]
    assert names(sign_in("tni").get("/mitra?q=pol")) == []
    assert names(sign_in("tni").get("/mitra?category=polri")) == []


def test_an_opd_sees_who_works_in_its_region(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        hidden = make_unit("Korem Bangka", parent_id=cast.units["polda"], category="private")
        make_unit("Pos Lahat", parent_id=hidden, category="private", covers=(cast.regions["16.04"],))
    found = names(sign_in("opd").get("/mitra"))
    assert "Pos Lahat" in found  # its parent may not be read, so it stands on its own
    assert "Kodam II/Sriwijaya" in found
    assert not {"Korem Bangka", "Bank Contoh", "Dinas PPKB Kota Palembang"} & set(found)


def test_counts_and_contacts_stand_in_the_list(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        commitment(cast, owner="kodim")
        commitment(cast, owner="kodam", due_on=TODAY - timedelta(days=2), period_start=TODAY - timedelta(days=60))
    row = cells(sign_in("sekretariat").get("/mitra"), "Kodam II/Sriwijaya")
    assert row[1:] == ["Mayor Budi WhatsApp Mayor Budi", "2", "2 terbuka , 1 terlambat"]


def test_an_opd_counts_only_what_it_may_see(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        commitment(cast, owner="kodim", region="16.04")
        commitment(cast, owner="kodim_palembang", region="16.71")
    row = cells(sign_in("opd").get("/mitra"), "Kodam II/Sriwijaya")
    assert row[2:] == ["1", "1 terbuka"]
    page = sign_in("opd").get(f"/mitra/{cast.units['kodam']}")
    assert "1 terbuka" in page.text
    assert "Kodim 0418/Palembang" not in page.text


def test_words_and_regions_find_units_of_every_level(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/mitra?q=KODIM+lahat")
    assert names(page) == ["Kodim 0405/Lahat"]
    assert "di bawah Kodam II/Sriwijaya" in page.text
    assert names(browser.get("/mitra?q=sumsel")) == ["IDI Wilayah Sumatera Selatan", "Polda Sumatera Selatan"]
    palembang = names(browser.get(f"/mitra?region_id={cast.regions['16.71']}"))
    assert palembang == [
        "Dinas PPKB Kota Palembang",
        "IDI Wilayah Sumatera Selatan",
        "Kodam II/Sriwijaya",
        "Kodim 0418/Palembang",
        "Perwakilan BKKBN Provinsi Sumatera Selatan",
        "Polda Sumatera Selatan",
    ]
    below = browser.get(f"/mitra?region_id={cast.regions['16.71.01']}&category=tni")
    assert names(below) == ["Kodam II/Sriwijaya", "Kodim 0418/Palembang"]
    assert below.select("//select[@name='region_id']/option[@selected]/text()") == ["Ilir Barat Dua, Kota Palembang"]


@pytest.mark.parametrize("query", ["q=%25", "q=_", "q=%5C", "q=%27%3B--", "q=%00", "q=" + "a" * 5000])
def test_signs_in_a_question_mean_themselves(sign_in: Any, query: str) -> None:
    page = sign_in("sekretariat").get(f"/mitra?{query}")
    assert names(page) == [] or query == "q=%00"


@pytest.mark.parametrize(
    "query", ["region_id=abc", "region_id=99999999999999999999", "category=x", "after=x", "after=99999"]
)
def test_bad_filters_do_no_harm(sign_in: Any, query: str) -> None:
    sign_in("sekretariat").get(f"/mitra?{query}")


def test_the_list_pages_by_key(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        for number in range(60):
            make_unit(f"Klinik {number:02}", category="health")
    browser = sign_in("sekretariat")
    first = browser.get("/mitra?category=health")
    assert len(names(first)) == 50
    (following,) = first.select("//a[@rel='next']/@href")
    second = browser.get(following)
    assert names(first) + names(second) == [f"Klinik {number:02}" for number in range(60)]
    assert not second.select("//a[@rel='next']")
    assert "/mitra?category=health" in second.links()


def test_the_list_takes_four_queries_whatever_its_rows(
    sign_in: Any, cast: Cast, write: Any, count_queries: Any
) -> None:
    with write():
        for number in range(40):
            unit = make_unit(f"Mitra {number}", category="private", covers=(cast.regions["16.04"],))
            put_on(make_post(unit), f"Orang {number}", phone="081200000000"[:-2] + f"{number:02}")
    for name in ("sekretariat", "tni", "opd"):
        browser = sign_in(name)
        with count_queries() as seen:
            browser.get("/mitra")
        assert len(seen) <= 4, seen


def test_filtering_by_htmx_answers_with_the_list_alone(sign_in: Any) -> None:
    page = sign_in("sekretariat").get("/mitra?q=polda", htmx="daftar")
    assert names(page) == ["Polda Sumatera Selatan"]
    assert not page.select("//nav[@class='nav-main']")
    (text,) = page.select("//details[contains(@class,'copy')]//textarea/text()")
    assert "Kodam" not in text


def test_ended_partners_are_a_view_of_their_own(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        unit = db.session.get_one(Organization, cast.units["bank"])
        unit.ended_on = TODAY
    browser = sign_in("pimpinan")
    assert "Bank Contoh" not in names(browser.get("/mitra"))
    assert names(browser.get("/mitra?ended=1")) == ["Bank Contoh"]
    assert "Berakhir" in browser.get(f"/mitra/{cast.units['bank']}").text


def test_the_contact_list_can_be_copied(sign_in: Any) -> None:
    page = sign_in("tni").get("/mitra")
    (text,) = page.select("//details[contains(@class,'copy')]//textarea/text()")
    assert "- Kodam II/Sriwijaya: Mayor Budi +6281234567803" in text
    assert "http://localhost/mitra/" in text


# --- one unit ----------------------------------------------------------------------------------------------------


def test_a_unit_shows_what_it_is_and_who_to_call(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        number = commitment(cast, owner="kodim", title="Babinsa di setiap kecamatan")
    page = sign_in("tni").get(f"/mitra/{cast.units['kodim']}")
    assert page.h1 == "Kodim 0405/Lahat"
    assert f"/mitra/{cast.units['kodam']}" in page.links()
    assert f"/komitmen/{number}" in page.links()
    assert f"/komitmen?organization_id={cast.units['kodim']}" in page.links()
    assert f"/tindak-lanjut?organization_id={cast.units['kodim']}" in page.links()
    assert f"/kegiatan?organization_id={cast.units['kodim']}" in page.links()
    for words in ("TNI", "Perwira penghubung Kodim", "Kapten Sari", "Kabupaten Lahat", "1 terbuka"):
        assert words in page.text
    assert "Riwayat" not in page.text


def test_what_one_may_not_open_is_plain_text(sign_in: Any, cast: Cast) -> None:
    page = sign_in("kodim").get(f"/mitra/{cast.units['kodim']}")
    assert "Kodam II/Sriwijaya" in page.text
    assert f"/mitra/{cast.units['kodam']}" not in page.links()


def test_the_office_sees_history_and_notes_the_unit_does_not(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        unit = db.session.get_one(Organization, cast.units["kodim"])
        facts = service.Facts(name=unit.name, category="tni", parent_id=unit.parent_id, note="Rahasia kantor")
        service.edit(who=None, organization_id=unit.id, version=1, facts=facts)
    leader = sign_in("pimpinan")
    assert "Rahasia kantor" in leader.get(f"/mitra/{cast.units['kodim']}").text
    assert "Sistem mengubah data Kodim 0405/Lahat." in leader.get(f"/mitra/{cast.units['kodim']}/riwayat").text
    sign_in("kodim").get(f"/mitra/{cast.units['kodim']}/riwayat", status=403)
    own = sign_in("kodim").get(f"/mitra/{cast.units['kodim']}").text
    assert "mengubah data" not in own
    assert "Rahasia kantor" not in own


def test_supported_commitments_name_their_owner(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        commitment(cast, owner="polda", title="Bakti sosial", supporters={"kodim": "Personel"})
    page = sign_in("kodim").get(f"/mitra/{cast.units['kodim']}")
    assert "Bakti sosial" in page.text
    assert "penanggung jawab Polda Sumatera Selatan" in page.text


def test_branches_open_by_themselves_or_by_a_link(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        make_unit("Koramil 405-01", parent_id=cast.units["kodim"])
    browser = sign_in("sekretariat")
    page = browser.get(f"/mitra/{cast.units['kodam']}")
    link = page.select(f"//div[@id='satuan-{cast.units['kodim']}']/a")[0]
    assert link.get("href") == link.get("hx-get") == f"/mitra/{cast.units['kodim']}/satuan"
    branch = browser.get(link.get("hx-get"), htmx=f"satuan-{cast.units['kodim']}")
    assert branch.select("//h3/a/text()") == ["Koramil 405-01"]
    assert branch.select(f"//div[@id='satuan-{cast.units['kodim']}']")
    sign_in("polri").get(link.get("hx-get"), status=404, htmx=f"satuan-{cast.units['kodim']}")


def test_a_units_page_takes_few_queries(sign_in: Any, cast: Cast, write: Any, count_queries: Any) -> None:
    with write():
        for number in range(12):
            commitment(cast, owner="kodam", title=f"Komitmen {number}")
            unit = make_unit(f"Koramil {number}", parent_id=cast.units["kodam"], covers=(cast.regions["16.04.10"],))
            put_on(make_post(unit), f"Orang {number}")
            put_on(make_post(cast.units["kodam"], f"Jabatan {number}"), f"Staf {number}")
    for name in ("sekretariat", "tni", "opd"):
        browser = sign_in(name)
        with count_queries() as seen:
            page = browser.get(f"/mitra/{cast.units['kodam']}")
        assert len(seen) <= 12, seen
        assert len(page.select("//a[starts-with(@href, '/komitmen/')]")) == (6 if name != "opd" else 0)


def test_unknown_units_are_not_there(sign_in: Any) -> None:
    browser = sign_in("admin")
    browser.get("/mitra/987654", status=404)
    browser.get("/mitra/987654/ubah", status=404)
    browser.get("/mitra/0/narahubung", status=404)
    browser.get("/mitra/" + "9" * 30, status=404)


# --- registering and editing -------------------------------------------------------------------------------------


def test_the_secretariat_registers_a_partner(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/mitra/baru")
    answer = browser.submit(
        page,
        "/mitra/baru",
        {
            "name": "IBI Sumatera Selatan",
            "category": "profession",
            "whatsapp": "0811 700 1234",
            "coverage": [str(cast.regions["16.04"]), str(cast.regions["16.71.01"])],
        },
    )
    page = browser.get(answer.location)
    assert page.h1 == "IBI Sumatera Selatan"
    assert "Kabupaten Lahat" in page.text
    assert "Ilir Barat Dua, Kota Palembang" in page.text
    log = browser.get(answer.location + "/riwayat").text
    assert "Rina Sekretariat mendaftarkan IBI Sumatera Selatan sebagai mitra kerja." in log


def test_a_unit_is_added_where_one_stands(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/mitra/baru?parent_id={cast.units['kodim']}")
    fields = page.form("/mitra/baru")
    assert (fields["parent_id"], fields["category"]) == (str(cast.units["kodim"]), "tni")


def test_a_refused_form_keeps_what_was_typed(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/mitra/baru")
    page = browser.submit(
        page,
        "/mitra/baru",
        {"name": "Kodam II/Sriwijaya", "category": "tni", "coverage": str(cast.regions["16.04.12"]), "email": "salah"},
        422,
    )
    assert page.select("//input[@name='email']/@value") == ["salah"]
    assert page.select("//input[@name='coverage'][@checked]/@value") == [str(cast.regions["16.04.12"])]
    assert page.select("//details[@open]//input[@checked]")
    page = browser.submit(page, "/mitra/baru", {"email": "a@contoh.id"}, 422)
    assert page.errors() == ["Sudah ada mitra kerja bernama itu."]


@pytest.mark.parametrize(
    "bad",
    [
        {"category": "x"},
        {"parent_id": "x"},
        {"parent_id": "9" * 40},
        {"name": ""},
        {"name": "x" * 300},
        {"name": "\u202e\x00 "},
        {"whatsapp": "bukan nomor"},
        {"address": "x" * 100_000},
        {"coverage": "987654"},
    ],
)
def test_bad_input_is_told_and_nothing_is_saved(sign_in: Any, bad: dict[str, str]) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/mitra/baru")
    page = browser.submit(page, "/mitra/baru", {"name": "Mitra uji", "category": "private", **bad}, 422)
    assert page.select("//*[@id='errsum']")
    assert "Mitra uji" not in browser.get("/mitra").text


def test_markup_in_a_name_is_shown_and_not_run(sign_in: Any) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/mitra/baru")
    answer = browser.submit(page, "/mitra/baru", {"name": "<script>alert(1)</script>", "category": "private"})
    page = browser.get(answer.location)
    assert page.h1 == "<script>alert(1)</script>"
    assert "<script>alert" not in page.html


def test_editing_moves_ends_and_tells(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/mitra/{cast.units['kodim']}/ubah")
    options = page.select("//select[@name='parent_id']/option/text()")
    assert "Kodim 0405/Lahat" not in "".join(options)
    answer = browser.submit(page, f"/mitra/{cast.units['kodim']}/ubah", {"parent_id": str(cast.units["polda"])})
    page = browser.get(answer.location)
    assert f"/mitra/{cast.units['polda']}" in page.links()
    page = browser.get(f"/mitra/{cast.units['kodim']}/ubah")
    page = browser.submit(page, f"/mitra/{cast.units['kodim']}/ubah", {"ended_on": "31/02/2026"}, 422)
    assert page.errors() == ["Tanggal 31 tidak ada di bulan itu."]
    browser.submit(page, f"/mitra/{cast.units['kodim']}/ubah", {"ended_on": "10/06/2026"})
    assert "10 Juni 2026" in browser.get(f"/mitra/{cast.units['kodim']}").text


def test_two_people_editing_lose_nothing(sign_in: Any, cast: Cast) -> None:
    first, second = sign_in("sekretariat"), sign_in("admin")
    action = f"/mitra/{cast.units['polda']}/ubah"
    mine, yours = first.get(action), second.get(action)
    first.submit(mine, action, {"phone": "0711 111"})
    page = second.submit(yours, action, {"phone": "0711 222", "coverage": str(cast.regions["16.04"])}, 409)
    assert "0711 111" in page.text
    assert "0711 222" in page.text
    second.submit(page, action)
    page = second.get(f"/mitra/{cast.units['polda']}")
    assert "0711 222" in page.text
    assert "Kabupaten Lahat" in page.text


def test_an_office_of_several_provinces_ticks_in_one_after_the_other(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        other = make_region("19", "Kepulauan Bangka Belitung")
        bangka = make_region("19.01", "Kabupaten Bangka")
        settings.change(None, {"provinces": ["16", "19"]})
    browser = sign_in("sekretariat")
    page = browser.get("/mitra/baru")
    assert "Kabupaten Bangka" not in page.text
    assert page.select("//form[@action='/mitra/baru']//button[@type='submit']")[0].get("name") is None
    ticked = {"name": "Mitra dua provinsi", "category": "bank", "coverage": str(cast.regions["16.04"])}
    page = browser.submit(page, "/mitra/baru", {**ticked, "cascade": "1", "province_id": str(other)}, 200)
    assert page.select("//input[@name='name']/@value") == ["Mitra dua provinsi"]
    assert page.select("//input[@name='coverage'][@checked]/@value") == [str(cast.regions["16.04"])]
    both = [str(cast.regions["16.04"]), str(bangka)]
    answer = browser.submit(page, "/mitra/baru", {"coverage": both})
    text = browser.get(answer.location).text
    assert "Kabupaten Lahat" in text
    assert "Kabupaten Bangka" in text


def test_only_the_secretariat_registers_and_edits(sign_in: Any, cast: Cast) -> None:
    for name in ("pimpinan", "tni", "opd", "stranger"):
        browser: HtmlClient = sign_in(name)
        own = f"/mitra/{cast.units['bank'] if name == 'stranger' else cast.units['kodam']}"
        for path in ("/mitra/baru", f"{own}/ubah", f"{own}/jabatan/baru"):
            browser.get(path, status=403)
            browser.post(path, {"name": "x"}, 403, page="/mitra")


def test_the_form_fits_a_real_province(sign_in: Any, write: Any, count_queries: Any) -> None:
    with write():
        regions.load(["16"])
    browser = sign_in("sekretariat")
    with count_queries() as seen:
        page = browser.get("/mitra/baru")
    assert len(page.select("//input[@name='coverage']")) == 1 + 17 + 241
    assert len(seen) <= 12
    assert len(page.response.get_data()) < 120_000


# --- contact data and posts --------------------------------------------------------------------------------------


def test_a_liaison_updates_the_own_number(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("kodim")
    action = f"/mitra/{cast.units['kodim']}/narahubung"
    assert action in browser.get(f"/mitra/{cast.units['kodim']}").links()
    page = browser.get(action)
    page = browser.submit(page, action, {"whatsapp": "123"}, 422)
    assert page.errors() == ["Tulis nomor ponsel Indonesia, misalnya 0812-3456-7890."]
    browser.submit(page, action, {"whatsapp": "0813-9999-0000", "phone": "0731 321"})
    page = browser.get(f"/mitra/{cast.units['kodim']}")
    assert "https://wa.me/6281399990000" in page.links()
    stale = {**page.form("/keluar"), "version": "1", "phone": "lama"}
    page = browser.post(action, stale, 409, page=action)
    assert "0731 321" in page.text


def test_others_contacts_are_out_of_reach(sign_in: Any, cast: Cast) -> None:
    path = "/mitra/{}/narahubung"
    sign_in("tni").get(path.format(cast.units["polda"]), status=404)
    sign_in("tni").post(path.format(cast.units["polda"]), {}, 404, page=path.format(cast.units["kodam"]))
    sign_in("opd").get(path.format(cast.units["kodim"]), status=403)
    sign_in("opd").post(path.format(cast.units["kodim"]), {}, 403, page=path.format(cast.units["opd_lahat"]))
    sign_in("pimpinan").get(path.format(cast.units["kodam"]), status=403)
    assert path.format(cast.units["kodim"]) not in sign_in("opd").get(f"/mitra/{cast.units['kodim']}").links()


def test_posts_are_added_and_ended(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    action = f"/mitra/{cast.units['idi']}/jabatan/baru"
    page = browser.get(action)
    page = browser.submit(page, action, {"title": "", "role": "penghubung"}, 422)
    page = browser.submit(page, action, {"title": "Sekretaris wilayah", "role": "admin"}, 422)
    browser.submit(page, action, {"title": "Sekretaris wilayah", "role": "penghubung", "is_contact": "y"})
    page = browser.get(f"/mitra/{cast.units['idi']}")
    assert "Sekretaris wilayah" in page.text
    assert "belum ada pemegang jabatan" in page.text
    (end,) = [href for href in page.links() if href.endswith("/akhiri")]
    page = browser.get(end)
    assert "Sekretaris wilayah" in page.text
    browser.submit(page, end)
    page = browser.get(f"/mitra/{cast.units['idi']}/riwayat")
    assert "Rina Sekretariat mengakhiri jabatan Sekretaris wilayah" in page.text
    browser.get(end, status=404)


def test_ending_a_held_post_says_who_loses_it(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    end = f"/mitra/{cast.units['polda']}/jabatan/{cast.posts['polri']}/akhiri"
    page = browser.get(end)
    assert "AKP Dewi tidak lagi bertindak untuk satuan ini." in page.text
    browser.submit(page, end)
    assert "belum ada" in cells(browser.get("/mitra"), "Polda Sumatera Selatan")[1]


def test_the_last_admins_post_is_safe(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("admin")
    end = f"/mitra/{cast.units['office']}/jabatan/{cast.posts['admin']}/akhiri"
    page = browser.submit(browser.get(end), end, status=422)
    assert "Pengguna" in page.text
    sign_in("sekretariat").post(end, {}, 403, page="/mitra/baru")


def test_a_page_without_posts_says_what_follows(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        db.session.execute(update(Post).where(Post.organization_id == cast.units["bank"]).values(ended_on=TODAY))
    page = sign_in("sekretariat").get(f"/mitra/{cast.units['bank']}")
    assert "Belum ada jabatan." in page.text
    assert "Tidak ada komitmen yang terbuka." in page.text
