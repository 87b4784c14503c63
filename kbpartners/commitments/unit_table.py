"""The table in which each unit gets its own target: as it was typed, pasted from a spreadsheet, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.commitments.service.spreading import Line, Unit
from kbpartners.forms import clean, id_or_none


@dataclass
class Entry:
    """One row: the unit, whether it gets the commitment, where, and its targets as texts."""

    unit: Unit
    chosen: bool
    region_id: int | None
    targets: list[str]
    errors: list[str] = field(default_factory=list)

    @property
    def codes(self) -> list[tuple[int, str]]:
        """The commitments that the unit has already: (id, code)."""
        return [(id_, formats.commitment_code(id_)) for id_ in self.unit.same]

    @property
    def region(self) -> str:
        return dict(self.unit.regions).get(self.region_id or 0, "")


def fresh(units: Sequence[Unit], targets: Sequence[int | None]) -> list[Entry]:
    """The table before anything is typed: the template's targets for all; who has the same commitment is not chosen."""
    texts = ["" if target is None else formats.quantity(target) for target in targets]
    return [Entry(unit, not unit.same, unit.regions[0][0] if unit.regions else None, list(texts)) for unit in units]


def typed(units: Sequence[Unit], posted: Any, columns: int) -> list[Entry]:
    """The table as it was sent: `unit` (ids of the chosen ones), `region-<id>`, `target-<id>-<number>`."""
    chosen = {id_ for text in posted.getlist("unit") if (id_ := id_or_none(text))}
    found = []
    for unit in units:
        region_id = id_or_none(posted.get(f"region-{unit.id}"))
        texts = [clean(posted.get(f"target-{unit.id}-{n}", "")) for n in range(columns)]
        found.append(Entry(unit, unit.id in chosen, region_id or (unit.regions[0][0] if unit.regions else None), texts))
    return found


def remember(fresh: Sequence[Entry], posted: Any, columns: int) -> None:
    """What was typed in the table before the template was changed is in the new one, too."""
    before = set(posted.get("units", "").split(","))
    for now, then in zip(fresh, typed([entry.unit for entry in fresh], posted, columns), strict=True):
        if str(now.unit.id) in before:
            now.chosen, now.region_id = then.chosen, then.region_id
            now.targets = [text or proposed for text, proposed in zip(then.targets, now.targets, strict=True)]


def read(entries: Sequence[Entry]) -> list[Line]:
    """What the chosen rows say; what is wrong is written to the rows' `errors` and the row is left out."""
    lines = []
    for entry in entries:
        if not entry.chosen:
            continue
        targets = [_target(entry, text) for text in entry.targets]
        if entry.region_id not in dict(entry.unit.regions):
            entry.errors.append(_("Pilih wilayah."))
        if not entry.errors:
            lines.append(Line(entry.unit.id, entry.region_id or 0, tuple(targets)))
    return lines


def _target(entry: Entry, text: str) -> int | None:
    try:
        value = formats.parse_quantity(text) if text else 0
    except ValueError as error:
        entry.errors.append(str(error))
        return None
    if value <= 0:
        entry.errors.append(_("Tulis target lebih dari 0."))
    return value


def paste(entries: Sequence[Entry], columns: Mapping[int, str]) -> list[str]:
    """Fill columns of targets from text copied out of a spreadsheet. Returns what could not be placed.

    A line is a number (then there are as many lines as rows, in their order), or a name, a tab and a number.
    """
    problems = []
    for column, text in columns.items():
        lines = text.replace("\r", "").rstrip("\n").split("\n") if text.strip() else []
        if any("\t" in line for line in lines):
            problems += _by_name(entries, column, lines)
        elif lines and len(lines) != len(entries):
            problems.append(
                _(
                    "Ada %(n)s baris yang ditempel, sedangkan di tabel %(rows)s satuan. Tidak ada yang diisi.",
                    n=len(lines),
                    rows=len(entries),
                )
            )
        else:
            for entry, line in zip(entries, lines, strict=False):
                entry.targets[column] = clean(line)
    return problems


def _by_name(entries: Sequence[Entry], column: int, lines: Sequence[str]) -> list[str]:
    known = {_key(name): entry for entry in entries for name in (entry.unit.name, entry.unit.short_name) if name}
    unknown = []
    for line in lines:
        cells = [clean(cell) for cell in line.split("\t")]
        if not any(cells):
            continue
        if entry := known.get(_key(cells[0])):
            entry.targets[column] = next((cell for cell in reversed(cells[1:]) if cell), "")
        else:
            unknown.append(cells[0])
    if not unknown:
        return []
    names = ", ".join(unknown[:20])
    return [_("%(n)s nama tidak ada di tabel: %(names)s.", n=len(unknown), names=names)]


def _key(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
