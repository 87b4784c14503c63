"""Slowing guessing down: failed tries counted per account and per address, in short transactions of their own.

A try is counted before the password is looked at and taken back when it was right, so that a hundred tries at the
same moment cannot slip through between looking and counting; and a refused sign-in cannot roll its own count back.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from kbpartners import clock
from kbpartners.accounts.models import Throttle
from kbpartners.db import db, own_transaction
from kbpartners.errors import TooMany
from kbpartners.scopes import upsert


class Limit(NamedTuple):
    """What is allowed: `tries` within `window`; then a pause that doubles up to `longest` (or lasts the window)."""

    tries: int
    window: timedelta
    pause: timedelta | None = None
    longest: timedelta = timedelta(minutes=15)


ACCOUNT = Limit(5, timedelta(hours=12), pause=timedelta(minutes=1))
ADDRESS = Limit(30, timedelta(minutes=10))
FORGOTTEN = Limit(10, timedelta(minutes=10))
MAILS = Limit(3, timedelta(hours=1))

Counted = tuple[str, Limit]


def account_key(user_id: int | None, typed: str) -> str:
    """One key for a person however they are named; for a name nobody has, the name (hashed: it may be a secret)."""
    name = f"id {user_id}" if user_id else " ".join(typed.casefold().split())
    return "akun:" + hashlib.sha256(name.encode()).hexdigest()


def address_key(address: str, purpose: str = "masuk") -> str:
    """The key of a network address for one purpose."""
    return f"{purpose}:{address}"[:80]


def claim(*counted: Counted) -> None:
    """Count one try against every key, or refuse it if one of them is exhausted.

    Raises TooMany with the seconds to wait; a refused try is not counted (waiting is enough to be let in again).
    """
    now = clock.now()
    with own_transaction() as connection:
        rows = {key: _row(connection, key, limit, now) for key, limit in sorted(counted)}
        waits = [_wait(rows[key], limit, now) for key, limit in counted]
        if max(waits) == 0:
            for key, limit in sorted(counted):
                _count(connection, key, rows[key], limit, now)
    if (seconds := max(waits)) > 0:
        raise TooMany(sentence(seconds), seconds)


def check(*counted: Counted) -> None:
    """Refuse if one of the keys is exhausted, without counting (for pages that are only looked at)."""
    now = clock.now()
    waits = [0]
    for key, limit in counted:
        row = db.session.execute(_COLUMNS.where(Throttle.key == key)).first()
        if row is not None and row.window_start + limit.window > now:
            waits.append(_wait(row, limit, now))
    if (seconds := max(waits)) > 0:
        raise TooMany(sentence(seconds), seconds)


def forgive(account: str, address: str) -> None:
    """The try was right: the account starts afresh, the address gets this one try back. Part of the caller's write."""
    db.session.execute(delete(Throttle).where(Throttle.key == account))
    db.session.execute(
        update(Throttle).where(Throttle.key == address, Throttle.failures > 0).values(failures=Throttle.failures - 1)
    )


def sentence(seconds: int) -> str:
    """What the person is told: how long to wait, in words."""
    wait = _("%(n)s detik", n=seconds) if seconds < 60 else _("%(n)s menit", n=-(-seconds // 60))
    return _("Terlalu banyak percobaan. Coba lagi dalam %(wait)s.", wait=wait)


def sweep() -> int:
    """Drop rows whose window is long over; the number dropped. Called by the job worker now and then."""
    with own_transaction() as connection:
        old = clock.now() - timedelta(days=1)
        return connection.execute(delete(Throttle).where(Throttle.window_start < old)).rowcount


_COLUMNS = select(Throttle.failures, Throttle.window_start, Throttle.locked_until)


def _row(connection: Any, key: str, limit: Limit, now: datetime) -> Any:
    """The row of a key, locked against other writers, fresh if its window is over."""
    connection.execute(
        upsert(Throttle).values(key=key, failures=0, window_start=now).on_conflict_do_nothing(index_elements=["key"])
    )
    row = connection.execute(_COLUMNS.where(Throttle.key == key).with_for_update()).one()
    if row.window_start + limit.window <= now and (row.locked_until is None or row.locked_until <= now):
        connection.execute(
            update(Throttle).where(Throttle.key == key).values(failures=0, window_start=now, locked_until=None)
        )
        row = connection.execute(_COLUMNS.where(Throttle.key == key)).one()
    return row


def _wait(row: Any, limit: Limit, now: datetime) -> int:
    """Seconds until the next try is worth it, 0 for now."""
    if limit.pause is not None:
        until = row.locked_until
    else:
        until = row.window_start + limit.window if row.failures >= limit.tries else None
    return max(0, -int((now - until).total_seconds() // 1)) if until is not None and until > now else 0


def _count(connection: Any, key: str, row: Any, limit: Limit, now: datetime) -> None:
    failures = row.failures + 1
    locked = None
    if limit.pause is not None and failures >= limit.tries:
        locked = now + min(limit.pause * 2 ** min(failures - limit.tries, 10), limit.longest)
    connection.execute(update(Throttle).where(Throttle.key == key).values(failures=failures, locked_until=locked))
