"""Once a day the worker drops drafts that nobody handed in and counters of failed sign-ins that are long over."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from kbpartners.accounts.models import Throttle
from kbpartners.accounts.service import throttle
from kbpartners.attachments import service as attachments
from kbpartners.attachments.models import Attachment
from kbpartners.attachments.storage import FolderStore
from kbpartners.db import db
from kbpartners.jobs import commands, housekeeping
from kbpartners.jobs.housekeeping import Daily
from tests.factories.attachments import pdf, upload


@pytest.fixture
def left_behind(app, write, who, on_day) -> None:
    """A draft and a failed try to sign in, of 1 June."""
    on_day(date(2026, 6, 1))
    with write(), app.test_request_context():
        prepared = attachments.prepare([upload(pdf(), "Surat.pdf")], attachments.limit_bytes())
        attachments.save(prepared, who=who("kodim"), draft_token="lupa")
    with app.app_context():
        throttle.claim(("akun:lupa", throttle.ACCOUNT))


def rows(app) -> tuple[int, int]:
    """How many files and how many counters there are."""
    with app.app_context():
        count = [db.session.execute(select(func.count()).select_from(table)).scalar_one() for table in _TABLES]
    return count[0], count[1]


_TABLES = (Attachment, Throttle)


def test_it_is_done_once_a_day_and_spares_what_is_young(app, left_behind, on_day) -> None:
    daily = Daily()
    with app.app_context():
        assert daily.run()
        assert rows(app) == (1, 1)
        on_day(date(2026, 6, 3))
        assert daily.run()
        assert rows(app) == (1, 0)
        on_day(date(2026, 6, 20))
        assert daily.run()
        assert rows(app) == (0, 0)
        assert not daily.run()


def test_a_file_that_no_row_names_is_not_taken_away_unwatched(app, monkeypatch) -> None:
    monkeypatch.setattr(FolderStore, "keys", lambda self, older_than: pytest.fail("looked for strays"))
    with app.app_context():
        assert Daily().run()


def test_a_failure_waits_for_tomorrow_and_a_database_that_is_away_only_for_a_moment(app, on_day, monkeypatch) -> None:
    on_day(date(2026, 6, 1))
    daily, errors = Daily(), [OperationalError("", {}, Exception()), OSError()]

    def fail(*, strays: bool) -> int:
        raise errors.pop(0)

    monkeypatch.setattr(attachments, "purge_drafts", fail)
    with app.app_context():
        with pytest.raises(OperationalError):
            daily.run()
        assert daily.run()
        assert not daily.run()
        assert errors == []


def test_the_watching_worker_does_it_when_it_has_nothing_else_to_do(app, monkeypatch) -> None:
    stop, done = threading.Event(), []

    def run(self: Daily) -> bool:
        done.append(self)
        if len(done) == 2:
            stop.set()
        return True

    monkeypatch.setattr(housekeeping.Daily, "run", run)
    with app.app_context():
        commands.watch(stop, pause=0)
    assert done[0] is done[1], "it remembers the day"
