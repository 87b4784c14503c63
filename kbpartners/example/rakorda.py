"""The Rakorda of 7 March 2017. Place, participants and decisions come only from the newspaper's report of that day.

Owners and due dates of what came from it are not in the report: everything with one is marked "contoh". What that
meeting left is closed or carried over into the current cycle.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

from kbpartners import clock
from kbpartners.commitments import service as commitments
from kbpartners.commitments.service import Behalf, IndicatorTerms, Progress, Terms
from kbpartners.example.partners import REGENCIES
from kbpartners.example.people import People
from kbpartners.followups import service as followups
from kbpartners.followups.service import Origin, Source
from kbpartners.meetings import service as meetings
from kbpartners.meetings.service import AttendanceValues, DecisionValues, MeetingValues

DAY = date(2017, 3, 7)
YEAR_END, HALF_YEAR = date(2017, 12, 31), date(2017, 6, 30)

_DECISIONS = {
    "arahan_mitra": DecisionValues(
        "arahan",
        1,
        "Saat ini dan ke depan BKKBN meningkatkan kemitraan kepada semua mitra kerja, terutama dengan TNI, Polri, "
        "Ikatan Dokter Indonesia, dan pihak lain yang berkepentingan, untuk memacu program kependudukan, keluarga "
        "berencana, dan pembangunan keluarga.",
        "Wakil Presiden, pada Rakornas",
    ),
    "arahan_kampung": DecisionValues(
        "arahan",
        2,
        "Pencanangan dan pembentukan Kampung KB adalah instruksi Presiden, supaya program KB digalakkan kembali.",
        "Presiden, pada pencanangan di Cirebon, Januari 2016",
    ),
    "kampung": DecisionValues(
        "kesepakatan",
        1,
        "Tahun 2017 di Sumatera Selatan dilakukan pencanangan dan pembentukan Kampung KB di 231 kecamatan: satu "
        "kecamatan satu Kampung KB.",
    ),
    "rakornas": DecisionValues(
        "rekomendasi",
        1,
        "Hasil Rakornas BKKBN ditindaklanjuti di 17 kabupaten/kota.",
    ),
    "koordinasi": DecisionValues(
        "rekomendasi",
        2,
        "Walaupun nama badan berganti, koordinasi dengan semua mitra kerja tetap ditingkatkan.",
        "Mukminin, Sekretaris BKKBN Sumatera Selatan",
    ),
}


def _at(day: date, hour: int = 3) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def load(units: dict[str, int], people: People, province: int) -> int:
    """Record the meeting and what came from it; returns the meeting's id."""
    with clock.backdated(_at(DAY)):
        meeting = _meeting(units, people)
        decisions = {
            key: meetings.add_decision(who=people["sekretariat"], meeting_id=meeting, values=values)
            for key, values in _DECISIONS.items()
        }
        promised = _commitments(units, people, province, decisions)
        followed = _followups(units, people, decisions)
    _close(people, promised, followed)
    return meeting


def _meeting(units: dict[str, int], people: People) -> int:
    secretariat = people["sekretariat"]
    meeting = meetings.create(
        who=secretariat,
        values=MeetingValues(
            title="Rapat Koordinasi Daerah BKKBN Sumatera Selatan 2017",
            kind="rakorda",
            held_on=DAY,
            place="Hotel Aston, Palembang",
            description="Membahas tindak lanjut hasil Rapat Koordinasi Nasional BKKBN, 6–7 Januari 2017 di Ancol, "
            "Jakarta, yang dibuka oleh Wakil Presiden.",
        ),
    )
    offices = [units[f"opd_{code}"] for code in REGENCIES]
    meetings.invite(who=secretariat, meeting_id=meeting, organization_ids=[])
    lines = [AttendanceValues(office, position="Kepala Dinas", present=True) for office in offices]
    lines += [
        AttendanceValues(office, position="Pejabat eselon III (Sekretaris, Kabid KB, KS, Kependudukan)", present=True)
        for office in offices
    ]
    meetings.note_attendance(who=secretariat, meeting_id=meeting, lines=lines)
    return meeting


