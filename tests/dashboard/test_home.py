"""The Beranda of each role: what is late, what waits for me, what changed; and what a fresh office does first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kbpartners import clock
from kbpartners.accounts.models import User
from kbpartners.commitments import service as commitments
from kbpartners.dashboard import service
from kbpartners.db import db
from kbpartners.followups import service as followups
from kbpartners.kampung.models import Kampung
from kbpartners.organizations.models import Assignment
from tests.conftest import TODAY
from tests.factories import commitments as make
from tests.factories.followups import make_followup, propose_done
from tests.factories.meetings import decision, meeting


def _words(node: Any) -> str:
    """The words of an element, one space between them."""
    return " ".join(" ".join(node.itertext()).split())


def _items(page: Any) -> list[list[str]]:
    """[badge, title, button] of every item that is to be reported."""
    rows = page.select("//li[contains(@class, 'item')][a[contains(@class, 'btn')]]")
    return [
        [_words(row.xpath(part)[0]) for part in (".//span[contains(@class, 'st ')]", ".//h3", "./a")] for row in rows
    ]


def _stats(page: Any) -> dict[str, tuple[str, str]]:
    """{label: (number, href)} of the counts on top."""
    return {
        " ".join(a.xpath("string(span)").split()): (a.xpath("string(b)"), a.get("href"))
        for a in page.select("//nav[@class='stats']/a")
    }


# --- penghubung and OPD -------------------------------------------------------------------------------------------


@pytest.fixture
def busy(write: Any, cast: Any, who: Any) -> dict[str, int]:
    """The Kodam's tree with something of everything."""
    with write():
        ids = {
            "late": make.commitment(cast, title="Komitmen terlambat", due_on=date(2026, 6, 5)),
            "soon": make.commitment(cast, title="Komitmen segera", due_on=date(2026, 6, 15), owner="kodim"),
            "far": make.commitment(cast, title="Komitmen jauh", due_on=date(2026, 9, 1)),
            "returned": make.commitment(cast, title="Komitmen dikembalikan", due_on=date(2026, 8, 1)),
            "waiting": make.commitment(cast, title="Komitmen menunggu", due_on=date(2026, 6, 12)),
            "tl_late": make_followup(cast.units["kodim"], title="Tindak lanjut terlambat", due_on=date(2026, 6, 8)),
            "tl_returned": make_followup(
                cast.units["kodam"], title="Tindak lanjut dikembalikan", due_on=date(2026, 7, 30)
            ),
            "tl_waiting": make_followup(cast.units["kodam"], title="Tindak lanjut menunggu", due_on=date(2026, 6, 30)),
        }
        make.returned(cast, ids["returned"], 16, note="Mohon daftar kecamatan.")
        make.reported(cast, ids["waiting"], 20)
        update_id = propose_done(who("tni"), ids["tl_returned"])
        followups.decide(who("sekretariat"), update_id, decision="return", note="Mohon fotonya.")
        propose_done(who("tni"), ids["tl_waiting"])
    return ids


def test_a_liaison_sees_returned_then_late_then_near_each_with_one_reason_and_one_button(busy, sign_in):
    page = sign_in("tni").get("/")
    assert page.h1 == "Yang harus saya laporkan"
    assert _items(page) == [
        ["Perlu dilengkapi", "Tindak lanjut dikembalikan", f"Lengkapi TL-{busy['tl_returned']:04}"],
        ["Perlu dilengkapi", "Komitmen dikembalikan", f"Lengkapi K-{busy['returned']:04}"],
        ["Terlambat 5 hari", "Komitmen terlambat", f"Laporkan K-{busy['late']:04}"],
        ["Terlambat 2 hari", "Tindak lanjut terlambat", f"Laporkan TL-{busy['tl_late']:04}"],
        ["5 hari lagi", "Komitmen segera", f"Laporkan K-{busy['soon']:04}"],
    ]
    assert "“Mohon daftar kecamatan.”" in page.text
    assert "“Mohon fotonya.”" in page.text
    buttons = page.select("//li[contains(@class,'item')]/a[contains(@class,'btn')]")
    assert [("btn-primary" in a.get("class"), a.get("href")) for a in buttons[3:]] == [
        (True, f"/tindak-lanjut/{busy['tl_late']}#lapor"),
        (False, f"/komitmen/{busy['soon']}#lapor"),
    ]


