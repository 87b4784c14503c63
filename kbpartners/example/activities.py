"""Joint activities of the current cycle at real Kampung KB: every status, some with pictures, all "contoh"."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from kbpartners import clock
from kbpartners.activities import service as activities
from kbpartners.activities.service import ActivityValues, Partner, RealisationValues
from kbpartners.attachments import service as attachments
from kbpartners.commitments.models import Commitment
from kbpartners.db import db
from kbpartners.example import pictures
from kbpartners.example.cycle import Stage
from kbpartners.example.words import PARTNERS, Words
from kbpartners.kampung.models import Kampung

# planned day, days it takes, what becomes of it
_PLAN = (
    (9, 0, "planned"),
    (-1, 2, "ongoing"),
    (-7, 0, "awaiting"),
    (-10, 0, "reported"),
    (-22, 1, "verified"),
    (-16, 0, "cancelled"),
)


def load(stage: Stage) -> None:
    """Six activities a partner, the third and fourth with two partners at one place."""
    places = list(
        db.session.execute(
            select(Kampung.id)
            .where(Kampung.regency_id == stage.regions["16.04"], Kampung.ended_on.is_(None))
            .order_by(Kampung.name)
            .limit(24)
        ).scalars()
    )
    if not places:
        return
    for number, words in enumerate(PARTNERS):
        served = db.session.execute(
            select(Commitment.id)
            .where(
                Commitment.organization_id == stage.units[words.unit],
                Commitment.status == "active",
                Commitment.is_example,
            )
            .order_by(Commitment.id)
            .limit(1)
        ).scalar_one_or_none()
        for position, ((day, length, fate), (title, function)) in enumerate(zip(_PLAN, words.activities, strict=True)):
            with clock.backdated(stage.at(-28)):
                activity = activities.create(
                    who=stage.people["sekretariat"],
                    values=ActivityValues(
                        title=f"{title} (contoh)",
                        kampung_id=places[(number * 6 + position) % len(places)],
                        organization_id=stage.units[words.unit],
                        family_function=function,
                        planned_on=stage.day(day),
                        planned_until=stage.day(day + length),
                        contribution="Penggerakan peserta dan tempat",
                        partners=(
                            Partner(stage.units["opd_16.04"], "Tenaga PLKB dan data sasaran"),
                            Partner(stage.units["ibi"], "Bidan"),
                        ),
                        commitment_ids=(served,) if served else (),
                    ),
                    is_example=True,
                )
            _fate(stage, words, activity, day, title, fate)


def _fate(stage: Stage, words: Words, activity: int, day: int, title: str, fate: str) -> None:
    if fate == "cancelled":
        with clock.backdated(stage.at(day - 1)):
            activities.cancel(
                who=stage.people["sekretariat"], activity_id=activity, reason="Cuaca buruk, dijadwalkan ulang (contoh)."
            )
    if fate not in ("reported", "verified"):
        return
    with clock.backdated(stage.at(day + 2)):
        who = stage.people[words.account]
        values = RealisationValues(
            realised_on=stage.day(day),
            realised_until=stage.day(day),
            participants=35 + abs(day),
            result="Kegiatan terlaksana bersama warga; daftar hadir disimpan di balai desa.",
        )
        activities.report(who=who, activity_id=activity, values=values)
        token = str(uuid.uuid4())
        photos = [pictures.photo(title), pictures.photo(f"{title} warga")]
        attachments.save(attachments.prepare(photos, attachments.limit_bytes()), who=who, draft_token=token)
        attachments.adopt(token, who, activity_id=activity)
    if fate == "verified":
        with clock.backdated(stage.at(day + 3, 7)):
            activities.verify(who=stage.people["sekretariat"], activity_id=activity, decision="accept")
