"""Lists of activities: a walk along the scope index by planned date, and the short lists that other pages show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, and_, bindparam, func, or_, select, union_all
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.activities.models import (
    CANCELLED,
    PLANNED,
    REPORTED,
    VERIFIED,
    Activity,
    ActivityCommitment,
    ActivityOrganization,
    ActivityScope,
    state,
)
from kbpartners.attachments.models import Attachment
from kbpartners.db import db, fetch
from kbpartners.formats import State
from kbpartners.kampung.models import Kampung
from kbpartners.organizations.models import Organization
from kbpartners.regions.models import Region
from kbpartners.scopes import Key, Relation, beyond, read_key
from kbpartners.security import Identity, seen_by_units, visible

SIZE = 50
OPEN_STATES = ("planned", "ongoing", "awaiting_report", "returned", "reported")
STATES = (*OPEN_STATES, "verified", "cancelled")
_TAKES_PART = (Relation.OWNER, Relation.SUPPORT)


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. `status` is a derived state; `sort` is `-planned_on` (default) or `planned_on`."""

    q: str = ""
    organization_id: int | None = None
    region_id: int | None = None
    planned_from: date | None = None
    planned_to: date | None = None
    status: str = ""
    family_function: str = ""
    sort: str = "-planned_on"


class Line(NamedTuple):
    """One activity in a list. `partners` are those who take part beside the organiser."""

    id: int
    title: str
    family_function: str
    planned_on: date
    planned_until: date
    realised_on: date | None
    status: str
    return_note: str
    participants: int | None
    is_example: bool
    kampung_id: int
    kampung: str
    district: str
    regency: str
    organizer: str
    partners: str | None
    evidence: int

    @property
    def code(self) -> str:
        return formats.activity_code(self.id)

    @property
    def state(self) -> State:
        """What is to be shown today."""
        return state(
            status=self.status,
            planned_on=self.planned_on,
            planned_until=self.planned_until,
            returned=bool(self.return_note),
            today=clock.today(),
        )


@dataclass(frozen=True)
class Page:
    """A page of the list; `after` is the key of the next one, "" on the last."""

    rows: list[Line]
    after: str


@dataclass(frozen=True)
class Serving:
    """The activities that serve a commitment: the latest of them, and how many the reader may see in all."""

    rows: list[Line]
    count: int


Query = Select[*tuple[Any, ...]]
LABEL = func.coalesce(func.nullif(Organization.short_name, ""), Organization.name)
_Partner = aliased(Organization)
_District, _Regency = aliased(Region), aliased(Region)
_PARTNERS = (
    select(func.aggregate_strings(func.coalesce(func.nullif(_Partner.short_name, ""), _Partner.name), ", "))
    .select_from(ActivityOrganization)
    .join(_Partner, _Partner.id == ActivityOrganization.organization_id)
    .where(
        ActivityOrganization.activity_id == Activity.id,
        ActivityOrganization.organization_id != Activity.organization_id,
    )
    .scalar_subquery()
)
_EVIDENCE = select(func.count(Attachment.id)).where(Attachment.activity_id == Activity.id).scalar_subquery()
_LINES = (
    select(
        Activity.id,
        Activity.title,
        Activity.family_function,
        Activity.planned_on,
        Activity.planned_until,
        Activity.realised_on,
        Activity.status,
        Activity.return_note,
        Activity.participants,
        Activity.is_example,
        Activity.kampung_id,
        Kampung.name.label("kampung"),
        _District.name.label("district"),
        _Regency.name.label("regency"),
        LABEL.label("organizer"),
        _PARTNERS,
        _EVIDENCE,
    )
    .join(Kampung, Kampung.id == Activity.kampung_id)
    .join(_District, _District.id == Kampung.district_id)
    .join(_Regency, _Regency.id == Kampung.regency_id)
    .join(Organization, Organization.id == Activity.organization_id)
)


def listed(who: Identity, filters: Filters, *, after: str = "", size: int = SIZE) -> Page:
    """The activities that `who` may see, by planned date, in one query.

    Open and closed ones lie apart in the scope index, so each is walked by itself, no further than one page.
    """
    key = read_key(after)
    if filters.region_id:
        parts = [_of_region(who, filters, key, size)]
    else:
        parts = [_walk(who, filters, is_open, key, size) for is_open in _halves(filters.status)]
    page = union_all(*(select(part.c.id, part.c.day) for part in parts)).subquery()
    query = _LINES.join(page, page.c.id == Activity.id)
    rows = fetch(query.order_by(*_order(page.c.day, page.c.id, filters)).limit(size + 1))
    last = rows[size - 1] if len(rows) > size else None
    return Page([Line._make(row) for row in rows[:size]], f"{last.planned_on.isoformat()}.{last.id}" if last else "")


def _halves(status: str) -> tuple[bool, ...]:
    if not status:
        return (True, False)
    return (status in OPEN_STATES,)


def _order(day: Any, number: Any, filters: Filters) -> tuple[Any, Any]:
    return (day, number) if filters.sort == "planned_on" else (day.desc(), number.desc())


def _walk(who: Identity, filters: Filters, is_open: bool, key: Key | None, size: int) -> Subquery:
    """One half of the scope rows of a unit, in the order of the index."""
    day, number = ActivityScope.sort_on, ActivityScope.record_id
    query: Query = select(number.label("id"), day.label("day")).where(ActivityScope.is_open == is_open)
    query = _of_units(query, who, filters)
    if filters.q or filters.status or filters.family_function:
        query = query.join(Activity, Activity.id == number)
        if filters.q:
            query = query.join(Kampung, Kampung.id == Activity.kampung_id)
        query = _narrowed(query, filters)
    return _page(query, day, number, filters, key, size)


