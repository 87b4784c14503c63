"""People as records: the list, inviting, editing, deactivating. Who sees whom: the admin everybody, the secretariat
those who speak for partners and OPD-KB (and hold no post of the office)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from kbpartners import clock, formats
from kbpartners import db as database
from kbpartners.accounts import service
from kbpartners.accounts.models import User
from kbpartners.accounts.service import links, posts
from kbpartners.accounts.service.facts import PARTNER_ROLES, clean_email, clean_phone, snapshot
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Conflict, FieldConflict, Invalid, NotFound, Refused
from kbpartners.organizations.models import Assignment, Post
from kbpartners.security import OFFICE_ROLES, Identity, Permission

PAGE = 50
ACTIVE, INVITED, OFF = "active", "invited", "off"


class Row(NamedTuple):
    """A person in the list."""

    id: int
    name: str
    email: str | None
    phone: str | None
    status: str
    held: list[posts.Held]


class Listing(NamedTuple):
    """A page of the list and the key of the next one (None at the end)."""

    rows: list[Row]
    after: int | None


def _has_post(roles: Iterable[str], on: date | None = None) -> ColumnElement[bool]:
    condition = and_(Assignment.user_id == User.id, Post.role.in_([str(role) for role in roles]))
    if on is not None:
        condition = and_(
            condition, Assignment.valid_from <= on, or_(Assignment.valid_to.is_(None), Assignment.valid_to >= on)
        )
    return select(Assignment.id).join(Post, Post.id == Assignment.post_id).where(condition).exists()


def seen_by(who: Identity) -> ColumnElement[bool] | None:
    """The condition on `users` of those whom `who` sees; None: everybody."""
    if who.can(Permission.USERS_MANAGE):
        return None
    today = clock.today()
    office_now_or_later = (
        select(Assignment.id)
        .join(Post, Post.id == Assignment.post_id)
        .where(
            Assignment.user_id == User.id,
            Post.role.in_([str(role) for role in OFFICE_ROLES]),
            or_(Assignment.valid_to.is_(None), Assignment.valid_to >= today),
        )
        .exists()
    )
    return and_(_has_post(PARTNER_ROLES), ~office_now_or_later)


_LIST = select(User.id, User.name, User.email, User.phone, User.password_hash.is_not(None), User.deactivated_at)


def listing(
    who: Identity, *, q: str = "", role: str = "", status: str = "", after: int | None = None, size: int = PAGE
) -> Listing:
    """A page of people by name. `q` searches name, e-mail and phone; `after` is the id of the last row before."""
    query = _LIST.order_by(User.name, User.id).limit(size + 1)
    if (seen := seen_by(who)) is not None:
        query = query.where(seen)
    if q:
        phone = formats.normalize_phone(q)
        found = [User.name.icontains(q, autoescape=True), User.email.icontains(q, autoescape=True)]
        digits = "".join(c for c in q if c.isdigit())
        if phone or len(digits) >= 4:
            found.append(User.phone.contains(phone or digits.lstrip("0"), autoescape=True))
        query = query.where(or_(*found))
    if role:
        query = query.where(_has_post([role], clock.today()))
    if status == OFF:
        query = query.where(User.deactivated_at.is_not(None))
    elif status:
        has_password = User.password_hash.is_not(None) if status == ACTIVE else User.password_hash.is_(None)
        query = query.where(User.deactivated_at.is_(None), has_password)
    if after:
        last = select(User.name).where(User.id == after).scalar_subquery()
        query = query.where(tuple_(User.name, User.id) > tuple_(last, after))
    rows = db.session.execute(query).all()
    held = posts.held_by([row.id for row in rows[:size]], on=clock.today())
    page = [
        Row(uid, name, email, phone, status_of(has, off), held.get(uid, []))
        for uid, name, email, phone, has, off in rows[:size]
    ]
    return Listing(page, page[-1].id if len(rows) > size else None)


def status_of(has_password: bool, deactivated_at: Any) -> str:
    """active, invited (no password yet) or off."""
    return OFF if deactivated_at is not None else ACTIVE if has_password else INVITED


def person(user_id: int, who: Identity) -> User:
    """The record of a person that `who` may see. Raises NotFound."""
    query = select(User).where(User.id == user_id)
    if (seen := seen_by(who)) is not None:
        query = query.where(seen)
    user = db.session.execute(query).scalar_one_or_none()
    if user is None:
        raise NotFound()
    return user


def name_of(user_id: int, who: Identity) -> str:
    """The name of somebody whom `who` sees and who is active; else ""."""
    query = select(User.name).where(User.id == user_id, User.deactivated_at.is_(None))
    if (seen := seen_by(who)) is not None:
        query = query.where(seen)
    return db.session.execute(query).scalar_one_or_none() or ""


class Own(NamedTuple):
    """One's own data, as the profile shows it."""

    name: str
    email: str | None
    phone: str | None
    rank: str
    id_kind: str
    id_number: str
    locale: str
    version: int


def own(who: Identity) -> Own:
    """The data of the person themselves."""
    columns = [getattr(User, name) for name in Own._fields]
    return Own(*db.session.execute(select(*columns).where(User.id == who.user_id)).one())


def may_edit(user: User, who: Identity) -> bool:
    """Whether `who` may change the data of this person: the admin; who invites, until it is accepted."""
    return who.can(Permission.USERS_MANAGE) or (
        who.can(Permission.USERS_INVITE) and user.password_hash is None and user.deactivated_at is None
    )


def names(limit: int = 500) -> list[tuple[str, str]]:
    """(id, name) of people by name, for a filter."""
    rows = db.session.execute(select(User.id, User.name).order_by(User.name, User.id).limit(limit))
    return [(str(row.id), row.name) for row in rows]


