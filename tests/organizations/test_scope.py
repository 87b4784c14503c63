"""Who sees which unit."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kbpartners.db import db
from kbpartners.errors import NotFound
from kbpartners.organizations import service
from kbpartners.organizations.models import Organization
from tests.cast import Cast
from tests.factories.organizations import make_unit

PARTNERS = ("kodam", "kodim", "kodim_palembang", "polda", "polres", "idi", "opd_lahat", "opd_palembang", "bank")
EVERYTHING = {*PARTNERS, "office", "team"}
SEEN = {
    "admin": EVERYTHING,
    "sekretariat": EVERYTHING,
    "pimpinan": EVERYTHING,
    "tni": {"kodam", "kodim", "kodim_palembang"},
    "kodim": {"kodim"},
    "polri": {"polda", "polres"},
    "opd": {"office", "kodam", "kodim", "polda", "polres", "idi", "opd_lahat"},
    "stranger": {"bank"},
}


@pytest.mark.parametrize("name", SEEN)
def test_everybody_sees_exactly_their_part_of_the_tree(ctx: None, cast: Cast, who: Any, name: str) -> None:
    ids = db.session.execute(select(Organization.id).where(service.visible_units(who(name)))).scalars()
    names = {id_: short for short, id_ in cast.units.items()}
    assert {names[id_] for id_ in ids} == SEEN[name]


@pytest.mark.parametrize("name", SEEN)
def test_a_page_outside_the_scope_is_not_there(sign_in: Any, cast: Cast, name: str) -> None:
    browser = sign_in(name)
    for unit in EVERYTHING:
        browser.get(f"/mitra/{cast.units[unit]}", status=200 if unit in SEEN[name] else 404)


def test_a_units_path_is_no_prefix_of_anothers(ctx: None, cast: Cast, who: Any) -> None:
    """Unit 1 must not see units 10 to 19: paths are compared with their slashes."""
    for number in range(30):
        make_unit(f"Satuan {number}", parent_id=cast.units["polda"])
    seen = set(db.session.execute(select(Organization.id).where(service.visible_units(who("tni")))).scalars())
    assert seen == {cast.units[name] for name in SEEN["tni"]}
    assert set(service.subtree_ids(cast.units["kodam"])) == seen


def test_an_opd_sees_who_covers_a_part_of_its_region(ctx: None, cast: Cast, who: Any) -> None:
    part = make_unit("Koramil Kikim Timur", parent_id=cast.units["kodim"], covers=(cast.regions["16.04.12"],))
    other = make_unit("Koramil Ilir Barat", parent_id=cast.units["kodim_palembang"], covers=(cast.regions["16.71.01"],))
    service.check_visible(who("opd"), part)
    with pytest.raises(NotFound):
        service.check_visible(who("opd"), other)


def test_coverage_that_is_over_shows_nothing_any_more(ctx: None, cast: Cast, who: Any) -> None:
    unit = make_unit("Unit bergerak", category="private", covers=(cast.regions["16.04"],))
    service.check_visible(who("opd"), unit)
    service.edit(
        who=None,
        organization_id=unit,
        version=1,
        facts=service.Facts(name="Unit bergerak", category="private", coverage=frozenset({cast.regions["16.71"]})),
    )
    with pytest.raises(NotFound):
        service.check_visible(who("opd"), unit)


# --- choices -----------------------------------------------------------------------------------------------------


def labels(choices: list[tuple[int, str]]) -> list[str]:
    return [text.replace("\u00a0\u00a0\u00a0", ">") for _id, text in choices]


def test_choices_are_the_tree_in_order_of_names(ctx: None, cast: Cast, who: Any, count_queries: Any) -> None:
    person = who("sekretariat")
    with count_queries() as seen:
        choices = service.choices(person)
    assert labels(choices)[:6] == [
        "Bank Contoh",
        "Dinas PPKB Kabupaten Lahat",
        "Dinas PPKB Kota Palembang",
        "IDI Wilayah Sumatera Selatan",
        "Kodam II/Sriwijaya",
        ">Kodim 0405/Lahat",
    ]
    assert len(choices) == 11
    assert len(seen) == 1


def test_choices_can_be_partners_alone_or_one_category(ctx: None, cast: Cast, who: Any) -> None:
    roots = labels(service.choices(who("pimpinan"), roots_only=True))
    assert not [text for text in roots if text.startswith(">")]
    assert len(roots) == 7
    assert labels(service.choices(who("pimpinan"), category="polri")) == ["Polda Sumatera Selatan", ">Polres Lahat"]


def test_choices_keep_to_the_persons_scope(ctx: None, cast: Cast, who: Any) -> None:
    assert labels(service.choices(who("tni"))) == ["Kodam II/Sriwijaya", ">Kodim 0405/Lahat", ">Kodim 0418/Palembang"]
    assert labels(service.choices(who("kodim"))) == ["Kodim 0405/Lahat"]
    assert labels(service.choices(who("kodim"), roots_only=True)) == ["Kodim 0405/Lahat"]
    assert "Kodim 0418/Palembang" not in "".join(labels(service.choices(who("opd"))))


def test_a_unit_that_ended_is_no_choice(ctx: None, cast: Cast, who: Any, on_day: Any) -> None:
    end(cast.units["bank"])
    assert "Bank Contoh" not in labels(service.choices(who("sekretariat")))


def end(organization_id: int) -> None:
    unit = db.session.get_one(Organization, organization_id)
    from kbpartners import clock

    service.edit(
        who=None,
        organization_id=unit.id,
        version=unit.version,
        facts=service.Facts(name=unit.name, category=unit.category, parent_id=unit.parent_id, ended_on=clock.today()),
    )


def test_names_are_fetched_at_once(ctx: None, cast: Cast, count_queries: Any) -> None:
    with count_queries() as seen:
        names = service.names([cast.units["kodam"], cast.units["polda"], None, 0])
    assert names == {cast.units["kodam"]: "Kodam II/Sriwijaya", cast.units["polda"]: "Polda Sumatera Selatan"}
    assert len(seen) == 1
    assert service.names([]) == {}
