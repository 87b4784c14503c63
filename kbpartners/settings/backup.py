"""Everything in one file: the database and the uploads, to be put back into SQLite or PostgreSQL.

From SQLite the file holds a consistent copy of the database (its online backup: nobody has to stop), from PostgreSQL
every table as JSON lines, read in one snapshot. Uploads are never changed once stored, so copying them after the
database loses none that a row names.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Engine,
    Table,
    Time,
    bindparam,
    create_engine,
    func,
    insert,
    select,
    update,
)

import kbpartners
from kbpartners import clock, schema
from kbpartners.db import Base, db, watch_engine
from kbpartners.errors import Invalid

FORMAT = 1
BATCH = 1000


def write(target: Path) -> dict[str, Any]:
    """Write the backup to `target` (replaced only when it is complete). Returns its manifest with counts."""
    engine, files = db.engine, _files()
    with tempfile.TemporaryDirectory(dir=target.absolute().parent) as scratch_name:
        scratch = Path(scratch_name)
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "version": kbpartners.__version__,
            "dialect": engine.dialect.name,
            "created_at": clock.now().isoformat(),
        }
        if engine.dialect.name == "sqlite":
            manifest["revision"] = _copy_sqlite(engine, scratch / "database.sqlite")
        else:
            manifest["revision"], manifest["rows"] = _dump(engine, scratch / "tables")
        manifest["files"] = sum(1 for path in files.rglob("*") if path.is_file()) if files.exists() else 0
        (scratch / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        part = scratch / "backup.part"
        with tarfile.open(part, "w:gz", compresslevel=6) as tar:
            for name in ("manifest.json", "database.sqlite", "tables"):
                if (scratch / name).exists():
                    tar.add(scratch / name, arcname=name)
            if files.exists():
                tar.add(files, arcname="files")
        part.chmod(0o600)  # it holds everything that anybody ever wrote
        part.replace(target)
    return manifest


def restore(source: Path, *, overwrite: bool = False) -> dict[str, Any]:
    """Put a backup back into the present database and the uploads folder. Returns its manifest.

    Raises Invalid for a file that is no backup, for a database with something in it unless `overwrite`, and for a
    backup of another version where the databases differ in kind.
    """
    files = _files()
    files.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=files.parent) as scratch_name:
        scratch = Path(scratch_name)
        manifest = _unpack(source, scratch)
        schema.upgrade()
        if not overwrite and _holds_something():
            raise Invalid("basis data tidak kosong; tambahkan --timpa untuk menggantinya")
        _put_back(scratch, manifest)
        _put_files_back(scratch / "files", files)
    return manifest


def _files() -> Path:
    folder: Path = current_app.config["KB"].data_dir
    return folder


def _holds_something() -> bool:
    with db.engine.connect() as connection:
        return any(
            connection.execute(select(func.count()).select_from(Base.metadata.tables[name])).scalar_one()
            for name in ("users", "organizations", "regions", "kampung", "commitments")
            if name in Base.metadata.tables
        )


def _unpack(source: Path, scratch: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source, "r:gz") as tar:
            tar.extractall(scratch, filter="data")  # refuses absolute paths, links out of the folder, devices
        manifest: dict[str, Any] = json.loads((scratch / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Invalid(f"berkas tidak ditemukan: {error.filename}") from error
    except (tarfile.TarError, ValueError, EOFError, OSError) as error:
        raise Invalid(f"{source.name} bukan cadangan KB Partners yang utuh") from error
    if manifest.get("format") != FORMAT:
        raise Invalid(f"{source.name} dibuat oleh versi lain ({manifest.get('version', '?')})")
    return manifest


# --- out ---------------------------------------------------------------------------------------------------------


def _copy_sqlite(engine: Engine, target: Path) -> str:
    with engine.connect() as connection:
        revision = schema.revision(connection)
        raw = connection.connection.dbapi_connection
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA synchronous = OFF")  # a copy that is not complete is thrown away
            raw.backup(copy)  # type: ignore[union-attr]
            copy.execute("PRAGMA journal_mode = DELETE")
    return revision


def _dump(engine: Engine, folder: Path) -> tuple[str, dict[str, int]]:
    folder.mkdir()
    counts: dict[str, int] = {}
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        for table in Base.metadata.sorted_tables:
            with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as out:
                counts[table.name] = 0
                for row in connection.execution_options(yield_per=BATCH).execute(select(table)):
                    out.write(json.dumps(dict(row._mapping), default=_plain, ensure_ascii=False) + "\n")
                    counts[table.name] += 1
        return schema.revision(connection), counts


def _plain(value: Any) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written")


# --- back --------------------------------------------------------------------------------------------------------


def _put_back(scratch: Path, manifest: dict[str, Any]) -> None:
    copy = scratch / "database.sqlite"
    engine = db.engine
    if copy.exists() and engine.dialect.name == "sqlite":
        # The same kind: page by page, whatever version it is of; migrations bring it up to date.
        db.session.remove()
        with engine.connect() as connection, closing(sqlite3.connect(copy)) as saved:
            saved.backup(connection.connection.dbapi_connection)  # type: ignore[arg-type]
        engine.dispose()
        schema.upgrade()
        return
    with engine.connect() as connection:
        here = schema.revision(connection)
    if here != manifest["revision"]:
        raise Invalid(f"cadangan memakai skema {manifest['revision']}, basis data ini {here}; samakan versinya dahulu")
    rows = _SqliteRows(copy) if copy.exists() else _JsonRows(scratch / "tables")
    with engine.begin() as connection, closing(rows):
        _empty(connection)
        for table in Base.metadata.sorted_tables:
            _fill(connection, table, rows.of(table))
        schema.reset_sequences(connection)


class _SqliteRows:
    """Rows out of a copied SQLite database, typed as the models say."""

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}")
        watch_engine(self._engine)

    def of(self, table: Table) -> Iterator[dict[str, Any]]:
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=BATCH).execute(select(table)):
                yield dict(row._mapping)

    def close(self) -> None:
        self._engine.dispose()


class _JsonRows:
    """Rows out of JSON lines, their values brought back to the columns' types."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, table: Table) -> Iterator[dict[str, Any]]:
        path = self._folder / f"{table.name}.jsonl"
        if not path.exists():
            return
        typed = {c.name: _reader(c.type) for c in table.columns}
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield {
                    name: typed[name](value) if value is not None else None
                    for name, value in row.items()
                    if name in typed
                }

    def close(self) -> None:
        return


