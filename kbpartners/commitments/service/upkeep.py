"""What `flask doctor` asks: do caches, scope rows and tallies say what the records say?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select

from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.commitments.service import caches
from kbpartners.commitments.service.facts import FACTS, WIDTH, Facts
from kbpartners.commitments.service.indicators import indicators_of_one, reached
from kbpartners.commitments.service.rules import OPEN, counted, from_history
from kbpartners.db import db
from kbpartners.scopes import Tally

MEASURES = ("commitment_due", "commitment_news", "commitment_proposed", "report_pending", "report_returned")


def check() -> list[str]:
    """Recompute everything that is cached about commitments; an Indonesian line per difference. Changes nothing."""
    problems: list[str] = []
    tallies: Counter[tuple[int, str, object]] = Counter()
    for facts in list(_all()):
        reports = caches.history(facts.id)
        standing = from_history(facts.status, facts.due_on, facts.first_day, reports)
        problems += _differences(facts, standing._asdict())
        problems += _indicator_differences(facts)
        problems += _scope_differences(facts)
        tallies.update(caches.keys(caches.tally_units(facts.path), standing, caches.pending_days(reports)))
    return problems + _tally_differences(tallies)


def _all() -> Iterator[Facts]:
    for row in db.session.execute(FACTS.order_by(Commitment.id)):
        yield Facts(*row[:WIDTH])


def _differences(facts: Facts, expected: dict[str, object]) -> list[str]:
    return [
        f"{facts.code}: {name} tersimpan {getattr(facts, name)!r}, seharusnya {value!r}."
        for name, value in expected.items()
        if getattr(facts, name) != value
    ]


def _indicator_differences(facts: Facts) -> list[str]:
    values, problems = caches.values_of(facts.id), []
    indicators = indicators_of_one(facts.id, ended=True)
    for indicator in indicators:
        expected = counted(indicator.mode, values.get(indicator.id, ()))
        if expected != (indicator.accepted, indicator.pending):
            found = (indicator.accepted, indicator.pending)
            problems.append(f"{facts.code}: indikator “{indicator.name}” tersimpan {found}, seharusnya {expected}.")
    names = ("achievement", "indicators_total", "indicators_reported")
    return problems + _differences(facts, dict(zip(names, reached(indicators), strict=True)))


def _scope_differences(facts: Facts) -> list[str]:
    expected = {
        (unit, relation, facts.status in OPEN, facts.due_on) for unit, relation in caches.units_of(facts).items()
    }
    query = select(
        CommitmentScope.unit_id, CommitmentScope.relation, CommitmentScope.is_open, CommitmentScope.sort_on
    ).where(CommitmentScope.record_id == facts.id)
    found = {tuple(row) for row in db.session.execute(query)}
    return [] if found == expected else [f"{facts.code}: baris cakupan tidak sesuai ({len(found ^ expected)} berbeda)."]


def _tally_differences(expected: Counter[tuple[int, str, object]]) -> list[str]:
    query = select(Tally.unit_id, Tally.measure, Tally.day, Tally.n).where(Tally.measure.in_(MEASURES), Tally.n != 0)
    found = {(row.unit_id, row.measure, row.day): row.n for row in db.session.execute(query)}
    return [
        f"Hitungan {key[1]}, satuan {key[0]}, {key[2]}: tersimpan {found.get(key, 0)}, seharusnya {expected[key]}."
        for key in sorted(found.keys() | expected.keys(), key=str)
        if found.get(key, 0) != expected[key]
    ]
