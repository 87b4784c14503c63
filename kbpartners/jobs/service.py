"""Long work as rows: asked for in a request, done by a worker (`flask --app app jobs run`), watched on its own page.

A worker claims a job by a conditional update with a lease; what the handler writes and "done" are one transaction, so a
job that is taken over after a crash is never half done and never done twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update

from kbpartners import clock
from kbpartners.db import begin_write, db, own_transaction
from kbpartners.errors import DomainError, NotFound
from kbpartners.jobs.models import DONE, FAILED, QUEUED, RUNNING, Job
from kbpartners.security import Identity, Role

LEASE = timedelta(minutes=5)
CRASHES = 3
"""So often a job may be begun and never come back before it is given up."""

log = logging.getLogger("kbpartners.jobs")


class Interrupted(Exception):
    """The worker is to stop: the job goes back into the queue (raised by `progress`)."""


@dataclass(frozen=True)
class Kind:
    """A kind of work: who does it, how often it is tried, whether its arguments are secret and wiped at the end."""

    run: Callable[[Running], dict[str, Any] | None]
    attempts: int = 1
    secret: bool = False


_kinds: dict[str, Kind] = {}


def handler(kind: str, *, attempts: int = 1, secret: bool = False) -> Callable[[Any], Any]:
    """Register the function that does a kind of work: `run(job: Running) -> dict | None` (the result).

    It reads first and may call `job.progress(…)` as often as it likes; before its first write it calls
    `db.begin_write()` (what was written without it is dropped), and then it just returns: the worker commits its writes
    together with the state "done". While it holds the write lock nothing else is written, progress neither (SQLite has
    one writer), so that phase should take seconds, not minutes.
    Raise a DomainError to fail with a sentence for people. The result may hold {"href", "text"}: where to go on.
    `attempts`: tries before it has failed, with a growing pause (for the network, say). `secret`: wipe the arguments.
    """

    def register(run: Any) -> Any:
        _kinds[kind] = Kind(run, attempts, secret)
        return run

    return register


@dataclass
class Running:
    """A job in the hands of this worker. `attempt` fences: a worker whose lease was taken over writes nothing more."""

    id: int
    kind: str
    arguments: dict[str, Any]
    created_by_id: int | None
    attempt: int
    stopping: Callable[[], bool] = field(default=lambda: False, repr=False)

    @property
    def who(self) -> Identity | None:
        """Who asked for it, with what they may do now; None for the system."""
        from kbpartners.accounts.service import identity_for

        return identity_for(self.created_by_id) if self.created_by_id else None

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Say how far it is, and keep the lease. Raises Interrupted when the worker is to stop."""
        if self.stopping():
            raise Interrupted
        progress(self.id, done, total, message, attempt=self.attempt)


def enqueue(who: Identity | None, kind: str, arguments: dict[str, Any] | None = None, total: int = 0) -> int:
    """Ask for a piece of work (part of the caller's transaction). Returns the job's id; watch it at /pekerjaan/<id>."""
    if kind not in _kinds:
        raise KeyError(kind)
    return db.session.execute(
        insert(Job)
        .values(
            kind=kind,
            arguments=arguments or {},
            state=QUEUED,
            total_steps=total,
            created_at=clock.now(),
            created_by_id=who.user_id if who else None,
        )
        .returning(Job.id)
    ).scalar_one()


def progress(
    job_id: int, done: int, total: int | None = None, message: str | None = None, *, attempt: int | None = None
) -> None:
    """Commit how far a job is in a short transaction of its own; the lease is renewed.

    Does nothing while the handler holds the write lock. Drops what the session has read so far.
    """
    if g.get("will_write"):
        return
    values: dict[str, Any] = {"done_steps": done, "leased_until": clock.now() + LEASE}
    if total is not None:
        values["total_steps"] = total
    if message is not None:
        values["message"] = message
    with own_transaction() as connection:
        query = update(Job).where(Job.id == job_id, Job.state == RUNNING)
        if attempt is not None:
            query = query.where(Job.attempts == attempt)
        connection.execute(query.values(**values))


def _free(now: datetime) -> ColumnElement[bool]:
    waiting = and_(Job.state == QUEUED, or_(Job.leased_until.is_(None), Job.leased_until <= now))
    return or_(waiting, and_(Job.state == RUNNING, Job.leased_until <= now))


def claim(stopping: Callable[[], bool] = lambda: False) -> Running | None:
    """Take the oldest job that waits (or whose worker is gone), or None. Two workers never get the same one."""
    now = clock.now()
    while True:
        candidate = db.session.execute(select(Job.id).where(_free(now)).order_by(Job.id).limit(1)).scalar_one_or_none()
        if candidate is None:
            db.session.rollback()
            return None
        with own_transaction() as connection:
            row = connection.execute(
                update(Job)
                .where(Job.id == candidate, _free(now))
                .values(state=RUNNING, leased_until=now + LEASE, attempts=Job.attempts + 1)
                .returning(Job.id, Job.kind, Job.arguments, Job.created_by_id, Job.attempts)
            ).first()
        if row is not None:
            return Running(row.id, row.kind, row.arguments, row.created_by_id, row.attempts, stopping)


