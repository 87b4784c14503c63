"""The demo accounts, each on a post of its unit. Names are examples; nobody of them exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kbpartners.accounts import service as accounts
from kbpartners.accounts.models import User
from kbpartners.accounts.service import passwords, people
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
