"""Reading and changing what the office sets. Values are cached per process until one of them changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, g
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from kbpartners.audit import service as audit
from kbpartners.db import db, fetch
from kbpartners.errors import Conflict, FieldConflict, Invalid, NotFound
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
    "agreement_warning_days": 180,
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
        saved = {row.key: row.value for row in fetch(select(Setting.key, Setting.value))}
        g.settings = DEFAULTS | saved
    return g.settings


def value(key: str) -> Any:
    """One setting. Raises KeyError for a name that does not exist."""
    return all_values()[key]


def office() -> Office:
    """The office for the page's head. An empty database (before `flask init`) shows the defaults."""
    values = _cached_office()
    return Office(values["office_name"], values["office_short"], values["office_place"], values["office_whatsapp"])


def kept(key: str) -> Any:
    """One setting that many pages need, from what a process keeps for a minute (its own change shows at once)."""
    values = _cached_office()
    return values.get(key, DEFAULTS[key])


def _cached_office() -> dict[str, Any]:
    # Four words that every page shows and that change once in years: kept per process for a minute.
    import time

    cache: dict[str, Any] = current_app.extensions.setdefault("kb_office", {})
    if cache.get("until", 0) < time.monotonic():
        try:
            cache.update(values=dict(all_values()), until=time.monotonic() + 60)
        except SQLAlchemyError:  # before `flask init`, or the database is away: the page that says so needs a head, too
            db.session.rollback()
            return cache.get("values", DEFAULTS)
    return cache["values"]


LABELS = {
    "office_name": "Nama kantor",
    "office_short": "Nama pendek",
    "office_place": "Kota",
    "office_whatsapp": "WhatsApp sekretariat",
    "provinces": "Provinsi",
    "evidence_limit_mb": "Batas bukti dukung (MB)",
    "late_word": "Kata untuk terlambat",
    "agreement_warning_days": "Kerja sama akan berakhir (hari)",
}


def version() -> int:
    """A number that grows with every change of a setting (for the edit form)."""
    return db.session.execute(select(func.coalesce(func.sum(Setting.version), 0))).scalar_one()


def change(who: Identity | None, values: dict[str, Any], *, seen: int | None = None) -> None:
    """Save several settings and say in the log what changed.

    `seen` is the `version()` of the form; Conflict is raised if somebody saved since, KeyError for unknown names.
    """
    before = dict(all_values())
    if seen is not None and seen != version():
        rows = [FieldConflict(LABELS[key], str(before[key]), str(new)) for key, new in values.items()]
        raise Conflict(rows, version())
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
        f"{who.name if who else 'Sistem'} mengubah pengaturan kantor.",
        snapshot=dict(all_values()),
        changes=[(LABELS[key], str(before[key]), str(new)) for key, new in values.items()],
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


def letterheads() -> list[Letterhead]:
    """Every kop, the latest first."""
    return list(db.session.execute(select(Letterhead).order_by(Letterhead.valid_from.desc())).scalars())


def signatories() -> list[Signatory]:
    """Every signatory, the latest first."""
    query = select(Signatory).order_by(Signatory.valid_from.desc(), Signatory.id.desc())
    return list(db.session.execute(query).scalars())


Dated = Letterhead | Signatory

_WORDS: dict[type[Any], tuple[str, dict[str, str]]] = {
    Letterhead: (
        "kop surat",
        {"valid_from": "Berlaku mulai", "ministry": "Baris kementerian", "office": "Nama kantor", "address": "Alamat"},
    ),
    Signatory: (
        "penandatangan",
        {
            "valid_from": "Berlaku mulai",
            "position": "Jabatan",
            "capacity": "Sebutan",
            "name": "Nama",
            "rank": "Pangkat",
            "id_kind": "Jenis nomor",
            "id_number": "NIP/NRP",
            "place": "Kota",
        },
    ),
}


def dated(kind: type[Dated], record_id: int) -> Dated:
    """A letterhead or signatory by id. Raises NotFound."""
    record: Any = db.session.get(kind, record_id)
    if record is None:
        raise NotFound()
    return record  # type: ignore[no-any-return]


def save_dated(
    kind: type[Dated], values: dict[str, Any], *, who: Identity, record_id: int | None = None, seen: int | None = None
) -> int:
    """Make or change a letterhead or a signatory (`kind`). `seen` is the version that the form was opened with.

    Raises Conflict if somebody saved since, Invalid where another letterhead begins on the same day. Returns the id.
    """
    noun, labels = _WORDS[kind]
    record: Any = kind() if record_id is None else _locked(kind, record_id)
    before = {key: _text(getattr(record, key, None)) for key in labels}
    if record_id is not None and record.version != seen:
        rows = [FieldConflict(labels[key], before[key], _text(values.get(key))) for key in labels]
        raise Conflict(rows, record.version)
    try:
        with db.session.begin_nested():
            for key in labels:
                setattr(record, key, values[key])
            if record_id is None:
                db.session.add(record)
            else:
                record.version += 1
    except IntegrityError as error:
        raise Invalid(_("Sudah ada kop surat yang mulai berlaku pada tanggal itu."), "valid_from") from error
    after = {key: _text(getattr(record, key)) for key in labels}
    audit.record(
        who,
        "setting",
        record.id,
        f"{who.name} {'menambahkan' if record_id is None else 'mengubah'} {noun} yang berlaku mulai "
        f"{record.valid_from.strftime('%d/%m/%Y')}.",
        snapshot={"kind": kind.__tablename__, **after},
        changes=[(labels[key], before[key], after[key]) for key in labels],
    )
    return record.id


def _locked(kind: type[Dated], record_id: int) -> Dated:
    record: Any = db.session.get(kind, record_id, with_for_update=True, populate_existing=True)
    if record is None:
        raise NotFound()
    return record  # type: ignore[no-any-return]


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def check() -> list[str]:
    """What `doctor` says about the settings."""
    return (
        [] if value("provinces") else ["provinsi kantor belum diatur; jalankan: flask --app app init --provinsi KODE"]
    )
