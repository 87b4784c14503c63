"""A row of the list as it is drawn. Its pieces are drawn once and kept: a page shows the same few states, bars and
dates again and again, and the next page does, too.

The locale is part of every key, and is asked for once a page: asking costs more than everything else in a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup

from kbpartners import formats
from kbpartners.commitments.service import Row
from kbpartners.commitments.service.facts import meeting_label
from kbpartners.formats import State
from kbpartners.regions.models import PROVINCE


class Drawn(NamedTuple):
    """The cells of one row, in the order of the table."""

    id: int
    title: str
    code: str
    source: str
    is_example: bool
    organization: str
    place: str
    badges: Markup
    due: str
    is_late: bool
    bar: Markup
    last_report: str


def drawn(rows: Iterable[Row], today: date) -> list[Drawn]:
    """The rows of a page."""
    locale = formats.language()
    return [
        Drawn(
            row.id,
            row.title,
            row.code,
            _source(row.meeting_kind, row.held_on, locale),
            row.is_example,
            row.organization,
            _province(locale) if row.region_level == PROVINCE else row.region,
            _badges(row.states(today), locale),
            formats.date_short(row.due_on),
            row.is_late(today),
            _bar(row.achievement, locale),
            _last_report(row.last_report_on, today, locale),
        )
        for row in rows
    ]


@lru_cache(maxsize=8)
def _province(locale: str) -> str:
    return formats.word("level", PROVINCE)


@lru_cache(maxsize=1024)
def _source(kind: str | None, held_on: date | None, locale: str) -> str:
    return meeting_label(kind, held_on)


@lru_cache(maxsize=4096)
def _badges(states: Sequence[State], locale: str) -> Markup:
    """The badges of a commitment below one another."""
    ui: Any = current_app.jinja_env.globals["ui"]
    return Markup("<br>").join(ui.badge(formats.badge(state)) for state in states)


@lru_cache(maxsize=4096)
def _bar(hundredths: int | None, locale: str) -> Markup:
    """The bar of an achievement (None: "Belum dilaporkan")."""
    ui: Any = current_app.jinja_env.globals["ui"]
    return ui.progress(None if hundredths is None else hundredths / 100)


@lru_cache(maxsize=4096)
def _last_report(day: date | None, today: date, locale: str) -> str:
    """ "kemarin", "3 hari lalu", the date; "belum pernah" without a report."""
    return formats.ago(day, today) if day else _("belum pernah")


@lru_cache(maxsize=256)
def options(choices: tuple[tuple[int, str], ...], chosen: int | None) -> Markup:
    """The options of a long select."""
    one, selected = Markup('<option value="{}"{}>{}</option>'), Markup(" selected")
    return Markup("").join(one.format(id_, selected if id_ == chosen else "", name) for id_, name in choices)
