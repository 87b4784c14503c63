"""`/tindak-lanjut`: the list (`lists`), the forms of a follow-up (`records`), its page and its update log (`log`)."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("followups", __name__)

ID = "<int(max=2147483647):followup_id>"
"""An id in an address; beyond what the databases can hold there is no such page."""

from kbpartners.followups.routes import lists, log, records  # noqa: E402, F401
