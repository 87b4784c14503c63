"""When units move in their tree, their commitments are shown to the new ancestors and no longer to the old ones."""

from __future__ import annotations

from sqlalchemy import or_, select

from kbpartners.commitments.models import Commitment, CommitmentSupporter
from kbpartners.commitments.service import caches
from kbpartners.commitments.service.facts import FACTS, WIDTH, Facts
from kbpartners.db import db
from kbpartners.organizations import service as organizations


def rebuild_scopes(unit_ids: list[int]) -> None:
    """Write anew the scope rows of every commitment that one of these units owns or supports."""
    supported = select(CommitmentSupporter.commitment_id).where(CommitmentSupporter.organization_id.in_(unit_ids))
    concerned = or_(Commitment.organization_id.in_(unit_ids), Commitment.id.in_(supported))
    for row in db.session.execute(FACTS.where(concerned).order_by(Commitment.id)).all():
        caches.write_scopes(Facts(*row[:WIDTH]))


organizations.on_tree_change.append(rebuild_scopes)
