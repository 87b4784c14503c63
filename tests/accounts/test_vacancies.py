"""Units without an active liaison: who is on the list, why, in which order, and who may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.accounts.service import (
    count_without_liaison,
    handover,
    people,
    posts,
    units_without_liaison,
    vacancies,
    without_liaison,
)
from kbpartners.db import db
from kbpartners.organizations.models import Assignment, Organization, Post
from tests.conftest import TODAY
from tests.factories.accounts import invite
from tests.factories.commitments import commitment
from tests.factories.followups import make_followup
from tests.factories.organizations import make_post, make_unit, put_on

YESTERDAY = TODAY - timedelta(days=1)


def found(**filters) -> dict[str, vacancies.Vacant]:
    return {row.name: row for row in vacancies.listing(**filters).rows}


def leave(cast, name: str) -> None:
    db.session.execute(update(Assignment).where(Assignment.user_id == cast.users[name]).values(valid_to=YESTERDAY))


def test_everybody_has_somebody_so_the_list_is_empty(app, cast, sign_in) -> None:
    with app.app_context():
        assert found() == {}
        assert count_without_liaison() == (0, 0)
    assert "Semua satuan mempunyai penghubung" in sign_in("sekretariat").get("/pengguna/tanpa-penghubung").text


def test_the_three_ways_in_which_the_last_one_is_gone(ctx, cast, who) -> None:
    leave(cast, "kodim")
    people.deactivate(cast.users["polri"], who=who("admin"))
    invite(cast.units["idi"], title="Ketua", name="dr. Baru", email="baru@contoh.id")
    rows = found()
    assert {name: row.state for name, row in rows.items()} == {
        "Kodim 0405/Lahat": "ended",
        "Polda Sumatera Selatan": "off",
        "IDI Wilayah Sumatera Selatan": "invited",
    }
    kodim = rows["Kodim 0405/Lahat"]
    assert (kodim.person, kodim.since, kodim.post_id) == ("Kapten Sari", YESTERDAY, cast.posts["kodim"])
    assert kodim.above == "Kodam II/Sriwijaya"
    assert rows["IDI Wilayah Sumatera Selatan"].since == TODAY
    assert without_liaison(cast.units["kodim"])
    assert without_liaison(cast.units["bank"]) is False
    assert without_liaison(cast.units["kodim_palembang"])


def test_the_last_day_itself_still_counts_and_the_first_one_already(ctx, cast, on_day) -> None:
    db.session.execute(update(Assignment).where(Assignment.user_id == cast.users["kodim"]).values(valid_to=TODAY))
    put_on(cast.posts["kodim"], "Nanti", since=TODAY + timedelta(days=3))
    db.session.execute(update(User).where(User.name == "Nanti").values(password_hash="x"))
    assert found() == {}
    for days, gone in ((1, True), (2, True), (3, False)):
        on_day(TODAY + timedelta(days=days))
        rows = found()
        assert bool(rows) == gone
        if gone:
            assert rows["Kodim 0405/Lahat"].coming == "Nanti"
            assert rows["Kodim 0405/Lahat"].coming_on == TODAY + timedelta(days=3)


def test_another_active_person_or_post_keeps_a_unit_off_the_list(ctx, cast) -> None:
    leave(cast, "kodim")
    put_on(make_post(cast.units["kodim"], "Perwira kedua"), "Lettu Dua")
    assert found()["Kodim 0405/Lahat"].state == "invited"
    db.session.execute(update(User).where(User.name == "Lettu Dua").values(password_hash="x"))
    assert found() == {}
    db.session.execute(update(Post).where(Post.title == "Perwira kedua").values(ended_on=TODAY))
    assert found()["Kodim 0405/Lahat"].state == "ended"
    db.session.get_one(Organization, cast.units["kodim"]).ended_on = TODAY
    db.session.flush()
    assert found() == {}, "a unit that ended needs nobody"


def test_a_partner_with_open_work_and_nobody_ever_is_on_it_a_unit_below_is_not(ctx, cast) -> None:
    make_followup(cast.units["opd_palembang"])
    make_followup(cast.units["kodim_palembang"])
    rows = found()
    assert {name: row.state for name, row in rows.items()} == {"Dinas PPKB Kota Palembang": "never"}
    assert rows["Dinas PPKB Kota Palembang"].post_id is None


def test_units_with_most_open_work_come_first_and_counts_are_of_open_work(ctx, cast, who) -> None:
    commitment(cast, owner="kodim")
    for _number in range(2):
        commitment(cast, owner="polda")
    make_followup(cast.units["polda"])
    for name in ("kodim", "polri", "stranger"):
        leave(cast, name)
    rows = units_without_liaison(5)
    assert [(row.name, row.commitments, row.followups) for row in rows] == [
        ("Polda Sumatera Selatan", 2, 1), ("Kodim 0405/Lahat", 1, 0), ("Bank Contoh", 0, 0)
    ]  # fmt: skip
    assert [row.name for row in units_without_liaison(1)] == ["Polda Sumatera Selatan"]
    assert count_without_liaison() == (3, 2)
    assert list(found(sort="name")) == ["Bank Contoh", "Kodim 0405/Lahat", "Polda Sumatera Selatan"]
    assert list(found(only_work=True)) == ["Polda Sumatera Selatan", "Kodim 0405/Lahat"]
    assert list(found(category="bank")) == ["Bank Contoh"]
    assert list(found(q="polda")) == ["Polda Sumatera Selatan"]
    assert list(found(state="off")) == []
    handover.hand_over(who=who("sekretariat"), post_id=cast.posts["polri"], user_id=cast.users["tni"], valid_from=TODAY)
    assert "Polda Sumatera Selatan" not in found()


@pytest.mark.parametrize("sort", ["work", "name"])
def test_paging_by_key_shows_each_unit_once(ctx, cast, sort: str) -> None:
    for number in range(23):
        unit = make_unit(f"Satuan {number:02}")
        put_on(make_post(unit), f"Orang {number}")
        if number % 3 == 0:
            make_followup(unit)
    seen, after, pages = [], "", 0
    while True:
        page = vacancies.listing(sort=sort, after=after, size=5)
        seen += [row.name for row in page.rows]
        pages, after = pages + 1, page.after
        if not after:
            break
    assert pages == 5
    assert len(seen) == len(set(seen)) == 23
    whole = [row.name for row in vacancies.listing(sort=sort, size=50).rows]
    assert seen == whole
    assert vacancies.listing(after="ngawur").rows


def test_the_page_shows_reason_work_and_the_next_step(sign_in, cast, write, who) -> None:
    with write():
        commitment(cast, owner="kodim")
        leave(cast, "kodim")
        make_followup(cast.units["opd_palembang"])
        user_id, _token = invite(cast.units["idi"], title="Ketua", name="dr. Baru", email="baru@contoh.id")
    desk = sign_in("sekretariat")
    page = desk.get("/pengguna/tanpa-penghubung")
    assert "3 satuan, 2 di antaranya mempunyai pekerjaan terbuka." in page.text
    assert "Kapten Sari , sampai 9 Juni 2026" in page.text
    assert f"/pengguna/serah-terima/{cast.posts['kodim']}" in page.links()
    assert f"/pengguna/baru?organization_id={cast.units['opd_palembang']}" in page.links()
    assert f"/pengguna/{user_id}" in page.links()
    assert f"/komitmen?organization_id={cast.units['kodim']}" in page.links()
    part = desk.get("/pengguna/tanpa-penghubung?state=invited&sort=name", htmx="hasil")
    assert "IDI Wilayah" in part.text
    assert "Kodim" not in part.text
    assert "Tidak ada yang cocok" in desk.get("/pengguna/tanpa-penghubung?q=zzz").text


def test_twenty_thousand_units_cost_the_same_few_queries(app, sign_in, write, cast, count_queries) -> None:
    with write():
        many(500)
    desk = sign_in("sekretariat")
    with count_queries() as seen:
        page = desk.get("/pengguna/tanpa-penghubung")
    assert len(seen) <= 5
    following = page.select("//a[@rel='next']/@href")[0]
    assert len(desk.get(following).select("//table//a[@class='t']")) == 50
    with app.app_context(), count_queries() as seen:
        assert count_without_liaison().units == 500
    assert len(seen) == 1


def many(number: int) -> None:
    """So many units whose liaison has left."""
    first = 100_000
    ids = range(first, first + number)
    db.session.execute(
        insert(Organization), [{"id": i, "name": f"Satuan {i}", "category": "tni", "path": f"/{i}/"} for i in ids]
    )
    db.session.execute(
        insert(Post), [{"id": i, "organization_id": i, "title": "Penghubung", "role": "penghubung"} for i in ids]
    )
    now = clock.now()
    db.session.execute(
        insert(User), [{"id": i, "name": f"Orang {i}", "email": f"{i}@contoh.id", "created_at": now} for i in ids]
    )
    db.session.execute(
        insert(Assignment),
        [{"post_id": i, "user_id": i, "valid_from": YESTERDAY, "valid_to": YESTERDAY} for i in ids],
    )


def test_ending_a_post_signs_out_who_has_nothing_left(app, sign_in, write, cast, who) -> None:
    browser = sign_in("tni")
    browser.get("/profil")
    with write():
        (own,) = posts.held_by([cast.users["tni"]])[cast.users["tni"]]
        posts.end(own.assignment_id, who=who("sekretariat"), user_id=cast.users["tni"], valid_to=YESTERDAY)
    browser.get("/profil", 303)
    with app.app_context():
        from kbpartners.accounts.service import sessions_of

        assert sessions_of(cast.users["tni"]) == []
