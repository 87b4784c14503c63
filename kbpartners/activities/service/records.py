"""What every write to an activity does: lock it, ask for the rights, keep the scope rows, write the revision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from kbpartners import scopes
from kbpartners.activities.models import (
    PLANNED,
    REPORTED,
    Activity,
    ActivityCommitment,
    ActivityOrganization,
    ActivityScope,
)
from kbpartners.activities.service.details import Participant, Rights, participants, rights_on
from kbpartners.activities.service.places import Place, place
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import NotFound
from kbpartners.organizations.service import scope_units
from kbpartners.security import Identity, visible


def load(who: Identity | None, activity_id: int, *, lock: bool = False) -> Activity:
    """The activity, if `who` may see it. Raises NotFound."""
    query = select(Activity).where(Activity.id == activity_id)
    if who is not None:
        query = query.where(visible(ActivityScope, Activity.id, who))
    if lock:
        query = query.with_for_update(of=Activity).execution_options(populate_existing=True)
    activity = db.session.execute(query).scalar_one_or_none()
    if activity is None:
        raise NotFound
    return activity


def for_writing(who: Identity | None, activity_id: int) -> tuple[Activity, Place, list[Participant], Rights]:
    """An activity locked against a second writer, with what `who` may do (the system: everything). Raises NotFound."""
    activity = load(who, activity_id, lock=True)
    at = place(activity.kampung_id)
    taking_part = participants(activity_id, who)
    everything = Rights(edit=True, report=True, verify=activity.status == REPORTED, cancel=True)
    rights = rights_on(who, activity.status, at.region_id, taking_part) if who else everything
    return activity, at, taking_part, rights


def commitment_ids(activity_id: int) -> list[int]:
    """The commitments that the activity serves."""
    query = select(ActivityCommitment.commitment_id).where(ActivityCommitment.activity_id == activity_id)
    return sorted(db.session.execute(query).scalars())


def write_activity_scopes(activity: Activity, at: Place) -> None:
    """Show the activity to those taking part, their ancestors, the OPD-KB of the place and the office."""
    partners = db.session.execute(
        select(ActivityOrganization.organization_id).where(ActivityOrganization.activity_id == activity.id)
    ).scalars()
    scopes.write_scopes(
        ActivityScope,
        activity.id,
        scope_units(activity.organization_id, sorted(partners), region_id=at.region_id),
        is_open=activity.status in (PLANNED, REPORTED),
        sort_on=activity.planned_on,
    )


def record(who: Identity | None, activity: Activity, sentence: str, changes: Iterable[audit.Change] = ()) -> None:
    """Add a revision with the full snapshot of the activity."""
    snap = snapshot(activity, place(activity.kampung_id), participants(activity.id, None), commitment_ids(activity.id))
    audit.record(who, "activity", activity.id, sentence, snapshot=snap, changes=changes)


def snapshot(
    activity: Activity, at: Place, taking_part: Sequence[Participant], serves: Sequence[int]
) -> dict[str, Any]:
    """What a report prints of an activity, as JSON values."""
    days = ("planned_on", "planned_until", "realised_on", "realised_until")
    texts = ("title", "description", "family_function", "status", "participants", "result", "obstacle", "return_note")
    return {
        **{name: getattr(activity, name) for name in (*texts, "cancelled_reason", "is_example")},
        **{name: value.isoformat() if (value := getattr(activity, name)) else None for name in days},
        "kampung_id": activity.kampung_id,
        "kampung": at.name,
        "place": at.words,
        "organization_id": activity.organization_id,
        "organizations": [
            {"id": one.id, "label": one.label, "role": one.role, "contribution": one.contribution}
            for one in taking_part
        ],
        "commitment_ids": list(serves),
    }


def actor(who: Identity | None) -> str:
    """Who did it, for a sentence of the log."""
    return who.name if who else "Sistem"
