"""Planning, contributing, calling off: who may, what is refused, what the log keeps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners.activities import service
from kbpartners.activities.models import Activity, ActivityCommitment, ActivityScope
from kbpartners.audit import service as audit
from kbpartners.db import db
from tests.factories.activities import activity, kampung, reported
from tests.factories.commitments import commitment


@pytest.fixture
def bungur(write, cast) -> int:
    with write():
        return kampung(cast)


@pytest.fixture
def plan(cast, bungur: int) -> dict[str, Any]:
    """What the form of the Kodim's liaison sends."""
    return {
        "token": "rencana-1",
        "kampung_id": str(bungur),
        "title": "Penyuluhan keluarga balita",
        "family_function": "pendidikan",
        "planned_on": "20/06/2026",
        "planned_until": "",
        "organization_id": str(cast.units["kodim"]),
        "contribution": "Lima Babinsa",
        "partners-0-organization_id": str(cast.units["polres"]),
        "partners-0-contribution": "Pengamanan",
        "partners-1-organization_id": "",
        "partners-1-contribution": "",
        "description": "",
    }


def only(app) -> Activity:
    with app.app_context():
        return db.session.execute(select(Activity)).scalar_one()


# --- choosing the place ------------------------------------------------------------------------------------------


def test_first_the_place_is_found_by_its_name_its_village_or_its_district(sign_in, write, cast, bungur: int) -> None:
    with write():
        kampung(cast, "Melati", "16.71.01.1001")
        kampung(cast, "Melati", "16.71.04.1001")
        kampung(cast, "Tutup", "16.04.10.2001", ended_on=date(2025, 1, 1))
    browser = sign_in("kodim")

    def found(q: str, **options: Any) -> list[str]:
        page = browser.get(f"/kegiatan/baru?q={q}", **options)
        return [" ".join(node.xpath(".//text()")).strip() for node in page.select("//div[@id='tempat']//li")]

    assert found("bungamas") == ["Bungur Bungamas, Kec. Kikim Timur, Kabupaten Lahat"]
    assert found("kikim+bungur") == found("bungamas")
    assert len(found("melati")) == 2
    assert found("melati+satu") == ["Melati Bukit Lama, Kec. Ilir Barat Satu, Kota Palembang"]
    assert found("tutup") == []
    assert found("%25") == []
    assert found("bungamas", htmx="tempat") == found("bungamas")
    links = browser.get("/kegiatan/baru?q=bungur&commitment_id=7").links()
    assert f"/kegiatan/baru?kampung_id={bungur}&commitment_id=7" in links


def test_a_district_office_is_offered_its_own_region(sign_in, write, cast, bungur: int) -> None:
    with write():
        kampung(cast, "Melati", "16.71.01.1001")
    page = sign_in("opd").get("/kegiatan/baru")
    assert "Bungur" in page.text
    assert "Melati" not in page.text


def test_the_form_offers_organisations_that_cover_the_place(sign_in, cast, bungur: int) -> None:
    page = sign_in("kodim").get(f"/kegiatan/baru?kampung_id={bungur}")
    offered = set(page.select("//select[@name='organization_id']/option/@value")) - {""}
    expected = {"office", "team", "kodam", "kodim", "polda", "polres", "idi", "opd_lahat", "opd_palembang", "bank"}
    assert offered == {str(cast.units[name]) for name in expected}
    form = page.form("/kegiatan/baru")
    assert form["organization_id"] == str(cast.units["kodim"])
    assert "partners-3-organization_id" in form


def test_a_commitment_in_the_address_is_ticked_if_the_person_may_see_it(sign_in, write, cast, bungur: int) -> None:
    with write():
        own = commitment(cast, title="Milik Kodim", owner="kodim")
        other = commitment(cast, title="Milik Polda", owner="polda")
    browser = sign_in("kodim")
    page = browser.get(f"/kegiatan/baru?kampung_id={bungur}&commitment_id={own}")
    assert page.select("//input[@name='commitment_id'][@checked]/@value") == [str(own)]
    page = browser.get(f"/kegiatan/baru?kampung_id={bungur}&commitment_id={other}")
    assert "Milik Polda" not in page.text


def test_a_place_that_does_not_exist_is_not_found(sign_in) -> None:
    sign_in("kodim").get("/kegiatan/baru?kampung_id=987654", 404)


# --- planning ----------------------------------------------------------------------------------------------------


