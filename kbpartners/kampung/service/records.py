"""Registering, correcting, closing and reopening a Kampung KB. Every write leaves a revision with its snapshot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from kbpartners import clock, formats
from kbpartners.db import db
from kbpartners.errors import Conflict, FieldConflict, Invalid, NotFound
from kbpartners.kampung.models import Kampung, KampungName, sort_name
from kbpartners.kampung.service import access
from kbpartners.kampung.service.facts import Facts, Place, actor, load, log, village
from kbpartners.regions.models import VILLAGE, Region
from kbpartners.scopes import upsert
from kbpartners.security import Identity

NOTE_LIMIT = 2000


@dataclass(frozen=True)
class Values:
    """What a person fills in. `place` is the RW or dusun within the village."""

    name: str
    region_id: int | None
    place: str = ""
    launched_on: date | None = None
    note: str = ""


class Occupied(Invalid):
    """The village has an active Kampung KB already: `kampung_id`, shown as `title`."""

    def __init__(self, where: Place, kampung_id: int, title: str) -> None:
        words = _("%(village)s sudah punya Kampung KB yang aktif: %(title)s.", village=where.village_title, title=title)
        super().__init__(words, "region_id")
        self.kampung_id, self.title = kampung_id, title


def create(who: Identity, *, values: Values) -> int:
    """Register a Kampung KB and return its id.

    Raises Invalid (name, region_id, launched_on), Refused for a village outside the region of `who`.
    """
    where = _village(values)
    _check(who, values, where)
    try:
        with db.session.begin_nested():
            kampung_id = db.session.execute(
                insert(Kampung).values(**_columns(values, where)).returning(Kampung.id)
            ).scalar_one()
    except IntegrityError as error:
        raise _occupied(where) from error
    log(who, kampung_id, f"{actor(who)} mendaftarkan Kampung KB {values.name} di {where.plain}.")
    return kampung_id


def edit(who: Identity, kampung_id: int, *, version: int, values: Values) -> None:
    """Correct a Kampung KB that is active.

    Raises Conflict with both versions when somebody saved since `version`; Invalid, Refused, NotFound.
    """
    before = load(kampung_id, lock=True)
    access.check_write(who, before.where.code)
    where = _village(values)
    old, new = _described(before), _described_values(values, where)
    if before.version != version:
        raise Conflict([FieldConflict(label, old[label], new[label]) for label in old], before.version)
    _check(who, values, where, but=kampung_id)
    if before.ended_on is not None:
        raise Invalid(_("Kampung KB ini sudah berakhir. Aktifkan lagi lebih dahulu."))
    if old == new:
        return
    if before.name != values.name:
        remember_names([(kampung_id, before.name)])
    try:
        with db.session.begin_nested():
            db.session.execute(
                update(Kampung).where(Kampung.id == kampung_id).values(**_columns(values, where), version=version + 1)
            )
    except IntegrityError as error:
        raise _occupied(where) from error
    changes = [(label, old[label], new[label]) for label in old]
    log(who, kampung_id, f"{actor(who)} mengubah Kampung KB {values.name}.", changes)


def close(who: Identity, kampung_id: int, *, ended_on: date, reason: str) -> None:
    """End a Kampung KB; its page, its activities and its history stay. The reason is kept in its note.

    Raises Invalid (ended_on, reason), Refused, NotFound.
    """
    before = load(kampung_id, lock=True)
    access.check_write(who, before.where.code)
    if before.ended_on is not None:
        raise Invalid(_("Kampung KB ini sudah berakhir."))
    if ended_on > clock.today():
        raise Invalid(_("Tanggal berakhir tidak boleh sesudah hari ini."), "ended_on")
    if before.launched_on and ended_on < before.launched_on:
        raise Invalid(_("Tanggal berakhir tidak boleh sebelum tanggal pencanangan."), "ended_on")
    note = "\n".join(part for part in (before.note, f"Berakhir {formats.date_short(ended_on)}: {reason}") if part)
    if len(note) > NOTE_LIMIT:
        raise Invalid(_("Alasan terlalu panjang. Singkatkan."), "reason")
    _change(kampung_id, ended_on=ended_on, note=note)
    changes = [("Berakhir", "", formats.date_short(ended_on)), ("Catatan", before.note, note)]
    log(who, kampung_id, f"{actor(who)} mengakhiri Kampung KB {before.name}: {reason}", changes)


def reopen(who: Identity, kampung_id: int) -> None:
    """Make an ended Kampung KB active again, if its village is still free. Raises Invalid, Refused, NotFound."""
    before = load(kampung_id, lock=True)
    access.check_write(who, before.where.code)
    if before.ended_on is None:
        raise Invalid(_("Kampung KB ini masih aktif."))
    try:
        with db.session.begin_nested():
            _change(kampung_id, ended_on=None)
    except IntegrityError as error:
        raise _occupied(before.where) from error
    changes = [("Berakhir", formats.date_short(before.ended_on), "")]
    log(who, kampung_id, f"{actor(who)} mengaktifkan lagi Kampung KB {before.name}.", changes)


def remember_names(names: list[tuple[int, str]]) -> None:
    """Keep the former names of Kampung KB, each once: (id, name) pairs."""
    rows = [{"kampung_id": id_, "name": name, "recorded_at": clock.now()} for id_, name in names]
    if rows:
        db.session.execute(upsert(KampungName).on_conflict_do_nothing(), rows)


def _change(kampung_id: int, **values: Any) -> None:
    db.session.execute(update(Kampung).where(Kampung.id == kampung_id).values(**values, version=Kampung.version + 1))


def _village(values: Values) -> Place:
    try:
        return village(values.region_id or 0)
    except NotFound as error:
        raise Invalid(_("Pilih desa/kelurahan."), "region_id") from error


def _check(who: Identity, values: Values, where: Place, but: int | None = None) -> None:
    access.check_write(who, where.code)
    if not any(c.isalnum() for c in values.name):
        raise Invalid(_("Tulis nama Kampung KB."), "name")
    if values.launched_on and values.launched_on > clock.today():
        raise Invalid(_("Tanggal pencanangan tidak boleh sesudah hari ini."), "launched_on")
    if occupant_id(where.region_id) not in (None, but):
        raise _occupied(where)


def check_region(who: Identity, region_id: int | None) -> None:
    """Raise Refused when a region that was sent lies outside the region of `who` (a tampered form)."""
    code = db.session.execute(
        select(Region.code).where(Region.id == region_id, Region.level == VILLAGE)
    ).scalar_one_or_none()
    if code is not None:
        access.check_write(who, code)


def occupant_id(region_id: int) -> int | None:
    """The active Kampung KB of a village."""
    return db.session.execute(
        select(Kampung.id).where(Kampung.region_id == region_id, Kampung.ended_on.is_(None))
    ).scalar_one_or_none()


def _occupied(where: Place) -> Invalid:
    kampung_id = occupant_id(where.region_id)
    if kampung_id is None:
        return Invalid(_("Data berubah saat disimpan. Ulangi."), "region_id")
    return Occupied(where, kampung_id, load(kampung_id).title)


def _columns(values: Values, where: Place) -> dict[str, Any]:
    return {
        **asdict(values),
        "sort_name": sort_name(values.name),
        "region_id": where.region_id,
        "district_id": where.district_id,
        "regency_id": where.regency_id,
    }


def _described(found: Facts) -> dict[str, str]:
    """The form's fields in words, for a difference that a person can read."""
    values = Values(found.name, found.region_id, found.place, found.launched_on, found.note)
    return _described_values(values, found.where)


def _described_values(values: Values, where: Place) -> dict[str, str]:
    return {
        "Nama": values.name,
        "Desa/kelurahan": where.plain,
        "RW/dusun": values.place,
        "Dicanangkan": formats.date_short(values.launched_on),
        "Catatan": values.note,
    }
