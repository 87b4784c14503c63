"""Reports on a commitment: sent once and kept for ever; and the evidence that is added to them later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, insert, select, update

from kbpartners import clock, formats, scopes
from kbpartners.attachments import service as attachments
from kbpartners.commitments.models import (
    PROPOSED_DONE,
    RETURNED,
    SUBMITTED,
    Commitment,
    CommitmentScope,
    Indicator,
    ProgressReport,
    ProgressValue,
)
from kbpartners.commitments.service import caches
from kbpartners.commitments.service import facts as facts_of
from kbpartners.commitments.service.facts import Facts
from kbpartners.commitments.service.indicators import IndicatorFact, indicators_of_one
from kbpartners.commitments.service.rules import LIAISON, OPEN, after_report, may_fill, may_report
from kbpartners.commitments.service.snapshots import log
from kbpartners.db import db, fetch, fetch_one, run
from kbpartners.errors import Invalid, NotFound, Refused
from kbpartners.organizations.models import Organization, Post
from kbpartners.scopes import Relation
from kbpartners.security import Identity, Permission, Role, visible

ON_TRACK, OBSTACLE = "on_track", "obstacle"

# The write that happens most, as plain statements made once: through the mapper it costs twice as much.
_reports, _values, _commitments, _indicators = (
    cast(Table, model.__table__) for model in (ProgressReport, ProgressValue, Commitment, Indicator)
)
_INSERT_REPORT = insert(_reports).returning(_reports.c.id)
_INSERT_VALUES = insert(_values)
_UPDATE_COMMITMENT = (
    update(_commitments)
    .where(_commitments.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in ("status", "report_state", "news_on", "last_report_on")})
)
_UPDATE_PENDING = (
    update(_indicators).where(_indicators.c.id == bindparam("key")).values({"pending": bindparam("pending")})
)


@dataclass(frozen=True)
class Behalf:
    """How a report arrived that the secretariat enters for a unit: source, sender, number and date of the letter."""

    source: str
    sender: str = ""
    number: str = ""
    day: date | None = None
    organization_id: int | None = None


@dataclass(frozen=True)
class Progress:
    """What a report says. `values` maps indicator ids to quantities × 1,000; one that is left out is "not reported".

    `proposal` is on_track, obstacle or proposed_done. `behalf` is for the secretariat only.
    """

    values: Mapping[int, int] = field(default_factory=dict)
    note: str = ""
    obstacle: str = ""
    next_step: str = ""
    proposal: str = ON_TRACK
    behalf: Behalf | None = None

    @property
    def entered(self) -> Behalf | None:
        """How it arrived, if somebody entered it for the unit."""
        return self.behalf if self.behalf and self.behalf.source else None


class Sent(NamedTuple):
    """What became of a report: its id, and whether it is new (False: the same token had been sent before)."""

    report_id: int
    is_new: bool


def report(
    commitment_id: int,
    *,
    who: Identity,
    token: str,
    progress: Progress,
    link: str = "",
    without: Iterable[int] = (),
) -> Sent:
    """Send in a report (status `submitted`); drafts of evidence under the same token become its evidence.

    The same token again answers with the first report, so a form sent twice on a bad line counts once. `link` is
    evidence on the web, `without` are ids of drafts to drop. Raises NotFound outside the scope, Refused for a unit that
    only reads, Invalid with the field (`value-<indicator id>`, `note`, `obstacle`, `status`, `source`, `sender`, …).
    """
    if not of_secretariat(who):
        progress = replace(progress, behalf=None)
    before, relation = facts_of.lock(commitment_id, who)
    first = _sent_before(token, commitment_id, who)
    if first is not None:
        attachments.adopt(token, who, report_id=first.id, is_source=first.source != LIAISON, without=without)
        return Sent(first.id, False)
    indicators = indicators_of_one(commitment_id)
    if not may_report(who.role, relation, (indicator.source for indicator in indicators)):
        raise Refused(_("Satuan Anda dapat melihat komitmen ini, tetapi bukan pelapornya."))
    _check(before, indicators, progress, who, relation)
    if link:
        attachments.check_link(link)
    report_id = _insert(before, who, token, progress)
    if link:
        attachments.add_link(link, "", who, token)
    attachments.adopt(token, who, report_id=report_id, is_source=progress.entered is not None, without=without)
    after, counted = _count_in(before, indicators, progress)
    _log_report(who, after, indicators, counted, progress)
    return Sent(report_id, True)


def _sent_before(token: str, commitment_id: int, who: Identity) -> Any:
    """(id, source) of this person's report with the token; None if there is none yet."""
    again = _("Muat ulang halaman, lalu kirim lagi.")
    if not token:
        raise Invalid(again)
    row = fetch_one(_BY_TOKEN, {"token": token})
    if row is not None and (row.commitment_id, row.author_id) != (commitment_id, who.user_id):
        raise Invalid(again)
    return row


