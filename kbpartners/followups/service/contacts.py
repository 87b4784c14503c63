"""Who speaks for a unit today: the post that a record names, or the unit's own contact post, and whoever holds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Date, and_, bindparam, or_, select

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.accounts.service.facts import ACTING
from kbpartners.db import fetch
from kbpartners.organizations.models import Assignment, Post


class Contact(NamedTuple):
    """A narahubung: the post and today's holder (`name` is "" while the post is vacant; a Plh. goes before whom they
    stand in for). `acting` is "", "Plt." or "Plh."; `spoken_for`: somebody can report for the unit by themselves."""

    organization_id: int
    post_id: int
    post: str
    name: str
    phone: str
    acting: str = ""
    spoken_for: bool = True

    @property
    def label(self) -> str:
        """ "Perwira penghubung (Mayor Budi)", as a choice in a list."""
        return f"{self.post} ({self.name})" if self.name else self.post


_TODAY = bindparam("today", type_=Date())
_HELD = and_(
    Assignment.post_id == Post.id,
    Assignment.valid_from <= _TODAY,
    or_(Assignment.valid_to.is_(None), Assignment.valid_to >= _TODAY),
)
_CONTACTS = (
    select(
        Post.organization_id,
        Post.id,
        Post.title,
        User.name,
        User.phone,
        Assignment.acting,
        Post.is_contact,
        User.password_hash.is_not(None),
    )
    .outerjoin(Assignment, _HELD)
    .outerjoin(User, and_(User.id == Assignment.user_id, User.deactivated_at.is_(None)))
    .where(Post.organization_id.in_(bindparam("units", expanding=True)), Post.ended_on.is_(None))
    .order_by(Post.organization_id, Post.id, Assignment.acting == "", Assignment.id.desc())
)


def of_units(organization_ids: Iterable[int]) -> list[Contact]:
    """Every contact post of the units with today's holder, the oldest post first. A vacant post is in the list, too."""
    rows = fetch(_CONTACTS, {"units": list(organization_ids), "today": clock.today()})
    found: dict[int, Contact] = {}
    active = {row[0] for row in rows if row[3] and row[7]}
    for unit, post, title, name, phone, acting, is_contact, _opened in rows:
        if is_contact and (post not in found or not found[post].name):  # whoever stands in comes first
            found[post] = Contact(unit, post, title, name or "", phone or "", ACTING.get(acting, ""), unit in active)
    return list(found.values())


def chosen(contacts: Iterable[Contact], post_id: int | None = None) -> Contact | None:
    """The contact on the named post (vacant or not); without a post, or after it ended, the first one that is held."""
    contacts = list(contacts)
    named = next((contact for contact in contacts if contact.post_id == post_id), None)
    return named or next((contact for contact in contacts if contact.name), None)


def of_unit(organization_id: int, post_id: int | None = None) -> Contact | None:
    """Who speaks for one unit (see `chosen`)."""
    return chosen(of_units([organization_id]), post_id)


def first_of_units(organization_ids: Iterable[int]) -> dict[int, Contact]:
    """The first held contact of each unit that has one, in one query."""
    found: dict[int, Contact] = {}
    for contact in of_units(organization_ids):
        if contact.name:
            found.setdefault(contact.organization_id, contact)
    return found
