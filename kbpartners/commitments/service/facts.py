"""A commitment with everything that pages, reports and the log say about it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.agreements.models import Agreement, Clause, clause_label
from kbpartners.commitments.models import Commitment, CommitmentScope, CommitmentSupporter, states_of
from kbpartners.commitments.service.rules import Standing
from kbpartners.db import fetch, fetch_one
from kbpartners.errors import NotFound
from kbpartners.formats import Badge
from kbpartners.meetings.models import Decision, Meeting
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.regions.models import Region
from kbpartners.security import Identity

SUBJECT = "commitment"
Query = Select[*tuple[Any, ...]]
"""A query of many columns."""

_Partner, _Counterpart = aliased(Organization), aliased(Organization)


class Facts(NamedTuple):
    """One commitment. What belongs to the decision it comes from is None where there is no such decision."""

    id: int
    version: int
    title: str
    description: str
    organization_id: int
    counterpart_id: int | None
    region_id: int
    decision_id: int | None
    period_start: date
    period_end: date
    due_on: date
    priority: str
    status: str
    finished_on: date | None
    ended_reason: str
    is_example: bool
    created_at: datetime
    report_state: str
    last_report_on: date | None
    news_on: date
    obstacle: str
    next_step: str
    achievement: int | None
    indicators_total: int
    indicators_reported: int
    organization: str
    path: str
    partner: str
    counterpart: str | None
    region: str
    region_code: str
    region_level: int
    decision_kind: str | None
    decision_number: int | None
    meeting_id: int | None
    meeting: str | None
    meeting_kind: str | None
    held_on: date | None
    clause_id: int | None
    clause_article: str | None
    clause_paragraph: str | None
    agreement: str | None

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id)

    @property
    def partner_id(self) -> int:
        """The root of the owner's tree."""
        return path_ids(self.path)[0]

    @property
    def standing(self) -> Standing:
        return Standing(
            self.status,
            self.report_state,
            self.due_on,
            self.news_on,
            self.last_report_on,
            self.obstacle,
            self.next_step,
        )

    @property
    def first_day(self) -> date:
        """The first day on which news could be expected: the start of execution, or the day of the record if later."""
        return max(self.period_start, clock.to_local(self.created_at).date())

    @property
    def source(self) -> str:
        """ "Rakorda 2017, Arahan 1"; "" without a decision."""
        decision = decision_label(self.decision_kind, self.decision_number)
        return f"{meeting_label(self.meeting_kind, self.held_on)}, {decision}" if decision else ""

    @property
    def basis(self) -> str:
        """ "Pelayanan KB bergerak, Pasal 3 ayat (2)"; "" where no clause is cited."""
        return basis_label(self.agreement, self.clause_article, self.clause_paragraph)

    def badges(self, today: date) -> list[Badge]:
        """Lateness first, then the state; at most two."""
        return [formats.badge(state) for state in states_of(self, today)]


FACTS: Query = (
    select(
        Commitment.id,
        Commitment.version,
        Commitment.title,
        Commitment.description,
        Commitment.organization_id,
        Commitment.counterpart_id,
        Commitment.region_id,
        Commitment.decision_id,
        Commitment.period_start,
        Commitment.period_end,
        Commitment.due_on,
        Commitment.priority,
        Commitment.status,
        Commitment.finished_on,
        Commitment.ended_reason,
        Commitment.is_example,
        Commitment.created_at,
        Commitment.report_state,
        Commitment.last_report_on,
        Commitment.news_on,
        Commitment.obstacle,
        Commitment.next_step,
        Commitment.achievement,
        Commitment.indicators_total,
        Commitment.indicators_reported,
        Organization.name,
        Organization.path,
        _Partner.name,
        _Counterpart.name,
        Region.name,
        Region.code,
        Region.level,
        Decision.kind,
        Decision.number,
        Meeting.id,
        Meeting.title,
        Meeting.kind,
        Meeting.held_on,
        Commitment.clause_id,
        Clause.article,
        Clause.paragraph,
        Agreement.title,
    )
    .join(Organization, Organization.id == Commitment.organization_id)
    # The root of the owner's tree: the only unit without a parent whose path begins the owner's.
    .join(
        _Partner,
        and_(
            _Partner.parent_id.is_(None),
            func.substr(Organization.path, 1, func.length(_Partner.path)) == _Partner.path,
        ),
    )
    .join(Region, Region.id == Commitment.region_id)
    .outerjoin(_Counterpart, _Counterpart.id == Commitment.counterpart_id)
    .outerjoin(Decision, Decision.id == Commitment.decision_id)
    .outerjoin(Meeting, Meeting.id == Decision.meeting_id)
    .outerjoin(Clause, Clause.id == Commitment.clause_id)
    .outerjoin(Agreement, Agreement.id == Clause.agreement_id)
)
WIDTH = len(Facts._fields)


