"""People: finding them, signing them in and out, inviting them, ending their access."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import and_, insert, or_, select, update

from kbpartners import clock
from kbpartners.accounts.models import User, UserSession
from kbpartners.db import db
from kbpartners.organizations.models import Assignment, Organization, Post, path_ids
from kbpartners.security import OFFICE_ROLES, Identity, Role

SESSION_DAYS = 14
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
        Post.id.label("post_id"),
        Post.title,
        Post.role,
        Organization.id.label("unit_id"),
        Organization.name.label("unit_name"),
        Organization.path,
        Assignment.valid_from,
        Assignment.valid_to,
    )
    .join(User, User.id == UserSession.user_id)
    .outerjoin(Assignment, Assignment.user_id == User.id)
    .outerjoin(Post, and_(Post.id == Assignment.post_id, Post.ended_on.is_(None)))
    .outerjoin(Organization, Organization.id == Post.organization_id)
)


def identity_of(token: str) -> Identity | None:
    """Who carries this session token now: one join over session, user, assignments, posts and units.

    None if the session is unknown, revoked or over, the person deactivated, or no post is held today.
    """
    rows = db.session.execute(_IDENTITY.where(UserSession.token_hash == hash_token(token))).all()
    if not rows:
        return None
    first = rows[0]
    if first.revoked_at or first.deactivated_at or first.expires_at <= clock.now():
        return None
    return _identity(rows, token)


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
        )
        .join(Assignment, Assignment.user_id == User.id)
        .join(Post, Post.id == Assignment.post_id)
        .join(Organization, Organization.id == Post.organization_id)
        .where(User.id == user_id)
    )
    return _identity(db.session.execute(query).all(), "")


def _identity(rows: list, token: str) -> Identity | None:
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
        post_title=main.title,
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


def user_by_name(name: str) -> User | None:
    """A person by e-mail address or mobile number, however it is typed."""
    from kbpartners.formats import normalize_phone

    phone = normalize_phone(name)
    return db.session.execute(
        select(User).where(or_(User.email == name.strip().lower(), and_(User.phone == phone, User.phone.is_not(None))))
    ).scalar_one_or_none()
