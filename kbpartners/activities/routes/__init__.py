"""`/kegiatan`: joint activities, from the plan to the verified report. One module a step; all on one blueprint."""

from __future__ import annotations

from kbpartners.activities.routes import decisions, lists, plans, realisations
from kbpartners.activities.routes.common import bp

__all__ = ["bp", "decisions", "lists", "plans", "realisations"]
