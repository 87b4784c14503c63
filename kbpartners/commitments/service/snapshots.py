"""What the log keeps of a commitment, so that any report can be printed as of any day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import force_locale

from kbpartners import formats
from kbpartners.audit import service as audit
from kbpartners.commitments.models import states
from kbpartners.commitments.service import facts as facts_of
from kbpartners.commitments.service.facts import SUBJECT, Facts, SupporterFact
from kbpartners.commitments.service.indicators import IndicatorFact, indicators_of_one
from kbpartners.security import Identity


def log(
    who: Identity | None,
    facts: Facts,
    sentence: str,
    *,
    changes: Sequence[audit.Change] = (),
    indicators: Sequence[IndicatorFact] | None = None,
) -> None:
    """Add a revision of a commitment with its full snapshot. `indicators` saves a query where they are at hand."""
    present = indicators_of_one(facts.id) if indicators is None else indicators
    saved = snapshot(facts, present, facts_of.supporters(facts.id))
    audit.record(who, SUBJECT, facts.id, sentence, snapshot=saved, changes=changes)


def snapshot(facts: Facts, indicators: Sequence[IndicatorFact], supporters: Sequence[SupporterFact]) -> dict[str, Any]:
    """Everything that a report can print of a commitment, as JSON values (dates ISO, quantities × 1,000). Pure.

    Words of a status are not in it: reports derive them for their own day with `states_of_snapshot`. `source` is
    Indonesian whatever the language of the page that wrote it.
    """
    with force_locale("id"):
        source = facts.source
    return {
        "code": facts.code,
        "title": facts.title,
        "description": facts.description,
        "organization_id": facts.organization_id,
        "organization": facts.organization,
        "partner_id": facts.partner_id,
        "partner": facts.partner,
        "counterpart_id": facts.counterpart_id,
        "counterpart": facts.counterpart or "",
        "region_id": facts.region_id,
        "region": facts.region,
        "region_code": facts.region_code,
        "decision_id": facts.decision_id,
        "source": source,
        "meeting_id": facts.meeting_id,
        "meeting": facts.meeting or "",
        "clause_id": facts.clause_id,
        "basis": facts.basis,
        "period_start": facts.period_start.isoformat(),
        "period_end": facts.period_end.isoformat(),
        "due_on": facts.due_on.isoformat(),
        "priority": facts.priority,
        "status": facts.status,
        "finished_on": _iso(facts.finished_on),
        "ended_reason": facts.ended_reason,
        "report_state": facts.report_state,
        "last_report_on": _iso(facts.last_report_on),
        "news_on": facts.news_on.isoformat(),
        "obstacle": facts.obstacle,
        "next_step": facts.next_step,
        "achievement": facts.achievement,
        "indicators": [
            {
                "id": indicator.id,
                "name": indicator.name,
                "unit": indicator.unit,
                "mode": indicator.mode,
                "source": indicator.source,
                "target": indicator.target,
                "accepted": indicator.accepted,
                "pending": indicator.pending,
            }
            for indicator in indicators
            if indicator.ended_on is None
        ],
        "supporters": [
            {"organization_id": s.organization_id, "name": s.name, "contribution": s.contribution} for s in supporters
        ],
        "is_example": facts.is_example,
    }


def with_days(saved: dict[str, Any]) -> dict[str, Any]:
    """A snapshot whose days are dates again, for pages."""
    days = ("period_start", "period_end", "due_on", "finished_on", "last_report_on", "news_on")
    return saved | {name: date.fromisoformat(saved[name]) if saved[name] else None for name in days}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def states_of_snapshot(saved: dict[str, Any], day: date) -> list[formats.State]:
    """The states that a snapshot of a commitment shows on a day."""
    return states(
        status=saved["status"],
        period_start=date.fromisoformat(saved["period_start"]),
        due_on=date.fromisoformat(saved["due_on"]),
        finished_on=date.fromisoformat(saved["finished_on"]) if saved["finished_on"] else None,
        report_state=saved["report_state"],
        news_on=date.fromisoformat(saved["news_on"]),
        reported=saved["last_report_on"] is not None,
        today=day,
    )
