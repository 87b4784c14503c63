"""Meetings: the record and its series, who was there, the decisions, and the live state of what came from them."""

from __future__ import annotations

from kbpartners.meetings.service.attendance import (
    AttendanceValues,
    Guest,
    Invitable,
    guests,
    invitable,
    invite,
    note_attendance,
)
from kbpartners.meetings.service.decisions import (
    DecisionSource,
    DecisionValues,
    add_decision,
    decision,
    next_numbers,
    source_of,
    update_decision,
)
from kbpartners.meetings.service.lists import Filters, Line, Page, listed, years
from kbpartners.meetings.service.outcomes import Child, DecisionLine, Outcomes, Summary, outcomes
from kbpartners.meetings.service.records import (
    Detail,
    Link,
    MeetingValues,
    create,
    detail,
    earlier,
    editable,
    note_files,
    update,
    write_meeting_scopes,
)

__all__ = [
    "AttendanceValues",
    "Child",
    "DecisionLine",
    "DecisionSource",
    "DecisionValues",
    "Detail",
    "Filters",
    "Guest",
    "Invitable",
    "Line",
    "Link",
    "MeetingValues",
    "Outcomes",
    "Page",
    "Summary",
    "add_decision",
    "create",
    "decision",
    "detail",
    "earlier",
    "editable",
    "guests",
    "invitable",
    "invite",
    "listed",
    "next_numbers",
    "note_attendance",
    "note_files",
    "outcomes",
    "source_of",
    "update",
    "update_decision",
    "write_meeting_scopes",
    "years",
]
