"""The database: declarative base, types that behave alike on SQLite and PostgreSQL, one transaction per request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, g, has_app_context, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Executable, MetaData, String, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, MultipleResultsFound
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import TypeDecorator

Command = TypeVar("Command", bound=Callable[..., Any])

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: stored in UTC, read back in UTC. SQLite drops the zone, PostgreSQL answers in that of its session."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Names every constraint, so that a violated one can be turned into a message on its field."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: UtcDateTime()})


def code_column(length: int) -> String:
    """Codes and tree paths: in byte order, so that PostgreSQL uses an index for a prefix range as SQLite does."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Versioned:
    """Optimistic locking: an edit form carries `version`, and a second writer is refused instead of overwriting."""

    version: Mapped[int] = mapped_column(default=1, server_default="1")


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


# --- both databases begin alike -----------------------------------------------------------------------------------


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions: savepoints and BEGIN IMMEDIATE need it
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 15000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # Read-then-write inside a deferred transaction fails at once in WAL mode, whatever the busy timeout says,
    # as soon as another writer came between. So whoever is going to write takes the lock first.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if has_app_context() and g.get("will_write") else "BEGIN")


def _begin_postgresql(connection: Any) -> None:
    # A GET never writes, and here the database sees to it. It may then end with COMMIT: psycopg forgets the statements
    # that it has prepared at every ROLLBACK, and planning them anew takes longer than running them.
    connection.connection.driver_connection.read_only = _only_reads()


def _only_reads() -> bool:
    return has_request_context() and not g.get("will_write", True)


def watch_engine(engine: Engine) -> None:
    """Give an engine what is said above."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def begin_write() -> None:
    """Start the writing transaction now, dropping what was only read so far.

    For the few requests that do slow work first (a password hash, a photo): nothing read before may feed the write.
    """
    _end_reading()
    g.will_write = True


@contextmanager
def own_transaction() -> Iterator[Any]:
    """A short transaction of its own on another connection: it stands even if the request is rolled back.

    The request must hold no write lock at that moment (SQLite has one writer).
    """
    _end_reading()
    before, g.will_write = g.get("will_write", False), True
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        g.will_write = before


# --- columns instead of entities ---------------------------------------------------------------------------------


def run(statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None) -> Any:
    """Run a statement over columns or tables in the request's transaction and return its result.

    It goes past the part of the session that makes entities, of which columns have no need: half the time of a small
    statement. What the session has not written yet is written first, as the session itself would do.
    """
    session = db.session()
    if session.new or session.dirty or session.deleted:
        session.flush()
    return session.connection().execute(statement, values or {})


def fetch(statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """All rows of a statement that selects columns (see `run`)."""
    return run(statement, values).all()


def fetch_one(statement: Executable, values: Mapping[str, Any] | None = None) -> Any | None:
    """The only row of such a statement; None without one. Raises MultipleResultsFound if there are more."""
    found = fetch(statement, values)
    if len(found) > 1:
        raise MultipleResultsFound("more than one row where one was expected")
    return found[0] if found else None


# --- one transaction per request ---------------------------------------------------------------------------------


def late_lock(view: Any) -> Any:
    """Mark a view that calls `begin_write` itself, after slow work, instead of holding the lock from the start."""
    view.late_lock = True
    return view


def init_app(app: Flask) -> None:
    """Bind the database and commit in the one place where it is known whether the answer is a success."""
    db.init_app(app)
    with app.app_context():
        watch_engine(db.engine)

    @app.before_request
    def intend() -> None:
        view = app.view_functions.get(request.endpoint or "")
        g.will_write = request.method not in {"GET", "HEAD", "OPTIONS"} and not getattr(view, "late_lock", False)

    @app.after_request
    def finish(response: Response) -> Response:
        # Error pages come through here too: only a successful unsafe request is kept. A GET never writes; its session
        # is thrown away with the request.
        if _only_reads():
            _end_reading()
        elif g.get("will_write"):
            if 200 <= response.status_code < 400:
                db.session.commit()
            else:
                db.session.rollback()
        return response


def _end_reading() -> None:
    """End a transaction that only read; on PostgreSQL with COMMIT (see `_begin_postgresql`)."""
    session = db.session()
    touched = session.new or session.dirty or session.deleted
    if db.engine.dialect.name == "postgresql" and _only_reads() and session.in_transaction() and not touched:
        session.commit()
    else:
        session.rollback()


def writing_command(function: Command) -> Command:
    """Make a command one transaction: the write lock first, a commit after success, nothing kept after a failure.

    Put it under the command decorator. What goes wrong is told in one line on stderr, with exit code 1.
    """
    from click import ClickException
    from click.exceptions import Exit

    from kbpartners.errors import DomainError

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        g.will_write = True
        try:
            result = function(*args, **kwargs)
            db.session.commit()
        except (ClickException, Exit):
            db.session.rollback()
            raise
        except DomainError as error:
            db.session.rollback()
            raise ClickException(error.message or "tidak ditemukan") from error
        except Exception as error:
            db.session.rollback()
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ClickException(f"{type(error).__name__}: {first}") from error
        return result

    return run  # type: ignore[return-value]


# --- constraint → field ------------------------------------------------------------------------------------------

_SQLITE_COLUMNS = re.compile(r"UNIQUE constraint failed: (?P<columns>[\w., ]+)")
_SQLITE_INDEX = re.compile(r"constraint failed: (?:index ')?(?P<name>\w+)'?")


def violated(error: IntegrityError) -> tuple[str, str]:
    """The (constraint, column) that an IntegrityError is about, alike on both databases.

    SQLite names the columns of a UNIQUE and not the constraint, PostgreSQL names the constraint: the naming
    convention leads from one to the other. The column is the constraint's last one; both are "" if unknown.
    """
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        name = diagnostics.constraint_name or ""
        return name, _last_column(name, diagnostics.table_name or "")
    text = str(error.orig)
    if match := _SQLITE_COLUMNS.search(text):
        columns = [c.strip().rpartition(".") for c in match["columns"].split(",")]
        name = f"uq_{columns[0][0]}_{'_'.join(c[2] for c in columns)}"
        return name, columns[-1][2]
    if match := _SQLITE_INDEX.search(text):
        return match["name"], ""
    return "", ""


def _last_column(constraint: str, table: str) -> str:
    known = Base.metadata.tables.get(table)
    if known is None:
        return ""
    names = [c.name for c in known.columns if constraint.endswith(f"_{c.name}")]
    return max(names, key=len, default="")
