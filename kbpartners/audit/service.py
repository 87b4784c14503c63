"""Writing and reading the revision log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, and_, func, insert, select
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.audit.models import Revision
from kbpartners.db import db, run
from kbpartners.security import Identity

Change = tuple[str, str, str]
"""(label, old, new): one line of a difference that a person can read."""


def record(
    who: Identity | None,
    subject_type: str,
    subject_id: int,
    sentence: str,
    *,
    snapshot: dict[str, Any] | None = None,
    changes: Iterable[Change] = (),
) -> None:
    """Add one revision. `who` is None for the system itself (the sentence then says so).

    `sentence` is Indonesian, complete without its context ("Rina menerima laporan 6 Mei 2026."). `snapshot` holds JSON
    values only (dates as ISO text): what a report prints of this record.
    """
    record_many(who, subject_type, [(subject_id, sentence, snapshot or {}, changes)])


Line = tuple[int, str, dict[str, Any], Iterable[Change]]
"""(subject id, sentence, snapshot, changes): a revision of one of many records of a type."""


def record_many(who: Identity | None, subject_type: str, lines: Iterable[Line]) -> None:
    """Add a revision for each of many records of one type, in one statement."""
    now, actor = clock.now(), actor_columns(who)
    rows = [
        {
            "subject_type": subject_type,
            "subject_id": subject_id,
            "recorded_at": now,
            "sentence": sentence,
            **actor,
            "snapshot": snapshot,
            "changes": [list(change) for change in changes if change[1] != change[2]],
        }
        for subject_id, sentence, snapshot, changes in lines
    ]
    if rows:
        run(_INSERT, rows)


def actor_columns(who: Identity | None) -> dict[str, Any]:
    """Who writes, with the post held at this moment, as the columns of a revision (nobody: the system)."""
    if who is None:
        return {"actor_id": None, "actor_post_id": None, "actor_name": "", "actor_post": ""}
    held = ", ".join(words for words in (who.post_title, who.unit_name) if words)
    return {"actor_id": who.user_id, "actor_post_id": who.post_id, "actor_name": who.name, "actor_post": held}


_INSERT = insert(cast(Table, Revision.__table__))


@dataclass(frozen=True)
class Entry:
    """A revision as a page shows it. `actor` ("" for the system) and `post` are those of the day of the write."""

    id: int
    recorded_at: datetime
    actor: str
    post: str
    sentence: str
    changes: Sequence[Change]
    subject_type: str
    subject_id: int

    @property
    def by(self) -> str:
        """ "Mayor Budi (Perwira penghubung, Kodam II/Sriwijaya)"; "" for the system."""
        return f"{self.actor} ({self.post})" if self.post else self.actor


_ENTRIES = select(
    Revision.id,
    Revision.recorded_at,
    Revision.actor_name,
    Revision.actor_post,
    Revision.sentence,
    Revision.changes,
    Revision.subject_type,
    Revision.subject_id,
)


def history(subject_type: str, subject_id: int, limit: int = 50) -> list[Entry]:
    """The latest revisions of one record, newest first."""
    rows = db.session.execute(
        _ENTRIES.where(Revision.subject_type == subject_type, Revision.subject_id == subject_id)
        .order_by(Revision.recorded_at.desc(), Revision.id.desc())
        .limit(limit)
    )
    return [Entry(*row) for row in rows]


def page(
    *,
    subject_type: str = "",
    actor_id: int | None = None,
    day: date | None = None,
    after: int | None = None,
    size: int = 50,
) -> list[Entry]:
    """A page of the whole log, newest first; `after` is the id of the last row of the page before."""
    query = _ENTRIES.order_by(Revision.id.desc()).limit(size + 1)
    if subject_type:
        query = query.where(Revision.subject_type == subject_type)
    if actor_id:
        query = query.where(Revision.actor_id == actor_id)
    if day:
        query = query.where(Revision.recorded_at < clock.end_of_day(day))
    if after:
        query = query.where(Revision.id < after)
    return [Entry(*row) for row in db.session.execute(query)]


def as_of(subject_type: str, day: date, subject_ids: Iterable[int] | None = None) -> dict[int, dict[str, Any]]:
    """The snapshots of all records of a type as they stood when `day` was over: {id: snapshot}.

    The state as of a day is the last revision recorded before the next local midnight.
    """
    other = aliased(Revision)
    newest = (
        select(func.max(other.id))
        .where(
            other.subject_type == subject_type,
            other.subject_id == Revision.subject_id,
            other.recorded_at < clock.end_of_day(day),
        )
        .scalar_subquery()
    )
    query = select(Revision.subject_id, Revision.snapshot).where(
        and_(Revision.subject_type == subject_type, Revision.id == newest)
    )
    if subject_ids is not None:
        query = query.where(Revision.subject_id.in_(list(subject_ids)))
    return {row.subject_id: row.snapshot for row in db.session.execute(query)}