def run_next(stopping: Callable[[], bool] = lambda: False) -> bool:
    """Do one job, in an application context of its own. False if none was waiting."""
    with current_app.app_context():
        job = claim(stopping)
        if job is None:
            return False
        kind = _kinds.get(job.kind)
        try:
            if kind is None:
                raise DomainError(_("Pekerjaan jenis '%(kind)s' tidak dikenal.", kind=job.kind))
            if job.attempt > max(CRASHES, kind.attempts):
                raise DomainError(_("Pekerjaan ini berulang kali berhenti di tengah jalan."))
            result = kind.run(job)
            _finish(job, {"state": DONE, "result": result or {}}, secret=kind.secret, work=True)
        except Interrupted:
            db.session.rollback()
            _finish(job, {"state": QUEUED, "leased_until": None, "attempts": job.attempt - 1}, secret=False, work=False)
        except Exception as error:
            db.session.rollback()
            _failed(job, kind, error)
        finally:
            db.session.remove()
    return True


def _failed(job: Running, kind: Kind | None, error: Exception) -> None:
    expected = isinstance(error, DomainError)
    log.log(
        logging.WARNING if expected else logging.ERROR,
        "pekerjaan gagal",
        exc_info=not expected,
        extra={"fields": {"job": job.id, "kind": job.kind, "attempt": job.attempt}},
    )
    message = error.message if isinstance(error, DomainError) and error.message else _sorry(job.id)
    again = kind is not None and not expected and job.attempt < kind.attempts
    values: dict[str, Any] = {"state": QUEUED if again else FAILED, "message": message}
    if again:
        values["leased_until"] = clock.now() + timedelta(seconds=30 * 4 ** (job.attempt - 1))
    _finish(job, values, secret=bool(kind and kind.secret) and not again, work=False)


def _sorry(job_id: int) -> str:
    return _(
        "Pekerjaan berhenti karena kesalahan di sistem. Coba lagi; bila berulang, sampaikan nomor pekerjaan %(id)s "
        "kepada admin.",
        id=job_id,
    )


def _finish(job: Running, values: dict[str, Any], *, secret: bool, work: bool) -> None:
    """Write the end of a try. With `work`, in the handler's own transaction: both are kept, or neither."""
    if not (work and g.get("will_write")):
        begin_write()
    if values["state"] in (DONE, FAILED):
        values = {**values, "finished_at": clock.now(), "leased_until": None}
    if values["state"] == DONE:
        values["done_steps"] = Job.total_steps
    if secret:
        values["arguments"] = {}
    done = db.session.execute(
        update(Job)
        .where(Job.id == job.id, Job.state == RUNNING, Job.attempts == job.attempt)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount:  # type: ignore[attr-defined]
        db.session.commit()
    else:
        # The lease ran out and another worker has the job: what was done here must not be kept a second time.
        db.session.rollback()
        log.warning("sewa pekerjaan sudah habis", extra={"fields": {"job": job.id, "kind": job.kind}})


@dataclass(frozen=True)
class View:
    """A job as its page shows it."""

    id: int
    kind: str
    state: str
    done: int
    total: int
    message: str
    result: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None

    @property
    def over(self) -> bool:
        return self.state in (DONE, FAILED)

    @property
    def waits(self) -> bool:
        return self.state == QUEUED


def job(job_id: int, who: Identity) -> View:
    """A job for its page: the one who asked for it and admins may see it. Raises NotFound."""
    row = db.session.execute(
        select(
            Job.id,
            Job.kind,
            Job.state,
            Job.done_steps,
            Job.total_steps,
            Job.message,
            Job.result,
            Job.created_at,
            Job.finished_at,
            Job.created_by_id,
        ).where(Job.id == job_id)
    ).first()
    if row is None or (row.created_by_id != who.user_id and who.role is not Role.ADMIN):
        raise NotFound()
    return View(*row[:9])


def waiting() -> int:
    """How many jobs wait or run now."""
    return db.session.execute(select(func.count()).where(Job.state.in_([QUEUED, RUNNING]))).scalar_one()


def check() -> list[str]:
    """What `doctor` says about jobs."""
    old = clock.now() - timedelta(hours=1)
    stuck = db.session.execute(
        select(func.count()).where(Job.state == QUEUED, Job.created_at < old, Job.leased_until.is_(None))
    ).scalar_one()
    return (
        [f"{stuck} pekerjaan menunggu lebih dari satu jam; jalankan: flask --app app jobs run --forever"]
        if stuck
        else []
    )


def title(kind: str) -> str:
    """What a kind of work is called on its page."""
    words = {"mail": _("Mengirim surel"), "reset": _("Mengirim tautan"), "import_kampung": _("Impor Kampung KB")}
    return words.get(kind, _("Pekerjaan latar"))
