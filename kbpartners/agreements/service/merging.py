"""When two units become one, the documents to which they are parties become one unit's."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from kbpartners.agreements.models import Agreement, AgreementScope, Party
from kbpartners.agreements.service import facts as facts_of
from kbpartners.agreements.service.records import described_title, write_agreement_scopes
from kbpartners.db import db
from kbpartners.organizations.service.followers import Follower, Sentence, merge_followers
from kbpartners.organizations.service.ledger import Blocked, Entry, Ledger
from kbpartners.security import Identity


def carry(book: Ledger, source_id: int, target_id: int) -> None:
    """Where both are parties of one document, the target's line stays. A number that both used is not compared."""
    mine, theirs = aliased(Party), aliased(Party)
    twice = select(mine.id).where(
        mine.organization_id == source_id,
        select(theirs.id).where(theirs.agreement_id == mine.agreement_id, theirs.organization_id == target_id).exists(),
    )
    for line in db.session.execute(twice.order_by(mine.id)).scalars().all():
        book.remove(Party, {"id": line})
    clash = select(mine.id).where(
        mine.organization_id == source_id,
        mine.number_key != "",
        select(theirs.id).where(theirs.organization_id == target_id, theirs.number_key == mine.number_key).exists(),
    )
    for line in db.session.execute(clash.order_by(mine.id)).scalars().all():
        book.change(Party, {"id": line}, {"number_key": ""})
    book.move(Party.organization_id, source_id, target_id)


def touched(entries: Iterable[Entry]) -> list[int]:
    """The documents whose parties were moved, taken away or put back."""
    lines: set[int] = set()
    found: set[int] = set()
    for entry in entries:
        if entry["table"] != Party.__tablename__:
            continue
        if entry["op"] == "move":
            lines.update(entry["keys"])
        elif entry["op"] == "set":
            lines.add(entry["key"]["id"])
        else:
            found.add(entry["row"]["agreement_id"])
    query = select(Party.agreement_id).where(Party.id.in_(lines)).distinct()
    return sorted(found | set(db.session.execute(query).scalars()))


def settle(ids: list[int], who: Identity | None, sentence: Sentence) -> None:
    """Scope rows and revisions of documents whose parties changed."""
    for agreement_id in ids:
        kind, title = db.session.execute(
            select(Agreement.kind, Agreement.title).where(Agreement.id == agreement_id)
        ).one()
        write_agreement_scopes(agreement_id)
        facts_of.log(who, agreement_id, sentence(described_title(kind, title)))


def preview(unit_id: int) -> list[str]:
    """How many documents go along."""
    query = select(func.count(func.distinct(Party.agreement_id))).where(Party.organization_id == unit_id)
    n = db.session.execute(query).scalar_one()
    return [_("%(n)s naskah kerja sama", n=n)] if n else []


def name(row: Blocked) -> str:
    """The document whose party stands in the way of an undo."""
    if row.table != Party.__tablename__:
        return ""
    query = select(Agreement.title).join(Party, Party.agreement_id == Agreement.id).where(Party.id == row.key)
    title = db.session.execute(query).scalar_one_or_none()
    return _("Para pihak “%(title)s”", title=title) if title else _("Para pihak sebuah naskah")


merge_followers.append(
    Follower(
        "agreements",
        columns=(Party.organization_id,),
        derived=(AgreementScope.unit_id,),
        touched=touched,
        take=carry,
        settle=settle,
        preview=preview,
        name=name,
    )
)
