"""`/komitmen`: the list (`lists`), one commitment and the reports on it (`page`, `reports`), its forms (`records`)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from kbpartners.attachments.uploads import accept_files
from kbpartners.errors import NotFound

bp = Blueprint("commitments", __name__)


@bp.url_value_preprocessor
def prepare(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """An id beyond what the databases can hold names nothing; reports come with several files."""
    if endpoint in ("commitments.send", "commitments.add_evidence"):
        accept_files()
    if any(isinstance(value, int) and value > 2**31 - 1 for value in (values or {}).values()):
        raise NotFound()


from kbpartners.commitments.routes import lists, page, records, reports  # noqa: E402, F401
