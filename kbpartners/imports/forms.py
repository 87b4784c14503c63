"""The forms of imports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import IntegerField
from wtforms.validators import DataRequired

from kbpartners.forms import BaseForm, TextField


class UploadForm(BaseForm):
    """A list to import. What is wrong with the file or the year is said by the service."""

    file = FileField(_l("Berkas"))
    year = TextField(_l("Tahun data"), limit=40)


class DecideForm(BaseForm):
    """The region that a question means."""

    region_id = IntegerField(_l("Wilayah"))


class RejectForm(BaseForm):
    """Why the rows of a question are left out."""

    reason = TextField(_l("Alasan"), [DataRequired()], limit=300)
