"""Pieces of pages that are the same again and again: each is drawn once for each thing it says, and kept.

The key is everything that goes into the piece, and the language. So nothing has to be thrown away when something
changes: a commitment that has changed is another row, and another row is another line. Nothing personal may go in, and
no CSRF token.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from kbpartners import formats

MOST = 2048
"""Pieces that a process keeps, about 1 kB each; the least recently used one makes room."""

CSRF = Markup("<csrf>")
"""Stands in a kept piece where the person's token is put in. No text of a user can stand there: it would be escaped."""


def fragment(template: str, macro: str, *arguments: Hashable) -> Markup:
    """A macro of a template with values that cannot change (NamedTuples, dates, words): drawn once, then looked up.

    Where `CSRF` is among the values, its place takes the token of the person at hand.
    """
    found = _drawn(template, macro, formats.language(), *arguments)
    return found.replace(CSRF, generate_csrf()) if CSRF in arguments else found


def piece(template: str, macro: str, *arguments: Any) -> Markup:
    """A macro drawn anew each time: what few people look at twice is not worth keeping."""
    return Markup(getattr(current_app.jinja_env.get_template(template).module, macro)(*arguments))  # noqa: S704


def init_app(app: Flask) -> None:
    """Offer it to every template."""
    app.jinja_env.globals.update(fragment=fragment, csrf_place=CSRF)


@lru_cache(maxsize=MOST)
def _drawn(template: str, macro: str, language: str, *arguments: Hashable) -> Markup:
    return piece(template, macro, *arguments)
