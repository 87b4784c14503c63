"""The Word document, opened again and read as XML: what Word needs to repeat, not split and keep together."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from kbpartners.reports import docx
from kbpartners.reports.sheet import Group
from tests.reports.sheets import COLUMNS, LETTERHEAD, SIGNATORY, logo, row, sheet


class Word:
    """A document that has been read: its tables are letterhead, matrix, signatures."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.document = Document(io.BytesIO(content))
        self.tables = self.document.element.body.findall(qn("w:tbl"))

    def rows(self, table: Any) -> list[Any]:
        return table.findall(qn("w:tr"))

    def texts(self, row: Any) -> list[str]:
        return [text_of(cell) for cell in row.findall(qn("w:tc"))]

    @property
    def footer(self) -> Any:
        return self.document.sections[0].footer._element


def text_of(element: Any) -> str:
    return "".join(node.text or "" for node in element.iter(qn("w:t")))


def kept(row: Any) -> bool:
    """Whether every paragraph of the row says "keep with next"."""
    paragraphs = list(row.iter(qn("w:p")))
    return all(paragraph.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None for paragraph in paragraphs)


def written(**changed: Any) -> Word:
    return Word(docx.render(sheet(**changed)))


def test_the_matrix_has_a_repeated_header_and_rows_that_do_not_split() -> None:
    word = written(rows=12)
    matrix = word.rows(word.tables[1])
    assert word.texts(matrix[0]) == [column.title for column in COLUMNS]
    assert [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in matrix] == [True] + [False] * 15
    assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in matrix)
    cells = [text for line in matrix for text in word.texts(line) if text.startswith("R0")]
    assert cells == [row(index)["what"] for index in range(12)]


def test_headings_stay_with_the_next_row_and_the_last_two_rows_with_the_signature() -> None:
    word = written(rows=12, per_group=5)
    matrix = word.rows(word.tables[1])
    flags = [kept(line) for line in matrix[1:]]
    groups = [len(word.texts(line)) == 1 for line in matrix[1:]]
    assert flags == [group or index >= 12 for index, group in enumerate(groups)]
    signature = word.rows(word.tables[2])
    assert [kept(line) for line in signature] == [True, True, False]
    note = word.tables[1].getnext()
    assert note.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None
    assert "Palembang, 7\u00a0Maret\u00a02017Kepala Perwakilan," in text_of(signature[0])
    assert "NIP 19600101 198503 1 001" in text_of(signature[2])


@pytest.mark.parametrize(("paper", "size"), [("a4", (297, 210)), ("f4", (330, 215))])
def test_paper_lies_on_its_side(paper: Any, size: tuple[int, int]) -> None:
    section = written(paper=paper).document.sections[0]
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == list(size)
    assert written(orientation="portrait").document.sections[0].orientation == WD_ORIENT.PORTRAIT


def test_the_footer_counts_pages() -> None:
    footer = written().footer
    assert text_of(footer) == "KB Partners · per 7 Maret 2017, 10.42 WIBHalaman 1 dari 1"
    assert [node.text.strip() for node in footer.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]


def test_column_widths_fill_the_page() -> None:
    word = written()
    widths = [int(column.get(qn("w:w"))) for column in word.tables[1].iter(qn("w:gridCol"))]
    assert sum(widths) == pytest.approx(269 / 25.4 * 1440, abs=8)
    assert len(widths) == len(COLUMNS)


def test_letterhead_with_double_rule_logo_and_without() -> None:
    word = written(letterhead=replace(LETTERHEAD, logo=logo()))
    assert word.tables[0].find(f".//{qn('w:tblBorders')}/{qn('w:bottom')}").get(qn("w:val")) == "thickThinSmallGap"
    assert LETTERHEAD.office in text_of(word.tables[0])
    assert len(word.document.inline_shapes) == 1
    assert len(written(letterhead=replace(LETTERHEAD, logo=logo()[:40])).document.inline_shapes) == 0
    assert len(written(letterhead=None).tables) == 2


def test_properties_and_language() -> None:
    word = written()
    assert word.document.core_properties.title == "Matriks tindak lanjut"
    assert word.document.core_properties.language == "id-ID"
    with zipfile.ZipFile(io.BytesIO(word.content)) as archive:
        assert 'w:val="id-ID"' in archive.read("word/styles.xml").decode()


def test_a_sheet_without_rows_and_one_with_a_total() -> None:
    empty = written(rows=0, empty="Belum ada tindak lanjut.")
    assert empty.texts(empty.rows(empty.tables[1])[1]) == ["Belum ada tindak lanjut."]
    total = written(rows=2, total={"what": "Jumlah"})
    assert total.texts(total.rows(total.tables[1])[-1])[1] == "Jumlah"


@pytest.mark.parametrize("people", [2, 3, 4])
def test_several_people_sign(people: int) -> None:
    word = written(signatories=[replace(SIGNATORY, name=f"Nama {index}") for index in range(people)])
    signed = "".join(text_of(table) for table in word.tables[2:])
    assert [f"Nama {index}" in signed for index in range(people)] == [True] * people


@settings(max_examples=10, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_anywhere_gives_a_document(text: str) -> None:
    person = replace(SIGNATORY, name=text, position=text)
    head = replace(LETTERHEAD, office=text, address=(text,))
    word = written(
        groups=[Group(text, [row(0, what=text)])],
        title=text,
        subtitle=text,
        filters=(text,),
        note=text,
        generated=text,
        signatories=(person,),
        letterhead=head,
    )
    assert len(word.tables) == 3


def test_marks_of_formulas_and_markup_are_plain_text() -> None:
    typed = "{{ 1 + 1 }} <w:b/> &amp; {% if x %}"
    word = written(groups=[Group("", [row(0, what=typed)])])
    assert typed in word.texts(word.rows(word.tables[1])[1])
