"""Follow-ups (tindak lanjut) and their append-only updates; and the pure rule that derives what is shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, Versioned
from kbpartners.formats import State
from kbpartners.scopes import ScopeRow

OPEN, IN_PROGRESS, PROPOSED_DONE, DONE = "open", "in_progress", "proposed_done", "done"
NOT_FEASIBLE, TRANSFERRED = "not_feasible", "transferred"
PROPOSED_NOT_FEASIBLE = "proposed_not_feasible"
SUBMITTED, ACCEPTED, RETURNED = "submitted", "accepted", "returned"
PROPOSALS = (PROPOSED_DONE, PROPOSED_NOT_FEASIBLE)
CLOSED = (DONE, NOT_FEASIBLE, TRANSFERRED)
SOON_DAYS = 7


class Followup(Versioned, Base):
    """Something to be done, owned by a unit, from a decision, a commitment or an activity.

    `report_state` ("", submitted, returned), `news_on`, `last_note`, `obstacle` cache the updates and never bump
    `version`. A transferred one names its successor.
    """

    __tablename__ = "followups"
    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'in_progress', 'proposed_done', 'done', 'not_feasible', 'transferred')", name="status"
        ),
        Index("ix_followups_organization_id", "organization_id"),
        Index("ix_followups_decision_id", "decision_id"),
        Index("ix_followups_commitment_id", "commitment_id"),
        Index("ix_followups_activity_id", "activity_id"),
        # Hardly any has a successor: an index full of NULLs would never be chosen.
        Index(
            "ix_followups_transferred_to_id",
            "transferred_to_id",
            sqlite_where=text("transferred_to_id IS NOT NULL"),
            postgresql_where=text("transferred_to_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    contact_post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="RESTRICT"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_decisions.id", ondelete="RESTRICT"))
    commitment_id: Mapped[int | None] = mapped_column(ForeignKey("commitments.id", ondelete="RESTRICT"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activities.id", ondelete="RESTRICT"))
    due_on: Mapped[date]
    priority: Mapped[str] = mapped_column(String(10), default="medium")
    status: Mapped[str] = mapped_column(String(20), default=OPEN)
    finished_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    transferred_to_id: Mapped[int | None] = mapped_column(ForeignKey("followups.id", ondelete="RESTRICT"))
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))

    report_state: Mapped[str] = mapped_column(String(10), default="")
    news_on: Mapped[date]
    last_note: Mapped[str] = mapped_column(Text, default="")
    obstacle: Mapped[str] = mapped_column(Text, default="")


class FollowupScope(ScopeRow, Base):
    """Which unit sees the follow-up: the owner, its ancestors, the office."""

    __tablename__ = "followup_scopes"
    record_table = "followups"


class FollowupUpdate(Base):
    """One entry of the update log. A proposal (done, not feasible) is `submitted` until decided; else status is ""."""

    __tablename__ = "followup_updates"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("ix_followup_updates_followup_id_id", "followup_id", "id"),
        Index("ix_followup_updates_status_id", "status", "id"),
        Index("ix_followup_updates_author_id_id", "author_id", "id"),
        CheckConstraint("status IN ('', 'submitted', 'accepted', 'returned')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    followup_id: Mapped[int] = mapped_column(ForeignKey("followups.id", ondelete="RESTRICT"))
    token: Mapped[str] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(10), default="")
    proposal: Mapped[str] = mapped_column(String(30), default=IN_PROGRESS)
    note: Mapped[str] = mapped_column(Text, default="")
    obstacle: Mapped[str] = mapped_column(Text, default="")
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


def states(*, status: str, due_on: date, finished_on: date | None, report_state: str, today: date) -> list[State]:
    """What is to be shown, lateness first, at most two. The due day itself is in time."""
    if status == DONE:
        late = ((finished_on or due_on) - due_on).days
        return [State("done_late", late) if late > 0 else State("done")]
    if status in CLOSED:
        return [State(status)]
    days = (today - due_on).days
    shown = [State("late", days)] if days > 0 else []
    if days == 0:
        shown.append(State("due_today"))
    elif -SOON_DAYS <= days < 0:
        shown.append(State("soon", -days))
    if status != PROPOSED_DONE and report_state == RETURNED:
        shown.append(State(RETURNED))
    elif report_state == SUBMITTED and status != PROPOSED_DONE:
        shown.append(State(PROPOSED_NOT_FEASIBLE))
    else:
        shown.append(State(status))
    return shown


def states_of(row: Any, today: date) -> list[State]:
    """The derived states of anything with the columns of a follow-up."""
    return states(
        status=row.status,
        due_on=row.due_on,
        finished_on=row.finished_on,
        report_state=row.report_state,
        today=today,
    )
