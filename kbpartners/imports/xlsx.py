"""Reading XLSX files that nobody may trust, row by row, as text.

An XLSX is a ZIP of XML parts, and both can be made to eat all memory: a few kilobytes that unpack to gigabytes, a size
in the table of contents that is a lie, entities that multiply, counts that are invented, one long text shown by every
cell. The fast reader tried first (python-calamine 0.9.1) believes them: a wrong count of shared texts aborts the whole
process, a value in the last cell builds the rectangle up to it; and it gives the errors of formulas as blanks. This one
unpacks only the parts it needs, within limits, believes no count, keeps nothing of a sheet but the row at hand, and
tells what spoils a table: merged ranges and the error values of formulas.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.parsers import expat

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.errors import Invalid

MAX_MEMBERS = 1_000
MAX_UNPACKED = 100_000_000
"""Bytes of all parts together, unpacked. A list of all villages of the country takes about 65 MB."""
MAX_RATIO, RATIO_FROM = 200, 10_000_000
"""Unpacked to packed; honest spreadsheets reach about 30. Below `RATIO_FROM` bytes nobody is harmed."""
MAX_ROWS, MAX_COLUMNS = 100_000, 200
MAX_TEXT = 64_000_000
"""Characters in all cells together, counting a shared text once for each cell that shows it."""
MAX_MERGED = 1_000
"""So many merged ranges are remembered."""

Records = Iterator[tuple[int, list[str]]]

_CHUNK = 1 << 16
_CENTRAL_ENTRY = b"PK\x01\x02"
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RANGE = re.compile(r"[A-Z]{1,3}([0-9]{1,7})(?::[A-Z]{1,3}([0-9]{1,7}))?")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NO_DATE_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


class WorkbookError(Invalid):
    """The file cannot be read. `row` (1-based, as the spreadsheet shows it), `column` (title) where they are known."""

    def __init__(self, message: str, row: int | None = None, column: str = "") -> None:
        super().__init__(message, field="file")
        self.row, self.column = row, column


@dataclass
class Sheet:
    """One worksheet. `merged`, ranges with their first and last row, is complete once all records were read."""

    name: str
    chunks: Callable[[], Iterator[bytes]]
    texts: list[str]
    dates: Dates
    merged: list[tuple[str, int, int]] = field(default_factory=list)

    def records(self) -> Records:
        """The rows that hold a value: number as the spreadsheet shows it, cells from column A on. Reads anew each time.

        Raises WorkbookError where the XML breaks off or a limit is passed, naming the row.
        """
        reader = _RowReader(self)
        self.merged.clear()
        with _our_errors():
            for chunk in self.chunks():
                reader.parser.Parse(chunk, False)
                yield from reader.take()
            reader.parser.Parse(b"", True)
            yield from reader.take()


def open_sheets(data: bytes) -> list[Sheet]:
    """The visible worksheets in their order; values are read when a sheet's records are.

    Raises WorkbookError for everything that is no plain, unprotected, macro-free XLSX of bounded size.
    """
    if data.count(_CENTRAL_ENTRY) > MAX_MEMBERS:
        raise WorkbookError(_("Berkas berisi terlalu banyak bagian. Simpan ulang sebagai XLSX."))
    with _our_errors():
        package = zipfile.ZipFile(io.BytesIO(data))
        parts = _checked_parts(package, len(data))
        texts = _shared_texts(package, parts.get("xl/sharedstrings.xml"))
        dates = _dates(package, parts)
        return [
            Sheet(name, _reader_of(package, parts[part.lower()]), texts, dates)
            for name, part in _visible_sheets(package, parts)
        ]


def column_letters(number: int) -> str:
    """1 → "A", 27 → "AA"."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """ "A" → 1, "AA" → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        LookupError,
        ValueError,
        OverflowError,
        RuntimeError,
    ) as broken:
        raise WorkbookError(
            _(
                "Berkas XLSX rusak atau tidak lengkap. Buka di Excel atau LibreOffice, simpan ulang "
                "sebagai XLSX, lalu unggah lagi."
            )
        ) from broken


# --- the package -------------------------------------------------------------------------------------------------


