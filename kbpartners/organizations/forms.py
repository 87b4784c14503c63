"""The forms of units: what the secretariat says about one, what a unit keeps up to date itself, its posts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import Email, InputRequired, Optional
from wtforms.widgets import HiddenInput

from kbpartners.forms import BaseForm, DayField, LongTextField, TextField, optional_id


class ContactForm(BaseForm):
    """How a unit is reached."""

    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    address = LongTextField(_l("Alamat"), limit=500)
    phone = TextField(_l("Telepon kantor"), limit=40)
    whatsapp = TextField(_l("Nomor WhatsApp"), limit=40)
    email = TextField(_l("Surel"), [Optional(), Email()], limit=254)

    def contact(self) -> dict[str, str]:
        """What was typed, by the names of the facts."""
        return {name: self[name].data or "" for name in ("address", "phone", "whatsapp", "email")}


class UnitForm(ContactForm):
    """A partner or a unit. `coverage` holds the ids of ticked boxes; which exist is the service's to know."""

    name = TextField(_l("Nama"), [InputRequired()], limit=200)
    short_name = TextField(_l("Nama singkat"), limit=60)
    category = SelectField(_l("Kategori"))
    parent_id = SelectField(_l("Induk"), coerce=optional_id)
    coverage = SelectMultipleField(_l("Wilayah kerja"), validate_choice=False)
    note = LongTextField(_l("Catatan"), limit=2000)
    ended_on = DayField(_l("Berakhir"))

    def ticked(self) -> frozenset[int]:
        """The ids of the ticked regions; what is no id is dropped."""
        return frozenset(int(text) for text in self.coverage.data or () if text.isdecimal() and len(text) <= 9)

    def facts(self) -> dict[str, Any]:
        """What was typed, by the names of the facts."""
        return {
            **self.contact(),
            "name": self.name.data or "",
            "short_name": self.short_name.data or "",
            "category": self.category.data or "",
            "parent_id": self.parent_id.data,
            "note": self.note.data or "",
            "ended_on": self.ended_on.data,
            "coverage": self.ticked(),
        }


class PostForm(BaseForm):
    """A post of a unit."""

    title = TextField(_l("Nama jabatan"), [InputRequired()], limit=200)
    role = SelectField(_l("Peran di aplikasi"))
    is_contact = BooleanField(_l("Jabatan ini narahubung satuan"), default=True)


class MoveForm(BaseForm):
    """Under which unit another one is to hang; "0": it becomes a partner of its own."""

    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    parent_id = TextField(_l("Induk baru"), limit=20)


class MergeForm(BaseForm):
    """Into which unit another one is merged. `seen`: both as the preview showed them."""

    target_id = TextField(_l("Satuan yang tetap ada"), limit=20)
    seen = TextField(limit=30)


class RegionsForm(BaseForm):
    """Ticked regions, and the day from which the change counts. Which regions exist is the service's to know."""

    coverage = SelectMultipleField(_l("Wilayah"), validate_choice=False)
    since = DayField(_l("Mulai tanggal"), [InputRequired()])

    def ticked(self) -> frozenset[int]:
        """The ids of the ticked regions; what is no id is dropped."""
        return frozenset(int(text) for text in self.coverage.data or () if text.isdecimal() and len(text) <= 9)


class EndForm(BaseForm):
    """Only the token: a confirmation."""
