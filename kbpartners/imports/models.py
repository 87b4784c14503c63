"""An import of a workbook: one row per file, one per line of it, so that nothing is decided in silence or lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base


class Import(Base):
    """One file. The five counts add up to `rows`."""

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(String(200))
    year: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="RESTRICT"))
    rows: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    undecided: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    finished_at: Mapped[datetime | None]


class ImportRow(Base):
    """A line that did not simply go in: `undecided` with suggestions, or `rejected` with the reason."""

    __tablename__ = "import_rows"
    __table_args__ = (
        Index("ix_import_rows_import_id_status_number", "import_id", "status", "number"),
        CheckConstraint("status IN ('undecided', 'decided', 'rejected')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="RESTRICT"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(10))
    problem: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    suggestions: Mapped[list[Any]] = mapped_column(JSON, default=list)
    parent_region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    unresolved_name: Mapped[str] = mapped_column(String(100), default="")
