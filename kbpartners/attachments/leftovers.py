"""What people who left had uploaded and not yet sent: the secretariat can still open it and pass it on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.accounts.service.posts import until
from kbpartners.attachments.models import Attachment
from kbpartners.attachments.service import DRAFT_DAYS
from kbpartners.db import db
from kbpartners.organizations.models import Assignment, Post


class Leftover(NamedTuple):
    """A file that was never handed in. `until`: the last day on which it is kept."""

    id: int
    filename: str
    owner: str
    until: date

    @property
    def url(self) -> str:
        return f"/lampiran/{self.id}"


def of(user_ids: Iterable[int]) -> list[Leftover]:
    """The unsent files of those of these people who hold no post any more, latest first. One query."""
    busy = (
        select(Assignment.id)
        .join(Post, Post.id == Assignment.post_id)
        .where(Assignment.user_id == User.id, Post.ended_on.is_(None), until(clock.today()))
        .exists()
    )
    rows = db.session.execute(
        select(Attachment.id, Attachment.filename, User.name, Attachment.created_at)
        .join(User, User.id == Attachment.uploaded_by_id)
        .where(Attachment.uploaded_by_id.in_(list(user_ids)), Attachment.draft_token != "", ~busy)
        .order_by(Attachment.id.desc())
        .limit(50)
    )
    kept = timedelta(days=DRAFT_DAYS)
    return [Leftover(id_, name, owner, clock.to_local(made + kept).date()) for id_, name, owner, made in rows]
