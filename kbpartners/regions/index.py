"""Which region a written province, regency, district and village mean: certain, or a question for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from kbpartners.regions.names import VILLAGE, How, Match, Scope, Suggestion, Suggestions, alias_key

_CERTAINTY: tuple[How, ...] = ("exact", "alias", "normalised")


class IndexedRegion(NamedTuple):
    """A region as the index takes it; `id` is whatever the caller wants back (a database id, or the code again)."""

    id: int | str
    code: str
    level: int
    name: str
    parent_code: str | None


class Alias(NamedTuple):
    """A person's decision: within `parent_code` (None for a province), `name` means the region `code`."""

    parent_code: str | None
    name: str
    code: str


class Question(NamedTuple):
    """What a person has to decide. Rows with an equal question are answered by one decision."""

    level: int
    parent_code: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer for one row. Either `code` (the village) is set, or `question` with its `suggestions`.

    `level_reached`: 0 none, 1 province … 4 village. `how`: the weakest class of certainty on the way, None if nothing
    was reached. `path`: the codes reached, province first.
    """

    code: str | None
    level_reached: int
    how: How | None
    path: tuple[str, ...]
    question: Question | None = None
    suggestions: Suggestions = field(default_factory=Suggestions)


class RegionIndex:
    """All regions that may be meant, with the spellings that people decided. Pass only regions valid today."""

    def __init__(
        self,
        regions: Iterable[IndexedRegion | tuple[int | str, str, int, str, str | None]],
        aliases: Iterable[Alias | tuple[str | None, str, str]] = (),
    ) -> None:
        self.by_code: dict[str, IndexedRegion] = {}
        self._children: dict[str | None, list[tuple[str, str]]] = {}
        for entry in regions:
            region = IndexedRegion(*entry)
            self.by_code[region.code] = region
            self._children.setdefault(region.parent_code, []).append((region.code, region.name))
        self._aliases: dict[str | None, dict[str, str]] = {}
        self._scopes: dict[str | None, Scope] = {}
        self._answers: dict[Question, Match | Suggestions] = {}
        for alias in aliases:
            self.add_alias(*alias)

    def add_alias(self, parent_code: str | None, name: str, code: str) -> None:
        """Remember a decision, so that the next `resolve` follows it. An alias to an unknown region is left out."""
        if code in self.by_code:
            self._aliases.setdefault(parent_code, {})[alias_key(name)] = code
            self._answers.clear()

    def resolve(self, province: str, regency: str, district: str, village: str) -> Resolution:
        """Walk down from the province, as far as each name is certain within the region found before it."""
        path: list[str] = []
        how: How | None = None
        parent: str | None = None
        for level, name in enumerate((province, regency, district, village), start=1):
            question = Question(level, parent, " ".join(name.split()))
            answer = self._answer(question)
            if isinstance(answer, Suggestions):
                return Resolution(None, level - 1, how, tuple(path), question, answer)
            parent = answer.code
            path.append(parent)
            how = max(how or "exact", answer.how, key=_CERTAINTY.index)
        return Resolution(parent, VILLAGE, how, tuple(path))

    def _answer(self, question: Question) -> Match | Suggestions:
        answer = self._answers.get(question)
        if answer is None:
            scope = self._scope(question.parent_code, question.level)
            answer = scope.find(question.name, self._aliases.get(question.parent_code))
            if isinstance(answer, Suggestions) and question.level == VILLAGE:
                answer = Suggestions(answer.items + self._elsewhere(question))
            self._answers[question] = answer
        return answer

    def _scope(self, parent_code: str | None, level: int) -> Scope:
        scope = self._scopes.get(parent_code)
        if scope is None:
            scope = self._scopes[parent_code] = Scope(level, self._children.get(parent_code, ()))
        return scope

    def _elsewhere(self, question: Question) -> tuple[Suggestion, ...]:
        """Villages of exactly this name in the regency's other districts: files often name the old district.

        Their score is 0 because the name says nothing about which of them is meant; they come last.
        """
        district = self.by_code.get(question.parent_code or "")
        siblings = self._children.get(district.parent_code, ()) if district else ()
        found: list[Suggestion] = []
        for code, name in siblings:
            if code != question.parent_code and self._children.get(code):
                match = self._scope(code, VILLAGE).certain(question.name)
                if match:
                    found.append(Suggestion(match.code, f"{match.name} (Kec. {name})", 0))
        return tuple(found)
