"""The "kartu mitra": what matters about a partner on exactly one sheet of A4, with a QR code that leads to its page.

Everything is words here, so that the page and the PDF cannot differ. Texts are cut and rows are left out (and counted)
until the sheet is sure to hold them; the PDF, which can measure, shrinks what still would not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import segno
from flask_babel import gettext as _
from sqlalchemy import func, select

from kbpartners import clock, formats
from kbpartners.db import db
from kbpartners.followups.service.listing import Row as Followup
from kbpartners.organizations.models import Organization
from kbpartners.organizations.service import posts as posts_of
from kbpartners.organizations.service.gaps import Cover
from kbpartners.organizations.service.listing import Detail
from kbpartners.organizations.service.profile import Agenda, Counts, Lights
from kbpartners.organizations.service.tree import below, visible_units
from kbpartners.reports.cells import clean_text
from kbpartners.reports.service import paper
from kbpartners.reports.sheet import Letterhead
from kbpartners.reports.widths import EM, text_em
from kbpartners.security import Identity

ROOM = 270.0
"""Millimetres that may be filled: an A4 page between its margins is 271 high."""
LINE, CELL, HEADING, NOTE = 4.6, 2.6, 17.5, 7.0
"""Heights in millimetres of a line, of a cell's air, of a section's heading with its table's head, of a small note."""
PLAIN, WIDEST = 0.93, 1.03
"""`text_em` is as wide as bold type, most of this is plain; but a word of capitals is as wide."""
BREAK = "\u200b"
WIDTH = 178.0
MOST = {"documents": 4, "commitments": 6, "followups": 4, "events": 4}


class Line(NamedTuple):
    """A row of a table: its cells in words, and the icon of the status that stands in its last cell ("" for none).

    `share` is an achievement in per cent, drawn as a bar (None: no bar).
    """

    cells: tuple[str, ...]
    icon: str = ""
    share: float | None = None


@dataclass(frozen=True)
class Section:
    """A table with its heading; `lead` stands above it. `widths` are per cent; `left_out` rows exist beyond these."""

    key: str
    title: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    lines: tuple[Line, ...]
    lead: str = ""
    left_out: int = 0
    nothing: str = ""

    @property
    def heading(self) -> str:
        """The title; where rows were left out, how many of how many are shown: "Komitmen (4 dari 9)"."""
        shown, total = len(self.lines), len(self.lines) + self.left_out
        return f"{self.title} ({_('%(n)s dari %(total)s', n=shown, total=total)})" if self.left_out else self.title

    @property
    def weight(self) -> float:
        """The table that has most of it gives first; commitments are the last to give, nothing gives its only row."""
        return (len(self.lines) - 1) * (0.4 if self.key == "commitments" else 1)

    def shortened(self) -> Section:
        """One row fewer."""
        return replace(self, lines=self.lines[:-1], left_out=self.left_out + 1)

    def cut(self, most: int) -> Section:
        """With texts of so many letters at most; a status keeps its words."""
        lines = (
            line._replace(cells=(*(_cut(cell, most) for cell in line.cells[:-1]), line.cells[-1]))
            for line in self.lines
        )
        return replace(self, lines=tuple(lines))

    @property
    def height(self) -> float:
        """Estimated millimetres."""
        rows = sum(
            CELL
            + LINE
            * max(_lines(cell, WIDTH * share / 100 - 3.5) for cell, share in zip(line.cells, self.widths, strict=True))
            for line in self.lines
        )
        return HEADING + rows + LINE * (bool(self.lead) + (not self.lines))


