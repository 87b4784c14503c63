"""What one change to N commitments costs: `python -m bench.bulk [N] [--postgresql]` (5,000 unless told).

N commitments of the usual data set are put off by a week, moved to another team and given another period, each in one
transaction; then one template is given to N units. A line: deed, rows, statements, seconds until it is committed, and
whether that keeps the promise of 5 seconds. `flask doctor`'s check of commitments and tallies follows.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from flask import g
from sqlalchemy import event, insert, select

from bench import data
from kbpartners import clock, create_app
from kbpartners.config import Config
from kbpartners.db import db
from kbpartners.organizations.models import Organization

PROMISE = 5.0


def measure(name: str, rows: int, deed: Callable[[], object]) -> None:
    """Do it, commit, print the line."""
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    start = time.perf_counter()
    deed()
    db.session.commit()
    seconds = time.perf_counter() - start
    event.remove(db.engine, "before_cursor_execute", note)
    statements = len([s for s in seen if not s.startswith(("BEGIN", "PRAGMA"))])
    print(
        f"| {name} | {rows:,} | {statements} | {seconds:.2f} | {'ya' if seconds < PROMISE else 'TIDAK'} |", flush=True
    )


def units(n: int) -> list[int]:
    """N units below a partner of their own, as `organizations` would have made them."""
    root = Organization(name="Mitra Uji Sebar", category="other")
    db.session.add(root)
    db.session.flush()
    root.path = f"/{root.id}/"
    db.session.flush()
    first = root.id + 1
    rows = [
        {"id": id_, "name": f"Satuan {id_}", "category": "other", "parent_id": root.id, "path": f"{root.path}{id_}/"}
        for id_ in range(first, first + n)
    ]
    db.session.execute(insert(Organization), rows)
    db.session.commit()
    return [row["id"] for row in rows]


def deeds(n: int) -> None:
    """The four deeds, each on what is there at that moment."""
    from kbpartners.accounts.service import identity_for, user_by_name
    from kbpartners.commitments import service
    from kbpartners.commitments.service import Filters, IndicatorTerms, Terms, bulk, spreading
    from kbpartners.commitments.service import deeds as doing

    user = user_by_name("sekretariat1@bench.id")
    who = identity_for(user.id) if user else None
    assert who is not None
    team = db.session.execute(select(Organization.id).where(Organization.category == "bkkbn")).scalars().first()
    everything = bulk.find(who, bulk.Choice(filters=Filters()))[:n]
    chosen = bulk.Choice(tuple(item.seen for item in everything))
    start = min(item.period_start for item in everything)
    changes = {
        "tenggat digeser 7 hari": bulk.Change("shift", days=7, reason="Uji kecepatan"),
        "tim kerja diganti": bulk.Change("counterpart", counterpart_id=team),
        "jangka waktu diubah": bulk.Change("period", period_start=start),
    }
    for name, change in changes.items():
        choice = bulk.looked_at(chosen, bulk.find(who, chosen))
        measure(name, len(choice.seen), lambda c=choice, x=change: doing.carry_out(who=who, choice=c, change=x))
    today = clock.today()
    terms = Terms("Uji sebar", 0, 0, today, today, indicators=(IndicatorTerms("Akseptor", 1_000),))
    found = spreading.by_ids(units(n), terms)
    lines = [spreading.Line(unit.id, unit.regions[0][0], (1_000,)) for unit in found]
    measure("satu komitmen disebar", len(lines), lambda: spreading.spread(who=who, terms=terms, lines=lines))
    from kbpartners import scopes

    print(f"\npemeriksaan: {len(service.check() + scopes.check())} perbedaan\n")


def run(n: int, url: str, folder: Path) -> None:
    """Build the data, then do it."""
    app = create_app(Config(database_url=url, secret_key="bangku-ukur-" + "x" * 32, data_dir=folder / "files"))
    with app.app_context():
        from kbpartners import schema
        from kbpartners.settings import setup

        schema.upgrade()
        g.will_write = True
        setup.prepare(["16"])
        data.build(n * 2)
        db.session.commit()
        print(f"# {n:,} komitmen sekaligus, {url.split(':')[0]}, {os.cpu_count()} inti\n")
        print("| perbuatan | baris | pernyataan | detik | < 5 detik |\n|---|---:|---:|---:|---|")
        deeds(n)
        db.session.remove()
        db.engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="?", type=int, default=5_000)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server started from its wheel")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        url = f"sqlite:///{folder / 'bulk.db'}"
        if arguments.postgresql:
            from bench.__main__ import _create_database
            from tests.postgres import running_server

            postgres = folder / "pg"
            postgres.mkdir()
            server = stack.enter_context(running_server(postgres, throwaway=False))
            _create_database(server, "bulk")
            url = server.format("bulk")
        run(arguments.n, url, folder)


if __name__ == "__main__":
    main()
