"""Who is signed in: identities, sessions as rows, signing in and out (people as records: `people`).

The other nouns have modules of their own: passwords, throttle, links, people, posts (who may hold one: holding; from
one to the next: handover, inheritance), vacancies, mail.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from kbpartners import clock
from kbpartners.accounts.models import User, UserSession
from kbpartners.accounts.service import facts, holding, passwords, throttle
from kbpartners.accounts.service.vacancies import count_without_liaison as count_without_liaison
from kbpartners.accounts.service.vacancies import units_without_liaison as units_without_liaison
from kbpartners.accounts.service.vacancies import without_liaison as without_liaison
from kbpartners.db import begin_write, db, fetch
from kbpartners.errors import Invalid, NotFound
from kbpartners.formats import date_medium, normalize_phone
from kbpartners.organizations.models import Assignment, Organization, Post, path_ids
from kbpartners.security import OFFICE_ROLES, Identity, Role

SESSION_DAYS = 14
log = logging.getLogger("kbpartners.security")
_RANK = {
    role: position for position, role in enumerate((Role.ADMIN, Role.SECRETARIAT, Role.LEADER, Role.OPD, Role.LIAISON))
}


def hash_token(token: str) -> str:
    """What the database keeps of a random token (which has too much entropy to need a slow hash)."""
    return hashlib.sha256(token.encode()).hexdigest()


_IDENTITY = (
    select(
        UserSession.id.label("session_id"),
        UserSession.expires_at,
        UserSession.revoked_at,
        User.id,
        User.name,
        User.locale,
        User.deactivated_at,
        User.is_demo,
        Post.id.label("post_id"),
        Post.title,
        Post.role,
        Organization.id.label("unit_id"),
        Organization.name.label("unit_name"),
        Organization.path,
        Assignment.valid_from,
        Assignment.valid_to,
        Assignment.acting,
    )
    .join(User, User.id == UserSession.user_id)
    .outerjoin(Assignment, Assignment.user_id == User.id)
    .outerjoin(Post, and_(Post.id == Assignment.post_id, Post.ended_on.is_(None)))
    .outerjoin(Organization, Organization.id == Post.organization_id)
    .where(UserSession.token_hash == bindparam("token_hash"))
)


def identity_of(token: str) -> Identity | None:
    """Who carries this session token now: one join over session, user, assignments, posts and units.

    None if the session is unknown, revoked or over, the person deactivated, or no post is held today.
    """
    rows = fetch(_IDENTITY, {"token_hash": hash_token(token)})
    if not rows:
        return None
    first = rows[0]
    if first.revoked_at or first.deactivated_at or first.expires_at <= clock.now() or _demo_refused(first.is_demo):
        return None
    return _identity(rows, token)


def _demo_refused(is_demo: bool) -> bool:
    # Everybody can read the demo password, so those accounts are nobody in production.
    return is_demo and current_app.config["KB"].production


def former_owner(token: str) -> int | None:
    """Whose session this token was, although it is over: what was typed in it goes back to that person only."""
    return db.session.execute(
        select(UserSession.user_id).where(UserSession.token_hash == hash_token(token))
    ).scalar_one_or_none()


def identity_for(user_id: int) -> Identity | None:
    """The identity of a person without a browser session (commands, jobs, the example); None without a post today."""
    query = (
        select(
            User.id,
            User.name,
            User.locale,
            Post.id.label("post_id"),
            Post.title,
            Post.role,
            Organization.id.label("unit_id"),
            Organization.name.label("unit_name"),
            Organization.path,
            Assignment.valid_from,
            Assignment.valid_to,
            Assignment.acting,
        )
        .join(Assignment, Assignment.user_id == User.id)
        .join(Post, Post.id == Assignment.post_id)
        .join(Organization, Organization.id == Post.organization_id)
        .where(User.id == user_id, User.deactivated_at.is_(None), Post.ended_on.is_(None))
    )
    return _identity(fetch(query), "")


def _identity(rows: Sequence[Any], token: str) -> Identity | None:
    today = clock.today()
    held = [
        row
        for row in rows
        if row.post_id and row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
    ]
    if not held:
        return None
    held.sort(key=lambda row: (_RANK[Role(row.role)], row.post_id))
    main = held[0]
    role = Role(main.role)
    units = [
        path_ids(row.path)[0] if role in OFFICE_ROLES else row.unit_id
        for row in held
        if (Role(row.role) in OFFICE_ROLES) == (role in OFFICE_ROLES)
    ]
    return Identity(
        user_id=main.id,
        name=main.name,
        role=role,
        unit_ids=tuple(dict.fromkeys(units)),
        unit_name=main.unit_name,
        post_id=main.post_id,
        post_title=facts.held_title(main.title, main.acting),
        locale=main.locale,
        token=token,
        session_id=getattr(main, "session_id", None),
    )


def open_session(user_id: int, *, user_agent: str = "", address: str = "") -> str:
    """Start a browser session and return its token (the only copy of it)."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    db.session.execute(
        insert(UserSession).values(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=now,
            expires_at=now + timedelta(days=SESSION_DAYS),
            user_agent=user_agent[:200],
            address=address[:45],
        )
    )
    return token


