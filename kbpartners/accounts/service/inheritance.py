"""What a successor gets: the open work of the unit, told before a post is handed over; and who could follow."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import func, literal, or_, select, union_all

from kbpartners import clock, formats
from kbpartners.accounts.models import User
from kbpartners.accounts.service import facts, people, posts
from kbpartners.accounts.service.handover import Seat
from kbpartners.activities.models import PLANNED, Activity, ActivityScope
from kbpartners.commitments.models import RETURNED, Commitment, CommitmentScope
from kbpartners.db import db
from kbpartners.followups.models import Followup, FollowupScope
from kbpartners.organizations.models import Assignment, Organization, Post, path_ids
from kbpartners.organizations.service.tree import below
from kbpartners.scopes import Relation
from kbpartners.security import Identity

SHOWN = 3
MOST = 200


class Item(NamedTuple):
    """One open thing of the unit (or of units below it), the next due first."""

    id: int
    title: str
    due_on: date


class Inheritance(NamedTuple):
    """What waits for whoever holds the post: counts, and the first few of each."""

    commitments: int
    followups: int
    activities: int
    returned: int
    first_commitments: list[Item]
    first_followups: list[Item]
    first_activities: list[Item]

    @property
    def sentence(self) -> str:
        """ "5 komitmen, 3 tindak lanjut, 1 laporan perlu dilengkapi"; "" where nothing waits."""
        parts = (
            _("%(n)s komitmen", n=formats.number(self.commitments)) if self.commitments else "",
            _("%(n)s tindak lanjut", n=formats.number(self.followups)) if self.followups else "",
            _("%(n)s perlu dilengkapi", n=formats.number(self.returned)) if self.returned else "",
            _("%(n)s kegiatan menunggu laporan", n=formats.number(self.activities)) if self.activities else "",
        )
        return ", ".join(part for part in parts if part)


def of_unit(unit_id: int) -> Inheritance:
    """The open work of a unit and of the units below it. Four queries."""
    counts: dict[str, int] = {row[0]: row[1] for row in db.session.execute(_counts(unit_id))}
    return Inheritance(
        counts["commitments"],
        counts["followups"],
        counts["activities"],
        counts["returned"],
        _first(Commitment, CommitmentScope, Commitment.due_on, unit_id),
        _first(Followup, FollowupScope, Followup.due_on, unit_id),
        _first(Activity, ActivityScope, Activity.planned_until, unit_id, _waits()),
    )


def _waits() -> Any:
    """Activities whose report is due or was sent back."""
    return (Activity.status == PLANNED) & ((Activity.planned_until < clock.today()) | (Activity.return_note != ""))


def _open(record: Any, scope: Any, unit_id: int, *conditions: Any) -> Any:
    return (
        select(func.count())
        .select_from(scope)
        .join(record, record.id == scope.record_id)
        .where(scope.unit_id == unit_id, scope.is_open, scope.relation == Relation.OWNER, *conditions)
        .scalar_subquery()
    )


def _counts(unit_id: int) -> Any:
    sent_back = _open(Commitment, CommitmentScope, unit_id, Commitment.report_state == RETURNED)
    sent_back += _open(Followup, FollowupScope, unit_id, Followup.report_state == RETURNED)
    return union_all(
        select(literal("commitments"), _open(Commitment, CommitmentScope, unit_id)),
        select(literal("followups"), _open(Followup, FollowupScope, unit_id)),
        select(literal("activities"), _open(Activity, ActivityScope, unit_id, _waits())),
        select(literal("returned"), sent_back),
    )


def _first(record: Any, scope: Any, day: Any, unit_id: int, *conditions: Any) -> list[Item]:
    rows = db.session.execute(
        select(record.id, record.title, day)
        .select_from(scope)
        .join(record, record.id == scope.record_id)
        .where(scope.unit_id == unit_id, scope.is_open, scope.relation == Relation.OWNER, *conditions)
        .order_by(scope.sort_on, scope.record_id)
        .limit(SHOWN)
    )
    return [Item(*row) for row in rows]


# --- who could follow --------------------------------------------------------------------------------------------


def candidates(post: Seat, who: Identity) -> list[tuple[str, str]]:
    """(id, words) of people who may follow on a post: those of the same partner, and those without a post today.

    Only people whom `who` sees, active ones, nobody twice; at most 200, by name. Two queries.
    """
    root = f"/{path_ids(post.path)[0]}/"
    today = clock.today()
    of_partner = (
        select(Assignment.id)
        .join(Post, Post.id == Assignment.post_id)
        .join(Organization, Organization.id == Post.organization_id)
        .where(Assignment.user_id == User.id, below(root))
        .exists()
    )
    busy = (
        select(Assignment.id)
        .join(Post, Post.id == Assignment.post_id)
        .where(Assignment.user_id == User.id, Post.ended_on.is_(None), posts.until(today))
        .exists()
    )
    query = select(User.id, User.name).where(
        User.deactivated_at.is_(None), User.id != who.user_id, or_(of_partner, ~busy)
    )
    if (seen := people.seen_by(who)) is not None:
        query = query.where(seen)
    rows = db.session.execute(query.order_by(User.name, User.id).limit(MOST)).all()
    held = posts.held_by([row.id for row in rows], on=today)
    return [(str(row.id), _described(row.name, held.get(row.id, []))) for row in rows]


def _described(name: str, held: list[posts.Held]) -> str:
    words = "; ".join(f"{facts.held_title(post.title, post.acting)}, {post.unit}" for post in held)
    return f"{name} ({words or _('sedang tidak memegang jabatan')})"


# --- choosing the post -------------------------------------------------------------------------------------------


class Choice(NamedTuple):
    """A post in the list from which one is chosen. `holders`: today's, acting ones as such."""

    id: int
    title: str
    unit_id: int
    unit: str
    holders: list[str]


def find_posts(who: Identity, *, q: str = "", organization_id: int | None = None, most: int = 20) -> list[Choice]:
    """Posts that `who` may hand over, by words of the title, the unit or today's holder. Two queries."""
    from kbpartners.organizations.service import holders
    from kbpartners.search.matching import all_words

    query = (
        select(Post.id, Post.title, Organization.id, Organization.name)
        .join(Organization, Organization.id == Post.organization_id)
        .where(
            Post.ended_on.is_(None),
            Organization.ended_on.is_(None),
            Post.role.in_([str(role) for role in facts.roles_for(who)]),
        )
        .order_by(Organization.name, Post.id)
        .limit(most)
    )
    if organization_id:
        query = query.where(Post.organization_id == organization_id)
    if q:
        query = query.where(or_(all_words(q, (Post.title, Organization.name, Organization.short_name)), _held_by(q)))
    rows = db.session.execute(query).all()
    people_on = holders(row.id for row in rows)
    return [Choice(*row, [f"{h.acting} {h.name}".strip() for h in people_on.get(row.id, [])]) for row in rows]


def _held_by(q: str) -> Any:
    from kbpartners.search.matching import all_words

    return (
        select(Assignment.id)
        .join(User, User.id == Assignment.user_id)
        .where(
            Assignment.post_id == Post.id,
            Assignment.valid_from <= clock.today(),
            posts.until(clock.today()),
            all_words(q, (User.name,)),
        )
        .exists()
    )
