"""The test bench: one application, a fresh database for every test (SQLite, or PostgreSQL with
KBPARTNERS_TEST_DB=postgresql), the permanent cast, and a client that checks every page it loads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import create_engine, event, text

from kbpartners import create_app, schema
from kbpartners.config import Config
from kbpartners.db import db
from kbpartners.security import Identity
from tests.cast import Cast, build_cast
from tests.htmlclient import HtmlClient
from tests.postgres import Restorer

POSTGRES = os.environ.get("KBPARTNERS_TEST_DB") == "postgresql"

# What never asks a database is tested once.
collect_ignore = (
    [
        "test_architecture.py",
        "test_server.py",
        "test_weight.py",
        "attachments/test_inspection.py",
        "imports/test_kampung_rows.py",
        "imports/test_workbook.py",
        "regions/test_names.py",
        "reports/test_csv.py",
        "reports/test_docx.py",
        "reports/test_pdf.py",
        "reports/test_sheet.py",
        "reports/test_xlsx.py",
        "unit/test_macros.py",
        "unit/test_translations.py",
    ]
    if POSTGRES
    else []
)
TODAY = date(2026, 6, 10)
"""The day on which every test happens unless it asks for another."""


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database URL with {} for the name: files in a folder, or a PostgreSQL server started from its wheel."""
    if not POSTGRES:
        yield f"sqlite:///{tmp_path_factory.mktemp('db')}/{{}}.db"
        return
    from tests.postgres import running_server

    with running_server(tmp_path_factory.mktemp("pg")) as url:
        yield url


def _app(url: str, folder: Path) -> Flask:
    return create_app(
        Config(
            database_url=url,
            secret_key="kunci-untuk-uji-" + "x" * 32,
            data_dir=folder / "files",
            base_url="http://localhost",
            today=TODAY,
            testing=True,
        )
    )


@pytest.fixture(scope="session")
def template(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Cast]:
    """A migrated database with the cast in it, copied for each test."""
    name = "template"
    if POSTGRES:
        _admin(server_url, "CREATE DATABASE template")
    app = _app(server_url.format(name), tmp_path_factory.mktemp("template"))
    with app.app_context():
        schema.upgrade()
        g.will_write = True
        cast = build_cast()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()  # closing the last connection also empties SQLite's write-ahead log into the file
    return name, cast


def _admin(server_url: str, sql: str) -> None:
    engine = create_engine(server_url.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(sql))
    engine.dispose()


@pytest.fixture(scope="session")
def shared_app(server_url: str, template: tuple[str, Cast], tmp_path_factory: pytest.TempPathFactory) -> Flask:
    if POSTGRES:
        _admin(server_url, "CREATE DATABASE work TEMPLATE template")
    return _app(server_url.format("work"), tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="session")
def restore(shared_app: Flask, server_url: str) -> Callable[[], None]:
    """What brings the database back to the template: a copied file, or (a new PostgreSQL database takes half a second)
    emptied tables with the cast's rows put back."""
    if POSTGRES:
        with shared_app.app_context():
            return Restorer(db.engine)
    base = Path(server_url.removeprefix("sqlite:///")).parent

    def copy() -> None:
        for leftover in base.glob("work.db*"):
            leftover.unlink()
        shutil.copyfile(base / "template.db", base / "work.db")

    return copy


@pytest.fixture
def app(shared_app: Flask, restore: Callable[[], None]) -> Iterator[Flask]:
    """The application on a fresh copy of the template, with nothing left of the test before."""
    restore()
    original = shared_app.config["KB"]
    shared_app.extensions.pop("kb_office", None)
    yield shared_app
    shared_app.config["KB"] = original
    with shared_app.app_context():
        db.session.remove()
        db.engine.dispose()
    shutil.rmtree(original.data_dir, ignore_errors=True)


@pytest.fixture
def cast(template: tuple[str, Cast]) -> Cast:
    """Ids of the permanent cast: units, regions, people."""
    return template[1]


@pytest.fixture
def ctx(app: Flask) -> Iterator[None]:
    """An application context that may write; commit yourself where a client has to see it (`commit()`)."""
    with app.app_context():
        g.will_write = True
        yield
        db.session.rollback()


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    """Do something through services and commit it."""
    with app.app_context():
        g.will_write = True
        yield
        db.session.commit()
        db.session.remove()


@pytest.fixture
def write(app: Flask) -> Any:
    """`with write():` runs services in a committed transaction of its own."""
    return lambda: writing(app)


@pytest.fixture
def who(app: Flask, cast: Cast) -> Any:
    """`who("tni")` is the Identity of a member of the cast (inside an application context)."""
    from kbpartners.accounts.service import identity_for

    def identity(name: str) -> Identity:
        person = identity_for(cast.users[name])
        assert person is not None
        return person

    return identity


@pytest.fixture
def client(app: Flask) -> HtmlClient:
    """An anonymous browser that checks every page."""
    return HtmlClient(app)


@pytest.fixture
def sign_in(app: Flask, cast: Cast) -> Any:
    """`sign_in("tni")` is a browser that is signed in as that member of the cast."""

    def enter(name: str) -> HtmlClient:
        browser = HtmlClient(app)
        browser.enter(cast.users[name])
        return browser

    return enter


@pytest.fixture
def on_day(app: Flask) -> Any:
    """`on_day(date(2017, 3, 7))` moves the pretended date for the rest of the test."""

    def move(day: date) -> None:
        app.config["KB"] = replace(app.config["KB"], today=day)

    return move


@pytest.fixture
def count_queries(app: Flask) -> Any:
    """`with count_queries() as seen: …` collects the SQL statements of the block (transaction control aside)."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA")):
                seen.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting
