"""A current cycle around the day of loading: every status for each demo account, all of it "contoh"."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from kbpartners import clock
from kbpartners.attachments import service as attachments
from kbpartners.commitments import service as commitments
from kbpartners.commitments.service import Behalf, IndicatorTerms, Progress, Terms, bulk, deeds
from kbpartners.example import pictures
from kbpartners.example.people import People
from kbpartners.example.words import DECISIONS, PARTNERS, Promise, Words
from kbpartners.followups import service as followups
from kbpartners.followups.service import Origin, Source
from kbpartners.meetings import service as meetings
from kbpartners.meetings.service import AttendanceValues, DecisionValues, MeetingValues

BY_WHATSAPP = ("idi", "opd.lahat")
"""Whose report waits because the secretariat entered what they wrote; the others type theirs."""


@dataclass
class Stage:
    """What the scenes share."""

    units: dict[str, int]
    people: People
    province: int
    regions: dict[str, int]
    today: date
    decisions: dict[str, int]

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def at(self, offset: int, hour: int = 2) -> datetime:
        """Some time in the office's morning, so many days from today (never later than now)."""
        day = self.day(offset)
        instant = datetime(day.year, day.month, day.day, hour, 10 + abs(offset) % 45, tzinfo=UTC)
        return min(instant, clock.now())


def load(units: dict[str, int], people: People, province: int, regions: dict[str, int], predecessor: int) -> Stage:
    """Meetings, commitments with reports, follow-ups. Returns the stage, for the activities."""
    stage = Stage(units, people, province, regions, clock.today(), {})
    _meetings(stage, predecessor)
    for words in PARTNERS:
        _promises(stage, words)
        _followups(stage, words)
    return stage


# --- meetings ----------------------------------------------------------------------------------------------------


def _meetings(stage: Stage, predecessor: int) -> None:
    secretariat = stage.people
    with clock.backdated(stage.at(-30)):
        last = meetings.create(
            who=secretariat["sekretariat"],
            values=MeetingValues(
                "Radalgram: pengendalian program bersama mitra (contoh)",
                "radalgram",
                stage.day(-30),
                place="Aula Perwakilan BKKBN (contoh)",
                chair="Kepala Perwakilan",
                minute_taker="Rina (contoh)",
                predecessor_id=predecessor,
            ),
            is_example=True,
        )
        invited = ["kodam", "polda", "idi", "ibi", "pkk", *(key for key in stage.units if key.startswith("opd_"))]
        lines = [
            AttendanceValues(stage.units[key], position="Pejabat yang mewakili (contoh)", present=key != "pkk")
            for key in invited
        ]
        meetings.note_attendance(who=secretariat["sekretariat"], meeting_id=last, lines=lines, is_example=True)
        for key, kind, number, text in DECISIONS:
            stage.decisions[key] = meetings.add_decision(
                who=secretariat["sekretariat"],
                meeting_id=last,
                values=DecisionValues(kind, number, text),
                is_example=True,
            )
    with clock.backdated(stage.at(-3)):
        upcoming = meetings.create(
            who=secretariat["sekretariat"],
            values=MeetingValues(
                "Rapat Koordinasi Daerah (contoh)",
                "rakorda",
                stage.day(13),
                place="Palembang (tempat menyusul)",
                predecessor_id=last,
            ),
            is_example=True,
        )
        meetings.invite(
            who=secretariat["sekretariat"],
            meeting_id=upcoming,
            organization_ids=[stage.units[k] for k in invited],
            is_example=True,
        )


# --- commitments -------------------------------------------------------------------------------------------------


def _promises(stage: Stage, words: Words) -> None:
    scenes = {
        "late": _late,
        "returned": _returned,
        "submitted": _submitted,
        "silent": _silent,
        "running": _running,
        "not_due": _planned,
        "unreported": _planned,
        "proposed_done": _proposed,
        "done": _done,
        "done_late": _done_late,
        "ended": _ended,
    }
    for kind, promise in words.promises.items():
        scenes[kind](stage, words, promise)


def _put_off(stage: Stage, commitment: int, offset: int, due: int, reason: str) -> None:
    """The secretariat moved the due day to `due`, so many days ago, for a reason."""
    with clock.backdated(stage.at(offset, 2)):
        who = stage.people["sekretariat"]
        choice = bulk.Choice((bulk.Seen(commitment, 1),))
        choice = bulk.looked_at(choice, bulk.find(who, choice))
        change = bulk.Change(bulk.DUE, due_on=stage.day(due), reason=reason)
        deeds.carry_out(who=who, choice=choice, change=change)


