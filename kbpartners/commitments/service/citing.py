"""A commitment's reference to a clause follows when the document is renewed."""

from __future__ import annotations

from sqlalchemy import update

from kbpartners.commitments.models import Commitment
from kbpartners.commitments.service import facts as facts_of
from kbpartners.commitments.service.snapshots import log
from kbpartners.db import db
from kbpartners.security import Identity


def cite(commitment_id: int, *, who: Identity, clause_id: int, sentence: str) -> None:
    """Let a commitment cite another clause and say so in its log. Raises NotFound."""
    before, _relation = facts_of.lock(commitment_id, who)
    db.session.execute(
        update(Commitment)
        .where(Commitment.id == commitment_id)
        .values(clause_id=clause_id, version=before.version + 1)
        .execution_options(synchronize_session=False)
    )
    after, _relation = facts_of.load(commitment_id, who)
    log(who, after, sentence)
