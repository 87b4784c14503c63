"""The one clock. Lateness, silence and history all ask it, so that a pretended date reaches every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

_ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


_backdated: ContextVar[datetime | None] = ContextVar("backdated", default=None)


@contextmanager
def backdated(instant: datetime) -> Iterator[None]:
    """Let `now()` be `instant` inside the block. For the loader of the example alone: history cannot be rewritten."""
    mark = _backdated.set(instant)
    try:
        yield
    finally:
        _backdated.reset(mark)


def zone() -> ZoneInfo:
    """The office's time zone (setting KBPARTNERS_TIMEZONE)."""
    return current_app.config["KB"].timezone


def zone_name() -> str:
    """WIB, WITA or WIT; the zone's own name elsewhere."""
    return _ZONE_NAMES.get(zone().key, zone().key)


def now() -> datetime:
    """This instant in UTC. Under KBPARTNERS_TODAY the day is the pretended one, the time of day the real one."""
    if (instant := _backdated.get()) is not None:
        return instant
    instant = datetime.now(UTC)
    pretended: date | None = current_app.config["KB"].today
    if pretended is None:
        return instant
    local = instant.astimezone(zone())
    return datetime.combine(pretended, local.timetz()).astimezone(UTC)


def today() -> date:
    """The date in the office's time zone: at 00:30 WIB it is already the new day although UTC still has the old one."""
    return now().astimezone(zone()).date()


def to_local(instant: datetime) -> datetime:
    """An instant as the office's wall clock shows it. Naive values from the database are UTC."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(zone())


def end_of_day(day: date) -> datetime:
    """The UTC instant at which `day` is over in the office; the state "as of day" is what was recorded before it."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone()).astimezone(UTC)
