"""Imports as pages show them: the list, one with its counts and remarks, the rows that did not go in."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import and_, func, select

from kbpartners import formats
from kbpartners.accounts.models import User
from kbpartners.audit.models import Revision
from kbpartners.db import db
from kbpartners.errors import NotFound
from kbpartners.imports.kampung_rows import COLUMNS, INDEX_TITLES, LABEL, SCORE_TITLES
from kbpartners.imports.models import Import, ImportRow
from kbpartners.imports.service import work
from kbpartners.imports.service.planning import from_json
from kbpartners.imports.service.writing import REJECTED, SUBJECT, UNDECIDED, Counts
from kbpartners.jobs.models import QUEUED, RUNNING, Job
from kbpartners.kampung.service.facts import hundredths
from kbpartners.reports.csvfile import safe

PAGE = 20


class Row(NamedTuple):
    """An import in the list."""

    id: int
    filename: str
    year: int
    counts: Counts
    started_at: datetime
    started_by: str


class Pending(NamedTuple):
    """An import that waits or runs: its job."""

    job_id: int
    filename: str
    year: int
    created_at: datetime


_ROWS = (
    select(
        Import.id,
        Import.filename,
        Import.year,
        *(getattr(Import, name) for name in Counts._fields),
        Import.started_at,
        User.name,
    )
    .outerjoin(User, User.id == Import.started_by_id)
    .where(Import.finished_at.is_not(None))
)


def page(after: int | None = None, size: int = PAGE) -> tuple[list[Row], int | None]:
    """Imports, newest first, and the key of the next page (None on the last)."""
    query = _ROWS.order_by(Import.id.desc()).limit(size + 1)
    if after is not None:
        query = query.where(Import.id < after)
    rows = [_row(row) for row in db.session.execute(query)]
    return rows[:size], rows[size - 1].id if len(rows) > size else None


def get(import_id: int) -> Row:
    """One import. Raises NotFound."""
    row = db.session.execute(_ROWS.where(Import.id == import_id)).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def _row(row: Any) -> Row:
    number, filename, year, *counts, started_at, name = row
    return Row(number, filename, year, Counts._make(counts), started_at, name or _("Sistem"))


def pending() -> list[Pending]:
    """Imports that were asked for and are not finished."""
    rows = db.session.execute(
        select(Job.id, Job.arguments, Job.created_at)
        .where(and_(Job.state.in_([QUEUED, RUNNING]), Job.kind == work.KIND))
        .order_by(Job.id)
    )
    return [Pending(id_, said["filename"], said["year"], at) for id_, said, at in rows]


def notes(import_id: int) -> list[str]:
    """Remarks on rows that were taken as they stood."""
    saved = db.session.execute(
        select(Revision.snapshot)
        .where(Revision.subject_type == SUBJECT, Revision.subject_id == import_id)
        .order_by(Revision.recorded_at, Revision.id)
        .limit(1)
    ).scalar_one_or_none()
    return list((saved or {}).get("notes", []))


def check() -> list[str]:
    """What `doctor` says about imports: the counts add up and agree with the rows that are kept."""
    counted: dict[tuple[int, str], int] = {
        (import_id, status): n
        for import_id, status, n in db.session.execute(
            select(ImportRow.import_id, ImportRow.status, func.count()).group_by(ImportRow.import_id, ImportRow.status)
        )
    }
    found: list[str] = []
    for row in map(_row, db.session.execute(_ROWS)):
        counts = row.counts
        if counts.rows != sum(counts[1:]):
            found.append(f"impor {row.id}: hitungannya tidak sama dengan jumlah baris")
        kept = (counted.get((row.id, UNDECIDED), 0), counted.get((row.id, REJECTED), 0))
        if kept != (counts.undecided, counts.rejected):
            found.append(f"impor {row.id}: baris yang belum masuk tidak sesuai dengan hitungannya")
    return found


class Problem(NamedTuple):
    """A row that is not in: where it stood, what is wrong, what it says."""

    number: int
    status: str
    problem: str
    cells: dict[str, str]
    suggestions: list[str]

    @property
    def status_words(self) -> str:
        return _("Perlu keputusan") if self.status == UNDECIDED else _("Ditolak")


def problems(import_id: int, limit: int | None = None, status: str = "") -> list[Problem]:
    """The rows that are not in, in the order of the file."""
    query = (
        select(ImportRow.number, ImportRow.status, ImportRow.problem, ImportRow.data, ImportRow.suggestions)
        .where(ImportRow.import_id == import_id, ImportRow.status.in_([status] if status else [UNDECIDED, REJECTED]))
        .order_by(ImportRow.number)
    )
    rows = db.session.execute(query.limit(limit) if limit else query)
    return [
        Problem(number, state, problem, _cells(data), [f"{item['name']} ({item['code']})" for item in suggestions])
        for number, state, problem, data, suggestions in rows
    ]


def _cells(data: dict[str, Any]) -> dict[str, str]:
    """The cells of a row by their titles, as they were or as they were understood."""
    if "cells" in data:
        return dict(data["cells"])
    row = from_json(data["row"])
    titles = [column.title for column in COLUMNS[:5]]
    places = (row.name, row.province, row.regency, row.district, row.village)
    cells = dict(zip(titles, places, strict=True))
    cells |= {title: "" if (v := row.scores[key]) is None else str(v) for key, title in SCORE_TITLES.items()}
    cells |= {title: "" if (v := row.indices[key]) is None else hundredths(v) for key, title in INDEX_TITLES.items()}
    return cells | {LABEL: formats.word("class", row.label)}


def problems_csv(import_id: int) -> bytes:
    """The rows that are not in, for Excel: first what is wrong, then the row as a file that can be imported again."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    titles = [column.title for column in COLUMNS]
    writer.writerow([_("Baris"), _("Keadaan"), _("Masalah"), _("Saran"), *titles])
    for row in problems(import_id):
        first = [str(row.number), row.status_words, " ".join(row.problem.split()), ", ".join(row.suggestions)]
        writer.writerow([safe(cell) for cell in [*first, *(row.cells.get(title, "") for title in titles)]])
    return target.getvalue().encode("utf-8-sig", "replace")
