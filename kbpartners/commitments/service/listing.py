"""Lists of commitments: filtered, in order of their due day, page by page along one index; and their WhatsApp text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.commitments.models import (
    ACTIVE,
    DONE,
    ENDED,
    PROPOSED_DONE,
    RETURNED,
    SILENT_AFTER_DAYS,
    SUBMITTED,
    Commitment,
    CommitmentScope,
)
from kbpartners.commitments.service.facts import Query, badges_of, meeting_label
from kbpartners.commitments.service.rules import OPEN
from kbpartners.db import db
from kbpartners.formats import Badge
from kbpartners.meetings.models import Decision, Meeting
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.regions.models import PROVINCE, Region
from kbpartners.regions.service import descendants
from kbpartners.scopes import Relation
from kbpartners.security import Identity

PAGE = 50
STATUSES = ("open", "late", "submitted", "returned", "silent", "proposed_done", "done", "ended", "all")
"""Ready views. `late` and `silent` are derived from today; `submitted` waits for verification."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to.

    `organization_id`: owned by this unit or one below it. `region_id`: in this region or within it. `sort`: "due_on"
    or "-due_on"; "" is the soonest first for open ones and the latest first for closed ones.
    """

    q: str = ""
    organization_id: int | None = None
    region_id: int | None = None
    status: str = "open"
    priority: str = ""
    due_from: date | None = None
    due_to: date | None = None
    decision_id: int | None = None
    meeting_id: int | None = None
    sort: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the ready view is chosen."""
        return replace(self, status="open", sort="") != Filters()


class Row(NamedTuple):
    """A commitment in a list."""

    id: int
    title: str
    organization: str
    path: str
    region: str
    region_level: int
    period_start: date
    due_on: date
    status: str
    finished_on: date | None
    report_state: str
    news_on: date
    last_report_on: date | None
    achievement: int | None
    priority: str
    is_example: bool
    meeting_kind: str | None
    held_on: date | None

    @property
    def code(self) -> str:
        return formats.commitment_code(self.id)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def place(self) -> str:
        """ "Provinsi" for the whole province, else the region's name."""
        return formats.word("level", PROVINCE) if self.region_level == PROVINCE else self.region

    @property
    def source(self) -> str:
        """ "Rakorda 2017", where it was decided; "" if nowhere."""
        return meeting_label(self.meeting_kind, self.held_on)

    @property
    def partner_id(self) -> int:
        """The root of the owner's tree."""
        return path_ids(self.path)[0]

    def is_late(self, today: date) -> bool:
        return self.due_on < today and self.status in OPEN

    def badges(self, today: date) -> list[Badge]:
        """Lateness first, then the state; at most two."""
        return badges_of(self, today)


ORGANIZATION = func.coalesce(func.nullif(Organization.short_name, ""), Organization.name)
COLUMNS = (
    Commitment.id,
    Commitment.title,
    ORGANIZATION,
    Organization.path,
    Region.name,
    Region.level,
    Commitment.period_start,
    Commitment.due_on,
    Commitment.status,
    Commitment.finished_on,
    Commitment.report_state,
    Commitment.news_on,
    Commitment.last_report_on,
    Commitment.achievement,
    Commitment.priority,
    Commitment.is_example,
    Meeting.kind,
    Meeting.held_on,
)


def joined(query: Query) -> Query:
    """The tables that `COLUMNS` needs beside the commitment's own."""
    return (
        query.join(Organization, Organization.id == Commitment.organization_id)
        .join(Region, Region.id == Commitment.region_id)
        .outerjoin(Decision, Decision.id == Commitment.decision_id)
        .outerjoin(Meeting, Meeting.id == Decision.meeting_id)
    )


WALK: Query = joined(
    select(*COLUMNS).select_from(CommitmentScope).join(Commitment, Commitment.id == CommitmentScope.record_id)
)
"""The scope rows of a unit and their commitments: add the unit, `is_open` and the order."""


