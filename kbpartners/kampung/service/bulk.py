"""Writing a published list: thousands of Kampung KB with a year's classification, in a few bulk statements.

The village is the identity: a line belongs to the Kampung KB that is active in its village, whatever that is called.
What is known already is not written again, so the same list changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Select, func, insert, or_, select, text, update
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.audit.models import Revision
from kbpartners.audit.service import actor_columns
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.kampung.models import SCORES, Classification, Kampung, KampungName, sort_name
from kbpartners.kampung.service.facts import INDICES, SUBJECT, Place, actor, hundredths, score_words, snapshot
from kbpartners.kampung.service.records import remember_names
from kbpartners.regions.models import VILLAGE, Region
from kbpartners.regions.service import current
from kbpartners.security import Identity

MEASURES = (*SCORES, *INDICES)
"""What is published beside the class: twelve scores (1–4) and three indices (hundredths), in this order."""
_FEW = 500
"""Up to so many villages are asked for by their codes; more by the range of their provinces."""


class Published(NamedTuple):
    """A line of a list: the village's code, the name as published, the class, and MEASURES (None: not published)."""

    code: str
    name: str
    label: str
    measures: tuple[int | None, ...]


class Outcome(NamedTuple):
    """How many lines were new Kampung KB, changed known ones, or said what was known."""

    created: int
    changed: int
    same: int


class Occupant(NamedTuple):
    """The active Kampung KB of a village, whether it is classified in the year asked about, and by which import."""

    id: int
    name: str
    classified: bool
    import_id: int | None


@dataclass(slots=True)
class _Known:
    """An active Kampung KB as it stands. The names are what a snapshot asks for."""

    id: int
    version: int
    name: str
    place: str
    launched_on: date | None
    ended_on: date | None
    note: str
    label: str
    label_year: int | None

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def write(
    who: Identity | None,
    lines: Sequence[Published],
    *,
    year: int,
    source: str,
    origin: str,
    import_id: int | None = None,
) -> Outcome:
    """Write a year's list, in the caller's writing transaction; all of it or, after an exception, nothing.

    New villages get a Kampung KB; known ones a classification where anything differs from the latest of that year, and
    the new name if the list is as recent as what is known (the former name is kept; one that was given up before does
    not come back). `source` is kept with the classification, `origin` goes into the sentences of the log. Raises
    Invalid for codes that are no villages today, and where two lines share one.
    """
    _keep_others_out()
    places = _places({line.code for line in lines})
    if len({line.code for line in lines}) < len(lines):
        raise Invalid(_("Satu desa/kelurahan muncul dua kali."))
    known = _known({place.regency_id for place in places.values()})
    new = [line for line in lines if places[line.code].region_id not in known]
    old = [line for line in lines if places[line.code].region_id in known]
    batch = _Batch(who, year, source, origin, import_id)
    if new:
        _insert(new, places, year)
        known = _known({place.regency_id for place in places.values()})
        for line in new:
            place = places[line.code]
            batch.register(known[place.region_id], line, place)
    latest = _latest(year, [known[places[line.code].region_id].id for line in old])
    former = _former_names([known[places[line.code].region_id].id for line in old])
    for line in old:
        kampung = known[places[line.code].region_id]
        batch.compare(kampung, line, places[line.code], latest.get(kampung.id), former.get(kampung.id, set()))
    batch.save()
    return Outcome(len(new), batch.changed, len(old) - batch.changed)


def occupants(region_ids: Iterable[int], year: int) -> dict[int, Occupant]:
    """The active Kampung KB of these villages, by region. One query."""
    other = aliased(Classification)
    newest = select(func.max(other.id)).where(other.kampung_id == Kampung.id, other.year == year).scalar_subquery()
    rows = db.session.execute(
        select(Kampung.region_id, Kampung.id, Kampung.name, Classification.id.is_not(None), Classification.import_id)
        .outerjoin(Classification, Classification.id == newest)
        .where(Kampung.region_id.in_(list(region_ids)), Kampung.ended_on.is_(None))
    )
    return {region_id: Occupant._make(columns) for region_id, *columns in rows}


