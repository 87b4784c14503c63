"""When two units become one, their commitments, contributions and reports on behalf become one unit's."""

from __future__ import annotations

from collections import Counter
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from kbpartners import formats
from kbpartners.commitments.models import Commitment, CommitmentScope, CommitmentSupporter, ProgressReport
from kbpartners.commitments.service import caches, snapshots
from kbpartners.commitments.service.facts import FACTS, WIDTH, Facts
from kbpartners.commitments.service.rules import tallied
from kbpartners.db import db
from kbpartners.organizations.service.followers import Follower, Sentence, merge_followers
from kbpartners.organizations.service.ledger import Blocked, Ledger
from kbpartners.security import Identity

_BATCH = 500


def carry(book: Ledger, source_id: int, target_id: int) -> None:
    """Owner, counterpart, supporters and reports on behalf. Who supports and owns at once supports no longer."""
    units = (source_id, target_id)
    needless = (
        select(CommitmentSupporter.commitment_id, CommitmentSupporter.organization_id)
        .join(Commitment, Commitment.id == CommitmentSupporter.commitment_id)
        .where(CommitmentSupporter.organization_id.in_(units), Commitment.organization_id.in_(units))
    )
    for commitment_id, unit in sorted(tuple(row) for row in db.session.execute(needless)):
        book.remove(CommitmentSupporter, {"commitment_id": commitment_id, "organization_id": unit})
    mine, theirs = aliased(CommitmentSupporter), aliased(CommitmentSupporter)
    both = (
        select(mine.commitment_id, mine.contribution, theirs.contribution)
        .join(theirs, theirs.commitment_id == mine.commitment_id)
        .where(mine.organization_id == source_id, theirs.organization_id == target_id)
    )
    for commitment_id, words, kept in db.session.execute(both.order_by(mine.commitment_id)).all():
        joined = "; ".join(dict.fromkeys(text for text in (kept, words) if text))[:500]
        if joined != kept:
            key = {"commitment_id": commitment_id, "organization_id": target_id}
            book.change(CommitmentSupporter, key, {"contribution": joined})
        book.remove(CommitmentSupporter, {"commitment_id": commitment_id, "organization_id": source_id})
    for column in (Commitment.organization_id, Commitment.counterpart_id, CommitmentSupporter.organization_id):
        book.move(column, source_id, target_id)
    book.move(ProgressReport.on_behalf_of_id, source_id, target_id)


def settle(ids: list[int], who: Identity | None, sentence: Sentence) -> None:
    """Scope rows and revisions of commitments whose units changed."""
    for start in range(0, len(ids), _BATCH):
        query = FACTS.where(Commitment.id.in_(ids[start : start + _BATCH])).order_by(Commitment.id)
        for row in db.session.execute(query).all():
            facts = Facts(*row[:WIDTH])
            caches.write_scopes(facts)
            snapshots.log(who, facts, sentence(f"komitmen {facts.code}"))


def counted(unit_id: int) -> Counter[tuple[str, date]]:
    """What the commitments that a unit itself owns count for."""
    found: Counter[tuple[str, date]] = Counter()
    rows = [Facts(*row[:WIDTH]) for row in db.session.execute(FACTS.where(Commitment.organization_id == unit_id))]
    for start in range(0, len(rows), _BATCH):
        some = rows[start : start + _BATCH]
        histories = caches.histories([facts.id for facts in some])
        for facts in some:
            found.update(tallied(facts.standing, caches.pending_days(histories.get(facts.id, []))))
    return found


def preview(unit_id: int) -> list[str]:
    """How many commitments go along."""
    helped = select(CommitmentSupporter.commitment_id).where(CommitmentSupporter.organization_id == unit_id)
    own = Commitment.organization_id == unit_id
    others = or_(Commitment.counterpart_id == unit_id, Commitment.id.in_(helped))
    query = select(func.count()).select_from(Commitment)
    owned = db.session.execute(query.where(own)).scalar_one()
    named = db.session.execute(query.where(others, ~own)).scalar_one()
    return [
        _("%(n)s komitmen sebagai penanggung jawab", n=owned) if owned else "",
        _("%(n)s komitmen sebagai pendukung atau mitra pendamping", n=named) if named else "",
    ]


def name(row: Blocked) -> str:
    """The code of the commitment that stands in the way of an undo."""
    if row.table == ProgressReport.__tablename__:
        report = db.session.get(ProgressReport, row.key)
        return formats.commitment_code(report.commitment_id) if report else ""
    known = (Commitment.__tablename__, CommitmentSupporter.__tablename__)
    return formats.commitment_code(row.key) if row.table in known else ""


merge_followers.append(
    Follower(
        "commitments",
        columns=(
            Commitment.organization_id,
            Commitment.counterpart_id,
            CommitmentSupporter.organization_id,
            ProgressReport.on_behalf_of_id,
        ),
        derived=(CommitmentScope.unit_id,),
        records={"commitments": "id", "commitment_supporters": "commitment_id"},
        take=carry,
        settle=settle,
        tallied=counted,
        preview=preview,
        name=name,
    )
)
