"""Posts and who holds them: work belongs to the post of a unit, people come and go (mutasi), history stays.

The rules of who may hold a post beside whom are in `holding`, the step from one to the next in `handover`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select, update

from kbpartners import clock
from kbpartners.accounts import service
from kbpartners.accounts.models import User
from kbpartners.accounts.service import facts, links
from kbpartners.accounts.service.holding import ONE_DAY, SHARED, Tenure, Wanted, check_longer, making_room
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound, Refused
from kbpartners.organizations.models import Assignment, Organization, Post, path_ids
from kbpartners.security import Identity, Role


class Held(NamedTuple):
    """A post that a person holds, held or will hold."""

    assignment_id: int
    post_id: int
    unit_id: int
    unit: str
    title: str
    role: str
    acting: str
    valid_from: date
    valid_to: date | None


_HELD = (
    select(
        Assignment.user_id,
        Assignment.id,
        Post.id.label("post_id"),
        Organization.id.label("unit_id"),
        Organization.name,
        Post.title,
        Post.role,
        Assignment.acting,
        Assignment.valid_from,
        Assignment.valid_to,
    )
    .join(Post, Post.id == Assignment.post_id)
    .join(Organization, Organization.id == Post.organization_id)
    .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
)


def held_by(user_ids: Iterable[int], *, on: date | None = None) -> dict[int, list[Held]]:
    """The posts of people (those that count on a day, or all), latest first: user id → posts. One query."""
    found: dict[int, list[Held]] = {}
    ids = list(user_ids)
    for row in db.session.execute(_HELD.where(Assignment.user_id.in_(ids))) if ids else ():
        if on is None or facts.holds(row.valid_from, row.valid_to, on):
            found.setdefault(row.user_id, []).append(Held._make(row[1:]))
    return found


def unit_choices() -> list[tuple[str, str]]:
    """(id, name) of every unit that exists today, in the order of the tree, units below their partner."""
    rows = db.session.execute(
        select(Organization.id, Organization.name, Organization.path).where(Organization.ended_on.is_(None))
    ).all()
    names = {row.id: row.name for row in rows}
    paths = {row.id: tuple(names.get(part, "") for part in path_ids(row.path)) for row in rows}
    # BKKBN's own tree is no exception: partners by name, and each tree below its root.
    ordered = sorted(rows, key=lambda row: tuple(name.casefold() for name in paths[row.id]))
    return [(str(row.id), " › ".join(paths[row.id])) for row in ordered]


def assign(
    *,
    who: Identity | None,
    user_id: int,
    organization_id: int,
    title: str,
    role: str,
    valid_from: date,
    acting: str = "",
    valid_to: date | None = None,
    replaces: bool = False,
) -> int:
    """Put a person on a post of a unit from a day on; the post is made if the unit has none of that title and role.

    `replaces` ends the others who hold it on the day before. Raises Refused (a role that `who` may not hand out, one's
    own posts), Invalid (role and unit do not fit, unit is gone, somebody else holds the post: see `holding`). Returns
    the assignment's id.
    """
    wanted = Role(role)
    if who is not None and wanted not in facts.roles_for(who):
        raise Refused(_("Peran ini hanya dapat diberikan admin."))
    not_oneself(who, user_id)
    unit = db.session.get(Organization, organization_id)
    if unit is None or unit.ended_on is not None:
        raise Invalid(_("Pilih satuan yang masih ada."), "organization_id")
    facts.check_fit(wanted, unit.category)
    post_id = _post(organization_id, title, wanted)
    there, new = tenures(post_id, lock=True), Wanted(user_id, acting, valid_from, valid_to)
    everybody = [tenure.assignment_id for tenure in there] if replaces else []
    going = making_room(there, new, shared=wanted in SHARED, leaving=everybody)
    if not replaces and (other := next((tenure for tenure in going if tenure.user_id != user_id), None)):
        raise Invalid(
            _("Jabatan ini masih dipegang %(name)s. Buat serah terima, atau tulis jabatan lain.", name=other.called),
            "title",
        )
    end_before(going, valid_from)
    assignment_id = put_on(post_id, new)
    user = db.session.get_one(User, user_id)
    held_as = facts.held_title(title, acting)
    audit.record(
        who,
        "user",
        user_id,
        f"{who.name if who else 'Sistem'} menugaskan {user.name} sebagai {held_as}, {unit.name}.",
        snapshot=facts.snapshot(user),
        changes=[("Jabatan", "", f"{held_as}, {unit.name}"), ("Mulai", "", plain(valid_from))],
    )
    return assignment_id


def not_oneself(who: Identity | None, *user_ids: int) -> None:
    """Nobody gives posts to themselves or takes them from themselves. Raises Refused."""
    if who is not None and who.user_id in user_ids:
        raise Refused(_("Jabatan Anda sendiri diatur orang lain."))


def plain(day: date | None) -> str:
    """A day in a sentence of the log, whatever the language of the page."""
    return day.strftime("%d/%m/%Y") if day else ""


_TENURES = (
    select(
        Assignment.id,
        Assignment.user_id,
        User.name,
        Assignment.acting,
        Assignment.valid_from,
        Assignment.valid_to,
    )
    .join(User, User.id == Assignment.user_id)
    .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
)


def tenures(post_id: int, *, lock: bool = False) -> list[Tenure]:
    """Everybody who holds, held or will hold a post, latest first. `lock`: nobody else changes it meanwhile."""
    if lock:
        db.session.execute(select(Post.id).where(Post.id == post_id).with_for_update())
    return [Tenure(*row) for row in db.session.execute(_TENURES.where(Assignment.post_id == post_id))]


def put_on(post_id: int, new: Wanted) -> int:
    """Write an assignment that has been checked; returns its id."""
    assignment = Assignment(
        post_id=post_id, user_id=new.user_id, valid_from=new.valid_from, valid_to=new.valid_to, acting=new.acting
    )
    db.session.add(assignment)
    db.session.flush()
    return assignment.id


def end_before(going: Iterable[Tenure], day: date) -> None:
    """End assignments so that the day before `day` is their last one; who has no post left is out at once."""
    going = list(going)
    if not going:
        return
    ids = [tenure.assignment_id for tenure in going]
    db.session.execute(update(Assignment).where(Assignment.id.in_(ids)).values(valid_to=day - ONE_DAY))
    for user_id in sorted({tenure.user_id for tenure in going}):
        let_go(user_id)


def let_go(user_id: int) -> None:
    """Where a person holds no post any more, today or later: sessions and links end. (A date in the future needs none
    of this: what one may do is read from the dates.)"""
    if not holds_any(user_id):
        service.close_sessions(user_id)
        links.end_open(user_id)


def holds_any(user_id: int) -> bool:
    """Whether a person holds a post today or will hold one."""
    return db.session.execute(_TO_COME.where(Assignment.user_id == user_id, until(clock.today()))).first() is not None


def until(day: date) -> ColumnElement[bool]:
    """The condition "lasts on that day or begins later"."""
    return or_(Assignment.valid_to.is_(None), Assignment.valid_to >= day)


_TO_COME = (
    select(Assignment.id)
    .join(Post, Post.id == Assignment.post_id)
    .where(Post.ended_on.is_(None))
    .order_by(Assignment.valid_from)
    .limit(1)
)


def starts_on(user_id: int) -> date | None:
    """The first day of the next post of a person who holds none today."""
    later = _TO_COME.with_only_columns(Assignment.valid_from).where(Assignment.valid_from > clock.today())
    return db.session.execute(later.where(Assignment.user_id == user_id)).scalar()


def _post(organization_id: int, title: str, role: Role) -> int:
    found = db.session.execute(
        select(Post.id)
        .where(
            Post.organization_id == organization_id,
            func.lower(Post.title) == title.lower(),
            Post.role == str(role),
            Post.ended_on.is_(None),
        )
        .order_by(Post.id)
        .limit(1)
    ).scalar_one_or_none()
    if found is not None:
        return found
    post = Post(organization_id=organization_id, title=title, role=str(role))
    db.session.add(post)
    db.session.flush()
    return post.id


def held(assignment_id: int, user_id: int) -> Held:
    """One assignment of a person. Raises NotFound."""
    for post in held_by([user_id]).get(user_id, []):
        if post.assignment_id == assignment_id:
            return post
    raise NotFound()


def end(assignment_id: int, *, who: Identity, user_id: int, valid_to: date) -> None:
    """End an assignment; `valid_to` is its last day. Raises Refused (a role beyond `who`, the last admin), Invalid."""
    post = held(assignment_id, user_id)
    if Role(post.role) not in facts.roles_for(who):
        raise Refused(_("Jabatan ini hanya dapat diakhiri admin."))
    if valid_to < post.valid_from:
        raise Invalid(_("Hari terakhir tidak boleh sebelum hari mulai."), "valid_to")
    if post.role == Role.ADMIN:
        keep_an_admin(without_assignment=assignment_id)
    not_oneself(who, user_id)
    if Role(post.role) not in SHARED:
        check_longer(tenures(post.post_id, lock=True), assignment_id, valid_to)
    db.session.execute(update(Assignment).where(Assignment.id == assignment_id).values(valid_to=valid_to))
    let_go(user_id)
    user = db.session.get_one(User, user_id)
    audit.record(
        who,
        "user",
        user_id,
        f"{who.name} mengakhiri tugas {user.name} sebagai {facts.held_title(post.title, post.acting)}, {post.unit}.",
        snapshot=facts.snapshot(user),
        changes=[("Sampai", plain(post.valid_to), plain(valid_to))],
    )


def keep_an_admin(*, without_user: int | None = None, without_assignment: int | None = None) -> None:
    """Refuse what would leave the office without an admin who can sign in. Raises Refused.

    Only an assignment without an end counts, so that nobody is locked out by a date either.
    """
    today = clock.today()
    admins = (
        select(User.id, Assignment.id.label("assignment_id"))
        .join(Assignment, Assignment.user_id == User.id)
        .join(Post, Post.id == Assignment.post_id)
        .where(
            Post.role == Role.ADMIN,
            Post.ended_on.is_(None),
            User.deactivated_at.is_(None),
            User.password_hash.is_not(None),
            Assignment.valid_from <= today,
            Assignment.valid_to.is_(None),
        )
        .order_by(User.id)
        .with_for_update(of=User)  # two admins who deactivate each other at once: the second one waits and is refused
    )
    rows = db.session.execute(admins).all()
    loses = any(row.id == without_user or row.assignment_id == without_assignment for row in rows)
    left = [row for row in rows if row.id != without_user and row.assignment_id != without_assignment]
    if loses and not left:
        raise Refused(_("Ini admin terakhir. Angkat admin lain dahulu."))