class _Batch:
    """What one list adds, gathered line by line and written at once."""

    def __init__(self, who: Identity | None, year: int, source: str, origin: str, import_id: int | None) -> None:
        self.who, self.year, self.origin = who, year, origin
        self.now = clock.now()
        self.common = {"year": year, "source": source, "import_id": import_id, "recorded_at": self.now}
        self.classifications: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.names: list[tuple[int, str]] = []
        self.revisions: list[dict[str, Any]] = []
        self.changed = 0
        with force_locale("id"):
            self.classes = {key: formats.word("class", key) for key in formats.CLASSES}
            self.titles = [*score_words().values(), "Indeks input", "Indeks proses", "Indeks output"]

    def register(self, kampung: _Known, line: Published, place: Place) -> None:
        """A Kampung KB that was new a moment ago."""
        self._classify(kampung.id, line)
        self._log(
            kampung,
            place,
            f"{actor(self.who)} mencatat Kampung KB {kampung.name} di {place.plain}, klasifikasi {self.year} "
            f"{self.classes[line.label]} ({self.origin}).",
        )

    def compare(
        self,
        kampung: _Known,
        line: Published,
        place: Place,
        latest: tuple[Any, ...] | None,
        former: set[str],
    ) -> None:
        """A known Kampung KB: write what the line says otherwise."""
        changes: list[list[str]] = []
        recent = self.year >= (kampung.label_year or 0)
        if recent and sort_name(line.name) not in {sort_name(kampung.name), *former}:
            changes.append(["Nama", kampung.name, line.name])
            self.names.append((kampung.id, kampung.name))
            kampung.name = line.name
            kampung.version += 1
        if latest != (line.label, *line.measures):
            changes += self._differences(line, latest)
            self._classify(kampung.id, line)
            if recent:
                kampung.label, kampung.label_year = line.label, self.year
        if changes:
            self.changed += 1
            columns = ("id", "version", "name", "label", "label_year")
            self.updates.append(
                {name: getattr(kampung, name) for name in columns} | {"sort_name": sort_name(kampung.name)}
            )
            sentence = f"{actor(self.who)} memperbarui Kampung KB {kampung.name} ({self.origin})."
            self._log(kampung, place, sentence, changes)

    def _differences(self, line: Published, latest: tuple[Any, ...] | None) -> list[list[str]]:
        title = f"Klasifikasi {self.year}"
        if latest is None:
            return [[title, "", self.classes[line.label]]]
        found = [[title, self.classes[latest[0]], self.classes[line.label]]] if latest[0] != line.label else []
        for number, (name, was, now) in enumerate(zip(self.titles, latest[1:], line.measures, strict=True)):
            if was != now:
                shown = str if number < len(SCORES) else hundredths
                found.append([f"{name} {self.year}", *("–" if value is None else shown(value) for value in (was, now))])
        return found

    def _classify(self, kampung_id: int, line: Published) -> None:
        measures = dict(zip(MEASURES, line.measures, strict=True))
        self.classifications.append({"kampung_id": kampung_id, "label": line.label, **measures, **self.common})

    def _log(self, kampung: _Known, place: Place, sentence: str, changes: Sequence[list[str]] = ()) -> None:
        self.revisions.append(
            {
                "subject_type": SUBJECT,
                "subject_id": kampung.id,
                "recorded_at": self.now,
                **actor_columns(self.who),
                "sentence": sentence,
                "snapshot": snapshot(kampung.values(), place),
                "changes": list(changes),
            }
        )

    def save(self) -> None:
        """The writes, one statement a table."""
        if self.updates:
            db.session.execute(update(Kampung), self.updates)
        remember_names(self.names)
        for table, rows in ((Classification, self.classifications), (Revision, self.revisions)):
            if rows:
                db.session.execute(insert(table), rows)


def _keep_others_out() -> None:
    """SQLite's writer is alone already; on PostgreSQL other writers of Kampung KB wait until this list is in."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE kampungs IN SHARE ROW EXCLUSIVE MODE"))


_Village, _District, _Regency = aliased(Region), aliased(Region), aliased(Region)


def _places(codes: set[str]) -> Mapping[str, Place]:
    """Village code → its place, for villages that exist today. Raises Invalid for others."""
    columns = (_Village, _District, _Regency)
    query: Select[*tuple[Any, ...]] = (
        select(columns[0].id, columns[0].code, columns[0].name, *(c for r in columns[1:] for c in (r.id, r.name)))
        .join(_District, _District.id == _Village.parent_id)
        .join(_Regency, _Regency.id == _District.parent_id)
        .where(_Village.level == VILLAGE, current(_Village))
    )
    if len(codes) <= _FEW:
        query = query.where(_Village.code.in_(codes))
    else:
        provinces = {code[:2] for code in codes}
        query = query.where(or_(*(_Village.code.between(f"{code}.", f"{code}/") for code in sorted(provinces))))
    places = {row[1]: Place(*row) for row in db.session.execute(query) if row[1] in codes}
    if missing := sorted(codes - places.keys()):
        shown = ", ".join(missing[:5])
        raise Invalid(_("Kode desa/kelurahan tidak ada di daftar wilayah: %(codes)s.", codes=shown))
    return places


def _known(regency_ids: set[int]) -> dict[int, _Known]:
    """Region → the active Kampung KB, in these regencies."""
    rows = db.session.execute(
        select(
            Kampung.region_id,
            Kampung.id,
            Kampung.version,
            Kampung.name,
            Kampung.place,
            Kampung.launched_on,
            Kampung.ended_on,
            Kampung.note,
            Kampung.label,
            Kampung.label_year,
        ).where(Kampung.regency_id.in_(regency_ids), Kampung.ended_on.is_(None))
    )
    return {region_id: _Known(*columns) for region_id, *columns in rows}


def _insert(lines: Sequence[Published], places: Mapping[str, Place], year: int) -> None:
    db.session.execute(
        insert(Kampung),
        [
            {
                "name": line.name,
                "sort_name": sort_name(line.name),
                "region_id": places[line.code].region_id,
                "district_id": places[line.code].district_id,
                "regency_id": places[line.code].regency_id,
                "label": line.label,
                "label_year": year,
            }
            for line in lines
        ],
    )


def _latest(year: int, kampung_ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """Kampung id → (class, *MEASURES) of the last classification of the year."""
    columns = [getattr(Classification, name) for name in ("label", *MEASURES)]
    found: dict[int, tuple[Any, ...]] = {}
    for ids in _slices(kampung_ids):
        newest = (
            select(func.max(Classification.id))
            .where(Classification.year == year, Classification.kampung_id.in_(ids))
            .group_by(Classification.kampung_id)
        )
        query = select(Classification.kampung_id, *columns).where(Classification.id.in_(newest))
        found.update((row[0], tuple(row[1:])) for row in db.session.execute(query))
    return found


def _former_names(kampung_ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for ids in _slices(kampung_ids):
        for row in db.session.execute(
            select(KampungName.kampung_id, KampungName.name).where(KampungName.kampung_id.in_(ids))
        ):
            found.setdefault(row.kampung_id, set()).add(sort_name(row.name))
    return found


def _slices(ids: Sequence[int], size: int = 1000) -> Iterable[Sequence[int]]:
    """Parts that fit into one IN list."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
