"""Short plain texts about meetings, ready to be pasted into WhatsApp."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.meetings.service import Child, Detail, Line, Outcomes, Summary

MOST_LINES = 40
"""Children in one text: a message that nobody reads to its end helps nobody."""


def summary_words(summary: Summary) -> str:
    """ "5 turunan: 3 selesai, 1 terlambat (paling lama 5 hari), 1 berjalan." """
    if not summary.total:
        return _("Belum ada komitmen atau tindak lanjut dari rapat ini.")
    parts = [
        _("%(n)s selesai", n=summary.done) if summary.done else "",
        _("%(n)s terlambat (paling lama %(days)s hari)", n=summary.late, days=summary.latest) if summary.late else "",
        _("%(n)s menunggu verifikasi", n=summary.waiting) if summary.waiting else "",
        _("%(n)s berjalan", n=summary.running) if summary.running else "",
        _("%(n)s dialihkan atau dihentikan", n=summary.dropped) if summary.dropped else "",
    ]
    return _("%(n)s turunan: %(parts)s.", n=summary.total, parts=", ".join(part for part in parts if part))


def when(meeting: Detail | Line) -> str:
    """ "Selasa, 7 Maret 2017, pukul 09.00 WIB"; with the last day where there are several."""
    words = formats.date_long(meeting.held_on)
    if meeting.ends_on and meeting.ends_on != meeting.held_on:
        words = _("%(start)s sampai %(end)s", start=words, end=formats.date_long(meeting.ends_on))
    if meeting.starts_at:
        words = _(
            "%(day)s, pukul %(time)s %(zone)s",
            day=words,
            time=formats.time_short(meeting.starts_at),
            zone=clock.zone_name(),
        )
    return words


def meeting_text(meeting: Detail, outcomes: Outcomes, base_url: str) -> str:
    """The meeting, its decisions and how what came from them stands today, with links."""
    lines = [f"*{meeting.title}*", when(meeting), *([meeting.place] if meeting.place else [])]
    lines += [f"{base_url}/rapat/{meeting.id}", "", summary_words(outcomes.summary)]
    left = MOST_LINES
    for decision in outcomes.decisions:
        lines += ["", f"*{decision.words}* {_short(decision.text)}"]
        for child in decision.children[: max(left, 0)]:
            lines.append(_child(child, base_url))
        left -= len(decision.children)
    if left < 0:
        lines += ["", _("… dan %(n)s lainnya di halaman rapat.", n=-left)]
    return _plain(lines)


def list_text(rows: Sequence[Line], base_url: str) -> str:
    """Meetings one after the other, with links."""
    lines = [f"*{_('Rapat')}*"]
    for row in rows[:MOST_LINES]:
        place = f", {row.place}" if row.place else ""
        lines += ["", row.title, f"{when(row)}{place}", f"{base_url}/rapat/{row.id}"]
    return _plain(lines)


def _child(child: Child, base_url: str) -> str:
    words = ", ".join(formats.badge(state).text for state in child.states)
    due = formats.date_medium(child.due_on)
    return (
        f"- {child.code} {child.title} ({child.owner}), "
        f"{_('tenggat %(due)s', due=due)}: {words}\n  {base_url}{child.path}"
    )


def _short(text: str, most: int = 160) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _plain(lines: list[str]) -> str:
    return "\n".join(lines).replace(formats.NBSP, " ")
