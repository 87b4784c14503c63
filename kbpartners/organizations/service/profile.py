"""What the page of a partner shows beside its own data: commitments by light, what is coming and what has been."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, literal, select, true, union_all
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.activities.models import CANCELLED, Activity, ActivityScope
from kbpartners.activities.models import state as activity_state
from kbpartners.commitments.models import Commitment, CommitmentScope, states_of
from kbpartners.commitments.service.rules import Lamp, lamp_of
from kbpartners.db import db
from kbpartners.meetings.models import Meeting, MeetingScope
from kbpartners.organizations.models import Organization
from kbpartners.organizations.service.listing import Detail, commitment_counts, detail_with
from kbpartners.scopes import Relation, Tally
from kbpartners.security import Identity, Role, visible

MOST_LIGHTS = 500
"""Open commitments whose lights are looked at, the next due first."""
TAKES_PART = (Relation.OWNER, Relation.SUPPORT)
COLORS = ("red", "yellow", "green", "info")


# --- commitments -------------------------------------------------------------------------------------------------


class CommitmentRow(NamedTuple):
    """An open commitment with its light and the reason. `supports`: the unit helps, another one owns it."""

    id: int
    title: str
    due_on: date
    owner: str
    supports: bool
    badges: list[formats.Badge]
    lamp: Lamp | None
    reached: int | None

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id)

    @property
    def late(self) -> bool:
        return self.lamp is not None and self.lamp.color == "red"


class Lights(NamedTuple):
    """The open commitments of a unit by light. `all`: none was left out of the count."""

    rows: list[CommitmentRow]
    counts: dict[str, int]
    all: bool

    @property
    def cells(self) -> list[tuple[str, str, int]]:
        """(colour, word, how many) of the lights that burn, the most urgent first."""
        return [(color, word, self.counts[word]) for color, word in self.words if self.counts[word]]

    @property
    def supported(self) -> int:
        """How many of them other units own."""
        return sum(row.supports for row in self.rows)

    @property
    def words(self) -> list[tuple[str, str]]:
        known = {row.lamp.word: row.lamp.color for row in self.rows if row.lamp}
        return sorted(((color, word) for word, color in known.items()), key=lambda pair: COLORS.index(pair[0]))


_OPEN = (
    select(
        Commitment.id,
        Commitment.title,
        Commitment.due_on,
        Organization.name.label("owner"),
        CommitmentScope.relation,
        Commitment.status,
        Commitment.period_start,
        Commitment.finished_on,
        Commitment.report_state,
        Commitment.news_on,
        Commitment.last_report_on,
        Commitment.obstacle,
        Commitment.achievement,
        Commitment.indicators_total,
        Commitment.indicators_reported,
    )
    .select_from(CommitmentScope)
    .join(Commitment, Commitment.id == CommitmentScope.record_id)
    .join(Organization, Organization.id == Commitment.organization_id)
    .where(CommitmentScope.is_open)
    .order_by(CommitmentScope.sort_on, CommitmentScope.record_id)
)


def lights(who: Identity, unit: Detail, most: int = MOST_LIGHTS) -> Lights:
    """The open commitments of a unit (its own, those of units below it, those it supports), each with its light.

    A walk along the unit's scope rows; others than the office see of them what they see anyway. On the office's own
    page these are everybody's, as in its counts.
    """
    query = _OPEN.where(CommitmentScope.unit_id == unit.id).limit(most + 1)
    if not is_office(unit):
        query = query.where(CommitmentScope.relation.in_(TAKES_PART))
    if not who.of_office:
        mine = aliased(CommitmentScope)
        query = query.where(visible(mine, Commitment.id, who))
    today = clock.today()
    found = db.session.execute(query).all()
    rows = [_commitment(row, today) for row in found[:most]]
    counts = Counter(row.lamp.word for row in rows if row.lamp)
    return Lights(rows, dict(counts), len(found) <= most)


def _commitment(row: Any, today: date) -> CommitmentRow:
    light = lamp_of(row, today)
    badges = [formats.badge(state) for state in states_of(row, today)]
    return CommitmentRow(
        row.id, row.title, row.due_on, row.owner, row.relation == Relation.SUPPORT, badges, light, row.achievement
    )


def is_office(unit: Detail) -> bool:
    """Whether it is BKKBN's own root, to which every record is shown."""
    return unit.category == "bkkbn" and unit.parent_id is None


class Counts(NamedTuple):
    """How much of each is open, and how much of that is late."""

    open: int
    late: int
    followups: int
    followups_late: int


