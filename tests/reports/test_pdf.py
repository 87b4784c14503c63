"""The PDF, read and measured by another program (pdfium): what is on which page, and whether it stands where it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kbpartners.reports import pdf
from kbpartners.reports.sheet import MARGIN_SIDE, Column, Group, Sheet, Status
from tests.reports.sheets import COLUMNS, LETTERHEAD, SIGNATORY, STATUSES, logo, mark, row, sheet

MM = 72 / 25.4
SIGNED = "NIP 19600101 198503 1 001"


class Printed:
    """A PDF that has been read: the text of each page, without the invisible marks where words may break."""

    def __init__(self, content: bytes) -> None:
        self.document = pdfium.PdfDocument(content)
        self.pages = [
            page.get_textpage().get_text_bounded().replace("\u200b", "").replace("\ufffe", "") for page in self.document
        ]
        self.flat = ["".join(page.split()) for page in self.pages]

    def characters(self, index: int) -> Iterator[tuple[str, float, float, float, float]]:
        """(character, left, bottom, right, top) in millimetres of all that is visible on a page."""
        text = self.document[index].get_textpage()
        for position in range(text.count_chars()):
            char = text.get_text_range(position, 1)
            if char.strip() and char not in "\u200b\ufffe":
                left, bottom, right, top = (edge / MM for edge in text.get_charbox(position))
                yield char, left, bottom, right, top


def printed(**changed: Any) -> Printed:
    return Printed(pdf.render(sheet(**changed)))


# --- pages -------------------------------------------------------------------------------------------------------


def test_the_matrix_repeats_its_titles_numbers_its_pages_and_loses_no_row() -> None:
    paper = printed(rows=60, per_group=9)
    count = len(paper.pages)
    assert count > 3
    for number, page in enumerate(paper.pages, 1):
        assert "Penanggung jawab" in page
        assert f"Halaman {number} dari {count}" in page
        assert "KB Partners · per 7 Maret 2017, 10.42 WIB" in page
    assert [name for index in range(60) if (name := mark(index)) not in "".join(paper.pages)] == []
    assert [LETTERHEAD.office in page for page in paper.pages] == [True] + [False] * (count - 1)
    assert "Semua rapat, keadaan per 7 Maret 2017" in paper.pages[0].replace("\u00a0", " ")


def test_no_group_heading_is_left_alone_at_the_foot_of_a_page() -> None:
    for per_group in (1, 2, 3):
        for page in printed(rows=24, per_group=per_group, letterhead=None).pages:
            lines = [
                line for line in page.splitlines() if line.strip() and not line.startswith(("KB Partners", "Halaman"))
            ]
            assert not lines[-1].startswith("Mitra")


def test_the_file_is_tagged_and_says_its_title_and_language() -> None:
    document = printed().document
    assert document.get_metadata_dict()["Title"] == "Matriks tindak lanjut"
    assert pdfium_c.FPDFCatalog_IsTagged(document)
    content = pdf.render(sheet())
    assert b"/Lang" in content
    assert b"pdfuaid" in content
    assert content == pdf.render(sheet())


@pytest.mark.parametrize(
    ("paper", "orientation", "size"),
    [
        ("a4", "landscape", (297, 210)),
        ("a4", "portrait", (210, 297)),
        ("f4", "landscape", (330, 215)),
        ("f4", "portrait", (215, 330)),
    ],
)
def test_paper_and_orientation(paper: Any, orientation: Any, size: tuple[int, int]) -> None:
    page = printed(paper=paper, orientation=orientation).document[0]
    assert [round(side / MM) for side in page.get_size()] == list(size)


def test_everything_is_black_grey_or_white() -> None:
    image = printed(rows=11).document[0].render(scale=1).to_pil().convert("RGB")
    assert all(max(colour) - min(colour) <= 2 for _count, colour in image.getcolors(1 << 20))


# --- nothing cut -------------------------------------------------------------------------------------------------


def test_twelve_columns_and_sixty_rows_stay_inside_their_columns_and_the_margins() -> None:
    """Each column is filled with a letter of its own, in words too long for it; each letter stays in its band."""
    letters = "abcdefghjkmn"
    columns = [Column(letter, f"KOLOM {letter.upper()}", 3 + index % 4) for index, letter in enumerate(letters)]
    words = {letter: f"{letter * 30} {letter * 4}/{letter * 9}-{letter * 12}" for letter in letters}
    plain = Sheet("X", columns, [Group("", [words] * 60)], generated="")
    paper = Printed(pdf.render(plain))
    for index in range(len(paper.pages)):
        bands: dict[str, list[float]] = {}
        for char, left, bottom, right, top in paper.characters(index):
            assert left >= MARGIN_SIDE - 0.5
            assert right <= 297 - MARGIN_SIDE + 0.5
            assert bottom > 3
            assert top < 210 - 11
            if bottom > 13 and char in letters and top < 185:
                bands.setdefault(char, []).extend((left, right))
        edges = [edge for letter in letters for edge in (min(bands[letter]), max(bands[letter]))]
        assert edges == sorted(edges)
    assert "".join(paper.flat).count("a" * 9) >= 60


@pytest.mark.parametrize("at", [0, 2, 3])
def test_a_cell_of_2000_characters_is_printed_to_its_last_word(at: int) -> None:
    words = [f"w{index:03}" for index in range(400)]
    rows = [row(index, obstacle=" ".join(words) if index == at else "singkat") for index in range(4)]
    paper = printed(groups=[Group("TNI", rows)])
    text = "".join(paper.flat)
    assert [word for word in words if word not in text] == []
    assert [mark(index) for index in range(4) if mark(index) not in text] == []
    assert all("Penanggungjawab" in page for page in paper.flat)
    assert SIGNED in paper.pages[-1]
    assert mark(3) in paper.pages[-1] or "w399" in paper.pages[-1]


def test_a_row_is_not_split_unless_a_page_is_too_short_for_it() -> None:
    lines = tuple(f"b{index:02}" for index in range(24))
    paper = printed(groups=[Group("", [row(index, obstacle=lines) for index in range(6)])])
    for page in paper.pages:
        assert page.count("b00") == page.count("b23")


def test_a_name_of_10000_characters_is_printed_whole() -> None:
    paper = printed(groups=[Group("Z" * 200, [row(0, who="Xy" * 5_000), row(1)])])
    assert sum(page.count("X") for page in paper.pages) == 5_000
    assert SIGNED in paper.pages[-1]


def test_a_title_a_heading_and_a_name_without_end_push_nothing_off_the_paper() -> None:
    long = "Abc" * 3_000
    person = replace(SIGNATORY, name=long, position=long)
    paper = printed(
        groups=[Group(long, [row(0), row(1)])],
        title=long,
        subtitle=long,
        note=long,
        generated=long,
        letterhead=replace(LETTERHEAD, office=long),
        signatories=(person,),
    )
    assert SIGNED in paper.pages[-1]
    assert mark(1) in paper.pages[-1]
    for index in range(len(paper.pages)):
        for _char, left, bottom, right, _top in paper.characters(index):
            assert left >= MARGIN_SIDE - 0.5
            assert right <= 297 - MARGIN_SIDE + 0.5
            assert bottom > 2


# --- the signature -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_group", [1, 4, 99])
def test_the_signature_takes_the_last_two_rows_along(per_group: int) -> None:
    """Row by row the block is pushed over the end of a page; wherever it lands, two rows stand above it."""
    for rows in range(5, 11):
        last = printed(rows=rows, per_group=per_group).pages[-1]
        assert SIGNED in last
        assert mark(rows - 1) in last, rows
        assert mark(rows - 2) in last, rows


def test_two_tall_rows_and_a_signature_that_do_not_fit_one_page_leave_it_one_row() -> None:
    tall = tuple(f"b{index:02}" for index in range(26))
    last = printed(groups=[Group("TNI", [row(index, obstacle=tall) for index in range(3)])]).pages[-1]
    assert SIGNED in last
    assert mark(2) in last
    assert mark(1) not in last


@pytest.mark.parametrize("length", range(28, 72, 6))
def test_a_signature_never_stands_alone_under_a_row_taller_than_a_page(length: int) -> None:
    lines = tuple(f"b{index:02}" for index in range(length))
    paper = printed(groups=[Group("TNI", [row(0), row(1, obstacle=lines)])])
    text = "".join(paper.flat)
    assert [line for line in lines if line not in text] == []
    assert SIGNED in paper.pages[-1]
    assert lines[-1] in paper.pages[-1]


def test_one_row_and_two_signatories() -> None:
    person = replace(SIGNATORY, position="Notulis", name="Budi (contoh)", place="", day=None)
    paper = printed(rows=1, signatories=(SIGNATORY, person))
    assert len(paper.pages) == 1
    assert "Notulis," in paper.pages[0]
    boxes = {char: left for char, left, *_rest in paper.characters(0)}
    assert max(boxes.values()) > 200


def test_a_sheet_without_rows_says_so() -> None:
    paper = printed(rows=0, empty="Belum ada tindak lanjut dari rapat ini.")
    assert len(paper.pages) == 1
    assert "Belum ada tindak lanjut dari rapat ini." in paper.pages[0]
    assert SIGNED in paper.pages[0]


def test_without_note_and_signatures_the_table_simply_ends() -> None:
    paper = printed(rows=30, note="", signatories=(), letterhead=None)
    assert mark(29) in paper.pages[-1]


def test_a_total_stands_under_the_last_row() -> None:
    assert "Jumlah" in printed(rows=12, total={"what": "Jumlah", "real": 12}).pages[-1]


# --- hostile text ------------------------------------------------------------------------------------------------

HOSTILE = [
    '#eval("1+1")',
    '#read("/etc/passwd")',
    "\\u{41} \\ \\n",
    "<script>alert(1)</script>",
    "$x^2$ *tebal* _miring_ `kode`",
    "@rujukan <label> // komentar /* x */",
    "\"kutip\" 'tunggal'",
    "#{",
    "= Judul",
    "]]) #pagebreak()",
    "{page}",
    "–—…“”",
]


def test_nothing_that_was_typed_is_read_as_typst() -> None:
    rows = [
        row(index, what=text, obstacle=text, status=Status("late", "tidak-ada", text))
        for index, text in enumerate(HOSTILE)
    ]
    everywhere = Sheet(
        HOSTILE[0],
        COLUMNS,
        [Group(text, [one]) for text, one in zip(HOSTILE, rows, strict=True)],
        subtitle=HOSTILE[1],
        filters=HOSTILE,
        note=HOSTILE[2],
        letterhead=replace(LETTERHEAD, office=HOSTILE[3], address=tuple(HOSTILE)),
        signatories=[replace(SIGNATORY, name=HOSTILE[0], position=HOSTILE[8])],
        generated=HOSTILE[0],
        language="id",
    )
    paper = Printed(pdf.render(everywhere))
    text = "".join(paper.flat)
    assert "root:" not in text
    for typed in HOSTILE:
        assert text.count("".join(typed.split())) >= 2


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(alphabet=st.characters(), max_size=60), min_size=7, max_size=7), st.sampled_from(["id", "en"]))
def test_any_text_anywhere_gives_a_pdf(texts: list[str], language: str) -> None:
    title, subtitle, group, cell, note, office, name = texts
    changed = sheet(
        groups=[Group(group, [row(0, what=cell, obstacle=(cell, cell), status=Status("run", "run", cell))])],
        title=title,
        subtitle=subtitle,
        note=note,
        language=language,
        letterhead=replace(LETTERHEAD, office=office),
        signatories=(replace(SIGNATORY, name=name),),
        filters=(cell,),
        generated=name,
    )
    assert "Halaman" in Printed(pdf.render(changed)).pages[-1]


def test_letters_that_no_font_has_do_not_stop_the_sheet() -> None:
    paper = printed(groups=[Group("", [row(0, what="R0000 😀 العربية ꦗꦮ 漢字 Łódź é")])])
    assert "R0000" in paper.pages[0]
    assert "Łódź é" in paper.pages[0]


# --- logo, limits ------------------------------------------------------------------------------------------------


def test_the_logo_is_printed_and_a_broken_one_left_out() -> None:
    with_logo = printed(letterhead=replace(LETTERHEAD, logo=logo())).document[0]
    assert len(list(with_logo.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE]))) == 1
    for broken in (logo()[:40], b"bukan gambar", b"<svg/>"):
        assert SIGNED in printed(letterhead=replace(LETTERHEAD, logo=broken)).pages[-1]


def test_a_sheet_beyond_the_limit_is_refused_with_a_way_out() -> None:
    rows = [{"what": "x", "due": date(2017, 3, 7), "status": STATUSES[0]}] * (pdf.MAX_ROWS + 1)
    with pytest.raises(pdf.TooLong, match="XLSX") as caught:
        pdf.render(sheet(groups=[Group("", rows)]))
    assert "5.001 baris" in caught.value.message


def test_a_failure_of_the_typesetter_is_an_error_with_a_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pdf.TypesettingFailed, match="exit 1"):
        pdf.typeset("tidak-ada.typ", {})
    monkeypatch.setattr(pdf, "TIMEOUT", 0.001)
    with pytest.raises(pdf.TypesettingFailed, match="gave up"):
        pdf.render(sheet())