@dataclass(frozen=True)
class Page:
    """Rows of one page and the key behind which the next one begins ("" on the last)."""

    rows: list[Row]
    after: str


class _Key(NamedTuple):
    """Where a page ended: among the open or the closed ones, on which day, at which record."""

    is_open: bool
    day: date
    record_id: int

    def __str__(self) -> str:
        return f"{int(self.is_open)}.{self.day.isoformat()}.{self.record_id}"

    @classmethod
    def parse(cls, text: str) -> _Key | None:
        try:
            phase, day, number = text.split(".")
            return cls(phase == "1", date.fromisoformat(day), min(int(number), 2**31 - 1))
        except ValueError:
            return None


def page(who: Identity, filters: Filters, after: str = "", *, size: int = PAGE) -> Page:
    """One page of what `who` may see. An `after` that cannot be read is the first page."""
    begin = _Key.parse(after) if after else None
    rows: list[Row] = []
    for is_open in _phases(filters.status):
        if begin is not None and begin.is_open != is_open:
            if is_open:
                continue  # the open ones were on earlier pages
            begin = None
        newest_first = filters.sort == "-due_on" or (not filters.sort and not is_open)
        query = _ordered(_narrowed(walk(who, is_open, filters.organization_id), filters), begin, newest_first)
        rows += [Row(*row) for row in db.session.execute(query.limit(size + 1 - len(rows)))]
        if len(rows) > size:
            break
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, str(_Key(rows[-1].is_open, rows[-1].due_on, rows[-1].id)) if more else "")


def _phases(status: str) -> tuple[bool, ...]:
    """Open ones, closed ones, or first the one and then the other: each is a walk of its own along the index."""
    return (True, False) if status == "all" else (status not in (DONE, ENDED),)


_Other, _Own = aliased(CommitmentScope), aliased(Organization)


def walk(who: Identity, is_open: bool, unit: int | None = None) -> Query:
    """The scope rows that `who` sees, all or those owned by one unit: equality and order come from one index."""
    query = WALK.where(CommitmentScope.is_open == is_open)
    if unit is not None:
        query = query.where(CommitmentScope.unit_id == unit, CommitmentScope.relation == Relation.OWNER)
        return query if who.of_office else query.where(_seen_by(who))
    if len(who.unit_ids) == 1:
        return query.where(CommitmentScope.unit_id == who.unit_id)
    # A record that several of the person's units see is walked once, in the row of the first of them.
    return query.where(
        CommitmentScope.unit_id.in_(who.unit_ids), ~_seen_by(who, _Other.unit_id < CommitmentScope.unit_id)
    )


def _seen_by(who: Identity, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(_Other.unit_id)
        .where(_Other.record_id == CommitmentScope.record_id, _Other.unit_id.in_(who.unit_ids), *more)
        .exists()
    )


def _narrowed(query: Query, filters: Filters) -> Query:
    conditions = list(_of_status(filters.status))
    if filters.q:
        conditions.append(_matches(filters.q))
    if filters.region_id is not None:
        conditions.append(_within(filters.region_id))
    if filters.priority:
        conditions.append(Commitment.priority == filters.priority)
    if filters.due_from is not None:
        conditions.append(CommitmentScope.sort_on >= filters.due_from)
    if filters.due_to is not None:
        conditions.append(CommitmentScope.sort_on <= filters.due_to)
    if filters.decision_id is not None:
        conditions.append(Commitment.decision_id == filters.decision_id)
    if filters.meeting_id is not None:
        conditions.append(Decision.meeting_id == filters.meeting_id)
    return query.where(*conditions) if conditions else query


