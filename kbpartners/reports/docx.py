"""A sheet as a Word document that the office can go on editing.

Built directly with python-docx, not from a Word template: the matrix has as many columns as were chosen, and its rows
must repeat, not split and keep together, which a template can only say by XML pasted into its text. So there is no
binary template in the repository.

Keeping together works as Word does it: every paragraph of the last rows says "keep with next", up to the signature.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from flask_babel import gettext as _

from kbpartners.reports import wordml as w
from kbpartners.reports.cells import Mark, clean_text
from kbpartners.reports.sheet import (
    MARGIN_BOTTOM,
    MARGIN_SIDE,
    MARGIN_TOP,
    Align,
    Letterhead,
    Line,
    Sheet,
    Signatory,
    kept_from,
)

FONT = "Arial"
LANGUAGES = {"id": "id-ID", "en": "en-GB"}
BLOCK = 82.0
"""Width of a signature block in millimetres."""

SIGNS = {
    "late": "\u2b23",
    "warn": "\u25b2",
    "clock": "\u25f7",
    "back": "\u21a9",
    "wait": "\u25d4",
    "run": "\u25d0",
    "done": "\u2713",
    "none": "\u25cc",
    "silent": "\u2300",
    "slash": "\u2298",
    "arrow": "\u2192",
}
"""The shape of a status as a character that the symbol fonts of Windows and of Linux both have."""


def render(sheet: Sheet) -> bytes:
    """The sheet as a DOCX file."""
    paper = Document()
    _set_up(paper, sheet)
    body = paper.element.body
    if sheet.letterhead:
        w.add(body, *_letterhead(paper, sheet, sheet.letterhead))
    title = w.run(clean_text(sheet.title).upper(), bold=True, size=12.5)
    w.add(body, w.paragraph([title], align="center", outline=0, after=1))
    for sentence in sheet.sentences:
        w.add(body, w.paragraph([w.run(sentence)], align="center"))
    w.add(body, w.paragraph(tiny=True, after=4), _table(sheet))
    note = [w.run(clean_text(sheet.note), size=8)] if sheet.note else []
    w.add(body, w.paragraph(note, before=3, after=4, keep_next=bool(sheet.signatories)))
    for start in range(0, len(sheet.signatories), 3):
        w.add(body, _signatures(sheet, sheet.signatories[start : start + 3]), w.paragraph(tiny=True))
    buffer = io.BytesIO()
    paper.save(buffer)
    return buffer.getvalue()


# --- page --------------------------------------------------------------------------------------------------------


def _set_up(paper: Paper, sheet: Sheet) -> None:
    """Page size and margins, footer, base type, language and properties."""
    section = paper.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in sheet.page_size)
    section.orientation = WD_ORIENT.LANDSCAPE if sheet.orientation == "landscape" else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = Mm(MARGIN_SIDE)
    section.top_margin, section.bottom_margin = Mm(MARGIN_TOP), Mm(MARGIN_BOTTOM)
    section.header_distance = section.footer_distance = Mm(6)
    _footer(section.footer._element, sheet)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(9.5)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:eastAsia", "w:cs", "w:hAnsi"):
        fonts.set(qn(script), FONT)
    language = LANGUAGES.get(sheet.language, sheet.language)
    for lang in paper.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), language)
    properties = paper.core_properties
    properties.title, properties.language = clean_text(sheet.title)[:255], language
    properties.author = clean_text(sheet.letterhead.office)[:255] if sheet.letterhead else ""
    properties.comments = ""
    properties.created = properties.modified = sheet.stamp


def _footer(footer: Any, sheet: Sheet) -> None:
    """When it was made on the left, "Halaman x dari y" on the right."""
    for leftover in list(footer):
        footer.remove(leftover)
    before, between, after = sheet.page_words
    runs = [w.run(clean_text(sheet.generated).replace("\t", " "), size=8), w.run("\t" + before, size=8)]
    runs += [*w.field("PAGE", size=8), w.run(between, size=8), *w.field("NUMPAGES", size=8), w.run(after, size=8)]
    tab = w.element("w:tab", val="right", pos=w.twips(sheet.usable_width))
    w.add(footer, w.paragraph(runs, tabs=[tab]))


def _letterhead(paper: Paper, sheet: Sheet, kop: Letterhead) -> list[Any]:
    """Logo, lines and the double rule: a table whose only line is its lower edge."""
    texts = [(kop.superior, True, 10.5)] if kop.superior else []
    texts += [(kop.office, True, 13.0), *((line, False, 8.5) for line in kop.address)]
    lines = [w.paragraph([w.run(clean_text(text), bold=bold, size=size)], align="center") for text, bold, size in texts]
    widths = [20.0, sheet.usable_width - 40, 20.0]
    contents = [[_logo(paper, kop)], lines, [w.paragraph()]]
    row = w.row(w.cell(content, width, valign="center") for content, width in zip(contents, widths, strict=True))
    rule = w.borders(["bottom"], style="thickThinSmallGap", eighths=24)
    return [w.table(widths, [row], lines=rule, air=(1, 0)), w.paragraph(tiny=True, after=4)]


def _logo(paper: Paper, kop: Letterhead) -> Any:
    """A paragraph with the logo; an empty one where there is none or it cannot be read."""
    if not kop.logo_type or not kop.logo:
        return w.paragraph()
    holder = paper.add_paragraph()
    element = holder._p
    try:
        picture = holder.add_run().add_picture(io.BytesIO(kop.logo), height=Mm(17))
    except (UnrecognizedImageError, InvalidImageStreamError, UnexpectedEndOfFileError, ZeroDivisionError):
        return w.paragraph()
    finally:
        element.getparent().remove(element)
    picture._inline.docPr.set("descr", _("Logo"))
    return element


# --- table -------------------------------------------------------------------------------------------------------


def _table(sheet: Sheet) -> Any:
    columns, lines = sheet.visible, sheet.lines()
    widths = sheet.widths(lines)
    kept = kept_from(lines) if sheet.note or sheet.signatories else len(lines)
    titles = [
        w.cell(
            [w.paragraph([w.run(clean_text(column.title), bold=True, size=9)], align="center")],
            width,
            fill="E6E6E6",
            valign="center",
        )
        for column, width in zip(columns, widths, strict=True)
    ]
    rows = [w.row(titles, header=True)]
    aligns = [column.alignment for column in columns]
    for index, line in enumerate(lines):
        rows.append(w.row(_cells(line, widths, aligns, keep_next=index >= kept)))
    if not lines:
        nothing = w.paragraph([w.run(sheet.nothing)], align="center", keep_next=True)
        rows.append(w.row([w.cell([nothing], sum(widths), span=len(columns))]))
    edges = w.borders(["top", "left", "bottom", "right", "insideH", "insideV"])
    return w.table(widths, rows, lines=edges, air=(1.2, 1.6))


def _cells(line: Line, widths: Sequence[float], aligns: Sequence[Align], *, keep_next: bool) -> list[Any]:
    if line.kind == "group":
        heading = w.paragraph([w.run(line.title, bold=True)], keep_next=True)
        return [w.cell([heading], sum(widths), span=len(widths), fill="F2F2F2")]

    def lines(marks: tuple[Mark, ...], align: Align) -> list[Any]:
        bold = line.kind == "total"
        return [w.paragraph([_run(mark, bold)], align=align, keep_next=keep_next) for mark in marks or (Mark("", ""),)]

    parts = zip(line.cells, aligns, widths, strict=True)
    return [w.cell(lines(marks, align), width) for marks, align, width in parts]


def _run(mark: Mark, bold: bool) -> Any:
    if not mark.icon:
        return w.run(mark.text, bold=bold)
    return w.run(SIGNS.get(mark.icon, SIGNS["none"]) + "\u00a0" + mark.text, bold=True)


def _signatures(sheet: Sheet, people: Sequence[Signatory]) -> Any:
    """Signature blocks in a table without lines: one stands right, two left and right, three share the width."""
    free = sheet.usable_width - BLOCK
    slots: list[tuple[Signatory | None, float]]
    if len(people) == 1:
        slots = [(None, free), (people[0], BLOCK)]
    elif len(people) == 2:
        slots = [(people[0], BLOCK), (None, free - BLOCK), (people[1], BLOCK)]
    else:
        slots = [(person, sheet.usable_width / 3) for person in people]

    def block(texts: list[str], width: float, *, keep_next: bool = False, name: bool = False) -> Any:
        lines = [
            w.paragraph([w.run(text, bold=name and index == 0)], keep_next=keep_next)
            for index, text in enumerate(texts or [""])
        ]
        return w.cell(lines, width, valign="bottom" if keep_next else "")

    above = [block(person.heading() if person else [], width, keep_next=True) for person, width in slots]
    space = [block([], width, keep_next=True) for _person, width in slots]
    below = [
        block([clean_text(person.name), *person.footing()] if person else [], width, name=True)
        for person, width in slots
    ]
    return w.table([width for _person, width in slots], [w.row(above), w.row(space, height=17), w.row(below)])
