"""A document with its parties and clauses, as pages, reports and the log say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from kbpartners import formats
from kbpartners.agreements.conditions import seen_by
from kbpartners.agreements.models import Agreement, Clause, Party, clause_label, state_of
from kbpartners.audit import service as audit
from kbpartners.db import fetch, fetch_one
from kbpartners.errors import NotFound
from kbpartners.formats import State
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity
from kbpartners.settings import service as settings

SUBJECT = "agreement"
_Renewal = aliased(Agreement)


def warning_days() -> int:
    """So many days before its last day a document is about to end (a setting, 180 unless changed)."""
    return int(settings.kept("agreement_warning_days"))


class Facts(NamedTuple):
    """One document. `renewal_id` and `renewed_on` are of the document that renews it, None without one."""

    id: int
    version: int
    kind: str
    title: str
    signed_on: date | None
    place: str
    starts_on: date | None
    ends_on: date | None
    scope: str
    parent_id: int | None
    renews_id: int | None
    ended_on: date | None
    ended_reason: str
    is_example: bool
    renewal_id: int | None
    renewed_on: date | None

    @property
    def words(self) -> str:
        """The kind in words."""
        return formats.word("agreement_kind", self.kind)

    def state(self, today: date) -> State:
        """What it is on a day."""
        return state_of(self, today, warning_days())


class PartyFact(NamedTuple):
    """A party, with the words that are printed of it."""

    id: int
    organization_id: int
    organization: str
    number: str
    signer_name: str
    signer_position: str
    signer_rank: str
    id_kind: str
    id_number: str
    acting: str
    on_behalf_of: str

    @property
    def position(self) -> str:
        """ "Plt. Kepala Perwakilan"."""
        return f"{acting_word(self.acting)} {self.signer_position}".strip()

    @property
    def identity(self) -> str:
        """ "Mayjen TNI, NRP 12345" or "Pembina Utama, NIP 19700101 199503 1 001"."""
        printed = formats.nip(self.id_number).replace(" ", formats.NBSP)
        number = f"{self.id_kind} {printed}".strip() if printed else ""
        return ", ".join(part for part in (self.signer_rank, number) if part)

    @property
    def behalf(self) -> str:
        """ "a.n. Panglima TNI"; "" for whoever signs for itself."""
        return _("a.n. %(whom)s", whom=self.on_behalf_of) if self.on_behalf_of else ""


class ClauseFact(NamedTuple):
    """A clause that can be cited."""

    id: int
    article: str
    paragraph: str
    text: str

    @property
    def label(self) -> str:
        return clause_label(self.article, self.paragraph)


@dataclass(frozen=True)
class Document:
    """A document with its parties and clauses in their order."""

    facts: Facts
    parties: Sequence[PartyFact]
    clauses: Sequence[ClauseFact]


def acting_word(acting: str) -> str:
    """ "Plt." or "Plh."; "" for who holds the post."""
    return {"plt": "Plt.", "plh": "Plh."}.get(acting, "")


COLUMNS = (
    Agreement.id,
    Agreement.version,
    Agreement.kind,
    Agreement.title,
    Agreement.signed_on,
    Agreement.place,
    Agreement.starts_on,
    Agreement.ends_on,
    Agreement.scope,
    Agreement.parent_id,
    Agreement.renews_id,
    Agreement.ended_on,
    Agreement.ended_reason,
    Agreement.is_example,
    _Renewal.id,
    _Renewal.signed_on,
)
FACTS = select(*COLUMNS).outerjoin(_Renewal, _Renewal.renews_id == Agreement.id)
_PARTIES = (
    select(
        Party.id,
        Party.organization_id,
        Organization.name,
        Party.number,
        Party.signer_name,
        Party.signer_position,
        Party.signer_rank,
        Party.id_kind,
        Party.id_number,
        Party.acting,
        Party.on_behalf_of,
    )
    .join(Organization, Organization.id == Party.organization_id)
    .where(Party.agreement_id == bindparam("id"))
    .order_by(Party.position, Party.id)
)
_CLAUSES = (
    select(Clause.id, Clause.article, Clause.paragraph, Clause.text)
    .where(Clause.agreement_id == bindparam("id"))
    .order_by(Clause.position, Clause.id)
)


def load(who: Identity | None, agreement_id: int) -> Facts:
    """A document that `who` may see. Raises NotFound."""
    row = fetch_one(FACTS.where(Agreement.id == agreement_id, seen_by(who)))
    if row is None:
        raise NotFound
    return Facts(*row)


def lock(who: Identity | None, agreement_id: int) -> Facts:
    """The same for a writer: nobody else changes it until this transaction is over."""
    query = FACTS.where(Agreement.id == agreement_id, seen_by(who)).with_for_update(of=Agreement)
    row = fetch_one(query)
    if row is None:
        raise NotFound
    return Facts(*row)


def parties(agreement_id: int) -> list[PartyFact]:
    """The parties in their order."""
    return [PartyFact(*row) for row in fetch(_PARTIES, {"id": agreement_id})]


def clauses(agreement_id: int) -> list[ClauseFact]:
    """The clauses in their order."""
    return [ClauseFact(*row) for row in fetch(_CLAUSES, {"id": agreement_id})]


def document(who: Identity | None, agreement_id: int) -> Document:
    """A document with everything that its own tables hold: three queries. Raises NotFound."""
    return Document(load(who, agreement_id), parties(agreement_id), clauses(agreement_id))


# --- the log -----------------------------------------------------------------------------------------------------


def actor(who: Identity | None) -> str:
    """Who did it, for a sentence of the log."""
    return who.name if who else "Sistem"


def log(who: Identity | None, agreement_id: int, sentence: str, changes: Sequence[audit.Change] = ()) -> None:
    """Add a revision of a document with its full snapshot."""
    found = document(None, agreement_id)
    audit.record(who, SUBJECT, agreement_id, sentence, snapshot=snapshot(found), changes=changes)


def snapshot(found: Document) -> dict[str, Any]:
    """Everything that a report can print of a document, as JSON values (dates ISO). Pure.

    Its state is not in it: it is derived for the report's own day (`state_of_snapshot`).
    """
    facts = found.facts
    return {
        "kind": facts.kind,
        "title": facts.title,
        "signed_on": _iso(facts.signed_on),
        "place": facts.place,
        "starts_on": _iso(facts.starts_on),
        "ends_on": _iso(facts.ends_on),
        "scope": facts.scope,
        "parent_id": facts.parent_id,
        "renews_id": facts.renews_id,
        "renewal_id": facts.renewal_id,
        "renewed_on": _iso(facts.renewed_on),
        "ended_on": _iso(facts.ended_on),
        "ended_reason": facts.ended_reason,
        "parties": [party._asdict() for party in found.parties],
        "clauses": [clause._asdict() for clause in found.clauses],
        "is_example": facts.is_example,
    }


def state_of_snapshot(saved: dict[str, Any], day: date) -> State:
    """The state that a snapshot of a document shows on a day."""
    return state_of(Facts(**_facts_values(saved)), day, warning_days())


def as_of(who: Identity, agreement_id: int, day: date) -> tuple[Facts, Document | None]:
    """A document as it is, and as it was when a day was over (None: not recorded yet). Raises NotFound."""
    facts = load(who, agreement_id)
    saved = audit.as_of(SUBJECT, day, [agreement_id]).get(agreement_id)
    if saved is None:
        return facts, None
    then = Facts(**_facts_values(saved))._replace(id=agreement_id)
    parties_then = [PartyFact(**party) for party in saved["parties"]]
    return facts, Document(then, parties_then, [ClauseFact(**clause) for clause in saved["clauses"]])


def _facts_values(saved: dict[str, Any]) -> dict[str, Any]:
    # The id and the version are not in a snapshot.
    days = ("signed_on", "starts_on", "ends_on", "ended_on", "renewed_on")
    names = [name for name in Facts._fields if name not in ("id", "version")]
    values = {name: saved[name] for name in names}
    return {"id": 0, "version": 0} | values | {n: date.fromisoformat(saved[n]) if saved[n] else None for n in days}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
