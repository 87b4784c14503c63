"""Two units that are one and the same become one, in one transaction; and the way back.

The duplicate ("source") keeps its page, its name and its history and says where it went (`merged_into_id`); everything
it had belongs to the other one ("target"). What was done to which rows is kept as data (`ledger`), so that undoing it
puts exactly these rows back. It is refused with a sentence where somebody has changed one of them since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from kbpartners import clock, scopes
from kbpartners.accounts.models import User
from kbpartners.accounts.service.facts import check_fit
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound
from kbpartners.organizations.models import Merge, Organization, Post, path_ids
from kbpartners.organizations.service import coverage, ledger, log, own_rows, upkeep  # noqa: F401
from kbpartners.organizations.service.followers import Sentence, merge_followers
from kbpartners.organizations.service.ledger import Entry, Ledger
from kbpartners.organizations.service.tree import below, office_id
from kbpartners.scopes import TallyKey
from kbpartners.security import Identity, Role


class Twin(NamedTuple):
    """Two units of one name, one below each: they have to become one first."""

    source_id: int
    target_id: int
    name: str


class Preview(NamedTuple):
    """What a merge would do. `problem`: why it cannot be done; `lines`: what goes along."""

    source_id: int
    source: str
    target_id: int
    target: str
    seen: str
    lines: list[str]
    twins: list[Twin]
    problem: str

    @property
    def possible(self) -> bool:
        return not (self.problem or self.twins)


def preview(source_id: int, target_id: int) -> Preview:
    """What merging `source_id` into `target_id` would mean. The caller may read and write both. Raises NotFound."""
    source, target = _unit(source_id), _unit(target_id)
    problem, twins, lines = "", _twins(source, target), []
    try:
        _check(source, target)
    except Invalid as error:
        problem = error.message
    else:
        lines = _lines(source)
    return Preview(source.id, source.name, target.id, target.name, _seen(source, target), lines, twins, problem)


def merge(*, who: Identity | None, source_id: int, target_id: int, seen: str | None = None) -> int:
    """Make the source a part of the target's past. Returns the merge's id.

    `seen` is the preview's: both units are as they were shown. Raises NotFound; Invalid on `target_id` with the reason.
    """
    upkeep.lock_tree()
    # Rows that are just being written for the source have to be there before they are moved: wait for their writers.
    source, target = _unit(source_id, lock=True), _unit(target_id, lock=True)
    if seen is not None and seen != _seen(source, target):
        raise Invalid(
            _("Data salah satu satuan berubah sejak Anda memeriksanya. Periksa lagi, lalu ulangi."), "target_id"
        )
    _check(source, target)
    if twins := _twins(source, target):
        raise Invalid(_twin_sentence(twins), "target_id")
    book = Ledger()
    _move_children(who, book, source, target)
    _move_tallies(source.id, source.path, target.path)
    codes = coverage.combine(book, source.id, target.id)
    for follower in merge_followers:
        follower.carry(book, source.id, target.id)
    ended = source.ended_on or clock.today()
    book.change(Organization, {"id": source.id}, {"merged_into_id": target.id, "ended_on": ended})
    row = Merge(
        source_id=source.id,
        target_id=target.id,
        merged_at=clock.now(),
        merged_by_id=who.user_id if who else None,
        changes=book.entries,
    )
    db.session.add(row)
    source, target = _fresh(source_id), _fresh(target_id)
    words = f"{log.actor(who)} menggabungkan {source.name} ke {target.name}"
    log.note(who, source, f"{words}.", [("Digabungkan ke", "", target.name)])
    log.note(who, target, f"{words}.")
    _settle(who, book.entries, lambda record: f"{words}; {record} ikut berpindah.")
    _opd(source, target, codes)
    return row.id


# --- undoing -----------------------------------------------------------------------------------------------------


def obstacles(merge_id: int) -> list[str]:
    """Why a merge cannot be undone, one sentence each; [] if it can. Raises NotFound."""
    row = _merge(merge_id)
    if row.undone_at is not None:
        return [_("Penggabungan ini sudah dibatalkan.")]
    source, target = _unit(row.source_id), _unit(row.target_id)
    found = []
    if target.merged_into_id is not None:
        into = db.session.get_one(Organization, target.merged_into_id).name
        found.append(
            _("%(name)s sendiri sudah digabungkan ke %(into)s. Batalkan itu dahulu.", name=target.name, into=into)
        )
    parent = db.session.get(Organization, source.parent_id) if source.parent_id else None
    if parent is not None and parent.ended_on is not None:
        found.append(_("Induknya, %(name)s, sudah berakhir. Aktifkan dahulu.", name=parent.name))
    for entry in _blocked(row.changes):
        if entry not in found:
            found.append(entry)
    for follower in merge_followers:
        found += follower.obstacles(source.id, target.id, row.changes)
    return found


def undo(*, who: Identity | None, merge_id: int) -> int:
    """Put back exactly what the merge moved. Returns the source's id. Raises NotFound; Invalid with all reasons."""
    upkeep.lock_tree()
    if reasons := obstacles(merge_id):
        raise Invalid(" ".join(reasons))
    row = _merge(merge_id)
    children = [key for entry in row.changes if _of_children(entry) for key in entry["keys"]]
    entries = [entry for entry in row.changes if not _of_children(entry)]
    codes = coverage.codes_in(entries)
    ledger.put_back(entries)
    source, target = _fresh(row.source_id), _fresh(row.target_id)
    row.undone_at, row.undone_by_id = clock.now(), who.user_id if who else None
    _move_tallies(source.id, target.path, source.path)
    words = f"{log.actor(who)} membatalkan penggabungan {source.name} ke {target.name}"
    for child in children:
        unit = db.session.get_one(Organization, child)
        upkeep.relocate(unit, source)
        unit.version += 1
        log.note(who, unit, f"{words}; {unit.name} kembali ke bawahnya.", [("Induk", target.name, source.name)])
    log.note(who, source, f"{words}.", [("Digabungkan ke", target.name, "")])
    log.note(who, target, f"{words}.")
    _settle(who, entries, lambda record: f"{words}; {record} kembali.")
    _opd(source, target, codes)
    return source.id


