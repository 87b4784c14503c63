"""What the forms of all features share: cleaning, ids, days, quantities, WTForms' own words in Indonesian."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field, FieldList, StringField, TextAreaField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import TextInput

from kbpartners import LARGEST_ID, formats
from kbpartners.errors import Invalid

TEXT_LIMIT = 20_000
"""Characters in a long text. Generous for pasted letters, small enough to print and to send."""


def clean(text: str | None) -> str:
    """Text without what nobody typed on purpose: control characters and direction overrides go, newlines stay."""
    if not text:
        return ""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (
        c for c in text if c in "\n\t" or (unicodedata.category(c) not in {"Cc", "Cs", "Co"} and c not in _DIRECTION)
    )
    return "".join(kept).strip()


_DIRECTION = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class _Words:
    """WTForms has no Indonesian: its messages are looked up in ours by their English text."""

    def gettext(self, text: str) -> str:
        return _WTFORMS.get(text, lambda: text)()

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return _WTFORMS.get(plural, _WTFORMS.get(singular, lambda: plural))()


_WTFORMS: dict[str, Any] = {
    "This field is required.": lambda: _("Wajib diisi."),
    "Invalid email address.": lambda: _("Tulis alamat surel yang lengkap, misalnya nama@contoh.id."),
    "Not a valid choice.": lambda: _("Pilih salah satu dari daftar."),
    "Not a valid choice": lambda: _("Pilih salah satu dari daftar."),
    "Invalid Choice: could not coerce.": lambda: _("Pilih salah satu dari daftar."),
    "Invalid choice(s): one or more data inputs could not be coerced.": lambda: _("Pilih dari daftar."),
    "Not a valid integer value.": lambda: _("Tulis bilangan bulat."),
    "Not a valid time value.": lambda: _("Tulis jam seperti 09:30."),
    "Invalid input.": lambda: _("Isian tidak sesuai."),
    "Invalid URL.": lambda: _("Tulis alamat lengkap yang dimulai dengan https://."),
    "Field must be at least %(min)d character long.": lambda: _("Paling sedikit %(min)d huruf."),
    "Field must be at least %(min)d characters long.": lambda: _("Paling sedikit %(min)d huruf."),
    "Field cannot be longer than %(max)d character.": lambda: _("Paling banyak %(max)d huruf."),
    "Field cannot be longer than %(max)d characters.": lambda: _("Paling banyak %(max)d huruf."),
    "Field must be between %(min)d and %(max)d characters long.": lambda: _("Panjangnya %(min)d sampai %(max)d huruf."),
    "Number must be at least %(min)s.": lambda: _("Paling sedikit %(min)s."),
    "Number must be at most %(max)s.": lambda: _("Paling banyak %(max)s."),
    "Number must be between %(min)s and %(max)s.": lambda: _("Antara %(min)s dan %(max)s."),
    "Field must be equal to %(other_name)s.": lambda: _("Kedua isian harus sama."),
}


class BaseForm(FlaskForm):
    """A form whose errors are Indonesian and whose values keep what was typed when they are refused."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> _Words:
            return _Words()

    def refuse(self, error: Invalid) -> None:
        """Hang a domain error on the field it names, or on the whole form."""
        field = self._fields.get(error.field)
        if field is None:
            self.form_errors.append(error.message)
        else:
            field.errors = [*field.errors, error.message]


class _CleanText:
    """Blanks and invisible characters alone are nothing: a required field must not be passed with them."""

    raw_data: list[str] | None

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)  # type: ignore[misc]
        if valuelist and not clean(valuelist[0]):
            self.raw_data = [""]


class TextField(_CleanText, StringField):
    """One line of cleaned text, 200 characters unless told."""

    def __init__(self, label: Any = None, validators: Any = None, limit: int = 200, **kwargs: Any) -> None:
        super().__init__(label, [*(validators or []), Length(max=limit)], filters=[_one_line], **kwargs)


