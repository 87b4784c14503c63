"""A Kampung KB as its page shows it: the record, its classifications by year, the twelve scores, its former names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from kbpartners import formats
from kbpartners.db import db
from kbpartners.kampung.models import SCORES, Classification, KampungName
from kbpartners.kampung.service.bulk import MEASURES
from kbpartners.kampung.service.facts import LOWEST, Facts, hundredths, load, score_words


class Score(NamedTuple):
    """One of the twelve scores, 1–4 or None where none was published."""

    words: str
    value: int | None

    @property
    def gap(self) -> bool:
        return self.value == LOWEST


class Year(NamedTuple):
    """The latest classification of one year; `corrected`: there was another one before it."""

    year: int
    label: str
    source: str
    corrected: bool
    measures: tuple[int | None, ...]

    @property
    def scores(self) -> list[Score]:
        return [Score(words, value) for words, value in zip(score_words().values(), self.measures, strict=False)]

    @property
    def has_scores(self) -> bool:
        return any(value is not None for value in self.measures[: len(SCORES)])

    @property
    def index_words(self) -> str:
        """ "input 3,20, proses 3,33, output 3,00"."""
        names = (_("input"), _("proses"), _("output"))
        values = self.measures[len(SCORES) :]
        return ", ".join(f"{name} {hundredths(value)}" for name, value in zip(names, values, strict=True))


@dataclass(frozen=True)
class Detail:
    """Everything of the page but what other features add. `years` are the classifications, latest first."""

    facts: Facts
    years: Sequence[Year]
    former_names: Sequence[str]

    @property
    def latest(self) -> Year | None:
        return self.years[0] if self.years else None


def detail(kampung_id: int) -> Detail:
    """Three queries. Raises NotFound."""
    facts = load(kampung_id)
    columns = [getattr(Classification, name) for name in MEASURES]
    rows = db.session.execute(
        select(Classification.year, Classification.label, Classification.source, *columns)
        .where(Classification.kampung_id == kampung_id)
        .order_by(Classification.year.desc(), Classification.id.desc())
    ).all()
    years: dict[int, Year] = {}
    for year, label, source, *measures in rows:
        if year in years:
            years[year] = years[year]._replace(corrected=True)
        else:
            years[year] = Year(year, label, source, False, tuple(measures))
    names = db.session.execute(
        select(KampungName.name).where(KampungName.kampung_id == kampung_id).order_by(KampungName.id)
    ).scalars()
    return Detail(facts, list(years.values()), [name for name in names if name != facts.name])


class Lamp(NamedTuple):
    """A traffic light with its reason."""

    color: str
    word: str
    sentence: str


def lamp(year: Year | None) -> Lamp | None:
    """What the latest scores say in one sentence: the gaps by name. None without scores."""
    if year is None or not year.has_scores:
        return None
    name = formats.word("class", year.label)
    gaps = [score.words for score in year.scores if score.gap]
    if not gaps:
        return Lamp("green", _("Kelas %(name)s, tanpa celah", name=name), _("Tidak ada nilai 1 dari 4."))
    word = (
        _("Kelas %(name)s, satu celah", name=name)
        if len(gaps) == 1
        else _("Kelas %(name)s, %(n)s celah", name=name, n=len(gaps))
    )
    return Lamp("yellow", word, _("%(names)s bernilai 1 dari 4.", names=", ".join(gaps)))


def whatsapp_text(found: Detail) -> str:
    """A short plain summary with a link, as people paste it into a group."""
    facts, latest = found.facts, found.latest
    lines = [f"*{facts.title}*", facts.where.words]
    if latest:
        lines.append(_("Klasifikasi %(year)s: %(word)s", year=latest.year, word=formats.word("class", latest.label)))
        lines.append(_("Indeks: %(values)s", values=latest.index_words))
        if gaps := [score.words for score in latest.scores if score.gap]:
            lines.append(_("Celah: %(names)s", names=", ".join(gaps)))
    return "\n".join([*lines, f"{current_app.config['KB'].base_url}/kampung-kb/{facts.id}"])
