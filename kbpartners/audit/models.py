"""The one revision log: who did what, when, in which post, from what to what; and the state as of any day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base


class Revision(Base):
    """One write to one record. `snapshot` holds the columns that a report prints; `changes` is [[label, old, new]].

    `actor_name` and `actor_post` are words of that day: people move on, are promoted, and units get other names.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        Index("ix_revisions_subject", "subject_type", "subject_id", "recorded_at", "id"),
        Index("ix_revisions_recorded_at", "recorded_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_type: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    actor_post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="RESTRICT"))
    actor_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    actor_post: Mapped[str] = mapped_column(String(420), default="", server_default="")
    sentence: Mapped[str] = mapped_column(Text)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changes: Mapped[list[Any]] = mapped_column(JSON, default=list)
