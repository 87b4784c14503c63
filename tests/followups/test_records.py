"""Opening, correcting and handing on: who may, what is kept, who sees it afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Conflict, Invalid, NotFound, Refused
from kbpartners.followups import service
from kbpartners.followups.models import Followup, FollowupScope
from kbpartners.followups.service import Source, contacts
from kbpartners.organizations.models import Assignment
from kbpartners.scopes import Tally
from tests.conftest import TODAY
from tests.factories.followups import make_followup, propose_done, send_update
from tests.factories.meetings import decision, meeting

pytestmark = pytest.mark.usefixtures("ctx")


def _record(followup_id: int) -> Followup:
    return db.session.execute(
        select(Followup).where(Followup.id == followup_id).execution_options(populate_existing=True)
    ).scalar_one()


def _values(followup_id: int, **changes: object) -> dict:
    record = _record(followup_id)
    names = ("version", "title", "description", "organization_id", "contact_post_id", "due_on", "priority")
    return {**{name: getattr(record, name) for name in names}, **changes}


def _sees(who, name: str, followup_id: int) -> bool:
    return followup_id in [row.id for row in service.page(who(name), service.Filters(status="all")).rows]


# --- who sees what ------------------------------------------------------------------------------------------------


def test_the_unit_those_above_it_and_the_office_see_a_followup_and_nobody_else(who, cast):
    followup = make_followup(cast.units["kodim"])
    seen = {name for name in cast.users if _sees(who, name, followup)}
    assert seen == {"kodim", "tni", "admin", "sekretariat", "pimpinan"}


def test_a_unit_does_not_see_what_the_unit_above_it_owns(who, cast):
    followup = make_followup(cast.units["kodam"])
    assert not _sees(who, "kodim", followup)
    with pytest.raises(NotFound):
        send_update(who("kodim"), followup)


@pytest.mark.parametrize("name", ["tni", "kodim", "polri", "opd", "pimpinan", "stranger"])
def test_only_the_secretariat_opens_corrects_and_hands_on(who, cast, name):
    followup = make_followup(cast.units["kodim"])
    person = who(name)
    with pytest.raises(Refused):
        service.create(person, title="x", organization_id=cast.units["kodim"], due_on=TODAY)
    with pytest.raises((Refused, NotFound)):
        service.edit(person, followup, **_values(followup, title="Diubah"))
    with pytest.raises((Refused, NotFound)):
        service.transfer(
            person, followup, version=1, organization_id=cast.units["polda"], due_on=TODAY, reason="salah alamat"
        )
    assert _record(followup).title == "Kirim daftar Babinsa pendamping"


# --- opening ------------------------------------------------------------------------------------------------------


def test_a_new_followup_is_open_and_says_where_it_comes_from(who, cast):
    held = meeting(invited=[cast.units["kodam"]])
    number = decision(meeting_id=held, kind="arahan", text="Perkuat kemitraan dengan TNI.")
    followup = make_followup(cast.units["kodim"], who=who("sekretariat"), source=Source(decision_id=number))
    saved = service.snapshot(followup)
    assert saved["status"] == "open"
    assert saved["source"] == "Rakorda 2026, Arahan 1"
    assert saved["decision_text"] == "Perkuat kemitraan dengan TNI."
    assert (saved["organization"], saved["partner"]) == ("Kodim 0405/Lahat", "Kodam II/Sriwijaya")
    assert saved["contact"] == "Kapten Sari"
    assert list(service.of_decisions([number], who("tni"))) == [number]
    assert service.of_decisions([number], who("polri")) == {}


def test_the_log_has_a_sentence_and_the_whole_snapshot(who, cast):
    followup = make_followup(cast.units["kodim"], who=who("sekretariat"))
    (entry,) = audit.history("followup", followup)
    assert (
        entry.sentence
        == "Rina Sekretariat membuka tindak lanjut untuk Kodim 0405/Lahat: Kirim daftar Babinsa pendamping."
    )
    assert audit.as_of("followup", TODAY)[followup] == service.snapshot(followup)
    assert audit.as_of("followup", TODAY - timedelta(days=1)) == {}


def test_a_unit_a_post_or_a_source_that_does_not_exist_is_refused_on_its_field(who, cast):
    person = who("sekretariat")
    for values, field in (
        ({"organization_id": 999_999}, "organization_id"),
        ({"organization_id": cast.units["kodim"], "contact_post_id": cast.posts["polri"]}, "contact_post_id"),
        ({"organization_id": cast.units["kodim"], "source": Source(decision_id=999_999)}, ""),
    ):
        with pytest.raises(Invalid) as refused:
            service.create(person, title="x", due_on=TODAY, **values)
        assert refused.value.field == field


# --- correcting ---------------------------------------------------------------------------------------------------


def test_a_correction_moves_the_due_day_in_lists_and_counts(who, cast):
    followup = make_followup(cast.units["kodim"])
    service.edit(who("sekretariat"), followup, **_values(followup, due_on=date(2026, 5, 1), priority="urgent"))
    (row,) = service.page(who("tni"), service.Filters(status="late")).rows
    assert (row.id, row.priority) == (followup, "urgent")
    (entry, *_older) = audit.history("followup", followup)
    assert ["Tenggat", "20/06/2026", "01/05/2026"] in entry.changes
    assert service.check() == []


def test_the_second_to_save_is_shown_both_versions(who, cast):
    followup = make_followup(cast.units["kodim"])
    opened = _values(followup)
    service.edit(who("admin"), followup, **{**opened, "title": "Judul dari admin"})
    with pytest.raises(Conflict) as conflict:
        service.edit(who("sekretariat"), followup, **{**opened, "title": "Judul dari sekretariat"})
    rows = {row.label: (row.saved, row.yours) for row in conflict.value.rows}
    assert rows["Tindak lanjut"] == ("Judul dari admin", "Judul dari sekretariat")
    assert conflict.value.version == 2
    assert _record(followup).title == "Judul dari admin"


def test_news_of_the_unit_does_not_disturb_an_open_edit_form(who, cast):
    followup = make_followup(cast.units["kodim"])
    opened = _values(followup)
    send_update(who("kodim"), followup)
    service.edit(who("sekretariat"), followup, **{**opened, "title": "Judul baru"})
    assert _record(followup).status == "in_progress"


def test_the_owner_can_be_corrected_only_before_it_has_reported(who, cast):
    followup = make_followup(cast.units["kodim"])
    service.edit(who("sekretariat"), followup, **_values(followup, organization_id=cast.units["polres"]))
    assert not _sees(who, "tni", followup)
    assert _sees(who, "polri", followup)
    send_update(who("polri"), followup)
    with pytest.raises(Invalid) as refused:
        service.edit(who("sekretariat"), followup, **_values(followup, organization_id=cast.units["kodim"]))
    assert refused.value.field == "organization_id"
    assert service.check() == []


# --- handing on ---------------------------------------------------------------------------------------------------


def test_handing_on_keeps_both_and_the_new_unit_sees_only_its_own(who, cast):
    followup = make_followup(cast.units["kodim"], priority="high")
    send_update(who("kodim"), followup, note="Rahasia satuan lama.")
    successor = service.transfer(
        who("sekretariat"),
        followup,
        version=1,
        organization_id=cast.units["polres"],
        due_on=date(2026, 7, 1),
        reason="Wilayahnya ditangani Polres.",
    )
    old, new = _record(followup), _record(successor)
    assert (old.status, old.transferred_to_id, old.finished_on) == ("transferred", successor, TODAY)
    assert (new.status, new.title, new.priority, new.last_note) == ("open", old.title, "high", "")
    assert _sees(who, "polri", successor)
    assert not _sees(who, "polri", followup)
    assert not _sees(who, "kodim", successor)
    assert service.predecessor(successor, who("sekretariat")) == (followup, "Kodim 0405/Lahat")
    assert service.predecessor(successor, who("polri")) is None
    assert service.check() == []


def test_what_is_closed_or_waits_for_a_decision_is_not_handed_on(who, cast):
    followup = make_followup(cast.units["kodim"])
    update_id = propose_done(who("kodim"), followup)

    def hand_on(unit: str = "polres") -> None:
        service.transfer(
            who("sekretariat"), followup, version=1, organization_id=cast.units[unit], due_on=TODAY, reason="x"
        )

    with pytest.raises(Invalid, match="menunggu verifikasi"):
        hand_on()
    service.decide(who("sekretariat"), update_id, decision="return", note="Lengkapi.")
    with pytest.raises(Invalid, match="satuan lain"):
        hand_on("kodim")
    service.decide(who("sekretariat"), propose_done(who("kodim"), followup), decision="accept")
    with pytest.raises(Invalid, match="sudah ditutup"):
        hand_on()


# --- narahubung ---------------------------------------------------------------------------------------------------


def test_the_contact_is_whoever_holds_the_post_today(who, cast):
    post = cast.posts["kodim"]
    assert contacts.of_unit(cast.units["kodim"], post).name == "Kapten Sari"
    db.session.execute(update(Assignment).where(Assignment.post_id == post).values(valid_to=TODAY - timedelta(days=1)))
    vacant = contacts.of_unit(cast.units["kodim"], post)
    assert (vacant.name, vacant.post) == ("", "Perwira penghubung Kodim")
    assert contacts.of_unit(cast.units["kodim"]) is None


# --- the check ----------------------------------------------------------------------------------------------------


def test_the_check_finds_what_was_changed_behind_its_back(who, cast):
    followup = make_followup(cast.units["kodim"])
    assert service.check() == []
    db.session.execute(update(Followup).values(status="done"))
    db.session.execute(delete(FollowupScope).where(FollowupScope.unit_id == cast.units["kodam"]))
    db.session.execute(update(Tally).values(n=7))
    problems = "\n".join(service.check())
    assert "TL-" in problems
    assert "cakupan" in problems
    assert "hitungan followup_due" in problems
    assert "riwayatnya pada status" in problems
    assert db.session.execute(select(func.count(Followup.id))).scalar() == 1
    assert followup
