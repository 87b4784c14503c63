"""The cascading choice: what belongs together stays, what does not is dropped."""

from __future__ import annotations

import pytest

from kbpartners.regions import service
from tests.cast import Cast
from tests.factories.regions import make_region


def names(choices: list) -> list[str]:
    return [text for _value, text in choices]


def test_at_first_only_the_regencies_are_offered(ctx: None) -> None:
    place = service.cascade({})
    assert names(place.regencies) == ["Kabupaten Lahat", "Kota Palembang"]
    assert (place.districts, place.villages, place.region_id, place.complete) == ([], [], None, False)


def test_each_choice_offers_the_next_level(ctx: None, cast: Cast) -> None:
    place = service.cascade({"regency_id": str(cast.regions["16.04"]), "district_id": "", "region_id": ""})
    assert names(place.districts) == ["Kikim Timur", "Lahat"]
    assert place.villages == []
    assert place.region_id == cast.regions["16.04"]
    assert not place.complete

    place = service.cascade(
        {"regency_id": str(cast.regions["16.04"]), "district_id": str(cast.regions["16.04.10"]), "region_id": ""}
    )
    assert names(place.villages) == ["Manggul", "Ulak Lebar"]

    place = service.cascade(
        {
            "regency_id": str(cast.regions["16.04"]),
            "district_id": str(cast.regions["16.04.10"]),
            "region_id": str(cast.regions["16.04.10.2001"]),
        }
    )
    assert place.region_id == place.village_id == cast.regions["16.04.10.2001"]
    assert place.complete


def test_a_saved_village_opens_all_selects(ctx: None, cast: Cast, count_queries) -> None:
    with count_queries() as seen:
        place = service.cascade({"region_id": cast.regions["16.71.01.1001"]}, [cast.regions["16"]])
    assert (place.regency_id, place.district_id) == (cast.regions["16.71"], cast.regions["16.71.01"])
    assert names(place.districts) == ["Ilir Barat Dua", "Ilir Barat Satu"]
    assert len(seen) == 2


def test_another_regency_drops_the_old_district_and_village(ctx: None, cast: Cast) -> None:
    place = service.cascade(
        {
            "regency_id": str(cast.regions["16.71"]),
            "district_id": str(cast.regions["16.04.10"]),
            "region_id": str(cast.regions["16.04.10.2001"]),
        }
    )
    assert (place.regency_id, place.district_id, place.village_id) == (cast.regions["16.71"], None, None)
    assert names(place.districts) == ["Ilir Barat Dua", "Ilir Barat Satu"]


def test_emptying_the_regency_empties_the_rest(ctx: None, cast: Cast) -> None:
    place = service.cascade({"regency_id": "", "region_id": str(cast.regions["16.04.10"])}, level=3)
    assert place.region_id is None


def test_a_filter_takes_a_link_to_any_level(ctx: None, cast: Cast) -> None:
    whole = service.cascade({"region_id": str(cast.regions["16.04"])}, level=3, optional=True, look="filter")
    assert (whole.region_id, whole.complete) == (cast.regions["16.04"], True)
    assert [select.name for select in whole.selects()] == ["regency_id", "region_id"]
    assert [select.id for select in whole.selects()] == ["f-regency_id", "f-region_id"]
    assert whole.selects()[1].choices[0] == ("", "Semua kecamatan")

    deep = service.cascade({"region_id": str(cast.regions["16.04.10.2001"])}, level=3)
    assert deep.region_id == cast.regions["16.04.10"]


def test_the_whole_province_is_an_answer_where_it_may_be(ctx: None, cast: Cast) -> None:
    place = service.cascade({"region_id": cast.regions["16"]}, level=3, optional=True)
    assert place.region_id is None
    assert place.region_or_province_id == cast.regions["16"]


def test_an_office_of_several_provinces_chooses_the_province_first(ctx: None, cast: Cast) -> None:
    other = make_region("19", "Kepulauan Bangka Belitung")
    bangka = make_region("19.01", "Kabupaten Bangka")
    allowed = [cast.regions["16"], other]

    place = service.cascade({}, allowed, level=2)
    assert [select.name for select in place.selects()] == ["province_id", "region_id"]
    assert names(place.selects()[0].choices) == ["Pilih provinsi", "Kepulauan Bangka Belitung", "Sumatera Selatan"]
    assert place.selects()[1].choices == [("", "Pilih provinsi dahulu")]

    place = service.cascade({"province_id": str(other), "region_id": str(bangka)}, allowed, level=2)
    assert place.region_id == bangka
    crossed = service.cascade({"province_id": str(cast.regions["16"]), "region_id": str(bangka)}, allowed, level=2)
    assert crossed.region_id == cast.regions["16"]
    assert not crossed.complete


def test_a_region_of_another_province_is_not_taken(ctx: None, cast: Cast) -> None:
    make_region("19", "Kepulauan Bangka Belitung")
    bangka = make_region("19.01", "Kabupaten Bangka")
    assert service.cascade({"region_id": str(bangka)}).region_id is None
    assert service.cascade({"regency_id": str(bangka)}).region_id is None


def test_an_opd_chooses_within_its_own_regency(ctx: None, cast: Cast) -> None:
    lahat = cast.regions["16.04"]
    place = service.cascade({}, only_regency_ids=[lahat])
    assert names(place.regencies) == ["Kabupaten Lahat"]
    assert names(place.districts) == ["Kikim Timur", "Lahat"]
    assert f"only={lahat}" in place.url

    elsewhere = service.cascade({"region_id": str(cast.regions["16.71.01.1001"])}, only_regency_ids=[lahat])
    assert (elsewhere.regency_id, elsewhere.village_id) == (lahat, None)
    sent = service.cascade({"regency_id": str(cast.regions["16.71"]), "district_id": ""}, only_regency_ids=[lahat])
    assert sent.regency_id == lahat


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "9" * 30, "²", "1 OR 1=1", "\x00", "987654"])
def test_nonsense_is_dropped(ctx: None, text: str) -> None:
    place = service.cascade({"regency_id": text, "district_id": text, "region_id": text})
    assert place.region_id is None
    assert service.cascade({"region_id": text}).region_id is None


def test_before_any_region_is_loaded_the_selects_are_empty(ctx: None) -> None:
    place = service.cascade({}, [])
    assert place.selects()[0].choices == [("", "Pilih provinsi dahulu")]
    assert place.region_or_province_id is None
