"""The small office's server: one process of waitress, which buffers slow phones, and the job worker beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import click
from flask import Flask, current_app, g
from flask.cli import with_appcontext

from kbpartners.db import db

THREADS = 8
BODY_LIMIT = 300 * 1024 * 1024
"""Waitress takes a too large upload up to here (on disk, not in memory), so that the page that explains it arrives."""


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Siapkan basis data bila perlu, lalu layani di HOST:PORT (bawaan 127.0.0.1:5000) bersama pekerja latar."""
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 5000)
    _prepare()
    accounts = _accounts()
    g.will_write = False
    db.session.remove()  # from here on this context only waits: a transaction left open would lock everybody out
    worker = subprocess.Popen([sys.executable, "-m", "flask", "--app", "app", "jobs", "run", "--forever"])
    try:
        _listen(current_app._get_current_object(), host, port, accounts)  # type: ignore[attr-defined]
    finally:
        worker.terminate()
        worker.wait(timeout=10)


def _prepare() -> None:
    """The database up to date, and the example in an empty one unless DEMO=0: a second run keeps the data."""
    from kbpartners.example.commands import demo
    from kbpartners.settings.commands import init

    context = click.get_current_context()
    context.invoke(init, codes=())
    if os.environ.get("DEMO", "1") != "0" and not current_app.config["KB"].production:
        context.invoke(demo, bila_kosong=True)


def _listen(app: Flask, host: str, port: int, accounts: list[str]) -> None:
    import waitress

    server = waitress.create_server(
        app, host=host, port=port, threads=THREADS, max_request_body_size=BODY_LIMIT, channel_timeout=600, ident=None
    )
    click.echo(f"KB Partners: http://{host}:{port}  (Ctrl+C untuk berhenti)")
    for line in accounts:
        click.echo(line)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        click.echo("berhenti")


def _accounts() -> list[str]:
    """The demo accounts, where the example is loaded."""
    from kbpartners.accounts.service import demo_accounts

    accounts = demo_accounts()
    if not accounts:
        return []
    return ["Akun contoh, kata sandi Contoh-2017!:", *(f"  {email:<26} {role}" for email, role in accounts)]


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(serve)
