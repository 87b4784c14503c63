"""The Kampung KB of an activity: finding it by its name or its place, and naming it in words."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from kbpartners import clock
from kbpartners.db import fetch, fetch_one
from kbpartners.errors import NotFound
from kbpartners.kampung.models import Kampung
from kbpartners.organizations.models import Coverage
from kbpartners.regions.models import Region
from kbpartners.security import Identity, Role

MOST = 20


class Place(NamedTuple):
    """A Kampung KB with the regions that it lies in (`region_ids`: village, district, regency, province)."""

    id: int
    name: str
    region_id: int
    region_ids: tuple[int, ...]
    village: str
    district: str
    regency: str
    ended: bool

    @property
    def words(self) -> str:
        """ "Desa/Kelurahan Bungamas, Kec. Kikim Timur, Kabupaten Lahat"."""
        return f"{self.village}, Kec. {self.district}, {self.regency}"


_Village, _District, _Regency = aliased(Region), aliased(Region), aliased(Region)
_PLACES = (
    select(
        Kampung.id,
        Kampung.name,
        Kampung.region_id,
        Kampung.district_id,
        Kampung.regency_id,
        _Regency.parent_id,
        _Village.name,
        _District.name,
        _Regency.name,
        Kampung.ended_on.is_not(None),
    )
    .join(_Village, _Village.id == Kampung.region_id)
    .join(_District, _District.id == Kampung.district_id)
    .join(_Regency, _Regency.id == Kampung.regency_id)
)


def place(kampung_id: int) -> Place:
    """A Kampung KB with its regions. Raises NotFound."""
    row = fetch_one(_PLACES.where(Kampung.id == kampung_id))
    if row is None:
        raise NotFound
    return _place(row)


def _place(row: Any) -> Place:
    number, name, *regions, village, district, regency, ended = row
    return Place(number, name, regions[0], tuple(r for r in regions if r), village, district, regency, ended)


def search_places(who: Identity, q: str, limit: int = MOST) -> list[Place]:
    """Active Kampung KB whose name, village, district or regency hold every word of `q`.

    A district office is offered those of its own region only; without words it sees the first of them.
    """
    query: Select[*tuple[Any, ...]] = _PLACES.where(Kampung.ended_on.is_(None))
    for word in q.split()[:6]:
        query = query.where(
            or_(*(column.icontains(word, autoescape=True) for column in _NAMES)),
        )
    query = _own_region(query, who)
    return [_place(row) for row in fetch(query.order_by(Kampung.name, Kampung.id).limit(limit))]


_NAMES = (Kampung.name, _Village.name, _District.name, _Regency.name)


def _own_region(query: Select[*tuple[Any, ...]], who: Identity) -> Select[*tuple[Any, ...]]:
    if who.role is not Role.OPD:
        return query
    today = clock.today()
    covered = select(Coverage.region_id).where(
        Coverage.organization_id.in_(who.unit_ids),
        Coverage.valid_from <= today,
        or_(Coverage.valid_to.is_(None), Coverage.valid_to >= today),
    )
    return query.where(or_(Kampung.regency_id.in_(covered), Kampung.district_id.in_(covered)))
