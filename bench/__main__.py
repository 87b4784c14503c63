"""Build, serve, measure, print: `python -m bench [N …] [--postgresql]` (N: 1000 10000 100000 unless told).

For every N both applications are served by gunicorn with two sync workers on loopback, one after the other, on the same
machine in the same minutes. A line: operation, bytes, queries, p50/p95 with 1 client, with 4, requests/s with 16, the
ratios to the yardstick (p50 with 1 client; requests/s).
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from bench import data, load, yardstick
from bench.client import Browser
from bench.inside import counted, signed_in
from bench.load import Read, Result, Write
from kbpartners import create_app
from kbpartners.config import Config

CLIENTS = (1, 4, 16)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(target: str, environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """(base URL, pid of gunicorn) of an application with two sync workers, preloaded (see `gunicorn.conf.py`)."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-b",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
        target,
    ]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def sign_in(base: str, emails: list[str], path: str = "/masuk") -> list[Browser]:
    fields = {"email": "", "password": data.PASSWORD}
    return [Browser(base).sign_in(path, {**fields, "email": email}) for email in emails]


def queries(config: Config, email: str, paths: dict[str, str]) -> dict[str, int]:
    """SQL statements of one page of each operation, counted in process."""
    from kbpartners.db import db

    app = create_app(config)
    client = signed_in(app, email)
    counts = {name: counted(client, path)[0] for name, path in paths.items()}
    with app.app_context():
        db.engine.dispose()
    return counts


def operations(world: data.World, n: int) -> list[tuple[str, str, Read | Write]]:
    """(operation, user kind, work) of the product."""
    from random import Random

    some = [f"/komitmen/{i}" for i in Random(1).sample(range(1, n + 1), 200)]
    listing = f"/komitmen?organization_id={world.big}"
    rows = 50 if n >= 10_000 else 25
    return [
        ("daftar", "penghubung", Read("daftar", [listing], "Komitmen", "<td", rows)),
        ("daftar (sekretariat)", "sekretariat", Read("daftar sekretariat", [listing], "Komitmen", "<td", rows)),
        ("halaman komitmen", "sekretariat", Read("halaman", some, "Indikator")),
        ("beranda penghubung", "penghubung", Read("beranda", ["/"], "Beranda")),
        ("beranda sekretariat", "sekretariat", Read("beranda", ["/"], "Beranda")),
        ("beranda pimpinan", "pimpinan", Read("beranda", ["/"], "Beranda")),
        (
            "matriks 200 baris",
            "sekretariat",
            Read("matriks", [_matrix(world)], "Matriks"),
        ),
        ("melapor", "penghubung", Write("melapor", _reportable(world), {"note": "uji {token}", "status": "on_track"})),
    ]


def _matrix(world: data.World) -> str:
    """The matrix of one partner's next 200 open commitments (fewer where there are not so many)."""
    from sqlalchemy import select

    from kbpartners.commitments.models import CommitmentScope as Scope
    from kbpartners.db import db

    mine = select(Scope.sort_on).where(Scope.unit_id == world.big, Scope.is_open, Scope.relation == 1)
    days = db.session.execute(mine.order_by(Scope.sort_on).limit(200)).scalars().all()
    query = f"organization_id={world.big}&kind=commitment&status=open&due_to={days[-1]}"
    return f"/laporan/matriks-tindak-lanjut?{query}"


def _reportable(world: data.World) -> list[str]:
    from sqlalchemy import select

    from kbpartners.commitments.models import ACTIVE, CommitmentScope
    from kbpartners.commitments.models import Commitment as C
    from kbpartners.db import db

    query = (
        select(C.id)
        .join(CommitmentScope, CommitmentScope.record_id == C.id)
        .where(CommitmentScope.unit_id == world.big, CommitmentScope.relation == 1, C.status == ACTIVE)
        .limit(2_000)
    )
    return [f"/komitmen/{number}" for number in db.session.execute(query).scalars()]


YARDSTICK = {
    "daftar": Read("list", ["/list?u=1"], "Items", "<tr", 25),
    "halaman komitmen": Read("item", ["/item/7"], "form"),
    "beranda": Read("home", ["/home?u=1"], "Home"),
    "matriks": Read("matrix", ["/list?u=1&n=200"], "Items"),
    "melapor": Write("report", [], {"note": "uji {token}", "value": "7"}),
}


