"""What came from a meeting, as it stands today: for the office all of it, for a partner what is its own."""

from __future__ import annotations

from datetime import date

import pytest

from kbpartners.followups.service import Source
from tests.factories.commitments import accepted, commitment
from tests.factories.followups import make_followup
from tests.factories.meetings import decision, meeting


@pytest.fixture
def rakorda(write, cast) -> dict[str, int]:
    """A meeting with one decision, a late commitment of the Kodam, a follow-up of IDI and one of Polda."""
    found: dict[str, int] = {}
    with write():
        found["meeting"] = meeting(held_on=date(2026, 3, 3), invited=[cast.units["kodam"], cast.units["idi"]])
        found["decision"] = decision(meeting_id=found["meeting"], kind="arahan", text="Tingkatkan kemitraan")
        found["commitment"] = commitment(
            cast,
            title="Babinsa mendampingi",
            decision_id=found["decision"],
            period_start=date(2026, 4, 1),
            due_on=date(2026, 6, 5),
        )
        accepted(cast, found["commitment"], 168)
        found["idi"] = make_followup(
            cast.units["idi"],
            title="Usulkan dokter pendamping",
            due_on=date(2026, 7, 1),
            source=Source(decision_id=found["decision"]),
        )
        found["polda"] = make_followup(
            cast.units["polda"],
            title="Rahasia Polda",
            due_on=date(2026, 7, 2),
            source=Source(commitment_id=found["commitment"]),
        )
    return found


def test_the_secretariat_sees_each_outcome_with_owner_due_day_state_and_achievement(sign_in, rakorda) -> None:
    page = sign_in("sekretariat").get(f"/rapat/{rakorda['meeting']}")
    for words in (
        "K-0001",
        "Babinsa mendampingi",
        "Kodam II/Sriwijaya",
        "Terlambat 5 hari",
        "capaian 69,7 %",
        "Usulkan dokter pendamping",
        "tenggat 1 Juli 2026",
        "Belum ditindaklanjuti",
        "Rahasia Polda",
        "3 turunan: 1 terlambat (paling lama 5 hari), 2 berjalan.",
        "Kuning.",
    ):
        assert words in page.text, words
    assert f"/komitmen/{rakorda['commitment']}" in page.links()
    assert f"/tindak-lanjut/{rakorda['polda']}" in page.links()
    assert "Terlambat 5 hari" in page.select("//textarea")[0].text


def test_a_partner_sees_its_own_outcomes_and_neither_links_nor_counts_of_others(sign_in, rakorda) -> None:
    page = sign_in("tni").get(f"/rapat/{rakorda['meeting']}")
    assert "1 turunan: 1 terlambat" in page.text
    assert "Babinsa mendampingi" in page.text
    assert "Ada turunan lain di satuan lain." in page.text
    for words in ("Usulkan dokter", "Rahasia Polda", f"/tindak-lanjut/{rakorda['idi']}"):
        assert words not in page.html


def test_what_a_meeting_left_open_is_brought_to_the_next_one_and_what_is_done_is_not(sign_in, write, who, cast) -> None:
    with write():
        first = meeting(title="Rapat pertama", held_on=date(2026, 1, 10))
        one = decision(meeting_id=first, text="Keputusan pertama")
        make_followup(cast.units["idi"], title="Masih terbuka", source=Source(decision_id=one))
        two = decision(meeting_id=first, text="Keputusan selesai")
        second = meeting(title="Rapat kedua", held_on=date(2026, 2, 10), predecessor_id=first)
        third = meeting(title="Rapat ketiga", held_on=date(2026, 3, 10), predecessor_id=second)
        done = commitment(cast, title="Sudah selesai", decision_id=two)
    with write():
        from kbpartners.commitments import service as commitments

        commitments.end(done, who=who("sekretariat"), reason="Tercapai lewat program lain")
    browser = sign_in("sekretariat")
    for number in (second, third):
        page = browser.get(f"/rapat/{number}")
        assert "Dibawa dari rapat lalu" in page.text
        assert "Masih terbuka" in page.text
        assert "Sudah selesai" not in page.text
    assert "Rapat kedua" in page.text
    assert "Dilanjutkan" in browser.get(f"/rapat/{first}").text
    assert "Dihentikan" in browser.get(f"/rapat/{first}").text


def test_a_partner_is_not_told_the_words_of_an_earlier_meeting_that_it_was_not_invited_to(sign_in, write, cast) -> None:
    with write():
        first = meeting(title="Rapat tertutup", held_on=date(2026, 1, 10))
        one = decision(meeting_id=first, text="Keputusan tertutup")
        make_followup(cast.units["kodim"], title="Tugas Kodim", source=Source(decision_id=one))
        second = meeting(title="Rapat terbuka", predecessor_id=first, invited=[cast.units["kodam"]])
    page = sign_in("tni").get(f"/rapat/{second}")
    assert "Tugas Kodim" in page.text
    assert "tertutup" not in page.html
    assert "Dari rapat yang tidak Anda ikuti" in page.text


def test_the_light_is_green_while_nothing_is_late_and_red_when_half_of_it_is(sign_in, write, cast) -> None:
    with write():
        number = meeting()
        one = decision(meeting_id=number)
        make_followup(cast.units["idi"], due_on=date(2026, 6, 10), source=Source(decision_id=one))
    browser = sign_in("pimpinan")
    assert "Hijau. 1 turunan: 1 berjalan." in browser.get(f"/rapat/{number}").text
    with write():
        make_followup(cast.units["idi"], due_on=date(2026, 6, 9), source=Source(decision_id=one))
    assert "Merah. 2 turunan: 1 terlambat (paling lama 1 hari), 1 berjalan." in browser.get(f"/rapat/{number}").text


def test_a_decision_with_two_hundred_outcomes_costs_no_more_queries(sign_in, write, cast, count_queries) -> None:
    with write():
        number = meeting(invited=[cast.units["kodam"]])
        one = decision(meeting_id=number)
        for n in range(200):
            make_followup(cast.units["kodim"], title=f"Tugas {n}", source=Source(decision_id=one))
        commitment(cast, decision_id=one)
    for name in ("sekretariat", "tni"):
        browser = sign_in(name)
        browser.get("/rapat")
        with count_queries() as seen:
            assert "201 turunan" in browser.get(f"/rapat/{number}").text
        assert len(seen) <= 12, seen


def test_commitments_learn_which_decision_they_came_from(ctx, who, cast) -> None:
    from kbpartners.meetings import service

    number = meeting(title="Rakorda", invited=[cast.units["kodam"]])
    one = decision(meeting_id=number, kind="arahan")
    source = service.source_of(who("tni"), one)
    assert source is not None
    assert (source.words, source.meeting, source.seen) == ("Arahan 1", "Rakorda", True)
    other = service.source_of(who("polri"), one)
    assert other is not None
    assert not other.seen
    assert service.source_of(who("tni"), 987654) is None
