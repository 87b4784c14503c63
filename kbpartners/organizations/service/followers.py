"""How a feature follows when two units become one: it says which columns name a unit, and what it does about them.

    followers.merge_followers.append(Follower("commitments", ...))     # once, in the feature's `service/merging.py`

`features.MERGE_FOLLOWERS` names the features whose module is imported. A test walks all foreign keys to units and fails
for a column that nobody declares here, so that a new table cannot be forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kbpartners.organizations.service.ledger import Blocked, Entry, Ledger, touched
from kbpartners.security import Identity

Sentence = Callable[[str], str]
"""Makes the log's sentence for a record from its name: "komitmen K-0005"."""


def _move_all(columns: Sequence[Any]) -> Callable[[Ledger, int, int], None]:
    def take(ledger: Ledger, source_id: int, target_id: int) -> None:
        for column in columns:
            ledger.move(column, source_id, target_id)

    return take


def _nothing(*_args: Any) -> Any:
    return []


def _no_counts(_unit_id: int) -> Counter[tuple[str, date]]:
    return Counter()


@dataclass(frozen=True)
class Follower:
    """What one feature does. Only `columns` has to be given where moving the rows is enough.

    `columns`: it moves their rows from one unit to the other. `derived`: written anew from the records (scope rows,
    tallies) or kept on purpose (`kept`). `take(ledger, source, target)`: moves the rows, every change by the ledger.
    `records`: table → column that names the record (or `touched(entries)`: the records themselves).
    `settle(ids, who, sentence)`: scope rows and revisions of records that were moved or put back. `tallied(unit)`: what
    the records that the unit itself owns count for.
    `preview(unit)`: sentences for the page that asks. `name(blocked)`: words for a row that stands in the way of an
    undo. `obstacles(merge's source, target, entries)`: sentences why it cannot be undone.
    """

    feature: str
    columns: tuple[Any, ...] = ()
    derived: tuple[Any, ...] = ()
    kept: tuple[Any, ...] = ()
    records: Mapping[str, str] = field(default_factory=dict)
    touched: Callable[[Iterable[Entry]], list[int]] | None = None
    take: Callable[[Ledger, int, int], None] | None = None
    settle: Callable[[list[int], Identity | None, Sentence], None] = _nothing
    tallied: Callable[[int], Counter[tuple[str, date]]] = _no_counts
    preview: Callable[[int], list[str]] = _nothing
    name: Callable[[Blocked], str] = lambda blocked: ""
    obstacles: Callable[[int, int, list[Entry]], list[str]] = _nothing

    def carry(self, ledger: Ledger, source_id: int, target_id: int) -> None:
        """Move what belongs to the source."""
        (self.take or _move_all(self.columns))(ledger, source_id, target_id)

    def concerned(self, entries: list[Entry]) -> list[int]:
        """The records whose scope rows and log are to follow."""
        return self.touched(entries) if self.touched else touched(entries, self.records)

    @property
    def handled(self) -> set[str]:
        """ "table.column" of everything it answers for."""
        found = (column.property.columns[0] for column in (*self.columns, *self.derived, *self.kept))
        return {f"{column.table.name}.{column.name}" for column in found}


merge_followers: list[Follower] = []