def _blocked(entries: list[Entry]) -> Iterable[str]:
    rows = ledger.blocked(entry for entry in entries if not _of_children(entry))
    rows += ledger.blocked(entry for entry in entries if _of_children(entry))
    for row in rows:
        name = next((words for follower in merge_followers if (words := follower.name(row))), "")
        if row.table == "organizations":
            name = _unit(row.key).name
        elif row.table == "organization_coverage":
            name = _("Wilayah kerja")
        elif row.table == "posts":
            post = db.session.get(Post, row.key)
            name = _("Jabatan %(title)s", title=post.title) if post else _("Jabatan")
        yield _("%(name)s sudah diubah setelah penggabungan.", name=name or _("Sebuah catatan"))


# --- what has been merged ----------------------------------------------------------------------------------------


class Merged(NamedTuple):
    """One merge for a page. `undone_at` None: it stands."""

    id: int
    source_id: int
    source: str
    target_id: int
    target: str
    merged_at: datetime
    by: str
    undone_at: datetime | None


_Source, _Target = aliased(Organization), aliased(Organization)
_MERGED = (
    select(
        Merge.id,
        _Source.id,
        _Source.name,
        _Target.id,
        _Target.name,
        Merge.merged_at,
        func.coalesce(User.name, ""),
        Merge.undone_at,
    )
    .join(_Source, _Source.id == Merge.source_id)
    .join(_Target, _Target.id == Merge.target_id)
    .outerjoin(User, User.id == Merge.merged_by_id)
    .order_by(Merge.id.desc())
)


def merges_of(organization_id: int) -> list[Merged]:
    """The merges in which a unit took part, the latest first."""
    either = (Merge.source_id == organization_id) | (Merge.target_id == organization_id)
    return [Merged(*row) for row in db.session.execute(_MERGED.where(either).limit(50))]


def merged(merge_id: int) -> Merged:
    """One merge. Raises NotFound."""
    row = db.session.execute(_MERGED.where(Merge.id == merge_id)).one_or_none()
    if row is None:
        raise NotFound()
    return Merged(*row)


# --- steps -------------------------------------------------------------------------------------------------------


def _unit(organization_id: int, *, lock: bool = False) -> Organization:
    query = select(Organization).where(Organization.id == organization_id)
    if lock:
        query = query.with_for_update()
    unit = db.session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    if unit is None:
        raise NotFound()
    return unit


def _fresh(organization_id: int) -> Organization:
    """The unit as it is now, one version on."""
    db.session.flush()
    unit = _unit(organization_id)
    unit.version += 1
    return unit


def _merge(merge_id: int) -> Merge:
    row = db.session.get(Merge, merge_id)
    if row is None:
        raise NotFound()
    return row


def _seen(source: Organization, target: Organization) -> str:
    return f"{source.version}.{target.version}"


