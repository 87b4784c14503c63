"""A table out of a file that nobody may trust: XLSX or CSV, as rows of text.

Every cell arrives as text, the same from both formats: 3 and 3.0 as "3", 2.33 as "2.33", a date as "2017-03-07", a
formula's error as "#DIV/0!". Rows are numbered as the spreadsheet shows them. What is wrong with the file as a whole is
one WorkbookError in Indonesian; what is wrong with one row is the business of whoever gives the rows their types.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.imports.xlsx import (
    MAX_COLUMNS,
    MAX_ROWS,
    Records,
    Sheet,
    WorkbookError,
    column_letters,
    open_sheets,
)

__all__ = ["MAX_BYTES", "Column", "SourceRow", "Table", "WorkbookError", "column_letters", "read_rows"]

MAX_BYTES = 20_000_000
"""The largest file that is opened at all; callers may ask for less."""
SEARCHED = 30
"""The header stands within the first so many rows: titles and dates above it are common."""

_DELIMITERS = ";,\t|"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TEXT_NAMES, _OLD_NAMES = (".csv", ".txt", ".tsv"), (".xls", ".xlt")
_MACRO_NAMES = (".xlsm", ".xltm", ".xlam")


class Column(NamedTuple):
    """A column that must be there, by its title or by another that means the same."""

    title: str
    also: tuple[str, ...] = ()


class SourceRow(NamedTuple):
    """A row that is not blank: its number in the file and its cells, at least as many as the header has."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Header and rows. Iterating reads the rows anew, lazily; `count` is how many there are."""

    sheet: str
    header: tuple[str, ...]
    header_row: int
    at: dict[str, int]
    """Title of a required column → index into a row's cells."""
    count: int
    records: Callable[[], Records]

    def __iter__(self) -> Iterator[SourceRow]:
        width = len(self.header)
        for number, cells in self.records():
            if number > self.header_row and _filled(cells):
                yield SourceRow(number, tuple(cells + [""] * (width - len(cells))))


def read_rows(source: Path | bytes, filename: str, required: Sequence[Column] = (), limit: int = MAX_BYTES) -> Table:
    """Open a file and find its header: the row with most of the `required` titles, or the first that is not blank.

    `filename` is the name the person gave it; its ending must fit the content. `limit` is in bytes. Raises
    WorkbookError, with a message that says what to do, before anything large is held in memory.
    """
    data = _bounded(source, limit)
    _check_name(filename.lower(), data)
    if not _is_zip(data):
        text = _decoded(data)
        records = partial(_csv_records, text, _delimiter(text, required))
        return _table(_survey(records), records, required, None)
    for sheet in open_sheets(data):
        survey = _survey(sheet.records)
        if survey.total:
            return _table(survey, sheet.records, required, sheet)
    raise WorkbookError(_("Buku kerja ini kosong: tidak ada lembar yang berisi."))


def title_key(title: str) -> str:
    """Titles are compared by their letters and digits alone: "Input PKB/PLKB" and "input pkb / plkb" are one."""
    return "".join(c for c in title.casefold() if c.isalnum())


# --- what kind of file -------------------------------------------------------------------------------------------


def _bounded(source: Path | bytes, limit: int) -> bytes:
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size > limit:
            raise WorkbookError(
                _(
                    "Berkas berukuran %(size)s, melebihi batas %(limit)s. Pecah menjadi beberapa berkas, "
                    "misalnya per kabupaten.",
                    size=formats.file_size(size),
                    limit=formats.file_size(limit),
                )
            )
        data = source if isinstance(source, bytes) else source.read_bytes()
    except FileNotFoundError as missing:
        raise WorkbookError(_("Berkas tidak ditemukan: %(name)s", name=str(source))) from missing
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise WorkbookError(_("Berkas kosong."))
    return data


