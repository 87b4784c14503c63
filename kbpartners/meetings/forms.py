"""Forms of meetings, their attendance lists and decisions."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional
from wtforms.widgets import HiddenInput

from kbpartners.forms import BaseForm, DayField, LongTextField, TextField, optional_id, required_id, summarise

BLANK_ROWS = 5
"""Empty lines at the end of the attendance form: without JavaScript more come with each saving."""


class MeetingForm(BaseForm):
    """Data of a meeting."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    title = TextField(_l("Judul"), [DataRequired()])
    kind = SelectField(_l("Jenis"), [DataRequired()])
    held_on = DayField(_l("Tanggal"), [InputRequired()])
    ends_on = DayField(_l("Sampai tanggal"), [Optional()])
    starts_at = TimeField(_l("Jam mulai"), [Optional()], format=["%H:%M", "%H.%M", "%H:%M:%S"])
    place = TextField(_l("Tempat"))
    chair = TextField(_l("Pimpinan rapat"))
    minute_taker = TextField(_l("Notulis"))
    predecessor_id = SelectField(_l("Lanjutan dari"), coerce=optional_id)
    description = LongTextField(_l("Keterangan"))


class DecisionForm(BaseForm):
    """An arahan, kesepakatan, rekomendasi or rumusan."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    kind = SelectField(_l("Jenis"), [DataRequired()])
    number = IntegerField(_l("Nomor"), [Optional(), NumberRange(1, 999)])
    text = LongTextField(_l("Isi"), [DataRequired()], limit=4000)
    by = TextField(_l("Disampaikan oleh"))


class InvitationForm(BaseForm):
    """Organisations to invite, chosen from all that exist."""

    organization_id = SelectMultipleField(_l("Organisasi"), coerce=required_id, validate_choice=False)


class GuestForm(Form):
    """One line of the attendance list. A line that exists has its `id` and keeps its organisation."""

    class Meta(BaseForm.Meta):
        csrf = False

    id = IntegerField(validators=[Optional()], widget=HiddenInput())
    organization_id = SelectField(_l("Organisasi"), coerce=optional_id)
    name = TextField(_l("Nama"))
    position = TextField(_l("Jabatan"))
    present = SelectField(_l("Kehadiran"))
    remove = BooleanField(_l("Hapus dari daftar"))

    @property
    def blank(self) -> bool:
        """A new line that nobody filled in."""
        return not (self.id.data or self.organization_id.data or self.name.data or self.position.data)

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if not self.id.data and not self.organization_id.data and (self.name.data or self.position.data):
            self.organization_id.errors = [_("Pilih organisasinya.")]
            return False
        return bool(good)


class AttendanceForm(BaseForm):
    """The attendance list: the lines that exist, then blank ones."""

    rows = FieldList(FormField(GuestForm), max_entries=400)

    def offer(self, organizations: Any) -> None:
        """Give each line its choices."""
        words = [("", _("Belum dicatat")), ("1", _("Hadir")), ("0", _("Tidak hadir"))]
        for row in self.rows:
            row.form.organization_id.choices = [("", _("Pilih organisasi")), *organizations]
            row.form.present.choices = words

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        summarise(self, self.rows)
        return bool(good)
