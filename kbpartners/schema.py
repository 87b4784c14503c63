"""The schema of the database: where it stands, and up to today's. Alembic is loaded only where somebody asks."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import Connection, text

from kbpartners.db import Base, db

MIGRATIONS = str(Path(__file__).parent / "migrations")


def upgrade() -> None:
    """Migrate the database up to today's tables; nothing happens where they are there already."""
    import flask_migrate

    _bind(current_app._get_current_object())  # type: ignore[attr-defined]
    flask_migrate.upgrade(MIGRATIONS)


def revision(connection: Connection) -> str:
    """The migration at which this database stands; "" for one without tables."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision() or ""


def newest() -> str:
    """The last migration of this version of the product."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(MIGRATIONS).get_current_head() or ""


def reset_sequences(connection: Connection) -> None:
    """After rows were written with their ids: let PostgreSQL number on behind them (SQLite does so by itself)."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        if "id" in table.c and table.c.id.autoincrement:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608 (our own table names)
                    f"coalesce(max(id), 1), max(id) IS NOT NULL) FROM {table.name}"
                )
            )


def for_developers() -> Flask:
    """The application with Flask-Migrate's commands: `flask --app kbpartners.schema:for_developers db migrate`."""
    from kbpartners import create_app

    app = create_app()
    _bind(app)
    return app


def _bind(app: Flask) -> None:
    from flask_migrate import Migrate

    if "migrate" not in app.extensions:
        Migrate(app, db, directory=MIGRATIONS, render_as_batch=True)
