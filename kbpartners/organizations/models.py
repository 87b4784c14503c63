"""Partners and BKKBN's own units as trees of any depth, the regions they cover, and the posts people hold in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, Versioned, code_column


class Organization(Versioned, Base):
    """A partner (root of a tree) or one of its units. `path` lists the ids from the root to itself: "/3/17/"."""

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint("id <> parent_id", name="not_own_parent"),
        Index("ix_organizations_parent_id_name", "parent_id", "name"),
        Index("ix_organizations_path", "path"),
        UniqueConstraint("parent_id", "name"),
        # NULLs are never equal, so the roots need a rule of their own
        Index(
            "uq_organizations_root_name",
            "name",
            unique=True,
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(60), default="")
    category: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    path: Mapped[str] = mapped_column(code_column(500), default="")
    address: Mapped[str] = mapped_column(String(500), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    whatsapp: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    note: Mapped[str] = mapped_column(String(2000), default="")
    is_example: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name


class Coverage(Base):
    """A region that a unit covers. Several units may cover one region; borders need not be a regency's."""

    __tablename__ = "organization_coverage"
    __table_args__ = (
        UniqueConstraint("organization_id", "region_id", "valid_from"),
        Index("ix_organization_coverage_region_id", "region_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    region_id: Mapped[int] = mapped_column(ForeignKey("regions.id", ondelete="RESTRICT"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Merge(Base):
    """Two units that were one and the same: everything of `source_id` went to `target_id`.

    `changes` holds what was done to which rows (service/ledger.py), so that it can be undone exactly.
    """

    __tablename__ = "organization_merges"
    __table_args__ = (
        CheckConstraint("source_id <> target_id", name="two_units"),
        Index("ix_organization_merges_source_id", "source_id"),
        Index("ix_organization_merges_target_id", "target_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    target_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    merged_at: Mapped[datetime]
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    changes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class Post(Base):
    """A post in a unit. Whoever holds it acts for the unit in the post's role; the narahubung is a post, too."""

    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_organization_id", "organization_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    is_contact: Mapped[bool] = mapped_column(default=True)
    ended_on: Mapped[date | None]


class Assignment(Base):
    """A person on a post from–to (both days included). `acting` is "", "plt" or "plh"."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_user_id", "user_id"),
        Index("ix_assignments_post_id", "post_id"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    acting: Mapped[str] = mapped_column(String(3), default="")


def path_ids(path: str) -> list[int]:
    """The ids in a tree path, root first: "/3/17/" → [3, 17]."""
    return [int(part) for part in path.split("/") if part]
