"""Documents of every kind and state. What is public of them is how such papers look: the kinds, that each party has its
own number, and one pair of numbers of a real agreement. Dates, titles and signatories are made up: all is "contoh"."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from kbpartners import clock
from kbpartners.agreements import service
from kbpartners.agreements.service import AgreementValues, ClauseValues, PartyValues, RenewalValues
from kbpartners.commitments import service as commitments
from kbpartners.commitments.models import Commitment
from kbpartners.db import db
from kbpartners.example.cycle import Stage
from kbpartners.organizations.models import Organization

SERVICE_CLAUSES = (
    ClauseValues("3", "1", "Para pihak menggerakkan masyarakat mengikuti pelayanan KB (contoh)."),
    ClauseValues("3", "2", "Satuan kewilayahan mendampingi Kampung KB di setiap kecamatan (contoh)."),
    ClauseValues("5", "", "Pelaksanaan dilaporkan setiap triwulan (contoh)."),
)


def load(stage: Stage) -> None:
    """Record the documents and let the commitments of the current cycle cite their clauses."""
    lineage = _army(stage)
    _police(stage)
    _doctors(stage)
    _midwives(stage)
    _district(stage)
    _cite(stage, lineage)


def _record(stage: Stage, kind: str, title: str, parties: list[PartyValues], **values: Any) -> int:
    """Recorded on the day of its signature or, where that is to come, yesterday."""
    signed = values.get("signed_on")
    day = signed if signed and signed < stage.today else stage.day(-1)
    with clock.backdated(_morning(stage, day)):
        return service.create(
            who=stage.people["sekretariat"],
            values=AgreementValues(kind, title, parties=parties, place=values.pop("place", "Palembang"), **values),
            is_example=True,
        )


def _morning(stage: Stage, day: date) -> Any:
    return stage.at((day - stage.today).days)


def _office(stage: Stage, number: str = "") -> PartyValues:
    return PartyValues(
        stage.units["office"],
        number,
        signer_name="(nama pejabat, contoh)",
        signer_position="Kepala Perwakilan",
        signer_rank="Pembina Utama Madya",
        id_kind="NIP",
        id_number="197001011995031001",
    )


def _party(stage: Stage, unit: str, number: str = "", **signer: Any) -> PartyValues:
    return PartyValues(stage.units[unit], number, signer_name="(nama pejabat, contoh)", **signer)


def _panglima(stage: Stage, number: str = "") -> PartyValues:
    return _party(
        stage,
        "kodam",
        number,
        signer_position="Kepala Staf Kodam",
        signer_rank="Brigadir Jenderal TNI",
        on_behalf_of="Panglima Kodam II/Sriwijaya",
    )


# --- the army: memorandum → agreement (renewed) → action plan, an addendum ----------------------------------------


def _army(stage: Stage) -> int:
    signed = stage.day(-700)
    mou = _record(
        stage,
        "mou",
        "Kemitraan program Bangga Kencana dengan TNI (contoh)",
        [_office(stage, "contoh/MoU/01"), _panglima(stage, "contoh/Kerma/01")],
        signed_on=signed,
        ends_on=signed + timedelta(days=5 * 365),
        scope="Penggerakan masyarakat, pelayanan KB bergerak, dan pendampingan Kampung KB (contoh).",
        clauses=(ClauseValues("2", "", "Ruang lingkup kemitraan (contoh)."),),
    )
    # The pair of numbers is that of a real agreement: its months differ from each other and from the day of signing.
    first_day = min(date(2023, 6, 21), stage.day(-400))
    old = _record(
        stage,
        "pks",
        "Pelayanan KB bergerak bersama TNI, tahap pertama (contoh)",
        [_office(stage, "1/PKS/01/2023"), _panglima(stage, "Kerma/21/VI/2023")],
        signed_on=first_day,
        ends_on=stage.day(-60),
        parent_id=None,
        clauses=SERVICE_CLAUSES,
        scope="Pelayanan KB bergerak dan TMKK (contoh).",
    )
    plan = _record(
        stage,
        "action_plan",
        "Rencana aksi TNI Manunggal Bangga Kencana Kesehatan (contoh)",
        [_office(stage, "contoh/RA/02"), _panglima(stage, "contoh/Ren/02")],
        signed_on=stage.day(-120),
        ends_on=stage.day(140),
        parent_id=old,
        clauses=(ClauseValues("1", "", "TMKK di seluruh Kodim pada Agustus–September (contoh)."),),
    )
    with clock.backdated(stage.at(-70)):
        new = service.renew(
            who=stage.people["sekretariat"],
            agreement_id=old,
            values=RenewalValues(
                "Pelayanan KB bergerak bersama TNI, tahap kedua (contoh)",
                starts_on=stage.day(-59),
                ends_on=stage.day(-59) + timedelta(days=3 * 365),
                signed_on=stage.day(-70),
                place="Palembang",
                child_ids=[plan],
            ),
        )
    with clock.backdated(stage.at(-69)):
        found = service.document(None, new)
        numbers = ("contoh/PKS/07", "contoh/Kerma/33")
        values = service.values_of(found)
        parties = [p._replace(number=number) for p, number in zip(values.parties, numbers, strict=True)]
        service.update_record(
            who=stage.people["sekretariat"],
            agreement_id=new,
            version=found.facts.version,
            values=AgreementValues(**{**vars(values), "parties": parties, "parent_id": mou}),
        )
    _record(
        stage,
        "addendum",
        "Adendum kesatu: penambahan pelayanan di kepulauan (contoh)",
        [_office(stage, "contoh/Add/01"), _panglima(stage, "contoh/Add-K/01")],
        signed_on=stage.day(-20),
        ends_on=stage.day(-59) + timedelta(days=3 * 365),
        parent_id=new,
        clauses=(ClauseValues("3", "1", "Ditambah: termasuk pelayanan di wilayah perairan (contoh)."),),
    )
    return new


# --- the others: one state each ----------------------------------------------------------------------------------


def _police(stage: Stage) -> None:
    """In force, ending soon; and one that was ended before its time."""
    chief: dict[str, str] = {
        "signer_position": "Kepala Biro Operasi",
        "signer_rank": "Komisaris Besar Polisi",
        "on_behalf_of": "Kapolda Sumatera Selatan",
    }
    _record(
        stage,
        "guideline",
        "Pedoman kerja Bhakti Sosial Bhayangkara KB-Kesehatan (contoh)",
        [_office(stage, "contoh/PK/03"), _party(stage, "polda", "contoh/B/12", **chief)],
        signed_on=stage.day(-628),
        ends_on=stage.day(102),
        clauses=SERVICE_CLAUSES[:2],
    )
    stopped = _record(
        stage,
        "pks",
        "Penyuluhan keluarga di asrama Polri (contoh)",
        [_office(stage, "contoh/PKS/04"), _party(stage, "polda", "contoh/B/15", acting="plt", **chief)],
        signed_on=stage.day(-300),
        ends_on=stage.day(430),
    )
    with clock.backdated(stage.at(-45)):
        service.end(
            who=stage.people["sekretariat"],
            agreement_id=stopped,
            ended_on=stage.day(-44),
            reason="Digabung ke pedoman kerja Bhakti Sosial Bhayangkara (contoh).",
        )


def _doctors(stage: Stage) -> None:
    """Expired, with a commitment left that cites it."""
    _record(
        stage,
        "pks",
        "Pelatihan dan pendampingan pelayanan MKJP (contoh)",
        [
            _office(stage, "contoh/PKS/05"),
            _party(stage, "idi", "contoh/IDI/08", signer_position="Ketua Wilayah"),
            _party(stage, "rsmh", "contoh/RS/02", signer_position="Direktur Utama"),
        ],
        signed_on=stage.day(-760),
        ends_on=stage.day(-30),
        clauses=SERVICE_CLAUSES[:1],
    )


def _midwives(stage: Stage) -> None:
    """A draft, and a decree of the office alone that has no end."""
    _record(
        stage,
        "mou",
        "Pelayanan KB Serentak Sejuta Akseptor bersama IBI (contoh)",
        [_office(stage), _party(stage, "ibi", signer_position="Ketua Daerah")],
        starts_on=stage.day(30),
        ends_on=stage.day(30 + 5 * 365),
    )
    _record(
        stage,
        "decree",
        "Kelompok kerja kemitraan lintas sektor (contoh)",
        [_office(stage, "contoh/SK/01"), _party(stage, "pkk"), _party(stage, "bank")],
        signed_on=stage.day(-200),
    )


def _district(stage: Stage) -> None:
    """What a district's office and the units in its region agreed on."""
    _record(
        stage,
        "action_plan",
        "Rencana aksi Kampung KB Kabupaten Lahat (contoh)",
        [
            _party(stage, "opd_16.04", "contoh/Lahat/02", signer_position="Kepala Dinas", acting="plh"),
            _party(stage, "kodim_16.04", "contoh/Kodim/06", signer_position="Komandan Kodim"),
            _party(stage, "polres_16.04", "contoh/Res/03", signer_position="Kapolres"),
        ],
        signed_on=stage.day(-90),
        ends_on=stage.day(275),
        place="Lahat",
    )