_BY_TOKEN = select(
    ProgressReport.id, ProgressReport.source, ProgressReport.commitment_id, ProgressReport.author_id
).where(ProgressReport.token == bindparam("token"))


def _check(
    before: Facts, indicators: Sequence[IndicatorFact], progress: Progress, who: Identity, relation: int | None
) -> None:
    if before.status not in OPEN:
        raise Invalid(_("Komitmen ini sudah ditutup, jadi laporan baru tidak diterima. Hubungi sekretariat."))
    if progress.proposal not in (ON_TRACK, OBSTACLE, PROPOSED_DONE):
        raise Invalid(_("Pilih salah satu."), field="status")
    if progress.proposal == OBSTACLE and not progress.obstacle:
        raise Invalid(_("Anda memilih “Ada kendala”. Tulis kendalanya."), field="obstacle")
    if not progress.note and not progress.values:
        raise Invalid(_("Tulis apa yang sudah dikerjakan, atau isi paling sedikit satu angka."), field="note")
    sources = {indicator.id: indicator.source for indicator in indicators}
    for indicator_id, value in progress.values.items():
        if indicator_id not in sources or not may_fill(who.role, relation, sources[indicator_id]):
            raise Invalid(_("Angka ini dilaporkan pihak lain."), field=f"value-{indicator_id}")
        if value < 0:
            raise Invalid(_("Angka tidak boleh kurang dari 0."), field=f"value-{indicator_id}")
    if of_secretariat(who):
        _check_behalf(before, progress.entered, relation)


def _check_behalf(before: Facts, behalf: Behalf | None, relation: int | None) -> None:
    """The secretariat says how the report came; only work of BKKBN's own units may come from itself."""
    if behalf is None and relation == Relation.OWNER:
        return
    if behalf is None or behalf.source not in formats.SOURCES or behalf.source == LIAISON:
        raise Invalid(_("Pilih dari mana laporan ini diterima."), field="source")
    if not behalf.sender:
        raise Invalid(_("Tulis siapa pengirimnya."), field="sender")
    if behalf.day is not None and behalf.day > clock.today():
        raise Invalid(_("Tanggal ini belum terjadi."), field="source_date")
    if behalf.organization_id is not None and behalf.organization_id not in dict(unit_choices(before)):
        raise Invalid(_("Pilih salah satu dari daftar."), field="on_behalf_of_id")


def of_secretariat(who: Identity) -> bool:
    """Whether this person reports on behalf of units instead of for one."""
    return who.role in (Role.ADMIN, Role.SECRETARIAT)


def _insert(before: Facts, who: Identity, token: str, progress: Progress) -> int:
    period_end = _period_end(progress)
    columns = {
        "commitment_id": before.id,
        "token": token,
        "status": SUBMITTED,
        "proposal": progress.proposal,
        "period_start": min(before.period_start, period_end),
        "period_end": period_end,
        "note": progress.note,
        "obstacle": progress.obstacle,
        "next_step": progress.next_step,
        "submitted_at": clock.now(),
        "author_id": who.user_id,
        "author_post_id": who.post_id,
        **_arrival(before, progress.entered),
    }
    report_id: int = run(_INSERT_REPORT, columns).scalar_one()
    if progress.values:
        values = sorted(progress.values.items())
        rows = [{"report_id": report_id, "indicator_id": key, "value": value} for key, value in values]
        run(_INSERT_VALUES, rows)
    return report_id


def _period_end(progress: Progress) -> date:
    """The day the figures are of: that of the letter or message, else today."""
    return (progress.entered and progress.entered.day) or clock.today()


def _arrival(before: Facts, behalf: Behalf | None) -> dict[str, Any]:
    if behalf is None:
        return {"source": LIAISON}
    return {
        "source": behalf.source,
        "sender": behalf.sender,
        "source_number": behalf.number,
        "source_date": behalf.day,
        "on_behalf_of_id": behalf.organization_id or before.organization_id,
    }


def _count_in(
    before: Facts, indicators: Sequence[IndicatorFact], progress: Progress
) -> tuple[Facts, list[IndicatorFact]]:
    """Move the caches by one new report: the work does not grow with the reports that are there already."""
    today = clock.today()
    standing = after_report(before.standing, progress.proposal, today)
    moved = {name: getattr(standing, name) for name in ("status", "report_state", "news_on", "last_report_on")}
    run(_UPDATE_COMMITMENT, {"key": before.id, **moved})
    units = caches.tally_units(before.path)
    scopes.adjust(caches.keys(units, before.standing), caches.keys(units, standing, [today]))
    after = before._replace(**standing._asdict())
    if _period_end(progress) == today:
        return after, _with_pending(indicators, progress.values)
    # A letter of an earlier day may come after figures of a later one: the history decides what would stand.
    caches.refresh_indicators(before.id)
    return after, indicators_of_one(before.id)


