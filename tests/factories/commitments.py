"""Commitments and reports through the services, with short defaults."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from kbpartners import clock
from kbpartners.accounts.service import identity_for
from kbpartners.commitments import service
from kbpartners.commitments.service import Behalf, IndicatorTerms, Progress, Terms
from kbpartners.security import Identity
from tests.cast import Cast


def _at(day: date | None, hour: int = 3) -> AbstractContextManager[None]:
    """The clock at ten in the morning of a day (WIB); now without one."""
    return clock.backdated(datetime.combine(day, time(hour), tzinfo=UTC)) if day else nullcontext()


def acting_as(cast: Cast, name: str) -> Identity:
    """A member of the cast (inside an application context)."""
    person = identity_for(cast.users[name])
    assert person is not None
    return person


def terms(cast: Cast, **changes: Any) -> Terms:
    """What a commitment of the Kodam says: two months long, half over, one indicator of the partner's own figures."""
    today = clock.today()
    values: dict[str, Any] = {
        "title": "Babinsa mendampingi Kampung KB di setiap kecamatan",
        "organization_id": cast.units[changes.pop("owner", "kodam")],
        "region_id": cast.regions[changes.pop("region", "16")],
        "period_start": today - timedelta(days=30),
        "due_on": today + timedelta(days=30),
        "indicators": (IndicatorTerms("Kecamatan didampingi", 241_000, "kecamatan"),),
    }
    supporters = changes.pop("supporters", {})
    values["supporters"] = {cast.units[name]: words for name, words in supporters.items()}
    return Terms(**{**values, **changes})


def commitment(cast: Cast, *, by: str = "sekretariat", created_on: date | None = None, **changes: Any) -> int:
    """A new commitment; it was recorded on its first day, or on `created_on`. Returns its id."""
    wanted = terms(cast, **changes)
    day = created_on or min(wanted.period_start, clock.today())
    with _at(day):
        return service.create(who=acting_as(cast, by), terms=wanted)


def indicator_ids(commitment_id: int) -> list[int]:
    """The ids of its indicators in order."""
    return [indicator.id for indicator in service.indicators_of_one(commitment_id)]


def reported(
    cast: Cast,
    commitment_id: int,
    *values: int | None,
    by: str = "tni",
    on: date | None = None,
    token: str = "",
    link: str = "",
    **progress: Any,
) -> int:
    """A report with whole numbers for the indicators in order (None: not reported). Returns its id."""
    ids = indicator_ids(commitment_id)
    figures = {key: value * 1000 for key, value in zip(ids, values, strict=False) if value is not None}
    if by in ("sekretariat", "admin"):
        progress.setdefault("behalf", Behalf("whatsapp", "Kapten Sari"))
    sent = Progress(values=figures, note=progress.pop("note", "Pendampingan berjalan."), **progress)
    with _at(on):
        who, token = acting_as(cast, by), token or uuid.uuid4().hex
        return service.report(commitment_id, who=who, token=token, progress=sent, link=link).report_id


def accepted(cast: Cast, commitment_id: int, *values: int | None, **progress: Any) -> int:
    """A report that the secretariat has accepted. Returns its id."""
    report_id = reported(cast, commitment_id, *values, **progress)
    by = "admin" if progress.get("by") == "sekretariat" else "sekretariat"
    with _at(progress.get("on"), hour=4):
        service.verify(report_id, who=acting_as(cast, by), decision="accept")
    return report_id


def returned(
    cast: Cast, commitment_id: int, *values: int | None, note: str = "Angka belum lengkap.", **more: Any
) -> int:
    """A report that the secretariat has sent back. Returns its id."""
    report_id = reported(cast, commitment_id, *values, **more)
    with _at(more.get("on"), hour=4):
        service.verify(report_id, who=acting_as(cast, "sekretariat"), decision="return", note=note)
    return report_id
