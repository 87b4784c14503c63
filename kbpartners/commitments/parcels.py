"""What was counted travels with the page: a choice of commitments as a signed parcel in a hidden field.

So a confirmation is bound to what it was shown for, nothing is kept on the server, and it works without JavaScript.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from kbpartners.commitments.service.bulk import Choice, Seen
from kbpartners.commitments.service.listing import Filters
from kbpartners.errors import Invalid
from kbpartners.forms import list_address
from kbpartners.security import Identity

_LIFETIME = 24 * 3600


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="commitment-choice")


def pack(choice: Choice, who: Identity) -> str:
    """The choice for a hidden field: 5,000 commitments are a few kB, since ids are told by their distances."""
    rows = sorted(choice.seen)
    ids = [row.id for row in rows]
    gaps = [later - sooner for sooner, later in zip([0, *ids], ids, strict=False)]
    address = None if choice.filters is None else list_address("", choice.filters)
    return str(_signer().dumps([who.user_id, address, gaps, [r.version for r in rows], [int(r.is_open) for r in rows]]))


def unpack(parcel: str, who: Identity, read: Any, sentence: str) -> Choice:
    """The choice in a parcel of this person; `read` makes filters of an address. Raises Invalid with `sentence`."""
    try:
        author, address, gaps, versions, states = _signer().loads(parcel, max_age=_LIFETIME)
    except (BadData, ValueError, TypeError) as error:
        raise Invalid(sentence) from error
    if author != who.user_id:
        raise Invalid(sentence)
    ids = accumulate(gaps)
    seen = tuple(Seen(id_, version, bool(state)) for id_, version, state in zip(ids, versions, states, strict=True))
    filters: Filters | None = None if address is None else read(address)
    return Choice(seen, filters)