def _is_zip(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _check_name(name: str, data: bytes) -> None:
    """Refuse what is neither XLSX nor CSV, and a name that says otherwise than the content."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data.startswith(_OLE):
        raise WorkbookError(_old_or_locked(data))
    if name.endswith(_MACRO_NAMES):
        raise WorkbookError(_("Buku kerja dengan makro tidak diterima. Simpan ulang sebagai XLSX tanpa makro."))
    if name.endswith(_OLD_NAMES):
        raise WorkbookError(_("Berkas bernama .xls tidak diterima. Simpan ulang sebagai XLSX."))
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml")):
        raise WorkbookError(
            _(
                "Berkas ini halaman web atau XML, bukan buku kerja. Buka di Excel atau LibreOffice, "
                "lalu simpan sebagai XLSX."
            )
        )
    if head.startswith(b"%pdf"):
        raise WorkbookError(_("Berkas ini PDF. Pilih berkas XLSX atau CSV."))
    if _is_zip(data):
        if name.endswith(_TEXT_NAMES):
            raise WorkbookError(
                _(
                    "Berkas ini buku kerja XLSX, tetapi namanya berakhiran CSV. Ganti akhiran namanya "
                    "menjadi .xlsx, lalu unggah lagi."
                )
            )
        return
    if name.endswith(".xlsx"):
        raise WorkbookError(
            _(
                "Berkas ini teks CSV yang bernama .xlsx. Ganti akhiran namanya menjadi .csv, atau buka "
                "di Excel dan simpan sebagai XLSX."
            )
            if _is_text(data)
            else _("Berkas ini bukan buku kerja XLSX yang utuh. Unduh atau simpan ulang, lalu unggah lagi.")
        )
    if not name.endswith(_TEXT_NAMES) or not _is_text(data):
        raise WorkbookError(_("Jenis berkas tidak dikenal. Pilih berkas XLSX atau CSV."))


def _old_or_locked(data: bytes) -> str:
    """Old Excel and password-protected XLSX share one container; only the latter has this stream."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return _("Berkas dilindungi kata sandi. Buka di Excel, hapus kata sandinya, simpan, lalu unggah lagi.")
    return _("Berkas berformat Excel lama (.xls). Simpan ulang sebagai XLSX.")


def _is_text(data: bytes) -> bool:
    """UTF-16 by its mark; otherwise hardly any NUL: a stray one is a row's error, many are a binary file."""
    head = data[:4096]
    return data.startswith(_UTF16) or head.count(0) * 50 <= len(head)


# --- CSV ---------------------------------------------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    """UTF-8 or, failing that, the Windows code page of old Excel; UTF-16 by its mark."""
    codecs = ("utf-16",) if data.startswith(_UTF16) else ("utf-8-sig", "cp1252")
    for codec in codecs:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    raise WorkbookError(_('Huruf dalam berkas CSV tidak dapat dibaca. Simpan ulang sebagai "CSV UTF-8" atau XLSX.'))


def _delimiter(text: str, required: Sequence[Column]) -> str:
    """The separator under which most titles are found, and among equals the one that gives most columns.

    Excel in Indonesia writes semicolons; csv.Sniffer has failed on such files.
    """
    if _names_separator(text):
        return text[4]

    def fit(delimiter: str) -> tuple[int, float]:
        try:
            rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SEARCHED))
        except csv.Error:
            return 0, 0
        titles = max((len(_positions(row, required)) for row in rows), default=0)
        return titles, statistics.median([len(row) for row in rows if row] or [0])

    return max(_DELIMITERS, key=fit)


def _names_separator(text: str) -> bool:
    """Whether the first line is Excel's own "sep=;"."""
    return text[:4].lower() == "sep=" and any(text[4:5] == delimiter for delimiter in _DELIMITERS)


def _csv_records(text: str, delimiter: str) -> Records:
    number = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            raise WorkbookError(_csv_problem(str(broken)), row=number) from broken
        if number > MAX_ROWS or len(cells) > MAX_COLUMNS:
            raise WorkbookError(
                _(
                    "Berkas terlalu luas. Paling banyak %(rows)s baris dan %(columns)s kolom.",
                    rows=formats.number(MAX_ROWS),
                    columns=MAX_COLUMNS,
                ),
                row=number,
            )
        if number > 1 or not _names_separator(text):
            yield number, cells


