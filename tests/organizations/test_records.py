"""Registering, editing, ending units; coverage with its history; contact data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners.audit.models import Revision
from kbpartners.audit.service import history
from kbpartners.db import db
from kbpartners.errors import Conflict, Invalid, NotFound, Refused
from kbpartners.organizations import service
from kbpartners.organizations.models import Coverage, Organization, Post
from kbpartners.organizations.service import Facts
from tests.cast import Cast
from tests.conftest import TODAY
from tests.factories.commitments import commitment
from tests.factories.followups import make_followup
from tests.factories.organizations import make_post, make_unit


def facts_of(organization_id: int, **changes: Any) -> Facts:
    """What is saved of a unit, some of it changed."""
    unit = db.session.get_one(Organization, organization_id)
    covered = frozenset(item.region_id for item in service.covered(unit.id))
    names = [n for n in Facts.__dataclass_fields__ if n != "coverage"]
    return replace(Facts(**{name: getattr(unit, name) for name in names}, coverage=covered), **changes)


def edit(organization_id: int, who: Any = None, **changes: Any) -> None:
    version = db.session.get_one(Organization, organization_id).version
    service.edit(who=who, organization_id=organization_id, version=version, facts=facts_of(organization_id, **changes))


def test_a_new_unit_stands_below_its_parent(ctx: None, cast: Cast, who: Any) -> None:
    facts = Facts(
        name="  Koramil 405-01/Lahat ",
        category="tni",
        parent_id=cast.units["kodim"],
        whatsapp="0812 3456 7890",
        coverage=frozenset({cast.regions["16.04.10"]}),
    )
    unit_id = service.create(who=who("sekretariat"), facts=facts)

    unit = db.session.get_one(Organization, unit_id)
    assert (unit.name, unit.whatsapp) == ("Koramil 405-01/Lahat", "+6281234567890")
    assert service.ancestors(unit_id) == [cast.units["kodam"], cast.units["kodim"], unit_id]
    entry = history("organization", unit_id)[0]
    assert entry.sentence == "Rina Sekretariat mendaftarkan Koramil 405-01/Lahat di bawah Kodim 0405/Lahat."
    snapshot = db.session.execute(
        select(Revision.snapshot).where(Revision.subject_type == "organization", Revision.subject_id == unit_id)
    ).scalar_one()
    assert snapshot["parent"] == "Kodim 0405/Lahat"
    assert snapshot["coverage"] == ["16.04.10"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "   "}, "name"),
        ({"category": "angkatan"}, "category"),
        ({"parent_id": 999999}, "parent_id"),
        ({"whatsapp": "12345"}, "whatsapp"),
        ({"coverage": frozenset({999999})}, "coverage"),
        ({"ended_on": date(2026, 1, 1)}, "ended_on"),
    ],
)
def test_what_cannot_be_registered_names_its_field(ctx: None, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        service.create(who=None, facts=replace(Facts(name="Mitra uji", category="private"), **changes))
    assert caught.value.field == field
    assert caught.value.message


def test_partners_have_different_names_and_so_have_siblings(ctx: None, cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        make_unit("kodam ii/sriwijaya")
    assert caught.value.field == "name"
    make_unit("Seksi Teritorial", parent_id=cast.units["kodim"])
    with pytest.raises(Invalid):
        make_unit("SEKSI TERITORIAL", parent_id=cast.units["kodim"])
    make_unit("Seksi Teritorial", parent_id=cast.units["kodim_palembang"])


def test_a_renamed_partner_may_not_take_anothers_name(ctx: None, cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        edit(cast.units["polda"], name="Kodam II/Sriwijaya")
    assert caught.value.field == "name"
    edit(cast.units["polda"], name="POLDA Sumatera Selatan")


def test_saving_without_a_change_leaves_no_trace(ctx: None, cast: Cast) -> None:
    edit(cast.units["polda"])
    assert history("organization", cast.units["polda"]) == []
    assert db.session.get_one(Organization, cast.units["polda"]).version == 1


def test_a_change_is_told_with_old_and_new(ctx: None, cast: Cast, who: Any) -> None:
    edit(cast.units["polda"], who("sekretariat"), phone="(0711) 123456", category="vertical", note="Kop baru")
    entry = history("organization", cast.units["polda"])[0]
    assert entry.sentence == "Rina Sekretariat mengubah data Polda Sumatera Selatan."
    assert [tuple(change) for change in entry.changes] == [
        ("Kategori", "Polri", "Instansi vertikal"),
        ("Telepon", "", "(0711) 123456"),
        ("Catatan", "", "Kop baru"),
    ]
    assert db.session.get_one(Organization, cast.units["polda"]).version == 2


def test_the_second_writer_sees_both_versions(ctx: None, cast: Cast, who: Any) -> None:
    stale = facts_of(cast.units["polda"], phone="222", coverage=frozenset({cast.regions["16.04"]}))
    edit(cast.units["polda"], phone="111")
    with pytest.raises(Conflict) as caught:
        service.edit(who=who("admin"), organization_id=cast.units["polda"], version=1, facts=stale)
    rows = {row.label: (row.saved, row.yours) for row in caught.value.rows}
    assert rows["Telepon"] == ("111", "222")
    assert rows["Wilayah"] == ("Provinsi Sumatera Selatan", "Kabupaten Lahat")
    assert rows["Kategori"] == ("Polri", "Polri")
    assert caught.value.version == 2


# --- coverage ----------------------------------------------------------------------------------------------------


def coverage_rows(organization_id: int) -> list[tuple[int, date, date | None]]:
    rows = db.session.execute(
        select(Coverage.region_id, Coverage.valid_from, Coverage.valid_to)
        .where(Coverage.organization_id == organization_id)
        .order_by(Coverage.id)
    )
    return [tuple(row) for row in rows]


def test_a_region_that_is_taken_off_stays_in_the_past(ctx: None, cast: Cast) -> None:
    lahat, palembang = cast.regions["16.04"], cast.regions["16.71"]
    unit = make_unit("Unit A", covers=(lahat,))
    edit(unit, coverage=frozenset({palembang}))
    assert coverage_rows(unit) == [
        (lahat, date(2020, 1, 1), TODAY - timedelta(days=1)),
        (palembang, TODAY, None),
    ]


def test_a_slip_that_is_undone_the_same_day_leaves_no_trace(ctx: None, cast: Cast) -> None:
    lahat, palembang = cast.regions["16.04"], cast.regions["16.71"]
    unit = make_unit("Unit A", covers=(lahat,))
    edit(unit, coverage=frozenset({palembang}))
    edit(unit, coverage=frozenset({lahat}))
    assert coverage_rows(unit) == [(lahat, date(2020, 1, 1), None)]


def test_who_covers_a_regency_covers_its_districts(ctx: None, cast: Cast) -> None:
    unit = make_unit("Unit A", covers=(cast.regions["16.04"], cast.regions["16.04.10"], cast.regions["16.71.01"]))
    assert [item.label for item in service.covered(unit)] == ["Kabupaten Lahat", "Ilir Barat Dua, Kota Palembang"]


# --- ending ------------------------------------------------------------------------------------------------------


def test_a_unit_with_open_work_cannot_be_ended(ctx: None, cast: Cast) -> None:
    commitment(cast, owner="kodim")
    make_followup(cast.units["kodim"])
    with pytest.raises(Invalid) as caught:
        edit(cast.units["kodim"], ended_on=TODAY)
    assert caught.value.field == "ended_on"
    assert "1 komitmen, 1 tindak lanjut" in caught.value.message


def test_supporting_something_open_does_not_keep_a_unit(ctx: None, cast: Cast) -> None:
    commitment(cast, owner="polda", supporters={"bank": "Dana"})
    edit(cast.units["bank"], ended_on=TODAY)


def test_the_units_below_go_first(ctx: None, cast: Cast) -> None:
    with pytest.raises(Invalid, match="1 satuan"):
        edit(cast.units["polda"], ended_on=TODAY)
    edit(cast.units["polres"], ended_on=TODAY)
    edit(cast.units["polda"], ended_on=TODAY)


def test_a_unit_ends_with_its_posts_and_can_come_back(ctx: None, cast: Cast, who: Any) -> None:
    edit(cast.units["bank"], who("sekretariat"), ended_on=TODAY)
    posts = db.session.execute(select(Post.ended_on).where(Post.organization_id == cast.units["bank"])).scalars()
    assert set(posts) == {TODAY}
    assert history("organization", cast.units["bank"])[0].sentence == (
        "Rina Sekretariat mengakhiri Bank Contoh per 10/06/2026."
    )
    edit(cast.units["bank"], who("sekretariat"), ended_on=None)
    assert "mengaktifkan kembali" in history("organization", cast.units["bank"])[0].sentence


def test_a_unit_does_not_end_in_the_future_nor_the_office_ever(ctx: None, cast: Cast) -> None:
    with pytest.raises(Invalid, match="masa depan"):
        edit(cast.units["bank"], ended_on=TODAY + timedelta(days=1))
    with pytest.raises(Invalid, match="Kantor BKKBN"):
        edit(cast.units["office"], ended_on=TODAY)
    with pytest.raises(Invalid, match="Kategori kantor"):
        edit(cast.units["office"], category="tni")


def test_a_category_must_suit_the_posts(ctx: None, cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        edit(cast.units["opd_lahat"], category="vertical")
    assert caught.value.field == "category"


# --- contact data ------------------------------------------------------------------------------------------------

NEW = service.ContactFacts(address="Jalan Contoh 1", phone="0711 1", whatsapp="0813-1111-2222", email="A@Contoh.id")


def test_a_liaison_keeps_the_contacts_of_the_own_tree(ctx: None, cast: Cast, who: Any) -> None:
    service.edit_contact(who=who("tni"), organization_id=cast.units["kodim"], version=1, facts=NEW)
    unit = db.session.get_one(Organization, cast.units["kodim"])
    assert (unit.address, unit.whatsapp, unit.email) == ("Jalan Contoh 1", "+6281311112222", "a@contoh.id")
    assert history("organization", unit.id)[0].sentence == "Mayor Budi memperbarui kontak Kodim 0405/Lahat."


def test_nobody_touches_the_contacts_of_others(ctx: None, cast: Cast, who: Any) -> None:
    with pytest.raises(NotFound):
        service.edit_contact(who=who("tni"), organization_id=cast.units["polda"], version=1, facts=NEW)
    with pytest.raises(NotFound):
        service.edit_contact(who=who("kodim"), organization_id=cast.units["kodam"], version=1, facts=NEW)
    with pytest.raises(Refused):
        service.edit_contact(who=who("opd"), organization_id=cast.units["kodim"], version=1, facts=NEW)
    service.edit_contact(who=who("opd"), organization_id=cast.units["opd_lahat"], version=1, facts=NEW)


# --- posts -------------------------------------------------------------------------------------------------------


def test_roles_fit_the_unit_and_the_person_who_gives_them(ctx: None, cast: Cast, who: Any) -> None:
    assert service.role_choices(who("sekretariat"), "tni") == ["penghubung"]
    assert set(service.role_choices(who("sekretariat"), "opd")) == {"penghubung", "opd"}
    assert service.role_choices(who("sekretariat"), "bkkbn") == ["penghubung"]
    assert set(service.role_choices(who("admin"), "bkkbn")) == {"admin", "sekretariat", "pimpinan", "penghubung"}
    with pytest.raises(Refused):
        service.add_post(who=who("sekretariat"), organization_id=cast.units["office"], title="Admin", role="admin")
    with pytest.raises(Invalid):
        make_post(cast.units["kodim"], role="opd")
    with pytest.raises(Invalid) as caught:
        make_post(cast.units["kodam"], "PERWIRA PENGHUBUNG")
    assert caught.value.field == "title"


def test_an_ended_post_speaks_for_nobody(ctx: None, cast: Cast, who: Any) -> None:
    make_followup(cast.units["polda"], contact_post_id=cast.posts["polri"])
    ending = service.ending(cast.units["polda"], cast.posts["polri"])
    assert ([holder.name for holder in ending.holders], ending.followups) == (["AKP Dewi"], 1)

    service.end_post(who=who("sekretariat"), organization_id=cast.units["polda"], post_id=cast.posts["polri"])

    assert service.posts_of(cast.units["polda"]) == []
    assert history("organization", cast.units["polda"])[0].sentence == (
        "Rina Sekretariat mengakhiri jabatan Penghubung Polda di Polda Sumatera Selatan."
    )
    with pytest.raises(NotFound):
        service.ending(cast.units["polda"], cast.posts["polri"])


def test_a_post_of_the_office_ends_only_while_it_is_vacant(ctx: None, cast: Cast, who: Any) -> None:
    with pytest.raises(Refused):
        service.end_post(who=who("sekretariat"), organization_id=cast.units["office"], post_id=cast.posts["admin"])
    with pytest.raises(Invalid, match="Pengguna"):
        service.end_post(who=who("admin"), organization_id=cast.units["office"], post_id=cast.posts["admin"])
    with pytest.raises(NotFound):
        service.end_post(who=who("admin"), organization_id=cast.units["kodam"], post_id=cast.posts["admin"])
