"""Commitments, their indicators and the append-only reports on them; and the pure rules that derive what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, Versioned
from kbpartners.formats import State
from kbpartners.scopes import ScopeRow

ACTIVE, PROPOSED_DONE, DONE, ENDED = "active", "proposed_done", "done", "ended"
SUBMITTED, ACCEPTED, RETURNED = "submitted", "accepted", "returned"
SILENT_AFTER_DAYS = 30
SOON_DAYS = 7


class Commitment(Versioned, Base):
    """What a partner promised. Stored status: active, proposed_done, done, ended; all else is derived when read.

    `report_state`, `last_report_on`, `news_on`, `obstacle`, `next_step` and `achievement` are a cache of the reports,
    written in the same transaction; they never bump `version`. `news_on` is the last sign of life, at the earliest the
    first day of execution. `achievement` is in hundredths of a per cent, NULL while nothing has been accepted.
    """

    __tablename__ = "commitments"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'proposed_done', 'done', 'ended')", name="status"),
        CheckConstraint("due_on >= period_start", name="period"),
        Index("ix_commitments_organization_id", "organization_id"),
        Index("ix_commitments_decision_id", "decision_id"),
        Index("ix_commitments_region_id", "region_id"),
        Index("ix_commitments_clause_id", "clause_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    counterpart_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_decisions.id", ondelete="RESTRICT"))
    clause_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_clauses.id", ondelete="RESTRICT"))
    period_start: Mapped[date]
    period_end: Mapped[date]
    due_on: Mapped[date]
    priority: Mapped[str] = mapped_column(String(10), default="medium")
    status: Mapped[str] = mapped_column(String(20), default=ACTIVE)
    finished_on: Mapped[date | None]
    ended_reason: Mapped[str] = mapped_column(String(500), default="")
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))

    report_state: Mapped[str] = mapped_column(String(10), default="")
    last_report_on: Mapped[date | None]
    news_on: Mapped[date]
    obstacle: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    achievement: Mapped[int | None]
    indicators_total: Mapped[int] = mapped_column(default=0)
    indicators_reported: Mapped[int] = mapped_column(default=0)


class CommitmentScope(ScopeRow, Base):
    """Which unit sees the commitment (owner, supporters, their ancestors, the OPD-KB of its region, the office)."""

    __tablename__ = "commitment_scopes"
    record_table = "commitments"


class CommitmentSupporter(Base):
    """An organisation that helps, and with what."""

    __tablename__ = "commitment_supporters"

    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments.id", ondelete="RESTRICT"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"), primary_key=True)
    contribution: Mapped[str] = mapped_column(String(500), default="")


class Deferral(Base):
    """A due day that was put off (penundaan): from when to when, by whom and why. Append-only, never earlier."""

    __tablename__ = "commitment_deferrals"
    __table_args__ = (
        Index("ix_commitment_deferrals_commitment_id", "commitment_id", "id"),
        CheckConstraint("due_to > due_from", name="later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments.id", ondelete="RESTRICT"))
    deferred_at: Mapped[datetime]
    deferred_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    due_from: Mapped[date]
    due_to: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))


class Indicator(Base):
    """What is counted. mode: `sum` (each report adds) or `latest` (each report is the running total).

    source says whose figure it is (partner, opd, siga) and so who may report it. `accepted` and `pending` cache the
    value of the accepted reports and the value that would stand if the waiting ones were accepted; NULL = not reported.
    """

    __tablename__ = "indicators"
    __table_args__ = (
        UniqueConstraint("commitment_id", "position"),
        CheckConstraint("mode IN ('sum', 'latest')", name="mode"),
        CheckConstraint("source IN ('partner', 'opd', 'siga')", name="source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments.id", ondelete="RESTRICT"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(40), default="")
    mode: Mapped[str] = mapped_column(String(10), default="latest")
    source: Mapped[str] = mapped_column(String(10), default="partner")
    accepted: Mapped[int | None] = mapped_column(BigInteger)
    pending: Mapped[int | None] = mapped_column(BigInteger)
    ended_on: Mapped[date | None]


class IndicatorTarget(Base):
    """The target of an indicator in a period, scaled by 1,000."""

    __tablename__ = "indicator_targets"
    __table_args__ = (
        UniqueConstraint("indicator_id", "period_start"),
        CheckConstraint("period_end >= period_start", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicators.id", ondelete="RESTRICT"))
    period_start: Mapped[date]
    period_end: Mapped[date]
    target: Mapped[int] = mapped_column(BigInteger)


class ProgressReport(Base):
    """One report on a commitment, never changed after it was sent, except by the decision on it.

    status: submitted, accepted, returned. `proposal`: on_track, obstacle, proposed_done. `source` says how it arrived;
    an entry on behalf of the unit names sender, number and date. `token` makes sending twice on a bad line harmless.
    """

    __tablename__ = "progress_reports"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("ix_progress_reports_commitment_id_id", "commitment_id", "id"),
        Index("ix_progress_reports_status_id", "status", "id"),
        Index("ix_progress_reports_author_id_id", "author_id", "id"),
        Index("ix_progress_reports_submitted_at", "submitted_at"),
        CheckConstraint("status IN ('submitted', 'accepted', 'returned')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments.id", ondelete="RESTRICT"))
    token: Mapped[str] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(10), default=SUBMITTED)
    proposal: Mapped[str] = mapped_column(String(20), default="on_track")
    period_start: Mapped[date]
    period_end: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    obstacle: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(10), default="liaison")
    sender: Mapped[str] = mapped_column(String(200), default="")
    source_number: Mapped[str] = mapped_column(String(100), default="")
    source_date: Mapped[date | None]
    submitted_at: Mapped[datetime]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    author_post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="RESTRICT"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    decision_note: Mapped[str] = mapped_column(Text, default="")


class ProgressValue(Base):
    """A reported value, scaled by 1,000. No row means "not reported", which is not 0."""

    __tablename__ = "progress_values"

    report_id: Mapped[int] = mapped_column(ForeignKey("progress_reports.id", ondelete="RESTRICT"), primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicators.id", ondelete="RESTRICT"), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


# --- pure rules --------------------------------------------------------------------------------------------------


def indicator_value(mode: str, values: Iterable[tuple[date, int, int]]) -> int | None:
    """The value of an indicator from (period_end, report id, value) of the reports that count; None without any.

    `sum` adds them; `latest` takes the one of the latest period, the later report where two are of the same period.
    """
    rows = sorted(values)
    if not rows:
        return None
    return sum(row[2] for row in rows) if mode == "sum" else rows[-1][2]


def achievement(value: int | None, target: int | None) -> int | None:
    """value/target in hundredths of a per cent (may pass 10000); None while not reported or without a target."""
    if value is None or not target:
        return None
    return (value * 10_000 + target // 2) // target


def overall(parts: Sequence[int | None]) -> int | None:
    """Mean achievement of the indicators; one that is not reported counts as nothing done; None if none is reported."""
    reported = [part for part in parts if part is not None]
    return sum(reported) // len(parts) if reported else None


def states(
    *,
    status: str,
    period_start: date,
    due_on: date,
    finished_on: date | None,
    report_state: str,
    news_on: date,
    reported: bool,
    today: date,
) -> list[State]:
    """What is to be shown, lateness first, at most two. `today` is the office's date; the due day itself is in time."""
    if status == DONE:
        late = ((finished_on or due_on) - due_on).days
        return [State("done_late", late) if late > 0 else State("done")]
    if status == ENDED:
        return [State("ended")]
    shown: list[State] = []
    days = (today - due_on).days
    if days > 0:
        shown.append(State("late", days))
    elif days == 0:
        shown.append(State("due_today"))
    elif -days <= SOON_DAYS and period_start <= today:
        shown.append(State("soon", -days))
    shown.append(_work_state(status, period_start, report_state, news_on, reported, today))
    return shown


def states_of(row: Any, today: date) -> list[State]:
    """The states of anything that has a commitment's columns: lateness first, at most two."""
    return states(
        status=row.status,
        period_start=row.period_start,
        due_on=row.due_on,
        finished_on=row.finished_on,
        report_state=row.report_state,
        news_on=row.news_on,
        reported=row.last_report_on is not None,
        today=today,
    )


def _work_state(
    status: str, period_start: date, report_state: str, news_on: date, reported: bool, today: date
) -> State:
    if status == PROPOSED_DONE:
        return State("proposed_done")
    if report_state in (RETURNED, SUBMITTED):
        return State(report_state)
    if period_start > today:
        return State("not_due")
    if (today - news_on).days >= SILENT_AFTER_DAYS:
        return State("silent", (today - news_on).days)
    return State("in_progress" if reported else "unreported")
