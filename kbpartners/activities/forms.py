"""Forms of activities: the plan, the own contribution, what was done, the decision on it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from kbpartners.forms import (
    BaseForm,
    DayField,
    LongTextField,
    QuantityField,
    TextField,
    optional_id,
    required_id,
    summarise,
)

BLANK_PARTNERS = 4
"""Empty lines for organisations: without JavaScript more come with each saving."""


class PartnerForm(Form):
    """One organisation beside the organiser."""

    class Meta(BaseForm.Meta):
        csrf = False

    organization_id = SelectField(_l("Organisasi"), coerce=optional_id)
    contribution = TextField(_l("Kontribusi"), limit=500)

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if self.contribution.data and not self.organization_id.data and not self.organization_id.errors:
            self.organization_id.errors = [_("Pilih organisasinya.")]
            return False
        return bool(good)


class ActivityForm(BaseForm):
    """The plan. The place has been chosen before; the organisations offered depend on it."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    token = HiddenField(validators=[Length(max=36)])
    kampung_id = SelectField(_l("Kampung KB"), coerce=optional_id, validate_choice=False)
    title = TextField(_l("Judul"), [DataRequired()])
    family_function = SelectField(_l("Fungsi keluarga"), [DataRequired()])
    planned_on = DayField(_l("Rencana mulai"), [InputRequired()])
    planned_until = DayField(_l("Rencana selesai"), [Optional()])
    organization_id = SelectField(_l("Penyelenggara"), [InputRequired()], coerce=optional_id)
    contribution = TextField(_l("Kontribusi penyelenggara"), limit=500)
    partners = FieldList(FormField(PartnerForm), max_entries=40)
    commitment_id = SelectMultipleField(_l("Komitmen yang dilayani"), coerce=required_id, validate_choice=False)
    description = LongTextField(_l("Uraian"))

    def offer(self, organizations: Any) -> None:
        """Give the organiser and each line the organisations that may be chosen."""
        self.organization_id.choices = [("", _("Pilih organisasi")), *organizations]
        for row in self.partners:
            row.form.organization_id.choices = self.organization_id.choices

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        summarise(self, self.partners)
        return bool(good)


class ContributionForm(BaseForm):
    """What the person's own units bring; the fields are read by the view, one per unit."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())


class RealisationForm(BaseForm):
    """What was done, with its evidence."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    token = HiddenField(validators=[Length(max=36)])
    realised_on = DayField(_l("Dilaksanakan tanggal"), [InputRequired()])
    realised_until = DayField(_l("Sampai tanggal"), [Optional()])
    participants = QuantityField(_l("Jumlah peserta"), [Optional()], whole=True)
    result = LongTextField(_l("Hasil"), [DataRequired()])
    obstacle = LongTextField(_l("Kendala"))
    files = MultipleFileField(_l("Bukti dukung"))
    link = TextField(_l("Tautan berita atau media sosial"), limit=1000)
    without = SelectMultipleField(_l("Jangan sertakan"), coerce=required_id, validate_choice=False)


class EvidenceForm(BaseForm):
    """More evidence for a report that was sent."""

    token = HiddenField(validators=[Length(max=36)])
    files = MultipleFileField(_l("Foto atau berkas"))
    link = TextField(_l("Tautan berita atau media sosial"), limit=1000)


class DecisionForm(BaseForm):
    """The secretariat's decision on a report."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    decision = HiddenField()
    note = LongTextField(_l("Yang perlu dilengkapi"), limit=2000)


class CancelForm(BaseForm):
    """Why an activity is called off."""

    reason = TextField(_l("Alasan"), [DataRequired()], limit=500)