def test_the_numbers_of_a_liaison_lead_to_lists_of_just_as_many(busy, sign_in):
    browser = sign_in("tni")
    page = browser.get("/")
    assert _stats(page) == {
        "Perlu dilengkapi": ("2", "#kerjakan"),
        "Terlambat": ("2", "#kerjakan"),
        "Jatuh tempo 7 hari": ("2", "/komitmen?status=open"),
        "Menunggu verifikasi": ("2", "#terkirim"),
    }
    kodim = _stats(sign_in("kodim").get("/"))
    assert kodim["Terlambat"] == ("1", "/tindak-lanjut?status=late")
    assert kodim["Perlu dilengkapi"][0] == "0"


def test_what_i_sent_and_what_was_decided_on_it(busy, sign_in):
    page = sign_in("tni").get("/")
    sent = page.select("//section[@id='terkirim']//h3")
    assert {_words(node) for node in sent} == {"Komitmen menunggu", "Tindak lanjut menunggu"}
    changed = page.select("//section[@aria-labelledby='h-berubah']//li")
    assert len(changed) == 2
    assert not sign_in("kodim").get("/").select("//section[@aria-labelledby='h-berubah']")


def test_the_text_for_the_units_own_group(busy, sign_in):
    text = sign_in("tni").get("/").select("//textarea")[0].text
    assert (
        f"3. Komitmen terlambat (K-{busy['late']:04}, Kodam II/Sriwijaya): tenggat 5 Juni 2026, terlambat 5 hari"
        in text
    )
    assert f"http://localhost/komitmen/{busy['late']}" in text


def test_the_next_meeting_is_one_i_am_invited_to(write, cast, sign_in):
    with write():
        meeting(title="Rapat orang lain", held_on=date(2026, 6, 15), invited=[cast.units["polda"]])
        meeting(title="Rapat lampau", held_on=date(2026, 6, 9), invited=[cast.units["kodam"]])
        meeting(
            title="Radalgram Semester I", held_on=date(2026, 6, 23), invited=[cast.units["kodim"]], place="Palembang"
        )
    page = sign_in("kodim").get("/")
    (panel,) = page.select("//section[@aria-labelledby='h-rapat']")
    assert _words(panel) == "Rapat berikutnya Jun 23 Selasa Radalgram Semester I Palembang 13 hari lagi"
    assert "Belum ada rapat" in sign_in("opd").get("/").text


def test_my_contact_data_is_shown_with_a_way_to_correct_it(sign_in, cast):
    page = sign_in("kodim").get("/")
    assert "Kapten Sari · +6281234567804" in page.text
    assert page.select(f"//a[@href='/mitra/{cast.units['kodim']}/narahubung']")


def test_a_partner_never_sees_how_late_others_are(busy, sign_in):
    for name in ("tni", "kodim", "polri", "opd", "stranger"):
        page = sign_in(name).get("/")
        assert "Terlambat per mitra" not in page.text
        assert not page.select("//form[contains(@action, '/verifikasi')]")
    assert "Komitmen" not in " ".join(str(i) for i in _items(sign_in("polri").get("/")))


def test_a_partner_without_work_is_told_where_it_will_come_from(sign_in):
    page = sign_in("stranger").get("/")
    assert "Belum ada komitmen untuk satuan Anda" in page.text
    assert {number for number, _href in _stats(page).values()} == {"0"}


