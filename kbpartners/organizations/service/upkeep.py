"""What has to follow when the tree or an OPD-KB's region changes: paths, counts, and who sees which record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select, update

from kbpartners import scopes
from kbpartners.activities.models import Activity, ActivityScope
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.followups.models import FollowupScope
from kbpartners.kampung.models import Kampung
from kbpartners.organizations.models import Organization, path_ids
from kbpartners.organizations.service.tree import below, office_id
from kbpartners.regions.models import Region
from kbpartners.regions.service import descendants
from kbpartners.scopes import Relation, Tally, TallyKey

on_tree_change: list[Callable[[list[int]], None]] = []
"""Called with unit ids after a unit moved in the tree or an OPD-KB's region changed. A feature with scope rows appends
a function that writes them anew (`scopes.write_scopes` with `scope_units`) for each of its records that one of these
units owns or supports. Paths and tallies have followed already: tallies are not the function's to touch.

    organizations.on_tree_change.append(rebuild_scopes)     # once, where the feature's service is imported
"""


def tree_changed(unit_ids: Iterable[int]) -> None:
    """Tell every feature."""
    ids = sorted(set(unit_ids))
    if ids:
        db.session.flush()
        # A database takes only so many values in one question.
        for start in range(0, len(ids), _MOST_AT_ONCE):
            for follow in on_tree_change:
                follow(ids[start : start + _MOST_AT_ONCE])


_MOST_AT_ONCE = 5_000


# --- a move ------------------------------------------------------------------------------------------------------


def relocate(unit: Organization, parent: Organization | None) -> None:
    """Hang a unit and everything below it under another parent (None: it becomes a partner of its own).

    Paths of all below, the tallies of the old and new ancestors, and every scope row follow. Raises Invalid on
    `parent_id` where that would make a circle or concern the office itself.
    """
    lock_tree()
    db.session.refresh(unit, ["path", "parent_id"])
    if parent is not None:
        db.session.refresh(parent, ["path"])
    check_place(unit, parent)
    old, new = unit.path, path_under(parent, unit.id)
    moved = list(db.session.execute(select(Organization.id).where(below(old))).scalars())
    _check_depth(old, new)
    unit.parent_id = parent.id if parent else None
    db.session.flush()
    db.session.execute(
        update(Organization)
        .where(below(old))
        .values(path=new + func.substr(Organization.path, len(old) + 1))
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(unit, ["path"])
    _move_tallies(unit.id, old, new)
    tree_changed(moved)


def check_place(unit: Organization, parent: Organization | None) -> None:
    """Whether a unit may hang there. Raises Invalid on `parent_id`: no circles, and the office stays where it is."""
    if unit.id == office_id():
        raise Invalid(_("Kantor BKKBN adalah pangkal seluruh data dan tidak dapat dipindahkan."), "parent_id")
    if parent is not None and unit.id in path_ids(parent.path):
        raise Invalid(_("Satuan tidak dapat berada di bawah dirinya sendiri atau satuan di bawahnya."), "parent_id")


def path_under(parent: Organization | None, unit_id: int) -> str:
    """The path of a unit below a parent."""
    return f"{parent.path if parent else '/'}{unit_id}/"


def lock_tree() -> None:
    """Let nobody else change the tree until this transaction is over."""
    # Two moves at once could make a circle that neither of them sees; SQLite has one writer anyway.
    db.session.execute(select(Organization.id).where(Organization.id == office_id()).with_for_update())


def _check_depth(old: str, new: str) -> None:
    longest = db.session.execute(select(func.max(func.length(Organization.path))).where(below(old))).scalar_one()
    if longest - len(old) + len(new) > 500:
        raise Invalid(_("Susunan satuan terlalu dalam."), "parent_id")


def _move_tallies(unit_id: int, old: str, new: str) -> None:
    """Every ancestor counts what the units below it own, so a move takes the moved unit's own sums along.

    The office counts everything, wherever it hangs.
    """
    office = office_id()
    left = set(path_ids(old)) - set(path_ids(new)) - {office}
    joined = set(path_ids(new)) - set(path_ids(old)) - {office}
    rows = db.session.execute(select(Tally.measure, Tally.day, Tally.n).where(Tally.unit_id == unit_id, Tally.n != 0))
    before: Counter[TallyKey] = Counter()
    after: Counter[TallyKey] = Counter()
    for measure, day, n in rows:
        before.update({(ancestor, measure, day): n for ancestor in left})
        after.update({(ancestor, measure, day): n for ancestor in joined})
    scopes.adjust(before, after)


# --- an OPD-KB's region ------------------------------------------------------------------------------------------


def opd_region_changed(codes: Iterable[str]) -> None:
    """Have the records within regions that an OPD-KB gained or lost shown to (or hidden from) it.

    Their owners are told: each rewrites the scope rows of its records.
    """
    gained_or_lost = list(codes)
    if not gained_or_lost:
        return
    inside: ColumnElement[bool] = or_(*(descendants(code) for code in gained_or_lost))
    owners = set(
        db.session.execute(
            select(Commitment.organization_id).join(Region, Region.id == Commitment.region_id).where(inside).distinct()
        ).scalars()
    ) | set(
        db.session.execute(
            select(Activity.organization_id)
            .join(Kampung, Kampung.id == Activity.kampung_id)
            .join(Region, Region.id == Kampung.region_id)
            .where(inside)
            .distinct()
        ).scalars()
    )
    tree_changed(owners)


# --- what keeps a unit from ending -------------------------------------------------------------------------------


class OpenWork(NamedTuple):
    """What a unit and the units below it still have to do, and how many of those there are."""

    commitments: int
    followups: int
    activities: int
    units: int

    def sentence(self) -> str:
        """What has to happen first; "" if nothing stands in the way."""
        parts = [
            _("%(n)s komitmen", n=self.commitments) if self.commitments else "",
            _("%(n)s tindak lanjut", n=self.followups) if self.followups else "",
            _("%(n)s kegiatan", n=self.activities) if self.activities else "",
        ]
        if work := ", ".join(part for part in parts if part):
            return _(
                "Masih ada yang terbuka: %(work)s. Selesaikan atau alihkan dahulu, baru satuan ini diakhiri.", work=work
            )
        if self.units:
            return _("Masih ada %(n)s satuan di bawahnya. Akhiri atau pindahkan dahulu.", n=self.units)
        return ""


def open_work(organization_id: int) -> OpenWork:
    """What is still open. The scope rows of a unit hold what the units below it own, too. Four queries."""

    def owned(scope: Any) -> int:
        query = select(func.count()).where(scope.unit_id == organization_id, scope.is_open)
        return db.session.execute(query.where(scope.relation == Relation.OWNER)).scalar_one()

    units = db.session.execute(
        select(func.count()).where(Organization.parent_id == organization_id, Organization.ended_on.is_(None))
    ).scalar_one()
    return OpenWork(owned(CommitmentScope), owned(FollowupScope), owned(ActivityScope), units)
