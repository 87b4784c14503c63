"""The database: one transaction per request, locks, constraints that become fields. On both databases."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import threading
from datetime import UTC, date, datetime

import pytest
from flask import g
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from kbpartners import db as database
from kbpartners.accounts.models import Throttle, User
from kbpartners.db import begin_write, db, late_lock, own_transaction, violated, writing_command
from kbpartners.errors import Conflict, Invalid
from kbpartners.organizations.models import Assignment, Organization
from kbpartners.regions.models import EVER, Region
from kbpartners.security import Permission, requires
from kbpartners.settings.models import Setting
from tests.conftest import POSTGRES

only_sqlite = pytest.mark.skipif(POSTGRES, reason="about SQLite's one writer")


# --- one transaction per request ---------------------------------------------------------------------------------


@pytest.fixture
def probe(app, client, monkeypatch):
    """`probe(view, method="POST", late=False)` calls a view through the whole machinery and gives the answer."""

    def run(view, method: str = "POST", late: bool = False):
        @requires(Permission.PUBLIC)
        def standing_in():
            return view()

        endpoint, path = ("accounts.language", "/bahasa") if method == "POST" else ("help.guide", "/bantuan")
        data = {"csrf_token": client.csrf("/masuk")} if method == "POST" else None
        monkeypatch.setitem(app.view_functions, endpoint, late_lock(standing_in) if late else standing_in)
        return client.http.open(path, method=method, data=data)

    return run


def saved(app, key: str) -> bool:
    with app.app_context():
        return db.session.execute(select(Setting.key).where(Setting.key == key)).first() is not None


def put(key: str) -> None:
    db.session.add(Setting(key=key, value=1))
    db.session.flush()


@pytest.mark.parametrize(
    ("method", "status", "kept"),
    [("POST", 200, True), ("POST", 303, True), ("POST", 422, False), ("POST", 409, False)],
)
def test_only_a_successful_unsafe_request_is_kept(app, probe, method: str, status: int, kept: bool) -> None:
    def view():
        put("kunci")
        return "", status

    assert probe(view, method).status_code == status
    assert saved(app, "kunci") is kept


def test_nothing_is_kept_of_a_request_that_only_reads(app, probe) -> None:
    def view():
        put("kunci")
        return "", 200

    # PostgreSQL is told that it only reads, and refuses at once.
    sqlite = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    assert probe(view, "GET").status_code == (200 if sqlite else 500)
    assert not saved(app, "kunci")


def test_nothing_is_kept_of_a_request_that_breaks(app, probe) -> None:
    def view():
        put("kunci")
        raise RuntimeError("aduh")

    assert probe(view).status_code == 500
    assert not saved(app, "kunci")


def test_an_error_of_the_domain_rolls_back(app, probe) -> None:
    def view():
        put("kunci")
        raise Invalid("Tidak boleh.")

    assert probe(view).status_code == 422
    assert not saved(app, "kunci")


def test_a_savepoint_may_fail_and_the_rest_is_kept(app, probe, cast) -> None:
    def view():
        put("kunci")
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.add(User(name="x", email="tni@contoh.id", created_at=datetime.now(UTC)))
        return ""

    assert probe(view).status_code == 200
    assert saved(app, "kunci")


def test_a_late_view_that_never_takes_the_lock_writes_nothing(app, probe) -> None:
    def view():
        assert not g.will_write
        return ""

    probe(view, late=True)


def test_a_late_view_writes_after_it_has_taken_the_lock(app, probe) -> None:
    def view():
        db.session.execute(select(Setting.key)).all()
        begin_write()
        put("kunci")
        return ""

    probe(view, late=True)
    assert saved(app, "kunci")


@only_sqlite
def test_a_late_view_keeps_nobody_waiting_while_it_works_slowly(app, probe) -> None:
    def view():
        db.session.execute(select(Setting.key)).all()
        with sqlite3.connect(db.engine.url.database, timeout=0.1) as other:
            other.execute("INSERT INTO settings (key, value, version) VALUES ('orang lain', '1', 1)")
        begin_write()
        put("kunci")
        return ""

    assert probe(view, late=True).status_code == 200
    assert saved(app, "kunci")
    assert saved(app, "orang lain")


def test_a_short_transaction_of_its_own_outlives_the_refusal(app, probe) -> None:
    def view():
        with own_transaction() as connection:
            connection.execute(insert(Throttle).values(key="x", failures=1, window_start=datetime.now(UTC)))
        raise Invalid("Tidak boleh.")

    assert probe(view, late=True).status_code == 422
    with app.app_context():
        assert db.session.get(Throttle, "x") is not None


# --- writers side by side ----------------------------------------------------------------------------------------


def _count_up(url: str, times: int, errors) -> None:
    """A process of its own: read, then write, again and again."""
    from pathlib import Path

    from kbpartners import create_app
    from kbpartners.config import Config

    app = create_app(Config(database_url=url, secret_key="k" * 40, data_dir=Path(os.devnull), testing=True))
    try:
        for _ in range(times):
            with app.app_context():
                g.will_write = True
                value = db.session.execute(select(Setting.value).where(Setting.key == "hitung")).scalar_one()
                db.session.execute(update(Setting).where(Setting.key == "hitung").values(value=value + 1))
                db.session.commit()
                db.session.remove()
    except Exception as error:
        errors.put(repr(error))


@only_sqlite
def test_two_processes_that_read_and_then_write_lose_nothing_and_are_never_refused(app, write) -> None:
    with write():
        db.session.add(Setting(key="hitung", value=0))
    with app.app_context():
        url = str(db.engine.url)
    context = multiprocessing.get_context("spawn")
    errors = context.Queue()
    workers = [context.Process(target=_count_up, args=(url, 100, errors)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert errors.empty(), errors.get()
    with app.app_context():
        assert db.session.get(Setting, "hitung").value == 200


@only_sqlite
def test_without_the_lock_the_same_thing_is_refused_at_once(app, write) -> None:
    """The trap that `will_write` is there for; if this stops failing, the lock may go."""
    from sqlalchemy.exc import OperationalError

    with write():
        db.session.add(Setting(key="hitung", value=0))
    with app.app_context():
        g.will_write = False
        db.session.execute(select(Setting.value)).all()
        with sqlite3.connect(db.engine.url.database) as other:
            other.execute("UPDATE settings SET value = '5' WHERE key = 'hitung'")
        with pytest.raises(OperationalError, match="locked"):
            db.session.execute(update(Setting).where(Setting.key == "hitung").values(value=1))
        db.session.rollback()


def test_threads_wait_for_each_other(app, write) -> None:
    with write():
        db.session.add(Setting(key="hitung", value=0))

    def work() -> None:
        for _ in range(20):
            with app.app_context():
                g.will_write = True
                row = db.session.get(Setting, "hitung", with_for_update=True)
                row.value = row.value + 1
                db.session.commit()
                db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with app.app_context():
        assert db.session.get(Setting, "hitung").value == 60


@only_sqlite
def test_sqlite_runs_like_a_server(app, ctx) -> None:
    values = {
        name: db.session.execute(text(f"PRAGMA {name}")).scalar_one()
        for name in ("journal_mode", "foreign_keys", "busy_timeout")
    }
    assert values == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 15000}


# --- constraint → field ------------------------------------------------------------------------------------------


def broken(statement) -> tuple[str, str]:
    with pytest.raises(IntegrityError) as raised, db.session.begin_nested():
        db.session.execute(statement)
    return violated(raised.value)


def test_a_taken_value_names_constraint_and_column_alike_on_both_databases(ctx, cast) -> None:
    person = insert(User).values(name="x", created_at=datetime.now(UTC))
    assert broken(person.values(email="tni@contoh.id")) == ("uq_users_email", "email")
    assert broken(person.values(phone="+6281234567803")) == ("uq_users_phone", "phone")


def test_of_several_columns_the_last_one_is_named(ctx, cast) -> None:
    region = insert(Region).values(code="16", name="x", level=1, valid_from=EVER)
    assert broken(region) == ("uq_regions_code_valid_from", "valid_from")
    unit = insert(Organization).values(
        name="Kodim 0405/Lahat", category="tni", parent_id=cast.units["kodam"], path="/x/"
    )
    assert broken(unit) == ("uq_organizations_parent_id_name", "name")


def test_a_broken_rule_names_its_constraint(ctx, cast) -> None:
    wrong = insert(Assignment).values(
        post_id=cast.posts["tni"], user_id=cast.users["tni"], valid_from=date(2020, 1, 2), valid_to=date(2020, 1, 1)
    )
    assert broken(wrong)[0] == "ck_assignments_period"
    assert broken(insert(User).values(name="x", created_at=datetime.now(UTC)))[0] == "ck_users_reachable"


def test_what_is_referenced_cannot_be_deleted(ctx, cast) -> None:
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(text("DELETE FROM organizations WHERE id = :id"), {"id": cast.units["kodam"]})


def test_something_unknown_is_no_field() -> None:
    assert violated(IntegrityError("x", {}, Exception("aneh"))) == ("", "")


def test_every_constraint_has_a_name(ctx) -> None:
    unnamed = [
        (table.name, type(constraint).__name__)
        for table in database.Base.metadata.sorted_tables
        for constraint in table.constraints
        if not constraint.name
    ]
    assert unnamed == []


# --- types -------------------------------------------------------------------------------------------------------


def test_instants_come_back_aware_and_in_utc(app, ctx) -> None:
    from datetime import timedelta, timezone

    wib = timezone(timedelta(hours=7))
    if POSTGRES:
        db.session.execute(text("SET TIME ZONE 'Asia/Jakarta'"))
    db.session.add(Throttle(key="w", failures=0, window_start=datetime(2026, 6, 11, 0, 30, tzinfo=wib)))
    db.session.flush()
    db.session.expire_all()
    stored = db.session.execute(select(Throttle.window_start).where(Throttle.key == "w")).scalar_one()
    assert stored == datetime(2026, 6, 10, 17, 30, tzinfo=UTC)
    assert stored.tzinfo is UTC


def test_an_instant_without_a_zone_is_a_mistake(ctx) -> None:
    with pytest.raises(StatementError, match="time zone"), db.session.begin_nested():
        db.session.execute(insert(Throttle).values(key="w", failures=0, window_start=datetime(2026, 6, 10)))


# --- commands ----------------------------------------------------------------------------------------------------


def test_a_writing_command_commits_after_success_only(app) -> None:
    import click

    @writing_command
    def good() -> None:
        put("baik")

    def failing(error: Exception):
        @writing_command
        def bad() -> None:
            put("buruk")
            raise error

        return bad

    with app.app_context():
        good()
        for error, says in [
            (Invalid("Tidak boleh."), "Tidak boleh."),
            (ValueError("satu\ndua"), "ValueError: satu"),
            (Conflict([], 2), "tidak ditemukan"),
            (click.ClickException("sendiri"), "sendiri"),
        ]:
            with pytest.raises(click.ClickException) as raised:
                failing(error)()
            assert raised.value.message == says
        assert db.session.execute(select(func.count()).where(Setting.key == "buruk")).scalar_one() == 0
    assert saved(app, "baik")
