"""What waits for whom: reports for the secretariat to verify, commitments for a liaison to report on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from kbpartners import clock, formats
from kbpartners.attachments import service as attachments
from kbpartners.commitments.models import (
    RETURNED,
    SOON_DAYS,
    SUBMITTED,
    Commitment,
    CommitmentScope,
    ProgressReport,
    ProgressValue,
)
from kbpartners.commitments.service.facts import Query
from kbpartners.commitments.service.indicators import IndicatorFact, indicators_of
from kbpartners.commitments.service.listing import ORGANIZATION, Row, walk
from kbpartners.commitments.service.rules import LIAISON
from kbpartners.db import db
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity, Role, visible


class Figure(NamedTuple):
    """A reported value beside what counts now. For mode "sum" `standing` is what the total would become."""

    indicator: IndicatorFact
    value: int
    standing: int

    @property
    def gain(self) -> int:
        """How much the accepted value would change."""
        return self.standing - (self.indicator.accepted or 0)


def figure(indicator: IndicatorFact, value: int) -> Figure:
    """The figure of a report that waits."""
    return Figure(indicator, value, value + (indicator.accepted or 0) if indicator.mode == "sum" else value)


def decidable(who: Identity, author_id: int, source: str, files: int) -> bool:
    """Never one's own work; what one has entered on behalf of a unit only with the proof of its source."""
    return author_id != who.user_id or (source != LIAISON and files > 0)


class Waiting(NamedTuple):
    """A report that waits for verification, as a line of the queue."""

    id: int
    commitment_id: int
    title: str
    organization: str
    submitted_at: datetime
    proposal: str
    source: str
    note: str
    author_id: int
    is_example: bool
    figures: Sequence[Figure] = ()
    files: int = 0

    @property
    def code(self) -> str:
        return formats.commitment_code(self.commitment_id)

    @property
    def day(self) -> date:
        """The local day on which it was sent."""
        return clock.to_local(self.submitted_at).date()

    def decidable_by(self, who: Identity) -> bool:
        """Whether this person may accept it."""
        return decidable(who, self.author_id, self.source, self.files)


@dataclass(frozen=True)
class Queue:
    """Reports that wait, the oldest first, and the key behind which the next page begins ("" on the last)."""

    rows: list[Waiting]
    after: str


_WAITING: Query = (
    select(
        ProgressReport.id,
        ProgressReport.commitment_id,
        Commitment.title,
        ORGANIZATION,
        ProgressReport.submitted_at,
        ProgressReport.proposal,
        ProgressReport.source,
        ProgressReport.note,
        ProgressReport.author_id,
        Commitment.is_example,
    )
    .join(Commitment, Commitment.id == ProgressReport.commitment_id)
    .join(Organization, Organization.id == Commitment.organization_id)
    .where(ProgressReport.status == SUBMITTED)
    .order_by(ProgressReport.id)
)


def queue(who: Identity, limit: int = 20, after: str = "") -> Queue:
    """The reports that wait for verification within `who`'s scope: four queries, whatever their number."""
    query = _WAITING.where(visible(CommitmentScope, Commitment.id, who)).limit(limit + 1)
    if after.isascii() and after.isdecimal():
        query = query.where(ProgressReport.id > min(int(after), 2**31 - 1))
    rows = [Waiting(*row) for row in db.session.execute(query)]
    more, rows = len(rows) > limit, rows[:limit]
    return Queue(_with_figures(rows), str(rows[-1].id) if more else "")


def waiting(report_id: int, who: Identity) -> Waiting | None:
    """One line of the queue; None if the report does not wait (any more) or is not in scope."""
    query = _WAITING.where(ProgressReport.id == report_id, visible(CommitmentScope, Commitment.id, who))
    rows = [Waiting(*row) for row in db.session.execute(query)]
    return _with_figures(rows)[0] if rows else None


def next_waiting(who: Identity, after: int = 0) -> tuple[int, int] | None:
    """(report id, commitment id) of the oldest report that waits behind another one; None if there is none."""
    query = (
        select(ProgressReport.id, ProgressReport.commitment_id)
        .where(
            ProgressReport.status == SUBMITTED,
            ProgressReport.id != after,
            visible(CommitmentScope, ProgressReport.commitment_id, who),
        )
        .order_by(ProgressReport.id)
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def _with_figures(rows: list[Waiting]) -> list[Waiting]:
    if not rows:
        return rows
    indicators = {i.id: i for found in indicators_of({row.commitment_id for row in rows}).values() for i in found}
    figures: dict[int, list[Figure]] = {}
    for report_id, indicator_id, value in db.session.execute(
        select(ProgressValue.report_id, ProgressValue.indicator_id, ProgressValue.value)
        .where(ProgressValue.report_id.in_([row.id for row in rows]))
        .order_by(ProgressValue.report_id, ProgressValue.indicator_id)
    ):
        if indicator_id in indicators:
            figures.setdefault(report_id, []).append(figure(indicators[indicator_id], value))
    files = attachments.counts("report_id", (row.id for row in rows))
    return [row._replace(figures=figures.get(row.id, ()), files=files.get(row.id, 0)) for row in rows]


# --- for the liaison ---------------------------------------------------------------------------------------------


class ToReport(NamedTuple):
    """A commitment that is this person's turn, why (returned, late, soon), and what the secretariat wrote."""

    row: Row
    reason: str
    note: str = ""


def to_report(who: Identity, limit: int = 10) -> list[ToReport]:
    """What a liaison has to report: the returned ones, then the late ones, then those due within a week.

    Commitments that wait for the secretariat are not among them; of those that a partner's unit only supports, none
    (an OPD-KB gives its own figures on those it supports).
    """
    today = clock.today()
    role = "helped" if who.role == Role.OPD else "owned"
    back = walk(who, "returned", role, limit=limit)
    notes = _return_notes(row.id for row in back)
    items = [ToReport(row, "returned", notes.get(row.id, "")) for row in back]
    if len(items) < limit:
        soon = walk(who, "own_turn", "due_to", role, due_to=today + timedelta(days=SOON_DAYS), limit=limit)
        items += [ToReport(row, "late" if row.due_on < today else "soon") for row in soon]
    return items[:limit]


def _return_notes(commitment_ids: Iterable[int]) -> dict[int, str]:
    wanted = list(commitment_ids)
    if not wanted:
        return {}
    query = (
        select(ProgressReport.commitment_id, ProgressReport.decision_note)
        .where(ProgressReport.commitment_id.in_(wanted), ProgressReport.status == RETURNED)
        .order_by(ProgressReport.id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
