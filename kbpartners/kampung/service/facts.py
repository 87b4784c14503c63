"""What is known of a Kampung KB, in columns and in words; what the log keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from kbpartners import formats
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import NotFound
from kbpartners.kampung.models import SCORES, Kampung
from kbpartners.regions.models import Region
from kbpartners.security import Identity

SUBJECT = "kampung"
INDICES = ("index_input", "index_process", "index_output")
LOWEST = 1
"""The lowest of the scores 1–4: what has it is called a gap (celah)."""


class Place(NamedTuple):
    """A village with the regions above it."""

    region_id: int
    code: str
    village: str
    district_id: int
    district: str
    regency_id: int
    regency: str

    @property
    def village_title(self) -> str:
        """ "Desa Bungamas" or "Kelurahan 27 Ilir": the first digit of the code's last part says which."""
        kelurahan = self.code.rpartition(".")[2].startswith("1")
        return _("Kelurahan %(name)s", name=self.village) if kelurahan else _("Desa %(name)s", name=self.village)

    @property
    def words(self) -> str:
        """ "Desa Bungamas, Kec. Kikim Timur, Kabupaten Lahat"."""
        return f"{self.village_title}, {_('Kec. %(name)s', name=self.district)}, {self.regency}"

    @property
    def plain(self) -> str:
        """The same for the log, in one language for good: "Bungamas, Kikim Timur, Kabupaten Lahat"."""
        return f"{self.village}, {self.district}, {self.regency}"


class Facts(NamedTuple):
    """A Kampung KB as its page, its form and the log need it."""

    id: int
    version: int
    name: str
    place: str
    launched_on: date | None
    ended_on: date | None
    note: str
    label: str
    label_year: int | None
    where: Place

    @property
    def title(self) -> str:
        return title(self.name)

    @property
    def region_id(self) -> int:
        return self.where.region_id

    @property
    def label_words(self) -> str:
        """ "Berkembang (2025)"; "" before the first classification."""
        return f"{formats.word('class', self.label)} ({self.label_year})" if self.label else ""


def title(name: str) -> str:
    """ "Kampung KB Bungur"; many are registered as "Kampung KB …" already."""
    return name if name.casefold().startswith("kampung kb") else f"Kampung KB {name}"


def score_words() -> dict[str, str]:
    """The twelve scores in words, in the order in which the list publishes them."""
    words = (
        _("Pokja"),
        _("Sumber dana"),
        _("Kelompok kegiatan"),
        _("Sarana"),
        _("PKB/PLKB"),
        _("Penggunaan data"),
        _("Operasional"),
        _("Lintas sektor"),
        _("Kelompok kegiatan (hasil)"),
        _("CPR"),
        _("MKJP"),
        _("Unmet need"),
    )
    return dict(zip(SCORES, words, strict=True))


def hundredths(value: int | None) -> str:
    """An index as it is published: 233 → "2,33"; None → "–"."""
    return "–" if value is None else f"{value // 100},{value % 100:02}"


Village, District, Regency = aliased(Region), aliased(Region), aliased(Region)
PLACE_COLUMNS = (
    Village.id,
    Village.code,
    Village.name,
    District.id,
    District.name,
    Regency.id,
    Regency.name,
)
_FACTS = (
    select(
        Kampung.id,
        Kampung.version,
        Kampung.name,
        Kampung.place,
        Kampung.launched_on,
        Kampung.ended_on,
        Kampung.note,
        Kampung.label,
        Kampung.label_year,
        *PLACE_COLUMNS,
    )
    .join(Village, Village.id == Kampung.region_id)
    .join(District, District.id == Kampung.district_id)
    .join(Regency, Regency.id == Kampung.regency_id)
)


def load(kampung_id: int, *, lock: bool = False) -> Facts:
    """A Kampung KB (one query). With `lock` the row is kept for this transaction. Raises NotFound."""
    query = _FACTS.where(Kampung.id == kampung_id)
    row = db.session.execute(query.with_for_update(of=Kampung) if lock else query).one_or_none()
    if row is None:
        raise NotFound
    return Facts(*row[:9], Place._make(row[9:]))


def all_facts() -> Iterator[Facts]:
    """Every Kampung KB, also ended ones (for the check of the whole)."""
    for row in db.session.execute(_FACTS.order_by(Kampung.id)):
        yield Facts(*row[:9], Place._make(row[9:]))


def village(region_id: int) -> Place:
    """A village with the regions above it. Raises NotFound for what is no village."""
    row = db.session.execute(
        select(*PLACE_COLUMNS)
        .join(District, District.id == Village.parent_id)
        .join(Regency, Regency.id == District.parent_id)
        .where(Village.id == region_id, Village.level == 4)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Place._make(row)


# --- the log -----------------------------------------------------------------------------------------------------


def actor(who: Identity | None) -> str:
    """Who did it, for a sentence of the log."""
    return who.name if who else "Sistem"


def snapshot(values: Mapping[str, Any], where: Place) -> dict[str, Any]:
    """Everything that a report can print of a Kampung KB, as JSON values (dates ISO). Pure.

    `values` holds name, place, launched_on, ended_on, note, label and label_year.
    """
    return {
        "name": values["name"],
        "region_id": where.region_id,
        "region_code": where.code,
        "region": where.plain,
        "district_id": where.district_id,
        "regency_id": where.regency_id,
        "regency": where.regency,
        "place": values["place"],
        "launched_on": _iso(values["launched_on"]),
        "ended_on": _iso(values["ended_on"]),
        "note": values["note"],
        "label": values["label"],
        "label_year": values["label_year"],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def log(who: Identity | None, kampung_id: int, sentence: str, changes: list[audit.Change] | None = None) -> None:
    """Add a revision with the snapshot as it stands after the write."""
    db.session.flush()
    found = load(kampung_id)
    audit.record(
        who, SUBJECT, kampung_id, sentence, snapshot=snapshot(found._asdict(), found.where), changes=changes or []
    )
