"""Kampung KB as plain rows, and activities made through the service."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from kbpartners.activities import service
from kbpartners.activities.service import ActivityValues, Partner, RealisationValues
from kbpartners.db import db
from kbpartners.kampung.models import Kampung
from kbpartners.security import Identity
from tests.cast import Cast


def kampung(cast: Cast, name: str = "Bungur", village: str = "16.04.12.2001", **values: Any) -> int:
    """An active Kampung KB in a village of the cast's corner of the province; returns its id."""
    row = Kampung(
        name=name,
        region_id=cast.regions[village],
        district_id=cast.regions[village[:8]],
        regency_id=cast.regions[village[:5]],
        version=1,
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def activity(
    cast: Cast,
    who: Identity | None = None,
    *,
    kampung_id: int,
    organizer: str = "kodim",
    partners: dict[str, str] | None = None,
    commitments: tuple[int, ...] = (),
    is_example: bool = False,
    **values: Any,
) -> int:
    """An activity planned for 1 June 2026, organised by a unit of the cast; returns its id."""
    planned_on = values.pop("planned_on", date(2026, 6, 1))
    plan: dict[str, Any] = {
        "title": "Pelayanan KB bergerak bersama Kodim",
        "family_function": "reproduksi",
        "planned_on": planned_on,
        "planned_until": values.pop("planned_until", planned_on),
        **values,
    }
    return service.create(
        who=who,
        values=ActivityValues(
            kampung_id=kampung_id,
            organization_id=cast.units[organizer],
            partners=tuple(Partner(cast.units[name], words) for name, words in (partners or {}).items()),
            commitment_ids=commitments,
            **plan,
        ),
        token=str(uuid.uuid4()),
        is_example=is_example,
    )


def reported(who: Identity | None, activity_id: int, *, version: int | None = None, **values: Any) -> None:
    """A report of what was done on 1 June 2026."""
    values = {"realised_on": date(2026, 6, 1), "result": "43 peserta dilayani.", "participants": 43, **values}
    service.report(who=who, activity_id=activity_id, values=RealisationValues(**values), version=version)
