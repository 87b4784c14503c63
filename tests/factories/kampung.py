"""Kampung KB for tests, and published lists as files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from kbpartners.imports.kampung_rows import COLUMNS
from kbpartners.kampung import service
from kbpartners.kampung.service import Published, Values
from kbpartners.security import Identity

SCORES = (3, 2, 4, 3, 3, 1, 4, 2, 2, 4, 2, 3)
INDICES = (300, 233, 275)
TITLES = [column.title for column in COLUMNS]


def make_kampung(who: Identity, region_id: int, name: str = "Melati", **values: Any) -> int:
    """Register a Kampung KB in a village (inside `with write():` or with `ctx`); returns its id."""
    return service.create(who, values=Values(name=name, region_id=region_id, **values))


def classify(code: str, name: str = "Melati", label: str = "dasar", year: int = 2025, **scores: int | None) -> None:
    """Write one line of a published list: the Kampung KB of the village with its classification of the year.

    `scores` replaces some of the twelve by their attribute.
    """
    values = dict(zip(service.MEASURES, (*SCORES, *INDICES), strict=True)) | scores
    line = Published(code, name, label, tuple(values[key] for key in service.MEASURES))
    service.write_list(None, [line], year=year, source="Berkas uji", origin="uji")


def list_row(
    name: str, district: str, village: str, *, regency: str = "LAHAT", label: str = "Dasar", **cells: Any
) -> list[Any]:
    """A row of the published list; `cells` replaces some by title, with _ for what is no letter."""
    row: list[Any] = [name, "SUMATERA SELATAN", regency, district, village, *SCORES, 3.0, 2.33, 2.75, label]
    keys = [title.replace(" ", "_").replace("/", "_") for title in TITLES]
    for key, value in cells.items():
        row[keys.index(key)] = value
    return row


def list_file(rows: Sequence[Sequence[Any]], header: Sequence[str] = TITLES) -> bytes:
    """The list as an XLSX file."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Daftar")
        for number, row in enumerate([header, *rows]):
            sheet.write_row(number, 0, row)
    return target.getvalue()
