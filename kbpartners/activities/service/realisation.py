"""Reporting what was done, and the secretariat's decision on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from kbpartners import clock, formats
from kbpartners.activities.models import PLANNED, REPORTED, VERIFIED, Activity
from kbpartners.activities.service.details import LEAD, Participant
from kbpartners.activities.service.records import for_writing, record, write_activity_scopes
from kbpartners.attachments import service as attachments
from kbpartners.attachments.models import Attachment
from kbpartners.db import db
from kbpartners.errors import Conflict, FieldConflict, Invalid, Refused
from kbpartners.organizations.models import path_ids
from kbpartners.organizations.service import office_id
from kbpartners.security import Identity

MOST_PARTICIPANTS = 10_000_000


@dataclass(frozen=True)
class RealisationValues:
    """What was done: the days (office dates), the result in words, participants (a number; None = not counted)."""

    realised_on: date
    result: str
    realised_until: date | None = None
    participants: int | None = None
    obstacle: str = ""

    def tidy(self) -> RealisationValues:
        """A one-day activity ends on the day it began."""
        until = self.realised_until or self.realised_on
        return RealisationValues(self.realised_on, self.result, until, self.participants, self.obstacle)


def report(
    *,
    who: Identity | None,
    activity_id: int,
    values: RealisationValues,
    version: int | None = None,
    token: str = "",
    link: str = "",
    without: Iterable[int] = (),
) -> None:
    """Report an activity, or correct a report that is not yet verified: its status becomes `reported`.

    `version` is that of the page the report was typed on; sending the same report twice is harmless. Drafts under
    `token` become its evidence (but those in `without`), `link` is evidence on the web.
    Raises NotFound, Refused, Conflict, Invalid (`realised_on`, `realised_until`, `participants`, `result`, `link`).
    """
    activity, at, taking_part, rights = for_writing(who, activity_id)
    if activity.status not in (PLANNED, REPORTED):
        raise Invalid(_("Kegiatan ini sudah diputuskan. Laporannya tidak dapat diubah lagi."))
    if not rights.report:
        raise Refused(_("Kegiatan ini dilaporkan oleh organisasi yang ikut atau sekretariat."))
    values = values.tidy()
    before = _values(activity)
    if activity.status == REPORTED and before == values:
        _attach(who, activity, token, link, without)
        return
    if version is not None and activity.version != version:
        raise Conflict(_differences(before, values), activity.version)
    _check(values)
    with force_locale("id"):  # the log keeps one language, whoever writes
        changes = [(row.label, row.saved, row.yours) for row in _differences(before, values)]
    first = activity.status == PLANNED
    activity.realised_on, activity.realised_until = values.realised_on, values.realised_until
    activity.participants, activity.result, activity.obstacle = values.participants, values.result, values.obstacle
    activity.status, activity.return_note = REPORTED, ""
    activity.reported_at, activity.reported_by_id = clock.now(), who.user_id if who else None
    activity.decided_at = activity.decided_by_id = None
    activity.version += 1
    db.session.flush()
    write_activity_scopes(activity, at)
    record(who, activity, _sentence(who, activity, taking_part, first=first), changes)
    _attach(who, activity, token, link, without)


def add_evidence(*, who: Identity, activity_id: int, token: str, link: str = "") -> int:
    """Hand the drafts of a token to an activity that was reported before; returns how many were added.

    Raises NotFound, Refused, Invalid (`link`, or "" where nothing was reported yet or the report is verified).
    """
    activity, _at, _taking_part, rights = for_writing(who, activity_id)
    if activity.status != REPORTED:
        raise Invalid(_("Bukti ditambahkan selama laporan menunggu verifikasi."))
    if not rights.report:
        raise Refused(_("Bukti ditambahkan oleh organisasi yang ikut atau sekretariat."))
    return _attach(who, activity, token, link)


def _attach(who: Identity | None, activity: Activity, token: str, link: str, without: Iterable[int] = ()) -> int:
    if who is None or not token:
        return 0
    if link:
        attachments.add_link(link, "", who, token)
    added = attachments.adopt(token, who, activity_id=activity.id, without=without)
    if added:
        names = ", ".join(file.filename for file in added)
        sentence = f"{who.name} menambahkan {len(added)} bukti pada kegiatan “{activity.title}”."
        record(who, activity, sentence, [("Bukti", "", names)])
    return len(added)


def _sentence(who: Identity | None, activity: Activity, taking_part: list[Participant], *, first: bool) -> str:
    deed = "melaporkan" if first else "memperbaiki laporan"
    if who is not None and who.of_office and not _of_office(taking_part):
        lead = next(one.label for one in taking_part if one.role == LEAD)
        return f"{who.name} {deed} kegiatan “{activity.title}” atas nama {lead}."
    return f"{who.name if who else 'Sistem'} {deed} kegiatan “{activity.title}”."


def _check(values: RealisationValues) -> None:
    today, until = clock.today(), values.realised_until
    if values.realised_on > today:
        raise Invalid(_("Tanggal pelaksanaan belum tiba. Laporkan setelah kegiatan berlangsung."), "realised_on")
    if until and until < values.realised_on:
        raise Invalid(_("Kegiatan tidak dapat selesai sebelum dimulai."), "realised_until")
    if until and until > today:
        raise Invalid(_("Tanggal selesai belum tiba. Laporkan setelah kegiatan selesai."), "realised_until")
    if values.participants is not None and not 0 <= values.participants <= MOST_PARTICIPANTS:
        raise Invalid(_("Periksa jumlah peserta."), "participants")
    if not values.result:
        raise Invalid(_("Tulis hasilnya, walau singkat."), "result")


def verify(
    *, who: Identity | None, activity_id: int, decision: str, note: str = "", version: int | None = None
) -> None:
    """Decide on a report: `accept` verifies it, `return` sends it back with a note (Perlu dilengkapi).

    Nobody verifies the own work; an entry on behalf of a partner only where evidence is attached, and the log says so.
    Raises NotFound, Refused, Invalid (`decision`, `note`, or "" where the report changed or is decided already).
    """
    activity, at, taking_part, rights = for_writing(who, activity_id)
    if activity.status != REPORTED:
        raise Invalid(_("Laporan ini sudah diputuskan."))
    if not rights.verify:
        raise Refused(_("Laporan diverifikasi oleh sekretariat."))
    if version is not None and activity.version != version:
        raise Invalid(_("Laporan ini berubah sejak Anda membukanya. Periksa isinya sekali lagi."))
    if decision not in ("accept", "return"):
        raise Invalid(_("Pilih: terima atau kembalikan."), "decision")
    if decision == "return" and not note:
        raise Invalid(_("Tulis apa yang perlu dilengkapi."), "note")
    own_entry = who is not None and activity.reported_by_id == who.user_id
    if decision == "accept" and own_entry:
        _check_own_entry(activity, taking_part)
    activity.status = VERIFIED if decision == "accept" else PLANNED
    activity.return_note = note if decision == "return" else ""
    activity.decided_at, activity.decided_by_id = clock.now(), who.user_id if who else None
    activity.version += 1
    db.session.flush()
    write_activity_scopes(activity, at)
    deed = "memverifikasi" if decision == "accept" else "mengembalikan"
    sentence = f"{who.name if who else 'Sistem'} {deed} laporan kegiatan “{activity.title}”."
    if own_entry and decision == "accept":
        sentence += " Laporan ini dicatatnya sendiri atas nama mitra, dengan bukti terlampir."
    record(who, activity, sentence, [("Catatan", "", note)])


def _check_own_entry(activity: Activity, taking_part: list[Participant]) -> None:
    if _of_office(taking_part):
        raise Refused(_("Pekerjaan sendiri diverifikasi oleh orang lain di sekretariat."))
    attached = db.session.execute(select(Attachment.id).where(Attachment.activity_id == activity.id).limit(1)).first()
    if attached is None:
        raise Invalid(_("Lampirkan bukti dulu: laporan ini Anda catat sendiri atas nama mitra."))


def _of_office(taking_part: list[Participant]) -> bool:
    """Whether the organiser is BKKBN itself."""
    lead = next((one for one in taking_part if one.role == LEAD), None)
    return lead is not None and office_id() in path_ids(lead.path)


def _values(activity: Activity) -> RealisationValues | None:
    if activity.realised_on is None:
        return None
    return RealisationValues(
        activity.realised_on, activity.result, activity.realised_until, activity.participants, activity.obstacle
    )


def _differences(saved: RealisationValues | None, yours: RealisationValues) -> list[FieldConflict]:
    def printed(values: RealisationValues | None) -> list[str]:
        if values is None:
            return [""] * 5
        return [
            formats.date_medium(values.realised_on),
            formats.date_medium(values.realised_until),
            "" if values.participants is None else formats.number(values.participants),
            values.result,
            values.obstacle,
        ]

    labels = [_("Mulai"), _("Selesai"), _("Peserta"), _("Hasil"), _("Kendala")]
    return [FieldConflict(*row) for row in zip(labels, printed(saved), printed(yours), strict=True)]
