"""Lists, the queue of the secretariat and the liaison's own: right rows, right order, few queries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from kbpartners.commitments import service
from kbpartners.commitments.service import Filters, IndicatorTerms, choices
from kbpartners.commitments.service.listing import STATUSES
from tests.cast import Cast
from tests.factories import commitments as make

TODAY = date(2026, 6, 10)


@pytest.fixture(autouse=True)
def in_request(app: Flask, ctx: None):
    with app.test_request_context():
        yield


def days(number: int) -> timedelta:
    return timedelta(days=number)


@pytest.fixture
def some(cast: Cast) -> dict[str, int]:
    """One commitment for each ready view."""
    found = {
        "late": make.commitment(cast, title="Terlambat", due_on=TODAY - days(2), period_start=TODAY - days(20)),
        "submitted": make.commitment(cast, title="Diajukan", owner="kodim", region="16.04", due_on=TODAY + days(3)),
        "returned": make.commitment(cast, title="Dikembalikan", owner="kodim", due_on=TODAY + days(40)),
        "silent": make.commitment(cast, title="Sunyi", owner="polda", period_start=TODAY - days(60), priority="high"),
        "proposed_done": make.commitment(cast, title="Diusulkan", owner="idi", due_on=TODAY + days(4)),
        "done": make.commitment(cast, title="Selesai", owner="polres", region="16.04"),
        "ended": make.commitment(cast, title="Berhenti", owner="polda"),
    }
    make.reported(cast, found["submitted"], 5, by="kodim")
    make.returned(cast, found["returned"], 5, by="kodim")
    make.reported(cast, found["proposed_done"], 241, by="sekretariat", proposal="proposed_done")
    make.accepted(cast, found["done"], 241, by="polri", proposal="proposed_done")
    service.end(found["ended"], who=make.acting_as(cast, "sekretariat"), reason="Bubar")
    return found


def titles(who, **filters) -> list[str]:
    return [row.title for row in service.page(who, Filters(**filters)).rows]


def test_each_ready_view_shows_its_own(some: dict[str, int], who) -> None:
    office = who("sekretariat")
    assert titles(office) == ["Terlambat", "Diajukan", "Diusulkan", "Sunyi", "Dikembalikan"]
    assert titles(office, status="late") == ["Terlambat"]
    assert titles(office, status="submitted") == ["Diajukan", "Diusulkan"]
    assert titles(office, status="returned") == ["Dikembalikan"]
    assert titles(office, status="silent") == ["Sunyi"]
    assert titles(office, status="proposed_done") == ["Diusulkan"]
    assert titles(office, status="done") == ["Selesai"]
    assert titles(office, status="ended") == ["Berhenti"]
    assert titles(office, status="all")[-2:] == ["Berhenti", "Selesai"]
    assert set(STATUSES) == {*some, "open", "all"}


def test_everybody_sees_their_own_scope(some: dict[str, int], who) -> None:
    assert titles(who("tni")) == ["Terlambat", "Diajukan", "Dikembalikan"]
    assert titles(who("kodim")) == ["Diajukan", "Dikembalikan"]
    assert titles(who("polri"), status="all") == ["Sunyi", "Berhenti", "Selesai"]
    assert titles(who("opd"), status="all") == ["Diajukan", "Selesai"]
    assert titles(who("stranger"), status="all") == []
    assert len(titles(who("pimpinan"))) == 5


def test_a_filter_by_unit_shows_what_it_owns_with_the_units_below_it(some: dict[str, int], cast: Cast, who) -> None:
    make.commitment(cast, title="Didukung", owner="idi", supporters={"kodam": ""})
    office = who("sekretariat")
    assert titles(office, organization_id=cast.units["kodam"]) == ["Terlambat", "Diajukan", "Dikembalikan"]
    assert titles(office, organization_id=cast.units["office"]) == []
    assert titles(who("tni"), organization_id=cast.units["kodim"]) == ["Diajukan", "Dikembalikan"]
    assert titles(who("tni"), organization_id=cast.units["polda"]) == []
    assert titles(who("polri"), organization_id=cast.units["kodim"]) == []


def test_filters_narrow(some: dict[str, int], cast: Cast, who) -> None:
    office = who("sekretariat")
    assert titles(office, region_id=cast.regions["16.04"]) == ["Diajukan"]
    assert len(titles(office, region_id=cast.regions["16"])) == 5
    assert titles(office, region_id=99999) == []
    assert titles(office, priority="high") == ["Sunyi"]
    assert titles(office, due_from=TODAY, due_to=TODAY + days(4)) == ["Diajukan", "Diusulkan"]
    assert titles(office, decision_id=1) == []
    assert titles(office, meeting_id=1) == []
    assert titles(office, sort="-due_on")[0] == "Dikembalikan"


@pytest.mark.parametrize("q", ["diusul", "DIUSUL", "K-0005", "k 5", "5"])
def test_a_commitment_is_found_by_words_or_code(some: dict[str, int], who, q: str) -> None:
    assert titles(who("sekretariat"), q=q) == ["Diusulkan"]


@pytest.mark.parametrize("q", ["%", "_", "/", "%' OR 1=1 --", "99999999999", "K-"])
def test_signs_of_a_pattern_are_just_signs(some: dict[str, int], who, q: str) -> None:
    assert titles(who("sekretariat"), q=q) == []


def test_pages_continue_by_key_without_gaps_or_repeats(cast: Cast, who) -> None:
    for number in range(23):
        make.commitment(cast, title=f"{number:02}", due_on=TODAY + days(number // 5))
    for number in range(5):
        id_ = make.commitment(cast, title=f"x{number}")
        service.end(id_, who=who("sekretariat"), reason="Bubar")
    for sort in ("due_on", "-due_on", ""):
        seen: list[int] = []
        after = ""
        while True:
            page = service.page(who("tni"), Filters(status="all", sort=sort), after, size=6)
            seen += [row.id for row in page.rows]
            after = page.after
            if not after:
                break
        assert len(seen) == len(set(seen)) == 28, sort
    assert len(service.page(who("tni"), Filters(), "bukan.kunci").rows) == 23


def test_a_person_with_two_units_sees_each_commitment_once(cast: Cast, who) -> None:
    from dataclasses import replace

    make.commitment(cast, owner="kodim")
    both = replace(who("tni"), unit_ids=(cast.units["kodam"], cast.units["kodim"]))
    assert len(titles(both)) == 1
    assert len(service.to_report(replace(both, unit_ids=(cast.units["kodim"], cast.units["kodam"])))) == 0


def test_a_list_of_60_takes_as_many_queries_as_a_list_of_one(cast: Cast, who, count_queries) -> None:
    make.commitment(cast)
    tni = who("tni")
    with count_queries() as one:
        service.page(tni, Filters())
    for _number in range(60):
        make.commitment(cast)
    with count_queries() as sixty:
        page = service.page(tni, Filters())
    assert (len(page.rows), len(one), len(sixty)) == (50, 1, 1)


# --- what waits --------------------------------------------------------------------------------------------------


def test_the_queue_shows_the_oldest_first_with_new_and_previous_values(cast: Cast, who, count_queries) -> None:
    terms = (IndicatorTerms("Jumlah", 100_000, mode="sum"), IndicatorTerms("Berjalan", 100_000))
    first, second = make.commitment(cast, indicators=terms), make.commitment(cast, owner="polda")
    make.accepted(cast, first, 30, 40)
    old = make.reported(cast, first, 5, 45, on=TODAY - days(2))
    new = make.reported(cast, second, 7, by="polri")
    office = who("sekretariat")
    with count_queries() as seen:
        found = service.queue(office)
    assert [row.id for row in found.rows] == [old, new]
    summed, running = found.rows[0].figures
    assert (summed.standing, summed.gain, running.standing, running.gain) == (35_000, 5_000, 45_000, 5_000)
    assert found.rows[1].figures[0].indicator.accepted is None
    assert len(seen) == 3
    assert service.next_waiting(who("sekretariat")) == (old, first)
    assert service.waiting(new, who("sekretariat")).organization == "Polda Sumsel"
    assert service.queue(who("tni")).rows[0].id == old  # a liaison would see only what is in scope


def test_the_queue_is_continued_by_key(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    ids = [make.reported(cast, commitment_id, number) for number in range(5)]
    first = service.queue(who("sekretariat"), 3)
    rest = service.queue(who("sekretariat"), 3, first.after)
    assert [row.id for row in (*first.rows, *rest.rows)] == ids
    assert rest.after == ""


def test_the_liaison_sees_returned_first_then_late_then_soon(cast: Cast, who) -> None:
    soon = make.commitment(cast, title="Segera", due_on=TODAY + days(7))
    make.commitment(cast, title="Nanti", due_on=TODAY + days(8))
    late = make.commitment(cast, title="Lewat", due_on=TODAY - days(1))
    back = make.commitment(cast, title="Dikembalikan", due_on=TODAY + days(30))
    sent = make.commitment(cast, title="Sudah dikirim", due_on=TODAY - days(3))
    make.commitment(cast, title="Didukung", owner="idi", supporters={"kodam": ""}, due_on=TODAY - days(3))
    make.commitment(cast, title="Belum mulai", period_start=TODAY + days(1), due_on=TODAY + days(5))
    make.returned(cast, back, 1, note="Mohon nama 13 kecamatan.")
    make.reported(cast, sent, 1)
    found = service.to_report(who("tni"))
    assert [(item.row.id, item.reason) for item in found] == [(back, "returned"), (late, "late"), (soon, "soon")]
    assert found[0].note == "Mohon nama 13 kecamatan."
    assert len(service.to_report(who("tni"), 1)) == 1
    assert service.to_report(who("polri")) == []


def test_an_opd_is_asked_for_what_it_supports(cast: Cast, who) -> None:
    terms = (IndicatorTerms("Akseptor", 1_000_000, source="siga"),)
    wanted = make.commitment(cast, supporters={"opd_lahat": ""}, indicators=terms, due_on=TODAY - days(1))
    make.commitment(cast, owner="kodim", region="16.04", due_on=TODAY - days(1))
    assert [item.row.id for item in service.to_report(who("opd"))] == [wanted]


# --- words and choices -------------------------------------------------------------------------------------------


def test_the_text_for_whatsapp_is_short_plain_and_has_links(some: dict[str, int], cast: Cast, who) -> None:
    rows = service.page(who("tni"), Filters()).rows
    make.accepted(cast, some["late"], 168)
    text = service.whatsapp_text("Komitmen", service.page(who("tni"), Filters()).rows, TODAY, closing="Terima kasih.")
    assert text.splitlines()[:6] == [
        "*Komitmen*",
        "Keadaan Rabu, 10 Juni 2026",
        "",
        "*Kodam II/Sriwijaya*",
        "1. Terlambat (K-0001): tenggat 8 Juni 2026, terlambat 2 hari, dalam proses, capaian 69,7 %",
        f"http://localhost/komitmen/{some['late']}",
    ]
    assert text.endswith("Terima kasih.")
    assert "… dan 2 lagi." in service.whatsapp_text("Komitmen", rows, TODAY, most=1)
    assert "Tidak ada komitmen." in service.whatsapp_text("Komitmen", [], TODAY)


def test_the_commitments_from_a_decision_are_found_within_scope(cast: Cast, who) -> None:
    from kbpartners import clock
    from kbpartners.db import db
    from kbpartners.meetings.models import Decision, Meeting

    meeting = Meeting(title="Rakorda", kind="rakorda", held_on=date(2017, 3, 7), created_at=clock.now())
    db.session.add(meeting)
    db.session.flush()
    decision = Decision(meeting_id=meeting.id, kind="arahan", number=1, text="Perkuat kemitraan " * 9)
    db.session.add(decision)
    db.session.flush()
    mine = make.commitment(cast, decision_id=decision.id)
    make.commitment(cast, owner="polda", decision_id=decision.id)
    found = service.of_decisions([decision.id], who("tni"))[decision.id]
    assert [(row.id, row.source) for row in found] == [(mine, "Rakorda 2017")]
    assert service.of_decisions([], who("tni")) == {}
    assert titles(who("sekretariat"), decision_id=decision.id) != []
    assert len(titles(who("sekretariat"), meeting_id=meeting.id)) == 2
    facts, _relation = service.load(mine)
    assert facts.source == "Rakorda 2017, Arahan 1"
    ((id_, words),) = choices.decisions(who("sekretariat"), decision.id)
    assert id_ == decision.id
    assert words.startswith("Rakorda 2017, Arahan 1: Perkuat")


def test_units_are_offered_as_a_tree_within_scope(cast: Cast, who) -> None:
    names = [name for _id, name in choices.units(who("tni"))]
    assert names == ["Kodam II/Sriwijaya", "– Kodim 0405/Lahat", "– Kodim 0418/Palembang"]
    assert len(choices.units(who("sekretariat"))) == len(cast.units)
    assert [name for _id, name in choices.teams()] == [
        "Perwakilan BKKBN Provinsi Sumatera Selatan",
        "– Tim Kerja Hubungan Antarlembaga",
    ]
    groups = choices.grouped(choices.organizations(), {cast.units["kodim"]})
    kodam = next(group for group in groups if group[0] == "Kodam II/Sriwijaya")
    assert kodam[1] is True
    assert len(kodam[2]) == 3
    assert [name for _id, name in choices.regencies()] == ["Kabupaten Lahat", "Kota Palembang"]
