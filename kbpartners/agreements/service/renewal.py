"""What hangs on a document, and the step that renews it: a new document takes over what was chosen, at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select, update

from kbpartners import clock
from kbpartners.agreements.models import ADDENDUM, DRAFT, LIVE, RENEWED, TERMINATED, Agreement, Clause
from kbpartners.agreements.service import citing, lineage, records
from kbpartners.agreements.service import facts as facts_of
from kbpartners.agreements.service.citing import Citing
from kbpartners.agreements.service.facts import Document, Facts
from kbpartners.agreements.service.lineage import Link
from kbpartners.commitments import service as commitments
from kbpartners.db import db, fetch
from kbpartners.errors import Invalid
from kbpartners.security import Identity


class Hanging(NamedTuple):
    """What loses its ground when a document ends: documents that stand on it, open commitments under its clauses."""

    children: list[Link]
    commitments: list[Citing]

    @property
    def any(self) -> bool:
        return bool(self.children or self.commitments)


@dataclass(frozen=True)
class RenewalValues:
    """The new document: its title and term, and the ids of what it takes over."""

    title: str
    starts_on: date | None = None
    ends_on: date | None = None
    signed_on: date | None = None
    place: str = ""
    child_ids: Collection[int] = ()
    commitment_ids: Collection[int] = ()


def hanging(children: Collection[Link], cited: Collection[Citing], today: date) -> Hanging:
    """Those of a document's children and commitments that are not over. Addenda end with what they change. Pure."""
    open_children = [c for c in children if c.kind != ADDENDUM and c.state(today).key not in (RENEWED, TERMINATED)]
    return Hanging(open_children, [c for c in cited if c.is_open])


def refusal(facts: Facts, today: date) -> str:
    """Why a document cannot be renewed; "" if it can."""
    if facts.renewal_id is not None:
        return _("Naskah ini sudah diperpanjang.")
    state = facts.state(today).key
    if state == DRAFT:
        return _("Naskah yang masih draf belum dapat diperpanjang.")
    if state == TERMINATED:
        return _("Naskah yang diakhiri tidak dapat diperpanjang; buka kembali dahulu.")
    return ""


def renew(*, who: Identity, agreement_id: int, values: RenewalValues) -> int:
    """Make the document that renews another one and hand it what was chosen; returns its id.

    Parties (without their numbers), scope and clauses are copied; chosen children stand on the new document, chosen
    commitments cite its clauses. Raises NotFound, Invalid (also for something chosen that does not hang on it).
    """
    old = facts_of.lock(who, agreement_id)
    today = clock.today()
    if why := refusal(old, today):
        raise Invalid(why)
    found = Document(old, facts_of.parties(agreement_id), facts_of.clauses(agreement_id))
    around = lineage.around(who, old)
    waiting = hanging(around.children, citing.commitments(None, agreement_id), today)
    children = [link for link in waiting.children if link.id in values.child_ids]
    moved = [one for one in waiting.commitments if one.id in values.commitment_ids]
    if len(children) < len(set(values.child_ids)) or len(moved) < len(set(values.commitment_ids)):
        raise Invalid(_("Yang dipilih tidak lagi bergantung pada naskah ini. Periksa lagi daftarnya."))
    new_id = records.insert_new(who=who, values=_copied(found, values), is_example=old.is_example)
    clauses = _pairs(found, new_id)
    old_words, new_words = _name(old.kind, old.title), _name(old.kind, values.title)
    for child in children:
        _hang(who, child, new_id, old_words, new_words)
    for one in moved:
        sentence = f"{who.name} memindahkan rujukan komitmen {one.code} ke {new_words} (perpanjangan)."
        commitments.cite(one.id, who=who, clause_id=clauses[one.clause_id], sentence=sentence)
    taken = _taken(len(children), len(moved))
    facts_of.log(who, new_id, f"{who.name} mencatat {new_words} sebagai perpanjangan {old_words}{taken}.")
    _touch(agreement_id)
    facts_of.log(who, agreement_id, f"{who.name} memperpanjang {old_words} dengan {new_words}{taken}.")
    return new_id


def _copied(found: Document, values: RenewalValues) -> records.AgreementValues:
    old = records.values_of(found)
    return replace(
        old,
        title=values.title,
        signed_on=values.signed_on,
        place=values.place,
        starts_on=values.starts_on,
        ends_on=values.ends_on,
        renews_id=found.facts.id,
        parties=[party._replace(number="", id=None) for party in old.parties],
        clauses=[clause._replace(id=None) for clause in old.clauses],
    )


def _pairs(found: Document, new_id: int) -> dict[int, int]:
    """Clause of the old document → its copy."""
    new = fetch(select(Clause.id).where(Clause.agreement_id == new_id).order_by(Clause.position))
    return {old.id: row.id for old, row in zip(found.clauses, new, strict=True)}


def _hang(who: Identity, child: Link, new_id: int, old_words: str, new_words: str) -> None:
    db.session.execute(
        update(Agreement)
        .where(Agreement.id == child.id)
        .values(parent_id=new_id, version=Agreement.version + 1)
        .execution_options(synchronize_session=False)
    )
    name = _name(child.kind, child.title)
    sentence = f"{who.name} memindahkan {name} ke induk barunya, {new_words}."
    facts_of.log(who, child.id, sentence, [("Induk", old_words, new_words)])


def _touch(agreement_id: int) -> None:
    db.session.execute(
        update(Agreement)
        .where(Agreement.id == agreement_id)
        .values(version=Agreement.version + 1)
        .execution_options(synchronize_session=False)
    )


def _taken(children: int, moved: int) -> str:
    parts = [f"{children} naskah" if children else "", f"{moved} komitmen" if moved else ""]
    words = " dan ".join(part for part in parts if part)
    return f", membawa {words}" if words else ""


def _name(kind: str, title: str) -> str:
    return records.described_title(kind, title)


def flagged(above: Collection[Link], today: date) -> Link | None:
    """The nearest document above that no longer counts, to be said on the page of what stands on it."""
    for link in above:
        if link.state(today).key not in LIVE:
            return link
    return None
