"""Documents through the service, with short defaults."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from kbpartners.agreements import service
from kbpartners.agreements.service import AgreementValues, ClauseValues, PartyValues
from kbpartners.security import Identity
from tests.cast import Cast

SIGNED = date(2026, 1, 15)


def agreement(
    cast: Cast,
    who: Identity | None = None,
    *,
    parties: Iterable[str | tuple[str, str]] = ("office", "kodam"),
    clauses: Iterable[tuple[str, str]] = (("3", "1"), ("3", "2")),
    **changes: Any,
) -> int:
    """A document of the office and the Kodam, signed in January 2026 for two years. A party is a name of the cast, or
    (name, number); a clause is (pasal, ayat). Returns its id."""
    lines = [party if isinstance(party, tuple) else (party, "") for party in parties]
    values: dict[str, Any] = {
        "kind": "pks",
        "title": "Pelayanan KB bergerak",
        "signed_on": SIGNED,
        "ends_on": date(2028, 1, 14),
        "parties": [PartyValues(cast.units[name], number) for name, number in lines],
        "clauses": [ClauseValues(article, paragraph, f"Isi pasal {article}") for article, paragraph in clauses],
    }
    return service.create(who=who, values=AgreementValues(**{**values, **changes}))


def clause_ids(agreement_id: int) -> list[int]:
    """The ids of its clauses in order."""
    return [clause.id for clause in service.document(None, agreement_id).clauses]
