"""A row of the list as it is drawn. What repeats from row to row and page to page is drawn once and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup

from kbpartners import formats
from kbpartners.followups.models import NOT_FEASIBLE, TRANSFERRED, states_of
from kbpartners.followups.service.listing import Row
from kbpartners.formats import State


class Drawn(NamedTuple):
    """The cells of one row. `urgent` is the priority in words where it matters, `more` what stands below the badges."""

    id: int
    title: str
    code: str
    source: str
    urgent: str
    is_example: bool
    reason: str
    organization: str
    badges: Markup
    more: str
    due: str
    is_late: bool


def drawn(rows: Iterable[Row], today: date) -> list[Drawn]:
    """The rows of a page."""
    language = formats.language()
    return [
        Drawn(
            row.id,
            row.title,
            row.code,
            row.source,
            _urgent(row.priority, language),
            row.is_example,
            _short(row.reason) if row.status == NOT_FEASIBLE else "",
            row.organization,
            _badges(tuple(states_of(row, today)), language),
            _("ke %(code)s", code=formats.followup_code(row.transferred_to_id)) if row.transferred_to_id else "",
            "–" if row.status in (NOT_FEASIBLE, TRANSFERRED) else formats.date_short(row.due_on),
            row.is_open and row.due_on < today,
        )
        for row in rows
    ]


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


@lru_cache(maxsize=32)
def _urgent(priority: str, language: str) -> str:
    if priority not in ("high", "urgent"):
        return ""
    return _("prioritas %(word)s", word=formats.word("priority", priority).lower())


@lru_cache(maxsize=2048)
def _badges(states: Sequence[State], language: str) -> Markup:
    """The badges of a follow-up below one another."""
    ui: Any = current_app.jinja_env.globals["ui"]
    return Markup("<br>").join(ui.badge(formats.badge(state)) for state in states)
