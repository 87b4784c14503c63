"""A sheet as a workbook: typed cells to calculate and filter with, set up to be printed as well.

Sheet "Data" holds one row a line under one row of titles; groups become the first column, because headings between the
rows would break every filter. Sheet "Ringkasan" says what the data is: title, day, filters, rows, rows per status.
Nothing that people typed is ever a formula or a link. Rows are written as they come (`constant_memory`): 100,000 rows
of 8 columns need some 20 MB beside the data.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any, BinaryIO

import xlsxwriter
from flask_babel import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from kbpartners.reports.cells import Cell, Number, cell_text, cell_values, clean_text
from kbpartners.reports.sheet import (
    MARGIN_BOTTOM,
    MARGIN_SIDE,
    MARGIN_TOP,
    NUMBER_KEY,
    Column,
    Sheet,
    cell_of,
)

OPTIONS: dict[str, Any] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "constant_memory": True,
}

PAPER = {"a4": 9, "f4": 14}
"""Excel's numbers of paper sizes. It has no F4, but Folio (8½ × 13 in = 216 × 330 mm) is the same sheet within 1 mm."""

MOST_TEXT = 32_767
"""Characters that a cell of Excel can hold."""

_MM_PER_CHARACTER, _MM_PER_INCH = 1.9, 25.4