def _of_units(query: Query, who: Identity, filters: Filters) -> Query:
    """One unit's scope rows. A partner's own row is the index to walk for the office; others must see it themselves."""
    partner = filters.organization_id
    if partner and who.of_office:
        query = query.where(ActivityScope.unit_id == partner)
        return query.where(ActivityScope.relation.in_(_TAKES_PART))
    if len(who.unit_ids) == 1:
        query = query.where(ActivityScope.unit_id == who.unit_ids[0])
    else:
        query = query.where(ActivityScope.unit_id.in_(who.unit_ids)).distinct()
    return query.where(_takes_part(partner, ActivityScope.record_id)) if partner else query


def _takes_part(partner: int, number: Any) -> Any:
    other = aliased(ActivityScope)
    rows = select(other.record_id).where(other.unit_id == partner, other.record_id == number)
    return rows.where(other.relation.in_(_TAKES_PART)).exists()


def _of_region(who: Identity, filters: Filters, key: Key | None, size: int) -> Subquery:
    """The activities of a regency, from its Kampung KB: walking all of the unit's rows for a few would take long."""
    day, number = Activity.planned_on, Activity.id
    query: Query = select(number.label("id"), day.label("day")).join(Kampung, Kampung.id == Activity.kampung_id)
    query = _narrowed(query.where(Kampung.regency_id == filters.region_id), filters)
    if not who.of_office:
        query = query.where(visible(ActivityScope, number, who))
    if filters.organization_id:
        query = query.where(_takes_part(filters.organization_id, number))
    return _page(query, day, number, filters, key, size)


def _page(query: Query, day: Any, number: Any, filters: Filters, key: Key | None, size: int) -> Subquery:
    """The rows within the period and behind `key`, one more than a page holds."""
    if filters.planned_from:
        query = query.where(day >= filters.planned_from)
    if filters.planned_to:
        query = query.where(day <= filters.planned_to)
    if key:
        query = query.where(beyond(day, number, key, forward=filters.sort == "planned_on"))
    return query.order_by(*_order(day, number, filters)).limit(size + 1).subquery()


def _narrowed(query: Query, filters: Filters) -> Query:
    if filters.q:
        query = query.where(_matches(filters.q))
    if filters.family_function:
        query = query.where(Activity.family_function == filters.family_function)
    return query.where(_in_state(filters.status)) if filters.status else query


def _matches(q: str) -> Any:
    if code := re.fullmatch(r"(?i)kg-?0*(\d{1,9})", q.strip()):
        return Activity.id == int(code[1])
    return or_(Activity.title.icontains(q, autoescape=True), Kampung.name.icontains(q, autoescape=True))


def _in_state(status: str) -> Any:
    """The condition for a derived state: the same rule as `models.state`, said to the database."""
    if status in (REPORTED, VERIFIED, CANCELLED):
        return Activity.status == status
    planned = and_(Activity.status == PLANNED, Activity.return_note == "")
    today = clock.today()
    if status == "returned":
        return and_(Activity.status == PLANNED, Activity.return_note != "")
    if status == "ongoing":
        return and_(planned, Activity.planned_on <= today, Activity.planned_until >= today)
    if status == "awaiting_report":
        return and_(planned, Activity.planned_until < today)
    return and_(planned, Activity.planned_on > today)


# --- what other pages show ---------------------------------------------------------------------------------------


def of_kampung(kampung_id: int, who: Identity, limit: int = 10) -> list[Line]:
    """The latest activities at a Kampung KB that `who` may see, newest first. One query."""
    query = _LINES.where(Activity.kampung_id == kampung_id)
    if not who.of_office:
        query = query.where(visible(ActivityScope, Activity.id, who))
    rows = db.session.execute(query.order_by(Activity.planned_on.desc(), Activity.id.desc()).limit(limit))
    return [Line._make(row) for row in rows]


_SERVING = (
    _LINES.add_columns(func.count().over())
    .join(ActivityCommitment, ActivityCommitment.activity_id == Activity.id)
    .where(ActivityCommitment.commitment_id == bindparam("commitment"), seen_by_units(ActivityScope, Activity.id))
    .order_by(Activity.planned_on.desc(), Activity.id.desc())
    .limit(bindparam("most"))
)


def of_commitment(commitment_id: int, who: Identity, limit: int = 10) -> Serving:
    """The activities that serve a commitment and that `who` may see: the latest ones, and their number. One query."""
    rows = fetch(_SERVING, {"commitment": commitment_id, "units": who.unit_ids, "most": limit})
    return Serving([Line._make(row[:-1]) for row in rows], rows[0][-1] if rows else 0)


def counts_of_commitments(commitment_ids: Iterable[int], who: Identity) -> dict[int, int]:
    """How many activities serve each commitment, as far as `who` may see them, without cancelled ones."""
    ids = sorted(set(commitment_ids))
    if not ids:
        return {}
    query = (
        select(ActivityCommitment.commitment_id, func.count())
        .join(Activity, Activity.id == ActivityCommitment.activity_id)
        .where(ActivityCommitment.commitment_id.in_(ids), Activity.status != CANCELLED)
        .group_by(ActivityCommitment.commitment_id)
    )
    if not who.of_office:
        query = query.where(visible(ActivityScope, Activity.id, who))
    return {row[0]: row[1] for row in fetch(query)}
