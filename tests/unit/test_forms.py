"""What the forms of all features share: cleaning, typed fields, Indonesian messages."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, Length, NumberRange

from kbpartners.errors import Invalid
from kbpartners.forms import (
    BaseForm,
    ChosenId,
    DayField,
    LongTextField,
    QuantityField,
    TextField,
    clean,
    id_or_none,
    optional_id,
    read_day,
    required_id,
)

RTL, ZWJ = "\u202e", "\u200d"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  halo  ", "halo"),
        ("a\x00b\x07c", "abc"),
        (f"uang{RTL}gnau", "uanggnau"),
        ("baris satu\r\nbaris dua\rtiga", "baris satu\nbaris dua\ntiga"),
        ("e\u0301", "é"),
        ("\ufeffawal", "awal"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("keluarga 👨\u200d👩\u200d👧", "keluarga 👨\u200d👩\u200d👧"),
        (None, ""),
        ("", ""),
    ],
)
def test_nothing_stays_that_nobody_typed_on_purpose(text: str | None, kept: str) -> None:
    assert clean(text) == kept


@given(st.text())
def test_cleaning_twice_changes_nothing_and_leaves_nothing_hidden(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in once if c not in "\n\t")
    assert not set(once) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Sample(BaseForm):
    title = TextField("Judul", [InputRequired()], limit=20)
    note = LongTextField("Catatan", limit=100)
    due_on = DayField("Tenggat")
    value = QuantityField("Nilai")
    people = QuantityField("Orang", whole=True)
    count = IntegerField("Banyak", [NumberRange(min=1, max=5)], default=1)
    unit_id = SelectField("Satuan", coerce=lambda v: int(v) if v else None, choices=[("", "Pilih"), ("1", "Satu")])
    code = TextField("Kode", [Length(min=3)])
    unit2_id = SelectField(
        "Satuan lain", [ChosenId()], coerce=lambda v: int(v) if v else None, choices=[("", "Pilih"), ("2", "Dua")],
        validate_choice=False,
    )  # fmt: skip


@pytest.fixture
def form(app):
    """`form(title="…")` is the sample form filled in and validated."""

    def fill(**fields: str) -> Sample:
        data = MultiDict({"title": "Judul", "code": "abc", "count": "1", **fields})
        made = Sample(formdata=data, meta={"csrf": False})
        made.validate()
        return made

    with app.test_request_context():
        yield fill


def test_a_good_form_has_typed_data(form) -> None:
    made = form(title="  Dua   kata ", due_on="07/03/2017", value="1.234,5", people="12", unit_id="1", unit2_id="2")
    assert made.errors == {}
    assert made.title.data == "Dua kata"
    assert made.due_on.data.isoformat() == "2017-03-07"
    assert (made.value.data, made.people.data, made.unit_id.data, made.unit2_id.data) == (1_234_500, 12_000, 1, 2)


def test_blank_is_not_zero(form) -> None:
    made = form(value="", due_on="  ")
    assert made.value.data is None
    assert made.due_on.data is None
    assert form(value="0").value.data == 0


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("title", "", "Wajib diisi."),
        ("title", "   ", "Wajib diisi."),
        ("title", "x" * 21, "Paling banyak 20 huruf."),
        ("note", "x" * 101, "Paling banyak 100 huruf."),
        ("code", "a", "Paling sedikit 3 huruf."),
        ("due_on", "31/02/2017", "tidak ada di bulan itu"),
        ("due_on", "besok", "Tulis tanggal seperti 07/03/2017"),
        ("value", "1,234.5", "titik untuk ribuan"),
        ("value", "-1", "tidak boleh kurang dari 0"),
        ("people", "1,5", "Tulis bilangan bulat, tanpa koma."),
        ("count", "banyak", "Tulis bilangan bulat."),
        ("count", "9", "Antara 1 dan 5."),
        ("unit_id", "7", "Pilih salah satu dari daftar."),
        ("unit_id", "x", "Pilih salah satu dari daftar."),
        ("unit2_id", "7", "Pilih salah satu dari daftar."),
    ],
)
def test_what_is_wrong_is_said_in_indonesian_on_its_field(form, field: str, text: str, says: str) -> None:
    made = form(**{field: text})
    assert list(made.errors) == [field]
    assert says in " ".join(map(str, made.errors[field]))


def test_what_was_typed_stays_in_the_field(form) -> None:
    made = form(due_on="31/02/2017", value="1,234.5")
    assert made.due_on._value() == "31/02/2017"
    assert made.value._value() == "1,234.5"


def test_a_stored_value_is_shown_the_indonesian_way(app) -> None:
    from datetime import date

    with app.test_request_context():
        made = Sample(formdata=None, data={"due_on": date(2017, 3, 7), "value": 1_234_500}, meta={"csrf": False})
    assert made.due_on._value() == "07/03/2017"
    with app.app_context():
        assert made.value._value() == "1.234,5"


def test_a_rule_of_the_domain_hangs_on_its_field_or_on_the_form(form) -> None:
    made = form()
    made.refuse(Invalid("Terlalu awal.", "due_on"))
    made.refuse(Invalid("Tidak bisa.", "tidak_ada"))
    assert made.due_on.errors == ["Terlalu awal."]
    assert made.form_errors == ["Tidak bisa."]


def test_a_hundred_kilobytes_of_text_are_refused_kindly(form) -> None:
    assert "Paling banyak 100 huruf." in form(note="panjang " * 13_000).errors["note"]


@pytest.mark.parametrize("value", ["", None, "None"])
def test_nothing_chosen_is_no_id(value: str | None) -> None:
    assert optional_id(value) is None
    assert id_or_none(value) is None


@pytest.mark.parametrize("value", ["0", "-1", "dua", "1.5", "2147483648", "9" * 5000])
def test_what_no_column_holds_is_no_id(value: str) -> None:
    for coerce in (optional_id, required_id):
        with pytest.raises(ValueError):
            coerce(value)
    assert id_or_none(value) is None


def test_an_id_is_read_from_text() -> None:
    assert optional_id("2147483647") == required_id(2147483647) == id_or_none(" 2147483647 ") == 2147483647


def test_a_day_in_an_address_is_read_or_told_what_is_wrong_with_it() -> None:
    assert read_day("07/03/2017") == (date(2017, 3, 7), "")
    assert read_day(" ") == (None, "")
    day, problem = read_day("31/02/2017")
    assert day is None
    assert problem
