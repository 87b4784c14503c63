"""Evidence: checking files, keeping them under a form's token, handing them to their parent, showing them to who may.

How a view with files works (it is marked `@late_lock`, because looking into photos is slow):

    prepared = attachments.prepare(request.files.getlist("files"), attachments.limit_bytes())  # no database
    attachments.keep(prepared, who=who, draft_token=token)  # own short transaction: stands if the form does not
    if not form.validate() or prepared.problems: show the form again (422) with `attachments.drafts(token, who)`
    begin_write()
    record = …                                              # the service that owns the parent
    attachments.adopt(token, who, update_id=record.id)      # the drafts now belong to it
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from kbpartners import clock
from kbpartners.accounts.service import posts
from kbpartners.activities.models import ActivityScope
from kbpartners.agreements.conditions import seen_by as agreement_seen_by
from kbpartners.agreements.models import Agreement
from kbpartners.attachments.inspection import Unusable, checked_link, inspect, shown_name
from kbpartners.attachments.models import PARENTS, Attachment
from kbpartners.attachments.storage import store
from kbpartners.commitments.models import CommitmentScope, ProgressReport
from kbpartners.db import db, fetch, fetch_one, own_transaction
from kbpartners.errors import Invalid, NotFound
from kbpartners.followups.models import FollowupScope, FollowupUpdate
from kbpartners.meetings.models import MeetingScope
from kbpartners.security import Identity, Permission
from kbpartners.settings import service as settings

MOST_FILES = 5
"""Files that one report, update, activity, meeting or agreement may hold; five photos are customary."""

DRAFT_DAYS = 7


# --- checking: no database, slow work ----------------------------------------------------------------------------


class PreparedFile(NamedTuple):
    """A file that has been checked and stored, but that no row names yet."""

    filename: str
    content_type: str
    size: int
    sha256: str
    storage_key: str


@dataclass
class Prepared:
    """What became of the files of one form: those that can be kept, and an Indonesian sentence for each that cannot."""

    files: list[PreparedFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def limit_bytes() -> int:
    """The largest file in bytes: the setting "evidence_limit_mb", within what the server takes at all."""
    return min(int(settings.value("evidence_limit_mb")) * 1024 * 1024, current_app.config["KB"].upload_limit)


def prepare(files: Sequence[FileStorage], limit_bytes: int, *, most: int = MOST_FILES) -> Prepared:
    """Look into each uploaded file, make it safe and store it. Touches no database, so call it before any lock.

    A bad file never loses the others: it becomes a sentence in `problems`. `most` is how many may still be added.
    """
    prepared = Prepared()
    chosen = [file for file in files if file and file.filename]
    for file in chosen[: most + 20]:
        shown = shown_name(file.filename, "").rstrip(".")
        if len(prepared.files) >= most:
            prepared.problems.append(_("“%(name)s”: paling banyak %(most)s berkas.", name=shown, most=MOST_FILES))
            continue
        try:
            prepared.files.append(_prepare(file, limit_bytes))
        except Unusable as problem:
            prepared.problems.append(_("“%(name)s”: %(problem)s", name=shown, problem=str(problem)))
    return prepared


def _prepare(file: FileStorage, limit: int) -> PreparedFile:
    data = file.stream.read(limit + 1)
    if len(data) > limit:
        raise Unusable(_("lebih besar dari %(limit)s MB. Perkecil atau pecah berkasnya.", limit=limit // 2**20))
    found = inspect(data)
    return PreparedFile(
        filename=shown_name(file.filename, found.ending),
        content_type=found.content_type,
        size=len(found.data),
        sha256=hashlib.sha256(found.data).hexdigest(),
        storage_key=store().put(found.data, found.preview),
    )


# --- drafts ------------------------------------------------------------------------------------------------------


def keep(prepared: Prepared, *, who: Identity, draft_token: str) -> None:
    """Save the files as drafts at once, in a transaction of their own: they stay even if the form is refused.

    For views, before `begin_write()`. Inside a transaction that is already writing use `save`.
    """
    if prepared.files and draft_token:
        with own_transaction() as connection:
            _insert(connection, prepared, who, draft_token)


def save(prepared: Prepared, *, who: Identity, draft_token: str) -> list[FileView]:
    """Save the files as drafts in the present transaction and return all drafts of the token."""
    _insert(db.session, prepared, who, draft_token)
    return drafts(draft_token, who)


def _insert(connection: Connection | Session | Any, prepared: Prepared, who: Identity, token: str) -> None:
    # A phone sends a photo again when the answer got lost: the same bytes under the same token are one file.
    mine = (Attachment.draft_token == token, Attachment.uploaded_by_id == who.user_id)
    known = {row.sha256 for row in connection.execute(select(Attachment.sha256).where(*mine))}
    for file in prepared.files:
        if file.sha256 in known:
            store().delete(file.storage_key)
            continue
        known.add(file.sha256)
        connection.execute(
            insert(Attachment).values(
                **file._asdict(), draft_token=token, uploaded_by_id=who.user_id, created_at=clock.now()
            )
        )


def check_link(url: str) -> tuple[str, str]:
    """(address, host) of a link that may be shown. Raises Invalid on "link" unless it is a whole http(s) address."""
    try:
        return checked_link(url)
    except Unusable as problem:
        raise Invalid(str(problem), field="link") from None


def add_link(url: str, caption: str, who: Identity, draft_token: str) -> int:
    """Keep a link (news, social media) as a draft; returns its id. Raises Invalid on "link" unless it is http(s)."""
    address, host = check_link(url)
    same = select(Attachment.id).where(
        Attachment.draft_token == draft_token, Attachment.uploaded_by_id == who.user_id, Attachment.url == address
    )
    known = db.session.execute(same).scalar()
    if known is not None:
        return known
    return db.session.execute(
        insert(Attachment)
        .values(
            filename=host[:200],
            url=address,
            caption=caption[:200] or address[:200],
            draft_token=draft_token,
            uploaded_by_id=who.user_id,
            created_at=clock.now(),
        )
        .returning(Attachment.id)
    ).scalar_one()


def drafts(token: str, who: Identity) -> list[FileView]:
    """What this person has uploaded under a form's token and not yet handed in."""
    if not token:
        return []
    return [_view(row) for row in fetch(_DRAFTS, {"token": token, "uploader": who.user_id})]


