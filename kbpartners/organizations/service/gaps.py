"""Who covers what: the kabupaten and kecamatan of a partner's province, and which of them none of its units covers.

What the partner's top unit covers itself (a Kodam its whole province) does not hide that no unit below it is there:
such a region is "direct". Everything is a few grouped queries, whatever the number of units and regions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, true, union_all
from sqlalchemy.orm import aliased

from kbpartners import formats
from kbpartners.db import db
from kbpartners.organizations.models import Coverage, Organization
from kbpartners.organizations.service.listing import Detail
from kbpartners.organizations.service.tree import below, covered_on, visible_units
from kbpartners.regions.models import DISTRICT, PROVINCE, REGENCY, VILLAGE, Region
from kbpartners.security import Identity, Role

FULL, PART, DIRECT, NONE = "full", "part", "direct", "none"
SHOWN = 6
"""Names of kecamatan in a sentence; more are counted."""


class Area(NamedTuple):
    """A kecamatan: how far units below cover it, and whether the unit itself does."""

    id: int
    code: str
    name: str
    state: str


@dataclass
class Regency:
    """A kabupaten or kota with its kecamatan."""

    id: int
    code: str
    name: str
    state: str = NONE
    districts: list[Area] = field(default_factory=list)

    def count(self, *states: str) -> int:
        return sum(area.state in states for area in self.districts)

    @property
    def missing(self) -> list[str]:
        """Kecamatan where no unit below is (be they the unit's own or nobody's)."""
        return [area.name for area in self.districts if area.state in (NONE, DIRECT)]

    @property
    def badge(self) -> formats.Badge:
        return state_badge(self.state)

    @property
    def sentence(self) -> str:
        """How far it is covered, in words."""
        if self.state == FULL:
            return _("diliput seluruhnya")
        if self.state != PART:
            return _("hanya oleh induknya") if self.state == DIRECT else _("belum diliput satuan mana pun")
        covered, total = self.count(FULL), len(self.districts)
        words = _("%(n)s dari %(total)s kecamatan diliput", n=covered, total=total)
        if partly := self.count(PART):
            words += ", " + _("%(n)s sebagian", n=partly)
        if names := self.missing:
            shown = ", ".join(names[:SHOWN])
            rest = len(names) - SHOWN
            words += "; " + (_("belum: %(names)s dan %(n)s lagi", names=shown, n=rest) if rest > 0 else "")
            words = words if rest > 0 else words + _("belum: %(names)s", names=shown)
        return words


def state_badge(state: str) -> formats.Badge:
    """The word, icon and colour of a state."""
    looks = {
        FULL: ("done", "done", _("Diliput")),
        PART: ("warn", "warn", _("Diliput sebagian")),
        DIRECT: ("none", "none", _("Hanya oleh induk")),
        NONE: ("late", "late", _("Belum diliput")),
    }
    return formats.Badge(*looks[state])


@dataclass
class Cover:
    """Everything that a unit and those below it cover. `own` are the unit's own regions in words."""

    regencies: list[Regency]
    own: list[str]
    units_below: bool

    def count(self, *states: str) -> int:
        return sum(regency.state in states for regency in self.regencies)

    @property
    def gaps(self) -> list[Regency]:
        """What is not covered as a whole by units."""
        return [regency for regency in self.regencies if regency.state != FULL]

    @property
    def sentences(self) -> list[str]:
        """What is missing: kabupaten without a unit, those that only the top unit covers, those partly covered."""
        found = []
        for state, words in (
            (NONE, _("Belum diliput satuan mana pun")),
            (DIRECT, _("Tanpa satuan di bawahnya, hanya oleh induknya")),
        ):
            if names := [regency.name for regency in self.regencies if regency.state == state]:
                found.append(f"{words}: {', '.join(names)}.")
        return found + [f"{one.name}: {one.sentence}." for one in self.regencies if one.state == PART]

    @property
    def sentence(self) -> str:
        """ "14 dari 17 kabupaten/kota diliput seluruhnya, 2 sebagian, 1 belum."""
        if not self.regencies:
            return ""
        total = len(self.regencies)
        parts = [_("%(n)s dari %(total)s kabupaten/kota diliput seluruhnya", n=self.count(FULL), total=total)]
        for n, words in (
            (self.count(PART), _("%(n)s sebagian", n=self.count(PART))),
            (self.count(DIRECT), _("%(n)s hanya oleh induknya", n=self.count(DIRECT))),
            (self.count(NONE), _("%(n)s belum diliput", n=self.count(NONE))),
        ):
            if n:
                parts.append(words)
        return ", ".join(parts) + "."


