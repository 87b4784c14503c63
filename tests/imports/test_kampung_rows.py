"""The published Kampung KB list: typed rows, errors with row and column, and the real file with exact counts."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kbpartners.imports.kampung_rows import (
    COLUMNS,
    INDEX_TITLES,
    LABELS,
    SCORE_TITLES,
    ParsedRow,
    RowError,
    RowNote,
    open_list,
    parse,
    shared_villages,
)
from kbpartners.imports.workbook import WorkbookError
from kbpartners.kampung import models
from kbpartners.regions import source
from kbpartners.regions.index import RegionIndex
from kbpartners.regions.names import DISTRICT, VILLAGE
from tests.imports.test_workbook import xlsx

TITLES = [column.title for column in COLUMNS]
MELATI: list[Any] = [
    "Melati",
    "SUMATERA SELATAN",
    "LAHAT",
    "LAHAT",
    "PASAR BARU",
    3,
    2,
    4,
    3,
    3,
    1,
    4,
    2,
    2,
    4,
    2,
    3,
    3.0,
    2.33,
    2.75,
    "Dasar",
]
ROOT = Path(__file__).resolve().parents[2]
REAL = next(ROOT.parent.glob("*/data/kampungkb_klasifikasi_sumsel.xlsx"), None)
"""The published list of Sumatera Selatan, where somebody keeps it in a folder beside the project's."""


def changed(**cells: Any) -> list[Any]:
    """Melati's row with other cells; keys are titles with _ for what is no letter."""
    row = list(MELATI)
    for key, value in cells.items():
        (index,) = [i for i, title in enumerate(TITLES) if title.replace(" ", "_").replace("/", "_") == key]
        row[index] = value
    return row


def parsed(*rows: list[Any], header: list[str] | None = None) -> list[ParsedRow]:
    return list(parse(open_list(xlsx([header or TITLES, *rows]), "daftar.xlsx")))


def as_csv(*rows: list[Any], delimiter: str = ";") -> bytes:
    return "\n".join(delimiter.join(str(cell) for cell in row) for row in rows).encode()


def test_names_of_attributes_are_the_models() -> None:
    assert tuple(SCORE_TITLES) == models.SCORES
    assert tuple(LABELS) == models.LABELS
    assert set(INDEX_TITLES) < set(models.Classification.__table__.columns.keys())


def test_a_row_gets_its_types() -> None:
    (line,) = parsed(MELATI)
    row = line.row
    assert (line.number, line.errors, line.notes) == (2, (), ())
    assert row is not None
    assert (row.number, row.name, row.province, row.regency, row.district, row.village, row.label) == (
        2,
        "Melati",
        "SUMATERA SELATAN",
        "LAHAT",
        "LAHAT",
        "PASAR BARU",
        "dasar",
    )
    assert list(row.scores.values()) == MELATI[5:17]
    assert row.indices == {"index_input": 300, "index_process": 233, "index_output": 275}
    assert line.cells["Index Proses"] == "2.33"


def test_order_case_and_other_titles() -> None:
    titles = [title.upper().replace("INDEX", "Indeks") for title in TITLES]
    titles[2], titles[4] = "Kabupaten / Kota", "DESA/KELURAHAN"
    header, row = list(reversed(titles)), list(reversed(MELATI))
    (line,) = parsed(["", *row, "lihat lampiran"], header=["No", *header, "Catatan"])
    assert line.row == parsed(MELATI)[0].row


def test_titles_that_are_missing_are_named() -> None:
    with pytest.raises(WorkbookError, match=r"Desa, Index Proses\.$"):
        parsed(MELATI[:19], header=[title for title in TITLES if title not in {"Desa", "Index Proses"}])


