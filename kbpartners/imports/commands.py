"""`flask --app app import kampung FILE --tahun YYYY`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask, g
from flask.cli import AppGroup

from kbpartners.db import writing_command
from kbpartners.imports import service

group = AppGroup("import", help="Impor data dari berkas.")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@group.command("kampung")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--tahun", "year", metavar="YYYY", help="Tahun data klasifikasi, misalnya 2025.")
@writing_command
def kampung(file: Path | None, year: str | None) -> None:
    """Impor daftar klasifikasi Kampung KB (XLSX atau CSV) dan cetak hasilnya dalam satu baris.

    Baris yang wilayahnya tidak pasti tidak ditebak: putuskan di halaman Impor data. Mengimpor berkas yang sama sekali
    lagi tidak mengubah apa pun.
    """
    g.will_write = False  # reading takes its time and needs no lock; the import takes the lock when it writes
    if file is None or file.is_dir():
        raise click.ClickException("sebutkan berkasnya: flask --app app import kampung BERKAS.xlsx --tahun 2025")
    wanted = service.parse_year(year)
    done = service.run(None, file, filename=file.name, year=wanted, progress=_progress)
    if sys.stderr.isatty():
        click.echo("", err=True)
    for note in done.notes:
        click.echo(f"catatan: {note}", err=True)
    if done.counts.undecided or done.counts.rejected:
        click.echo(f"yang belum masuk: halaman /impor/{done.id}", err=True)
    click.echo(str(done.counts))


def _progress(done: int, total: int, message: str) -> None:
    """One line that is rewritten on a terminal; a line a phase and a thousand rows elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r{message}: {done} dari {total} baris   ", err=True, nl=False)
    elif done % 1000 == 0 or done == total:
        click.echo(f"{message}: {done} dari {total} baris", err=True)
