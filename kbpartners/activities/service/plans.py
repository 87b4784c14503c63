"""Planning an activity: recording it, changing the plan, saying what one's unit brings, calling it off."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from kbpartners import clock, formats
from kbpartners.activities.models import (
    PLANNED,
    REPORTED,
    Activity,
    ActivityCommitment,
    ActivityOrganization,
)
from kbpartners.activities.service.details import (
    LEAD,
    SUPPORT,
    Participant,
    Rights,
    in_own_region,
    own_tree,
    participants,
    rights_on,
)
from kbpartners.activities.service.lists import LABEL
from kbpartners.activities.service.places import Place, place
from kbpartners.activities.service.records import (
    actor,
    commitment_ids,
    for_writing,
    load,
    record,
    write_activity_scopes,
)
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.db import db, fetch, violated
from kbpartners.errors import Conflict, FieldConflict, Invalid, Refused
from kbpartners.kampung.models import Kampung
from kbpartners.organizations.models import Organization
from kbpartners.security import Identity, Permission, Role, visible


@dataclass(frozen=True)
class Partner:
    """An organisation beside the organiser, and what it brings in words."""

    organization_id: int
    contribution: str = ""


@dataclass(frozen=True)
class ActivityValues:
    """The plan as a person fills it in. `organization_id` is the organiser, `contribution` what it brings."""

    title: str
    kampung_id: int
    organization_id: int
    family_function: str
    planned_on: date
    planned_until: date
    description: str = ""
    contribution: str = ""
    partners: tuple[Partner, ...] = ()
    commitment_ids: tuple[int, ...] = ()

    def tidy(self) -> ActivityValues:
        """Each organisation once, in the order of their ids, so that two plans can be compared."""
        found = {one.organization_id: one for one in self.partners if one.organization_id != self.organization_id}
        return replace(
            self,
            partners=tuple(found[key] for key in sorted(found)),
            commitment_ids=tuple(sorted(set(self.commitment_ids))),
        )


# --- reading for a form ------------------------------------------------------------------------------------------


def editable(who: Identity, activity_id: int) -> tuple[ActivityValues, int, Rights]:
    """The plan, its version and what `who` may do with it. Raises NotFound outside the scope."""
    activity = load(who, activity_id)
    taking_part = participants(activity_id, who)
    rights = rights_on(who, activity.status, place(activity.kampung_id).region_id, taking_part)
    return _values(activity, taking_part), activity.version, rights


def _values(activity: Activity, taking_part: Sequence[Participant]) -> ActivityValues:
    lead = next((one for one in taking_part if one.role == LEAD), None)
    return ActivityValues(
        title=activity.title,
        kampung_id=activity.kampung_id,
        organization_id=activity.organization_id,
        family_function=activity.family_function,
        planned_on=activity.planned_on,
        planned_until=activity.planned_until,
        description=activity.description,
        contribution=lead.contribution if lead else "",
        partners=tuple(Partner(one.id, one.contribution) for one in taking_part if one.role != LEAD),
        commitment_ids=tuple(commitment_ids(activity.id)),
    ).tidy()


# --- writing -----------------------------------------------------------------------------------------------------


def create(*, who: Identity | None, values: ActivityValues, token: str = "", is_example: bool = False) -> int:
    """Record a planned activity and return its id. `token` is the form's: sending it twice makes one activity.

    Raises Invalid (`planned_until`, `kampung_id`, `organization_id`, `commitment_id`).
    """
    if token and (known := _sent_before(who, token)):
        return known
    values = values.tidy()
    at = _check(who, values, kept=())
    activity = Activity(
        token=token or str(uuid.uuid4()),
        status=PLANNED,
        is_example=is_example,
        created_at=clock.now(),
        created_by_id=who.user_id if who else None,
        version=1,
    )
    _fill(activity, values)
    try:
        with db.session.begin_nested():
            db.session.add(activity)
            db.session.flush()
    except IntegrityError as error:
        if violated(error)[1] != "token":
            raise
        if known := _sent_before(who, token):
            return known
        raise Invalid(_("Muat ulang halaman, lalu kirim lagi.")) from error
    _write_participants(activity.id, values)
    _write_commitments(activity.id, values.commitment_ids)
    write_activity_scopes(activity, at)
    record(who, activity, f"{actor(who)} merencanakan kegiatan “{activity.title}” di Kampung KB {at.name}.")
    return activity.id


def _sent_before(who: Identity | None, token: str) -> int | None:
    query = select(Activity.id).where(Activity.token == token)
    if who is not None:
        query = query.where(Activity.created_by_id == who.user_id)
    return db.session.execute(query).scalar_one_or_none()


def update(*, who: Identity, activity_id: int, version: int, values: ActivityValues) -> None:
    """Change the plan. Raises NotFound, Refused, Conflict when somebody saved first, Invalid as `create`.

    Links to commitments that the writer may not see stay as they are.
    """
    activity, _at, taking_part, rights = for_writing(who, activity_id)
    if not rights.edit:
        raise Refused(_("Rencana kegiatan ini diubah oleh penyelenggaranya atau sekretariat."))
    before = _values(activity, taking_part)
    hidden = set(before.commitment_ids) - _seen_commitments(who, before.commitment_ids)
    values = replace(values, commitment_ids=(*values.commitment_ids, *hidden)).tidy()
    if before == values:
        return
    if activity.version != version:
        raise Conflict(_differences(before, values), activity.version)
    at = _check(who, values, kept=hidden)
    with force_locale("id"):  # the log keeps one language, whoever writes
        changes = [(row.label, row.saved, row.yours) for row in _differences(before, values)]
    _fill(activity, values)
    activity.version += 1
    db.session.flush()
    _write_participants(activity_id, values)
    _write_commitments(activity_id, values.commitment_ids)
    write_activity_scopes(activity, at)
    record(who, activity, f"{who.name} mengubah rencana kegiatan “{activity.title}”.", changes)


def contribute(*, who: Identity, activity_id: int, version: int, contributions: Mapping[int, str]) -> None:
    """Say what the person's own units bring (unit id → words); units of others are left alone.

    Raises NotFound, Refused, Conflict when somebody changed the activity first.
    """
    activity, _at, taking_part, rights = for_writing(who, activity_id)
    if not (rights.contribute or rights.edit):
        raise Refused(_("Kontribusi diisi oleh organisasi yang ikut."))
    rows = [
        FieldConflict(one.label, one.contribution, contributions[one.id])
        for one in taking_part
        if one.own and one.id in contributions
    ]
    if all(row.saved == row.yours for row in rows):
        return
    if activity.version != version:
        raise Conflict(rows, activity.version)
    for one in taking_part:
        if one.own and one.id in contributions:
            row = db.session.get_one(ActivityOrganization, (activity_id, one.id))
            row.contribution = contributions[one.id]
    activity.version += 1
    db.session.flush()
    changes = [(f"Kontribusi {row.label}", row.saved, row.yours) for row in rows]
    record(who, activity, f"{who.name} mengubah kontribusi pada kegiatan “{activity.title}”.", changes)


def cancel(*, who: Identity | None, activity_id: int, reason: str) -> None:
    """Call an activity off. Raises NotFound, Refused, Invalid (`reason`) without a reason."""
    activity, at, _taking_part, rights = for_writing(who, activity_id)
    if activity.status not in (PLANNED, REPORTED):
        raise Invalid(_("Kegiatan ini sudah diputuskan dan tidak dapat dibatalkan."))
    if not rights.cancel:
        raise Refused(_("Kegiatan ini dibatalkan oleh penyelenggaranya atau sekretariat."))
    if not reason:
        raise Invalid(_("Tulis alasannya, agar yang lain tahu."), "reason")
    activity.status, activity.cancelled_reason = "cancelled", reason
    activity.decided_at, activity.decided_by_id = clock.now(), who.user_id if who else None
    activity.version += 1
    db.session.flush()
    write_activity_scopes(activity, at)
    sentence = f"{actor(who)} membatalkan kegiatan “{activity.title}”."
    record(who, activity, sentence, [("Alasan", "", reason)])


def _fill(activity: Activity, values: ActivityValues) -> None:
    for name in (
        "title",
        "kampung_id",
        "organization_id",
        "family_function",
        "planned_on",
        "planned_until",
        "description",
    ):
        setattr(activity, name, getattr(values, name))


def _write_participants(activity_id: int, values: ActivityValues) -> None:
    db.session.execute(delete(ActivityOrganization).where(ActivityOrganization.activity_id == activity_id))
    rows = [(values.organization_id, LEAD, values.contribution)]
    rows += [(one.organization_id, SUPPORT, one.contribution) for one in values.partners]
    db.session.execute(
        insert(ActivityOrganization),
        [
            {"activity_id": activity_id, "organization_id": unit, "role": role, "contribution": words}
            for unit, role, words in rows
        ],
    )


def _write_commitments(activity_id: int, wanted: Sequence[int]) -> None:
    db.session.execute(delete(ActivityCommitment).where(ActivityCommitment.activity_id == activity_id))
    if wanted:
        rows = [{"activity_id": activity_id, "commitment_id": number} for number in wanted]
        db.session.execute(insert(ActivityCommitment), rows)


# --- rules -------------------------------------------------------------------------------------------------------


def _check(who: Identity | None, values: ActivityValues, *, kept: Iterable[int]) -> Place:
    if values.planned_until < values.planned_on:
        raise Invalid(_("Kegiatan tidak dapat selesai sebelum dimulai."), "planned_until")
    if db.session.get(Kampung, values.kampung_id) is None:
        raise Invalid(_("Pilih Kampung KB dari daftar."), "kampung_id")
    at = place(values.kampung_id)
    if at.ended:
        raise Invalid(_("Kampung KB ini sudah tidak aktif. Pilih yang lain."), "kampung_id")
    units = [values.organization_id, *(one.organization_id for one in values.partners)]
    paths = {
        row.id: row.path for row in fetch(select(Organization.id, Organization.path).where(Organization.id.in_(units)))
    }
    if len(paths) < len(units):
        raise Invalid(_("Pilih organisasi dari daftar."), "organization_id")
    if who is not None:
        _check_writer(who, at, paths.values())
        if set(values.commitment_ids) - set(kept) - _seen_commitments(who, values.commitment_ids):
            raise Invalid(_("Pilih komitmen dari daftar."), "commitment_id")
    return at


def _check_writer(who: Identity, at: Place, paths: Iterable[str]) -> None:
    if who.can(Permission.ACTIVITIES_VERIFY) or any(own_tree(who, path) for path in paths):
        return
    if who.role is Role.OPD:
        if in_own_region(who, at.region_id):
            return
        raise Invalid(_("Pilih Kampung KB di wilayah dinas Anda, atau sertakan dinas Anda."), "kampung_id")
    raise Invalid(_("Satuan Anda harus ikut: sebagai penyelenggara atau peserta."), "organization_id")


def _seen_commitments(who: Identity, ids: Iterable[int]) -> set[int]:
    query = select(Commitment.id).where(Commitment.id.in_(list(ids)), visible(CommitmentScope, Commitment.id, who))
    return set(db.session.execute(query).scalars())


def _differences(saved: ActivityValues, yours: ActivityValues) -> list[FieldConflict]:
    units = {
        saved.organization_id,
        yours.organization_id,
        *(one.organization_id for one in saved.partners + yours.partners),
    }
    rows = db.session.execute(select(Organization.id, LABEL.label("label")).where(Organization.id.in_(units)))
    names = {row.id: row.label for row in rows}
    kampungs = {
        row.id: row.name
        for row in fetch(select(Kampung.id, Kampung.name).where(Kampung.id.in_([saved.kampung_id, yours.kampung_id])))
    }

    def printed(values: ActivityValues) -> list[tuple[str, str]]:
        partners = [f"{names.get(one.organization_id, '?')}: {one.contribution or '–'}" for one in values.partners]
        return [
            (_("Judul"), values.title),
            (_("Kampung KB"), kampungs.get(values.kampung_id, "")),
            (_("Penyelenggara"), names.get(values.organization_id, "")),
            (_("Kontribusi penyelenggara"), values.contribution),
            (_("Organisasi yang ikut"), "; ".join(partners)),
            (_("Fungsi keluarga"), formats.word("family_function", values.family_function)),
            (_("Rencana mulai"), formats.date_medium(values.planned_on)),
            (_("Rencana selesai"), formats.date_medium(values.planned_until)),
            (_("Uraian"), values.description),
            (_("Komitmen"), ", ".join(formats.commitment_code(number) for number in values.commitment_ids)),
        ]

    return [
        FieldConflict(label, old, new)
        for (label, old), (_label, new) in zip(printed(saved), printed(yours), strict=True)
    ]