def adopt(
    token: str, who: Identity, *, is_source: bool = False, without: Iterable[int] = (), **parent: int
) -> list[FileView]:
    """Hand this person's drafts of a token to their parent (`report_id=`, `update_id=`, `activity_id=`, `meeting_id=`,
    `agreement_id=`).

    `without` are ids of drafts that are thrown away instead; what the parent has already, or what is beyond its
    limit, is not added. Returns what was added. `is_source` marks proof of an entry made on behalf of a unit.
    """
    found = drafts(token, who)
    if not found:
        return []
    column, value = _parent(parent)
    owned = fetch(select(Attachment.sha256, Attachment.url).where(column == value))
    present = {row.sha256 or row.url for row in owned}
    dropped, added = set(without), []
    for draft in found:
        if draft.id in dropped or draft.fingerprint in present or len(present) >= MOST_FILES:
            dropped.add(draft.id)
        else:
            present.add(draft.fingerprint)
            added.append(draft)
    _forget([draft for draft in found if draft not in added])
    if added:
        db.session.execute(
            update(Attachment)
            .where(Attachment.id.in_([draft.id for draft in added]))
            .values({column.key: value, "draft_token": "", "is_source": is_source})
        )
    return added


def room(**parent: int) -> int:
    """How many files may still be added to a parent."""
    column, value = _parent(parent)
    there = db.session.execute(select(func.count(Attachment.id)).where(column == value)).scalar_one()
    return max(0, MOST_FILES - there)


def remove_draft(attachment_id: int, who: Identity) -> None:
    """Throw away one's own draft. Raises NotFound for everything else: evidence that was handed in stays."""
    row = fetch_one(
        _COLUMNS.where(
            Attachment.id == attachment_id, Attachment.uploaded_by_id == who.user_id, Attachment.draft_token != ""
        )
    )
    if row is None:
        raise NotFound()
    _forget([_view(row)])


def _forget(views: Sequence[FileView]) -> None:
    if views:
        db.session.execute(delete(Attachment).where(Attachment.id.in_([view.id for view in views])))
    for view in views:
        if view.storage_key:
            store().delete(view.storage_key)


def purge_drafts(older_than_days: int = DRAFT_DAYS, *, strays: bool = True) -> int:
    """Delete drafts that nobody handed in, and (`strays`) stored files that no row names. Returns how many went."""
    instant = clock.now() - timedelta(days=older_than_days)
    old = db.session.execute(_COLUMNS.where(Attachment.draft_token != "", Attachment.created_at < instant))
    views = [_view(row) for row in old]
    _forget(views)
    if not strays:
        return len(views)
    named = set(db.session.execute(select(Attachment.storage_key).where(Attachment.storage_key != "")).scalars())
    written_before = time.time() - max(older_than_days, 1) * 86_400
    lost = [key for key in store().keys(older_than=written_before) if key not in named]
    for key in lost:
        store().delete(key)
    return len(views) + len(lost)


# --- showing -----------------------------------------------------------------------------------------------------


class FileView(NamedTuple):
    """An attachment as pages show it; `url` is its address in this site, also for a link (which it leads on to)."""

    id: int
    filename: str
    content_type: str
    size: int
    caption: str
    is_source: bool
    uploaded_by_id: int
    created_at: datetime
    link: str
    storage_key: str
    sha256: str

    @property
    def url(self) -> str:
        return f"/lampiran/{self.id}"

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def thumb_url(self) -> str:
        return f"/lampiran/{self.id}?kecil=1" if self.is_image else ""

    @property
    def fingerprint(self) -> str:
        """What makes two attachments the same: the bytes, or the address."""
        return self.sha256 or self.link


