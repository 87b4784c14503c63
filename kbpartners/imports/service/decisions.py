"""What a person decides about rows that did not go in by themselves: shown as questions, applied at once.

One decision about a name answers every row that asks the same, in every import; it is remembered as an alias, so the
next import follows it by itself. A decision about a village that two rows claim is about one row only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select, update

from kbpartners import formats
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound
from kbpartners.imports.kampung_rows import KampungRow
from kbpartners.imports.models import Import, ImportRow
from kbpartners.imports.service import knowledge, planning, writing
from kbpartners.imports.service.knowledge import Knowledge
from kbpartners.imports.service.planning import NAME, SHARED, TAKEN, Found, OpenRow, from_json
from kbpartners.imports.service.writing import DECIDED, REJECTED, UNDECIDED, Counts
from kbpartners.kampung import service as kampung
from kbpartners.regions import service as regions
from kbpartners.regions.models import VILLAGE
from kbpartners.regions.names import LIKELY, MARGIN, alias_key
from kbpartners.security import Identity

SHOWN, READ = 50, 3_000
"""So many questions are shown at once, from so many open rows; the others follow when these are decided."""

# --- the questions -----------------------------------------------------------------------------------------------


class Choice(NamedTuple):
    """A region that may be meant. `taken`: who keeps it from being chosen; `there`: who stands there already."""

    region_id: int
    name: str
    code: str
    likeness: str
    taken: str
    there: str
    kampung_id: int | None


class Line(NamedTuple):
    """A row of the file behind a question."""

    number: int
    name: str
    village: str
    label: str


@dataclass
class Question:
    """What has to be decided. `id` is the first of its rows; `likely` the choice that stands out, if one does."""

    id: int
    kind: str
    level: int
    name: str
    parent_id: int | None
    parent: str
    problem: str
    year: int
    choices: list[Choice] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    likely: int | None = None

    @property
    def title(self) -> str:
        return f"{formats.word('level', self.level)} {self.name}"

    @property
    def free(self) -> list[Choice]:
        return [choice for choice in self.choices if not choice.taken]


class _Row(NamedTuple):
    """An open row as it is stored."""

    id: int
    import_id: int
    year: int
    number: int
    status: str
    problem: str
    data: dict[str, Any]
    suggestions: list[dict[str, Any]]
    parent_region_id: int | None
    unresolved_name: str

    @property
    def kind(self) -> str:
        return str(self.data["kind"])

    @property
    def level(self) -> int:
        return int(self.data["level"])

    @property
    def row(self) -> KampungRow:
        return from_json(self.data["row"])

    @property
    def key(self) -> tuple[Any, ...]:
        """Rows with an equal key are answered by one decision."""
        if self.kind != NAME:
            return (self.kind, self.id)
        return (NAME, self.level, self.parent_region_id, alias_key(self.unresolved_name))


_ROWS = select(
    ImportRow.id,
    ImportRow.import_id,
    Import.year,
    ImportRow.number,
    ImportRow.status,
    ImportRow.problem,
    ImportRow.data,
    ImportRow.suggestions,
    ImportRow.parent_region_id,
    ImportRow.unresolved_name,
).join(Import, Import.id == ImportRow.import_id)


def questions(import_id: int, row_id: int | None = None) -> list[Question]:
    """The open questions of an import, those that stand for many rows first; with `row_id` the one this row asks.

    Whether a suggested village is free is looked up now: since the import others may have taken it.
    """
    query = _ROWS.where(ImportRow.import_id == import_id, ImportRow.status == UNDECIDED)
    query = query.order_by(ImportRow.number).limit(READ)
    grouped: dict[tuple[Any, ...], list[_Row]] = {}
    for row in db.session.execute(query):
        stored = _Row._make(row)
        grouped.setdefault(stored.key, []).append(stored)
    wanted = [rows for rows in grouped.values() if row_id is None or any(row.id == row_id for row in rows)]
    groups = sorted(wanted, key=lambda rows: -len(rows))[:SHOWN]
    suggested = [item["region_id"] for rows in groups for item in rows[0].suggestions]
    year = groups[0][0].year if groups else 0
    there = kampung.occupants(suggested, year) if suggested else {}
    parents = regions.labels(rows[0].parent_region_id for rows in groups)
    return [_question(rows, there, parents) for rows in groups]


def _question(rows: Sequence[_Row], there: Mapping[int, kampung.Occupant], parents: Mapping[int, str]) -> Question:
    first = rows[0]
    question = Question(
        id=first.id,
        kind=first.kind,
        level=first.level,
        name=first.unresolved_name,
        parent_id=first.parent_region_id,
        parent=parents.get(first.parent_region_id or 0, ""),
        problem=first.problem,
        year=first.year,
        choices=[_choice(item, there.get(item["region_id"]), first) for item in first.suggestions],
        lines=[_line(row.row) for row in rows],
    )
    scores = sorted((item["score"] for item in first.suggestions), reverse=True)
    if first.kind == NAME and scores and scores[0] >= LIKELY and scores[0] - (scores[1:] or [0])[0] >= MARGIN:
        best = max(first.suggestions, key=lambda item: item["score"])["region_id"]
        question.likely = best if any(choice.region_id == best for choice in question.free) else None
    return question


def _line(row: KampungRow) -> Line:
    return Line(row.number, kampung.title(row.name), row.village, formats.word("class", row.label))


def _choice(item: Mapping[str, Any], occupant: kampung.Occupant | None, asked: _Row) -> Choice:
    taker = _taker(asked, item["region_id"], occupant)
    there = kampung.title(occupant.name) if occupant and not taker else ""
    taken = kampung.title(taker.name) if taker else ""
    return Choice(
        item["region_id"],
        item["name"],
        item["code"],
        _likeness(item["score"], asked.kind),
        taken,
        there,
        occupant.id if occupant else None,
    )


def _taker(asked: _Row, region_id: int, occupant: kampung.Occupant | None) -> kampung.Occupant | None:
    """The Kampung KB that keeps a row out of a village: another row of the same file, or of an earlier one, has it."""
    claimed = any(item["taken"] and item["region_id"] == region_id for item in asked.suggestions)
    return occupant if claimed else planning.taken_by(occupant, asked.row, asked.import_id)


def _likeness(score: int, kind: str) -> str:
    """A score in words."""
    if kind != NAME:
        return ""
    if score == 0:
        return _("nama sama, kecamatan lain")
    return _("hampir sama") if score >= LIKELY else _("mirip") if score >= 75 else _("agak mirip")


# --- deciding ----------------------------------------------------------------------------------------------------


class Decision(NamedTuple):
    """What a decision did: rows that went in, and rows that ask something else now."""

    applied: int
    still_open: int


def reject(who: Identity, import_id: int, row_id: int, *, reason: str) -> int:
    """Leave out all rows of a question, for a reason that is kept with them. Returns how many.

    Nothing is remembered: the next import asks again. Raises NotFound, Invalid.
    """
    if not reason.strip():
        raise Invalid(_("Tulis alasannya."), "reason")
    asked = _asked(import_id, row_id)
    rows = [row for row in _same_question(asked) if row.import_id == import_id]
    problem = _("Ditolak %(name)s: %(reason)s", name=who.name, reason=reason.strip())
    db.session.execute(
        update(ImportRow),
        [{"id": row.id, "status": REJECTED, "problem": f"{row.problem}\n{problem}"} for row in rows],
    )
    sentence = f"{who.name} menolak {len(rows)} baris ({_numbers(rows)}), {_words(asked)}: {reason.strip()}"
    _recount(who, import_id, sentence, undecided=-len(rows), rejected=len(rows))
    return len(rows)


def decide(who: Identity, import_id: int, row_id: int, *, region_id: int) -> Decision:
    """Answer a question with a region, remember it, and write all rows that it answers, in the caller's transaction.

    Raises Invalid (region_id) for a region of another level, and for a village whose Kampung KB came from another row;
    NotFound.
    """
    asked = _asked(import_id, row_id)
    region = regions.by_id(region_id)
    if region is None or region.level != asked.level:
        wanted = formats.word("level", asked.level).lower()
        raise Invalid(_("Pilih %(level)s.", level=wanted), "region_id")
    _check_free(asked, region)
    if asked.kind == NAME or knowledge.is_alias(asked.parent_region_id, asked.unresolved_name):
        knowledge.remember(who, parent_id=asked.parent_region_id, name=asked.unresolved_name, region_id=region.id)
    rows = _same_question(asked)
    known = knowledge.load({row.row.province for row in rows})
    if region.code not in known.index.by_code:
        raise Invalid(_("Wilayah ini di luar provinsi yang disebut berkas."), "region_id")
    applied = opened = 0
    for each in sorted({row.import_id for row in rows}):
        here = [row for row in rows if row.import_id == each]
        found, questions = _matched(here, known, region.code)
        _apply(who, each, here, found, questions, f"{_words(asked)} = {regions.label(region.id)}")
        applied += len(found)
        opened += len(questions)
    return Decision(applied, opened)


def _asked(import_id: int, row_id: int) -> _Row:
    row = db.session.execute(_ROWS.where(ImportRow.import_id == import_id, ImportRow.id == row_id)).one_or_none()
    if row is None or "row" not in row.data:
        raise NotFound
    if row.status != UNDECIDED:
        raise Invalid(_("Pertanyaan ini sudah diputuskan."))
    return _Row._make(row)


def _same_question(asked: _Row) -> list[_Row]:
    """Every open row, in any import, that one decision answers; the older import first. They are locked."""
    query = _ROWS.where(Import.undecided > 0, ImportRow.status == UNDECIDED)
    if asked.kind != NAME:
        query = query.where(ImportRow.id == asked.id)
    elif asked.parent_region_id is not None:
        query = query.where(ImportRow.parent_region_id == asked.parent_region_id)
    query = query.order_by(ImportRow.import_id, ImportRow.number).with_for_update(of=ImportRow)
    rows = [row for row in map(_Row._make, db.session.execute(query)) if row.key == asked.key]
    if all(row.id != asked.id for row in rows):  # another person was faster
        raise Invalid(_("Pertanyaan ini sudah diputuskan."))
    return rows


def _check_free(asked: _Row, region: regions.RegionItem) -> None:
    if region.level != VILLAGE:
        return
    occupant = kampung.occupants([region.id], asked.year).get(region.id)
    if taker := _taker(asked, region.id, occupant):
        raise Invalid(
            _(
                "%(place)s sudah terpakai oleh %(title)s. Pilih wilayah lain atau tolak baris ini. Bila keduanya "
                "Kampung KB yang sama, samakan dahulu namanya di halaman Kampung KB itu.",
                place=regions.label(region.id),
                title=kampung.title(taker.name),
            ),
            "region_id",
        )


def _matched(rows: Sequence[_Row], known: Knowledge, code: str) -> tuple[list[Found], list[OpenRow]]:
    """What the rows of one import are now: certain, or a question again (a village in the decided district, say)."""
    if rows[0].kind != NAME:
        return [Found(rows[0].row, code, True)], []
    found, opened = planning.match([row.row for row in rows], known, rows[0].year)
    there = kampung.occupants([known.region_id(entry.code) for entry in found], rows[0].year)
    taken = {
        entry.row.number: taker
        for entry in found
        if (taker := planning.taken_by(there.get(known.region_id(entry.code)), entry.row, rows[0].import_id))
    }
    opened += [
        planning.about_taken(entry, taken[entry.row.number], known, rows[0].year)
        for entry in found
        if entry.row.number in taken
    ]
    return [entry for entry in found if entry.row.number not in taken], opened


def _apply(
    who: Identity,
    import_id: int,
    rows: Sequence[_Row],
    found: Sequence[Found],
    opened: Sequence[OpenRow],
    words: str,
) -> None:
    """Write the rows of one import that are certain now, ask anew about the others, and count again."""
    record = db.session.execute(select(Import.filename, Import.year).where(Import.id == import_id)).one()
    outcome = kampung.write_list(
        who,
        [entry.published for entry in found],
        year=record.year,
        source=writing.source_words(record.filename),
        origin=writing.origin(import_id),
        import_id=import_id,
    )
    ids = {row.number: row.id for row in rows}
    if found:
        db.session.execute(update(ImportRow), [{"id": ids[e.row.number], "status": DECIDED} for e in found])
    if opened:
        db.session.execute(update(ImportRow), [_asked_anew(ids[entry.row.number], entry) for entry in opened])
    sentence = f"{who.name} memutuskan {words}: {len(found)} baris masuk"
    sentence += f", {len(opened)} baris masih perlu keputusan." if opened else "."
    created, changed, same = outcome
    _recount(who, import_id, sentence, created=created, changed=changed, same=same, undecided=-len(found))


def _asked_anew(row_id: int, entry: OpenRow) -> dict[str, Any]:
    return {
        "id": row_id,
        "problem": entry.problem,
        "data": entry.data(),
        "suggestions": entry.suggestions,
        "parent_region_id": entry.parent_id,
        "unresolved_name": entry.name[:100],
    }


def _recount(who: Identity, import_id: int, sentence: str, **deltas: int) -> None:
    """Move rows from one count of an import to another and log the decision with the counts as they stand."""
    db.session.execute(
        update(Import)
        .where(Import.id == import_id)
        .values({getattr(Import, name): getattr(Import, name) + delta for name, delta in deltas.items()})
    )
    columns = [getattr(Import, name) for name in Counts._fields]
    filename, year, *counts = db.session.execute(
        select(Import.filename, Import.year, *columns).where(Import.id == import_id)
    ).one()
    writing.log(who, import_id, filename, year, Counts._make(counts), sentence)


def _words(asked: _Row) -> str:
    return f'{formats.word("level", asked.level).lower()} "{asked.unresolved_name}"'


def _numbers(rows: Iterable[_Row]) -> str:
    numbers = [str(row.number) for row in rows]
    return ", ".join(numbers[:20]) + ("…" if len(numbers) > 20 else "")


__all__ = ["NAME", "SHARED", "TAKEN", "Choice", "Decision", "Line", "Question", "decide", "questions", "reject"]
