"""What is kept beside a commitment for speed: cached columns, scope rows, tallies. Written with every change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import bindparam, select, update

from kbpartners import clock, scopes
from kbpartners.commitments.models import (
    ACCEPTED,
    SUBMITTED,
    Commitment,
    CommitmentScope,
    CommitmentSupporter,
    Indicator,
    ProgressReport,
    ProgressValue,
)
from kbpartners.commitments.service import facts as facts_of
from kbpartners.commitments.service.facts import Facts
from kbpartners.commitments.service.indicators import indicators_of_one, reached
from kbpartners.commitments.service.rules import OPEN, ReportFact, Standing, Value, counted, from_history, tallied
from kbpartners.db import db
from kbpartners.organizations import service as organizations
from kbpartners.organizations.models import path_ids
from kbpartners.scopes import TallyKey


def tally_units(path: str) -> list[int]:
    """The units that count a commitment as theirs: the owner with its ancestors (its path), and the office."""
    return sorted({*path_ids(path), organizations.office_id()})


def keys(units: Iterable[int], standing: Standing, pending_days: Iterable[date] = ()) -> list[TallyKey]:
    """The tally keys of a commitment for its units."""
    pairs = tallied(standing, pending_days)
    return [(unit, measure, day) for unit in units for measure, day in pairs]


_HISTORY = (
    select(
        ProgressReport.commitment_id,
        ProgressReport.id,
        ProgressReport.status,
        ProgressReport.proposal,
        ProgressReport.submitted_at,
        ProgressReport.period_end,
        ProgressReport.obstacle,
        ProgressReport.next_step,
    )
    .where(ProgressReport.commitment_id.in_(bindparam("ids", expanding=True)))
    .order_by(ProgressReport.id)
)


def histories(commitment_ids: Sequence[int]) -> dict[int, list[ReportFact]]:
    """All reports of several commitments as far as their standing depends on them, in one query."""
    found: dict[int, list[ReportFact]] = {}
    for row in db.session.execute(_HISTORY, {"ids": commitment_ids}):
        day = clock.to_local(row.submitted_at).date()
        found.setdefault(row.commitment_id, []).append(ReportFact(*row[1:4], day, *row[5:]))
    return found


def history(commitment_id: int) -> list[ReportFact]:
    """All reports of one commitment."""
    return histories([commitment_id]).get(commitment_id, [])


def pending_days(reports: Iterable[ReportFact]) -> list[date]:
    """The days of the reports that wait."""
    return [report.day for report in reports if report.status == SUBMITTED]


_VALUES = (
    select(
        ProgressValue.indicator_id,
        ProgressReport.period_end,
        ProgressReport.id,
        ProgressValue.value,
        ProgressReport.status,
    )
    .join(ProgressReport, ProgressReport.id == ProgressValue.report_id)
    .where(
        ProgressReport.commitment_id.in_(bindparam("ids", expanding=True)),
        ProgressReport.status.in_((ACCEPTED, SUBMITTED)),
    )
)


def values_of(commitment_ids: Sequence[int]) -> dict[int, list[Value]]:
    """All values that count or may come to count, by indicator, in one query."""
    found: dict[int, list[Value]] = {}
    for indicator_id, period_end, report_id, value, status in db.session.execute(_VALUES, {"ids": commitment_ids}):
        found.setdefault(indicator_id, []).append((period_end, report_id, value, status))
    return found


def refresh_indicators(commitment_id: int) -> None:
    """Recompute `accepted` and `pending` of every indicator, and the achievement, from the reports."""
    values = values_of([commitment_id])
    changed = []
    indicators = indicators_of_one(commitment_id, ended=True)
    for place, indicator in enumerate(indicators):
        accepted, pending = counted(indicator.mode, values.get(indicator.id, ()))
        if (accepted, pending) != (indicator.accepted, indicator.pending):
            changed.append({"id": indicator.id, "accepted": accepted, "pending": pending})
            indicators[place] = indicator._replace(accepted=accepted, pending=pending)
    if changed:
        db.session.execute(update(Indicator), changed)
    achievement, total, reported = reached(indicators)
    db.session.execute(
        update(Commitment)
        .where(Commitment.id == commitment_id)
        .values(achievement=achievement, indicators_total=total, indicators_reported=reported)
    )


def settle(before: Facts, reports_before: Iterable[ReportFact], *, status: str | None = None) -> Facts:
    """Bring caches, scope rows and tallies in line after something about a commitment changed. Returns the new facts.

    `before` and `reports_before` are what stood before the change (the tallies still say so). `status` is a decision
    (done, ended, active again); without one it follows from the waiting reports.
    """
    refresh_indicators(before.id)
    changed, _relation = facts_of.load(before.id)
    reports = history(before.id)
    standing = from_history(status or changed.status, changed.due_on, changed.first_day, reports)
    db.session.execute(
        update(Commitment)
        .where(Commitment.id == before.id)
        .values(**{name: value for name, value in standing._asdict().items() if name != "due_on"})
    )
    after = changed._replace(**standing._asdict())
    scopes.adjust(
        keys(tally_units(before.path), before.standing, pending_days(reports_before)),
        keys(tally_units(after.path), standing, pending_days(reports)),
    )
    if _scope_facts(before) != _scope_facts(after):
        write_scopes(after)
    return after


def _scope_facts(facts: Facts) -> tuple[bool, date]:
    return facts.status in OPEN, facts.due_on


def write_scopes(facts: Facts) -> None:
    """Write the scope rows of a commitment anew: who sees it, whether it is open, the day it is sorted by."""
    scopes.write_scopes(CommitmentScope, facts.id, units_of(facts), is_open=facts.status in OPEN, sort_on=facts.due_on)


def units_of(facts: Facts) -> dict[int, int]:
    """Which units see a commitment, and why."""
    supporters = db.session.execute(
        select(CommitmentSupporter.organization_id).where(CommitmentSupporter.commitment_id == facts.id)
    ).scalars()
    return organizations.scope_units(facts.organization_id, list(supporters), facts.region_id)
