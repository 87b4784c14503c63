"""The update log of a follow-up: what the unit reports and proposes, and what the secretariat decides on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import or_, select

from kbpartners import clock, formats
from kbpartners.attachments import service as attachments
from kbpartners.attachments.models import Attachment
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound, Refused
from kbpartners.followups.models import (
    ACCEPTED,
    CLOSED,
    DONE,
    IN_PROGRESS,
    NOT_FEASIBLE,
    PROPOSALS,
    PROPOSED_DONE,
    PROPOSED_NOT_FEASIBLE,
    RETURNED,
    SUBMITTED,
    Followup,
    FollowupScope,
    FollowupUpdate,
)
from kbpartners.followups.service import standing
from kbpartners.followups.service.standing import Standing
from kbpartners.organizations.models import Organization, Post
from kbpartners.security import Identity, Permission, visible

STATUSES = (IN_PROGRESS, *PROPOSALS)
STRICT = ("high", "urgent")
"""Priorities at which "done" needs evidence, not words alone."""


@dataclass(frozen=True)
class Origin:
    """How an entry reached the office: typed by the liaison, or by WhatsApp, letter, phone or in a meeting."""

    source: str = "liaison"
    sender: str = ""
    number: str = ""
    day: date | None = None


class Sent(NamedTuple):
    """The id of the entry; `again` if it had arrived before (the same form sent twice)."""

    id: int
    again: bool = False


# --- reporting ----------------------------------------------------------------------------------------------------


def send(
    who: Identity,
    followup_id: int,
    *,
    token: str,
    status: str,
    note: str,
    obstacle: str = "",
    link: str = "",
    origin: Origin | None = None,
    files_follow: bool = False,
) -> Sent:
    """Add an entry to the log: news (in_progress), or a proposal to close (proposed_done, proposed_not_feasible).

    The files kept as drafts under `token` become its evidence; `files_follow` says that the page sends them afterwards,
    one by one. The same token again changes nothing. Raises Invalid on the field that is missing, Refused without the
    right, NotFound outside the scope.
    """
    record = standing.locked(followup_id, who)
    if not who.can(Permission.FOLLOWUPS_REPORT):
        raise Refused(_("Akun Anda hanya dapat membaca tindak lanjut."))
    if known := _by_token(followup_id, token, who):
        attachments.adopt(token, who, update_id=known)
        return Sent(known, again=True)
    origin, on_behalf = _origin(who, record, origin or Origin())
    if link:
        attachments.add_link(link, "", who, token)
    evidence = files_follow or bool(attachments.drafts(token, who))
    _check(record, status, note, obstacle, evidence)
    entry = FollowupUpdate(
        followup_id=followup_id,
        token=token,
        status=SUBMITTED if status in PROPOSALS else "",
        proposal=status,
        note=note,
        obstacle=obstacle,
        source=origin.source,
        sender=origin.sender,
        source_number=origin.number,
        source_date=origin.day,
        submitted_at=clock.now(),
        author_id=who.user_id,
        author_post_id=who.post_id,
        on_behalf_of_id=record.organization_id if on_behalf else None,
        decision_note="",
    )
    db.session.add(entry)
    db.session.flush()
    attachments.adopt(token, who, is_source=on_behalf, update_id=entry.id)
    _take_in(record, entry)
    standing.note_revision(who, followup_id, _sentence(who, entry, record))
    return Sent(entry.id)


def add_evidence(who: Identity, followup_id: int, update_id: int) -> int:
    """Hand the author's drafts (kept under the entry's own token) to an entry that is not decided yet.

    Returns how many pieces were added. Raises NotFound for the entries of others.
    """
    entry = _own(who, followup_id, update_id)
    if entry.status in (ACCEPTED, RETURNED):
        raise Invalid(_("Kabar ini sudah diputuskan. Kirim buktinya dengan kabar baru."), field="files")
    added = attachments.adopt(entry.token, who, is_source=entry.on_behalf_of_id is not None, update_id=update_id)
    if added:
        names = ", ".join(view.filename for view in added)
        standing.note_revision(who, followup_id, f"{who.name} menambah bukti dukung: {names}.")
    return len(added)


def token_of(who: Identity, followup_id: int, update_id: int) -> str:
    """The token under which the author's further files for an entry are kept. Raises NotFound for those of others."""
    return _own(who, followup_id, update_id).token


