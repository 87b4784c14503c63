"""The form that adds files, or a link to them, to a record that exists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, MultipleFileField
from wtforms.validators import Length

from kbpartners.forms import BaseForm, TextField


class FilesForm(BaseForm):
    """Files, or a link to them; `token` keeps together what one form has sent."""

    token = HiddenField(validators=[Length(max=36)])
    files = MultipleFileField(_l("Berkas"))
    link = TextField(_l("Tautan"), limit=1000)
    caption = TextField(_l("Keterangan tautan"))
