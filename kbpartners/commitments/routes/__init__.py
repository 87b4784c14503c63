"""`/komitmen`: the list (`lists`), one commitment and the reports on it (`page`, `reports`), its forms (`records`),
many at once (`bulk`, `spreading`)."""

from __future__ import annotations

from flask import Blueprint

from kbpartners.attachments.uploads import take_files

bp = Blueprint("commitments", __name__)
take_files(bp, "send", "add_evidence")

from kbpartners.commitments.routes import bulk, lists, page, records, reports, spreading  # noqa: E402, F401
