"""What a tree of N units costs: `python -m bench.trees [N]` (20,000 unless told), on SQLite, in one process.

A partner with 10 units below it, 20 below each of these, and the rest on the last level, most of them below one unit
(a branch with thousands). Every unit of the last level covers a kecamatan or a village. A line: page, queries, bytes,
p50 and p95 of the server's time for 30 requests of the secretariat, and whether p50 keeps the promise of 100 ms.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from flask import Flask, g
from sqlalchemy import insert, select

from bench import data
from bench.inside import counted, signed_in
from kbpartners import create_app
from kbpartners.config import Config
from kbpartners.db import db
from kbpartners.organizations.models import Coverage, Organization
from kbpartners.regions.models import EVER, Region

PROMISE_MS = 100
ROUNDS = 30


def build(n: int) -> dict[str, int]:
    """The tree below a partner of its own; ids of a few units by what they are."""
    random.seed(2017)
    regions = list(db.session.execute(select(Region.id).where(Region.level.in_((3, 4))).order_by(Region.id)).scalars())
    root = _unit("Polda Uji", None, "/")
    upper = [_unit(f"Polres {number:02}", root["id"], root["path"]) for number in range(10)]
    middle = [_unit(f"Polsek {top['id']}.{number:02}", top["id"], top["path"]) for top in upper for number in range(20)]
    wide = middle[0]
    rest = n - 1 - len(upper) - len(middle)
    first = max(unit["id"] for unit in middle) + 1
    rows, covered = [], []
    for number in range(rest):
        above = wide if number % 4 == 0 else middle[number % len(middle)]
        path = f"{above['path']}{first + number}/"
        row = {"id": first + number, "name": f"Pos {number:05}", "parent_id": above["id"], "path": path}
        rows.append({**row, "category": "polri"})
        covered.append({"organization_id": row["id"], "region_id": random.choice(regions), "valid_from": EVER})
    for start in range(0, rest, 5_000):
        db.session.execute(insert(Organization), rows[start : start + 5_000])
        db.session.execute(insert(Coverage), covered[start : start + 5_000])
    db.session.commit()
    db.session.connection().exec_driver_sql("ANALYZE")
    db.session.commit()
    return {"root": root["id"], "upper": upper[0]["id"], "wide": wide["id"], "leaf": first}


def _unit(name: str, parent_id: int | None, above: str) -> dict[str, Any]:
    unit = Organization(name=name, category="polri", parent_id=parent_id)
    db.session.add(unit)
    db.session.flush()
    unit.path = f"{above}{unit.id}/"
    return {"id": unit.id, "path": unit.path}


def pages(units: dict[str, int]) -> list[tuple[str, str, str]]:
    """(what, address, HX-Target)."""
    root, upper, wide, leaf = units["root"], units["upper"], units["wide"], units["leaf"]
    return [
        ("halaman mitra", f"/mitra/{root}", ""),
        ("cabang pertama", f"/mitra/{root}/satuan", f"satuan-{root}"),
        ("cabang kedua", f"/mitra/{upper}/satuan", f"satuan-{upper}"),
        ("cabang ribuan satuan", f"/mitra/{wide}/satuan", f"satuan-{wide}"),
        ("halaman ke-2 cabang itu", f"/mitra/{wide}/satuan?after={leaf + 4 * 1000}", f"satuan-{wide}"),
        ("cabang tanpa JavaScript", f"/mitra/{wide}/satuan", ""),
        ("cari di pohon", f"/mitra/{root}/satuan?q=pos+0123", ""),
        ("satuan paling bawah", f"/mitra/{leaf}", ""),
        ("siapa meliput apa", f"/mitra/{root}/liputan", ""),
        ("kartu mitra", f"/mitra/{root}/kartu", ""),
        ("ubah satuan", f"/mitra/{upper}/ubah", ""),
        ("pindahkan, periksa", f"/mitra/{upper}/pindah?parent_id=0", ""),
        ("daftar mitra", "/mitra", ""),
    ]


def measure(app: Flask, email: str, path: str, target: str) -> tuple[int, int, list[float]]:
    """(queries, bytes, milliseconds of each request)."""
    client = signed_in(app, email)
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    statements, size = counted(client, path, headers)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        client.get(path, headers=headers)
        times.append((time.perf_counter() - start) * 1000)
    return statements, size, sorted(times)


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        path = Path(folder)
        config = Config(
            database_url=f"sqlite:///{path / 'trees.db'}", secret_key="bangku-ukur-" + "x" * 32, data_dir=path / "files"
        )
        app = create_app(config)
        logging.getLogger("kbpartners.request").setLevel(logging.ERROR)
        with app.app_context():
            from kbpartners import schema
            from kbpartners.settings import setup

            schema.upgrade()
            g.will_write = True
            setup.prepare(["16"])
            data.build(1)
            units = build(n)
            db.session.remove()
        print(f"# pohon {n:,} satuan, SQLite, {os.cpu_count()} inti\n")
        print("| halaman | kueri | bytes | p50, ms | p95, ms | < 100 ms |\n|---|---:|---:|---:|---:|---|")
        for what, address, target in pages(units):
            queries, size, times = measure(app, "sekretariat1@bench.id", address, target)
            p95 = times[int(len(times) * 0.95) - 1]
            p50 = statistics.median(times)
            kept = "ya" if p50 < PROMISE_MS else "TIDAK"
            print(f"| {what} | {queries} | {size:,} | {p50:.1f} | {p95:.1f} | {kept} |", flush=True)


if __name__ == "__main__":
    main()