def _reader(kind: Any) -> Any:
    """What turns a JSON value back into one of the column's type: dates and instants were written as text."""
    plain = getattr(kind, "impl_instance", kind)  # under our own types (UtcDateTime) lies a plain one
    for sql, python in ((DateTime, datetime), (Date, date), (Time, time)):
        if isinstance(plain, sql):
            return python.fromisoformat
    return lambda value: value


def _self_references(table: Table) -> list[str]:
    return [c.name for c in table.columns for key in c.foreign_keys if key.column.table is table and c.nullable]


def _empty(connection: Connection) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        if references := _self_references(table):
            connection.execute(update(table).values(dict.fromkeys(references)))
        connection.execute(table.delete())


def _fill(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Insert all rows; what points into the same table (a parent, a successor) is filled in once all are there."""
    references = _self_references(table)
    later: list[dict[str, Any]] = []
    batch: list[dict[str, Any]] = []
    for row in rows:
        if pointing := {name: row[name] for name in references if row.get(name) is not None}:
            later.append({"row_id": row["id"], **{f"to_{name}": pointing.get(name) for name in references}})
            row.update(dict.fromkeys(pointing))
        batch.append(row)
        if len(batch) == BATCH:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)
    if later:
        values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in references}
        connection.execute(update(table).where(table.c.id == bindparam("row_id")).values(values), later)


def _put_files_back(saved: Path, files: Path) -> None:
    if files.exists():
        shutil.rmtree(files)
    if saved.exists():
        shutil.move(saved, files)
