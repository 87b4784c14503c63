"""The counts on top of the Beranda, all of them sums of tallies in one query."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal, select
from sqlalchemy.orm import aliased

from kbpartners import clock, scopes
from kbpartners.commitments.models import SILENT_AFTER_DAYS, SOON_DAYS
from kbpartners.db import fetch
from kbpartners.organizations.models import Organization
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

_Above = aliased(Organization)
_UNITS = bindparam("units", type_=Integer(), expanding=True)
_COVERED = select(_Above.id).where(
    _Above.id.in_(_UNITS),
    _Above.id != Organization.id,
    func.substr(Organization.path, 1, func.length(_Above.path)) == _Above.path,
)


def _sums(units: Callable[[Any], ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """One row of sums in the order of `Numbers`, commitments before follow-ups."""
    return select(
        *(scopes.total(f"{kind}_due", units) for kind in _KINDS),
        *(scopes.before(f"{kind}_due", units, "today") for kind in _KINDS),
        *(scopes.between(f"{kind}_due", units, "today", "soon") for kind in _KINDS),
        *(scopes.total(measure, units) for measure in ("report_returned", "followup_returned")),
        *(scopes.total(measure, units) for measure in ("report_pending", "followup_proposed")),
        *(scopes.total(f"{kind}_proposed", units) for kind in _KINDS),
        scopes.before("commitment_news", units, "silent"),
        literal(0),
    )


_OF_ONE = _sums(lambda unit_id: unit_id == bindparam("unit"))
# A unit below another one of the person's is counted there already.
_APART = select(Organization.id).where(Organization.id.in_(_UNITS), ~_COVERED.exists())
_OF_SEVERAL = _sums(lambda unit_id: unit_id.in_(_APART))


def numbers(who: Identity) -> Numbers:
    """The counts of the person's units (for BKKBN's people: of the office, which counts everything). One query."""
    today = clock.today()
    values: dict[str, object] = {
        **scopes.day_values(today=today, silent=today - timedelta(days=SILENT_AFTER_DAYS - 1)),
        "soon": today + timedelta(days=SOON_DAYS),
    }
    if len(who.unit_ids) == 1:
        query, values["unit"] = _OF_ONE, who.unit_id
    else:
        query, values["units"] = _OF_SEVERAL, who.unit_ids
    (sums,) = fetch(query, values)
    return Numbers._make(Count(sums[at], sums[at + 1]) for at in range(0, len(sums), 2))
