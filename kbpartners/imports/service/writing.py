"""The second half of an import: everything into the database at once, in the caller's one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, update

from kbpartners import clock
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.imports.models import Import, ImportRow
from kbpartners.imports.service.planning import OpenRow, Plan, RejectedRow
from kbpartners.kampung import service as kampung
from kbpartners.kampung.service.facts import actor
from kbpartners.security import Identity

SUBJECT = "import"
UNDECIDED, DECIDED, REJECTED = "undecided", "decided", "rejected"


class Counts(NamedTuple):
    """What became of the rows of a file; the five numbers add up to `rows`."""

    rows: int
    created: int
    changed: int
    same: int
    undecided: int
    rejected: int

    def __str__(self) -> str:
        """The line with which every import ends; scripts read it, so it is never translated."""
        return (
            f"baris: {self.rows}, baru: {self.created}, berubah: {self.changed}, sama: {self.same}, "
            f"perlu keputusan: {self.undecided}, ditolak: {self.rejected}"
        )


class Imported(NamedTuple):
    """A finished import."""

    id: int
    counts: Counts
    notes: list[str]


def save(who: Identity | None, plan: Plan, *, started_at: datetime, job_id: int | None = None) -> Imported:
    """Write what was planned: Kampung KB with their classification, open and rejected rows, the import itself."""
    import_id = db.session.execute(
        insert(Import)
        .values(
            filename=plan.filename[-200:],
            year=plan.year,
            sha256=plan.sha256,
            job_id=job_id,
            started_at=started_at,
            started_by_id=who.user_id if who else None,
        )
        .returning(Import.id)
    ).scalar_one()
    outcome = kampung.write_list(
        who,
        [entry.published for entry in plan.found],
        year=plan.year,
        source=source_words(plan.filename),
        origin=origin(import_id),
        import_id=import_id,
    )
    counts = Counts(plan.count, *outcome, len(plan.open), len(plan.rejected))
    rows = [_open_row(import_id, entry) for entry in plan.open]
    rows += [_rejected_row(import_id, entry) for entry in plan.rejected]
    if rows:
        db.session.execute(insert(ImportRow), rows)
    db.session.execute(update(Import).where(Import.id == import_id).values(**counts._asdict(), finished_at=clock.now()))
    sentence = f"{actor(who)} mengimpor {plan.filename}, tahun {plan.year}. {counts}"
    log(who, import_id, plan.filename, plan.year, counts, sentence, plan.notes)
    return Imported(import_id, counts, plan.notes)


def log(
    who: Identity | None,
    import_id: int,
    filename: str,
    year: int,
    counts: Counts,
    sentence: str,
    notes: list[str] | None = None,
) -> None:
    """Add a revision of an import with its counts as they stand now."""
    saved: dict[str, Any] = {"filename": filename, "year": year, **counts._asdict()}
    if notes:
        saved["notes"] = notes
    audit.record(who, SUBJECT, import_id, sentence, snapshot=saved)


def origin(import_id: int) -> str:
    """Where a change came from, for the sentences of the log."""
    return f"impor {import_id}"


def source_words(filename: str) -> str:
    """What a classification says about where it was published."""
    return f"Berkas {filename}"[:200]


def _open_row(import_id: int, entry: OpenRow) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "number": entry.row.number,
        "status": UNDECIDED,
        "problem": entry.problem,
        "data": entry.data(),
        "suggestions": entry.suggestions,
        "parent_region_id": entry.parent_id,
        "unresolved_name": entry.name[:100],
    }


def _rejected_row(import_id: int, entry: RejectedRow) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "number": entry.number,
        "status": REJECTED,
        "problem": entry.problem,
        "data": {"cells": entry.cells},
        "suggestions": [],
        "parent_region_id": None,
        "unresolved_name": "",
    }
