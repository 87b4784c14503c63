"""The filters of a report: read from the query, never a reason for an error page."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from kbpartners import formats
from kbpartners.forms import BaseForm, DayField, TextField, id_or_none


class ReportForm(BaseForm):
    """What a report is narrowed to, its day and its paper."""

    class Meta(BaseForm.Meta):
        csrf = False

    per = DayField(_l("Per tanggal"))
    meeting_id = SelectField(_l("Rapat"), coerce=id_or_none, validate_choice=False)
    organization_id = SelectField(_l("Mitra kerja"), coerce=id_or_none, validate_choice=False)
    region_id = SelectField(_l("Wilayah"), coerce=id_or_none, validate_choice=False)
    kind = SelectField(_l("Isi"), default="", validate_choice=False)
    status = SelectField(_l("Status"), default="all", validate_choice=False)
    priority = SelectField(_l("Prioritas"), default="", validate_choice=False)
    due_from = DayField(_l("Tenggat dari"))
    due_to = DayField(_l("Tenggat sampai"))
    q = TextField(_l("Kata dalam judul"))
    paper = SelectField(_l("Kertas"), default="a4", choices=[("a4", "A4"), ("f4", "F4")], validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [
            ("", _("Komitmen dan tindak lanjut")),
            ("commitment", _("Komitmen")),
            ("followup", _("Tindak lanjut")),
        ]
        self.status.choices = [("all", _("Semua status")), ("open", _("Belum selesai")), *self._states()]
        self.priority.choices = formats.choices("priority", _("Semua prioritas"))

    @staticmethod
    def _states() -> list[tuple[str, str]]:
        keys = ("returned", "submitted", "proposed_done", "in_progress", "open", "not_due", "done", "not_feasible")
        return [("late", _("Terlambat")), ("silent", _("Tanpa kabar")), *((k, formats.badge(k).text) for k in keys)]

    @property
    def known_status(self) -> str:
        """The status if it is one of the offered ones; everything for another."""
        return self.status.data if self.status.data in dict(self.status.choices or ()) else "all"
