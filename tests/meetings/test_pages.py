"""Meetings as people see them: the list, the page, and who may see what."""

from __future__ import annotations

from datetime import date, time

import pytest

from tests.factories.meetings import decision, guest, meeting


@pytest.fixture
def rakorda(write, who, cast) -> int:
    """A meeting to which the Kodam, Lahat's district office and IDI are invited."""
    with write():
        number = meeting(
            who("sekretariat"),
            title="Rapat Koordinasi Daerah 2026",
            held_on=date(2026, 5, 12),
            starts_at=time(9, 0),
            place="Hotel Aston, Palembang",
            chair="Kepala Perwakilan",
            minute_taker="Rina",
            invited=[cast.units["kodam"], cast.units["opd_lahat"], cast.units["idi"]],
        )
        decision(meeting_id=number, kind="arahan", text="Tingkatkan kemitraan", by="Wakil Presiden")
        decision(meeting_id=number, kind="kesepakatan", text="Satu kecamatan satu Kampung KB")
    return number


def test_the_page_says_when_where_who_led_it_and_what_was_decided(sign_in, rakorda: int) -> None:
    page = sign_in("sekretariat").get(f"/rapat/{rakorda}")
    assert page.h1 == "Rapat Koordinasi Daerah 2026"
    assert "Selasa, 12 Mei 2026, pukul 09.00 WIB" in page.text
    for words in ("Hotel Aston, Palembang", "Kepala Perwakilan", "Rina", "Arahan 1", "Tingkatkan kemitraan"):
        assert words in page.text
    assert "Wakil Presiden" in page.text
    assert "Kesepakatan 1" in page.text
    assert page.text.index("Arahan 1") < page.text.index("Kesepakatan 1")
    assert f"/laporan/matriks-tindak-lanjut?meeting_id={rakorda}" in page.links()
    assert "Belum ada komitmen atau tindak lanjut dari rapat ini." in page.text


def test_the_secretariat_turns_a_decision_into_work_with_one_tap(sign_in, rakorda: int) -> None:
    links = sign_in("sekretariat").get(f"/rapat/{rakorda}").links()
    assert any(link.startswith("/komitmen/baru?decision_id=") for link in links)
    assert any(link.startswith("/tindak-lanjut/baru?decision_id=") for link in links)


def test_readers_are_offered_nothing_that_they_may_not_do(sign_in, rakorda: int) -> None:
    for name in ("pimpinan", "tni"):
        links = sign_in(name).get(f"/rapat/{rakorda}").links()
        assert not [link for link in links if "baru" in link or "ubah" in link or "undang" in link or "hadir" in link]


@pytest.mark.parametrize(("name", "sees"), [("tni", True), ("opd", True), ("pimpinan", True), ("admin", True)])
def test_those_invited_and_the_office_see_the_meeting(sign_in, rakorda: int, name: str, sees: bool) -> None:
    browser = sign_in(name)
    assert "Rapat Koordinasi Daerah 2026" in browser.get("/rapat").text
    browser.get(f"/rapat/{rakorda}", 200)


@pytest.mark.parametrize("name", ["kodim", "polri", "stranger"])
def test_those_not_invited_do_not_learn_that_the_meeting_exists(sign_in, rakorda: int, name: str) -> None:
    browser = sign_in(name)
    page = browser.get("/rapat")
    assert "Rapat Koordinasi Daerah 2026" not in page.text
    assert "Belum ada rapat" in page.text
    assert browser.get(f"/rapat/{rakorda}", 404).h1 == browser.get("/rapat/987654", 404).h1
    assert "2026" not in browser.get("/rapat?q=koordinasi&year=2026").select("//div[@id='daftar']")[0].text_content()


def test_a_unit_below_sees_what_it_is_invited_to_itself_and_its_partner_sees_that_too(sign_in, write, cast) -> None:
    with write():
        number = meeting(title="Lokmin Lahat", invited=[cast.units["kodim"]])
    assert sign_in("kodim").get(f"/rapat/{number}").h1 == "Lokmin Lahat"
    assert sign_in("tni").get(f"/rapat/{number}").h1 == "Lokmin Lahat"


