"""What a partner's people see first: what they have to report, what became of what they sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, literal, select, union_all

from kbpartners import clock, formats
from kbpartners.commitments import service as commitments
from kbpartners.commitments.models import Commitment, CommitmentScope, ProgressReport
from kbpartners.dashboard.service.numbers import Numbers
from kbpartners.db import fetch
from kbpartners.followups import service as followups
from kbpartners.followups.models import Followup, FollowupScope, FollowupUpdate
from kbpartners.formats import Badge, State
from kbpartners.security import Identity

MOST = 10
_ORDER = ("returned", "late", "soon")


class Item(NamedTuple):
    """One thing to report: its reason and what the button leads to. `reached` is None for a follow-up.

    `reached` is the accepted achievement in hundredths of a per cent, -1 while nothing has been accepted.
    """

    kind: str
    id: int
    title: str
    unit: str
    due_on: date
    reason: str
    badge: Badge
    note: str
    is_example: bool
    reached: int | None
    news: str

    @property
    def code(self) -> str:
        return code(self.kind, self.id)

    @property
    def href(self) -> str:
        return href(self.kind, self.id)


def code(kind: str, record_id: int) -> str:
    """ "K-0042" or "TL-0107"."""
    return formats.commitment_code(record_id) if kind == "commitment" else formats.followup_code(record_id)


def href(kind: str, record_id: int) -> str:
    """The address of the record."""
    return f"/{'komitmen' if kind == 'commitment' else 'tindak-lanjut'}/{record_id}"


def to_do(who: Identity, counts: Numbers) -> list[Item]:
    """Commitments and follow-ups that are this person's turn: returned ones, then late ones, then those due soon.

    `counts` says of which kind there is nothing open, so that it need not be asked for.
    """
    today = clock.today()
    items = [
        _commitment(found, today)
        for found in commitments.to_report(who, MOST, returned=counts.returned.commitments > 0)
    ]
    if counts.open.followups:
        items += [
            _followup(found, today) for found in followups.to_report(who, MOST, returned=counts.returned.followups > 0)
        ]
    return sorted(items, key=lambda item: (_ORDER.index(item.reason), item.due_on, item.kind, item.id))[:MOST]


def _reason(reason: str, due_on: date, today: date) -> Badge:
    if reason == "returned":
        return formats.badge("returned")
    days = (due_on - today).days
    return formats.badge(State("late", -days) if days < 0 else State("soon", days) if days else State("due_today"))


def _commitment(found: Any, today: date) -> Item:
    row = found.row
    reached = -1 if row.achievement is None else row.achievement
    badge = _reason(found.reason, row.due_on, today)
    unit, example = row.organization, row.is_example
    return Item(
        "commitment", row.id, row.title, unit, row.due_on, found.reason, badge, found.note, example, reached, ""
    )


def _followup(found: followups.ToReport, today: date) -> Item:
    row = found.row
    badge = _reason(found.reason, row.due_on, today)
    unit, example = row.organization, row.is_example
    return Item(
        "followup", row.id, row.title, unit, row.due_on, found.reason, badge, found.note, example, None, row.last_note
    )


def whatsapp_text(unit: str, items: Sequence[Item], today: date) -> str:
    """What is to be reported, plain and with links, for the unit's own group."""
    base = current_app.config["KB"].base_url
    lines = [
        _("*Yang harus dilaporkan: %(unit)s*", unit=unit),
        _("Keadaan %(day)s", day=formats.date_long(today)),
        "",
    ]
    for number, item in enumerate(items, 1):
        due = _("tenggat %(day)s", day=formats.date_medium(item.due_on))
        words = item.badge.text[:1].lower() + item.badge.text[1:]
        lines += [f"{number}. {item.title} ({item.code}, {item.unit}): {due}, {words}", base + item.href]
    return "\n".join(lines).replace(formats.NBSP, " ")


# --- what became of what I sent -----------------------------------------------------------------------------------


class Mine(NamedTuple):
    """A report or proposal of the person's own: where it stands, and what was decided on it."""

    kind: str
    record_id: int
    title: str
    status: str
    submitted_at: datetime
    decided_at: datetime | None
    note: str
    is_example: bool

    @property
    def code(self) -> str:
        return code(self.kind, self.record_id)

    @property
    def href(self) -> str:
        return href(self.kind, self.record_id)

    @property
    def badge(self) -> Badge:
        return formats.badge(self.status)


def _latest(kind: str, entry: Any, record_id: Any, record: Any, scope: Any) -> Select[*tuple[Any, ...]]:
    """The person's own latest entries of one kind, along the index of their author."""
    seen = select(scope.unit_id).where(
        scope.record_id == record.id, scope.unit_id.in_(bindparam("units", expanding=True))
    )
    return (
        select(
            literal(kind).label("kind"),
            record_id.label("record_id"),
            record.title.label("title"),
            entry.status.label("status"),
            entry.submitted_at.label("submitted_at"),
            entry.decided_at.label("decided_at"),
            entry.decision_note.label("note"),
            record.is_example.label("is_example"),
        )
        .join(record, record.id == record_id)
        .where(entry.author_id == bindparam("author"), entry.status != "", seen.exists())
        .order_by(entry.id.desc())
        .limit(bindparam("most"))
    )


_REPORTS = _latest("commitment", ProgressReport, ProgressReport.commitment_id, Commitment, CommitmentScope)
_UPDATES = _latest("followup", FollowupUpdate, FollowupUpdate.followup_id, Followup, FollowupScope)
_MINE = union_all(select(_REPORTS.subquery()), select(_UPDATES.subquery()))


def mine(who: Identity, limit: int = 5) -> tuple[list[Mine], list[Mine]]:
    """(what waits, what was decided): the person's latest reports and proposals, the newest first. One query."""
    values = {"units": who.unit_ids, "author": who.user_id, "most": limit * 2}
    found = [Mine._make(row) for row in fetch(_MINE, values)]
    waits = sorted((m for m in found if m.status == "submitted"), key=lambda m: m.submitted_at, reverse=True)
    decided = sorted((m for m in found if m.decided_at), key=lambda m: m.decided_at or m.submitted_at, reverse=True)
    return waits[:limit], decided[:limit]
