"""Forms of people: signing in, links, the profile, inviting and editing."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, RadioField, SelectField
from wtforms.validators import Email, EqualTo, InputRequired, Length, Optional, ValidationError

from kbpartners import formats
from kbpartners.forms import BaseForm, DayField, TextField, optional_id

ID_KINDS = [("", "–"), ("NIP", "NIP"), ("NRP", "NRP")]
LOCALES = [("id", "Bahasa Indonesia"), ("en", "English")]
ACTING_WORDS = [
    ("definitif", _l("Definitif: pejabat lama selesai bertugas")),
    ("plt", _l("Plt.: jabatan kosong, pejabat lama sudah pindah")),
    ("plh", _l("Plh.: pejabat lama berhalangan sebentar dan tetap memegang jabatan")),
]
ACTINGS = [("", _l("Definitif")), ("plt", "Plt."), ("plh", "Plh.")]


class SignInForm(BaseForm):
    """E-mail address or mobile number, and the password."""

    email = TextField(_l("Surel atau nomor ponsel"), [InputRequired()], limit=254)
    password = PasswordField(_l("Kata sandi"), [InputRequired(), Length(max=1000)])
    next = HiddenField()
    draft = HiddenField()


class ForgottenForm(BaseForm):
    """Who has forgotten the password."""

    email = TextField(_l("Surel atau nomor ponsel"), [InputRequired()], limit=254)


class NewPasswordForm(BaseForm):
    """What a link asks for; `name` only of the invited."""

    name = TextField(_l("Nama lengkap"))
    password = PasswordField(_l("Kata sandi baru"), [InputRequired(), Length(max=1000)])
    password_again = PasswordField(_l("Ulangi kata sandi"), [InputRequired()])

    def validate_password_again(self, field: Any) -> None:
        if field.data != self.password.data:
            raise ValidationError(_("Kedua kata sandi harus sama."))


class ChangePasswordForm(BaseForm):
    """Replacing one's own password."""

    current_password = PasswordField(_l("Kata sandi sekarang"), [InputRequired(), Length(max=1000)])
    password = PasswordField(_l("Kata sandi baru"), [InputRequired(), Length(max=1000)])
    password_again = PasswordField(
        _l("Ulangi kata sandi baru"), [InputRequired(), EqualTo("password", message=_l("Kedua kata sandi harus sama."))]
    )


class PersonData(BaseForm):
    """What a profile and the admin's edit form share."""

    name = TextField(_l("Nama lengkap"), [InputRequired()])
    phone = TextField(_l("Nomor ponsel"), limit=30)
    rank = TextField(_l("Pangkat"), limit=60)
    id_kind = SelectField(_l("Jenis nomor"), choices=ID_KINDS)
    id_number = TextField(_l("NIP atau NRP"), limit=30)
    locale = RadioField(_l("Bahasa"), choices=LOCALES)
    version = IntegerField(_l("Versi"), [InputRequired()])

    def validate_phone(self, field: Any) -> None:
        _check_phone(field)

    def validate_id_number(self, field: Any) -> None:
        digits = re.sub(r"\D", "", field.data or "")
        if self.id_kind.data == "NIP" and field.data and len(digits) != 18:
            raise ValidationError(_("NIP terdiri atas 18 angka."))
        if field.data and not self.id_kind.data:
            raise ValidationError(_("Pilih jenis nomor: NIP atau NRP."))

    def values(self) -> dict[str, str | None]:
        """The data by the model's names."""
        return {
            name: field.data
            for name, field in self._fields.items()
            if name not in {"version", "csrf_token"} and not isinstance(field, HiddenField)
        }


class ProfileForm(PersonData):
    """One's own data. The e-mail address is changed by an admin."""


class PersonForm(PersonData):
    """Another person's data."""

    email = TextField(_l("Surel"), [Optional(), Email()], limit=254)


class ReachForm(BaseForm):
    """Who it is and how to reach them. Defined before the post: errors are listed in the order of the page."""

    name = TextField(_l("Nama lengkap"), [InputRequired()])
    phone = TextField(_l("Nomor ponsel"), limit=30)
    email = TextField(_l("Surel"), [Optional(), Email()], limit=254)

    def validate_phone(self, field: Any) -> None:
        _check_phone(field)


class PostForm(BaseForm):
    """A post for a person. Choices of unit and role are set by the view."""

    organization_id = SelectField(_l("Satuan/Unit kerja"), [InputRequired()], coerce=optional_id)
    title = TextField(_l("Jabatan"), [InputRequired()])
    role = SelectField(_l("Peran"), [InputRequired()])
    acting = SelectField(_l("Status jabatan"), choices=ACTINGS)
    valid_from = DayField(_l("Mulai tanggal"), [InputRequired()])
    valid_to = DayField(_l("Hari terakhir"))
    replaces = BooleanField(_l("Menggantikan pemegang jabatan ini sekarang"))


class InviteForm(ReachForm, PostForm):
    """A new person on a post."""


class EndPostForm(BaseForm):
    """The last day on a post."""

    valid_to = DayField(_l("Hari terakhir"), [InputRequired()])


class HandoverForm(BaseForm):
    """Who follows on a post, as what, from when. Choices of people are set by the view; nobody chosen: a new person."""

    acting = RadioField(_l("Pengganti bertugas sebagai"), choices=ACTING_WORDS)
    leaving = SelectField(_l("Pejabat lama"), [Optional()], coerce=optional_id)
    valid_from = DayField(_l("Mulai bertugas"), [InputRequired()])
    valid_to = DayField(_l("Hari terakhir"))
    user_id = SelectField(_l("Pengganti"), coerce=optional_id)
    name = TextField(_l("Nama lengkap orang baru"))
    phone = TextField(_l("Nomor ponsel"), limit=30)
    email = TextField(_l("Surel"), [Optional(), Email()], limit=254)

    @property
    def kind(self) -> str:
        """The choice as an assignment holds it."""
        return self.acting.data if self.acting.data in ("plt", "plh") else ""

    def validate_phone(self, field: Any) -> None:
        _check_phone(field)

    def validate_name(self, field: Any) -> None:
        if not self.user_id.data and not field.data:
            raise ValidationError(_("Pilih pengganti di atas, atau tulis nama orang baru."))


class VacateForm(BaseForm):
    """From which day on nobody holds a post."""

    since = DayField(_l("Tidak ada pejabat sejak"), [InputRequired()])


class CancelForm(BaseForm):
    """Taking back what has not begun."""

    reopen = BooleanField(_l("Pejabat lama tetap bertugas"), default=True)


def _check_phone(field: Any) -> None:
    if field.data and not formats.normalize_phone(field.data):
        raise ValidationError(_("Tulis nomor ponsel seperti 0812-3456-7890."))