@pytest.mark.parametrize("label", ["dasar", " DASAR ", "Dasar"])
def test_label_in_any_case(label: str) -> None:
    (line,) = parsed(changed(Klasifikasi=label))
    assert line.row is not None
    assert line.row.label == "dasar"


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [
        ("2.33", 233),
        ("2,33", 233),
        ("2", 200),
        ("2,3", 230),
        ("4.00", 400),
        ("2.3333333333333335", 233),
        ("2,335", 234),
        ("", None),
    ],
)
def test_index_in_both_spellings(text: str, hundredths: int | None) -> None:
    (line,) = parsed(changed(Index_Proses=text))
    assert line.row is not None
    assert line.row.indices["index_process"] == hundredths


def test_scores_may_be_blank_or_written_as_decimals() -> None:
    lines = list(
        parse(
            open_list(
                as_csv(
                    TITLES,
                    changed(Input_Pokja="", Index_Input=""),
                    changed(Input_Pokja="3,0"),
                    changed(Input_Pokja="3.00"),
                ),
                "daftar.csv",
            )
        )
    )
    assert [line.row and line.row.scores["input_pokja"] for line in lines] == [None, 3, 3]
    assert [line.notes for line in lines] == [(), (), ()]


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"Klasifikasi": "Maju"}, "Klasifikasi", 'Dasar, Berkembang, Mandiri, Berkelanjutan, bukan "Maju"'),
        ({"Klasifikasi": ""}, "Klasifikasi", 'bukan ""'),
        ({"Kampung_KB": "  "}, "Kampung KB", "wajib"),
        ({"Desa": ""}, "Desa", "wajib"),
        ({"Kecamatan": "-"}, "Kecamatan", "bukan nama"),
        ({"Input_Pokja": 0}, "Input Pokja", "1, 2, 3, atau 4"),
        ({"Input_Pokja": 5}, "Input Pokja", 'bukan "5"'),
        ({"Output_CPR": 2.5}, "Output CPR", 'bukan "2.5"'),
        ({"Output_CPR": "-"}, "Output CPR", 'bukan "-"'),
        ({"Index_Input": 4.01}, "Index Input", "1,00 sampai 4,00"),
        ({"Index_Input": "1,234.5"}, "Index Input", 'bukan "1,234.5"'),
        ({"Index_Input": "1.234,5"}, "Index Input", 'bukan "1.234,5"'),
        ({"Index_Input": "٣"}, "Index Input", "1,00 sampai 4,00"),
        ({"Kampung_KB": "x" * 121}, "Kampung KB", "121 huruf, paling banyak 120"),
        ({"Desa": "Jati\u202e"}, "Desa", "U+202E"),
        ({"Desa": "Ja\x00ti"}, "Desa", "U+0000"),
        ({"Desa": "#REF!"}, "Desa", "#REF!"),
        ({"Input_Pokja": "#DIV/0!"}, "Input Pokja", "#DIV/0!"),
    ],
)
def test_what_is_wrong_is_said_with_row_and_column(cells: dict[str, Any], column: str, words: str) -> None:
    good, bad = parsed(MELATI, changed(**cells))
    assert good.row is not None
    assert bad.row is None
    (error,) = bad.errors
    assert (error.row, error.column) == (3, column)
    assert words in error.message
    assert str(error).startswith(f"Baris 3, kolom {column} ({error.cell}): ")
    assert error.cell == f"{'ABCDEFGHIJKLMNOPQRSTU'[TITLES.index(column)]}3"


def test_all_errors_of_a_row_are_told_at_once() -> None:
    (line,) = parsed(changed(Desa="", Input_Pokja=9, Klasifikasi="?"))
    assert [error.column for error in line.errors] == ["Desa", "Input Pokja", "Klasifikasi"]


def test_text_of_100_kb_is_told_and_not_kept() -> None:
    (line,) = parse(open_list(as_csv(TITLES, changed(Kampung_KB="x" * 100_000)), "daftar.csv"))
    assert "100.000 huruf" in line.errors[0].message
    assert len(line.cells["Kampung KB"]) == 200


def test_white_space_and_markup_are_only_text() -> None:
    (line,) = parsed(changed(Kampung_KB=" Kampung\nKB\u00a0 <script>alert(1)</script> ", Desa="#1 Ulu"))
    assert line.row is not None
    assert line.row.name == "Kampung KB <script>alert(1)</script>"
    assert line.row.village == "#1 Ulu"


