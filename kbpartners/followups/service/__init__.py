"""Follow-ups: the records, the units' updates and the decisions on them, the lists. This is what other features use.

Each noun has a module of its own: records, updates (writing the log), log (reading it), listing, facts (one follow-up
with everything around it), contacts, standing (scope rows, tallies, revisions and their check).
"""

from kbpartners.followups.service.contacts import Contact, first_of_units
from kbpartners.followups.service.contacts import of_units as contacts_of
from kbpartners.followups.service.facts import states_of_snapshot
from kbpartners.followups.service.listing import (
    Filters,
    Row,
    ToReport,
    of_activity,
    of_commitment,
    of_decisions,
    page,
    to_report,
)
from kbpartners.followups.service.log import queue
from kbpartners.followups.service.records import Source, create, edit, predecessor, snapshot, transfer
from kbpartners.followups.service.standing import check
from kbpartners.followups.service.updates import Origin, add_evidence, decide, send

__all__ = [
    "Contact",
    "Filters",
    "Origin",
    "Row",
    "Source",
    "ToReport",
    "add_evidence",
    "check",
    "contacts_of",
    "create",
    "decide",
    "edit",
    "first_of_units",
    "of_activity",
    "of_commitment",
    "of_decisions",
    "page",
    "predecessor",
    "queue",
    "send",
    "snapshot",
    "states_of_snapshot",
    "to_report",
    "transfer",
]
