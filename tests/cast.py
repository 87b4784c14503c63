"""The permanent cast of every permission test, in a corner of the real province."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from argon2 import PasswordHasher

from kbpartners.accounts.models import User
from kbpartners.db import db
from kbpartners.organizations.models import Assignment, Coverage, Organization, Post
from kbpartners.regions.models import EVER, Region
from kbpartners.settings.models import Letterhead, Setting, Signatory

PASSWORD = "Contoh-2017!"
SINCE = date(2016, 1, 1)

NAMES = ("admin", "sekretariat", "pimpinan", "tni", "kodim", "polri", "opd", "stranger")
"""`tni` speaks for the Kodam, `kodim` for a unit below it, `polri` for another partner, `opd` for Lahat's office,
`stranger` for a partner that has nothing to do with anything."""


@dataclass
class Cast:
    """Ids by short names."""

    users: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)


_REGIONS = [
    ("16", "Sumatera Selatan", 1),
    ("16.04", "Kabupaten Lahat", 2),
    ("16.71", "Kota Palembang", 2),
    ("16.04.10", "Lahat", 3),
    ("16.04.12", "Kikim Timur", 3),
    ("16.71.01", "Ilir Barat Dua", 3),
    ("16.71.04", "Ilir Barat Satu", 3),
    ("16.04.10.2001", "Manggul", 4),
    ("16.04.10.2002", "Ulak Lebar", 4),
    ("16.04.12.2001", "Bungamas", 4),
    ("16.71.01.1001", "27 Ilir", 4),
    ("16.71.04.1001", "Bukit Lama", 4),
]

_UNITS = [  # short name, name, short, category, parent, covered region
    ("office", "Perwakilan BKKBN Provinsi Sumatera Selatan", "BKKBN Sumatera Selatan", "bkkbn", None, "16"),
    ("team", "Tim Kerja Hubungan Antarlembaga", "", "bkkbn", "office", None),
    ("kodam", "Kodam II/Sriwijaya", "", "tni", None, "16"),
    ("kodim", "Kodim 0405/Lahat", "", "tni", "kodam", "16.04"),
    ("kodim_palembang", "Kodim 0418/Palembang", "", "tni", "kodam", "16.71"),
    ("polda", "Polda Sumatera Selatan", "Polda Sumsel", "polri", None, "16"),
    ("polres", "Polres Lahat", "", "polri", "polda", "16.04"),
    ("idi", "IDI Wilayah Sumatera Selatan", "IDI Sumsel", "profession", None, "16"),
    ("opd_lahat", "Dinas PPKB Kabupaten Lahat", "", "opd", None, "16.04"),
    ("opd_palembang", "Dinas PPKB Kota Palembang", "", "opd", None, "16.71"),
    ("bank", "Bank Contoh", "", "bank", None, None),
]

_PEOPLE = [  # short name, full name, unit, role, post
    ("admin", "Ayu Admin", "office", "admin", "Administrator sistem"),
    ("sekretariat", "Rina Sekretariat", "office", "sekretariat", "Sekretariat kemitraan"),
    ("pimpinan", "Pak Kepala", "office", "pimpinan", "Kepala Perwakilan"),
    ("tni", "Mayor Budi", "kodam", "penghubung", "Perwira penghubung"),
    ("kodim", "Kapten Sari", "kodim", "penghubung", "Perwira penghubung Kodim"),
    ("polri", "AKP Dewi", "polda", "penghubung", "Penghubung Polda"),
    ("opd", "Ibu Lahat", "opd_lahat", "opd", "Kepala Dinas"),
    ("stranger", "Orang Lain", "bank", "penghubung", "Penghubung bank"),
]


def build_cast() -> Cast:
    """Insert the cast; the caller commits."""
    cast = Cast()
    for code, name, level in _REGIONS:
        parent = cast.regions.get(code.rpartition(".")[0])
        region = Region(code=code, name=name, level=level, parent_id=parent, valid_from=EVER)
        db.session.add(region)
        db.session.flush()
        cast.regions[code] = region.id
    for short, name, label, category, parent_name, covered in _UNITS:
        parent_unit = db.session.get(Organization, cast.units[parent_name]) if parent_name else None
        unit = Organization(
            name=name, short_name=label, category=category, parent_id=parent_unit.id if parent_unit else None
        )
        db.session.add(unit)
        db.session.flush()
        unit.path = f"{parent_unit.path if parent_unit else '/'}{unit.id}/"
        cast.units[short] = unit.id
        if covered:
            db.session.add(Coverage(organization_id=unit.id, region_id=cast.regions[covered], valid_from=SINCE))
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    for number, (short, name, unit_name, role, title) in enumerate(_PEOPLE):
        user = User(
            name=name,
            email=f"{short}@contoh.id",
            phone=f"+62812345678{number:02}",
            password_hash=hashed,
            created_at=datetime(2016, 1, 1, tzinfo=UTC),
        )
        post = Post(organization_id=cast.units[unit_name], title=title, role=role)
        db.session.add_all([user, post])
        db.session.flush()
        db.session.add(Assignment(post_id=post.id, user_id=user.id, valid_from=SINCE))
        cast.users[short], cast.posts[short] = user.id, post.id
    db.session.add_all(
        [
            Setting(key="office_name", value="Perwakilan BKKBN Provinsi Sumatera Selatan"),
            Setting(key="office_short", value="BKKBN Sumatera Selatan"),
            Setting(key="office_place", value="Palembang"),
            Setting(key="office_whatsapp", value="081234567800"),
            Setting(key="provinces", value=["16"]),
            Letterhead(
                valid_from=SINCE,
                ministry="BADAN KEPENDUDUKAN DAN KELUARGA BERENCANA NASIONAL",
                office="PERWAKILAN BKKBN PROVINSI SUMATERA SELATAN",
                address="Alamat contoh",
            ),
            Signatory(
                valid_from=SINCE,
                position="Kepala Perwakilan",
                name="Nama Contoh",
                id_number="197001011995031001",
                is_example=True,
            ),
        ]
    )
    db.session.flush()
    return cast
