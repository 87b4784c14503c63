"""When two units become one, the activities that they organise and take part in become one unit's."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from kbpartners import formats
from kbpartners.activities.models import Activity, ActivityOrganization, ActivityScope
from kbpartners.activities.service.details import LEAD
from kbpartners.activities.service.places import place
from kbpartners.activities.service.records import record, write_activity_scopes
from kbpartners.db import db
from kbpartners.organizations.service.followers import Follower, Sentence, merge_followers
from kbpartners.organizations.service.ledger import Blocked, Ledger
from kbpartners.security import Identity

_TABLES = (Activity.__tablename__, ActivityOrganization.__tablename__)


def carry(book: Ledger, source_id: int, target_id: int) -> None:
    """Organiser and participants. Where both take part, one of them stays: leading if one led, with both's words."""
    mine, theirs = aliased(ActivityOrganization), aliased(ActivityOrganization)
    both = (
        select(mine.activity_id, mine.role, mine.contribution, theirs.role, theirs.contribution)
        .join(theirs, theirs.activity_id == mine.activity_id)
        .where(mine.organization_id == source_id, theirs.organization_id == target_id)
    )
    for activity_id, role, words, kept_role, kept in db.session.execute(both.order_by(mine.activity_id)).all():
        joined = "; ".join(dict.fromkeys(text for text in (kept, words) if text))[:500]
        leads = LEAD if LEAD in (role, kept_role) else kept_role
        if (leads, joined) != (kept_role, kept):
            key = {"activity_id": activity_id, "organization_id": target_id}
            book.change(ActivityOrganization, key, {"role": leads, "contribution": joined})
        book.remove(ActivityOrganization, {"activity_id": activity_id, "organization_id": source_id})
    book.move(ActivityOrganization.organization_id, source_id, target_id)
    book.move(Activity.organization_id, source_id, target_id)


def settle(ids: list[int], who: Identity | None, sentence: Sentence) -> None:
    """Scope rows and revisions of activities whose participants changed."""
    for activity_id in ids:
        activity = db.session.get_one(Activity, activity_id)
        write_activity_scopes(activity, place(activity.kampung_id))
        record(who, activity, sentence(f"kegiatan {formats.activity_code(activity_id)}"))


def preview(unit_id: int) -> list[str]:
    """How many activities go along."""
    query = select(func.count()).where(ActivityOrganization.organization_id == unit_id)
    n = db.session.execute(query).scalar_one()
    return [_("%(n)s kegiatan bersama", n=n)] if n else []


def name(row: Blocked) -> str:
    """The code of the activity that stands in the way of an undo."""
    return formats.activity_code(row.key) if row.table in _TABLES else ""


merge_followers.append(
    Follower(
        "activities",
        columns=(Activity.organization_id, ActivityOrganization.organization_id),
        derived=(ActivityScope.unit_id,),
        records={"activities": "id", "activity_organizations": "activity_id"},
        take=carry,
        settle=settle,
        preview=preview,
        name=name,
    )
)