def create(
    *,
    who: Identity | None,
    name: str,
    email: str | None,
    phone: str | None,
    organization_id: int,
    title: str,
    role: str,
    valid_from: date,
    acting: str = "",
    valid_to: date | None = None,
    replaces: bool = False,
) -> int:
    """A new person on a post, without a password; the caller issues the link (`links.fresh`). Returns the user id.

    Raises Invalid (no way to reach them, an address that is taken, a role that does not fit), Refused (the role).
    """
    user_id = add(who=who, name=name, email=email, phone=phone)
    posts.assign(
        who=who,
        user_id=user_id,
        organization_id=organization_id,
        title=title,
        role=role,
        valid_from=valid_from,
        acting=acting,
        valid_to=valid_to,
        replaces=replaces,
    )
    return user_id


def add(*, who: Identity | None, name: str, email: str | None, phone: str | None) -> int:
    """A new person, not on a post yet. Raises Invalid (no way to reach them, an address that is taken)."""
    user = User(name=name, email=clean_email(email), phone=clean_phone(phone), created_at=clock.now())
    if user.email is None and user.phone is None:
        raise Invalid(_("Isi surel atau nomor ponsel; salah satunya dipakai untuk masuk."), "email")
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as error:
        raise _taken(error) from error
    audit.record(
        who,
        "user",
        user.id,
        f"{who.name if who else 'Sistem'} menambahkan pengguna {name}.",
        snapshot=snapshot(user),
        changes=[("Surel", "", user.email or ""), ("Ponsel", "", user.phone or "")],
    )
    return user.id


def _taken(error: IntegrityError) -> Exception:
    _name, column = database.violated(error)
    if column == "email":
        return Invalid(_("Surel ini sudah dipakai akun lain."), "email")
    if column == "phone":
        return Invalid(_("Nomor ponsel ini sudah dipakai akun lain."), "phone")
    return error


LABELS = {
    "name": "Nama",
    "email": "Surel",
    "phone": "Ponsel",
    "rank": "Pangkat",
    "id_kind": "Jenis nomor",
    "id_number": "NIP/NRP",
    "locale": "Bahasa",
}


def edit(*, who: Identity, user_id: int, version: int, values: dict[str, str | None]) -> None:
    """Change a person's own data (keys of `LABELS`). Raises Conflict if somebody saved first, Invalid, Refused."""
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound()
    if who.user_id != user_id and not may_edit(person(user_id, who), who):
        raise Refused(_("Data pengguna yang sudah aktif hanya dapat diubah admin."))
    new = {key: value or "" for key, value in values.items()}
    for key, tidy in (("email", clean_email), ("phone", clean_phone)):
        if key in new:
            new[key] = tidy(new[key])  # type: ignore[operator, assignment]
    if user.version != version:
        rows = [FieldConflict(_label(key), getattr(user, key) or "", new[key] or "") for key in new]
        raise Conflict(rows, user.version)
    before = {key: getattr(user, key) or "" for key in new}
    if not (new.get("email", user.email) or new.get("phone", user.phone)):
        raise Invalid(_("Isi surel atau nomor ponsel; salah satunya dipakai untuk masuk."), "email")
    try:
        with db.session.begin_nested():
            for key, value in new.items():
                setattr(user, key, value)
            user.version += 1
    except IntegrityError as error:
        raise _taken(error) from error
    audit.record(
        who,
        "user",
        user_id,
        f"{who.name} mengubah data {user.name}."
        if who.user_id != user_id
        else f"{user.name} mengubah datanya sendiri.",
        snapshot=snapshot(user),
        changes=[(LABELS[key], before[key], new[key] or "") for key in new],
    )


def _label(key: str) -> str:
    return {
        "name": _("Nama"),
        "email": _("Surel"),
        "phone": _("Nomor ponsel"),
        "rank": _("Pangkat"),
        "id_kind": _("Jenis nomor"),
        "id_number": _("NIP/NRP"),
        "locale": _("Bahasa"),
    }[key]


def deactivate(user_id: int, *, who: Identity | None) -> None:
    """End a person's access at once. Work stays with the units. Raises Refused for oneself and for the last admin."""
    user = _locked(user_id)
    if who is not None and who.user_id == user_id:
        raise Refused(_("Anda tidak dapat menonaktifkan akun sendiri."))
    if user.deactivated_at is not None:
        return
    posts.keep_an_admin(without_user=user_id)
    user.deactivated_at = clock.now()
    user.version += 1
    db.session.flush()
    service.close_sessions(user_id)
    links.end_open(user_id)
    audit.record(
        who, "user", user_id, f"{who.name if who else 'Sistem'} menonaktifkan {user.name}.", snapshot=snapshot(user)
    )


def reactivate(user_id: int, *, who: Identity) -> None:
    """Let a person in again, with the password they had."""
    user = _locked(user_id)
    if user.deactivated_at is None:
        return
    user.deactivated_at = None
    user.version += 1
    db.session.flush()
    audit.record(who, "user", user_id, f"{who.name} mengaktifkan kembali {user.name}.", snapshot=snapshot(user))


def _locked(user_id: int) -> User:
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound()
    return user


def set_password(user_id: int, password_hash: str, *, who: Identity | None, keep_session: int | None = None) -> None:
    """Give a person a new password; every other session ends."""
    user = _locked(user_id)
    db.session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))
    service.close_sessions(user_id, except_id=keep_session)
    links.end_open(user_id)
    own = who is not None and who.user_id == user_id
    sentence = f"{user.name} mengganti kata sandinya." if own else f"Kata sandi {user.name} diganti lewat perintah."
    audit.record(who, "user", user_id, sentence, snapshot=snapshot(user))
