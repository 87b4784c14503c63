"""`/tindak-lanjut`: the list (`lists`), the forms of a follow-up (`records`), its page and its update log (`log`)."""

from __future__ import annotations

from flask import Blueprint

from kbpartners.attachments.uploads import take_files

bp = Blueprint("followups", __name__)
take_files(bp, "send", "add_evidence")

ID = "<int:followup_id>"

from kbpartners.followups.routes import lists, log, records  # noqa: E402, F401
