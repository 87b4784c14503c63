"""Files that nobody may trust: each is read rightly, or refused with words that help."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from kbpartners.imports import xlsx as reader
from kbpartners.imports.workbook import Column, Table, WorkbookError, column_letters, read_rows

COLUMNS = (Column("Nama"), Column("Desa", ("Desa/Kelurahan",)), Column("Nilai"))
SHEET = "xl/worksheets/sheet1.xml"
HEADER: list[Any] = ["Nama", "Desa", "Nilai"]
MELATI: list[Any] = ["Melati", "Jati", 3]


def xlsx(rows: Sequence[Sequence[Any]], more: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook with one sheet; `more(book, sheet)` adds what plain rows cannot say."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if more is not None:
            more(book, sheet)
    return target.getvalue()


def repacked(data: bytes, **replaced: bytes) -> bytes:
    """The package with its worksheet (`sheet1=…`) or its texts (`strings=…`) replaced, or a macro (`vba=…`) added."""
    names = {"sheet1": SHEET, "strings": "xl/sharedStrings.xml", "vba": "xl/vbaProject.bin"}
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        new = {names[key]: content for key, content in replaced.items()}
        for name in source.namelist():
            if name not in new:
                copy.writestr(name, source.read(name))
        for name, content in new.items():
            copy.writestr(name, content)
    return target.getvalue()


def with_rows(xml: str) -> bytes:
    """A small workbook with more rows, given as XML: what xlsxwriter takes seconds to write, or would not write."""
    data = xlsx([HEADER, MELATI])
    sheet = zipfile.ZipFile(io.BytesIO(data)).read(SHEET).decode()
    return repacked(data, sheet1=sheet.replace("</sheetData>", f"{xml}</sheetData>").encode())


@contextmanager
def at_most(limit: int) -> Iterator[None]:
    """No more than `limit` bytes are held by Python at any moment within the block."""
    refusal(b"")
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit


def refusal(data: bytes | Path, name: str = "daftar.xlsx", **options: Any) -> WorkbookError:
    with pytest.raises(WorkbookError) as caught:
        read_rows(data, name, COLUMNS, **options)
    return caught.value


def cells(table: Table) -> list[tuple[int, list[str]]]:
    return [(row.number, list(row.cells)) for row in table]


def test_both_formats_give_the_same_text() -> None:
    rows = [HEADER, MELATI, ["Mawar", "Air Enau", 2.33]]
    expected = [(2, ["Melati", "Jati", "3"]), (3, ["Mawar", "Air Enau", "2.33"])]
    table = read_rows(xlsx(rows), "Daftar.XLSX", COLUMNS)
    assert (table.header, table.header_row, table.count, table.sheet) == (tuple(HEADER), 1, 2, "Data")
    assert table.at == {"Nama": 0, "Desa": 1, "Nilai": 2}
    assert cells(table) == expected
    assert cells(table) == expected, "a table can be read again"
    text = "\n".join(",".join(str(cell) for cell in row) for row in rows)
    assert cells(read_rows(text.encode(), "daftar.csv", COLUMNS)) == expected


def test_path_is_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "daftar.xlsx"
    path.write_bytes(xlsx([HEADER, MELATI]))
    assert read_rows(path, path.name, COLUMNS).count == 1
    assert "tidak ditemukan" in refusal(tmp_path / "lain.xlsx").message


def test_kinds_of_cells() -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 2, "=NA()", None, "#N/A")
        sheet.write_formula(3, 2, "=1+1", None, 2)
        sheet.write_datetime(4, 2, date(2017, 3, 7), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_boolean(5, 2, True)
        sheet.write_string(6, 2, "a\x00b")

        sheet.write_datetime(7, 2, datetime(2017, 3, 7, 9, 30), book.add_format({"num_format": "[$-421]d mmm hh.mm"}))
        sheet.write_number(8, 2, 0.1 + 0.2)
        sheet.write_number(9, 2, 42_000, book.add_format({"num_format": '#,##0 "hari"'}))
        sheet.write_rich_string(10, 2, "Ma", book.add_format({"bold": True}), "war", " indah")
        sheet.write_string(11, 2, "_x0041_")

    names = [[f"Nama {n}", "Jati"] for n in range(11)]
    table = read_rows(xlsx([HEADER, *names], more), "daftar.xlsx", COLUMNS)
    assert [row.cells[2] for row in table] == [
        "#DIV/0!",
        "#N/A",
        "2",
        "2017-03-07",
        "TRUE",
        "a\x00b",
        "2017-03-07 09:30:00",
        "0.3",
        "42000",
        "Mawar indah",
        "_x0041_",
    ]


def test_workbook_of_an_old_mac_counts_days_from_1904() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["Melati", "Jati"])
        sheet.write_datetime(1, 2, date(2017, 3, 7), book.add_format({"num_format": 14}))
    assert next(iter(read_rows(target.getvalue(), "daftar.xlsx", COLUMNS))).cells[2] == "2017-03-07"


@pytest.mark.parametrize(
    "text",
    [
        "Nama;Desa;Nilai\nMelati;Jati;3\n",
        "Nama,Desa,Nilai\r\nMelati,Jati,3\r\n",
        "Nama\tDesa\tNilai\nMelati\tJati\t3\n",
        "sep=;\nNama;Desa;Nilai\nMelati;Jati;3\n",
        'Daftar, menurut desa, tahun, 2024\n\nNama;Desa;Nilai\n"Melati";"Jati";3',
        "NILAI;Nama;desa / kelurahan;Catatan, bila ada, singkat, jelas\n3;Melati;Jati;a,b,c,d,e,f",
    ],
)
def test_separator_is_found(text: str) -> None:
    table = read_rows(text.encode("utf-8-sig"), "daftar.csv", COLUMNS)
    (row,) = table
    assert {title: row.cells[index] for title, index in table.at.items()} == {
        "Nama": "Melati",
        "Desa": "Jati",
        "Nilai": "3",
    }


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(codec: str) -> None:
    table = read_rows("Nama;Desa;Nilai\nMélati – 1;Jati;3\n".encode(codec), "daftar.csv", COLUMNS)
    assert next(iter(table)).cells == ("Mélati – 1", "Jati", "3")


def test_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    rows = [["DAFTAR KAMPUNG KB"], ["Keadaan 2024"], [], HEADER, MELATI, [], ["  "], MELATI]
    assert [row.number for row in read_rows(xlsx(rows), "daftar.xlsx", COLUMNS)] == [5, 8]
    text = 'Judul\n\nNama;Desa;Nilai\n"Dua\nbaris";Jati;3\n\nMelati;Jati;3\n'
    assert [row.number for row in read_rows(text.encode(), "daftar.csv", COLUMNS)] == [4, 6]


def test_hidden_and_empty_sheets_are_passed_over() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet("Kosong").activate()
        hidden = book.add_worksheet("Tersembunyi")
        hidden.hide()
        hidden.write_row(0, 0, ["lain"])
        sheet = book.add_worksheet("Isi & lain")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, MELATI)
    assert read_rows(target.getvalue(), "daftar.xlsx", COLUMNS).sheet == "Isi & lain"


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "daftar.xlsx", "kosong"),
        (b" \r\n\n", "daftar.csv", "kosong"),
        (b"Nama;Desa;Nilai\nMelati;Jati;3\n", "daftar.xlsx", "CSV yang bernama .xlsx"),
        (xlsx([HEADER, MELATI]), "daftar.csv", "akhiran namanya menjadi .xlsx"),
        (xlsx([HEADER, MELATI]), "daftar.xlsm", "makro"),
        (repacked(xlsx([HEADER, MELATI]), vba=b"\x00"), "daftar.xlsx", "makro"),
        (xlsx([HEADER, MELATI])[:-40], "daftar.xlsx", "rusak"),
        (xlsx([HEADER, MELATI])[:40] + bytes(2000), "daftar.xlsx", "rusak"),
        (xlsx([HEADER, MELATI]), "daftar.xls", ".xls tidak diterima"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "daftar.xlsx", "kata sandi"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "daftar.xls", "Excel lama"),
        (b"<html><table><tr><td>Nama</td></tr></table>", "daftar.xlsx", "halaman web"),
        (b"%PDF-1.7\n", "daftar.csv", "PDF"),
        (bytes(range(256)) * 4 + bytes(100), "daftar.csv", "tidak dikenal"),
        (b"Nama;Desa\x81\x8d;Nilai", "daftar.csv", "tidak dapat dibaca"),
        (b"teks", "daftar.docx", "tidak dikenal"),
    ],
)
def test_wrong_kind_of_file(data: bytes, name: str, words: str) -> None:
    assert words in refusal(data, name).message


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("content.xml", "ODS"),
        ("word/document.xml", "Word"),
        ("xl/workbook.bin", "XLSB"),
        ("foto.jpg", "bukan buku kerja"),
    ],
)
def test_other_packages(member: str, words: str) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as other:
        other.writestr(member, b"isi")
    assert words in refusal(target.getvalue()).message


@pytest.mark.parametrize(
    ("rows", "words", "row", "column"),
    [
        ([HEADER], "Tidak ada baris data", 1, ""),
        ([["Melati", "Jati", 3], ["Mawar", "Jati", 2]], "Baris judul kolom tidak ditemukan", None, ""),
        ([["Judul"], ["Nama", "Nilai", "Lain"], MELATI], "Kolom tidak ada di baris judul (baris 2): Desa.", 2, "Desa"),
        ([["Nama", "Desa", "Nilai", "Desa/Kelurahan"], MELATI], "lebih dari sekali: kolom B, D", 1, "Desa"),
    ],
)
def test_header(rows: list[list[Any]], words: str, row: int | None, column: str) -> None:
    text = "\n".join(";".join(str(cell) for cell in r) for r in rows).encode()
    for error in (refusal(xlsx(rows)), refusal(text, "daftar.csv")):
        assert words in error.message
        assert (error.row, error.column, error.field, error.status) == (row, column, "file", 422)


def test_empty_workbook() -> None:
    assert "kosong" in refusal(xlsx([])).message
    assert "kosong" in refusal(xlsx([], lambda b, s: s.write_blank(5, 5, None, b.add_format({"bold": True})))).message


def test_merged_cells_are_named_unless_they_stand_above_the_header() -> None:
    rows = [["DAFTAR"], HEADER, MELATI, MELATI, MELATI]
    assert read_rows(xlsx(rows, lambda b, s: s.merge_range("A1:C1", "DAFTAR")), "daftar.xlsx", COLUMNS).count == 3
    error = refusal(xlsx(rows, lambda b, s: s.merge_range("B4:B5", "Jati")))
    assert "B4:B5" in error.message
    assert error.row == 4
    assert "A2:A3" in refusal(xlsx(rows, lambda b, s: s.merge_range("A2:A3", "Nama"))).message


def test_unbalanced_quotes_name_the_row() -> None:
    error = refusal(b'Nama;Desa;Nilai\nMelati;Jati;3\n"Mawar;Jati;3\nMelur;Jati;3\n', "daftar.csv")
    assert "kutip" in error.message
    assert error.row == 3


def test_too_large_a_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "besar.xlsx"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with at_most(10_000_000):
        assert "200 MB" in refusal(path).message.replace("\u00a0", " ")
    assert "batas 1 kB" in refusal(b"x" * 1001, "daftar.csv", limit=1000).message


def bomb(size: int) -> bytes:
    """A workbook whose worksheet unpacks to `size` bytes of blanks."""
    return with_rows(" " * size)


def test_zip_bomb_is_refused_by_its_table_of_contents() -> None:
    data = bomb(120_000_000)
    assert len(data) < 600_000
    started = time.perf_counter()
    with at_most(10_000_000):
        assert "membengkak menjadi 120" in refusal(data).message
    assert time.perf_counter() - started < 1
    assert "membengkak" in refusal(bomb(30_000_000)).message, "below the limit, but two hundred times its packed size"


def test_size_that_is_a_lie_is_found_within_bounds() -> None:
    data = bytearray(bomb(30_000_000))
    with zipfile.ZipFile(io.BytesIO(data)) as honest:
        local = honest.getinfo(SHEET).header_offset
    central = data.rindex(SHEET.encode()) - 46
    assert data[central : central + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, central + 24, 1500)
    struct.pack_into("<I", data, local + 22, 1500)
    with at_most(10_000_000):
        assert "rusak" in refusal(bytes(data)).message


def test_invented_counts_are_not_believed() -> None:
    data = xlsx([HEADER, MELATI])
    strings = zipfile.ZipFile(io.BytesIO(data)).read("xl/sharedStrings.xml")
    wrong = strings.replace(b'uniqueCount="', b'uniqueCount="99999999').replace(b' count="', b' count="99999999')
    assert wrong != strings
    with at_most(10_000_000):
        assert cells(read_rows(repacked(data, strings=wrong), "daftar.xlsx", COLUMNS)) == [(2, ["Melati", "Jati", "3"])]


def test_too_many_members_and_document_types() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as crowded:
        for number in range(reader.MAX_MEMBERS + 1):
            crowded.writestr(f"{number}.xml", b"")
    assert "terlalu banyak bagian" in refusal(target.getvalue()).message
    entities = b'<!DOCTYPE a [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'
    assert "rusak" in refusal(repacked(xlsx([HEADER, MELATI]), sheet1=entities)).message


def test_formatted_rows_down_to_the_last_are_no_data() -> None:
    blank = "".join(f'<row r="{row}" s="1"><c r="A{row}" s="1"/></row>' for row in range(3, 30_000))
    table = read_rows(with_rows(blank + '<row r="1048576"><c r="C1048576" s="1"/></row>'), "daftar.xlsx", COLUMNS)
    assert table.count == 1


def test_value_far_out_builds_no_rectangle() -> None:
    error = refusal(with_rows('<row r="4"><c r="XFD4"><v>1</v></c></row>'))
    assert "sel XFD4" in error.message
    assert error.row == 4
    with at_most(10_000_000):
        table = read_rows(with_rows('<row r="1048576"><c r="C1048576"><v>1</v></c></row>'), "daftar.xlsx", COLUMNS)
        assert [row.number for row in table] == [2, 1_048_576]


@pytest.mark.parametrize(
    "xml",
    [
        '<row r="minus"><c r="A3"><v>1</v></c></row>',
        '<row r="3"><c r="A3" t="s"><v>99</v></c></row>',
        '<row r="3"><c r="A3" t="s"><v>satu</v></c></row>',
        '<row r="3"><c r="A3"><v>1</v></row>',
        '<row r="3"><c r="a3"><v>1</v></c></row>',
        '<row r="-3"><c r="A-3"><v>1</v></c></row>',
        '<row r="3"><c r="A1048576"><v>1</v></c></row>',
        '<row r="3"><c r="A3" t="s"><v>-1</v></c></row>',
        '<row r="3"><c r="B3"><v>1</v></c><c r="A3"><v>1</v></c></row>',
        '<row r="3"><c r="A3"><v>satu</v></c></row>',
    ],
)
def test_broken_sheets_are_an_error_of_ours(xml: str) -> None:
    assert "rusak" in refusal(with_rows(xml)).message


def test_cells_without_a_reference_stand_next_to_each_other() -> None:
    row = (
        '<row><c t="inlineStr"><is><r><t>Ma</t></r><r><t>war</t></r></is></c><c t="str"><v>Jati</v></c>'
        "<c><v>2</v></c></row>"
    )
    assert cells(read_rows(with_rows(row), "daftar.xlsx", COLUMNS))[1] == (3, ["Mawar", "Jati", "2"])


def test_one_long_text_shown_by_many_cells() -> None:
    rows = [HEADER, *([["x" * 32_000, "y" * 32_000, 1]] * 1100)]
    with at_most(20_000_000):
        assert "64.000.000 huruf" in refusal(xlsx(rows)).message


def test_text_of_100_kb_reaches_whoever_checks_the_row() -> None:
    table = read_rows(("Nama;Desa;Nilai\n" + "x" * 100_000 + ";Jati;3\n").encode(), "daftar.csv", COLUMNS)
    assert len(next(iter(table)).cells[0]) == 100_000
    error = refusal(("Nama;Desa;Nilai\n" + "x" * 200_000 + ";Jati;3\n").encode(), "daftar.csv")
    assert "lebih dari 131.072 huruf" in error.message
    assert error.row == 2


def test_wide_and_long_csv_are_bounded() -> None:
    assert refusal(b"Nama;Desa;Nilai\n" + b";" * 300, "daftar.csv").row == 2
    rows = b"Nama;Desa;Nilai\n" + b"a;b;1\n" * reader.MAX_ROWS
    assert "100.000 baris" in refusal(rows, "daftar.csv").message


def test_column_letters() -> None:
    assert [column_letters(n) for n in (1, 26, 27, 702, 703, 16_384)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert all(reader.column_number(column_letters(n)) == n for n in range(1, 2000))
