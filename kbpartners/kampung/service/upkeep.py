"""The check that `flask doctor` runs: what repeats something else says the same as that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from kbpartners.audit.models import Revision
from kbpartners.db import db
from kbpartners.kampung.models import Classification, Kampung, sort_name
from kbpartners.kampung.service.facts import SUBJECT, all_facts, snapshot
from kbpartners.regions.models import Region


def check() -> list[str]:
    """What does not fit together, one Indonesian line each; nothing is repaired. Reads every Kampung KB once."""
    return [*_check_caches(), *_check_snapshots()]


def _check_caches() -> Iterator[str]:
    district = aliased(Region)
    latest = _latest_labels()
    rows = db.session.execute(
        select(
            Kampung.id,
            Kampung.name,
            Kampung.sort_name,
            Kampung.label,
            Kampung.label_year,
            Kampung.district_id,
            Kampung.regency_id,
            Region.parent_id,
            district.parent_id,
        )
        .join(Region, Region.id == Kampung.region_id)
        .join(district, district.id == Region.parent_id)
    )
    for id_, name, sort, label, year, district_id, regency_id, *above in rows:
        if sort != sort_name(name):
            yield f"Kampung KB {id_}: urutan nama tidak sesuai"
        if [district_id, regency_id] != above:
            yield f"Kampung KB {id_}: kecamatan atau kabupatennya tidak sesuai dengan desanya"
        if (label, year) != latest.get(id_, ("", None)):
            yield f"Kampung KB {id_}: kelas tidak sesuai dengan klasifikasi terakhirnya"


def _latest_labels() -> dict[int, tuple[str, int]]:
    """Kampung id → class and year of the last classification of its latest year."""
    rows = db.session.execute(
        select(Classification.kampung_id, Classification.label, Classification.year).order_by(
            Classification.kampung_id, Classification.year, Classification.id
        )
    )
    return {kampung_id: (label, year) for kampung_id, label, year in rows}


def _check_snapshots() -> Iterator[str]:
    """The current columns are the cache of the last revision (the region's own names aside: they may change)."""
    newest = select(func.max(Revision.id)).where(Revision.subject_type == SUBJECT).group_by(Revision.subject_id)
    last: dict[int, dict[str, Any]] = dict(
        db.session.execute(select(Revision.subject_id, Revision.snapshot).where(Revision.id.in_(newest))).all()
    )
    for found in all_facts():
        now = snapshot(found._asdict(), found.where)
        kept = last.get(found.id, {})
        names = [name for name in now if name not in {"region", "regency", "region_code"}]
        if wrong := [name for name in names if now[name] != kept.get(name)]:
            yield f"Kampung KB {found.id}: berbeda dari riwayatnya pada {', '.join(wrong)}"
