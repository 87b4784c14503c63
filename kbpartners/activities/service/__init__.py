"""Joint activities: lists and look-ups, planning, reporting what was done, verifying it."""

from __future__ import annotations

from kbpartners.activities.service.choices import (
    CommitmentChoice,
    PartnerChoice,
    commitment_choices,
    partner_choices,
    partners_for_filter,
    regencies,
)
from kbpartners.activities.service.details import Detail, Participant, Rights, Served, detail, rights_on
from kbpartners.activities.service.lists import (
    STATES,
    Filters,
    Line,
    Page,
    Serving,
    counts_of_commitments,
    listed,
    of_commitment,
    of_kampung,
)
from kbpartners.activities.service.places import Place, place, search_places
from kbpartners.activities.service.plans import (
    ActivityValues,
    Partner,
    cancel,
    contribute,
    create,
    editable,
    update,
)
from kbpartners.activities.service.realisation import RealisationValues, add_evidence, report, verify

__all__ = [
    "STATES",
    "ActivityValues",
    "CommitmentChoice",
    "Detail",
    "Filters",
    "Line",
    "Page",
    "Participant",
    "Partner",
    "PartnerChoice",
    "Place",
    "RealisationValues",
    "Rights",
    "Served",
    "Serving",
    "add_evidence",
    "cancel",
    "commitment_choices",
    "contribute",
    "counts_of_commitments",
    "create",
    "detail",
    "editable",
    "listed",
    "of_commitment",
    "of_kampung",
    "partner_choices",
    "partners_for_filter",
    "place",
    "regencies",
    "report",
    "rights_on",
    "search_places",
    "update",
    "verify",
]
