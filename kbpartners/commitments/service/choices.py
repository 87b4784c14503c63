"""What the filter bar and the forms offer: units, regions, decisions. Long lists are kept for a minute per process."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from kbpartners.commitments.service.facts import decision_label, meeting_label
from kbpartners.db import fetch
from kbpartners.meetings.models import Decision, Meeting, MeetingScope
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.regions import service as regions
from kbpartners.security import Identity, visible

Choice = tuple[int, str]
T = TypeVar("T")
_SECONDS, _MOST = 60, 500


def _kept(key: Any, make: Callable[[], T]) -> T:
    """The value for a key, made at most once a minute: units and regions change a few times a year."""
    cache: dict[Any, tuple[float, Any]] = current_app.extensions.setdefault("kb_commitment_choices", {})
    now = time.monotonic()
    if key not in cache or cache[key][0] < now:
        if len(cache) >= _MOST:
            cache.clear()
        cache[key] = (now + _SECONDS, make())
    return cache[key][1]


def units(who: Identity, chosen: int | None = None) -> tuple[Choice, ...]:
    """(id, name) of the units that `who` may narrow a list to, each partner before its own units, those indented.

    `chosen` is the unit of the present filter: one made a moment ago is in the list, too.
    """
    key = ("units", who.unit_ids)
    found = _kept(key, lambda: _units(who))
    if chosen is not None and chosen not in {id_ for id_, _name in found}:
        current_app.extensions["kb_commitment_choices"].pop(key, None)
        found = _kept(key, lambda: _units(who))
    return found


def _units(who: Identity) -> tuple[Choice, ...]:
    query = select(Organization.id, Organization.name, Organization.path).where(Organization.ended_on.is_(None))
    if not who.of_office:
        own = aliased(Organization)
        below = func.substr(Organization.path, 1, func.length(own.path)) == own.path
        query = query.where(select(own.id).where(own.id.in_(who.unit_ids), below).exists())
    return tuple(_tree(fetch(query)))


def organizations() -> list[Choice]:
    """(id, name) of every unit in force, for forms of the secretariat. Never from the cache."""
    query = select(Organization.id, Organization.name, Organization.path).where(Organization.ended_on.is_(None))
    return _tree(fetch(query))


def grouped(units: list[Choice], chosen: Collection[int]) -> list[tuple[str, bool, list[Choice]]]:
    """Units (in the order of the tree) by partner: (name, whether one of them is chosen, the units)."""
    groups: list[tuple[str, bool, list[Choice]]] = []
    for id_, name in units:
        if not name.startswith("– ") or not groups:
            groups.append((name, False, []))
        title, opened, members = groups[-1]
        members.append((id_, name))
        groups[-1] = (title, opened or id_ in chosen, members)
    return groups


def teams() -> list[Choice]:
    """(id, name) of BKKBN's own units, the counterparts of partners."""
    root = aliased(Organization)
    query = (
        select(Organization.id, Organization.name, Organization.path)
        .join(root, func.substr(Organization.path, 1, func.length(root.path)) == root.path)
        .where(root.category == "bkkbn", root.parent_id.is_(None), Organization.ended_on.is_(None))
    )
    return _tree(fetch(query))


def _tree(rows: Any) -> list[Choice]:
    """Rows (id, name, path) in the order of a tree, by name; the depth is shown by dashes."""
    names = {row.id: row.name for row in rows}
    ordered = sorted(rows, key=lambda row: [names.get(id_, "") for id_ in path_ids(row.path)])
    least = min((len(path_ids(row.path)) for row in rows), default=1)
    return [(row.id, "– " * (len(path_ids(row.path)) - least) + row.name) for row in ordered]


def regencies() -> tuple[Choice, ...]:
    """(id, name) of the regencies and cities of the office's provinces."""
    return _kept("regencies", lambda: tuple((int(id_), name) for id_, name in regions.regency_choices()))


def decisions(who: Identity, chosen: int | None = None, limit: int = 100) -> list[Choice]:
    """(id, "Rakorda 2017, Arahan 1: …") of the latest decisions that `who` may see, and of the chosen one."""
    query = (
        select(Decision.id, Decision.kind, Decision.number, Decision.text, Meeting.kind, Meeting.held_on)
        .join(Meeting, Meeting.id == Decision.meeting_id)
        .where(or_(visible(MeetingScope, Meeting.id, who), Decision.id == chosen))
        .order_by((Decision.id == chosen).desc(), Meeting.held_on.desc(), Decision.id.desc())
        .limit(limit)
    )
    return [
        (row[0], f"{meeting_label(row[4], row[5])}, {decision_label(row[1], row[2])}: {_short(row[3])}")
        for row in fetch(query)
    ]


def _short(text: str, limit: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
