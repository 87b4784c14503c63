"""A follow-up with everything a page or a report says about it: owner, source, and what of the source may be opened."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from flask_babel import force_locale
from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.activities.models import Activity, ActivityScope
from kbpartners.audit import service as audit
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.db import fetch_one
from kbpartners.errors import NotFound
from kbpartners.followups.models import Followup, FollowupScope, states, states_of
from kbpartners.followups.service import contacts
from kbpartners.formats import Badge, State
from kbpartners.meetings.models import Decision, Meeting, MeetingScope
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity, visible

_Partner = aliased(Organization)


class Facts(NamedTuple):
    """One follow-up as a page shows it. What belongs to the source is None where there is no such source."""

    id: int
    version: int
    title: str
    description: str
    organization_id: int
    contact_post_id: int | None
    decision_id: int | None
    commitment_id: int | None
    activity_id: int | None
    due_on: date
    priority: str
    status: str
    finished_on: date | None
    reason: str
    transferred_to_id: int | None
    is_example: bool
    created_at: datetime
    report_state: str
    news_on: date
    last_note: str
    obstacle: str
    organization: str
    path: str
    partner: str
    decision_kind: str | None
    decision_number: int | None
    decision_text: str | None
    meeting_id: int | None
    meeting: str | None
    meeting_kind: str | None
    held_on: date | None
    commitment: str | None
    activity: str | None

    @property
    def code(self) -> str:
        return formats.followup_code(self.id)

    @property
    def decision(self) -> str:
        """ "Arahan 1", or "" without a decision."""
        return decision_label(self.decision_kind, self.decision_number)

    @property
    def source(self) -> str:
        """ "Rakorda 2026, Arahan 1", "K-0042", "KG-0007" or several of them; "" if from nothing."""
        return source_label(self)

    def badges(self, today: date) -> list[Badge]:
        """Lateness first, then the state; at most two."""
        return badges_of(self, today)


class Openable(NamedTuple):
    """Which parts of its source (and which neighbour) the person may open."""

    meeting: bool
    commitment: bool
    activity: bool
    successor: bool


FACTS: Select[*tuple[Any, ...]] = (
    select(
        Followup.id,
        Followup.version,
        Followup.title,
        Followup.description,
        Followup.organization_id,
        Followup.contact_post_id,
        Followup.decision_id,
        Followup.commitment_id,
        Followup.activity_id,
        Followup.due_on,
        Followup.priority,
        Followup.status,
        Followup.finished_on,
        Followup.reason,
        Followup.transferred_to_id,
        Followup.is_example,
        Followup.created_at,
        Followup.report_state,
        Followup.news_on,
        Followup.last_note,
        Followup.obstacle,
        Organization.name,
        Organization.path,
        _Partner.name,
        Decision.kind,
        Decision.number,
        Decision.text,
        Meeting.id,
        Meeting.title,
        Meeting.kind,
        Meeting.held_on,
        Commitment.title,
        Activity.title,
    )
    .join(Organization, Organization.id == Followup.organization_id)
    # The root of the owner's tree: the only ancestor without a parent whose path begins the owner's.
    .join(
        _Partner,
        and_(
            _Partner.parent_id.is_(None),
            func.substr(Organization.path, 1, func.length(_Partner.path)) == _Partner.path,
        ),
    )
    .outerjoin(Decision, Decision.id == Followup.decision_id)
    .outerjoin(Meeting, Meeting.id == Decision.meeting_id)
    .outerjoin(Commitment, Commitment.id == Followup.commitment_id)
    .outerjoin(Activity, Activity.id == Followup.activity_id)
)


def decision_label(kind: str | None, number: int | None) -> str:
    """ "Arahan 1" in the language of the page; "" without a decision."""
    return f"{formats.word('decision_kind', kind)} {number}" if kind else ""


def source_label(row: Any) -> str:
    """Where a follow-up comes from, in one line; for anything with the columns of Facts that say so."""
    parts = []
    if row.decision_kind:
        meeting = f"{formats.word('meeting_kind', row.meeting_kind)} {row.held_on.year}"
        parts.append(f"{meeting}, {decision_label(row.decision_kind, row.decision_number)}")
    if row.commitment_id:
        parts.append(formats.commitment_code(row.commitment_id))
    if row.activity_id:
        parts.append(formats.activity_code(row.activity_id))
    return " · ".join(parts)


def badges_of(row: Any, today: date) -> list[Badge]:
    """The same, as badges."""
    return [formats.badge(state) for state in states_of(row, today)]


def of(followup_id: int) -> Facts | None:
    """The facts of one follow-up, whoever asks; None if there is none."""
    row = fetch_one(FACTS.where(Followup.id == followup_id))
    return Facts._make(row) if row else None


def for_page(followup_id: int, who: Identity) -> tuple[Facts, Openable]:
    """The facts and what of them `who` may open, in one query. Raises NotFound outside the person's scope."""
    query = FACTS.add_columns(
        visible(MeetingScope, Meeting.id, who),
        visible(CommitmentScope, Commitment.id, who),
        visible(ActivityScope, Activity.id, who),
        visible(FollowupScope, Followup.transferred_to_id, who),  # type: ignore[arg-type]
    ).where(Followup.id == followup_id, visible(FollowupScope, Followup.id, who))
    row = fetch_one(query)
    if row is None:
        raise NotFound
    width = len(Facts._fields)
    return Facts._make(row[:width]), Openable(*(bool(flag) for flag in row[width:]))