def test_an_office_of_a_regency_sees_its_own(write, cast, sign_in):
    with write():
        make.commitment(cast, title="Data pelayanan", owner="opd_lahat", region="16.04", due_on=date(2026, 6, 1))
        make_followup(cast.units["opd_lahat"], title="Kirim nama penyuluh", due_on=date(2026, 6, 11))
    assert [item[:2] for item in _items(sign_in("opd").get("/"))] == [
        ["Terlambat 9 hari", "Data pelayanan"],
        ["1 hari lagi", "Kirim nama penyuluh"],
    ]


def test_a_person_with_two_posts_in_one_tree_counts_nothing_twice(busy, write, cast, who, app):
    with write():
        from kbpartners.db import db

        db.session.add(Assignment(post_id=cast.posts["kodim"], user_id=cast.users["tni"], valid_from=date(2026, 1, 1)))
    with app.app_context():
        person = who("tni")
        counts = service.numbers(person)
        assert len(person.unit_ids) == 2
        assert counts.late == (1, 1)
        items = service.to_do(person, counts)
        assert len(items) == len({(item.kind, item.id) for item in items}) == 5


# --- sekretariat and admin ----------------------------------------------------------------------------------------


def test_the_secretariat_decides_in_the_queue_the_oldest_first(busy, sign_in):
    office = sign_in("sekretariat")
    page = office.get("/")
    assert page.h1 == "Yang menunggu sekretariat"
    titles = [_words(n) for n in page.select("//section[@id='antrean']//h3")]
    assert titles == ["Komitmen menunggu", "Tindak lanjut menunggu"]
    for form in page.select("//section[@id='antrean']//form[.//input[@value='accept']]"):
        row = form.get("hx-target").removeprefix("#")
        answer = office.post(form.get("action"), dict(form.form_values()), 200, htmx=row)
        assert answer.select(f"//li[@id='{row}']")
    page = office.get("/")
    assert "Semua laporan dan usulan sudah diperiksa" in page.text
    assert _stats(page)["Menunggu verifikasi"][0] == "0"


def test_the_queue_works_without_javascript_and_leads_back_to_it(busy, sign_in):
    office = sign_in("admin")
    for _both in range(2):
        page = office.get("/")
        form = page.select("//section[@id='antrean']//form[.//input[@value='return']]")[0]
        fields = {**dict(form.form_values()), "note": "Mohon dilengkapi."}
        assert office.post(form.get("action"), fields).location == "/"
    assert _stats(office.get("/"))["Menunggu verifikasi"][0] == "0"


def test_the_numbers_of_the_secretariat(busy, sign_in):
    page = sign_in("sekretariat").get("/")
    assert _stats(page) == {
        "Menunggu verifikasi": ("2", "#antrean"),
        "Terlambat": ("2", "#terlambat"),
        "Tanpa kabar 30 hari": ("3", "/komitmen?status=silent"),
        "Diusulkan selesai": ("1", "/tindak-lanjut?status=proposed_done"),
    }
    assert "1 komitmen" in page.select("//section[@id='terlambat']")[0].text_content()


def test_a_silent_commitment_has_a_ready_question_for_its_contact(write, cast, sign_in):
    with write():
        silent = make.commitment(cast, title="Pos pelayanan di Polsek", owner="polda")
        quiet = make.commitment(cast, title="Tanpa narahubung", owner="idi")
    page = sign_in("sekretariat").get("/")
    row = page.select(f"//tr[.//a[@href='/komitmen/{silent}']]")[0]
    assert "30 hari lalu" in row.text_content()
    (href,) = row.xpath(".//a[starts-with(@href, 'https://wa.me/6281234567805')]/@href")
    assert "AKP%20Dewi" in href
    assert "Pos%20pelayanan%20di%20Polsek" in href
    assert "belum ada nomor" in page.select(f"//tr[.//a[@href='/komitmen/{quiet}']]")[0].text_content()


