"""How wide the columns of a printed sheet are, estimated without a font so that PDF, Word and workbook agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from kbpartners.reports.cells import NUMBER_KEY, Mark

if TYPE_CHECKING:
    from kbpartners.reports.sheet import Column, Line

EM, EM_TITLE = 9.5 * 25.4 / 72, 9.0 * 25.4 / 72
"""Size of the type in the table and in its titles, in millimetres (9.5 and 9 pt)."""

MOST_FOR_WORDS = 45.0
"""Millimetres beyond which no column is widened for the sake of one long word."""

PADDING = 3.2
"""Millimetres of air in a cell, left and right together."""

_NARROW, _WIDE = frozenset(" !'(),-./:;I[]`fijlrt|"), frozenset("%@MWmw—…")


def text_em(text: str) -> float:
    """Estimated width of text in em, as a bold sans serif sets it: a little more than the truth."""
    return sum(_em(char) for char in text)


@cache
def _em(char: str) -> float:
    if char in _NARROW:
        return 0.36
    if char in _WIDE or ord(char) > 0x2E7F:
        return 0.95
    return 0.74 if char.isupper() else 0.6


def column_widths(columns: Sequence[Column], usable: float, lines: Sequence[Line] = ()) -> list[float]:
    """Widths in millimetres that add up to `usable`: by the relative widths, but wide enough not to break words.

    A column is at least as wide as the longest word of its title; dates, numbers and percentages stay on one line, and
    a status breaks between its words only. Where not even that fits, all columns shrink alike and words are broken.
    """
    least = [_least_width(column, [line.cells[i] for line in lines if line.cells]) for i, column in enumerate(columns)]
    if sum(least) >= usable:
        return [usable * part / sum(least) for part in least]
    widths = [0.0] * len(columns)
    free, open_columns = usable, set(range(len(columns)))
    while open_columns:
        weight = sum(max(columns[index].width, 0.1) for index in open_columns)
        share = {index: free * max(columns[index].width, 0.1) / weight for index in open_columns}
        tight = {index for index in open_columns if share[index] < least[index]}
        for index in tight or open_columns:
            widths[index] = least[index] if tight else share[index]
        free -= sum(widths[index] for index in tight)
        open_columns = open_columns - tight if tight else set()
    return widths


def _least_width(column: Column, cells: Sequence[tuple[Mark, ...]]) -> float:
    """Millimetres that a column needs so that its title's words and its short values are not broken."""
    title = max((text_em(word) for word in re.split(r"(?<=[/-])|\s+", column.title)), default=0.0) * EM_TITLE
    texts = {mark.text for marks in cells for mark in marks}
    if column.kind in ("date", "number", "percent") or column.key == NUMBER_KEY:
        value = max(map(text_em, texts), default=0.0) * EM
    elif column.kind == "status":
        words = {word for text in texts for word in text.split(" ")}
        value = (max(map(text_em, words), default=0.0) + 1.45) * EM
    else:
        value = 0.0
    return min(max(title, value), MOST_FOR_WORDS) + PADDING
