"""Two units become one: nothing is forgotten, nothing is lost, and undoing it puts everything back."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners import scopes
from kbpartners.activities import service as activities
from kbpartners.activities.models import ActivityOrganization
from kbpartners.agreements import service as agreements
from kbpartners.audit.service import history
from kbpartners.commitments import service as commitments
from kbpartners.commitments.models import Commitment, CommitmentScope, CommitmentSupporter
from kbpartners.db import Base, db
from kbpartners.errors import Invalid, Refused
from kbpartners.followups import service as followups
from kbpartners.followups.models import Followup
from kbpartners.followups.service.updates import Origin
from kbpartners.meetings.models import MeetingScope
from kbpartners.organizations import service
from kbpartners.organizations.models import Coverage, Merge, Organization, Post
from kbpartners.organizations.service.followers import merge_followers
from kbpartners.settings import doctor
from tests.cast import Cast
from tests.conftest import TODAY
from tests.factories.activities import activity
from tests.factories.activities import kampung as make_place
from tests.factories.agreements import agreement
from tests.factories.commitments import accepted, acting_as, commitment, reported
from tests.factories.followups import make_followup, send_update
from tests.factories.meetings import guest, meeting
from tests.factories.organizations import make_post, make_unit, put_on


def test_every_column_that_names_a_unit_is_followed(app: Any) -> None:
    """A new table with a foreign key to units fails here until its feature says what a merge does about it."""
    naming = {
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "organizations"
    }
    handled = [name for follower in merge_followers for name in follower.handled]
    assert sorted(handled) == sorted(naming)


# --- everything goes along and comes back ------------------------------------------------------------------------

IGNORED = {"revisions", "organization_merges", "user_sessions"}


def everything() -> dict[str, set[str]]:
    """All rows of all tables as text; versions, which only grow, and emptied counters aside."""
    db.session.flush()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in IGNORED:
            columns = [c for c in table.columns if c.name != "version"]
            query = select(*columns)
            if table.name in ("tallies", "tally_months"):
                query = query.where(table.c.n != 0)
            found[table.name] = {repr(tuple(row)) for row in db.session.execute(query)}
    return found


def problems() -> list[str]:
    return [
        *service.check(),
        *commitments.check(),
        *followups.check(),
        *scopes.check(),
        *agreements.check(),
        *_meetings(),
    ]


def _meetings() -> list[str]:
    """Meetings are shown to those on the list, their ancestors and the office."""
    from kbpartners.meetings.models import Attendance

    wrong = []
    for meeting_id in set(db.session.execute(select(MeetingScope.record_id)).scalars()):
        query = select(Attendance.organization_id).where(Attendance.meeting_id == meeting_id)
        expected = {service.office_id()}
        for unit in set(db.session.execute(query).scalars()):
            expected.update(service.ancestors(unit))
        seen = select(MeetingScope.unit_id).where(MeetingScope.record_id == meeting_id)
        if set(db.session.execute(seen).scalars()) != expected:
            wrong.append(f"rapat {meeting_id}")
    return wrong


def fill(cast: Cast, dice: random.Random, units: list[str]) -> None:
    """Commitments, reports, follow-ups, activities, meetings of several units, at random."""
    codes = ["16", "16.04", "16.71", "16.04.10"]
    place = make_place(cast)
    office = acting_as(cast, "sekretariat")
    for number in range(dice.randint(4, 7)):
        owner = dice.choice(units)
        helpers = {
            name: dice.choice(["", "Tenaga", "Tempat"]) for name in units if name != owner and dice.random() < 0.4
        }
        other = cast.units[dice.choice(units)] if dice.random() < 0.4 else None
        promised = commitment(
            cast, owner=owner, title=f"Komitmen {number}", region=dice.choice(codes), supporters=helpers,
            counterpart_id=other, due_on=TODAY + timedelta(days=dice.randint(-20, 40)),
        )  # fmt: skip
        if dice.random() < 0.5:
            dice.choice([reported, accepted])(cast, promised, 10, by=dice.choice(["sekretariat", "admin"]))
    for number in range(dice.randint(2, 5)):
        unit = cast.units[dice.choice(units)]
        task = make_followup(unit, title=f"Tugas {number}", due_on=TODAY + timedelta(days=dice.randint(-9, 9)))
        if dice.random() < 0.5:
            send_update(office, task, status="proposed_done", origin=Origin("whatsapp", "Kapten"))
    for number in range(dice.randint(1, 3)):
        lead, *others = dice.sample(units, dice.randint(1, len(units)))
        activity(
            cast, kampung_id=place, organizer=lead, partners=dict.fromkeys(others, "Hadir"), title=f"Bakti {number}"
        )
    for number in range(3):
        parties = [(name, f"{dice.randint(1, 9)}/{name}/{number}") for name in dice.sample(units, dice.randint(1, 3))]
        agreement(cast, title=f"Naskah {number}", parties=["office", *parties])
    for _number in range(2):
        invited = meeting(invited=[cast.units[name] for name in units if dice.random() < 0.7])
        if dice.random() < 0.5:
            guest(meeting_id=invited, organization_id=cast.units[dice.choice(units)], name="Kapten Sari", present=True)


@pytest.mark.parametrize("seed", range(12))
def test_merging_moves_everything_and_undoing_puts_everything_back(ctx: None, cast: Cast, who: Any, seed: int) -> None:
    dice = random.Random(seed)
    double = make_unit("Kodam Dua Sriwijaya", covers=(cast.regions["16.04"], cast.regions["16.71.01"]))
    cast = Cast(cast.users, {**cast.units, "double": double}, cast.posts, cast.regions)
    below = make_unit("Korem 044/Gapo", parent_id=double, covers=(cast.regions["16.71"],))
    cast.units["below"] = make_unit("Kodim 0430/Banyuasin", parent_id=below)
    put_on(make_post(double, "Penghubung lama"), "Mayor Lama")
    fill(cast, dice, ["kodam", "double", "below", "kodim", "polda"])
    if dice.random() < 0.5:
        source, target = "double", "kodam"
    else:
        source, target = dice.sample(["double", "kodam", "polda", "idi"], 2)
    assert problems() == []
    before = everything()
    office = who("sekretariat")

    merge_id = service.merge(who=office, source_id=cast.units[source], target_id=cast.units[target])

    assert problems() == []
    gone, stays = cast.units[source], cast.units[target]
    for follower in merge_followers:
        for column in (*follower.columns, *follower.derived):
            if column.class_ in (Coverage, scopes.Tally, scopes.MonthTally):
                continue
            left = db.session.execute(select(column).where(column == gone)).all()
            assert left == [], f"{column} still names the merged unit"
    assert db.session.get_one(Organization, gone).merged_into_id == stays
    assert service.moved_to(gone).into_id == stays
    assert service.covered(gone) == []

    assert service.undo(who=office, merge_id=merge_id) == gone

    assert problems() == []
    after = everything()
    assert {name: rows ^ before[name] for name, rows in after.items() if rows != before[name]} == {}


def test_what_came_later_stays_and_the_counts_are_right(ctx: None, cast: Cast, who: Any) -> None:
    double = make_unit("Kodam Dua")
    cast.units["double"] = double
    old = commitment(cast, owner="double")
    merge_id = service.merge(who=who("sekretariat"), source_id=double, target_id=cast.units["kodam"])
    new = commitment(cast, owner="kodam")
    reported(cast, old, 5)
    service.undo(who=who("sekretariat"), merge_id=merge_id)
    owners = dict(db.session.execute(select(Commitment.id, Commitment.organization_id)).all())
    assert owners == {old: double, new: cast.units["kodam"]}
    assert problems() == []
    assert scopes.count([double], "commitment_due") == scopes.count([cast.units["kodam"]], "commitment_due") == 1
    del cast.units["double"]


def test_who_worked_for_the_duplicate_works_for_the_other(ctx: None, cast: Cast, who: Any) -> None:
    promised = commitment(cast, owner="polda")
    service.merge(who=who("sekretariat"), source_id=cast.units["polda"], target_id=cast.units["kodam"])
    assert who("polri").unit_ids == (cast.units["kodam"],)
    seen = select(CommitmentScope.unit_id).where(CommitmentScope.record_id == promised)
    assert cast.units["kodam"] in set(db.session.execute(seen).scalars())
    sentences = [entry.sentence for entry in history("commitment", promised)]
    assert "Rina Sekretariat menggabungkan Polda Sumatera Selatan ke Kodam II/Sriwijaya; " in sentences[0]
    assert history("organization", cast.units["kodam"])[0].sentence.startswith("Rina Sekretariat menggabungkan Polda")


def test_one_of_two_contributions_stays_with_both_words(ctx: None, cast: Cast, who: Any) -> None:
    helped = commitment(cast, owner="idi", supporters={"polda": "Personel", "kodam": "Kendaraan"})
    own = commitment(cast, owner="kodam", supporters={"polda": "Personel"})
    place = make_place(cast)
    act = activity(cast, kampung_id=place, organizer="polda", partners={"kodam": "Tenda"})
    invited = meeting(invited=[cast.units["polda"], cast.units["kodam"]])
    before = everything()
    merge_id = service.merge(who=who("sekretariat"), source_id=cast.units["polda"], target_id=cast.units["kodam"])
    rows = select(
        CommitmentSupporter.commitment_id, CommitmentSupporter.organization_id, CommitmentSupporter.contribution
    )
    assert db.session.execute(rows).all() == [(helped, cast.units["kodam"], "Kendaraan; Personel")]
    taking_part = select(ActivityOrganization.organization_id, ActivityOrganization.role).where(
        ActivityOrganization.activity_id == act
    )
    assert db.session.execute(taking_part).all() == [(cast.units["kodam"], "lead")]
    from kbpartners.meetings.models import Attendance

    lines = select(Attendance.organization_id).where(Attendance.meeting_id == invited)
    assert list(db.session.execute(lines).scalars()) == [cast.units["kodam"]]
    assert problems() == []
    assert own
    service.undo(who=who("sekretariat"), merge_id=merge_id)
    assert everything() == before


def test_two_opd_become_one_and_see_what_both_saw(ctx: None, cast: Cast, who: Any) -> None:
    there = commitment(cast, owner="kodam", region="16.71.01")
    lahat, palembang = cast.units["opd_lahat"], cast.units["opd_palembang"]

    def seen_by(unit: int) -> set[int]:
        query = select(CommitmentScope.record_id).where(CommitmentScope.unit_id == unit)
        return set(db.session.execute(query).scalars())

    merge_id = service.merge(who=who("sekretariat"), source_id=palembang, target_id=lahat)
    assert (seen_by(palembang), seen_by(lahat)) == (set(), {there})
    assert problems() == []
    service.undo(who=who("sekretariat"), merge_id=merge_id)
    assert (seen_by(palembang), seen_by(lahat)) == ({there}, set())
    assert problems() == []


def test_the_past_keeps_who_covered_what(ctx: None, cast: Cast, who: Any, on_day: Any) -> None:
    double = make_unit("Kodam Dua", covers=(cast.regions["16.04"],))
    service.merge(who=who("sekretariat"), source_id=double, target_id=cast.units["bank"])
    query = select(Coverage.organization_id, Coverage.valid_from, Coverage.valid_to).where(
        Coverage.organization_id.in_([double, cast.units["bank"]])
    )
    assert set(db.session.execute(query).all()) == {
        (double, date(2020, 1, 1), TODAY - timedelta(days=1)),
        (cast.units["bank"], TODAY, None),
    }


# --- refusals ----------------------------------------------------------------------------------------------------


def refused(source: int, target: int) -> str:
    with pytest.raises(Invalid) as caught:
        service.merge(who=None, source_id=source, target_id=target)
    assert caught.value.field == "target_id"
    return caught.value.message


def test_what_cannot_be_merged_is_said(ctx: None, cast: Cast) -> None:
    units = cast.units
    assert "dirinya sendiri" in refused(units["kodam"], units["kodam"])
    assert "Kantor BKKBN" in refused(units["office"], units["kodam"])
    assert "Kantor BKKBN" in refused(units["kodam"], units["office"])
    assert "berada di bawah" in refused(units["kodam"], units["kodim"])
    assert "Dinas PPKB" in refused(units["bank"], units["opd_lahat"])
    ended = make_unit("Lama")
    db.session.get_one(Organization, ended).ended_on = TODAY
    assert "sudah berakhir" in refused(units["bank"], ended)
    service.merge(who=None, source_id=units["bank"], target_id=units["idi"])
    assert "sudah digabungkan" in refused(units["bank"], units["polda"])


def test_units_of_one_name_below_both_become_one_first(ctx: None, cast: Cast) -> None:
    double = make_unit("Kodam Dua")
    twin = make_unit("kodim 0405/lahat", parent_id=double)
    assert "kodim 0405/lahat" in refused(double, cast.units["kodam"])
    assert [row[:2] for row in service.merge_preview(double, cast.units["kodam"]).twins] == [
        (twin, cast.units["kodim"])
    ]
    first = service.merge(who=None, source_id=twin, target_id=cast.units["kodim"])
    second = service.merge(who=None, source_id=double, target_id=cast.units["kodam"])
    assert service.undo(who=None, merge_id=second) == double
    assert service.undo(who=None, merge_id=first) == twin
    assert problems() == []


def test_a_merge_seen_before_somebody_saved_is_looked_at_again(ctx: None, cast: Cast) -> None:
    look = service.merge_preview(cast.units["bank"], cast.units["idi"])
    assert look.possible
    db.session.get_one(Organization, cast.units["idi"]).version += 1
    with pytest.raises(Invalid):
        service.merge(who=None, source_id=cast.units["bank"], target_id=cast.units["idi"], seen=look.seen)


def test_a_merged_unit_is_not_changed_any_more(ctx: None, cast: Cast, who: Any) -> None:
    service.merge(who=None, source_id=cast.units["bank"], target_id=cast.units["idi"])
    with pytest.raises(Refused):
        service.move(who=who("sekretariat"), organization_id=cast.units["bank"], parent_id=cast.units["polda"])


# --- undoing is refused where later changes stand in its way -----------------------------------------------------


def merged(cast: Cast, source: str = "polda", target: str = "kodam") -> int:
    return service.merge(who=None, source_id=cast.units[source], target_id=cast.units[target])


def why_not(merge_id: int) -> str:
    with pytest.raises(Invalid) as caught:
        service.undo(who=None, merge_id=merge_id)
    assert service.undo_obstacles(merge_id)
    return caught.value.message


def test_an_undo_says_which_record_has_gone_elsewhere(ctx: None, cast: Cast, who: Any) -> None:
    task = make_followup(cast.units["polda"])
    merge_id = merged(cast)
    row = db.session.get_one(Followup, task)
    row.organization_id = cast.units["idi"]
    assert "TL-0001 sudah diubah setelah penggabungan." in why_not(merge_id)


def test_an_undo_waits_for_the_later_merge(ctx: None, cast: Cast) -> None:
    first = merged(cast)
    second = merged(cast, "kodam", "idi")
    assert "Batalkan itu dahulu" in why_not(first)
    service.undo(who=None, merge_id=second)
    service.undo(who=None, merge_id=first)
    assert problems() == []
    assert "sudah dibatalkan" in why_not(first)


def test_an_undo_is_refused_when_a_new_followup_names_a_post_that_would_leave(ctx: None, cast: Cast) -> None:
    merge_id = merged(cast)
    make_followup(cast.units["kodam"], contact_post_id=cast.posts["polri"])
    assert "menyebut narahubung" in why_not(merge_id)


def test_an_undo_is_refused_when_regions_or_children_moved_on(ctx: None, cast: Cast) -> None:
    merge_id = merged(cast)
    service.move(who=None, organization_id=cast.units["polres"], parent_id=cast.units["idi"])
    assert "Polres Lahat sudah diubah" in why_not(merge_id)


def test_the_doctor_finds_what_does_not_fit(ctx: None, cast: Cast) -> None:
    assert service.check() == []
    merged(cast)
    unit = db.session.get_one(Organization, cast.units["polda"])
    unit.ended_on = None
    db.session.get_one(Post, cast.posts["polri"]).organization_id = unit.id
    db.session.get_one(Organization, cast.units["kodim"]).path = "/1/"
    today = {"organization_id": cast.units["idi"], "region_id": cast.regions["16"], "valid_from": TODAY}
    db.session.add(Coverage(**today))
    db.session.flush()
    told = " ".join(service.check())
    for words in ("jalurnya /1/", "dua kali pada hari yang sama", "belum berakhir", "1 baris posts.organization_id"):
        assert words in told


def test_nothing_is_wrong_for_the_doctor_after_all_that(ctx: None, cast: Cast) -> None:
    commitment(cast, owner="polda")
    merged(cast)
    db.session.commit()
    assert [line for line in doctor.examine() if "ruang simpan" not in line] == []
    assert db.session.execute(select(Merge.id)).scalars().all()
    assert db.session.execute(select(Post.id).where(Post.organization_id == cast.units["polda"])).first() is None
    assert activities
