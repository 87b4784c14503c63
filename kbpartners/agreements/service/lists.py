"""The list of documents: a walk along the scope index by the last day in force, continued by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.agreements.conditions import holds, seen_by
from kbpartners.agreements.models import (
    DRAFT,
    EXPIRED,
    EXPIRING,
    IN_FORCE,
    RENEWED,
    TERMINATED,
    Agreement,
    AgreementScope,
    Party,
    last_day,
    state_of,
)
from kbpartners.agreements.service.facts import warning_days
from kbpartners.db import fetch
from kbpartners.formats import State
from kbpartners.organizations.models import Organization
from kbpartners.organizations.service import office_id
from kbpartners.scopes import beyond, read_key
from kbpartners.security import Identity

SIZE = 50
STATUSES = (IN_FORCE, EXPIRING, EXPIRED, DRAFT, RENEWED, TERMINATED)
WITHIN = (30, 90, 180, 365)
SOONEST_FIRST = frozenset({EXPIRING, IN_FORCE})
_Renewal = aliased(Agreement)


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. `within`: it ends in so many days. `sort`: ends_on, -ends_on or "" (fitting)."""

    q: str = ""
    kind: str = ""
    status: str = ""
    organization_id: int | None = None
    within: int | None = None
    sort: str = ""

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.kind or self.status or self.organization_id or self.within)

    @property
    def forward(self) -> bool:
        """Whether what ends first stands first."""
        return self.sort == "ends_on" or (self.sort == "" and bool(self.within or self.status in SOONEST_FIRST))


class PartyLine(NamedTuple):
    """A party in a row: its short name, its number."""

    name: str
    number: str


class Line(NamedTuple):
    """One row of the list."""

    id: int
    sort_on: date
    kind: str
    title: str
    signed_on: date | None
    starts_on: date | None
    ends_on: date | None
    ended_on: date | None
    renewed_on: date | None
    is_example: bool
    parties: tuple[PartyLine, ...] = ()

    @property
    def words(self) -> str:
        return formats.word("agreement_kind", self.kind)

    @property
    def last_day(self) -> date | None:
        return last_day(self.ends_on, self.ended_on)

    def state(self, today: date) -> State:
        return state_of(self, today, warning_days())


class Page(NamedTuple):
    """A page of the list; `after` is the key of the next page, "" on the last one."""

    rows: list[Line]
    after: str


_LINES = (
    select(
        Agreement.id,
        AgreementScope.sort_on,
        Agreement.kind,
        Agreement.title,
        Agreement.signed_on,
        Agreement.starts_on,
        Agreement.ends_on,
        Agreement.ended_on,
        _Renewal.signed_on,
        Agreement.is_example,
    )
    .join(Agreement, Agreement.id == AgreementScope.record_id)
    .outerjoin(_Renewal, _Renewal.renews_id == Agreement.id)
    .where(AgreementScope.is_open == true())
)


def listed(who: Identity, filters: Filters, *, after: str = "", size: int = SIZE) -> Page:
    """A page of the documents that `who` may see. At most three queries, whatever the number of rows."""
    unit = filters.organization_id or (who.unit_ids[0] if who.of_office else office_id())
    query = _LINES.where(AgreementScope.unit_id == unit, seen_by(who), *_conditions(filters))
    day, number = AgreementScope.sort_on, AgreementScope.record_id
    if key := read_key(after):
        query = query.where(beyond(AgreementScope.sort_on, AgreementScope.record_id, key, forward=filters.forward))
    order = (day, number) if filters.forward else (day.desc(), number.desc())
    rows = [Line(*row) for row in fetch(query.order_by(*order).limit(size + 1))]
    more = f"{rows[size - 1].sort_on.isoformat()}.{rows[size - 1].id}" if len(rows) > size else ""
    return Page(_with_parties(rows[:size]), more)


def of_organization(organization_id: int, who: Identity, limit: int = 10) -> list[Line]:
    """The documents of a unit and of the units below it that `who` may see, what is in force longest first."""
    return listed(who, Filters(organization_id=organization_id, sort="-ends_on"), size=limit).rows


def _with_parties(rows: list[Line]) -> list[Line]:
    if not rows:
        return rows
    query = (
        select(Party.agreement_id, Organization.name, Organization.short_name, Party.number)
        .join(Organization, Organization.id == Party.organization_id)
        .where(Party.agreement_id.in_([row.id for row in rows]))
        .order_by(Party.agreement_id, Party.position)
    )
    found: dict[int, list[PartyLine]] = {}
    for agreement_id, name, short, number in fetch(query):
        found.setdefault(agreement_id, []).append(PartyLine(short or name, number))
    return [row._replace(parties=tuple(found.get(row.id, ()))) for row in rows]


# --- conditions --------------------------------------------------------------------------------------------------


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    today = clock.today()
    found: list[ColumnElement[bool]] = []
    if filters.q:
        found.append(holds(filters.q))
    if filters.kind:
        found.append(Agreement.kind == filters.kind)
    if filters.status:
        found.append(_has_status(filters.status, today))
    if filters.within:
        until = today + timedelta(days=filters.within)
        found += [_in_term(today), AgreementScope.sort_on.between(today, until)]
    return found


def _in_term(today: date) -> ColumnElement[bool]:
    """Signed, neither ended nor renewed; its last day may have passed."""
    return and_(
        Agreement.signed_on <= today,
        or_(Agreement.ended_on.is_(None), Agreement.ended_on > today),
        or_(_Renewal.signed_on.is_(None), _Renewal.signed_on > today),
    )


def _has_status(status: str, today: date) -> ColumnElement[bool]:
    """The rule of `models.state` for a query; a test compares the two over the edges of days."""
    signed, begun = Agreement.signed_on <= today, Agreement.starts_on <= today
    ended = Agreement.ended_on <= today
    last, horizon = AgreementScope.sort_on, today + timedelta(days=warning_days())
    conditions: dict[str, ColumnElement[bool]] = {
        DRAFT: or_(Agreement.signed_on.is_(None), Agreement.signed_on > today),
        TERMINATED: and_(signed, ended),
        RENEWED: and_(signed, or_(Agreement.ended_on.is_(None), ~ended), _Renewal.signed_on <= today),
        EXPIRED: and_(_in_term(today), begun, last < today),
        EXPIRING: and_(_in_term(today), begun, last.between(today, horizon)),
        IN_FORCE: and_(_in_term(today), or_(~begun, last > horizon)),
    }
    return conditions[status]
