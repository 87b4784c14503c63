"""Recording and editing a document with its parties and clauses, and who may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from kbpartners import clock, formats
from kbpartners.agreements.models import FOREVER, KINDS, Agreement, AgreementScope, Clause, Party, last_day, number_key
from kbpartners.agreements.service import facts as facts_of
from kbpartners.agreements.service import lineage
from kbpartners.agreements.service.facts import ClauseFact, Document, PartyFact, acting_word
from kbpartners.db import db
from kbpartners.errors import Conflict, FieldConflict, Invalid
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.organizations.service import office_id
from kbpartners.scopes import Relation, write_scopes
from kbpartners.security import Identity


class PartyValues(NamedTuple):
    """A party as it is filled in; the meaning of the fields is that of `models.Party`."""

    organization_id: int
    number: str = ""
    signer_name: str = ""
    signer_position: str = ""
    signer_rank: str = ""
    id_kind: str = ""
    id_number: str = ""
    acting: str = ""
    on_behalf_of: str = ""
    id: int | None = None


class ClauseValues(NamedTuple):
    """A clause as it is filled in: pasal, ayat, what it says."""

    article: str
    paragraph: str = ""
    text: str = ""
    id: int | None = None


@dataclass(frozen=True)
class AgreementValues:
    """What a person fills in. Without `starts_on` a signed document counts from the day on which it was signed."""

    kind: str
    title: str
    signed_on: date | None = None
    place: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    scope: str = ""
    parent_id: int | None = None
    renews_id: int | None = None
    parties: Sequence[PartyValues] = ()
    clauses: Sequence[ClauseValues] = ()


OWN = ("kind", "title", "signed_on", "place", "starts_on", "ends_on", "scope", "parent_id", "renews_id")
"""The fields of the document itself."""


def create(*, who: Identity | None, values: AgreementValues, is_example: bool = False) -> int:
    """Record a document and return its id. Raises Invalid with the field (`parties-1-number`: the second party's)."""
    agreement_id = insert_new(who=who, values=values, is_example=is_example)
    facts_of.log(who, agreement_id, f"{facts_of.actor(who)} mencatat {described_title(values.kind, values.title)}.")
    if values.renews_id is not None:
        _tell_renewed(who, {values.renews_id}, values)
    return agreement_id


def insert_new(*, who: Identity | None, values: AgreementValues, is_example: bool = False) -> int:
    """The same without the log, for who has a sentence of their own."""
    values = _settled(values)
    _check(values, None)
    agreement_id = db.session.execute(
        insert(Agreement)
        .values(
            **{name: getattr(values, name) for name in OWN},
            is_example=is_example,
            created_at=clock.now(),
            created_by_id=who.user_id if who else None,
            version=1,
        )
        .returning(Agreement.id)
    ).scalar_one()
    _write_parties(agreement_id, values.parties, [])
    _write_clauses(agreement_id, values.clauses, [])
    write_agreement_scopes(agreement_id)
    return agreement_id


def update_record(*, who: Identity | None, agreement_id: int, version: int, values: AgreementValues) -> None:
    """Change a document. Raises NotFound, Invalid as `create`, Conflict if somebody saved since `version`."""
    before = facts_of.lock(who, agreement_id)
    old = Document(before, facts_of.parties(agreement_id), facts_of.clauses(agreement_id))
    values = _settled(values)
    if before.version != version:
        saved, yours = described(old), described_values(values)
        raise Conflict([FieldConflict(label, saved[label], yours[label]) for label in saved], before.version)
    _check(values, agreement_id)
    if values.signed_on is None and (before.renewal_id is not None or before.ended_on is not None):
        raise Invalid(_("Naskah yang sudah diperpanjang atau diakhiri tidak dapat menjadi draf lagi."), "signed_on")
    if before.ended_on and values.starts_on and before.ended_on < values.starts_on:
        raise Invalid(_("Naskah ini diakhiri sebelum tanggal itu."), "starts_on")
    db.session.execute(
        update(Agreement)
        .where(Agreement.id == agreement_id)
        .values(**{name: getattr(values, name) for name in OWN}, version=version + 1)
    )
    _write_parties(agreement_id, values.parties, old.parties)
    _write_clauses(agreement_id, values.clauses, old.clauses)
    write_agreement_scopes(agreement_id)
    with force_locale("id"):  # the log keeps one language, whoever writes
        was, now = described(old), described(facts_of.document(None, agreement_id))
    sentence = f"{facts_of.actor(who)} mengubah {described_title(values.kind, values.title)}."
    facts_of.log(who, agreement_id, sentence, [(label, was[label], now[label]) for label in was])
    if (before.renews_id, before.signed_on) != (values.renews_id, values.signed_on):
        _tell_renewed(who, {id_ for id_ in (before.renews_id, values.renews_id) if id_ is not None}, values)


def _tell_renewed(who: Identity | None, renewed: Iterable[int], values: AgreementValues) -> None:
    """Whether a document counts as renewed depends on the one that renews it: its log keeps that, too."""
    name = described_title(values.kind, values.title)
    day = f", ditandatangani {formats.date_short(values.signed_on)}" if values.signed_on else ", belum ditandatangani"
    for id_ in sorted(renewed):
        sentence = f"{facts_of.actor(who)} mencatat keadaan perpanjangannya: {name}{day}."
        facts_of.log(who, id_, sentence)


def values_of(found: Document) -> AgreementValues:
    """What the edit form starts from."""
    own = {name: getattr(found.facts, name) for name in OWN}
    parties = [PartyValues(**{name: getattr(p, name) for name in PartyValues._fields}) for p in found.parties]
    clauses = [ClauseValues(c.article, c.paragraph, c.text, c.id) for c in found.clauses]
    return AgreementValues(**own, parties=parties, clauses=clauses)


# --- rules -------------------------------------------------------------------------------------------------------


def _settled(values: AgreementValues) -> AgreementValues:
    if values.signed_on and not values.starts_on:
        values = replace(values, starts_on=values.signed_on)
    return values


def _check(values: AgreementValues, agreement_id: int | None) -> None:
    if values.kind not in KINDS:
        raise Invalid(_("Pilih salah satu dari daftar."), "kind")
    if not values.title:
        raise Invalid(_("Wajib diisi."), "title")
    if values.ends_on and values.starts_on and values.ends_on < values.starts_on:
        raise Invalid(_("Naskah tidak dapat berakhir sebelum mulai berlaku."), "ends_on")
    _check_parties(values.parties, agreement_id)
    seen: set[tuple[str, str]] = set()
    for row, clause in enumerate(values.clauses):
        if (clause.article, clause.paragraph) in seen:
            raise Invalid(_("Pasal dan ayat ini sudah ada di atas."), f"clauses-{row}-article")
        seen.add((clause.article, clause.paragraph))
    lineage.check_place(
        kind=values.kind, parent_id=values.parent_id, renews_id=values.renews_id, agreement_id=agreement_id
    )


def _check_parties(parties: Sequence[PartyValues], agreement_id: int | None) -> None:
    if not parties:
        raise Invalid(
            _("Isi paling sedikit satu pihak: tanpa pihak, tidak ada mitra yang melihat naskah ini."), "parties"
        )
    wanted = sorted({party.organization_id for party in parties})
    # Two people must not give a unit one number twice at the same moment: whoever writes for a unit holds its row.
    found = dict(
        db.session.execute(
            select(Organization.id, Organization.name)
            .where(Organization.id.in_(wanted))
            .order_by(Organization.id)
            .with_for_update()
        ).all()
    )
    seen: set[int] = set()
    for row, party in enumerate(parties):
        if party.organization_id not in found:
            raise Invalid(_("Pilih salah satu dari daftar."), f"parties-{row}-organization_id")
        if party.organization_id in seen:
            raise Invalid(_("Satuan ini sudah menjadi pihak di atas."), f"parties-{row}-organization_id")
        seen.add(party.organization_id)
        if other := _same_number(party, agreement_id):
            message = _(
                "Nomor ini sudah dipakai %(unit)s pada “%(title)s”.",
                unit=found[party.organization_id],
                title=other,
            )
            raise Invalid(message, f"parties-{row}-number")


def _same_number(party: PartyValues, agreement_id: int | None) -> str:
    key = number_key(party.number)
    if not key:
        return ""
    query = (
        select(Agreement.title)
        .join(Party, Party.agreement_id == Agreement.id)
        .where(Party.organization_id == party.organization_id, Party.number_key == key, Agreement.id != agreement_id)
    )
    return db.session.execute(query.limit(1)).scalar() or ""


# --- writing -----------------------------------------------------------------------------------------------------


def _write_parties(agreement_id: int, parties: Sequence[PartyValues], present: Iterable[PartyFact]) -> None:
    saved = {party.id: party for party in present}
    gone = saved.keys() - {party.id for party in parties}
    mine = Party.agreement_id == agreement_id
    db.session.execute(delete(Party).where(mine, Party.id.in_(gone)))
    db.session.execute(update(Party).where(mine).values(number_key=""))  # two parties may have swapped numbers
    # An organisation changes places with another one in two steps, too: first those that stay, then the new ones.
    moved = {p.id for p in parties if p.id in saved and saved[p.id].organization_id != p.organization_id}
    db.session.execute(delete(Party).where(mine, Party.id.in_(moved)))
    for position, party in enumerate(parties, 1):
        columns: dict[str, Any] = {
            **party._asdict(),
            "agreement_id": agreement_id,
            "position": position,
            "number_key": number_key(party.number),
        }
        columns.pop("id")
        try:
            with db.session.begin_nested():
                if party.id in saved and party.id not in moved:
                    db.session.execute(update(Party).where(Party.id == party.id, mine).values(**columns))
                else:
                    db.session.execute(insert(Party).values(**columns))
        except IntegrityError as error:
            raise Invalid(_("Nomor ini sudah dipakai pihak yang sama."), f"parties-{position - 1}-number") from error


def _write_clauses(agreement_id: int, clauses: Sequence[ClauseValues], present: Iterable[ClauseFact]) -> None:
    from kbpartners.agreements.service import citing

    saved = {clause.id: clause for clause in present}
    gone = saved.keys() - {clause.id for clause in clauses}
    if cited := citing.cited(gone):
        labels = ", ".join(saved[id_].label for id_ in sorted(cited))
        raise Invalid(_("%(clauses)s dirujuk komitmen, jadi tidak dapat dihapus.", clauses=labels), "clauses")
    db.session.execute(delete(Clause).where(Clause.agreement_id == agreement_id, Clause.id.in_(gone)))
    for position, clause in enumerate(clauses, 1):
        columns: dict[str, Any] = {
            "article": clause.article,
            "paragraph": clause.paragraph,
            "text": clause.text,
            "position": position,
        }
        if clause.id in saved:
            db.session.execute(update(Clause).where(Clause.id == clause.id).values(**columns))
        else:
            db.session.execute(insert(Clause).values(agreement_id=agreement_id, **columns))


def audience(agreement_id: int) -> dict[int, int]:
    """Which units have a row for the document, and why: the parties, their ancestors, the office."""
    units = {office_id(): Relation.OFFICE}
    paths = db.session.execute(
        select(Organization.path)
        .join(Party, Party.organization_id == Organization.id)
        .where(Party.agreement_id == agreement_id)
    ).scalars()
    for path in paths:
        *above, party = path_ids(path)
        units[party] = Relation.OWNER
        for unit in above:
            units[unit] = min(Relation.SUPPORT, units.get(unit, Relation.SUPPORT))
    return units


def write_agreement_scopes(agreement_id: int) -> None:
    """Show the document to the units of `audience`. `is_open` is always true: whether it is over depends on today."""
    ends_on, ended_on = db.session.execute(
        select(Agreement.ends_on, Agreement.ended_on).where(Agreement.id == agreement_id)
    ).one()
    sort_on = last_day(ends_on, ended_on) or FOREVER
    write_scopes(AgreementScope, agreement_id, audience(agreement_id), is_open=True, sort_on=sort_on)


# --- in words ----------------------------------------------------------------------------------------------------


def described_title(kind: str, title: str) -> str:
    """ "Nota Kesepahaman “…”", for a sentence of the log (Indonesian)."""
    with force_locale("id"):
        return f"{formats.word('agreement_kind', kind)} “{title}”"


def described(found: Document) -> dict[str, str]:
    """A document by label, as the log and the page of a conflict show it."""
    names = {party.organization_id: party.organization for party in found.parties}
    return _words(values_of(found), names)


def described_values(values: AgreementValues) -> dict[str, str]:
    """The same for what somebody typed."""
    ids = {party.organization_id for party in values.parties}
    rows = db.session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(ids)))
    return _words(values, {row.id: row.name for row in rows})