def test_a_liaison_plans_an_activity_of_its_own_unit(app, sign_in, write, cast, plan) -> None:
    with write():
        promise = commitment(cast, owner="kodim")
    browser = sign_in("kodim")
    answer = browser.post("/kegiatan/baru", {**plan, "commitment_id": str(promise)})
    page = browser.get(answer.location)
    for words in ("Penyuluhan keluarga balita", "Direncanakan", "Polres Lahat", "Pengamanan", "Lima Babinsa", "K-0001"):
        assert words in page.text, words
    row = only(app)
    assert (row.planned_on, row.planned_until) == (date(2026, 6, 20), date(2026, 6, 20))
    with app.app_context():
        entry = audit.history("activity", row.id)[0]
        snapshot = audit.as_of("activity", date(2026, 6, 10))[row.id]
    assert entry.sentence == "Kapten Sari merencanakan kegiatan “Penyuluhan keluarga balita” di Kampung KB Bungur."
    assert snapshot["organizations"][1]["label"] == "Polres Lahat"
    assert snapshot["commitment_ids"] == [promise]
    sign_in("polri").get(f"/kegiatan/{row.id}", 200)


def test_sending_the_form_twice_on_a_bad_line_makes_one_activity(app, sign_in, plan) -> None:
    browser = sign_in("kodim")
    first, second = browser.post("/kegiatan/baru", plan), browser.post("/kegiatan/baru", plan)
    assert first.location == second.location
    only(app)
    assert "Muat ulang halaman" in sign_in("tni").post("/kegiatan/baru", plan, 422).text


def test_each_unit_that_may_see_it_has_one_scope_row_with_the_planned_day(app, sign_in, cast, plan) -> None:
    sign_in("kodim").post("/kegiatan/baru", plan)
    with app.app_context():
        rows = db.session.execute(select(ActivityScope.unit_id, ActivityScope.sort_on, ActivityScope.is_open)).all()
    units = ("office", "kodam", "kodim", "polda", "polres", "opd_lahat")
    assert {row.unit_id for row in rows} == {cast.units[name] for name in units}
    assert {(row.sort_on, row.is_open) for row in rows} == {(date(2026, 6, 20), True)}


def test_a_liaison_whose_unit_does_not_take_part_is_refused(sign_in, cast, plan) -> None:
    page = sign_in("stranger").post("/kegiatan/baru", plan, 422)
    assert page.errors() == ["Satuan Anda harus ikut: sebagai penyelenggara atau peserta."]
    fields = {**plan, "partners-1-organization_id": str(cast.units["bank"])}
    sign_in("stranger").post("/kegiatan/baru", fields, 303)


def test_a_district_office_plans_in_its_own_region_only(sign_in, write, cast, plan) -> None:
    with write():
        elsewhere = kampung(cast, "Melati", "16.71.01.1001")
    browser = sign_in("opd")
    browser.post("/kegiatan/baru", {**plan, "token": "a"})
    fields = {**plan, "token": "b", "kampung_id": str(elsewhere)}
    fields["organization_id"] = str(cast.units["kodim_palembang"])
    fields["partners-0-organization_id"] = ""
    fields["partners-0-contribution"] = ""
    page = browser.post("/kegiatan/baru", fields, 422)
    assert page.errors() == ["Pilih Kampung KB di wilayah dinas Anda, atau sertakan dinas Anda."]


def test_leaders_read_only(sign_in, write, cast, bungur: int, plan) -> None:
    with write():
        number = activity(cast, kampung_id=bungur)
    browser = sign_in("pimpinan")
    browser.get("/kegiatan/baru", 403)
    browser.post("/kegiatan/baru", plan, 403)
    for path in ("ubah", "kontribusi", "realisasi", "batal", "berkas", "verifikasi"):
        browser.post(f"/kegiatan/{number}/{path}", {}, 403)
    links = browser.get(f"/kegiatan/{number}").links()
    assert not [link for link in links if link.endswith(("ubah", "realisasi", "batal"))]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", "", "Wajib diisi."),
        ("title", "x" * 100_000, "Paling banyak 200 huruf."),
        ("family_function", "", "Wajib diisi."),
        ("family_function", "olahraga", "Pilih salah satu dari daftar."),
        ("planned_on", "", "Wajib diisi."),
        ("planned_on", "31/02/2017", "Tanggal 31 tidak ada di bulan itu."),
        ("planned_on", "besok", "Tulis tanggal seperti 07/03/2017"),
        ("planned_until", "19/06/2026", "Kegiatan tidak dapat selesai sebelum dimulai."),
        ("organization_id", "", "Wajib diisi."),
        ("organization_id", "987654", "Pilih salah satu dari daftar."),
        ("organization_id", "abc", "Pilih salah satu dari daftar."),
        ("partners-0-organization_id", "987654", "Pilih salah satu dari daftar."),
        ("partners-0-organization_id", "", "Pilih organisasinya."),
        ("partners-0-contribution", "x" * 100_000, "Paling banyak 500 huruf."),
        ("commitment_id", "987654", "Pilih komitmen dari daftar."),
        ("commitment_id", "99999999999999999999", "Pilih dari daftar."),
        ("description", "x" * 100_000, "Paling banyak 20000 huruf."),
    ],
)
def test_bad_input_is_answered_at_its_field_and_nothing_typed_is_lost(
    app, sign_in, plan, field: str, typed: str, said: str
) -> None:
    page = sign_in("kodim").post("/kegiatan/baru", {**plan, field: typed}, 422)
    assert any(said in error for error in page.errors()), page.errors()
    assert page.select(f"//div[@id='errsum']//a[@href='#{field}']")
    assert page.form("/kegiatan/baru")["contribution"] == "Lima Babinsa"
    with app.app_context():
        assert db.session.execute(select(Activity)).first() is None


