"""The posts of a unit and who holds them today. Work belongs to the unit and its post; people come and go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select, update

from kbpartners import clock, formats
from kbpartners.accounts.models import User
from kbpartners.accounts.service.facts import ACTING, check_fit, roles_for
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound, Refused
from kbpartners.followups.models import CLOSED, Followup
from kbpartners.organizations.models import Assignment, Organization, Post
from kbpartners.organizations.service import log
from kbpartners.security import OFFICE_ROLES, Identity, Role


class Holder(NamedTuple):
    """A person on a post. `acting` is "", "Plt." or "Plh."."""

    user_id: int
    name: str
    acting: str
    phone: str
    since: date


class PostItem(NamedTuple):
    """A post of a unit with everybody who holds it today, whoever acts today first."""

    id: int
    title: str
    role: str
    is_contact: bool
    holders: list[Holder]


class Contact(NamedTuple):
    """Whom to call: the post, its holder today ("" while it is vacant), the number and the address of a chat."""

    title: str
    name: str
    phone: str
    wa: str
    post_id: int | None = None


def holders(post_ids: Iterable[int]) -> dict[int, list[Holder]]:
    """Everybody on the posts today, in one query; whoever acts today (Plh., Plt.) comes first."""
    ids, today = list(post_ids), clock.today()
    if not ids:
        return {}
    rows = db.session.execute(
        select(Assignment.post_id, User.id, User.name, Assignment.acting, User.phone, Assignment.valid_from)
        .join(User, User.id == Assignment.user_id)
        .where(
            Assignment.post_id.in_(ids),
            User.deactivated_at.is_(None),
            Assignment.valid_from <= today,
            or_(Assignment.valid_to.is_(None), Assignment.valid_to >= today),
        )
        .order_by(Assignment.acting == "", Assignment.valid_from.desc(), Assignment.id.desc())
    )
    found: dict[int, list[Holder]] = {}
    for post_id, user_id, name, acting, phone, since in rows:
        found.setdefault(post_id, []).append(Holder(user_id, name, ACTING.get(acting, ""), phone or "", since))
    return found


def holder_today(post_ids: Iterable[int]) -> dict[int, Holder]:
    """Who acts on each post today: the Plh. or Plt. if there is one, else the holder. Vacant posts are left out."""
    return {post_id: people[0] for post_id, people in holders(post_ids).items()}


def posts_of(organization_id: int) -> list[PostItem]:
    """The posts of a unit that have not ended, contacts first. Two queries."""
    rows = db.session.execute(
        select(Post.id, Post.title, Post.role, Post.is_contact)
        .where(Post.organization_id == organization_id, Post.ended_on.is_(None))
        .order_by(Post.is_contact.desc(), Post.id)
    ).all()
    people = holders(row.id for row in rows)
    return [PostItem(*row, people.get(row.id, [])) for row in rows]


def contacts_from(posts: Iterable[PostItem], office: Contact | None = None) -> list[Contact]:
    """The narahubung among posts that were read already, then the unit's own number if it has one."""
    found = [
        Contact(
            f"{holder.acting} {post.title}".strip(), holder.name, holder.phone, formats.wa_link(holder.phone), post.id
        )
        for post in posts
        if post.is_contact
        for holder in post.holders or [Holder(0, "", "", "", date.min)]
    ]
    return found + ([office] if office else [])


def own_number(name: str, phone: str, whatsapp: str) -> Contact | None:
    """The unit's own number as a contact; None without any."""
    number = whatsapp or phone
    return Contact(_("Nomor satuan"), name, number, formats.wa_link(number)) if number else None


def contacts(organization_id: int) -> list[Contact]:
    """The narahubung of a unit with today's holders, and the unit's own number last. Three queries, no scope."""
    row = db.session.execute(
        select(Organization.name, Organization.phone, Organization.whatsapp).where(Organization.id == organization_id)
    ).one_or_none()
    return contacts_from(posts_of(organization_id), own_number(*row)) if row else []


# --- who held it when --------------------------------------------------------------------------------------------


class Tenure(NamedTuple):
    """A person's time on a post, both days included. `acting` is "", "Plt." or "Plh."; `opened`: has a password."""

    assignment_id: int
    user_id: int
    name: str
    acting: str
    valid_from: date
    valid_to: date | None
    phone: str
    opened: bool
    off: bool

    def state(self, today: date) -> str:
        """ "now", "coming" or "over"."""
        if self.valid_from > today:
            return "coming"
        return "now" if self.valid_to is None or self.valid_to >= today else "over"


class PostHistory(NamedTuple):
    """A post, living or ended, with everybody who holds, held or will hold it, latest first."""

    id: int
    title: str
    role: str
    is_contact: bool
    ended_on: date | None
    tenures: list[Tenure]


