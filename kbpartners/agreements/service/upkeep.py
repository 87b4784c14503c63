"""What `flask doctor` asks: do scope rows and compared numbers say what the documents say? Are there circles?"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select

from kbpartners.agreements.models import FOREVER, Agreement, AgreementScope, Party, last_day, number_key
from kbpartners.db import db
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.organizations.service import office_id
from kbpartners.scopes import Relation

Rows = dict[int, dict[int, int]]


def check() -> list[str]:
    """Recompute what is derived; an Indonesian line per difference. Changes nothing. Four queries."""
    columns = (Agreement.id, Agreement.ends_on, Agreement.ended_on, Agreement.parent_id, Agreement.renews_id)
    documents = db.session.execute(select(*columns).order_by(Agreement.id)).all()
    expected, numbers = _parties()
    present: Rows = defaultdict(dict)
    problems: list[str] = []
    days = {row.id: last_day(row.ends_on, row.ended_on) or FOREVER for row in documents}
    rows = select(AgreementScope.record_id, AgreementScope.unit_id, AgreementScope.relation, AgreementScope.sort_on)
    for record_id, unit_id, relation, sort_on in db.session.execute(rows):
        present[record_id][unit_id] = relation
        if sort_on != days.get(record_id):
            problems.append(f"naskah {record_id}: urutan tersimpan {sort_on}, seharusnya {days.get(record_id)}.")
    for id_ in days:
        if present.get(id_, {}) != expected.get(id_, {office_id(): Relation.OFFICE}):
            problems.append(f"naskah {id_}: satuan yang melihatnya tidak cocok dengan para pihaknya.")
    edges = {row.id: [id_ for id_ in (row.parent_id, row.renews_id) if id_ is not None] for row in documents}
    return problems + numbers + [f"naskah {id_}: silsilahnya melingkar." for id_ in edges if _circle(edges, id_)]


def _parties() -> tuple[Rows, list[str]]:
    found: Rows = {}
    wrong: list[str] = []
    query = select(Party.id, Party.agreement_id, Party.number, Party.number_key, Organization.path).join(
        Organization, Organization.id == Party.organization_id
    )
    for party_id, agreement_id, number, key, path in db.session.execute(query):
        units = found.setdefault(agreement_id, {office_id(): Relation.OFFICE})
        *above, party = path_ids(path)
        units[party] = Relation.OWNER
        for unit in above:
            units[unit] = min(Relation.SUPPORT, units.get(unit, Relation.SUPPORT))
        if key not in ("", number_key(number)):  # "": two units that became one had the same number
            wrong.append(f"pihak {party_id}: nomor pembanding {key!r} bukan milik {number!r}.")
    return found, wrong


def _circle(edges: dict[int, list[int]], start: int) -> bool:
    seen: set[int] = set()
    waiting = list(edges[start])
    while waiting:
        step = waiting.pop()
        if step == start:
            return True
        if step not in seen:
            seen.add(step)
            waiting += edges.get(step, [])
    return False
