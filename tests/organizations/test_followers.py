"""When a unit moves in its tree, what hangs on it is seen by the new ancestors and no longer by the old ones."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from kbpartners.activities import service as activities
from kbpartners.activities.models import ActivityScope
from kbpartners.activities.service import ActivityValues
from kbpartners.commitments import service as commitments
from kbpartners.commitments.models import CommitmentScope
from kbpartners.db import db
from kbpartners.followups import service as followups
from kbpartners.followups.models import FollowupScope
from kbpartners.meetings.models import MeetingScope
from kbpartners.organizations import service as organizations
from tests.factories.commitments import accepted, commitment
from tests.factories.followups import make_followup
from tests.factories.kampung import make_kampung
from tests.factories.meetings import meeting


def units(scope, record_id: int) -> set[int]:
    return set(db.session.execute(select(scope.unit_id).where(scope.record_id == record_id)).scalars())


def test_everything_of_a_moved_unit_follows(ctx, cast, who):
    kodim, kodam, polda = cast.units["kodim"], cast.units["kodam"], cast.units["polda"]
    promised = commitment(cast, owner="kodim", region="16.04")
    accepted(cast, promised, 10, by="kodim")
    helped = commitment(cast, owner="idi", supporters={"kodim": "Tenaga"})
    followup = make_followup(kodim)
    place = make_kampung(who("sekretariat"), cast.regions["16.04.10.2001"])
    values = ActivityValues("Bakti sosial", place, kodim, "agama", date(2026, 7, 1), date(2026, 7, 1))
    activity = activities.create(who=who("sekretariat"), values=values)
    invited = meeting(invited=[kodim])

    organizations.move(who=who("sekretariat"), organization_id=kodim, parent_id=polda)

    seen = [(CommitmentScope, promised), (CommitmentScope, helped), (FollowupScope, followup),
            (ActivityScope, activity), (MeetingScope, invited)]  # fmt: skip
    for scope, record in seen:
        assert kodim in units(scope, record)
        assert polda in units(scope, record)
        assert kodam not in units(scope, record)
    assert commitments.check() == []
    assert followups.check() == []
