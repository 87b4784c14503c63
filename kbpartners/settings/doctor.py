"""Looking for what is wrong: every feature's own check, the database, the disk, the key."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from kbpartners import schema
from kbpartners.config import Config, ConfigError
from kbpartners.db import db
from kbpartners.features import BLUEPRINTS
from kbpartners.help.service import disk_free_mb

LEAST_FREE_MB = 500


def examine() -> list[str]:
    """Every problem as one Indonesian line; an empty list means healthy."""
    problems = [*_machine()]
    try:
        problems += _database()
    except SQLAlchemyError as error:
        return [*problems, f"basis data tidak dapat dibaca: {str(error.__cause__ or error).splitlines()[0]}"]
    if problems and problems[-1].startswith("skema"):
        return problems  # the features' own questions need today's tables
    for name in BLUEPRINTS:
        problems += _feature(name, f"kbpartners.{name}.service")
    return problems + _feature("hitungan", "kbpartners.scopes")


def _feature(name: str, module: str) -> list[str]:
    if find_spec(module) is None:
        return []
    check = getattr(import_module(module), "check", None)
    if check is None:
        return []
    try:
        return [f"{name}: {line}" for line in check()]
    except Exception as error:
        db.session.rollback()
        return [f"{name}: pemeriksaan gagal: {type(error).__name__}: {error}".splitlines()[0]]


def _database() -> list[str]:
    problems = []
    with db.engine.connect() as connection:
        present = schema.revision(connection)
        newest = schema.newest()
        if connection.dialect.name == "sqlite":
            answers = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            problems += [f"basis data rusak: {line}" for line in answers if line != "ok"][:5]
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            problems += [f"rujukan putus di tabel {row[0]} baris {row[1]} ke {row[2]}" for row in broken[:5]]
    if present != newest:
        problems.append(f"skema basis data {present or 'kosong'}, seharusnya {newest}; jalankan: flask --app app init")
    return problems


def _machine() -> list[str]:
    problems = []
    settings: Config = current_app.config["KB"]
    if (free := disk_free_mb()) < LEAST_FREE_MB:
        problems.append(f"ruang simpan tinggal {free} MB")
    try:
        settings.check()
    except ConfigError as error:
        problems.append(str(error))
    if len(settings.secret_key) < 32:
        problems.append("KBPARTNERS_SECRET_KEY terlalu pendek (paling sedikit 32 huruf)")
    return problems
