"""One change to many commitments: what is chosen, and what would happen (`deeds` does it).

What is confirmed is bound to what was counted: `Choice.seen` holds each commitment with its version, and `drift` tells
what has changed since. Nothing verifies or closes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.commitments.service import listing, mass
from kbpartners.commitments.service.listing import ORGANIZATION, Filters
from kbpartners.commitments.service.rules import OPEN, Standing
from kbpartners.db import fetch, fetch_one
from kbpartners.errors import Invalid
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.security import Identity

MOST = 10_000
"""Commitments in one deed: so many are written within seconds; whoever means more narrows the list first."""
MOST_DAYS = 3660
DUE, SHIFT, COUNTERPART, PERIOD = "due_on", "shift", "counterpart", "period"
ACTIONS = (DUE, SHIFT, COUNTERPART, PERIOD)


class Seen(NamedTuple):
    """A commitment as it was when somebody looked: another version or another state is a change."""

    id: int
    version: int
    is_open: bool = True


@dataclass(frozen=True)
class Choice:
    """What is chosen: everything that matches `filters`, or (`filters` is None) the commitments in `seen`."""

    seen: tuple[Seen, ...] = ()
    filters: Filters | None = None


class Item(NamedTuple):
    """A chosen commitment, as far as a deed looks at it."""

    id: int
    version: int
    title: str
    organization: str
    path: str
    status: str
    period_start: date
    period_end: date
    due_on: date
    report_state: str
    news_on: date
    last_report_on: date | None
    created_at: Any
    counterpart_id: int | None
    counterpart: str | None

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def seen(self) -> Seen:
        return Seen(self.id, self.version, self.is_open)

    @property
    def standing(self) -> Standing:
        return Standing(self.status, self.report_state, self.due_on, self.news_on, self.last_report_on)


_Team = aliased(Organization)
_ITEMS = (
    select(
        Commitment.id,
        Commitment.version,
        Commitment.title,
        ORGANIZATION,
        Organization.path,
        Commitment.status,
        Commitment.period_start,
        Commitment.period_end,
        Commitment.due_on,
        Commitment.report_state,
        Commitment.news_on,
        Commitment.last_report_on,
        Commitment.created_at,
        Commitment.counterpart_id,
        _Team.name,
    )
    .join(Organization, Organization.id == Commitment.organization_id)
    .outerjoin(_Team, _Team.id == Commitment.counterpart_id)
    .where(
        Commitment.id.in_(bindparam("ids", expanding=True)),
        select(CommitmentScope.unit_id)
        .where(
            CommitmentScope.record_id == Commitment.id,
            CommitmentScope.unit_id.in_(bindparam("units", expanding=True)),
        )
        .exists(),
    )
)


def find(who: Identity, choice: Choice) -> list[Item]:
    """The chosen commitments that `who` sees, as they are now, by due day. Raises Invalid if they are too many."""
    if choice.filters is None:
        ids = [seen.id for seen in choice.seen]
    else:
        ids = listing.matching(who, choice.filters, MOST + 1)
    if len(ids) > MOST:
        raise Invalid(
            _("Lebih dari %(n)s komitmen cocok. Saring lebih sempit dahulu.", n=formats.number(MOST)), field="rows"
        )
    items = [Item(*row) for part in mass.batches(ids) for row in fetch(_ITEMS, {"ids": part, "units": who.unit_ids})]
    return sorted(items, key=lambda item: (item.due_on, item.id))


class Drift(NamedTuple):
    """What has changed since somebody looked: changed by others, no longer there, newly matching."""

    changed: list[Item]
    gone: list[str]
    new: list[Item]

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.new)


def drift(choice: Choice, now: Sequence[Item]) -> Drift:
    """The differences between what was seen and what is there now. Nothing seen yet: no difference."""
    seen = {row.id: row for row in choice.seen}
    if not seen:
        return Drift([], [], [])
    present = {item.id for item in now}
    return Drift(
        [item for item in now if item.id in seen and item.seen != seen[item.id]],
        [formats.commitment_code(id_) for id_ in sorted(seen.keys() - present)],
        [item for item in now if item.id not in seen],
    )


def untouched(choice: Choice, now: Sequence[Item]) -> Choice:
    """Only what is as it was seen, as a choice of its own."""
    seen = set(choice.seen)
    return Choice(tuple(item.seen for item in now if item.seen in seen))


def looked_at(choice: Choice, now: Sequence[Item]) -> Choice:
    """The same choice, seen as it is now."""
    return replace(choice, seen=tuple(item.seen for item in now))


# --- what would happen -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """What is to be done to all. `action` says which of the values count; an empty day of the period stays."""

    action: str
    due_on: date | None = None
    days: int | None = None
    counterpart_id: int | None = None
    period_start: date | None = None
    period_end: date | None = None
    reason: str = ""
    leave_out: bool = False


class Step(NamedTuple):
    """A commitment and what it becomes."""

    item: Item
    due_on: date
    period_start: date
    period_end: date
    counterpart_id: int | None

    @property
    def moved(self) -> int:
        """By how many days the due day moves; less than 0: it comes earlier."""
        return (self.due_on - self.item.due_on).days

    @property
    def takes_period(self) -> bool:
        return (self.period_start, self.period_end) != (self.item.period_start, self.item.period_end)

    @property
    def changes(self) -> bool:
        return bool(self.moved) or self.takes_period or self.counterpart_id != self.item.counterpart_id

    @property
    def news_on(self) -> date:
        """The last sign of life: the last report, or the first day on which news could be expected."""
        first = max(self.period_start, clock.to_local(self.item.created_at).date())
        return max(first, self.item.last_report_on or first)

    @property
    def standing(self) -> Standing:
        return self.item.standing._replace(due_on=self.due_on, news_on=self.news_on)

    @property
    def problem(self) -> str:
        """Why this cannot be; "" if it can."""
        if self.due_on < self.period_start:
            return _(
                "tenggat %(due)s sebelum mulai %(start)s",
                due=formats.date_medium(self.due_on),
                start=formats.date_medium(self.period_start),
            )
        if self.period_end < self.period_start:
            return _(
                "akhir periode %(end)s sebelum mulai %(start)s",
                end=formats.date_medium(self.period_end),
                start=formats.date_medium(self.period_start),
            )
        return ""


class Plan(NamedTuple):
    """What a change does to the chosen ones: `steps` change, `closed` and `same` are passed over, `wrong` break a rule.

    `counterpart` is the name of the new team, for the log.
    """

    steps: list[Step]
    closed: list[Item]
    same: list[Item]
    wrong: list[tuple[Item, str]]
    counterpart: str = ""

    @property
    def later(self) -> int:
        return sum(step.moved > 0 for step in self.steps)

    @property
    def earlier(self) -> int:
        return sum(step.moved < 0 for step in self.steps)

    @property
    def periods(self) -> int:
        """How many periods end on another day because they ended on the due day."""
        return sum(bool(step.moved) and step.takes_period for step in self.steps)


def plan(items: Iterable[Item], change: Change) -> Plan:
    """What would happen. Raises Invalid with the field that is missing or makes no sense; writes nothing."""
    counterpart = check(change)
    steps: list[Step] = []
    closed, same, wrong = list[Item](), list[Item](), list[tuple[Item, str]]()
    for item in items:
        if not item.is_open:
            closed.append(item)
            continue
        step = _step(item, change)
        if not step.changes:
            same.append(item)
        elif step.problem:
            wrong.append((item, step.problem))
        else:
            steps.append(step)
    return Plan(steps, closed, same, wrong, counterpart)


def check(change: Change) -> str:
    """Raise Invalid on the field that is missing or makes no sense. Returns the name of the new counterpart, or ""."""
    if change.action not in ACTIONS:
        raise Invalid(_("Pilih apa yang diubah."), field="action")
    if change.action == DUE and change.due_on is None:
        raise Invalid(_("Tulis tenggat baru."), field="due_on")
    if change.action == SHIFT and (not change.days or abs(change.days) > MOST_DAYS):
        raise Invalid(_("Tulis berapa hari, misalnya 14 atau -7; paling jauh sepuluh tahun."), field="days")
    if change.action in (DUE, SHIFT) and not change.reason.strip():
        raise Invalid(_("Tulis alasannya. Mitra membacanya di halaman komitmen."), field="reason")
    if change.action == PERIOD and change.period_start is None and change.period_end is None:
        raise Invalid(_("Tulis tanggal mulai atau akhir yang baru."), field="period_start")
    return _team(change.counterpart_id) if change.action == COUNTERPART else ""


_TEAM = select(Organization.name, Organization.ended_on).where(Organization.id == bindparam("id"))


def _team(counterpart_id: int | None) -> str:
    found = fetch_one(_TEAM, {"id": counterpart_id}) if counterpart_id else None
    if found is None or found.ended_on is not None:
        raise Invalid(_("Pilih tim kerja yang masih ada."), field="counterpart_id")
    return found.name


def _step(item: Item, change: Change) -> Step:
    due, start, end, team = item.due_on, item.period_start, item.period_end, item.counterpart_id
    if change.action in (DUE, SHIFT):
        due = change.due_on or due if change.action == DUE else due + timedelta(days=change.days or 0)
        end = due if end == item.due_on else end  # a period without an end of its own ends on the due day
    elif change.action == COUNTERPART:
        team = change.counterpart_id
    else:
        start, end = change.period_start or start, change.period_end or end
    return Step(item, due, start, end, team)


def by_partner(items: Iterable[Item]) -> dict[int, int]:
    """How many of the chosen ones belong to each partner: {root of the owner's tree: count}, the most first."""
    found: dict[int, int] = {}
    for item in items:
        root = path_ids(item.path)[0]
        found[root] = found.get(root, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