# --- commitments under the clauses -------------------------------------------------------------------------------


def _cite(stage: Stage, army: int) -> None:
    """Open commitments of the army and of the doctors cite what they come from."""
    rows = service.listed(stage.people["sekretariat"], service.Filters(), size=100).rows
    doctors = next(row.id for row in rows if row.title.startswith("Pelatihan dan pendampingan"))
    for unit, agreement_id, most in (("kodam", army, 4), ("idi", doctors, 2)):
        clauses = service.document(None, agreement_id).clauses
        path = db.session.execute(select(Organization.path).where(Organization.id == stage.units[unit])).scalar_one()
        query = (
            select(Commitment.id)
            .join(Organization, Organization.id == Commitment.organization_id)
            .where(Organization.path == path, Commitment.status == "active", Commitment.period_start > stage.day(-110))
            .order_by(Commitment.id)
            .limit(most)
        )
        for position, number in enumerate(db.session.execute(query).scalars().all()):
            clause = clauses[position % min(len(clauses), 2)]
            who = stage.people["sekretariat"]
            with clock.backdated(stage.at(-1)):
                sentence = f"{who.name} mencatat dasar naskah komitmen ini: {clause.label} (contoh)."
                commitments.cite(number, who=who, clause_id=clause.id, sentence=sentence)
