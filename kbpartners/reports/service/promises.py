"""Commitments and follow-ups as they were known when a day was over.

Reports read the revision log alone, for today as for any other day: the last revision before the next local midnight.
Which records come into question is asked of the scope rows, so a report never holds what a list would not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.audit.models import Revision
from kbpartners.commitments import service as commitments
from kbpartners.commitments.models import CommitmentScope
from kbpartners.db import db
from kbpartners.errors import NotFound
from kbpartners.followups import service as followups
from kbpartners.followups.models import FollowupScope
from kbpartners.formats import State
from kbpartners.organizations import service as organizations
from kbpartners.regions.models import within
from kbpartners.scopes import Relation
from kbpartners.security import Identity

MOST_ROWS = 5_000
"""A sheet ends here and says so: nobody reads more on paper, and memory stays bounded."""

COMMITMENT, FOLLOWUP = "commitment", "followup"


@dataclass(frozen=True)
class Filters:
    """What a report is narrowed to.

    `status` is "open" (not closed), "all", or the key of a derived state ("late", "returned", …) on that day. `kind` is
    "commitment", "followup" or "" for both; `region_code` a Kemendagri code; `from_decisions` keeps only what came from
    a meeting.
    """

    kind: str = ""
    meeting_id: int | None = None
    organization_id: int | None = None
    region_code: str = ""
    status: str = "all"
    priority: str = ""
    q: str = ""
    due_from: date | None = None
    due_to: date | None = None


@dataclass(frozen=True)
class Promise:
    """A commitment or follow-up on the day asked for: `saved` is its snapshot, `states` what is shown on that day."""

    kind: str
    id: int
    saved: dict[str, Any]
    states: list[State]
    due_on: date

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id) if self.kind == COMMITMENT else formats.followup_code(self.id)

    @property
    def partner(self) -> str:
        """The root of the owner's tree, by which the sheet is grouped."""
        return self.saved["partner"]


def promises(who: Identity, filters: Filters, day: date) -> list[Promise]:
    """What `who` may see and the filters keep, by partner and due day; at most MOST_ROWS. Raises NotFound for a unit
    outside the person's tree."""
    units = _units(who, filters.organization_id)
    found: list[Promise] = []
    for kind, scope, derive in (
        (COMMITMENT, CommitmentScope, commitments.states_of_snapshot),
        (FOLLOWUP, FollowupScope, followups.states_of_snapshot),
    ):
        if filters.kind in ("", kind):
            for record_id, saved in _snapshots(kind, scope, units, filters, day):
                shown = derive(saved, day)
                promise = Promise(kind, record_id, saved, shown, date.fromisoformat(saved["due_on"]))
                if _kept(promise, filters):
                    found.append(promise)
    found.sort(key=lambda p: (p.partner, p.due_on, p.kind, p.id))
    return found[:MOST_ROWS]


def _units(who: Identity, organization_id: int | None) -> tuple[int, ...]:
    """The units whose scope rows count: the one filtered by if it lies in the person's own tree, else the own ones."""
    if organization_id is None:
        return who.unit_ids
    if not who.of_office and not set(organizations.ancestors(organization_id)) & set(who.unit_ids):
        raise NotFound
    return (organization_id,)


def _snapshots(
    kind: str, scope: type[Any], units: tuple[int, ...], filters: Filters, day: date
) -> Iterator[tuple[int, dict[str, Any]]]:
    other = aliased(Revision)
    newest = (
        select(other.id)
        .where(
            other.subject_type == kind,
            other.subject_id == scope.record_id,
            other.recorded_at < clock.end_of_day(day),
        )
        .order_by(other.recorded_at.desc(), other.id.desc())
        .limit(1)
        .correlate(scope)
        .scalar_subquery()
    )
    query: Select[Any] = (
        select(Revision.subject_id, Revision.snapshot)
        .select_from(scope)
        .join(Revision, Revision.id == newest)
        .where(scope.unit_id.in_(units))
        .order_by(scope.sort_on, scope.record_id)
        .limit(MOST_ROWS * 2)
    )
    if filters.organization_id is not None:
        query = query.where(scope.relation == Relation.OWNER)
    if day == clock.today():  # what is known now stands in the scope rows, so the index can narrow it
        if filters.status == "open":
            query = query.where(scope.is_open)
        if filters.due_from:
            query = query.where(scope.sort_on >= filters.due_from)
        if filters.due_to:
            query = query.where(scope.sort_on <= filters.due_to)
    seen: set[int] = set()
    for record_id, saved in db.session.execute(query):
        if record_id not in seen:
            seen.add(record_id)
            yield record_id, saved


_CLOSED = frozenset({"done", "done_late", "ended", "not_feasible", "transferred"})


def _kept(promise: Promise, filters: Filters) -> bool:
    saved, keys = promise.saved, {state.key for state in promise.states}
    if filters.status == "open" and keys & _CLOSED:
        return False
    if filters.status not in ("open", "all", "") and filters.status not in keys:
        return False
    if filters.meeting_id is not None and saved.get("meeting_id") != filters.meeting_id:
        return False
    if filters.region_code and not within(filters.region_code, saved.get("region_code") or ""):
        return False
    if filters.priority and saved["priority"] != filters.priority:
        return False
    if filters.due_from and promise.due_on < filters.due_from:
        return False
    if filters.due_to and promise.due_on > filters.due_to:
        return False
    words = f"{promise.code} {saved['title']}".casefold()
    return all(word in words for word in filters.q.casefold().split())


def counted(found: list[Promise]) -> dict[str, int]:
    """How many there are, are closed, and are late."""
    keys = [{state.key for state in promise.states} for promise in found]
    return {"all": len(keys), "closed": sum(bool(k & _CLOSED) for k in keys), "late": sum("late" in k for k in keys)}