def _csv_problem(reason: str) -> str:
    if "field limit" in reason:
        return _(
            "Satu sel berisi lebih dari %(limit)s huruf, atau tanda kutip tidak ditutup.",
            limit=formats.number(csv.field_size_limit()),
        )
    return _(
        'Tanda kutip (") dalam berkas CSV tidak berpasangan. Periksa mulai dari baris ini, atau simpan sebagai XLSX.'
    )


# --- header and rows ---------------------------------------------------------------------------------------------


def _filled(cells: Sequence[str]) -> bool:
    return any(cell and not cell.isspace() for cell in cells)


def _positions(cells: Sequence[str], required: Sequence[Column]) -> dict[str, list[int]]:
    """Title of each required column that the row has → the indices where it stands."""
    keys: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        keys.setdefault(title_key(cell[:200]), []).append(index)
    found = {
        column.title: [i for t in (column.title, *column.also) for i in keys.get(title_key(t), ())]
        for column in required
    }
    return {title: indices for title, indices in found.items() if indices}


class _Survey(NamedTuple):
    """What one reading of all rows told: the first that are not blank, and how many there are."""

    top: list[tuple[int, list[str]]]
    total: int


def _survey(records: Callable[[], Records]) -> _Survey:
    top: list[tuple[int, list[str]]] = []
    total = 0
    for number, cells in records():
        if _filled(cells):
            total += 1
            if len(top) < SEARCHED:
                top.append((number, cells))
    return _Survey(top, total)


def _table(survey: _Survey, records: Callable[[], Records], required: Sequence[Column], sheet: Sheet | None) -> Table:
    position = max(range(len(survey.top)), key=lambda i: len(_positions(survey.top[i][1], required)))
    header_row, cells = survey.top[position]
    if len(_positions(cells, required)) * 4 < len(required):
        raise WorkbookError(
            _(
                "Baris judul kolom tidak ditemukan. Baris judul harus memuat: %(titles)s.",
                titles=", ".join(column.title for column in required),
            )
        )
    if sheet is not None:
        _check_merged(sheet, header_row)
    at = _checked_header(header_row, cells, required)
    count = survey.total - position - 1
    if count == 0:
        raise WorkbookError(_("Tidak ada baris data di bawah judul kolom (baris %(row)s).", row=header_row), header_row)
    header = tuple(" ".join(cell.split()) for cell in cells)
    return Table(sheet.name if sheet else "", header, header_row, at, count, records)


def _checked_header(number: int, cells: list[str], required: Sequence[Column]) -> dict[str, int]:
    positions = _positions(cells, required)
    missing = [column.title for column in required if column.title not in positions]
    if missing:
        raise WorkbookError(
            _("Kolom tidak ada di baris judul (baris %(row)s): %(titles)s.", row=number, titles=", ".join(missing)),
            number,
            missing[0],
        )
    for title, indices in positions.items():
        if len(indices) > 1:
            raise WorkbookError(
                _(
                    'Judul kolom "%(title)s" muncul lebih dari sekali: kolom %(columns)s.',
                    title=title,
                    columns=", ".join(column_letters(i + 1) for i in indices),
                ),
                number,
                title,
            )
    return {title: indices[0] for title, indices in positions.items()}


def _check_merged(sheet: Sheet, header_row: int) -> None:
    """Merged titles above the header harm nobody; in the table a merged cell leaves rows without their value."""
    touching = [(reference, top) for reference, top, bottom in sheet.merged if bottom >= header_row]
    if touching:
        raise WorkbookError(
            _(
                'Lembar "%(sheet)s" memuat sel gabungan di judul atau data: %(ranges)s. Pisahkan '
                "(Unmerge Cells), isi setiap baris, lalu unggah lagi.",
                sheet=sheet.name,
                ranges=", ".join(reference for reference, _top in touching[:5]),
            ),
            row=touching[0][1],
        )