def _checked_parts(package: zipfile.ZipFile, packed: int) -> dict[str, zipfile.ZipInfo]:
    """The members by lower-case name, after a look at the table of contents only."""
    members = package.infolist()
    parts = {info.filename.lower().lstrip("/"): info for info in members}
    unpacked = sum(info.file_size for info in members)
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed):
        raise WorkbookError(
            _(
                "Isi berkas membengkak menjadi %(size)s setelah dibuka, jauh di atas kewajaran. Hapus "
                "baris dan kolom kosong yang berformat, simpan ulang sebagai XLSX, lalu unggah lagi.",
                size=formats.file_size(unpacked),
            )
        )
    if any(info.flag_bits & 0x1 for info in members):
        raise WorkbookError(_("Berkas dilindungi kata sandi. Simpan ulang tanpa kata sandi."))
    if any(info.compress_type not in _COMPRESSIONS for info in members):
        raise zipfile.BadZipFile("unusual compression")
    if any(name.endswith("vbaproject.bin") for name in parts):
        raise WorkbookError(_("Berkas berisi makro, jadi tidak diterima. Simpan ulang sebagai XLSX tanpa makro."))
    if "xl/workbook.xml" not in parts:
        raise WorkbookError(_not_a_workbook(parts))
    return parts


def _not_a_workbook(parts: dict[str, zipfile.ZipInfo]) -> str:
    if "xl/workbook.bin" in parts:
        return _("Berkas berformat XLSB. Simpan ulang sebagai XLSX.")
    if "content.xml" in parts:
        return _("Berkas berformat OpenDocument (ODS). Simpan ulang sebagai XLSX atau CSV.")
    if "word/document.xml" in parts:
        return _("Berkas ini dokumen Word, bukan buku kerja. Pilih berkas XLSX atau CSV.")
    return _("Berkas ini bukan buku kerja XLSX. Pilih berkas XLSX atau CSV.")


def _reader_of(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], Iterator[bytes]]:
    """A part, unpacked piece by piece: never beyond its declared size, and BadZipFile at the end if that was a lie."""

    def chunks() -> Iterator[bytes]:
        with package.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    return chunks


def _parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> expat.XMLParserType:
    """An XML parser whose handlers get names without their prefix. It refuses document types: entities can multiply."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end is not None:
        ended = end
        parser.EndElementHandler = lambda name: ended(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*declaration: object) -> None:
    raise ValueError("document type in a spreadsheet part")


def _parse(package: zipfile.ZipFile, info: zipfile.ZipInfo, parser: expat.XMLParserType) -> None:
    for chunk in _reader_of(package, info)():
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _visible_sheets(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> list[tuple[str, str]]:
    """(name, part) of the visible worksheets."""
    targets: dict[str, str] = {}
    found: list[tuple[str, str]] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes["Type"].endswith("/worksheet"):
            target = attributes["Target"]
            targets[attributes["Id"]] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            key = next((value for attribute, value in attributes.items() if attribute.endswith(":id")), "")
            if key in targets:
                found.append((attributes["name"], targets[key]))

    _parse(package, parts["xl/_rels/workbook.xml.rels"], _parser(relation))
    _parse(package, parts["xl/workbook.xml"], _parser(sheet))
    return found


def _shared_texts(package: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> list[str]:
    """The texts that cells refer to by number. Pronunciations (`rPh`) beside a text are no part of it."""
    if info is None:
        return []
    texts: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "aside": False}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            pieces.clear()
        elif name == "rPh":
            state["aside"] = True
        elif name == "t":
            state["text"] = not state["aside"]

    def end(name: str) -> None:
        if name == "si":
            texts.append(_unescaped("".join(pieces)))
        elif name == "rPh":
            state["aside"] = False
        elif name == "t":
            state["text"] = False

    def text(piece: str) -> None:
        if state["text"]:
            pieces.append(piece)

    _parse(package, info, _parser(start, end, text))
    return texts


def _unescaped(text: str) -> str:
    """Characters that XML cannot hold are written _x0007_."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


# --- dates -------------------------------------------------------------------------------------------------------


@dataclass
class Dates:
    """Which cell styles show a number as a date, and the day that is number 0."""

    styles: set[int] = field(default_factory=set)
    epoch: datetime = datetime(1899, 12, 30)

    def text(self, serial: float) -> str:
        """45000 → "2023-03-15", with the time of day if there is one; a number outside the calendar stays a number."""
        try:
            instant = self.epoch + timedelta(seconds=round(serial * 86_400))
        except OverflowError:
            return repr(serial)
        return instant.date().isoformat() if float(serial).is_integer() else instant.isoformat(" ")


