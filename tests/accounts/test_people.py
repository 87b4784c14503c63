"""The list of people, inviting, editing, posts, deactivating: who may do it, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from kbpartners import clock
from kbpartners.accounts.models import AccessToken, User
from kbpartners.accounts.service import facts, people, posts
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Invalid, Refused
from kbpartners.organizations.models import Assignment, Post
from kbpartners.security import Role
from tests.factories.accounts import invite


def names(page) -> list[str]:
    return [node.text_content() for node in page.select("//table//a[@class='t']")]


def fields(cast, **more):
    return {
        "name": "Letda Nina",
        "email": "nina@contoh.id",
        "phone": "",
        "organization_id": cast.units["kodim_palembang"],
        "title": "Perwira penghubung",
        "role": "penghubung",
        "acting": "",
        "valid_from": "10/06/2026",
        **more,
    }


def test_the_admin_sees_everybody_by_name(sign_in) -> None:
    found = names(sign_in("admin").get("/pengguna"))
    assert found == sorted(found)
    assert len(found) == 8


def test_the_secretariat_sees_those_who_speak_for_partners_and_opd(sign_in, cast) -> None:
    desk = sign_in("sekretariat")
    assert names(desk.get("/pengguna")) == ["AKP Dewi", "Ibu Lahat", "Kapten Sari", "Mayor Budi", "Orang Lain"]
    desk.get(f"/pengguna/{cast.users['admin']}", 404)
    desk.post(f"/pengguna/{cast.users['pimpinan']}/tautan", {}, 404)
    desk.get(f"/pengguna/{cast.users['tni']}")


@pytest.mark.parametrize("name", ["tni", "opd", "pimpinan"])
def test_others_see_no_list_of_people(sign_in, cast, name: str) -> None:
    browser = sign_in(name)
    browser.get("/pengguna", 403)
    browser.get(f"/pengguna/{cast.users['tni']}", 403)
    browser.post("/pengguna/baru", {}, 403)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=budi", ["Mayor Budi"]),
        ("q=BUDI", ["Mayor Budi"]),
        ("q=tni@contoh", ["Mayor Budi"]),
        ("q=081234567803", ["Mayor Budi"]),
        ("q=%25", []),
        ("role=opd", ["Ibu Lahat"]),
        ("status=invited", []),
        ("status=off", []),
        ("status=ngawur&role=ngawur", ["x"] * 8),
    ],
)
def test_the_list_is_filtered(sign_in, query: str, expected: list[str]) -> None:
    found = names(sign_in("admin").get(f"/pengguna?{query}"))
    assert found == expected if "x" not in expected else len(found) == 8


def test_an_empty_result_says_so_and_leads_back(sign_in) -> None:
    page = sign_in("admin").get("/pengguna?q=tidak-ada")
    assert "Tidak ada yang cocok" in page.text
    assert "/pengguna" in page.links()


def test_the_list_pages_by_key_and_costs_the_same_queries(app, sign_in, write, cast, count_queries) -> None:
    with write():
        for number in range(60):
            user = User(name=f"Orang {number % 7}", email=f"o{number}@contoh.id", created_at=clock.now())
            db.session.add(user)
            db.session.flush()
            db.session.add(Assignment(post_id=cast.posts["tni"], user_id=user.id, valid_from=clock.today()))
    admin = sign_in("admin")
    with count_queries() as seen:
        first = admin.get("/pengguna")
    assert len(seen) <= 4
    following = first.select("//a[@rel='next']/@href")[0]
    second = admin.get(following)
    ids = [link for page in (first, second) for link in page.select("//table//a[@class='t']/@href")]
    assert len(ids) == len(set(ids)) == 68
    assert not second.select("//a[@rel='next']")


def test_filtering_with_htmx_answers_the_rows_alone(sign_in) -> None:
    page = sign_in("admin").get("/pengguna?q=budi", htmx="hasil")
    assert page.select("//*[@id='hasil']")
    assert not page.select("//nav[@aria-label='Menu utama']")


def test_inviting_makes_person_post_assignment_and_a_link_to_send(app, sign_in, cast) -> None:
    desk = sign_in("sekretariat")
    form = desk.get("/pengguna/baru").form("/pengguna/baru")
    page = desk.post("/pengguna/baru", {**form, **fields(cast, phone="0811 2222 333")}, 200)
    url = page.select("//input[@id='link']/@value")[0]
    assert url.startswith("http://localhost/undangan/")
    assert page.select("//a[starts-with(@href, 'https://wa.me/628112222333?text=')]")
    assert page.select("//textarea[contains(., '/undangan/')]")
    fresh = type(desk)(app)
    fresh.get(url.removeprefix("http://localhost"))
    with app.app_context():
        user = db.session.execute(select(User).where(User.email == "nina@contoh.id")).scalar_one()
        assert (user.phone, user.password_hash) == ("+628112222333", None)
        (held,) = posts.held_by([user.id])[user.id]
        assert (held.title, held.role, held.valid_from) == ("Perwira penghubung", "penghubung", date(2026, 6, 10))
        sentences = [entry.sentence for entry in audit.history("user", user.id)]
    assert sentences == [
        "Rina Sekretariat membuat tautan masuk baru untuk Letda Nina.",
        "Rina Sekretariat menugaskan Letda Nina sebagai Perwira penghubung, Kodim 0418/Palembang.",
        "Rina Sekretariat menambahkan pengguna Letda Nina.",
    ]
    assert "Diundang, belum masuk" in desk.get("/pengguna?status=invited").text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Nama lengkap: Wajib diisi."),
        ({"email": "", "phone": ""}, "salah satunya dipakai untuk masuk"),
        ({"email": "bukan surel"}, "alamat surel yang lengkap"),
        ({"email": "TNI@contoh.id"}, "Surel ini sudah dipakai akun lain."),
        ({"phone": "0812-3456-7803"}, "Nomor ponsel ini sudah dipakai akun lain."),
        ({"phone": "0711 123456"}, "Tulis nomor ponsel seperti"),
        ({"organization_id": ""}, "Satuan/Unit kerja: Wajib diisi."),
        ({"organization_id": "99999"}, "Pilih salah satu dari daftar."),
        ({"valid_from": "31/02/2017"}, "tidak ada di bulan itu"),
        ({"valid_from": "besok"}, "Tulis tanggal seperti"),
        ({"role": "opd"}, "Peran OPD-KB hanya untuk satuan berkategori OPD."),
        ({"role": "admin"}, "Pilih salah satu dari daftar."),
    ],
)
def test_a_wrong_invitation_is_refused_on_its_field_and_nothing_is_kept(app, sign_in, cast, wrong, says) -> None:
    desk = sign_in("sekretariat")
    page = desk.post("/pengguna/baru", fields(cast, **wrong), 422)
    assert says in page.text
    assert page.select("//*[@id='errsum']")
    with app.app_context():
        assert db.session.execute(select(func.count()).select_from(User)).scalar_one() == 8
        assert db.session.execute(select(func.count()).select_from(AccessToken)).scalar_one() == 0


def test_office_roles_are_for_the_office_and_for_the_admin_to_give(sign_in, cast) -> None:
    admin = sign_in("admin")
    page = admin.post("/pengguna/baru", fields(cast, role="sekretariat"), 422)
    assert "hanya untuk satuan BKKBN" in page.text
    admin.post("/pengguna/baru", fields(cast, role="sekretariat", organization_id=cast.units["team"]), 200)
    with pytest.raises(Invalid):
        facts.check_fit(Role.ADMIN, "tni")


def test_a_post_that_the_unit_has_is_used_again_and_may_pass_on(app, sign_in, cast) -> None:
    admin = sign_in("admin")
    data = fields(cast, organization_id=cast.units["kodam"], title="perwira penghubung", replaces="y")
    admin.post("/pengguna/baru", data, 200)
    with app.app_context():
        rows = db.session.execute(
            select(Assignment.user_id, Assignment.valid_to).where(Assignment.post_id == cast.posts["tni"])
        ).all()
        titles = db.session.execute(
            select(func.count()).select_from(Post).where(Post.organization_id == cast.units["kodam"])
        ).scalar_one()
    assert titles == 1
    ended = {row.user_id: row.valid_to for row in rows}
    assert ended.pop(cast.users["tni"]) == date(2026, 6, 9)
    assert list(ended.values()) == [None]


def test_a_fresh_link_is_one_tap(app, sign_in, cast) -> None:
    desk = sign_in("sekretariat")
    page = desk.get(f"/pengguna/{cast.users['tni']}")
    answer = desk.submit(page, f"/pengguna/{cast.users['tni']}/tautan", status=200)
    url = answer.select("//input[@id='link']/@value")[0]
    assert type(desk)(app).get(url.removeprefix("http://localhost")).h1 == "Kata sandi baru"
    part = desk.post(f"/pengguna/{cast.users['tni']}/tautan", {}, 200, htmx="tautan")
    assert part.select("//*[@id='tautan']")
    assert not part.select("//h1")


def test_the_admin_edits_and_a_second_writer_sees_both_versions(app, sign_in, cast) -> None:
    admin = sign_in("admin")
    path = f"/pengguna/{cast.users['tni']}/ubah"
    form = admin.get(path).form(path)
    admin.post(path, {**form, "name": "Letkol Budi", "rank": "Letkol", "id_kind": "NRP", "id_number": "11980"})
    page = admin.post(path, {**form, "name": "Mayor Budiman"}, 409)
    assert "Letkol Budi" in page.text
    assert "Mayor Budiman" in page.text
    again = page.form(path)
    admin.post(path, again)
    assert admin.get(f"/pengguna/{cast.users['tni']}").h1 == "Mayor Budiman"
    with app.app_context():
        entry = audit.history("user", cast.users["tni"])[1]
        assert ["Nama", "Mayor Budi", "Letkol Budi"] in [list(change) for change in entry.changes]


def test_a_taken_address_is_told_on_its_field(sign_in, cast) -> None:
    admin = sign_in("admin")
    path = f"/pengguna/{cast.users['tni']}/ubah"
    form = admin.get(path).form(path)
    page = admin.post(path, {**form, "email": "polri@contoh.id"}, 422)
    assert page.errors() == ["Surel ini sudah dipakai akun lain."]
    page = admin.post(path, {**form, "phone": "081234567805"}, 422)
    assert page.errors() == ["Nomor ponsel ini sudah dipakai akun lain."]
    page = admin.post(path, {**form, "id_kind": "NIP", "id_number": "123"}, 422)
    assert page.errors() == ["NIP terdiri atas 18 angka."]


def test_the_secretariat_may_correct_an_invitation_but_not_an_active_account(sign_in, cast, write) -> None:
    with write():
        user_id, _token = invite(cast.units["kodam"])
    desk = sign_in("sekretariat")
    path = f"/pengguna/{user_id}/ubah"
    desk.post(path, {**desk.get(path).form(path), "phone": "08112222333"})
    desk.get(f"/pengguna/{cast.users['tni']}/ubah", 403)
    desk.post(f"/pengguna/{cast.users['tni']}/ubah", {"name": "x", "version": "1", "locale": "id"}, 403)
    desk.post(f"/pengguna/{cast.users['tni']}/nonaktifkan", {}, 403)


def test_deactivating_asks_first_and_can_be_undone(app, sign_in, cast) -> None:
    admin, liaison = sign_in("admin"), sign_in("tni")
    here = f"/pengguna/{cast.users['tni']}"
    page = admin.get(f"{here}/nonaktifkan")
    assert "dikeluarkan" in page.text
    admin.submit(page, f"{here}/nonaktifkan")
    liaison.get("/profil", 303)
    assert "Nonaktif" in admin.get(here).text
    admin.post(f"{here}/tautan", {}, 422)
    admin.submit(admin.get(f"{here}/aktifkan"), f"{here}/aktifkan")
    sign_in("tni").get("/profil")


def test_nobody_deactivates_themselves_or_the_last_admin(sign_in, cast, ctx, who) -> None:
    sign_in("admin").post(f"/pengguna/{cast.users['admin']}/nonaktifkan", {}, 403)
    with pytest.raises(Refused, match="admin terakhir"):
        people.deactivate(cast.users["admin"], who=None)
    assignment = posts.held_by([cast.users["admin"]])[cast.users["admin"]][0]
    with pytest.raises(Refused, match="admin terakhir"):
        posts.end(assignment.assignment_id, who=who("admin"), user_id=cast.users["admin"], valid_to=date(2026, 12, 31))


def test_with_a_second_admin_the_first_may_go(ctx, cast, who) -> None:
    posts.assign(
        who=None,
        user_id=cast.users["sekretariat"],
        organization_id=cast.units["office"],
        title="Administrator cadangan",
        role="admin",
        valid_from=clock.today(),
    )
    people.deactivate(cast.users["admin"], who=who("sekretariat"))
    assert db.session.get(User, cast.users["admin"]).deactivated_at is not None


def test_ending_a_post_takes_its_rights_on_the_day_after(app, sign_in, cast, on_day, write) -> None:
    desk, liaison = sign_in("sekretariat"), sign_in("tni")
    with app.app_context():
        (held,) = posts.held_by([cast.users["tni"]])[cast.users["tni"]]
    path = f"/pengguna/{cast.users['tni']}/jabatan/{held.assignment_id}/akhiri"
    page = desk.get(path)
    assert page.form(path)["valid_to"] == "10/06/2026"
    desk.post(path, {"valid_to": "01/01/2015"}, 422)
    desk.submit(page, path)
    liaison.get("/profil")
    on_day(date(2026, 6, 11))
    liaison.get("/profil", 303)


def test_another_post_is_added_and_not_twice(app, sign_in, cast) -> None:
    desk = sign_in("sekretariat")
    path = f"/pengguna/{cast.users['tni']}/jabatan/baru"
    data = fields(cast, organization_id=cast.units["kodim"], acting="plt")
    desk.post(path, data)
    assert "Plt. Perwira penghubung" in desk.get(f"/pengguna/{cast.users['tni']}").text
    assert "sudah memegang jabatan itu" in desk.post(path, data, 422).text
    with app.app_context():
        from kbpartners.accounts.service import identity_for

        assert identity_for(cast.users["tni"]).unit_ids == (cast.units["kodam"], cast.units["kodim"])


def test_the_secretariat_hands_out_no_office_role(ctx, cast, who) -> None:
    with pytest.raises(Refused):
        posts.assign(
            who=who("sekretariat"),
            user_id=cast.users["tni"],
            organization_id=cast.units["office"],
            title="Admin",
            role="admin",
            valid_from=clock.today(),
        )


def test_the_admin_signs_a_browser_of_somebody_out(app, sign_in, cast) -> None:
    admin, liaison = sign_in("admin"), sign_in("tni")
    page = admin.get(f"/pengguna/{cast.users['tni']}")
    action = page.select("//form[contains(@action, '/sesi/')]/@action")[0]
    admin.post(action)
    liaison.get("/profil", 303)
    admin.post(action, {}, 404)
    admin.post(f"/pengguna/{cast.users['polri']}/sesi/1/akhiri", {}, 404)


def test_a_person_who_left_the_office_for_a_partner_is_seen_by_the_secretariat(sign_in, cast, write) -> None:
    with write():
        db.session.execute(
            update(Assignment)
            .where(Assignment.user_id == cast.users["pimpinan"])
            .values(valid_to=clock.today() - timedelta(days=1))
        )
        posts.assign(
            who=None,
            user_id=cast.users["pimpinan"],
            organization_id=cast.units["bank"],
            title="Direktur",
            role="penghubung",
            valid_from=clock.today(),
        )
    sign_in("sekretariat").get(f"/pengguna/{cast.users['pimpinan']}")
