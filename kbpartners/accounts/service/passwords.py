"""Passwords: one bounded place for the slow hash, and the rules for a new one."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext as _

from kbpartners.errors import Invalid
from kbpartners.formats import normalize_phone

SHORTEST, LONGEST = 10, 200

_turn = threading.BoundedSemaphore(2)
"""A hash takes 64 MiB and a tenth of a second: two at a time, the rest wait, so a burst cannot eat the machine."""

_OBVIOUS = frozenset(
    """
    1234567890 0123456789 0987654321 1234567891 password12 password123 passw0rd123 kata-sandi katasandi1 katasandi123
    rahasia123 rahasia1234 bismillah1 bismillah123 indonesia1 indonesia123 indonesia45 merdeka1945 palembang1
    palembang123 sumsel1234 sumateraselatan bkkbn12345 bkkbnsumsel kampungkb1 kampungkb123 kbpartners kbpartners1
    kbpartners123 keluargaberencana banggakencana qwertyuiop qwerty12345 qwerty1234 asdfghjkl1 admin12345
    administrator sekretariat sekretariat1 contoh-2017! contoh2017! aku-cinta-kamu akucintakamu sayangkamu1
    iloveyou12 iloveyou123 letmein1234 welcome1234 selamatdatang selamatpagi
    """.split()  # noqa: SIM905
)


@cache
def _hasher(cheap: bool) -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if cheap else PasswordHasher()


def _own_hasher() -> PasswordHasher:
    return _hasher(current_app.config["KB"].testing)


def _plain(password: str) -> str:
    # The same letters typed on two keyboards may be composed differently.
    return unicodedata.normalize("NFC", password)


@cache
def _dummy(cheap: bool) -> str:
    return _hasher(cheap).hash("bukan kata sandi siapa pun")


def hash_password(password: str) -> str:
    """The argon2id hash to keep. Slow on purpose; waits for its turn. Call it before the write lock is taken."""
    with _turn:
        return _own_hasher().hash(_plain(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the stored hash; just as slow where there is none."""
    cheap = current_app.config["KB"].testing
    with _turn:
        dummy = _dummy(cheap)
        try:
            return _hasher(cheap).verify(stored or dummy, _plain(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's, and should be made anew at this sign-in."""
    return _own_hasher().check_needs_rehash(stored)


def check_new(password: str, *, own_words: tuple[str | None, ...] = ()) -> None:
    """Refuse a password that is guessed at once. `own_words`: e-mail, phone and name of its owner.

    Raises Invalid on the field `password`. Length matters more than kinds of characters, so no such rules.
    """
    lowered = password.casefold()
    if len(password) < SHORTEST:
        raise Invalid(_("Paling sedikit %(n)s huruf. Beberapa kata berurutan mudah diingat.", n=SHORTEST), "password")
    if len(password) > LONGEST:
        raise Invalid(_("Paling banyak %(n)s huruf.", n=LONGEST), "password")
    forms = {form.casefold() for word in own_words if word for form in (word, word.partition("@")[0], word.lstrip("+"))}
    tight = {form.replace(" ", "") for form in forms}
    phone = normalize_phone(password)
    if lowered in forms or lowered.replace(" ", "") in tight or (phone and phone in own_words):
        raise Invalid(_("Jangan memakai surel, nomor ponsel, atau nama sendiri sebagai kata sandi."), "password")
    if lowered in _OBVIOUS or len(set(lowered)) < 4 or _is_a_run(lowered):
        raise Invalid(_("Kata sandi ini terlalu mudah ditebak."), "password")


def _is_a_run(text: str) -> bool:
    """ "abcdefghij", "9876543210": each character next to the one before."""
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    return len(steps) == 1 and abs(steps.pop()) <= 1
