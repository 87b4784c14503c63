"""The counts on top of the Beranda, all of them sums of tallies in one query."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Date, Integer, and_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.commitments.models import SILENT_AFTER_DAYS, SOON_DAYS
from kbpartners.db import db
from kbpartners.organizations.models import Organization
from kbpartners.scopes import Tally
from kbpartners.security import Identity

_MEASURES = (
    "commitment_due",
    "commitment_news",
    "commitment_proposed",
    "report_pending",
    "report_returned",
    "followup_due",
    "followup_proposed",
    "followup_returned",
)


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


def _when(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, Tally.n), else_=0)


_TODAY = bindparam("today", type_=Date())
_SOON = bindparam("soon", type_=Date())
_LONG_AGO = bindparam("long_ago", type_=Date())
_SUMS = (
    select(
        Tally.measure,
        func.sum(Tally.n),
        func.sum(_when(Tally.day < _TODAY)),
        func.sum(_when(and_(Tally.day >= _TODAY, Tally.day <= _SOON))),
        func.sum(_when(Tally.day <= _LONG_AGO)),
    )
    .where(Tally.measure.in_(_MEASURES))
    .group_by(Tally.measure)
)
_OF_ONE = _SUMS.where(Tally.unit_id == bindparam("unit"))

_Above = aliased(Organization)
_UNITS = bindparam("units", type_=Integer(), expanding=True)
_COVERED = select(_Above.id).where(
    _Above.id.in_(_UNITS),
    _Above.id != Organization.id,
    func.substr(Organization.path, 1, func.length(_Above.path)) == _Above.path,
)
# A unit below another one of the person's is counted there already.
_OF_SEVERAL = _SUMS.where(
    Tally.unit_id.in_(select(Organization.id).where(Organization.id.in_(_UNITS), ~_COVERED.exists()))
)


def numbers(who: Identity) -> Numbers:
    """The counts of the person's units (for BKKBN's people: of the office, which counts everything)."""
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
    found = dict.fromkeys(_MEASURES, (0, 0, 0, 0))
    for measure, *sums in db.session.execute(query, values):
        found[measure] = (sums[0], sums[1], sums[2], sums[3])
    every, past, near, long_ago = range(4)
    return Numbers(
        open=Count(found["commitment_due"][every], found["followup_due"][every]),
        late=Count(found["commitment_due"][past], found["followup_due"][past]),
        soon=Count(found["commitment_due"][near], found["followup_due"][near]),
        returned=Count(found["report_returned"][every], found["followup_returned"][every]),
        waiting=Count(found["report_pending"][every], found["followup_proposed"][every]),
        proposed=Count(found["commitment_proposed"][every], found["followup_proposed"][every]),
        silent=Count(found["commitment_news"][long_ago]),
    )