class _Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self.book, self.made = book, dict[tuple[tuple[str, Any], ...], Format]()

    def __call__(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
            self.made[key] = self.book.add_format({**base, **properties})
        return self.made[key]


def render(sheet: Sheet) -> bytes:
    """The sheet as an XLSX file."""
    buffer = io.BytesIO()
    write(sheet, buffer)
    return buffer.getvalue()


def write(sheet: Sheet, target: BinaryIO) -> None:
    """Write the workbook into an open binary file; for sheets that should not stand in memory twice."""
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        book.set_properties({"title": clean_text(sheet.title), "created": sheet.stamp})
        styles = _Styles(book)
        _data(book.add_worksheet(_("Data")), sheet, styles)
        _summary(book.add_worksheet(_("Ringkasan")), sheet, styles)


def _data(page: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    columns, grouped, titles = sheet.visible, sheet.is_grouped, sheet.flat_titles()
    _set_up(page, sheet)
    widths = [min(max(width / _MM_PER_CHARACTER, 5), 80) for width in sheet.widths()]
    for index, width in enumerate(([24.0] if grouped else []) + widths):
        page.set_column(index, index, width)
    head = styles(bold=True, text_wrap=True, align="center", valign="vcenter", bg_color="#E6E6E6", border=1)
    for index, title in enumerate(titles):
        page.write_string(0, index, title[:MOST_TEXT], head)
    text = styles(text_wrap=True, border=1)
    line = 0
    for group, number, row in sheet.rows():
        line += 1
        if grouped:
            page.write_string(line, 0, _short(clean_text(group.title)), text)
        for index, column in enumerate(columns, int(grouped)):
            _cell(page, line, index, column, cell_of(column, row, number), styles)
    page.autofilter(0, 0, line, len(titles) - 1)
    if sheet.total is not None and line:
        for index, column in enumerate(columns, int(grouped)):
            _cell(page, line + 1, index, column, sheet.total.get(column.key), styles, bold=True)
    if not line:
        page.write_string(1, 0, sheet.nothing, styles(italic=True))


def _set_up(page: Worksheet, sheet: Sheet) -> None:
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_paper(PAPER[sheet.paper])
    page.set_landscape() if sheet.orientation == "landscape" else page.set_portrait()
    page.fit_to_pages(1, 0)
    sides, top, bottom = (mm / _MM_PER_INCH for mm in (MARGIN_SIDE, MARGIN_TOP + 8, MARGIN_BOTTOM))
    page.set_margins(left=sides, right=sides, top=top, bottom=bottom)
    before, between, after = sheet.page_words
    page.set_header("&C&12" + _code(sheet.title, 110) + "\n&9" + _code(sheet.heading, 110))
    page.set_footer(f"&L&8{_code(sheet.generated, 110)}&R&8{_code(before)}&P{_code(between)}&N{_code(after)}")


def _code(text: str, most: int = 35) -> str:
    """Text for headers and footers, where & begins a code and all together may be 255 characters."""
    text = clean_text(text).replace("\n", " ")
    while len(text) + text.count("&") > most:
        text = text[:-1]
    return (" " if text[:1].isdigit() else "") + text.replace("&", "&&")  # "&8" and a digit would be another size


def _cell(
    page: Worksheet, line: int, index: int, column: Column, cell: Cell, styles: _Styles, *, bold: bool = False
) -> None:
    """One typed cell: numbers and dates as such where the cell holds just one, everything else as text."""
    look: dict[str, Any] = {"border": 1, "bold": bold} if bold else {"border": 1}
    values = cell_values(cell)
    value = values[0] if len(values) == 1 else None
    if isinstance(value, date):
        look |= {"num_format": "dd/mm/yyyy", "align": "left"}
        page.write_datetime(line, index, datetime.combine(value, time()), styles(**look))
    elif isinstance(value, (int, Number)):
        amount = value.value if isinstance(value, Number) else value
        if column.key == NUMBER_KEY:
            look["align"] = "center"
        if column.kind == "percent":
            page.write_number(line, index, round(amount / 100, 8), styles(num_format="0.0%", **look))
        else:
            page.write_number(line, index, amount, styles(num_format=_number_format(amount), **look))
    elif values:
        joiner = ", " if column.kind == "status" else "\n"
        page.write_string(line, index, _short(cell_text(cell, joiner=joiner)), styles(text_wrap=True, **look))
    else:
        page.write_blank(line, index, None, styles(**look))


def _number_format(amount: int | float) -> str:
    decimals = len(f"{amount:.3f}".rstrip("0").partition(".")[2])
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _short(text: str) -> str:
    """The text as far as a cell can hold it; what was cut off is said."""
    if len(text) <= MOST_TEXT:
        return text
    mark = _(" … (dipotong)")
    return text[: MOST_TEXT - len(mark)] + mark


def _summary(page: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    """What the data is, for whoever gets the file without the person who made it."""
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 90)
    term, text = styles(bold=True), styles(text_wrap=True, align="left")
    facts: list[tuple[str, str | date | int]] = [(_("Judul"), clean_text(sheet.title))]
    facts += [(_("Keterangan"), clean_text(sheet.subtitle))] if sheet.subtitle else []
    facts += [(_("Keadaan per"), sheet.as_of)] if sheet.as_of else []
    facts += [(_("Saringan"), clean_text(sentence)) for sentence in sheet.filters]
    facts += [(_("Jumlah baris"), sheet.row_count)]
    facts += [(_("Catatan"), clean_text(sheet.note))] if sheet.note else []
    facts += [(_("Dibuat"), clean_text(sheet.generated))] if sheet.generated else []
    for line, (name, value) in enumerate(facts):
        page.write_string(line, 0, name, term)
        if isinstance(value, date):
            day = datetime.combine(value, time())
            page.write_datetime(line, 1, day, styles(num_format="dd/mm/yyyy", align="left"))
        elif isinstance(value, int):
            page.write_number(line, 1, value, styles(num_format="#,##0", align="left"))
        else:
            page.write_string(line, 1, _short(value), text)
    counts = sheet.status_counts()
    if counts:
        page.write_string(len(facts) + 1, 0, _("Status"), term)
        page.write_string(len(facts) + 1, 1, _("Jumlah baris"), term)
    for line, (word, count) in enumerate(counts, len(facts) + 2):
        page.write_string(line, 0, word, styles(text_wrap=True))
        page.write_number(line, 1, count, styles(num_format="#,##0", align="left"))
