"""`flask --app app jobs run`: the worker. Two of them side by side are safe."""

from __future__ import annotations

import logging
import signal
import threading

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from kbpartners.jobs import service

group = AppGroup("jobs", help="Pekerjaan latar: impor, surel, laporan panjang.")
log = logging.getLogger("kbpartners.jobs")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@group.command("run")
@click.option("--once", is_flag=True, help="Kerjakan satu pekerjaan lalu selesai.")
@click.option("--forever", is_flag=True, help="Tunggu pekerjaan baru tiap detik sampai dihentikan (SIGTERM, Ctrl+C).")
def run(once: bool, forever: bool) -> None:
    """Kerjakan yang menunggu, lalu selesai (cocok untuk cron); dengan --forever terus berjaga."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    done = 0
    if forever:
        click.echo("pekerja latar siap")
        watch(stop)
        return
    while not stop.is_set() and service.run_next(stop.is_set):
        done += 1
        if once:
            break
    click.echo(f"pekerjaan selesai: {done}")


def watch(stop: threading.Event, pause: float = 1.0) -> None:
    """Do job after job until `stop` is set; look for new ones every `pause` seconds. Idle, clean up once a day."""
    from kbpartners.jobs.housekeeping import Daily

    daily = Daily()
    while not stop.is_set():
        try:
            found = service.run_next(stop.is_set)
            if not found:
                daily.run()
        except OperationalError:
            # The database is away for a moment (a restart, a long write): the worker outlives that.
            log.warning("basis data belum dapat dipakai", exc_info=True)
            found = False
        if not found:
            stop.wait(pause)
