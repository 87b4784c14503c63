"""What the pages show of units: the list of partners, one unit with everything around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from kbpartners import clock, formats
from kbpartners.accounts.models import User
from kbpartners.commitments.models import CommitmentScope
from kbpartners.db import db
from kbpartners.errors import NotFound
from kbpartners.organizations.models import Assignment, Coverage, Organization, Post
from kbpartners.organizations.service import posts
from kbpartners.organizations.service.tree import covered_on, own_tree, visible_units
from kbpartners.regions.models import Region
from kbpartners.regions.service import descendants
from kbpartners.scopes import Relation, Tally
from kbpartners.search.matching import all_words
from kbpartners.security import Identity, Role

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. With `q` or a region it shows units of every level, else partners as wholes."""

    q: str = ""
    category: str = ""
    region_id: int | None = None
    ended: bool = False

    @property
    def every_level(self) -> bool:
        return bool(self.q or self.region_id)


class Row(NamedTuple):
    """A unit in a list. `units`: how many lie below it; `open` and `late`: commitments of it and of those below.

    `contact`, `phone`: today's first narahubung; `whatsapp`: the number to write to (the unit's own, else theirs).
    """

    id: int
    name: str
    category: str
    is_example: bool
    ended_on: date | None
    parent: str
    units: int
    open: int
    late: int
    contact: str
    phone: str
    whatsapp: str

    @property
    def category_word(self) -> str:
        return formats.word("category", self.category)


class Listing(NamedTuple):
    """A page of the list; `after` is the key of the last row if there are more."""

    rows: list[Row]
    after: int | None


def listing(who: Identity, filters: Filters, *, after: int | None = None, size: int = PAGE) -> Listing:
    """A page of partners (or units, see Filters) that `who` may read, by name. One query, whatever the rows show."""
    query = rows_of(who).where(visible_units(who))
    query = query.where(Organization.ended_on.is_not(None) if filters.ended else Organization.ended_on.is_(None))
    if not filters.every_level:
        query = query.where(_topmost(who))
    if filters.q:
        query = query.where(all_words(filters.q, (Organization.name, Organization.short_name)))
    if filters.category:
        query = query.where(Organization.category == filters.category)
    if filters.region_id:
        query = query.where(_covers(filters.region_id))
    if after:
        last = select(Organization.name).where(Organization.id == after).scalar_subquery()
        query = query.where(or_(Organization.name > last, and_(Organization.name == last, Organization.id > after)))
    found = db.session.execute(query.order_by(Organization.name, Organization.id).limit(size + 1)).all()
    rows = [Row(*row) for row in found[:size]]
    return Listing(rows, rows[-1].id if len(found) > size else None)


def rows_of(who: Identity, *, deep: bool = True) -> Select[Any]:
    """The columns of a Row. `units` counts all units below, or (not `deep`) those directly below: a branch with a
    thousand units in each of fifty would otherwise be read as a whole."""
    parent, child = aliased(Organization), aliased(Organization)
    lower = child.parent_id == Organization.id
    if deep:
        lower = and_(child.path > Organization.path, child.path < _end(Organization.path))
    units = select(func.count(child.id)).where(lower, child.ended_on.is_(None), visible_units(who, child))
    open_ones, late_ones = commitment_counts(who)
    return (
        select(
            Organization.id,
            Organization.name,
            Organization.category,
            Organization.is_example,
            Organization.ended_on,
            func.coalesce(parent.name, ""),
            units.scalar_subquery(),
            open_ones,
            late_ones,
            func.coalesce(User.name, ""),
            func.coalesce(User.phone, ""),
            case((Organization.whatsapp != "", Organization.whatsapp), else_=func.coalesce(User.phone, "")),
        )
        .outerjoin(parent, parent.id == Organization.parent_id)
        .outerjoin(Assignment, Assignment.id == _first_contact())
        .outerjoin(User, User.id == Assignment.user_id)
    )


def _end(path: Any) -> Any:
    return func.substr(path, 1, func.length(path) - 1) + "0"


