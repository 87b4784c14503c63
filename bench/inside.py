"""Pages asked for within one process, without a server: who is signed in, which statements a page takes."""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import event

from kbpartners.accounts.service import open_session, user_by_name
from kbpartners.db import db


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A client of the application in which this person is signed in."""
    with app.app_context():
        g.will_write = True
        user = user_by_name(email)
        assert user is not None
        token = open_session(user.id)
        db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


def counted(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> tuple[int, int]:
    """(SQL statements, bytes) of a page, once the caches of the process are filled, as a running server has them."""
    with client.application.app_context():
        engine = db.engine
    client.get(path, headers=headers)
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    answer = client.get(path, headers=headers)
    event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, (path, answer.status_code)
    return len([s for s in seen if not s.startswith(("BEGIN", "PRAGMA"))]), len(answer.data)