@dataclass(frozen=True)
class Card:
    """The sheet."""

    name: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    url: str
    code: str
    modules: int
    letterhead: Letterhead | None
    generated: str

    @property
    def height(self) -> float:
        """Estimated millimetres of everything."""
        kop = 26.0 if self.letterhead else 0.0
        facts = sum(LINE * _lines(words, 92) + 0.6 for _label, words in self.facts)
        head = 14 + LINE * (_lines(self.subtitle, WIDTH) - 1)
        return kop + head + NOTE + max(facts, 37) + sum(section.height for section in self.sections)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column (millimetres), word by word."""
    lines, used = 1, 0.0
    for word in text.split(" "):
        bare = word.replace(BREAK, "")
        long = text_em(bare) * EM * (WIDEST if bare.isupper() else PLAIN)
        space = 0.3 * EM if used else 0.0
        if used + space + long <= width:
            used += space + long
        elif long <= width:
            lines, used = lines + 1, long
        else:  # broken anywhere, on lines of its own
            whole = int(long // width)
            lines, used = lines + whole + bool(used), long - whole * width
    return lines


def _cut(text: str, most: int) -> str:
    line = " ".join(clean_text(text).replace(BREAK, "").split())
    line = line if len(line) <= most else line[: most - 1].rstrip() + "…"
    # A word without an end may break anywhere.
    return " ".join(word if len(word) < 30 else BREAK.join(word) for word in line.split(" "))


# --- filling it --------------------------------------------------------------------------------------------------


class Parts(NamedTuple):
    """What the page of the partner reads, too. `documents` are (title, numbers, term, badge); None: not kept."""

    posts: Sequence[posts_of.PostItem]
    counts: Counts
    lights: Lights
    followups: Sequence[Followup]
    agenda: Agenda
    cover: Cover
    documents: Sequence[tuple[str, str, str, formats.Badge]] | None = None


def fill(who: Identity, unit: Detail, parts: Parts, url: str) -> Card:
    """The card of a unit as `who` sees it today. Two queries beside those of the parts."""
    today = clock.today()
    sections = [
        _documents(parts.documents),
        _commitments(parts.lights, parts.counts),
        _followups(parts.followups, parts.counts, today),
        _events(parts.agenda),
    ]
    code, modules = qr(url)
    subtitle = _("%(name)s, keadaan per %(day)s", name=_cut(unit.name, 90), day=formats.date_medium(today))
    card = Card(
        name=_cut(unit.name, 120),
        subtitle=f"{subtitle} ({_('contoh')})" if unit.is_example else subtitle,
        facts=tuple((label, words) for label, words in _facts(who, unit, parts) if words),
        sections=tuple(section for section in sections if section is not None),
        url=url,
        code=code,
        modules=modules,
        letterhead=paper.letterhead(today),
        generated=paper.footer(),
    )
    return fitted(card)


def fitted(card: Card) -> Card:
    """With so few rows that one sheet holds them: the longest table gives first, none below one row. Where not even
    that is enough (names of ninety wide letters), every text is cut shorter."""
    while card.height > ROOM:
        longest = max(card.sections, key=lambda section: section.weight, default=None)
        if longest is None or longest.weight <= 0:
            break
        shorter = tuple(section.shortened() if section is longest else section for section in card.sections)
        card = replace(card, sections=shorter)
    for most in (60, 40, 25):
        if card.height > ROOM:
            facts = tuple((label, _cut(words, 2 * most)) for label, words in card.facts)
            sections = tuple(section.cut(most) for section in card.sections)
            card = replace(card, facts=facts, sections=sections, subtitle=_cut(card.subtitle, 2 * most))
    return card


def _facts(who: Identity, unit: Detail, parts: Parts) -> list[tuple[str, str]]:
    units = db.session.execute(
        select(func.count()).where(
            below(unit.path), Organization.ended_on.is_(None), Organization.id != unit.id, visible_units(who)
        )
    ).scalar_one()
    people = [contact for contact in posts_of.contacts_from(parts.posts) if contact.name]
    told = [", ".join(part for part in (_cut(c.name, 40), _cut(c.title, 40), c.phone) if part) for c in people[:3]]
    own = parts.cover.own
    covered = "; ".join(own[:4]) + ("; " + _("dan %(n)s lagi", n=len(own) - 4) if len(own) > 4 else "")
    reach = parts.cover.sentence if parts.cover.units_below else ""
    numbers = ", ".join(part for part in (unit.whatsapp or unit.phone, unit.email) if part)
    return [
        (_("Kategori"), unit.category_word),
        (_("Wilayah kerja"), _cut(covered, 160) or _("belum ditentukan")),
        (_("Satuan di bawahnya"), _("%(n)s satuan", n=formats.number(units)) if units else ""),
        (_("Liputan satuan"), _cut(reach, 150)),
        (_("Narahubung"), "; ".join(told) or _("belum ada narahubung")),
        (_("Kontak satuan"), _cut(numbers, 90)),
        (_("Alamat"), _cut(unit.address, 120)),
    ]


def _documents(rows: Sequence[tuple[str, str, str, formats.Badge]] | None) -> Section | None:
    if rows is None:
        return None
    lines = [
        Line((_cut(t, 80), _cut(numbers, 70), _cut(term, 50), badge.text), badge.icon)
        for t, numbers, term, badge in rows
    ]
    heads = (_("Naskah"), _("Nomor para pihak"), _("Jangka waktu"), _("Status"))
    return _section("documents", _("Naskah kerja sama"), heads, (36, 24, 21, 19), lines, nothing=_("Belum ada naskah."))


def _commitments(lights: Lights, counts: Counts) -> Section:
    lines = []
    for row in lights.rows[: MOST["commitments"]]:
        badge = row.badges[0]
        share = None if row.reached is None else row.reached / 100
        reached = _("belum dilaporkan") if row.reached is None else formats.percent(row.reached)
        cells = (row.code, _cut(row.title, 90), formats.date_short(row.due_on), reached, badge.text)
        lines.append(Line(cells, badge.icon, share))
    burning = ", ".join(f"{word} {n}" for _color, word, n in lights.cells)
    lead = _("%(n)s terbuka", n=counts.open) + (f": {burning}" if burning else "")
    heads = (_("Kode"), _("Komitmen"), _("Tenggat"), _("Capaian"), _("Status"))
    return _section(
        "commitments", _("Komitmen"), heads, (10, 40, 13, 15, 22), lines, lead=lead + ".",
        nothing=_("Tidak ada komitmen yang terbuka."), total=max(counts.open, len(lights.rows)),
    )  # fmt: skip


def _followups(rows: Sequence[Followup], counts: Counts, today: date) -> Section:
    lines = []
    for row in rows[: MOST["followups"]]:
        badge = row.badges(today)[0]
        cells = (row.code, _cut(row.title, 90), _cut(row.organization, 40), formats.date_short(row.due_on), badge.text)
        lines.append(Line(cells, badge.icon))
    heads = (_("Kode"), _("Tindak lanjut"), _("Penanggung jawab"), _("Tenggat"), _("Status"))
    title, nothing = _("Tindak lanjut terbuka"), _("Tidak ada tindak lanjut yang terbuka.")
    total = max(counts.followups, len(rows))
    return _section("followups", title, heads, (10, 36, 19, 13, 22), lines, nothing=nothing, total=total)


def _events(agenda: Agenda) -> Section:
    lines = []
    for event in agenda.coming[: MOST["events"]]:
        span = formats.date_short(event.starts_on)
        word, icon = (event.badge.text, event.badge.icon) if event.badge else ("", "")
        lines.append(Line((span, _cut(event.title, 90), word), icon))
    heads = (_("Tanggal"), _("Kegiatan"), _("Status"))
    title, nothing = _("Kegiatan berikutnya"), _("Belum ada kegiatan yang direncanakan.")
    return _section("events", title, heads, (13, 65, 22), lines, nothing=nothing, total=len(agenda.coming))


def _section(
    key: str,
    title: str,
    heads: tuple[str, ...],
    widths: tuple[int, ...],
    lines: list[Line],
    *,
    lead: str = "",
    nothing: str = "",
    total: int | None = None,
) -> Section:
    kept = tuple(lines[: MOST[key]])
    left_out = (len(lines) if total is None else total) - len(kept)
    return Section(key, title, heads, widths, kept, lead, max(left_out, 0), nothing)


# --- the QR code -------------------------------------------------------------------------------------------------


def qr(url: str) -> tuple[str, int]:
    """The code of an address as the `d` of one SVG path, and how many modules it is wide, its quiet zone included."""
    matrix = segno.make(url, error="m", micro=False).matrix
    quiet = 2
    runs = []
    for y, row in enumerate(matrix, quiet):
        x = 0
        while x < len(row):
            if row[x]:
                end = x
                while end < len(row) and row[end]:
                    end += 1
                runs.append(f"M{x + quiet} {y}h{end - x}v1h-{end - x}z")
                x = end
            x += 1
    return "".join(runs), len(matrix) + 2 * quiet


def svg(card: Card) -> str:
    """The code as a picture for the typesetter."""
    box = f'viewBox="0 0 {card.modules} {card.modules}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}><path d="{card.code}" fill="#000"/></svg>'


def payload(card: Card) -> dict[str, Any]:
    """The card as the JSON that `card.typ` reads."""
    kop = card.letterhead
    return {
        "title": f"{_('Kartu mitra kerja')}: {card.name}",
        "heading": _("Kartu mitra kerja"),
        "subtitle": card.subtitle,
        "language": formats.language(),
        "generated": card.generated,
        "facts": card.facts,
        "scan": _("Pindai: halaman mitra"),
        "qr": svg(card),
        "qr_alt": card.url,
        "sections": [
            {
                "title": section.heading,
                "lead": section.lead,
                "heads": section.heads,
                "widths": section.widths,
                "nothing": section.nothing,
                "lines": [{"cells": line.cells, "icon": line.icon, "share": line.share} for line in section.lines],
            }
            for section in card.sections
        ],
        "letterhead": None
        if kop is None
        else {
            "superior": _cut(kop.superior, 150),
            "office": _cut(kop.office, 150),
            "address": [_cut(line, 150) for line in kop.address[:3]],
            "logo_alt": _("Logo"),
        },
    }