def _create(stage: Stage, words: Words, promise: Promise, start: int, due: int) -> int:
    with clock.backdated(stage.at(min(start, -29) if start > -29 else start)):
        return commitments.create(
            who=stage.people["sekretariat"],
            terms=Terms(
                title=promise.title,
                organization_id=stage.units[promise.unit or words.unit],
                region_id=stage.regions.get(words.region, stage.province),
                counterpart_id=stage.units["tim_antarlembaga"],
                decision_id=stage.decisions[words.decision] if start >= -30 else None,
                period_start=stage.day(start),
                due_on=stage.day(due),
                priority=promise.priority,
                supporters={stage.units[key]: text for key, text in promise.supporters},
                indicators=[
                    IndicatorTerms(name, target * 1000, unit, source=source)
                    for name, target, unit, source in promise.indicators
                ],
                is_example=True,
            ),
        )


def _report(
    stage: Stage,
    words: Words,
    commitment: int,
    offset: int,
    share: float,
    note: str,
    *,
    proposal: str = "on_track",
    obstacle: str = "",
    next_step: str = "",
    photo: bool = False,
    only_first: bool = False,
) -> int:
    """A report by the unit's liaison, so many days ago, with `share` of each target."""
    with clock.backdated(stage.at(offset)):
        who = stage.people[words.account]
        mine = [
            i
            for i in commitments.indicators_of_one(commitment)
            if i.source == "partner" or words.account == "opd.lahat"
        ]
        values = {i.id: round((i.target or 0) / 1000 * share) * 1000 for i in (mine[:1] if only_first else mine)}
        token = str(uuid.uuid4())
        if photo:
            _evidence(stage, words, token, f"Kegiatan {words.short} {abs(offset)}")
        progress = Progress(values, note, obstacle, next_step, proposal)
        return commitments.report(commitment, who=who, token=token, progress=progress).report_id


def _evidence(stage: Stage, words: Words, token: str, title: str) -> None:
    prepared = attachments.prepare([pictures.photo(title)], attachments.limit_bytes())
    attachments.save(prepared, who=stage.people[words.account], draft_token=token)


def _decide(stage: Stage, report: int, offset: int, decision: str = "accept", note: str = "") -> None:
    with clock.backdated(stage.at(offset, 7)):
        commitments.verify(report, who=stage.people["sekretariat"], decision=decision, note=note)


def _late(stage: Stage, words: Words, promise: Promise) -> None:
    twice = words.account == "tni"
    number = _create(stage, words, promise, -95, -40 if twice else -5)
    _decide(stage, _report(stage, words, number, -62, 0.63, "Tahap pertama selesai."), -61)
    if twice:
        _put_off(stage, number, -45, -22, "Alat pelayanan belum tiba (contoh).")
    first = _report(stage, words, number, -36, 0.66, "Angka sementara, satu wilayah belum masuk.")
    _decide(stage, first, -35, "return", "Angka satu wilayah belum masuk. Mohon dilengkapi.")
    if twice:
        _put_off(stage, number, -23, -5, "Menunggu petugas pengganti (contoh).")
    report = _report(
        stage,
        words,
        number,
        -20,
        0.697,
        "Sebagian besar wilayah sudah berjalan.",
        proposal="obstacle",
        obstacle="Petugas berganti tugas di beberapa kecamatan.",
        next_step="Menunjuk pengganti bulan ini.",
        photo=True,
    )
    _decide(stage, report, -19)


def _on_behalf(stage: Stage, words: Words, commitment: int, offset: int, share: float) -> None:
    """What the unit wrote by WhatsApp, so many days ago, entered by the secretariat with a picture of the message."""
    with clock.backdated(stage.at(offset, 1)):
        who = stage.people["sekretariat"]
        token, note = str(uuid.uuid4()), "Bertambah sejak laporan terakhir, sedang dicocokkan."
        prepared = attachments.prepare(
            [pictures.chat(f"Penghubung {words.short} (contoh)", note)], attachments.limit_bytes()
        )
        attachments.save(prepared, who=who, draft_token=token)
        first = commitments.indicators_of_one(commitment)[0]
        values = {first.id: round((first.target or 0) / 1000 * share) * 1000}
        behalf = Behalf("whatsapp", f"Penghubung {words.short} (contoh)", day=stage.day(offset))
        commitments.report(commitment, who=who, token=token, progress=Progress(values, note, behalf=behalf))


def _returned(stage: Stage, words: Words, promise: Promise) -> None:
    number = _create(stage, words, promise, -60, 10)
    _decide(stage, _report(stage, words, number, -40, 0.42, "Jadwal disusun bersama OPD-KB."), -39)
    report = _report(stage, words, number, -4, 0.64, "Pelaksanaan berjalan di sebagian wilayah.", photo=True)
    _decide(stage, report, -2, "return", "Mohon lengkapi daftar lokasi, agar dapat dicocokkan dengan Kampung KB.")


def _submitted(stage: Stage, words: Words, promise: Promise) -> None:
    number = _create(stage, words, promise, -28, 8)
    _decide(stage, _report(stage, words, number, -15, 0.5, "Separuh sasaran tercapai."), -14)
    if words.account in BY_WHATSAPP:
        _on_behalf(stage, words, number, -1, 0.76)
        return
    _report(
        stage,
        words,
        number,
        -2,
        0.76,
        "Pelayanan putaran kedua selesai.",
        photo=True,
        next_step="Putaran ketiga minggu depan.",
    )


