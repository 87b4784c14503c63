"""Meetings with decisions and guests, made through the service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from kbpartners.meetings import service
from kbpartners.meetings.service import AttendanceValues, DecisionValues, MeetingValues
from kbpartners.security import Identity


def meeting(
    who: Identity | None = None,
    *,
    title: str = "Rapat Koordinasi Daerah 2026",
    kind: str = "rakorda",
    held_on: date = date(2026, 5, 12),
    invited: Iterable[int] = (),
    **values: Any,
) -> int:
    """A meeting to which `invited` organisations are invited; returns its id."""
    number = service.create(who=who, values=MeetingValues(title=title, kind=kind, held_on=held_on, **values))
    service.invite(who=who, meeting_id=number, organization_ids=invited)
    return number


def decision(
    who: Identity | None = None,
    *,
    meeting_id: int,
    kind: str = "kesepakatan",
    text: str = "Bentuk satu Kampung KB di setiap kecamatan",
    number: int | None = None,
    by: str = "",
) -> int:
    """A decision with the next number of its kind; returns its id."""
    number = number or service.next_numbers(meeting_id)[kind]
    return service.add_decision(who=who, meeting_id=meeting_id, values=DecisionValues(kind, number, text, by))


def guest(
    who: Identity | None = None,
    *,
    meeting_id: int,
    organization_id: int,
    name: str = "",
    position: str = "",
    present: bool | None = None,
) -> None:
    """One more line of the attendance list."""
    line = AttendanceValues(organization_id, name, position, present)
    service.note_attendance(who=who, meeting_id=meeting_id, lines=[line])
