"""When two units become one, their follow-ups and the updates on behalf of them become one unit's."""

from __future__ import annotations

from collections import Counter
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select

from kbpartners import formats
from kbpartners.db import db
from kbpartners.followups.models import Followup, FollowupScope, FollowupUpdate
from kbpartners.followups.service.standing import Standing, note_revision, tallied
from kbpartners.followups.service.tree import rebuild
from kbpartners.organizations.service.followers import Follower, Sentence, merge_followers
from kbpartners.organizations.service.ledger import Blocked, Entry
from kbpartners.security import Identity

_BATCH = 500


def settle(ids: list[int], who: Identity | None, sentence: Sentence) -> None:
    """Scope rows and revisions of follow-ups that changed hands."""
    for start in range(0, len(ids), _BATCH):
        rebuild(Followup.id.in_(ids[start : start + _BATCH]))
    for record_id in ids:
        note_revision(who, record_id, sentence(f"tindak lanjut {formats.followup_code(record_id)}"))


def counted(unit_id: int) -> Counter[tuple[str, date]]:
    """What the follow-ups that a unit itself owns count for."""
    columns = select(Followup.organization_id, Followup.due_on, Followup.status, Followup.report_state)
    found: Counter[tuple[str, date]] = Counter()
    for row in db.session.execute(columns.where(Followup.organization_id == unit_id)):
        found.update((measure, day) for _unit, measure, day in tallied(Standing(*row), [unit_id]))
    return found


def preview(unit_id: int) -> list[str]:
    """How many follow-ups go along."""
    query = select(func.count()).where(Followup.organization_id == unit_id)
    n = db.session.execute(query).scalar_one()
    return [_("%(n)s tindak lanjut", n=n)] if n else []


def name(row: Blocked) -> str:
    """The code of the follow-up that stands in the way of an undo."""
    if row.table == FollowupUpdate.__tablename__:
        update = db.session.get(FollowupUpdate, row.key)
        return formats.followup_code(update.followup_id) if update else ""
    return formats.followup_code(row.key) if row.table == Followup.__tablename__ else ""


def obstacles(source_id: int, target_id: int, entries: list[Entry]) -> list[str]:
    """Follow-ups that came later name a post as their narahubung that would go back to the other unit."""
    moved = {entry["table"]: set(entry["keys"]) for entry in entries if entry["op"] == "move"}
    posts, own = moved.get("posts", set()), moved.get("followups", set())
    query = select(Followup.id, Followup.contact_post_id).where(
        Followup.organization_id == target_id, Followup.contact_post_id.is_not(None)
    )
    later = [row.id for row in db.session.execute(query) if row.contact_post_id in posts and row.id not in own]
    return [
        _(
            "%(code)s menyebut narahubung yang akan kembali ke satuan lama. Pilih narahubung lain dahulu.",
            code=formats.followup_code(record_id),
        )
        for record_id in later[:5]
    ]


merge_followers.append(
    Follower(
        "followups",
        columns=(Followup.organization_id, FollowupUpdate.on_behalf_of_id),
        derived=(FollowupScope.unit_id,),
        records={"followups": "id"},
        settle=settle,
        tallied=counted,
        preview=preview,
        name=name,
        obstacles=obstacles,
    )
)
