"""Which regions units cover, from when to when; what nobody covers, and who covers what."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners.audit.service import history
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.organizations import service
from kbpartners.organizations.models import Coverage
from kbpartners.organizations.service import coverage, covering, gaps
from kbpartners.regions import service as regions
from kbpartners.regions.models import within
from tests.cast import Cast
from tests.conftest import TODAY
from tests.factories.organizations import make_unit
from tests.htmlclient import Page

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def rows(unit: int) -> set[tuple[int, date, date | None]]:
    query = select(Coverage.region_id, Coverage.valid_from, Coverage.valid_to)
    return {tuple(row) for row in db.session.execute(query.where(Coverage.organization_id == unit))}


def add(who: Any, unit: int, *ids: int, since: date = TODAY) -> int:
    return covering.add(who=who("sekretariat"), organization_id=unit, region_ids=ids, since=since)


def release(who: Any, unit: int, *ids: int, since: date = TODAY) -> int:
    return covering.release(who=who("sekretariat"), organization_id=unit, region_ids=ids, since=since)


# --- adding and releasing ----------------------------------------------------------------------------------------


def test_regions_are_added_from_a_day_and_released_from_a_day(ctx: None, cast: Cast, who: Any) -> None:
    unit, lahat, timur = cast.units["bank"], cast.regions["16.04.10"], cast.regions["16.04.12"]
    assert add(who, unit, lahat, timur, since=date(2026, 1, 1)) == 2
    assert release(who, unit, lahat, since=TOMORROW) == 1
    assert rows(unit) == {(lahat, date(2026, 1, 1), TODAY), (timur, date(2026, 1, 1), None)}
    assert len(service.covered(unit)) == 2
    told = [entry.sentence for entry in history("organization", unit)]
    assert told == [
        "Rina Sekretariat melepas 1 wilayah kerja Bank Contoh mulai 11/06/2026.",
        "Rina Sekretariat menambah 2 wilayah kerja Bank Contoh mulai 01/01/2026.",
    ]


def test_a_larger_region_takes_in_what_lies_in_it(ctx: None, cast: Cast, who: Any) -> None:
    unit = make_unit("Uji", covers=(cast.regions["16.04.10"], cast.regions["16.71.01"]))
    assert add(who, unit, cast.regions["16.04"]) == 1
    assert {row[0] for row in rows(unit) if row[2] is None} == {cast.regions["16.04"], cast.regions["16.71.01"]}
    with pytest.raises(Invalid) as caught:
        add(who, unit, cast.regions["16.04.12"])
    assert (caught.value.field, caught.value.message) == (
        "coverage",
        "Semua yang dipilih sudah termasuk wilayah kerjanya.",
    )


def test_what_makes_no_sense_is_refused(ctx: None, cast: Cast, who: Any) -> None:
    unit = cast.units["bank"]
    for deed in (add, release):
        for ids, field in (((), "coverage"), ((987654,), "coverage")):
            with pytest.raises(Invalid) as caught:
                deed(who, unit, *ids)
            assert caught.value.field == field
    with pytest.raises(Invalid):
        release(who, unit, cast.regions["16.04"])
    with pytest.raises(Invalid) as caught:
        add(who, unit, cast.regions["16.04"], since=TODAY + timedelta(days=400))
    assert caught.value.field == "since"
    with pytest.raises(Invalid) as caught:
        add(who, cast.units["opd_lahat"], cast.regions["16.71"], since=TOMORROW)
    assert caught.value.field == "since"


@pytest.mark.parametrize("seed", range(20))
def test_changes_at_random_never_overlap_and_keep_the_past(ctx: None, cast: Cast, seed: int) -> None:
    """Against a plain model: for each day the set of regions."""
    dice = random.Random(seed)
    unit, ids = make_unit("Uji"), [cast.regions[code] for code in ("16.04.10", "16.04.12", "16.71.01")]
    days = [TODAY + timedelta(days=n) for n in range(-6, 7)]
    model: dict[date, set[int]] = {day: set() for day in days}
    for _change in range(15):
        since, touched = dice.choice(days), set(dice.sample(ids, dice.randint(1, 3)))
        wanted = {id_: "" for id_ in touched if dice.random() < 0.6}
        coverage.change(unit, wanted, since, only=touched)
        for day in days:
            if day >= since:
                model[day] = (model[day] - touched) | set(wanted)
        saved = rows(unit)
        for day in days:
            valid = [row[0] for row in saved if row[1] <= day and (row[2] is None or row[2] >= day)]
            assert sorted(valid) == sorted(model[day]), (since, day)


# --- gaps --------------------------------------------------------------------------------------------------------


def cover_of(who: Any, name: str, unit: int, day: date = TODAY) -> gaps.Cover:
    person = who(name)
    return gaps.cover(person, service.detail(person, unit), day)


def states(cover: gaps.Cover) -> dict[str, str]:
    return {regency.code: regency.state for regency in cover.regencies}


def test_gaps_are_what_no_unit_covers(ctx: None, cast: Cast, who: Any) -> None:
    kodam = cast.units["kodam"]
    assert states(cover_of(who, "sekretariat", kodam)) == {"16.04": gaps.FULL, "16.71": gaps.FULL}
    covering.release(
        who=who("sekretariat"), organization_id=cast.units["kodim"], region_ids=[cast.regions["16.04"]], since=TODAY
    )
    assert states(cover_of(who, "sekretariat", kodam)) == {"16.04": gaps.DIRECT, "16.71": gaps.FULL}
    assert states(cover_of(who, "sekretariat", kodam, YESTERDAY)) == {"16.04": gaps.FULL, "16.71": gaps.FULL}
    make_unit("Koramil", parent_id=cast.units["kodim"], covers=(cast.regions["16.04.10"],))
    cover = cover_of(who, "sekretariat", kodam)
    assert states(cover)["16.04"] == gaps.PART
    assert cover.gaps[0].sentence == "1 dari 2 kecamatan diliput; belum: Kikim Timur"
    assert cover.sentence == "1 dari 2 kabupaten/kota diliput seluruhnya, 1 sebagian."
    assert cover.own == ["Provinsi Sumatera Selatan"]
    polda = cover_of(who, "sekretariat", cast.units["polda"])
    assert polda.sentences == ["Tanpa satuan di bawahnya, hanya oleh induknya: Kota Palembang."]


def test_some_villages_are_a_part_and_all_are_the_whole(ctx: None, cast: Cast, who: Any) -> None:
    partner = make_unit("Uji", covers=(cast.regions["16.71"],))
    make_unit("Bawah", parent_id=partner, covers=(cast.regions["16.04.10.2001"],))
    one = next(r for r in cover_of(who, "sekretariat", partner).regencies if r.code == "16.04")
    assert {area.code: area.state for area in one.districts} == {"16.04.10": gaps.PART, "16.04.12": gaps.NONE}
    make_unit("Bawah 2", parent_id=partner, covers=(cast.regions["16.04.10.2002"], cast.regions["16.04.12.2001"]))
    cover = cover_of(who, "sekretariat", partner)
    assert states(cover) == {"16.04": gaps.FULL, "16.71": gaps.DIRECT}


def test_a_partner_without_units_is_measured_by_itself(ctx: None, cast: Cast, who: Any) -> None:
    partner = make_unit("Uji", category="bank", covers=(cast.regions["16.04"],))
    cover = cover_of(who, "sekretariat", partner)
    assert not cover.units_below
    assert states(cover) == {"16.04": gaps.FULL, "16.71": gaps.NONE}
    assert cover.sentences == ["Belum diliput satuan mana pun: Kota Palembang."]


def test_many_regions_are_counted_in_words(ctx: None, cast: Cast, who: Any) -> None:
    regions.load(["16"])
    kikim = [row.id for row in regions.children(cast.regions["16.04"])]
    unit = make_unit("Uji", covers=(*kikim[:9], cast.regions["16.71.01"], cast.regions["16.71.04.1001"]))
    words = cover_of(who, "sekretariat", unit).own
    assert "9 kecamatan di Kabupaten Lahat" in words
    assert "Ilir Barat Dua, Kota Palembang" in words
    assert any(word.count(", ") == 2 and word.endswith(", Kota Palembang") for word in words)


@pytest.mark.parametrize("seed", range(6))
def test_the_states_agree_with_counting_village_by_village(ctx: None, cast: Cast, who: Any, seed: int) -> None:
    dice = random.Random(seed)
    codes = {code: id_ for code, id_ in cast.regions.items() if len(code) >= 5}
    partner = make_unit("Uji")
    held: set[str] = set()
    for number in range(dice.randint(1, 3)):
        some = dice.sample(sorted(codes), dice.randint(1, 3))
        make_unit(f"Satuan {number}", parent_id=partner, covers=tuple(codes[code] for code in some))
        held.update(some)
    cover = cover_of(who, "sekretariat", partner)
    villages = [code for code in codes if len(code) > 8]
    for regency in cover.regencies:
        for area in regency.districts:
            below = [code for code in villages if within(area.code, code)]
            reached = [code for code in below if any(within(code_held, code) for code_held in held)]
            expected = gaps.FULL if len(reached) == len(below) else gaps.PART if reached else gaps.NONE
            assert area.state == expected, (area, held)


def test_an_opd_learns_of_its_own_region_only(ctx: None, cast: Cast, who: Any) -> None:
    cover = cover_of(who, "opd", cast.units["kodam"])
    assert [regency.code for regency in cover.regencies] == ["16.04"]


def test_a_real_province_takes_few_queries(ctx: None, cast: Cast, who: Any, count_queries: Any) -> None:
    regions.load(["16"])
    person = who("sekretariat")
    unit = service.detail(person, cast.units["kodam"])
    with count_queries() as seen:
        cover = gaps.cover(person, unit, TODAY)
    assert len(cover.regencies) == 17
    assert sum(len(regency.districts) for regency in cover.regencies) == 241
    assert len(seen) == 1


# --- pages -------------------------------------------------------------------------------------------------------


def ticks(page: Page, name: str) -> list[str]:
    return page.select(f"//form[contains(@action,'{name}')]//input[@name='coverage']/@value")


def test_regions_are_added_and_released_on_the_page(sign_in: Any, cast: Cast) -> None:
    browser, path = sign_in("sekretariat"), f"/mitra/{cast.units['bank']}/wilayah"
    page = browser.get(path)
    assert str(cast.regions["16.04"]) in ticks(page, "tambah")
    page = browser.get(f"{path}?di={cast.regions['16.04']}")
    assert ticks(page, "tambah") == [str(cast.regions[c]) for c in ("16.04", "16.04.12", "16.04.10")]
    answer = browser.submit(page, f"{path}/tambah", {"coverage": str(cast.regions["16.04.12"])})
    assert answer.location == f"{path}?di={cast.regions['16.04']}"
    page = browser.get(answer.location)
    assert "sudah diliput" in page.text
    assert ticks(page, "lepas") == [str(cast.regions["16.04.12"])]
    page = browser.submit(page, f"{path}/lepas", {"coverage": [], "since": "10/06/2026"}, 422)
    assert "Pilih sedikitnya satu wilayah." in page.text
    page = browser.submit(
        page, f"{path}/lepas", {"coverage": str(cast.regions["16.04.12"]), "since": "31/02/2026"}, 422
    )
    browser.submit(page, f"{path}/lepas", {"coverage": str(cast.regions["16.04.12"]), "since": "10/06/2026"})
    assert "Belum ada wilayah kerja." in browser.get(path).text


def test_regions_are_found_by_name_and_by_htmx(sign_in: Any, cast: Cast) -> None:
    browser, path = sign_in("sekretariat"), f"/mitra/{cast.units['bank']}/wilayah"
    page = browser.get(f"{path}?q=kikim", htmx="tambah-wilayah")
    assert page.h1 == ""
    assert "Kikim Timur, Kabupaten Lahat" in page.text
    assert "Tidak ada wilayah yang cocok." in browser.get(f"{path}?q=%25").text
    for odd in ("di=x", "di=99999999", f"di={cast.regions['16.04.10.2001']}", "q=%27%3B--", "per=x"):
        browser.get(f"{path}?{odd}")


def test_the_regions_of_a_day(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        unit = make_unit("Uji", covers=(cast.regions["16.04"],))
        coverage.change(unit, {}, TODAY)
    browser = sign_in("sekretariat")
    page = browser.get(f"/mitra/{unit}/wilayah")
    assert "Pernah diliput" in page.text
    page = browser.get(f"/mitra/{unit}/wilayah?per=2026-06-09")
    assert "Keadaan per 9 Juni 2026." in page.text
    assert "sejak 01/01/2020 sampai 09/06/2026" in page.text
    assert not ticks(page, "tambah")


def test_readers_see_regions_without_forms(sign_in: Any, cast: Cast) -> None:
    page = sign_in("kodim").get(f"/mitra/{cast.units['kodim']}/wilayah")
    assert "Kabupaten Lahat" in page.text
    assert not page.select("//main//form[@method='post']")


def test_who_covers_what_down_to_the_kecamatan(sign_in: Any, cast: Cast, write: Any, count_queries: Any) -> None:
    with write():
        unit = make_unit("Koramil 405-01", parent_id=cast.units["kodim"], covers=(cast.regions["16.04.10"],))
        make_unit("Koramil 405-02", parent_id=cast.units["kodim"], covers=(cast.regions["16.04.10"],))
    browser, path = sign_in("tni"), f"/mitra/{cast.units['kodam']}/liputan"
    page = browser.get(path)
    assert "Kodim 0405/Lahat dan 2 satuan lain" in page.text
    browser.get(path)
    with count_queries() as seen:
        page = browser.get(f"{path}?di={cast.regions['16.04']}")
    assert len(seen) <= 8
    assert page.h1 == "Kabupaten Lahat"
    assert "Diliput seluruhnya oleh: Kodam II/Sriwijaya , Kodim 0405/Lahat" in page.text
    assert "Koramil 405-01 dan 1 satuan lain" in page.text
    assert f"/mitra/{unit}" in page.links()
    assert "Belum ada wilayah kerja" in sign_in("stranger").get(f"/mitra/{cast.units['bank']}/liputan").text
