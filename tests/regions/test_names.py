"""Names as people write them: what is certain, what is a suggestion, and that nothing else happens."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbpartners.regions import source
from kbpartners.regions.index import Alias, IndexedRegion, Question, RegionIndex
from kbpartners.regions.names import (
    DISTRICT,
    PROVINCE,
    REGENCY,
    VILLAGE,
    Match,
    Scope,
    Suggestion,
    Suggestions,
    alias_key,
    find,
    normalise,
)

PALEMBANG = [
    ("16.71.01", "Ilir Barat Dua"),
    ("16.71.02", "Seberang Ulu Satu"),
    ("16.71.03", "Seberang Ulu Dua"),
    ("16.71.04", "Ilir Barat Satu"),
    ("16.71.05", "Ilir Timur Satu"),
    ("16.71.06", "Ilir Timur Dua"),
    ("16.71.11", "Bukitkecil"),
    ("16.71.15", "Alang-alang Lebar"),
    ("16.71.18", "Ilir Timur Tiga"),
]
SUMSEL = [
    ("16.01", "Kabupaten Ogan Komering Ulu"),
    ("16.02", "Kabupaten Ogan Komering Ilir"),
    ("16.04", "Kabupaten Lahat"),
    ("16.08", "Kabupaten Ogan Komering Ulu Timur"),
    ("16.12", "Kabupaten Penukal Abab Lematang Ilir"),
    ("16.71", "Kota Palembang"),
]
JABAR = [
    ("32.01", "Kabupaten Bogor"),
    ("32.71", "Kota Bogor"),
    ("32.76", "Kota Depok"),
    ("32.12", "Kabupaten Indramayu"),
]
ONES = ["", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]


def meant(name: str, level: int, candidates: list[tuple[str, str]]) -> tuple[str, str] | None:
    answer = find(name, level, candidates)
    return (answer.code, answer.how) if isinstance(answer, Match) else None


@pytest.mark.parametrize(
    ("name", "code", "how"),
    [
        ("Ilir Barat Satu", "16.71.04", "exact"),
        ("  ILIR   barat satu\u200e", "16.71.04", "exact"),
        ("ILIR BARAT I", "16.71.04", "normalised"),
        ("Ilir Barat 1", "16.71.04", "normalised"),
        ("Kec. Ilir Barat II", "16.71.01", "normalised"),
        ("ILIR TIMUR III", "16.71.18", "normalised"),
        ("BUKIT KECIL", "16.71.11", "normalised"),
        ("Alang Alang Lebar", "16.71.15", "normalised"),
    ],
)
def test_districts_that_are_certain(name: str, code: str, how: str) -> None:
    assert meant(name, DISTRICT, PALEMBANG) == (code, how)


@pytest.mark.parametrize(
    "name",
    ["", "-", "Ilir Barat", "Ilir Barat IV", "Ilir Barat I I", "ILIRBARATI", "Ilir Barrat I", "Kecamatan", "Ilir"],
)
def test_everything_else_is_asked(name: str) -> None:
    assert isinstance(find(name, DISTRICT, PALEMBANG), Suggestions)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LAHAT", ("16.04", "exact")),
        ("Kab. Lahat", ("16.04", "exact")),
        ("KABUPATEN LAHAT", ("16.04", "exact")),
        ("Kab.Lahat", ("16.04", "normalised")),
        ("KOTA PALEMBANG", ("16.71", "exact")),
        ("Palembang", ("16.71", "normalised")),
        ("Kodya Palembang", ("16.71", "normalised")),
        ("Kota Lahat", None),
        ("Kab. Palembang", None),
        ("OGAN KOMERING ULU", ("16.01", "exact")),
        ("OKU TIMUR", None),
        ("Pali", None),
    ],
)
def test_regencies(name: str, expected: tuple[str, str] | None) -> None:
    assert meant(name, REGENCY, SUMSEL) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Bogor", None),
        ("Kab. Bogor", ("32.01", "exact")),
        ("Kota Bogor", ("32.71", "exact")),
        ("KOTA-BOGOR", ("32.71", "normalised")),
        ("Depok", ("32.76", "normalised")),
        ("Indramayu", ("32.12", "exact")),
    ],
)
def test_kota_is_not_optional_where_both_exist(name: str, expected: tuple[str, str] | None) -> None:
    assert meant(name, REGENCY, JABAR) == expected


def test_names_that_begin_with_a_level_word() -> None:
    kalsel = [("63.02", "Kabupaten Kotabaru"), ("63.72", "Kota Banjarbaru")]
    assert meant("KOTA BARU", REGENCY, kalsel) == ("63.02", "normalised")
    assert meant("Kota Administrasi Jakarta Pusat", REGENCY, [("31.71", "Kota Administrasi Jakarta Pusat")]) == (
        "31.71",
        "exact",
    )
    assert meant("Jakarta Pusat", REGENCY, [("31.71", "Kota Administrasi Jakarta Pusat")]) == ("31.71", "normalised")
    villages = [("1", "Desa Baru"), ("2", "Jati")]
    assert meant("DESABARU", VILLAGE, villages) == ("1", "normalised")
    assert meant("Desa Jati", VILLAGE, villages) == ("2", "normalised")
    assert meant("Baru", VILLAGE, villages) is None
    assert meant("Prov. Sumatera Selatan", PROVINCE, [("16", "Sumatera Selatan")]) == ("16", "normalised")


@pytest.mark.parametrize(
    ("name", "official"),
    [
        ("9-10 ULU", "Sembilan Sepuluh Ulu"),
        ("3 / 4 ULU", "Tiga Empat Ulu"),
        ("36 ILIR", "Tiga-puluh-enam Ilir"),
        ("XXXVI Ilir", "Tiga-puluh-enam Ilir"),
        ("15 Ulu", "Lima-belas Ulu"),
        ("PAUH  I", "Pauh 1"),
        ("JENTI’AN", "Jenti'an"),
        ("Jentian", "Jenti'an"),
        ("TIGA RAKSA", "Tigaraksa"),
        ("S.P. 3", "SP III"),
        ("duapuluhenam Ilir", "26 Ilir"),
        ("PULAUPINANG", "Pulau Pinang"),
        ("Kuala Éna", "Kuala Ena"),
    ],
)
def test_spellings_of_the_same_name(name: str, official: str) -> None:
    answer = find(name, VILLAGE, [("1", official), ("2", "Ulu"), ("3", "Sebelas Ulu")])
    assert isinstance(answer, Match)
    assert answer.code == "1"


@pytest.mark.parametrize(
    ("name", "official"),
    [
        ("910 ULU", "Sembilan Sepuluh Ulu"),
        ("Sei Dadap III", "Sei Dadap I II"),
        ("Karang Dapo II", "Karang Dapo I"),
        ("Sei Lais", "Sungailais"),
        ("20 Ilir D. III", "Dua-puluh Ilir Tiga"),
        ("Lawang Wetan", "Lawan Wetan"),
        ("Karya Mulia", "Karyamulya"),
        ("Suka", "Suka Maju"),
    ],
)
def test_spellings_that_a_person_must_judge(name: str, official: str) -> None:
    assert isinstance(find(name, VILLAGE, [("1", official)]), Suggestions)


@given(st.integers(1, 39), st.integers(1, 39))
def test_numbers_mean_the_same_in_every_spelling(one: int, other: int) -> None:
    roman = "X" * (one // 10) + ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"][one % 10]
    tens, ones = divmod(one, 10)
    word = {10: "sepuluh", 11: "sebelas"}.get(one) or (
        ONES[ones] if not tens else f"{ONES[ones]} belas" if tens == 1 else f"{ONES[tens]} puluh {ONES[ones]}".strip()
    )
    for spelling in (roman, word, word.replace(" ", "-"), word.replace(" ", ""), str(one), f"0{one}"):
        answer = find(f"Ulu {spelling}", VILLAGE, [("1", f"Ulu {other}")])
        assert isinstance(answer, Match) == (one == other)


@given(st.text(max_size=60), st.sampled_from([PROVINCE, REGENCY, DISTRICT, VILLAGE]))
def test_any_text_gets_an_answer_and_any_name_finds_itself(name: str, level: int) -> None:
    assert isinstance(find(name, level, PALEMBANG), Match | Suggestions)
    assert normalise(normalise(name)) == normalise(name)
    answer = find(name, level, [("1", name)])
    assert not normalise(name) or (isinstance(answer, Match) and answer.how == "exact")


def test_twins_in_one_scope_are_never_chosen_between() -> None:
    assert meant("SUKA RATU", VILLAGE, [("1", "Suka Ratu"), ("2", "Sukaratu")]) == ("1", "exact")
    assert meant("SUKA-RATU", VILLAGE, [("1", "Suka Ratu"), ("2", "Sukaratu")]) is None
    assert meant("Merlung", VILLAGE, [("1.1007", "Merlung"), ("1.2020", "Merlung")]) is None


def test_suggestions_are_ordered_and_only_clear_ones_likely() -> None:
    scope = Scope(DISTRICT, [("16.06.13", "Lawan Wetan"), ("16.06.05", "Sanga Desa"), ("16.06.06", "Babat Toman")])
    answer = scope.find("LAWANG WETAN")
    assert isinstance(answer, Suggestions)
    assert answer.likely == Suggestion("16.06.13", "Lawan Wetan", 95)
    assert answer.items[0] == answer.likely
    assert Scope(DISTRICT, []).find("LAHAT") == Suggestions()
    assert Suggestions((Suggestion("1", "Kuba", 92), Suggestion("2", "Kubu", 90))).likely is None
    assert Suggestions((Suggestion("1", "Kuba", 89),)).likely is None


def test_another_number_is_never_likely() -> None:
    answer = Scope(VILLAGE, [("1", "Karang Dapo"), ("2", "Karang Dapo I")]).find("KARANG DAPO II")
    assert isinstance(answer, Suggestions)
    assert answer.likely is None
    assert [s.score for s in answer.items] == [75, 75]
    ilir = Scope(DISTRICT, PALEMBANG).suggest("Ilir Timmur II")
    assert ilir.items[0].name == "Ilir Timur Dua"


@pytest.mark.parametrize(
    ("name", "code"), [("OKU TIMUR", "16.08"), ("OKU", "16.01"), ("Kab. OKI", "16.02"), ("PALI", "16.12")]
)
def test_initials_are_suggested(name: str, code: str) -> None:
    answer = find(name, REGENCY, SUMSEL)
    assert isinstance(answer, Suggestions)
    assert answer.items[0].code == code


def test_alias_of_a_person_comes_after_exact_and_before_normalised() -> None:
    aliases = {
        alias_key("Rambang Kpk. Tengah"): "16.74.04",
        alias_key("ILIR BARAT I"): "16.71.01",
        alias_key("ILIR BARAT SATU"): "16.71.01",
    }
    scope = Scope(DISTRICT, PALEMBANG)
    assert scope.find("RAMBANG KPK TENGAH", aliases) == Match("16.74.04", "", "alias")
    assert scope.find("Ilir Barat Satu", aliases) == Match("16.71.04", "Ilir Barat Satu", "exact")
    assert scope.find("ILIR BARAT I", aliases) == Match("16.71.01", "Ilir Barat Dua", "alias")


REGIONS = [
    IndexedRegion(1, "16", 1, "Sumatera Selatan", None),
    IndexedRegion(2, "16.06", 2, "Kabupaten Musi Banyuasin", "16"),
    IndexedRegion(3, "16.06.13", 3, "Lawan Wetan", "16.06"),
    IndexedRegion(4, "16.06.05", 3, "Sanga Desa", "16.06"),
    IndexedRegion(5, "16.06.13.2001", 4, "Karang Ringin I", "16.06.13"),
    IndexedRegion(6, "16.06.13.2002", 4, "Napal", "16.06.13"),
    IndexedRegion(7, "16.06.05.2001", 4, "Ngulak", "16.06.05"),
]


def test_resolution_stops_at_the_first_doubt_and_one_decision_answers_all_its_rows() -> None:
    index = RegionIndex(REGIONS)
    doubt = index.resolve("SUMATERA SELATAN", "MUSI BANYUASIN", "LAWANG  WETAN", "KARANG RINGIN 1")
    assert (doubt.code, doubt.level_reached, doubt.how, doubt.path) == (None, 2, "exact", ("16", "16.06"))
    assert doubt.question == Question(DISTRICT, "16.06", "LAWANG WETAN")
    assert doubt.suggestions.likely is not None
    other = index.resolve("SUMATERA SELATAN", "MUSI BANYUASIN", "LAWANG WETAN", "NAPAL")
    assert other.question == doubt.question

    index.add_alias("16.06", "LAWANG WETAN", "16.06.13")
    decided = index.resolve("SUMATERA SELATAN", "MUSI BANYUASIN", "Lawang Wetan", "NAPAL")
    assert (decided.code, decided.level_reached, decided.how) == ("16.06.13.2002", 4, "alias")
    numbered = index.resolve("Sumatera Selatan", "Kab. Musi Banyuasin", "Lawang Wetan", "KARANG RINGIN 1")
    assert (numbered.code, numbered.how) == ("16.06.13.2001", "normalised")
    assert index.by_code["16.06.13.2002"].id == 6


def test_aliases_given_at_the_start_and_unknown_ones() -> None:
    index = RegionIndex(
        REGIONS,
        [Alias("16.06", "LAWANG WETAN", "16.06.13"), (None, "SUMSEL", "16"), Alias("16.06", "SANGADESO", "99.99.99")],
    )
    assert index.resolve("Sumsel", "MUSI BANYUASIN", "LAWANG WETAN", "NAPAL").code == "16.06.13.2002"
    assert index.resolve("Sumsel", "MUSI BANYUASIN", "SANGADESO", "NGULAK").question is not None


def test_village_filed_under_another_district_is_suggested_last() -> None:
    index = RegionIndex(REGIONS)
    answer = index.resolve("Sumatera Selatan", "Musi Banyuasin", "Sanga Desa", "NAPAL")
    assert answer.level_reached == 3
    assert answer.suggestions.items[-1] == Suggestion("16.06.13.2002", "Napal (Kec. Lawan Wetan)", 0)
    assert answer.suggestions.likely is None
    index.add_alias("16.06.05", "NAPAL", "16.06.13.2002")
    assert index.resolve("Sumatera Selatan", "Musi Banyuasin", "Sanga Desa", "NAPAL").code == "16.06.13.2002"


def test_unknown_province_and_empty_index() -> None:
    answer = RegionIndex([]).resolve("SUMATERA SELATAN", "LAHAT", "LAHAT", "PASAR BARU")
    assert (answer.code, answer.level_reached, answer.how, answer.path) == (None, 0, None, ())
    assert answer.question == Question(PROVINCE, None, "SUMATERA SELATAN")


def test_source_has_a_whole_province_parents_first() -> None:
    regions = list(source.regions("16"))
    assert [sum(r.level == level for r in regions) for level in (1, 2, 3, 4)] == [1, 17, 241, 3259]
    seen: set[str | None] = {None}
    for region in regions:
        assert region.parent_code in seen
        seen.add(region.code)
    assert len(source.provinces()) == 38
    with pytest.raises(ValueError, match=r"16\.71"):
        next(source.regions("16.71"))


def test_every_official_name_of_the_province_finds_itself() -> None:
    regions = [IndexedRegion(r.code, r.code, r.level, r.name, r.parent_code) for r in source.regions("16")]
    index = RegionIndex(regions)
    names = {r.code: r.name for r in regions}
    started = time.perf_counter()
    for region in regions:
        if region.level == VILLAGE:
            code = region.code
            found = index.resolve(names[code[:2]], names[code[:5]], names[code[:8]], region.name)
            assert (found.code, found.how) == (code, "exact")
    assert time.perf_counter() - started < 2
