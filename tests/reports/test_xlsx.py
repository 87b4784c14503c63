"""The workbook, opened by another program (calamine) and, for what calamine does not tell, as XML."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from kbpartners.reports import xlsx
from kbpartners.reports.sheet import Cell, Column, Group, Number, Sheet, clean_text, milli, percent
from tests.reports.sheets import COLUMNS, STATUSES, row, sheet


def read(content: bytes, name: str = "Data") -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(name).to_python()


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def one(value: Cell, kind: str = "text") -> Any:
    column = Column("a", "A", kind=kind)  # type: ignore[arg-type]
    return read(xlsx.render(Sheet("X", [column], [Group("", [{"a": value}])])))[1][0]


def test_cells_are_typed() -> None:
    assert one(milli(1_234_500), "number") == 1234.5
    assert one(1_234_567, "number") == 1_234_567
    assert one(percent(6_970), "percent") == 0.697
    assert one(date(2017, 3, 7), "date") == date(2017, 3, 7)
    assert one("Belum dilaporkan", "number") == "Belum dilaporkan"
    assert one(Number(0, "0"), "number") == 0
    assert one((STATUSES[0], STATUSES[5]), "status") == "Melewati tenggat 5 hari, Perlu dilengkapi"
    assert one(("satu", "dua"), "lines") == "satu\ndua"


def test_what_was_not_reported_is_an_empty_cell_and_not_zero() -> None:
    columns = [Column("a", "A", kind="number"), Column("b", "B")]
    assert read(xlsx.render(Sheet("X", columns, [Group("", [{"a": None, "b": "x"}])])))[1] == ["", "x"]


def test_one_row_of_titles_groups_as_a_column_and_the_total_last() -> None:
    rows = read(xlsx.render(sheet(7, per_group=3, group_title="Mitra kerja", total={"what": "Jumlah", "real": 12})))
    assert rows[0] == ["Mitra kerja", *(column.title for column in COLUMNS)]
    assert [line[:2] for line in rows[1:8]] == [[f"Mitra {1 + i // 3}", i + 1] for i in range(7)]
    assert rows[8][2:6] == ["Jumlah", "", "", 12]


def test_only_chosen_columns_in_their_order() -> None:
    rows = read(xlsx.render(sheet(groups=[Group("", [{"who": "TNI"}])], chosen=["who", "no"])))
    assert rows == [["Penanggung jawab", "No"], ["TNI", 1]]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x")',
        "+62 812-3456-7890",
        "+6281234567890",
        "-5 orang",
        "@nama",
        "\tx",
        "\rx",
        "0812",
        "http://contoh.id",
        "mailto:a@contoh.id",
        "{=1+1}",
        "1.234,5",
        "007",
    ],
)
def test_typed_text_stays_text_and_readable(text: str) -> None:
    content = xlsx.render(Sheet(text, [Column("a", text)], [Group(text, [{"a": text}])], note=text, filters=[text]))
    clean = clean_text(text)
    assert read(content) == [["Kelompok", clean], [clean, clean]]
    page = part(content, "xl/worksheets/sheet1.xml")
    assert "<f>" not in page
    assert "<hyperlink" not in page


@settings(max_examples=12, deadline=None)
@given(st.text(alphabet=st.characters(), min_size=1, max_size=40))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    clean = clean_text(text)
    assert one(text) == clean.replace("\r", "")


def test_text_beyond_a_cell_is_cut_and_says_so() -> None:
    cell = one("x" * 40_000)
    assert len(cell) == 32_767
    assert cell.endswith("… (dipotong)")


def test_the_sheet_is_frozen_filtered_and_ready_to_print() -> None:
    content = xlsx.render(sheet(3, title="Matriks & rekap"))
    page = part(content, "xl/worksheets/sheet1.xml")
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in page
    assert '<autoFilter ref="A1:I4"/>' in page
    assert re.search(r'<pageSetup paperSize="9" [^>]*orientation="landscape"', page)
    assert 'fitToHeight="0"' in page
    assert "Halaman &amp;P dari &amp;N" in page
    assert "Matriks &amp;&amp; rekap" in page
    assert "Data!$1:$1" in part(content, "xl/workbook.xml")
    assert 'wrapText="1"' in part(content, "xl/styles.xml")
    assert "dd/mm/yyyy" in part(content, "xl/styles.xml")


def test_f4_is_folio_and_portrait_is_possible() -> None:
    page = part(xlsx.render(sheet(1, paper="f4", orientation="portrait")), "xl/worksheets/sheet1.xml")
    assert re.search(r'<pageSetup paperSize="14" [^>]*orientation="portrait"', page)


def test_long_texts_do_not_overflow_headers() -> None:
    content = xlsx.render(sheet(1, title="&9" * 300, generated="& " * 300, subtitle="9" * 300))
    page = part(content, "xl/worksheets/sheet1.xml")
    for tag in ("oddHeader", "oddFooter"):
        found = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert found is not None
        assert len(found[1].replace("&amp;", "&")) <= 255


def test_the_summary_says_what_the_data_is() -> None:
    rows = [row(0), row(0), row(1)]
    content = xlsx.render(sheet(groups=[Group("TNI", rows)], filters=("Hanya mitra TNI.", "Tenggat sampai 31 Maret.")))
    facts = [tuple(line[:2]) for line in read(content, "Ringkasan")]
    assert ("Judul", "Matriks tindak lanjut") in facts
    assert ("Keadaan per", date(2017, 3, 7)) in facts
    assert [value for name, value in facts if name == "Saringan"] == ["Hanya mitra TNI.", "Tenggat sampai 31 Maret."]
    assert ("Jumlah baris", 3) in facts
    assert facts[-3:] == [("Status", "Jumlah baris"), ("Melewati tenggat n hari", 2), ("Dalam proses", 1)]


def test_a_sheet_without_rows_says_so() -> None:
    rows = read(xlsx.render(sheet(0, empty="Belum ada tindak lanjut.")))
    assert rows[1][0] == "Belum ada tindak lanjut."


def test_the_same_sheet_gives_the_same_file() -> None:
    assert xlsx.render(sheet(5)) == xlsx.render(sheet(5))


def test_large_workbooks_are_quick() -> None:
    long = sheet(groups=[Group("", [row(index) for index in range(100)] * 50)])
    start = time.process_time()
    content = xlsx.render(long)
    assert time.process_time() - start < 3
    assert len(read(content)) == 5_001
