"""One question over everything a person may see. Scope is part of each query: nothing is found that no list shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.activities import models as activities
from kbpartners.activities.models import Activity, ActivityScope
from kbpartners.agreements.conditions import holds
from kbpartners.agreements.conditions import seen_by as agreement_seen_by
from kbpartners.agreements.models import Agreement, Party, state_of
from kbpartners.commitments import models as commitments
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.db import db
from kbpartners.followups import models as followups
from kbpartners.followups.models import Followup, FollowupScope
from kbpartners.formats import Badge
from kbpartners.kampung.models import Kampung
from kbpartners.kampung.service.facts import title
from kbpartners.meetings.models import Meeting, MeetingScope
from kbpartners.organizations.models import Organization
from kbpartners.organizations.service import visible_units
from kbpartners.regions.models import Region
from kbpartners.search.matching import all_words, words_in
from kbpartners.security import Identity, Permission, visible
from kbpartners.settings.service import kept

SHORTEST = 2
LONGEST = 100
EACH = 8
"""Hits shown of each kind; the rest is behind "Semua hasil"."""


class Hit(NamedTuple):
    """One record that was found: where it is, what it is called, a line about it, its state."""

    href: str
    title: str
    about: str
    badges: Sequence[Badge] = ()


class Group(NamedTuple):
    """The hits of one kind. `all_href` is the kind's own list with the same question, "" if nothing is left out."""

    icon: str
    title: str
    hits: list[Hit]
    all_href: str


def search(who: Identity, question: str) -> list[Group]:
    """What `who` may see that holds every word of the question, kind by kind; kinds without a hit are left out.

    A question shorter than SHORTEST finds nothing. One query a kind.
    """
    question = question[:LONGEST]
    if len("".join(words_in(question))) < SHORTEST:
        return []
    groups = []
    for permission, icon, name, path, find in _kinds():
        if not who.can(permission):
            continue
        hits = find(who, question)
        more = f"{path}?{urlencode({'q': question})}" if len(hits) > EACH else ""
        if hits:
            groups.append(Group(icon, name, hits[:EACH], more))
    return groups


Find = Callable[[Identity, str], list[Hit]]


def _kinds() -> list[tuple[Permission, str, str, str, Find]]:
    return [
        (Permission.COMMITMENTS_READ, "list", _("Komitmen"), "/komitmen", _commitments),
        (Permission.FOLLOWUPS_READ, "follow", _("Tindak lanjut"), "/tindak-lanjut", _followups),
        (Permission.ACTIVITIES_READ, "act", _("Kegiatan bersama"), "/kegiatan", _activities),
        (Permission.KAMPUNG_READ, "village", _("Kampung KB"), "/kampung-kb", _kampungs),
        (Permission.ORGANIZATIONS_READ, "people", _("Mitra kerja"), "/mitra", _units),
        (Permission.MEETINGS_READ, "meet", _("Rapat"), "/rapat", _meetings),
        (Permission.AGREEMENTS_READ, "doc", _("Kerja sama"), "/kerja-sama", _agreements),
    ]


# --- a code leads straight to its record -------------------------------------------------------------------------

_CODES: dict[str, tuple[str, Any, Any]] = {
    "K": ("/komitmen", Commitment.id, CommitmentScope),
    "TL": ("/tindak-lanjut", Followup.id, FollowupScope),
    "KG": ("/kegiatan", Activity.id, ActivityScope),
}


def jump(who: Identity, question: str) -> str:
    """The address of the record whose code was typed (K-0001, TL-12, kg 3, 16.04.10.2001); "" if `who` sees none."""
    if match := re.fullmatch(r"(K|TL|KG)[- ]?0*([1-9][0-9]{0,8})", question.strip(), re.IGNORECASE | re.ASCII):
        path, key, scope = _CODES[match[1].upper()]
        found = db.session.execute(select(key).where(key == int(match[2]), visible(scope, key, who))).first()
        return f"{path}/{found[0]}" if found else ""
    if re.fullmatch(r"\d\d\.\d\d\.\d\d\.\d{4}", question.strip(), re.ASCII) and who.can(Permission.KAMPUNG_READ):
        query = (
            select(Kampung.id)
            .join(Region, Region.id == Kampung.region_id)
            .where(Region.code == question.strip())
            .order_by(Kampung.ended_on.is_not(None), Kampung.id.desc())
        )
        found = db.session.execute(query.limit(1)).first()
        return f"/kampung-kb/{found[0]}" if found else ""
    return ""


# --- the kinds ---------------------------------------------------------------------------------------------------