def snapshot(facts: Facts, contact: contacts.Contact | None) -> dict[str, Any]:
    """Everything that a report can print of a follow-up, as JSON values (dates ISO). Pure.

    Words of a status are not in it: reports derive them from `status`, `report_state`, `due_on` and `finished_on` for
    their own day. Texts of the source are Indonesian whatever the language of the page that wrote them.
    """
    with force_locale("id"):
        source, decision = facts.source, facts.decision
    return {
        "code": facts.code,
        "title": facts.title,
        "description": facts.description,
        "organization_id": facts.organization_id,
        "organization": facts.organization,
        "partner_id": int(facts.path.split("/")[1]),
        "partner": facts.partner,
        "contact_post_id": facts.contact_post_id,
        "contact_post": contact.post if contact else "",
        "contact": contact.name if contact else "",
        "due_on": facts.due_on.isoformat(),
        "priority": facts.priority,
        "status": facts.status,
        "report_state": facts.report_state,
        "finished_on": facts.finished_on.isoformat() if facts.finished_on else None,
        "reason": facts.reason,
        "transferred_to_id": facts.transferred_to_id,
        "news_on": facts.news_on.isoformat(),
        "last_note": facts.last_note,
        "obstacle": facts.obstacle,
        "source": source,
        "decision": decision,
        "decision_id": facts.decision_id,
        "decision_kind": facts.decision_kind,
        "decision_number": facts.decision_number,
        "decision_text": facts.decision_text or "",
        "meeting_id": facts.meeting_id,
        "meeting": facts.meeting or "",
        "held_on": facts.held_on.isoformat() if facts.held_on else None,
        "commitment_id": facts.commitment_id,
        "commitment": facts.commitment or "",
        "activity_id": facts.activity_id,
        "activity": facts.activity or "",
        "created_on": clock.to_local(facts.created_at).date().isoformat(),
        "is_example": facts.is_example,
    }


def states_of_snapshot(saved: dict[str, Any], day: date) -> list[State]:
    """The derived states of a snapshot on a day: lateness of "as of" is counted from that day, not from today."""
    finished = saved.get("finished_on")
    return states(
        status=saved["status"],
        due_on=date.fromisoformat(saved["due_on"]),
        finished_on=date.fromisoformat(finished) if finished else None,
        report_state=saved["report_state"],
        today=day,
    )


def as_of(followup_id: int, day: date) -> dict[str, Any] | None:
    """The snapshot as it stood when `day` was over, its days as dates; None if the follow-up did not exist yet."""
    saved = audit.as_of("followup", day, [followup_id]).get(followup_id)
    if saved is None:
        return None
    days = {key: date.fromisoformat(saved[key]) if saved[key] else None for key in ("due_on", "finished_on")}
    return {**saved, **days, "states": states_of_snapshot(saved, day)}