def _of_status(status: str) -> Sequence[ColumnElement[bool]]:
    today = clock.today()
    match status:
        case "late":
            return (CommitmentScope.sort_on < today,)
        case "submitted":
            return (Commitment.report_state == SUBMITTED,)
        case "returned":
            return (Commitment.report_state == RETURNED, Commitment.status == ACTIVE)
        case "silent":
            return (
                Commitment.status == ACTIVE,
                Commitment.report_state.not_in((SUBMITTED, RETURNED)),
                Commitment.news_on <= today - timedelta(days=SILENT_AFTER_DAYS),
            )
        case "proposed_done" | "done" | "ended":
            return (Commitment.status == {"proposed_done": PROPOSED_DONE, "done": DONE, "ended": ENDED}[status],)
    return ()


def _matches(text: str) -> ColumnElement[bool]:
    """Words in the title, or the code as people write it: K-0042, k 42, 42."""
    digits = text.upper().removeprefix("K").strip(" -")
    found = Commitment.title.icontains(text, autoescape=True)
    return or_(found, Commitment.id == int(digits)) if digits.isdecimal() and len(digits) < 10 else found


def _within(region_id: int) -> ColumnElement[bool]:
    code = db.session.execute(select(Region.code).where(Region.id == region_id)).scalar()
    return descendants(code) if code else Region.id == -1


def _ordered(query: Query, begin: _Key | None, newest_first: bool) -> Query:
    day, record = CommitmentScope.sort_on, CommitmentScope.record_id
    if newest_first:
        if begin is not None:
            query = query.where(day <= begin.day, or_(day < begin.day, record < begin.record_id))
        return query.order_by(day.desc(), record.desc())
    if begin is not None:
        query = query.where(day >= begin.day, or_(day > begin.day, record > begin.record_id))
    return query.order_by(day, record)


def of_decisions(decision_ids: Sequence[int], who: Identity) -> dict[int, list[Row]]:
    """The commitments from each decision that `who` may see, in order of their due day: {decision id: rows}."""
    if not decision_ids:
        return {}
    seen = select(_Other.unit_id).where(_Other.record_id == Commitment.id, _Other.unit_id.in_(who.unit_ids))
    query = joined(select(Commitment.decision_id, *COLUMNS).select_from(Commitment))
    query = query.where(Commitment.decision_id.in_(decision_ids), seen.exists())
    found: dict[int, list[Row]] = {}
    for row in db.session.execute(query.order_by(Commitment.due_on, Commitment.id)):
        found.setdefault(row[0], []).append(Row(*row[1:]))
    return found


# --- words for WhatsApp ------------------------------------------------------------------------------------------


def whatsapp_text(title: str, rows: Sequence[Row], today: date, *, most: int = 20, closing: str = "") -> str:
    """A short plain summary with links, as people paste it into a group: the first `most` rows by unit."""
    lines = [f"*{title}*", _("Keadaan %(day)s", day=formats.date_long(today)), ""]
    unit = None
    for number, row in enumerate(rows[:most], 1):
        if row.organization != unit:
            unit = row.organization
            lines.append(f"*{unit}*")
        lines.append(f"{number}. {line(row, today)}")
        lines.append(f"{current_app.config['KB'].base_url}/komitmen/{row.id}")
    if not rows:
        lines.append(_("Tidak ada komitmen."))
    if len(rows) > most:
        lines.append(_("… dan %(n)s lagi.", n=len(rows) - most))
    return "\n".join([*lines, "", closing] if closing else lines).replace(formats.NBSP, " ")


def line(row: Row, today: date) -> str:
    """ "Babinsa mendampingi … (K-0042): tenggat 5 Juni 2026, terlambat 5 hari, capaian 69,7 %"."""
    parts = [_("tenggat %(day)s", day=formats.date_medium(row.due_on))]
    parts += [badge.text[:1].lower() + badge.text[1:] for badge in row.badges(today)]
    if row.achievement is not None:
        parts.append(_("capaian %(pct)s", pct=formats.percent(row.achievement)))
    return f"{row.title} ({row.code}): {', '.join(parts)}"