def _own(who: Identity, followup_id: int, update_id: int) -> FollowupUpdate:
    entry = db.session.execute(
        select(FollowupUpdate)
        .outerjoin(Post, Post.id == FollowupUpdate.author_post_id)
        .where(
            FollowupUpdate.id == update_id,
            FollowupUpdate.followup_id == followup_id,
            # People move on: whoever speaks for the unit now brings what its entry still lacks.
            or_(
                FollowupUpdate.author_id == who.user_id,
                Post.organization_id.in_(() if who.of_office else who.unit_ids),
            ),
            visible(FollowupScope, FollowupUpdate.followup_id, who),
        )
    ).scalar_one_or_none()
    if entry is None:
        raise NotFound
    return entry


def _by_token(followup_id: int, token: str, who: Identity) -> int | None:
    row = db.session.execute(
        select(FollowupUpdate.id, FollowupUpdate.followup_id, FollowupUpdate.author_id).where(
            FollowupUpdate.token == token
        )
    ).one_or_none()
    if row is None:
        return None
    if (row.followup_id, row.author_id) != (followup_id, who.user_id):
        raise Invalid(_("Formulir ini sudah dipakai. Muat ulang halamannya."))
    return row.id


def _origin(who: Identity, record: Followup, origin: Origin) -> tuple[Origin, bool]:
    """Where the entry comes from, and whether the secretariat enters it on behalf of the unit."""
    if not who.of_office:
        return Origin(), False
    if origin.source == "liaison":
        if not _is_office_unit(record.organization_id, who):
            raise Invalid(_("Pilih dari mana kabar satuan ini datang."), field="source")
        return Origin(), False
    if not origin.sender:
        raise Invalid(_("Tulis siapa yang mengirim kabar ini."), field="sender")
    if origin.day is not None and origin.day > clock.today():
        raise Invalid(_("Tanggal sumber tidak boleh sesudah hari ini."), field="source_date")
    return origin, True


def _is_office_unit(organization_id: int, who: Identity) -> bool:
    path = select(Organization.path).where(Organization.id == organization_id)
    return db.session.execute(path).scalar_one().startswith(f"/{who.unit_id}/")


def _check(record: Followup, status: str, note: str, obstacle: str, evidence: bool) -> None:
    if record.status in CLOSED:
        raise Invalid(_("Tindak lanjut ini sudah ditutup; kabar baru tidak dapat ditambahkan."))
    if status not in STATUSES:
        raise Invalid(_("Pilih salah satu dari daftar."), field="status")
    if status in PROPOSALS and record.report_state == SUBMITTED:
        raise Invalid(
            _("Usulan sebelumnya masih menunggu verifikasi. Kirim tambahannya sebagai “Dalam proses”."), field="status"
        )
    if status == PROPOSED_NOT_FEASIBLE and not note:
        raise Invalid(_("Tulis alasan mengapa tidak dapat ditindaklanjuti."), field="note")
    if not note and (status == PROPOSED_DONE or not (obstacle or evidence)):
        raise Invalid(_("Tulis apa yang sudah dikerjakan."), field="note")
    if status == PROPOSED_DONE and record.priority in STRICT and not evidence and not has_evidence(record.id):
        raise Invalid(
            _("Prioritas %(word)s: lampirkan bukti dukung.", word=formats.word("priority", record.priority).lower()),
            field="files",
        )


def has_evidence(followup_id: int) -> bool:
    """Whether anything in the log of the follow-up is proved by a file or a link."""
    query = (
        select(Attachment.id)
        .join(FollowupUpdate, FollowupUpdate.id == Attachment.update_id)
        .where(FollowupUpdate.followup_id == followup_id)
        .limit(1)
    )
    return db.session.execute(query).first() is not None


def _take_in(record: Followup, entry: FollowupUpdate) -> None:
    """Bring the cache on the follow-up up to date. News after a return answers it: it is no longer "returned"."""
    before = Standing.of(record)
    record.news_on = max(record.news_on, entry.source_date or clock.today())
    record.obstacle = entry.obstacle
    if entry.note:
        record.last_note = entry.note
    if entry.status == SUBMITTED:
        record.report_state = SUBMITTED
    elif record.report_state == RETURNED:
        record.report_state = ""
    if entry.proposal == PROPOSED_DONE:
        record.status = PROPOSED_DONE
    elif record.status != PROPOSED_DONE:
        record.status = IN_PROGRESS
    standing.settle(record, before)


_DEEDS = {
    IN_PROGRESS: "memberi kabar",
    PROPOSED_DONE: "mengusulkan selesai",
    PROPOSED_NOT_FEASIBLE: "mengusulkan tidak dapat ditindaklanjuti",
}


