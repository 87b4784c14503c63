"""The forms of follow-ups: what may be typed, in which words it is asked for and refused."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, MultipleFileField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, Length

from kbpartners import formats
from kbpartners.forms import BaseForm, DayField, LongTextField, TextField, id_or_none, optional_id


class FollowupForm(BaseForm):
    """A follow-up: what, by whom, until when. The choices of unit and narahubung are passed in."""

    title = TextField(_l("Tindak lanjut"), [DataRequired()], limit=300)
    organization_id = SelectField(_l("Penanggung jawab"), [InputRequired()], coerce=optional_id, validate_choice=False)
    due_on = DayField(_l("Tenggat"), [InputRequired()])
    priority = RadioField(_l("Prioritas"), default="medium")
    description = LongTextField(_l("Uraian"))
    contact_post_id = SelectField(_l("Narahubung"), coerce=optional_id, validate_choice=False)
    decision_id = HiddenField(filters=[id_or_none])
    commitment_id = HiddenField(filters=[id_or_none])
    activity_id = HiddenField(filters=[id_or_none])
    version = IntegerField(default=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.priority.choices = formats.choices("priority")

    def values(self) -> dict[str, Any]:
        """What the service takes: everything but source and version."""
        names = ("title", "organization_id", "due_on", "priority", "description", "contact_post_id")
        return {name: self[name].data for name in names}


class TransferForm(BaseForm):
    """Handing a follow-up on to another unit."""

    organization_id = SelectField(
        _l("Penanggung jawab baru"), [InputRequired()], coerce=optional_id, validate_choice=False
    )
    due_on = DayField(_l("Tenggat baru"), [InputRequired()])
    reason = LongTextField(_l("Alasan dialihkan"), [DataRequired()], limit=500)
    version = IntegerField(default=0)


class UpdateForm(BaseForm):
    """News of the unit, or its proposal to close the follow-up."""

    status = RadioField(_l("Bagaimana jalannya?"), default="in_progress", validate_choice=False)
    note = LongTextField(_l("Apa yang sudah dikerjakan"))
    obstacle = LongTextField(_l("Kendala"))
    files = MultipleFileField(_l("Bukti dukung"))
    link = TextField(_l("Tautan bukti"), limit=1000)
    token = HiddenField(validators=[Length(max=36)])

    def __init__(self, *args: Any, waiting: bool = False, **kwargs: Any) -> None:
        """`waiting`: a proposal waits for its decision, so that only news can be added."""
        super().__init__(*args, **kwargs)
        if not self.token.data:
            self.token.data = str(uuid.uuid4())
        self.status.choices = [("in_progress", formats.badge("in_progress").text)]
        if not waiting:
            self.status.choices += [
                ("proposed_done", _("Usulkan selesai")),
                ("proposed_not_feasible", formats.badge("not_feasible").text),
            ]


class OnBehalfForm(UpdateForm):
    """The same, entered by the secretariat for a unit that wrote, called or spoke."""

    source = SelectField(_l("Datang lewat"), validate_choice=False)
    sender = TextField(_l("Pengirim (nama, jabatan)"))
    source_number = TextField(_l("Nomor surat"), limit=100)
    source_date = DayField(_l("Tanggal kabar"))

    def __init__(self, *args: Any, own: bool = False, **kwargs: Any) -> None:
        """`own`: the unit belongs to the office itself, so that the entry may also be its own."""
        super().__init__(*args, **kwargs)
        choices = [choice for choice in formats.choices("source") if choice[0] != "liaison"]
        self.source.choices = [("liaison", _("Diketik sendiri")), *choices] if own else choices


class DecisionForm(BaseForm):
    """Accept a proposal, or say what is missing."""

    decision = HiddenField()
    note = LongTextField(_l("Apa yang perlu dilengkapi?"), limit=2000)


STATUS_WORDS = {
    "open": lambda: _("Terbuka"),
    "late": lambda: _("Terlambat"),
    "proposed_done": lambda: formats.badge("proposed_done").text,
    "returned": lambda: formats.badge("returned").text,
    "done": lambda: formats.badge("done").text,
    "not_feasible": lambda: formats.badge("not_feasible").text,
    "transferred": lambda: formats.badge("transferred").text,
    "all": lambda: _("Semua"),
}
"""The ready views of the list, in the order of their chips."""
