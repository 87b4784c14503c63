"""What `flask doctor` asks: do caches, scope rows and tallies say what the records say?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from sqlalchemy import select

from kbpartners.commitments.models import Commitment, CommitmentScope, CommitmentSupporter
from kbpartners.commitments.service import caches
from kbpartners.commitments.service.facts import FACTS, WIDTH, Facts
from kbpartners.commitments.service.indicators import IndicatorFact, indicators_of, reached
from kbpartners.commitments.service.rules import OPEN, ReportFact, Value, counted, from_history
from kbpartners.db import db
from kbpartners.organizations import service as organizations
from kbpartners.organizations.models import path_ids
from kbpartners.scopes import Relation, Tally

MEASURES = ("commitment_due", "commitment_news", "commitment_proposed", "report_pending", "report_returned")
_BATCH = 500

Tallies = Counter[tuple[int, str, object]]


def check() -> list[str]:
    """Recompute everything that is cached about commitments; an Indonesian line per difference. Changes nothing."""
    problems: list[str] = []
    tallies: Tallies = Counter()
    audience = _Audience()
    for batch in _batches():
        ids = [facts.id for facts in batch]
        histories, values = caches.histories(ids), caches.values_of(ids)
        indicators, scopes = indicators_of(ids, ended=True), _scopes(ids)
        supporters = _supporters(ids)
        for facts in batch:
            problems += _standing(facts, histories.get(facts.id, []), tallies, audience.office)
            problems += _indicators(facts, indicators.get(facts.id, []), values)
            problems += _scope(facts, audience.of(facts, supporters.get(facts.id, [])), scopes.get(facts.id, set()))
    return problems + _counts(tallies)


def _batches() -> Iterator[list[Facts]]:
    query, last = FACTS.order_by(Commitment.id).limit(_BATCH), 0
    while batch := [Facts(*row[:WIDTH]) for row in db.session.execute(query.where(Commitment.id > last))]:
        yield batch
        last = batch[-1].id


def _differences(facts: Facts, expected: dict[str, object]) -> list[str]:
    return [
        f"{facts.code}: {name} tersimpan {getattr(facts, name)!r}, seharusnya {value!r}."
        for name, value in expected.items()
        if getattr(facts, name) != value
    ]


def _standing(facts: Facts, reports: Sequence[ReportFact], tallies: Tallies, office: int) -> list[str]:
    standing = from_history(facts.status, facts.due_on, facts.first_day, reports)
    units = {*path_ids(facts.path), office}
    tallies.update(caches.keys(units, standing, caches.pending_days(reports)))
    return _differences(facts, standing._asdict())


def _indicators(facts: Facts, indicators: Sequence[IndicatorFact], values: dict[int, list[Value]]) -> list[str]:
    problems = []
    for indicator in indicators:
        expected = counted(indicator.mode, values.get(indicator.id, ()))
        found = (indicator.accepted, indicator.pending)
        if expected != found:
            problems.append(f"{facts.code}: indikator “{indicator.name}” tersimpan {found}, seharusnya {expected}.")
    names = ("achievement", "indicators_total", "indicators_reported")
    return problems + _differences(facts, dict(zip(names, reached(indicators), strict=True)))


# --- scope rows --------------------------------------------------------------------------------------------------

_Scope = tuple[int, int, bool, object]


class _Audience:
    """Who sees which commitment, by the rule of `organizations.scope_units`, with units and regions asked for once."""

    def __init__(self) -> None:
        self.office = organizations.office_id()
        self._ancestors, self._opd = cache(organizations.ancestors), cache(organizations.opd_of)

    def of(self, facts: Facts, supporters: Iterable[int]) -> dict[int, int]:
        units = {self.office: Relation.OFFICE}
        for relation, starts in (
            (Relation.REGION, self._opd(facts.region_id)),
            (Relation.SUPPORT, supporters),
            (Relation.OWNER, [facts.organization_id]),
        ):
            for start in starts:
                for unit in self._ancestors(start):
                    units[unit] = min(relation, units.get(unit, relation))
        return units


def _scopes(ids: Sequence[int]) -> dict[int, set[_Scope]]:
    query = select(
        CommitmentScope.record_id,
        CommitmentScope.unit_id,
        CommitmentScope.relation,
        CommitmentScope.is_open,
        CommitmentScope.sort_on,
    ).where(CommitmentScope.record_id.in_(ids))
    found: dict[int, set[_Scope]] = {}
    for record_id, unit, relation, is_open, day in db.session.execute(query):
        found.setdefault(record_id, set()).add((unit, relation, is_open, day))
    return found


def _supporters(ids: Sequence[int]) -> dict[int, list[int]]:
    query = select(CommitmentSupporter.commitment_id, CommitmentSupporter.organization_id)
    found: dict[int, list[int]] = {}
    for commitment_id, unit in db.session.execute(query.where(CommitmentSupporter.commitment_id.in_(ids))):
        found.setdefault(commitment_id, []).append(unit)
    return found


def _scope(facts: Facts, units: dict[int, int], found: set[_Scope]) -> list[str]:
    expected = {(unit, relation, facts.status in OPEN, facts.due_on) for unit, relation in units.items()}
    return [] if found == expected else [f"{facts.code}: baris cakupan tidak sesuai ({len(found ^ expected)} berbeda)."]


# --- tallies -----------------------------------------------------------------------------------------------------


def _counts(expected: Tallies) -> list[str]:
    query = select(Tally.unit_id, Tally.measure, Tally.day, Tally.n).where(Tally.measure.in_(MEASURES), Tally.n != 0)
    found = {(row.unit_id, row.measure, row.day): row.n for row in db.session.execute(query)}
    return [
        f"Hitungan {key[1]}, satuan {key[0]}, {key[2]}: tersimpan {found.get(key, 0)}, seharusnya {expected[key]}."
        for key in sorted(found.keys() | expected.keys(), key=str)
        if found.get(key, 0) != expected[key]
    ]
