"""Writing many commitments at once: statements over sets and batches, never one for each record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlalchemy.orm import aliased

from kbpartners.audit import service as audit
from kbpartners.commitments.models import (
    Commitment,
    CommitmentScope,
    CommitmentSupporter,
    Indicator,
    IndicatorTarget,
)
from kbpartners.commitments.service.facts import FACTS, SUBJECT, WIDTH, Facts, SupporterFact
from kbpartners.commitments.service.indicators import indicators_of
from kbpartners.commitments.service.snapshots import snapshot
from kbpartners.db import fetch, run
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity

BATCH = 1000
"""Ids in one statement: both databases take that many values, and 5,000 records are five rounds."""

T = TypeVar("T")


def batches(things: Sequence[T]) -> Iterator[Sequence[T]]:
    """The things in pieces of `BATCH`."""
    for start in range(0, len(things), BATCH):
        yield things[start : start + BATCH]


_IDS: Any = bindparam("ids", expanding=True)
_FACTS = FACTS.where(Commitment.id.in_(_IDS)).order_by(Commitment.id)
_SUPPORTERS = (
    select(
        CommitmentSupporter.commitment_id,
        CommitmentSupporter.organization_id,
        Organization.name,
        CommitmentSupporter.contribution,
    )
    .join(Organization, Organization.id == CommitmentSupporter.organization_id)
    .where(CommitmentSupporter.commitment_id.in_(_IDS))
    .order_by(CommitmentSupporter.commitment_id, Organization.path)
)

Told = tuple[str, Iterable[audit.Change]]
"""What the log says of one record: the sentence, and the differences."""


def log(who: Identity | None, ids: Sequence[int], told: Callable[[Facts], Told]) -> None:
    """A revision with its full snapshot for each of these commitments: three queries and one insert for each batch."""
    for batch in batches(ids):
        facts = [Facts(*row[:WIDTH]) for row in fetch(_FACTS, {"ids": batch})]
        indicators, supporters = indicators_of(batch), _supporters(batch)
        lines = []
        for one in facts:
            sentence, changes = told(one)
            saved = snapshot(one, indicators.get(one.id, ()), supporters.get(one.id, ()))
            lines.append((one.id, sentence, saved, changes))
        audit.record_many(who, SUBJECT, lines)


def _supporters(ids: Sequence[int]) -> dict[int, list[SupporterFact]]:
    found: dict[int, list[SupporterFact]] = {}
    for commitment_id, *rest in fetch(_SUPPORTERS, {"ids": ids}):
        found.setdefault(commitment_id, []).append(SupporterFact(*rest))
    return found


_LOCK = select(Commitment.id).where(Commitment.id.in_(_IDS)).order_by(Commitment.id).with_for_update(of=Commitment)


def lock(ids: Iterable[int]) -> None:
    """Nobody else changes these commitments until the transaction is over; in the order of ids, so without deadlock."""
    for batch in batches(sorted(ids)):
        fetch(_LOCK, {"ids": batch})


_COLUMNS = ("due_on", "period_start", "period_end", "counterpart_id", "news_on")
_UPDATE = (
    update(cast(Table, Commitment.__table__))
    .where(Commitment.id == bindparam("at"))
    .values({**{name: bindparam(name) for name in _COLUMNS}, "version": Commitment.version + 1})
)


def write(rows: Sequence[dict[str, Any]]) -> None:
    """Write due day, period, counterpart and last sign of life of commitments; each row has them and the id `at`."""
    for batch in batches(rows):
        run(_UPDATE, batch)


def resort(ids: Sequence[int]) -> None:
    """The scope rows of these commitments are sorted by their due days again."""
    due = select(Commitment.due_on).where(Commitment.id == CommitmentScope.record_id).scalar_subquery()
    statement = update(cast(Table, CommitmentScope.__table__)).where(CommitmentScope.record_id.in_(_IDS))
    for batch in batches(ids):
        run(statement.values(sort_on=due), {"ids": batch})


def move_targets(ids: Sequence[int]) -> None:
    """One target over the whole period moves along with its commitment; targets of several periods stay as they are."""
    other = aliased(IndicatorTarget)
    alone = select(func.count(other.id)).where(other.indicator_id == IndicatorTarget.indicator_id).scalar_subquery()
    of_these = select(Indicator.id).where(Indicator.commitment_id.in_(_IDS))
    statement = (
        update(cast(Table, IndicatorTarget.__table__))
        .where(IndicatorTarget.indicator_id.in_(of_these), alone == 1)
        .values(period_start=_whole(Commitment.period_start), period_end=_whole(Commitment.period_end))
    )
    for batch in batches(ids):
        run(statement, {"ids": batch})


def _whole(column: ColumnElement[date] | Any) -> Any:
    """A day of the commitment that a target belongs to."""
    return (
        select(column)
        .join(Indicator, Indicator.commitment_id == Commitment.id)
        .where(Indicator.id == IndicatorTarget.indicator_id)
        .scalar_subquery()
    )
