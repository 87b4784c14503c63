"""The worker: a job is done once, by one worker, wholly or not at all; a crash is taken over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from kbpartners import clock
from kbpartners.db import begin_write, db
from kbpartners.errors import Invalid
from kbpartners.jobs import service
from kbpartners.jobs.models import DONE, FAILED, QUEUED, RUNNING, Job
from kbpartners.settings.models import Setting
from tests.conftest import POSTGRES


@pytest.fixture
def kind():
    """`kind(function, …)` registers a kind of work for the test."""
    before = dict(service._kinds)
    yield lambda run, **options: service.handler("uji", **options)(run)
    service._kinds.clear()
    service._kinds.update(before)


@pytest.fixture
def ask(write, who):
    """`ask(arguments)` puts a job of the test's kind in the queue."""

    def put(arguments=None, name: str = "sekretariat") -> int:
        with write():
            return service.enqueue(who(name), "uji", arguments)

    return put


def read(app, job_id: int) -> Job:
    with app.app_context():
        return db.session.get(Job, job_id)


def mark(text: str) -> None:
    begin_write()
    db.session.add(Setting(key=text, value=1))


def test_a_job_is_done_and_its_result_kept(app, kind, ask) -> None:
    seen = []

    def run(job):
        seen.append((job.arguments, job.who.name))
        mark("hasil")
        return {"href": "/profil", "text": "beres"}

    kind(run)
    job_id = ask({"a": 1})
    with app.app_context():
        assert service.run_next()
        assert not service.run_next()
        assert db.session.get(Setting, "hasil") is not None
    job = read(app, job_id)
    assert (job.state, job.result, job.attempts) == (DONE, {"href": "/profil", "text": "beres"}, 1)
    assert job.finished_at is not None
    assert seen == [({"a": 1}, "Rina Sekretariat")]


def test_jobs_are_done_in_the_order_in_which_they_were_asked_for(app, kind, ask) -> None:
    seen = []
    kind(lambda job: seen.append(job.arguments["n"]))
    for n in range(3):
        ask({"n": n})
    with app.app_context():
        while service.run_next():
            pass
    assert seen == [0, 1, 2]


def test_what_a_failed_job_wrote_is_not_kept(app, kind, ask) -> None:
    def run(job):
        mark("setengah")
        db.session.flush()
        raise RuntimeError("rusak")

    kind(run)
    job_id = ask()
    with app.app_context():
        service.run_next()
        assert db.session.get(Setting, "setengah") is None
    job = read(app, job_id)
    assert job.state == FAILED
    assert f"nomor pekerjaan {job_id}" in job.message
    assert "rusak" not in job.message


def test_a_domain_error_is_the_message(app, kind, ask) -> None:
    def run(job):
        raise Invalid("Berkas tidak berisi baris.")

    kind(run, attempts=3)
    job_id = ask()
    with app.app_context():
        service.run_next()
    assert (read(app, job_id).state, read(app, job_id).message) == (FAILED, "Berkas tidak berisi baris.")


def test_progress_is_seen_while_the_job_still_runs_and_renews_the_lease(app, kind, ask) -> None:
    seen = []

    def run(job):
        db.session.execute(select(func.count()).select_from(Setting)).scalar_one()
        job.progress(3, 10, "Membaca")
        other = read(app, job.id)
        seen.append((other.state, other.done_steps, other.total_steps, other.message))
        assert other.leased_until > clock.now() + timedelta(minutes=4)
        mark("akhir")
        job.progress(9, 10)

    kind(run)
    job_id = ask()
    with app.app_context():
        service.run_next()
    assert seen == [(RUNNING, 3, 10, "Membaca")]
    job = read(app, job_id)
    assert (job.state, job.done_steps) == (DONE, 10)


def test_two_workers_never_get_the_same_job(app, kind, ask) -> None:
    seen: list[int] = []
    kind(lambda job: seen.append(job.id))
    ids = [ask() for _ in range(12)]

    def work() -> None:
        with app.app_context():
            while service.run_next():
                pass

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == ids


