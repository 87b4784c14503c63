"""Short plain texts about activities, ready to be pasted into WhatsApp, and the words of their days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.activities.service import Detail, Line

MOST_LINES = 30


def days(start: date | None, end: date | None) -> str:
    """ "12 Mei 2026", or "12 Mei 2026 sampai 14 Mei 2026"; "" without a first day."""
    if start is None:
        return ""
    if end is None or end == start:
        return formats.date_medium(start)
    return _("%(start)s sampai %(end)s", start=formats.date_medium(start), end=formats.date_medium(end))


def list_text(rows: Sequence[Line], base_url: str) -> str:
    """Activities one after the other with place, day, state and link."""
    lines = [f"*{_('Kegiatan bersama')}*"]
    for row in rows[:MOST_LINES]:
        who = ", ".join(part for part in (row.organizer, row.partners) if part)
        lines += [
            "",
            f"{row.code} {row.title}",
            f"Kampung KB {row.kampung}, {row.regency}, {days(row.planned_on, row.planned_until)}",
            f"{who}: {formats.badge(row.state).text}",
            f"{base_url}/kegiatan/{row.id}",
        ]
    return _plain(lines)


def activity_text(activity: Detail, base_url: str) -> str:
    """One activity: where, when, who, what came of it."""
    lines = [f"*{activity.title}*", f"Kampung KB {activity.place.name}, {activity.place.words}"]
    if activity.realised_on:
        done = days(activity.realised_on, activity.realised_until)
        lines.append(_("Dilaksanakan %(days)s", days=done))
    else:
        lines.append(_("Direncanakan %(days)s", days=days(activity.planned_on, activity.planned_until)))
    lines.append(_("Oleh %(names)s", names=", ".join(one.label for one in activity.taking_part)))
    lines.append(_("Keadaan: %(state)s", state=formats.badge(activity.state).text))
    if activity.participants is not None:
        lines.append(_("Peserta: %(n)s", n=formats.number(activity.participants)))
    if activity.result:
        lines.append(_("Hasil: %(words)s", words=" ".join(activity.result.split())[:300]))
    return _plain([*lines, f"{base_url}/kegiatan/{activity.id}"])


def _plain(lines: list[str]) -> str:
    return "\n".join(lines).replace(formats.NBSP, " ")