def _about(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _commitments(who: Identity, question: str) -> list[Hit]:
    query = (
        select(
            Commitment.id,
            Commitment.title,
            Organization.name,
            Commitment.status,
            Commitment.period_start,
            Commitment.due_on,
            Commitment.finished_on,
            Commitment.report_state,
            Commitment.news_on,
            Commitment.last_report_on,
        )
        .join(Organization, Organization.id == Commitment.organization_id)
        .where(
            all_words(question, (Commitment.title, Commitment.description)),
            visible(CommitmentScope, Commitment.id, who),
        )
        .order_by(Commitment.id.desc())
    )
    today, hits = clock.today(), []
    for row in db.session.execute(query.limit(EACH + 1)):
        states = commitments.states_of(row, today)
        about = _about(formats.commitment_code(row.id), row.name, _due(row.due_on))
        hits.append(Hit(f"/komitmen/{row.id}", row.title, about, [formats.badge(state) for state in states]))
    return hits


def _followups(who: Identity, question: str) -> list[Hit]:
    query = (
        select(
            Followup.id,
            Followup.title,
            Organization.name,
            Followup.status,
            Followup.due_on,
            Followup.finished_on,
            Followup.report_state,
        )
        .join(Organization, Organization.id == Followup.organization_id)
        .where(all_words(question, (Followup.title, Followup.description)), visible(FollowupScope, Followup.id, who))
        .order_by(Followup.id.desc())
    )
    today, hits = clock.today(), []
    for row in db.session.execute(query.limit(EACH + 1)):
        states = followups.states_of(row, today)
        about = _about(formats.followup_code(row.id), row.name, _due(row.due_on))
        hits.append(Hit(f"/tindak-lanjut/{row.id}", row.title, about, [formats.badge(state) for state in states]))
    return hits


def _activities(who: Identity, question: str) -> list[Hit]:
    query = (
        select(
            Activity.id,
            Activity.title,
            Kampung.name.label("kampung"),
            Activity.status,
            Activity.planned_on,
            Activity.planned_until,
            Activity.return_note,
        )
        .join(Kampung, Kampung.id == Activity.kampung_id)
        .where(all_words(question, (Activity.title, Activity.description)), visible(ActivityScope, Activity.id, who))
        .order_by(Activity.id.desc())
    )
    today, hits = clock.today(), []
    for row in db.session.execute(query.limit(EACH + 1)):
        state = activities.state(
            status=row.status,
            planned_on=row.planned_on,
            planned_until=row.planned_until,
            returned=bool(row.return_note),
            today=today,
        )
        about = _about(formats.activity_code(row.id), title(row.kampung), formats.date_medium(row.planned_on))
        hits.append(Hit(f"/kegiatan/{row.id}", row.title, about, [formats.badge(state)]))
    return hits


def _kampungs(who: Identity, question: str) -> list[Hit]:
    village, district, regency = aliased(Region), aliased(Region), aliased(Region)
    query = (
        select(
            Kampung.id,
            Kampung.name,
            Kampung.label,
            village.name.label("village"),
            district.name.label("district"),
            regency.name.label("regency"),
            village.code,
        )
        .join(village, village.id == Kampung.region_id)
        .join(district, district.id == Kampung.district_id)
        .join(regency, regency.id == Kampung.regency_id)
        .where(all_words(question, (Kampung.name, village.name, district.name)), Kampung.ended_on.is_(None))
        .order_by(Kampung.name, Kampung.id)
    )
    return [
        Hit(
            f"/kampung-kb/{row.id}",
            title(row.name),
            _about(f"{row.village}, {row.district}, {row.regency}", row.code, formats.word("class", row.label)),
        )
        for row in db.session.execute(query.limit(EACH + 1))
    ]


def _units(who: Identity, question: str) -> list[Hit]:
    parent = aliased(Organization)
    query = (
        select(Organization.id, Organization.name, Organization.category, parent.name.label("parent"))
        .outerjoin(parent, parent.id == Organization.parent_id)
        .where(
            all_words(question, (Organization.name, Organization.short_name)),
            Organization.ended_on.is_(None),
            visible_units(who),
        )
        .order_by(Organization.name, Organization.id)
    )
    return [
        Hit(f"/mitra/{row.id}", row.name, _about(formats.word("category", row.category), row.parent or ""))
        for row in db.session.execute(query.limit(EACH + 1))
    ]


def _meetings(who: Identity, question: str) -> list[Hit]:
    query = (
        select(Meeting.id, Meeting.title, Meeting.kind, Meeting.held_on, Meeting.place)
        .where(
            all_words(question, (Meeting.title, Meeting.place, Meeting.description)),
            visible(MeetingScope, Meeting.id, who),
        )
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
    )
    return [
        Hit(
            f"/rapat/{row.id}",
            row.title,
            _about(formats.word("meeting_kind", row.kind), formats.date_medium(row.held_on), row.place),
        )
        for row in db.session.execute(query.limit(EACH + 1))
    ]


def _agreements(who: Identity, question: str) -> list[Hit]:
    renewal = aliased(Agreement)
    numbers = func.group_concat if db.engine.dialect.name == "sqlite" else func.string_agg
    listed = select(numbers(Party.number, ", ")).where(Party.agreement_id == Agreement.id, Party.number != "")
    query = (
        select(
            Agreement.id,
            Agreement.kind,
            Agreement.title,
            Agreement.signed_on,
            Agreement.starts_on,
            Agreement.ends_on,
            Agreement.ended_on,
            renewal.signed_on.label("renewed_on"),
            listed.scalar_subquery().label("numbers"),
        )
        .outerjoin(renewal, renewal.renews_id == Agreement.id)
        .where(holds(question), agreement_seen_by(who))
        .order_by(Agreement.id.desc())
    )
    today, days = clock.today(), int(kept("agreement_warning_days"))
    return [
        Hit(
            f"/kerja-sama/{row.id}",
            row.title,
            _about(formats.word("agreement_kind", row.kind), row.numbers or "", formats.date_medium(row.signed_on)),
            [formats.badge(state_of(row, today, days))],
        )
        for row in db.session.execute(query.limit(EACH + 1))
    ]


def _due(day: Any) -> str:
    return _("tenggat %(day)s", day=formats.date_medium(day))