def close_sessions(user_id: int, *, except_id: int | None = None) -> None:
    """End every session of a person (but one)."""
    query = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if except_id is not None:
        query = query.where(UserSession.id != except_id)
    db.session.execute(query.values(revoked_at=clock.now()))


def close_session(session_id: int, user_id: int) -> None:
    """End one session of a person. Raises NotFound if it is not theirs."""
    done = db.session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise NotFound()


def close_token(token: str) -> None:
    """End the session of a cookie's token, if it is one."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.token_hash == hash_token(token), UserSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


class OpenSession(NamedTuple):
    """A browser that is signed in, as its owner recognises it."""

    id: int
    created_at: datetime
    expires_at: datetime
    browser: str
    address: str


def sessions_of(user_id: int) -> list[OpenSession]:
    """The sessions of a person that still count, newest first."""
    rows = db.session.execute(
        select(
            UserSession.id,
            UserSession.created_at,
            UserSession.expires_at,
            UserSession.user_agent,
            UserSession.address,
        )
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > clock.now())
        .order_by(UserSession.id.desc())
        .limit(50)
    )
    return [
        OpenSession(row.id, row.created_at, row.expires_at, browser_words(row.user_agent), row.address) for row in rows
    ]


# The mark that is found first wins: Edge calls itself Chrome, and Chrome calls itself Safari.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox"}
_BROWSERS |= {"Chrome": "Chrome", "Safari": "Safari"}
_DEVICES = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Macintosh": "Mac"}
_DEVICES |= {"Linux": "Linux"}


def browser_words(user_agent: str) -> str:
    """ "Chrome, Android" from what a browser says about itself; "Peramban lain" where that says nothing."""
    found = [next((word for mark, word in table.items() if mark in user_agent), "") for table in (_BROWSERS, _DEVICES)]
    return ", ".join(word for word in found if word) or _("Peramban lain")


class Account(NamedTuple):
    """What signing in has to know of a person."""

    id: int
    name: str
    email: str | None
    phone: str | None
    password_hash: str | None
    locale: str
    barred: bool


_ACCOUNT = select(
    User.id,
    User.name,
    User.email,
    User.phone,
    User.password_hash,
    User.locale,
    User.deactivated_at,
    User.is_demo,
)


def account_named(name: str) -> Account | None:
    """A person by e-mail address or mobile number, however it is typed. `barred` people cannot get in."""
    phone, email = normalize_phone(name), name.strip().lower()
    if not email:
        return None
    row = db.session.execute(
        _ACCOUNT.where(or_(User.email == email, User.phone == phone) if phone else User.email == email)
    ).first()
    return _account(row) if row else None


def account(user_id: int) -> Account:
    """A person by id. Raises NotFound."""
    row = db.session.execute(_ACCOUNT.where(User.id == user_id)).first()
    if row is None:
        raise NotFound()
    return _account(row)


def _account(row: Any) -> Account:
    barred = row.deactivated_at is not None or _demo_refused(row.is_demo)
    return Account(row.id, row.name, row.email, row.phone, row.password_hash, row.locale, barred)


def sign_in(name: str, password: str, *, address: str, user_agent: str, former_token: str = "") -> str:
    """Check who it is and start a session; returns its token. The session of `former_token` ends: a sign-in renews.

    The answer and the time it takes are the same for an unknown name, a wrong password, a person without one and a
    deactivated person. Raises Invalid, or TooMany after too many failures. Takes the write lock after the hashing only.
    """
    person = account_named(name)
    keys = throttle.account_key(person.id if person else None, name), throttle.address_key(address)
    throttle.claim((keys[0], throttle.ACCOUNT), (keys[1], throttle.ADDRESS))
    right = passwords.matches(person.password_hash if person else None, password)
    if person is None or not right or person.barred:
        log.warning("masuk ditolak", extra={"fields": {"address": address, "user": person.id if person else None}})
        raise Invalid(_("Surel atau nomor ponsel dan kata sandi tidak cocok. Periksa huruf besar dan kecilnya."))
    renewed = passwords.hash_password(password) if passwords.outdated(person.password_hash or "") else None
    begin_write()
    if identity_for(person.id) is None:
        raise Invalid(why_out(person.id))
    if renewed:
        db.session.execute(update(User).where(User.id == person.id).values(password_hash=renewed))
    throttle.forgive(*keys)
    if former_token:
        close_token(former_token)
    return open_session(person.id, user_agent=user_agent, address=address)


def why_out(user_id: int) -> str:
    """What a person is told whose password is right and who holds no post today: from when on, or since when not."""
    last = db.session.execute(
        select(Post.title, Organization.name, Assignment.acting, Assignment.valid_from, Assignment.valid_to)
        .join(Post, Post.id == Assignment.post_id)
        .join(Organization, Organization.id == Post.organization_id)
        .where(Assignment.user_id == user_id, Post.ended_on.is_(None))
        .order_by(Assignment.valid_from.desc(), Assignment.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return _("Akun Anda sedang tidak memegang jabatan. Hubungi sekretariat.")
    held = f"{facts.held_title(last.title, last.acting)}, {last.name}"
    if last.valid_from > clock.today():
        day = date_medium(last.valid_from)
        return _("Tugas Anda sebagai %(post)s mulai %(day)s. Masuk lagi pada hari itu.", post=held, day=day)
    day = date_medium(last.valid_to)
    return _("Tugas Anda sebagai %(post)s berakhir %(day)s. Bila keliru, hubungi sekretariat.", post=held, day=day)


def safe_next(target: str | None) -> str:
    """A place on this site to go on to, or "/" for anything else (another host, and what browsers read as one)."""
    target = target or ""
    if not target.startswith("/") or target.startswith("//"):
        return "/"
    if "\\" in target or any(ord(c) <= 32 or ord(c) == 127 for c in target):
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path in {"/masuk", "/keluar"} else target


def user_by_name(name: str) -> User | None:
    """The record of a person by e-mail address or mobile number (for commands)."""
    found = account_named(name)
    return db.session.get(User, found.id) if found else None


def demo_accounts() -> list[tuple[str, str]]:
    """(e-mail, role) of the demo accounts that can be used; none in production."""
    if current_app.config["KB"].production:
        return []
    rows = db.session.execute(
        select(User.email, Post.role)
        .join(Assignment, Assignment.user_id == User.id)
        .join(Post, Post.id == Assignment.post_id)
        .where(User.is_demo, User.deactivated_at.is_(None), User.password_hash.is_not(None), User.email.is_not(None))
        .order_by(User.id)
    )
    return [(row.email, row.role) for row in rows]


def check() -> list[str]:
    """What `doctor` says about accounts: one Indonesian line for each problem."""
    problems = []
    if current_app.config["KB"].production and (
        names := list(
            db.session.execute(select(User.email).where(User.is_demo, User.deactivated_at.is_(None))).scalars()
        )
    ):
        problems.append(
            f"akun contoh masih aktif di lingkungan production (tidak dapat masuk): {', '.join(map(str, names))}"
        )
    admin = db.session.execute(
        select(User.id)
        .join(Assignment, Assignment.user_id == User.id)
        .join(Post, Post.id == Assignment.post_id)
        .where(Post.role == Role.ADMIN, User.deactivated_at.is_(None), User.password_hash.is_not(None))
        .limit(1)
    ).first()
    if admin is None and db.session.execute(select(User.id).limit(1)).first() is not None:
        problems.append("belum ada admin yang dapat masuk; buat dengan: flask --app app user create")
    return problems + _held_twice()


def _held_twice() -> list[str]:
    """Posts that more than one person holds today although only one can (Plh. aside)."""
    today = clock.today()
    rows = db.session.execute(
        select(Post.title, Organization.name, func.count())
        .join(Assignment, Assignment.post_id == Post.id)
        .join(Organization, Organization.id == Post.organization_id)
        .where(
            Post.ended_on.is_(None),
            Post.role.not_in([str(role) for role in holding.SHARED]),
            Assignment.acting != holding.PLH,
            Assignment.valid_from <= today,
            or_(Assignment.valid_to.is_(None), Assignment.valid_to >= today),
        )
        .group_by(Post.id, Post.title, Organization.name)
        .having(func.count() > 1)
        .order_by(Post.id)
    )
    return [f"jabatan {title}, {unit} dipegang {n} orang sekaligus; perbaiki di /pengguna" for title, unit, n in rows]
