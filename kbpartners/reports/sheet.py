"""What a printed sheet is: title, columns, groups of rows, letterhead, signatures — as plain data.

A report fills a `Sheet`; every format is written from it and from nothing else, so that the page, the PDF, the workbook
and the document of one meeting cannot differ. Titles and sentences arrive already translated.

Rules of the office that are decided here, once, for all formats: numbering runs on over the groups; an empty cell
prints "–"; the signature stays with the last two rows; how *a.n.*, *u.b.*, *Plt.* and *Plh.* are written.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.reports.cells import (
    NUMBER_KEY,
    Cell,
    Mark,
    Number,
    Row,
    Scalar,
    Status,
    cell_values,
    clean_text,
    milli,
    percent,
    printed,
)
from kbpartners.reports.widths import column_widths

__all__ = [
    "NUMBER_KEY",
    "PAPERS",
    "Cell",
    "Column",
    "Group",
    "Letterhead",
    "Line",
    "Mark",
    "Number",
    "Row",
    "Scalar",
    "Sheet",
    "Signatory",
    "Status",
    "cell_of",
    "choose_columns",
    "clean_text",
    "kept_from",
    "keys_from_query",
    "milli",
    "percent",
    "with_columns",
]

Kind = Literal["text", "number", "date", "percent", "status", "lines"]
Align = Literal["left", "center", "right"]

PAPERS: dict[str, tuple[float, float]] = {"a4": (210, 297), "f4": (215, 330)}
"""Width and height in millimetres, portrait. F4 (folio) is what Indonesian offices have in the drawer."""

MARGIN_TOP, MARGIN_SIDE, MARGIN_BOTTOM = 12.0, 14.0, 14.0
"""Millimetres, the same on paper from the browser, from typst and from Word."""

WIDE_COLUMNS = 9
"""With more columns than this, dates are printed 07/03/2017: "7 Maret 2017" would not stay on one line."""

KEPT_ROWS = 2
"""How many rows the signature block takes along to a new page."""


# --- the sheet ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `width` is relative to the other columns; `align` defaults to what suits the kind."""

    key: str
    title: str
    width: float = 10
    align: Align | None = None
    kind: Kind = "text"

    @property
    def alignment(self) -> Align:
        """Numbers stand right, running numbers in the middle, everything else left."""
        if self.align:
            return self.align
        if self.key == NUMBER_KEY:
            return "center"
        return "right" if self.kind in ("number", "percent") else "left"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a common heading ("Kodam II/Sriwijaya"); an empty title prints no heading."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The kop of the day: superior body, office, address lines, and the logo as PNG or JPEG bytes."""

    superior: str
    office: str
    address: tuple[str, ...] = ()
    logo: bytes | None = None

    @property
    def logo_type(self) -> str:
        """ "png" or "jpeg" by content; "" where there is no logo that every format can draw."""
        if self.logo and self.logo.startswith(b"\x89PNG\r\n\x1a\n"):
            return "png"
        return "jpeg" if self.logo and self.logo.startswith(b"\xff\xd8\xff") else ""

    @property
    def logo_uri(self) -> str:
        """The logo as a data: address for the page; "" where there is none."""
        if not self.logo_type or not self.logo:
            return ""
        return f"data:image/{self.logo_type};base64,{b64encode(self.logo).decode()}"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, and in which capacity.

    `acting` is "Plt." or "Plh." before the position. `on_behalf_of` is the position in whose name it is signed (a.n.);
    `delegate` is the position between (u.b.: the delegate lets a subordinate sign). `rank` is the pangkat; `id_kind` is
    "NIP", "NRP" or "". Place and date may stand with one of several signatories only.
    """

    position: str
    name: str
    place: str = ""
    day: date | None = None
    acting: Literal["", "Plt.", "Plh."] = ""
    on_behalf_of: str = ""
    delegate: str = ""
    rank: str = ""
    id_kind: Literal["", "NIP", "NRP"] = ""
    id_number: str = ""

    def heading(self) -> list[str]:
        """The lines above the signature, the last with its comma."""
        place = ", ".join(part for part in (self.place, formats.date_medium(self.day)) if part)
        signs = " ".join(part for part in (self.acting, self.position) if part) + ","
        lines = [place] if place else []
        if self.on_behalf_of:
            lines.append(f"a.n. {self.on_behalf_of}")
            if self.delegate:
                lines += [self.delegate, "u.b."]
        return [clean_text(line) for line in (*lines, signs)]

    def footing(self) -> list[str]:
        """The lines under the name: pangkat with NRP on one line (military, police), NIP on its own."""
        number = formats.nip(self.id_number) if self.id_kind == "NIP" else self.id_number
        identity = f"{self.id_kind} {number}" if self.id_kind and number else ""
        if self.id_kind == "NRP":
            lines = [" ".join(part for part in (self.rank, identity) if part)]
        else:
            lines = [self.rank, identity]
        return [clean_text(line) for line in lines if line]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table as it is printed: a group's heading, a numbered row, or the total."""

    kind: Literal["group", "row", "total"]
    title: str = ""
    cells: tuple[tuple[Mark, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report, ready to be written in any format.

    `filters` are sentences printed under the title. `columns` are all that may be printed; `chosen` are the keys of
    those that are, in their order (empty: all). `group_title` heads the groups where they become a column (workbooks).
    `total` is a last row that is neither numbered nor filtered. `generated` stands in the footer, `made_at`
    (UTC) in the properties of the file.
    """

    title: str
    columns: Sequence[Column]
    groups: Sequence[Group]
    subtitle: str = ""
    as_of: date | None = None
    filters: Sequence[str] = ()
    chosen: Sequence[str] = ()
    group_title: str = ""
    total: Row | None = None
    note: str = ""
    letterhead: Letterhead | None = None
    signatories: Sequence[Signatory] = ()
    orientation: Literal["landscape", "portrait"] = "landscape"
    paper: Literal["a4", "f4"] = "a4"
    generated: str = ""
    made_at: datetime | None = None
    empty: str = ""
    language: str = "id"

    @property
    def visible(self) -> tuple[Column, ...]:
        """The columns that are printed, in their order."""
        return choose_columns(self, self.chosen)

    @property
    def row_count(self) -> int:
        """Rows in all groups; headings and the total do not count."""
        return sum(len(group.rows) for group in self.groups)

    @property
    def is_grouped(self) -> bool:
        """Whether the rows stand under headings."""
        return any(group.title for group in self.groups)

    def flat_titles(self) -> list[str]:
        """Titles where groups become the first column (workbook, CSV)."""
        first = [clean_text(self.group_title) or _("Kelompok")] if self.is_grouped else []
        return first + [clean_text(column.title) for column in self.visible]

    @property
    def heading(self) -> str:
        """The line under the title: "Semua rapat, keadaan per 10 Juni 2026"."""
        parts = [self.subtitle] if self.subtitle else []
        if self.as_of:
            day = formats.date_medium(self.as_of)
            parts.append(_("keadaan per %(day)s", day=day) if parts else _("Keadaan per %(day)s", day=day))
        return clean_text(", ".join(parts))

    @property
    def sentences(self) -> list[str]:
        """What stands between the title and the table: the line above, and the filters."""
        return [text for text in (self.heading, *map(clean_text, self.filters)) if text]

    @property
    def nothing(self) -> str:
        """What is printed in place of rows."""
        return clean_text(self.empty) or _("Tidak ada data untuk pilihan ini.")

    @property
    def stamp(self) -> datetime:
        """The time in the file's properties: the same sheet shall give the same file, so never the clock's."""
        made_at = self.made_at or datetime.combine(self.as_of or date(2017, 1, 1), time())
        return made_at.replace(tzinfo=None, microsecond=0)

    @property
    def page_size(self) -> tuple[float, float]:
        """Width and height of the page in millimetres, as it lies."""
        width, height = PAPERS[self.paper]
        return (height, width) if self.orientation == "landscape" else (width, height)

    @property
    def usable_width(self) -> float:
        """Millimetres between the side margins."""
        return self.page_size[0] - 2 * MARGIN_SIDE

    @property
    def page_words(self) -> tuple[str, str, str]:
        """The words around the two numbers of "Halaman x dari y"."""
        text = _("Halaman %(page)s dari %(pages)s", page="{page}", pages="{pages}")
        before, _sep, rest = text.partition("{page}")
        between, _sep, after = rest.partition("{pages}")
        return before, between, after

    def rows(self) -> Iterator[tuple[Group, int, Row]]:
        """Every row with its group and its running number."""
        number = 0
        for group in self.groups:
            for row in group.rows:
                number += 1
                yield group, number, row

    def lines(self) -> list[Line]:
        """The table from top to bottom as it is printed. Groups without rows leave no heading."""
        columns = self.visible
        short_dates = len(columns) > WIDE_COLUMNS
        lines: list[Line] = []
        seen: Group | None = None
        for group, number, row in self.rows():
            if group is not seen and group.title:
                lines.append(Line("group", clean_text(group.title)))
            seen = group
            cells = (cell_of(column, row, number) for column in columns)
            lines.append(Line("row", "", tuple(printed(cell, short_dates=short_dates) for cell in cells)))
        if self.total is not None and lines:
            cells = (self.total.get(column.key) for column in columns)
            lines.append(Line("total", "", tuple(() if cell is None else printed(cell) for cell in cells)))
        return lines

    def bodies(self) -> list[tuple[bool, list[Line]]]:
        """The lines as table bodies, one a group; the last (True) holds what stays with the signature."""
        lines = self.lines()
        kept = kept_from(lines)
        parts: list[tuple[bool, list[Line]]] = []
        for index, line in enumerate(lines[:kept]):
            if line.kind == "group" or index == 0:
                parts.append((False, []))
            parts[-1][1].append(line)
        return [*parts, (True, lines[kept:])]

    def widths(self, lines: Sequence[Line] = ()) -> list[float]:
        """Widths of the visible columns in millimetres; with `lines`, wide enough for their short values."""
        return column_widths(self.visible, self.usable_width, lines)

    def column_shares(self) -> list[float]:
        """Widths of the visible columns in per cent, for the page."""
        return [round(100 * width / self.usable_width, 2) for width in self.widths(self.lines())]

    def column_choices(self) -> list[tuple[Column, bool, int]]:
        """For the form that chooses columns: column, whether it is printed, its number; printed ones first."""
        printed_now = self.visible
        rest = [column for column in self.columns if column not in printed_now]
        return [(column, index <= len(printed_now), index) for index, column in enumerate((*printed_now, *rest), 1)]

    def status_counts(self) -> list[tuple[str, int]]:
        """How many rows have which status (the first of a cell), most frequent first; [] without a status column."""
        keys = [column.key for column in self.columns if column.kind == "status"]
        counts: Counter[str] = Counter()
        for _group, _number, row in self.rows():
            for key in keys[:1]:
                first = next((value for value in cell_values(row.get(key)) if isinstance(value, Status)), None)
                counts[clean_text(first.heading) if first else "–"] += 1
        return counts.most_common()


def cell_of(column: Column, row: Row, number: int) -> Cell:
    """The cell of a row under a column; the sheet fills the running number itself."""
    return number if column.key == NUMBER_KEY else row.get(column.key)


def kept_from(lines: Sequence[Line]) -> int:
    """Index of the first line that must stay with the signature: the last two rows, the total, and their headings."""
    rows = 0
    for index in range(len(lines) - 1, -1, -1):
        rows += lines[index].kind == "row"
        if rows == KEPT_ROWS:
            return index - 1 if index and lines[index - 1].kind == "group" else index
    return 0


# --- which columns -----------------------------------------------------------------------------------------------


def choose_columns(sheet: Sheet, keys: Sequence[str]) -> tuple[Column, ...]:
    """The columns with these keys, in this order. Unknown and repeated keys are ignored; none left means all."""
    known = {column.key: column for column in sheet.columns}
    return tuple(known[key] for key in dict.fromkeys(keys) if key in known) or tuple(sheet.columns)


def keys_from_query(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Column keys from a query such as `col=no&col=status&order-status=1`: ticked ones, by their order number.

    A column without a readable number keeps its place among the ticked ones.
    """
    ticked: list[str] = []
    order: dict[str, int] = {}
    for name, value in pairs:
        if name == "col":
            ticked.append(value)
        elif name.startswith("order-") and re.fullmatch(r"\d{1,4}", value.strip()):
            order[name.removeprefix("order-")] = int(value)
    places = sorted((order.get(key, place), place, key) for place, key in enumerate(ticked, 1))
    return [key for _number, _place, key in places]


def with_columns(sheet: Sheet, keys: Sequence[str]) -> Sheet:
    """The same sheet with these columns chosen."""
    return replace(sheet, chosen=tuple(keys))
