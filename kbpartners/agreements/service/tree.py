"""When units move in their tree, the documents to which they are a party are shown to the new ancestors, too."""

from __future__ import annotations

from sqlalchemy import select

from kbpartners.agreements.models import Party
from kbpartners.agreements.service.records import write_agreement_scopes
from kbpartners.db import db
from kbpartners.organizations import service as organizations


def rebuild_scopes(unit_ids: list[int]) -> None:
    """Write anew the scope rows of every document to which one of these units is a party."""
    query = select(Party.agreement_id).where(Party.organization_id.in_(unit_ids)).distinct()
    for agreement_id in sorted(db.session.execute(query).scalars()):
        write_agreement_scopes(agreement_id)


organizations.on_tree_change.append(rebuild_scopes)
