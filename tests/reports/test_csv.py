"""The CSV as Indonesian Excel reads it: separators, numbers, and nothing that runs."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbpartners.reports import csvfile
from kbpartners.reports.sheet import Column, Group, Number, Sheet, Status, milli, percent
from tests.reports.sheets import COLUMNS, sheet


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def one(value: object, kind: str = "text") -> str:
    content = csvfile.render(Sheet("X", [Column("a", "A", kind=kind)], [Group("", [{"a": value}])]))  # type: ignore
    return read(content)[1][0]


def test_bom_semicolons_and_crlf() -> None:
    content = csvfile.render(sheet(2))
    assert content.startswith(b"\xef\xbb\xbfKelompok;No;Rekomendasi/Kesepakatan;")
    assert content.count(b"\r\n") == 3
    assert content.endswith(b"\r\n")


def test_groups_are_a_column_and_numbers_run_on() -> None:
    rows = read(csvfile.render(sheet(7, per_group=3, group_title="Mitra kerja", total={"what": "Jumlah"})))
    assert rows[0] == ["Mitra kerja", *(column.title for column in COLUMNS)]
    assert [line[:2] for line in rows[1:]] == [
        *(["Mitra 1", str(n)] for n in (1, 2, 3)),
        *(["Mitra 2", str(n)] for n in (4, 5, 6)),
        ["Mitra 3", "7"],
        ["", ""],
    ]


def test_only_chosen_columns_in_their_order() -> None:
    rows = read(csvfile.render(sheet(1, groups=[Group("", [{"who": "TNI"}])], chosen=["who", "no"])))
    assert rows == [["Penanggung jawab", "No"], ["TNI", "1"]]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (milli(1_234_500), "number", "1234,5"),
        (milli(-500), "number", "-0,5"),
        (1_000_000, "number", "1000000"),
        (percent(10_870), "percent", "108,7%"),
        (Number(0, "0"), "number", "0"),
        (date(2017, 3, 7), "date", "07/03/2017"),
        (None, "number", ""),
        ("Belum dilaporkan", "number", "Belum dilaporkan"),
        (Status("late", "late", "Terlambat 3 hari"), "status", "Terlambat 3 hari"),
        (("satu", "dua"), "lines", "satu\ndua"),
    ],
)
def test_values_as_excel_reads_them(value: object, kind: str, text: str) -> None:
    assert one(value, kind) == text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x")',
        "@SUM(A1)",
        "+1+1",
        "-2+3",
        "+cmd|' /C calc'!A0",
        "-A1",
        "\t=1",
        "  =1+1",
        "＝1+1",
        "+62-812-3456",
        "- butir pertama",
    ],
)
def test_what_would_run_gets_an_apostrophe_and_stays_readable(text: str) -> None:
    assert one(text) == "'" + text


@pytest.mark.parametrize(
    "text",
    [
        "+62 812-3456-7890",
        "+6281234567890",
        "-1.234,5",
        "+5",
        "-12,5 %",
        "0812-3456-7890",
        "a=b",
        "17 Kab/Kota",
        "–",
        "-",
        "(+62) 812",
        'dia berkata "ya"; lalu',
        "baris\nkedua",
    ],
)
def test_what_would_not_run_is_left_alone(text: str) -> None:
    assert one(text) == text


@given(st.text(alphabet=st.characters(), max_size=30))
def test_no_cell_ever_begins_a_formula(text: str) -> None:
    cell = one(text)
    assert not cell.lstrip().startswith(("=", "@"))
    if cell[:1] in ("+", "-"):
        assert not any(char.isalpha() for char in cell)


def test_a_sheet_without_rows_is_only_titles() -> None:
    assert len(read(csvfile.render(sheet(0)))) == 1
