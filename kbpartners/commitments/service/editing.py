"""Making, correcting, ending and reopening commitments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import delete, func, insert, select, update

from kbpartners import clock, formats, scopes
from kbpartners.agreements.models import Agreement, Clause
from kbpartners.commitments.models import (
    ACTIVE,
    ENDED,
    Commitment,
    CommitmentSupporter,
    Indicator,
    IndicatorTarget,
    ProgressValue,
)
from kbpartners.commitments.service import caches, deferrals
from kbpartners.commitments.service import facts as facts_of
from kbpartners.commitments.service.facts import Facts, SupporterFact
from kbpartners.commitments.service.indicators import IndicatorFact, indicators_of_one
from kbpartners.commitments.service.rules import OPEN
from kbpartners.commitments.service.snapshots import log
from kbpartners.db import db
from kbpartners.errors import Conflict, FieldConflict, Invalid
from kbpartners.meetings.models import Decision, Meeting
from kbpartners.organizations.models import Organization
from kbpartners.regions.models import Region
from kbpartners.security import Identity


class IndicatorTerms(NamedTuple):
    """An indicator as it is agreed on. `id` is None for a new one; `target` is scaled by 1,000."""

    name: str
    target: int | None
    unit: str = ""
    mode: str = "latest"
    source: str = "partner"
    id: int | None = None


@dataclass(frozen=True)
class Terms:
    """What a commitment says. `supporters` maps organisation ids to their contribution in words."""

    title: str
    organization_id: int
    region_id: int
    period_start: date
    due_on: date
    period_end: date | None = None
    description: str = ""
    counterpart_id: int | None = None
    decision_id: int | None = None
    clause_id: int | None = None
    priority: str = "medium"
    supporters: Mapping[int, str] = field(default_factory=dict)
    indicators: Sequence[IndicatorTerms] = ()
    is_example: bool = False

    @property
    def until(self) -> date:
        """The end of the period; without one of its own, the due date."""
        return self.period_end or max(self.due_on, self.period_start)


def create(*, who: Identity, terms: Terms) -> int:
    """Record a commitment and return its id. Raises Invalid with the name of the field that breaks a rule."""
    check(terms)
    record_id = db.session.execute(
        insert(Commitment)
        .values(
            **columns(terms),
            status=ACTIVE,
            is_example=terms.is_example,
            created_at=clock.now(),
            created_by_id=who.user_id,
            report_state="",
            news_on=max(terms.period_start, clock.today()),
            indicators_total=len(terms.indicators),
        )
        .returning(Commitment.id)
    ).scalar_one()
    _write_supporters(record_id, terms.supporters)
    for position, indicator in enumerate(terms.indicators, 1):
        _add_indicator(record_id, position, indicator, terms)
    facts, _relation = facts_of.load(record_id)
    caches.write_scopes(facts)
    scopes.adjust([], caches.keys(caches.tally_units(facts.path), facts.standing))
    log(who, facts, f"{who.name} mencatat komitmen {facts.code} untuk {facts.organization}.")
    return record_id


def edit(commitment_id: int, *, who: Identity, version: int, terms: Terms, reason: str = "") -> None:
    """Correct a commitment. Raises Conflict with both versions if somebody saved since `version`, Invalid, NotFound.

    An indicator that is left out is deleted while nothing has been reported on it, and ended otherwise. A later due day
    is a deferral and needs a `reason`.
    """
    before, _relation = facts_of.lock(commitment_id, who)
    indicators, supporters = indicators_of_one(commitment_id), facts_of.supporters(commitment_id)
    old = described(before, indicators, supporters)
    if before.version != version:
        yours = _described_terms(terms)
        raise Conflict([FieldConflict(label, old[label], yours[label]) for label in old], before.version)
    check(terms, commitment_id, indicators)
    if deferred := deferrals.wanted(before.due_on, terms.due_on, reason):
        deferrals.add(who, [(commitment_id, before.due_on, terms.due_on)], reason)
    reports = caches.history(commitment_id)
    db.session.execute(
        update(Commitment).where(Commitment.id == commitment_id).values(**columns(terms), version=version + 1)
    )
    _write_supporters(commitment_id, terms.supporters)
    _write_indicators(commitment_id, indicators, terms)
    after = caches.settle(before, reports)
    if _audience(before, supporters) != _audience(after, facts_of.supporters(commitment_id)):
        caches.write_scopes(after)
    new = described(after, indicators_of_one(commitment_id), facts_of.supporters(commitment_id))
    changes = [(label, old[label], new[label]) for label in old]
    sentence = f"{who.name} mengubah komitmen {after.code}" + (
        f" dan menunda tenggatnya: {reason.strip()}" if deferred else "."
    )
    log(who, after, sentence, changes=changes)


def end(commitment_id: int, *, who: Identity, reason: str) -> None:
    """Stop an open commitment for a reason that everybody can read. Raises Invalid, NotFound."""
    before, _relation = facts_of.lock(commitment_id, who)
    if before.status not in OPEN:
        raise Invalid(_("Komitmen ini sudah ditutup."))
    if not reason.strip():
        raise Invalid(_("Tulis alasannya."), field="reason")
    _decide(before, who, ENDED, reason.strip(), f"{who.name} menghentikan komitmen {before.code}: {reason.strip()}")


def reopen(commitment_id: int, *, who: Identity, reason: str) -> None:
    """Open a finished or ended commitment again. Raises Invalid, NotFound."""
    before, _relation = facts_of.lock(commitment_id, who)
    if before.status in OPEN:
        raise Invalid(_("Komitmen ini masih berjalan."))
    if not reason.strip():
        raise Invalid(_("Tulis alasannya."), field="reason")
    _decide(before, who, ACTIVE, "", f"{who.name} membuka kembali komitmen {before.code}: {reason.strip()}")


def _decide(before: Facts, who: Identity, status: str, ended_reason: str, sentence: str) -> None:
    reports = caches.history(before.id)
    db.session.execute(
        update(Commitment)
        .where(Commitment.id == before.id)
        .values(finished_on=None, ended_reason=ended_reason[:500], version=before.version + 1)
    )
    after = caches.settle(before, reports, status=status)
    log(
        who,
        after,
        sentence,
        changes=[(_("Status"), facts_of.status_word(before.status), facts_of.status_word(after.status))],
    )


# --- checking ----------------------------------------------------------------------------------------------------


def check(terms: Terms, commitment_id: int | None = None, present: Sequence[IndicatorFact] = ()) -> None:
    """Raise Invalid with the name of the field that breaks a rule; `present` are the indicators that are there."""
    if not terms.title:
        raise Invalid(_("Wajib diisi."), field="title")
    if terms.due_on < terms.period_start:
        raise Invalid(_("Tenggat tidak boleh sebelum tanggal mulai."), field="due_on")
    if terms.until < terms.period_start:
        raise Invalid(_("Akhir periode tidak boleh sebelum tanggal mulai."), field="period_end")
    if terms.priority not in formats.PRIORITIES:
        raise Invalid(_("Pilih salah satu dari daftar."), field="priority")
    _check_units(terms)
    if db.session.get(Region, terms.region_id) is None:
        raise Invalid(_("Pilih wilayah."), field="region_id")
    if terms.decision_id is not None and db.session.get(Decision, terms.decision_id) is None:
        raise Invalid(_("Keputusan rapat tidak ditemukan."), field="decision_id")
    if terms.clause_id is not None and db.session.get(Clause, terms.clause_id) is None:
        raise Invalid(_("Pilih salah satu dari daftar."), field="clause_id")
    known = {indicator.id for indicator in present}
    for indicator in terms.indicators:
        if not indicator.name:
            raise Invalid(_("Tulis nama indikator."), field="indicators")
        if indicator.target is None or indicator.target <= 0:
            raise Invalid(_("Tulis target lebih dari 0 untuk “%(name)s”.", name=indicator.name), field="indicators")
        if indicator.id is not None and indicator.id not in known:
            raise Invalid(_("Indikator tidak ditemukan."), field="indicators")


def _check_units(terms: Terms) -> None:
    wanted = {terms.organization_id, *terms.supporters} | ({terms.counterpart_id} if terms.counterpart_id else set())
    found = set(db.session.execute(select(Organization.id).where(Organization.id.in_(wanted))).scalars())
    for name, ids in (
        ("organization_id", {terms.organization_id}),
        ("counterpart_id", {terms.counterpart_id} - {None}),
        ("supporter_ids", set(terms.supporters)),
    ):
        if ids - found:
            raise Invalid(_("Pilih salah satu dari daftar."), field=name)
    if terms.organization_id in terms.supporters:
        raise Invalid(_("Satuan penanggung jawab tidak perlu ditulis lagi sebagai pendukung."), field="supporter_ids")


# --- writing -----------------------------------------------------------------------------------------------------


def columns(terms: Terms) -> dict[str, Any]:
    """The terms as columns of a commitment."""
    return {
        "title": terms.title,
        "description": terms.description,
        "organization_id": terms.organization_id,
        "counterpart_id": terms.counterpart_id,
        "region_id": terms.region_id,
        "decision_id": terms.decision_id,
        "clause_id": terms.clause_id,
        "period_start": terms.period_start,
        "period_end": terms.until,
        "due_on": terms.due_on,
        "priority": terms.priority,
    }


def _write_supporters(commitment_id: int, supporters: Mapping[int, str]) -> None:
    db.session.execute(delete(CommitmentSupporter).where(CommitmentSupporter.commitment_id == commitment_id))
    rows = [
        {"commitment_id": commitment_id, "organization_id": unit, "contribution": words}
        for unit, words in sorted(supporters.items())
    ]
    if rows:
        db.session.execute(insert(CommitmentSupporter), rows)


def _add_indicator(commitment_id: int, position: int, indicator: IndicatorTerms, terms: Terms) -> None:
    indicator_id = db.session.execute(
        insert(Indicator)
        .values(
            commitment_id=commitment_id,
            position=position,
            name=indicator.name,
            unit=indicator.unit,
            mode=indicator.mode,
            source=indicator.source,
        )
        .returning(Indicator.id)
    ).scalar_one()
    db.session.execute(
        insert(IndicatorTarget).values(
            indicator_id=indicator_id,
            period_start=terms.period_start,
            period_end=terms.until,
            target=indicator.target,
        )
    )


def _write_indicators(commitment_id: int, present: Sequence[IndicatorFact], terms: Terms) -> None:
    kept = {indicator.id: indicator for indicator in terms.indicators if indicator.id is not None}
    gone = [indicator.id for indicator in present if indicator.id not in kept]
    if gone:
        _remove(gone)
    for indicator_id, indicator in kept.items():
        db.session.execute(
            update(Indicator)
            .where(Indicator.id == indicator_id)
            .values(name=indicator.name, unit=indicator.unit, mode=indicator.mode, source=indicator.source)
        )
        _write_target(indicator_id, indicator, terms)
    last = db.session.execute(
        select(func.coalesce(func.max(Indicator.position), 0)).where(Indicator.commitment_id == commitment_id)
    ).scalar_one()
    new = [indicator for indicator in terms.indicators if indicator.id is None]
    for position, indicator in enumerate(new, last + 1):
        _add_indicator(commitment_id, position, indicator, terms)


def _write_target(indicator_id: int, indicator: IndicatorTerms, terms: Terms) -> None:
    """One target over the whole period is moved along; targets of several periods are left as they are."""
    targets = (
        db.session.execute(select(IndicatorTarget.id).where(IndicatorTarget.indicator_id == indicator_id))
        .scalars()
        .all()
    )
    values = {"period_start": terms.period_start, "period_end": terms.until, "target": indicator.target}
    if not targets:
        db.session.execute(insert(IndicatorTarget).values(indicator_id=indicator_id, **values))
    elif len(targets) == 1:
        db.session.execute(update(IndicatorTarget).where(IndicatorTarget.id == targets[0]).values(**values))


def _remove(indicator_ids: Sequence[int]) -> None:
    """Delete indicators nobody has reported on; the others stop counting today and keep their history."""
    reported = set(
        db.session.execute(
            select(ProgressValue.indicator_id).where(ProgressValue.indicator_id.in_(indicator_ids)).distinct()
        ).scalars()
    )
    unused = [id_ for id_ in indicator_ids if id_ not in reported]
    db.session.execute(delete(IndicatorTarget).where(IndicatorTarget.indicator_id.in_(unused)))
    db.session.execute(delete(Indicator).where(Indicator.id.in_(unused)))
    db.session.execute(update(Indicator).where(Indicator.id.in_(reported)).values(ended_on=clock.today()))


def _audience(facts: Facts, supporters: Sequence[SupporterFact]) -> tuple[int, int, frozenset[int]]:
    return facts.organization_id, facts.region_id, frozenset(s.organization_id for s in supporters)


# --- in words ----------------------------------------------------------------------------------------------------


def described(facts: Facts, indicators: Sequence[IndicatorFact], supporters: Sequence[SupporterFact]) -> dict[str, str]:
    """The terms of a commitment by label, as the log and the page of a conflict show them."""
    return _words(
        title=facts.title,
        description=facts.description,
        owner=facts.organization,
        supporters=[(s.name, s.contribution) for s in supporters],
        counterpart=facts.counterpart or "",
        region=facts.region,
        source=facts.source,
        basis=facts.basis,
        period=(facts.period_start, facts.period_end),
        due_on=facts.due_on,
        priority=facts.priority,
        indicators=[(i.name, i.target, i.unit, i.mode, i.source) for i in indicators if i.ended_on is None],
    )


def _described_terms(terms: Terms) -> dict[str, str]:
    """The same words for what somebody typed."""
    ids = {terms.organization_id, terms.counterpart_id, *terms.supporters}
    names = dict(db.session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(ids))).all())
    region = db.session.execute(select(Region.name).where(Region.id == terms.region_id)).scalar()
    return _words(
        title=terms.title,
        description=terms.description,
        owner=names.get(terms.organization_id, ""),
        supporters=[(names.get(unit, ""), words) for unit, words in terms.supporters.items()],
        counterpart=names.get(terms.counterpart_id or 0, ""),
        region=region or "",
        source=_source(terms.decision_id),
        basis=_basis(terms.clause_id),
        period=(terms.period_start, terms.until),
        due_on=terms.due_on,
        priority=terms.priority,
        indicators=[(i.name, i.target, i.unit, i.mode, i.source) for i in terms.indicators],
    )


def _source(decision_id: int | None) -> str:
    row = db.session.execute(
        select(Meeting.kind, Meeting.held_on, Decision.kind, Decision.number)
        .join(Meeting, Meeting.id == Decision.meeting_id)
        .where(Decision.id == decision_id)
    ).one_or_none()
    return f"{facts_of.meeting_label(row[0], row[1])}, {facts_of.decision_label(row[2], row[3])}" if row else ""


def _basis(clause_id: int | None) -> str:
    row = db.session.execute(
        select(Agreement.title, Clause.article, Clause.paragraph)
        .join(Clause, Clause.agreement_id == Agreement.id)
        .where(Clause.id == clause_id)
    ).one_or_none()
    return facts_of.basis_label(*row) if row else ""


def _words(
    *,
    title: str,
    description: str,
    owner: str,
    supporters: Sequence[tuple[str, str]],
    counterpart: str,
    region: str,
    source: str,
    basis: str,
    period: tuple[date, date],
    due_on: date,
    priority: str,
    indicators: Sequence[tuple[str, int | None, str, str, str]],
) -> dict[str, str]:
    modes = {"sum": _("dijumlahkan"), "latest": _("angka terakhir")}
    return {
        _("Judul"): title,
        _("Uraian"): description,
        _("Satuan penanggung jawab"): owner,
        _("Pendukung"): "; ".join(sorted(f"{name}: {words}" if words else name for name, words in supporters)),
        _("Tim kerja BKKBN"): counterpart,
        _("Wilayah"): region,
        _("Keputusan rapat"): source,
        _("Dasar naskah"): basis,
        _("Jangka waktu"): f"{formats.date_medium(period[0])} – {formats.date_medium(period[1])}",
        _("Tenggat"): formats.date_medium(due_on),
        _("Prioritas"): formats.word("priority", priority),
        _("Indikator"): "; ".join(
            f"{name}, target {formats.quantity(target)} {unit}".rstrip()
            + f" ({modes.get(mode, mode)}, {formats.word('indicator_source', source)})"
            for name, target, unit, mode, source in indicators
        ),
    }
