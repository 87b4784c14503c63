"""The list of Kampung KB: filtered, page by page along one index, with the classes of the region counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select, tuple_

from kbpartners.db import db
from kbpartners.kampung.models import LABELS, Kampung
from kbpartners.kampung.service.facts import District, Regency, Village, title
from kbpartners.regions.models import Region

PAGE = 50
SORTS = ("name", "region")
STATUSES = ("active", "ended")
NO_LABEL = "none"
"""The filter's word for Kampung KB without any classification."""


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. `sort` is "name" or "region" (by region code)."""

    q: str = ""
    regency_id: int | None = None
    district_id: int | None = None
    label: str = ""
    status: str = "active"
    sort: str = "name"

    @property
    def narrowed(self) -> bool:
        return replace(self, sort="name") != Filters()


class Row(NamedTuple):
    """A Kampung KB in the list."""

    id: int
    name: str
    sort_name: str
    label: str
    label_year: int | None
    ended_on: date | None
    code: str
    village: str
    district: str
    regency: str

    @property
    def title(self) -> str:
        return title(self.name)


class Page(NamedTuple):
    """Rows of one page and the key behind which the next one begins ("" on the last)."""

    rows: list[Row]
    after: str


class ClassCount(NamedTuple):
    """How many active Kampung KB have a class ("" for none)."""

    label: str
    n: int
    start: int
    """Where it begins in the stack of all."""


_COLUMNS = (
    Kampung.id,
    Kampung.name,
    Kampung.sort_name,
    Kampung.label,
    Kampung.label_year,
    Kampung.ended_on,
    Village.code,
    Village.name,
    District.name,
    Regency.name,
)
_ROWS = (
    select(*_COLUMNS)
    .select_from(Kampung)
    .join(Village, Village.id == Kampung.region_id)
    .join(District, District.id == Kampung.district_id)
    .join(Regency, Regency.id == Kampung.regency_id)
)


def page(filters: Filters, *, after: str = "", size: int = PAGE) -> Page:
    """One page. An `after` that cannot be read is the first page."""
    query = _narrowed(_ROWS, filters)
    key = (Village.code, Kampung.id) if filters.sort == "region" else (Kampung.sort_name, Kampung.id)
    if begin := _begin(after):
        query = query.where(key[0] >= begin[0], tuple_(*key) > tuple_(*begin))
    rows = [Row._make(row) for row in db.session.execute(query.order_by(*key).limit(size + 1))]
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, _key(rows[-1], filters.sort) if more else "")


def _key(row: Row, sort: str) -> str:
    return f"{row.id}.{row.code if sort == 'region' else row.sort_name}"


def _begin(after: str) -> tuple[str, int] | None:
    number, _dot, value = after.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 10) or "\x00" in value:
        return None
    return value, int(number)


def _narrowed(query: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    query = query.where(Kampung.ended_on.is_not(None) if filters.status == "ended" else Kampung.ended_on.is_(None))
    if filters.district_id is not None:
        query = query.where(Kampung.district_id == filters.district_id)
    elif filters.regency_id is not None:
        query = query.where(Kampung.regency_id == filters.regency_id)
    if filters.label:
        query = query.where(Kampung.label == ("" if filters.label == NO_LABEL else filters.label))
    for word in filters.q.split()[:6]:
        columns = (Kampung.name, Village.name, District.name)
        found = [column.icontains(word, autoescape=True) for column in columns]
        if word[:2].isdecimal():
            found.append(Village.code.startswith(word, autoescape=True))
        query = query.where(or_(*found))
    return query


def classes(regency_id: int | None = None, district_id: int | None = None) -> list[ClassCount]:
    """How many active Kampung KB of the region have which class; counted along the index that holds nothing else."""
    query = select(Kampung.label, func.count()).where(Kampung.ended_on.is_(None)).group_by(Kampung.label)
    if regency_id is not None:
        query = query.where(Kampung.regency_id == regency_id)
    if district_id is not None:
        query = query.where(Kampung.district_id == district_id)
    counts = dict(db.session.execute(query).all())
    found: list[ClassCount] = []
    start = 0
    for label in (*LABELS, ""):
        if n := counts.get(label, 0):
            found.append(ClassCount(label, n, start))
            start += n
    return found


def choices(region_id: int | None = None, limit: int = 500) -> list[tuple[int, str]]:
    """(id, words) of the active Kampung KB in a region, for a select; by name."""
    query = (
        select(Kampung.id, Kampung.name, Region.name)
        .join(Region, Region.id == Kampung.region_id)
        .where(Kampung.ended_on.is_(None))
    )
    if region_id is not None:
        inside = (Kampung.region_id, Kampung.district_id, Kampung.regency_id)
        query = query.where(or_(*(column == region_id for column in inside)))
    rows = db.session.execute(query.order_by(Kampung.sort_name, Kampung.id).limit(limit))
    return [(row[0], f"{title(row[1])}, {row[2]}") for row in rows]