class SupporterFact(NamedTuple):
    """A supporting organisation and what it contributes."""

    organization_id: int
    name: str
    contribution: str


def status_word(status: str) -> str:
    """A stored status in the words of the interface, for the log."""
    return formats.badge({"active": "in_progress"}.get(status, status)).text


def meeting_label(kind: str | None, held_on: date | None) -> str:
    """ "Rakorda 2017"; "" without a meeting."""
    return f"{formats.word('meeting_kind', kind)} {held_on.year}" if kind and held_on else ""


def decision_label(kind: str | None, number: int | None) -> str:
    """ "Arahan 1"; "" without a decision."""
    return f"{formats.word('decision_kind', kind)} {number}" if kind else ""


def basis_label(agreement: str | None, article: str | None, paragraph: str | None) -> str:
    """ "Pelayanan KB bergerak, Pasal 3 ayat (2)"; "" without an agreement."""
    return f"{agreement}, {clause_label(article, paragraph)}" if agreement else ""


# --- loading -----------------------------------------------------------------------------------------------------

# Statements are made once: building and hashing one of 40 columns costs more than running it.
_UNITS: Any = bindparam("units", expanding=True)
RELATION = (
    select(func.min(CommitmentScope.relation))
    .where(CommitmentScope.record_id == Commitment.id, CommitmentScope.unit_id.in_(_UNITS))
    .scalar_subquery()
)
"""The relation of the units `units` to a commitment; NULL outside their scope."""

_BY_ID = FACTS.add_columns(RELATION).where(Commitment.id == bindparam("id"))
_LOCKED = _BY_ID.with_for_update(of=Commitment)


def load(commitment_id: int, who: Identity | None = None) -> tuple[Facts, int | None]:
    """One commitment and `who`'s relation to it. Raises NotFound outside the person's scope."""
    return _one(_BY_ID, commitment_id, who)


def lock(commitment_id: int, who: Identity | None = None) -> tuple[Facts, int | None]:
    """The same for a writer: nobody else changes the commitment or its caches until this transaction is over."""
    return _one(_LOCKED, commitment_id, who)


def _one(query: Query, commitment_id: int, who: Identity | None) -> tuple[Facts, int | None]:
    units = who.unit_ids if who is not None else ()
    row = fetch_one(query, {"id": commitment_id, "units": units})
    if row is None or (who is not None and row[WIDTH] is None):
        raise NotFound()
    return Facts(*row[:WIDTH]), row[WIDTH]


_SUPPORTERS = (
    select(CommitmentSupporter.organization_id, Organization.name, CommitmentSupporter.contribution)
    .join(Organization, Organization.id == CommitmentSupporter.organization_id)
    .where(CommitmentSupporter.commitment_id == bindparam("id"))
    .order_by(Organization.path)
)


def supporters(commitment_id: int) -> list[SupporterFact]:
    """The supporting organisations, each with its contribution."""
    return [SupporterFact(*row) for row in fetch(_SUPPORTERS, {"id": commitment_id})]
