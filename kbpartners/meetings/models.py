"""Meetings, who was there for which organisation, and the decisions that commitments and follow-ups come from."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, Versioned
from kbpartners.scopes import ScopeRow


class Meeting(Versioned, Base):
    """A meeting. `predecessor_id` makes a series: what was left open there is on the table here."""

    __tablename__ = "meetings"
    __table_args__ = (Index("ix_meetings_held_on", "held_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    held_on: Mapped[date]
    ends_on: Mapped[date | None]
    starts_at: Mapped[time | None]
    place: Mapped[str] = mapped_column(String(200), default="")
    chair: Mapped[str] = mapped_column(String(200), default="")
    minute_taker: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id", ondelete="RESTRICT"))
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class MeetingScope(ScopeRow, Base):
    """Which unit sees the meeting: those invited, their ancestors, the office."""

    __tablename__ = "meeting_scopes"
    record_table = "meetings"


class Attendance(Base):
    """An invited organisation and who came for it. `present` is NULL while nobody has noted it."""

    __tablename__ = "attendances"
    __table_args__ = (Index("ix_attendances_meeting_id", "meeting_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="RESTRICT"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[str] = mapped_column(String(200), default="")
    present: Mapped[bool | None]
    is_example: Mapped[bool] = mapped_column(default=False)


class Decision(Versioned, Base):
    """An arahan, kesepakatan, rekomendasi or rumusan of a meeting."""

    __tablename__ = "meeting_decisions"
    __table_args__ = (
        UniqueConstraint("meeting_id", "kind", "number"),
        CheckConstraint("kind IN ('arahan', 'kesepakatan', 'rekomendasi', 'rumusan')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200), default="")
    is_example: Mapped[bool] = mapped_column(default=False)