def test_late_per_partner_counts_units_below_and_both_kinds(write, cast, app):
    with write():
        make.commitment(cast, owner="kodim", due_on=TODAY - timedelta(days=1))
        make_followup(cast.units["kodam"], due_on=TODAY - timedelta(days=15))
        make_followup(cast.units["polda"], due_on=TODAY)
        make_followup(cast.units["team"], due_on=TODAY - timedelta(days=3))
    with app.app_context():
        assert service.late_partners(TODAY) == [(cast.units["kodam"], "Kodam II/Sriwijaya", 1, 2)]


def test_reports_per_week_and_kampung_per_class(write, cast, app):
    with write():
        from kbpartners.db import db

        number = make.commitment(cast, period_start=date(2026, 1, 5))
        for day in (date(2026, 6, 8), date(2026, 6, 10), date(2026, 6, 7), date(2026, 3, 23), date(2026, 3, 22)):
            make.accepted(cast, number, 1, on=day)
        for n, label in enumerate(("dasar", "dasar", "mandiri", "")):
            village = [code for code in cast.regions if len(code) == 13][n]
            db.session.add(
                Kampung(
                    name=f"Kampung {n}", region_id=cast.regions[village], district_id=cast.regions[village[:8]],
                    regency_id=cast.regions[village[:5]], label=label,
                )
            )  # fmt: skip
    with app.app_context():
        found = service.charts()
    assert found.weeks == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2), (
        "weeks begin on Monday; the 22nd of March is before them"
    )
    assert found.kampung == 4
    assert dict(found.classes) == {"dasar": 2, "berkembang": 0, "mandiri": 1, "berkelanjutan": 0}


def test_a_report_sent_after_midnight_in_jakarta_counts_for_the_new_week(write, cast, who, app):
    with write():
        number = make.commitment(cast)
        with clock.backdated(datetime(2026, 6, 7, 17, 30, tzinfo=UTC)):  # Monday, 00:30 WIB
            make.reported(cast, number, 1)
    with app.app_context():
        assert service.charts().weeks[-2:] == (0, 1)


def test_a_fresh_office_is_told_what_to_do_first(sign_in, write, cast):
    office = sign_in("sekretariat")
    page = office.get("/")
    steps = [_words(n) for n in page.select("//section[@aria-labelledby='h-mulai']//h3")]
    assert steps == [
        "Daftarkan mitra kerja",
        "Undang penghubung mitra",
        "Catat rapat dan keputusannya",
        "Impor daftar Kampung KB",
    ]
    with write():
        make.commitment(cast, due_on=TODAY + timedelta(days=90), period_start=TODAY)
    assert "Mulai dari sini" not in office.get("/").text


# --- pimpinan -----------------------------------------------------------------------------------------------------


def test_a_leader_sees_the_decisions_of_the_last_meeting_and_prints_its_matrix(write, cast, who, sign_in):
    with write():
        old = meeting(title="Rakorda lama", held_on=date(2025, 3, 7), invited=[cast.units["kodam"]])
        decision(meeting_id=old)
        last = meeting(title="Rakorda 2026", held_on=date(2026, 5, 12), invited=[cast.units["kodam"]])
        first, second = decision(meeting_id=last, text="Satu Kampung KB"), decision(meeting_id=last, text="Babinsa")
        meeting(title="Tanpa keputusan", held_on=date(2026, 6, 1))
        upcoming = meeting(title="Radalgram", held_on=date(2026, 6, 23), predecessor_id=last)
        make.commitment(cast, decision_id=first, due_on=date(2026, 6, 1))
        late = make_followup(cast.units["kodam"], source=followups.Source(decision_id=first), due_on=date(2026, 6, 2))
        done = make_followup(cast.units["kodam"], source=followups.Source(decision_id=second))
        followups.decide(who("sekretariat"), propose_done(who("tni"), done), decision="accept")
    page = sign_in("pimpinan").get("/")
    rows = [
        [_words(cell) for cell in row.xpath("./td")]
        for row in page.select("//section[@aria-labelledby='h-keputusan']//tbody/tr")
    ]
    assert rows == [["Kesepakatan 1 Satu Kampung KB", "0", "2", "2"], ["Kesepakatan 2 Babinsa", "1", "0", "0"]]
    matrix = f"/laporan/matriks-tindak-lanjut?meeting_id={last}&status=all"
    assert page.select(f"//a[@href='{matrix}']")
    assert page.select(f"//a[@href='{matrix}&format=pdf']")
    assert page.select(f"//a[@href='/rapat/{upcoming}']")
    assert "1 tindak lanjut terbuka dari rapat lalu" in page.text
    assert "Terlambat per mitra" in page.text
    assert late


