"""Follow-ups for tests, made through the service (inside `with write():` or with `ctx`)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from kbpartners.followups import service
from kbpartners.security import Identity


def make_followup(organization_id: int, **values: Any) -> int:
    """An open follow-up of a unit, due on 20 June 2026 unless told; returns its id."""
    values = {"title": "Kirim daftar Babinsa pendamping", "due_on": date(2026, 6, 20), **values}
    return service.create(values.pop("who", None), organization_id=organization_id, **values)


def send_update(who: Identity, followup_id: int, **values: Any) -> int:
    """News of the unit ("in_progress" unless told); returns the entry's id."""
    values = {"token": str(uuid.uuid4()), "status": "in_progress", "note": "Daftar sedang disusun.", **values}
    return service.send(who, followup_id, **values).id


def propose_done(who: Identity, followup_id: int, **values: Any) -> int:
    """A proposal to close it as done; returns the entry's id."""
    return send_update(who, followup_id, **{"status": "proposed_done", "note": "Daftar sudah dikirim.", **values})
