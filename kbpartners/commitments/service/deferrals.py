"""Due days that were put off: what was promised first stays readable, with who moved it, when and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, func, insert, select

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.commitments.models import Commitment, Deferral
from kbpartners.db import fetch, run
from kbpartners.errors import Invalid
from kbpartners.security import Identity

REASON_LIMIT = 500


class DeferralFact(NamedTuple):
    """One deferral as pages show it; `author` is "" for the system."""

    id: int
    deferred_at: datetime
    author: str
    due_from: date
    due_to: date
    reason: str


_OF = (
    select(
        Deferral.id,
        Deferral.deferred_at,
        func.coalesce(User.name, ""),
        Deferral.due_from,
        Deferral.due_to,
        Deferral.reason,
    )
    .outerjoin(User, User.id == Deferral.deferred_by_id)
    .where(Deferral.commitment_id == bindparam("id"))
    .order_by(Deferral.id.desc())
)

COUNTED = select(func.count(Deferral.id)).where(Deferral.commitment_id == Commitment.id).scalar_subquery()
"""How often a commitment has been put off, as a column of a query of commitments."""


def of(commitment_id: int) -> list[DeferralFact]:
    """The deferrals of a commitment, newest first."""
    return [DeferralFact(*row) for row in fetch(_OF, {"id": commitment_id})]


def wanted(due_from: date, due_to: date, reason: str) -> bool:
    """Whether moving a due day is a deferral. Raises Invalid on `reason` if it is one and nobody says why."""
    if due_to <= due_from:
        return False
    if not reason.strip():
        raise Invalid(_("Tenggat diundur: tulis alasan penundaannya."), field="reason")
    return True


def add(who: Identity | None, moves: Iterable[tuple[int, date, date]], reason: str) -> None:
    """Record that the due days of commitments were put off: (commitment id, from, to) each, in one statement."""
    now, author = clock.now(), who.user_id if who else None
    rows: list[dict[str, Any]] = [
        {
            "commitment_id": commitment_id,
            "deferred_at": now,
            "deferred_by_id": author,
            "due_from": due_from,
            "due_to": due_to,
            "reason": reason.strip()[:REASON_LIMIT],
        }
        for commitment_id, due_from, due_to in moves
    ]
    if rows:
        run(_INSERT, rows)


_INSERT = insert(cast(Table, Deferral.__table__))
