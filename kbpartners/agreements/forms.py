"""Forms of documents: the document with its parties and clauses, renewing, ending, files."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
)
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError
from wtforms.widgets import HiddenInput

from kbpartners import formats
from kbpartners.errors import Invalid
from kbpartners.forms import BaseForm, DayField, LongTextField, TextField, optional_id, required_id, summarise

MOST_PARTIES, MOST_CLAUSES = 20, 200
LINES = ("parties", "clauses")


class _LineForm(Form):
    """A line that exists has its `id`; a line in which nothing stands is left out."""

    class Meta(BaseForm.Meta):
        csrf = False

    id = IntegerField(validators=[Optional()], widget=HiddenInput())
    remove = BooleanField(_l("Hapus baris ini"))


class PartyForm(_LineForm):
    """A party: the unit, its number, who signed and for whom."""

    organization_id = SelectField(_l("Satuan"), coerce=optional_id)
    number = TextField(_l("Nomor"), limit=100)
    signer_name = TextField(_l("Nama penanda tangan"))
    acting = SelectField(_l("Sebutan"))
    signer_position = TextField(_l("Jabatan"))
    on_behalf_of = TextField(_l("Atas nama"))
    signer_rank = TextField(_l("Pangkat/golongan"), limit=60)
    id_kind = SelectField(_l("Jenis nomor induk"))
    id_number = TextField(_l("NRP atau NIP"), limit=30)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.acting.choices = [("", _("Definitif")), ("plt", "Plt."), ("plh", "Plh.")]
        self.id_kind.choices = [("", "–"), ("NRP", "NRP"), ("NIP", "NIP")]

    @property
    def blank(self) -> bool:
        """Nothing is in this line."""
        texts = (self.number, self.signer_name, self.signer_position, self.signer_rank, self.id_number)
        return not (self.id.data or self.organization_id.data or any(field.data for field in texts))

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if not self.blank and not self.remove.data and not self.organization_id.data:
            self.organization_id.errors = [_("Pilih satuannya.")]
            return False
        return bool(good)

    def validate_id_number(self, field: Any) -> None:
        if not field.data:
            return
        if not self.id_kind.data:
            raise ValidationError(_("Pilih jenis nomor: NIP atau NRP."))
        if self.id_kind.data == "NIP":
            field.data = re.sub(r"\D", "", field.data)
            if len(field.data) != 18:
                raise ValidationError(_("NIP terdiri atas 18 angka."))


class ClauseForm(_LineForm):
    """A clause: pasal, ayat, what it says."""

    article = TextField(_l("Pasal"), limit=20)
    paragraph = TextField(_l("Ayat"), limit=20)
    text = LongTextField(_l("Isi"), limit=4000)

    @property
    def blank(self) -> bool:
        """Nothing is in this line."""
        return not (self.id.data or self.article.data or self.paragraph.data or self.text.data)

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        self.paragraph.data = (self.paragraph.data or "").strip("() ")
        if not self.blank and not self.remove.data and not self.article.data:
            self.article.errors = [_("Tulis nomor pasalnya, misalnya 3.")]
            return False
        return bool(good)


class AgreementForm(BaseForm):
    """A document. Lines are added by a button that draws the form again with one more."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    kind = SelectField(_l("Jenis"), [DataRequired()])
    title = TextField(_l("Judul"), [DataRequired()], limit=300)
    signed_on = DayField(_l("Tanggal ditandatangani"))
    place = TextField(_l("Tempat ditandatangani"))
    starts_on = DayField(_l("Mulai berlaku"))
    ends_on = DayField(_l("Berlaku sampai"))
    scope = LongTextField(_l("Ruang lingkup"))
    parent_id = SelectField(_l("Induk"), coerce=optional_id)
    renews_id = SelectField(_l("Memperpanjang"), coerce=optional_id)
    parties = FieldList(FormField(PartyForm), label=_l("Para pihak"), max_entries=MOST_PARTIES)
    clauses = FieldList(FormField(ClauseForm), label=_l("Pasal"), max_entries=MOST_CLAUSES)

    def offer(
        self, units: Iterable[tuple[int, str]], documents: Iterable[tuple[int, str]], kinds: list[tuple[str, str]]
    ) -> None:
        """Give the fields their choices."""
        documents = list(documents)
        self.kind.choices = kinds
        self.parent_id.choices = [("", _("Berdiri sendiri")), *documents]
        self.renews_id.choices = [("", _("Bukan perpanjangan")), *documents]
        offered = [("", _("Pilih satuan")), *units]
        for row in self.parties:
            row.form.organization_id.choices = offered

    def add_line(self, name: str) -> None:
        """One more empty line, as long as there is room."""
        lines = self[name]
        if name in LINES and len(lines) < lines.max_entries:
            lines.append_entry()

    def kept(self, name: str) -> list[Any]:
        """The lines that count, in their order: the n-th is the n-th of the service's values."""
        return [row.form for row in self[name] if not row.form.blank and not row.form.remove.data]

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        for name in LINES:
            summarise(self, self[name])
        return bool(good)

    def refuse(self, error: Invalid) -> None:
        """Hang an error on the field of the line that it names: `parties-1-number` is the second party's."""
        match = re.fullmatch(r"(parties|clauses)-(\d+)-(\w+)", error.field)
        if match is None:
            return super().refuse(error)
        field = self.kept(match[1])[int(match[2])][match[3]]
        field.errors = [*field.errors, error.message]
        summarise(self, self[match[1]])
        return None


class RenewalForm(BaseForm):
    """The document that renews another one, and what it takes over."""

    title = TextField(_l("Judul naskah baru"), [DataRequired()], limit=300)
    starts_on = DayField(_l("Mulai berlaku"), [InputRequired()])
    ends_on = DayField(_l("Berlaku sampai"))
    signed_on = DayField(_l("Tanggal ditandatangani"))
    place = TextField(_l("Tempat ditandatangani"))
    child_ids = SelectMultipleField(_l("Naskah turunan"), coerce=required_id, validate_choice=False)
    commitment_ids = SelectMultipleField(_l("Komitmen terbuka"), coerce=required_id, validate_choice=False)


class EndForm(BaseForm):
    """From which day a document no longer counts, and why."""

    ended_on = DayField(_l("Tidak berlaku lagi mulai"), [InputRequired()])
    reason = LongTextField(_l("Alasan"), [DataRequired()], limit=500)


class ReopenForm(BaseForm):
    """Why an ending is taken back."""

    reason = LongTextField(_l("Alasan"), [DataRequired()], limit=500)


def kind_choices() -> list[tuple[str, str]]:
    """The kinds for a select that must be answered."""
    return formats.choices("agreement_kind", _("Pilih jenis"))
