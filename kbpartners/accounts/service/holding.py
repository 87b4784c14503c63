"""Who may hold a post at the same time as whom: pure rules over the periods of one post, both days included.

A post has one holder (definitive), or while it is vacant one pelaksana tugas (Plt.). Beside them a pelaksana harian
(Plh.) stands in for a short absence, so a Plh. needs somebody to stand in for, and a last day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.accounts.service.facts import held_title, holds
from kbpartners.errors import Invalid
from kbpartners.security import Role

DEFINITIVE, PLT, PLH = "", "plt", "plh"
ONE_DAY = timedelta(days=1)

SHARED = (Role.ADMIN, Role.SECRETARIAT)
"""Roles of work within the application that several people do under one title; every other post has one holder."""


class Tenure(NamedTuple):
    """One person's time on a post. `valid_to` None: until further notice."""

    assignment_id: int
    user_id: int
    name: str
    acting: str
    valid_from: date
    valid_to: date | None

    def until(self, day: date) -> bool:
        """Whether it still lasts on that day or begins later."""
        return self.valid_to is None or self.valid_to >= day

    @property
    def called(self) -> str:
        """ "Plh. Mayor Budi"."""
        return held_title(self.name, self.acting)


class Wanted(NamedTuple):
    """Who is to hold a post how and when."""

    user_id: int
    acting: str
    valid_from: date
    valid_to: date | None = None


def overlap(one: Tenure, other: Wanted) -> bool:
    """Whether both count on one day at least."""
    return one.until(other.valid_from) and (other.valid_to is None or one.valid_from <= other.valid_to)


def making_room(
    held: Iterable[Tenure], new: Wanted, *, shared: bool = False, leaving: Collection[int] = ()
) -> list[Tenure]:
    """Whose time has to end on the day before `new` begins. Raises Invalid on the field that cannot be.

    Of a `shared` post only the assignments `leaving` have to go.
    """
    _check_days(new)
    there = [tenure for tenure in held if overlap(tenure, new)]
    _check_self(there, new)
    if new.acting == PLH:
        _check_absence(there, new)
    going = [tenure for tenure in there if _gives_way(tenure, new, shared, leaving)]
    for tenure in going:
        if tenure.valid_from >= new.valid_from:
            raise Invalid(_too_early(tenure, new), "valid_from")
    return going


def _check_days(new: Wanted) -> None:
    if new.valid_to is not None and new.valid_to < new.valid_from:
        raise Invalid(_("Hari terakhir tidak boleh sebelum hari mulai."), "valid_to")
    if new.acting == PLH and new.valid_to is None:
        raise Invalid(_("Plh. bertugas sementara. Isi hari terakhirnya."), "valid_to")


def _check_self(there: Sequence[Tenure], new: Wanted) -> None:
    """The same person twice: only whoever held it as Plt. or Plh. goes on as something else."""
    for tenure in there:
        if tenure.user_id == new.user_id and tenure.acting in (DEFINITIVE, new.acting):
            raise Invalid(_("Orang ini sudah memegang jabatan itu."), "user_id")


def _check_absence(there: Sequence[Tenure], new: Wanted) -> None:
    regular = [t for t in there if t.acting != PLH and t.user_id != new.user_id]
    if not any(holds(t.valid_from, t.valid_to, new.valid_from) for t in regular):
        raise Invalid(
            _("Jabatan ini kosong pada hari itu. Plh. mewakili pejabat yang berhalangan; pilih Plt."), "acting"
        )


def _gives_way(tenure: Tenure, new: Wanted, shared: bool, leaving: Collection[int]) -> bool:
    if tenure.user_id == new.user_id:
        return True
    if shared:
        return tenure.assignment_id in leaving
    return tenure.acting == PLH or new.acting != PLH


def _too_early(tenure: Tenure, new: Wanted) -> str:
    begins = formats.date_medium(tenure.valid_from)
    if tenure.valid_from == new.valid_from:
        return _(
            "%(name)s mulai bertugas pada hari yang sama. Pilih hari sesudah %(day)s.", name=tenure.called, day=begins
        )
    return _(
        "%(name)s sudah tercatat mulai %(day)s. Batalkan dahulu, atau isi hari terakhir sebelum itu.",
        name=tenure.called,
        day=begins,
    )


def vacated(held: Iterable[Tenure], day: date) -> list[Tenure]:
    """Whose time ends so that nobody holds the post from `day` on (those who come later still come). Raises Invalid."""
    going = [tenure for tenure in held if holds(tenure.valid_from, tenure.valid_to, day)]
    if not going:
        raise Invalid(_("Tidak ada yang memegang jabatan ini pada hari itu."), "valid_from")
    for tenure in going:
        if tenure.valid_from == day:
            raise Invalid(
                _(
                    "%(name)s baru mulai bertugas pada %(day)s. Pilih hari sesudahnya.",
                    name=tenure.called,
                    day=formats.date_medium(day),
                ),
                "valid_from",
            )
    return going


def check_longer(held: Iterable[Tenure], assignment_id: int, valid_to: date) -> None:
    """Whether somebody's time may last until `valid_to`. Raises Invalid if others have been put on the post by then."""
    held = list(held)
    mine = next(tenure for tenure in held if tenure.assignment_id == assignment_id)
    if mine.valid_to is None or valid_to <= mine.valid_to:
        return
    more = Wanted(mine.user_id, mine.acting, mine.valid_to + ONE_DAY, valid_to)
    for tenure in held:
        if tenure is not mine and overlap(tenure, more) and (tenure.acting == PLH) == (mine.acting == PLH):
            raise Invalid(
                _(
                    "Sejak %(day)s jabatan ini dipegang %(name)s.",
                    day=formats.date_medium(tenure.valid_from),
                    name=tenure.called,
                ),
                "valid_to",
            )
