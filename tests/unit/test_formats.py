"""Printed the Indonesian way, and read back: dates day first, numbers 1.234,5, phones, statuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbpartners import formats

NB = "\u00a0"


@pytest.fixture(scope="module", autouse=True)
def inside(shared_app):
    """The words need an application, not a database."""
    with shared_app.app_context():
        yield


def _outcome(parse, text: str):
    """(value, "") or (None, the sentence that refuses it)."""
    try:
        return parse(text), ""
    except ValueError as error:
        return None, str(error)


# --- dates -------------------------------------------------------------------------------------------------------


def test_dates_are_indonesian() -> None:
    day = date(2017, 3, 7)
    assert formats.date_long(day) == f"Selasa,{NB}7{NB}Maret{NB}2017"
    assert formats.date_medium(day) == f"7{NB}Maret{NB}2017"
    assert formats.date_day_month(day) == f"7{NB}Maret"
    assert formats.date_short(day) == "07/03/2017"
    assert formats.datetime_medium(datetime(2017, 3, 7, 3, 42, tzinfo=UTC)) == f"7{NB}Maret{NB}2017, 10.42"
    assert formats.time_short(time(9, 5)) == "09.05"


def test_nothing_prints_as_nothing() -> None:
    for function in (formats.date_long, formats.date_medium, formats.date_short, formats.datetime_medium):
        assert function(None) == ""
    assert formats.number(None) == "–"
    assert formats.quantity(None) == "–"
    assert formats.percent(None) == ""


@pytest.mark.parametrize(
    "text",
    ["7/3/2017", "07/03/2017", "07-03-2017", "7.3.2017", "2017-03-07", "2017-3-7", " 7 Maret 2017 ", "7 MARET 2017"],
)
def test_a_day_is_read_day_first(text: str) -> None:
    assert formats.parse_day(text) == date(2017, 3, 7)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("31/02/2017", "tidak ada di bulan itu"),
        ("13/13/2026", "Bulan 13 tidak ada"),
        ("besok", "Tulis tanggal seperti 07/03/2017"),
        ("", "Tulis tanggal seperti 07/03/2017"),
        ("3/7", "Tulis tanggal seperti 07/03/2017"),
        ("07/03/17", "Tulis tanggal seperti 07/03/2017"),
        ("01/01/1800", "di luar jangkauan"),
        ("01/01/9999", "di luar jangkauan"),
        ("7 March 2017", "Tulis tanggal seperti"),
        ("29/02/2025", "tidak ada di bulan itu"),
        ("²/³/2017", "Tulis tanggal seperti"),
    ],
)
def test_a_day_that_is_none_is_refused_with_a_hint(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        formats.parse_day(text)


@given(st.dates(date(1945, 1, 1), date(2100, 12, 31)))
def test_every_day_that_is_printed_is_read_back(day: date) -> None:
    assert formats.parse_day(formats.date_short(day)) == day
    assert formats.parse_day(day.isoformat()) == day
    assert formats.parse_day(formats.date_medium(day).replace(NB, " ")) == day


@given(st.text(max_size=40))
def test_any_text_is_a_day_or_a_sentence(text: str) -> None:
    day, said = _outcome(formats.parse_day, text)
    assert 1945 <= day.year <= 2100 if day else said.endswith((".", ").")), text


@pytest.mark.parametrize(
    ("days", "words"), [(0, "hari ini"), (1, "kemarin"), (3, "3 hari lalu"), (31, f"10{NB}Mei{NB}2026")]
)
def test_how_long_ago(days: int, words: str) -> None:
    from datetime import timedelta

    today = date(2026, 6, 10)
    assert formats.ago(today - timedelta(days=days), today) == words


# --- numbers -----------------------------------------------------------------------------------------------------


def test_numbers_are_indonesian() -> None:
    assert formats.number(1234567.5) == "1.234.567,5"
    assert formats.quantity(1_234_500) == "1.234,5"
    assert formats.quantity(0) == "0"
    assert formats.percent(10870) == f"108,7{NB}%"
    assert formats.file_size(312_000) == "312 kB"
    assert formats.file_size(1_400_000) == "1,4 MB"
    assert formats.file_size(1) == "1 kB"


@pytest.mark.parametrize(
    ("text", "milli"),
    [
        ("1.234,5", 1_234_500),
        ("1234,5", 1_234_500),
        ("1.234", 1_234_000),
        ("12", 12_000),
        ("0", 0),
        ("0,001", 1),
        ("-3,5", -3_500),
        (" 1 234 ", 1_234_000),
        (f"1{NB}234", 1_234_000),
        ("1.234.567,125", 1_234_567_125),
        ("-0,5", -500),
    ],
)
def test_quantities_are_read_with_a_point_for_thousands(text: str, milli: int) -> None:
    assert formats.parse_quantity(text) == milli


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,234.5", "titik untuk ribuan dan koma untuk desimal"),
        ("1.5", "titik untuk ribuan dan koma untuk desimal"),
        ("1,2345", "tiga angka di belakang koma"),
        ("dua", "Tulis angka saja"),
        ("", "Tulis angka saja"),
        ("1e5", "Tulis angka saja"),
        ("Rp 1.000", "Tulis angka saja"),
        ("9" * 30, "terlalu besar"),
        ("--5", "Tulis angka saja"),
        ("²", "Tulis angka saja"),
    ],
)
def test_a_quantity_that_is_none_is_refused_with_a_hint(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        formats.parse_quantity(text)


@given(st.integers(-(10**14), 10**14))
def test_every_quantity_that_is_printed_is_read_back(milli: int) -> None:
    assert formats.parse_quantity(formats.quantity(milli)) == milli


@given(st.text(max_size=40))
def test_any_text_is_a_quantity_or_a_sentence(text: str) -> None:
    milli, said = _outcome(formats.parse_quantity, text)
    assert abs(milli) <= 10**15 if milli is not None else said.endswith("."), text


def test_a_nip_is_printed_8_6_1_3_and_anything_else_as_it_is() -> None:
    assert formats.nip("197001011995031001") == "19700101 199503 1 001"
    assert formats.nip("11980012340675") == "11980012340675"
    assert formats.nip("") == ""


# --- codes, statuses, phones -------------------------------------------------------------------------------------


def test_codes() -> None:
    assert formats.commitment_code(1) == "K-0001"
    assert formats.followup_code(42) == "TL-0042"
    assert formats.activity_code(12345) == "KG-12345"


def test_every_status_has_shape_word_and_a_colour_of_the_six() -> None:
    for key in formats._STATUS:
        badge = formats.badge(formats.State(key, 3))
        assert badge.kind in {"late", "warn", "wait", "run", "done", "none"}
        assert badge.icon
        assert badge.text


def test_the_words_of_lateness() -> None:
    assert formats.badge(formats.State("late", 3)).text == "Terlambat 3 hari"
    assert formats.badge(formats.State("done_late", 2)) == ("done", "done", "Selesai, terlambat 2 hari")
    assert formats.badge(formats.State("silent", 30)).text == "Tanpa kabar 30 hari"
    assert formats.badge("returned").text == "Perlu dilengkapi"
    assert formats.badge("open").text == "Belum ditindaklanjuti"


def test_every_icon_of_a_status_is_in_the_sprite() -> None:
    from kbpartners.assets import STATIC

    sprite = (STATIC / "icons.svg").read_text()
    for _kind, icon, _words in formats._STATUS.values():
        assert f'id="{icon}"' in sprite


@pytest.mark.parametrize("typed", ["081234567890", "+62 812-3456-7890", "62812 3456 7890", "0812.3456.7890"])
def test_mobile_numbers_are_kept_in_one_form(typed: str) -> None:
    assert formats.normalize_phone(typed) == "+6281234567890"


@pytest.mark.parametrize("typed", ["", "0711 351234", "123", "tni@contoh.id", None])
def test_what_is_no_mobile_number_is_nothing(typed: str | None) -> None:
    assert formats.normalize_phone(typed or "") == ""
    assert formats.wa_link(typed, "x") == ""


def test_a_whatsapp_link_carries_its_text() -> None:
    assert formats.wa_link("0812 3456 7890", "Halo & selamat\npagi") == (
        "https://wa.me/6281234567890?text=Halo%20%26%20selamat%0Apagi"
    )


def test_words_and_choices_come_from_one_table() -> None:
    assert formats.word("priority", "high") == "Tinggi"
    assert formats.word("priority", "ngawur") == ""
    assert formats.choices("priority", "Semua")[:2] == [("", "Semua"), ("low", "Rendah")]
