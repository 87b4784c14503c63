"""Timing: p50 and p95 with one and four clients, requests per second with sixteen, each client its own user."""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.client import Browser, Fields, merge

RUNS = 3


@dataclass(frozen=True)
class Read:
    """Pages to load in turn; each must be 200 and hold the text `expect` (and `rows` times the text `row`)."""

    name: str
    paths: list[str]
    expect: str
    row: str = ""
    rows: int = 0
    seconds: float = 1.2


@dataclass(frozen=True)
class Write:
    """Forms to fill in and send; only the POST is timed. Afterwards the page must show the token that was sent."""

    name: str
    paths: list[str]
    fields: dict[str, str]
    per_client: int = 6


@dataclass(frozen=True)
class Result:
    """Milliseconds at p50 and p95, requests per second, bytes of an answer; medians of the runs."""

    p50: float
    p95: float
    rate: float
    size: int


def measure(browsers: list[Browser], work: Read | Write, clients: int, turn: Iterator[int]) -> Result:
    """Run `work` with so many clients at once, RUNS times."""
    run = _read if isinstance(work, Read) else _write
    results = [run(browsers[:clients], work, turn) for _ in range(RUNS)]  # type: ignore[arg-type]
    return Result(
        statistics.median(r.p50 for r in results),
        statistics.median(r.p95 for r in results),
        statistics.median(r.rate for r in results),
        results[0].size,
    )


def _read(browsers: list[Browser], work: Read, turn: Iterator[int]) -> Result:
    times: list[float] = []
    size = [0]

    def loop(browser: Browser) -> None:
        stop = time.perf_counter() + work.seconds
        while time.perf_counter() < stop:
            path = work.paths[next(turn) % len(work.paths)]
            start = time.perf_counter()
            answer = browser.request(path)
            times.append(time.perf_counter() - start)
            size[0] = len(answer.body)
            if (
                answer.status != 200
                or work.expect.encode() not in answer.body
                or (work.row and answer.body.count(work.row.encode()) < work.rows)
            ):
                raise RuntimeError(f"{work.name} {path}: {answer.status}, {answer.body.count(work.row.encode())} rows")

    return _result(times, _together(browsers, loop), size[0])


def _write(browsers: list[Browser], work: Write, turn: Iterator[int]) -> Result:
    times: list[float] = []
    prepared: dict[int, list[tuple[str, str, Fields, str]]] = {}
    for number, browser in enumerate(browsers):
        prepared[number] = []
        for _ in range(work.per_client):
            path, token = work.paths[next(turn) % len(work.paths)], os.urandom(6).hex()
            action, present = browser.form(path, set(work.fields))
            filled = {name: value.replace("{token}", token) for name, value in work.fields.items()}
            prepared[number].append((path, action, merge(present, filled), token))
    numbers = {id(browser): number for number, browser in enumerate(browsers)}

    def send(browser: Browser) -> None:
        for path, action, fields, _token in prepared[numbers[id(browser)]]:
            start = time.perf_counter()
            answer = browser.request(action, fields)
            times.append(time.perf_counter() - start)
            if answer.status not in (302, 303):
                raise RuntimeError(f"{work.name} {path}: {answer.status} {answer.body[:300]!r}")

    wall = _together(browsers, send)
    for number, browser in enumerate(browsers):
        for path, _action, _fields, token in prepared[number]:
            if token.encode() not in browser.request(path).body:
                raise RuntimeError(f"{work.name} {path}: what was sent is not there")
    return _result(times, wall, 0)


def _together(browsers: list[Browser], task: Callable[[Browser], None]) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(len(browsers)) as pool:
        list(pool.map(task, browsers))
    return time.perf_counter() - start


def _result(times: list[float], wall: float, size: int) -> Result:
    ordered = sorted(t * 1000 for t in times)
    return Result(statistics.median(ordered), ordered[int((len(ordered) - 1) * 0.95)], len(ordered) / wall, size)


def memory(root: int) -> tuple[float, float]:
    """MiB of a server's processes together: RSS (shared pages counted in each) and PSS (each page counted once)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        parents[int(stat.parent.name)] = int(rest[1])
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    sizes = [_sizes(pid) for pid in family]
    workers = [size for pid, size in zip(family, sizes, strict=True) if pid != root]
    return sum(rss for rss, _pss in workers), sum(pss for _rss, pss in sizes)


def _sizes(pid: int) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kib = {line.partition(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return kib["Rss"] / 1024, kib["Pss"] / 1024


def turns() -> Iterator[int]:
    """A counter that all clients share, so that they do not walk in step."""
    return itertools.count()
