"""What is decided once for all formats: columns, numbering, what stays together, how people sign; and the page."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask, Response, render_template
from hypothesis import given
from hypothesis import strategies as st

from kbpartners.reports.sheet import (
    Column,
    Group,
    Number,
    Signatory,
    Status,
    choose_columns,
    clean_text,
    kept_from,
    keys_from_query,
    milli,
    percent,
    with_columns,
)
from kbpartners.reports.widths import column_widths, text_em
from tests.htmlclient import Page, check_page
from tests.reports.sheets import COLUMNS, LETTERHEAD, SIGNATORY, STATUSES, logo, row, sheet

KEYS = [column.key for column in COLUMNS]


# --- columns -----------------------------------------------------------------------------------------------------


def test_columns_are_chosen_and_ordered_and_strangers_ignored() -> None:
    chosen = choose_columns(sheet(), ["status", "tidak-ada", "no", "status"])
    assert [column.key for column in chosen] == ["status", "no"]


@pytest.mark.parametrize("keys", [[], ["tidak-ada"]])
def test_no_choice_means_all_columns(keys: list[str]) -> None:
    assert list(choose_columns(sheet(), keys)) == list(COLUMNS)


def test_the_query_of_the_form_gives_the_keys_in_order() -> None:
    pairs = [
        ("q", "x"),
        ("col", "no"),
        ("col", "what"),
        ("col", "status"),
        ("order-status", "1"),
        ("order-no", "2"),
        ("order-what", "3"),
        ("order-who", "1"),
    ]
    assert keys_from_query(pairs) == ["status", "no", "what"]


@pytest.mark.parametrize("number", ["", "x", "-1", "1e9", "99999"])
def test_an_order_that_is_no_number_keeps_the_place(number: str) -> None:
    assert keys_from_query([("col", "a"), ("col", "b"), ("order-a", number)]) == ["a", "b"]


def test_the_chooser_lists_printed_columns_first() -> None:
    choices = with_columns(sheet(), ["status", "no"]).column_choices()
    assert [(column.key, ticked) for column, ticked, _number in choices[:3]] == [
        ("status", True),
        ("no", True),
        ("what", False),
    ]
    assert [number for _column, _ticked, number in choices] == list(range(1, 9))


# --- rows --------------------------------------------------------------------------------------------------------


def test_numbers_run_on_over_the_groups() -> None:
    lines = sheet(7, per_group=3).lines()
    assert [line.kind for line in lines] == [
        "group",
        "row",
        "row",
        "row",
        "group",
        "row",
        "row",
        "row",
        "group",
        "row",
    ]
    assert [line.cells[0][0].text for line in lines if line.kind == "row"] == list("1234567")


def test_a_group_without_rows_leaves_no_heading() -> None:
    lines = sheet(groups=[Group("Kosong", []), Group("", [row(0)])]).lines()
    assert [line.kind for line in lines] == ["row"]


@pytest.mark.parametrize(
    ("rows", "per_group", "first"),
    [(5, 5, ("row", "4")), (6, 5, ("row", "5")), (7, 5, ("group", "")), (2, 5, ("group", "")), (1, 5, ("group", ""))],
)
def test_the_signature_keeps_the_last_two_rows_with_their_headings(
    rows: int, per_group: int, first: tuple[str, str]
) -> None:
    lines = sheet(rows, per_group=per_group).lines()
    line = lines[kept_from(lines)]
    assert (line.kind, line.cells[0][0].text if line.cells else "") == first


def test_the_total_is_the_last_line_and_has_no_number() -> None:
    lines = sheet(2, total={"what": "Jumlah", "real": 12}).lines()
    assert lines[-1].kind == "total"
    assert [[mark.text for mark in cell] for cell in lines[-1].cells[:2]] == [[], ["Jumlah"]]


def test_cells_read_as_people_write_them() -> None:
    columns = [
        Column("a", "A"),
        Column("b", "B"),
        Column("c", "C"),
        Column("d", "D"),
        Column("e", "E"),
        Column("f", "F"),
    ]
    cells = {
        "a": 1234567,
        "b": milli(1_234_500),
        "c": percent(10_870),
        "d": date(2017, 3, 7),
        "e": ("satu", "dua\ntiga"),
    }
    line = sheet(columns=columns, groups=[Group("", [cells])]).lines()[0]
    assert [" | ".join(mark.text for mark in cell) for cell in line.cells] == [
        "1.234.567",
        "1.234,5",
        "108,7\u00a0%",
        "7\u00a0Maret\u00a02017",
        "satu | dua | tiga",
        "–",
    ]


def test_what_was_not_reported_is_not_zero() -> None:
    assert milli(None) is None
    assert percent(None) is None
    assert milli(0) == Number(0, "0")


def test_statuses_are_counted_without_their_days() -> None:
    rows = [row(0), row(0, status=Status("late", "late", "Melewati tenggat 12 hari")), row(1), row(2, status=None)]
    assert sheet(groups=[Group("", rows)]).status_counts() == [
        ("Melewati tenggat n hari", 2),
        ("Dalam proses", 1),
        ("–", 1),
    ]


def test_the_line_under_the_title() -> None:
    assert sheet().heading == "Semua rapat, keadaan per 7\u00a0Maret\u00a02017"
    assert sheet(subtitle="").heading == "Keadaan per 7\u00a0Maret\u00a02017"
    assert sheet(subtitle="", as_of=None, filters=("Hanya TNI.",)).sentences == ["Hanya TNI."]


# --- signatures --------------------------------------------------------------------------------------------------


def test_a_head_of_office_signs_with_nip_8_6_1_3() -> None:
    assert SIGNATORY.heading() == ["Palembang, 7\u00a0Maret\u00a02017", "Kepala Perwakilan,"]
    assert SIGNATORY.footing() == ["Pembina Utama Madya", "NIP 19600101 198503 1 001"]


def test_on_behalf_through_a_delegate_and_acting() -> None:
    person = Signatory(
        "Kepala Bagian Umum", "X", acting="Plh.", on_behalf_of="Kepala Perwakilan", delegate="Sekretaris"
    )
    assert person.heading() == ["a.n. Kepala Perwakilan", "Sekretaris", "u.b.", "Plh. Kepala Bagian Umum,"]
    assert person.footing() == []


def test_an_officer_signs_with_rank_and_nrp_on_one_line_or_without() -> None:
    officer = Signatory("Kasdam II/Sriwijaya", "X", rank="Brigadir Jenderal TNI", id_kind="NRP", id_number="31234")
    assert officer.footing() == ["Brigadir Jenderal TNI NRP 31234"]
    assert replace(officer, id_number="").footing() == ["Brigadir Jenderal TNI"]


# --- text and widths ---------------------------------------------------------------------------------------------


@given(st.text(alphabet=st.characters(), max_size=40))
def test_cleaned_text_can_be_stored_anywhere_and_is_stable(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    json.loads(json.dumps(clean)).encode()
    assert not any(ord(char) < 32 and char not in "\n\t" for char in clean)


def test_cleaning_keeps_what_people_see_and_drops_what_deceives() -> None:
    assert clean_text("ab\u202ecd\x00\x07\ud800 é\r\n—\u200f") == "abcd\ufffd é\n—"


@given(
    st.lists(st.tuples(st.floats(0, 50), st.text("abAB /-", max_size=30)), min_size=1, max_size=14),
    st.sampled_from([182.0, 269.0, 302.0]),
)
def test_widths_always_fill_the_page(parts: list[tuple[float, str]], usable: float) -> None:
    widths = column_widths([Column(str(i), title, width) for i, (width, title) in enumerate(parts)], usable)
    assert sum(widths) == pytest.approx(usable)
    assert min(widths) > 0


def test_dates_and_numbers_get_the_width_they_need() -> None:
    columns = [Column("a", "A", 90), Column("d", "D", 1, kind="date")]
    lines = sheet(columns=columns, groups=[Group("", [{"d": date(2017, 11, 30)}])]).lines()
    assert column_widths(columns, 269, lines)[1] > text_em("30 November 2017") * 3.2


# --- the page ----------------------------------------------------------------------------------------------------


def draw(app: Flask, **changed: object) -> Page:
    printed = sheet(7, per_group=3, letterhead=replace(LETTERHEAD, logo=logo()), **changed)
    with app.test_request_context("/"):
        app.preprocess_request()
        html = render_template(
            "reports/sheet.html",
            sheet=printed,
            back_href="/sehat",
            action="/sehat",
            formats=["xlsx", "pdf"],
            params=[("q", "a&b"), ("col", "no"), ("order-no", "1"), ("format", "html")],
        )
        page = Page(Response(html), "/")
    check_page(app, page)
    return page


def test_the_page_is_sound_and_keeps_the_last_rows_with_the_signature(app: Flask) -> None:
    page = draw(app)
    last = page.select("//tbody[@class='last']")[0]
    assert [tr.get("class") for tr in last] == [None, "grp", None, "end"]
    assert "NIP 19600101 198503 1 001" in last.text_content()
    assert len(page.select("//tbody")) == 3
    assert len(page.select("//thead//th")) == len(COLUMNS)


def test_the_bar_offers_formats_and_columns_without_losing_the_query(app: Flask) -> None:
    page = draw(app)
    assert [href for href in page.links() if "format" in href] == [
        "/sehat?q=a%26b&col=no&order-no=1&format=xlsx",
        "/sehat?q=a%26b&col=no&order-no=1&format=pdf",
    ]
    fields = page.form("/sehat")
    assert fields["q"] == "a&b"
    assert fields["per"] == "07/03/2017"
    assert fields["col"] == KEYS
    assert fields["order-status"] == "8"
    assert "format" not in fields


def test_the_page_says_so_when_there_is_nothing(app: Flask) -> None:
    page = draw(app, groups=[], empty="Belum ada tindak lanjut dari rapat ini.")
    assert "Belum ada tindak lanjut dari rapat ini." in page.text


def test_typed_text_stays_text_on_the_page(app: Flask) -> None:
    page = draw(app, groups=[Group("<b>x</b>", [row(0, what="<script>alert(1)</script>", status=STATUSES[0])])])
    assert "<script>alert(1)</script>" in page.text
    assert "<b>x</b>" in page.text


def test_two_people_sign_side_by_side(app: Flask) -> None:
    page = draw(app, signatories=(SIGNATORY, replace(SIGNATORY, position="Notulis")))
    assert len(page.select("//div[starts-with(@class, 'sign')]")) == 2
