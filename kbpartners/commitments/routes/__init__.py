"""`/komitmen`: the list (`lists`), one commitment and the reports on it (`page`, `reports`), its forms (`records`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app
from markupsafe import Markup

from kbpartners import formats
from kbpartners.errors import NotFound

bp = Blueprint("commitments", __name__)


@bp.url_value_preprocessor
def bounded(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """An id beyond what the databases can hold names nothing."""
    if any(isinstance(value, int) and value > 2**31 - 1 for value in (values or {}).values()):
        raise NotFound()


@bp.app_template_filter("achieved")
def achieved(hundredths: int | None) -> Markup:
    """The bar of an achievement; drawn once for each value, because a list shows the same few again and again."""
    return _bar(hundredths, formats._locale())


@lru_cache(maxsize=4096)
def _bar(hundredths: int | None, locale: str) -> Markup:
    ui: Any = current_app.jinja_env.globals["ui"]
    return ui.progress(None if hundredths is None else hundredths / 100)


from kbpartners.commitments.routes import lists, page, records, reports  # noqa: E402, F401
