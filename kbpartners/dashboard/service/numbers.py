"""The counts on top of the Beranda, all of them sums of tallies in one query."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Integer, Select, bindparam, func, literal, select
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.commitments.models import SILENT_AFTER_DAYS, SOON_DAYS
from kbpartners.db import fetch
from kbpartners.organizations.models import Organization
from kbpartners.scopes import Tally
from kbpartners.security import Identity


class Count(NamedTuple):
    """How many commitments and how many follow-ups."""

    commitments: int = 0
    followups: int = 0

    @property
    def total(self) -> int:
        return self.commitments + self.followups

    def href(self, query: str, both: str) -> str:
        """The list that shows exactly these: of one kind, or the place `both` on the page if there are both kinds."""
        if self.commitments and self.followups:
            return both
        return f"/{'tindak-lanjut' if self.followups else 'komitmen'}?{query}"


class Numbers(NamedTuple):
    """What is open, late, due within a week, returned, waiting for a decision, proposed as done, silent."""

    open: Count
    late: Count
    soon: Count
    returned: Count
    waiting: Count
    proposed: Count
    silent: Count


_KINDS = ("commitment", "followup")
_TODAY = bindparam("today", type_=Date())
_SOON = bindparam("soon", type_=Date())
_LONG_AGO = bindparam("long_ago", type_=Date())

_Above = aliased(Organization)
_UNITS = bindparam("units", type_=Integer(), expanding=True)
_COVERED = select(_Above.id).where(
    _Above.id.in_(_UNITS),
    _Above.id != Organization.id,
    func.substr(Organization.path, 1, func.length(_Above.path)) == _Above.path,
)


def _sums(units: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """One row of sums in the order of `Numbers`, commitments before follow-ups: each reads its own stretch of days."""

    def total(measure: str, *days: ColumnElement[bool]) -> Any:
        query = select(func.coalesce(func.sum(Tally.n), 0)).where(units, Tally.measure == measure, *days)
        return query.scalar_subquery()

    return select(
        *(total(f"{kind}_due") for kind in _KINDS),
        *(total(f"{kind}_due", Tally.day < _TODAY) for kind in _KINDS),
        *(total(f"{kind}_due", Tally.day >= _TODAY, Tally.day <= _SOON) for kind in _KINDS),
        *(total(measure) for measure in ("report_returned", "followup_returned")),
        *(total(measure) for measure in ("report_pending", "followup_proposed")),
        *(total(f"{kind}_proposed") for kind in _KINDS),
        total("commitment_news", Tally.day <= _LONG_AGO),
        literal(0),
    )


_OF_ONE = _sums(Tally.unit_id == bindparam("unit"))
# A unit below another one of the person's is counted there already.
_OF_SEVERAL = _sums(Tally.unit_id.in_(select(Organization.id).where(Organization.id.in_(_UNITS), ~_COVERED.exists())))


def numbers(who: Identity) -> Numbers:
    """The counts of the person's units (for BKKBN's people: of the office, which counts everything). One query."""
    today = clock.today()
    values: dict[str, object] = {
        "today": today,
        "soon": today + timedelta(days=SOON_DAYS),
        "long_ago": today - timedelta(days=SILENT_AFTER_DAYS),
    }
    if len(who.unit_ids) == 1:
        query, values["unit"] = _OF_ONE, who.unit_id
    else:
        query, values["units"] = _OF_SEVERAL, who.unit_ids
    (sums,) = fetch(query, values)
    return Numbers._make(Count(sums[at], sums[at + 1]) for at in range(0, len(sums), 2))
