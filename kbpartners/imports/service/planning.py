"""The first half of an import: read the file and find every village, without a lock and without writing anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.errors import Invalid
from kbpartners.imports.kampung_rows import KampungRow, open_list, parse, shared_villages
from kbpartners.imports.service import knowledge
from kbpartners.imports.service.knowledge import Knowledge
from kbpartners.kampung import service as kampung
from kbpartners.kampung.models import sort_name
from kbpartners.regions.index import Resolution
from kbpartners.regions.models import PROVINCE, VILLAGE

NAME, SHARED, TAKEN = "name", "shared", "taken"
"""Why a row needs a person: a name that is not certain, two rows for one village, a village that is taken."""
FIRST_YEAR = 2016
"""Kampung KB began in January 2016."""
MOST_REJECTED, MOST_OPEN = 5_000, 20_000
"""A file with more rows that cannot be taken, or that a person would have to decide on, is not this list."""
NOTES = 100
"""So many remarks on rows that were taken as they stand are kept."""
_STEP = 250

Progress = Callable[[int, int, str], None]


@dataclass
class OpenRow:
    """A row that a person must decide on. `suggestions` as they are stored: region_id, code, name, score, taken."""

    row: KampungRow
    kind: str
    level: int
    parent_id: int | None
    name: str
    problem: str
    suggestions: list[dict[str, Any]] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """What is kept of it, so that the decision can write it later."""
        return {"kind": self.kind, "level": self.level, "row": to_json(self.row)}


class RejectedRow(NamedTuple):
    """A row that cannot be taken: what is wrong with which cell, and what stood there."""

    number: int
    problem: str
    cells: dict[str, str]


class Found(NamedTuple):
    """A row whose village is certain. `decided`: by a spelling that a person decided."""

    row: KampungRow
    code: str
    decided: bool

    @property
    def published(self) -> kampung.Published:
        return published(self.row, self.code)


@dataclass
class Plan:
    """What an import will write."""

    filename: str
    sha256: str
    year: int
    count: int
    found: list[Found]
    open: list[OpenRow]
    rejected: list[RejectedRow]
    notes: list[str]


def parse_year(text: str | int | None) -> int:
    """The year of a list. Raises Invalid for what is no year in which such a list can have been published."""
    last = clock.today().year + 1
    digits = str(text or "").strip()
    if digits.isascii() and digits.isdecimal() and len(digits) == 4 and FIRST_YEAR <= int(digits) <= last:
        return int(digits)
    if not digits:
        raise Invalid(_("Isi tahun data, misalnya %(year)s.", year=last - 1), "year")
    raise Invalid(
        _(
            'Tahun harus empat angka dari %(first)s sampai %(last)s, bukan "%(value)s".',
            first=FIRST_YEAR,
            last=last,
            value=digits[:40],
        ),
        "year",
    )


def read(source: Path | bytes, filename: str, year: int, progress: Progress) -> Plan:
    """Read a file and look every row's village up. Raises WorkbookError for a file that cannot be read."""
    table = open_list(source, filename)
    rows: list[KampungRow] = []
    rejected: list[RejectedRow] = []
    notes: list[str] = []
    for done, line in enumerate(parse(table)):
        if done % _STEP == 0:
            progress(done, table.count, _("Membaca baris"))
        if line.row is None:
            rejected.append(RejectedRow(line.number, "\n".join(str(error) for error in line.errors), line.cells))
            _check_many(len(rejected), MOST_REJECTED, str(line.errors[0]))
        else:
            rows.append(line.row)
            notes += [str(note) for note in line.notes][: NOTES - len(notes)]
    progress(table.count, table.count, _("Mencocokkan wilayah"))
    known = knowledge.load({row.province for row in rows})
    found, opened = match(rows, known, year)
    _check_many(len(opened), MOST_OPEN, opened[0].problem if opened else "")
    progress(table.count, table.count, _("Menyimpan"))
    return Plan(filename, _sha256(source), year, table.count, found, opened, rejected, notes)


def _check_many(number: int, most: int, example: str) -> None:
    if number > most:
        raise Invalid(
            _(
                "Lebih dari %(n)s baris tidak dapat dipakai, jadi tidak ada yang diimpor. Periksa kolom berkasnya. "
                "Contoh: %(example)s",
                n=formats.number(most),
                example=example,
            ),
            "file",
        )


def _sha256(source: Path | bytes) -> str:
    data = source if isinstance(source, bytes) else source.read_bytes()
    return hashlib.sha256(data).hexdigest()


# --- matching ----------------------------------------------------------------------------------------------------


def match(rows: Iterable[KampungRow], known: Knowledge, year: int) -> tuple[list[Found], list[OpenRow]]:
    """Split rows into those whose village is certain and theirs alone, and those that a person decides on."""
    found: list[Found] = []
    questions: list[tuple[KampungRow, Resolution]] = []
    for row in rows:
        answer = known.index.resolve(row.province, row.regency, row.district, row.village)
        if answer.code is None:
            questions.append((row, answer))
        else:
            found.append(Found(row, answer.code, known.decided_village(answer, row.village)))
    found, opened = _alone(found, known)
    found, more = _not_taken(found, known, year)
    opened += more
    claims = {entry.code: entry.row for entry in found}
    opened += [_question(row, answer, known, claims) for row, answer in questions]
    opened.sort(key=lambda entry: entry.row.number)
    return found, opened


