"""What waits for the secretariat, what has fallen silent, and where it is late. For BKKBN's people only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import bindparam, case, func, select

from kbpartners import clock, formats
from kbpartners.commitments import service as commitments
from kbpartners.dashboard.service.numbers import Numbers
from kbpartners.db import fetch
from kbpartners.followups import service as followups
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.scopes import Tally
from kbpartners.security import Identity

LONG_LATE_DAYS = 14


def waiting(who: Identity, counts: Numbers, limit: int = 6) -> list[tuple[str, Any]]:
    """("report", …) and ("update", …) that wait for a decision, the oldest first, of both kinds together."""
    found: list[tuple[str, Any]] = []
    if counts.waiting.commitments:
        found += [("report", row) for row in commitments.queue(who, limit).rows]
    if counts.waiting.followups:
        found += [("update", row) for row in followups.queue(who, limit)]
    return sorted(found, key=lambda pair: pair[1].submitted_at)[:limit]


class Silent(NamedTuple):
    """A commitment without news, and a ready WhatsApp message to who speaks for its unit ("" without a number)."""

    row: commitments.Row
    days: int
    contact: str
    wa: str


def silent(who: Identity, counts: Numbers, limit: int = 5) -> list[Silent]:
    """Commitments in execution without news for 30 days, those due soonest first, each with a way to ask."""
    if not counts.silent.total:
        return []
    today = clock.today()
    rows = commitments.page(who, commitments.Filters(status="silent"), size=limit).rows
    people = followups.first_of_units({path_ids(row.path)[-1] for row in rows})
    found = []
    for row in rows:
        contact = people.get(path_ids(row.path)[-1])
        name, phone = (contact.name, contact.phone) if contact else ("", "")
        text = _question(row, name or row.organization)
        found.append(Silent(row, (today - row.news_on).days, name, formats.wa_link(phone, text)))
    return found


def _question(row: commitments.Row, name: str) -> str:
    return _(
        "Yth. %(name)s, mohon kabar komitmen “%(title)s” (%(code)s). Kabar terakhir %(day)s. Laporan dapat diisi di"
        " %(href)s atau dikirim lewat WhatsApp ini. Terima kasih.",
        name=name,
        title=row.title,
        code=row.code,
        day=formats.date_medium(row.news_on).replace(formats.NBSP, " "),
        href=f"{current_app.config['KB'].base_url}/komitmen/{row.id}",
    )


class LatePartner(NamedTuple):
    """How much of a partner is late: for longer than a fortnight, and all of it."""

    id: int
    name: str
    long: int
    total: int


_LONG = func.sum(case((Tally.day < bindparam("long_ago"), Tally.n), else_=0))
_ALL = func.sum(Tally.n)
_LATE_PARTNERS = (
    select(Organization.id, func.coalesce(func.nullif(Organization.short_name, ""), Organization.name), _LONG, _ALL)
    .join(Tally, Tally.unit_id == Organization.id)
    .where(
        Organization.parent_id.is_(None),
        Organization.category != "bkkbn",
        Tally.measure.in_(("commitment_due", "followup_due")),
        Tally.day < bindparam("today"),
    )
    .group_by(Organization.id, Organization.short_name, Organization.name)
    .having(_ALL > 0)
    .order_by(_ALL.desc(), Organization.id)
    .limit(bindparam("most"))
)


def late_partners(today: date, limit: int = 8) -> list[LatePartner]:
    """Commitments and follow-ups that are late per partner, the most first. Never shown to partners."""
    values = {"today": today, "long_ago": today - timedelta(days=LONG_LATE_DAYS), "most": limit}
    return [LatePartner._make(row) for row in fetch(_LATE_PARTNERS, values)]
