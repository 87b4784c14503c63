"""An import from beginning to end: from the command line at once, from the page as a job with an uploaded file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO, Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import event

from kbpartners import clock
from kbpartners.attachments.storage import FolderStore
from kbpartners.db import begin_write, db
from kbpartners.errors import DomainError
from kbpartners.imports.kampung_rows import open_list
from kbpartners.imports.service import planning, writing
from kbpartners.imports.service.planning import Progress
from kbpartners.imports.service.writing import Imported
from kbpartners.imports.workbook import MAX_BYTES, WorkbookError
from kbpartners.jobs import service as jobs
from kbpartners.security import Identity

KIND = "import_kampung"
CHECKED_AT_ONCE = 2_000_000
"""A file up to this size (bytes) is looked through while the person waits; larger ones say what is wrong as a job."""
_ABANDONED = 2 * 24 * 3600.0
"""Seconds after which an upload that no job took is thrown away."""


def run(
    who: Identity | None,
    source: Path | bytes,
    *,
    filename: str,
    year: int,
    progress: Progress = lambda done, total, message: None,
    job_id: int | None = None,
) -> Imported:
    """Import a list of Kampung KB: read without a lock, then write everything in one transaction (the caller commits).

    Raises WorkbookError and other Invalid with an Indonesian sentence; then nothing has been written.
    """
    started_at = clock.now()
    plan = planning.read(source, filename, year, progress)
    begin_write()
    return writing.save(who, plan, started_at=started_at, job_id=job_id)


# --- uploads -----------------------------------------------------------------------------------------------------


def _uploads() -> FolderStore:
    return FolderStore(current_app.config["KB"].data_dir / "imports")


def receive(who: Identity, stream: IO[bytes], *, filename: str, year: int) -> int:
    """Keep an uploaded file until its job is done, and ask for that job. Returns the job's id.

    What can be said at once about the file is said at once. Raises WorkbookError. Call it before the transaction
    writes: it begins the writing itself after the slow part.
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise WorkbookError(_("Berkas melebihi batas %(limit)s MB.", limit=MAX_BYTES // 10**6))
    if len(data) <= CHECKED_AT_ONCE:
        open_list(data, filename)
    _sweep()
    key = _uploads().put(data)
    begin_write()
    return jobs.enqueue(who, KIND, {"key": key, "filename": filename[-200:], "year": year})


def _sweep() -> None:
    store = _uploads()
    for key in list(store.keys(older_than=time.time() - _ABANDONED)):
        store.delete(key)


@jobs.handler(KIND)
def _work(job: jobs.Running) -> dict[str, Any]:
    """Import an uploaded file. It is deleted when the import is over, whatever came of it."""
    said = job.arguments
    store = _uploads()
    try:
        with store.open(said["key"]) as source:
            data = source.read()
    except FileNotFoundError as error:
        raise DomainError(_("Berkas unggahan sudah tidak ada. Unggah lagi.")) from error
    try:
        done = run(job.who, data, filename=said["filename"], year=said["year"], progress=job.progress, job_id=job.id)
    except jobs.Interrupted:
        raise
    except Exception:
        store.delete(said["key"])
        raise
    # Not before the import is safe: a worker that dies in between leaves the file to the next one.
    event.listen(db.session(), "after_commit", lambda session: store.delete(said["key"]), once=True)
    return {"href": f"/impor/{done.id}", "text": str(done.counts)}
