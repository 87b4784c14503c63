"""Everything on the page of one commitment, in a number of queries that does not depend on its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.activities.models import ActivityCommitment, ActivityScope
from kbpartners.attachments import service as attachments
from kbpartners.attachments.models import Attachment
from kbpartners.attachments.service import FileView
from kbpartners.audit import service as audit
from kbpartners.commitments.models import (
    RETURNED,
    SUBMITTED,
    Commitment,
    CommitmentSupporter,
    ProgressReport,
    ProgressValue,
)
from kbpartners.commitments.service import deferrals
from kbpartners.commitments.service import facts as facts_of
from kbpartners.commitments.service.deferrals import DeferralFact
from kbpartners.commitments.service.facts import FACTS, RELATION, SUBJECT, WIDTH, Facts, Query, SupporterFact
from kbpartners.commitments.service.indicators import IndicatorFact, indicators_of_one
from kbpartners.commitments.service.queue import Figure, decidable, figure
from kbpartners.commitments.service.rules import OPEN, Lamp, lamp_of, may_fill, may_report
from kbpartners.db import fetch, fetch_one
from kbpartners.errors import NotFound
from kbpartners.followups.models import Followup, FollowupScope
from kbpartners.meetings.models import Meeting, MeetingScope
from kbpartners.organizations.models import Organization, Post
from kbpartners.security import Identity, Permission

SHOWN_REPORTS = 10


class ReportView(NamedTuple):
    """A report as the history shows it. `figures` are (indicator, value, value of the report before or None)."""

    id: int
    status: str
    proposal: str
    note: str
    obstacle: str
    next_step: str
    source: str
    sender: str
    source_number: str
    source_date: date | None
    submitted_at: datetime
    author_id: int
    author: str
    unit: str | None
    decided_at: datetime | None
    decided_by: str | None
    decision_note: str
    author_unit: int | None
    figures: Sequence[tuple[IndicatorFact, int, int | None]] = ()
    files: Sequence[FileView] = ()

    @property
    def day(self) -> date:
        """The local day on which it was sent."""
        return clock.to_local(self.submitted_at).date()

    @property
    def waits(self) -> bool:
        return self.status == SUBMITTED

    def decidable_by(self, who: Identity) -> bool:
        """Whether this person may accept it: never one's own work, one's own entry on behalf only with its source."""
        return decidable(who, self.author_id, self.source, len(self.files))

    def addable_by(self, who: Identity) -> bool:
        """Whether this person may still add evidence: the author, whoever now speaks for the unit that sent it, or the
        secretariat to what it entered."""
        sent_by_own = self.author_id == who.user_id or (not who.of_office and self.author_unit in who.unit_ids)
        return self.waits and (sent_by_own or (self.unit is not None and who.can(Permission.COMMITMENTS_VERIFY)))

    def compared(self, indicators: Sequence[IndicatorFact]) -> list[tuple[IndicatorFact, Figure | None]]:
        """Every indicator with what this report says about it, for the table of the verification."""
        values = {indicator.id: value for indicator, value, _before in self.figures}
        return [(i, figure(i, values[i.id]) if i.id in values else None) for i in indicators]


@dataclass(frozen=True)
class Detail:
    """The page of one commitment for one person. `older` is the key of earlier reports ("" if all are shown)."""

    facts: Facts
    relation: int | None
    indicators: list[IndicatorFact]
    supporters: list[SupporterFact]
    reports: list[ReportView]
    older: str
    sees_meeting: bool
    activities: int
    followups: int
    evidence: int
    may_report: bool
    fillable: frozenset[int]
    deferrals: list[DeferralFact]

    @property
    def is_open(self) -> bool:
        return self.facts.status in OPEN

    @property
    def returned(self) -> ReportView | None:
        """The report that was sent back and not answered yet."""
        if self.facts.report_state != RETURNED or not self.is_open:
            return None
        return next((report for report in self.reports if report.status == RETURNED), None)

    def shown_deferrals(self, first: bool) -> list[DeferralFact]:
        """The deferrals that belong between the reports of this page of the history; `first`: no newer reports."""
        newest = None if first or not self.reports else max(report.submitted_at for report in self.reports)
        oldest = min(report.submitted_at for report in self.reports) if self.older else None
        return [
            one
            for one in self.deferrals
            if (newest is None or one.deferred_at <= newest) and (oldest is None or one.deferred_at >= oldest)
        ]

    def indicator(self, indicator_id: int) -> IndicatorFact:
        """One of the indicators in force."""
        return next(indicator for indicator in self.indicators if indicator.id == indicator_id)

    @property
    def waiting(self) -> list[ReportView]:
        """The reports that wait for verification, the oldest first."""
        return [report for report in reversed(self.reports) if report.waits]

    def lamp(self, today: date) -> Lamp | None:
        """The traffic light with its reason."""
        return lamp_of(self.facts, today)


# One statement for the commitment and the counts of its chain, made once; the units are filled in per request.
_UNITS: Any = bindparam("units", expanding=True)


def _count(query: Query) -> Any:
    return query.scalar_subquery()


_PAGE = FACTS.add_columns(
    RELATION,
    _count(
        select(func.count(MeetingScope.unit_id)).where(
            MeetingScope.record_id == Meeting.id, MeetingScope.unit_id.in_(_UNITS)
        )
    ),
    _count(
        select(func.count(ActivityCommitment.activity_id.distinct()))
        .join(ActivityScope, ActivityScope.record_id == ActivityCommitment.activity_id)
        .where(ActivityCommitment.commitment_id == Commitment.id, ActivityScope.unit_id.in_(_UNITS))
    ),
    _count(
        select(func.count(Followup.id.distinct()))
        .join(FollowupScope, FollowupScope.record_id == Followup.id)
        .where(Followup.commitment_id == Commitment.id, FollowupScope.unit_id.in_(_UNITS))
    ),
    _count(
        select(func.count(Attachment.id))
        .join(ProgressReport, ProgressReport.id == Attachment.report_id)
        .where(ProgressReport.commitment_id == Commitment.id)
    ),
    _count(
        select(func.count(CommitmentSupporter.organization_id)).where(
            CommitmentSupporter.commitment_id == Commitment.id
        )
    ),
    deferrals.COUNTED,
).where(Commitment.id == bindparam("id"))


def detail(commitment_id: int, who: Identity, *, before: str = "") -> Detail:
    """The page of a commitment; `before` continues the history behind a report. Raises NotFound outside the scope."""
    row = fetch_one(_PAGE, {"id": commitment_id, "units": who.unit_ids})
    if row is None or row[WIDTH] is None:
        raise NotFound()
    facts = Facts(*row[:WIDTH])
    relation, meetings, activities, followups, evidence, supporters, put_off = row[WIDTH:]
    indicators = indicators_of_one(commitment_id, ended=True)
    reports, older = _reports(facts, indicators, before=before, with_files=evidence > 0)
    running = [indicator for indicator in indicators if indicator.ended_on is None]
    return Detail(
        facts=facts,
        relation=relation,
        indicators=running,
        supporters=facts_of.supporters(commitment_id) if supporters else [],
        reports=reports,
        older=older,
        sees_meeting=meetings > 0,
        activities=activities,
        followups=followups,
        evidence=evidence,
        may_report=facts.status in OPEN and may_report(who.role, relation, (i.source for i in running)),
        fillable=frozenset(i.id for i in running if may_fill(who.role, relation, i.source)),
        deferrals=deferrals.of(commitment_id) if put_off else [],
    )


# --- reports -----------------------------------------------------------------------------------------------------

_Author, _Decider = aliased(User), aliased(User)
_REPORTS: Query = (
    select(
        ProgressReport.id,
        ProgressReport.status,
        ProgressReport.proposal,
        ProgressReport.note,
        ProgressReport.obstacle,
        ProgressReport.next_step,
        ProgressReport.source,
        ProgressReport.sender,
        ProgressReport.source_number,
        ProgressReport.source_date,
        ProgressReport.submitted_at,
        ProgressReport.author_id,
        _Author.name,
        Organization.name,
        ProgressReport.decided_at,
        _Decider.name,
        ProgressReport.decision_note,
        Post.organization_id,
    )
    .outerjoin(Post, Post.id == ProgressReport.author_post_id)
    .join(_Author, _Author.id == ProgressReport.author_id)
    .outerjoin(_Decider, _Decider.id == ProgressReport.decided_by_id)
    .outerjoin(Organization, Organization.id == ProgressReport.on_behalf_of_id)
    .order_by(ProgressReport.id.desc())
)
_LATEST = _REPORTS.where(ProgressReport.commitment_id == bindparam("id")).limit(SHOWN_REPORTS + 1)

_VALUES = select(ProgressValue.report_id, ProgressValue.indicator_id, ProgressValue.value).where(
    ProgressValue.report_id.in_(bindparam("ids", expanding=True))
)


def _reports(
    facts: Facts, indicators: Sequence[IndicatorFact], *, before: str, with_files: bool
) -> tuple[list[ReportView], str]:
    if not facts.last_report_on:
        return [], ""
    query = _LATEST
    if before.isascii() and before.isdecimal():
        query = query.where(ProgressReport.id < min(int(before), 2**31 - 1))
    rows = [ReportView(*row) for row in fetch(query, {"id": facts.id})]
    older, rows = len(rows) > SHOWN_REPORTS, rows[:SHOWN_REPORTS]
    shown = list(rows)
    if facts.report_state == SUBMITTED and not any(report.waits for report in rows):
        shown += _waiting_elsewhere(facts.id)
    return _filled(shown, indicators, with_files), str(rows[-1].id) if older else ""


def _waiting_elsewhere(commitment_id: int) -> list[ReportView]:
    """Waiting reports that newer ones have pushed off the page: whoever verifies must still see them first."""
    query = _REPORTS.where(ProgressReport.commitment_id == commitment_id, ProgressReport.status == SUBMITTED)
    return [ReportView(*row) for row in fetch(query)]


def _filled(reports: list[ReportView], indicators: Sequence[IndicatorFact], with_files: bool) -> list[ReportView]:
    """The reports with their figures (each beside the report before it) and their files: two queries."""
    ids = [report.id for report in reports]
    values: dict[int, dict[int, int]] = {}
    for report_id, indicator_id, value in fetch(_VALUES, {"ids": ids}):
        values.setdefault(report_id, {})[indicator_id] = value
    files = attachments.of_many("report_id", ids) if with_files else {}
    last: dict[int, int] = {}
    filled = []
    for report in sorted(reports, key=lambda r: r.id):
        said = values.get(report.id, {})
        figures = tuple((i, said[i.id], last.get(i.id)) for i in indicators if i.id in said)
        if report.status == "accepted":
            last.update(said)
        filled.append(report._replace(figures=figures, files=tuple(files.get(report.id, ()))))
    return filled[::-1]


# --- as of a day -------------------------------------------------------------------------------------------------


def as_of(commitment_id: int, day: date, who: Identity) -> tuple[Facts, dict[str, Any] | None, list[ReportView]]:
    """The commitment as it is, its snapshot when `day` was over (None: not yet recorded), the reports sent by then.

    Raises NotFound outside the scope.
    """
    facts, _relation = facts_of.load(commitment_id, who)
    saved = audit.as_of(SUBJECT, day, [commitment_id]).get(commitment_id)
    end = clock.end_of_day(day)
    query = _REPORTS.where(ProgressReport.commitment_id == commitment_id, ProgressReport.submitted_at < end)
    reports = [ReportView(*row) for row in fetch(query.limit(SHOWN_REPORTS))]
    reports = [
        report if report.decided_at and report.decided_at < end else report._replace(status=SUBMITTED, decided_by=None)
        for report in reports
    ]
    return facts, saved, _filled(reports, indicators_of_one(commitment_id, ended=True), True) if reports else []
