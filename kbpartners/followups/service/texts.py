"""Ready texts for WhatsApp: plain Indonesian with links, for people to read, send or paste."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import current_app
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.followups.service.contacts import Contact
from kbpartners.followups.service.facts import Facts
from kbpartners.followups.service.listing import Row


def whatsapp_text(title: str, rows: Sequence[Row | Facts], today: date, *, most: int = 20, closing: str = "") -> str:
    """A short plain summary with links, as people paste it into a group: the first `most` rows."""
    base = current_app.config["KB"].base_url
    lines = [f"*{title}*", _("Keadaan %(day)s", day=formats.date_long(today)), ""]
    unit = None
    for number, row in enumerate(rows[:most], 1):
        if row.organization != unit:
            unit = row.organization
            lines.append(f"*{unit}*")
        words = ", ".join(badge.text.lower() for badge in row.badges(today))
        due = _("tenggat %(day)s", day=formats.date_medium(row.due_on))
        lines += [f"{number}. {row.title} ({row.code}): {due}, {words}", f"{base}/tindak-lanjut/{row.id}"]
    if len(rows) > most:
        lines.append(_("… dan %(n)s lagi.", n=len(rows) - most))
    if not rows:
        lines.append(_("Tidak ada yang terbuka."))
    return "\n".join([*lines, "", closing] if closing else lines).replace(formats.NBSP, " ")


def reminder(unit: str, contact: Contact | None, rows: Sequence[Row], today: date) -> str:
    """The text that reminds a unit of what is open; polite, because it goes to an equal."""
    name = contact.name if contact and contact.name else unit
    opening = _("Yth. %(name)s, mohon kabar tindak lanjut %(unit)s berikut.", name=name, unit=unit)
    closing = _("Laporan dapat diisi lewat tautan di atas atau dikirim lewat WhatsApp ini. Terima kasih.")
    return opening + "\n\n" + whatsapp_text(_("Tindak lanjut yang terbuka"), rows, today, closing=closing)
