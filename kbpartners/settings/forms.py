"""Forms of the settings: the office, a letterhead, a signatory."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from kbpartners import formats
from kbpartners.forms import BaseForm, DayField, LongTextField, TextField

CAPACITIES = [("", _l("Definitif")), ("a.n.", "a.n."), ("u.b.", "u.b."), ("plt", "Plt."), ("plh", "Plh.")]
LATE_WORDS = ("Terlambat", "Melewati tenggat")


class OfficeForm(BaseForm):
    """The office and its limits."""

    office_name = TextField(_l("Nama kantor"), [InputRequired()])
    office_short = TextField(_l("Nama pendek"), [InputRequired()], limit=60)
    office_place = TextField(_l("Kota"), limit=100)
    office_whatsapp = TextField(_l("WhatsApp sekretariat"), limit=30)
    evidence_limit_mb = IntegerField(_l("Batas ukuran bukti dukung"), [InputRequired()])
    late_word = RadioField(_l("Kata untuk terlambat di kertas"), choices=[(word, word) for word in LATE_WORDS])
    agreement_warning_days = IntegerField(
        _l("Kerja sama disebut akan berakhir"), [InputRequired(), NumberRange(min=1, max=1000)]
    )
    version = IntegerField(_l("Versi"), [InputRequired()])

    def validate_office_whatsapp(self, field: Any) -> None:
        if field.data and not formats.normalize_phone(field.data):
            raise ValidationError(_("Tulis nomor ponsel seperti 0812-3456-7890."))


class LetterheadForm(BaseForm):
    """A kop from a day on."""

    valid_from = DayField(_l("Berlaku mulai"), [InputRequired()])
    ministry = TextField(_l("Baris kementerian/lembaga"))
    office = TextField(_l("Nama kantor"), [InputRequired()])
    address = LongTextField(_l("Alamat"), limit=1000)
    version = IntegerField(_l("Versi"), [Optional(), NumberRange(min=1)])


class SignatoryForm(BaseForm):
    """Who signs from a day on."""

    valid_from = DayField(_l("Berlaku mulai"), [InputRequired()])
    position = TextField(_l("Jabatan"), [InputRequired()])
    capacity = SelectField(_l("Sebutan"), choices=CAPACITIES)
    name = TextField(_l("Nama"), [InputRequired()])
    rank = TextField(_l("Pangkat/golongan"), limit=60)
    id_kind = SelectField(_l("Jenis nomor"), choices=[("", "–"), ("NIP", "NIP"), ("NRP", "NRP")])
    id_number = TextField(_l("NIP atau NRP"), limit=30)
    place = TextField(_l("Kota"), [InputRequired()], limit=100)
    version = IntegerField(_l("Versi"), [Optional(), NumberRange(min=1)])

    def validate_id_number(self, field: Any) -> None:
        if not field.data:
            return
        if not self.id_kind.data:
            raise ValidationError(_("Pilih jenis nomor: NIP atau NRP."))
        if self.id_kind.data == "NIP" and len(re.sub(r"\D", "", field.data)) != 18:
            raise ValidationError(_("NIP terdiri atas 18 angka."))