def _silent(stage: Stage, words: Words, promise: Promise) -> None:
    once = words.account == "polri"
    number = _create(stage, words, promise, -100, 10 if once else 40)
    if once:
        _put_off(stage, number, -50, 40, "Pergantian pejabat; jadwal disusun ulang (contoh).")
    _decide(stage, _report(stage, words, number, -34, 0.41, "Sosialisasi di sebagian kabupaten/kota."), -33)


def _running(stage: Stage, words: Words, promise: Promise) -> None:
    number = _create(stage, words, promise, -29, 26)
    _decide(stage, _report(stage, words, number, -20, 0.55, "Angkatan pertama selesai.", only_first=True), -19)
    report = _report(stage, words, number, -6, 1.087, "Peserta melampaui rencana.", photo=True, only_first=True)
    _decide(stage, report, -5)


def _planned(stage: Stage, words: Words, promise: Promise) -> None:
    start, due = (30, 95) if promise is words.promises["not_due"] else (-6, 45)
    _create(stage, words, promise, start, due)


def _proposed(stage: Stage, words: Words, promise: Promise) -> None:
    number = _create(stage, words, promise, -28, 3)
    _decide(stage, _report(stage, words, number, -12, 0.7, "Tinggal dua lokasi."), -11)
    _report(stage, words, number, -1, 1.0, "Semua lokasi selesai.", proposal="proposed_done", photo=True)


def _done(stage: Stage, words: Words, promise: Promise) -> None:
    number = _create(stage, words, promise, -90, -20)
    _decide(
        stage,
        _report(stage, words, number, -24, 1.04, "Selesai sesuai rencana.", proposal="proposed_done", photo=True),
        -23,
    )


def _done_late(stage: Stage, words: Words, promise: Promise) -> None:
    number = _create(stage, words, promise, -90, -14)
    _decide(
        stage,
        _report(stage, words, number, -12, 1.0, "Selesai, data terakhir masuk belakangan.", proposal="proposed_done"),
        -11,
    )


def _ended(stage: Stage, words: Words, promise: Promise) -> None:
    number = _create(stage, words, promise, -80, 30)
    with clock.backdated(stage.at(-18)):
        commitments.end(number, who=stage.people["sekretariat"], reason="Digabung dengan komitmen lain (contoh).")


# --- follow-ups --------------------------------------------------------------------------------------------------


def _followups(stage: Stage, words: Words) -> None:
    texts = iter(words.followups)
    plan = (  # due day, what happens: (offset, status, decision)
        (12, ()),
        (-3, ((-10, "in_progress", ""),)),
        (20, ((-5, "in_progress", ""),)),
        (4, ((-1, "proposed_done", ""),)),
        (-8, ((-12, "proposed_done", "accept"),)),
        (-10, ((-8, "proposed_done", "accept"),)),
        (9, ((-4, "proposed_done", "return"),)),
        (15, ((-9, "proposed_not_feasible", "accept"),)),
    )
    for due, events in plan:
        with clock.backdated(stage.at(-29)):
            followup = _followup(stage, words, next(texts), due)
        for offset, status, decision in events:
            _update(stage, words, followup, offset, status, decision)
    with clock.backdated(stage.at(-29, 3)):
        moved = _followup(stage, words, next(texts), 18)
    with clock.backdated(stage.at(-15)):
        followups.transfer(
            stage.people["sekretariat"],
            moved,
            version=1,
            organization_id=stage.units[words.below],
            due_on=stage.day(18),
            reason="Dikerjakan satuan di bawahnya (contoh).",
        )


def _followup(stage: Stage, words: Words, title: str, due: int) -> int:
    return followups.create(
        stage.people["sekretariat"],
        title=title,
        organization_id=stage.units[words.unit],
        due_on=stage.day(due),
        source=Source(decision_id=stage.decisions[words.decision]),
        is_example=True,
    )


def _update(stage: Stage, words: Words, followup: int, offset: int, status: str, decision: str) -> None:
    notes = {
        "in_progress": "Sudah dibahas dengan satuan terkait, menunggu jadwal.",
        "proposed_done": "Sudah dilaksanakan; daftar dan foto dilampirkan.",
        "proposed_not_feasible": "Alasan yang sah: anggaran tahun ini sudah terkunci.",
    }
    with clock.backdated(stage.at(offset)):
        token = str(uuid.uuid4())
        if status == "proposed_done":
            _evidence(stage, words, token, f"Tindak lanjut {words.short}")
        update = followups.send(
            stage.people[words.account],
            followup,
            token=token,
            status=status,
            note=notes[status],
            obstacle="Jadwal bersamaan dengan kegiatan lain." if offset == -10 else "",
            origin=Origin(),
        )
    if decision:
        with clock.backdated(stage.at(offset + 1, 7)):
            note = "Mohon lampirkan daftar hadir." if decision == "return" else ""
            followups.decide(stage.people["sekretariat"], update.id, decision=decision, note=note)
