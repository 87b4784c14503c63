"""A sheet as PDF, set by typst.

The layouts lie in `typst/*.typ` and never change with the data: the sheet goes in as one JSON string through
`sys.inputs` and is only placed as text, so nothing that people typed is ever read as typst source. typst can reach no
file outside that folder. The PDF is tagged (PDF/UA-1), with language and
title, and the same sheet gives the same bytes.

Costs on two cores: 200 rows 0.2 s and 110 MB, 1,000 rows 1 s and 250 MB, 5,000 rows 5 s and 1 GB, all of it in a child
process (`typesetter.py`) that is gone afterwards. `MAX_ROWS` bounds it; beyond that a workbook is the better paper.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.errors import DomainError
from kbpartners.reports.cells import Mark, clean_text
from kbpartners.reports.sheet import (
    MARGIN_BOTTOM,
    MARGIN_SIDE,
    MARGIN_TOP,
    Letterhead,
    Line,
    Sheet,
    Signatory,
    kept_from,
)
from kbpartners.reports.widths import EM, PADDING, text_em

MAX_ROWS = 5_000
"""Rows of the longest PDF: some 500 pages."""

HEAVY_ROWS = 500
"""From this many rows on a document queues behind other heavy ones and does not hold up the small ones."""

PROGRAM = Path(__file__).with_name("typesetter.py")

TIMEOUT = 120
"""Seconds after which a document is given up."""

MEMORY = 3 << 30
"""Bytes of address space of the typesetting process: some two thirds of it are only reserved, not used."""

FONTS = ("Liberation Sans", "Arimo", "Arial", "Helvetica", "Noto Sans", "DejaVu Sans", "Libertinus Serif")
"""The first that the machine has sets the sheet, the others stand in for missing letters; typst carries the last."""

_light, _heavy = BoundedSemaphore(2), BoundedSemaphore(1)


class TooLong(DomainError):
    """The sheet has more rows than a PDF may have."""

    status = 422


class TypesettingFailed(RuntimeError):
    """typst gave up. The message is for the log: it says where, not what the person can do."""


def render(sheet: Sheet) -> bytes:
    """The sheet as a PDF file. Raises TooLong beyond MAX_ROWS, TypesettingFailed if typst fails or takes too long."""
    if sheet.row_count > MAX_ROWS:
        raise TooLong(
            _(
                "Laporan ini %(rows)s baris; PDF paling banyak %(most)s baris. Persempit pilihan, atau pakai XLSX.",
                rows=formats.number(sheet.row_count),
                most=formats.number(MAX_ROWS),
            )
        )
    logo = sheet.letterhead.logo if sheet.letterhead and sheet.letterhead.logo_type else None
    heavy = sheet.row_count >= HEAVY_ROWS
    with _heavy if heavy else _light:
        return typeset("sheet.typ", payload(sheet), logo=logo, niceness=5 if heavy else 0)


def typeset(layout: str, data: dict[str, Any], *, logo: bytes | None = None, niceness: int = 0) -> bytes:
    """Set a layout of `typst/` with its data. A logo that typst cannot read is left out rather than the sheet."""
    for image in dict.fromkeys((logo, None)):
        content = json.dumps({**data, "logo": list(image or b"")}, ensure_ascii=False)
        order = {"layout": layout, "data": content, "fonts": FONTS, "memory": MEMORY, "niceness": niceness}
        try:
            done = subprocess.run(  # noqa: S603  our own program by its full path, without a shell
                [sys.executable, "-I", str(PROGRAM)],
                input=json.dumps(order).encode(),
                env=_environment(),
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TypesettingFailed(f"typst: gave up after {TIMEOUT} s") from error
        if done.returncode == 0:
            return done.stdout
    raise TypesettingFailed(f"typst: exit {done.returncode}: {done.stderr.decode(errors='replace')[:2000]}")


def _environment() -> dict[str, str]:
    """What the typesetter may know: no secrets, and no more threads and memory arenas than a small machine has."""
    known = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMPDIR")
    return {key: os.environ[key] for key in known if key in os.environ} | {
        "RAYON_NUM_THREADS": "2",
        "MALLOC_ARENA_MAX": "2",
    }


def payload(sheet: Sheet) -> dict[str, Any]:
    """The sheet as the JSON that `sheet.typ` reads. Lengths in millimetres."""
    columns, lines = sheet.visible, sheet.lines()
    widths = sheet.widths(lines)
    return {
        "title": clean_text(sheet.title),
        "heading": _bounded(sheet.title),
        "sentences": [_bounded(sentence) for sentence in sheet.sentences],
        "language": sheet.language,
        "page": sheet.page_size,
        "margin": (MARGIN_TOP, MARGIN_SIDE, MARGIN_BOTTOM),
        "page_words": sheet.page_words,
        "generated": _bounded(sheet.generated, 150),
        "columns": [{"title": clean_text(column.title), "align": column.alignment} for column in columns],
        "widths": widths,
        "lines": [_line(line, widths) for line in lines],
        "kept": kept_from(lines),
        "nothing": sheet.nothing,
        "note": _bounded(sheet.note, 1_000),
        "letterhead": _letterhead(sheet.letterhead),
        "signatories": [_signatory(person) for person in sheet.signatories],
    }


def _letterhead(kop: Letterhead | None) -> dict[str, Any] | None:
    if kop is None:
        return None
    return {
        "superior": _bounded(kop.superior),
        "office": _bounded(kop.office),
        "address": [_bounded(line) for line in kop.address],
        "logo_alt": _("Logo"),
    }


def _signatory(person: Signatory) -> dict[str, Any]:
    return {
        "heading": [_bounded(line) for line in person.heading()],
        "name": _bounded(person.name),
        "footing": [_bounded(line) for line in person.footing()],
    }


def _bounded(text: str, most: int = 250) -> str:
    """Text beside the table: a word may break anywhere if it is very long, and all of it has an end.

    Cells may be longer than a page; a title or a name that were would push everything else off the paper.
    """
    text = clean_text(text)
    text = text if len(text) <= most else text[:most] + "…"
    return re.sub(r"\S{30,}", lambda word: "\u200b".join(word[0]), text)


def _line(line: Line, widths: list[float]) -> tuple[str, Any, bool]:
    """(kind, content, whether the row may be too tall for a page: only then typst measures it)."""
    if line.kind == "group":
        return line.kind, _bounded(line.title, 500), False
    pairs = list(zip(line.cells, widths, strict=True))
    tall = any(_height(marks, width) > 60 for marks, width in pairs)
    return line.kind, [[_mark(mark, width) for mark in marks] for marks, width in pairs], tall


def _height(marks: tuple[Mark, ...], width: float) -> float:
    """Estimated height of a cell in millimetres."""
    room = max(width - PADDING, 1.0)
    return sum(1 + text_em(mark.text) * EM / room for mark in marks) * 1.35 * EM


def _mark(mark: Mark, width: float) -> str | tuple[str, str, int]:
    """A line as a plain string where it can be; else (icon, words, how it fits).

    0: on one line; 1: it may wrap; 2: a word may be wider than the column. Estimated with a margin; typst measures.
    """
    room = (width - PADDING) * 0.9 - (6 if mark.icon else 0)
    if any(text_em(word) * EM > room for word in mark.text.split(" ")):
        return mark.icon, mark.text, 2
    if not mark.icon:
        return mark.text
    return mark.icon, mark.text, int(text_em(mark.text) * EM > room)
