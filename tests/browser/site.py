"""A running office for the browser: the South Sumatra example on a server of its own, and who is signed in."""

from __future__ import annotations

import atexit
import functools
import logging
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import waitress
from flask import Flask, g
from sqlalchemy import select, update

from kbpartners import create_app, schema
from kbpartners.config import Config
from kbpartners.db import db

TODAY = date(2026, 6, 10)
SECRET = "kunci-untuk-uji-" + "x" * 32
PASSWORD = "Contoh-2017!"
ACCOUNTS = ("admin", "sekretariat", "pimpinan", "tni", "polri", "idi", "opd.lahat")


def make_app(folder: Path, base_url: str = "http://localhost") -> Flask:
    """The application on the database and the files of a folder."""
    return create_app(
        Config(
            database_url=f"sqlite:///{folder}/office.db",
            secret_key=SECRET,
            data_dir=folder / "files",
            base_url=base_url,
            today=TODAY,
        )
    )


@functools.cache
def example_folder() -> Path:
    """The example as `flask init` and `flask demo` load it, made once for all tests and only ever copied."""
    from kbpartners.example.commands import load_example
    from kbpartners.settings import setup

    folder = Path(tempfile.mkdtemp(prefix="kb-contoh-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    app = make_app(folder)
    with app.app_context():
        schema.upgrade()
        g.will_write = True
        setup.prepare(["16"])
        db.session.commit()
        load_example()
        db.session.remove()
        db.engine.dispose()  # closing the last connection empties the write-ahead log into the file
    return folder


class Received(NamedTuple):
    """A request as it came in: `size` is that of its body in bytes."""

    method: str
    path: str
    size: int


class Site:
    """A server on a free port of this machine with its own copy of the example."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "office"
        shutil.copytree(example_folder(), self.folder)
        self.app = make_app(self.folder)
        for name in ("waitress", "kbpartners.request"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self.received: list[Received] = []
        self._server = waitress.create_server(self._noted, host="127.0.0.1", port=0, threads=4)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        threading.Thread(target=self._server.run, daemon=True, name="office").start()

    def _noted(self, environ: dict[str, Any], start_response: Any) -> Any:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        self.received.append(Received(environ["REQUEST_METHOD"], environ["PATH_INFO"], size))
        return self.app(environ, start_response)

    def stop(self) -> None:
        """End the server and let go of the database."""
        self._server.close()
        self._server.task_dispatcher.shutdown(timeout=2)
        with self.app.app_context():
            db.engine.dispose()

    @contextmanager
    def database(self) -> Iterator[Any]:
        """The session of the database, for looking behind the pages; changes are committed."""
        with self.app.app_context():
            g.will_write = True
            yield db.session
            db.session.commit()
            db.session.remove()

    def cookie(self, account: str) -> str:
        """A session cookie of a demo account, without the way through the sign-in page."""
        from kbpartners.accounts.service import open_session, user_by_name

        with self.database():
            user = user_by_name(f"{account}@contoh.id")
            assert user is not None, account
            token = open_session(user.id)
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(serializer.dumps({"_user_id": token, "_fresh": True, "_permanent": True}))

    def end_sessions(self) -> None:
        """Every session is over, as if two weeks had passed."""
        from kbpartners.accounts.models import UserSession
        from kbpartners.clock import now

        with self.database() as session:
            session.execute(update(UserSession).values(revoked_at=now()))

    def commitment(self, title: str) -> str:
        """The path of the commitment with this title."""
        from kbpartners.commitments.models import Commitment

        with self.database() as session:
            return f"/komitmen/{session.execute(select(Commitment.id).where(Commitment.title == title)).scalar_one()}"

    def followup(self, title: str) -> str:
        """The path of the follow-up with this title."""
        from kbpartners.followups.models import Followup

        with self.database() as session:
            query = select(Followup.id).where(Followup.title == title, Followup.status != "transferred")
            return f"/tindak-lanjut/{session.execute(query).scalar_one()}"


class Watch:
    """What a browser says when something is wrong: console, policy violations, exceptions, failed requests, 5xx."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.allowed: list[str] = []

    def allow(self, pattern: str) -> None:
        """This problem is expected in the present test (a regular expression)."""
        self.allowed.append(pattern)

    def follow(self, page: Any) -> None:
        """Listen to a window."""
        for event, heard in self._events():
            page.on(event, heard)

    def leave(self, page: Any) -> None:
        """Stop listening to it."""
        for event, heard in self._events():
            page.remove_listener(event, heard)

    def _events(self) -> list[tuple[str, Any]]:
        return [
            ("console", self._console),
            ("pageerror", self._thrown),
            ("requestfailed", self._failed),
            ("response", self._answered),
        ]

    def _thrown(self, error: Any) -> None:
        self.problems.append(f"exception: {error}")

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # a download, or a page that is left while it loads
            self.problems.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 500:
            self.problems.append(f"answer: {response.status} {response.request.method} {response.url}")

    def left(self) -> list[str]:
        """The problems that nobody expected."""
        return [found for found in self.problems if not any(re.search(pattern, found) for pattern in self.allowed)]