def test_a_leader_of_a_fresh_office_sees_what_will_be_here(sign_in):
    page = sign_in("pimpinan").get("/")
    assert "Belum ada keputusan rapat" in page.text
    assert not page.select("//main//form[@method='post']")


# --- for everybody ------------------------------------------------------------------------------------------------


def test_anonymous_people_are_asked_to_sign_in(client):
    assert client.http.get("/").location == "/masuk"


@pytest.mark.parametrize("name", ["admin", "sekretariat", "pimpinan", "tni", "kodim", "polri", "opd", "stranger"])
def test_every_home_takes_few_queries_however_much_there_is(busy, app, write, cast, who, sign_in, count_queries, name):
    browser = sign_in(name)
    browser.get("/")
    app.extensions.pop("kb_dashboard", None)  # the pictures have to be made anew
    with count_queries() as cold:
        browser.get("/")
    with write():
        held = meeting(held_on=date(2026, 6, 9), invited=[cast.units["kodam"], cast.units["polda"]])
        number = decision(meeting_id=held)
        meeting(held_on=date(2026, 6, 30), invited=[cast.units["kodam"]], predecessor_id=held)
        for n in range(12):
            one = make.commitment(cast, owner="kodim", due_on=TODAY + timedelta(days=n), decision_id=number)
            make.reported(cast, one, n, by="kodim", link=f"https://contoh.id/{n}")
            two = make_followup(cast.units["kodam"], source=followups.Source(decision_id=number), due_on=TODAY)
            propose_done(who("tni"), two)
            make.commitment(cast, owner="polda", due_on=TODAY + timedelta(days=9))
    with count_queries() as warm:
        browser.get("/")
    assert len(cold) <= 12, cold
    assert len(warm) <= 12, warm


@pytest.mark.parametrize("name", ["sekretariat", "pimpinan", "tni"])
def test_a_home_weighs_little_over_the_wire(busy, sign_in, name):
    response = sign_in(name).http.get("/", headers={"Accept-Encoding": "br"})
    assert len(response.get_data()) < 15_000


def test_the_counts_equal_a_recount(busy, who, app):
    with app.app_context():
        for name in ("sekretariat", "tni", "kodim", "polri"):
            person = who(name)
            counts = service.numbers(person)

            def listed(status: str, kind: str, person: Any = person) -> int:
                module = commitments if kind == "commitments" else followups
                return len(module.page(person, module.Filters(status=status)).rows)

            assert counts.open == (listed("open", "commitments"), listed("open", "followups"))
            assert counts.late == (listed("late", "commitments"), listed("late", "followups"))
            assert counts.returned == (listed("returned", "commitments"), listed("returned", "followups"))
            assert counts.silent == (listed("silent", "commitments"), 0)
            assert counts.proposed == (listed("proposed_done", "commitments"), listed("proposed_done", "followups"))
        assert followups.check() == []
        assert commitments.check() == []


def test_the_office_sees_how_many_units_have_nobody(sign_in, write, cast, app):
    with write():
        for user in db.session.query(User).where(User.email == "tni@contoh.id"):
            user.deactivated_at = clock.now()
    page = sign_in("sekretariat").get("/")
    link = page.select("//a[@href='/pengguna/tanpa-penghubung']")
    assert "tanpa penghubung aktif" in link[0].text_content()