def _first_contact() -> Any:
    """The assignment of whoever speaks for the unit today: the first contact post that is held."""
    held, post, person, today = aliased(Assignment), aliased(Post), aliased(User), clock.today()
    return (
        select(held.id)
        .join(post, post.id == held.post_id)
        .join(person, person.id == held.user_id)
        .where(
            post.organization_id == Organization.id,
            post.is_contact,
            post.ended_on.is_(None),
            person.deactivated_at.is_(None),
            held.valid_from <= today,
            or_(held.valid_to.is_(None), held.valid_to >= today),
        )
        .order_by(post.id, held.acting == "", held.id.desc())
        .limit(1)
        .correlate(Organization)
        .scalar_subquery()
    )


def commitment_counts(who: Identity) -> tuple[Any, Any]:
    """Open and late commitments of a unit, as columns of a query over units.

    From the tallies, which hold all of them; an OPD-KB sees only those in its region, so these are counted one by one.
    """
    today = clock.today()
    if who.role is Role.OPD:
        mine, theirs = aliased(CommitmentScope), aliased(CommitmentScope)
        count = (
            select(func.count(func.distinct(mine.record_id)))
            .join(theirs, theirs.record_id == mine.record_id)
            .where(
                mine.unit_id.in_(who.unit_ids),
                mine.is_open,
                theirs.unit_id == Organization.id,
                or_(theirs.relation == Relation.OWNER, theirs.relation == Relation.OFFICE),
            )
        )
        return count.scalar_subquery(), count.where(mine.sort_on < today).scalar_subquery()
    total = select(func.coalesce(func.sum(Tally.n), 0)).where(
        Tally.unit_id == Organization.id, Tally.measure == "commitment_due"
    )
    return total.scalar_subquery(), total.where(Tally.day < today).scalar_subquery()


def _topmost(who: Identity) -> ColumnElement[bool]:
    """The condition "nothing above it may be read": roots for the office, the own unit for a liaison."""
    if who.of_office:
        return Organization.parent_id.is_(None)
    above = aliased(Organization)
    return ~select(above.id).where(above.id == Organization.parent_id, visible_units(who, above)).exists()


def _covers(region_id: int) -> ColumnElement[bool]:
    """The condition "covers the region, a part of it, or a region around it"."""
    code = db.session.execute(select(Region.code).where(Region.id == region_id)).scalar_one_or_none() or "-"
    around = [code[:n] for n in (2, 5, 8) if n < len(code)]
    query = (
        select(Coverage.id)
        .join(Region, Region.id == Coverage.region_id)
        .where(
            Coverage.organization_id == Organization.id,
            covered_on(clock.today()),
            or_(descendants(code), Region.code.in_(around)),
        )
    )
    return query.exists()


# --- one unit ----------------------------------------------------------------------------------------------------


class Detail(NamedTuple):
    """A unit's own data. `own`: it is one of the reader's units or below one of them (for the office: always)."""

    id: int
    name: str
    short_name: str
    category: str
    parent_id: int | None
    path: str
    address: str
    phone: str
    whatsapp: str
    email: str
    note: str
    is_example: bool
    ended_on: date | None
    merged_into_id: int | None
    version: int
    own: bool = False

    @property
    def category_word(self) -> str:
        return formats.word("category", self.category)

    @property
    def wa(self) -> str:
        return formats.wa_link(self.whatsapp or self.phone)

    @property
    def number(self) -> posts.Contact | None:
        """The unit's own number as a contact."""
        return posts.own_number(self.name, self.phone, self.whatsapp)


_DETAIL = select(*(getattr(Organization, name) for name in Detail._fields if name != "own"))
_WIDTH = len(Detail._fields)


def detail(who: Identity, organization_id: int) -> Detail:
    """One unit. Raises NotFound if it does not exist or `who` may not read it."""
    return detail_with(who, organization_id)[0]


def detail_with(who: Identity, organization_id: int, columns: Sequence[Any] = ()) -> tuple[Detail, tuple[Any, ...]]:
    """One unit, and more columns of the same query. Raises NotFound as `detail`."""
    query = _DETAIL.add_columns(own_tree(who), *columns)
    row = db.session.execute(query.where(Organization.id == organization_id, visible_units(who))).one_or_none()
    if row is None:
        raise NotFound()
    return Detail._make((*row[: _WIDTH - 1], bool(row[_WIDTH - 1]))), tuple(row[_WIDTH:])
