"""The cascading choice kabupaten/kota → kecamatan → desa/kelurahan as data: what is chosen, what each select offers.

Nothing here asks the database, so that the rules (what belongs together, what is dropped) read in one place. The entry
is `regions.service.cascade`, which also says how a feature uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.regions.models import DISTRICT, PROVINCE, REGENCY, VILLAGE

Choice = tuple[int | str, str]


class Item(Protocol):
    """What is needed of a region."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def parent_id(self) -> int | None: ...


class Select(NamedTuple):
    """One control of the choice."""

    name: str
    id: str
    label: str
    choices: list[Choice]
    value: int | str
    last: bool


@dataclass(frozen=True)
class Cascade:
    """What is chosen and what is offered. `values` are the chosen ids by level (province first, None: not chosen)."""

    name: str
    level: int
    optional: bool
    look: str
    provinces: list[int]
    only: tuple[int, ...] = ()
    values: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    offered: tuple[tuple[Choice, ...], ...] = ((), (), (), ())

    @property
    def province_id(self) -> int | None:
        return self.values[0]

    @property
    def regency_id(self) -> int | None:
        return self.values[1]

    @property
    def district_id(self) -> int | None:
        return self.values[2]

    @property
    def village_id(self) -> int | None:
        return self.values[3]

    @property
    def regencies(self) -> list[Choice]:
        return list(self.offered[1])

    @property
    def districts(self) -> list[Choice]:
        return list(self.offered[2])

    @property
    def villages(self) -> list[Choice]:
        return list(self.offered[3])

    @property
    def region_id(self) -> int | None:
        """The deepest region that was chosen; None if nothing was (a sole province is not a choice)."""
        first = REGENCY if self.only_province else PROVINCE
        return next((value for value in reversed(self.values[first - 1 :]) if value), None)

    @property
    def region_or_province_id(self) -> int | None:
        """The deepest region chosen, or else the office's sole province: "seluruh provinsi" is an answer."""
        return self.region_id or self.province_id

    @property
    def complete(self) -> bool:
        """Whether the last select has an answer (any answer will do where the choice is optional)."""
        return self.optional or self.values[self.level - 1] is not None

    @property
    def only_province(self) -> bool:
        return len(self.provinces) <= 1

    @property
    def id(self) -> str:
        """The id of the element that holds the selects, and so the HX-Target of a refresh."""
        return f"cascade-{self.name}"

    @property
    def url(self) -> str:
        """Where htmx fetches the selects anew."""
        query = [("name", self.name), ("level", str(self.level)), ("look", self.look)]
        query += [("optional", "1")] * self.optional + [("only", str(id_)) for id_ in self.only]
        return "/wilayah/pilihan?" + urlencode(query)

    def field(self, level: int) -> str:
        """The name of the select of a level."""
        names = {PROVINCE: "province_id", REGENCY: "regency_id", DISTRICT: "district_id"}
        return self.name if level == self.level else names[level]

    def offering(self, regions: Iterable[Item]) -> Cascade:
        """With the regions that the selects offer; `only` narrows the regencies."""
        by_level: dict[int, list[Choice]] = {}
        for region in regions:
            if region.level == REGENCY and self.only and region.id not in self.only:
                continue
            by_level.setdefault(region.level, []).append((region.id, region.name))
        return replace(self, offered=tuple(tuple(by_level.get(level, ())) for level in range(PROVINCE, VILLAGE + 1)))

    def selects(self) -> list[Select]:
        """The controls from the top to `level`. The last one keeps the id of its field for the error summary's link."""
        prefix = "f-" if self.look == "filter" else ""
        levels = range(REGENCY if self.only_province else PROVINCE, self.level + 1)
        return [
            Select(
                self.field(level),
                prefix + self.field(level),
                formats.word("level", level),
                [("", self._empty(level)), *self.offered[level - 1]],
                self.values[level - 1] or "",
                level == self.level,
            )
            for level in levels
        ]

    def _empty(self, level: int) -> str:
        """The words of the empty choice; where the level above is not chosen yet they say so."""
        if self.optional or self.look == "filter":
            return {
                PROVINCE: _("Semua provinsi"),
                REGENCY: _("Semua kabupaten/kota"),
                DISTRICT: _("Semua kecamatan"),
                VILLAGE: _("Semua desa/kelurahan"),
            }[level]
        if level > PROVINCE and self.values[level - 2] is None:
            return {
                REGENCY: _("Pilih provinsi dahulu"),
                DISTRICT: _("Pilih kabupaten/kota dahulu"),
                VILLAGE: _("Pilih kecamatan dahulu"),
            }[level]
        return {
            PROVINCE: _("Pilih provinsi"),
            REGENCY: _("Pilih kabupaten/kota"),
            DISTRICT: _("Pilih kecamatan"),
            VILLAGE: _("Pilih desa/kelurahan"),
        }[level]


Chains = Callable[[Iterable[int]], Mapping[int, Sequence[Item]]]


def resolve(args: Mapping[str, Any], asked: Cascade, chains: Chains) -> Cascade:
    """Which regions are chosen by what was sent.

    When a select above the last one was sent, the levels are walked down and the first answer that does not lie in the
    one above ends the walk (the person changed the kabupaten: the old kecamatan goes). When only the last field is
    there (a saved record, a link with `region_id`), the levels above follow from it, and it may be of any level.
    """
    uppers = [asked.field(level) for level in range(PROVINCE, asked.level)]
    given = {field: number(args.get(field)) for field in (*uppers, asked.name)}
    known = chains(id_ for id_ in given.values() if id_)
    if any(field in args for field in uppers):
        return replace(asked, values=_walk(asked, given, known))
    sent = given[asked.name]
    chain = known.get(sent, ()) if sent else ()
    return replace(asked, values=_from_chain(asked, chain))


def number(text: Any) -> int | None:
    """An id as it was sent; None for anything else."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


_Values = tuple[int | None, int | None, int | None, int | None]


def _sole(asked: Cascade) -> int | None:
    return asked.provinces[0] if len(asked.provinces) == 1 else None


def _values(values: Sequence[int | None]) -> _Values:
    first, second, third, fourth = (*values, None, None, None, None)[:4]
    return first, second, third, fourth


def _walk(asked: Cascade, given: Mapping[str, int | None], known: Mapping[int, Sequence[Item]]) -> _Values:
    values: list[int | None] = [_sole(asked)]
    if not asked.only_province:
        province = given[asked.field(PROVINCE)]
        values = [province if province in asked.provinces else None]
    for level in range(REGENCY, asked.level + 1):
        id_ = given[asked.field(level)]
        chain = known.get(id_, ()) if id_ else ()
        fits = bool(chain) and chain[-1].level == level and chain[-1].parent_id == values[-1] and values[-1] is not None
        if not fits or (level == REGENCY and asked.only and id_ not in asked.only):
            break
        values.append(id_)
    if len(values) == 1 and len(asked.only) == 1:
        return _values([*values, asked.only[0]])
    return _values(values)


def _from_chain(asked: Cascade, chain: Sequence[Item]) -> _Values:
    ids = [region.id for region in chain][: asked.level]
    allowed = bool(ids) and ids[0] in asked.provinces
    if allowed and (len(ids) < REGENCY or not asked.only or ids[1] in asked.only):
        if len(ids) == 1 and len(asked.only) == 1:
            ids.append(asked.only[0])
        return _values(ids)
    return _values([_sole(asked), asked.only[0] if len(asked.only) == 1 else None])
