"""Bootstrap cut down to what our pages use: a fifth of the bytes on a weak network, and less for an old phone to read.

A rule stays if every class in its selector is a word of our templates or scripts, so nobody keeps a list: a class that
is newly used in a template is there after the next start. (A class name that is put together at run time would not be
found; write it out.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_CLASS = re.compile(r"\.([A-Za-z][\w-]*)")
_NEGATION = re.compile(r":not\([^()]*\)")
_COMMA = re.compile(r",(?![^(]*\))")


def words_of(paths: Iterable[Path]) -> set[str]:
    """Every word in these files that could be the name of a class."""
    return {word for path in paths for word in re.findall(r"[\w-]+", path.read_text(encoding="utf-8"))}


def prune(css: str, words: set[str]) -> str:
    """The rules of a minified stylesheet whose classes are all among `words`, without animations and dark theme."""
    kept = []
    for head, body in _rules(css):
        if head.startswith("@media"):
            body = prune(body, words)
            head = head if body else ""
        elif "@keyframes" in head:
            head = ""
        elif not head.startswith("@"):
            head = ",".join(one for one in _COMMA.split(head) if _used(one, words))
        if head:
            kept.append(f"{head}{{{body}}}")
    return "".join(kept)


def _used(selector: str, words: set[str]) -> bool:
    """Whether something on our pages can match; what a selector excludes need not be there."""
    names = _CLASS.findall(_NEGATION.sub("", selector))
    return "theme=dark" not in selector and words.issuperset(names)


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """(what stands before the braces, what stands in them) of each rule on the outermost level."""
    start = depth = inner = 0
    for brace in re.finditer(r"[{}]", css):
        depth += 1 if brace[0] == "{" else -1
        if brace[0] == "{" and depth == 1:
            inner = brace.end()
        elif depth == 0:
            yield css[start : inner - 1].strip(), css[inner : brace.start()]
            start = brace.end()
