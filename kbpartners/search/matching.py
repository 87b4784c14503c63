"""Words in columns, alike on every database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_

MOST_WORDS = 6


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """The condition "the column contains the text", in any case; % and _ in it mean themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    # Both sides are lowered by the database, so that it does not matter which letters it knows how to lower.
    return func.lower(column).like(func.lower(f"%{escaped}%"), escape="\\")


def words_in(text: str) -> list[str]:
    """The words of a question, so many at most."""
    return text.split()[:MOST_WORDS]


def all_words(text: str, columns: Iterable[Any]) -> ColumnElement[bool]:
    """The condition "each word of the text is in at least one of the columns"."""
    places = list(columns)
    return and_(*(or_(*(contains(column, word) for column in places)) for word in words_in(text)))
