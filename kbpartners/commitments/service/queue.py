"""What waits for whom: reports for the secretariat to verify, commitments for a liaison to report on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from kbpartners import clock, formats
from kbpartners.attachments.models import Attachment
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
from kbpartners.db import fetch, fetch_one
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity, Role, seen_by_units, visible


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
    files: int = 0
    figures: Sequence[Figure] = ()

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
        select(func.count(Attachment.id))
        .where(Attachment.report_id == ProgressReport.id)
        .correlate(ProgressReport)
        .scalar_subquery(),
    )
    .join(Commitment, Commitment.id == ProgressReport.commitment_id)
    .join(Organization, Organization.id == Commitment.organization_id)
    .where(ProgressReport.status == SUBMITTED)
    .order_by(ProgressReport.id)
)
_SEEN = _WAITING.where(seen_by_units(CommitmentScope, Commitment.id))
_QUEUE = _SEEN.where(ProgressReport.id > bindparam("after")).limit(bindparam("most"))
_ONE = _SEEN.where(ProgressReport.id == bindparam("id"))
_VALUES = (
    select(ProgressValue.report_id, ProgressValue.indicator_id, ProgressValue.value)
    .where(ProgressValue.report_id.in_(bindparam("ids", expanding=True)))
    .order_by(ProgressValue.report_id, ProgressValue.indicator_id)
)


def queue(who: Identity, limit: int = 20, after: str = "") -> Queue:
    """The reports that wait for verification within `who`'s scope: three queries, whatever their number."""
    begin = min(int(after), 2**31 - 1) if after.isascii() and after.isdecimal() else 0
    rows = [Waiting(*row) for row in fetch(_QUEUE, {"units": who.unit_ids, "after": begin, "most": limit + 1})]
    more, rows = len(rows) > limit, rows[:limit]
    return Queue(_with_figures(rows), str(rows[-1].id) if more else "")


def waiting(report_id: int, who: Identity) -> Waiting | None:
    """One line of the queue; None if the report does not wait (any more) or is not in scope."""
    rows = [Waiting(*row) for row in fetch(_ONE, {"units": who.unit_ids, "id": report_id})]
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
    row = fetch_one(query)
    return (row[0], row[1]) if row else None


def _with_figures(rows: list[Waiting]) -> list[Waiting]:
    if not rows:
        return rows
    indicators = {i.id: i for found in indicators_of({row.commitment_id for row in rows}).values() for i in found}
    figures: dict[int, tuple[Figure, ...]] = {}
    for report_id, indicator_id, value in fetch(_VALUES, {"ids": [row.id for row in rows]}):
        if indicator_id in indicators:
            said = figure(indicators[indicator_id], value)
            figures[report_id] = (*figures.get(report_id, ()), said)
    return [row._replace(figures=figures.get(row.id, ())) for row in rows]


# --- for the liaison ---------------------------------------------------------------------------------------------


class ToReport(NamedTuple):
    """A commitment that is this person's turn, why (returned, late, soon), and what the secretariat wrote."""

    row: Row
    reason: str
    note: str = ""


def to_report(who: Identity, limit: int = 10, *, returned: bool = True) -> list[ToReport]:
    """What a liaison has to report: the returned ones, then the late ones, then those due within a week.

    Commitments that wait for the secretariat are not among them; of those that a partner's unit only supports, none
    (an OPD-KB gives its own figures on those it supports). `returned=False` says that the tallies of the person's
    units count none that was returned; those of an OPD-KB do not count what it supports.
    """
    today = clock.today()
    role = "helped" if who.role == Role.OPD else "owned"
    back = walk(who, "returned", role, limit=limit) if returned or role == "helped" else []
    notes = _return_notes(row.id for row in back)
    items = [ToReport(row, "returned", notes.get(row.id, "")) for row in back]
    if len(items) < limit:
        soon = walk(who, "own_turn", "due_to", role, due_to=today + timedelta(days=SOON_DAYS), limit=limit)
        items += [ToReport(row, "late" if row.due_on < today else "soon") for row in soon]
    return items[:limit]


_RETURN_NOTES = (
    select(ProgressReport.commitment_id, ProgressReport.decision_note)
    .where(ProgressReport.commitment_id.in_(bindparam("ids", expanding=True)), ProgressReport.status == RETURNED)
    .order_by(ProgressReport.id)
)


def _return_notes(commitment_ids: Iterable[int]) -> dict[int, str]:
    wanted = list(commitment_ids)
    if not wanted:
        return {}
    return {row[0]: row[1] for row in fetch(_RETURN_NOTES, {"ids": wanted})}