def _alone(found: list[Found], known: Knowledge) -> tuple[list[Found], list[OpenRow]]:
    """Two rows for one village: neither is taken, a person says which is meant."""
    shared = shared_villages((entry.row.number, entry.code) for entry in found)
    opened = []
    for entry in found:
        if entry.code in shared:
            numbers = ", ".join(str(number) for number in shared[entry.code])
            problem = _(
                "Baris %(rows)s menyebut desa/kelurahan yang sama: %(place)s.",
                rows=numbers,
                place=known.words(entry.code),
            )
            opened.append(_about_village(entry, SHARED, problem, "", known))
    return [entry for entry in found if entry.code not in shared], opened


def _not_taken(found: list[Found], known: Knowledge, year: int) -> tuple[list[Found], list[OpenRow]]:
    """A decided spelling leads to a village whose Kampung KB came from another row: nothing is overwritten."""
    asked = {known.region_id(entry.code): entry for entry in found if entry.decided}
    there = kampung.occupants(asked, year) if asked else {}
    opened = {}
    for region_id, entry in asked.items():
        if (occupant := taken_by(there.get(region_id), entry.row)) is not None:
            opened[entry.code] = about_taken(entry, occupant, known, year)
    return [entry for entry in found if entry.code not in opened], list(opened.values())


def taken_by(
    occupant: kampung.Occupant | None, row: KampungRow, import_id: int | None = None
) -> kampung.Occupant | None:
    """The Kampung KB that keeps an open row of the import `import_id` out of its village.

    It is classified in that year already, by another row of this import or under another name.
    """
    if occupant is None or not occupant.classified:
        return None
    if import_id is not None and occupant.import_id == import_id:
        return occupant
    return occupant if sort_name(occupant.name) != sort_name(row.name) else None


def about_taken(entry: Found, occupant: kampung.Occupant, known: Knowledge, year: int) -> OpenRow:
    """The question of a row whose village is taken."""
    title = kampung.title(occupant.name)
    problem = _(
        "%(place)s sudah terpakai oleh %(title)s (klasifikasi %(year)s).",
        place=known.words(entry.code),
        title=title,
        year=year,
    )
    return _about_village(entry, TAKEN, problem, title, known)


def _about_village(entry: Found, kind: str, problem: str, taken: str, known: Knowledge) -> OpenRow:
    suggestion = {
        "region_id": known.region_id(entry.code),
        "code": entry.code,
        "name": known.name(entry.code),
        "score": 100,
        "taken": taken,
    }
    parent = known.region_id(entry.code[:8])
    return OpenRow(entry.row, kind, VILLAGE, parent, entry.row.village, problem, [suggestion])


def _question(row: KampungRow, answer: Resolution, known: Knowledge, claims: Mapping[str, KampungRow]) -> OpenRow:
    question = answer.question
    assert question is not None  # noqa: S101 - a resolution without a code always has one
    parent = question.parent_code
    suggestions = [
        {
            "region_id": known.region_id(item.code),
            "code": item.code,
            "name": item.name,
            "score": item.score,
            "taken": _claimant(claims.get(item.code)),
        }
        for item in answer.suggestions.items
    ]
    parent_id = known.region_id(parent) if parent else None
    problem = question_words(question.level, question.name, known.words(parent) if parent else "")
    return OpenRow(row, NAME, question.level, parent_id, question.name, problem, suggestions)


def _claimant(row: KampungRow | None) -> str:
    if row is None:
        return ""
    return _("%(title)s, baris %(row)s", title=kampung.title(row.name), row=row.number)


def question_words(level: int, name: str, parent: str) -> str:
    """'Kecamatan "LAWANG WETAN" tidak ditemukan di Kabupaten Musi Banyuasin.'"""
    kind = formats.word("level", level)
    if level == PROVINCE or not parent:
        return _('%(level)s "%(name)s" tidak ditemukan.', level=kind, name=name)
    return _('%(level)s "%(name)s" tidak ditemukan di %(parent)s.', level=kind, name=name, parent=parent)


# --- rows as they are kept and written -----------------------------------------------------------------------------


def published(row: KampungRow, code: str) -> kampung.Published:
    """A row as the Kampung KB feature takes it."""
    values = row.scores | row.indices
    return kampung.Published(code, row.name, row.label, tuple(values[name] for name in kampung.MEASURES))


def to_json(row: KampungRow) -> dict[str, Any]:
    """A row as JSON values; `from_json` gives it back."""
    values = row.scores | row.indices
    names = ("number", "name", "province", "regency", "district", "village", "label")
    return {name: getattr(row, name) for name in names} | {"measures": [values[name] for name in kampung.MEASURES]}


def from_json(data: Mapping[str, Any]) -> KampungRow:
    """A row that was kept."""
    values = dict(zip(kampung.MEASURES, data["measures"], strict=True))
    scores = {name: value for name, value in values.items() if not name.startswith("index_")}
    indices = {name: value for name, value in values.items() if name.startswith("index_")}
    names = ("number", "name", "province", "regency", "district", "village", "label")
    return KampungRow(**{name: data[name] for name in names}, scores=scores, indices=indices)
