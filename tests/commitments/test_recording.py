"""Recording, correcting, ending and reopening commitments, and who sees them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kbpartners import scopes
from kbpartners.audit import service as audit
from kbpartners.commitments import service
from kbpartners.commitments.models import Commitment, CommitmentScope, Indicator
from kbpartners.commitments.service import IndicatorTerms
from kbpartners.db import db
from kbpartners.errors import Conflict, Invalid, NotFound
from kbpartners.scopes import Relation
from tests.cast import Cast
from tests.factories import commitments as make

TODAY = date(2026, 6, 10)
pytestmark = pytest.mark.usefixtures("ctx")


def audience(commitment_id: int) -> dict[int, int]:
    query = select(CommitmentScope.unit_id, CommitmentScope.relation).where(CommitmentScope.record_id == commitment_id)
    return {row.unit_id: row.relation for row in db.session.execute(query)}


def test_owner_supporters_region_and_office_see_a_commitment(cast: Cast) -> None:
    found = audience(make.commitment(cast, owner="kodim", region="16.04.10", supporters={"idi": "Dokter"}))
    assert found == {
        cast.units["kodim"]: Relation.OWNER,
        cast.units["kodam"]: Relation.OWNER,
        cast.units["idi"]: Relation.SUPPORT,
        cast.units["opd_lahat"]: Relation.REGION,
        cast.units["office"]: Relation.OFFICE,
    }


def test_it_is_counted_for_the_owner_its_ancestors_and_the_office(cast: Cast) -> None:
    make.commitment(cast, owner="kodim", due_on=TODAY - timedelta(days=1))
    for name, late in (("kodim", 1), ("kodam", 1), ("office", 1), ("polda", 0), ("opd_lahat", 0)):
        assert scopes.count([cast.units[name]], "commitment_due", before=TODAY) == late, name


def test_the_log_says_who_recorded_it_and_keeps_what_reports_print(cast: Cast) -> None:
    commitment_id = make.commitment(cast, supporters={"idi": "Dokter"})
    (entry,) = audit.history("commitment", commitment_id)
    assert entry.sentence == "Rina Sekretariat mencatat komitmen K-0001 untuk Kodam II/Sriwijaya."
    saved = audit.as_of("commitment", TODAY)[commitment_id]
    assert saved["title"] == "Babinsa mendampingi Kampung KB di setiap kecamatan"
    assert saved["partner"] == "Kodam II/Sriwijaya"
    assert saved["indicators"][0]["target"] == 241_000
    assert saved["supporters"] == [
        {"organization_id": cast.units["idi"], "name": "IDI Wilayah Sumatera Selatan", "contribution": "Dokter"}
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"due_on": TODAY - timedelta(days=60)}, "due_on"),
        ({"period_end": TODAY - timedelta(days=60)}, "period_end"),
        ({"priority": "sekarang"}, "priority"),
        ({"organization_id": 999}, "organization_id"),
        ({"counterpart_id": 999}, "counterpart_id"),
        ({"region_id": 999}, "region_id"),
        ({"decision_id": 999}, "decision_id"),
        ({"supporters": {"kodam": ""}}, "supporter_ids"),
        ({"indicators": (IndicatorTerms("", 5_000),)}, "indicators"),
        ({"indicators": (IndicatorTerms("Kecamatan", None),)}, "indicators"),
        ({"indicators": (IndicatorTerms("Kecamatan", 0),)}, "indicators"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(cast: Cast, changes: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make.commitment(cast, created_on=TODAY, **changes)
    assert refused.value.field == field
    assert db.session.execute(select(Commitment.id)).first() is None


def test_a_correction_is_logged_with_old_and_new(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    service.edit(commitment_id, who=who("admin"), version=1, terms=make.terms(cast, title="Babinsa di 241 kecamatan"))
    facts, _relation = service.load(commitment_id)
    assert (facts.title, facts.version) == ("Babinsa di 241 kecamatan", 2)
    entry = audit.history("commitment", commitment_id)[0]
    assert ["Judul", "Babinsa mendampingi Kampung KB di setiap kecamatan", "Babinsa di 241 kecamatan"] in entry.changes


def test_the_second_writer_is_shown_both_versions_and_overwrites_nothing(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    service.edit(commitment_id, who=who("admin"), version=1, terms=make.terms(cast, priority="high"))
    with pytest.raises(Conflict) as conflict:
        service.edit(commitment_id, who=who("sekretariat"), version=1, terms=make.terms(cast, title="Judul saya"))
    rows = {row.label: (row.saved, row.yours) for row in conflict.value.rows}
    assert rows["Prioritas"] == ("Tinggi", "Sedang")
    assert rows["Judul"] == ("Babinsa mendampingi Kampung KB di setiap kecamatan", "Judul saya")
    assert conflict.value.version == 2
    assert service.load(commitment_id)[0].title.startswith("Babinsa")


def test_reports_do_not_count_as_an_edit(cast: Cast) -> None:
    commitment_id = make.commitment(cast)
    make.accepted(cast, commitment_id, 10)
    assert service.load(commitment_id)[0].version == 1


def test_a_new_owner_takes_the_commitment_and_its_counts_along(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    make.reported(cast, commitment_id, 10)
    service.edit(commitment_id, who=who("sekretariat"), version=1, terms=make.terms(cast, owner="polda"))
    assert cast.units["kodam"] not in audience(commitment_id)
    assert scopes.count([cast.units["polda"]], "report_pending") == 1
    assert scopes.count([cast.units["kodam"]], "report_pending") == 0
    assert service.check() == []
    with pytest.raises(NotFound):
        service.load(commitment_id, who("tni"))


def test_a_new_due_day_moves_the_commitment_in_its_lists(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    due = TODAY + timedelta(days=3)
    service.edit(commitment_id, who=who("sekretariat"), version=1, terms=make.terms(cast, due_on=due))
    assert set(db.session.execute(select(CommitmentScope.sort_on)).scalars()) == {due}
    assert service.check() == []


def test_an_indicator_nobody_reported_on_disappears_and_a_reported_one_is_ended(cast: Cast, who) -> None:
    both = (IndicatorTerms("Kecamatan", 241_000), IndicatorTerms("Babinsa", 300_000))
    commitment_id = make.commitment(cast, indicators=both)
    make.accepted(cast, commitment_id, 100)
    service.edit(commitment_id, who=who("sekretariat"), version=1, terms=make.terms(cast, indicators=()))
    rows = db.session.execute(select(Indicator.name, Indicator.ended_on)).all()
    assert [tuple(row) for row in rows] == [("Kecamatan", TODAY)]
    facts, _relation = service.load(commitment_id)
    assert (facts.achievement, facts.indicators_total) == (None, 0)
    assert service.check() == []


def test_indicators_are_changed_and_added(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    make.accepted(cast, commitment_id, 120)
    (first,) = make.indicator_ids(commitment_id)
    new = (IndicatorTerms("Kecamatan didampingi", 240_000, "kec.", id=first), IndicatorTerms("Babinsa", 300_000))
    service.edit(commitment_id, who=who("sekretariat"), version=1, terms=make.terms(cast, indicators=new))
    found = service.indicators_of_one(commitment_id)
    assert [(i.name, i.target, i.accepted) for i in found] == [
        ("Kecamatan didampingi", 240_000, 120_000),
        ("Babinsa", 300_000, None),
    ]
    assert service.load(commitment_id)[0].achievement == 2_500
    assert service.check() == []


def test_an_indicator_of_another_commitment_is_not_touched(cast: Cast, who) -> None:
    mine, other = make.commitment(cast), make.commitment(cast)
    foreign = IndicatorTerms("Milik orang", 1_000, id=make.indicator_ids(other)[0])
    with pytest.raises(Invalid):
        service.edit(mine, who=who("sekretariat"), version=1, terms=make.terms(cast, indicators=(foreign,)))


def test_an_ended_commitment_is_no_longer_counted_and_says_why(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast, due_on=TODAY - timedelta(days=5))
    with pytest.raises(Invalid) as refused:
        service.end(commitment_id, who=who("sekretariat"), reason=" ")
    assert refused.value.field == "reason"
    service.end(commitment_id, who=who("sekretariat"), reason="Digabung dengan K-0002.")
    facts, _relation = service.load(commitment_id)
    assert (facts.status, facts.ended_reason) == ("ended", "Digabung dengan K-0002.")
    assert scopes.count([cast.units["office"]], "commitment_due") == 0
    assert service.page(who("tni"), service.Filters()).rows == []
    assert service.check() == []
    with pytest.raises(Invalid):
        service.end(commitment_id, who=who("sekretariat"), reason="Lagi")


def test_a_closed_commitment_can_be_opened_again(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    make.accepted(cast, commitment_id, 241, proposal="proposed_done")
    service.reopen(commitment_id, who=who("sekretariat"), reason="Angka ternyata keliru.")
    facts, _relation = service.load(commitment_id)
    assert (facts.status, facts.finished_on) == ("active", None)
    assert scopes.count([cast.units["kodam"]], "commitment_due") == 1
    assert service.check() == []
    with pytest.raises(Invalid):
        service.reopen(commitment_id, who=who("sekretariat"), reason="Lagi")


def test_a_commitment_recorded_in_the_middle_of_its_period_is_not_silent_at_once(cast: Cast) -> None:
    terms = {"period_start": TODAY - timedelta(days=90)}
    recorded_today = make.commitment(cast, created_on=TODAY, **terms)
    recorded_then = make.commitment(cast, **terms)
    states = {id_: service.load(id_)[0].badges(TODAY)[-1].text for id_ in (recorded_today, recorded_then)}
    assert states == {recorded_today: "Belum dilaporkan", recorded_then: "Tanpa kabar 90 hari"}


def test_the_state_as_of_a_day_is_what_was_recorded_by_then(cast: Cast, who) -> None:
    commitment_id = make.commitment(cast)
    make.accepted(cast, commitment_id, 100, on=TODAY - timedelta(days=20))
    make.accepted(cast, commitment_id, 150, on=TODAY - timedelta(days=10))
    facts, saved, reports = service.as_of(commitment_id, TODAY - timedelta(days=15), who("tni"))
    assert saved is not None
    assert saved["indicators"][0]["accepted"] == 100_000
    assert [report.status for report in reports] == ["accepted"]
    assert service.as_of(commitment_id, TODAY - timedelta(days=300), who("tni"))[1:] == (None, [])
    with pytest.raises(NotFound):
        service.as_of(commitment_id, TODAY, who("polri"))
    assert service.states_of_snapshot(saved, TODAY - timedelta(days=15)) == [replace_state("in_progress")]
    assert facts.id == commitment_id


def replace_state(key: str):
    from kbpartners.formats import State

    return State(key)


def test_terms_are_values(cast: Cast) -> None:
    terms = make.terms(cast)
    assert terms.until == terms.due_on
    assert replace(terms, period_end=TODAY).until == TODAY
