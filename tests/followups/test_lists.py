"""The list: filters, paging by key, counts, the texts for WhatsApp, and what it costs."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kbpartners.db import db
from kbpartners.followups import service
from kbpartners.followups.models import Followup
from kbpartners.followups.service import Filters, Source, listing, texts
from kbpartners.organizations.models import Assignment, Organization, path_ids
from kbpartners.scopes import Tally
from tests.conftest import TODAY
from tests.factories.followups import make_followup, propose_done, send_update
from tests.factories.meetings import decision, meeting

pytestmark = pytest.mark.usefixtures("ctx")


def _titles(who, **filters: object) -> list[str]:
    return [row.title for row in service.page(who, Filters(**filters)).rows]


def test_open_ones_come_soonest_first_and_closed_ones_latest_first(who, cast):
    unit = cast.units["kodim"]
    for title, day in (("c", 30), ("a", 1), ("b", 2)):
        make_followup(unit, title=title, due_on=date(2026, 6, day))
    assert _titles(who("tni")) == ["a", "b", "c"]
    assert _titles(who("tni"), sort="-due_on") == ["c", "b", "a"]
    for followup in db.session.execute(select(Followup.id).where(Followup.title != "c")).scalars().all():
        service.decide(who("sekretariat"), propose_done(who("kodim"), followup), decision="accept")
    assert _titles(who("tni"), status="done") == ["b", "a"]
    assert _titles(who("tni"), status="all") == ["c", "b", "a"]


def test_every_ready_view_shows_its_own(who, cast):
    unit, office = cast.units["kodim"], who("sekretariat")
    made = {
        name: make_followup(unit, title=name, due_on=date(2026, 8, 1)) for name in ("open", "proposed", "impossible")
    }
    made["late"] = make_followup(unit, title="late", due_on=date(2026, 6, 9))
    for name in ("returned", "done", "hopeless", "moved"):
        made[name] = make_followup(unit, title=name, due_on=date(2026, 8, 1))
    propose_done(who("kodim"), made["proposed"])
    send_update(who("kodim"), made["impossible"], status="proposed_not_feasible")
    service.decide(office, propose_done(who("kodim"), made["returned"]), decision="return", note="x")
    service.decide(office, propose_done(who("kodim"), made["done"]), decision="accept")
    hopeless = send_update(who("kodim"), made["hopeless"], status="proposed_not_feasible")
    service.decide(office, hopeless, decision="accept")
    service.transfer(office, made["moved"], version=1, organization_id=cast.units["polda"], due_on=TODAY, reason="x")
    views = {status: set(_titles(who("tni"), status=status)) for status in listing.STATUSES}
    assert views == {
        "open": {"open", "proposed", "impossible", "late", "returned"},
        "late": {"late"},
        "proposed_done": {"proposed", "impossible"},
        "returned": {"returned"},
        "done": {"done"},
        "not_feasible": {"hopeless"},
        "transferred": {"moved"},
        "all": set(made),
    }


def test_words_codes_priority_days_and_meeting_narrow_the_list(who, cast):
    held = meeting(invited=[cast.units["kodam"]])
    number = decision(meeting_id=held)
    one = make_followup(cast.units["kodim"], title="Kirim 100% daftar", source=Source(decision_id=number))
    two = make_followup(cast.units["polda"], title="Jadwal bakti sosial", priority="urgent", due_on=date(2026, 7, 1))
    person = who("sekretariat")
    assert _titles(person, q="DAFTAR") == ["Kirim 100% daftar"]
    assert _titles(person, q="100%") == ["Kirim 100% daftar"]
    assert _titles(person, q="_") == []
    for text in (f"TL-{two:04}", f"tl {two}", str(two)):
        assert "Jadwal bakti sosial" in _titles(person, q=text)
    assert _titles(person, priority="urgent") == ["Jadwal bakti sosial"]
    assert _titles(person, meeting_id=held) == ["Kirim 100% daftar"]
    assert _titles(person, due_from=date(2026, 6, 21), due_to=date(2026, 7, 1)) == ["Jadwal bakti sosial"]
    assert one


def test_a_unit_as_filter_means_the_unit_and_those_below_it(who, cast):
    make_followup(cast.units["kodam"], title="kodam")
    make_followup(cast.units["kodim"], title="kodim", due_on=date(2026, 6, 21))
    make_followup(cast.units["team"], title="tim", due_on=date(2026, 6, 22))
    person = who("sekretariat")
    assert _titles(person, organization_id=cast.units["kodam"]) == ["kodam", "kodim"]
    assert _titles(person, organization_id=cast.units["kodim"]) == ["kodim"]
    assert _titles(person, organization_id=cast.units["office"]) == ["tim"]
    assert _titles(who("tni"), organization_id=cast.units["kodim"]) == ["kodim"]
    assert _titles(who("polri"), organization_id=cast.units["kodim"]) == []


def test_somebody_with_two_posts_sees_each_followup_once(who, cast):
    db.session.add(Assignment(post_id=cast.posts["kodim"], user_id=cast.users["tni"], valid_from=date(2026, 1, 1)))
    make_followup(cast.units["kodim"])
    person = who("tni")
    assert len(person.unit_ids) == 2
    assert len(service.page(person, Filters()).rows) == 1


def test_paging_shows_everything_once_in_order(who, cast):
    made = [make_followup(cast.units["kodim"], due_on=TODAY + timedelta(days=n // 3)) for n in range(11)]
    for followup in made[4:8]:
        service.decide(who("sekretariat"), propose_done(who("kodim"), followup), decision="accept")
    for status, expected in (("open", made[:4] + made[8:]), ("all", made[:4] + made[8:] + made[7:3:-1])):
        seen, after = [], ""
        for _page in range(9):
            page = service.page(who("tni"), Filters(status=status), after=after, size=3)
            seen += [row.id for row in page.rows]
            after = page.after
            if not after:
                break
        assert seen == expected


@pytest.mark.parametrize(
    "after", ["", "x", "1.2026-13-01.4", "1.2026-06-01", "9" * 400, "1.2026-06-01.99999999999999999999"]
)
def test_a_key_that_cannot_be_read_is_the_first_page(who, cast, after):
    make_followup(cast.units["kodim"])
    assert len(service.page(who("tni"), Filters(), after=after).rows) == 1


# --- counts -------------------------------------------------------------------------------------------------------


def _recounted() -> Counter:
    """What the tallies should say, counted from the records."""
    paths = {row.id: path_ids(row.path) for row in db.session.execute(select(Organization.id, Organization.path))}
    office = min(paths)
    found: Counter = Counter()
    for record in db.session.execute(select(Followup)).scalars():
        if record.status in ("done", "not_feasible", "transferred"):
            continue
        measures = ["followup_due"]
        measures += ["followup_proposed"] if record.report_state == "submitted" else []
        measures += ["followup_returned"] if record.report_state == "returned" else []
        for unit in {office, *paths[record.organization_id]}:
            found.update((unit, measure, record.due_on) for measure in measures)
    return found


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["create", "news", "propose", "impossible", "accept", "return", "edit", "transfer"]),
        st.integers(0, 5),
        st.sampled_from(["kodim", "kodam", "polres", "idi"]),
        st.integers(-20, 20),
    ),
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DEEDS)
def test_whatever_is_done_the_counts_equal_a_recount(who, cast, deeds):
    office, made = who("sekretariat"), []
    savepoint = db.session.begin_nested()
    for deed, which, unit, days in deeds:
        if deed == "create" or not made:
            made.append(make_followup(cast.units[unit], due_on=TODAY + timedelta(days=days)))
            continue
        _do(deed, made[which % len(made)], cast.units[unit], TODAY + timedelta(days=days), office, made)
    stored = {
        (row.unit_id, row.measure, row.day): row.n
        for row in db.session.execute(select(Tally.unit_id, Tally.measure, Tally.day, Tally.n))
        if row.n
    }
    assert stored == dict(_recounted())
    assert service.check() == []
    savepoint.rollback()
    db.session.expire_all()


def _do(deed, followup, unit, day, office, made) -> None:
    from kbpartners.errors import DomainError
    from kbpartners.followups.service import Origin

    entry = next((row for row in service.queue(office, limit=99) if row.followup_id == followup), None)
    record = db.session.get(Followup, followup, populate_existing=True)
    origin = Origin("phone", "Kapten Contoh")
    try:
        if deed in ("news", "propose", "impossible"):
            status = {"news": "in_progress", "propose": "proposed_done", "impossible": "proposed_not_feasible"}[deed]
            send_update(office, followup, status=status, origin=origin)
        elif deed in ("accept", "return") and entry:
            other = office.__class__(**{**vars(office), "user_id": 1})
            service.decide(other, entry.id, decision=deed, note="Catatan.")
        elif deed == "edit":
            service.edit(
                office, followup, version=record.version, title="Lain", description="", organization_id=unit,
                contact_post_id=None, due_on=day, priority="low",
            )  # fmt: skip
        elif deed == "transfer":
            made.append(
                service.transfer(office, followup, version=record.version, organization_id=unit, due_on=day, reason="x")
            )
    except DomainError:
        pass  # refused by a rule, which must leave the counts alone as well


# --- texts and costs ----------------------------------------------------------------------------------------------


def test_the_text_for_whatsapp_is_plain_and_has_links(who, cast):
    followup = make_followup(cast.units["kodim"], title="Kirim daftar <b>", due_on=date(2026, 6, 7))
    rows = service.page(who("tni"), Filters()).rows
    assert texts.whatsapp_text("Tindak lanjut", rows, TODAY) == (
        "*Tindak lanjut*\nKeadaan Rabu, 10 Juni 2026\n\n*Kodim 0405/Lahat*\n"
        f"1. Kirim daftar <b> (TL-{followup:04}): tenggat 7 Juni 2026, terlambat 3 hari, belum ditindaklanjuti\n"
        f"http://localhost/tindak-lanjut/{followup}"
    )
    many = texts.whatsapp_text("Tindak lanjut", rows * 25, TODAY)
    assert many.endswith("… dan 5 lagi.")


def test_the_partners_of_a_page_carry_their_counts(who, cast):
    make_followup(cast.units["kodim"], due_on=date(2026, 6, 1))
    make_followup(cast.units["kodam"])
    rows = service.page(who("sekretariat"), Filters()).rows
    assert listing.partners(rows) == {cast.units["kodam"]: (cast.units["kodam"], "Kodam II/Sriwijaya", 2, 1)}
    assert listing.partners([]) == {}


def test_a_list_takes_as_many_queries_with_forty_rows_as_with_one(write, cast, sign_in, count_queries):
    with write():
        make_followup(cast.units["kodim"])
    for name in ("sekretariat", "tni"):
        browser = sign_in(name)
        browser.get("/tindak-lanjut")
        with count_queries() as few:
            browser.get("/tindak-lanjut")
        with write():
            for n in range(40):
                make_followup(cast.units["kodim"], due_on=TODAY + timedelta(days=n))
        with count_queries() as many:
            browser.get("/tindak-lanjut")
        assert len(many) == len(few) <= 4, many