def test_shifted_cells_of_a_csv() -> None:
    (line,) = parse(open_list(as_csv(TITLES, [*MELATI[:17], "3", "0", *MELATI[18:]], delimiter=","), "daftar.csv"))
    assert line.row is None
    assert line.errors[0] == RowError(2, "", "Ada isi di kolom V, di luar 21 judul kolom. Periksa apakah sel bergeser.")
    assert str(line.errors[0]).startswith("Baris 2: ")


def test_index_that_is_not_the_mean_is_noted_not_corrected() -> None:
    (line,) = parsed(changed(Index_Output=3.0))
    assert line.row is not None
    assert line.row.indices["index_output"] == 300
    assert line.notes == (
        RowNote(2, "Index Output", "Tertulis 3,00, rata-rata skornya 2,75. Angka tertulis yang disimpan.", "T2"),
    )


def test_villages_claimed_twice() -> None:
    assert shared_villages([(2, "16.04.02.1001"), (3, "16.04.02.1002"), (9, "16.04.02.1001")]) == {
        "16.04.02.1001": [2, 9]
    }


@pytest.fixture(scope="module")
def real() -> list[ParsedRow]:
    if REAL is None:
        pytest.skip(f"no {ROOT.parent}/*/data/kampungkb_klasifikasi_sumsel.xlsx: the published list is not checked")
    return list(parse(open_list(REAL, REAL.name)))


def test_real_list_is_read_whole(real: list[ParsedRow]) -> None:
    rows = [line.row for line in real if line.row]
    assert len(real) == len(rows) == 2177
    assert not any(line.notes for line in real), "every index is the mean of its scores"
    assert Counter(row.label for row in rows) == {
        "dasar": 1634,
        "berkembang": 159,
        "mandiri": 172,
        "berkelanjutan": 212,
    }
    assert len({row.regency for row in rows}) == 17
    assert len({(row.regency, row.district) for row in rows}) == 241
    assert REAL is not None
    text = list(parse(open_list(REAL.with_suffix(".csv"), "daftar.csv")))
    assert [line.row for line in text] == [line.row for line in real]


def test_real_list_against_the_official_regions(real: list[ParsedRow]) -> None:
    """2,136 rows are certain; 19 questions, two of them about a district, stand for the other 41."""
    index = RegionIndex((r.code, r.code, r.level, r.name, r.parent_code) for r in source.regions("16"))
    rows = [line.row for line in real if line.row]
    started = time.perf_counter()
    found = [index.resolve(row.province, row.regency, row.district, row.village) for row in rows]
    assert time.perf_counter() - started < 1

    assert Counter(answer.how for answer in found if answer.code) == {"exact": 2049, "normalised": 87}
    assert Counter(answer.question.level for answer in found if answer.question) == {DISTRICT: 24, VILLAGE: 17}
    questions = {answer.question: answer.suggestions for answer in found if answer.question}
    assert len(questions) == 19
    assert {q.name: s.likely and s.likely.name for q, s in questions.items() if q.level == DISTRICT} == {
        "LAWANG WETAN": "Lawan Wetan",
        "RAMBANG KPK TENGAH": "Rambang Kapak Tengah",
    }
    assert {q.name for q, s in questions.items() if s.likely is None} == {
        "BASEMAH SERSAN",
        "KARANG DAPO II",
        "SUKADAMAI TIMUR",
        "TANGAI/SUKANANTI",
    }
    assert (
        shared_villages((row.number, answer.code) for row, answer in zip(rows, found, strict=True) if answer.code) == {}
    )

    for question, suggestions in questions.items():
        if suggestions.likely:
            index.add_alias(question.parent_code, question.name, suggestions.likely.code)
    decided = [(row.number, index.resolve(row.province, row.regency, row.district, row.village).code) for row in rows]
    assert sum(code is None for _number, code in decided) == 4
    assert shared_villages((number, code) for number, code in decided if code) == {}
