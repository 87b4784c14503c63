"""When two units become one, their invitations and who came for them become one unit's."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.meetings.models import Attendance, Meeting, MeetingScope
from kbpartners.meetings.service.records import snapshot, write_meeting_scopes
from kbpartners.organizations.service.followers import Follower, Sentence, merge_followers
from kbpartners.organizations.service.ledger import Blocked, Entry, Ledger
from kbpartners.security import Identity


def carry(book: Ledger, source_id: int, target_id: int) -> None:
    """Lines of the attendance lists. Where both were invited, an invitation that nobody filled in is one too many."""
    mine, theirs = aliased(Attendance), aliased(Attendance)
    twice = select(mine.id).where(
        mine.organization_id == source_id,
        mine.name == "",
        mine.position == "",
        mine.present.is_(None),
        select(theirs.id).where(theirs.meeting_id == mine.meeting_id, theirs.organization_id == target_id).exists(),
    )
    for line in db.session.execute(twice.order_by(mine.id)).scalars().all():
        book.remove(Attendance, {"id": line})
    book.move(Attendance.organization_id, source_id, target_id)


def touched(entries: Iterable[Entry]) -> list[int]:
    """The meetings whose lines were moved, taken away or put back."""
    lines: set[int] = set()
    found: set[int] = set()
    for entry in entries:
        if entry["table"] == Attendance.__tablename__:
            if entry["op"] == "move":
                lines.update(entry["keys"])
            else:
                found.add(entry["row"]["meeting_id"])
    query = select(Attendance.meeting_id).where(Attendance.id.in_(lines)).distinct()
    return sorted(found | set(db.session.execute(query).scalars()))


def settle(ids: list[int], who: Identity | None, sentence: Sentence) -> None:
    """Scope rows and revisions of meetings whose lists changed."""
    for meeting_id in ids:
        meeting = db.session.get_one(Meeting, meeting_id)
        write_meeting_scopes(meeting)
        words = sentence(f"undangan rapat “{meeting.title}”")
        audit.record(who, "meeting", meeting.id, words, snapshot=snapshot(meeting))


def preview(unit_id: int) -> list[str]:
    """How many meetings go along."""
    query = select(func.count(func.distinct(Attendance.meeting_id))).where(Attendance.organization_id == unit_id)
    n = db.session.execute(query).scalar_one()
    return [_("undangan dan daftar hadir %(n)s rapat", n=n)] if n else []


def name(row: Blocked) -> str:
    """The meeting whose attendance list stands in the way of an undo."""
    if row.table != Attendance.__tablename__:
        return ""
    query = select(Meeting.title).join(Attendance).where(Attendance.id == row.key)
    title = db.session.execute(query).scalar_one_or_none()
    return _("Daftar hadir “%(title)s”", title=title) if title else _("Daftar hadir sebuah rapat")


merge_followers.append(
    Follower(
        "meetings",
        columns=(Attendance.organization_id,),
        derived=(MeetingScope.unit_id,),
        touched=touched,
        take=carry,
        settle=settle,
        preview=preview,
        name=name,
    )
)
