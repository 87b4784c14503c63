"""`/tindak-lanjut`: the list (`lists`), the forms of a follow-up (`records`), its page and its update log (`log`)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from kbpartners.followups.service.listing import Unit

bp = Blueprint("followups", __name__)

ID = "<int(max=2147483647):followup_id>"
"""An id in an address; beyond what the databases can hold there is no such page."""


def unit_choices(units: list[Unit], empty: str = "") -> dict[str, list[tuple[Any, str]]]:
    """Choices of a select: each partner is a group that begins with itself."""
    groups: dict[str, list[tuple[Any, str]]] = {"": [("", empty)]} if empty else {}
    group = ""
    for unit in units:
        if unit.depth == 0:
            group = unit.name
        groups.setdefault(group, []).append((unit.id, unit.name))
    return groups


from kbpartners.followups.routes import lists, log, records  # noqa: E402, F401
