"""What every write to a follow-up keeps true: scope rows, tallies, the revision with its snapshot; and their check."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select

from kbpartners import formats, scopes
from kbpartners.audit import service as audit
from kbpartners.audit.models import Revision
from kbpartners.db import db
from kbpartners.errors import NotFound
from kbpartners.followups.models import CLOSED, Followup, FollowupScope, FollowupUpdate
from kbpartners.followups.service import contacts, facts
from kbpartners.organizations import service as organizations
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.scopes import Relation, Tally, TallyKey
from kbpartners.security import Identity, visible

SUBJECT = "followup"
MEASURES = ("followup_due", "followup_proposed", "followup_returned")


class Standing(NamedTuple):
    """What the scope rows and tallies of a follow-up depend on."""

    organization_id: int
    due_on: date
    status: str
    report_state: str

    @classmethod
    def of(cls, record: Followup) -> Standing:
        return cls(record.organization_id, record.due_on, record.status, record.report_state)

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED


def tallied(standing: Standing, units: Iterable[int]) -> list[TallyKey]:
    """What the follow-up counts for: open, waiting for a decision, returned; on its due day, for each of `units`."""
    if not standing.is_open:
        return []
    measures = ["followup_due"]
    if standing.report_state == "submitted":
        measures.append("followup_proposed")
    elif standing.report_state == "returned":
        measures.append("followup_returned")
    return [(unit, measure, standing.due_on) for unit in units for measure in measures]


def settle(record: Followup, before: Standing | None) -> None:
    """Bring scope rows and tallies from `before` (None: it is new) to what the record says now."""
    db.session.flush()
    after = Standing.of(record)
    if after == before:
        return
    owners = {after.organization_id} | ({before.organization_id} if before else set())
    units = {owner: organizations.tally_units(owner) for owner in owners}
    scopes.adjust(
        tallied(before, units[before.organization_id]) if before else [], tallied(after, units[after.organization_id])
    )
    scopes.write_scopes(
        FollowupScope,
        record.id,
        organizations.scope_units(record.organization_id),
        is_open=after.is_open,
        sort_on=record.due_on,
    )


def note_revision(who: Identity | None, followup_id: int, sentence: str, changes: Iterable[audit.Change] = ()) -> None:
    """Add a revision with the full snapshot as it stands after the write."""
    db.session.flush()
    found = facts.of(followup_id)
    if found is None:
        raise NotFound
    contact = contacts.of_unit(found.organization_id, found.contact_post_id)
    audit.record(who, SUBJECT, followup_id, sentence, snapshot=facts.snapshot(found, contact), changes=changes)


def locked(followup_id: int, who: Identity) -> Followup:
    """The record for writing, locked where the database can. Raises NotFound outside the person's scope."""
    record = db.session.execute(
        select(Followup)
        .where(Followup.id == followup_id, visible(FollowupScope, Followup.id, who))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if record is None:
        raise NotFound
    return record


# --- the check that `flask doctor` runs ---------------------------------------------------------------------------

_CHECKED = (
    Followup.id,
    Followup.title,
    Followup.organization_id,
    Followup.due_on,
    Followup.priority,
    Followup.status,
    Followup.report_state,
    Followup.finished_on,
    Followup.last_note,
    Followup.obstacle,
)


def check() -> list[str]:
    """What does not fit together, one Indonesian line each; nothing is repaired. Reads every follow-up once."""
    return [*_check_scopes_and_tallies(), *_check_snapshots(), *_check_proposals()]


def _check_scopes_and_tallies() -> Iterator[str]:
    office = organizations.office_id()
    paths = {row.id: path_ids(row.path) for row in db.session.execute(select(Organization.id, Organization.path))}
    seen: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
    for row in db.session.execute(
        select(
            FollowupScope.record_id,
            FollowupScope.unit_id,
            FollowupScope.is_open,
            FollowupScope.sort_on,
            FollowupScope.relation,
        )
    ):
        seen[row[0]].add(tuple(row[1:]))
    counted: Counter[TallyKey] = Counter()
    columns = select(Followup.id, Followup.organization_id, Followup.due_on, Followup.status, Followup.report_state)
    for record_id, owner, due_on, status, report_state in db.session.execute(columns):
        standing = Standing(owner, due_on, status, report_state)
        owners = paths[standing.organization_id]
        expected = {(unit, standing.is_open, standing.due_on, Relation.OWNER) for unit in owners}
        if office not in owners:
            expected.add((office, standing.is_open, standing.due_on, Relation.OFFICE))
        if seen[record_id] != expected:
            yield f"{formats.followup_code(record_id)}: baris cakupan tidak sesuai dengan penanggung jawabnya"
        counted.update(tallied(standing, {*owners, office}))
    stored = {
        (row.unit_id, row.measure, row.day): row.n
        for row in db.session.execute(
            select(Tally.unit_id, Tally.measure, Tally.day, Tally.n).where(Tally.measure.in_(MEASURES), Tally.n != 0)
        )
    }
    for key in sorted(stored.keys() | counted.keys()):
        if stored.get(key, 0) != counted[key]:
            yield f"hitungan {key[1]} satuan {key[0]} tanggal {key[2]}: {stored.get(key, 0)}, seharusnya {counted[key]}"


def _check_snapshots() -> Iterator[str]:
    """The current columns are the cache of the last revision."""
    newest = select(func.max(Revision.id)).where(Revision.subject_type == SUBJECT).group_by(Revision.subject_id)
    last: dict[int, dict[str, Any]] = dict(
        db.session.execute(select(Revision.subject_id, Revision.snapshot).where(Revision.id.in_(newest))).all()
    )
    names = [column.key for column in _CHECKED[1:]]
    for record_id, *values in db.session.execute(select(*_CHECKED)):
        now = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in zip(names, values, strict=True)
        }
        kept = last.get(record_id, {})
        if wrong := [name for name in names if now[name] != kept.get(name)]:
            yield f"{formats.followup_code(record_id)}: berbeda dari riwayatnya pada {', '.join(wrong)}"


def _check_proposals() -> Iterator[str]:
    waiting = select(FollowupUpdate.followup_id).where(FollowupUpdate.status == "submitted")
    for record_id in db.session.execute(
        select(Followup.id).where((Followup.report_state == "submitted") != Followup.id.in_(waiting))
    ).scalars():
        yield f"{formats.followup_code(record_id)}: tanda menunggu verifikasi tidak sesuai dengan usulannya"
