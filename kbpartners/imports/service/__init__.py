"""Imports of published lists: reading and matching, writing at once, questions for a person, what became of a file."""

from kbpartners.imports.service.decisions import Choice, Decision, Question, decide, questions, reject
from kbpartners.imports.service.planning import parse_year
from kbpartners.imports.service.records import (
    Pending,
    Problem,
    Row,
    check,
    get,
    notes,
    page,
    pending,
    problems,
    problems_csv,
)
from kbpartners.imports.service.work import KIND, receive, run
from kbpartners.imports.service.writing import Counts, Imported

__all__ = [
    "KIND",
    "Choice",
    "Counts",
    "Decision",
    "Imported",
    "Pending",
    "Problem",
    "Question",
    "Row",
    "check",
    "decide",
    "get",
    "notes",
    "page",
    "parse_year",
    "pending",
    "problems",
    "problems_csv",
    "questions",
    "receive",
    "reject",
    "run",
]
