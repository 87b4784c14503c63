"""The published Kampung KB list: rows of text become typed rows, or say what is wrong with which cell.

One line of the list is one Kampung KB with its place, twelve scores (1–4), three indices and the published class. The
class is taken as it stands and never worked out from the scores. An index that is not the mean of its scores is said,
not corrected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.imports.workbook import MAX_BYTES, Column, SourceRow, Table, column_letters, read_rows

NAME, PROVINCE, REGENCY, DISTRICT, VILLAGE = "Kampung KB", "Provinsi", "Kabupaten", "Kecamatan", "Desa"
LABEL = "Klasifikasi"
SCORE_TITLES = {
    "input_pokja": "Input Pokja",
    "input_funding": "Input Sumber Dana",
    "input_groups": "Input Poktan",
    "input_facilities": "Input Sarana",
    "input_field_worker": "Input PKB/PLKB",
    "process_data": "Proses Penggunaan Data",
    "process_operation": "Proses Operasional",
    "process_cross_sector": "Proses Lintas Sektor",
    "output_groups": "Output Poktan",
    "output_cpr": "Output CPR",
    "output_mkjp": "Output MKJP",
    "output_unmet_need": "Output Unmet Need",
}
"""Attribute of a classification → its title in the list, in the order of the list."""
INDEX_TITLES = {"index_input": "Index Input", "index_process": "Index Proses", "index_output": "Index Output"}
LABELS = {"dasar": "Dasar", "berkembang": "Berkembang", "mandiri": "Mandiri", "berkelanjutan": "Berkelanjutan"}

COLUMNS = (
    Column(NAME, ("Nama Kampung KB",)),
    Column(PROVINCE),
    Column(REGENCY, ("Kabupaten/Kota",)),
    Column(DISTRICT),
    Column(VILLAGE, ("Desa/Kelurahan", "Kelurahan/Desa")),
    *(Column(title) for title in SCORE_TITLES.values()),
    *(Column(title, (title.replace("Index", "Indeks"),)) for title in INDEX_TITLES.values()),
    Column(LABEL),
)
_LONGEST = {NAME: 120, PROVINCE: 80, REGENCY: 80, DISTRICT: 80, VILLAGE: 80}
_FORMULA_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
_SHOWN = 40
_SCORE = re.compile(r"([1-4])(?:[.,]0+)?")
_INDEX = re.compile(r"([0-9])(?:[.,]([0-9]{1,17}))?")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell (or, without a column, with the row); a row with errors is rejected as a whole."""

    row: int
    column: str
    message: str
    cell: str = ""

    def __str__(self) -> str:
        """ "Baris 12, kolom Desa (F12): …"."""
        if not self.column:
            return _("Baris %(row)s: %(message)s", row=self.row, message=self.message)
        return _(
            "Baris %(row)s, kolom %(column)s (%(cell)s): %(message)s",
            row=self.row,
            column=self.column,
            cell=self.cell,
            message=self.message,
        )


@dataclass(frozen=True, slots=True)
class RowNote(RowError):
    """Worth saying to the person, but the row is taken as it stands."""