def head(who: Identity, organization_id: int) -> tuple[Detail, Counts]:
    """A unit with its open and late commitments and follow-ups (its own and those of units below it), as `who` may
    count them: an OPD-KB counts what it sees, and follow-ups of its own units only. One query. Raises NotFound."""
    total = select(func.coalesce(func.sum(Tally.n), 0)).where(
        Tally.unit_id == Organization.id, Tally.measure == "followup_due"
    )
    late = total.where(Tally.day < clock.today())
    columns = [*commitment_counts(who), total.scalar_subquery(), late.scalar_subquery()]
    unit, found = detail_with(who, organization_id, columns)
    if who.role is Role.OPD and not unit.own:
        found = (*found[:2], 0, 0)
    return unit, Counts(*found)


# --- what is coming and what has been ----------------------------------------------------------------------------


class Event(NamedTuple):
    """An activity or a meeting of a unit. `note`: the kind of the meeting or the code of the activity."""

    kind: str
    id: int
    title: str
    starts_on: date
    ends_on: date
    badge: formats.Badge | None
    note: str

    @property
    def href(self) -> str:
        return f"/{'kegiatan' if self.kind == 'activity' else 'rapat'}/{self.id}"


class Month(NamedTuple):
    """The events of one month under its name."""

    name: str
    events: list[Event]


class Agenda(NamedTuple):
    """Activities to come (the next first) and past (the latest first), and the meetings likewise."""

    coming: list[Event]
    past: list[Event]
    meetings: list[Event]

    @property
    def months(self) -> list[Month]:
        """The activities month by month: those that have been, then those to come."""
        found: dict[tuple[int, int], list[Event]] = {}
        for event in sorted((*self.coming, *self.past), key=lambda event: (event.starts_on, event.id)):
            found.setdefault((event.starts_on.year, event.starts_on.month), []).append(event)
        return [Month(_month(events[0].starts_on), events) for events in found.values()]


def agenda(who: Identity, unit: Detail, *, coming: int = 6, past: int = 4, meetings: int = 4) -> Agenda:
    """The activities that a unit (or one below it) takes part in and the meetings it was invited to. One query."""
    today = clock.today()
    acts = _activities(who, unit)
    ahead, ago = ActivityScope.sort_on, ActivityScope.sort_on.desc()
    number = ActivityScope.record_id
    parts = [
        acts.where(Activity.planned_until >= today).order_by(ahead, number).limit(coming),
        acts.where(Activity.planned_until < today).order_by(ago, number.desc()).limit(past),
        _meetings(who, unit).order_by(MeetingScope.sort_on.desc(), MeetingScope.record_id.desc()).limit(meetings),
    ]
    rows = db.session.execute(union_all(*(select(part.subquery()) for part in parts))).all()
    found = [_event(row, today) for row in rows]
    return Agenda(
        sorted((e for e in found if e.kind == "activity" and e.ends_on >= today), key=lambda e: (e.starts_on, e.id)),
        sorted((e for e in found if e.kind == "activity" and e.ends_on < today), key=_latest_first),
        sorted((e for e in found if e.kind == "meeting"), key=_latest_first),
    )


def _month(day: date) -> str:
    """ "Juni 2026"."""
    return formats.date_medium(day).partition(formats.NBSP)[2]


def _latest_first(event: Event) -> tuple[int, int]:
    return -event.starts_on.toordinal(), -event.id


def _activities(who: Identity, unit: Detail) -> Any:
    return (
        select(
            literal("activity").label("kind"),
            Activity.id,
            Activity.title,
            Activity.planned_on.label("starts_on"),
            Activity.planned_until.label("ends_on"),
            Activity.status,
            case((Activity.return_note != "", 1), else_=0).label("returned"),
        )
        .join(ActivityScope, ActivityScope.record_id == Activity.id)
        .where(
            ActivityScope.unit_id == unit.id,
            ActivityScope.relation.in_(TAKES_PART),
            Activity.status != CANCELLED,
            _seen(who, ActivityScope, Activity.id),
        )
    )


def _meetings(who: Identity, unit: Detail) -> Any:
    return (
        select(
            literal("meeting").label("kind"),
            Meeting.id,
            Meeting.title,
            Meeting.held_on.label("starts_on"),
            func.coalesce(Meeting.ends_on, Meeting.held_on).label("ends_on"),
            Meeting.kind.label("status"),
            literal(0).label("returned"),
        )
        .join(MeetingScope, MeetingScope.record_id == Meeting.id)
        .where(MeetingScope.unit_id == unit.id, MeetingScope.is_open, _seen(who, MeetingScope, Meeting.id))
    )


def _seen(who: Identity, scope: Any, key: Any) -> ColumnElement[bool]:
    return true() if who.of_office else visible(aliased(scope), key, who)


def _event(row: Any, today: date) -> Event:
    if row.kind == "meeting":
        return Event._make((*row[:5], None, formats.word("meeting_kind", row.status)))
    state = activity_state(
        status=row.status,
        planned_on=row.starts_on,
        planned_until=row.ends_on,
        returned=bool(row.returned),
        today=today,
    )
    return Event._make((*row[:5], formats.badge(state), formats.activity_code(row.id)))
