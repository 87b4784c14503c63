"""Matriks tindak lanjut: everything that meetings left to do, with its state on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.commitments.models import achievement
from kbpartners.reports.service import paper
from kbpartners.reports.service.promises import COMMITMENT, MOST_ROWS, Filters, Promise, promises
from kbpartners.reports.sheet import NUMBER_KEY, Column, Group, Row, Sheet
from kbpartners.security import Identity

DEFAULT = (NUMBER_KEY, "title", "owner", "due_on", "realisation", "obstacle", "next_step", "status")
"""The eight columns that leaders expect; the others can be chosen before printing."""


def columns() -> list[Column]:
    """All columns of the matrix; widths are relative."""
    return [
        Column(NUMBER_KEY, _("No"), 3),
        Column("title", _("Rekomendasi/Kesepakatan"), 22),
        Column("owner", _("Penanggung jawab"), 14),
        Column("due_on", _("Target waktu"), 9.5, kind="date"),
        Column("realisation", _("Realisasi"), 14, kind="lines"),
        Column("obstacle", _("Kendala"), 12.5),
        Column("next_step", _("Tindak lanjut"), 11),
        Column("status", _("Status"), 14, kind="status"),
        Column("code", _("Kode"), 6),
        Column("source", _("Asal"), 12),
        Column("supporters", _("Pendukung"), 14),
        Column("region", _("Wilayah"), 11),
        Column("priority", _("Prioritas"), 7),
        Column("contact", _("Narahubung"), 11),
        Column("news_on", _("Kabar terakhir"), 9.5, kind="date"),
    ]


def matrix(
    who: Identity,
    filters: Filters,
    *,
    day: date,
    sentences: Sequence[str],
    meeting: str,
    chosen: Sequence[str],
    sheet_paper: str = "a4",
) -> Sheet:
    """The matrix as it was known when `day` was over. `sentences`: the filters in words; `meeting`: its title or ""."""
    found = promises(who, filters, day)
    groups = [Group(partner, [_row(p) for p in rows]) for partner, rows in groupby(found, key=lambda p: p.partner)]
    return Sheet(
        title=_("Matriks Tindak Lanjut Hasil Rapat"),
        subtitle=meeting or _("Semua rapat"),
        columns=columns(),
        groups=groups,
        chosen=tuple(chosen) or DEFAULT,
        as_of=day,
        filters=tuple(sentences),
        group_title=_("Mitra kerja"),
        note=_note(found),
        letterhead=paper.letterhead(day),
        signatories=paper.signatories(day),
        paper="f4" if sheet_paper == "f4" else "a4",
        generated=paper.footer(),
        made_at=clock.now(),
        empty=_("Tidak ada tindak lanjut atau komitmen untuk pilihan ini."),
        language="id",
    )


def _note(found: Sequence[Promise]) -> str:
    note = _("Realisasi hanya memuat angka yang sudah diterima sekretariat.")
    if len(found) >= MOST_ROWS:
        note += " " + _("Hanya %(n)s baris pertama yang dimuat; persempit pilihannya.", n=formats.number(MOST_ROWS))
    return note


def _row(promise: Promise) -> Row:
    saved = promise.saved
    is_commitment = promise.kind == COMMITMENT
    return {
        "title": f"{saved['title']} ({saved['source']})" if saved["source"] else saved["title"],
        "owner": _owner(saved),
        "due_on": promise.due_on,
        "realisation": realisation(saved) if is_commitment else saved["last_note"] or _("Belum ada kabar"),
        "obstacle": saved["obstacle"],
        "next_step": saved["next_step"] if is_commitment else saved["reason"],
        "status": paper.status_cell(promise.states),
        "code": promise.code,
        "source": "; ".join(part for part in (saved["source"], saved["meeting"]) if part),
        "supporters": "; ".join(s["name"] for s in saved.get("supporters", ())),
        "region": saved.get("region", ""),
        "priority": formats.word("priority", saved["priority"]),
        "contact": saved.get("contact", ""),
        "news_on": date.fromisoformat(saved["news_on"]),
    }


def _owner(saved: dict[str, Any]) -> str:
    helpers = saved.get("supporters", ())
    names = [saved["organization"], *(s["name"] for s in helpers[:2])]
    if len(helpers) > 2:
        names.append(_("%(n)s pendukung lain", n=len(helpers) - 2))
    return "; ".join(names)


def realisation(saved: dict[str, Any]) -> tuple[str, ...]:
    """One line an indicator: "168 dari 241 kecamatan (69,7 %)"; not reported is said, never 0."""
    lines = []
    several = len(saved["indicators"]) > 1
    for indicator in saved["indicators"]:
        name = f"{indicator['name']}: " if several else ""
        lines.append(name + _reached(indicator))
    return tuple(lines) or (_("Tanpa indikator"),)


def _reached(indicator: dict[str, Any]) -> str:
    if indicator["accepted"] is None:
        return _("Belum dilaporkan")
    value, unit = formats.quantity(indicator["accepted"]), indicator["unit"]
    share = achievement(indicator["accepted"], indicator["target"])
    if share is None:
        return f"{value} {unit}".strip()
    target = formats.quantity(indicator["target"])
    return _(
        "%(value)s dari %(target)s %(unit)s (%(share)s)",
        value=value,
        target=target,
        unit=unit,
        share=formats.percent(share),
    )
