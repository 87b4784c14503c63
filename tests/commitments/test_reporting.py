"""Reports: who may send which figures, sent once, entered on behalf, decided by somebody else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from kbpartners import scopes
from kbpartners.attachments import service as attachments
from kbpartners.audit import service as audit
from kbpartners.commitments import service
from kbpartners.commitments.models import ProgressReport
from kbpartners.commitments.service import Behalf, IndicatorTerms, Progress
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound, Refused
from tests.cast import Cast
from tests.factories import attachments as files
from tests.factories import commitments as make

TODAY = date(2026, 6, 10)
OWN, SIGA = IndicatorTerms("Kecamatan", 200_000), IndicatorTerms("Akseptor", 1_000_000, source="siga")
WHATSAPP = Behalf("whatsapp", "Kapten Sari")


@pytest.fixture(autouse=True)
def in_request(app: Flask, ctx: None):
    with app.test_request_context():
        yield


def facts(commitment_id: int) -> service.Facts:
    return service.load(commitment_id)[0]


def attach_source(name: str, cast: Cast, token: str) -> None:
    who = make.acting_as(cast, name)
    prepared = attachments.prepare([files.upload(files.photo(), "Tangkapan layar.png")], 10**7)
    attachments.save(prepared, who=who, draft_token=token)


# --- who ---------------------------------------------------------------------------------------------------------


def test_a_report_waits_and_does_not_count_yet(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    make.reported(cast, commitment_id, 100)
    (indicator,) = service.indicators_of_one(commitment_id)
    assert (indicator.accepted, indicator.pending, indicator.waiting_value) == (None, 100_000, 100_000)
    assert facts(commitment_id).report_state == "submitted"
    assert facts(commitment_id).achievement is None
    assert scopes.count([cast.units["kodam"]], "report_pending") == 1
    assert scopes.count([cast.units["kodam"]], "commitment_news") == 0


def test_another_partner_and_strangers_find_nothing_to_report_on(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    for name in ("polri", "stranger", "kodim", "opd"):
        with pytest.raises(NotFound):
            make.reported(cast, commitment_id, 1, by=name)


def test_the_unit_above_reports_for_the_unit_below(cast: Cast) -> None:
    commitment_id = make.commitment(cast, owner="kodim")
    make.reported(cast, commitment_id, 1, by="tni")
    make.reported(cast, commitment_id, 2, by="kodim")
    assert len(db.session.execute(select(ProgressReport.id)).all()) == 2


def test_a_supporter_may_report(cast: Cast) -> None:
    commitment_id = make.commitment(cast, supporters={"polda": ""})
    make.reported(cast, commitment_id, 7, by="polri")
    assert service.indicators_of_one(commitment_id)[0].pending == 7_000


def test_the_opd_of_the_region_reads_but_does_not_report_a_partners_figures(cast: Cast) -> None:
    commitment_id = make.commitment(cast, owner="kodim", region="16.04")
    with pytest.raises(Refused):
        make.reported(cast, commitment_id, 7, by="opd")


def test_figures_of_siga_come_from_the_opd_and_not_from_the_army(cast: Cast) -> None:
    commitment_id = make.commitment(cast, owner="kodim", region="16.04", indicators=(OWN, SIGA))
    with pytest.raises(Invalid) as refused:
        make.reported(cast, commitment_id, 1, 5, by="kodim")
    assert refused.value.field == f"value-{make.indicator_ids(commitment_id)[1]}"
    with pytest.raises(Invalid):
        make.reported(cast, commitment_id, 1, None, by="opd")
    make.reported(cast, commitment_id, None, 5, by="opd")
    make.reported(cast, commitment_id, 1, None, by="kodim")
    assert [i.pending for i in service.indicators_of_one(commitment_id)] == [1_000, 5_000]


def test_the_leader_does_not_report(cast: Cast) -> None:
    with pytest.raises(Refused):
        make.reported(cast, make.commitment(cast), 1, by="pimpinan")


# --- what --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("progress", "field"),
    [
        (Progress(), "note"),
        (Progress(note="Jalan", proposal="obstacle"), "obstacle"),
        (Progress(note="Jalan", proposal="selesai"), "status"),
        (Progress(values={999: 1}), "value-999"),
    ],
)
def test_a_report_that_says_nothing_or_nonsense_is_refused(cast: Cast, who, progress: Progress, field: str) -> None:
    commitment_id = make.commitment(cast)
    with pytest.raises(Invalid) as refused:
        service.report(commitment_id, who=who("tni"), token="t", progress=progress)
    assert refused.value.field == field
    assert db.session.execute(select(ProgressReport.id)).first() is None


def test_an_indicator_that_is_left_out_stays_not_reported(cast: Cast) -> None:
    commitment_id = make.commitment(cast, indicators=(OWN, IndicatorTerms("Babinsa", 300_000)))
    make.accepted(cast, commitment_id, 100, None)
    make.accepted(cast, commitment_id, 0, None)
    first, second = service.indicators_of_one(commitment_id)
    assert (first.accepted, second.accepted) == (0, None)
    assert facts(commitment_id).achievement == 0
    assert facts(commitment_id).indicators_reported == 1


def test_sums_add_up_and_running_totals_replace(cast: Cast) -> None:
    terms = (IndicatorTerms("Jumlah", 100_000, mode="sum"), IndicatorTerms("Berjalan", 100_000))
    commitment_id = make.commitment(cast, indicators=terms)
    make.accepted(cast, commitment_id, 30, 30)
    make.accepted(cast, commitment_id, 40, 40)
    make.reported(cast, commitment_id, 50, 50)
    summed, running = service.indicators_of_one(commitment_id)
    assert (summed.accepted, summed.pending, running.accepted, running.pending) == (70_000, 120_000, 40_000, 50_000)
    assert facts(commitment_id).achievement == 5_500


def test_achievement_passes_100(cast: Cast) -> None:
    commitment_id = make.commitment(cast, indicators=(IndicatorTerms("Babinsa", 300_000, "orang"),))
    make.accepted(cast, commitment_id, 326)
    assert facts(commitment_id).achievement == 10_867
    assert service.indicators_of_one(commitment_id)[0].beyond == 26_000


def test_sending_twice_on_a_bad_line_counts_once(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    first = make.reported(cast, commitment_id, 100, token="sama")
    assert make.reported(cast, commitment_id, 100, token="sama") == first
    assert scopes.count([cast.units["kodam"]], "report_pending") == 1
    assert len(audit.history("commitment", commitment_id)) == 2
    service.end(commitment_id, who=make.acting_as(cast, "sekretariat"), reason="Selesai dibahas")
    assert make.reported(cast, commitment_id, 100, token="sama") == first


def test_a_token_of_somebody_else_is_not_an_answer(cast: Cast) -> None:
    commitment_id = make.commitment(cast, supporters={"polda": ""})
    make.reported(cast, commitment_id, 100, token="sama")
    with pytest.raises(Invalid):
        make.reported(cast, commitment_id, 5, token="sama", by="polri")
    with pytest.raises(Invalid):
        make.reported(cast, make.commitment(cast), 5, token="sama")


def test_a_closed_commitment_takes_no_reports(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    make.accepted(cast, commitment_id, 241, proposal="proposed_done")
    with pytest.raises(Invalid, match="sudah ditutup"):
        make.reported(cast, commitment_id, 1)


def test_files_and_links_become_the_reports_evidence(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    attach_source("tni", cast, "t1")
    report_id = make.reported(cast, commitment_id, 1, token="t1", link="https://berita.contoh.id/a")
    found = attachments.of(report_id=report_id)
    assert [(file.filename, file.is_source) for file in found] == [
        ("Tangkapan layar.webp", False),
        ("berita.contoh.id", False),
    ]
    with pytest.raises(Invalid) as refused:
        make.reported(cast, commitment_id, 1, link="javascript:alert(1)")
    assert refused.value.field == "link"


# --- on behalf ---------------------------------------------------------------------------------------------------


def test_the_secretariat_records_what_a_unit_sent(cast: Cast) -> None:
    commitment_id = make.commitment(cast, indicators=(OWN, SIGA))
    letter = Behalf("letter", "Mayor Budi", "B/12/VI/2026", TODAY - timedelta(days=3))
    attach_source("sekretariat", cast, "t1")
    report_id = make.reported(cast, commitment_id, 50, 600, by="sekretariat", behalf=letter, token="t1")
    row = db.session.get(ProgressReport, report_id)
    assert (row.source, row.sender, row.source_number) == ("letter", "Mayor Budi", "B/12/VI/2026")
    assert row.on_behalf_of_id == cast.units["kodam"]
    assert row.period_end == TODAY - timedelta(days=3)
    assert attachments.of(report_id=report_id)[0].is_source
    assert "atas nama satuan. Surat, pengirim Mayor Budi" in audit.history("commitment", commitment_id)[0].sentence


@pytest.mark.parametrize(
    ("behalf", "field"),
    [
        (None, "source"),
        (Behalf(""), "source"),
        (Behalf("merpati", "Sari"), "source"),
        (Behalf("liaison", "Sari"), "source"),
        (Behalf("whatsapp"), "sender"),
        (Behalf("letter", "Sari", day=TODAY + timedelta(days=1)), "source_date"),
        (Behalf("letter", "Sari", organization_id=1), "on_behalf_of_id"),
    ],
)
def test_an_entry_on_behalf_says_where_it_came_from(cast: Cast, who, behalf: Behalf | None, field: str) -> None:
    commitment_id = make.commitment(cast)
    progress = Progress(note="Jalan", behalf=behalf)
    with pytest.raises(Invalid) as refused:
        service.report(commitment_id, who=who("sekretariat"), token="t", progress=progress)
    assert refused.value.field == field


def test_a_liaison_cannot_pretend_to_be_the_secretariat(cast: Cast, who) -> None:
    progress = Progress(note="Jalan", behalf=Behalf("letter", "Panglima"))
    sent = service.report(make.commitment(cast), who=who("tni"), token="t", progress=progress)
    assert db.session.get(ProgressReport, sent.report_id).source == "liaison"


def test_the_offices_own_work_needs_no_source(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast, owner="team")
    sent = service.report(commitment_id, who=who("sekretariat"), token="t", progress=Progress(note="Jalan"))
    assert db.session.get(ProgressReport, sent.report_id).source == "liaison"
    with pytest.raises(Refused):
        service.verify(sent.report_id, who=who("sekretariat"), decision="accept")
    service.verify(sent.report_id, who=who("admin"), decision="accept")


def test_an_older_letter_does_not_replace_a_newer_figure(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    make.accepted(cast, commitment_id, 120, on=TODAY - timedelta(days=2))
    older = Behalf("letter", "Sari", day=TODAY - timedelta(days=9))
    make.reported(cast, commitment_id, 90, by="sekretariat", behalf=older)
    (indicator,) = service.indicators_of_one(commitment_id)
    assert (indicator.accepted, indicator.pending) == (120_000, 120_000)
    assert service.check() == []


def test_units_that_take_part_can_be_named_as_those_it_was_entered_for(cast: Cast) -> None:
    commitment_id = make.commitment(cast, owner="kodim", region="16.04", supporters={"idi": ""})
    names = [name for _id, name in service.unit_choices(facts(commitment_id))]
    assert names[0] == "Kodim 0405/Lahat"
    assert set(names) == {
        "Kodim 0405/Lahat",
        "Kodam II/Sriwijaya",
        "IDI Wilayah Sumatera Selatan",
        "Dinas PPKB Kabupaten Lahat",
    }
    behalf = Behalf("phone", "Ibu Lahat", organization_id=cast.units["opd_lahat"])
    report_id = make.reported(cast, commitment_id, 1, by="sekretariat", behalf=behalf)
    assert db.session.get(ProgressReport, report_id).on_behalf_of_id == cast.units["opd_lahat"]


# --- the decision ------------------------------------------------------------------------------------------------


def test_an_accepted_report_counts(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    make.accepted(cast, commitment_id, 168, obstacle="Mutasi", next_step="Ganti orang", proposal="obstacle")
    found = facts(commitment_id)
    assert (found.report_state, found.achievement) == ("accepted", 6_971)
    assert (found.obstacle, found.next_step) == ("Mutasi", "Ganti orang")
    assert scopes.count([cast.units["kodam"]], "report_pending") == 0
    assert scopes.count([cast.units["kodam"]], "commitment_news") == 1
    assert "menerima laporan K-0001 tanggal 10" in audit.history("commitment", commitment_id)[0].sentence


def test_a_returned_report_needs_a_note_and_counts_for_nothing(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    report_id = make.reported(cast, commitment_id, 168)
    with pytest.raises(Invalid) as refused:
        service.verify(report_id, who=who("sekretariat"), decision="return")
    assert refused.value.field == "note"
    service.verify(report_id, who=who("sekretariat"), decision="return", note="Angka Banyuasin belum masuk.")
    (indicator,) = service.indicators_of_one(commitment_id)
    assert (indicator.accepted, indicator.pending) == (None, None)
    assert facts(commitment_id).report_state == "returned"
    assert scopes.count([cast.units["kodam"]], "report_returned") == 1
    assert "Angka Banyuasin" in audit.history("commitment", commitment_id)[0].sentence


def test_a_second_decision_on_the_same_report_says_who_made_the_first(cast: Cast, who) -> None:
    report_id = make.accepted(cast, make.commitment(cast), 10)
    with pytest.raises(Invalid, match="sudah diputuskan oleh Rina Sekretariat"):
        service.verify(report_id, who=who("admin"), decision="return", note="Terlambat")


def test_an_unknown_decision_or_report_is_refused(cast: Cast, who) -> None:
    report_id = make.reported(cast, make.commitment(cast), 10)
    with pytest.raises(Invalid):
        service.verify(report_id, who=who("admin"), decision="maybe")
    with pytest.raises(NotFound):
        service.verify(999, who=who("admin"), decision="accept")
    with pytest.raises(NotFound):
        service.verify(report_id, who=who("polri"), decision="accept")


def test_done_is_proposed_by_the_unit_and_made_by_the_verification(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast, due_on=TODAY - timedelta(days=1))
    report_id = make.reported(cast, commitment_id, 241, proposal="proposed_done", on=TODAY - timedelta(days=3))
    assert facts(commitment_id).status == "proposed_done"
    assert scopes.count([cast.units["office"]], "commitment_proposed") == 1
    decided = service.verify(report_id, who=who("sekretariat"), decision="accept")
    found = facts(commitment_id)
    assert (decided.status, found.status, found.finished_on) == ("done", "done", TODAY - timedelta(days=3))
    assert [badge.text for badge in found.badges(TODAY)] == ["Selesai"]
    assert service.check() == []


def test_done_from_a_letter_is_done_on_the_day_of_the_letter(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    letter = Behalf("letter", "Mayor Budi", day=TODAY - timedelta(days=8))
    report_id = make.reported(cast, commitment_id, 241, by="admin", behalf=letter, proposal="proposed_done")
    service.verify(report_id, who=who("sekretariat"), decision="accept")
    assert facts(commitment_id).finished_on == TODAY - timedelta(days=8)


def test_a_returned_proposal_makes_the_commitment_active_again(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    make.returned(cast, commitment_id, 200, proposal="proposed_done")
    found = facts(commitment_id)
    assert (found.status, found.report_state) == ("active", "returned")
    assert scopes.count([cast.units["office"]], "commitment_proposed") == 0


def test_nobody_verifies_their_own_work(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    report_id = make.reported(cast, commitment_id, 10, by="sekretariat")
    with pytest.raises(Invalid, match="bukti sumber"):
        service.verify(report_id, who=who("sekretariat"), decision="accept")
    service.verify(report_id, who=who("admin"), decision="accept")


def test_ones_own_entry_on_behalf_is_verified_with_its_source_and_the_log_says_so(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    attach_source("sekretariat", cast, "t1")
    report_id = make.reported(cast, commitment_id, 10, by="sekretariat", token="t1")
    service.verify(report_id, who=who("sekretariat"), decision="accept")
    sentence = audit.history("commitment", commitment_id)[0].sentence
    assert sentence.endswith("yang dicatatnya sendiri, dengan bukti sumber.")


def test_two_reports_can_wait_and_are_decided_one_by_one(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    first = make.reported(cast, commitment_id, 10)
    second = make.reported(cast, commitment_id, 20, proposal="proposed_done")
    service.verify(second, who=who("sekretariat"), decision="return", note="Belum semua.")
    assert facts(commitment_id).report_state == "submitted"
    service.verify(first, who=who("sekretariat"), decision="accept")
    assert facts(commitment_id).report_state == "returned"
    assert service.check() == []


# --- evidence that comes later ------------------------------------------------------------------------------------


def test_evidence_is_added_by_the_author_until_the_report_is_returned(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast, supporters={"polda": ""})
    report_id = make.reported(cast, commitment_id, 10)
    attach_source("tni", cast, "t2")
    assert service.add_evidence(commitment_id, report_id, who=who("tni"), token="t2") == 1
    assert "menambahkan bukti dukung" in audit.history("commitment", commitment_id)[0].sentence
    with pytest.raises(Refused):
        service.add_evidence(commitment_id, report_id, who=who("polri"), token="t3")
    with pytest.raises(NotFound):
        service.add_evidence(commitment_id, report_id, who=who("stranger"), token="t3")
    with pytest.raises(NotFound):
        service.add_evidence(make.commitment(cast), report_id, who=who("tni"), token="t3")
    with pytest.raises(Invalid):
        service.add_evidence(commitment_id, report_id, who=who("tni"), token="kosong")
    service.verify(report_id, who=who("sekretariat"), decision="return", note="Foto kabur.")
    with pytest.raises(Refused):
        service.add_evidence(commitment_id, report_id, who=who("tni"), token="t2")


def test_a_colleague_of_the_secretariat_adds_the_source_and_then_the_recorder_may_verify(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    report_id = make.reported(cast, commitment_id, 10, by="sekretariat")
    attach_source("admin", cast, "t2")
    service.add_evidence(commitment_id, report_id, who=who("admin"), token="t2")
    assert attachments.of(report_id=report_id)[0].is_source
    service.verify(report_id, who=who("sekretariat"), decision="accept")
