"""Names of regions as people write them, compared with the names in the Kemendagri list.

What counts as certain, and nothing else does:

* **exact**: the same letters up to case and white space, one region of the scope only. At regency level the word
  "Kabupaten" ("Kab.") may be left out, because it is the type and not the name ("LAHAT", "Kab. Lahat"), as long as no
  Kota of that name stands in the same province (Bogor).
* **alias**: a person decided earlier that this spelling, in this scope, means that region.
* **normalised**: the same name in another spelling that can be undone by rule, and only one region of the scope answers
  to it: hyphens, apostrophes and other punctuation; joined or separated words ("PULAUPINANG", "Bukitkecil"); numbers as
  words, digits or Roman numerals ("ILIR BARAT I" is Ilir Barat Satu, "9-10 ULU" is Sembilan Sepuluh Ulu); a level word
  in front ("Kec. Lahat", "Desa Jati"); a left-out "Kota" where no Kabupaten has that name.

So "ILIR BARAT I" is certain: "I" and "Satu" are one number, and Ilir Barat Dua is another. Everything else is a
suggestion for a person: other letters ("Lawang Wetan"), abbreviations ("SEI", "KPK", "OKU"), left-out words. A
different number is never likely, however alike the rest is: "Karang Dapo II" is not Karang Dapo I.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

PROVINCE, REGENCY, DISTRICT, VILLAGE = 1, 2, 3, 4
How = Literal["exact", "alias", "normalised"]

SUGGESTED = 5
"""So many suggestions at most; the tail is noise."""
FAINT = 55
"""Suggestions below this score (0–100) do not help anybody."""
LIKELY, MARGIN = 90, 8
"""A suggestion is likely at this score, if the runner-up stays this far behind."""
OTHER_NUMBER = 75
"""The highest score of a name whose numbers differ."""
INITIALS = 95
"""The score of an initialism that spells the name's first words: "OKU TIMUR"."""

_ROMAN = re.compile(r"(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})")
_ONES = {
    word: value
    for value, word in enumerate(
        ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"], start=1
    )
}
_FIXED = {"sepuluh": 10, "sebelas": 11}
_JOINED_NUMBER = re.compile(rf"({'|'.join(_ONES)})(puluh|belas)({'|'.join(_ONES)})?")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_APOSTROPHES = re.compile("['’‘ʼ`´]")
_LEVEL_WORDS: dict[int, frozenset[str]] = {
    PROVINCE: frozenset({"provinsi", "propinsi", "prov"}),
    REGENCY: frozenset({"kabupaten", "kab", "kota", "kotamadya", "kodya"}),
    DISTRICT: frozenset({"kecamatan", "kec", "distrik"}),
    VILLAGE: frozenset({"desa", "ds", "kelurahan", "kel"}),
}
_CITY_WORDS = frozenset({"kota", "kotamadya", "kodya"})
_ADMINISTRATIVE = frozenset({"administrasi", "adm"})
_ABBREVIATIONS = {
    "sei": "sungai",
    "tj": "tanjung",
    "tg": "tanjung",
    "tl": "talang",
    "lb": "lubuk",
    "gn": "gunung",
    "ps": "pasar",
    "kp": "kampung",
    "ma": "muara",
}
"""Only ever used to score suggestions: each of them has another reading somewhere in the country."""


@dataclass(frozen=True, slots=True)
class Match:
    """The one region that is certainly meant, and by which class of certainty."""

    code: str
    name: str
    how: How


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A region that may be meant; `score` is 0–100."""

    code: str
    name: str
    score: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Nothing is certain: what a person may choose from, best first."""

    items: tuple[Suggestion, ...] = ()

    @property
    def likely(self) -> Suggestion | None:
        """The suggestion a page may offer first; still a person's decision, never taken by itself."""
        if not self.items or self.items[0].score < LIKELY:
            return None
        second = self.items[1].score if len(self.items) > 1 else 0
        return self.items[0] if self.items[0].score - second >= MARGIN else None


