"""Ready texts for a chat: plain lines, a link each."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from kbpartners.organizations.service import Contact, Detail, Row


def list_text(rows: Iterable[Row], base_url: str) -> str:
    """The partners of a list with their narahubung."""
    lines = [_("Narahubung mitra kerja")]
    for row in rows:
        person = " ".join(part for part in (row.contact, row.phone or row.whatsapp) if part)
        lines.append(f"- {row.name}: {person or _('belum ada narahubung')}\n  {base_url}/mitra/{row.id}")
    return "\n".join(lines)


def contacts_text(unit: Detail, contacts: Iterable[Contact], base_url: str) -> str:
    """The contact list of one unit."""
    lines = [unit.name]
    for contact in contacts:
        person = " ".join(part for part in (contact.name, contact.phone) if part)
        lines.append(f"- {contact.title}: {person or _('belum ada pemegang jabatan')}")
    lines += [line for line in (unit.email, unit.address) if line]
    return "\n".join([*lines, f"{base_url}/mitra/{unit.id}"])
