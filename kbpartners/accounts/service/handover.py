"""Serah terima: from one holder of a post to the next in one step, the post left vacant, and taking it back in time.

Work belongs to the unit, so nothing of it is moved: the successor sees what the unit has from the first day on, and the
predecessor nothing from that day. Both are read from the dates, so a day in the future comes true by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.accounts.service import facts, people, posts
from kbpartners.accounts.service.holding import DEFINITIVE, ONE_DAY, PLH, SHARED, Tenure, Wanted, making_room, vacated
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound, Refused
from kbpartners.organizations.models import Assignment, Organization, Post
from kbpartners.organizations.service import log
from kbpartners.security import Identity, Role


class Seat(NamedTuple):
    """A post with its unit."""

    id: int
    title: str
    role: str
    unit_id: int
    unit: str
    category: str
    path: str

    @property
    def shared(self) -> bool:
        """Whether several people may hold it at once."""
        return Role(self.role) in SHARED

    @property
    def words(self) -> str:
        """ "Perwira penghubung, Kodam II/Sriwijaya"."""
        return f"{self.title}, {self.unit}"

    def held(self, tenure: Tenure) -> str:
        """ "Mayor Budi (Plt. Perwira penghubung, Kodam II/Sriwijaya)"."""
        return f"{tenure.name} ({facts.held_title(self.title, tenure.acting)}, {self.unit})"


class Done(NamedTuple):
    """A handover: who holds the post from `valid_from` on, and whose time ends before."""

    user_id: int
    valid_from: date
    ended: list[Tenure]


def seat(post_id: int, who: Identity) -> Seat:
    """A post that `who` may give to somebody. Raises NotFound (unknown, ended), Refused (its role is the admin's)."""
    row = db.session.execute(
        select(
            Post.id,
            Post.title,
            Post.role,
            Organization.id,
            Organization.name,
            Organization.category,
            Organization.path,
        )
        .join(Organization, Organization.id == Post.organization_id)
        .where(Post.id == post_id, Post.ended_on.is_(None), Organization.ended_on.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound()
    if Role(row.role) not in facts.roles_for(who):
        raise Refused(_("Jabatan ini hanya dapat diatur admin."))
    return Seat(*row)


def hand_over(
    *,
    who: Identity,
    post_id: int,
    user_id: int,
    valid_from: date,
    acting: str = DEFINITIVE,
    valid_to: date | None = None,
    leaving: Collection[int] = (),
) -> Done:
    """Put a successor on a post; whoever has to make room ends on the day before (see `holding.making_room`).

    A Plh. ends nobody's time. `leaving`: the assignments that end where several people share a post. Raises NotFound,
    Refused (the role, oneself, the last admin), Invalid on acting, valid_from, valid_to or user_id.
    """
    post = seat(post_id, who)
    there, new = posts.tenures(post_id, lock=True), Wanted(user_id, acting, valid_from, valid_to)
    successor = _active(user_id)
    going = making_room(there, new, shared=post.shared, leaving=leaving)
    posts.not_oneself(who, user_id, *(tenure.user_id for tenure in going))
    _keep_an_admin(post, going)
    posts.end_before(going, valid_from)
    posts.put_on(post_id, new)
    _log_handover(who, post, successor, new, going)
    return Done(user_id, valid_from, going)


def invite_and_hand_over(
    *,
    who: Identity,
    post_id: int,
    name: str,
    email: str,
    phone: str,
    valid_from: date,
    acting: str = DEFINITIVE,
    valid_to: date | None = None,
    leaving: Collection[int] = (),
) -> Done:
    """The same with a person who is new; the caller issues the link. Raises Invalid for addresses, too."""
    seat(post_id, who)
    user_id = people.add(who=who, name=name, email=email, phone=phone)
    return hand_over(
        who=who,
        post_id=post_id,
        user_id=user_id,
        valid_from=valid_from,
        acting=acting,
        valid_to=valid_to,
        leaving=leaving,
    )


def _active(user_id: int) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound()
    if user.deactivated_at is not None:
        raise Invalid(_("Akun ini nonaktif. Aktifkan dahulu."), "user_id")
    return user


def _keep_an_admin(post: Seat, going: Iterable[Tenure]) -> None:
    if post.role == Role.ADMIN:
        for tenure in going:
            posts.keep_an_admin(without_assignment=tenure.assignment_id)


def _log_handover(who: Identity, post: Seat, successor: User, new: Wanted, going: list[Tenure]) -> None:
    day = posts.plain(new.valid_from)
    held_as = f"{facts.held_title(post.title, new.acting)}, {post.unit}"
    before = ", ".join(tenure.called for tenure in going)
    said = f"{who.name} mencatat serah terima {held_as}: {successor.name} mulai {day}"
    said += f", menggantikan {before}." if before else "."
    changes = [("Pejabat", before, facts.held_title(successor.name, new.acting)), ("Mulai", "", day)]
    if new.valid_to:
        changes.append(("Sampai", "", posts.plain(new.valid_to)))
    _note_people(who, [successor], said, changes)
    for tenure in going:
        _note_end(who, post, tenure, new.valid_from, f"digantikan {successor.name}")
    log.note(who, db.session.get_one(Organization, post.unit_id), said, changes)


def _note_end(who: Identity, post: Seat, tenure: Tenure, day: date, why: str) -> None:
    last = posts.plain(day - ONE_DAY)
    said = f"{who.name} mengakhiri tugas {post.held(tenure)} pada {last}, {why}."
    user = db.session.get_one(User, tenure.user_id)
    _note_people(who, [user], said, [("Sampai", posts.plain(tenure.valid_to), last)])


def _note_people(who: Identity, users: Iterable[User], said: str, changes: Iterable[audit.Change]) -> None:
    for user in users:
        audit.record(who, "user", user.id, said, snapshot=facts.snapshot(user), changes=changes)


def vacate(*, who: Identity, post_id: int, since: date) -> list[Tenure]:
    """The holder has moved and nobody follows yet: from `since` on the post is vacant, Plt. and Plh. end with it.

    Whoever is on the list for later still comes. Returns whose time ends. Raises NotFound, Refused, Invalid.
    """
    post = seat(post_id, who)
    if post.shared:
        raise Refused(_("Jabatan ini dipegang bersama. Akhiri tugas orangnya di halaman Pengguna."))
    going = vacated(posts.tenures(post_id, lock=True), since)
    posts.not_oneself(who, *(tenure.user_id for tenure in going))
    posts.end_before(going, since)
    for tenure in going:
        _note_end(who, post, tenure, since, "pengganti belum ada")
    names = ", ".join(tenure.called for tenure in going)
    said = f"{who.name} mencatat {post.words} kosong sejak {posts.plain(since)}: {names} pindah, pengganti belum ada."
    log.note(who, db.session.get_one(Organization, post.unit_id), said, [("Pejabat", names, "")])
    return going


# --- taking back what has not begun ------------------------------------------------------------------------------


class Planned(NamedTuple):
    """An assignment that has not begun, and whose time ends the day before it does."""

    coming: Tenure
    before: list[Tenure]


def planned(post_id: int, assignment_id: int) -> Planned:
    """An assignment that can be taken back. Raises NotFound for one that has begun or is another post's."""
    there = posts.tenures(post_id)
    coming = next((tenure for tenure in there if tenure.assignment_id == assignment_id), None)
    if coming is None or coming.valid_from <= clock.today():
        raise NotFound()
    last = coming.valid_from - ONE_DAY
    regular = coming.acting != PLH
    return Planned(coming, [t for t in there if t.valid_to == last and t.acting != PLH] if regular else [])


def cancel(*, who: Identity, post_id: int, assignment_id: int, reopen: bool) -> None:
    """Take back an assignment that has not begun. `reopen`: whoever was to leave for it goes on (until the next comes).

    Nothing refers to it yet, so the row goes; the log keeps what was planned. Raises NotFound, Refused.
    """
    post = seat(post_id, who)
    posts.tenures(post_id, lock=True)
    coming, before = planned(post_id, assignment_id)
    posts.not_oneself(who, coming.user_id, *(tenure.user_id for tenure in before))
    db.session.execute(delete(Assignment).where(Assignment.id == assignment_id))
    said = f"{who.name} membatalkan penugasan {post.held(coming)} yang akan mulai {posts.plain(coming.valid_from)}"
    if reopen and before:
        after = [t.valid_from for t in posts.tenures(post_id) if t.valid_from > coming.valid_from and t.acting != PLH]
        until = min(after) - ONE_DAY if after else None
        ids = [tenure.assignment_id for tenure in before]
        db.session.execute(update(Assignment).where(Assignment.id.in_(ids)).values(valid_to=until))
        said += f"; {', '.join(tenure.called for tenure in before)} tetap bertugas"
    concerned = {coming.user_id, *(tenure.user_id for tenure in before if reopen)}
    _note_people(who, [db.session.get_one(User, id_) for id_ in sorted(concerned)], f"{said}.", [])
    log.note(who, db.session.get_one(Organization, post.unit_id), f"{said}.")
    posts.let_go(coming.user_id)
