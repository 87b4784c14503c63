"""Units, posts and people on them, made through the services (inside `with write():` or with `ctx`)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from kbpartners.accounts.models import User
from kbpartners.db import db
from kbpartners.organizations import service
from kbpartners.organizations.models import Assignment

SINCE = date(2020, 1, 1)


def make_unit(name: str, *, category: str = "tni", covers: tuple[int, ...] = (), **values: Any) -> int:
    """A unit (a partner without `parent_id`) that has covered `covers` since 2020; returns its id."""
    facts = service.Facts(name=name, category=category, coverage=frozenset(covers), **values)
    return service.create(who=None, facts=facts, since=SINCE)


def make_post(organization_id: int, title: str = "Penghubung", role: str = "penghubung", **values: Any) -> int:
    """A post of a unit; returns its id."""
    return service.add_post(who=None, organization_id=organization_id, title=title, role=role, **values)


def put_on(post_id: int, name: str, *, phone: str | None = None, acting: str = "", since: date = SINCE) -> int:
    """A new person on a post; returns their id."""
    user = User(
        name=name,
        email=f"{name.lower().replace(' ', '.')}.{post_id}@contoh.id",
        phone=phone,
        created_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    db.session.add(user)
    db.session.flush()
    db.session.add(Assignment(post_id=post_id, user_id=user.id, valid_from=since, acting=acting))
    db.session.flush()
    return user.id
