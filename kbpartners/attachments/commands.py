"""`flask attachments purge`: what was uploaded and never handed in."""

from __future__ import annotations

import click
from flask import Flask, g
from flask.cli import AppGroup

from kbpartners.attachments import service
from kbpartners.db import db

group = AppGroup("attachments", help="Berkas bukti dukung.")


@group.command("purge")
@click.option(
    "--hari", default=service.DRAFT_DAYS, show_default=True, help="Hapus draf yang lebih tua dari ini (hari)."
)
def purge(hari: int) -> None:
    """Hapus berkas draf yang tidak pernah dikirim."""
    g.will_write = True
    count = service.purge_drafts(hari)
    db.session.commit()
    click.echo(f"{count} berkas dihapus.")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)
