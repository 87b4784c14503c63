"""When units move in their tree, their activities are shown to the new ancestors and no longer to the old ones."""

from __future__ import annotations

from sqlalchemy import select

from kbpartners.activities.models import Activity, ActivityOrganization
from kbpartners.activities.service.places import place
from kbpartners.activities.service.records import write_activity_scopes
from kbpartners.db import db
from kbpartners.organizations import service as organizations


def rebuild_scopes(unit_ids: list[int]) -> None:
    """Write anew the scope rows of every activity that one of these units takes part in."""
    taking_part = select(ActivityOrganization.activity_id).where(ActivityOrganization.organization_id.in_(unit_ids))
    query = select(Activity).where(Activity.id.in_(taking_part)).order_by(Activity.id)
    for activity in db.session.execute(query).scalars().all():
        write_activity_scopes(activity, place(activity.kampung_id))


organizations.on_tree_change.append(rebuild_scopes)
