"""Scope rows and tallies: which unit sees which record in which order, and how many of them there are.

A list is an equality on the unit and a walk along the sort date in one index, whoever asks: a liaison's own unit, the
office (which has a row for everything) or a unit that the secretariat filters by. Counts are kept per unit and day,
because lateness depends on today: "late" is the sum of the open ones whose day is before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from kbpartners.db import Base, db, run


class Relation:
    """Why a unit sees a record, the strongest first."""

    OWNER = 1
    SUPPORT = 2
    REGION = 3
    OFFICE = 4


class ScopeRow:
    """Columns of a feature's scope table; `record_table` is the table of its records."""

    record_table: str

    unit_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"), primary_key=True)
    is_open: Mapped[bool]
    sort_on: Mapped[date]
    relation: Mapped[int]

    @declared_attr
    def record_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey(f"{cls.record_table}.id", ondelete="CASCADE"), primary_key=True)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        name = cls.__tablename__  # type: ignore[attr-defined]
        return (
            Index(f"ix_{name}_walk", "unit_id", "is_open", "sort_on", "record_id"),
            Index(f"ix_{name}_record_id", "record_id"),
        )


Key = tuple[date, int]
"""Where a page ended: the sort date and the id of its last row. In an address: "2026-11-25.42"."""


def read_key(after: str) -> Key | None:
    """The key in an address; None for a made-up one, which shows the first page."""
    day, _dot, number = after.partition(".")
    try:
        return date.fromisoformat(day), min(int(number), 2**31 - 1)
    except ValueError:
        return None


def beyond(day: Any, number: Any, key: Key, *, forward: bool) -> ColumnElement[bool]:
    """Behind the key. The first comparison is a range of the index, the second settles the rows of that one day."""
    last, last_id = key
    if forward:
        return and_(day >= last, or_(day > last, number > last_id))
    return and_(day <= last, or_(day < last, number < last_id))


class Tally(Base):
    """How many open things of one kind a unit has on one day (kind: see the features' `tallied`)."""

    __tablename__ = "tallies"
    # Stored in the order of the key: a sum over the days of a unit reads one stretch of one tree (three times as fast).
    __table_args__ = {"sqlite_with_rowid": False}

    unit_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"), primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int]


class MonthTally(Base):
    """The tallies of a whole month: a total, or the sum before a day, reads a few dozen rows whatever the years."""

    __tablename__ = "tally_months"
    __table_args__ = {"sqlite_with_rowid": False}

    unit_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="RESTRICT"), primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    n: Mapped[int]


def upsert(table: Any) -> Any:
    """INSERT … ON CONFLICT for the database at hand (both dialects spell it alike)."""
    return (postgresql if db.engine.dialect.name == "postgresql" else sqlite).insert(table.__table__)


def write_scopes(scope: type[Any], record_id: int, units: Mapping[int, int], *, is_open: bool, sort_on: date) -> None:
    """Make the scope rows of one record be exactly `units` (unit id → relation)."""
    present = {
        row.unit_id: row
        for row in db.session.execute(
            select(scope.unit_id, scope.is_open, scope.sort_on, scope.relation).where(scope.record_id == record_id)
        )
    }
    if gone := present.keys() - units.keys():
        db.session.execute(delete(scope).where(scope.record_id == record_id, scope.unit_id.in_(gone)))
    if new := [
        {"unit_id": unit, "record_id": record_id, "relation": units[unit], "is_open": is_open, "sort_on": sort_on}
        for unit in sorted(units.keys() - present.keys())
    ]:
        db.session.execute(insert(scope), new)
    for unit, row in sorted(present.items()):
        if unit in units and (row.is_open, row.sort_on, row.relation) != (is_open, sort_on, units[unit]):
            db.session.execute(
                update(scope)
                .where(scope.record_id == record_id, scope.unit_id == unit)
                .values(is_open=is_open, sort_on=sort_on, relation=units[unit])
            )


TallyKey = tuple[int, str, date]


