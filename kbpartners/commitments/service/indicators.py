"""The indicators of commitments with their targets and cached values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from kbpartners.commitments.models import Indicator, IndicatorTarget, achievement, overall
from kbpartners.commitments.service.rules import pending_share, whole_target
from kbpartners.db import fetch


class IndicatorFact(NamedTuple):
    """An indicator with its whole target and the cached values (all scaled by 1,000)."""

    id: int
    position: int
    name: str
    unit: str
    mode: str
    source: str
    accepted: int | None
    pending: int | None
    ended_on: date | None
    target: int | None

    @property
    def reached(self) -> int | None:
        """Accepted achievement in hundredths of a per cent."""
        return achievement(self.accepted, self.target)

    @property
    def waiting(self) -> int:
        """What waits for verification, in hundredths of a per cent of the target."""
        return pending_share(self.accepted, self.pending, self.target)

    @property
    def waiting_value(self) -> int:
        """What waits for verification, as a quantity; 0 if nothing does."""
        return 0 if self.pending is None else max(0, self.pending - (self.accepted or 0))

    @property
    def beyond(self) -> int:
        """By how much the accepted value passes the target; 0 if it does not."""
        return max(0, (self.accepted or 0) - self.target) if self.target else 0


_INDICATORS = (
    select(
        Indicator.id,
        Indicator.position,
        Indicator.name,
        Indicator.unit,
        Indicator.mode,
        Indicator.source,
        Indicator.accepted,
        Indicator.pending,
        Indicator.ended_on,
        IndicatorTarget.period_start,
        IndicatorTarget.target,
        Indicator.commitment_id,
    )
    .outerjoin(IndicatorTarget, IndicatorTarget.indicator_id == Indicator.id)
    .order_by(Indicator.commitment_id, Indicator.position, IndicatorTarget.period_start)
)


_OF = _INDICATORS.where(Indicator.commitment_id.in_(bindparam("ids", expanding=True)))
_RUNNING = _OF.where(Indicator.ended_on.is_(None))


def indicators_of(commitment_ids: Iterable[int], *, ended: bool = False) -> dict[int, list[IndicatorFact]]:
    """The indicators of several commitments in one query: {commitment: indicators in order}; `ended`: those, too."""
    wanted = tuple(commitment_ids)
    if not wanted:
        return {}
    rows: dict[int, Any] = {}
    targets: dict[int, list[tuple[date, int]]] = {}
    for row in fetch(_OF if ended else _RUNNING, {"ids": wanted}):
        rows[row.id] = row
        if row.target is not None:
            targets.setdefault(row.id, []).append((row.period_start, row.target))
    found: dict[int, list[IndicatorFact]] = {}
    for row in rows.values():
        target = whole_target(row.mode, targets.get(row.id, ()))
        found.setdefault(row.commitment_id, []).append(IndicatorFact._make((*row[:9], target)))
    return found


def indicators_of_one(commitment_id: int, *, ended: bool = False) -> list[IndicatorFact]:
    """The indicators of one commitment in order."""
    return indicators_of([commitment_id], ended=ended).get(commitment_id, [])


def reached(indicators: Sequence[IndicatorFact]) -> tuple[int | None, int, int]:
    """(achievement, indicators in force, of these reported): the cache of a commitment."""
    running = [indicator for indicator in indicators if indicator.ended_on is None]
    parts = [indicator.reached for indicator in running]
    return overall(parts), len(running), sum(indicator.accepted is not None for indicator in running)