def cover(who: Identity, unit: Detail, day: date) -> Cover:
    """What a unit and those below it cover on a day, as `who` may know it. One query.

    A partner is held against the provinces it works in, a unit below one against its own regions; an OPD-KB sees its
    own region only.
    """
    rows, villages, own_villages = _asked(who, unit, day)
    by_code = {row.code: row for row in rows}
    mine = [row for row in rows if row.own] + own_villages
    own_codes = {row.code for row in mine}
    others = {row.code for row in rows if row.below}
    below_any = bool(others or villages)
    counted = others if below_any else own_codes
    parts = villages if below_any else {}
    provinces = {code[:2] for code in (*others, *own_codes, *villages)}
    territory = provinces if unit.parent_id is None else own_codes
    inside = {code[:n] for code in (*counted, *parts) for n in (5, 8) if n < len(code)} | set(parts)
    found: dict[str, Regency] = {}
    for row in rows:
        if row.level not in (REGENCY, DISTRICT) or not _lies_in(row.code, territory):
            continue
        state = _state(row.code, counted, own_codes, inside, parts)
        if row.level == REGENCY:
            found[row.code] = Regency(row.id, row.code, row.name, state)
        else:
            upper = row.code[:5]
            if upper not in found:  # a kecamatan of its own, outside the kabupaten that are covered
                head = by_code.get(upper)
                found[upper] = Regency(head.id if head else 0, upper, head.name if head else upper)
            found[upper].districts.append(Area(row.id, row.code, row.name, state))
    for regency in found.values():
        regency.state = _whole(regency)
    shown = sorted(found.values(), key=lambda regency: regency.code)
    return Cover(shown, own_words(mine, by_code), below_any)


def _covers(who: Identity, unit: Detail, day: date, *, own: bool) -> ColumnElement[bool]:
    """The condition on a region "the unit itself (else: one below it) covers it". One look into an index a region,
    where a join would read the coverage of thousands of units."""
    whose = Organization.id == unit.id if own else Organization.id != unit.id
    query = (
        select(Coverage.id)
        .join(Organization, Organization.id == Coverage.organization_id)
        .where(
            Coverage.region_id == Region.id, whose, below(unit.path), _alive(day), covered_on(day), visible_units(who)
        )
    )
    return query.correlate(Region).exists()


def _asked(who: Identity, unit: Detail, day: date) -> tuple[list[Any], dict[str, tuple[int, int]], list[Any]]:
    """In one statement: all provinces, kabupaten and kecamatan, and whether units below and the unit itself cover them;
    for each kecamatan with villages that units below cover how many, of how many; the unit's own villages."""
    district, village = aliased(Region), aliased(Region)
    lower, own = _covers(who, unit, day, own=False), _covers(who, unit, day, own=True)
    no, yes = literal(0), literal(1)
    areas = select(
        literal("area").label("kind"),
        Region.id.label("id"),
        Region.code.label("code"),
        Region.name.label("name"),
        Region.level.label("level"),
        case((lower, yes), else_=no).label("below"),
        case((own, yes), else_=no).label("own"),
    ).where(Region.level <= DISTRICT, _valid(day), _within_reach(who, day))
    known = Region.id.in_(select(Coverage.region_id))
    total = select(func.count()).where(village.parent_id == district.id, village.valid_to.is_(None)).scalar_subquery()
    counted = (
        select(literal("count"), district.id, district.code, literal(""), no, func.count(), total)
        .select_from(Region)
        .join(district, district.id == Region.parent_id)
        .where(Region.level == VILLAGE, known, lower, _within_reach(who, day))
        .group_by(district.id, district.code)
    )
    villages = select(literal("own"), Region.id, Region.code, Region.name, Region.level, no, yes).where(
        Region.level == VILLAGE, known, own
    )
    rows = db.session.execute(union_all(areas, counted, villages)).all()
    found = sorted((row for row in rows if row.kind == "area"), key=lambda row: (row.code, row.id))
    numbers = {row.code: (row.below, row.own) for row in rows if row.kind == "count"}
    return found, numbers, sorted((row for row in rows if row.kind == "own"), key=lambda row: row.code)


def _within_reach(who: Identity, day: date) -> ColumnElement[bool]:
    """What a reader may know of: an OPD-KB its own region with what lies in it and around it."""
    if who.role is not Role.OPD:
        return true()
    mine = aliased(Region)
    around = or_(Region.code == mine.code, Region.code.like(mine.code + ".%"), mine.code.like(Region.code + ".%"))
    query = select(mine.id).join(Coverage, Coverage.region_id == mine.id)
    return query.where(Coverage.organization_id.in_(who.unit_ids), covered_on(day), around).correlate(Region).exists()