def _sentence(who: Identity, entry: FollowupUpdate, record: Followup) -> str:
    deed = _DEEDS[entry.proposal]
    if entry.on_behalf_of_id is None:
        return f"{who.name} {deed}: {_short(entry.note or entry.obstacle)}"
    unit = db.session.execute(select(Organization.name).where(Organization.id == record.organization_id)).scalar_one()
    source = {"whatsapp": "WhatsApp", "letter": "surat", "phone": "telepon", "meeting": "rapat"}[entry.source]
    number = f" nomor {entry.source_number}" if entry.source_number else ""
    return (
        f"{who.name} mencatat atas nama {unit}, dari {source}{number} oleh {entry.sender}; {deed}: "
        f"{_short(entry.note or entry.obstacle)}"
    )


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 200 else words[:199].rstrip() + "…"


# --- deciding -----------------------------------------------------------------------------------------------------


def decide(who: Identity, update_id: int, *, decision: str, note: str = "") -> int:
    """Accept or return a proposal; returns the follow-up's id. Deciding the same way twice changes nothing.

    Nobody decides on their own proposal. What the secretariat entered on behalf of a unit may be decided by whoever
    entered it if proof of the source is attached; the log then says so.
    """
    entry = db.session.execute(
        select(FollowupUpdate).where(
            FollowupUpdate.id == update_id, visible(FollowupScope, FollowupUpdate.followup_id, who)
        )
    ).scalar_one_or_none()
    if entry is None:
        raise NotFound
    if not who.can(Permission.FOLLOWUPS_VERIFY):
        raise Refused(_("Usulan diputuskan oleh sekretariat."))
    record = standing.locked(entry.followup_id, who)
    db.session.refresh(entry)
    status = {"accept": ACCEPTED, "return": RETURNED}.get(decision)
    if status is None:
        raise Invalid(_("Pilih Terima atau Perlu dilengkapi."), field="decision")
    if entry.status != SUBMITTED:
        if (entry.status, entry.decided_by_id) == (status, who.user_id):
            return record.id
        raise Invalid(_("Usulan ini sudah diputuskan. Muat ulang halaman untuk melihat keputusannya."))
    own = _check_decision(who, entry, record, status, note)
    entry.status, entry.decision_note = status, note
    entry.decided_at, entry.decided_by_id = clock.now(), who.user_id
    _apply(record, entry)
    standing.note_revision(who, record.id, _decision_sentence(who, entry, own))
    return record.id


def may_decide(who: Identity, entry: Any) -> bool:
    """Whether `who` may decide on an entry of the log (with its `files`): the rule that `decide` enforces."""
    if entry.author_id != who.user_id:
        return True
    return entry.on_behalf_of_id is not None and any(view.is_source for view in entry.files)


def _check_decision(who: Identity, entry: FollowupUpdate, record: Followup, status: str, note: str) -> bool:
    """Whether it is the decider's own entry on behalf of a unit (allowed, with proof). Raises what forbids it."""
    own = entry.author_id == who.user_id
    if own and entry.on_behalf_of_id is None:
        raise Refused(_("Usulan sendiri diputuskan oleh orang lain."))
    if own and not any(view.is_source for view in attachments.of(update_id=entry.id)):
        raise Refused(
            _("Catatan Anda sendiri atas nama satuan hanya dapat diputuskan bila bukti sumbernya dilampirkan.")
        )
    if status == RETURNED and not note:
        raise Invalid(_("Tulis apa yang perlu dilengkapi."), field="note")
    strict = entry.proposal == PROPOSED_DONE and record.priority in STRICT
    if status == ACCEPTED and strict and not has_evidence(record.id):
        raise Invalid(_("Belum ada bukti dukung. Minta dilengkapi."), field="note")
    return own


def _apply(record: Followup, entry: FollowupUpdate) -> None:
    before = Standing.of(record)
    if entry.status == RETURNED:
        record.status, record.report_state = IN_PROGRESS, RETURNED
    else:
        record.report_state = ""
        record.finished_on = entry.source_date or clock.to_local(entry.submitted_at).date()
        if entry.proposal == PROPOSED_DONE:
            record.status = DONE
        else:
            record.status, record.reason = NOT_FEASIBLE, entry.note[:500]
    standing.settle(record, before)


def _decision_sentence(who: Identity, entry: FollowupUpdate, own: bool) -> str:
    what = "selesai" if entry.proposal == PROPOSED_DONE else "tidak dapat ditindaklanjuti"
    remark = f" Catatan: {_short(entry.decision_note)}" if entry.decision_note else ""
    proof = " (dicatatnya sendiri atas nama satuan, dengan bukti sumber)" if own else ""
    if entry.status == ACCEPTED:
        return f"{who.name} menerima usulan {what}{proof}.{remark}"
    return f"{who.name} meminta usulan {what} dilengkapi{proof}: {_short(entry.decision_note)}"
