"""Who speaks for a unit today."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from kbpartners.accounts.models import User
from kbpartners.db import db
from kbpartners.organizations import service
from kbpartners.organizations.models import Assignment, Organization
from tests.cast import Cast
from tests.conftest import TODAY
from tests.factories.organizations import make_post, put_on


def test_whoever_stands_in_today_comes_first(ctx: None, cast: Cast) -> None:
    put_on(cast.posts["tni"], "Kapten Pengganti", acting="plh", since=TODAY - timedelta(days=3))
    names = [(holder.acting, holder.name) for holder in service.holders([cast.posts["tni"]])[cast.posts["tni"]]]
    assert names == [("Plh.", "Kapten Pengganti"), ("", "Mayor Budi")]
    assert service.holder_today([cast.posts["tni"]])[cast.posts["tni"]].name == "Kapten Pengganti"


def test_only_todays_holders_count(ctx: None, cast: Cast, on_day: Any) -> None:
    post = make_post(cast.units["kodim_palembang"])
    put_on(post, "Nanti Sekali", since=TODAY + timedelta(days=1))
    assert service.holder_today([post]) == {}
    on_day(TODAY + timedelta(days=1))
    assert service.holder_today([post])[post].name == "Nanti Sekali"
    db.session.execute(update(Assignment).where(Assignment.post_id == post).values(valid_to=TODAY + timedelta(days=1)))
    on_day(TODAY + timedelta(days=2))
    assert service.holder_today([post]) == {}
    assert service.holder_today([]) == {}


def test_a_deactivated_person_speaks_for_nobody(ctx: None, cast: Cast) -> None:
    from kbpartners import clock

    db.session.execute(update(User).where(User.id == cast.users["tni"]).values(deactivated_at=clock.now()))
    assert service.holder_today([cast.posts["tni"]]) == {}


def test_contacts_are_the_held_contact_posts_and_the_units_own_number(ctx: None, cast: Cast) -> None:
    vacant = make_post(cast.units["kodam"], "Perwira teritorial")
    make_post(cast.units["kodam"], "Juru tulis", is_contact=False)
    db.session.execute(
        update(Organization).where(Organization.id == cast.units["kodam"]).values(whatsapp="+6281300000001")
    )
    assert service.contacts(cast.units["kodam"]) == [
        ("Perwira penghubung", "Mayor Budi", "+6281234567803", "https://wa.me/6281234567803", cast.posts["tni"]),
        ("Perwira teritorial", "", "", "", vacant),
        ("Nomor satuan", "Kodam II/Sriwijaya", "+6281300000001", "https://wa.me/6281300000001", None),
    ]
    assert service.contacts(987654) == []


def test_an_acting_holder_is_named_as_such(ctx: None, cast: Cast) -> None:
    post = make_post(cast.units["idi"], "Ketua")
    put_on(post, "Dokter Plt", phone="0711 555", acting="plt", since=date(2026, 1, 1))
    (contact,) = service.contacts(cast.units["idi"])
    assert (contact.title, contact.name, contact.phone, contact.wa) == ("Plt. Ketua", "Dokter Plt", "0711 555", "")


def test_the_posts_of_a_unit_take_two_queries(ctx: None, cast: Cast, count_queries: Any) -> None:
    for number in range(5):
        put_on(make_post(cast.units["kodam"], f"Jabatan {number}"), f"Orang {number}")
    with count_queries() as seen:
        posts = service.posts_of(cast.units["kodam"])
    assert len(posts) == 6
    assert len(seen) == 2
