"""The pictures beside the queue. They change slowly and are the same for all of the office: kept for a minute."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import func, select

from kbpartners import clock
from kbpartners.accounts.service import vacancies
from kbpartners.commitments.models import ProgressReport
from kbpartners.dashboard.service.office import LatePartner, late_partners
from kbpartners.db import db
from kbpartners.kampung.models import LABELS, Kampung

WEEKS = 12
_SECONDS = 60


class Charts(NamedTuple):
    """Reports per week (this week last), active Kampung KB per class, late per partner, units without anybody."""

    weeks: tuple[int, ...]
    kampung: int
    classes: tuple[tuple[str, int], ...]
    late: tuple[LatePartner, ...]
    vacant: vacancies.Count


def charts() -> Charts:
    """The pictures as they were at most a minute ago. Three queries when they are made anew."""
    today = clock.today()
    kept: dict[str, Any] = current_app.extensions.setdefault("kb_dashboard", {})
    if kept.get("day") != today or kept.get("until", 0) < time.monotonic():
        made = _counted(today)
        # An office that is just being filled sees its first import at once.
        kept.update(day=today, charts=made, until=time.monotonic() + _SECONDS if made.kampung else 0)
    return kept["charts"]


def _counted(today: date) -> Charts:
    monday = today - timedelta(days=today.weekday())
    starts = [clock.end_of_day(monday - timedelta(days=7 * back + 1)) for back in range(WEEKS - 1, -1, -1)]
    ends = [*starts[1:], clock.end_of_day(monday + timedelta(days=6))]
    reports = [
        select(func.count(ProgressReport.id))
        .where(ProgressReport.submitted_at >= start, ProgressReport.submitted_at < end)
        .scalar_subquery()
        for start, end in zip(starts, ends, strict=True)
    ]
    active = select(func.count(Kampung.id)).where(Kampung.ended_on.is_(None))
    labelled = [active.where(Kampung.label == label).scalar_subquery() for label in LABELS]
    row = db.session.execute(select(*reports, active.scalar_subquery(), *labelled)).one()
    classes = tuple(zip(LABELS, row[WEEKS + 1 :], strict=True))
    late, vacant = tuple(late_partners(today)), vacancies.count_without_liaison()
    return Charts(tuple(row[:WEEKS]), row[WEEKS], classes, late, vacant)
