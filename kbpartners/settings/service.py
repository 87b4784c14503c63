"""Reading and changing what the office sets. Values are cached per process until one of them changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, g
from sqlalchemy import select

from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.security import Identity
from kbpartners.settings.models import Letterhead, Setting, Signatory

DEFAULTS: dict[str, Any] = {
    "office_name": "Perwakilan BKKBN",
    "office_short": "BKKBN",
    "office_place": "",
    "office_whatsapp": "",
    "provinces": [],
    "evidence_limit_mb": 10,
    "late_word": "Terlambat",
}


@dataclass(frozen=True)
class Office:
    """The office as pages name it."""

    name: str
    short: str
    place: str
    whatsapp: str


def all_values() -> dict[str, Any]:
    """Every setting, defaults filled in; read once a request."""
    if "settings" not in g:
        saved = {row.key: row.value for row in db.session.execute(select(Setting.key, Setting.value))}
        g.settings = DEFAULTS | saved
    return g.settings


def value(key: str) -> Any:
    """One setting. Raises KeyError for a name that does not exist."""
    return all_values()[key]


def office() -> Office:
    """The office for the page's head. An empty database (before `flask init`) shows the defaults."""
    values = _cached_office()
    return Office(values["office_name"], values["office_short"], values["office_place"], values["office_whatsapp"])


def _cached_office() -> dict[str, Any]:
    # Four words that every page shows and that change once in years: kept per process for a minute.
    import time

    cache: dict[str, Any] = current_app.extensions.setdefault("kb_office", {})
    if cache.get("until", 0) < time.monotonic():
        cache.update(values=dict(all_values()), until=time.monotonic() + 60)
    return cache["values"]


def change(who: Identity | None, values: dict[str, Any]) -> None:
    """Save several settings and say in the log what changed."""
    before = dict(all_values())
    for key, new in values.items():
        if key not in DEFAULTS:
            raise KeyError(key)
        row = db.session.get(Setting, key)
        if row is None:
            db.session.add(Setting(key=key, value=new))
        else:
            row.value, row.version = new, row.version + 1
    db.session.flush()
    g.pop("settings", None)
    current_app.extensions.pop("kb_office", None)
    audit.record(
        who,
        "setting",
        0,
        f"{who.name if who else 'Sistem'} mengubah pengaturan.",
        changes=[(key, str(before[key]), str(new)) for key, new in values.items()],
    )


def letterhead(day: date) -> Letterhead | None:
    """The kop in force on a day."""
    return db.session.execute(
        select(Letterhead).where(Letterhead.valid_from <= day).order_by(Letterhead.valid_from.desc()).limit(1)
    ).scalar_one_or_none()


def signatory(day: date) -> Signatory | None:
    """Who signs on a day."""
    return db.session.execute(
        select(Signatory)
        .where(Signatory.valid_from <= day)
        .order_by(Signatory.valid_from.desc(), Signatory.id.desc())
        .limit(1)
    ).scalar_one_or_none()
