"""`/kerja-sama`: the list (lists), a document's page (page), its forms (records), renewing and ending it (steps)."""

from __future__ import annotations

from flask import Blueprint

from kbpartners.attachments.uploads import take_files

bp = Blueprint("agreements", __name__)
take_files(bp, "add_files")

from kbpartners.agreements.routes import lists, page, records, steps  # noqa: E402

__all__ = ["bp", "lists", "page", "records", "steps"]