def _commitments(units: dict[str, int], people: People, province: int, decisions: dict[str, int]) -> dict[str, int]:
    names = {"kodam": "TNI", "polda": "Polri", "idi": "IDI"}
    found = {
        key: commitments.create(
            who=people["sekretariat"],
            terms=Terms(
                title=f"Kemitraan {name} dan BKKBN diperkuat sampai lini lapangan",
                organization_id=units[key],
                region_id=province,
                counterpart_id=units["tim_antarlembaga"],
                decision_id=decisions["arahan_mitra"],
                period_start=DAY,
                due_on=YEAR_END,
                priority="high",
                indicators=[IndicatorTerms("Kabupaten/kota dengan kegiatan bersama", 17_000, "kabupaten/kota")],
                is_example=True,
            ),
        )
        for key, name in names.items()
    }
    found["kampung"] = commitments.create(
        who=people["sekretariat"],
        terms=Terms(
            title="Satu kecamatan satu Kampung KB pada tahun 2017",
            organization_id=units["office"],
            region_id=province,
            counterpart_id=units["tim_antarlembaga"],
            decision_id=decisions["kampung"],
            period_start=DAY,
            due_on=YEAR_END,
            priority="urgent",
            supporters={units[f"opd_{code}"]: "Pencanangan di kecamatan masing-masing" for code in REGENCIES},
            indicators=[IndicatorTerms("Kecamatan dengan Kampung KB", 231_000, "kecamatan", source="opd")],
            is_example=True,
        ),
    )
    return found


def _followups(units: dict[str, int], people: People, decisions: dict[str, int]) -> dict[str, int]:
    found = {
        code: followups.create(
            people["sekretariat"],
            title=f"Menindaklanjuti hasil Rakornas di {name}",
            organization_id=units[f"opd_{code}"],
            due_on=HALF_YEAR,
            priority="high",
            source=Source(decision_id=decisions["rakornas"]),
            is_example=True,
        )
        for code, name in REGENCIES.items()
    }
    found["koordinasi"] = followups.create(
        people["sekretariat"],
        title="Menjadwalkan pertemuan koordinasi dengan semua mitra kerja",
        organization_id=units["tim_antarlembaga"],
        due_on=date(2017, 4, 28),
        source=Source(decision_id=decisions["koordinasi"]),
        is_example=True,
    )
    return found


def _close(people: People, promised: dict[str, int], followed: dict[str, int]) -> None:
    """What came from the meeting is finished (some of it late) or carried over; figures and days are examples."""
    for number, (code, followup) in enumerate(followed.items()):
        day = (
            date(2017, 4, 20)
            if code == "koordinasi"
            else date(2017, 7, 2)
            if number % 6 == 5
            else date(2017, 6, 5 + number)
        )
        with clock.backdated(_at(day)):
            update = followups.send(
                people["sekretariat"],
                followup,
                token=str(uuid.uuid4()),
                status="proposed_done",
                note="Hasil Rakornas sudah dibahas dan dimasukkan ke rencana kerja."
                if code != "koordinasi"
                else "Jadwal dikirim.",
                link="https://contoh.id/laporan-tindak-lanjut",
                origin=Origin("letter", "Dinas PPKB (contoh)", f"contoh/{number + 1:02}/2017", day),
            )
        with clock.backdated(_at(day, 8)):
            followups.decide(people["admin"], update.id, decision="accept")
    for key in ("kodam", "polda"):
        _finish(
            people, promised[key], date(2017, 12, 18), 17_000, "Kegiatan bersama terlaksana di semua kabupaten/kota."
        )
    with clock.backdated(_at(date(2018, 1, 8))):
        for key in ("idi", "kampung"):
            commitments.end(
                promised[key],
                who=people["sekretariat"],
                reason="Periode 2017 berakhir; dilanjutkan pada siklus berjalan (contoh).",
            )


def _finish(people: People, commitment: int, day: date, value: int, note: str) -> None:
    with clock.backdated(_at(day)):
        indicator = commitments.indicators_of_one(commitment)[0]
        sent = commitments.report(
            commitment,
            who=people["sekretariat"],
            token=str(uuid.uuid4()),
            progress=Progress(
                {indicator.id: value},
                note,
                proposal="proposed_done",
                behalf=Behalf("letter", "Penghubung (contoh)", "contoh/12/2017", day),
            ),
        )
    with clock.backdated(_at(day, 8)):
        commitments.verify(sent.report_id, who=people["admin"], decision="accept")
