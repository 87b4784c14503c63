"""When units move in their tree, their follow-ups are shown to the new ancestors and no longer to the old ones."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from kbpartners.db import db
from kbpartners.followups.models import CLOSED, Followup, FollowupScope
from kbpartners.organizations import service as organizations
from kbpartners.scopes import write_scopes


def rebuild_scopes(unit_ids: list[int]) -> None:
    """Write anew the scope rows of every follow-up that one of these units owns."""
    rebuild(Followup.organization_id.in_(unit_ids))


def rebuild(condition: ColumnElement[bool]) -> None:
    """Write anew the scope rows of the follow-ups that fulfil a condition."""
    columns = select(Followup.id, Followup.organization_id, Followup.status, Followup.due_on)
    for row in db.session.execute(columns.where(condition).order_by(Followup.id)).all():
        units = organizations.scope_units(row.organization_id)
        write_scopes(FollowupScope, row.id, units, is_open=row.status not in CLOSED, sort_on=row.due_on)


organizations.on_tree_change.append(rebuild_scopes)