def _valid(day: date) -> ColumnElement[bool]:
    return and_(Region.valid_from <= day, or_(Region.valid_to.is_(None), Region.valid_to >= day))


def _alive(day: date) -> ColumnElement[bool]:
    return or_(Organization.ended_on.is_(None), Organization.ended_on > day)


def _lies_in(code: str, territory: set[str]) -> bool:
    return any(code[:n] in territory for n in (2, 5, 8))


def _state(code: str, counted: set[str], own: set[str], inside: set[str], villages: dict[str, tuple[int, int]]) -> str:
    if _lies_in(code, counted):
        return FULL
    if code in villages and villages[code][0] >= villages[code][1]:
        return FULL
    if code in inside:
        return PART
    return DIRECT if _lies_in(code, own) else NONE


def _whole(regency: Regency) -> str:
    """The state of a kabupaten from those of its kecamatan (its own where none are known)."""
    if regency.state == FULL or not regency.districts:
        return regency.state
    if regency.count(FULL) == len(regency.districts):
        return FULL
    if regency.count(FULL, PART):
        return PART
    return DIRECT if regency.count(DIRECT) == len(regency.districts) else NONE


def own_words(rows: Sequence[Any], by_code: dict[str, Any]) -> list[str]:
    """A unit's own regions in words: up to three kecamatan or villages of one place by name, more of them counted."""
    words: list[str] = []
    groups: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        if row.level == PROVINCE:
            words.append(_("Provinsi %(name)s", name=row.name))
        elif row.level == REGENCY:
            words.append(row.name)
        else:
            groups.setdefault((row.level, row.code.rpartition(".")[0]), []).append(row)
    for (level, upper), some in groups.items():
        chain = dict.fromkeys((upper, upper[:5]))
        place = ", ".join(by_code[code].name for code in chain if code in by_code)
        if len(some) <= 3:
            words += [f"{row.name}, {place}" if place else row.name for row in some]
        elif level == DISTRICT:
            words.append(_("%(n)s kecamatan di %(place)s", n=len(some), place=place))
        else:
            words.append(_("%(n)s desa/kelurahan di %(place)s", n=len(some), place=place))
    return words


# --- by whom -----------------------------------------------------------------------------------------------------


class By(NamedTuple):
    """Who covers something in a region: the topmost unit and how many there are. `readable`: its page may be opened."""

    id: int
    name: str
    units: int

    @property
    def words(self) -> str:
        rest = self.units - 1
        return _("%(name)s dan %(n)s satuan lain", name=self.name, n=rest) if rest > 0 else self.name


def covered_by(who: Identity, unit: Detail, day: date, length: int, within: str = "") -> dict[str, By]:
    """For each kabupaten (`length` 5) or kecamatan (8) below `within`: which units below `unit` cover it or a part.

    Whoever covers a larger region is not repeated for its parts: see `covering`. Two queries.
    """
    code = func.substr(Region.code, 1, length)
    query = (
        select(code.label("code"), func.count(func.distinct(Organization.id)), func.min(Organization.path))
        .select_from(Coverage)
        .join(Organization, Organization.id == Coverage.organization_id)
        .join(Region, Region.id == Coverage.region_id)
        .where(
            below(unit.path),
            _alive(day),
            covered_on(day),
            visible_units(who),
            func.length(Region.code) >= length,
            Organization.id != unit.id,
        )
        .group_by(code)
    )
    if within:
        query = query.where(Region.code >= within, Region.code < within + "/")
    rows = db.session.execute(query).all()
    return _named(rows)


def covering(who: Identity, unit: Detail, day: date, code: str) -> list[By]:
    """The units that cover a region as a whole: it, or one around it. Topmost first."""
    around = [code[:n] for n in (2, 5, 8) if n <= len(code)]
    query = (
        select(Organization.id, Organization.name)
        .select_from(Coverage)
        .join(Organization, Organization.id == Coverage.organization_id)
        .join(Region, Region.id == Coverage.region_id)
        .where(below(unit.path), _alive(day), covered_on(day), visible_units(who), Region.code.in_(around))
        .distinct()
        .order_by(Organization.name)
        .limit(100)
    )
    return [By(row.id, row.name, 1) for row in db.session.execute(query)]


def _named(rows: Sequence[Any]) -> dict[str, By]:
    paths = {row[2] for row in rows}
    query = select(Organization.path, Organization.id, Organization.name).where(Organization.path.in_(paths))
    units = {row.path: row for row in db.session.execute(query)} if paths else {}
    return {row[0]: By(units[row[2]].id, units[row[2]].name, row[1]) for row in rows}
