"""An office that has worked for years gets the tables of agreements and keeps everything it has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import CheckConstraint, Connection, MetaData, Table, inspect, text
from sqlalchemy.exc import IntegrityError

from kbpartners import create_app, schema
from kbpartners.config import Config
from kbpartners.db import Base, db
from tests.conftest import POSTGRES, _admin

NEW = ("agreements", "agreement_scopes", "agreement_parties", "agreement_clauses", "commitments", "attachments")


@pytest.fixture
def old_office(server_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A database as the version before left it, with one commitment and one file of a meeting."""
    import flask_migrate

    if POSTGRES:
        _admin(server_url, "CREATE DATABASE lama")
    url = server_url.format("lama") if POSTGRES else f"sqlite:///{tmp_path}/lama.db"
    app = create_app(Config(database_url=url, secret_key="k" * 40, data_dir=tmp_path, testing=True))
    with app.app_context():
        schema._bind(app)
        flask_migrate.upgrade(schema.MIGRATIONS, "0003")
        with db.engine.begin() as connection:
            for name, values in OLD_ROWS:
                insert_row(connection, name, values)
        yield app
        db.session.remove()
        db.engine.dispose()
    if POSTGRES:
        _admin(server_url, "DROP DATABASE lama")


OLD_ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("regions", {"id": 1, "code": "16", "name": "Sumsel", "level": 1}),
    ("organizations", {"id": 1, "name": "Kodam", "category": "tni", "path": "/1/"}),
    ("users", {"id": 1, "name": "Rina", "email": "rina@contoh.id"}),
    ("meetings", {"id": 1, "title": "Rapat", "kind": "rakorda"}),
    ("commitments", {"id": 7, "title": "Lama", "organization_id": 1, "region_id": 1, "status": "active"}),
    ("attachments", {"id": 3, "meeting_id": 1, "filename": "undangan.pdf", "storage_key": "x", "uploaded_by_id": 1}),
)


def insert_row(connection: Connection, name: str, values: dict[str, Any]) -> None:
    """A row of a table as it is there, with something plain in every column that must not be empty."""
    table = Table(name, MetaData(), autoload_with=connection)
    plain = {str: "", int: 0, bool: False, date: date(2026, 1, 1), datetime: datetime(2026, 1, 1, tzinfo=UTC)}
    needed = {c.name: plain[c.type.python_type] for c in table.columns if not c.nullable and c.name != "id"}
    connection.execute(table.insert().values({**needed, **values}))


def test_old_records_stay_and_cite_nothing(old_office: Flask) -> None:
    schema.upgrade()
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT title, clause_id FROM commitments WHERE id = 7")).one() == ("Lama", None)
        found = connection.execute(text("SELECT filename, meeting_id, agreement_id FROM attachments")).all()
    assert [tuple(row) for row in found] == [("undangan.pdf", 1, None)]


WRONG = (
    "UPDATE commitments SET clause_id = 99",
    "UPDATE attachments SET agreement_id = 99, meeting_id = NULL",
    "UPDATE attachments SET agreement_id = 1",
    "UPDATE agreements SET parent_id = 1",
    "UPDATE agreements SET starts_on = '2026-02-01', ends_on = '2026-01-31'",
)


def test_the_rules_hold_in_a_database_that_was_brought_up_to_date(old_office: Flask) -> None:
    schema.upgrade()
    with db.engine.begin() as connection:
        insert_row(connection, "agreements", {"id": 1, "kind": "pks", "title": "Naskah"})
    for wrong in WRONG:
        with pytest.raises(IntegrityError), db.engine.begin() as connection:
            connection.execute(text(wrong))


def test_the_migrated_tables_are_those_of_the_models(app: Flask) -> None:
    with app.app_context():
        found = inspect(db.engine)
        for name in NEW:
            table = Base.metadata.tables[name]
            assert {c["name"]: c["nullable"] for c in found.get_columns(name)} == {
                c.name: bool(c.nullable) for c in table.columns
            }
            named = {index["name"] for index in found.get_indexes(name) if not index.get("duplicates_constraint")}
            assert named == {index.name for index in table.indexes}, name
            keys = {(key["constrained_columns"][0], key["referred_table"]) for key in found.get_foreign_keys(name)}
            assert keys == {(c.parent.name, c.column.table.name) for c in table.foreign_keys}, name
            checks = {check["name"] for check in found.get_check_constraints(name)}
            assert checks == {c.name for c in table.constraints if isinstance(c, CheckConstraint)}, name
