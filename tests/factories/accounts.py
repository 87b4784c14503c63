"""People for tests, made through the services."""

from __future__ import annotations

from datetime import date

from kbpartners import clock
from kbpartners.accounts.service import links, people
from kbpartners.security import Identity


def invite(
    organization_id: int,
    *,
    who: Identity | None = None,
    name: str = "Letda Nina",
    email: str | None = "nina@contoh.id",
    phone: str | None = None,
    title: str = "Perwira penghubung baru",
    role: str = "penghubung",
    valid_from: date | None = None,
) -> tuple[int, str]:
    """A new person on a post; returns the user id and the invitation's secret."""
    user_id = people.create(
        who=who,
        name=name,
        email=email,
        phone=phone,
        organization_id=organization_id,
        title=title,
        role=role,
        valid_from=valid_from or clock.today(),
    )
    return user_id, links.fresh(user_id, who=who)
