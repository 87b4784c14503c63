"""Pure facts about a person: what the log keeps, which role fits which unit, how names are written."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.accounts.models import User
from kbpartners.errors import Invalid
from kbpartners.security import OFFICE_ROLES, Identity, Permission, Role

PARTNER_ROLES = (Role.OPD, Role.LIAISON)
"""The roles that the secretariat may hand out; the others are the admin's."""


def snapshot(user: User) -> dict[str, Any]:
    """What the revision log keeps of a person."""
    return {
        "name": user.name,
        "email": user.email,
        "phone": user.phone,
        "rank": user.rank,
        "id_kind": user.id_kind,
        "id_number": user.id_number,
        "active": user.deactivated_at is None,
    }


def roles_for(who: Identity) -> tuple[Role, ...]:
    """The roles that `who` may hand out."""
    return tuple(Role) if who.can(Permission.USERS_MANAGE) else PARTNER_ROLES


def check_fit(role: Role, category: str) -> None:
    """Refuse a role that the unit cannot have. Raises Invalid on `role`.

    Office roles see everything, so only BKKBN's own units have them; the OPD role follows the unit's region.
    """
    if role in OFFICE_ROLES and category != "bkkbn":
        raise Invalid(_("Peran ini hanya untuk satuan BKKBN sendiri."), "role")
    if role is Role.OPD and category != "opd":
        raise Invalid(_("Peran OPD-KB hanya untuk satuan berkategori OPD."), "role")


def clean_email(text: str | None) -> str | None:
    """An address as it is kept (lower case), None for none."""
    return (text or "").strip().lower() or None


def clean_phone(text: str | None) -> str | None:
    """A mobile number as it is kept (+62…), None for none. Raises Invalid on `phone` for what is no mobile number."""
    if not (text or "").strip():
        return None
    number = formats.normalize_phone(text or "")
    if not number:
        raise Invalid(_("Tulis nomor ponsel seperti 0812-3456-7890."), "phone")
    return number


ACTING = {"plt": "Plt.", "plh": "Plh."}
"""Pelaksana tugas holds a vacant post, pelaksana harian stands in while the holder is away."""


def held_title(title: str, acting: str) -> str:
    """ "Plt. Perwira penghubung": a post's title as whoever holds it bears it."""
    return f"{ACTING[acting]} {title}" if acting in ACTING else title


def holds(valid_from: date, valid_to: date | None, today: date) -> bool:
    """Whether an assignment counts on a day (first and last day included)."""
    return valid_from <= today and (valid_to is None or valid_to >= today)
