"""Follow-ups as records: opening, correcting, handing on; what a report prints of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import exists, select

from kbpartners import clock, formats
from kbpartners.activities.models import Activity, ActivityScope
from kbpartners.audit import service as audit
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.db import db
from kbpartners.errors import Conflict, FieldConflict, Invalid, NotFound, Refused
from kbpartners.followups.models import CLOSED, OPEN, TRANSFERRED, Followup, FollowupScope, FollowupUpdate
from kbpartners.followups.service import contacts, facts
from kbpartners.followups.service.standing import Standing, locked, note_revision, settle
from kbpartners.meetings.models import Decision, Meeting, MeetingScope
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity, Permission, visible


@dataclass(frozen=True)
class Source:
    """What a follow-up comes from; several may be named (a decision and the commitment it led to)."""

    decision_id: int | None = None
    commitment_id: int | None = None
    activity_id: int | None = None


# --- writing ------------------------------------------------------------------------------------------------------


def create(
    who: Identity | None,
    *,
    title: str,
    organization_id: int,
    due_on: date,
    description: str = "",
    contact_post_id: int | None = None,
    priority: str = "medium",
    source: Source | None = None,
    is_example: bool = False,
) -> int:
    """Open a follow-up for a unit and return its id. `who` is None for the system (the example, an import).

    Raises Invalid for a unit, post or source that does not exist (or that `who` may not see), Refused without the
    right.
    """
    source = source or Source()
    if who is not None and not who.can(Permission.FOLLOWUPS_WRITE):
        raise Refused(_("Tindak lanjut dibuat oleh sekretariat."))
    name = _unit_name(organization_id)
    _check_post(organization_id, contact_post_id)
    _check_source(source, who)
    now = clock.now()
    record = Followup(
        title=title,
        description=description,
        organization_id=organization_id,
        contact_post_id=contact_post_id,
        decision_id=source.decision_id,
        commitment_id=source.commitment_id,
        activity_id=source.activity_id,
        due_on=due_on,
        priority=priority,
        status=OPEN,
        is_example=is_example,
        created_at=now,
        created_by_id=who.user_id if who else None,
        report_state="",
        news_on=clock.to_local(now).date(),
        last_note="",
        obstacle="",
    )
    db.session.add(record)
    settle(record, None)
    note_revision(who, record.id, f"{_actor(who)} membuka tindak lanjut untuk {name}: {title}.")
    return record.id


def edit(
    who: Identity,
    followup_id: int,
    *,
    version: int,
    title: str,
    description: str,
    organization_id: int,
    contact_post_id: int | None,
    due_on: date,
    priority: str,
) -> None:
    """Correct a follow-up.

    Raises Conflict when somebody saved since `version`, Refused for one that was handed on, Invalid when the owner is
    to change although that unit has already reported (its words would be shown to another: hand it on instead).
    """
    record = _writable(followup_id, who)
    new = {
        "title": title,
        "description": description,
        "organization_id": organization_id,
        "contact_post_id": contact_post_id,
        "due_on": due_on,
        "priority": priority,
    }
    rows = _compared(record, new)
    if record.version != version:
        raise Conflict([FieldConflict(*row) for row in rows], record.version)
    if record.status == TRANSFERRED:
        raise Refused(_("Tindak lanjut ini sudah dialihkan. Ubah penggantinya."))
    _check_post(organization_id, contact_post_id)
    if organization_id != record.organization_id and _has_updates(followup_id):
        raise Invalid(
            _("Satuan ini sudah memberi kabar. Pakai Alihkan agar kabarnya tetap miliknya."), field="organization_id"
        )
    before = Standing.of(record)
    for name, value in new.items():
        setattr(record, name, value)
    record.version += 1
    settle(record, before)
    note_revision(who, followup_id, f"{who.name} mengubah tindak lanjut {formats.followup_code(followup_id)}.", rows)


def transfer(
    who: Identity,
    followup_id: int,
    *,
    version: int,
    organization_id: int,
    due_on: date,
    reason: str,
    contact_post_id: int | None = None,
) -> int:
    """Hand an open follow-up on to another unit: it is closed as Dialihkan, its successor's id is returned.

    Both stay: the first keeps the words of the first unit, which does not see the successor.
    """
    record = _writable(followup_id, who)
    if record.version != version:
        raise Conflict(
            _transfer_rows(record, organization_id, due_on),
            record.version,
        )
    if record.status in CLOSED:
        raise Invalid(_("Tindak lanjut ini sudah ditutup."))
    if record.report_state == "submitted":
        raise Invalid(_("Ada usulan yang menunggu verifikasi. Putuskan dulu usulan itu."))
    if organization_id == record.organization_id:
        raise Invalid(_("Pilih satuan lain."), field="organization_id")
    successor_id = create(
        who,
        title=record.title,
        description=record.description,
        organization_id=organization_id,
        contact_post_id=contact_post_id,
        due_on=due_on,
        priority=record.priority,
        source=Source(record.decision_id, record.commitment_id, record.activity_id),
        is_example=record.is_example,
    )
    before = Standing.of(record)
    record.status, record.reason, record.report_state = TRANSFERRED, reason[:500], ""
    record.transferred_to_id, record.finished_on = successor_id, clock.today()
    record.version += 1
    settle(record, before)
    code, name = formats.followup_code(successor_id), _unit_name(organization_id)
    note_revision(who, followup_id, f"{who.name} mengalihkan tindak lanjut ke {name} ({code}). Alasan: {reason}")
    return successor_id


def _writable(followup_id: int, who: Identity) -> Followup:
    record = locked(followup_id, who)
    if not who.can(Permission.FOLLOWUPS_WRITE):
        raise Refused(_("Tindak lanjut diubah oleh sekretariat."))
    return record


def _actor(who: Identity | None) -> str:
    return who.name if who else "Sistem"


def _unit_name(organization_id: int | None) -> str:
    name = db.session.execute(
        select(Organization.name).where(Organization.id == organization_id, Organization.ended_on.is_(None))
    ).scalar_one_or_none()
    if name is None:
        raise Invalid(_("Pilih satuan dari daftar."), field="organization_id")
    return name


def _check_post(organization_id: int, post_id: int | None) -> None:
    if post_id is not None and post_id not in {contact.post_id for contact in contacts.of_units([organization_id])}:
        raise Invalid(_("Pilih narahubung dari satuan penanggung jawab."), field="contact_post_id")


def _check_source(source: Source, who: Identity | None) -> None:
    for value, key, scope, scoped in (
        (source.decision_id, Decision.id, MeetingScope, Decision.meeting_id),
        (source.commitment_id, Commitment.id, CommitmentScope, Commitment.id),
        (source.activity_id, Activity.id, ActivityScope, Activity.id),
    ):
        if value is None:
            continue
        query = select(key).where(key == value)
        if who is not None:
            query = query.where(visible(scope, scoped, who))
        if db.session.execute(query).first() is None:
            raise Invalid(_("Asal tindak lanjut tidak ditemukan."))


def _has_updates(followup_id: int) -> bool:
    return bool(db.session.execute(select(exists().where(FollowupUpdate.followup_id == followup_id))).scalar())


def _post_label(organization_id: int, post_id: int | None) -> str:
    if post_id is None:
        return _("Narahubung satuan")
    contact = contacts.of_unit(organization_id, post_id)
    return contact.label if contact else ""


def _compared(record: Followup, new: dict[str, Any]) -> list[audit.Change]:
    """(label, saved, new) of every field of the edit form, in words."""
    units = dict(
        db.session.execute(
            select(Organization.id, Organization.name).where(
                Organization.id.in_({record.organization_id, new["organization_id"]})
            )
        ).all()
    )
    return [
        (_("Tindak lanjut"), record.title, new["title"]),
        (_("Uraian"), record.description, new["description"]),
        (_("Penanggung jawab"), units[record.organization_id], units.get(new["organization_id"], "")),
        (
            _("Narahubung"),
            _post_label(record.organization_id, record.contact_post_id),
            _post_label(new["organization_id"], new["contact_post_id"]),
        ),
        (_("Tenggat"), formats.date_short(record.due_on), formats.date_short(new["due_on"])),
        (
            _("Prioritas"),
            formats.word("priority", record.priority),
            formats.word("priority", new["priority"]),
        ),
    ]


def _transfer_rows(record: Followup, organization_id: int, due_on: date) -> list[FieldConflict]:
    saved = formats.badge(record.status).text
    return [
        FieldConflict(_("Status"), saved, formats.badge(TRANSFERRED).text),
        FieldConflict(_("Penanggung jawab"), _unit_name(record.organization_id), _unit_name(organization_id)),
        FieldConflict(_("Tenggat"), formats.date_short(record.due_on), formats.date_short(due_on)),
    ]


# --- where a new one comes from -----------------------------------------------------------------------------------


class Seed(NamedTuple):
    """One thing that a new follow-up comes from: its name, its words, where it is, and which unit it concerns."""

    kind: str
    label: str
    text: str
    href: str
    organization_id: int | None = None


def seeds(who: Identity, source: Source) -> list[Seed]:
    """What a new follow-up is to come from, for the head of its form. Raises NotFound for what `who` may not see."""
    found = []
    if source.decision_id is not None:
        found.append(_decision_seed(who, source.decision_id))
    if source.commitment_id is not None:
        row = _seed_row(
            select(Commitment.id, Commitment.title, Commitment.organization_id).where(
                Commitment.id == source.commitment_id, visible(CommitmentScope, Commitment.id, who)
            )
        )
        label = formats.commitment_code(row.id)
        found.append(Seed("commitment", label, row.title, f"/komitmen/{row.id}", row.organization_id))
    if source.activity_id is not None:
        row = _seed_row(
            select(Activity.id, Activity.title, Activity.organization_id).where(
                Activity.id == source.activity_id, visible(ActivityScope, Activity.id, who)
            )
        )
        label = formats.activity_code(row.id)
        found.append(Seed("activity", label, row.title, f"/kegiatan/{row.id}", row.organization_id))
    return found


def _decision_seed(who: Identity, decision_id: int) -> Seed:
    row = _seed_row(
        select(Decision.kind, Decision.number, Decision.text, Meeting.id, Meeting.title)
        .join(Meeting, Meeting.id == Decision.meeting_id)
        .where(Decision.id == decision_id, visible(MeetingScope, Meeting.id, who))
    )
    label = f"{row.title}, {facts.decision_label(row.kind, row.number)}"
    return Seed("decision", label, row.text, f"/rapat/{row.id}")


def _seed_row(query: Any) -> Any:
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


class Unit(NamedTuple):
    """A unit in force."""

    id: int
    name: str


def unit(organization_id: int | None) -> Unit:
    """A unit in force, for the office, which sees every one. Raises NotFound."""
    row = db.session.execute(
        select(Organization.id, Organization.name).where(
            Organization.id == organization_id, Organization.ended_on.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return Unit._make(row)


# --- reading ------------------------------------------------------------------------------------------------------


def snapshot(followup_id: int) -> dict[str, Any]:
    """What a report prints of a follow-up now (`facts.snapshot` says which keys). Raises NotFound."""
    found = facts.of(followup_id)
    if found is None:
        raise NotFound
    return facts.snapshot(found, contacts.of_unit(found.organization_id, found.contact_post_id))


def predecessor(followup_id: int, who: Identity) -> tuple[int, str] | None:
    """(id, unit) of the follow-up that was handed on to become this one, if `who` may see it."""
    row = db.session.execute(
        select(Followup.id, Organization.name)
        .join(Organization, Organization.id == Followup.organization_id)
        .where(Followup.transferred_to_id == followup_id, visible(FollowupScope, Followup.id, who))
    ).first()
    return (row.id, row.name) if row else None