@dataclass(frozen=True, slots=True)
class KampungRow:
    """One Kampung KB as published. Scores 1–4 or None, indices in hundredths or None, `label` a key of LABELS."""

    number: int
    name: str
    province: str
    regency: str
    district: str
    village: str
    scores: dict[str, int | None]
    indices: dict[str, int | None]
    label: str


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A line of the file: `row` is None exactly if there are errors. `cells`: what stood there, shortened, by title."""

    number: int
    row: KampungRow | None
    errors: tuple[RowError, ...]
    notes: tuple[RowNote, ...]
    cells: dict[str, str]


def open_list(source: Path | bytes, filename: str, limit: int = MAX_BYTES) -> Table:
    """The list as a table with all its columns there. Raises WorkbookError."""
    return read_rows(source, filename, COLUMNS, limit)


def parse(table: Table) -> Iterator[ParsedRow]:
    """Every row of the table with its type or its errors, one by one."""
    for source in table:
        yield _Reader(table, source).parsed()


def shared_villages(resolved: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    """Village code → row numbers, for villages that more than one row claims.

    At most one active Kampung KB stands in a village, so which of the rows is meant is a person's decision.
    """
    rows: dict[str, list[int]] = {}
    for number, code in resolved:
        rows.setdefault(code, []).append(number)
    return {code: numbers for code, numbers in rows.items() if len(numbers) > 1}


class _Reader:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, table: Table, source: SourceRow) -> None:
        self.table, self.source = table, source
        self.errors: list[RowError] = []
        self.notes: list[RowNote] = []

    def parsed(self) -> ParsedRow:
        row = KampungRow(
            number=self.source.number,
            name=self._name(NAME),
            province=self._name(PROVINCE),
            regency=self._name(REGENCY),
            district=self._name(DISTRICT),
            village=self._name(VILLAGE),
            scores={key: self._score(title) for key, title in SCORE_TITLES.items()},
            indices={key: self._index(title) for key, title in INDEX_TITLES.items()},
            label=self._label(),
        )
        self._check_width()
        if not self.errors:
            self._compare_means(row)
        cells = {column.title: self._raw(column.title)[:200] for column in COLUMNS}
        return ParsedRow(row.number, None if self.errors else row, tuple(self.errors), tuple(self.notes), cells)

    def _raw(self, title: str) -> str:
        return self.source.cells[self.table.at[title]]

    def _where(self, title: str) -> str:
        return f"{column_letters(self.table.at[title] + 1)}{self.source.number}"

    def _error(self, title: str, message: str) -> None:
        self.errors.append(RowError(self.source.number, title, message, self._where(title)))

    def _text(self, title: str) -> str | None:
        """The cell on one line, or None after saying why it cannot be taken."""
        raw = self._raw(title)
        hidden = next((c for c in raw if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c not in "\t\n\r"), "")
        if hidden:
            self._error(
                title, _("Ada karakter tak terlihat (U+%(code)s). Ketik ulang isi sel ini.", code=f"{ord(hidden):04X}")
            )
            return None
        if raw in _FORMULA_ERRORS:
            self._error(title, _("Rumus menghasilkan galat %(error)s. Isi dengan nilainya.", error=raw))
            return None
        return " ".join(raw.split())

    def _name(self, title: str) -> str:
        text = self._text(title)
        if text is None:
            return ""
        if not text:
            self._error(title, _("Kosong, padahal wajib diisi."))
        elif len(text) > _LONGEST[title]:
            self._error(
                title,
                _(
                    "Teks terlalu panjang: %(length)s huruf, paling banyak %(limit)s.",
                    length=formats.number(len(text)),
                    limit=_LONGEST[title],
                ),
            )
        elif not any(c.isalnum() for c in text):
            self._error(title, _('"%(value)s" bukan nama.', value=text[:_SHOWN]))
        return text

    def _score(self, title: str) -> int | None:
        text = self._text(title)
        if not text:
            return None
        match = _SCORE.fullmatch(text)
        if match is None:
            self._error(title, _('Skor harus 1, 2, 3, atau 4 (atau kosong), bukan "%(value)s".', value=text[:_SHOWN]))
            return None
        return int(match[1])

    def _index(self, title: str) -> int | None:
        text = self._text(title)
        if not text:
            return None
        match = _INDEX.fullmatch(text)
        value = _hundredths(Decimal(f"{match[1]}.{match[2] or 0}")) if match else 0
        if not 100 <= value <= 400:
            self._error(
                title,
                _('Indeks harus angka dari 1,00 sampai 4,00 (atau kosong), bukan "%(value)s".', value=text[:_SHOWN]),
            )
            return None
        return value

    def _label(self) -> str:
        text = self._text(LABEL)
        if text is None:
            return ""
        if text.lower() not in LABELS:
            self._error(
                LABEL,
                _(
                    'Klasifikasi harus salah satu dari %(labels)s, bukan "%(value)s".',
                    labels=", ".join(LABELS.values()),
                    value=text[:_SHOWN],
                ),
            )
        return text.lower()

    def _check_width(self) -> None:
        """Cells beyond the header: nearly always an unquoted comma in a CSV that moved all cells after it."""
        width = len(self.table.header)
        extra = next((i for i, cell in enumerate(self.source.cells[width:], start=width) if cell.strip()), None)
        if extra is not None:
            self.errors.insert(
                0,
                RowError(
                    self.source.number,
                    "",
                    _(
                        "Ada isi di kolom %(column)s, di luar %(width)s judul kolom. Periksa apakah sel bergeser.",
                        column=column_letters(extra + 1),
                        width=width,
                    ),
                ),
            )

    def _compare_means(self, row: KampungRow) -> None:
        for key, title in INDEX_TITLES.items():
            stated = row.indices[key]
            group = key.removeprefix("index_") + "_"
            scores = [score for name, score in row.scores.items() if name.startswith(group)]
            known = [score for score in scores if score is not None]
            if stated is None or len(known) < len(scores):
                continue
            mean = _hundredths(Decimal(sum(known)) / len(known))
            if mean != stated:
                self.notes.append(
                    RowNote(
                        row.number,
                        title,
                        _(
                            "Tertulis %(stated)s, rata-rata skornya %(mean)s. Angka tertulis yang disimpan.",
                            stated=_two_decimals(stated),
                            mean=_two_decimals(mean),
                        ),
                        self._where(title),
                    )
                )


def _hundredths(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _two_decimals(hundredths: int) -> str:
    return f"{hundredths // 100},{hundredths % 100:02}"