_SHOWN = (
    Attachment.id,
    Attachment.filename,
    Attachment.content_type,
    Attachment.size,
    Attachment.caption,
    Attachment.is_source,
    Attachment.uploaded_by_id,
    Attachment.created_at,
    Attachment.url,
    Attachment.storage_key,
    Attachment.sha256,
)
_COLUMNS = select(*_SHOWN)
_DRAFTS = _COLUMNS.where(
    Attachment.draft_token == bindparam("token"), Attachment.uploaded_by_id == bindparam("uploader")
).order_by(Attachment.id)


def _view(row: Sequence[Any]) -> FileView:
    view = FileView(*row[: len(_SHOWN)])
    return view._replace(caption=_("bukti sumber")) if view.is_source and not view.caption else view


def _parent(parent: dict[str, int]) -> tuple[Any, int]:
    ((name, value),) = parent.items()
    if name not in PARENTS:
        raise TypeError(f"no parent of attachments: {name}")
    return getattr(Attachment, name), value


def of(**parent: int) -> list[FileView]:
    """The evidence of one parent, in the order in which it came. The caller has authorised the parent."""
    column, value = _parent(parent)
    return [_view(row) for row in fetch(_COLUMNS.where(column == value).order_by(Attachment.id))]


@lru_cache(maxsize=8)
def _of_parents(parent: str) -> Select[*tuple[Any, ...]]:
    column, _first = _parent({parent: 0})
    ids: Any = bindparam("ids", expanding=True)
    return select(*_SHOWN, column.label("parent")).where(column.in_(ids)).order_by(Attachment.id)


@lru_cache(maxsize=8)
def _counts_of_parents(parent: str) -> Select[*tuple[Any, ...]]:
    column, _first = _parent({parent: 0})
    ids: Any = bindparam("ids", expanding=True)
    return select(column, func.count(Attachment.id)).where(column.in_(ids)).group_by(column)


def of_many(parent: str, ids: Iterable[int]) -> dict[int, list[FileView]]:
    """The evidence of several parents in one query: {parent's id: files}. `parent` is a name of PARENTS."""
    found: dict[int, list[FileView]] = {}
    wanted = tuple(ids)
    if wanted:
        for row in fetch(_of_parents(parent), {"ids": wanted}):
            found.setdefault(row.parent, []).append(_view(row))
    return found


def counts(parent: str, ids: Iterable[int]) -> dict[int, int]:
    """How many pieces of evidence each parent has; parents without any are missing."""
    wanted = tuple(ids)
    return {row[0]: row[1] for row in fetch(_counts_of_parents(parent), {"ids": wanted})} if wanted else {}


_WITH_PARENTS = (
    select(
        *_SHOWN,
        Attachment.draft_token,
        Attachment.activity_id,
        Attachment.meeting_id,
        Attachment.agreement_id,
        ProgressReport.commitment_id,
        FollowupUpdate.followup_id,
    )
    .outerjoin(ProgressReport, ProgressReport.id == Attachment.report_id)
    .outerjoin(FollowupUpdate, FollowupUpdate.id == Attachment.update_id)
)


def visible_attachment(attachment_id: int, who: Identity) -> FileView:
    """One attachment, if `who` may see what it belongs to. A draft is its uploader's alone, and the secretariat's
    when that person has left. Raises NotFound.
    """
    row = fetch_one(_WITH_PARENTS.where(Attachment.id == attachment_id))
    if row is None or not _may_see(row, who):
        raise NotFound()
    return _view(row)


def _may_see(row: Any, who: Identity) -> bool:
    if row.draft_token:
        left = who.can(Permission.USERS_INVITE) and not posts.holds_any(row.uploaded_by_id)
        return row.uploaded_by_id == who.user_id or left
    if row.agreement_id is not None:
        document = select(Agreement.id).where(Agreement.id == row.agreement_id, agreement_seen_by(who))
        return db.session.execute(document).first() is not None
    for scope, record_id in (
        (CommitmentScope, row.commitment_id),
        (FollowupScope, row.followup_id),
        (ActivityScope, row.activity_id),
        (MeetingScope, row.meeting_id),
    ):
        if record_id is not None:
            seen = select(scope.unit_id).where(scope.record_id == record_id, scope.unit_id.in_(who.unit_ids)).limit(1)
            return db.session.execute(seen).first() is not None
    return False


def content(view: FileView, *, preview: bool = False) -> BinaryIO:
    """The bytes of an attachment (or of a photo's small preview). Raises NotFound if the store has lost them."""
    try:
        return store().open(view.storage_key, preview=preview and view.is_image)
    except FileNotFoundError as error:
        raise NotFound() from error