def _check(source: Organization, target: Organization) -> None:
    office = office_id()
    if source.id == target.id:
        raise Invalid(
            _("Pilih satuan yang lain: tidak ada yang dapat digabungkan dengan dirinya sendiri."), "target_id"
        )
    if office in (source.id, target.id):
        raise Invalid(_("Kantor BKKBN tidak dapat digabungkan."), "target_id")
    if source.merged_into_id is not None:
        raise Invalid(_("%(name)s sudah digabungkan.", name=source.name), "target_id")
    if target.ended_on is not None:
        raise Invalid(_("%(name)s sudah berakhir. Pilih satuan yang masih ada.", name=target.name), "target_id")
    if source.id in path_ids(target.path):
        raise Invalid(
            _("%(target)s berada di bawah %(source)s. Pindahkan dahulu.", target=target.name, source=source.name),
            "target_id",
        )
    if (source.category == "opd") != (target.category == "opd"):
        raise Invalid(_("Dinas PPKB hanya dapat digabungkan dengan Dinas PPKB."), "target_id")
    roles = select(Post.role).where(Post.organization_id == source.id, Post.ended_on.is_(None)).distinct()
    for role in db.session.execute(roles).scalars():
        try:
            check_fit(Role(role), target.category)
        except Invalid as error:
            sentence = _("Jabatan di %(name)s tidak sesuai dengan kategori satuan tujuan.", name=source.name)
            raise Invalid(sentence, "target_id") from error


def _twins(source: Organization, target: Organization) -> list[Twin]:
    """Units of one name below both (tombstones of earlier merges stay where they are)."""
    mine, theirs = aliased(Organization), aliased(Organization)
    query = (
        select(mine.id, theirs.id, mine.name)
        .join(theirs, func.lower(theirs.name) == func.lower(mine.name))
        .where(mine.parent_id == source.id, mine.merged_into_id.is_(None), theirs.parent_id == target.id)
        .order_by(mine.name)
    )
    return [Twin(*row) for row in db.session.execute(query.limit(50))]


def _twin_sentence(twins: list[Twin]) -> str:
    names = ", ".join(twin.name for twin in twins[:5])
    return _("Keduanya mempunyai satuan bernama %(names)s. Gabungkan satuan itu lebih dahulu.", names=names)


def _lines(source: Organization) -> list[str]:
    units = db.session.execute(select(func.count()).where(below(source.path))).scalar_one() - 1
    posts = db.session.execute(select(func.count()).where(Post.organization_id == source.id)).scalar_one()
    covered = len(coverage.covered(source.id))
    lines = [
        _("%(n)s satuan di bawahnya", n=units) if units else "",
        _("%(n)s jabatan beserta pemegangnya", n=posts) if posts else "",
        _("%(n)s wilayah kerja", n=covered) if covered else "",
    ]
    for follower in merge_followers:
        lines += follower.preview(source.id)
    return [line for line in lines if line]


def _of_children(entry: Entry) -> bool:
    return entry["table"] == "organizations" and entry["op"] == "move"


def _move_children(who: Identity | None, book: Ledger, source: Organization, target: Organization) -> None:
    query = select(Organization).where(Organization.parent_id == source.id, Organization.merged_into_id.is_(None))
    children = list(db.session.execute(query.order_by(Organization.id)).scalars())
    for child in children:
        upkeep.relocate(child, target)
        child.version += 1
        words = f"{log.actor(who)} menggabungkan {source.name} ke {target.name}; {child.name} ikut berpindah."
        log.note(who, child, words, [("Induk", source.name, target.name)])
    book.note_move(Organization.parent_id, source.id, target.id, [child.id for child in children])


def _move_tallies(owner_id: int, old: str, new: str) -> None:
    """Move what the records of the source itself count for from the units of one path to those of the other.

    Called before they leave it and after they are back: they are the source's both times.
    """
    office = office_id()
    left = set(path_ids(old)) - set(path_ids(new)) - {office}
    joined = set(path_ids(new)) - set(path_ids(old)) - {office}
    counted: Counter[tuple[str, date]] = Counter()
    for follower in merge_followers:
        counted.update(follower.tallied(owner_id))
    before: Counter[TallyKey] = Counter()
    after: Counter[TallyKey] = Counter()
    for (measure, day), n in counted.items():
        before.update({(unit, measure, day): n for unit in left})
        after.update({(unit, measure, day): n for unit in joined})
    scopes.adjust(before, after)


def _settle(who: Identity | None, entries: list[Entry], sentence: Sentence) -> None:
    db.session.flush()
    db.session.expire_all()  # rows were changed behind the session's back
    for follower in merge_followers:
        if ids := follower.concerned(entries):
            follower.settle(ids, who, sentence)


def _opd(source: Organization, target: Organization, codes: Iterable[str]) -> None:
    if "opd" in (source.category, target.category):
        upkeep.opd_region_changed(codes)


class Moved(NamedTuple):
    """A merged unit's own name, and the unit where everything of it is now."""

    id: int
    name: str
    into_id: int
    into: str


def moved_to(organization_id: int) -> Moved | None:
    """Where everything of a merged unit is now, over all merges that followed; None for one that was not merged."""
    unit = db.session.get(Organization, organization_id)
    if unit is None or unit.merged_into_id is None:
        return None
    name, seen = unit.name, {unit.id}
    while unit.merged_into_id is not None and unit.merged_into_id not in seen:
        seen.add(unit.merged_into_id)
        unit = db.session.get_one(Organization, unit.merged_into_id)
    return Moved(organization_id, name, unit.id, unit.name)
