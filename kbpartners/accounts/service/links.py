"""Single-use links: an invitation (seven days) or a new password (one day). Only a hash of the secret is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from kbpartners import clock, formats
from kbpartners.accounts import service
from kbpartners.accounts.models import AccessToken, User
from kbpartners.accounts.service.facts import snapshot
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound
from kbpartners.security import Identity

INVITE, RESET = "invite", "reset"
LIFETIME = {INVITE: timedelta(days=7), RESET: timedelta(days=1)}


class Link(NamedTuple):
    """A link as it stands. state: open, used, over (expired, replaced, or its owner was deactivated)."""

    state: str
    kind: str
    user_id: int
    name: str
    email: str | None
    phone: str | None
    expires_at: datetime


class Issued(NamedTuple):
    """A fresh link to be handed on: its full address, until when it counts, and a ready text to send it with."""

    url: str
    expires_at: datetime
    text: str
    wa_url: str


def issue(user_id: int, kind: str, *, by_id: int | None) -> str:
    """A fresh link for a person. Returns the secret (its only copy).

    One made by a person replaces those before it; one that somebody asked for at the sign-in page (`by_id` None) does
    not, or anybody who knows an address could spoil its owner's invitation.
    """
    now = clock.now()
    if by_id is not None:
        end_open(user_id)
    token = secrets.token_urlsafe(32)
    db.session.execute(
        insert(AccessToken).values(
            kind=kind,
            user_id=user_id,
            token_hash=service.hash_token(token),
            created_at=now,
            created_by_id=by_id,
            expires_at=now + LIFETIME[kind],
        )
    )
    return token


def end_open(user_id: int) -> None:
    """End every link of a person that could still be used."""
    now = clock.now()
    db.session.execute(
        update(AccessToken)
        .where(AccessToken.user_id == user_id, AccessToken.used_at.is_(None), AccessToken.expires_at > now)
        .values(expires_at=now)
    )


def described(token: str) -> Issued:
    """The full address of a fresh link with words to send it by WhatsApp."""
    link = look(token)
    url = address_of(token)
    until = formats.datetime_medium(link.expires_at)
    if link.kind == INVITE:
        text = _(
            "Yth. %(name)s, Anda diundang memakai KB Partners. Buka tautan ini untuk membuat kata sandi:\n%(url)s\n"
            "Tautan berlaku sampai %(until)s %(zone)s dan hanya untuk satu kali pakai.",
            name=link.name,
            url=url,
            until=until,
            zone=clock.zone_name(),
        )
    else:
        text = _(
            "Yth. %(name)s, ini tautan baru untuk masuk ke KB Partners:\n%(url)s\n"
            "Buat kata sandi baru di sana. Berlaku sampai %(until)s %(zone)s dan hanya untuk satu kali pakai.",
            name=link.name,
            url=url,
            until=until,
            zone=clock.zone_name(),
        )
    return Issued(url, link.expires_at, text, formats.wa_link(link.phone, text))


def address_of(token: str) -> str:
    """The address to open (by the base URL of the settings: a request's Host header could be anybody's)."""
    return f"{current_app.config['KB'].base_url}/undangan/{token}"


_LINK = select(
    AccessToken.kind,
    AccessToken.user_id,
    AccessToken.expires_at,
    AccessToken.used_at,
    User.name,
    User.email,
    User.phone,
    User.deactivated_at,
).join(User, User.id == AccessToken.user_id)


def look(token: str) -> Link:
    """What a link is good for now. Looking uses nothing up: messengers open links to preview them. Raises NotFound."""
    row = db.session.execute(_LINK.where(AccessToken.token_hash == service.hash_token(token))).first()
    if row is None:
        raise NotFound()
    over = row.expires_at <= clock.now() or row.deactivated_at is not None
    state = "used" if row.used_at else "over" if over else "open"
    return Link(state, row.kind, row.user_id, row.name, row.email, row.phone, row.expires_at)


def redeem(token: str, *, name: str, password_hash: str) -> int:
    """Use the link up: the person gets the password (and, invited, the name they typed). Returns the user id.

    Every session of the person ends. Raises Invalid if somebody was faster or the link is over.
    """
    now = clock.now()
    claimed = db.session.execute(
        update(AccessToken)
        .where(
            AccessToken.token_hash == service.hash_token(token),
            AccessToken.used_at.is_(None),
            AccessToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(AccessToken.user_id, AccessToken.kind)
    ).first()
    user = db.session.get(User, claimed.user_id, with_for_update=True) if claimed else None
    if claimed is None or user is None or user.deactivated_at is not None:
        raise Invalid(_("Tautan ini sudah dipakai atau sudah lewat masanya."))
    before = user.name
    user.password_hash = password_hash
    if claimed.kind == INVITE and name:
        user.name = name
    if user.name != before:
        user.version += 1
    db.session.flush()
    service.close_sessions(user.id)
    end_open(user.id)
    audit.record(
        service.identity_for(user.id),
        "user",
        user.id,
        f"{user.name} menerima undangan dan membuat kata sandi."
        if claimed.kind == INVITE
        else f"{user.name} membuat kata sandi baru lewat tautan.",
        snapshot=snapshot(user),
        changes=[("Nama", before, user.name)],
    )
    return user.id


def fresh(user_id: int, *, who: Identity | None) -> str:
    """Issue a link for a person: an invitation until there is a password, a link for a new one afterwards.

    Raises Invalid for a deactivated person and for one who has left (no post today, none to come). The caller has
    checked that `who` may do this.
    """
    from kbpartners.accounts.service import posts

    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound()
    if user.deactivated_at is not None:
        raise Invalid(_("Akun ini nonaktif. Aktifkan dahulu."))
    if not posts.holds_any(user_id):
        raise Invalid(_("Orang ini tidak memegang jabatan. Tambahkan jabatan dahulu."))
    token = issue(user_id, RESET if user.password_hash else INVITE, by_id=who.user_id if who else None)
    audit.record(
        who,
        "user",
        user_id,
        f"{who.name if who else 'Sistem'} membuat tautan masuk baru untuk {user.name}.",
        snapshot=snapshot(user),
    )
    return token
