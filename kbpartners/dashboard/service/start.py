"""The first day of an office: nothing is there yet, so the Beranda says what to do first."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from kbpartners.accounts.models import User
from kbpartners.commitments.models import Commitment
from kbpartners.db import db
from kbpartners.kampung.models import Kampung
from kbpartners.meetings.models import Meeting
from kbpartners.organizations.models import Assignment, Organization, Post
from kbpartners.security import OFFICE_ROLES


class Step(NamedTuple):
    """One thing to do first: what, why, where, and whether it has been done."""

    title: str
    text: str
    href: str
    button: str
    done: bool


def first_steps() -> list[Step]:
    """What a fresh office does first; empty as soon as there is a commitment or everything has been done. One query."""
    partner = select(Organization.id).where(Organization.category != "bkkbn")
    liaison = (
        select(User.id)
        .join(Assignment, Assignment.user_id == User.id)
        .join(Post, Post.id == Assignment.post_id)
        .where(Post.role.not_in([str(role) for role in OFFICE_ROLES]))
    )
    partners, people, meetings, kampungs, commitments = db.session.execute(
        select(
            partner.exists(),
            liaison.exists(),
            select(Meeting.id).exists(),
            select(Kampung.id).exists(),
            select(Commitment.id).exists(),
        )
    ).one()
    if commitments:
        return []
    steps = [
        Step(
            _("Daftarkan mitra kerja"),
            _("Kodam, Polda, IDI, OPD-KB, dengan satuan di bawahnya dan wilayahnya."),
            "/mitra/baru",
            _("Tambah mitra"),
            partners,
        ),
        Step(
            _("Undang penghubung mitra"),
            _("Tautan undangan dapat disalin ke WhatsApp."),
            "/pengguna/baru",
            _("Undang"),
            people,
        ),
        Step(
            _("Catat rapat dan keputusannya"),
            _("Dari keputusan lahir komitmen dan tindak lanjut."),
            "/rapat/baru",
            _("Catat rapat"),
            meetings,
        ),
        Step(
            _("Impor daftar Kampung KB"),
            _("Dari berkas klasifikasi tahunan (XLSX)."),
            "/impor",
            _("Impor"),
            kampungs,
        ),
    ]
    return steps if not all(step.done for step in steps) else []
