"""Kampung KB: one active in a village, written by whom it may be, with a history; published lists in bulk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select, update

from kbpartners.audit import service as audit
from kbpartners.audit.models import Revision
from kbpartners.db import db
from kbpartners.errors import Conflict, Invalid, NotFound, Refused
from kbpartners.kampung import service
from kbpartners.kampung.models import Classification, Kampung
from kbpartners.kampung.service import Filters, Occupied, Published, Values
from tests.factories.kampung import INDICES, SCORES, classify, make_kampung

MANGGUL, ULAK_LEBAR, BUNGAMAS, ILIR_27 = "16.04.10.2001", "16.04.10.2002", "16.04.12.2001", "16.71.01.1001"


def values(region_id: int, **changes: object) -> Values:
    return replace(Values(name="Melati", region_id=region_id), **changes)


# --- registering, correcting, closing ----------------------------------------------------------------------------


def test_what_is_registered_can_be_read_and_stands_in_the_log(ctx, who, cast) -> None:
    day = date(2017, 3, 7)
    id_ = make_kampung(who("sekretariat"), cast.regions[MANGGUL], "Bungur", place="RW 03", launched_on=day, note="Baru")
    facts = service.load(id_)
    assert (facts.name, facts.place, facts.launched_on, facts.note, facts.label) == ("Bungur", "RW 03", day, "Baru", "")
    assert facts.title == "Kampung KB Bungur"
    assert facts.where.words == "Desa Manggul, Kec. Lahat, Kabupaten Lahat"
    (entry,) = audit.history("kampung", id_)
    assert entry.sentence == "Rina Sekretariat mendaftarkan Kampung KB Bungur di Manggul, Lahat, Kabupaten Lahat."
    snapshot = audit.as_of("kampung", date(2026, 6, 10))[id_]
    assert snapshot == service.snapshot(facts._asdict(), facts.where)
    assert (snapshot["region_code"], snapshot["launched_on"], snapshot["ended_on"]) == (MANGGUL, "2017-03-07", None)


def test_a_name_that_says_kampung_kb_is_not_doubled() -> None:
    assert service.title("kampung KB Mekarsari") == "kampung KB Mekarsari"
    assert service.title("Mekarsari") == "Kampung KB Mekarsari"


def test_the_code_says_whether_it_is_a_kelurahan(ctx, who, cast) -> None:
    id_ = make_kampung(who("admin"), cast.regions[ILIR_27])
    assert service.load(id_).where.village_title == "Kelurahan 27 Ilir"


def test_a_village_has_one_active_kampung_kb(ctx, who, cast) -> None:
    first = make_kampung(who("admin"), cast.regions[MANGGUL], "Bungur")
    with pytest.raises(Occupied, match="Desa Manggul sudah punya Kampung KB yang aktif: Kampung KB Bungur") as caught:
        make_kampung(who("admin"), cast.regions[MANGGUL], "Melati")
    assert (caught.value.kampung_id, caught.value.field) == (first, "region_id")
    second = make_kampung(who("admin"), cast.regions[ULAK_LEBAR])
    with pytest.raises(Occupied):
        service.edit(who("admin"), second, version=1, values=values(cast.regions[MANGGUL]))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "-"}, "name"),
        ({"launched_on": date(2026, 6, 11)}, "launched_on"),
        ({"region_id": None}, "region_id"),
        ({"region_id": 999_999}, "region_id"),
    ],
)
def test_what_is_refused_names_its_field(ctx, who, cast, changes, field) -> None:
    with pytest.raises(Invalid) as caught:
        service.create(who("admin"), values=replace(values(cast.regions[MANGGUL]), **changes))
    assert caught.value.field == field


def test_a_district_is_no_village(ctx, who, cast) -> None:
    with pytest.raises(Invalid, match="Pilih desa"):
        make_kampung(who("admin"), cast.regions["16.04.10"])


def test_an_opd_writes_in_its_own_region_only(ctx, who, cast) -> None:
    own = make_kampung(who("opd"), cast.regions[MANGGUL])
    other = make_kampung(who("sekretariat"), cast.regions[ILIR_27])
    with pytest.raises(Refused):
        make_kampung(who("opd"), cast.regions["16.71.04.1001"])
    with pytest.raises(Refused):
        service.edit(who("opd"), own, version=1, values=values(cast.regions["16.71.04.1001"]))
    with pytest.raises(Refused):
        service.edit(who("opd"), other, version=1, values=values(cast.regions[MANGGUL]))
    with pytest.raises(Refused):
        service.close(who("opd"), other, ended_on=date(2026, 6, 1), reason="Pindah")
    with pytest.raises(Refused):
        service.check_region(who("opd"), cast.regions[ILIR_27])
    service.check_region(who("opd"), cast.regions[MANGGUL])
    assert service.own_regency_ids(who("opd")) == [cast.regions["16.04"]]
    assert service.own_regency_ids(who("sekretariat")) == ()


@pytest.mark.parametrize(
    ("name", "may"),
    [("admin", True), ("sekretariat", True), ("opd", True), ("pimpinan", False), ("tni", False), ("stranger", False)],
)
def test_who_may_write_in_lahat(ctx, who, name, may) -> None:
    assert service.may_write(who(name), MANGGUL) is may


def test_the_difference_is_logged_and_the_former_name_kept(ctx, who, cast) -> None:
    id_ = make_kampung(who("admin"), cast.regions[MANGGUL], "Bungur")
    service.edit(who("opd"), id_, version=1, values=values(cast.regions[ULAK_LEBAR], name="Bungur Indah"))
    found = service.detail(id_)
    assert (found.facts.version, found.facts.name, found.former_names) == (2, "Bungur Indah", ["Bungur"])
    assert found.facts.where.code == ULAK_LEBAR
    assert list(audit.history("kampung", id_)[0].changes) == [
        ["Nama", "Bungur", "Bungur Indah"],
        ["Desa/kelurahan", "Manggul, Lahat, Kabupaten Lahat", "Ulak Lebar, Lahat, Kabupaten Lahat"],
    ]
    service.edit(who("opd"), id_, version=2, values=values(cast.regions[ULAK_LEBAR], name="Bungur Indah"))
    assert service.load(id_).version == 2, "saving what is saved is no change"


def test_the_second_writer_sees_both_versions(ctx, who, cast) -> None:
    id_ = make_kampung(who("admin"), cast.regions[MANGGUL], "Bungur")
    service.edit(who("admin"), id_, version=1, values=values(cast.regions[MANGGUL], name="Satu"))
    with pytest.raises(Conflict) as caught:
        service.edit(who("opd"), id_, version=1, values=values(cast.regions[MANGGUL], name="Dua", place="RW 01"))
    assert caught.value.version == 2
    assert [(row.label, row.saved, row.yours) for row in caught.value.rows if row.saved != row.yours] == [
        ("Nama", "Satu", "Dua"),
        ("RW/dusun", "", "RW 01"),
    ]


def test_closing_frees_the_village_and_can_be_undone_while_it_is_free(ctx, who, cast) -> None:
    id_ = make_kampung(who("opd"), cast.regions[MANGGUL], "Bungur", launched_on=date(2017, 3, 7))
    with pytest.raises(Invalid, match="sesudah hari ini"):
        service.close(who("opd"), id_, ended_on=date(2026, 6, 11), reason="Pindah")
    with pytest.raises(Invalid, match="sebelum tanggal pencanangan"):
        service.close(who("opd"), id_, ended_on=date(2017, 3, 6), reason="Pindah")
    service.close(who("opd"), id_, ended_on=date(2026, 6, 1), reason="Desa dimekarkan")
    assert service.load(id_).note == "Berakhir 01/06/2026: Desa dimekarkan"
    assert "mengakhiri Kampung KB Bungur: Desa dimekarkan" in audit.history("kampung", id_)[0].sentence
    with pytest.raises(Invalid, match="sudah berakhir"):
        service.edit(who("opd"), id_, version=2, values=values(cast.regions[MANGGUL], name="Baru"))
    service.reopen(who("opd"), id_)
    assert service.load(id_).ended_on is None
    service.close(who("opd"), id_, ended_on=date(2026, 6, 1), reason="Desa dimekarkan")
    make_kampung(who("opd"), cast.regions[MANGGUL], "Pengganti")
    with pytest.raises(Occupied, match="Pengganti"):
        service.reopen(who("opd"), id_)
    with pytest.raises(NotFound):
        service.load(999_999)


# --- published lists ---------------------------------------------------------------------------------------------


def published(code: str = MANGGUL, name: str = "MELATI", label: str = "dasar", **measures: int) -> Published:
    known = dict(zip(service.MEASURES, (*SCORES, *INDICES), strict=True)) | measures
    return Published(code, name, label, tuple(known[key] for key in service.MEASURES))


def write(*lines: Published, year: int = 2025) -> tuple[int, int, int]:
    return tuple(service.write_list(None, lines, year=year, source="Berkas uji", origin="impor 1"))


def one(code_region: int) -> Kampung:
    db.session.expire_all()
    return db.session.execute(select(Kampung).where(Kampung.region_id == code_region)).scalar_one()


def rows(table: type) -> int:
    return db.session.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_list_makes_kampung_kb_with_class_and_log(ctx, cast) -> None:
    assert write(published(), published(ILIR_27, "Tulip", "mandiri")) == (2, 0, 0)
    melati, tulip = one(cast.regions[MANGGUL]), one(cast.regions[ILIR_27])
    assert (melati.name, melati.label, melati.label_year, melati.version) == ("MELATI", "dasar", 2025, 1)
    assert (tulip.district_id, tulip.regency_id) == (cast.regions["16.71.01"], cast.regions["16.71"])
    found = service.detail(melati.id)
    assert found.latest.measures == (*SCORES, *INDICES)
    assert found.latest.index_words == "input 3,00, proses 2,33, output 2,75"
    (entry,) = audit.history("kampung", melati.id)
    assert entry.sentence == (
        "Sistem mencatat Kampung KB MELATI di Manggul, Lahat, Kabupaten Lahat, klasifikasi 2025 Dasar (impor 1)."
    )
    assert audit.as_of("kampung", date(2026, 6, 10))[melati.id]["label"] == "dasar"


def test_the_same_list_changes_nothing_whatever_the_capitals(ctx, cast) -> None:
    write(published())
    before = (rows(Classification), rows(Revision))
    assert write(published()) == (0, 0, 1)
    assert write(published(name="Melati")) == (0, 0, 1)
    assert (rows(Classification), rows(Revision)) == before
    assert one(cast.regions[MANGGUL]).name == "MELATI"


def test_what_differs_is_added_never_overwritten(ctx, cast) -> None:
    write(published())
    assert write(published(label="berkembang", output_cpr=3, index_output=250)) == (0, 1, 0)
    melati = one(cast.regions[MANGGUL])
    assert (melati.label, melati.version) == ("berkembang", 1)
    assert rows(Classification) == 2
    found = service.detail(melati.id)
    assert (len(found.years), found.latest.corrected) == (1, True)
    assert list(audit.history("kampung", melati.id)[0].changes) == [
        ["Klasifikasi 2025", "Dasar", "Berkembang"],
        ["CPR 2025", "4", "3"],
        ["Indeks output 2025", "2,75", "2,50"],
    ]


def test_a_new_year_brings_class_and_name_an_older_one_only_its_class(ctx, cast) -> None:
    write(published())
    assert write(published(name="MELATI INDAH", label="mandiri"), year=2026) == (0, 1, 0)
    melati = one(cast.regions[MANGGUL])
    assert (melati.name, melati.sort_name, melati.label, melati.label_year) == (
        "MELATI INDAH",
        "melati indah",
        "mandiri",
        2026,
    )
    assert service.detail(melati.id).former_names == ["MELATI"]
    assert write(published(name="MELATI TUA", label="berkembang"), year=2024) == (0, 1, 0)
    melati = one(cast.regions[MANGGUL])
    assert (melati.name, melati.label, melati.label_year) == ("MELATI INDAH", "mandiri", 2026)
    assert [year.year for year in service.detail(melati.id).years] == [2026, 2025, 2024]


def test_a_name_that_a_person_gave_up_does_not_come_back(ctx, who, cast) -> None:
    write(published())
    id_ = one(cast.regions[MANGGUL]).id
    service.edit(who("opd"), id_, version=1, values=values(cast.regions[MANGGUL], name="Kampung Bungur"))
    assert write(published()) == (0, 0, 1)
    assert service.load(id_).name == "Kampung Bungur"


def test_an_ended_kampung_kb_stays_and_the_list_makes_a_new_one(ctx, who, cast) -> None:
    write(published())
    service.close(who("admin"), one(cast.regions[MANGGUL]).id, ended_on=date(2026, 6, 1), reason="Pindah")
    assert write(published()) == (1, 0, 0)


def test_a_hand_made_one_gets_its_first_class_from_the_list(ctx, who, cast) -> None:
    id_ = make_kampung(who("opd"), cast.regions[MANGGUL], "Melati")
    assert write(published()) == (0, 1, 0)
    assert (service.load(id_).label, service.load(id_).version) == ("dasar", 1)
    assert list(audit.history("kampung", id_)[0].changes) == [["Klasifikasi 2025", "", "Dasar"]]


def test_unknown_codes_and_shared_villages_are_refused_whole(ctx, cast) -> None:
    with pytest.raises(Invalid, match=r"16\.99\.01\.2001"):
        write(published(), published("16.99.01.2001"))
    with pytest.raises(Invalid, match="dua kali"):
        write(published(), published(name="Tulip"))
    assert rows(Kampung) == 0


def test_the_check_finds_what_does_not_fit(ctx, who, cast) -> None:
    write(published(), published(ILIR_27, "Tulip", "mandiri"))
    write(published(label="berkembang"), year=2026)
    make_kampung(who("opd"), cast.regions[ULAK_LEBAR], "Seruni")
    service.close(who("opd"), one(cast.regions[ULAK_LEBAR]).id, ended_on=date(2026, 6, 1), reason="Pindah")
    assert service.check() == []
    id_ = one(cast.regions[MANGGUL]).id
    db.session.execute(update(Kampung).where(Kampung.id == id_).values(label="mandiri", regency_id=cast.regions["16"]))
    assert service.check() == [
        f"Kampung KB {id_}: kecamatan atau kabupatennya tidak sesuai dengan desanya",
        f"Kampung KB {id_}: kelas tidak sesuai dengan klasifikasi terakhirnya",
        f"Kampung KB {id_}: berbeda dari riwayatnya pada regency_id, label",
    ]


# --- lists and counts --------------------------------------------------------------------------------------------


@pytest.fixture
def four(ctx, who) -> None:
    classify(MANGGUL, "zamrud", "dasar")
    classify(ULAK_LEBAR, "BUNGUR", "mandiri")
    classify(BUNGAMAS, "Bungur", "dasar")
    classify(ILIR_27, "ANGGREK", "berkelanjutan")


def names(filters: Filters, **options: object) -> list[str]:
    return [row.name for row in service.page(filters, **options).rows]


def test_the_list_is_in_one_order_whatever_the_capitals(four) -> None:
    assert names(Filters()) == ["ANGGREK", "BUNGUR", "Bungur", "zamrud"]
    assert names(Filters(sort="region")) == ["zamrud", "BUNGUR", "Bungur", "ANGGREK"]


@pytest.mark.parametrize("sort", ["name", "region"])
def test_pages_follow_each_other_without_gap_or_repeat(four, sort) -> None:
    seen: list[str] = []
    after = ""
    for _turn in range(4):
        page = service.page(Filters(sort=sort), after=after, size=1)
        seen += [row.code for row in page.rows]
        after = page.after
    assert after == ""
    assert len(set(seen)) == 4
    assert names(Filters(sort=sort), after="bukan kunci") == names(Filters(sort=sort))


def test_filters(four, cast, who) -> None:
    assert names(Filters(regency_id=cast.regions["16.04"])) == ["BUNGUR", "Bungur", "zamrud"]
    assert names(Filters(district_id=cast.regions["16.04.12"])) == ["Bungur"]
    assert names(Filters(label="dasar")) == ["Bungur", "zamrud"]
    assert names(Filters(q="bungur lahat")) == ["BUNGUR"]
    assert names(Filters(q="16.04.10")) == ["BUNGUR", "zamrud"]
    assert names(Filters(q="100%")) == []
    id_ = service.page(Filters(q="anggrek")).rows[0].id
    service.close(who("admin"), id_, ended_on=date(2026, 6, 1), reason="Pindah")
    assert names(Filters(status="ended")) == ["ANGGREK"]
    assert "ANGGREK" not in names(Filters())


def test_classes_are_counted_for_the_region(four, cast, who) -> None:
    make_kampung(who("admin"), cast.regions["16.71.04.1001"], "Tulip")
    assert [tuple(item) for item in service.classes()] == [
        ("dasar", 2, 0),
        ("mandiri", 1, 2),
        ("berkelanjutan", 1, 3),
        ("", 1, 4),
    ]
    assert [tuple(item) for item in service.classes(cast.regions["16.04"])] == [("dasar", 2, 0), ("mandiri", 1, 2)]
    assert [tuple(item) for item in service.classes(district_id=cast.regions["16.04.12"])] == [("dasar", 1, 0)]


def test_the_lamp_names_the_gaps(ctx, cast) -> None:
    classify(MANGGUL, "Bungur", "berkelanjutan", process_data=3, output_unmet_need=1)
    latest = service.detail(one(cast.regions[MANGGUL]).id).latest
    lamp = service.lamp(latest)
    assert (lamp.color, lamp.word, lamp.sentence) == (
        "yellow",
        "Kelas Berkelanjutan, satu celah",
        "Unmet need bernilai 1 dari 4.",
    )
    assert service.lamp(None) is None
    assert service.lamp(latest._replace(measures=(4,) * 15)).color == "green"
    assert service.lamp(latest._replace(measures=(None,) * 15)) is None
