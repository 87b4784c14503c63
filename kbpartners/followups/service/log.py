"""Reading the update log: the entries of one follow-up, and the proposals that wait for a decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.accounts.models import User
from kbpartners.attachments import service as attachments
from kbpartners.attachments.models import Attachment
from kbpartners.db import db, fetch, fetch_one
from kbpartners.errors import NotFound
from kbpartners.followups.models import PROPOSALS, RETURNED, SUBMITTED, Followup, FollowupScope, FollowupUpdate
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity, visible


class Entry(NamedTuple):
    """One entry of the log as a page shows it."""

    id: int
    status: str
    proposal: str
    note: str
    obstacle: str
    source: str
    sender: str
    source_number: str
    source_date: date | None
    submitted_at: datetime
    author_id: int
    author: str
    on_behalf_of_id: int | None
    decided_at: datetime | None
    decider: str
    decision_note: str
    files: Sequence[attachments.FileView] = ()

    @property
    def badge(self) -> formats.Badge:
        """The decision on a proposal, or "Dalam proses"."""
        if self.status == SUBMITTED:
            return formats.badge(self.proposal)
        return formats.badge(self.status or "in_progress")

    @property
    def proposed(self) -> str:
        """The word of what was proposed; "" for news."""
        return formats.badge(self.proposal).text if self.proposal in PROPOSALS else ""


_Decider = aliased(User)
_ENTRIES = (
    select(
        FollowupUpdate.id,
        FollowupUpdate.status,
        FollowupUpdate.proposal,
        FollowupUpdate.note,
        FollowupUpdate.obstacle,
        FollowupUpdate.source,
        FollowupUpdate.sender,
        FollowupUpdate.source_number,
        FollowupUpdate.source_date,
        FollowupUpdate.submitted_at,
        FollowupUpdate.author_id,
        User.name,
        FollowupUpdate.on_behalf_of_id,
        FollowupUpdate.decided_at,
        func.coalesce(_Decider.name, ""),
        FollowupUpdate.decision_note,
    )
    .join(User, User.id == FollowupUpdate.author_id)
    .outerjoin(_Decider, _Decider.id == FollowupUpdate.decided_by_id)
)


def entries(followup_id: int, *, per: date | None = None, limit: int = 100) -> list[Entry]:
    """The entries of a follow-up with their evidence, newest first. The caller has authorised the follow-up.

    With `per` the log as it stood when that day was over: later entries are missing, later decisions not yet made.
    """
    query = _ENTRIES.where(FollowupUpdate.followup_id == followup_id).order_by(FollowupUpdate.id.desc()).limit(limit)
    instant = clock.end_of_day(per) if per else None
    if instant is not None:
        query = query.where(FollowupUpdate.submitted_at < instant)
    found = [Entry(*tuple(row)) for row in fetch(query)]
    files = attachments.of_many("update_id", [entry.id for entry in found])
    return [_as_of(entry, instant)._replace(files=files.get(entry.id, ())) for entry in found]


def _as_of(entry: Entry, instant: datetime | None) -> Entry:
    if instant is None or entry.decided_at is None or entry.decided_at < instant:
        return entry
    return entry._replace(status=SUBMITTED, decided_at=None, decider="", decision_note="")


def followup_of(update_id: int, who: Identity) -> int:
    """The follow-up that an entry belongs to. Raises NotFound outside the person's scope."""
    query = select(FollowupUpdate.followup_id).where(
        FollowupUpdate.id == update_id, visible(FollowupScope, FollowupUpdate.followup_id, who)
    )
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def returns(followup_ids: Iterable[int]) -> dict[int, tuple[str, datetime | None]]:
    """What the secretariat wrote when it last sent a proposal back, and when: {follow-up id: (words, instant)}."""
    wanted = list(followup_ids)
    if not wanted:
        return {}
    query = (
        select(FollowupUpdate.followup_id, FollowupUpdate.decision_note, FollowupUpdate.decided_at)
        .where(FollowupUpdate.followup_id.in_(wanted), FollowupUpdate.status == RETURNED)
        .order_by(FollowupUpdate.id)
    )
    return {row[0]: (row[1], row[2]) for row in fetch(query)}


class Waiting(NamedTuple):
    """A proposal that waits for the secretariat, as a row of the queue."""

    id: int
    followup_id: int
    title: str
    organization: str
    due_on: date
    priority: str
    proposal: str
    note: str
    source: str
    submitted_at: datetime
    author_id: int
    on_behalf_of_id: int | None
    is_example: bool
    files: int
    proofs: int

    @property
    def code(self) -> str:
        return formats.followup_code(self.followup_id)

    @property
    def submitted_on(self) -> date:
        return clock.to_local(self.submitted_at).date()

    def decidable_by(self, who: Identity) -> bool:
        """Whether this person may decide on it (`decide` checks it again)."""
        return self.author_id != who.user_id or (self.on_behalf_of_id is not None and self.proofs > 0)


def _counted(*conditions: Any) -> Any:
    query = select(func.count(Attachment.id)).where(Attachment.update_id == FollowupUpdate.id, *conditions)
    return query.correlate(FollowupUpdate).scalar_subquery()


_WAITING = (
    select(
        FollowupUpdate.id,
        Followup.id,
        Followup.title,
        Organization.name,
        Followup.due_on,
        Followup.priority,
        FollowupUpdate.proposal,
        FollowupUpdate.note,
        FollowupUpdate.source,
        FollowupUpdate.submitted_at,
        FollowupUpdate.author_id,
        FollowupUpdate.on_behalf_of_id,
        Followup.is_example,
        _counted(),
        _counted(Attachment.is_source),
    )
    .join(Followup, Followup.id == FollowupUpdate.followup_id)
    .join(Organization, Organization.id == Followup.organization_id)
    .where(FollowupUpdate.status == SUBMITTED)
    .order_by(FollowupUpdate.id)
)


_SEEN = select(FollowupScope.unit_id).where(
    FollowupScope.record_id == Followup.id, FollowupScope.unit_id.in_(bindparam("units", expanding=True))
)
_QUEUE = _WAITING.where(_SEEN.exists()).limit(bindparam("most"))


def queue(who: Identity, limit: int = 10) -> list[Waiting]:
    """The proposals that wait for a decision, the oldest first."""
    return [Waiting._make(row) for row in fetch(_QUEUE, {"units": who.unit_ids, "most": limit})]


def waiting(who: Identity, update_id: int) -> Waiting | None:
    """One row of the queue; None if it is decided already or outside the scope."""
    query = _WAITING.where(FollowupUpdate.id == update_id, visible(FollowupScope, Followup.id, who))
    row = fetch_one(query)
    return Waiting._make(row) if row else None
