"""Pure rules on top of those in `models`: what a commitment counts for, what a report changes, the traffic light."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.commitments.models import (
    ACCEPTED,
    ACTIVE,
    DONE,
    ENDED,
    PROPOSED_DONE,
    RETURNED,
    SUBMITTED,
    achievement,
    indicator_value,
)
from kbpartners.scopes import Relation
from kbpartners.security import Role

OPEN = (ACTIVE, PROPOSED_DONE)
LIAISON = "liaison"
"""The source of a report that the unit typed itself."""
BEHIND_POINTS = 1500
"""Hundredths of a per cent that the achievement may lie behind the straight line before the light turns yellow."""


class Standing(NamedTuple):
    """The part of a commitment that reports and decisions move, and that tallies count."""

    status: str
    report_state: str
    due_on: date
    news_on: date
    last_report_on: date | None
    obstacle: str = ""
    next_step: str = ""


class ReportFact(NamedTuple):
    """One report, as far as the standing depends on it. `day` is the local day of submission."""

    id: int
    status: str
    proposal: str
    day: date
    period_end: date
    obstacle: str
    next_step: str


def tallied(standing: Standing, pending_days: Iterable[date] = ()) -> list[tuple[str, date]]:
    """The (measure, day) pairs a commitment counts for; `pending_days` are the days of its waiting reports."""
    found = [("report_pending", day) for day in pending_days]
    if standing.status not in OPEN:
        return found
    found.append(("commitment_due", standing.due_on))
    if standing.status == PROPOSED_DONE:
        found.append(("commitment_proposed", standing.due_on))
    elif standing.report_state == RETURNED:
        found.append(("report_returned", standing.due_on))
    elif standing.report_state != SUBMITTED:
        found.append(("commitment_news", standing.news_on))
    return found


def after_report(standing: Standing, proposal: str, day: date) -> Standing:
    """The standing once one more report has been sent in on `day`."""
    return standing._replace(
        status=PROPOSED_DONE if proposal == PROPOSED_DONE else standing.status,
        report_state=SUBMITTED,
        news_on=max(standing.news_on, day),
        last_report_on=max(standing.last_report_on or day, day),
    )


def from_history(status: str, due_on: date, first_day: date, reports: Sequence[ReportFact]) -> Standing:
    """The standing that all reports together give. `first_day` is the first sign of life that needs no report.

    A waiting report comes before all others; else the last report's state is the commitment's. Obstacle and next step
    are those of the latest accepted report. `done` and `ended` are decisions and stay.
    """
    waiting = [report for report in reports if report.status == SUBMITTED]
    accepted = max((r for r in reports if r.status == ACCEPTED), key=lambda r: (r.period_end, r.id), default=None)
    last = max(reports, key=lambda report: report.id, default=None)
    last_day = max((report.day for report in reports), default=None)
    if status in OPEN:
        status = PROPOSED_DONE if any(report.proposal == PROPOSED_DONE for report in waiting) else ACTIVE
    return Standing(
        status=status,
        report_state=SUBMITTED if waiting else last.status if last else "",
        due_on=due_on,
        news_on=max(first_day, last_day or first_day),
        last_report_on=last_day,
        obstacle=accepted.obstacle if accepted else "",
        next_step=accepted.next_step if accepted else "",
    )


Value = tuple[date, int, int, str]
"""(period_end, report id, value, status of the report)."""


def counted(mode: str, values: Iterable[Value]) -> tuple[int | None, int | None]:
    """(accepted, pending) of an indicator: what counts, and what would count if the waiting reports were accepted."""
    rows = [row for row in values if row[3] in (ACCEPTED, SUBMITTED)]
    return (
        indicator_value(mode, (row[:3] for row in rows if row[3] == ACCEPTED)),
        indicator_value(mode, (row[:3] for row in rows)),
    )


def whole_target(mode: str, targets: Sequence[tuple[date, int]]) -> int | None:
    """The target of an indicator over all its periods: added up, or the last one where values are running totals."""
    if not targets:
        return None
    return sum(target for _start, target in targets) if mode == "sum" else max(targets)[1]


def pending_share(accepted: int | None, pending: int | None, target: int | None) -> int:
    """How many hundredths of a per cent wait for verification on top of what is accepted; 0 if none or fewer."""
    return max(0, (achievement(pending, target) or 0) - (achievement(accepted, target) or 0))


# --- who may report what -----------------------------------------------------------------------------------------


def may_report(role: Role, relation: int | None, sources: Iterable[str]) -> bool:
    """Whether a unit with this relation may report at all: owner and supporters; an OPD-KB also for its own figures.

    `sources` are those of the commitment's indicators. The secretariat reports on behalf of the unit.
    """
    if role in (Role.ADMIN, Role.SECRETARIAT):
        return True
    if role == Role.LEADER or relation is None:
        return False
    return relation <= Relation.SUPPORT or (role == Role.OPD and any(source != "partner" for source in sources))


def may_fill(role: Role, relation: int | None, source: str) -> bool:
    """Whether a reporter gives the figures of an indicator with this source.

    Partner figures come from the owner's side and supporters, figures of OPD-KB and SIGA from the OPD-KB: otherwise
    the army would show "belum dilaporkan" for ever. The secretariat enters all of them on behalf.
    """
    if role in (Role.ADMIN, Role.SECRETARIAT):
        return True
    if source == "partner":
        return relation == Relation.OWNER or (relation == Relation.SUPPORT and role != Role.OPD)
    return role == Role.OPD and relation is not None


# --- traffic light -----------------------------------------------------------------------------------------------


class Lamp(NamedTuple):
    """A colour (red, yellow, green, info), its word, and why, in one sentence with figures."""

    color: str
    word: str
    sentence: str


def elapsed(period_start: date, due_on: date, today: date) -> int:
    """How much of the time between start and due date is over, in hundredths of a per cent (0 to 10000)."""
    whole = (due_on - period_start).days
    gone = min(max((today - period_start).days, 0), whole)
    return 10_000 if whole <= 0 else gone * 10_000 // whole


def lamp(
    *,
    status: str,
    period_start: date,
    due_on: date,
    finished_on: date | None,
    report_state: str,
    obstacle: str,
    reached: int | None,
    unreported: int,
    indicators: int,
    today: date,
) -> Lamp | None:
    """The light of one commitment with its reason; None for one that was ended.

    Red: late. Yellow: the last report was returned, the last accepted one names an obstacle, or the achievement lies
    more than 15 points behind the straight line from start to due date. Green otherwise.
    """
    if status == ENDED:
        return None
    if status == DONE:
        day = formats.date_medium(finished_on)
        return Lamp("green", _("Hijau"), _("Selesai %(day)s dan sudah diverifikasi sekretariat.", day=day))
    if period_start > today:
        start = formats.date_medium(period_start)
        return Lamp("info", _("Belum waktunya"), _("Pelaksanaan mulai %(day)s.", day=start))
    figures = _figures(reached, unreported, indicators)
    if today > due_on:
        words = _("Lewat %(n)s hari dari tenggat", n=(today - due_on).days)
        return Lamp("red", _("Merah"), _sentence(words, figures))
    if report_state == RETURNED:
        return Lamp("yellow", _("Kuning"), _sentence(_("Laporan terakhir perlu dilengkapi"), figures))
    if obstacle:
        return Lamp("yellow", _("Kuning"), _("Ada kendala: %(text)s", text=_short(obstacle)))
    gone = elapsed(period_start, due_on, today)
    time = _("waktu sudah berjalan %(pct)s", pct=formats.percent(gone))
    behind = indicators > 0 and gone - (reached or 0) > BEHIND_POINTS
    if not figures:
        return Lamp("green", _("Hijau"), _sentence(time[:1].upper() + time[1:]))
    return Lamp("yellow" if behind else "green", _("Kuning") if behind else _("Hijau"), _sentence(figures, time))


def lamp_of(row: Any, today: date) -> Lamp | None:
    """The light of anything that has a commitment's columns (as `states_of` for its states)."""
    return lamp(
        status=row.status,
        period_start=row.period_start,
        due_on=row.due_on,
        finished_on=row.finished_on,
        report_state=row.report_state,
        obstacle=row.obstacle,
        reached=row.achievement,
        unreported=row.indicators_total - row.indicators_reported,
        indicators=row.indicators_total,
        today=today,
    )


def _figures(reached: int | None, unreported: int, indicators: int) -> str:
    if not indicators:
        return ""
    if reached is None:
        return _("belum ada angka yang diterima")
    words = _("capaian %(pct)s", pct=formats.percent(reached))
    return words + (_(" dengan %(n)s indikator belum dilaporkan", n=unreported) if unreported else "")


def _sentence(*parts: str) -> str:
    words = ", ".join(part for part in parts if part)
    return words[:1].upper() + words[1:] + "."


def _short(text: str, limit: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
