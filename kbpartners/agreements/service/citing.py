"""The commitments that cite a clause: on the document's page, and when clauses go or are carried over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import select, true

from kbpartners import formats
from kbpartners.agreements.conditions import seen_by
from kbpartners.agreements.models import Agreement, Clause, clause_label
from kbpartners.commitments.models import Commitment, CommitmentScope, states_of
from kbpartners.commitments.service.rules import OPEN
from kbpartners.db import db, fetch
from kbpartners.formats import Badge
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity, visible

MOST = 200
"""Commitments shown on the page of a document."""


class Citing(NamedTuple):
    """A commitment that cites a clause, with what its states need."""

    id: int
    title: str
    organization: str
    clause_id: int
    status: str
    period_start: date
    due_on: date
    finished_on: date | None
    report_state: str
    news_on: date
    last_report_on: date | None
    achievement: int | None
    is_example: bool

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def badges(self, today: date) -> list[Badge]:
        """Lateness first, then the state."""
        return [formats.badge(state) for state in states_of(self, today)]


def commitments(who: Identity | None, agreement_id: int) -> list[Citing]:
    """The commitments under a document's clauses that `who` may see, by due day. One query."""
    seen = true() if who is None or who.of_office else visible(CommitmentScope, Commitment.id, who)
    query = (
        select(
            Commitment.id,
            Commitment.title,
            Organization.name,
            Commitment.clause_id,
            Commitment.status,
            Commitment.period_start,
            Commitment.due_on,
            Commitment.finished_on,
            Commitment.report_state,
            Commitment.news_on,
            Commitment.last_report_on,
            Commitment.achievement,
            Commitment.is_example,
        )
        .join(Clause, Clause.id == Commitment.clause_id)
        .join(Organization, Organization.id == Commitment.organization_id)
        .where(Clause.agreement_id == agreement_id, seen)
        .order_by(Commitment.due_on, Commitment.id)
        .limit(MOST)
    )
    return [Citing(*row) for row in fetch(query)]


def cited(clause_ids: Iterable[int]) -> set[int]:
    """Those of the clauses that a commitment cites."""
    wanted = list(clause_ids)
    if not wanted:
        return set()
    query = select(Commitment.clause_id).where(Commitment.clause_id.in_(wanted)).distinct()
    return {id_ for id_ in db.session.execute(query).scalars() if id_ is not None}


# --- for the form and the page of a commitment -------------------------------------------------------------------


class Source(NamedTuple):
    """The clause that a commitment cites. `seen`: whether the reader may open the document."""

    agreement_id: int
    kind: str
    title: str
    article: str
    paragraph: str
    seen: bool

    @property
    def words(self) -> str:
        """ "Perjanjian Kerja Sama …, Pasal 3 ayat (2)"."""
        return f"{self.title}, {clause_label(self.article, self.paragraph)}"


def source(who: Identity, clause_id: int) -> Source | None:
    """What a clause is, for the page of a commitment that cites it. One query."""
    query = (
        select(
            Agreement.id, Agreement.kind, Agreement.title, Clause.article, Clause.paragraph, seen_by(who).label("seen")
        )
        .join(Clause, Clause.agreement_id == Agreement.id)
        .where(Clause.id == clause_id)
    )
    row = db.session.execute(query).one_or_none()
    return Source(*row[:5], seen=bool(row.seen)) if row else None


def clause_choices(who: Identity, chosen: int | None = None, limit: int = 1_000) -> dict[str, list[tuple[int, str]]]:
    """Document → (clause id, words), for a select with groups; the latest documents first."""
    query = (
        select(Agreement.id, Agreement.kind, Agreement.title, Clause.id, Clause.article, Clause.paragraph, Clause.text)
        .join(Clause, Clause.agreement_id == Agreement.id)
        .where(seen_by(who))
        .order_by((Clause.id == chosen).desc(), Agreement.signed_on.desc(), Agreement.id.desc(), Clause.position)
        .limit(limit)
    )
    groups: dict[str, list[tuple[int, str]]] = {}
    for _id, kind, title, clause_id, article, paragraph, text in fetch(query):
        line = " ".join(text.split())
        short = line if len(line) <= 70 else line[:69].rstrip() + "…"
        label = clause_label(article, paragraph)
        group = f"{formats.word('agreement_kind', kind)}: {title}"
        groups.setdefault(group, []).append((clause_id, f"{label}: {short}" if short else label))
    return groups