def test_a_commitment_of_another_partner_cannot_be_claimed(sign_in, write, cast, plan) -> None:
    with write():
        foreign = commitment(cast, owner="polda")
    page = sign_in("kodim").post("/kegiatan/baru", {**plan, "commitment_id": str(foreign)}, 422)
    assert page.errors() == ["Pilih komitmen dari daftar."]


@pytest.mark.parametrize("typed", ["", "987654", "abc", "99999999999999999999"])
def test_without_a_place_the_place_is_asked_for(sign_in, plan, typed: str) -> None:
    page = sign_in("kodim").post("/kegiatan/baru", {**plan, "kampung_id": typed}, 422)
    assert page.h1 == "Pilih Kampung KB"


def test_an_ended_kampung_takes_no_new_activities(sign_in, write, cast, plan) -> None:
    with write():
        ended = kampung(cast, "Tutup", "16.04.10.2001", ended_on=date(2025, 1, 1))
    page = sign_in("kodim").post("/kegiatan/baru", {**plan, "kampung_id": str(ended)}, 422)
    assert page.errors() == ["Kampung KB ini sudah tidak aktif. Pilih yang lain."]


# --- changing ----------------------------------------------------------------------------------------------------


@pytest.fixture
def planned(write, cast, bungur: int) -> int:
    """Organised by the Kodim, with the Polres."""
    with write():
        return activity(cast, kampung_id=bungur, partners={"polres": "Pengamanan"}, contribution="12 Babinsa")


@pytest.mark.parametrize("name", ["kodim", "tni", "opd", "sekretariat", "admin"])
def test_the_organiser_the_district_office_and_the_secretariat_change_the_plan(sign_in, planned: int, name) -> None:
    browser, path = sign_in(name), f"/kegiatan/{planned}/ubah"
    page = browser.get(path)
    assert page.form(path)["partners-0-contribution"] == "Pengamanan"
    browser.submit(page, path, {"title": "Diubah"})
    assert browser.get(f"/kegiatan/{planned}").h1 == "Diubah"


def test_one_who_only_takes_part_changes_its_own_contribution_and_nothing_else(
    app, sign_in, planned: int, cast
) -> None:
    browser, path = sign_in("polri"), f"/kegiatan/{planned}/kontribusi"
    browser.get(f"/kegiatan/{planned}/ubah", 403)
    browser.post(f"/kegiatan/{planned}/ubah", {"title": "Direbut", "kampung_id": "1"}, 403)
    assert path in browser.get(f"/kegiatan/{planned}").links()
    page = browser.get(path)
    polres, kodim = (f"contribution-{cast.units[name]}" for name in ("polres", "kodim"))
    assert page.form(path)[polres].strip() == "Pengamanan"
    assert kodim not in page.form(path)
    browser.submit(page, path, {polres: "Pengamanan dan ambulans", kodim: "Direbut"})
    text = browser.get(f"/kegiatan/{planned}").text
    assert "Pengamanan dan ambulans" in text
    assert "12 Babinsa" in text
    assert "Direbut" not in text
    late = browser.submit(page, path, {polres: "Lain"}, 409)
    assert "Pengamanan dan ambulans" in late.text
    too_long = browser.post(path, {"version": "9", polres: "x" * 501}, 422)
    assert too_long.errors() == ["Paling banyak 500 huruf."]
    with app.app_context():
        assert audit.history("activity", planned)[0].changes == [
            ["Kontribusi Polres Lahat", "Pengamanan", "Pengamanan dan ambulans"]
        ]


def test_the_own_contribution_is_not_a_way_to_change_a_plan_one_has_no_part_in(sign_in, write, cast, planned) -> None:
    sign_in("stranger").post(f"/kegiatan/{planned}/kontribusi", {}, 404)
    sign_in("kodim").get(f"/kegiatan/{planned}/kontribusi", 403)


