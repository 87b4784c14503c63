"""The live state of everything that came from a meeting, and what its series left open, in few queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true

from kbpartners import clock, formats
from kbpartners.activities import service as activities
from kbpartners.commitments import models as commitments
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.db import db
from kbpartners.followups import models as followups
from kbpartners.followups.models import Followup, FollowupScope
from kbpartners.formats import State
from kbpartners.meetings.models import Decision
from kbpartners.meetings.service.attendance import LABEL
from kbpartners.meetings.service.records import Detail
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity, visible

MOST = 1000
"""Things that came from one series and are shown on one page; beyond it the matrix is the place to look."""

_KIND_ORDER = list(formats.DECISION_KINDS)
_OPEN_COMMITMENTS = (commitments.ACTIVE, commitments.PROPOSED_DONE)


@dataclass(frozen=True)
class Child:
    """A commitment or follow-up that came from a decision. `achievement` is in hundredths of a per cent."""

    is_commitment: bool
    id: int
    title: str
    owner: str
    due_on: date
    states: list[State]
    is_open: bool
    is_example: bool
    achievement: int | None = None
    activities: int = 0

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id) if self.is_commitment else formats.followup_code(self.id)

    @property
    def path(self) -> str:
        return f"/{'komitmen' if self.is_commitment else 'tindak-lanjut'}/{self.id}"

    @property
    def late(self) -> int:
        """Days after the due date while it is open; 0 in time."""
        return self.states[0].days if self.states[0].key == "late" else 0


@dataclass(frozen=True)
class DecisionLine:
    """A decision and what the reader may see of what came from it. `elsewhere`: there is more that others own.

    `source` names the meeting of a decision brought from an earlier one ("" where the reader was not invited).
    """

    id: int
    kind: str
    number: int
    text: str
    by: str
    is_example: bool
    children: list[Child] = field(default_factory=list)
    elsewhere: bool = False
    meeting_id: int | None = None
    source: str = ""

    @property
    def words(self) -> str:
        """ "Arahan 1"."""
        return f"{formats.word('decision_kind', self.kind)} {self.number}"


@dataclass(frozen=True)
class Summary:
    """How many came from the meeting and how they stand. `latest` is the most days that one is late."""

    total: int
    done: int
    dropped: int
    late: int
    waiting: int
    latest: int

    @property
    def running(self) -> int:
        """Open and neither late nor waiting for verification."""
        return self.total - self.done - self.dropped - self.late - self.waiting

    @property
    def color(self) -> str:
        """Red when half of it is late, yellow when something is, green otherwise, info when nothing came of it yet."""
        if not self.total:
            return "info"
        if self.late:
            return "red" if self.late * 2 >= self.total else "yellow"
        return "green"


@dataclass(frozen=True)
class Outcomes:
    """The decisions of the meeting by kind and number, what is brought from earlier ones, and the sum of it."""

    decisions: list[DecisionLine]
    carried: list[DecisionLine]
    summary: Summary

    def groups(self) -> list[tuple[str, list[DecisionLine]]]:
        """(kind, its decisions) in the order of the kinds."""
        return [
            (kind, found) for kind in _KIND_ORDER if (found := [line for line in self.decisions if line.kind == kind])
        ]


def outcomes(who: Identity, meeting: Detail) -> Outcomes:
    """Everything that came from `meeting` and is visible to `who`, and what its predecessors left open.

    Four queries (five where commitments came of it), whatever the number of decisions.
    """
    earlier = {link.id: link for link in meeting.before}
    rows = db.session.execute(select(Decision).where(Decision.meeting_id.in_([meeting.id, *earlier]))).scalars()
    own: list[Decision] = []
    before: list[Decision] = []
    for row in rows:
        (own if row.meeting_id == meeting.id else before).append(row)
    ids = [row.id for row in own + before]
    mine = {row.id for row in own}
    children, hidden = _children(who, ids, mine) if ids else ({}, set())
    own.sort(key=lambda row: (_KIND_ORDER.index(row.kind), row.number))
    before.sort(key=lambda row: (-earlier[row.meeting_id].held_on.toordinal(), _KIND_ORDER.index(row.kind), row.number))
    lines = [_line(row, children.get(row.id, []), elsewhere=row.id in hidden) for row in own]
    carried = [
        _line(row, children[row.id], source=earlier[row.meeting_id].title if earlier[row.meeting_id].seen else "")
        for row in before
        if children.get(row.id)
    ]
    return Outcomes(lines, carried, _summary(child for line in lines for child in line.children))


def _line(row: Decision, children: list[Child], *, elsewhere: bool = False, source: str = "") -> DecisionLine:
    return DecisionLine(
        row.id, row.kind, row.number, row.text, row.by, row.is_example, children, elsewhere, row.meeting_id, source
    )


def _children(who: Identity, ids: list[int], mine: set[int]) -> tuple[dict[int, list[Child]], set[int]]:
    """({decision: visible children}, decisions with children that others own).

    Of the meeting's own decisions (`mine`) everything, of earlier ones what is still open.
    """
    today = clock.today()
    found: dict[int, list[Child]] = {}
    hidden: set[int] = set()
    rows = db.session.execute(_commitments(who, ids, mine)).all()
    served = activities.counts_of_commitments([row.id for row in rows if row.seen], who)
    for row in rows:
        if row.seen:
            found.setdefault(row.decision_id, []).append(_commitment(row, today, served.get(row.id, 0)))
        else:
            hidden.add(row.decision_id)
    for row in db.session.execute(_followups(who, ids, mine)):
        if row.seen:
            found.setdefault(row.decision_id, []).append(_followup(row, today))
        else:
            hidden.add(row.decision_id)
    return found, hidden


def _seen(scope: type[Any], key: Any, who: Identity) -> ColumnElement[bool]:
    return (true() if who.of_office else visible(scope, key, who)).label("seen")


def _commitments(who: Identity, ids: list[int], mine: set[int]) -> Any:
    return (
        select(
            Commitment.id,
            Commitment.title,
            Commitment.decision_id,
            Commitment.due_on,
            Commitment.period_start,
            Commitment.status,
            Commitment.finished_on,
            Commitment.report_state,
            Commitment.news_on,
            Commitment.last_report_on,
            Commitment.achievement,
            Commitment.is_example,
            LABEL.label("owner"),
            _seen(CommitmentScope, Commitment.id, who),
        )
        .join(Organization, Organization.id == Commitment.organization_id)
        .where(
            Commitment.decision_id.in_(ids),
            or_(Commitment.decision_id.in_(mine), Commitment.status.in_(_OPEN_COMMITMENTS)),
        )
        .order_by(Commitment.due_on, Commitment.id)
        .limit(MOST)
    )


def _followups(who: Identity, ids: list[int], mine: set[int]) -> Any:
    """Follow-ups of the decisions, and those of the commitments that came from them."""
    decision_id = func.coalesce(Followup.decision_id, Commitment.decision_id)
    of_ids = select(Commitment.id).where(Commitment.decision_id.in_(ids))
    return (
        select(
            Followup.id,
            Followup.title,
            decision_id.label("decision_id"),
            Followup.due_on,
            Followup.status,
            Followup.finished_on,
            Followup.report_state,
            Followup.is_example,
            LABEL.label("owner"),
            _seen(FollowupScope, Followup.id, who),
        )
        .join(Organization, Organization.id == Followup.organization_id)
        .outerjoin(Commitment, Commitment.id == Followup.commitment_id)
        .where(
            or_(Followup.decision_id.in_(ids), Followup.decision_id.is_(None) & Followup.commitment_id.in_(of_ids)),
            or_(decision_id.in_(mine), Followup.status.not_in(followups.CLOSED)),
        )
        .order_by(Followup.due_on, Followup.id)
        .limit(MOST)
    )


def _commitment(row: Any, today: date, served: int) -> Child:
    states = commitments.states_of(row, today)
    return Child(
        is_commitment=True,
        id=row.id,
        title=row.title,
        owner=row.owner,
        due_on=row.due_on,
        states=states,
        is_open=row.status in _OPEN_COMMITMENTS,
        is_example=row.is_example,
        achievement=row.achievement,
        activities=served,
    )


def _followup(row: Any, today: date) -> Child:
    states = followups.states_of(row, today)
    return Child(
        is_commitment=False,
        id=row.id,
        title=row.title,
        owner=row.owner,
        due_on=row.due_on,
        states=states,
        is_open=row.status not in followups.CLOSED,
        is_example=row.is_example,
    )


_WAITING = {"submitted", "proposed_done", "proposed_not_feasible"}
_DONE = {"done", "done_late"}


def _summary(children: Iterable[Child]) -> Summary:
    """Each one is counted once: closed, else late, else waiting for verification, else running."""
    found = list(children)
    is_open = [child for child in found if child.is_open]
    done = sum(child.states[0].key in _DONE for child in found)
    late = [child.late for child in is_open if child.late]
    waiting = sum(not child.late and child.states[-1].key in _WAITING for child in is_open)
    return Summary(len(found), done, len(found) - len(is_open) - done, len(late), waiting, max(late, default=0))
