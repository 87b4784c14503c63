"""Rekap komitmen per mitra: what each partner promised, counted, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.commitments.models import achievement
from kbpartners.reports.service import paper
from kbpartners.reports.service.promises import COMMITMENT, Filters, Promise, counted, promises
from kbpartners.reports.sheet import NUMBER_KEY, Column, Group, Row, Sheet, milli, percent
from kbpartners.security import Identity

DEFAULT = (NUMBER_KEY, "code", "title", "indicator", "target", "value", "achievement", "due_on", "status")


def columns() -> list[Column]:
    """All columns of the recap; widths are relative."""
    return [
        Column(NUMBER_KEY, _("No"), 3),
        Column("code", _("Kode"), 6.5),
        Column("title", _("Komitmen"), 22),
        Column("indicator", _("Indikator"), 20),
        Column("target", _("Target"), 8, kind="number"),
        Column("value", _("Realisasi"), 8, kind="number"),
        Column("achievement", _("Capaian"), 8, kind="percent"),
        Column("due_on", _("Tenggat"), 9.5, kind="date"),
        Column("status", _("Status"), 15, kind="status"),
        Column("organization", _("Satuan"), 14),
        Column("region", _("Wilayah"), 12),
        Column("unit", _("Satuan ukuran"), 8),
        Column("source", _("Sumber angka"), 8),
        Column("priority", _("Prioritas"), 7),
        Column("obstacle", _("Kendala"), 14),
        Column("last_report_on", _("Laporan terakhir"), 9.5, kind="date"),
    ]


def recap(
    who: Identity,
    filters: Filters,
    *,
    day: date,
    sentences: Sequence[str],
    chosen: Sequence[str],
    sheet_paper: str = "a4",
) -> Sheet:
    """The commitments of each partner as they were known when `day` was over, a row an indicator."""
    found = promises(who, replace(filters, kind=COMMITMENT), day)
    groups = []
    for partner, rows in groupby(found, key=lambda p: p.partner):
        of_partner = list(rows)
        groups.append(Group(_heading(partner, of_partner), [row for p in of_partner for row in _rows(p)]))
    return Sheet(
        title=_("Rekap Komitmen per Mitra Kerja"),
        columns=columns(),
        groups=groups,
        chosen=tuple(chosen) or DEFAULT,
        as_of=day,
        filters=tuple(sentences),
        group_title=_("Mitra kerja"),
        note=_("Realisasi hanya memuat angka yang sudah diterima. Tanda “–” berarti belum dilaporkan, bukan 0."),
        letterhead=paper.letterhead(day),
        signatories=paper.signatories(day),
        paper="f4" if sheet_paper == "f4" else "a4",
        generated=paper.footer(),
        made_at=clock.now(),
        empty=_("Tidak ada komitmen untuk pilihan ini."),
        language="id",
    )


def _heading(partner: str, found: list[Promise]) -> str:
    n = counted(found)
    return _(
        "%(partner)s: %(all)s komitmen, %(closed)s ditutup, %(late)s melewati tenggat",
        partner=partner,
        all=n["all"],
        closed=n["closed"],
        late=n["late"],
    )


def _rows(promise: Promise) -> Iterator[Row]:
    """A row for each indicator; title, due day and status stand in the first, so that a commitment is counted once."""
    saved = promise.saved
    head: Row = {
        "code": promise.code,
        "title": saved["title"],
        "due_on": promise.due_on,
        "status": paper.status_cell(promise.states),
        "organization": saved["organization"],
        "region": saved["region"],
        "priority": formats.word("priority", saved["priority"]),
        "obstacle": saved["obstacle"],
        "last_report_on": date.fromisoformat(saved["last_report_on"]) if saved["last_report_on"] else None,
    }
    for number, indicator in enumerate(saved["indicators"] or [None]):
        measured = _measured(indicator) if indicator else {"indicator": _("Tanpa indikator")}
        yield {**head, **measured} if number == 0 else {"code": promise.code, **measured}


def _measured(indicator: dict[str, Any]) -> dict[str, Any]:
    return {
        "indicator": f"{indicator['name']} ({indicator['unit']})" if indicator["unit"] else indicator["name"],
        "target": milli(indicator["target"]),
        "value": milli(indicator["accepted"]),
        "achievement": percent(achievement(indicator["accepted"], indicator["target"])),
        "unit": indicator["unit"],
        "source": formats.word("indicator_source", indicator["source"]),
    }
