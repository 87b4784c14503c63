"""Whether the installation is well, for monitors; each answer must be cheap."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

import kbpartners
from kbpartners.db import db
from kbpartners.jobs.models import QUEUED, Job


class Health(NamedTuple):
    """`database` is "ok" or what is wrong; `jobs_waiting` is None while the database cannot be asked."""

    database: str
    disk_free_mb: int
    version: str
    jobs_waiting: int | None

    @property
    def ok(self) -> bool:
        return self.database == "ok"


def health() -> Health:
    """Ask the database one cheap question and look at the disk that takes the uploads."""
    free = disk_free_mb()
    try:
        waiting = db.session.execute(select(func.count()).where(Job.state == QUEUED)).scalar_one()
    except SQLAlchemyError as error:
        db.session.rollback()
        return Health(type(error).__name__, free, kbpartners.__version__, None)
    return Health("ok", free, kbpartners.__version__, waiting)


def disk_free_mb() -> int:
    """Free space, in MB, where uploads are kept (or will be)."""
    folder: Path = current_app.config["KB"].data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free // 1_000_000