def test_taking_an_organisation_out_ends_its_view_and_moving_the_day_moves_it_in_the_lists(
    app, sign_in, planned: int, cast
) -> None:
    browser, path = sign_in("kodim"), f"/kegiatan/{planned}/ubah"
    fields = {"partners-0-organization_id": "", "partners-0-contribution": "", "planned_on": "05/07/2026"}
    browser.submit(browser.get(path), path, {**fields, "planned_until": "06/07/2026"})
    sign_in("polri").get(f"/kegiatan/{planned}", 404)
    with app.app_context():
        days = db.session.execute(select(ActivityScope.sort_on)).scalars()
        assert set(days) == {date(2026, 7, 5)}
        changes = {label: (old, new) for label, old, new in audit.history("activity", planned)[0].changes}
    assert changes["Organisasi yang ikut"] == ("Polres Lahat: Pengamanan", "")
    assert "Judul" not in changes


def test_the_place_can_be_changed(sign_in, write, cast, planned: int) -> None:
    with write():
        other = kampung(cast, "Manggis", "16.04.10.2001")
    browser, path = sign_in("kodim"), f"/kegiatan/{planned}/ubah"
    page = browser.get(f"{path}?tempat=1&q=manggis")
    assert f"{path}?kampung_id={other}" in page.links()
    browser.submit(browser.get(f"{path}?kampung_id={other}"), path)
    assert "Kampung KB Manggis" in browser.get(f"/kegiatan/{planned}").text


def test_a_link_to_a_commitment_that_the_writer_cannot_see_survives_the_writers_edit(
    app, sign_in, write, cast, bungur: int
) -> None:
    with write():
        foreign, own = commitment(cast, owner="polda"), commitment(cast, owner="kodim")
        number = activity(cast, kampung_id=bungur, commitments=(foreign, own))
    browser, path = sign_in("kodim"), f"/kegiatan/{number}/ubah"
    browser.submit(browser.get(path), path, {"title": "Baru", "commitment_id": []})
    with app.app_context():
        assert db.session.execute(select(ActivityCommitment.commitment_id)).scalars().all() == [foreign]


def test_the_second_writer_sees_both_versions_and_can_still_save_the_own_one(sign_in, planned: int) -> None:
    first, second, path = sign_in("kodim"), sign_in("sekretariat"), f"/kegiatan/{planned}/ubah"
    mine, theirs = first.get(path), second.get(path)
    first.submit(mine, path, {"title": "Dari Kodim"})
    page = second.submit(theirs, path, {"title": "Dari sekretariat"}, 409)
    assert "Dari Kodim" in page.text
    assert "Dari sekretariat" in page.text
    second.submit(page, path)
    shown = second.get(f"/kegiatan/{planned}")
    assert shown.h1 == "Dari sekretariat"
    assert "Pengamanan" in shown.text


def test_after_verification_the_secretariat_alone_changes_the_plan(sign_in, write, who, planned: int) -> None:
    with write():
        reported(None, planned)
        service.verify(who=who("sekretariat"), activity_id=planned, decision="accept")
    for name in ("kodim", "opd"):
        sign_in(name).get(f"/kegiatan/{planned}/ubah", 403)
    sign_in("sekretariat").get(f"/kegiatan/{planned}/ubah", 200)


# --- calling off -------------------------------------------------------------------------------------------------


def test_calling_off_asks_for_a_reason_and_keeps_the_activity(app, sign_in, planned: int) -> None:
    browser, path = sign_in("kodim"), f"/kegiatan/{planned}/batal"
    assert "tidak dapat diurungkan" in browser.get(path).text
    page = browser.post(path, {"reason": " "}, 422)
    assert page.errors() == ["Wajib diisi."]
    browser.post(path, {"reason": "Banjir di Kikim Timur"})
    shown = browser.get(f"/kegiatan/{planned}")
    assert "Dibatalkan" in shown.text
    assert "Banjir di Kikim Timur" in shown.text
    browser.post(path, {"reason": "Lagi"}, 403)
    browser.get(f"/kegiatan/{planned}/realisasi", 403)
    with app.app_context():
        assert not any(db.session.execute(select(ActivityScope.is_open)).scalars())
        assert audit.history("activity", planned)[0].sentence.startswith("Kapten Sari membatalkan kegiatan")


def test_one_who_only_takes_part_cannot_call_it_off(sign_in, planned: int) -> None:
    sign_in("polri").get(f"/kegiatan/{planned}/batal", 403)
    sign_in("polri").post(f"/kegiatan/{planned}/batal", {"reason": "Iseng"}, 403)