def measure_all(
    browsers: dict[str, list[Browser]], work: dict[str, tuple[str, Read | Write]]
) -> dict[str, dict[int, Result]]:
    found: dict[str, dict[int, Result]] = {}
    for name, (kind, operation) in work.items():
        turn = load.turns()
        users = browsers[kind]
        found[name] = {c: load.measure(users * (c // len(users) + 1), operation, c, turn) for c in CLIENTS}
    return found


def run(n: int, database: str, folder: Path) -> None:
    """One table for one N."""
    url = database.format(f"bench{n}") if "{}" in database else f"sqlite:///{folder / f'product{n}.db'}"
    config = Config(database_url=url, secret_key="bangku-ukur-" + "x" * 32, data_dir=folder / "files")
    environment = {
        "KBPARTNERS_DATABASE_URL": url,
        "KBPARTNERS_SECRET_KEY": config.secret_key,
        "KBPARTNERS_DATA_DIR": str(config.data_dir),
    }
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "init"],
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    app = create_app(config)
    with app.app_context():
        from flask import g

        g.will_write = True
        start = time.perf_counter()
        world = data.build(n)
        seconds = time.perf_counter() - start
        work = {name: (kind, operation) for name, kind, operation in operations(world, n)}
        from kbpartners.db import db

        db.session.remove()
        db.engine.dispose()
    pages = {name: operation.paths[0] for name, (_kind, operation) in work.items() if isinstance(operation, Read)}
    counted = queries(config, "sekretariat1@bench.id", pages)
    with served("app:app", environment) as (base, pid):
        browsers = {
            "sekretariat": sign_in(base, [f"sekretariat{i}@bench.id" for i in range(8)]),
            "penghubung": sign_in(base, [f"penghubung{i}@bench.id" for i in range(16)]),
            "pimpinan": sign_in(base, ["pimpinan@bench.id"]),
        }
        product = measure_all(browsers, work)
        used = load.memory(pid)
    bare_db = folder / f"bare{n}.db"
    yardstick.build(n, str(bare_db))
    with served("bench.yardstick:app", {"BENCH_DB": str(bare_db)}) as (base, pid):
        users = [Browser(base).sign_in("/login", {"email": f"u{i}", "password": "x"}) for i in range(16)]
        bare_work: dict[str, tuple[str, Read | Write]] = {
            name: (
                "u",
                operation
                if isinstance(operation, Read)
                else Write(operation.name, [f"/item/{i}" for i in range(1, min(n, 2000))], operation.fields),
            )
            for name, operation in YARDSTICK.items()
        }
        bare = measure_all({"u": users}, bare_work)
        bare_used = load.memory(pid)
    _print(n, url, seconds, product, bare, counted)
    for name, (rss, pss) in (("produk", used), ("tolok ukur", bare_used)):
        print(
            f"memori {name}: {pss:.0f} MiB seluruhnya (PSS), {rss:.0f} MiB bila yang dipakai bersama dihitung dua kali"
        )
    print(flush=True)


def _print(n: int, url: str, seconds: float, product: dict, bare: dict, counted: dict[str, int]) -> None:
    print(f"## N = {n:,}, {url.split(':')[0]}, data dibuat dalam {seconds:.0f} s\n")
    heads = (
        "pekerjaan|bytes|kueri|p50/p95 1 klien, ms|p50/p95 4 klien|/s, 16 klien|tolok ukur p50, /s|rasio p50|rasio /s"
    )
    print(f"| {' | '.join(heads.split('|'))} |")
    print(f"|---{'|---:' * 8}|")
    for name, results in product.items():
        key = next(k for k in bare if name.startswith(k))
        one, four, many, base_one, base_many = results[1], results[4], results[16], bare[key][1], bare[key][16]
        cells = [
            name,
            f"{one.size:,}",
            str(counted.get(name, "")),
            f"{one.p50:.2f} / {one.p95:.2f}",
            f"{four.p50:.2f} / {four.p95:.2f}",
            f"{many.rate:.0f}",
            f"{base_one.p50:.2f}, {base_many.rate:.0f}",
            f"{one.p50 / base_one.p50:.1f}×",
            f"1/{base_many.rate / many.rate:.1f}",
        ]
        print(f"| {' | '.join(cells)} |")
    print(flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument(
        "--postgresql", action="store_true", help="measure on a PostgreSQL server started from its wheel"
    )
    arguments = parser.parse_args()
    machine = platform.processor() or platform.machine()
    print(f"# {date.today()}, {machine}, {os.cpu_count()} inti, Python {platform.python_version()}\n")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        database = ""
        if arguments.postgresql:
            from tests.postgres import running_server

            postgres = folder / "pg"
            postgres.mkdir()
            database = stack.enter_context(running_server(postgres, throwaway=False))
        for n in arguments.n:
            if database:
                _create_database(database, f"bench{n}")
            run(n, database, folder)


def _create_database(database: str, name: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(database.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()


if __name__ == "__main__":
    main()