def _with_pending(indicators: Sequence[IndicatorFact], values: Mapping[int, int]) -> list[IndicatorFact]:
    changed = []
    for indicator in indicators:
        if indicator.id in values:
            earlier = (indicator.pending or 0) if indicator.mode == "sum" else 0
            indicator = indicator._replace(pending=earlier + values[indicator.id])
        changed.append(indicator)
    rows = [{"key": i.id, "pending": i.pending} for i in changed if i.id in values]
    if rows:
        run(_UPDATE_PENDING, rows)
    return changed


def _log_report(
    who: Identity, after: Facts, old: Sequence[IndicatorFact], new: Sequence[IndicatorFact], progress: Progress
) -> None:
    sentence = f"{who.name} melaporkan kemajuan {after.code}."
    if behalf := progress.entered:
        source = formats.word("source", behalf.source)
        sentence = f"{who.name} mencatat laporan {after.code} atas nama satuan. {source}, pengirim {behalf.sender}."
    earlier = {indicator.id: indicator.pending for indicator in old}
    changes = [(i.name, formats.quantity(earlier.get(i.id)), formats.quantity(i.pending)) for i in new]
    log(who, after, sentence, changes=changes, indicators=new)


# --- evidence that comes later ------------------------------------------------------------------------------------


class Owned(NamedTuple):
    """A report whose evidence may be added to: by its author, or by the secretariat if it was entered on behalf."""

    id: int
    commitment_id: int
    source: str
    status: str
    submitted_at: datetime


def own_report(commitment_id: int, report_id: int, who: Identity) -> Owned:
    """A report that `who` may add evidence to. Raises NotFound; Refused for another unit's or a returned one."""
    facts_of.load(commitment_id, who)
    row = db.session.execute(
        select(
            ProgressReport.id,
            ProgressReport.commitment_id,
            ProgressReport.source,
            ProgressReport.status,
            ProgressReport.submitted_at,
            ProgressReport.author_id,
            Post.organization_id.label("author_unit"),
        )
        .outerjoin(Post, Post.id == ProgressReport.author_post_id)
        .where(ProgressReport.id == report_id, ProgressReport.commitment_id == commitment_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    # People move on, the report stays the unit's: whoever speaks for it now brings what is still missing.
    own = row.author_id == who.user_id or (not who.of_office and row.author_unit in who.unit_ids)
    if not own and not (row.source != LIAISON and who.can(Permission.COMMITMENTS_VERIFY)):
        raise Refused(_("Bukti dukung ditambahkan oleh yang mengirim laporan."))
    if row.status == RETURNED:
        raise Refused(_("Laporan ini sudah dikembalikan. Lampirkan bukti pada laporan yang baru."))
    return Owned(*row[:5])


def add_evidence(
    commitment_id: int, report_id: int, *, who: Identity, token: str, link: str = "", without: Iterable[int] = ()
) -> int:
    """Hand the drafts of a token to a report that was sent before; returns how many were added. Raises as above."""
    own = own_report(commitment_id, report_id, who)
    if link:
        attachments.add_link(link, "", who, token)
    if not attachments.drafts(token, who):
        raise Invalid(_("Pilih berkas, atau tulis tautannya."), field="files")
    added = attachments.adopt(token, who, report_id=report_id, is_source=own.source != LIAISON, without=without)
    if added:
        facts, _relation = facts_of.load(commitment_id)
        names = ", ".join(file.filename for file in added)
        log(who, facts, f"{who.name} menambahkan bukti dukung pada laporan {facts.code}: {names}.")
    return len(added)


def commitment_of(report_id: int, who: Identity) -> int:
    """The commitment that a report is about. Raises NotFound outside the scope."""
    commitment_id = db.session.execute(
        select(ProgressReport.commitment_id).where(
            ProgressReport.id == report_id, visible(CommitmentScope, ProgressReport.commitment_id, who)
        )
    ).scalar()
    if commitment_id is None:
        raise NotFound()
    return commitment_id


_UNITS = (
    select(Organization.id, Organization.name)
    .join(CommitmentScope, CommitmentScope.unit_id == Organization.id)
    .where(CommitmentScope.record_id == bindparam("id"), CommitmentScope.relation != Relation.OFFICE)
    .order_by(CommitmentScope.relation, Organization.path)
)


def unit_choices(facts: Facts) -> list[tuple[int, str]]:
    """(id, name) of the units a report may be entered for: the owner first, then supporters and the region's OPD-KB."""
    found = [(row.id, row.name) for row in fetch(_UNITS, {"id": facts.id})]
    return sorted(found, key=lambda pair: pair[0] != facts.organization_id)
