"""The example looks like a working Tuesday, not like 3,000 days late, and says what is made up."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from kbpartners import clock
from kbpartners.accounts.service import identity_for, user_by_name
from kbpartners.activities.models import Activity
from kbpartners.activities.models import state as activity_state
from kbpartners.commitments.models import Commitment, CommitmentScope
from kbpartners.commitments.models import states as commitment_states
from kbpartners.db import db
from kbpartners.followups.models import Followup, FollowupScope
from kbpartners.followups.models import states as followup_states
from kbpartners.kampung.models import Kampung
from kbpartners.meetings.models import Decision, Meeting
from kbpartners.organizations.models import Organization
from kbpartners.security import visible

LIAISONS = ("tni", "polri", "idi", "opd.lahat")


def who(name: str):
    user = user_by_name(f"{name}@contoh.id")
    assert user is not None
    identity = identity_for(user.id)
    assert identity is not None
    return identity


@pytest.mark.parametrize("name", LIAISONS)
def test_each_liaison_sees_every_state_of_a_commitment(example: Flask, name: str) -> None:
    with example.app_context():
        seen = set()
        for row in db.session.execute(
            select(Commitment).where(visible(CommitmentScope, Commitment.id, who(name)))
        ).scalars():
            seen |= {
                state.key
                for state in commitment_states(
                    status=row.status, period_start=row.period_start, due_on=row.due_on, finished_on=row.finished_on,
                    report_state=row.report_state, news_on=row.news_on, reported=row.last_report_on is not None,
                    today=clock.today(),
                )
            }  # fmt: skip
        assert seen >= {"late", "soon", "returned", "submitted", "silent", "in_progress", "not_due", "unreported",
                        "proposed_done", "done", "done_late", "ended"}  # fmt: skip


@pytest.mark.parametrize("name", LIAISONS)
def test_each_liaison_sees_every_state_of_a_follow_up(example: Flask, name: str) -> None:
    with example.app_context():
        seen = set()
        for row in db.session.execute(select(Followup).where(visible(FollowupScope, Followup.id, who(name)))).scalars():
            shown = followup_states(
                status=row.status, due_on=row.due_on, finished_on=row.finished_on, report_state=row.report_state,
                today=clock.today(),
            )  # fmt: skip
            seen |= {state.key for state in shown}
        assert seen >= {"late", "open", "in_progress", "proposed_done", "done", "done_late", "returned", "not_feasible",
                        "transferred"}  # fmt: skip


def test_activities_of_every_state_stand_at_real_kampung_kb(example: Flask) -> None:
    with example.app_context():
        seen = {
            activity_state(status=a.status, planned_on=a.planned_on, planned_until=a.planned_until,
                           returned=bool(a.return_note), today=clock.today()).key
            for a in db.session.execute(select(Activity)).scalars()
        }  # fmt: skip
        assert seen >= {"planned", "ongoing", "awaiting_report", "reported", "verified", "cancelled"}


def test_what_the_2017_meeting_left_is_closed_or_carried_over(example: Flask) -> None:
    with example.app_context():
        meeting = db.session.execute(select(Meeting).where(Meeting.held_on == date(2017, 3, 7))).scalar_one()
        decisions = select(Decision.id).where(Decision.meeting_id == meeting.id)
        assert meeting.place == "Hotel Aston, Palembang"
        still_open = db.session.execute(
            select(func.count()).select_from(Commitment)
            .where(Commitment.decision_id.in_(decisions), Commitment.status.in_(("active", "proposed_done")))
        ).scalar_one()  # fmt: skip
        late = [f for f in db.session.execute(select(Followup).where(Followup.decision_id.in_(decisions))).scalars()
                if f.status not in ("done", "transferred")]  # fmt: skip
        assert (still_open, late) == (0, [])


def test_nothing_open_is_late_by_years(example: Flask) -> None:
    with example.app_context():
        oldest = db.session.execute(
            select(func.min(Commitment.due_on)).where(Commitment.status == "active")
        ).scalar_one()
        assert (clock.today() - oldest).days < 60


def test_the_skeleton_of_the_province_is_there(example: Flask) -> None:
    with example.app_context():
        counts = dict(
            db.session.execute(select(Organization.category, func.count()).group_by(Organization.category)).all()
        )
        assert counts["tni"] == 1 + 8 + 3  # Kodam, Kodim, Koramil
        assert counts["polri"] == 18
        assert counts["opd"] == 17
        assert db.session.execute(select(func.count()).select_from(Kampung)).scalar_one() == 2136


def test_the_matrix_of_the_day_of_the_meeting_is_not_empty(example: Flask, demo) -> None:
    page = demo("pimpinan").get("/laporan/matriks-tindak-lanjut?per=2017-03-07")
    assert "Menindaklanjuti hasil Rakornas di Kabupaten Lahat" in page.text
    assert "Belum ditindaklanjuti" in page.text


def test_the_books_balance(example: Flask) -> None:
    from kbpartners.commitments import service as commitments
    from kbpartners.followups import service as followups

    with example.app_context():
        assert commitments.check() == []
        assert followups.check() == []


@pytest.mark.parametrize("name", ["admin", "sekretariat", "pimpinan", *LIAISONS])
def test_every_page_that_a_demo_account_is_offered_opens(example: Flask, demo, name: str) -> None:
    browser = demo(name)
    todo, seen = ["/"], set()
    while todo and len(seen) < 60:
        path = todo.pop(0)
        if path in seen:
            continue
        seen.add(path)
        response = browser.http.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        if response.mimetype != "text/html":
            continue
        page = browser.get(path)
        links = [href.partition("#")[0] for href in page.links()]
        todo += [h for h in dict.fromkeys(links) if h.startswith("/") and "format=" not in h and h not in seen]


def test_documents_of_every_state_and_a_lineage_from_memorandum_to_action_plan(example: Flask) -> None:
    from kbpartners.agreements import service

    with example.app_context():
        rows = service.listed(who("sekretariat"), service.Filters(), size=100).rows
        shown = {row.state(clock.today()).key for row in rows}
        assert shown == {"draft", "in_force", "expiring", "expired", "renewed", "terminated"}
        assert {row.kind for row in rows} == {"mou", "pks", "guideline", "action_plan", "addendum", "decree"}
        assert all(row.is_example for row in rows)
        plan = service.load(who("tni"), next(row.id for row in rows if "TNI Manunggal" in row.title))
        around = service.around(who("tni"), plan)
        assert [link.kind for link in around.above] == ["pks", "mou"]
        pks = service.load(who("tni"), around.above[0].id)
        assert [link.kind for link in service.around(who("tni"), pks).addenda] == ["addendum"]
        assert len(service.commitments(who("tni"), pks.id)) >= 2
        assert service.check() == []


def test_people_have_moved_and_all_of_it_is_seen_on_the_first_run(example: Flask, demo) -> None:
    from kbpartners.accounts.service import demo_accounts, units_without_liaison
    from kbpartners.organizations.service import history_of

    with example.app_context():
        assert len(demo_accounts()) == 7, "who moved is no account to sign in with"
        first = units_without_liaison(1)[0]
        assert (first.name, first.state, first.person) == (
            "Dinas Pengendalian Penduduk dan KB Kabupaten Empat Lawang", "ended", "Ibu Ratna (contoh)"
        )  # fmt: skip
        assert first.work > 0
        names = dict(db.session.execute(select(Organization.name, Organization.id)).all())
        (pasiter,) = history_of(names["Kodim 0405/Lahat"])
        assert [t.name for t in pasiter.tenures] == ["Kapten Lina (contoh)", "Kapten Arif (contoh)"]
        (kasat,) = history_of(names["Polres Lahat"])
        states = [(t.acting, t.state(clock.today())) for t in kasat.tenures]
        assert states == [("", "coming"), ("Plt.", "now"), ("", "over")]
    desk = demo("sekretariat")
    assert "Ibu Ratna (contoh)" in desk.get("/pengguna/tanpa-penghubung").text
    assert "Plt. AKP Yuli (contoh)" in desk.get(f"/mitra/{names['Polres Lahat']}").text


def test_deferrals_are_seen_on_the_first_run_one_commitment_was_put_off_twice(example: Flask) -> None:
    from kbpartners.commitments.models import Deferral

    with example.app_context():
        per_commitment = Counter(db.session.execute(select(Deferral.commitment_id)).scalars())
        assert sorted(per_commitment.values()) == [1, 2]
