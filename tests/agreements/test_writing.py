"""Recording documents: the rules about numbers, days, lineage and clauses, who sees what, and the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import delete, select, update

from kbpartners.agreements import service
from kbpartners.agreements.models import Agreement, AgreementScope, Party
from kbpartners.agreements.service import AgreementValues, ClauseValues, Filters, PartyValues
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Conflict, Invalid, NotFound
from kbpartners.organizations import service as organizations
from tests.factories.agreements import agreement, clause_ids
from tests.factories.commitments import commitment


def refused(field: str, deed, *args, **kwargs) -> str:
    with pytest.raises(Invalid) as caught:
        deed(*args, **kwargs)
    assert caught.value.field == field
    return caught.value.message


def edited(number: int, who, **changes) -> None:
    found = service.document(None, number)
    values = replace(service.values_of(found), **changes)
    service.update_record(who=who, agreement_id=number, version=found.facts.version, values=values)


# --- numbers -----------------------------------------------------------------------------------------------------


def test_one_number_stands_on_one_document_of_a_party_however_it_is_typed(ctx, cast) -> None:
    agreement(cast, title="Yang pertama", parties=[("office", "1/PKS/01/2023"), ("kodam", "Kerma/21/VI/2023")])
    second = [("office", "2/PKS/01/2023"), ("kodam", "KERMA / 21/vi/2023")]
    message = refused("parties-1-number", agreement, cast, parties=second)
    assert "Kodam II/Sriwijaya" in message
    assert "Yang pertama" in message


def test_two_parties_may_have_the_same_number_and_drafts_none(ctx, cast) -> None:
    agreement(cast, parties=[("office", "7/2026"), ("kodam", "7/2026")])
    for _n in range(2):
        agreement(cast, parties=["office", "kodam"], signed_on=None, ends_on=None)


def test_parties_of_a_document_can_swap_their_numbers_and_places(ctx, cast, who) -> None:
    number = agreement(cast, parties=[("office", "1"), ("kodam", "2")])
    first, second = service.values_of(service.document(None, number)).parties
    edited(number, who("sekretariat"), parties=[second._replace(number="1"), first._replace(number="2")])
    swapped = [
        second._replace(organization_id=first.organization_id),
        first._replace(organization_id=cast.units["idi"]),
    ]
    edited(number, who("sekretariat"), parties=swapped)
    shown = [(p.organization_id, p.number) for p in service.document(None, number).parties]
    assert shown == [(cast.units["office"], "2"), (cast.units["idi"], "1")]
    assert service.check() == []


def test_the_database_itself_keeps_a_number_from_being_given_twice(ctx, cast) -> None:
    from sqlalchemy.exc import IntegrityError

    for _n in range(2):
        agreement(cast, parties=["office", "kodam"])
    ids = db.session.execute(select(Party.id).where(Party.organization_id == cast.units["kodam"])).scalars().all()
    db.session.get_one(Party, ids[0]).number_key = "1"
    db.session.flush()
    db.session.get_one(Party, ids[1]).number_key = "1"
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_the_signing_date_may_differ_from_the_month_in_the_number(ctx, cast) -> None:
    number = agreement(cast, signed_on=date(2023, 6, 21), parties=[("office", "1/PKS/01/2023"), "kodam"])
    assert service.load(None, number).signed_on == date(2023, 6, 21)


# --- days, parties, clauses --------------------------------------------------------------------------------------


def test_rules_are_refused_at_their_field(ctx, cast) -> None:
    refused("ends_on", agreement, cast, ends_on=date(2026, 1, 14))
    refused("ends_on", agreement, cast, signed_on=None, starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 31))
    refused("parties", agreement, cast, parties=[])
    refused("parties-1-organization_id", agreement, cast, parties=["kodam", "kodam"])
    refused("clauses-1-article", agreement, cast, clauses=[("3", "1"), ("3", "1")])
    refused("kind", agreement, cast, kind="surat")
    refused("title", agreement, cast, title="")
    unknown = [PartyValues(99_999_999)]
    values = AgreementValues("pks", "Judul", parties=unknown)
    refused("parties-0-organization_id", service.create, who=None, values=values)


def test_a_document_of_one_day_is_a_term_and_without_a_start_it_counts_from_the_signature(ctx, cast) -> None:
    number = agreement(cast, ends_on=date(2026, 1, 15))
    assert service.load(None, number).starts_on == date(2026, 1, 15)


def test_a_clause_that_a_commitment_cites_cannot_be_taken_away(ctx, cast, who) -> None:
    number = agreement(cast)
    first, second = clause_ids(number)
    commitment(cast, clause_id=second)
    kept = service.values_of(service.document(None, number)).clauses
    message = refused("clauses", edited, number, who("sekretariat"), clauses=[kept[0]])
    assert "Pasal 3 ayat (2)" in message
    edited(number, who("sekretariat"), clauses=[kept[1], ClauseValues("9", "", "Baru")])
    assert clause_ids(number)[0] == second
    assert first not in clause_ids(number)


# --- lineage -----------------------------------------------------------------------------------------------------


def test_circles_are_refused_along_parents_renewals_and_both_together(ctx, cast, who) -> None:
    mou = agreement(cast, kind="mou", title="Induk")
    pks = agreement(cast, parent_id=mou)
    plan = agreement(cast, kind="action_plan", parent_id=pks)
    newer = agreement(cast, kind="action_plan", renews_id=plan)
    me = who("sekretariat")
    for number, change in ((mou, {"parent_id": mou}), (mou, {"parent_id": plan}), (mou, {"parent_id": newer}),
                           (pks, {"parent_id": plan})):  # fmt: skip
        refused("parent_id", edited, number, me, **change)
    refused("renews_id", edited, plan, me, renews_id=newer)
    refused("renews_id", edited, mou, me, renews_id=plan)
    refused("parent_id", agreement, cast, parent_id=99_999_999)


def test_an_addendum_says_what_it_changes(ctx, cast) -> None:
    refused("parent_id", agreement, cast, kind="addendum")
    agreement(cast, kind="addendum", parent_id=agreement(cast))


def test_a_document_is_renewed_once_and_a_draft_never(ctx, cast) -> None:
    old = agreement(cast)
    agreement(cast, title="Yang baru", renews_id=old)
    assert "Yang baru" in refused("renews_id", agreement, cast, renews_id=old)
    draft = agreement(cast, signed_on=None, ends_on=None)
    refused("renews_id", agreement, cast, renews_id=draft)


def test_the_lineage_of_a_document_is_read_in_one_query(ctx, cast, who, count_queries) -> None:
    mou = agreement(cast, kind="mou", title="MoU")
    first = agreement(cast, title="PKS 1", parent_id=mou)
    second = agreement(cast, title="PKS 2", parent_id=mou, renews_id=first)
    plan = agreement(cast, kind="action_plan", title="Rencana", parent_id=second)
    addendum = agreement(cast, kind="addendum", title="Adendum", parent_id=second)
    facts = service.load(None, second)
    with count_queries() as seen:
        around = service.around(who("sekretariat"), facts)
    assert len([q for q in seen if "agreements" in q]) == 1
    assert [link.id for link in around.above] == [mou]
    assert [link.id for link in around.children] == [plan]
    assert [link.id for link in around.addenda] == [addendum]
    assert [link.id for link in around.chain] == [first, second]
    assert service.around(who("sekretariat"), service.load(None, mou)).chain == []


# --- who sees what -----------------------------------------------------------------------------------------------


def sees(who, number: int) -> bool:
    try:
        service.load(who, number)
    except NotFound:
        return False
    return number in {row.id for row in service.listed(who, Filters()).rows}


SEEN = [
    (["office", "kodam"], {"tni", "kodim"}),
    (["office", "kodim"], {"tni", "kodim", "opd"}),
    (["office", "kodim_palembang"], {"tni"}),
    (["office", "polres"], {"polri", "opd"}),
    (["office", "opd_lahat"], {"opd"}),
    (["office", "opd_palembang"], set()),
    (["office", "bank", "kodam"], {"tni", "kodim", "stranger"}),
    (["office"], set()),
]


@pytest.mark.parametrize(("parties", "readers"), SEEN)
def test_a_tree_sees_what_it_is_a_party_to_and_nothing_of_others(ctx, cast, who, parties, readers) -> None:
    number = agreement(cast, parties=parties)
    for name in ("tni", "kodim", "polri", "opd", "stranger"):
        assert sees(who(name), number) is (name in readers), name
    for name in ("admin", "sekretariat", "pimpinan"):
        assert sees(who(name), number)
    assert service.check() == []


def test_documents_follow_a_unit_that_moves_and_one_that_becomes_another(ctx, cast, who) -> None:
    number = agreement(cast, parties=["office", "kodim"])
    organizations.move(who=who("sekretariat"), organization_id=cast.units["kodim"], parent_id=cast.units["polda"])
    assert sees(who("polri"), number)
    assert not sees(who("tni"), number)
    assert service.check() == []
    units = set(db.session.execute(select(AgreementScope.unit_id).where(AgreementScope.record_id == number)).scalars())
    assert units == {cast.units["office"], cast.units["kodim"], cast.units["polda"]}


def test_two_units_that_were_one_keep_their_documents_and_come_apart_again(ctx, cast, who) -> None:
    me, bank, idi = who("sekretariat"), cast.units["bank"], cast.units["idi"]
    both = agreement(cast, title="Keduanya", parties=["office", ("idi", "1"), ("bank", "2")])
    one = agreement(cast, title="Satu", parties=["office", ("bank", "9/2026")])
    other = agreement(cast, title="Lain", parties=["office", ("idi", "9/2026")])
    before = {n: [tuple(p) for p in service.document(None, n).parties] for n in (both, one, other)}
    merge_id = organizations.merge(who=me, source_id=bank, target_id=idi)
    assert [p.organization_id for p in service.document(None, both).parties] == [cast.units["office"], idi]
    assert [p.organization_id for p in service.document(None, one).parties] == [cast.units["office"], idi]
    assert service.check() == []
    organizations.undo(who=me, merge_id=merge_id)
    assert {n: [tuple(p) for p in service.document(None, n).parties] for n in before} == before
    assert service.check() == []


def test_of_organization_is_for_the_page_of_a_partner(ctx, cast, who) -> None:
    mine = agreement(cast, parties=["office", "kodim"])
    agreement(cast, parties=["office", "polres"])
    assert [row.id for row in service.of_organization(cast.units["kodam"], who("sekretariat"), 5)] == [mine]
    assert service.of_organization(cast.units["kodam"], who("polri"), 5) == []
    assert service.of_organization(cast.units["kodam"], who("sekretariat"), 0) == []


# --- ending ------------------------------------------------------------------------------------------------------


def test_a_document_is_ended_with_day_and_reason_and_that_is_taken_back(ctx, cast, who) -> None:
    me, number = who("sekretariat"), agreement(cast)
    refused("reason", service.end, who=me, agreement_id=number, ended_on=date(2026, 6, 1), reason=" ")
    refused("ended_on", service.end, who=me, agreement_id=number, ended_on=date(2025, 6, 1), reason="Sebab")
    refused("ended_on", service.end, who=me, agreement_id=number, ended_on=date(2029, 6, 1), reason="Sebab")
    service.end(who=me, agreement_id=number, ended_on=date(2026, 6, 1), reason="Digabung")
    assert service.load(None, number).state(date(2026, 6, 1)).key == "terminated"
    refused("", service.end, who=me, agreement_id=number, ended_on=date(2026, 6, 1), reason="Lagi")
    service.reopen(who=me, agreement_id=number, reason="Keliru")
    assert service.load(None, number).state(date(2026, 6, 1)).key == "in_force"
    sentences = [entry.sentence for entry in audit.history("agreement", number)]
    assert (
        sentences[0] == "Rina Sekretariat membatalkan pengakhiran Perjanjian Kerja Sama “Pelayanan KB bergerak”: Keliru"
    )
    assert "per 01/06/2026: Digabung" in sentences[1]
    draft = agreement(cast, signed_on=None, ends_on=None)
    refused("", service.end, who=me, agreement_id=draft, ended_on=date(2026, 6, 1), reason="Sebab")
    assert service.check() == []


# --- the log, two writers ----------------------------------------------------------------------------------------


def test_the_log_holds_the_whole_document_so_that_it_can_be_read_as_of_a_day(ctx, cast, who) -> None:
    number = agreement(cast, parties=["office", ("kodam", "Kerma/1")], scope="Pelayanan")
    saved = audit.as_of("agreement", date(2026, 6, 10), [number])[number]
    assert saved == service.snapshot(service.document(None, number))
    assert saved["parties"][1]["number"] == "Kerma/1"
    assert [clause["article"] for clause in saved["clauses"]] == ["3", "3"]
    assert service.state_of_snapshot(saved, date(2028, 1, 15)).key == "expired"
    edited(number, who("sekretariat"), title="Judul baru")
    changes = audit.history("agreement", number)[0].changes
    assert [list(change) for change in changes] == [["Judul", "Pelayanan KB bergerak", "Judul baru"]]


def test_the_second_writer_is_shown_both_versions(ctx, cast, who) -> None:
    number = agreement(cast)
    old = service.document(None, number)
    edited(number, who("sekretariat"), title="Judul pertama")
    values = replace(service.values_of(old), title="Judul kedua")
    with pytest.raises(Conflict) as caught:
        service.update_record(who=who("admin"), agreement_id=number, version=1, values=values)
    title = next(row for row in caught.value.rows if row.label == "Judul")
    assert (title.saved, title.yours) == ("Judul pertama", "Judul kedua")
    assert caught.value.version == 2


def test_a_renewal_that_is_signed_later_is_in_the_log_of_the_renewed_document(ctx, cast, who) -> None:
    old = agreement(cast, ends_on=date(2026, 8, 1))
    new = service.renew(
        who=who("sekretariat"), agreement_id=old, values=service.RenewalValues("Baru", starts_on=date(2026, 8, 2))
    )
    saved = audit.as_of("agreement", date(2026, 6, 10), [old])[old]
    assert service.state_of_snapshot(saved, date(2026, 6, 10)).key == "expiring"
    edited(new, who("sekretariat"), signed_on=date(2026, 6, 10))
    saved = audit.as_of("agreement", date(2026, 6, 10), [old])[old]
    assert service.state_of_snapshot(saved, date(2026, 6, 10)).key == "renewed"
    assert saved == service.snapshot(service.document(None, old))
    refused("signed_on", edited, old, who("sekretariat"), signed_on=None)


def test_doctor_finds_what_is_wrong(ctx, cast) -> None:
    number = agreement(cast, parties=["office", ("kodam", "Kerma/1")])
    other = agreement(cast, parent_id=number)
    assert service.check() == []
    db.session.execute(delete(AgreementScope).where(AgreementScope.unit_id == cast.units["kodam"]))
    db.session.execute(update(Party).where(Party.number != "").values(number_key="lain"))
    db.session.execute(
        update(Agreement).where(Agreement.id == number).values(parent_id=other, ends_on=date(2027, 1, 1))
    )
    said = " ".join(service.check())
    for words in ("tidak cocok dengan para pihaknya", "nomor pembanding", "melingkar", "urutan tersimpan"):
        assert words in said
