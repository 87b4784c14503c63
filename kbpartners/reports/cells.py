"""What may stand in a cell of a sheet, and its words on paper.

All formats take their text from here: what is cleaned away, how an empty cell looks and how a number reads is decided
once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kbpartners import formats

NUMBER_KEY = "no"
"""Key of the column that the sheet fills itself: 1, 2, 3 … over all groups."""


@dataclass(frozen=True, slots=True)
class Status:
    """A status as it is printed: the shape of an icon and a word. Colour is never needed to read it.

    `icon` is the name in icons.svg. `counted_as` is the word under which a summary counts it; without one, numbers
    become "n": "Terlambat 5 hari" and "Terlambat 2 hari" are both "Terlambat n hari".
    """

    kind: str
    icon: str
    text: str
    counted_as: str = ""

    @property
    def heading(self) -> str:
        """The word under which summaries count this status."""
        return self.counted_as or re.sub(r"\d+", "n", self.text)


@dataclass(frozen=True, slots=True)
class Number:
    """A number with the words people read: `value` goes into workbooks, `text` on paper.

    For a column of kind `percent`, `value` is in per cent (69.7 for "69,7 %").
    """

    value: int | float
    text: str


Scalar = str | int | date | Number | Status | None
Cell = Scalar | tuple[Scalar, ...]
"""One value, or several that stand below one another (lines, or two statuses)."""

Row = Mapping[str, Cell]
"""Cells by the key of their column; a missing key is an empty cell."""


class Mark(NamedTuple):
    """One line of a printed cell: its words, and before them the icon of a status ("" for plain text)."""

    icon: str
    text: str


EMPTY = (Mark("", "–"),)
"""An empty cell on paper: a dash, so that nobody takes it for a forgotten line."""


def milli(value: int | None) -> Number | None:
    """A quantity scaled by 1,000: 1500 prints "1,5" and is 1.5 in a workbook. None (not reported) stays None."""
    return None if value is None else Number(value / 1000, formats.quantity(value))


def percent(hundredths: int | None) -> Number | None:
    """Hundredths of a per cent: 6970 prints "69,7 %". None (not reported) stays None."""
    return None if hundredths is None else Number(hundredths / 100, formats.percent(hundredths))


_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"  # invisible marks that can turn a printed name around
    "\ufff9-\ufffc\ufffe\uffff\ufdd0-\ufdef]"  # interlinear marks and non-characters
)


def clean_text(text: str) -> str:
    """Text that every format can hold: no control characters, no direction overrides, no broken surrogates.

    Line ends become "\\n" and tabs stay. What people can see is never changed.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", _UNPRINTABLE.sub("", text))


def scalar_text(value: Scalar) -> str:
    """One value in the words of the printed sheet; "" for None."""
    match value:
        case None:
            return ""
        case str():
            return clean_text(value)
        case Status() | Number():
            return clean_text(value.text)
        case date():
            return formats.date_medium(value)
        case _:
            return formats.number(value)


def cell_values(cell: Cell) -> tuple[Scalar, ...]:
    """The values of a cell as a tuple, without empty ones."""
    values = cell if isinstance(cell, tuple) else (cell,)
    return tuple(value for value in values if value is not None and value != "")


def cell_text(cell: Cell, *, joiner: str = "\n") -> str:
    """The whole cell in words; "" if there is nothing in it."""
    return joiner.join(scalar_text(value) for value in cell_values(cell))


def printed(cell: Cell, *, short_dates: bool = False) -> tuple[Mark, ...]:
    """The cell line by line as it stands on paper; a dash if there is nothing in it."""
    marks: list[Mark] = []
    for value in cell_values(cell):
        if isinstance(value, Status):
            words = scalar_text(value).replace("\n", " ")
            marks.append(Mark(value.icon, re.sub(r"(\d) (?=\w)", "\\1\u00a0", words)))  # "5 hari" stays together
        elif short_dates and isinstance(value, date):
            marks.append(Mark("", formats.date_short(value)))
        else:
            marks.extend(Mark("", line.replace("\t", " ")) for line in scalar_text(value).strip("\n").split("\n"))
    return tuple(marks) if any(mark.text.strip() for mark in marks) else EMPTY
