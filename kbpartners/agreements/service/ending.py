"""Ending a document before its term (diakhiri) and taking that back; files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import update

from kbpartners import clock, formats
from kbpartners.agreements.models import DRAFT, Agreement
from kbpartners.agreements.service import facts as facts_of
from kbpartners.agreements.service.facts import Facts
from kbpartners.agreements.service.records import described_title, write_agreement_scopes
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.security import Identity


def end(*, who: Identity | None, agreement_id: int, ended_on: date, reason: str) -> None:
    """A document no longer counts from a day on. Raises NotFound, Invalid (`ended_on`, `reason`)."""
    facts = facts_of.lock(who, agreement_id)
    if facts.ended_on is not None:
        raise Invalid(_("Naskah ini sudah diakhiri."))
    if facts.state(clock.today()).key == DRAFT:
        raise Invalid(_("Naskah yang masih draf tidak perlu diakhiri."))
    if not reason.strip():
        raise Invalid(_("Tulis alasannya."), "reason")
    first = facts.starts_on or facts.signed_on
    if first and ended_on < first:
        raise Invalid(_("Naskah tidak dapat diakhiri sebelum mulai berlaku."), "ended_on")
    if facts.ends_on and ended_on > facts.ends_on:
        day = formats.date_medium(facts.ends_on)
        raise Invalid(_("Jangka waktunya sudah habis pada %(day)s.", day=day), "ended_on")
    _write(facts, ended_on, reason.strip()[:500])
    name, day = described_title(facts.kind, facts.title), formats.date_short(ended_on)
    sentence = f"{facts_of.actor(who)} mengakhiri {name} per {day}: {reason.strip()}"
    facts_of.log(who, agreement_id, sentence, [("Diakhiri", "", day)])


def reopen(*, who: Identity | None, agreement_id: int, reason: str) -> None:
    """Take the ending back. Raises NotFound, Invalid (`reason`)."""
    facts = facts_of.lock(who, agreement_id)
    if facts.ended_on is None:
        raise Invalid(_("Naskah ini tidak diakhiri."))
    if not reason.strip():
        raise Invalid(_("Tulis alasannya."), "reason")
    _write(facts, None, "")
    name, day = described_title(facts.kind, facts.title), formats.date_short(facts.ended_on)
    sentence = f"{facts_of.actor(who)} membatalkan pengakhiran {name}: {reason.strip()}"
    facts_of.log(who, agreement_id, sentence, [("Diakhiri", day, "")])


def _write(facts: Facts, ended_on: date | None, reason: str) -> None:
    db.session.execute(
        update(Agreement)
        .where(Agreement.id == facts.id)
        .values(ended_on=ended_on, ended_reason=reason, version=facts.version + 1)
        .execution_options(synchronize_session=False)
    )
    write_agreement_scopes(facts.id)


def note_files(*, who: Identity, agreement_id: int, names: Sequence[str]) -> None:
    """Say in the log that files were added (nothing if there are none). Raises NotFound."""
    facts = facts_of.lock(who, agreement_id)
    if names:
        name = described_title(facts.kind, facts.title)
        sentence = f"{who.name} menambahkan {len(names)} berkas pada {name}."
        facts_of.log(who, agreement_id, sentence, [("Berkas", "", ", ".join(names))])
