"""Sentences about documents, and short plain texts ready to be pasted into WhatsApp."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.agreements.models import DRAFT, EXPIRED, RENEWED, TERMINATED, last_day
from kbpartners.agreements.service import Document, Line

MOST_LINES = 40


def sentence(row: Any, today: date) -> str:
    """ "Berlaku s.d. 7 Maret 2027, 102 hari lagi." for anything that has a document's days and its `state`."""
    key, days = row.state(today)
    last = last_day(row.ends_on, row.ended_on)
    end = formats.date_medium(last)
    if key == DRAFT:
        if row.signed_on:
            return _("Draf, akan ditandatangani %(day)s.", day=formats.date_medium(row.signed_on))
        return _("Draf, belum ditandatangani.")
    if key == TERMINATED:
        return _("Diakhiri per %(day)s.", day=formats.date_medium(row.ended_on))
    if key == RENEWED:
        return _("Diperpanjang dengan naskah yang ditandatangani %(day)s.", day=formats.date_medium(row.renewed_on))
    if key == EXPIRED:
        return _("Berakhir %(day)s, %(n)s hari lalu.", day=end, n=formats.number(days))
    start = row.starts_on or row.signed_on
    if start > today:
        left = formats.number((start - today).days)
        return _("Mulai berlaku %(day)s, %(n)s hari lagi.", day=formats.date_medium(start), n=left)
    if last is None:
        return _("Berlaku sejak %(day)s, tanpa batas waktu.", day=formats.date_medium(start))
    if last == today:
        return _("Berlaku s.d. hari ini, %(day)s.", day=end)
    return _("Berlaku s.d. %(day)s, %(n)s hari lagi.", day=end, n=formats.number((last - today).days))


def term(row: Any) -> str:
    """ "7 Maret 2026 – 7 Maret 2027"; "sejak 7 Maret 2026, tanpa batas waktu"; "" while no day is known."""
    start = row.starts_on or row.signed_on
    if row.ends_on is None:
        return _("sejak %(day)s, tanpa batas waktu", day=formats.date_medium(start)) if start else ""
    if start is None:
        return _("sampai %(day)s", day=formats.date_medium(row.ends_on))
    return f"{formats.date_medium(start)} – {formats.date_medium(row.ends_on)}"


def document_text(found: Document, today: date, base_url: str) -> str:
    """A document with its parties and numbers, how it stands, where it is."""
    facts = found.facts
    lines = [f"*{facts.title}*", facts.words, sentence(facts, today), ""]
    lines += [f"- {p.organization}" + (f", {_('nomor %(number)s', number=p.number)}" if p.number else "")
              for p in found.parties]  # fmt: skip
    return _plain([*lines, f"{base_url}/kerja-sama/{facts.id}"])


def list_text(rows: Sequence[Line], today: date, base_url: str) -> str:
    """Documents one after the other, with links."""
    lines = [f"*{_('Kerja sama')}*"]
    for row in rows[:MOST_LINES]:
        parties = ", ".join(party.name for party in row.parties)
        lines += ["", f"{row.words}: {row.title}", parties, sentence(row, today), f"{base_url}/kerja-sama/{row.id}"]
    return _plain(lines)


def _plain(lines: list[str]) -> str:
    return "\n".join(lines).replace(formats.NBSP, " ")
