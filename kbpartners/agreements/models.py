"""Agreements, their parties and clauses; and the pure rule that derives whether one is in force."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kbpartners.db import Base, Versioned
from kbpartners.formats import State
from kbpartners.scopes import ScopeRow

ADDENDUM, DECREE = "addendum", "decree"
KINDS = ("mou", "pks", "guideline", "action_plan", ADDENDUM, DECREE)
DRAFT, IN_FORCE, EXPIRING, EXPIRED, RENEWED, TERMINATED = (
    "draft",
    "in_force",
    "expiring",
    "expired",
    "renewed",
    "terminated",
)
LIVE = frozenset({DRAFT, IN_FORCE, EXPIRING})
"""States of a document on which work can still hang."""
FOREVER = date(9999, 12, 31)
"""Sort date of what has no last day."""


class Agreement(Versioned, Base):
    """A document. Whether it is in force is never stored: `state` derives it from the days.

    Without `signed_on`, or before it, it is a draft. `starts_on` and `ends_on` are the first and the last day in force
    (no `ends_on`: open-ended). `ended_on` is the day from which it no longer counts, with `ended_reason`. `parent_id`
    is what it stands on (MoU → PKS → action plan; what an addendum changes), `renews_id` what it takes the place of.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("kind IN ('mou', 'pks', 'guideline', 'action_plan', 'addendum', 'decree')", name="kind"),
        CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="term"),
        CheckConstraint("id <> parent_id", name="not_own_parent"),
        CheckConstraint("id <> renews_id", name="not_own_renewal"),
        UniqueConstraint("renews_id"),
        Index("ix_agreements_parent_id", "parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    signed_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    scope: Mapped[str] = mapped_column(Text, default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id", ondelete="RESTRICT"))
    renews_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id", ondelete="RESTRICT"))
    ended_on: Mapped[date | None]
    ended_reason: Mapped[str] = mapped_column(String(500), default="")
    is_example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))


class AgreementScope(ScopeRow, Base):
    """Which unit sees the document: each party (OWNER), the parties' ancestors (SUPPORT), the office.

    What hangs below a party needs no row of its own: see `conditions.seen_by`. `sort_on` is the last day in force.
    """

    __tablename__ = "agreement_scopes"
    record_table = "agreements"


class Party(Base):
    """A party with its own number and signatory. `number_key` is the number as it is compared ("": not compared).

    `acting` is "", "plt" or "plh"; `on_behalf_of` says for whom somebody signed *atas nama* ("" for itself).
    """

    __tablename__ = "agreement_parties"
    __table_args__ = (
        UniqueConstraint("agreement_id", "organization_id"),
        CheckConstraint("acting IN ('', 'plt', 'plh')", name="acting"),
        Index(
            "uq_agreement_parties_number",
            "organization_id",
            "number_key",
            unique=True,
            sqlite_where=text("number_key <> ''"),
            postgresql_where=text("number_key <> ''"),
        ),
        Index("ix_agreement_parties_organization_id", "organization_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="RESTRICT"))
    position: Mapped[int]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"))
    number: Mapped[str] = mapped_column(String(100), default="")
    number_key: Mapped[str] = mapped_column(String(100), default="")
    signer_name: Mapped[str] = mapped_column(String(200), default="")
    signer_position: Mapped[str] = mapped_column(String(200), default="")
    signer_rank: Mapped[str] = mapped_column(String(60), default="")
    id_kind: Mapped[str] = mapped_column(String(3), default="")
    id_number: Mapped[str] = mapped_column(String(30), default="")
    acting: Mapped[str] = mapped_column(String(3), default="")
    on_behalf_of: Mapped[str] = mapped_column(String(200), default="")


class Clause(Base):
    """A clause that a commitment can cite: pasal, ayat and what it says."""

    __tablename__ = "agreement_clauses"
    __table_args__ = (Index("ix_agreement_clauses_agreement_id", "agreement_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="RESTRICT"))
    position: Mapped[int]
    article: Mapped[str] = mapped_column(String(20))
    paragraph: Mapped[str] = mapped_column(String(20), default="")
    text: Mapped[str] = mapped_column(Text, default="")


# --- pure rules --------------------------------------------------------------------------------------------------


def last_day(ends_on: date | None, ended_on: date | None) -> date | None:
    """The last day in force: the end of the term, or the day before it was ended, whichever is first."""
    before = ended_on - timedelta(days=1) if ended_on else None
    return min((day for day in (ends_on, before) if day), default=None)


def state(
    *,
    signed_on: date | None,
    starts_on: date | None,
    ends_on: date | None,
    ended_on: date | None,
    renewed_on: date | None,
    today: date,
    warning_days: int,
) -> State:
    """What a document is on a day. `renewed_on` is the day on which the document that renews it was signed.

    Days of the State: until the last day (expiring), since it (expired). The last day itself is still in force.
    """
    if signed_on is None or signed_on > today:
        return State(DRAFT)
    if ended_on is not None and ended_on <= today:
        return State(TERMINATED)
    if renewed_on is not None and renewed_on <= today:
        return State(RENEWED)
    last = last_day(ends_on, ended_on)
    if last is None or (starts_on or signed_on) > today:
        return State(IN_FORCE)
    left = (last - today).days
    if left < 0:
        return State(EXPIRED, -left)
    return State(EXPIRING, left) if left <= warning_days else State(IN_FORCE)


def state_of(row: Any, today: date, warning_days: int) -> State:
    """The state of anything that has a document's days."""
    return state(
        signed_on=row.signed_on,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        ended_on=row.ended_on,
        renewed_on=row.renewed_on,
        today=today,
        warning_days=warning_days,
    )


def number_key(number: str) -> str:
    """A number as it is compared: without blanks, in one case ("Kerma / 21/VI/2023" is "KERMA/21/VI/2023")."""
    return "".join(unicodedata.normalize("NFKC", number).casefold().split())[:100]


def clause_label(article: str | None, paragraph: str | None) -> str:
    """ "Pasal 3 ayat (2)"; an article that is no number or letter-number stands as it was written."""
    if not article:
        return ""
    words = f"Pasal {article}" if article[:1].isdigit() else article
    return f"{words} ayat ({paragraph})" if paragraph else words
