"""The decision on a report: accepted, or returned to be completed. Never on one's own work."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from kbpartners import clock, formats
from kbpartners.accounts.models import User
from kbpartners.attachments.models import Attachment
from kbpartners.commitments.models import (
    ACCEPTED,
    DONE,
    PROPOSED_DONE,
    RETURNED,
    SUBMITTED,
    Commitment,
    ProgressReport,
)
from kbpartners.commitments.service import caches
from kbpartners.commitments.service import facts as facts_of
from kbpartners.commitments.service.facts import Facts
from kbpartners.commitments.service.rules import LIAISON, OPEN
from kbpartners.commitments.service.snapshots import log
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound, Refused
from kbpartners.security import Identity


class Decided(NamedTuple):
    """A decision that has been made: on which report of which commitment, and the new state of both."""

    report_id: int
    commitment_id: int
    code: str
    accepted: bool
    status: str


def verify(report_id: int, *, who: Identity, decision: str, note: str = "") -> Decided:
    """Accept a report (`accept`) or send it back (`return`, which needs a note the reporter will read).

    Accepting the proposal "done" finishes the commitment on the day the report was sent, or on the day of the letter it
    was entered from. Raises NotFound, Refused for one's own work, Invalid.
    """
    commitment_id = db.session.execute(
        select(ProgressReport.commitment_id).where(ProgressReport.id == report_id)
    ).scalar()
    if commitment_id is None:
        raise NotFound()
    before, _relation = facts_of.lock(commitment_id, who)
    row = _decidable(report_id, who, decision, note)
    reports = caches.history(commitment_id)
    db.session.execute(
        update(ProgressReport)
        .where(ProgressReport.id == report_id)
        .values(
            status=ACCEPTED if decision == "accept" else RETURNED,
            decided_at=clock.now(),
            decided_by_id=who.user_id,
            decision_note=note,
        )
    )
    finishes = decision == "accept" and row.proposal == PROPOSED_DONE and before.status in OPEN
    if finishes:
        finished_on = row.source_date or clock.to_local(row.submitted_at).date()
        db.session.execute(update(Commitment).where(Commitment.id == commitment_id).values(finished_on=finished_on))
    after = caches.settle(before, reports, status=DONE if finishes else None)
    _log_decision(who, before, after, row, decision, note)
    return Decided(report_id, commitment_id, after.code, decision == "accept", after.status)


def _decidable(report_id: int, who: Identity, decision: str, note: str) -> Any:
    """The report, if this person may decide on it in this way."""
    row = db.session.execute(
        select(
            ProgressReport.status,
            ProgressReport.proposal,
            ProgressReport.source,
            ProgressReport.source_date,
            ProgressReport.submitted_at,
            ProgressReport.author_id,
            ProgressReport.decided_at,
            User.name.label("decided_by"),
        )
        .outerjoin(User, User.id == ProgressReport.decided_by_id)
        .where(ProgressReport.id == report_id)
    ).one()
    if row.status != SUBMITTED:
        day = formats.datetime_medium(row.decided_at)
        raise Invalid(_("Laporan ini sudah diputuskan oleh %(name)s, %(day)s.", name=row.decided_by, day=day))
    if decision not in ("accept", "return"):
        raise Invalid(_("Pilih Terima atau Perlu dilengkapi."), field="decision")
    if decision == "return" and not note:
        raise Invalid(_("Tulis apa yang perlu dilengkapi. Penghubung membaca kalimat ini."), field="note")
    if decision == "accept" and row.author_id == who.user_id:
        if row.source == LIAISON:
            raise Refused(_("Laporan pekerjaan sendiri diverifikasi oleh orang lain."))
        if not has_source(report_id):
            raise Invalid(_("Lampirkan bukti sumber (tangkapan layar atau surat), atau minta rekan memverifikasinya."))
    return row


def has_source(report_id: int) -> bool:
    """Whether an entry on behalf of a unit carries the proof of its source."""
    found = select(func.count(Attachment.id)).where(Attachment.report_id == report_id, Attachment.is_source)
    return db.session.execute(found).scalar_one() > 0


def _log_decision(who: Identity, before: Facts, after: Facts, row: Any, decision: str, note: str) -> None:
    day = formats.date_medium(clock.to_local(row.submitted_at).date())
    if decision == "accept":
        sentence = f"{who.name} menerima laporan {after.code} tanggal {day}."
        if row.author_id == who.user_id:
            sentence = (
                f"{who.name} menerima laporan {after.code} tanggal {day} yang dicatatnya sendiri, dengan bukti sumber."
            )
    else:
        sentence = f"{who.name} meminta laporan {after.code} tanggal {day} dilengkapi: {note}"
    changes = [
        (_("Status"), facts_of.status_word(before.status), facts_of.status_word(after.status)),
        (_("Capaian"), formats.percent(before.achievement), formats.percent(after.achievement)),
    ]
    log(who, after, sentence, changes=changes)
