"""WordprocessingML in small pieces: paragraphs, runs, cells, rows, tables, page fields.

Written as XML elements because python-docx looks every cell of a table up anew, which takes minutes for 5,000 rows, and
has no words for "repeat this row", "do not split" and "keep with next". Lengths are millimetres, sizes of type points.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
LINE = 252
"""Pitch of the lines in 240ths of a line: close to the 1.35 em of the printed page."""


def element(tag: str, *children: Any, text: Any = None, **attributes: Any) -> Any:
    """An element with attributes of the w: namespace: `element("w:sz", val=16)`."""
    made = etree.Element(qn(tag))
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    if text is not None:
        made.text = text
        made.set(_SPACE, "preserve")
    made.extend(children)
    return made


def add(parent: Any, *children: Any) -> None:
    """Append, but before the section properties, which must stay last in a body."""
    last = parent[-1] if len(parent) and parent[-1].tag == qn("w:sectPr") else None
    for child in children:
        if last is None:
            parent.append(child)
        else:
            last.addprevious(child)


def twips(mm: float) -> int:
    """Millimetres in twentieths of a point."""
    return round(mm / 25.4 * 1440)


def run(text: str, *, bold: bool = False, size: float | None = None) -> Any:
    """Text of one look. A tab in it is a tab; a line end is a space."""
    look = [element("w:b")] if bold else []
    look += [element("w:sz", val=round(size * 2))] if size else []
    parts: list[Any] = [element("w:rPr", *look)] if look else []
    for index, part in enumerate(text.replace("\n", " ").split("\t")):
        parts += [element("w:tab")] if index else []
        parts += [element("w:t", text=part)] if part else []
    return element("w:r", *parts)


def field(code: str, *, size: float) -> list[Any]:
    """A field that Word fills in: PAGE or NUMPAGES."""
    parts = [
        element("w:fldChar", fldCharType="begin"),
        element("w:instrText", text=f" {code} "),
        element("w:fldChar", fldCharType="separate"),
        element("w:t", text="1"),
        element("w:fldChar", fldCharType="end"),
    ]
    return [element("w:r", element("w:rPr", element("w:sz", val=round(size * 2))), part) for part in parts]


def paragraph(
    runs: Iterable[Any] = (),
    *,
    align: str = "left",
    keep_next: bool = False,
    before: float = 0,
    after: float = 0,
    outline: int | None = None,
    tabs: Iterable[Any] = (),
    tiny: bool = False,
) -> Any:
    """A paragraph. `outline` makes it a heading of that level; `tiny` one that only parts two tables."""
    look = [element("w:keepNext")] if keep_next else []
    look += [element("w:tabs", *tabs)] if tabs else []
    line, rule = (20, "exact") if tiny else (LINE, "auto")
    look.append(element("w:spacing", before=twips(before), after=twips(after), line=line, lineRule=rule))
    look += [element("w:jc", val=align)] if align != "left" else []
    look += [element("w:outlineLvl", val=outline)] if outline is not None else []
    return element("w:p", element("w:pPr", *look), *runs)


def cell(content: Iterable[Any], width: float, *, span: int = 1, fill: str = "", valign: str = "") -> Any:
    """A cell that holds paragraphs; `valign` is "center" or "bottom"."""
    look = [element("w:tcW", w=twips(width), type="dxa")]
    look += [element("w:gridSpan", val=span)] if span > 1 else []
    look += [element("w:shd", val="clear", color="auto", fill=fill)] if fill else []
    look += [element("w:vAlign", val=valign)] if valign else []
    return element("w:tc", element("w:tcPr", *look), *content)


def row(cells: Iterable[Any], *, header: bool = False, height: float = 0) -> Any:
    """A row that does not split over pages; `header` repeats it on each."""
    look = [element("w:cantSplit")]
    look += [element("w:trHeight", val=twips(height), hRule="exact")] if height else []
    look += [element("w:tblHeader")] if header else []
    return element("w:tr", element("w:trPr", *look), *cells)


def borders(edges: Sequence[str], *, style: str = "single", eighths: int = 5) -> Any:
    """Black lines at these edges, in eighths of a point."""
    look = {"val": style, "sz": str(eighths), "space": "0", "color": "000000"}
    return element("w:tblBorders", *(element(f"w:{edge}", **look) for edge in edges))


def table(widths: Sequence[float], rows: Iterable[Any], *, lines: Any = None, air: tuple[float, float] = (0, 0)) -> Any:
    """A table of fixed column widths; `air` is the padding of its cells: above and below, left and right."""
    upright, across = twips(air[0]), twips(air[1])
    padding = {"top": upright, "left": across, "bottom": upright, "right": across}
    look = [element("w:tblW", w=twips(sum(widths)), type="dxa")]
    look += [lines] if lines is not None else []
    look.append(element("w:tblLayout", type="fixed"))
    look.append(element("w:tblCellMar", *(element(f"w:{edge}", w=size, type="dxa") for edge, size in padding.items())))
    columns = (element("w:gridCol", w=twips(width)) for width in widths)
    return element("w:tbl", element("w:tblPr", *look), element("w:tblGrid", *columns), *rows)
