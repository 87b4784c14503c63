"""The unit reports and proposes, the secretariat decides: what is needed, who may, what counts afterwards."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from kbpartners import clock, scopes
from kbpartners.attachments import service as attachments
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound, Refused
from kbpartners.followups import service
from kbpartners.followups.models import Followup, FollowupUpdate
from kbpartners.followups.service import Origin, log
from tests.conftest import TODAY
from tests.factories.attachments import pdf, upload
from tests.factories.followups import make_followup, propose_done, send_update

pytestmark = pytest.mark.usefixtures("ctx")

LETTER = Origin("letter", "dr. Contoh", "12/IDI/VI/2026", date(2026, 6, 5))


def _state(followup_id: int) -> tuple[str, str]:
    return tuple(
        db.session.execute(select(Followup.status, Followup.report_state).where(Followup.id == followup_id)).one()
    )


def _draft(who, token: str, name: str = "Bukti.pdf") -> None:
    prepared = attachments.prepare([upload(pdf(name), name)], attachments.limit_bytes())
    attachments.save(prepared, who=who, draft_token=token)


def _counts(cast, unit: str) -> tuple[int, int, int]:
    measures = ("followup_due", "followup_proposed", "followup_returned")
    return tuple(scopes.count([cast.units[unit]], measure) for measure in measures)


# --- every status is reached -----------------------------------------------------------------------------------


def test_from_open_through_proposal_and_return_to_done(who, cast):
    followup = make_followup(cast.units["kodim"])
    assert (_state(followup), _counts(cast, "kodam")) == (("open", ""), (1, 0, 0))
    send_update(who("kodim"), followup)
    assert _state(followup) == ("in_progress", "")
    first = propose_done(who("kodim"), followup)
    assert (_state(followup), _counts(cast, "kodam")) == (("proposed_done", "submitted"), (1, 1, 0))
    service.decide(who("sekretariat"), first, decision="return", note="Mohon daftarnya.")
    assert (_state(followup), _counts(cast, "kodam")) == (("in_progress", "returned"), (1, 0, 1))
    second = propose_done(who("kodim"), followup)
    service.decide(who("sekretariat"), second, decision="accept")
    assert (_state(followup), _counts(cast, "kodam")) == (("done", ""), (0, 0, 0))
    assert _counts(cast, "office") == (0, 0, 0)
    assert service.check() == []


def test_what_cannot_be_done_is_closed_with_its_reason(who, cast):
    followup = make_followup(cast.units["kodim"])
    with pytest.raises(Invalid) as refused:
        send_update(who("kodim"), followup, status="proposed_not_feasible", note="")
    assert refused.value.field == "note"
    update_id = send_update(who("kodim"), followup, status="proposed_not_feasible", note="Kapal belum ada.")
    assert _state(followup) == ("in_progress", "submitted")
    service.decide(who("sekretariat"), update_id, decision="accept")
    assert _state(followup) == ("not_feasible", "")
    assert service.snapshot(followup)["reason"] == "Kapal belum ada."
    assert service.check() == []


def test_an_answer_to_a_return_takes_the_mark_off(who, cast):
    followup = make_followup(cast.units["kodim"])
    service.decide(who("sekretariat"), propose_done(who("kodim"), followup), decision="return", note="Mohon daftarnya.")
    send_update(who("kodim"), followup, note="Daftarnya menyusul hari Jumat.")
    assert (_state(followup), _counts(cast, "kodim")) == (("in_progress", ""), (1, 0, 0))


def test_news_while_a_proposal_waits_changes_nothing_about_it(who, cast):
    followup = make_followup(cast.units["kodim"])
    propose_done(who("kodim"), followup)
    send_update(who("kodim"), followup, note="Satu foto lagi.")
    assert _state(followup) == ("proposed_done", "submitted")
    with pytest.raises(Invalid) as refused:
        propose_done(who("kodim"), followup)
    assert refused.value.field == "status"
    assert service.check() == []


def test_nothing_more_is_reported_on_a_closed_one(who, cast):
    followup = make_followup(cast.units["kodim"])
    service.decide(who("sekretariat"), propose_done(who("kodim"), followup), decision="accept")
    with pytest.raises(Invalid, match="sudah ditutup"):
        send_update(who("kodim"), followup)


# --- what a report needs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["in_progress", "proposed_done", "proposed_not_feasible"])
def test_words_are_needed(who, cast, status):
    followup = make_followup(cast.units["kodim"])
    with pytest.raises(Invalid) as refused:
        send_update(who("kodim"), followup, status=status, note="")
    assert refused.value.field == "note"


def test_an_obstacle_or_a_photo_alone_is_news_enough(who, cast):
    followup = make_followup(cast.units["kodim"])
    send_update(who("kodim"), followup, note="", obstacle="Babinsa pindah tugas.")
    token = str(uuid.uuid4())
    _draft(who("kodim"), token)
    send_update(who("kodim"), followup, note="", token=token)
    saved = service.snapshot(followup)
    assert (saved["status"], saved["last_note"], saved["obstacle"]) == ("in_progress", "", "")


@pytest.mark.parametrize("priority", ["high", "urgent"])
def test_a_high_priority_needs_evidence_to_be_done(who, cast, priority):
    followup = make_followup(cast.units["kodim"], priority=priority)
    with pytest.raises(Invalid) as refused:
        propose_done(who("kodim"), followup)
    assert refused.value.field == "files"
    update_id = propose_done(who("kodim"), followup, link="https://contoh.id/berita")
    service.decide(who("sekretariat"), update_id, decision="accept")
    assert _state(followup) == ("done", "")


def test_photos_that_are_still_on_their_way_are_believed_but_not_accepted_unseen(who, cast):
    followup = make_followup(cast.units["kodim"], priority="high")
    update_id = propose_done(who("kodim"), followup, files_follow=True)
    with pytest.raises(Invalid, match="Belum ada bukti"):
        service.decide(who("sekretariat"), update_id, decision="accept")
    token = log_token(update_id)
    _draft(who("kodim"), token)
    assert service.add_evidence(who("kodim"), followup, update_id) == 1
    service.decide(who("sekretariat"), update_id, decision="accept")
    assert _state(followup) == ("done", "")


def log_token(update_id: int) -> str:
    return db.session.execute(select(FollowupUpdate.token).where(FollowupUpdate.id == update_id)).scalar_one()


@pytest.mark.parametrize("name", ["pimpinan", "polri", "stranger", "opd"])
def test_others_do_not_report(who, cast, name):
    followup = make_followup(cast.units["kodim"])
    with pytest.raises((Refused, NotFound)):
        send_update(who(name), followup)


def test_the_command_above_may_report_for_its_unit(who, cast):
    followup = make_followup(cast.units["kodim"])
    send_update(who("tni"), followup)
    assert _state(followup) == ("in_progress", "")


# --- sending twice ------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_is_one_entry(who, cast):
    followup, token = make_followup(cast.units["kodim"]), str(uuid.uuid4())
    first = service.send(who("kodim"), followup, token=token, status="in_progress", note="Sekali.")
    again = service.send(who("kodim"), followup, token=token, status="in_progress", note="Sekali.")
    assert (again.id, again.again, first.again) == (first.id, True, False)
    assert db.session.execute(select(func.count(FollowupUpdate.id))).scalar() == 1
    assert len(audit.history("followup", followup)) == 2


def test_a_form_of_somebody_else_is_not_sent_again(who, cast):
    followup, token = make_followup(cast.units["kodim"]), str(uuid.uuid4())
    service.send(who("kodim"), followup, token=token, status="in_progress", note="Sekali.")
    with pytest.raises(Invalid):
        service.send(who("tni"), followup, token=token, status="in_progress", note="Sekali.")


def test_deciding_twice_the_same_way_is_deciding_once(who, cast):
    followup = make_followup(cast.units["kodim"])
    update_id = propose_done(who("kodim"), followup)
    for _time in range(2):
        assert service.decide(who("sekretariat"), update_id, decision="accept") == followup
    assert len(audit.history("followup", followup)) == 3
    with pytest.raises(Invalid, match="sudah diputuskan"):
        service.decide(who("admin"), update_id, decision="return", note="x")


# --- who decides --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tni", "kodim", "polri", "opd", "pimpinan", "stranger"])
def test_only_the_secretariat_decides(who, cast, name):
    update_id = propose_done(who("kodim"), make_followup(cast.units["kodim"]))
    with pytest.raises((Refused, NotFound)):
        service.decide(who(name), update_id, decision="accept")


def test_returning_needs_a_sentence(who, cast):
    update_id = propose_done(who("kodim"), make_followup(cast.units["kodim"]))
    with pytest.raises(Invalid) as refused:
        service.decide(who("sekretariat"), update_id, decision="return")
    assert refused.value.field == "note"
    with pytest.raises(Invalid):
        service.decide(who("sekretariat"), update_id, decision="mungkin")


def test_nobody_decides_on_their_own_work(who, cast):
    followup = make_followup(cast.units["team"])
    update_id = propose_done(who("sekretariat"), followup, origin=Origin())
    with pytest.raises(Refused):
        service.decide(who("sekretariat"), update_id, decision="accept")
    service.decide(who("admin"), update_id, decision="accept")
    assert _state(followup) == ("done", "")


# --- on behalf of a unit ------------------------------------------------------------------------------------------


def test_the_secretariat_enters_what_came_by_letter(who, cast):
    followup = make_followup(cast.units["idi"], due_on=date(2026, 6, 3))
    update_id = propose_done(who("sekretariat"), followup, origin=LETTER)
    (entry,) = log.entries(followup)
    assert (entry.source, entry.sender, entry.source_number) == ("letter", "dr. Contoh", "12/IDI/VI/2026")
    assert entry.on_behalf_of_id == cast.units["idi"]
    (last, _opened) = audit.history("followup", followup)
    assert "mencatat atas nama IDI Wilayah Sumatera Selatan, dari surat nomor 12/IDI/VI/2026" in last.sentence
    service.decide(who("admin"), update_id, decision="accept")
    assert service.snapshot(followup)["finished_on"] == "2026-06-05"
    (row,) = service.page(who("sekretariat"), service.Filters(status="done")).rows
    assert [badge.text for badge in row.badges(TODAY)] == ["Selesai, terlambat 2 hari"]


@pytest.mark.parametrize(
    ("origin", "field"),
    [
        (Origin("whatsapp", ""), "sender"),
        (Origin("letter", "dr. Contoh", "", date(2026, 6, 11)), "source_date"),
        (Origin(), "source"),
    ],
)
def test_an_entry_on_behalf_says_who_sent_it(who, cast, origin, field):
    with pytest.raises(Invalid) as refused:
        send_update(who("sekretariat"), make_followup(cast.units["idi"]), origin=origin)
    assert refused.value.field == field


def test_a_liaison_cannot_claim_another_source(who, cast):
    followup = make_followup(cast.units["kodim"])
    send_update(who("kodim"), followup, origin=LETTER)
    (entry,) = log.entries(followup)
    assert (entry.source, entry.sender, entry.on_behalf_of_id) == ("liaison", "", None)


def test_ones_own_entry_on_behalf_is_decided_only_with_proof_and_the_log_says_so(who, cast):
    person = who("sekretariat")
    followup = make_followup(cast.units["idi"])
    bare = propose_done(person, followup, origin=LETTER)
    with pytest.raises(Refused, match="bukti sumber"):
        service.decide(person, bare, decision="accept")
    service.decide(who("admin"), bare, decision="return", note="Lampirkan suratnya.")
    token = str(uuid.uuid4())
    _draft(person, token, "Surat IDI.pdf")
    proved = propose_done(person, followup, origin=LETTER, token=token)
    assert [view.is_source for view in log.entries(followup)[0].files] == [True]
    service.decide(person, proved, decision="accept")
    assert "dicatatnya sendiri atas nama satuan, dengan bukti sumber" in audit.history("followup", followup)[0].sentence


def test_the_day_it_was_finished_is_the_local_day_of_sending(who, cast):
    followup = make_followup(cast.units["kodim"])
    with clock.backdated(datetime(2026, 6, 8, 18, 30, tzinfo=UTC)):  # 01:30 WIB on the 9th
        update_id = propose_done(who("kodim"), followup)
    service.decide(who("sekretariat"), update_id, decision="accept")
    assert service.snapshot(followup)["finished_on"] == "2026-06-09"


# --- the log as of a day ------------------------------------------------------------------------------------------


def test_the_log_as_of_a_day_knows_nothing_that_came_later(who, cast):
    with clock.backdated(datetime(2026, 6, 1, 3, tzinfo=UTC)):
        followup = make_followup(cast.units["kodim"])
        update_id = propose_done(who("kodim"), followup)
    with clock.backdated(datetime(2026, 6, 4, 3, tzinfo=UTC)):
        service.decide(who("sekretariat"), update_id, decision="return", note="Lengkapi.")
    send_update(who("kodim"), followup)
    assert [entry.status for entry in log.entries(followup, per=date(2026, 6, 3))] == ["submitted"]
    assert [entry.status for entry in log.entries(followup, per=date(2026, 6, 4))] == ["returned"]
    assert [entry.status for entry in log.entries(followup)] == ["", "returned"]
    assert audit.as_of("followup", date(2026, 6, 3))[followup]["status"] == "proposed_done"


# --- the queue and what a liaison has to report -------------------------------------------------------------------


def test_the_queue_holds_the_oldest_first_and_says_whose_own_it_is(who, cast):
    first = propose_done(who("kodim"), make_followup(cast.units["kodim"]))
    second = propose_done(who("sekretariat"), make_followup(cast.units["idi"]), origin=LETTER)
    rows = service.queue(who("sekretariat"))
    assert [row.id for row in rows] == [first, second]
    assert [row.decidable_by(who("sekretariat")) for row in rows] == [True, False]
    assert [row.id for row in service.queue(who("polri"))] == []


def test_to_report_are_the_returned_then_the_late_then_the_near(who, cast):
    far = make_followup(cast.units["kodim"], due_on=date(2026, 9, 1))
    near = make_followup(cast.units["kodim"], due_on=date(2026, 6, 15))
    late = make_followup(cast.units["kodim"], due_on=date(2026, 6, 1))
    waiting = make_followup(cast.units["kodim"], due_on=date(2026, 6, 2))
    propose_done(who("kodim"), waiting)
    later = make_followup(cast.units["kodim"], due_on=date(2026, 12, 1))
    service.decide(who("sekretariat"), propose_done(who("kodim"), later), decision="return", note="Mohon daftarnya.")
    found = service.to_report(who("tni"))
    assert [(item.row.id, item.reason) for item in found] == [(later, "returned"), (late, "late"), (near, "soon")]
    assert found[0].note == "Mohon daftarnya."
    assert far
    assert service.to_report(who("polri")) == []