def adjust(before: Iterable[TallyKey], after: Iterable[TallyKey]) -> None:
    """Move what a record counts for from `before` to `after`: deltas, in key order, so that writers cannot deadlock."""
    deltas = Counter(after)
    deltas.subtract(before)
    rows = [
        {"unit_id": unit, "measure": measure, "day": day, "n": n}
        for (unit, measure, day), n in sorted(deltas.items())
        if n
    ]
    if rows:
        run(_add_up(Tally, "day", db.engine.dialect.name), rows)
    months: Counter[TallyKey] = Counter()
    for (unit, measure, day), n in deltas.items():
        months[unit, measure, day.replace(day=1)] += n
    rows = [
        {"unit_id": unit, "measure": measure, "month": month, "n": n}
        for (unit, measure, month), n in sorted(months.items())
        if n
    ]
    if rows:
        run(_add_up(MonthTally, "month", db.engine.dialect.name), rows)


@lru_cache(maxsize=4)
def _add_up(table: Any, period: str, dialect: str) -> Any:
    statement = upsert(table)
    return statement.on_conflict_do_update(
        index_elements=["unit_id", "measure", period], set_={"n": table.n + statement.excluded.n}
    )


# --- reading ------------------------------------------------------------------------------------------------------


def total(measure: str, units: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[int]:
    """How many of a measure there are, as a column. `units` makes the condition on a table's column of units."""
    return _sum(MonthTally, measure, units)


def before(measure: str, units: Callable[[Any], ColumnElement[bool]], name: str) -> ColumnElement[int]:
    """How many are of a day before the value `name` of the statement; `name`_month is the first day of its month."""
    day, month = bindparam(name, type_=Date()), bindparam(f"{name}_month", type_=Date())
    return _sum(MonthTally, measure, units, MonthTally.month < month) + _sum(
        Tally, measure, units, Tally.day >= month, Tally.day < day
    )


def between(measure: str, units: Callable[[Any], ColumnElement[bool]], first: str, last: str) -> ColumnElement[int]:
    """How many are of the days from the value `first` to the value `last` of the statement, both included."""
    days = Tally.day.between(bindparam(first, type_=Date()), bindparam(last, type_=Date()))
    return _sum(Tally, measure, units, days)


def day_values(**days: date) -> dict[str, date]:
    """The values that `before` and `between` ask for."""
    return {**days, **{f"{name}_month": day.replace(day=1) for name, day in days.items()}}


def _sum(table: Any, measure: str, units: Callable[[Any], ColumnElement[bool]], *more: Any) -> ColumnElement[int]:
    query = select(func.coalesce(func.sum(table.n), 0)).where(units(table.unit_id), table.measure == measure, *more)
    return query.scalar_subquery()


def count(unit_ids: Iterable[int], measure: str, *, before: date | None = None, until: date | None = None) -> int:
    """How many of a measure: all, those whose day is before `before`, or those up to and including `until`."""
    query = select(func.coalesce(func.sum(Tally.n), 0)).where(
        Tally.unit_id.in_(tuple(unit_ids)), Tally.measure == measure
    )
    if before is not None:
        query = query.where(Tally.day < before)
    if until is not None:
        query = query.where(Tally.day <= until)
    return db.session.execute(query).scalar_one()


def check() -> list[str]:
    """What is wrong with the months: each is the sum of its days. (What the days should be, the features check.)"""
    days: Counter[TallyKey] = Counter()
    for unit, measure, day, n in db.session.execute(select(Tally.unit_id, Tally.measure, Tally.day, Tally.n)):
        days[unit, measure, day.replace(day=1)] += n
    columns = select(MonthTally.unit_id, MonthTally.measure, MonthTally.month, MonthTally.n)
    months = {(unit, measure, month): n for unit, measure, month, n in db.session.execute(columns)}
    return [
        f"Hitungan bulan {key[2]:%m/%Y} {key[1]}, satuan {key[0]}: {months.get(key, 0)}, jumlah harinya {days[key]}."
        for key in sorted(days.keys() | months.keys())
        if months.get(key, 0) != days[key]
    ]
