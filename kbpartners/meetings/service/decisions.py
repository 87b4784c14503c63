"""Decisions of a meeting (arahan, kesepakatan, rekomendasi, rumusan): what commitments and follow-ups come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from kbpartners import formats
from kbpartners.audit import service as audit
from kbpartners.db import db, violated
from kbpartners.errors import Conflict, FieldConflict, Invalid, NotFound
from kbpartners.meetings.models import Decision, Meeting
from kbpartners.meetings.service.records import actor, locked, seen_by
from kbpartners.security import Identity


@dataclass(frozen=True)
class DecisionValues:
    """What a person fills in. `number` counts within the kind; None is the next one, or the one it has."""

    kind: str
    number: int | None
    text: str
    by: str = ""


class DecisionSource(NamedTuple):
    """Where a commitment or follow-up came from: `words` is "Arahan 1", `seen` whether the reader may open it."""

    id: int
    meeting_id: int
    meeting: str
    held_on: date
    kind: str
    number: int
    text: str
    is_example: bool
    seen: bool

    @property
    def words(self) -> str:
        """ "Arahan 1"."""
        return f"{formats.word('decision_kind', self.kind)} {self.number}"


def source_of(who: Identity, decision_id: int) -> DecisionSource | None:
    """The decision that something came from, for the pages of commitments and follow-ups. None if there is none.

    Where `seen` is false, show neither link nor text: the reader is not invited to that meeting.
    """
    row = db.session.execute(
        select(
            Decision.id,
            Meeting.id,
            Meeting.title,
            Meeting.held_on,
            Decision.kind,
            Decision.number,
            Decision.text,
            Decision.is_example,
            seen_by(who).label("seen"),
        )
        .join(Meeting, Meeting.id == Decision.meeting_id)
        .where(Decision.id == decision_id)
    ).one_or_none()
    return DecisionSource(*row) if row else None


def decision(who: Identity, decision_id: int) -> tuple[DecisionSource, DecisionValues, int]:
    """A decision for its edit form: where it belongs, its values and version. Raises NotFound."""
    source = source_of(who, decision_id)
    row = db.session.get(Decision, decision_id)
    if source is None or row is None or not source.seen:
        raise NotFound
    return source, _values(row), row.version


def next_numbers(meeting_id: int) -> dict[str, int]:
    """The next free number of each kind at a meeting."""
    rows = db.session.execute(
        select(Decision.kind, func.max(Decision.number))
        .where(Decision.meeting_id == meeting_id)
        .group_by(Decision.kind)
    )
    used = {row[0]: row[1] for row in rows}
    return {kind: used.get(kind, 0) + 1 for kind in formats.DECISION_KINDS}


def add_decision(*, who: Identity | None, meeting_id: int, values: DecisionValues, is_example: bool = False) -> int:
    """Record a decision and return its id. Raises NotFound, Invalid (`number`) where the number is taken."""
    meeting = locked(who, meeting_id)
    row = Decision(meeting_id=meeting_id, is_example=is_example)
    values = replace(values, number=values.number or next_numbers(meeting_id)[values.kind])
    _save(row, values, version=1)
    with force_locale("id"):
        words = f"{formats.word('decision_kind', row.kind)} {row.number}"
    _record(who, row, f"{actor(who)} mencatat {words} pada rapat “{meeting.title}”.", [])
    return row.id


def update_decision(*, who: Identity | None, decision_id: int, version: int, values: DecisionValues) -> None:
    """Change a decision. Raises NotFound, Conflict when somebody saved first, Invalid (`number`)."""
    row = db.session.execute(
        select(Decision)
        .join(Meeting, Meeting.id == Decision.meeting_id)
        .where(Decision.id == decision_id, seen_by(who))
        .with_for_update(of=Decision)
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    before = _values(row)
    values = replace(values, number=values.number or row.number)
    if row.version != version and before != values:
        raise Conflict(_differences(before, values), row.version)
    if before == values:
        return
    _save(row, values, version=row.version + 1)
    with force_locale("id"):
        changes = [(diff.label, diff.saved, diff.yours) for diff in _differences(before, values)]
        words = f"{formats.word('decision_kind', before.kind)} {before.number}"
    _record(who, row, f"{actor(who)} mengubah {words}.", changes)


def _save(row: Decision, values: DecisionValues, *, version: int) -> None:
    try:
        with db.session.begin_nested():  # what is changed before it would be flushed outside the savepoint
            row.kind, row.number, row.text, row.by = values.kind, values.number or 0, values.text, values.by
            row.version = version
            db.session.add(row)
            db.session.flush()
    except IntegrityError as error:
        _name, column = violated(error)
        if column != "number":
            raise
        kind = formats.word("decision_kind", values.kind)
        taken = _("%(kind)s nomor %(number)s sudah ada pada rapat ini.", kind=kind, number=values.number)
        raise Invalid(taken, "number") from error


def snapshot(row: Decision) -> dict[str, Any]:
    """What a report prints of a decision, as JSON values."""
    return {
        "meeting_id": row.meeting_id,
        "kind": row.kind,
        "number": row.number,
        "text": row.text,
        "by": row.by,
        "is_example": row.is_example,
    }


def _record(who: Identity | None, row: Decision, sentence: str, changes: list[audit.Change]) -> None:
    audit.record(who, "decision", row.id, sentence, snapshot=snapshot(row), changes=changes)


def _values(row: Decision) -> DecisionValues:
    return DecisionValues(kind=row.kind, number=row.number, text=row.text, by=row.by)


def _differences(saved: DecisionValues, yours: DecisionValues) -> list[FieldConflict]:
    return [
        FieldConflict(_("Jenis"), formats.word("decision_kind", saved.kind), formats.word("decision_kind", yours.kind)),
        FieldConflict(_("Nomor"), str(saved.number), str(yours.number)),
        FieldConflict(_("Isi"), saved.text, yours.text),
        FieldConflict(_("Disampaikan oleh"), saved.by, yours.by),
    ]
