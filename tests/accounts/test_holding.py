"""Property tests of who holds a post when: days are the office's, both included, and nobody is there twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kbpartners import clock
from kbpartners.accounts.service import handover, holding, identity_for, identity_of, open_session, posts
from kbpartners.accounts.service.facts import holds
from kbpartners.accounts.service.holding import PLH, Tenure, Wanted, making_room, overlap, vacated
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.followups.service import contacts
from tests.conftest import TODAY
from tests.factories.commitments import commitment

WIB = ZoneInfo("Asia/Jakarta")
START = date(2026, 1, 1)
DAYS = st.integers(0, 60).map(lambda n: START + timedelta(days=n))
STEPS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["", "plt", "plh"]), DAYS, st.none() | st.integers(0, 30)), max_size=12
)


def at(day: date, hour: int, minute: int) -> datetime:
    """A moment on the office's wall clock."""
    return datetime.combine(day, time(hour, minute), tzinfo=WIB).astimezone(UTC)


def play(steps) -> list[Tenure]:
    """Handovers one after the other; what is refused changes nothing."""
    there: list[Tenure] = []
    for number, (user, acting, begin, length) in enumerate(steps, 1):
        end = None if length is None else begin + timedelta(days=length)
        new = Wanted(user, acting, begin, end)
        try:
            going = {tenure.assignment_id for tenure in making_room(there, new)}
        except Invalid:
            continue
        last = begin - timedelta(days=1)
        there = [t._replace(valid_to=last) if t.assignment_id in going else t for t in there]
        there.append(Tenure(number, user, f"Orang {user}", acting, begin, end))
    return there


@pytest.fixture
def words(app):
    """Messages need an application."""
    with app.app_context():
        yield


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_handed_over_a_post_has_one_regular_holder_and_one_stand_in_at_most(words, steps) -> None:
    there = play(steps)
    for tenure in there:
        assert tenure.valid_to is None or tenure.valid_to >= tenure.valid_from
        assert tenure.acting != PLH or tenure.valid_to is not None
    for one, other in combinations(there, 2):
        if (one.acting == PLH) == (other.acting == PLH):
            assert not overlap(one, Wanted(other.user_id, other.acting, other.valid_from, other.valid_to))
    for day in (START + timedelta(days=n) for n in range(100)):
        today = [t for t in there if holds(t.valid_from, t.valid_to, day)]
        assert sum(t.acting != PLH for t in today) <= 1
        assert sum(t.acting == PLH for t in today) <= 1
        assert len({t.user_id for t in today}) == len(today), "nobody stands in for themselves"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, day=DAYS)
def test_a_vacated_post_is_empty_on_that_day_and_full_on_the_day_before(words, steps, day) -> None:
    there = play(steps)
    before = [t for t in there if holds(t.valid_from, t.valid_to, day - timedelta(days=1))]
    try:
        going = {tenure.assignment_id for tenure in vacated(there, day)}
    except Invalid:
        return
    last = day - timedelta(days=1)
    after = [t._replace(valid_to=last) if t.assignment_id in going else t for t in there]
    assert not [t for t in after if holds(t.valid_from, t.valid_to, day)]
    assert [t.assignment_id for t in after if holds(t.valid_from, t.valid_to, last)] == [
        t.assignment_id for t in before
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offset=st.integers(-10, 10), hour=st.sampled_from([(0, 0), (0, 30), (6, 59), (7, 0), (12, 0), (23, 30), (23, 59)])
)
def test_access_follows_the_day_of_the_office_to_the_minute(app, cast, offset: int, hour: tuple[int, int]) -> None:
    """UTC has another date from midnight to 07.00 WIB: the day of the handover is the office's."""
    with app.app_context():
        from flask import g

        g.will_write = True
        who = identity_for(cast.users["sekretariat"])
        first = TODAY + timedelta(days=offset)
        number = commitment(cast)
        token = open_session(cast.users["tni"])
        handover.hand_over(who=who, post_id=cast.posts["tni"], user_id=cast.users["kodim"], valid_from=first)
        for day, new_one in ((first - timedelta(days=1), False), (first, True), (first + timedelta(days=1), True)):
            with clock.backdated(at(day, *hour)):
                assert clock.today() == day
                assert (identity_for(cast.users["tni"]) is None) == new_one
                assert (cast.units["kodam"] in identity_for(cast.users["kodim"]).unit_ids) == new_one
                if first > TODAY:
                    assert (identity_of(token) is None) == new_one
                name = "Kapten Sari" if new_one else "Mayor Budi"
                assert contacts.of_unit(cast.units["kodam"]).name == name
        assert number
        db.session.rollback()
        db.session.remove()


def test_half_past_eleven_and_half_past_midnight(app, sign_in, cast, write, who) -> None:
    """Through the pages: the predecessor works until midnight of the last day, the successor from then on."""
    with write():
        number = commitment(cast)
        handover.hand_over(
            who=who("sekretariat"),
            post_id=cast.posts["tni"],
            user_id=cast.users["kodim"],
            valid_from=TODAY + timedelta(days=1),
        )
    old, new = sign_in("tni"), sign_in("kodim")
    with clock.backdated(at(TODAY, 23, 30)):
        old.get(f"/komitmen/{number}")
        new.get(f"/komitmen/{number}", 404)
    with clock.backdated(at(TODAY + timedelta(days=1), 0, 30)):
        assert old.get(f"/komitmen/{number}", 303).location.startswith("/masuk")
        new.get(f"/komitmen/{number}")


def test_plt_and_plh_overlap_as_the_rules_of_administration_have_it(ctx, cast, who) -> None:
    desk, post = who("sekretariat"), cast.posts["tni"]
    ends = TODAY + timedelta(days=10)
    give = {"who": desk, "post_id": post}
    handover.hand_over(**give, user_id=cast.users["kodim"], valid_from=TODAY, valid_to=ends, acting="plh")
    # Another Plh. relieves the first one.
    relief = TODAY + timedelta(days=5)
    handover.hand_over(**give, user_id=cast.users["polri"], valid_from=relief, valid_to=ends, acting="plh")
    # A Plt. comes when the holder has moved: both he and whoever stood in for him are done.
    moved = TODAY + timedelta(days=8)
    handover.hand_over(**give, user_id=cast.users["stranger"], valid_from=moved, acting="plt")
    assert [(t.name, t.acting, t.valid_from, t.valid_to) for t in posts.tenures(post)] == [
        ("Orang Lain", "plt", moved, None),
        ("AKP Dewi", "plh", relief, moved - timedelta(days=1)),
        ("Kapten Sari", "plh", TODAY, relief - timedelta(days=1)),
        ("Mayor Budi", "", date(2016, 1, 1), moved - timedelta(days=1)),
    ]
    with pytest.raises(Invalid, match="baru mulai"):
        handover.vacate(who=desk, post_id=post, since=moved)
    assert holding.SHARED
