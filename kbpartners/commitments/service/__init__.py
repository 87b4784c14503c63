"""Commitments: everything other features and the pages may ask for. The rooms behind this door are nouns:

`facts`, `indicators` (loading), `rules` (pure), `snapshots` (what the log keeps), `caches` (columns, scope rows and
tallies), `editing`, `reporting`, `verifying` (writes), `listing`, `queue`, `choices` (lists), `detail` (one page),
`upkeep` (doctor).
"""

from kbpartners.commitments.service.citing import cite
from kbpartners.commitments.service.detail import Detail, ReportView, as_of, detail
from kbpartners.commitments.service.editing import IndicatorTerms, Terms, create, edit, end, reopen
from kbpartners.commitments.service.facts import Facts, SupporterFact, load, supporters
from kbpartners.commitments.service.indicators import IndicatorFact, indicators_of, indicators_of_one
from kbpartners.commitments.service.listing import Filters, Page, Row, of_decisions, page, whatsapp_text
from kbpartners.commitments.service.queue import Queue, ToReport, Waiting, next_waiting, queue, to_report, waiting
from kbpartners.commitments.service.reporting import (
    Behalf,
    Progress,
    Sent,
    add_evidence,
    commitment_of,
    of_secretariat,
    own_report,
    report,
    unit_choices,
)
from kbpartners.commitments.service.snapshots import snapshot, states_of_snapshot, with_days
from kbpartners.commitments.service.upkeep import check
from kbpartners.commitments.service.verifying import Decided, verify

__all__ = [
    "Behalf",
    "Decided",
    "Detail",
    "Facts",
    "Filters",
    "IndicatorFact",
    "IndicatorTerms",
    "Page",
    "Progress",
    "Queue",
    "ReportView",
    "Row",
    "Sent",
    "SupporterFact",
    "Terms",
    "ToReport",
    "Waiting",
    "add_evidence",
    "as_of",
    "check",
    "cite",
    "commitment_of",
    "create",
    "detail",
    "edit",
    "end",
    "indicators_of",
    "indicators_of_one",
    "load",
    "next_waiting",
    "of_decisions",
    "of_secretariat",
    "own_report",
    "page",
    "queue",
    "reopen",
    "report",
    "snapshot",
    "states_of_snapshot",
    "supporters",
    "to_report",
    "unit_choices",
    "verify",
    "waiting",
    "whatsapp_text",
    "with_days",
]
