"""When units move in their tree, the meetings they are invited to are shown to the new ancestors, too."""

from __future__ import annotations

from sqlalchemy import select

from kbpartners.db import db
from kbpartners.meetings.models import Attendance, Meeting
from kbpartners.meetings.service.records import write_meeting_scopes
from kbpartners.organizations import service as organizations


def rebuild_scopes(unit_ids: list[int]) -> None:
    """Write anew the scope rows of every meeting to which one of these units is invited."""
    invited = select(Attendance.meeting_id).where(Attendance.organization_id.in_(unit_ids))
    for meeting in (
        db.session.execute(select(Meeting).where(Meeting.id.in_(invited)).order_by(Meeting.id)).scalars().all()
    ):
        write_meeting_scopes(meeting)


organizations.on_tree_change.append(rebuild_scopes)