class LongTextField(_CleanText, TextAreaField):
    """Several lines of cleaned text."""

    def __init__(self, label: Any = None, validators: Any = None, limit: int = TEXT_LIMIT, **kwargs: Any) -> None:
        super().__init__(label, [*(validators or []), Length(max=limit)], filters=[clean], **kwargs)


def _one_line(text: str | None) -> str:
    return " ".join(clean(text).split())


class _TypedField(Field):
    """A text input whose data is parsed; what was typed stays in the input when it cannot be."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = clean(valuelist[0]) if valuelist else ""
        self.data = None
        if text:
            self.data = self.parse(text)  # WTForms shows a ValueError's sentence at the field
        else:
            self.raw_data = [""]  # blanks are nothing, to a required field, too

    def parse(self, text: str) -> Any:
        raise ValueError

    def show(self, value: Any) -> str:
        return str(value)


class DayField(_TypedField):
    """A date, typed `07/03/2017` or sent by a date picker as `2017-03-07`. Day first, always."""

    def parse(self, text: str) -> date:
        return formats.parse_day(text)

    def show(self, value: date) -> str:
        return formats.date_short(value)


class QuantityField(_TypedField):
    """A quantity in Indonesian notation, `1.234,5`; data is the integer scaled by 1,000, or None for "not reported"."""

    def __init__(self, label: Any = None, validators: Any = None, whole: bool = False, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.whole = whole

    def parse(self, text: str) -> int:
        value = formats.parse_quantity(text)
        if value < 0:
            raise ValueError(_("Angka tidak boleh kurang dari 0."))
        if self.whole and value % 1000:
            raise ValueError(_("Tulis bilangan bulat, tanpa koma."))
        return value

    def show(self, value: int) -> str:
        return formats.quantity(value)


class ChosenId:
    """Validator: the id must be among the ids that the view offers (which are scoped to the person)."""

    def __call__(self, form: Any, field: Field) -> None:
        if field.data and field.data not in {int(value) for value, _label in field.choices if value}:
            raise ValidationError(_("Pilih salah satu dari daftar."))


# --- ids in selects and addresses -----------------------------------------------------------------------------------


def optional_id(value: Any) -> int | None:
    """An id from a form or an address; None for an empty one. Raises ValueError for what cannot be an id."""
    return None if value in (None, "", "None") else required_id(value)


def required_id(value: Any) -> int:
    """The same where nothing chosen is no answer either."""
    number = int(value)
    if not 0 < number <= LARGEST_ID:
        raise ValueError(value)
    return number


def id_or_none(value: Any) -> int | None:
    """The same where nonsense is as good as nothing: filters, prefilled forms."""
    try:
        return optional_id(value)
    except ValueError:
        return None


# --- filters in an address ------------------------------------------------------------------------------------------


def read_day(text: str) -> tuple[date | None, str]:
    """(day, "") of a typed day, (None, "") of nothing, (None, what is wrong with it) of what is no day."""
    try:
        return (formats.parse_day(text) if text.strip() else None), ""
    except ValueError as error:
        return None, str(error)


def list_address(path: str, filters: Any, **changes: Any) -> str:
    """The address of a list of open things with these filters, some of them changed (None takes one off)."""
    values = {name: value for name, value in vars(filters).items() if value and (name, value) != ("status", "open")}
    values.update(changes)
    shown = {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items() if v not in (None, "")}
    return f"{path}?{urlencode(shown)}" if shown else path


# --- forms with lines -----------------------------------------------------------------------------------------------


def summarise(form: BaseForm, rows: FieldList) -> None:
    """Tell the errors of a form's lines in its summary, each with a link to its field."""
    for number, row in enumerate(rows, 1):
        for field in row.form:
            for error in field.errors:
                link = Markup('<a href="#{}">{}: {}</a>')
                where = _("Baris %(number)s, %(label)s", number=number, label=field.label.text)
                form.form_errors.append(link.format(field.id, where, error))
    rows.errors = []
