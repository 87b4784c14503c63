"""`flask --app app init | doctor | backup | restore`: the life of an installation."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask, g
from flask.cli import with_appcontext

from kbpartners import schema
from kbpartners.db import db, writing_command
from kbpartners.errors import Invalid
from kbpartners.settings import backup as backups
from kbpartners.settings import doctor as clinic
from kbpartners.settings import setup


def register(app: Flask) -> None:
    """Add the commands."""
    for command in (init, doctor, backup, restore):
        app.cli.add_command(command)


@click.command("init")
@click.option("--provinsi", "codes", multiple=True, metavar="KODE", help="Kode provinsi Kemendagri; boleh berulang.")
@with_appcontext
@writing_command
def init(codes: tuple[str, ...]) -> None:
    """Siapkan basis data: tabel, satuan kantor, pengaturan, wilayah (bawaan 16, Sumatera Selatan). Aman diulang."""
    schema.upgrade()
    try:
        done = setup.prepare(codes, _bar() if sys.stderr.isatty() else None)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    for line in done or ["basis data sudah siap"]:
        click.echo(line)
    if setup.people_count() == 0:
        click.echo("belum ada pengguna; buat admin: flask --app app user create --nama … --surel …")


def _bar() -> setup.Progress:
    return lambda done, total: click.echo(f"\rwilayah: {done}/{total}\r", nl=False, err=True)


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Periksa basis data, ruang simpan, kunci, dan cocokkan semua angka turunan. Kode keluar 1 bila ada masalah."""
    problems = clinic.examine()
    for line in problems:
        click.echo(f"- {line}")
    if problems:
        raise click.ClickException(f"{len(problems)} masalah ditemukan")
    click.echo("sehat: tidak ada masalah")


@click.command("backup")
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(target: Path) -> None:
    """Simpan basis data dan semua berkas ke satu FILE (.tar.gz). Aplikasi boleh tetap berjalan."""
    try:
        manifest = backups.write(target)
    except OSError as error:
        raise click.ClickException(f"cadangan gagal: {error.strerror or error}") from error
    size = target.stat().st_size / 1_000_000
    click.echo(f"cadangan: {target} ({size:.1f} MB, {manifest['files']} berkas, skema {manifest['revision']})")


@click.command("restore")
@click.argument("source", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--timpa", "overwrite", is_flag=True, help="Ganti isi basis data yang tidak kosong.")
@with_appcontext
def restore(source: Path, overwrite: bool) -> None:
    """Kembalikan isi FILE cadangan. Hentikan aplikasi dahulu. Basis data yang tidak kosong ditolak tanpa --timpa."""
    g.will_write = True
    try:
        manifest = backups.restore(source, overwrite=overwrite)
    except Invalid as error:
        raise click.ClickException(error.message) from error
    except OSError as error:
        raise click.ClickException(f"pemulihan gagal: {error.strerror or error}") from error
    finally:
        db.session.remove()
    click.echo(f"dipulihkan dari {source} (dibuat {manifest['created_at'][:10]}, {manifest['files']} berkas)")
