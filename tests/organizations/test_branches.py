"""The tree branch by branch, searching in it, its past, and moving a part of it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners import clock
from kbpartners.commitments import service as commitments
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.followups import service as followups
from kbpartners.organizations import service
from kbpartners.organizations.models import Organization, path_ids
from tests.cast import Cast
from tests.factories.commitments import commitment
from tests.factories.followups import make_followup
from tests.factories.organizations import make_unit
from tests.htmlclient import Page


def shown(page: Page) -> list[str]:
    return page.select("//li[contains(@class,'item')]/h3/a/text()")


# --- branches ----------------------------------------------------------------------------------------------------


def test_a_branch_is_a_page_of_its_own_or_a_piece_in_place(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        make_unit("Koramil 405-01", parent_id=cast.units["kodim"])
    browser = sign_in("sekretariat")
    path = f"/mitra/{cast.units['kodim']}/satuan"
    page = browser.get(path)
    assert page.h1 == "Satuan di bawah Kodim 0405/Lahat"
    assert shown(page) == ["Koramil 405-01"]
    piece = browser.get(path, htmx=f"satuan-{cast.units['kodim']}")
    assert shown(piece) == ["Koramil 405-01"]
    assert piece.h1 == ""


def test_a_wide_branch_is_continued_by_key(sign_in: Any, cast: Cast, write: Any) -> None:
    names = [f"Koramil {number:03}" for number in range(120)]
    with write():
        for name in random.Random(1).sample(names, len(names)):
            make_unit(name, parent_id=cast.units["kodim"])
    browser = sign_in("tni")
    found, path = [], f"/mitra/{cast.units['kodim']}/satuan"
    for _page in range(3):
        page = browser.get(path, htmx=f"satuan-{cast.units['kodim']}")
        found += shown(page)
        (link,) = page.select("//a[@rel='next']") or [None]
        path = link.get("href") if link is not None else ""
        if link is not None:
            assert link.get("hx-get") == path
    assert found == names
    assert path == ""
    assert shown(browser.get(f"/mitra/{cast.units['kodim']}"))[-1] == "Koramil 049"


def test_a_search_finds_units_of_every_level_below(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        korem = make_unit("Korem 044/Gapo", parent_id=cast.units["kodam"])
        deep = make_unit("Kodim 0430/Banyuasin", parent_id=korem)
        make_unit("Koramil Gapo Baru", parent_id=deep)
        make_unit("Polsek Gapo", parent_id=cast.units["polda"], category="polri")
    page = sign_in("tni").get(f"/mitra/{cast.units['kodam']}/satuan?q=gapo")
    assert shown(page) == ["Koramil Gapo Baru", "Korem 044/Gapo"]
    assert "di bawah Kodim 0430/Banyuasin" in page.text
    nothing = sign_in("tni").get(f"/mitra/{cast.units['kodam']}/satuan?q=%25")
    assert "Tidak ada satuan yang cocok di bawah Kodam II/Sriwijaya." in nothing.text


def test_nothing_of_a_sibling_is_shown(sign_in: Any, cast: Cast) -> None:
    for tail in ("", "/satuan", "/wilayah", "/liputan", "/kartu", "/kartu?format=pdf"):
        sign_in("polri").get(f"/mitra/{cast.units['kodam']}{tail}", status=404)
        sign_in("kodim").get(f"/mitra/{cast.units['kodam']}{tail}", status=404)
        sign_in("kodim").get(f"/mitra/{cast.units['kodim_palembang']}{tail}", status=404)
    assert shown(sign_in("opd").get(f"/mitra/{cast.units['kodam']}/satuan")) == ["Kodim 0405/Lahat"]


def test_a_branch_as_of_a_day(sign_in: Any, cast: Cast, write: Any, who: Any) -> None:
    with write(), clock.backdated(datetime(2024, 3, 1, tzinfo=UTC)):
        korem = make_unit("Korem 044/Gapo", parent_id=cast.units["kodam"])
        moved = make_unit("Kodim 0430/Banyuasin", parent_id=cast.units["kodam"])
    with write(), clock.backdated(datetime(2025, 6, 1, tzinfo=UTC)):
        service.move(who=None, organization_id=moved, parent_id=korem)
    browser = sign_in("sekretariat")

    def at(unit: int, day: str) -> list[str]:
        return shown(browser.get(f"/mitra/{unit}/satuan?per={day}"))

    assert at(cast.units["kodam"], "2024-12-31") == ["Kodim 0430/Banyuasin", "Korem 044/Gapo"]
    assert at(cast.units["kodam"], "01/06/2025") == ["Korem 044/Gapo"]
    assert (at(korem, "2025-05-31"), at(korem, "2025-06-01")) == ([], ["Kodim 0430/Banyuasin"])
    assert "Tulis tanggal seperti" in browser.get(f"/mitra/{korem}/satuan?per=kemarin").text


def test_branches_take_four_queries_at_most(sign_in: Any, cast: Cast, write: Any, count_queries: Any) -> None:
    with write():
        for number in range(40):
            unit = make_unit(f"Koramil {number}", parent_id=cast.units["kodim"])
            make_unit("Pos", parent_id=unit)
    for name in ("sekretariat", "tni", "opd"):
        browser = sign_in(name)
        browser.get("/mitra")
        for tail in ("satuan", "satuan?q=pos", "satuan?per=2026-06-01"):
            with count_queries() as seen:
                browser.get(f"/mitra/{cast.units['kodim']}/{tail}")
            assert len(seen) <= 4, seen


# --- moving ------------------------------------------------------------------------------------------------------


def test_a_move_is_looked_at_before_it_is_made(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        make_unit("Koramil 405-01", parent_id=cast.units["kodim"])
        commitment(cast, owner="kodim")
        make_followup(cast.units["kodim"])
    browser, path = sign_in("sekretariat"), f"/mitra/{cast.units['kodim']}/pindah"
    page = browser.get(f"{path}?q=polda")
    (choice,) = page.select("//input[@type='radio'][@value!='0']/@value")
    assert choice == str(cast.units["polda"])
    page = browser.get(f"{path}?parent_id={choice}")
    for words in ("1 satuan di bawahnya ikut pindah.", "1 komitmen terbuka, 1 tindak lanjut terbuka",
                  "Sekarang: Kodam II/Sriwijaya / Kodim 0405/Lahat",
                  "Menjadi: Polda Sumatera Selatan / Kodim 0405/Lahat"):  # fmt: skip
        assert words in page.text
    answer = browser.submit(page, path)
    assert answer.location == f"/mitra/{cast.units['kodim']}"
    log = browser.get(f"{answer.location}/riwayat").text
    assert "Rina Sekretariat memindahkan Kodim 0405/Lahat ke bawah Polda Sumatera Selatan." in log
    assert "Induk: Kodam II/Sriwijaya → Polda Sumatera Selatan" in log


def test_a_circle_is_refused_at_the_field(sign_in: Any, cast: Cast) -> None:
    browser, path = sign_in("sekretariat"), f"/mitra/{cast.units['kodam']}/pindah"
    said = ["Satuan tidak dapat berada di bawah dirinya sendiri atau satuan di bawahnya."]
    page = browser.get(f"{path}?parent_id={cast.units['kodim']}", status=422)
    assert page.errors() == said
    page = browser.post(path, {"parent_id": str(cast.units["kodam"]), "version": "1"}, 422, page=path)
    assert page.errors() == said
    for wrong in ("987654", "x", "", "9" * 30):
        page = browser.post(path, {"parent_id": wrong, "version": "1"}, 422, page=path)
        assert page.errors() == ["Pilih induk yang masih ada."]
    office = f"/mitra/{cast.units['office']}/pindah"
    assert browser.get(f"{office}?parent_id={cast.units['kodam']}", status=422).errors()


def test_a_unit_becomes_a_partner_of_its_own(sign_in: Any, cast: Cast) -> None:
    browser, path = sign_in("admin"), f"/mitra/{cast.units['kodim']}/pindah"
    page = browser.get(f"{path}?parent_id=0")
    browser.submit(page, path)
    assert "Kodim 0405/Lahat" in browser.get("/mitra").text


def test_a_move_that_was_looked_at_too_long_ago_is_looked_at_again(sign_in: Any, cast: Cast, write: Any) -> None:
    browser, path = sign_in("sekretariat"), f"/mitra/{cast.units['kodim']}/pindah"
    page = browser.get(f"{path}?parent_id={cast.units['polda']}")
    with write():
        db.session.get_one(Organization, cast.units["kodim"]).version += 1
    page = browser.submit(page, path, status=422)
    assert "Periksa lagi apa yang ikut" in page.errors()[0]


def test_only_the_secretariat_moves(sign_in: Any, cast: Cast) -> None:
    for name in ("pimpinan", "tni", "opd"):
        browser = sign_in(name)
        for deed in ("pindah", "gabung", "wilayah/tambah", "wilayah/lepas"):
            path = f"/mitra/{cast.units['kodim']}/{deed}"
            browser.post(path, {"parent_id": "0"}, 403, page="/mitra")
        assert f"/mitra/{cast.units['kodim']}/pindah" not in browser.get(f"/mitra/{cast.units['kodim']}").links()


def test_a_large_tree_offers_partners_only_as_parents(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        for number in range(420):
            make_unit(f"Koramil {number}", parent_id=cast.units["kodim"])
    browser = sign_in("sekretariat")
    page = browser.get(f"/mitra/{cast.units['kodim_palembang']}/ubah")
    offered = page.select("//select[@name='parent_id']/option/text()")
    assert len(offered) < 20
    assert "Kodam II/Sriwijaya" in offered
    browser.submit(page, f"/mitra/{cast.units['kodim_palembang']}/ubah", {"phone": "0711 1"})
    page = browser.get(f"/mitra/baru?parent_id={cast.units['kodim']}")
    assert page.form("/mitra/baru")["parent_id"] == str(cast.units["kodim"])


@pytest.mark.parametrize("seed", range(8))
def test_moves_at_random_keep_the_tree_a_tree(ctx: None, cast: Cast, seed: int) -> None:
    """Paths lead to the root over every parent, counts and scope rows follow, circles are refused."""
    dice = random.Random(seed)
    units = [cast.units[name] for name in ("kodam", "polda", "idi")]
    for number in range(12):
        units.append(make_unit(f"Satuan {number}", parent_id=dice.choice([None, *units])))
    named = Cast(cast.users, {str(unit): unit for unit in units}, cast.posts, cast.regions)
    for _number in range(6):
        commitment(named, owner=str(dice.choice(units)), supporters={})
        make_followup(dice.choice(units))
    refused = 0
    for _move in range(25):
        unit, parent = dice.choice(units), dice.choice([None, *units])
        below = set(service.subtree_ids(unit))
        try:
            service.move(who=None, organization_id=unit, parent_id=parent)
        except Invalid:
            refused += parent in below
        else:
            assert parent not in below
    assert refused
    rows = db.session.execute(select(Organization.id, Organization.parent_id, Organization.path)).all()
    parents = {row.id: row.parent_id for row in rows}
    for row in rows:
        chain, step = [], row.id
        while step is not None:
            chain.insert(0, step)
            step = parents[step]
        assert path_ids(row.path) == chain
    assert commitments.check() == []
    assert followups.check() == []