def test_attendance_is_shown_by_organisation_with_its_counts(sign_in, write, rakorda: int, cast) -> None:
    with write():
        guest(meeting_id=rakorda, organization_id=cast.units["kodam"], name="Mayor Budi", present=True)
        guest(meeting_id=rakorda, organization_id=cast.units["polda"], name="AKP Dewi", present=False)
    text = sign_in("sekretariat").get(f"/rapat/{rakorda}").text
    assert "4 organisasi diundang" in text
    assert "1 hadir" in text
    assert "1 tidak hadir" in text
    assert "2 belum dicatat" in text
    assert "Mayor Budi" in text


def test_coming_meetings_stand_above_past_ones_and_today_is_not_past(sign_in, write) -> None:
    with write():
        meeting(title="Rapat kemarin", held_on=date(2026, 6, 9))
        meeting(title="Rapat hari ini", held_on=date(2026, 6, 10))
        meeting(title="Rapat depan", held_on=date(2026, 7, 1))
        meeting(title="Masih berlangsung", held_on=date(2026, 6, 8), ends_on=date(2026, 6, 11))
    text = sign_in("pimpinan").get("/rapat").select("//div[@id='daftar']")[0].text_content()
    order = ["Akan datang", "Rapat hari ini", "Masih berlangsung", "Rapat depan", "Sudah berlangsung", "Rapat kemarin"]
    assert sorted(order, key=text.index) == order


def test_the_list_is_narrowed_by_kind_year_and_words(sign_in, write) -> None:
    with write():
        meeting(title="Rakorda Sumsel", kind="rakorda", held_on=date(2017, 3, 7))
        meeting(title="Radalgram Mei", kind="radalgram", held_on=date(2026, 5, 1))
        meeting(title="Persen 100%", kind="monev", held_on=date(2025, 5, 1))
    browser = sign_in("sekretariat")

    def titles(query: str) -> list[str]:
        return [a.text_content() for a in browser.get(f"/rapat?{query}").select("//td/a[@class='t']")]

    assert titles("kind=rakorda") == ["Rakorda Sumsel"]
    assert titles("year=2026") == ["Radalgram Mei"]
    assert titles("q=radal") == ["Radalgram Mei"]
    assert titles("q=%25") == ["Persen 100%"]
    assert titles("kind=tidak-ada&year=besok&when=nanti") == ["Radalgram Mei", "Persen 100%", "Rakorda Sumsel"]
    assert "Tidak ada rapat yang cocok" in browser.get("/rapat?q=tidakada").text


def test_a_long_list_is_paged_by_key_and_shows_every_meeting_once(sign_in, write) -> None:
    with write():
        for n in range(120):
            meeting(title=f"Rapat {n}", held_on=date(2026, 1, 1 + n % 20))
    browser, found, path = sign_in("sekretariat"), [], "/rapat?when=past"
    for _step in range(4):
        page = browser.get(path)
        found += [a.text_content() for a in page.select("//td/a[@class='t']")]
        following = page.select("//a[@rel='next']/@href")
        if not following:
            break
        path = following[0]
    assert len(found) == 120
    assert len(set(found)) == 120


def test_a_filter_by_htmx_brings_the_list_alone(sign_in, rakorda: int) -> None:
    page = sign_in("tni").get("/rapat?q=koordinasi", htmx="daftar")
    assert "<html" not in page.html
    assert "Rapat Koordinasi Daerah 2026" in page.text


def test_the_text_for_whatsapp_is_plain_and_has_links(sign_in, rakorda: int) -> None:
    browser = sign_in("tni")
    text = browser.get(f"/rapat/{rakorda}").select("//textarea")[0].text
    assert "*Rapat Koordinasi Daerah 2026*" in text
    assert f"http://localhost/rapat/{rakorda}" in text
    assert "*Arahan 1* Tingkatkan kemitraan" in text
    assert "\u00a0" not in text
    assert "Hotel Aston" in browser.get("/rapat").select("//textarea")[0].text


def test_pages_need_few_queries_whatever_the_number_of_rows(sign_in, write, cast, count_queries) -> None:
    with write():
        for n in range(40):
            number = meeting(title=f"Rapat {n}", held_on=date(2026, 2, 1), invited=[cast.units["kodam"]])
        for n in range(30):
            decision(meeting_id=number, kind="rumusan", text=f"Rumusan {n}")
            guest(meeting_id=number, organization_id=cast.units["polda"], name=f"Orang {n}")
    for name in ("sekretariat", "tni"):
        browser = sign_in(name)
        browser.get("/rapat")
        for path, most in (("/rapat", 4), (f"/rapat/{number}", 12)):
            with count_queries() as seen:
                browser.get(path)
            assert len(seen) <= most, (name, path, len(seen), seen)
