"""Writing units: registering, editing, moving, ending; and the contact data that a unit keeps up to date itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from kbpartners import clock, formats
from kbpartners.accounts.service.facts import check_fit
from kbpartners.audit.service import Change
from kbpartners.db import db
from kbpartners.errors import Conflict, FieldConflict, Invalid, NotFound, Refused
from kbpartners.organizations.models import Organization, Post
from kbpartners.organizations.service import coverage, log, posts, upkeep
from kbpartners.organizations.service.tree import in_own_tree, office_id, visible_units
from kbpartners.regions import service as regions
from kbpartners.security import Identity, Permission, Role

_FIELDS = ("name", "short_name", "category", "address", "phone", "whatsapp", "email", "note")
CONTACT = ("address", "phone", "whatsapp", "email")
_LABELS = {
    "name": "Nama",
    "short_name": "Nama singkat",
    "category": "Kategori",
    "parent_id": "Induk",
    "address": "Alamat",
    "phone": "Telepon",
    "whatsapp": "WhatsApp",
    "email": "Surel",
    "note": "Catatan",
    "ended_on": "Berakhir",
    "coverage": "Wilayah",
}


@dataclass(frozen=True)
class ContactFacts:
    """How a unit is reached. `whatsapp` is a mobile number, however it is typed."""

    address: str = ""
    phone: str = ""
    whatsapp: str = ""
    email: str = ""


@dataclass(frozen=True)
class Facts(ContactFacts):
    """What the secretariat says about a unit. Without a parent it is a partner (a root); `coverage` are region ids."""

    name: str = ""
    category: str = ""
    short_name: str = ""
    parent_id: int | None = None
    note: str = ""
    ended_on: date | None = None
    coverage: frozenset[int] = field(default_factory=frozenset)


def create(*, who: Identity | None, facts: Facts, since: date | None = None, is_example: bool = False) -> int:
    """Register a partner or a unit and return its id. `since`: from when it covers its regions (today unless told).

    Raises Invalid with the field: name missing or taken, unknown parent, category or region, no mobile number.
    """
    values = _checked(facts)
    parent = _parent(facts.parent_id)
    _check_name(facts.name, facts.parent_id)
    if facts.ended_on is not None:
        raise Invalid(_("Satuan yang baru didaftarkan belum dapat berakhir."), "ended_on")
    wanted = coverage.smallest_set(coverage.known(facts.coverage))
    unit = Organization(**values, parent_id=facts.parent_id, is_example=is_example)
    db.session.add(unit)
    db.session.flush()
    unit.path = upkeep.path_under(parent, unit.id)
    if len(unit.path) > 500:
        raise Invalid(_("Susunan satuan terlalu dalam."), "parent_id")
    coverage.change(unit.id, wanted, since or clock.today())
    place = f"di bawah {parent.name}" if parent else "sebagai mitra kerja"
    log.note(who, unit, f"{log.actor(who)} mendaftarkan {unit.name} {place}.")
    if unit.category == "opd":
        upkeep.opd_region_changed(wanted.values())
    return unit.id


def edit(*, who: Identity | None, organization_id: int, version: int, facts: Facts) -> None:
    """Change a unit; a new parent moves everything below it along, an end ends its posts.

    Raises NotFound; Conflict if somebody saved since `version`; Invalid with the field.
    """
    unit = locked(organization_id, visible_units(who) if who else None)
    values = _checked(facts)
    before = {item.region_id: item for item in coverage.covered(unit.id)}
    wanted = coverage.smallest_set(coverage.known(facts.coverage))
    typed = {**values, "parent_id": facts.parent_id, "ended_on": facts.ended_on, "coverage": wanted}
    _check_version(unit, version, typed)
    _check_change(unit, facts, values)
    served = _opd_codes(unit, {id_: item.code for id_, item in before.items()})
    old = {key: getattr(unit, key) for key in (*_FIELDS, "parent_id", "ended_on")}
    if facts.parent_id != unit.parent_id:
        upkeep.relocate(unit, _parent(facts.parent_id))
    for key, value in values.items():
        setattr(unit, key, value)
    if facts.ended_on != unit.ended_on:
        unit.ended_on = facts.ended_on
        if facts.ended_on is not None:
            posts.end_all(unit.id, facts.ended_on)
    coverage.change(unit.id, wanted, clock.today(), only=before.keys() | wanted.keys())
    after = {item.region_id: item for item in coverage.covered(unit.id)}
    changes = _differences(old, unit)
    changes.append((_LABELS["coverage"], _listed(before.values()), _listed(after.values())))
    if all(was == now for _label, was, now in changes):
        return
    unit.version += 1
    log.note(who, unit, _sentence(who, unit, old), changes)
    upkeep.opd_region_changed(served ^ _opd_codes(unit, {id_: item.code for id_, item in after.items()}))


def edit_contact(*, who: Identity, organization_id: int, version: int, facts: ContactFacts) -> None:
    """Keep the contact data of a unit of the own tree up to date.

    Raises NotFound outside the scope, Refused for a unit that may only be read, Conflict, Invalid.
    """
    unit = locked(organization_id, visible_units(who))
    if not may_edit_contact(who, organization_id):
        raise Refused(_("Anda hanya dapat mengubah kontak satuan Anda sendiri."))
    values = _checked_contact(facts)
    _check_version(unit, version, values)
    old = {key: getattr(unit, key) for key in values}
    for key, value in values.items():
        setattr(unit, key, value)
    changes = _differences(old, unit)
    if any(was != now for _label, was, now in changes):
        unit.version += 1
        log.note(who, unit, f"{log.actor(who)} memperbarui kontak {unit.name}.", changes)


def may_edit_contact(who: Identity, organization_id: int) -> bool:
    """Whether `who` keeps the contact data of this unit: the secretariat for all, others in their own tree."""
    return who.can(Permission.CONTACTS_WRITE) and (who.of_office or in_own_tree(who, organization_id))


def move(*, who: Identity | None, organization_id: int, parent_id: int | None, version: int | None = None) -> None:
    """Hang a unit and everything below it under another parent (None: a partner of its own).

    Paths and counts of all concerned and the scope rows of their records follow. With `version`, only if nobody saved
    since. Raises NotFound; Invalid on `parent_id`.
    """
    unit = locked(organization_id, visible_units(who) if who else None)
    if version is not None and version != unit.version:
        sentence = _("Satuan ini diubah sejak Anda memeriksanya. Periksa lagi apa yang ikut, lalu ulangi.")
        raise Invalid(sentence, "parent_id")
    if unit.parent_id == parent_id:
        return
    old = {"parent_id": unit.parent_id}
    parent = _parent(parent_id)
    _check_name(unit.name, parent_id, unit.id)
    upkeep.relocate(unit, parent)
    unit.version += 1
    target = f"ke bawah {parent.name}" if parent else "menjadi mitra tersendiri"
    log.note(who, unit, f"{log.actor(who)} memindahkan {unit.name} {target}.", _differences(old, unit))


# --- checks ------------------------------------------------------------------------------------------------------


def locked(organization_id: int, condition: ColumnElement[bool] | None = None) -> Organization:
    """The unit for writing, if it fulfils the condition. Raises NotFound; Refused for one that was merged away."""
    query = select(Organization).where(Organization.id == organization_id)
    if condition is not None:
        query = query.where(condition)
    unit = db.session.execute(query.with_for_update().execution_options(populate_existing=True)).scalar_one_or_none()
    if unit is None:
        raise NotFound()
    if unit.merged_into_id is not None:
        raise Refused(_("Satuan ini sudah digabungkan ke satuan lain. Ubah satuan itu, atau batalkan penggabungannya."))
    return unit


def _checked_contact(facts: ContactFacts) -> dict[str, str]:
    number = formats.normalize_phone(facts.whatsapp)
    if facts.whatsapp.strip() and not number:
        raise Invalid(_("Tulis nomor ponsel Indonesia, misalnya 0812-3456-7890."), "whatsapp")
    return {
        "address": facts.address.strip(),
        "phone": facts.phone.strip(),
        "whatsapp": number,
        "email": facts.email.strip().lower(),
    }


def _checked(facts: Facts) -> dict[str, str]:
    name = facts.name.strip()
    if not name:
        raise Invalid(_("Wajib diisi."), "name")
    if facts.category not in formats.CATEGORIES:
        raise Invalid(_("Pilih salah satu dari daftar."), "category")
    return {
        "name": name,
        "short_name": facts.short_name.strip(),
        "category": facts.category,
        **_checked_contact(facts),
        "note": facts.note.strip(),
    }


def _parent(parent_id: int | None) -> Organization | None:
    if parent_id is None:
        return None
    parent = db.session.get(Organization, parent_id)
    if parent is None or parent.ended_on is not None:
        raise Invalid(_("Pilih induk yang masih ada."), "parent_id")
    return parent


def _check_name(name: str, parent_id: int | None, own_id: int | None = None) -> None:
    # The database's own constraint does not see roots, whose parent is NULL, nor upper and lower case.
    same = select(Organization.id).where(
        func.lower(Organization.name) == func.lower(name.strip()), Organization.parent_id == parent_id
    )
    if own_id is not None:
        same = same.where(Organization.id != own_id)
    if db.session.execute(same).first():
        raise Invalid(
            _("Sudah ada satuan bernama itu di bawah induk yang sama.")
            if parent_id
            else _("Sudah ada mitra kerja bernama itu."),
            "name",
        )


def _check_change(unit: Organization, facts: Facts, values: dict[str, str]) -> None:
    if facts.parent_id != unit.parent_id or values["name"] != unit.name:
        _check_name(values["name"], facts.parent_id, unit.id)
    if values["category"] != unit.category:
        _check_category(unit, values["category"])
    if facts.ended_on != unit.ended_on and facts.ended_on is not None:
        _check_end(unit, facts.ended_on)
    if unit.ended_on is not None and facts.ended_on is None:
        _parent(facts.parent_id)


def _check_category(unit: Organization, category: str) -> None:
    if unit.id == office_id():
        raise Invalid(_("Kategori kantor BKKBN tidak dapat diubah."), "category")
    roles = select(Post.role).where(Post.organization_id == unit.id, Post.ended_on.is_(None)).distinct()
    for role in db.session.execute(roles).scalars():
        try:
            check_fit(Role(role), category)
        except Invalid as error:
            raise Invalid(
                _("Satuan ini mempunyai jabatan yang tidak sesuai dengan kategori itu. Akhiri dahulu jabatannya."),
                "category",
            ) from error


def _check_end(unit: Organization, day: date) -> None:
    if unit.id == office_id():
        raise Invalid(_("Kantor BKKBN tidak dapat diakhiri."), "ended_on")
    if day > clock.today():
        raise Invalid(_("Tanggal berakhir tidak boleh di masa depan."), "ended_on")
    if obstacle := upkeep.open_work(unit.id).sentence():
        raise Invalid(obstacle, "ended_on")


def _check_version(unit: Organization, version: int, typed: Mapping[str, object]) -> None:
    if unit.version == version:
        return
    saved = {key: getattr(unit, key, None) for key in typed}
    if "coverage" in typed:
        saved["coverage"] = {item.region_id: item.code for item in coverage.covered(unit.id)}
    rows = [FieldConflict(_LABELS[key], _shown(key, saved[key]), _shown(key, value)) for key, value in typed.items()]
    raise Conflict(rows, unit.version)


# --- words -------------------------------------------------------------------------------------------------------


def _shown(key: str, value: object) -> str:
    if key == "parent_id":
        parent = db.session.get(Organization, value) if value else None
        return parent.name if parent else ""
    if isinstance(value, Mapping):  # covered regions, id → code
        words = regions.labels(value)
        return ", ".join(words[id_] for id_ in sorted(value, key=value.__getitem__))
    if key == "category":
        return formats.word("category", value)
    return formats.date_medium(value) if isinstance(value, date) else str(value or "")


def _listed(covered: Iterable[coverage.Covered]) -> str:
    return ", ".join(item.label for item in covered)


def _differences(old: Mapping[str, object], unit: Organization) -> list[Change]:
    return [(_LABELS[key], _shown(key, was), _shown(key, getattr(unit, key))) for key, was in old.items()]


def _sentence(who: Identity | None, unit: Organization, old: Mapping[str, object]) -> str:
    if unit.ended_on and not old["ended_on"]:
        return f"{log.actor(who)} mengakhiri {unit.name} per {formats.date_short(unit.ended_on)}."
    if old["ended_on"] and not unit.ended_on:
        return f"{log.actor(who)} mengaktifkan kembali {unit.name}."
    if old["parent_id"] != unit.parent_id:
        return f"{log.actor(who)} mengubah dan memindahkan {unit.name}."
    return f"{log.actor(who)} mengubah data {unit.name}."


def _opd_codes(unit: Organization, codes: dict[int, str]) -> set[str]:
    """The region codes in which the unit sees records as an OPD-KB."""
    return set(codes.values()) if unit.category == "opd" and unit.ended_on is None else set()