def history_of(organization_id: int, post_id: int | None = None) -> list[PostHistory]:
    """The posts of a unit (or one of them) through the years, living ones first. Two queries. Raises NotFound."""
    query = select(Post.id, Post.title, Post.role, Post.is_contact, Post.ended_on).where(
        Post.organization_id == organization_id
    )
    if post_id is not None:
        query = query.where(Post.id == post_id)
    rows = db.session.execute(query.order_by(Post.ended_on.is_not(None), Post.is_contact.desc(), Post.id)).all()
    if post_id is not None and not rows:
        raise NotFound()
    people: dict[int, list[Tenure]] = {}
    for post, *one in db.session.execute(_TENURES.where(Assignment.post_id.in_([row.id for row in rows]))):
        tenure = Tenure(*one)
        people.setdefault(post, []).append(tenure._replace(acting=ACTING.get(tenure.acting, "")))
    return [PostHistory(*row, people.get(row.id, [])) for row in rows]


_TENURES = (
    select(
        Assignment.post_id,
        Assignment.id,
        User.id,
        User.name,
        Assignment.acting,
        Assignment.valid_from,
        Assignment.valid_to,
        func.coalesce(User.phone, ""),
        User.password_hash.is_not(None),
        User.deactivated_at.is_not(None),
    )
    .join(User, User.id == Assignment.user_id)
    .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
)


# --- writing -----------------------------------------------------------------------------------------------------


def role_choices(who: Identity, category: str) -> list[Role]:
    """The roles that `who` may give to a post of a unit of this category."""
    fitting = []
    for role in roles_for(who):
        try:
            check_fit(role, category)
        except Invalid:
            continue
        fitting.append(role)
    return fitting


def add_post(*, who: Identity | None, organization_id: int, title: str, role: str, is_contact: bool = True) -> int:
    """Add a post to a unit. Returns its id. Raises NotFound, Refused (a role beyond `who`), Invalid."""
    unit = db.session.get(Organization, organization_id)
    if unit is None:
        raise NotFound()
    if unit.ended_on is not None:
        raise Invalid(_("Satuan ini sudah berakhir."))
    wanted = Role(role)
    if who is not None and wanted not in roles_for(who):
        raise Refused(_("Peran ini hanya dapat diberikan admin."))
    check_fit(wanted, unit.category)
    title = title.strip()
    if not title:
        raise Invalid(_("Wajib diisi."), "title")
    taken = select(Post.id).where(
        Post.organization_id == organization_id,
        func.lower(Post.title) == func.lower(title),
        Post.ended_on.is_(None),
    )
    if db.session.execute(taken).first():
        raise Invalid(_("Satuan ini sudah mempunyai jabatan itu."), "title")
    post = Post(organization_id=organization_id, title=title, role=str(wanted), is_contact=is_contact)
    db.session.add(post)
    db.session.flush()
    log.note(who, unit, f"{log.actor(who)} menambah jabatan {title} di {unit.name}.")
    return post.id


class EndingPost(NamedTuple):
    """A post that is about to end: who loses it, and how many open follow-ups name it as their narahubung."""

    id: int
    title: str
    role: str
    unit: str
    holders: list[Holder]
    followups: int


def ending(organization_id: int, post_id: int) -> EndingPost:
    """What ending a post would mean. Raises NotFound for a post of another unit or one that has ended."""
    row = db.session.execute(
        select(Post.id, Post.title, Post.role, Organization.name)
        .join(Organization, Organization.id == Post.organization_id)
        .where(Post.id == post_id, Post.organization_id == organization_id, Post.ended_on.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound()
    open_ones = select(func.count()).where(Followup.contact_post_id == post_id, Followup.status.not_in(CLOSED))
    count = db.session.execute(open_ones).scalar_one()
    return EndingPost(*row, holders([post_id]).get(post_id, []), count)


def end_post(*, who: Identity, organization_id: int, post_id: int) -> None:
    """End a post today: its holder no longer acts for the unit. Raises NotFound, Refused, Invalid.

    A post of the office can end only while it is vacant: whoever holds it is taken off it under "Pengguna", where the
    last admin is protected.
    """
    post = ending(organization_id, post_id)
    if Role(post.role) not in roles_for(who):
        raise Refused(_("Jabatan ini hanya dapat diakhiri admin."))
    if post.role in OFFICE_ROLES and post.holders:
        raise Invalid(_("Akhiri dahulu penugasan pemegangnya di halaman Pengguna."))
    db.session.execute(update(Post).where(Post.id == post_id).values(ended_on=clock.today()))
    unit = db.session.get_one(Organization, organization_id)
    log.note(who, unit, f"{log.actor(who)} mengakhiri jabatan {post.title} di {unit.name}.")


def end_all(organization_id: int, day: date) -> None:
    """End every post of a unit that ends."""
    db.session.execute(
        update(Post).where(and_(Post.organization_id == organization_id, Post.ended_on.is_(None))).values(ended_on=day)
    )
