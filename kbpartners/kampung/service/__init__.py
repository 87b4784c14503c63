"""Kampung KB: who may write where, records, lists, the page, and published lists written in bulk."""

from kbpartners.kampung.service.access import check_write, may_write, own_regency_ids
from kbpartners.kampung.service.bulk import MEASURES, Occupant, Outcome, Published, occupants
from kbpartners.kampung.service.bulk import write as write_list
from kbpartners.kampung.service.details import Detail, Lamp, detail, lamp, whatsapp_text
from kbpartners.kampung.service.facts import Facts, Place, load, score_words, snapshot, title
from kbpartners.kampung.service.lists import (
    LABELS,
    NO_LABEL,
    SORTS,
    STATUSES,
    ClassCount,
    Filters,
    Page,
    Row,
    choices,
    classes,
    page,
)
from kbpartners.kampung.service.records import Occupied, Values, check_region, close, create, edit, reopen
from kbpartners.kampung.service.upkeep import check

__all__ = [
    "LABELS",
    "MEASURES",
    "NO_LABEL",
    "SORTS",
    "STATUSES",
    "ClassCount",
    "Detail",
    "Facts",
    "Filters",
    "Lamp",
    "Occupant",
    "Occupied",
    "Outcome",
    "Page",
    "Place",
    "Published",
    "Row",
    "Values",
    "check",
    "check_region",
    "check_write",
    "choices",
    "classes",
    "close",
    "create",
    "detail",
    "edit",
    "lamp",
    "load",
    "may_write",
    "occupants",
    "own_regency_ids",
    "page",
    "reopen",
    "score_words",
    "snapshot",
    "title",
    "whatsapp_text",
    "write_list",
]
