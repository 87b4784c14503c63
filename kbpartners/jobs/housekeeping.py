"""What the watching worker does beside its jobs, once a day: what nobody will need any more goes."""

from __future__ import annotations

import logging
from datetime import date

from flask import current_app, g
from sqlalchemy.exc import OperationalError

from kbpartners import clock
from kbpartners.accounts.service import throttle
from kbpartners.attachments import service as attachments
from kbpartners.db import db

log = logging.getLogger("kbpartners.jobs")


class Daily:
    """Remembers in this process the day on which it last cleaned up. Of two workers the second one finds nothing.

    A worker cleans up as soon as it starts, so that one which is restarted every night does it, too.
    """

    def __init__(self) -> None:
        self.done_on: date | None = None

    def run(self) -> bool:
        """Clean up, unless it was done today. Drafts that were never handed in and stale sign-in counters are dropped.

        Returns whether it was done. Raises OperationalError while the database is away: the next call tries again;
        anything else is logged and left until tomorrow, since the worker's jobs must not wait for it.
        """
        with current_app.app_context():
            today = clock.today()
            if self.done_on == today:
                return False
            try:
                files, counters = _purge(), throttle.sweep()
            except OperationalError:
                raise
            except Exception:
                log.exception("pembersihan harian gagal")
            else:
                log.info("pembersihan harian", extra={"fields": {"files": files, "counters": counters}})
            finally:
                db.session.remove()
            self.done_on = today
            return True


def _purge() -> int:
    """Drafts alone. Files that no row names are left to the command `attachments purge`: unwatched, a worker that was
    started with the wrong database would take all the evidence for such files."""
    g.will_write = True
    count = attachments.purge_drafts(strays=False)
    db.session.commit()
    return count
