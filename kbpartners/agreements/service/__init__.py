"""Agreements: facts (a document as it is said), records (writing it), lineage, lists, citing (commitments under its
clauses), renewal, ending, upkeep (doctor), tree and merging (following the units). This is what other features use."""

from kbpartners.agreements.service.citing import Citing, Source, clause_choices, commitments, source
from kbpartners.agreements.service.ending import end, note_files, reopen
from kbpartners.agreements.service.facts import (
    ClauseFact,
    Document,
    Facts,
    PartyFact,
    as_of,
    document,
    load,
    snapshot,
    state_of_snapshot,
    warning_days,
)
from kbpartners.agreements.service.lineage import Lineage, Link, around, choices
from kbpartners.agreements.service.lists import STATUSES, WITHIN, Filters, Line, Page, listed, of_organization
from kbpartners.agreements.service.records import (
    AgreementValues,
    ClauseValues,
    PartyValues,
    create,
    update_record,
    values_of,
)
from kbpartners.agreements.service.renewal import Hanging, RenewalValues, flagged, hanging, refusal, renew
from kbpartners.agreements.service.upkeep import check

__all__ = [
    "STATUSES",
    "WITHIN",
    "AgreementValues",
    "Citing",
    "ClauseFact",
    "ClauseValues",
    "Document",
    "Facts",
    "Filters",
    "Hanging",
    "Line",
    "Lineage",
    "Link",
    "Page",
    "PartyFact",
    "PartyValues",
    "RenewalValues",
    "Source",
    "around",
    "as_of",
    "check",
    "choices",
    "clause_choices",
    "commitments",
    "create",
    "document",
    "end",
    "flagged",
    "hanging",
    "listed",
    "load",
    "note_files",
    "of_organization",
    "refusal",
    "renew",
    "reopen",
    "snapshot",
    "source",
    "state_of_snapshot",
    "update_record",
    "values_of",
    "warning_days",
]
