"""Kampung KB, keyed by its village, and its yearly classification as it was published."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, Versioned, code_column

LABELS = ("dasar", "berkembang", "mandiri", "berkelanjutan")
SCORES = (
    "input_pokja",
    "input_funding",
    "input_groups",
    "input_facilities",
    "input_field_worker",
    "process_data",
    "process_operation",
    "process_cross_sector",
    "output_groups",
    "output_cpr",
    "output_mkjp",
    "output_unmet_need",
)


def sort_name(name: str) -> str:
    """What a list is ordered by: names come in capitals, in small letters and mixed, and databases sort them apart."""
    return name.casefold()


def _sort_name_of_row(context: Any) -> str:
    return sort_name(context.get_current_parameters()["name"])


class Kampung(Versioned, Base):
    """A Kampung KB. At most one is active in a village. `label` and `label_year` cache the latest classification.

    `regency_id` and `district_id` repeat what the village's region implies, for lists and counts by one index.
    """

    __tablename__ = "kampungs"
    __table_args__ = (
        Index(
            "uq_kampungs_active_region_id",
            "region_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_kampungs_district_id_sort_name", "district_id", "sort_name", "id"),
        Index("ix_kampungs_regency_id_sort_name", "regency_id", "sort_name", "id"),
        Index("ix_kampungs_sort_name", "sort_name", "id"),
        Index(
            "ix_kampungs_active_label",
            "regency_id",
            "district_id",
            "label",
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    sort_name: Mapped[str] = mapped_column(code_column(240), default=_sort_name_of_row)
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    district_id: Mapped[int] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    regency_id: Mapped[int] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    place: Mapped[str] = mapped_column(String(200), default="")
    launched_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("kampungs.id", ondelete="RESTRICT"))
    note: Mapped[str] = mapped_column(String(2000), default="")
    label: Mapped[str] = mapped_column(String(20), default="")
    label_year: Mapped[int | None]


class Classification(Base):
    """A year's classification as published: label, twelve scores (1–4) and three indices (hundredths). Append-only."""

    __tablename__ = "kampung_classifications"
    __table_args__ = (
        Index("ix_kampung_classifications_kampung_id_year", "kampung_id", "year", "id"),
        CheckConstraint("label IN ('dasar', 'berkembang', 'mandiri', 'berkelanjutan')", name="label"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kampung_id: Mapped[int] = mapped_column(ForeignKey("kampungs.id", ondelete="RESTRICT"))
    year: Mapped[int]
    label: Mapped[str] = mapped_column(String(20))
    input_pokja: Mapped[int | None]
    input_funding: Mapped[int | None]
    input_groups: Mapped[int | None]
    input_facilities: Mapped[int | None]
    input_field_worker: Mapped[int | None]
    process_data: Mapped[int | None]
    process_operation: Mapped[int | None]
    process_cross_sector: Mapped[int | None]
    output_groups: Mapped[int | None]
    output_cpr: Mapped[int | None]
    output_mkjp: Mapped[int | None]
    output_unmet_need: Mapped[int | None]
    index_input: Mapped[int | None]
    index_process: Mapped[int | None]
    index_output: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(200), default="")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="RESTRICT"))
    recorded_at: Mapped[datetime]


class KampungName(Base):
    """A former name of a Kampung KB, kept when an import or a person renames it."""

    __tablename__ = "kampung_names"
    __table_args__ = (UniqueConstraint("kampung_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kampung_id: Mapped[int] = mapped_column(ForeignKey("kampungs.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime]
