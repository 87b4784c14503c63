"""Commitments: everything other features and the pages may ask for. The rooms behind this door are nouns:

`facts`, `indicators` (loading), `rules` (pure), `snapshots` (what the log keeps), `caches` (columns, scope rows,
tallies), `editing`, `reporting`, `verifying` (writes), `listing`, `queue` (lists), `detail` (a page), `upkeep` (doctor).
"""

from kbpartners.commitments.service.editing import IndicatorTerms, Terms, create, edit, end, reopen
from kbpartners.commitments.service.facts import Facts, SupporterFact, load, supporters
from kbpartners.commitments.service.indicators import IndicatorFact, indicators_of, indicators_of_one
from kbpartners.commitments.service.reporting import Behalf, Progress, Sent, add_evidence, own_report, report
from kbpartners.commitments.service.snapshots import snapshot, states_of_snapshot
from kbpartners.commitments.service.verifying import Decided, verify

__all__ = [
    "Behalf",
    "Decided",
    "Facts",
    "IndicatorFact",
    "IndicatorTerms",
    "Progress",
    "Sent",
    "SupporterFact",
    "Terms",
    "add_evidence",
    "create",
    "edit",
    "end",
    "indicators_of",
    "indicators_of_one",
    "load",
    "own_report",
    "reopen",
    "report",
    "snapshot",
    "states_of_snapshot",
    "supporters",
    "verify",
]