def _words(values: AgreementValues, names: Mapping[int, str]) -> dict[str, str]:
    ids = {id_ for id_ in (values.parent_id, values.renews_id) if id_}
    titles: dict[int | None, str] = {}
    if ids:
        rows = db.session.execute(select(Agreement.id, Agreement.title).where(Agreement.id.in_(ids)))
        titles = {row.id: row.title for row in rows}
    return {
        _("Jenis"): formats.word("agreement_kind", values.kind),
        _("Judul"): values.title,
        _("Ditandatangani"): formats.date_medium(values.signed_on),
        _("Tempat"): values.place,
        _("Mulai berlaku"): formats.date_medium(values.starts_on),
        _("Berlaku sampai"): formats.date_medium(values.ends_on) or _("tanpa batas waktu"),
        _("Induk"): titles.get(values.parent_id, ""),
        _("Memperpanjang"): titles.get(values.renews_id, ""),
        _("Para pihak"): "; ".join(_party_words(party, names) for party in values.parties),
        _("Ruang lingkup"): values.scope,
        _("Pasal"): "; ".join(f"{_clause_label(clause)}: {clause.text}" for clause in values.clauses),
    }


def _clause_label(clause: ClauseValues) -> str:
    return ClauseFact(0, clause.article, clause.paragraph, "").label


def _party_words(party: PartyValues, names: Mapping[int, str]) -> str:
    parts = [
        names.get(party.organization_id, "?"),
        party.number,
        f"a.n. {party.on_behalf_of}" if party.on_behalf_of else "",
        f"{acting_word(party.acting)} {party.signer_position}".strip(),
        party.signer_name,
        party.signer_rank,
        f"{party.id_kind} {formats.nip(party.id_number)}".strip() if party.id_number else "",
    ]
    return ", ".join(part for part in parts if part)