def normalise(name: str) -> str:
    """The name without differences that nobody sees: case, white space, invisible characters, Unicode forms."""
    text = unicodedata.normalize("NFKC", name).replace("’", "'").casefold()
    return " ".join("".join(c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf"}).split())


def alias_key(name: str) -> str:
    """The form in which a decided spelling is remembered: "Rambang Kpk. Tengah" and "RAMBANG KPK TENGAH" are one."""
    return _number_key(_words(name))


class _Spelled(NamedTuple):
    """A name prepared for scoring: letters with abbreviations written out, numbers apart, and its plain words."""

    letters: str
    numbers: tuple[int, ...]
    words: tuple[str, ...]


class Scope:
    """The regions of one parent, prepared for many questions. `level` is the level of the candidates."""

    def __init__(self, level: int, candidates: Iterable[tuple[str, str]]) -> None:
        self.level = level
        self.names: dict[str, str] = dict(candidates)
        self._exact: dict[str, set[str]] = {}
        self._same: dict[str, set[str]] = {}
        for code, name in self.names.items():
            for form in self._exact_forms(name):
                self._exact.setdefault(form, set()).add(code)
            for key in self._keys(name):
                self._same.setdefault(key, set()).add(code)
        self._spelled: dict[str, _Spelled] = {}

    def find(self, name: str, aliases: Mapping[str, str] | None = None) -> Match | Suggestions:
        """The region certainly meant by `name`, or what a person may choose from; `aliases` as in `certain`."""
        return self.certain(name, aliases) or self.suggest(name)

    def certain(self, name: str, aliases: Mapping[str, str] | None = None) -> Match | None:
        """The region certainly meant by `name`, None if no class of certainty holds.

        `aliases` maps `alias_key(spelling)` to a code; the code may lie outside this scope (a village filed under the
        wrong district), its name is then the caller's to know and "" here.
        """
        exact = self._exact.get(normalise(name), set())
        same = {code for key in self._asked_keys(name) for code in self._same.get(key, ())}
        if len(exact) == 1 and (self.level != REGENCY or _typed(name) or len(same) <= 1):
            return self._match(exact, "exact")
        if aliases and (code := aliases.get(alias_key(name))):
            return Match(code, self.names.get(code, ""), "alias")
        return self._match(same, "normalised") if len(same) == 1 else None

    def suggest(self, name: str) -> Suggestions:
        """The candidates most like `name`, best first, by edit distance on spelled-out names."""
        if not self._spelled:
            self._spelled = {code: _spelled_out(self._bare(_words(name))) for code, name in self.names.items()}
        asked = _spelled_out(self._bare(_words(name)))
        scored = [Suggestion(code, self.names[code], _score(asked, spelled)) for code, spelled in self._spelled.items()]
        scored.sort(key=lambda s: (-s.score, s.code))
        return Suggestions(tuple(s for s in scored if s.score >= FAINT)[:SUGGESTED])

    def _match(self, codes: set[str], how: How) -> Match:
        (code,) = codes
        return Match(code, self.names[code], how)

    def _exact_forms(self, name: str) -> set[str]:
        form = normalise(name)
        kind, _, bare = form.partition(" ")
        if self.level == REGENCY and kind == "kabupaten" and bare:
            return {form, bare, f"kab. {bare}", f"kab {bare}"}
        return {form}

    def _bare(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words without the level word in front, unless nothing would be left."""
        if len(words) > 1 and words[0] in _LEVEL_WORDS[self.level]:
            words = words[1:]
            if self.level == REGENCY and len(words) > 1 and words[0] in _ADMINISTRATIVE:
                words = words[1:]
        return words

    def _keys(self, name: str) -> set[str]:
        """The keys to which a candidate answers. Only regencies carry their level word in the official name."""
        words = _words(name)
        if self.level != REGENCY:
            return _same_keys(words)
        bare = _same_keys(self._bare(words))
        return bare | {f"{_kind(words)}:{key}" for key in bare}

    def _asked_keys(self, name: str) -> set[str]:
        """The keys that a written name asks for: with its level word taken off, and taken as part of the name."""
        words = _words(name)
        bare = self._bare(words)
        if bare == words:
            return _same_keys(words)
        if self.level == REGENCY:
            return _same_keys(words) | {f"{_kind(words)}:{key}" for key in _same_keys(bare)}
        return _same_keys(words) | _same_keys(bare)


def find(
    name: str, level: int, candidates: Iterable[tuple[str, str]], aliases: Mapping[str, str] | None = None
) -> Match | Suggestions:
    """One question to one scope; for many questions keep a `Scope`."""
    return Scope(level, candidates).find(name, aliases)


def _typed(name: str) -> bool:
    """Whether a regency's name says which type it is."""
    words = _words(name)
    return len(words) > 1 and words[0] in _LEVEL_WORDS[REGENCY]


def _kind(words: tuple[str, ...]) -> str:
    return "kota" if words[0] in _CITY_WORDS else "kabupaten"


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """Runs of letters and runs of digits, without accents and apostrophes: "JENTI'AN" is one word."""
    plain = _APOSTROPHES.sub("", normalise(name))
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return tuple(_WORDS.findall(plain))


def _numbers_read(words: tuple[str, ...]) -> list[str | int]:
    """The words with each number, however written, as an int: dua puluh enam, dua-puluh-enam, XXVI, 26."""
    split: list[str] = []
    for word in words:
        joined = _JOINED_NUMBER.fullmatch(word)
        split += [part for part in joined.groups() if part] if joined else [word]
    read: list[str | int] = []
    while split:
        value, used = _leading_number(split)
        read.append(split[0] if value is None else value)
        del split[:used]
    return read


def _leading_number(words: list[str]) -> tuple[int | None, int]:
    """The number that the words start with and how many words it takes; (None, 1) where they start with none."""
    first = words[0]
    if first.isdecimal():
        return int(first), 1
    if first in _FIXED:
        return _FIXED[first], 1
    if (roman := _ROMAN.fullmatch(first)) is not None:
        tens, ones = roman.groups()
        return 10 * len(tens) + {"ix": 9, "iv": 4}.get(ones, 5 * ones.count("v") + ones.count("i")), 1
    if (one := _ONES.get(first)) is None:
        return None, 1
    unit = words[1] if len(words) > 1 else ""
    if unit == "belas":
        return 10 + one, 2
    if unit == "puluh":
        last = _ONES.get(words[2]) if len(words) > 2 else None
        return 10 * one + (last or 0), 2 + (last is not None)
    return one, 1


def _number_key(words: tuple[str, ...]) -> str:
    """One string for a name; numbers are fenced, so that "I II" is not "III" and "9-10" not "910"."""
    return "".join(f"#{part}#" if isinstance(part, int) else part for part in _numbers_read(words))


def _same_keys(words: tuple[str, ...]) -> set[str]:
    """The keys of a name. Number words may be joined to the next ("Tigaraksa"), so purely worded names have two."""
    if not words:
        return set()
    keys = {_number_key(words)}
    if not any(word.isdecimal() or _ROMAN.fullmatch(word) for word in words):
        keys.add("".join(words))
    return keys


def _spelled_out(words: tuple[str, ...]) -> _Spelled:
    read = _numbers_read(tuple(_ABBREVIATIONS.get(word, word) for word in words))
    return _Spelled("".join(str(part) for part in read), tuple(part for part in read if isinstance(part, int)), words)


def _score(asked: _Spelled, candidate: _Spelled) -> int:
    """0–100. Plain edit distance: partial and weighted ratios have matched "Pali" to Palembang."""
    if _is_initialism(asked.words, candidate.words):
        return INITIALS
    from rapidfuzz import fuzz  # only imports ask

    score = round(fuzz.ratio(asked.letters, candidate.letters))
    return score if asked.numbers == candidate.numbers else min(score, OTHER_NUMBER)


def _is_initialism(short: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Whether the first word spells the initials of the full name's first words, and the rest is the same."""
    size = len(short[0]) if short else 0
    return 1 < size <= len(full) and short[0] == "".join(word[0] for word in full[:size]) and short[1:] == full[size:]