def _dates(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> Dates:
    dates = Dates()
    custom: set[int] = set()
    formats_of_cells: list[int] = []
    inside: list[str] = []

    def style(name: str, attributes: dict[str, str]) -> None:
        inside.append(name)
        if name == "numFmt" and re.search("[dmyhs]", _NO_DATE_LETTERS.sub("", attributes["formatCode"].lower())):
            custom.add(int(attributes["numFmtId"]))
        elif name == "xf" and "cellXfs" in inside:
            formats_of_cells.append(int(attributes.get("numFmtId", "0")))

    def leave(name: str) -> None:
        inside.pop()

    def properties(name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
            dates.epoch = datetime(1904, 1, 1)

    if "xl/styles.xml" in parts:
        _parse(package, parts["xl/styles.xml"], _parser(style, leave))
    _parse(package, parts["xl/workbook.xml"], _parser(properties))
    dates.styles = {
        style for style, number in enumerate(formats_of_cells) if number in _DATE_FORMATS or number in custom
    }
    return dates


# --- rows --------------------------------------------------------------------------------------------------------


class _RowReader:
    """Turns a worksheet's XML into rows of text as it arrives, and stops at the first limit."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.parser = _parser(self._start, self._end, self._text)
        self.rows: list[tuple[int, list[str]]] = []
        self.row = self.column = self.count = self.volume = 0
        self.cells: list[str] = []
        self.kind, self.style = "n", 0
        self.value: list[str] | None = None
        self.aside = False

    def take(self) -> Records:
        """The rows finished since the last call."""
        ready, self.rows = self.rows, []
        yield from ready

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self.column = self._column_of(attributes["r"]) if "r" in attributes else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", "0"))
        elif name == "v" or (name == "t" and not self.aside):
            self.value = []
        elif name == "rPh":
            self.aside = True
        elif name == "row":
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column, self.cells = 0, []
        elif name == "mergeCell" and len(self.sheet.merged) < MAX_MERGED:
            ends = _RANGE.fullmatch(attributes["ref"])
            if ends is None:
                raise ValueError(f"not a range: {attributes['ref']!r}")
            self.sheet.merged.append((attributes["ref"], int(ends[1]), int(ends[2] or ends[1])))

    def _column_of(self, reference: str) -> int:
        cell = _CELL.fullmatch(reference)
        if cell is None or int(cell[2]) != self.row:
            raise ValueError(f"not a cell of row {self.row}: {reference!r}")
        return column_number(cell[1])

    def _text(self, piece: str) -> None:
        if self.value is not None:
            self.value.append(piece)

    def _end(self, name: str) -> None:
        if name in {"v", "t"} and self.value is not None:
            raw, self.value = "".join(self.value), None
            if raw:
                self._put(self._shown(raw))
        elif name == "rPh":
            self.aside = False
        elif name == "row" and self.cells:
            self.count += 1
            self.rows.append((self.row, self.cells))

    def _shown(self, raw: str) -> str:
        if self.kind == "s":
            if not raw.isdecimal():
                raise ValueError(f"not the number of a text: {raw!r}")
            return self.sheet.texts[int(raw)]
        if self.kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        if self.kind == "n":
            number = float(raw)
            if self.style in self.sheet.dates.styles:
                return self.sheet.dates.text(number)
            return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"
        return _unescaped(raw)

    def _put(self, text: str) -> None:
        """Add to the cell at hand; a text in several formats comes in pieces."""
        self.volume += len(text)
        if self.column > MAX_COLUMNS or self.count >= MAX_ROWS or self.volume > MAX_TEXT:
            raise WorkbookError(
                _(
                    'Lembar "%(sheet)s" terlalu besar, sudah penuh di sel %(cell)s. Paling banyak '
                    "%(rows)s baris, %(columns)s kolom, dan %(text)s huruf; hapus isi lain atau pecah "
                    "berkasnya.",
                    sheet=self.sheet.name,
                    cell=f"{column_letters(self.column)}{self.row}",
                    rows=formats.number(MAX_ROWS),
                    columns=MAX_COLUMNS,
                    text=formats.number(MAX_TEXT),
                ),
                row=self.row,
            )
        if len(self.cells) > self.column or self.column < 1:
            raise ValueError("cells out of order")
        self.cells += [""] * (self.column - len(self.cells))
        self.cells[-1] += text
