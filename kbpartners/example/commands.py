"""`flask demo`: load the South Sumatra example into an office that has nobody in it yet."""

from __future__ import annotations

import sys
import time
from datetime import date

import click
from flask import Flask, current_app, g
from flask.cli import with_appcontext
from sqlalchemy import select

from kbpartners.accounts.models import User
from kbpartners.db import db


@click.command("demo")
@click.option("--bila-kosong", is_flag=True, help="Diam saja bila sudah ada pengguna.")
@with_appcontext
def demo(bila_kosong: bool) -> None:
    """Isi basis data kosong dengan contoh Sumatera Selatan beserta akun contohnya."""
    if current_app.config["KB"].production:
        click.echo("Contoh tidak dimuat di lingkungan production.", err=True)
        sys.exit(1)
    if db.session.execute(select(User.id).limit(1)).first():
        if not bila_kosong:
            click.echo("Basis data sudah berisi pengguna; contoh tidak dimuat.", err=True)
            sys.exit(1)
        return
    start = time.perf_counter()
    load_example()
    click.echo(f"contoh Sumatera Selatan dimuat dalam {time.perf_counter() - start:.1f} detik")


def load_example() -> None:
    """Load everything in one transaction and commit it. The office and its regions must be there (`flask init`)."""
    from kbpartners.example import activities, agreements, cycle, kampung, partners, people, rakorda
    from kbpartners.organizations.service import office_id
    from kbpartners.regions import service as regions
    from kbpartners.settings import service as settings
    from kbpartners.settings.models import Letterhead, Signatory

    db.session.rollback()
    g.will_write = True
    settings.change(
        None,
        {
            "office_name": "Perwakilan BKKBN Provinsi Sumatera Selatan",
            "office_short": "BKKBN Sumatera Selatan",
            "office_place": "Palembang",
            "office_whatsapp": "081200000002",
        },
    )
    db.session.add_all(
        [
            Letterhead(
                valid_from=date(1970, 1, 1),
                ministry="BADAN KEPENDUDUKAN DAN KELUARGA BERENCANA NASIONAL",
                office="PERWAKILAN BKKBN PROVINSI SUMATERA SELATAN",
                address="Alamat, telepon, dan pos-el diisi di Pengaturan (contoh)",
            ),
            Letterhead(
                valid_from=date(2024, 11, 5),
                ministry="KEMENTERIAN KEPENDUDUKAN DAN PEMBANGUNAN KELUARGA/BKKBN",
                office="PERWAKILAN BKKBN PROVINSI SUMATERA SELATAN",
                address="Alamat, telepon, dan pos-el diisi di Pengaturan (contoh)",
            ),
            Signatory(
                valid_from=date(1970, 1, 1),
                position="Kepala Perwakilan",
                name="(nama pejabat, contoh)",
                id_kind="NIP",
                id_number="",
                place="Palembang",
                is_example=True,
            ),
        ]
    )
    units = partners.load(office_id())
    everyone = people.load(units)
    codes = {region.code: region.id for code in ("16", *partners.REGENCIES) if (region := regions.by_code(code))}
    kampung.load_kampung()
    meeting = rakorda.load(units, everyone, codes["16"])
    stage = cycle.load(units, everyone, codes["16"], codes, meeting)
    activities.load(stage)
    agreements.load(stage)
    people.rotate(units, everyone)
    db.session.commit()


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(demo)
