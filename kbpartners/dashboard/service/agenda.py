"""The next meeting, and how the decisions of the last one stand."""

from __future__ import annotations

from datetime import date, time
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, func, select, union_all

from kbpartners import clock, formats
from kbpartners.commitments.models import ACTIVE, PROPOSED_DONE, Commitment
from kbpartners.commitments.models import DONE as COMMITMENT_DONE
from kbpartners.db import fetch, fetch_one
from kbpartners.followups.models import CLOSED, DONE, Followup
from kbpartners.meetings.models import Decision, Meeting, MeetingScope
from kbpartners.security import Identity, seen_by_units


class NextMeeting(NamedTuple):
    """The meeting to come; `left_open` is how many follow-ups of its predecessor are not closed."""

    id: int
    title: str
    held_on: date
    starts_at: time | None
    place: str
    is_example: bool
    left_open: int

    @property
    def days(self) -> int:
        """Days until it begins; 0 on its day."""
        return max(0, (self.held_on - clock.today()).days)

    @property
    def weekday(self) -> str:
        """ "Selasa"."""
        return formats.date_long(self.held_on).partition(",")[0]

    @property
    def month(self) -> str:
        """ "Jun", as on a calendar's leaf."""
        return formats.date_day_month(self.held_on).partition(formats.NBSP)[2][:3]


_TODAY = bindparam("today", type_=Date())
_LEFT_OPEN = (
    select(func.count(Followup.id))
    .join(Decision, Decision.id == Followup.decision_id)
    .where(Decision.meeting_id == Meeting.predecessor_id, Followup.status.not_in(CLOSED))
)
_NEXT = (
    select(
        Meeting.id,
        Meeting.title,
        Meeting.held_on,
        Meeting.starts_at,
        Meeting.place,
        Meeting.is_example,
        _LEFT_OPEN.scalar_subquery(),
    )
    .join(MeetingScope, MeetingScope.record_id == Meeting.id)
    .where(
        MeetingScope.unit_id.in_(bindparam("units", expanding=True)),
        MeetingScope.is_open,
        MeetingScope.sort_on >= _TODAY,
    )
    .order_by(MeetingScope.sort_on, Meeting.id)
    .limit(1)
)


def next_meeting(who: Identity) -> NextMeeting | None:
    """The soonest meeting to which the person's units are invited and whose last day is not over."""
    row = fetch_one(_NEXT, {"units": who.unit_ids, "today": clock.today()})
    return NextMeeting._make(row) if row else None


class DecisionLine(NamedTuple):
    """A decision and how many of what came from it are done, open, and late among the open ones."""

    id: int
    kind: str
    number: int
    text: str
    done: int = 0
    open: int = 0
    late: int = 0

    @property
    def words(self) -> str:
        """ "Arahan 1"."""
        return f"{formats.word('decision_kind', self.kind)} {self.number}"

    def counted(self, done: int, still_open: int, late: int) -> DecisionLine:
        return self._replace(done=done, open=still_open, late=late)


class LastMeeting(NamedTuple):
    """The latest meeting that decided something, with its decisions."""

    id: int
    title: str
    held_on: date
    is_example: bool
    decisions: list[DecisionLine]


_LAST = (
    select(Meeting.id, Meeting.title, Meeting.held_on, Meeting.is_example)
    .where(
        Meeting.held_on <= _TODAY,
        seen_by_units(MeetingScope, Meeting.id),
        select(Decision.id).where(Decision.meeting_id == Meeting.id).exists(),
    )
    .order_by(Meeting.held_on.desc(), Meeting.id.desc())
    .limit(1)
)
_DECIDED = (
    select(Decision.id, Decision.kind, Decision.number, Decision.text)
    .where(Decision.meeting_id == bindparam("meeting"))
    .order_by(Decision.id)
    .limit(bindparam("most"))
)


def last_meeting(who: Identity, limit: int = 12) -> LastMeeting | None:
    """The latest past meeting with decisions that `who` may see, and how they stand (three queries)."""
    row = fetch_one(_LAST, {"units": who.unit_ids, "today": clock.today()})
    if row is None:
        return None
    lines = [DecisionLine(*line) for line in fetch(_DECIDED, {"meeting": row.id, "most": limit})]
    counts = _standing([line.id for line in lines])
    id_, title, held_on, is_example = row
    return LastMeeting(
        id_, title, held_on, is_example, [line.counted(*counts.get(line.id, (0, 0, 0))) for line in lines]
    )


def _stands(model: Any, finished: ColumnElement[bool], is_open: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            model.decision_id,
            func.sum(case((finished, 1), else_=0)),
            func.sum(case((is_open, 1), else_=0)),
            func.sum(case((and_(is_open, model.due_on < _TODAY), 1), else_=0)),
        )
        .where(model.decision_id.in_(bindparam("decisions", expanding=True)))
        .group_by(model.decision_id)
    )


_STANDING = union_all(
    _stands(Commitment, Commitment.status == COMMITMENT_DONE, Commitment.status.in_((ACTIVE, PROPOSED_DONE))),
    _stands(Followup, Followup.status == DONE, Followup.status.not_in(CLOSED)),
)


def _standing(decision_ids: list[int]) -> dict[int, tuple[int, int, int]]:
    """{decision id: (done, open, late)}, commitments and follow-ups together."""
    found: dict[int, tuple[int, int, int]] = {}
    for decision_id, done, still, late in fetch(_STANDING, {"decisions": decision_ids, "today": clock.today()}):
        before = found.get(decision_id, (0, 0, 0))
        found[decision_id] = (before[0] + done, before[1] + still, before[2] + late)
    return found
