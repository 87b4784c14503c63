"""Evidence: files and links. Each belongs to one report, update, activity, meeting or agreement that authorises it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base

PARENTS = ("report_id", "update_id", "activity_id", "meeting_id", "agreement_id")


class Attachment(Base):
    """A stored file or a link. Without a parent it is a draft: kept under the form's token until the form is accepted.

    `storage_key` names the blob and is never shown. `is_source` marks the proof of an entry made on behalf of a unit.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN report_id IS NULL THEN 0 ELSE 1 END + CASE WHEN update_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN activity_id IS NULL THEN 0 ELSE 1 END + CASE WHEN meeting_id IS NULL THEN 0 ELSE 1 END"
            ") <= 1",
            name="one_parent",
        ),
        CheckConstraint(
            "agreement_id IS NULL OR (report_id IS NULL AND update_id IS NULL AND activity_id IS NULL"
            " AND meeting_id IS NULL)",
            name="agreement_alone",
        ),
        CheckConstraint("url <> '' OR storage_key <> ''", name="file_or_link"),
        Index("ix_attachments_report_id", "report_id"),
        Index("ix_attachments_update_id", "update_id"),
        Index("ix_attachments_activity_id", "activity_id"),
        Index("ix_attachments_meeting_id", "meeting_id"),
        Index("ix_attachments_agreement_id", "agreement_id"),
        Index("ix_attachments_draft_token", "draft_token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("progress_reports.id", ondelete="RESTRICT"))
    update_id: Mapped[int | None] = mapped_column(ForeignKey("followup_updates.id", ondelete="RESTRICT"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activities.id", ondelete="RESTRICT"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id", ondelete="RESTRICT"))
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id", ondelete="RESTRICT"))
    draft_token: Mapped[str] = mapped_column(String(36), default="")
    filename: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100), default="")
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    storage_key: Mapped[str] = mapped_column(String(100), default="")
    url: Mapped[str] = mapped_column(String(1000), default="")
    caption: Mapped[str] = mapped_column(String(200), default="")
    is_source: Mapped[bool] = mapped_column(default=False)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime]

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")
