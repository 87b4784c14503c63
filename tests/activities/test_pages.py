"""Activities as people see them: the list and its filters, the page, and who may see what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kbpartners.activities import service
from kbpartners.followups.service import Source
from tests.factories.activities import activity, kampung, reported
from tests.factories.commitments import commitment
from tests.factories.followups import make_followup


@pytest.fixture
def bungur(write, cast) -> int:
    """A Kampung KB in Lahat."""
    with write():
        return kampung(cast)


@pytest.fixture
def service_day(write, cast, bungur: int) -> int:
    """An activity of the Kodim in Lahat with IDI, planned for 1 June 2026 and not yet reported."""
    with write():
        return activity(cast, kampung_id=bungur, partners={"idi": "Dua dokter"}, contribution="12 Babinsa")


def titles(page) -> list[str]:
    return [a.text_content() for a in page.select("//td/a[@class='t']")]


def test_the_page_says_what_where_when_by_whom_and_for_which_commitment(sign_in, write, cast, bungur: int) -> None:
    with write():
        promise = commitment(cast, title="Babinsa mendampingi")
        number = activity(
            cast,
            kampung_id=bungur,
            partners={"idi": "Dua dokter"},
            commitments=(promise,),
            description="Uraian panjang",
        )
        make_followup(cast.units["kodim"], title="Ulangi di desa tetangga", source=Source(activity_id=number))
    page = sign_in("sekretariat").get(f"/kegiatan/{number}")
    assert page.h1 == "Pelayanan KB bergerak bersama Kodim"
    for words in (
        "KG-0001",
        "Kampung KB Bungur",
        "Bungamas, Kec. Kikim Timur, Kabupaten Lahat",
        "Menunggu laporan",
        "Reproduksi",
        "1 Juni 2026",
        "Kodim 0405/Lahat",
        "penyelenggara",
        "IDI Sumsel",
        "Dua dokter",
        "Kontribusi belum diisi.",
        "Babinsa mendampingi",
        "Uraian panjang",
        "Ulangi di desa tetangga",
        "Belum dilaporkan.",
    ):
        assert words in page.text, words
    links = page.links()
    assert f"/kampung-kb/{bungur}" in links
    assert f"/komitmen/{promise}" in links
    assert f"/tindak-lanjut/baru?activity_id={number}" in links


def test_the_report_is_shown_with_its_numbers_and_its_state(sign_in, write, cast, service_day: int) -> None:
    with write():
        reported(None, service_day, participants=1234, obstacle="Hujan", realised_until=date(2026, 6, 2))
    page = sign_in("pimpinan").get(f"/kegiatan/{service_day}")
    for words in (
        "Menunggu verifikasi",
        "1.234 orang",
        "43 peserta dilayani.",
        "Hujan",
        "1 Juni 2026 sampai 2 Juni 2026",
    ):
        assert words in page.text, words


def test_what_was_not_counted_is_not_shown_as_none(sign_in, write, service_day: int) -> None:
    with write():
        reported(None, service_day, participants=None)
    page = sign_in("pimpinan").get(f"/kegiatan/{service_day}")
    assert "Peserta belum dilaporkan" in page.text


@pytest.mark.parametrize("name", ["admin", "sekretariat", "pimpinan", "tni", "kodim", "opd"])
def test_the_organiser_its_superiors_the_district_office_and_bkkbn_see_it(sign_in, service_day: int, name: str) -> None:
    browser = sign_in(name)
    assert titles(browser.get("/kegiatan")) == ["Pelayanan KB bergerak bersama Kodim"]
    browser.get(f"/kegiatan/{service_day}", 200)


@pytest.mark.parametrize("name", ["polri", "stranger"])
def test_others_do_not_learn_that_it_exists(sign_in, service_day: int, name: str) -> None:
    browser = sign_in(name)
    page = browser.get("/kegiatan")
    assert titles(page) == []
    assert "Belum ada kegiatan bersama" in page.text
    browser.get(f"/kegiatan/{service_day}", 404)
    assert titles(browser.get("/kegiatan?q=pelayanan")) == []
    for path in ("ubah", "kontribusi", "realisasi", "batal"):
        browser.get(f"/kegiatan/{service_day}/{path}", 404)


def test_those_who_only_take_part_see_it_too(sign_in, write, cast, bungur: int) -> None:
    with write():
        number = activity(cast, kampung_id=bungur, organizer="idi", partners={"polres": "Pengamanan"})
    sign_in("polri").get(f"/kegiatan/{number}", 200)
    sign_in("tni").get(f"/kegiatan/{number}", 404)


def test_a_district_office_does_not_see_other_regions(sign_in, write, cast) -> None:
    with write():
        place = kampung(cast, "Ilir", "16.71.01.1001")
        number = activity(cast, kampung_id=place, organizer="kodim_palembang")
    sign_in("opd").get(f"/kegiatan/{number}", 404)


def test_a_commitment_of_somebody_else_is_named_without_link_or_title(sign_in, write, cast, bungur: int) -> None:
    with write():
        promise = commitment(cast, title="Rahasia Polda", owner="polda")
        number = activity(cast, kampung_id=bungur, commitments=(promise,))
    page = sign_in("kodim").get(f"/kegiatan/{number}")
    assert "Komitmen satuan lain" in page.text
    assert "Rahasia Polda" not in page.html
    assert f"/komitmen/{promise}" not in page.links()


def test_the_list_is_narrowed_by_partner_region_period_function_and_words(sign_in, write, cast, bungur: int) -> None:
    with write():
        ilir = kampung(cast, "Ilir Sejahtera", "16.71.01.1001")
        activity(cast, kampung_id=bungur, title="Lahat Mei", planned_on=date(2026, 5, 10), partners={"idi": ""})
        activity(
            cast,
            kampung_id=ilir,
            title="Palembang Juli",
            organizer="polda",
            family_function="ekonomi",
            planned_on=date(2026, 7, 10),
        )
    browser = sign_in("sekretariat")

    def shown(query: str) -> list[str]:
        return titles(browser.get(f"/kegiatan?{query}"))

    assert shown("") == ["Palembang Juli", "Lahat Mei"]
    assert shown("sort=planned_on") == ["Lahat Mei", "Palembang Juli"]
    assert shown(f"organization_id={cast.units['kodam']}") == ["Lahat Mei"]
    assert shown(f"organization_id={cast.units['idi']}") == ["Lahat Mei"]
    assert shown(f"organization_id={cast.units['polda']}") == ["Palembang Juli"]
    assert shown(f"organization_id={cast.units['opd_lahat']}") == []
    assert shown(f"region_id={cast.regions['16.71']}") == ["Palembang Juli"]
    assert shown(f"region_id={cast.regions['16.71']}&organization_id={cast.units['idi']}") == []
    assert titles(sign_in("tni").get(f"/kegiatan?region_id={cast.regions['16.71']}")) == []
    assert titles(sign_in("tni").get(f"/kegiatan?organization_id={cast.units['kodim']}")) == ["Lahat Mei"]
    assert titles(sign_in("tni").get(f"/kegiatan?organization_id={cast.units['polda']}")) == []
    assert shown("planned_from=01/06/2026") == ["Palembang Juli"]
    assert shown("planned_to=2026-05-31") == ["Lahat Mei"]
    assert shown("family_function=ekonomi") == ["Palembang Juli"]
    assert shown("q=sejahtera") == ["Palembang Juli"]
    assert shown("q=lahat+mei") == ["Lahat Mei"]
    assert shown("q=KG-0002") == ["Palembang Juli"]
    assert shown("q=%25") == []
    assert shown("planned_from=31/02/2017&planned_to=besok&organization_id=abc&region_id=-1&status=x") == shown("")
    assert shown("organization_id=99999999999999999999") == shown("")
    refused = browser.get("/kegiatan?planned_from=31/02/2017").text
    assert "Tanggal 31 tidak ada di bulan itu. Saringan tanggal itu diabaikan." in refused
    assert "Tidak ada kegiatan yang cocok" in browser.get("/kegiatan?q=tidakada").text


def test_each_state_is_a_view_and_today_decides_between_them(sign_in, write, who, cast, bungur: int, on_day) -> None:
    with write():
        made = {
            name: activity(cast, kampung_id=bungur, title=name, planned_on=start, planned_until=end)
            for name, start, end in (
                ("depan", date(2026, 6, 11), date(2026, 6, 11)),
                ("sedang", date(2026, 6, 10), date(2026, 6, 10)),
                ("lewat", date(2026, 6, 9), date(2026, 6, 9)),
                ("dilapor", date(2026, 6, 1), date(2026, 6, 1)),
                ("kembali", date(2026, 6, 1), date(2026, 6, 1)),
                ("sah", date(2026, 6, 1), date(2026, 6, 1)),
                ("batal", date(2026, 6, 1), date(2026, 6, 1)),
            )
        }
        for name in ("dilapor", "kembali", "sah"):
            reported(None, made[name])
        service.verify(who=who("sekretariat"), activity_id=made["kembali"], decision="return", note="Foto kurang")
        service.verify(who=who("sekretariat"), activity_id=made["sah"], decision="accept")
        service.cancel(who=who("sekretariat"), activity_id=made["batal"], reason="Banjir")
    browser = sign_in("sekretariat")
    views = {
        "planned": "depan",
        "ongoing": "sedang",
        "awaiting_report": "lewat",
        "reported": "dilapor",
        "returned": "kembali",
        "verified": "sah",
        "cancelled": "batal",
    }
    for status, name in views.items():
        assert titles(browser.get(f"/kegiatan?status={status}")) == [name], status
    assert len(titles(browser.get("/kegiatan"))) == 7
    on_day(date(2026, 6, 11))
    assert set(titles(browser.get("/kegiatan?status=awaiting_report"))) == {"sedang", "lewat"}
    assert titles(browser.get("/kegiatan?status=ongoing")) == ["depan"]


def test_a_long_list_is_paged_by_key_in_both_directions(sign_in, write, cast, bungur: int) -> None:
    with write():
        for n in range(115):
            number = activity(cast, kampung_id=bungur, title=f"K{n}", planned_on=date(2026, 5, 1) + timedelta(n % 12))
            if n % 3 == 0:
                service.cancel(who=None, activity_id=number, reason="Uji")
    for name in ("sekretariat", "tni"):
        for query in ("", "?sort=planned_on", f"?region_id={cast.regions['16.04']}"):
            browser, found, path = sign_in(name), [], f"/kegiatan{query}"
            while path:
                page = browser.get(path)
                found += titles(page)
                path = next(iter(page.select("//a[@rel='next']/@href")), "")
            assert len(found) == 115
            assert len(set(found)) == 115


def test_a_filter_by_htmx_brings_the_list_alone(sign_in, service_day: int) -> None:
    page = sign_in("tni").get("/kegiatan?q=bergerak", htmx="daftar")
    assert "<html" not in page.html
    assert titles(page) == ["Pelayanan KB bergerak bersama Kodim"]


def test_the_texts_for_whatsapp_have_place_state_and_link(sign_in, write, service_day: int) -> None:
    browser = sign_in("kodim")
    text = browser.get("/kegiatan").select("//textarea")[0].text
    assert f"http://localhost/kegiatan/{service_day}" in text
    assert "Kampung KB Bungur, Kabupaten Lahat, 1 Juni 2026" in text
    assert "Kodim 0405/Lahat, IDI Sumsel: Menunggu laporan" in text
    with write():
        reported(None, service_day)
    text = browser.get(f"/kegiatan/{service_day}").select("//textarea")[0].text
    assert "Peserta: 43" in text
    assert "\u00a0" not in text


def test_pages_need_few_queries_whatever_the_number_of_rows(sign_in, write, cast, bungur: int, count_queries) -> None:
    with write():
        promise = commitment(cast)
        for n in range(60):
            number = activity(
                cast,
                kampung_id=bungur,
                title=f"K{n}",
                partners={"idi": "", "polres": "", "opd_lahat": "", "office": ""},
                commitments=(promise,),
            )
            make_followup(cast.units["kodim"], source=Source(activity_id=number))
        for _n in range(20):
            make_followup(cast.units["kodim"], source=Source(activity_id=number))
    for name in ("sekretariat", "kodim", "opd"):
        browser = sign_in(name)
        browser.get("/kegiatan")
        for path, most in (
            ("/kegiatan", 4),
            ("/kegiatan?q=k", 4),
            (f"/kegiatan/{number}", 12),
            ("/kegiatan/baru", 12),
            (f"/kegiatan/baru?kampung_id={bungur}", 12),
            (f"/kegiatan/{number}/realisasi", 12),
        ):
            with count_queries() as seen:
                browser.get(path)
            assert len(seen) <= most, (name, path, len(seen), seen)


# --- what other pages ask for -------------------------------------------------------------------------------------


def test_a_kampung_and_a_commitment_list_the_activities_that_the_reader_may_see(ctx, who, cast) -> None:
    place, promise = kampung(cast), commitment(cast)
    first = activity(cast, kampung_id=place, planned_on=date(2026, 5, 1), commitments=(promise,))
    second = activity(cast, kampung_id=place, organizer="polda", commitments=(promise,))
    third = activity(cast, kampung_id=place, planned_on=date(2026, 7, 1), commitments=(promise,))
    service.cancel(who=who("sekretariat"), activity_id=third, reason="Uji")
    assert [row.id for row in service.of_kampung(place, who("pimpinan"))] == [third, second, first]
    assert [row.id for row in service.of_kampung(place, who("polri"))] == [second]
    served = service.of_commitment(promise, who("sekretariat"), limit=2)
    assert ([row.id for row in served.rows], served.count) == ([third, second], 3)
    assert service.of_commitment(promise, who("tni")).count == 2
    assert service.of_commitment(promise, who("stranger")).count == 0
    assert service.counts_of_commitments([promise, 987654], who("sekretariat")) == {promise: 2}
    assert service.counts_of_commitments([promise], who("polri")) == {promise: 1}
