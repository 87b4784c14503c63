"""The Kampung KB of Sumatera Selatan in the example: the province's published list, as far as it matches by itself.

`kampung_sumsel.csv` holds facts of that list only: the code of the village, the name as published, the class, three
indices (hundredths) and twelve scores (one digit each, "-" where none was published). It has the 2,136 lines whose
village is certain; the other 41 are a person's to decide and come in through an import. The list does not say its year:
it is recorded as 2025, and every classification says that this is an example.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import select

from kbpartners.db import db
from kbpartners.kampung import service as kampung
from kbpartners.kampung.models import SCORES
from kbpartners.regions.models import VILLAGE, Region
from kbpartners.security import Identity

FILE = Path(__file__).with_name("kampung_sumsel.csv")
HEADER = ("code", "name", "label", "index_input", "index_process", "index_output", "scores")
YEAR = 2025
SOURCE = "Daftar klasifikasi provinsi; tahun data belum disebut sumber, dicatat sebagai tahun 2025 (contoh)"


def load_kampung(who: Identity | None = None) -> int:
    """Write the list, in the caller's transaction; the second time nothing changes. Returns how many are new.

    Villages that the database does not know (another province) are left out.
    """
    known = set(db.session.execute(select(Region.code).where(Region.level == VILLAGE)).scalars())
    lines = [line for line in published() if line.code in known]
    return kampung.write_list(who, lines, year=YEAR, source=SOURCE, origin="data contoh").created


def published() -> Iterator[kampung.Published]:
    """The lines of the file."""
    with FILE.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            indices = tuple(int(row[name]) if row[name] else None for name in HEADER[3:6])
            scores = tuple(None if digit == "-" else int(digit) for digit in row["scores"])
            yield kampung.Published(row["code"], row["name"], row["label"], (*scores, *indices))


def to_line(line: kampung.Published) -> Sequence[str]:
    """A line of the file; how it was made from the published list."""
    scores, indices = line.measures[: len(SCORES)], line.measures[len(SCORES) :]
    shown = ["" if value is None else str(value) for value in indices]
    return (line.code, line.name, line.label, *shown, "".join("-" if s is None else str(s) for s in scores))