def test_a_job_whose_worker_is_gone_is_taken_over(app, kind, ask, write) -> None:
    kind(lambda job: None)
    job_id = ask()
    with app.app_context():
        lost = service.claim()
        assert service.claim() is None, "the lease protects it"
    with write():
        db.session.execute(update(Job).values(leased_until=clock.now() - timedelta(seconds=1)))
    with app.app_context():
        service.run_next()
    job = read(app, job_id)
    assert (job.state, job.attempts) == (DONE, 2)
    assert lost.attempt == 1


def test_a_worker_that_lost_its_lease_keeps_nothing(app, kind, ask, write) -> None:
    def run(job):
        if job.attempt == 1:
            with write():
                db.session.execute(update(Job).values(leased_until=clock.now() - timedelta(seconds=1)))
            with app.app_context():
                assert service.run_next(), "the other worker"
        mark(f"percobaan {job.attempt}")

    kind(run)
    job_id = ask()
    with app.app_context():
        service.run_next()
        keys = set(db.session.execute(select(Setting.key).where(Setting.key.like("percobaan%"))).scalars())
    assert keys == {"percobaan 2"}
    assert read(app, job_id).state == DONE


def test_a_job_that_kills_its_worker_each_time_is_given_up(app, kind, ask, write) -> None:
    kind(lambda job: None)
    job_id = ask()
    for _ in range(3):
        with app.app_context():
            assert service.claim() is not None
        with write():
            db.session.execute(update(Job).values(leased_until=clock.now() - timedelta(seconds=1)))
    with app.app_context():
        service.run_next()
    job = read(app, job_id)
    assert job.state == FAILED
    assert "berulang kali berhenti" in job.message


def test_an_interrupted_job_goes_back_into_the_queue(app, kind, ask) -> None:
    stop = threading.Event()

    def run(job):
        stop.set()
        job.progress(1)

    kind(run)
    job_id = ask()
    with app.app_context():
        service.run_next(stop.is_set)
    job = read(app, job_id)
    assert (job.state, job.attempts) == (QUEUED, 0)


def test_secret_arguments_are_wiped_at_the_end(app, kind, ask) -> None:
    kind(lambda job: None, secret=True)
    job_id = ask({"token": "rahasia"})
    with app.app_context():
        service.run_next()
    assert read(app, job_id).arguments == {}


def test_a_kind_that_nobody_knows_is_refused(app, ctx) -> None:
    with pytest.raises(KeyError):
        service.enqueue(None, "tidak ada")


def test_doctor_tells_that_no_worker_is_running(app, kind, ask, write) -> None:
    kind(lambda job: None)
    ask()
    with app.app_context():
        assert service.check() == []
    with write():
        db.session.execute(update(Job).values(created_at=clock.now() - timedelta(hours=2)))
    with app.app_context():
        assert "1 pekerjaan menunggu" in service.check()[0]


def test_the_command_does_what_waits_and_ends(app, kind, ask) -> None:
    kind(lambda job: None)
    for _ in range(3):
        ask()
    runner = app.test_cli_runner()
    handlers = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        assert "pekerjaan selesai: 1" in runner.invoke(args=["jobs", "run", "--once"]).stdout
        assert "pekerjaan selesai: 2" in runner.invoke(args=["jobs", "run"]).stdout
    finally:
        for number, handler in handlers:
            signal.signal(number, handler)


@pytest.mark.skipif(POSTGRES, reason="starts a process of its own on an SQLite file")
def test_the_watching_worker_ends_on_sigterm(app, tmp_path) -> None:
    with app.app_context():
        url = str(db.engine.url)
    environment = {**os.environ, "KBPARTNERS_DATABASE_URL": url, "KBPARTNERS_DATA_DIR": str(tmp_path)}
    worker = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "jobs", "run", "--forever"],
        env=environment,
        stdout=subprocess.PIPE,
    )
    try:
        assert worker.stdout.readline() == b"pekerja latar siap\n"
        worker.terminate()
        assert worker.wait(timeout=5) == 0
    finally:
        worker.kill()
