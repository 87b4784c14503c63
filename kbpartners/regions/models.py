"""Kemendagri regions: province, regency/city, district, village. Codes are attributes with a validity, never keys."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, code_column

PROVINCE, REGENCY, DISTRICT, VILLAGE = 1, 2, 3, 4
EVER = date(1945, 8, 17)


class Region(Base):
    """One region under one code. A split or moved village (pemekaran) is a new row; the old one keeps its history."""

    __tablename__ = "regions"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
        Index("ix_regions_parent_id_name", "parent_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(code_column(13))
    name: Mapped[str] = mapped_column(String(100))
    level: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    valid_from: Mapped[date] = mapped_column(default=EVER)
    valid_to: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))


class RegionAlias(Base):
    """A spelling that a person decided: within `parent_id`, `name` (normalised) means `region_id`."""

    __tablename__ = "region_aliases"
    __table_args__ = (UniqueConstraint("parent_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(100))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime]


def within(code: str, other: str) -> bool:
    """Whether region code `other` lies in (or is) `code`: 16.04.02 lies in 16.04, 16.041 would not."""
    return other == code or other.startswith(code + ".")
