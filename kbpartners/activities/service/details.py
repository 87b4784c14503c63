"""One activity as its page shows it, and what the reader may do with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import case, select, true
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.accounts.models import User
from kbpartners.activities.models import (
    CANCELLED,
    PLANNED,
    REPORTED,
    Activity,
    ActivityCommitment,
    ActivityOrganization,
    ActivityScope,
    state,
)
from kbpartners.activities.service.lists import LABEL
from kbpartners.activities.service.places import Place, place
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.db import db, fetch_one
from kbpartners.errors import NotFound
from kbpartners.formats import State
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.organizations.service import opd_of
from kbpartners.security import Identity, Permission, Role, visible

LEAD, SUPPORT = "lead", "support"


class Participant(NamedTuple):
    """An organisation taking part. `own`: the reader acts for it (or for a unit above it)."""

    id: int
    label: str
    path: str
    role: str
    contribution: str
    own: bool


class Served(NamedTuple):
    """A commitment that the activity serves. `seen`: whether the reader may open it."""

    id: int
    title: str
    owner: str
    seen: bool

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id)


class Rights(NamedTuple):
    """What the reader may do now: change the plan, say what it brings, report, decide on the report, call it off."""

    edit: bool = False
    contribute: bool = False
    report: bool = False
    verify: bool = False
    cancel: bool = False


@dataclass(frozen=True)
class Detail:
    """An activity with its place, participants and commitments; names instead of ids where a person did something."""

    id: int
    version: int
    title: str
    description: str
    family_function: str
    planned_on: date
    planned_until: date
    realised_on: date | None
    realised_until: date | None
    status: str
    participants: int | None
    result: str
    obstacle: str
    return_note: str
    cancelled_reason: str
    is_example: bool
    reported_at: datetime | None
    reported_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    place: Place
    taking_part: list[Participant]
    serves: list[Served]
    rights: Rights

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


_Reporter, _Decider = aliased(User), aliased(User)
_DETAIL = (
    select(
        Activity.id,
        Activity.version,
        Activity.title,
        Activity.description,
        Activity.family_function,
        Activity.planned_on,
        Activity.planned_until,
        Activity.realised_on,
        Activity.realised_until,
        Activity.status,
        Activity.participants,
        Activity.result,
        Activity.obstacle,
        Activity.return_note,
        Activity.cancelled_reason,
        Activity.is_example,
        Activity.reported_at,
        _Reporter.name.label("reported_by"),
        Activity.decided_at,
        _Decider.name.label("decided_by"),
        Activity.kampung_id,
    )
    .outerjoin(_Reporter, _Reporter.id == Activity.reported_by_id)
    .outerjoin(_Decider, _Decider.id == Activity.decided_by_id)
)


def detail(who: Identity, activity_id: int) -> Detail:
    """An activity in four queries (two more for a district office). Raises NotFound outside the reader's scope."""
    query = _DETAIL.where(Activity.id == activity_id, visible(ActivityScope, Activity.id, who))
    row = fetch_one(query)
    if row is None:
        raise NotFound
    columns: dict[str, Any] = dict(row._mapping)
    at = place(columns.pop("kampung_id"))
    taking_part = participants(activity_id, who)
    return Detail(
        **columns,
        place=at,
        taking_part=taking_part,
        serves=_served(activity_id, who),
        rights=rights_on(who, row.status, at.region_id, taking_part),
    )


def participants(activity_id: int, who: Identity | None) -> list[Participant]:
    """The organisations taking part, the organiser first."""
    rows = db.session.execute(
        select(
            Organization.id,
            LABEL,
            Organization.path,
            ActivityOrganization.role,
            ActivityOrganization.contribution,
        )
        .join(ActivityOrganization, ActivityOrganization.organization_id == Organization.id)
        .where(ActivityOrganization.activity_id == activity_id)
        .order_by(case((ActivityOrganization.role == LEAD, 0), else_=1), LABEL, Organization.id)
    )
    return [Participant._make((*row, who is not None and own_tree(who, row.path))) for row in rows]


def own_tree(who: Identity, path: str) -> bool:
    """Whether the unit with this path is one of the person's own or below one."""
    return not set(path_ids(path)).isdisjoint(who.unit_ids)


def _served(activity_id: int, who: Identity) -> list[Served]:
    seen = true() if who.of_office else visible(CommitmentScope, Commitment.id, who)
    rows = db.session.execute(
        select(Commitment.id, Commitment.title, LABEL, seen.label("seen"))
        .join(ActivityCommitment, ActivityCommitment.commitment_id == Commitment.id)
        .join(Organization, Organization.id == Commitment.organization_id)
        .where(ActivityCommitment.activity_id == activity_id)
        .order_by(Commitment.id)
    )
    return [Served(*row) for row in rows]


def rights_on(who: Identity, status: str, region_id: int, taking_part: Iterable[Participant]) -> Rights:
    """What `who` may do with an activity that it may see (the permission table of the design, row "activities").

    The secretariat everything; a district office what happens in its region; a liaison whose tree organises it the
    plan; one whose tree only takes part its own contribution; each of these may report. A report that was verified
    is changed by the secretariat alone.
    """
    if not who.can(Permission.ACTIVITIES_WRITE):
        return Rights()
    unfinished = status in (PLANNED, REPORTED)
    if who.can(Permission.ACTIVITIES_VERIFY):
        return Rights(
            edit=status != CANCELLED,
            report=unfinished,
            verify=status == REPORTED,
            cancel=unfinished,
        )
    mine = [one for one in taking_part if one.own]
    plan = any(one.role == LEAD for one in mine) or in_own_region(who, region_id)
    return Rights(
        edit=plan and unfinished,
        contribute=bool(mine) and not plan and unfinished,
        report=(plan or bool(mine)) and unfinished,
        cancel=plan and status == PLANNED,
    )


def in_own_region(who: Identity, region_id: int) -> bool:
    """Whether a district office's region contains the place."""
    return who.role is Role.OPD and not set(opd_of(region_id)).isdisjoint(who.unit_ids)
