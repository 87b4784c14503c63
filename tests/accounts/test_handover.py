"""Serah terima: the successor gets everything of the unit, the predecessor loses it that day, history stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kbpartners import clock
from kbpartners.accounts.models import AccessToken, User
from kbpartners.accounts.service import check as accounts_check
from kbpartners.accounts.service import handover, identity_for, posts
from kbpartners.attachments import service as attachments
from kbpartners.audit import service as audit
from kbpartners.commitments.models import Commitment
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound, Refused
from kbpartners.followups.models import Followup
from kbpartners.followups.service import contacts
from kbpartners.organizations import service as organizations
from kbpartners.organizations.models import Assignment, Organization, Post
from tests.cast import PASSWORD
from tests.conftest import TODAY
from tests.factories.accounts import invite
from tests.factories.attachments import photo, upload
from tests.factories.commitments import commitment, reported
from tests.factories.followups import make_followup

TOMORROW, NEXT_WEEK = TODAY + timedelta(days=1), TODAY + timedelta(days=7)


def day(value: date) -> str:
    return value.strftime("%d/%m/%Y")


def page_of(cast, name: str = "tni") -> str:
    return f"/pengguna/serah-terima/{cast.posts[name]}"


def fields(**more: Any) -> dict[str, Any]:
    return {"acting": "definitif", "valid_from": day(TODAY), "valid_to": "", "user_id": "", "name": "", "phone": "",
            "email": "", **more}  # fmt: skip


def held(post_id: int) -> list[tuple[str, str, date, date | None]]:
    return [(t.name, t.acting, t.valid_from, t.valid_to) for t in posts.tenures(post_id)]


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tni", "kodim", "polri", "opd", "pimpinan", "stranger"])
def test_only_the_office_hands_posts_over(sign_in, cast, name: str) -> None:
    browser = sign_in(name)
    browser.get("/pengguna/serah-terima", 403)
    browser.get(page_of(cast), 403)
    browser.post(page_of(cast), fields(user_id=cast.users["kodim"]), 403)
    browser.post(f"{page_of(cast)}/kosong", {"since": day(TODAY)}, 403)
    browser.get("/pengguna/tanpa-penghubung", 403)


def test_the_secretariat_does_it_for_partners_and_opd_the_admin_for_all(sign_in, cast) -> None:
    desk, admin = sign_in("sekretariat"), sign_in("admin")
    desk.get(page_of(cast))
    desk.get(page_of(cast, "opd"))
    for name in ("admin", "sekretariat", "pimpinan"):
        desk.get(page_of(cast, name), 403)
        desk.post(page_of(cast, name), fields(user_id=cast.users["tni"]), 403)
        desk.post(f"{page_of(cast, name)}/kosong", {"since": day(TODAY)}, 403)
        admin.get(page_of(cast, name))


def test_nobody_does_it_for_themselves(ctx, cast, who) -> None:
    admin = who("admin")
    with pytest.raises(Refused, match="sendiri"):
        handover.hand_over(who=admin, post_id=cast.posts["tni"], user_id=admin.user_id, valid_from=TODAY)
    with pytest.raises(Refused, match="sendiri"):
        handover.hand_over(
            who=who("pimpinan"), post_id=cast.posts["tni"], user_id=cast.users["pimpinan"], valid_from=TODAY
        )
    posts.assign(who=None, user_id=admin.user_id, organization_id=cast.units["idi"], title="Ketua",
                 role="penghubung", valid_from=date(2026, 1, 1))  # fmt: skip
    (ketua,) = [p.post_id for p in posts.held_by([admin.user_id])[admin.user_id] if p.title == "Ketua"]
    with pytest.raises(Refused, match="sendiri"):
        handover.hand_over(who=admin, post_id=ketua, user_id=cast.users["tni"], valid_from=TODAY)
    with pytest.raises(Refused, match="sendiri"):
        handover.vacate(who=admin, post_id=ketua, since=TODAY)
    with pytest.raises(Refused, match="sendiri"):
        posts.assign(who=admin, user_id=admin.user_id, organization_id=cast.units["bank"], title="Direktur",
                     role="penghubung", valid_from=TODAY)  # fmt: skip


def test_a_post_that_ended_and_one_that_is_unknown_are_not_found(ctx, cast, who) -> None:
    db.session.get_one(Post, cast.posts["tni"]).ended_on = TODAY
    with pytest.raises(NotFound):
        handover.seat(cast.posts["tni"], who("admin"))
    with pytest.raises(NotFound):
        handover.seat(987654, who("admin"))


# --- the step --------------------------------------------------------------------------------------------------------


@pytest.fixture
def work(write, cast):
    """Open things of the Kodam: two commitments (one sent back), a follow-up."""
    made: dict[str, int] = {}
    with write():
        made["commitment"] = commitment(cast)
        made["returned"] = commitment(cast, title="Dikembalikan")
        made["followup"] = make_followup(cast.units["kodam"])
        db.session.get_one(Commitment, made["returned"]).report_state = "returned"
    return made


def test_what_the_successor_gets_is_shown_before(sign_in, cast, work) -> None:
    page = sign_in("sekretariat").get(page_of(cast))
    assert "2 komitmen, 1 tindak lanjut, 1 perlu dilengkapi" in page.text
    assert f"/komitmen/{work['commitment']}" in page.links()
    assert f"/tindak-lanjut/{work['followup']}" in page.links()
    assert "Mayor Budi sejak 1 Januari 2016" in page.text


def test_an_existing_person_follows_today_and_the_predecessor_is_out(app, sign_in, cast, work, on_day) -> None:
    desk, old, new = sign_in("sekretariat"), sign_in("tni"), sign_in("kodim")
    old.get(f"/komitmen/{work['commitment']}")
    new.get(f"/komitmen/{work['commitment']}", 404)
    answer = desk.submit(desk.get(page_of(cast)), page_of(cast), fields(user_id=str(cast.users["kodim"])), 200)
    assert answer.h1 == "Serah terima tercatat"
    assert "Mayor Budi bertugas sampai 9 Juni 2026. Semua peramban yang sedang masuk sudah dikeluarkan." in answer.text
    assert "Yang menunggu: 2 komitmen" in answer.text
    assert not answer.select("//input[@id='link']"), "who has a password needs no link"
    for path in (f"/komitmen/{work['commitment']}", f"/tindak-lanjut/{work['followup']}", "/"):
        old.get(path, 303)
        new.get(path)
    with app.app_context():
        assert held(cast.posts["tni"]) == [("Kapten Sari", "", TODAY, None),
                                           ("Mayor Budi", "", date(2016, 1, 1), TODAY - timedelta(days=1))]  # fmt: skip
        # Who had several posts keeps the others.
        assert set(identity_for(cast.users["kodim"]).unit_ids) == {cast.units["kodam"], cast.units["kodim"]}
        assert identity_for(cast.users["tni"]) is None


def test_a_new_successor_is_invited_right_there(app, sign_in, client, cast, work) -> None:
    desk = sign_in("sekretariat")
    answer = desk.post(page_of(cast), fields(name="Letkol Andi", phone="0811 2222 333"), 200)
    url = answer.select("//input[@id='link']/@value")[0]
    assert answer.select("//a[starts-with(@href, 'https://wa.me/628112222333?text=')]")
    path = url.removeprefix("http://localhost")
    page = client.get(path)
    client.submit(page, path, {"password": "empat kuda lumping", "password_again": "empat kuda lumping"})
    client.get(f"/komitmen/{work['commitment']}")
    with app.app_context():
        sentences = [e.sentence for e in audit.history("organization", cast.units["kodam"])]
        assert sentences[0] == (
            "Rina Sekretariat mencatat serah terima Perwira penghubung, Kodam II/Sriwijaya: Letkol Andi mulai "
            "10/06/2026, menggantikan Mayor Budi."
        )
        left = audit.history("user", cast.users["tni"])[0]
        assert left.sentence == (
            "Rina Sekretariat mengakhiri tugas Mayor Budi (Perwira penghubung, Kodam II/Sriwijaya) pada 09/06/2026, "
            "digantikan Letkol Andi."
        )
        assert left.by == "Rina Sekretariat (Sekretariat kemitraan, Perwakilan BKKBN Provinsi Sumatera Selatan)"


def test_an_address_that_is_known_chooses_its_person_instead_of_refusing(app, sign_in, cast) -> None:
    desk = sign_in("sekretariat")
    page = desk.post(page_of(cast), fields(name="Dewi", email="POLRI@contoh.id"), 422)
    assert "Sudah terdaftar sebagai AKP Dewi, dan sudah dipilih." in page.text
    assert page.form(page_of(cast))["user_id"] == str(cast.users["polri"])
    desk.submit(page, page_of(cast), status=200)
    with app.app_context():
        assert held(cast.posts["tni"])[0][0] == "AKP Dewi"
    # Whom the secretariat does not see, it does not choose either.
    page = desk.post(page_of(cast), fields(name="Ayu", email="admin@contoh.id", valid_from=day(TOMORROW)), 422)
    assert "Surel ini sudah dipakai akun lain." in page.text


def test_a_day_in_the_future_comes_true_by_itself(app, sign_in, client, cast, work, on_day) -> None:
    desk, old = sign_in("sekretariat"), sign_in("tni")
    answer = desk.post(
        page_of(cast), fields(name="Letkol Andi", email="andi@contoh.id", valid_from=day(NEXT_WEEK)), 200
    )
    assert "Aksesnya berhenti dengan sendirinya." in answer.text
    path = answer.select("//input[@id='link']/@value")[0].removeprefix("http://localhost")
    old.get(f"/komitmen/{work['commitment']}")
    secret = {"password": "empat kuda lumping", "password_again": "empat kuda lumping"}
    assert client.submit(client.get(path), path, secret).location == "/masuk"
    page = client.get("/masuk")
    assert "Kata sandi tersimpan." in page.text
    assert "mulai 17 Juni 2026" in page.text
    early = client.post("/masuk", {"email": "andi@contoh.id", "password": secret["password"]}, 422, page="/masuk")
    assert "Masuk lagi pada hari itu." in early.text
    on_day(NEXT_WEEK - timedelta(days=1))
    old.get(f"/komitmen/{work['commitment']}")
    on_day(NEXT_WEEK)
    old.get(f"/komitmen/{work['commitment']}", 303)
    client.post("/masuk", {"email": "andi@contoh.id", "password": secret["password"]}, page="/masuk")
    client.get(f"/komitmen/{work['commitment']}")


def test_the_narahubung_of_records_follows_the_post(app, ctx, cast, who) -> None:
    number = make_followup(cast.units["kodam"], contact_post_id=cast.posts["tni"])
    unit, post = cast.units["kodam"], cast.posts["tni"]
    assert contacts.of_unit(unit, post).name == "Mayor Budi"
    handover.hand_over(who=who("sekretariat"), post_id=post, user_id=cast.users["kodim"], valid_from=TODAY)
    assert contacts.of_unit(unit, post).name == "Kapten Sari"
    assert db.session.get_one(Followup, number).contact_post_id == post
    assert organizations.holder_today([post])[post].name == "Kapten Sari"


def test_whoever_stands_in_is_the_narahubung_meanwhile(ctx, cast, who) -> None:
    post, unit = cast.posts["tni"], cast.units["kodam"]
    handover.hand_over(who=who("sekretariat"), post_id=post, user_id=cast.users["kodim"], valid_from=TODAY,
                       valid_to=NEXT_WEEK, acting="plh")  # fmt: skip
    contact = contacts.of_unit(unit, post)
    assert (contact.name, contact.acting) == ("Kapten Sari", "Plh.")
    assert organizations.holder_today([post])[post].name == contact.name


def test_plh_leaves_the_holder_in_place_and_goes_by_itself(app, sign_in, cast, work, on_day, write, who) -> None:
    old, stand_in = sign_in("tni"), sign_in("kodim")
    desk = sign_in("sekretariat")
    data = fields(acting="plh", user_id=str(cast.users["kodim"]), valid_to=day(TOMORROW))
    answer = desk.post(page_of(cast), data, 200)
    assert "Tidak ada yang berhenti bertugas." in answer.text
    for _day in (TODAY, TOMORROW):
        on_day(_day)
        old.get(f"/komitmen/{work['commitment']}")
        stand_in.get(f"/komitmen/{work['commitment']}")
    on_day(TOMORROW + timedelta(days=1))
    stand_in.get(f"/komitmen/{work['commitment']}", 404)
    old.get(f"/komitmen/{work['commitment']}")


def test_the_title_of_an_acting_holder_is_in_the_log(ctx, cast, who) -> None:
    handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["kodim"],
                       valid_from=TODAY, acting="plt")  # fmt: skip
    acting = identity_for(cast.users["kodim"])
    audit.record(acting, "setting", 0, "Sesuatu.")
    assert audit.history("setting", 0)[0].by == "Kapten Sari (Plt. Perwira penghubung, Kodam II/Sriwijaya)"


def test_the_log_keeps_name_post_and_unit_of_that_day(ctx, cast, who) -> None:
    audit.record(who("tni"), "setting", 0, "Sesuatu.")
    handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["kodim"], valid_from=TODAY)
    db.session.get_one(User, cast.users["tni"]).name = "Brigjen Budi"
    db.session.get_one(Organization, cast.units["kodam"]).name = "Kodam Lain"
    db.session.get_one(Post, cast.posts["tni"]).title = "Pejabat lain"
    db.session.flush()
    assert audit.history("setting", 0)[0].by == "Mayor Budi (Perwira penghubung, Kodam II/Sriwijaya)"


def test_the_log_page_shows_who_it_was_that_day(sign_in, cast, write, who) -> None:
    with write():
        audit.record(who("tni"), "setting", 0, "Sesuatu.")
        handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["kodim"],
                           valid_from=TODAY)  # fmt: skip
        db.session.get_one(User, cast.users["tni"]).name = "Brigjen Budi"
    page = sign_in("pimpinan").get("/riwayat?jenis=setting")
    assert "Mayor Budi (Perwira penghubung, Kodam II/Sriwijaya)" in page.text


def test_an_invitation_of_somebody_who_left_meanwhile_is_over(app, sign_in, client, cast, on_day) -> None:
    desk = sign_in("sekretariat")
    data = fields(name="Letkol Andi", email="andi@contoh.id", acting="plh", valid_to=day(TOMORROW))
    path = desk.post(page_of(cast), data, 200).select("//input[@id='link']/@value")[0]
    path = path.removeprefix("http://localhost")
    client.get(path)
    on_day(TOMORROW + timedelta(days=1))
    client.get(path, 410)
    with app.app_context():
        user_id = db.session.execute(select(User.id).where(User.email == "andi@contoh.id")).scalar_one()
    page = desk.get(f"/pengguna/{user_id}")
    assert "tidak memegang jabatan" in page.text
    assert not page.select("//form[contains(@action, '/tautan')]")


def test_doctor_names_posts_that_two_people_hold(ctx, cast) -> None:
    assert accounts_check() == []
    db.session.add(Assignment(post_id=cast.posts["tni"], user_id=cast.users["kodim"], valid_from=TODAY))
    db.session.flush()
    assert accounts_check() == [
        "jabatan Perwira penghubung, Kodam II/Sriwijaya dipegang 2 orang sekaligus; perbaiki di /pengguna"
    ]


# --- what is refused -------------------------------------------------------------------------------------------------


def refused(who, cast, field: str, words: str, **more: Any) -> None:
    wanted = {"post_id": cast.posts["tni"], "user_id": cast.users["kodim"], "valid_from": TODAY, **more}
    with pytest.raises(Invalid, match=words) as caught:
        handover.hand_over(who=who("sekretariat"), **wanted)
    assert caught.value.field == field


def test_days_that_cannot_be_are_refused_on_their_field(ctx, cast, who) -> None:
    refused(who, cast, "valid_to", "sebelum hari mulai", valid_to=TODAY - timedelta(days=1))
    refused(who, cast, "valid_from", "sudah tercatat mulai", valid_from=date(2015, 1, 1))
    refused(who, cast, "valid_from", "pada hari yang sama", valid_from=date(2016, 1, 1))
    refused(who, cast, "valid_to", "Isi hari terakhirnya", acting="plh")
    refused(who, cast, "user_id", "sudah memegang", user_id=cast.users["tni"])


def test_plh_needs_somebody_to_stand_in_for(ctx, cast, who) -> None:
    handover.vacate(who=who("sekretariat"), post_id=cast.posts["tni"], since=TODAY)
    refused(who, cast, "acting", "pilih Plt", acting="plh", valid_to=NEXT_WEEK)
    handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["kodim"],
                       valid_from=TODAY, acting="plt")  # fmt: skip
    # The Plt. is appointed: the same person goes on, definitive.
    handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["kodim"],
                       valid_from=NEXT_WEEK)  # fmt: skip
    assert held(cast.posts["tni"])[:2] == [("Kapten Sari", "", NEXT_WEEK, None),
                                           ("Kapten Sari", "plt", TODAY, NEXT_WEEK - timedelta(days=1))]  # fmt: skip


def test_two_definitive_holders_at_once_are_refused_everywhere(ctx, cast, who) -> None:
    again = {"organization_id": cast.units["kodam"], "title": "perwira penghubung", "role": "penghubung"}
    with pytest.raises(Invalid, match="masih dipegang Mayor Budi") as caught:
        posts.assign(who=who("sekretariat"), user_id=cast.users["kodim"], valid_from=TODAY, **again)
    assert caught.value.field == "title"
    with pytest.raises(Invalid, match="masih dipegang"):
        posts.assign(who=who("sekretariat"), user_id=cast.users["kodim"], valid_from=TODAY, acting="plt", **again)
    posts.assign(who=who("sekretariat"), user_id=cast.users["kodim"], valid_from=TODAY, acting="plh",
                 valid_to=NEXT_WEEK, **again)  # fmt: skip
    # A second handover for later is refused while one is on the list; a longer end runs into it, too.
    handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["polri"],
                       valid_from=NEXT_WEEK + timedelta(days=1))  # fmt: skip
    refused(who, cast, "valid_from", "Batalkan dahulu", user_id=cast.users["stranger"], valid_from=TOMORROW)
    (own,) = posts.held_by([cast.users["tni"]])[cast.users["tni"]]
    with pytest.raises(Invalid, match="dipegang AKP Dewi"):
        posts.end(own.assignment_id, who=who("sekretariat"), user_id=cast.users["tni"], valid_to=date(2027, 1, 1))


def test_the_office_may_have_several_admins_and_secretaries_under_one_title(ctx, cast, who) -> None:
    for name, title, role in [("pimpinan", "Administrator sistem", "admin"),
                              ("pimpinan", "Sekretariat kemitraan", "sekretariat")]:  # fmt: skip
        posts.assign(who=who("admin"), user_id=cast.users[name], organization_id=cast.units["office"], title=title,
                     role=role, valid_from=TODAY)  # fmt: skip
    assert len(posts.tenures(cast.posts["sekretariat"])) == 2
    (first,) = [t for t in posts.tenures(cast.posts["sekretariat"]) if t.name == "Rina Sekretariat"]
    done = handover.hand_over(who=who("admin"), post_id=cast.posts["sekretariat"], user_id=cast.users["tni"],
                              valid_from=TODAY, leaving=[first.assignment_id])  # fmt: skip
    assert [tenure.name for tenure in done.ended] == ["Rina Sekretariat"]
    with pytest.raises(Refused, match="dipegang bersama"):
        handover.vacate(who=who("admin"), post_id=cast.posts["sekretariat"], since=TODAY)


def test_a_deactivated_person_follows_nobody(ctx, cast, who) -> None:
    db.session.get_one(User, cast.users["kodim"]).deactivated_at = clock.now()
    refused(who, cast, "user_id", "nonaktif")


def test_a_refused_step_keeps_what_was_typed_and_changes_nothing(app, sign_in, cast) -> None:
    desk = sign_in("sekretariat")
    page = desk.post(page_of(cast), fields(name="Letkol Andi", phone="0811 2222 333", valid_from="besok"), 422)
    assert page.form(page_of(cast))["name"] == "Letkol Andi"
    assert page.select("//*[@id='errsum']")
    page = desk.post(page_of(cast), fields(), 422)
    assert "Pilih pengganti di atas, atau tulis nama orang baru." in page.text
    assert "salah satunya dipakai untuk masuk" in desk.post(page_of(cast), fields(name="Andi"), 422).text
    with app.app_context():
        assert len(held(cast.posts["tni"])) == 1
        assert db.session.execute(select(func.count()).select_from(User)).scalar_one() == 8
        assert db.session.execute(select(func.count()).select_from(AccessToken)).scalar_one() == 0


# --- vacant, and back ------------------------------------------------------------------------------------------------


def test_the_holder_has_moved_and_nobody_follows_yet_is_one_tap(app, sign_in, cast, work) -> None:
    desk, old = sign_in("sekretariat"), sign_in("tni")
    here = f"/mitra/{cast.units['kodam']}/jabatan/{cast.posts['tni']}"
    page = desk.get(here)
    answer = desk.submit(page, f"{page_of(cast)}/kosong")
    assert answer.location == here
    old.get("/", 303)
    page = desk.get(here)
    assert "Jabatan kosong" in page.text
    assert "Mayor Budi" in page.text
    assert "9 Juni 2026" in page.text
    listed = desk.get("/pengguna/tanpa-penghubung")
    assert "Kodam II/Sriwijaya" in listed.text
    assert "2 komitmen" in listed.text
    for path in (f"/komitmen/{work['commitment']}", f"/tindak-lanjut/{work['followup']}"):
        assert "tanpa penghubung aktif" in desk.get(path).text
    assert (
        "Tidak ada yang memegang jabatan ini" in desk.post(f"{page_of(cast)}/kosong", {"since": day(TODAY)}, 422).text
    )


def test_with_a_liaison_the_on_behalf_form_says_nothing_of_it(sign_in, cast, work) -> None:
    assert "tanpa penghubung aktif" not in sign_in("sekretariat").get(f"/komitmen/{work['commitment']}").text


def test_what_has_not_begun_is_taken_back(app, sign_in, cast, on_day) -> None:
    desk = sign_in("sekretariat")
    desk.post(page_of(cast), fields(user_id=str(cast.users["kodim"]), valid_from=day(NEXT_WEEK)), 200)
    page = desk.get(f"/mitra/{cast.units['kodam']}/jabatan/{cast.posts['tni']}")
    assert "Akan menjabat" in page.text
    (ask,) = [link for link in page.links() if "/batal/" in link]
    page = desk.get(ask)
    assert "Kapten Sari tidak jadi bertugas mulai 17 Juni 2026." in page.text
    desk.submit(page, ask)
    with app.app_context():
        assert held(cast.posts["tni"]) == [("Mayor Budi", "", date(2016, 1, 1), None)]
        assert "membatalkan penugasan Kapten Sari" in audit.history("organization", cast.units["kodam"])[0].sentence
    desk.get(ask, 404)
    with app.app_context():
        assignment = posts.tenures(cast.posts["tni"])[0].assignment_id
    desk.get(f"{page_of(cast)}/batal/{assignment}", 404)


def test_taking_back_the_middle_one_keeps_room_for_the_next(ctx, cast, who) -> None:
    desk, post = who("sekretariat"), cast.posts["tni"]
    handover.hand_over(who=desk, post_id=post, user_id=cast.users["kodim"], valid_from=TOMORROW)
    handover.hand_over(who=desk, post_id=post, user_id=cast.users["polri"], valid_from=NEXT_WEEK)
    middle = next(t.assignment_id for t in posts.tenures(post) if t.name == "Kapten Sari")
    handover.cancel(who=desk, post_id=post, assignment_id=middle, reopen=True)
    assert held(post) == [("AKP Dewi", "", NEXT_WEEK, None),
                          ("Mayor Budi", "", date(2016, 1, 1), NEXT_WEEK - timedelta(days=1))]  # fmt: skip


# --- nothing is lost -------------------------------------------------------------------------------------------------


def test_the_successor_adds_late_evidence_to_the_predecessors_report(app, sign_in, cast, write, who, work) -> None:
    with write():
        report = reported(cast, work["commitment"], 100)
        handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["kodim"],
                           valid_from=TODAY)  # fmt: skip
    path = f"/komitmen/{work['commitment']}/laporan/{report}/bukti"
    sign_in("kodim").get(path)
    sign_in("polri").get(path, 404)


def test_what_the_predecessor_was_typing_is_shown_although_nobody_is_let_in(sign_in, cast, work, write, who) -> None:
    old = sign_in("tni")
    path = f"/komitmen/{work['commitment']}"
    form = old.get(path).form(f"{path}/laporan")
    with write():
        handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["kodim"],
                           valid_from=TODAY)  # fmt: skip
    page = old.post(f"{path}/laporan", {**form, "note": "Sudah 12 kecamatan."}, 419)
    assert "Sudah 12 kecamatan." in page.text
    again = old.submit(page, "/masuk", {"email": "tni@contoh.id", "password": PASSWORD}, 422)
    assert "Sudah 12 kecamatan." in again.text
    assert "berakhir 9 Juni 2026" in again.text


def test_a_file_that_was_not_sent_yet_is_still_there_for_the_secretariat(app, sign_in, cast, write, who) -> None:
    with write():
        prepared = attachments.prepare([upload(photo())], attachments.limit_bytes())
        attachments.save(prepared, who=who("tni"), draft_token="belum-terkirim")
    here = f"/mitra/{cast.units['kodam']}/jabatan/{cast.posts['tni']}"
    desk = sign_in("sekretariat")
    assert "belum terkirim" not in desk.get(here).text
    with write():
        handover.vacate(who=who("sekretariat"), post_id=cast.posts["tni"], since=TODAY)
    (file,) = [link for link in desk.get(here).links() if link.startswith("/lampiran/")]
    assert desk.http.get(file).status_code == 200
    for name in ("kodim", "pimpinan", "polri"):
        assert sign_in(name).http.get(file).status_code == 404
    assert file not in sign_in("pimpinan").get(here).links()


def test_the_page_of_a_handover_asks_few_questions(sign_in, cast, work, write, count_queries) -> None:
    with write():
        for number in range(30):
            invite(cast.units["kodam"], name=f"Orang {number}", email=f"o{number}@contoh.id", title=f"Jabatan {number}")
    desk = sign_in("sekretariat")
    with count_queries() as seen:
        desk.get(page_of(cast))
    assert len(seen) <= 12
    with count_queries() as seen:
        desk.get(f"/mitra/{cast.units['kodam']}/jabatan")
    assert len(seen) <= 5


def test_choosing_the_post_finds_it_by_title_unit_and_holder(sign_in, cast) -> None:
    desk = sign_in("sekretariat")
    for q in ("perwira kodam", "sriwijaya", "mayor budi"):
        assert page_of(cast) in desk.get(f"/pengguna/serah-terima?q={q}").links(), q
    assert "Tidak ada yang cocok" in desk.get("/pengguna/serah-terima?q=zzz").text
    assert page_of(cast, "admin") not in desk.get("/pengguna/serah-terima?q=ayu").links()
    assert page_of(cast) in desk.get(f"/pengguna/serah-terima?organization_id={cast.units['kodam']}").links()


# --- the history of a post -------------------------------------------------------------------------------------------


def test_who_held_a_post_when_is_for_the_unit_itself_and_the_office(sign_in, cast, write, who) -> None:
    with write():
        handover.hand_over(who=who("sekretariat"), post_id=cast.posts["tni"], user_id=cast.users["kodim"],
                           valid_from=TODAY)  # fmt: skip
    here = f"/mitra/{cast.units['kodam']}/jabatan/{cast.posts['tni']}"
    for name in ("kodim", "pimpinan", "admin"):
        page = sign_in(name).get(here)
        assert "Mayor Budi" in page.text, "history stays"
        assert "1 Januari 2016 – 9 Juni 2026" in page.text
        assert ("Serah terima" in page.text) == (name == "admin")
    sign_in("opd").get(here, 403)
    sign_in("polri").get(here, 404)
    sign_in("kodim").get(f"/mitra/{cast.units['kodim']}/jabatan/{cast.posts['tni']}", 404)
