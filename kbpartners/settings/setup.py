"""What an empty installation needs before anybody can work: the office unit, the settings, the regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, select

from kbpartners.db import db
from kbpartners.organizations.models import Coverage, Organization
from kbpartners.regions import service as regions
from kbpartners.regions.models import EVER, PROVINCE, Region
from kbpartners.regions.source import provinces as all_provinces
from kbpartners.settings import service

Progress = Callable[[int, int], None]
CAPITALS = {"16": "Palembang"}


def prepare(codes: Sequence[str], progress: Progress | None = None) -> list[str]:
    """Fill in what is missing, and nothing else; a second run changes nothing. Returns what was done, a line each.

    `codes` are Kemendagri province codes; none means: those of the settings, or Sumatera Selatan where there are none.
    Raises ValueError for an unknown code.
    """
    done = []
    wanted = list(dict.fromkeys(codes)) or list(service.value("provinces")) or ["16"]
    names = {province.code: province.name for province in all_provinces()}
    if unknown := [code for code in wanted if code not in names]:
        raise ValueError(f"bukan kode provinsi Kemendagri: {', '.join(unknown)}")
    present = set(db.session.execute(select(Region.code).where(Region.level == PROVINCE)).scalars())
    if missing := [code for code in wanted if code not in present]:
        loaded = regions.load(missing, progress)
        done.append(f"wilayah dimuat: {loaded.added}")
    if office_made := _office(names[wanted[0]], wanted):
        done.append(office_made)
    merged = list(dict.fromkeys([*service.value("provinces"), *wanted]))
    defaults = {
        "office_name": f"Perwakilan BKKBN Provinsi {names[wanted[0]]}",
        "office_short": f"BKKBN {names[wanted[0]]}",
        "office_place": CAPITALS.get(wanted[0], ""),
    }
    values: dict[str, Any] = {
        key: text for key, text in defaults.items() if service.value(key) == service.DEFAULTS[key] and text
    }
    if merged != service.value("provinces"):
        values["provinces"] = merged
    if values:
        service.change(None, values)
        done.append("pengaturan kantor diisi")
    return done


def _office(province: str, codes: Sequence[str]) -> str:
    """BKKBN's own root unit, which sees everything, where there is none yet."""
    exists = select(Organization.id).where(Organization.category == "bkkbn", Organization.parent_id.is_(None)).limit(1)
    if db.session.execute(exists).first():
        return ""
    office = Organization(
        name=f"Perwakilan BKKBN Provinsi {province}", short_name=f"BKKBN {province}", category="bkkbn"
    )
    db.session.add(office)
    db.session.flush()
    office.path = f"/{office.id}/"
    for region_id in db.session.execute(select(Region.id).where(Region.code.in_(codes))).scalars():
        db.session.add(Coverage(organization_id=office.id, region_id=region_id, valid_from=EVER))
    db.session.flush()
    return f"satuan kantor dibuat: {office.name}"


def people_count() -> int:
    """How many people there are (0: somebody has to make the first admin)."""
    from kbpartners.accounts.models import User

    return db.session.execute(select(func.count()).select_from(User)).scalar_one()
