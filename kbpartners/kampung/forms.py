"""The forms of Kampung KB. The village is chosen by the cascade beside them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import DataRequired, InputRequired

from kbpartners.forms import BaseForm, DayField, LongTextField, TextField


class KampungForm(BaseForm):
    """A Kampung KB as it is registered and corrected."""

    name = TextField(_l("Nama Kampung KB"), [DataRequired()], limit=120)
    place = TextField(_l("RW/dusun"))
    launched_on = DayField(_l("Dicanangkan"))
    note = LongTextField(_l("Catatan"), limit=2000)
    version = IntegerField(default=0)


class CloseForm(BaseForm):
    """When and why a Kampung KB ended."""

    ended_on = DayField(_l("Tanggal berakhir"), [InputRequired()])
    reason = TextField(_l("Alasan"), [DataRequired()], limit=300)
