"""`flask --app app regions …`: filling the database with the regions of the Ministry of Home Affairs."""

from __future__ import annotations

import sys
import time

import click
from flask import Flask, g
from flask.cli import AppGroup

from kbpartners.db import db
from kbpartners.regions import service, source
from kbpartners.settings import service as settings

group = AppGroup("regions", help="Wilayah Kemendagri: provinsi sampai desa/kelurahan.")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@group.command("load")
@click.option("--semua", "everything", is_flag=True, help="Ke-38 provinsi.")
@click.option("--provinsi", "codes", multiple=True, metavar="KODE", help="Kode provinsi, misalnya 16; boleh berulang.")
def load(everything: bool, codes: tuple[str, ...]) -> None:
    """Muat wilayah Kemendagri; tanpa pilihan, provinsi kantor ini (pengaturan). Aman diulang."""
    names = {province.code: province.name for province in source.provinces()}
    wanted = list(names) if everything else list(dict.fromkeys(codes)) or list(settings.value("provinces"))
    if unknown := [code for code in wanted if code not in names]:
        raise click.ClickException(f"bukan kode provinsi Kemendagri: {', '.join(unknown)}")
    if not wanted:
        raise click.ClickException("belum ada provinsi di pengaturan; pakai --provinsi KODE atau --semua")
    started, total = time.perf_counter(), service.Loaded(0, 0, 0, 0, 0)
    for position, code in enumerate(wanted, start=1):
        title = f"[{position}/{len(wanted)}] {code} {names[code]}"
        g.will_write = True  # one short transaction a province: others can write in between, a broken run can resume
        result = service.load([code], _bar(title))
        db.session.commit()
        click.echo(
            f"{title}: {result.read} wilayah, baru {result.added}, ganti nama {result.renamed}, sama {result.same}"
        )
        total = service.Loaded(*map(sum, zip(total, result, strict=True)))
    if total.gone:
        click.echo(f"{total.gone} kode tidak ada lagi di daftar Kemendagri; tetap disimpan.")
    seconds = time.perf_counter() - started
    click.echo(f"selesai: {total.read} wilayah, baru {total.added}, dalam {seconds:.1f} detik")


def _bar(title: str) -> service.Progress | None:
    """A line that counts on a terminal; in a log file only the finished provinces are written."""
    if not sys.stderr.isatty():
        return None
    return lambda done, total: click.echo(f"\r{title}: {done}/{total}\r", nl=False, err=True)
