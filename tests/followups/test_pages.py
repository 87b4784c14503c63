"""The pages as people use them: in a browser without JavaScript, through htmx, through the uploader."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kbpartners import clock
from kbpartners.followups.service import Origin
from tests.factories.attachments import pdf, photo, sent
from tests.factories.followups import make_followup, propose_done, send_update
from tests.factories.meetings import decision, meeting

LIST = "/tindak-lanjut"


@pytest.fixture
def followup(write: Any, cast: Any) -> int:
    """An open one of the Kodim, due in ten days."""
    with write():
        return make_followup(cast.units["kodim"])


@pytest.fixture
def proposed(write: Any, who: Any, followup: int) -> int:
    """A proposal of the Kodim that waits for a decision."""
    with write():
        return propose_done(who("kodim"), followup)


def _tone(browser: Any, followup: int, **fields: Any) -> dict[str, Any]:
    return {**browser.get(f"{LIST}/{followup}").form(f"{LIST}/{followup}/pembaruan"), **fields}


# --- the main job -------------------------------------------------------------------------------------------------


def test_a_liaison_reports_the_secretariat_returns_and_then_accepts(cast, sign_in, followup):
    kodim, office = sign_in("kodim"), sign_in("sekretariat")
    page = kodim.get(f"{LIST}/{followup}")
    assert page.h1 == "Kirim daftar Babinsa pendamping"
    done = {"status": "proposed_done", "note": "Daftar 14 kecamatan sudah dikirim."}
    answer = kodim.submit(page, f"{LIST}/{followup}/pembaruan", {**done, "files": sent(pdf(), "Daftar.pdf")})
    page = kodim.get(answer.location.partition("#")[0])
    assert "Diusulkan selesai" in page.text
    assert "Daftar.pdf" in page.text
    assert page.select(f"//*[@data-draft-done='tl-{followup}']")

    page = office.get(f"{LIST}/{followup}")
    (decide, *_rest) = page.select("//form[contains(@action, '/verifikasi')]/@action")
    office.post(decide, {"decision": "return", "note": "Mohon 3 kecamatan lagi."})
    page = kodim.get(f"{LIST}/{followup}")
    assert "Perlu dilengkapi. Rina Sekretariat, 10 Juni 2026" in page.text
    assert "“Mohon 3 kecamatan lagi.”" in page.text

    kodim.submit(page, f"{LIST}/{followup}/pembaruan", {**done, "note": "Lengkap, 17 kecamatan."})
    page = office.get(f"{LIST}/{followup}")
    (decide, *_rest) = page.select("//form[contains(@action, '/verifikasi')]/@action")
    office.post(decide, {"decision": "accept"})
    page = kodim.get(f"{LIST}/{followup}")
    assert "Selesai" in page.text
    assert not page.select("//form[contains(@action, '/pembaruan')]")
    assert "TL-" in kodim.get(f"{LIST}?status=done").text


def test_the_secretariat_opens_one_from_a_decision(write, cast, sign_in):
    with write():
        held = meeting(invited=[cast.units["kodam"]])
        number = decision(meeting_id=held, kind="arahan", text="Perkuat kemitraan dengan TNI.")
    office = sign_in("sekretariat")
    page = office.get(f"{LIST}/baru?decision_id={number}&organization_id={cast.units['kodim']}")
    assert "Arahan 1" in page.text
    fields = page.form(f"{LIST}/baru")
    assert (fields["title"], fields["organization_id"]) == ("Perkuat kemitraan dengan TNI.", str(cast.units["kodim"]))
    assert "Perwira penghubung Kodim (Kapten Sari)" in page.text
    answer = office.submit(page, f"{LIST}/baru", {"due_on": "30/06/2026", "contact_post_id": str(cast.posts["kodim"])})
    page = office.get(answer.location)
    assert page.select(f"//nav//a[@href='/rapat/{held}']")
    assert "Kapten Sari" in page.text
    liaison = sign_in("kodim").get(answer.location)
    assert "Rakorda 2026" in liaison.text
    assert not liaison.select(f"//a[@href='/rapat/{held}']"), "the Kodim was not invited: plain text, no link"


def test_a_commitment_or_activity_that_is_not_there_is_no_source(sign_in):
    office = sign_in("sekretariat")
    for name in ("decision_id", "commitment_id", "activity_id"):
        office.get(f"{LIST}/baru?{name}=999", 404)
    assert office.get(f"{LIST}/baru?decision_id=x&organization_id=99999999999999").status == 200


def test_choosing_the_contact_works_without_and_with_javascript(cast, sign_in):
    office = sign_in("sekretariat")
    page = office.get(f"{LIST}/baru")
    fields = {"organization_id": str(cast.units["polda"]), "title": "Sedang diketik", "pick": "contact"}
    plain = office.submit(page, f"{LIST}/baru", fields, 200)
    assert "Penghubung Polda (AKP Dewi)" in plain.text
    assert plain.form(f"{LIST}/baru")["title"] == "Sedang diketik"
    part = office.post(f"{LIST}/baru", {**page.form(f"{LIST}/baru"), **fields}, 200, htmx="narahubung")
    assert part.select("//*[@id='narahubung']//option[contains(., 'AKP Dewi')]")
    assert not part.select("//h1")


# --- refused forms ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"due_on": "31/02/2026"}, "tidak ada di bulan itu"),
        ({"due_on": "13/13/2026"}, "Bulan 13 tidak ada"),
        ({"due_on": "besok"}, "Tulis tanggal seperti 07/03/2017"),
        ({"due_on": ""}, "Wajib diisi"),
        ({"title": "  \u202e "}, "Wajib diisi"),
        ({"title": "x" * 301}, "Paling banyak 300 huruf"),
        ({"description": "x" * 100_000}, "Paling banyak 20000 huruf"),
        ({"organization_id": ""}, "Wajib diisi"),
        ({"organization_id": "999999"}, "Pilih satuan dari daftar"),
        ({"organization_id": "9" * 30}, "Pilih salah satu dari daftar"),
        ({"priority": "sangat"}, "Pilih salah satu dari daftar"),
    ],
)
def test_bad_input_is_refused_on_its_field_and_kept(cast, sign_in, fields, words):
    office = sign_in("sekretariat")
    good = {"title": "Kirim daftar", "organization_id": str(cast.units["kodim"]), "due_on": "2026-06-30"}
    page = office.submit(office.get(f"{LIST}/baru"), f"{LIST}/baru", {**good, **fields}, 422)
    assert any(words in error for error in page.errors()), page.errors()
    assert page.select("//*[@id='errsum']//a[starts-with(@href, '#')]")
    assert office.get(f"{LIST}?status=all").select("//table") == []


def test_what_was_typed_is_shown_as_text_never_run(cast, sign_in):
    office = sign_in("sekretariat")
    evil = "<script>alert(1)</script>\"'>"
    fields = {"title": evil, "organization_id": str(cast.units["kodim"]), "due_on": "30/06/2026", "description": evil}
    page = office.get(office.submit(office.get(f"{LIST}/baru"), f"{LIST}/baru", fields).location)
    assert page.h1 == evil
    assert not page.select("//script[contains(., 'alert')]")


def test_a_refused_report_keeps_its_words_and_the_files_that_arrived(sign_in, followup):
    kodim = sign_in("kodim")
    fields = _tone(
        kodim, followup, status="proposed_done", note="", obstacle="Babinsa pindah", files=sent(pdf(), "A.pdf")
    )
    page = kodim.post(f"{LIST}/{followup}/pembaruan", fields, 422)
    assert page.errors() == ["Tulis apa yang sudah dikerjakan."]
    again = page.form(f"{LIST}/{followup}/pembaruan")
    assert (again["obstacle"], again["status"], again["token"]) == ("Babinsa pindah", "proposed_done", fields["token"])
    assert "A.pdf" in page.text
    again.pop("files", None)
    answer = kodim.post(f"{LIST}/{followup}/pembaruan", {**again, "note": "Sudah dikirim."})
    assert "A.pdf" in kodim.get(answer.location.partition("#")[0]).text


@pytest.mark.parametrize(
    "bad", [(io.BytesIO(b""), "kosong.pdf"), (io.BytesIO(b"MZ\x90\x00"), "foto.jpg"), (io.BytesIO(b"<html>"), "a.html")]
)
def test_a_bad_file_is_named_and_nothing_is_saved(sign_in, followup, bad):
    kodim = sign_in("kodim")
    page = kodim.post(f"{LIST}/{followup}/pembaruan", _tone(kodim, followup, note="Kabar.", files=bad), 422)
    assert any(bad[1].partition(".")[0] in error for error in page.errors()), page.errors()
    assert "Belum ada kabar" in page.text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "bukan alamat", "ftp://contoh.id/x"])
def test_a_link_that_is_none_is_refused(sign_in, followup, link):
    kodim = sign_in("kodim")
    page = kodim.post(f"{LIST}/{followup}/pembaruan", _tone(kodim, followup, note="Kabar.", link=link), 422)
    assert page.select("//*[@id='link-err']")


def test_on_behalf_says_what_is_missing(write, cast, sign_in):
    with write():
        idi = make_followup(cast.units["idi"])
    office = sign_in("sekretariat")
    fields = _tone(office, idi, note="Lewat telepon.", source="phone", source_date="12/06/2026", sender="dr. Contoh")
    assert "sesudah hari ini" in office.post(f"{LIST}/{idi}/pembaruan", fields, 422).text
    fields = _tone(office, idi, note="Lewat telepon.", source="phone", sender="dr. Contoh", source_date="09/06/2026")
    answer = office.post(f"{LIST}/{idi}/pembaruan", fields)
    assert "Sumber: Telepon, pengirim dr. Contoh, 9 Juni 2026" in office.get(answer.location.partition("#")[0]).text


def test_five_large_files_arrive_in_one_form(sign_in, followup):
    kodim = sign_in("kodim")
    letters = [sent(pdf(f"{n}" * 4_000_000), f"Surat {n}.pdf") for n in range(5)]
    answer = kodim.post(f"{LIST}/{followup}/pembaruan", _tone(kodim, followup, note="Lima surat", files=letters))
    page = kodim.get(answer.location.partition("#")[0])
    assert all(f"Surat {n}" in page.text for n in range(5))


# --- the uploader -------------------------------------------------------------------------------------------------


def test_the_uploader_sends_the_text_first_and_then_each_photo(write, cast, sign_in):
    with write():
        followup = make_followup(cast.units["kodim"], priority="urgent")
    kodim = sign_in("kodim")
    headers = {"X-Upload": "1", "Accept": "application/json"}
    fields = _tone(kodim, followup, status="proposed_done", note="Selesai, foto menyusul.")
    fields.pop("files", None)
    answer = kodim.post(f"{LIST}/{followup}/pembaruan", fields, 200, headers=headers).response.get_json()
    assert answer["location"].startswith(f"{LIST}/{followup}?terkirim=")
    for _time in range(2):  # the answer to the first try was lost
        token = {"csrf_token": answer["csrf"], "files": sent(photo())}
        assert kodim.post(answer["upload"], token, 200, headers=headers).response.is_json
    page = kodim.get(answer["location"].partition("#")[0])
    assert page.text.count("Foto kegiatan") == 1
    bad = {"csrf_token": answer["csrf"], "files": (io.BytesIO(b"x"), "rusak.jpg")}
    assert "rusak" in kodim.post(answer["upload"], bad, 422, headers=headers).response.get_json()["error"]
    refused = kodim.post(f"{LIST}/{followup}/pembaruan", {**fields, "note": "", "token": ""}, 422, headers=headers)
    assert refused.select("//main"), "a refused form comes back as a page, which the script shows"


def test_nobody_adds_photos_to_the_report_of_somebody_else(write, who, sign_in, followup):
    with write():
        update_id = send_update(who("kodim"), followup)
    for name in ("tni", "sekretariat", "polri"):
        browser = sign_in(name)
        browser.post(f"{LIST}/{followup}/pembaruan/{update_id}/bukti", {"files": sent(pdf())}, 404)


# --- deciding -----------------------------------------------------------------------------------------------------


def test_deciding_inline_swaps_the_page_and_says_so(sign_in, followup, proposed):
    office = sign_in("sekretariat")
    path = f"{LIST}/pembaruan/{proposed}/verifikasi"
    refused = office.post(path, {"decision": "return", "note": ""}, 422, htmx="tindak-lanjut")
    assert "Tulis apa yang perlu dilengkapi." in refused.text
    assert refused.select("//details[@open]//textarea[@aria-invalid]")
    page = office.post(path, {"decision": "accept"}, 200, htmx="tindak-lanjut")
    assert page.tree.get("id") == "tindak-lanjut" or page.select("//*[@id='tindak-lanjut']")
    assert not page.select("//html/head/title")
    assert "Usulan diterima." in page.response.headers["HX-Trigger"]


def test_deciding_in_the_queue_swaps_the_row(sign_in, proposed):
    office, row = sign_in("sekretariat"), f"q-u{proposed}"
    path = f"{LIST}/pembaruan/{proposed}/verifikasi"
    refused = office.post(path, {"decision": "return", "note": " "}, 422, htmx=row)
    assert refused.select(f"//li[@id='{row}']//details[@open]")
    done = office.post(path, {"decision": "return", "note": "Mohon daftarnya."}, 200, htmx=row)
    assert done.select(f"//li[@id='{row}']")
    assert "Perlu dilengkapi" in done.text
    assert not done.select("//form")
    late = sign_in("admin").post(path, {"decision": "accept"}, 422, htmx=row)
    assert "sudah diputuskan" in late.text


def test_without_javascript_the_queue_leads_back_to_the_queue(sign_in, proposed):
    office = sign_in("sekretariat")
    path = f"{LIST}/pembaruan/{proposed}/verifikasi"
    assert office.post(path, {"decision": "accept", "next": "/"}).location == "/"


def test_only_the_two_forms_of_local_next_are_followed(sign_in, followup, proposed):
    office = sign_in("sekretariat")
    path = f"{LIST}/pembaruan/{proposed}/verifikasi"
    answer = office.post(path, {"decision": "accept", "next": "https://jahat.example"})
    assert answer.location == f"{LIST}/{followup}"


def test_ones_own_proposal_has_no_buttons_and_posting_anyway_is_refused(write, who, cast, sign_in):
    with write():
        idi = make_followup(cast.units["idi"])
        update_id = propose_done(who("sekretariat"), idi, origin=Origin("phone", "dr. Contoh"))
    office = sign_in("sekretariat")
    page = office.get(f"{LIST}/{idi}")
    assert "Lampirkan bukti sumber" in page.text
    assert not page.select("//form[contains(@action, '/verifikasi')]")
    office.post(f"{LIST}/pembaruan/{update_id}/verifikasi", {"decision": "accept"}, 403)


# --- two editors --------------------------------------------------------------------------------------------------


def test_the_second_editor_sees_both_versions_and_can_join_them(cast, sign_in, followup):
    first, second = sign_in("admin"), sign_in("sekretariat")
    mine = second.get(f"{LIST}/{followup}/ubah")
    first.submit(first.get(f"{LIST}/{followup}/ubah"), f"{LIST}/{followup}/ubah", {"title": "Judul dari admin"})
    page = second.submit(mine, f"{LIST}/{followup}/ubah", {"title": "Judul dari sekretariat"}, 409)
    assert "Judul dari admin" in page.text
    assert page.select("//textarea[@name='title'][contains(., 'Judul dari sekretariat')]")
    joined = page.select("//section[@aria-labelledby='merge-title']//form")[0]
    fields = dict(joined.form_values())
    second.post(f"{LIST}/{followup}/ubah", {**fields, "title": "Judul gabungan"})
    assert second.get(f"{LIST}/{followup}").h1 == "Judul gabungan"


def test_the_second_to_hand_on_is_told(cast, sign_in, followup):
    first, second = sign_in("admin"), sign_in("sekretariat")
    fields = {"organization_id": str(cast.units["polres"]), "reason": "Wilayah Polres."}
    mine = second.get(f"{LIST}/{followup}/alihkan")
    answer = first.submit(first.get(f"{LIST}/{followup}/alihkan"), f"{LIST}/{followup}/alihkan", fields)
    assert "Dialihkan dari Kodim 0405/Lahat" in first.get(answer.location).text
    page = second.submit(mine, f"{LIST}/{followup}/alihkan", fields, 409)
    assert "Dialihkan" in page.text
    assert "Penggantinya" in second.get(f"{LIST}/{followup}").text


# --- who sees what ------------------------------------------------------------------------------------------------


def test_another_partner_gets_404_everywhere(sign_in, followup, proposed):
    for name in ("polri", "opd", "stranger"):
        browser = sign_in(name)
        browser.get(f"{LIST}/{followup}", 404)
        browser.post(f"{LIST}/{followup}/pembaruan", {"note": "x", "status": "in_progress"}, 404)
        browser.post(f"{LIST}/pembaruan/{proposed}/verifikasi", {"decision": "accept"}, 403)
        assert "Kirim daftar" not in browser.get(f"{LIST}?status=all").text


def test_an_id_no_database_can_hold_is_simply_not_there(sign_in):
    for name in ("sekretariat", "tni"):
        sign_in(name).get(f"{LIST}/99999999999999999999", 404)


def test_a_leader_reads_everything_and_changes_nothing(sign_in, followup, proposed):
    leader = sign_in("pimpinan")
    page = leader.get(f"{LIST}/{followup}")
    assert not page.select("//main//form[@method='post']")
    assert "Riwayat" in page.text
    for path in (f"{LIST}/baru", f"{LIST}/{followup}/ubah", f"{LIST}/{followup}/alihkan"):
        leader.get(path, 403)
    leader.post(f"{LIST}/{followup}/pembaruan", {"note": "x"}, 403)
    leader.post(f"{LIST}/pembaruan/{proposed}/verifikasi", {"decision": "accept"}, 403)


def test_a_liaison_never_sees_the_internal_history(sign_in, followup):
    assert not sign_in("tni").get(f"{LIST}/{followup}").select("//*[@id='h-riwayat']")


# --- reading ------------------------------------------------------------------------------------------------------


def test_the_page_as_of_a_day_shows_that_day_and_offers_no_forms(write, who, cast, sign_in):
    with write(), clock.backdated(datetime(2026, 5, 4, 3, tzinfo=UTC)):
        followup = make_followup(cast.units["kodim"], due_on=date(2026, 5, 8))
    with write(), clock.backdated(datetime(2026, 5, 20, 3, tzinfo=UTC)):
        propose_done(who("kodim"), followup)
    tni = sign_in("tni")
    page = tni.get(f"{LIST}/{followup}?per=10/05/2026")
    assert "Keadaan per 10 Mei 2026" in page.text
    assert "Terlambat 2 hari" in page.text
    assert "Diusulkan selesai" not in page.text
    assert not page.select("//form[contains(@action, '/pembaruan')]")
    assert "belum ada pada hari itu" in tni.get(f"{LIST}/{followup}?per=2026-05-03").text
    assert "Tulis tanggal seperti" in tni.get(f"{LIST}/{followup}?per=besok").text


def test_the_list_is_grouped_by_partner_for_the_office_and_flat_for_partners(cast, write, sign_in):
    with write():
        make_followup(cast.units["kodim"], title="Satu", due_on=date(2026, 6, 1), priority="urgent")
        make_followup(cast.units["polda"], title="Dua")
    page = sign_in("sekretariat").get(LIST)
    assert [" ".join(row.text_content().split()) for row in page.select("//tr[@class='group']//h2")] == [
        "Kodam II/Sriwijaya",
        "Polda Sumatera Selatan",
    ]
    assert "1 terbuka 1 terlambat Ingatkan" in page.text
    flat = sign_in("tni").get(LIST)
    assert not flat.select("//tr[@class='group']")
    assert "prioritas mendesak" in flat.text
    assert "Dua" not in flat.text


def test_filters_work_as_a_link_and_as_a_fragment(cast, write, sign_in):
    with write():
        make_followup(cast.units["kodim"], title="Kirim daftar")
    tni = sign_in("tni")
    empty = tni.get(f"{LIST}?q=tidakada&status=late&due_from=besok")
    assert "Tidak ada yang cocok" in empty.text
    assert "Saringan tanggal itu diabaikan" in empty.text
    part = tni.get(f"{LIST}?q=kirim", htmx="daftar")
    assert part.select("//*[@id='daftar']//table")
    assert not part.select("//nav[contains(@class, 'nav-main')]")
    assert tni.get(f"{LIST}?status=ngawur&priority=ngawur&sort=ngawur&organization_id=x&meeting_id=-5").select(
        "//table"
    )
    (matrix,) = tni.get(f"{LIST}?q=kirim&status=late").select("//a[contains(@href, 'matriks')]/@href")
    assert matrix == "/laporan/matriks-tindak-lanjut?q=kirim&status=late&kind=followup"


def test_an_empty_list_says_what_to_do_first(sign_in):
    assert "Catat rapat dan keputusannya" in sign_in("sekretariat").get(LIST).text
    assert "Tidak ada yang harus ditindaklanjuti" in sign_in("tni").get(LIST).text


def test_reminding_prepares_a_text_and_sends_nothing(cast, write, sign_in):
    with write():
        make_followup(cast.units["kodim"], due_on=date(2026, 6, 7))
    office = sign_in("sekretariat")
    page = office.get(f"{LIST}/ingatkan?organization_id={cast.units['kodam']}")
    assert "Yth. Mayor Budi" in page.select("//textarea")[0].text
    assert page.select("//a[starts-with(@href, 'https://wa.me/62812345678')]")
    assert "Tidak ada yang terbuka" in office.get(f"{LIST}/ingatkan?organization_id={cast.units['polda']}").text
    for query in ("", "?organization_id=x", "?organization_id=99999"):
        office.get(f"{LIST}/ingatkan{query}", 404)
    sign_in("tni").get(f"{LIST}/ingatkan?organization_id={cast.units['kodam']}", 403)


def test_a_page_takes_few_queries_however_long_its_log(write, who, cast, sign_in, count_queries, followup):
    for name in ("sekretariat", "tni"):
        browser = sign_in(name)
        browser.get(f"{LIST}/{followup}")
        with count_queries() as before:
            browser.get(f"{LIST}/{followup}")
        with write():
            for n in range(12):
                send_update(who("kodim"), followup, link=f"https://contoh.id/{n}")
        with count_queries() as after:
            browser.get(f"{LIST}/{followup}")
        assert len(after) <= len(before) + 1 <= 10, after


def test_pages_stay_small(write, cast, sign_in):
    with write():
        for n in range(50):
            make_followup(cast.units["kodim"], title=f"Tindak lanjut nomor {n}")
    response = sign_in("sekretariat").http.get(LIST, headers={"Accept-Encoding": "br"})
    assert len(response.get_data()) < 15_000
