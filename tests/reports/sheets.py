"""Sheets to print in tests: a matrix as a leader asks for it, with a word in every row that can be found again."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from PIL import Image

from kbpartners.reports.sheet import Cell, Column, Group, Letterhead, Sheet, Signatory, Status

COLUMNS = (
    Column("no", "No", 3),
    Column("what", "Rekomendasi/Kesepakatan", 22),
    Column("who", "Penanggung jawab", 14),
    Column("due", "Target waktu", 9.5, kind="date"),
    Column("real", "Realisasi", 14),
    Column("obstacle", "Kendala", 12.5),
    Column("next", "Tindak lanjut", 11),
    Column("status", "Status", 17, kind="status"),
)
STATUSES = (
    Status("late", "late", "Melewati tenggat 5 hari"),
    Status("run", "run", "Dalam proses"),
    Status("wait", "wait", "Menunggu verifikasi"),
    Status("none", "silent", "Tanpa kabar 34 hari"),
    Status("done", "done", "Selesai, terlambat 2 hari"),
    Status("warn", "back", "Perlu dilengkapi"),
    Status("warn", "clock", "3 hari lagi"),
    Status("none", "none", "Belum ditindaklanjuti"),
    Status("none", "slash", "Tidak dapat ditindaklanjuti"),
    Status("none", "arrow", "Dialihkan"),
    Status("warn", "warn", "Akan berakhir"),
)
WORDS = (
    "Babinsa mendampingi Kampung KB di setiap kecamatan (arahan 1 Rakorda 2017)",
    "Pelatihan KIE bagi Babinsa pendamping",
    "Bhakti Sosial Bhayangkara KB-Kesehatan 2026",
)
SIGNATORY = Signatory(
    "Kepala Perwakilan",
    "(nama pejabat, contoh)",
    place="Palembang",
    day=date(2017, 3, 7),
    rank="Pembina Utama Madya",
    id_kind="NIP",
    id_number="196001011985031001",
)
LETTERHEAD = Letterhead(
    "BADAN KEPENDUDUKAN DAN KELUARGA BERENCANA NASIONAL", "PERWAKILAN PROVINSI SUMATERA SELATAN", ("Alamat (contoh)",)
)


def mark(index: int) -> str:
    """The word by which the row is found in the printed text."""
    return f"R{index:04}"


def row(index: int, **changed: Cell) -> dict[str, Cell]:
    return {
        "what": f"{mark(index)} {WORDS[index % 3]}",
        "who": ("Kodam II/Sriwijaya; 17 OPD-KB", "Polda Sumatera Selatan")[index % 2],
        "due": date(2017, 3, 1 + index % 28),
        "real": ("168 dari 241 kecamatan (69,7\u00a0%)", "Belum dilaporkan")[index % 2],
        "obstacle": (None, "Babinsa pindah tugas di 6 kecamatan")[index % 2],
        "next": ("Laporan akhir", None)[index % 2],
        "status": STATUSES[index % len(STATUSES)],
        **changed,
    }


def sheet(rows: int = 8, *, per_group: int = 5, **changed: Any) -> Sheet:
    """A matrix with so many rows in groups of `per_group`."""
    groups = [
        Group(f"Mitra {start // per_group + 1}", [row(index) for index in range(start, min(rows, start + per_group))])
        for start in range(0, rows, per_group)
    ]
    fields: dict[str, Any] = {
        "title": "Matriks tindak lanjut",
        "columns": COLUMNS,
        "groups": groups,
        "subtitle": "Semua rapat",
        "as_of": date(2017, 3, 7),
        "letterhead": LETTERHEAD,
        "signatories": (SIGNATORY,),
        "note": "Contoh catatan.",
        "generated": "KB Partners · per 7 Maret 2017, 10.42 WIB",
    }
    return Sheet(**{**fields, **changed})


def logo() -> bytes:
    """A small PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (30, 30), "black").save(buffer, "PNG")
    return buffer.getvalue()
