"""A sheet as CSV for Excel with Indonesian settings: BOM, semicolons, decimal comma, CRLF.

One row a line, without headings in between: groups become the first column, and what is printed around the table
(letterhead, signatures, filters) is left out.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date

from kbpartners import formats
from kbpartners.reports.cells import Cell, Number, cell_values, clean_text, scalar_text
from kbpartners.reports.sheet import Column, Sheet, cell_of

_RUNS = ("=", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLAIN_NUMBER = re.compile(r"[+-]?\d[\d.,]*\s?%?|[+-]")
_PHONE = re.compile(r"\+\d[\d()-]*[ \u00a0][\d ()\u00a0-]*")


def render(sheet: Sheet) -> bytes:
    """The sheet as a CSV file, UTF-8 with BOM."""
    columns = sheet.visible
    grouped = sheet.is_grouped
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(title) for title in sheet.flat_titles()])
    for group, number, row in sheet.rows():
        first = [safe(clean_text(group.title))] if grouped else []
        writer.writerow(first + [cell_of_csv(column, cell_of(column, row, number)) for column in columns])
    if sheet.total is not None and sheet.row_count:
        first = [""] if grouped else []
        writer.writerow(first + [cell_of_csv(column, sheet.total.get(column.key)) for column in columns])
    return buffer.getvalue().encode("utf-8-sig", "replace")


def cell_of_csv(column: Column, cell: Cell) -> str:
    """A cell as Excel reads it back: 1234,5 for a number, 07/03/2017 for a date, 69,7% for a percentage."""
    values = cell_values(cell)
    if len(values) == 1 and isinstance(values[0], (int, Number)):
        return _amount(values[0]) + ("%" if column.kind == "percent" else "")
    words = (formats.date_short(value) if isinstance(value, date) else scalar_text(value) for value in values)
    return safe("\n".join(words))


def _amount(value: int | Number) -> str:
    amount = value.value if isinstance(value, Number) else value
    return f"{amount:.6f}".rstrip("0").rstrip(".").replace(".", ",")


def safe(text: str) -> str:
    """Text that a spreadsheet will not run: what would be a formula gets an apostrophe in front.

    Left alone, because they are no formulas: numbers (`-1.234,5`), and phone numbers written with a space
    (`+62 812-3456-7890`), which stay readable. `+62-812-3456` would be *calculated*, so it gets the apostrophe.
    """
    start = text.lstrip(" \u00a0")
    if start.startswith(_RUNS) or (
        start.startswith(("+", "-")) and not _PLAIN_NUMBER.fullmatch(start) and not _PHONE.fullmatch(start)
    ):
        return "'" + text
    return text
