"""The breadcrumbs of everything about a unit."""

from __future__ import annotations

from flask_babel import gettext as _

from kbpartners.organizations import service
from kbpartners.security import Identity


def trail(who: Identity, unit: service.Detail, *, inside: bool = True) -> list[tuple[str, str | None]]:
    """ "Mitra kerja / Kodam / Kodim": the units above, and (on a page `inside`) the unit itself. What one may not read
    is plain text. One query where there is something above."""
    steps: list[tuple[str, str | None]] = [(_("Mitra kerja"), "/mitra")]
    steps += [(step.name, f"/mitra/{step.id}" if step.readable else None) for step in service.way_to(who, unit.path)]
    return [*steps, (unit.name, f"/mitra/{unit.id}")] if inside else steps
