"""The demo accounts, each on a post of its unit. Names are examples; nobody of them exists."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from kbpartners import clock
from kbpartners.accounts import service as accounts
from kbpartners.accounts.models import User
from kbpartners.accounts.service import handover, passwords, people, posts
from kbpartners.db import db
from kbpartners.security import Identity

PASSWORD = "Contoh-2017!"  # noqa: S105
SINCE = date(2016, 1, 1)

_ACCOUNTS = (  # e-mail, mobile number, name, unit, post, role
    ("admin@contoh.id", "081200000001", "Ayu (contoh)", "office", "Administrator sistem", "admin"),
    ("sekretariat@contoh.id", "081200000002", "Rina (contoh)", "office", "Sekretariat kemitraan", "sekretariat"),
    ("pimpinan@contoh.id", "081200000003", "Pak Kepala (contoh)", "office", "Kepala Perwakilan", "pimpinan"),
    ("tni@contoh.id", "081200000004", "Mayor Budi (contoh)", "kodam", "Perwira penghubung", "penghubung"),
    ("polri@contoh.id", "081200000005", "AKP Dewi (contoh)", "polda", "Penghubung Polda", "penghubung"),
    ("idi@contoh.id", "081200000006", "dr. Hasan (contoh)", "idi", "Sekretaris wilayah", "penghubung"),
    ("opd.lahat@contoh.id", "081200000007", "Ibu Sri (contoh)", "opd_16.04", "Kepala Bidang KB", "opd"),
)


@dataclass(frozen=True)
class People:
    """User ids by the part of the address before the @."""

    ids: dict[str, int]

    def __getitem__(self, name: str) -> Identity:
        """The identity at the present (maybe pretended) moment."""
        identity = accounts.identity_for(self.ids[name])
        if identity is None:
            raise LookupError(name)
        return identity


def load(units: dict[str, int]) -> People:
    """Create the accounts with the one demo password."""
    hashed = passwords.hash_password(PASSWORD)
    ids = {}
    for email, phone, name, unit, title, role in _ACCOUNTS:
        user_id = people.create(
            who=None,
            name=name,
            email=email,
            phone=phone,
            organization_id=units[unit],
            title=title,
            role=role,
            valid_from=SINCE,
        )
        user = db.session.get_one(User, user_id)
        user.password_hash, user.is_demo = hashed, True
        ids[email.partition("@")[0]] = user_id
    db.session.flush()
    return People(ids)


class _Mover(NamedTuple):
    """Somebody of the example who is no account to sign in with: reached by a mobile number only."""

    name: str
    phone: str
    unit: str
    title: str
    role: str


_BEFORE = {
    "kodim": _Mover("Kapten Arif (contoh)", "081200000011", "kodim_16.04", "Pasiter Kodim", "penghubung"),
    "polres": _Mover("Kompol Darma (contoh)", "081200000012", "polres_16.04", "Kasat Binmas", "penghubung"),
    "opd": _Mover("Ibu Ratna (contoh)", "081200000013", "opd_16.11", "Kepala Bidang KB", "opd"),
}


def rotate(units: dict[str, int], everyone: People) -> None:
    """People move: a handover, a Plt. on a vacant post, a handover to come, an office whose liaison has left."""
    today = clock.today()
    nobodys = passwords.hash_password(secrets.token_urlsafe(32))  # opened accounts into which nobody gets
    posts_of = {key: _put(mover, units, nobodys) for key, mover in _BEFORE.items()}
    steps = (
        ("kodim", 45, "Kapten Lina (contoh)", "081200000014", ""),
        ("polres", 20, "AKP Yuli (contoh)", "081200000015", "plt"),
        ("polres", -14, "Kompol Tio (contoh)", "081200000016", ""),
    )
    for key, days, name, phone, acting in steps:
        with clock.backdated(min(clock.now(), _morning(today - timedelta(days=days)))):
            done = handover.invite_and_hand_over(
                who=everyone["sekretariat"],
                post_id=posts_of[key],
                name=name,
                email="",
                phone=phone,
                valid_from=today - timedelta(days=days),
                acting=acting,
            )
            _opened(done.user_id, nobodys)
    with clock.backdated(_morning(today - timedelta(days=12))):
        handover.vacate(who=everyone["sekretariat"], post_id=posts_of["opd"], since=today - timedelta(days=12))


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(2), tzinfo=UTC)


def _put(mover: _Mover, units: dict[str, int], hashed: str) -> int:
    """Somebody on a post since the beginning; the id of the post."""
    user_id = people.create(
        who=None,
        name=mover.name,
        email=None,
        phone=mover.phone,
        organization_id=units[mover.unit],
        title=mover.title,
        role=mover.role,
        valid_from=SINCE,
    )
    _opened(user_id, hashed)
    return posts.held_by([user_id])[user_id][0].post_id


def _opened(user_id: int, hashed: str) -> None:
    user = db.session.get_one(User, user_id)
    user.password_hash, user.is_demo = hashed, True
    db.session.flush()
