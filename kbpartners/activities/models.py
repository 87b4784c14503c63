"""Joint activities at a Kampung KB, who takes part with what, and which commitments they serve."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, Versioned
from kbpartners.formats import State
from kbpartners.scopes import ScopeRow

PLANNED, REPORTED, VERIFIED, CANCELLED = "planned", "reported", "verified", "cancelled"


class Activity(Versioned, Base):
    """One joint activity. Stored status: planned, reported, verified, cancelled; ongoing and awaiting are derived."""

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint("status IN ('planned', 'reported', 'verified', 'cancelled')", name="status"),
        CheckConstraint("planned_until >= planned_on", name="period"),
        Index("ix_activities_kampung_id_planned_on", "kampung_id", "planned_on"),
        UniqueConstraint("token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(36))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    kampung_id: Mapped[int] = mapped_column(ForeignKey("kampungs.id", ondelete="RESTRICT"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    family_function: Mapped[str] = mapped_column(String(20))
    planned_on: Mapped[date]
    planned_until: Mapped[date]
    realised_on: Mapped[date | None]
    realised_until: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(10), default=PLANNED)
    participants: Mapped[int | None]
    result: Mapped[str] = mapped_column(Text, default="")
    obstacle: Mapped[str] = mapped_column(Text, default="")
    return_note: Mapped[str] = mapped_column(Text, default="")
    cancelled_reason: Mapped[str] = mapped_column(String(500), default="")
    is_example: Mapped[bool] = mapped_column(default=False)
    reported_at: Mapped[datetime | None]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class ActivityScope(ScopeRow, Base):
    """Which unit sees the activity: those taking part, their ancestors, the OPD-KB of the place, the office."""

    __tablename__ = "activity_scopes"
    record_table = "activities"


class ActivityOrganization(Base):
    """An organisation taking part: role `lead` or `support`, its contribution in words."""

    __tablename__ = "activity_organizations"
    __table_args__ = (Index("ix_activity_organizations_organization_id", "organization_id"),)

    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id", ondelete="RESTRICT"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), default="support")
    contribution: Mapped[str] = mapped_column(String(500), default="")


class ActivityCommitment(Base):
    """An activity serves commitments, many to many."""

    __tablename__ = "activity_commitments"
    __table_args__ = (Index("ix_activity_commitments_commitment_id", "commitment_id"),)

    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id", ondelete="RESTRICT"), primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments.id", ondelete="RESTRICT"), primary_key=True)


def state(*, status: str, planned_on: date, planned_until: date, returned: bool, today: date) -> State:
    """What is to be shown: a planned activity is ongoing on its days and waits for a report after them."""
    if status != PLANNED:
        return State(status)
    if returned:
        return State("returned")
    if today < planned_on:
        return State("planned")
    return State("ongoing" if today <= planned_until else "awaiting_report")
