"""Doing to many commitments what `bulk` has planned: one transaction, statements over sets, all of it in the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from kbpartners import formats, scopes
from kbpartners.audit import service as audit
from kbpartners.commitments.service import bulk, caches, deferrals, mass
from kbpartners.commitments.service.bulk import COUNTERPART, DUE, PERIOD, SHIFT, Change, Choice, Drift, Item, Plan, Step
from kbpartners.commitments.service.facts import Facts
from kbpartners.errors import DomainError, Invalid
from kbpartners.scopes import TallyKey
from kbpartners.security import Identity

SUBJECT = "commitment_bulk"
"""The one revision that tells a whole deed; its subject is the first commitment."""


class Drifted(DomainError):
    """The chosen commitments are no longer what was confirmed. Carries what is there now."""

    status = 409

    def __init__(self, drift: Drift, items: list[Item]) -> None:
        super().__init__(_("Sejak dihitung, ada yang berubah."))
        self.drift, self.items = drift, items


def carry_out(*, who: Identity, choice: Choice, change: Change, scope: str = "") -> Plan:
    """Do a confirmed change and return what was done.

    Raises Drifted if a commitment is no longer as it was seen or the set is another one, Invalid if a rule is broken or
    nothing is left to do. Nothing is done by halves. `scope` says in words what the chosen ones have in common.
    """
    mass.lock(seen.id for seen in choice.seen)
    items = bulk.find(who, choice)
    if found := bulk.drift(choice, items):
        raise Drifted(found, items)
    plan = bulk.plan(items, change)
    if plan.wrong and not change.leave_out:
        raise Invalid(broken(plan), field="rows")
    if not plan.steps:
        raise Invalid(_("Tidak ada yang berubah: semua sudah begitu atau sudah ditutup."), field="rows")
    _apply(who, plan.steps, change, plan.counterpart, scope)
    return plan


def broken(plan: Plan, most: int = 20) -> str:
    """The rows that break a rule, named, with their number."""
    rows = [f"{item.code} ({why})" for item, why in plan.wrong[:most]]
    more = _(" dan %(n)s lagi", n=len(plan.wrong) - most) if len(plan.wrong) > most else ""
    return _("%(n)s komitmen tidak dapat diubah begitu: %(rows)s.", n=len(plan.wrong), rows=", ".join(rows) + more)


def _apply(who: Identity, steps: Sequence[Step], change: Change, counterpart: str, scope: str) -> None:
    """A number of statements that grows with batches only."""
    ids = [step.item.id for step in steps]
    mass.write([_row(step) for step in steps])
    if any(step.moved for step in steps):
        mass.resort([step.item.id for step in steps if step.moved])
        later = [(step.item.id, step.item.due_on, step.due_on) for step in steps if step.moved > 0]
        deferrals.add(who, later, change.reason)
    if any(step.takes_period for step in steps):
        mass.move_targets([step.item.id for step in steps if step.takes_period])
    _adjust(steps)
    with force_locale("id"):
        known = {step.item.id: step for step in steps}
        mass.log(who, ids, lambda facts: _told(who, known[facts.id], facts, change))
        audit.record(who, SUBJECT, ids[0], summary(who, len(ids), change, counterpart, scope))


def _adjust(steps: Sequence[Step]) -> None:
    """The tallies, once for all. Waiting reports are counted as before."""
    before: list[TallyKey] = []
    after: list[TallyKey] = []
    for step in steps:
        if step.standing != step.item.standing:
            units = caches.tally_units(step.item.path)
            before += caches.keys(units, step.item.standing)
            after += caches.keys(units, step.standing)
    scopes.adjust(before, after)


def _row(step: Step) -> dict[str, Any]:
    return {
        "at": step.item.id,
        "due_on": step.due_on,
        "period_start": step.period_start,
        "period_end": step.period_end,
        "counterpart_id": step.counterpart_id,
        "news_on": step.news_on,
    }


def _told(who: Identity, step: Step, facts: Facts, change: Change) -> mass.Told:
    """The sentence and the differences of one commitment, in Indonesian."""
    item, code, because = step.item, facts.code, f": {change.reason.strip()}" if change.reason.strip() else "."
    old, new = formats.date_medium(item.due_on), formats.date_medium(facts.due_on)
    changes = [
        ("Tenggat", old, new),
        ("Jangka waktu", _period(item.period_start, item.period_end), _period(facts.period_start, facts.period_end)),
        ("Tim kerja BKKBN", item.counterpart or "", facts.counterpart or ""),
    ]
    if change.action in (DUE, SHIFT):
        verb = "menunda" if step.moved > 0 else "memajukan"
        return f"{who.name} {verb} tenggat komitmen {code} dari {old} menjadi {new}{because}", changes
    if change.action == COUNTERPART:
        return f"{who.name} memindahkan komitmen {code} ke {facts.counterpart}{because}", changes
    return f"{who.name} mengubah jangka waktu komitmen {code} menjadi {changes[1][2]}{because}", changes


def _period(start: date, end: date) -> str:
    return f"{formats.date_medium(start)} – {formats.date_medium(end)}"


def summary(who: Identity, n: int, change: Change, counterpart: str = "", scope: str = "") -> str:
    """The whole deed in one sentence, in Indonesian."""
    what = {
        DUE: f"mengubah tenggat {n} komitmen menjadi {formats.date_medium(change.due_on)}",
        SHIFT: f"menggeser tenggat {n} komitmen sejauh {change.days} hari",
        COUNTERPART: f"memindahkan {n} komitmen ke {counterpart}",
        PERIOD: f"mengubah jangka waktu {n} komitmen",
    }[change.action]
    among = f" ({scope})" if scope else ""
    return f"{who.name} {what}{among}" + (f": {change.reason.strip()}" if change.reason.strip() else ".")
