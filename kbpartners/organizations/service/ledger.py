"""What a merge did to which rows, as data: so that undoing it puts exactly these rows back and nothing else.

An entry is one of
  {"op": "move", "table", "column", "was", "now", "keys"}   rows whose column went from one unit to the other
  {"op": "set", "table", "key", "was", "now"}               some columns of one row
  {"op": "remove", "table", "row"}                          a row that the other unit had already
  {"op": "add", "table", "row"}                             a row that is new
Values are JSON (days as ISO text). Every table has one key column beside the moved one: the row's id, or the record's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Column, Table, and_, delete, func, insert, select, update

from kbpartners.db import Base, db

Entry = dict[str, Any]
_BATCH = 500


class Blocked(NamedTuple):
    """A row that is no longer as the merge left it: its table, and the key that names it."""

    table: str
    key: Any


class Ledger:
    """Changes rows and notes each change."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def move(self, column: Any, was: int, now: int, *conditions: Any) -> list[Any]:
        """Let every row whose `column` names the unit `was` name `now`. Returns the keys of the rows."""
        key = _key_beside(column)
        keys = list(db.session.execute(select(key).where(column == was, *conditions).order_by(key)).scalars())
        for some in _batches(keys):
            change = update(_table(column)).where(column == was, key.in_(some)).values({column.key: now})
            db.session.execute(change.execution_options(synchronize_session=False))
        self.note_move(column, was, now, keys)
        return keys

    def note_move(self, column: Any, was: int | None, now: int, keys: Iterable[Any]) -> None:
        """Note a move that somebody else carried out."""
        if moved := list(keys):
            column = column.property.columns[0]
            self.entries.append(
                {"op": "move", "table": column.table.name, "column": column.name, "was": was, "now": now, "keys": moved}
            )

    def change(self, model: Any, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Set some columns of one row."""
        table = model.__table__
        before = db.session.execute(select(table).where(_is(table, key))).one()._mapping
        db.session.execute(update(table).where(_is(table, key)).values(dict(values)))
        was = {name: _plain(before[name]) for name in values}
        now = {name: _plain(value) for name, value in values.items()}
        self.entries.append({"op": "set", "table": table.name, "key": dict(key), "was": was, "now": now})

    def remove(self, model: Any, key: Mapping[str, Any]) -> None:
        """Take one row away."""
        table = model.__table__
        row = db.session.execute(select(table).where(_is(table, key))).one()._mapping
        db.session.execute(delete(table).where(_is(table, key)))
        plain = {name: _plain(value) for name, value in row.items()}
        self.entries.append({"op": "remove", "table": table.name, "row": plain})

    def add(self, model: Any, row: Mapping[str, Any]) -> None:
        """Add one row."""
        table = model.__table__
        (new,) = db.session.execute(insert(table).values(dict(row)).returning(table.c.id)).one()
        plain = {name: _plain(value) for name, value in row.items()}
        self.entries.append({"op": "add", "table": table.name, "row": {"id": new, **plain}})


def touched(entries: Iterable[Entry], records: Mapping[str, str]) -> list[int]:
    """The records that entries are about. `records` says for each table which column names the record."""
    found: set[int] = set()
    for entry in entries:
        name = records.get(entry["table"])
        if name is None:
            continue
        if entry["op"] == "move":
            found.update(entry["keys"])
        else:
            found.add((entry["key"] if entry["op"] == "set" else entry["row"])[name])
    return sorted(found)


def blocked(entries: Iterable[Entry]) -> list[Blocked]:
    """The rows that somebody changed since, so that they cannot be put back."""
    found: list[Blocked] = []
    for entry in entries:
        table = _table_of(entry["table"])
        if entry["op"] == "move":
            found += [Blocked(table.name, key) for key in _moved_on(table, entry)]
        elif entry["op"] == "set" and not _stands(table, {**entry["key"], **entry["now"]}):
            found.append(Blocked(table.name, next(iter(entry["key"].values()))))
        elif entry["op"] == "add" and not _stands(table, entry["row"]):
            found.append(Blocked(table.name, entry["row"]["id"]))
        elif entry["op"] == "remove" and _stands(table, {k.name: entry["row"][k.name] for k in table.primary_key}):
            found.append(Blocked(table.name, next(iter(entry["row"].values()))))
    return found


def put_back(entries: Iterable[Entry]) -> None:
    """Undo entries, the last first. Ask `blocked` before."""
    for entry in reversed(list(entries)):
        table = _table_of(entry["table"])
        if entry["op"] == "move":
            column, key = table.c[entry["column"]], _key_of(table, entry["column"])
            for some in _batches(entry["keys"]):
                back = update(table).where(key.in_(some), column == entry["now"])
                db.session.execute(back.values({column.name: entry["was"]}))
        elif entry["op"] == "set":
            key_of_row = _is(table, entry["key"])
            db.session.execute(update(table).where(key_of_row).values(_typed(table, entry["was"])))
        elif entry["op"] == "remove":
            db.session.execute(insert(table).values(_typed(table, entry["row"])))
        else:
            db.session.execute(delete(table).where(table.c.id == entry["row"]["id"]))
    db.session.expire_all()


# --- rows and values ---------------------------------------------------------------------------------------------


def _table(column: Any) -> Table:
    table: Table = column.property.columns[0].table
    return table


def _table_of(name: str) -> Table:
    return Base.metadata.tables[name]


def _key_beside(column: Any) -> Any:
    return _key_of(_table(column), column.property.columns[0].name)


def _key_of(table: Table, column: str) -> Column[Any]:
    (key,) = [part for part in table.primary_key if part.name != column]
    return key


def _is(table: Table, key: Mapping[str, Any]) -> Any:
    return and_(*(table.c[name] == value for name, value in key.items()))


def _stands(table: Table, values: Mapping[str, Any]) -> bool:
    typed = _typed(table, values)
    same = [table.c[name].is_(None) if value is None else table.c[name] == value for name, value in typed.items()]
    return db.session.execute(select(func.count()).select_from(table).where(*same)).scalar_one() == 1


def _moved_on(table: Table, entry: Entry) -> list[Any]:
    """Keys of rows that no longer name the unit they went to, or whose old place is taken."""
    column, key = table.c[entry["column"]], _key_of(table, entry["column"])
    there: set[Any] = set()
    taken: set[Any] = set()
    for some in _batches(entry["keys"]):
        there.update(db.session.execute(select(key).where(key.in_(some), column == entry["now"])).scalars())
        if column.primary_key and entry["was"] is not None:
            taken.update(db.session.execute(select(key).where(key.in_(some), column == entry["was"])).scalars())
    return [value for value in entry["keys"] if value not in there or value in taken]


def _batches(keys: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _typed(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: date.fromisoformat(value) if isinstance(value, str) and table.c[name].type.python_type is date else value
        for name, value in values.items()
    }
