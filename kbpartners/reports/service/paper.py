"""What every sheet of the office has: letterhead and signatory of its day, the footer, statuses in its words."""

from __future__ import annotations

from datetime import date
from typing import Literal, cast

from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.attachments.storage import store
from kbpartners.formats import State
from kbpartners.reports.sheet import Letterhead, Signatory, Status
from kbpartners.settings import service as settings


def letterhead(day: date) -> Letterhead | None:
    """The kop that was in force on a day."""
    row = settings.letterhead(day)
    if row is None:
        return None
    logo = None
    if row.logo_key:
        with store().open(row.logo_key) as stream:
            logo = stream.read()
    return Letterhead(row.ministry, row.office, tuple(line for line in row.address.splitlines() if line.strip()), logo)


_ACTING: dict[str, Literal["Plt.", "Plh."]] = {"plt": "Plt.", "plh": "Plh."}


def signatories(day: date) -> tuple[Signatory, ...]:
    """Who signs sheets of a day: the head of office, or whoever acts for it (Plt., Plh., a.n.)."""
    row = settings.signatory(day)
    if row is None:
        return ()
    return (
        Signatory(
            position=row.position,
            name=row.name,
            place=row.place,
            day=day,
            acting=_ACTING.get(row.capacity, ""),
            on_behalf_of="Kepala Perwakilan" if row.capacity in ("a.n.", "u.b.") else "",
            rank=row.rank,
            id_kind=cast(Literal["", "NIP", "NRP"], row.id_kind if row.id_number else ""),
            id_number=row.id_number,
        ),
    )


def footer() -> str:
    """ "KB Partners · dicetak 10 Juni 2026, 10.42 WIB"."""
    return _("KB Partners · dicetak %(when)s", when=f"{formats.datetime_medium(clock.now())} {clock.zone_name()}")


def status_cell(states: list[State]) -> tuple[Status, ...]:
    """Statuses as they are printed; lateness in the office's word (setting: Terlambat or Melewati tenggat)."""
    return tuple(_status(state) for state in states)


def _status(state: State) -> Status:
    look = formats.badge(state)
    text = look.text
    if state.key == "late" and settings.value("late_word") != "Terlambat":
        text = _("Melewati tenggat %(n)s hari", n=state.days)
    return Status(look.kind, look.icon, text)
