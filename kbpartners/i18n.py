"""Languages: the source texts are Indonesian; English comes from the catalogue in `translations/`."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, has_request_context, request
from flask_babel import gettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from kbpartners import formats
from kbpartners.extensions import babel
from kbpartners.security import me

LOCALES = ("id", "en")
_FOLDER = Path(__file__).parent / "translations"


def compile_catalogues() -> None:
    """Compile each .po whose .mo is missing or older (milliseconds; a fresh clone has none)."""
    for po in _FOLDER.glob("*/LC_MESSAGES/messages.po"):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            with po.open("rb") as source:
                catalogue = read_po(source, locale=po.parts[-3])
            scratch = mo.with_suffix(f".{os.getpid()}.tmp")  # several processes may start at once
            with scratch.open("wb") as target:
                write_mo(target, catalogue)
            scratch.replace(mo)


def choose_locale() -> str:
    """The person's own choice, then the sign-in page's cookie; Indonesian whatever the browser says."""
    if not has_request_context():
        return "id"  # commands and jobs; what goes to one person asks for their language itself
    person = me()
    wanted = person.locale if person else request.cookies.get("bahasa", "")
    return wanted if wanted in LOCALES else "id"


def init_app(app: Flask) -> None:
    """Bind Flask-Babel."""
    compile_catalogues()
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_FOLDER)
    babel.init_app(
        app, default_locale="id", default_timezone=app.config["KB"].timezone.key, locale_selector=choose_locale
    )
    app.jinja_env.globals.update(gettext=translate, _=translate)


@pass_eval_context
def translate(context: EvalContext, text: str, **variables: object) -> str:
    """`_("…")` of the templates: a text is looked up once a process instead of once a row."""
    words = _translated(text, formats.language(), context.autoescape)
    return words % variables if variables else words


@lru_cache(maxsize=8192)
def _translated(text: str, language: str, markup: bool) -> str:
    words = gettext(text)  # in the request's language, which is `language`
    return Markup(words) if markup else words  # noqa: S704  # our own words; variables are escaped by %
