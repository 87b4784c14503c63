"""What a document stands on, what stands on it, and the chain of renewals; circles are refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import literal, or_, select
from sqlalchemy.orm import aliased

from kbpartners import formats
from kbpartners.agreements.conditions import seen_by
from kbpartners.agreements.models import ADDENDUM, Agreement, state_of
from kbpartners.agreements.service.facts import Facts, warning_days
from kbpartners.db import db, fetch
from kbpartners.errors import Invalid
from kbpartners.formats import State
from kbpartners.security import Identity

DEEPEST = 20
_Renewal = aliased(Agreement)


class Link(NamedTuple):
    """Another document. `seen`: whether the reader may open it."""

    id: int
    kind: str
    title: str
    signed_on: date | None
    starts_on: date | None
    ends_on: date | None
    ended_on: date | None
    renewed_on: date | None
    parent_id: int | None
    renews_id: int | None
    is_example: bool
    seen: bool

    @property
    def words(self) -> str:
        return formats.word("agreement_kind", self.kind)

    def state(self, today: date) -> State:
        return state_of(self, today, warning_days())


@dataclass(frozen=True)
class Lineage:
    """`above`: what it stands on, the nearest first. `chain`: the renewals, the oldest first, itself among them."""

    above: Sequence[Link]
    children: Sequence[Link]
    addenda: Sequence[Link]
    chain: Sequence[Link]


def around(who: Identity, facts: Facts) -> Lineage:
    """Everything around a document, in one query."""
    up = select(Agreement.id, Agreement.parent_id, literal(0).label("step")).where(Agreement.id == facts.id)
    above = up.cte("above", recursive=True)
    higher = aliased(Agreement)
    above = above.union_all(
        select(higher.id, higher.parent_id, above.c.step + 1)
        .join(above, higher.id == above.c.parent_id)
        .where(above.c.step < DEEPEST)
    )
    start = select(Agreement.id, Agreement.renews_id).where(Agreement.id == facts.id)
    chain = start.cte("chain", recursive=True)
    other = aliased(Agreement)
    chain = chain.union(
        select(other.id, other.renews_id).join(chain, or_(other.renews_id == chain.c.id, other.id == chain.c.renews_id))
    )
    query = (
        select(*_LINK, seen_by(who).label("seen"))
        .outerjoin(_Renewal, _Renewal.renews_id == Agreement.id)
        .where(
            or_(
                Agreement.id.in_(select(above.c.id)),
                Agreement.id.in_(select(chain.c.id)),
                Agreement.parent_id == facts.id,
            )
        )
        .order_by(Agreement.starts_on, Agreement.id)
    )
    links = {row.id: Link(*row) for row in fetch(query)}
    below = [link for link in links.values() if link.parent_id == facts.id]
    return Lineage(
        above=_way_up(links, facts),
        children=[link for link in below if link.kind != ADDENDUM],
        addenda=[link for link in below if link.kind == ADDENDUM],
        chain=_renewals(links, facts),
    )


_LINK = (
    Agreement.id,
    Agreement.kind,
    Agreement.title,
    Agreement.signed_on,
    Agreement.starts_on,
    Agreement.ends_on,
    Agreement.ended_on,
    _Renewal.signed_on.label("renewed_on"),
    Agreement.parent_id,
    Agreement.renews_id,
    Agreement.is_example,
)


def _way_up(links: dict[int, Link], facts: Facts) -> list[Link]:
    found: list[Link] = []
    step = facts.parent_id
    while step in links and len(found) < DEEPEST:
        found.append(links[step])
        step = links[step].parent_id
    return found


def _renewals(links: dict[int, Link], facts: Facts) -> list[Link]:
    """The chain through this document; empty where nothing was renewed."""
    after = {link.renews_id: link for link in links.values() if link.renews_id is not None}
    first = links[facts.id]
    while first.renews_id in links:
        first = links[first.renews_id]
    chain = [first]
    while chain[-1].id in after:
        chain.append(after[chain[-1].id])
    return chain if len(chain) > 1 else []


# --- choosing and checking ---------------------------------------------------------------------------------------


def choices(
    who: Identity, without: int | None = None, chosen: Collection[int] = (), limit: int = 500
) -> list[tuple[int, str]]:
    """(id, words) of the documents to choose a parent or a predecessor from: the chosen ones, then the latest."""
    query = select(Agreement.id, Agreement.kind, Agreement.title, Agreement.signed_on).where(seen_by(who))
    if without is not None:
        query = query.where(Agreement.id != without)
    query = query.order_by(
        Agreement.id.in_(chosen).desc(), Agreement.signed_on.is_(None), Agreement.signed_on.desc(), Agreement.id.desc()
    ).limit(limit)
    return [
        (row.id, f"{formats.word('agreement_kind', row.kind)} {row.signed_on.year if row.signed_on else ''}".strip()
         + f": {row.title}")
        for row in fetch(query)
    ]  # fmt: skip


def check_place(*, kind: str, parent_id: int | None, renews_id: int | None, agreement_id: int | None) -> None:
    """Whether a document may stand there. Raises Invalid on `parent_id` or `renews_id`: no circles, one renewal."""
    if kind == ADDENDUM and parent_id is None:
        raise Invalid(_("Pilih naskah yang diubah adendum ini."), "parent_id")
    wanted = {id_ for id_ in (parent_id, renews_id) if id_ is not None}
    edges = _edges(wanted)
    for name, id_ in (("parent_id", parent_id), ("renews_id", renews_id)):
        if id_ is None:
            continue
        if id_ not in edges:
            raise Invalid(_("Pilih salah satu dari daftar."), name)
        if id_ == agreement_id:
            raise Invalid(_("Naskah tidak dapat merujuk dirinya sendiri."), name)
        if agreement_id is not None and _reaches(edges, id_, agreement_id):
            raise Invalid(_("Naskah itu justru turunan atau perpanjangan dari naskah ini."), name)
    if renews_id is not None:
        check_renewable(renews_id, agreement_id)


def check_renewable(renews_id: int, agreement_id: int | None = None) -> None:
    """Raises Invalid on `renews_id`: a draft, or a document that another one renews already."""
    signed_on = db.session.execute(select(Agreement.signed_on).where(Agreement.id == renews_id)).scalar_one()
    if signed_on is None:
        raise Invalid(_("Naskah yang masih draf belum dapat diperpanjang."), "renews_id")
    other = db.session.execute(select(Agreement.id, Agreement.title).where(Agreement.renews_id == renews_id)).first()
    if other is not None and other.id != agreement_id:
        raise Invalid(_("Naskah itu sudah diperpanjang dengan “%(title)s”.", title=other.title), "renews_id")


def _edges(starts: set[int]) -> dict[int, set[int]]:
    """What each document above the starts refers to, level by level."""
    edges: dict[int, set[int]] = {}
    level = set(starts)
    while level:
        query = select(Agreement.id, Agreement.parent_id, Agreement.renews_id).where(Agreement.id.in_(level))
        rows = db.session.execute(query).all()
        for row in rows:
            edges[row.id] = {id_ for id_ in (row.parent_id, row.renews_id) if id_ is not None}
        level = {id_ for row in rows for id_ in edges[row.id]} - edges.keys()
    return edges


def _reaches(edges: dict[int, set[int]], start: int, goal: int) -> bool:
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        step = waiting.pop()
        if step == goal:
            return True
        if step not in seen:
            seen.add(step)
            waiting += edges.get(step, ())
    return False
