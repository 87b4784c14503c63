"""The pages of commitments as people use them: with and without JavaScript, by everybody of the cast."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from flask import Flask

from kbpartners.attachments import service as attachments
from kbpartners.commitments import service
from kbpartners.commitments.service import IndicatorTerms
from tests.cast import NAMES, Cast
from tests.factories import attachments as files
from tests.factories import commitments as make

TODAY = date(2026, 6, 10)
UPLOADER = {"X-Upload": "1", "Accept": "application/json"}


@pytest.fixture
def one(cast: Cast, write) -> int:
    """A commitment of the Kodam with two indicators, one of them of SIGA, and an accepted report."""
    with write():
        terms = (
            IndicatorTerms("Kecamatan didampingi", 241_000, "kecamatan"),
            IndicatorTerms("Akseptor", 1_200_000, source="siga"),
        )
        commitment_id = make.commitment(cast, indicators=terms, supporters={"idi": "Dokter", "opd_lahat": ""})
        make.accepted(cast, commitment_id, 168)
    return commitment_id


def first_value(app: Flask, commitment_id: int) -> str:
    with app.app_context():
        return f"value-{make.indicator_ids(commitment_id)[0]}"


def reports_of(app: Flask, cast: Cast, commitment_id: int) -> list[service.ReportView]:
    """The reports as the office sees them, newest first."""
    with app.test_request_context():
        return service.detail(commitment_id, make.acting_as(cast, "admin")).reports


# --- who sees which page -----------------------------------------------------------------------------------------

SEES = {"admin", "sekretariat", "pimpinan", "tni", "opd"}
REPORTS = {"admin", "sekretariat", "tni", "opd"}
OFFICE = {"admin", "sekretariat"}


@pytest.mark.parametrize("name", NAMES)
def test_each_member_of_the_cast_gets_their_pages_and_no_others(
    sign_in, one: int, cast: Cast, write, name: str
) -> None:
    with write():
        report_id = make.reported(cast, one, 170)
    browser = sign_in(name)
    browser.get("/komitmen")
    page = browser.get(f"/komitmen/{one}", status=200 if name in SEES else 404)
    browser.get(f"/komitmen/{one}?per=2026-06-09", status=200 if name in SEES else 404)
    assert bool(page.select("//form[contains(@action, '/laporan')]")) == (name in REPORTS)
    assert bool(page.select("//form[contains(@action, '/verifikasi')]")) == (name in OFFICE)
    for path in ("/komitmen/baru", "/komitmen/verifikasi", "/komitmen/catat", f"/komitmen/{one}/ubah"):
        browser.get(path, status=200 if name in OFFICE else 403)
    browser.get(f"/komitmen/{one}/akhiri", status=200 if name in OFFICE else 403)
    expected = {"tni": 200, "admin": 403, "sekretariat": 403, "opd": 403, "pimpinan": 403}.get(name, 404)
    browser.get(f"/komitmen/{one}/laporan/{report_id}/bukti", status=expected)
    answer = {"tni": 303, "admin": 303, "sekretariat": 303, "opd": 303, "pimpinan": 403}.get(name, 404)
    fields = {"note": "Uji", "token": f"uji-{name}", "status": "on_track", "source": "phone", "sender": "Budi"}
    browser.post(f"/komitmen/{one}/laporan", fields, answer, page="/komitmen")
    verdict = {"admin": 303, "sekretariat": 303}.get(name, 403)
    browser.post(f"/komitmen/laporan/{report_id}/verifikasi", {"decision": "accept"}, verdict, page="/komitmen")


def test_addresses_that_name_nothing_are_not_found(sign_in) -> None:
    browser = sign_in("sekretariat")
    for path in (
        "/komitmen/999",
        "/komitmen/99999999999999999999",
        "/komitmen/999/ubah",
        "/komitmen/1/laporan/1/bukti",
    ):
        browser.get(path, status=404)
    browser.post("/komitmen/laporan/999/verifikasi", {"decision": "accept"}, 404, page="/komitmen")


def test_pages_take_few_queries_whatever_the_number_of_rows(
    app: Flask, sign_in, cast: Cast, write, count_queries
) -> None:
    with write():
        ids = [make.commitment(cast, supporters={"idi": "", "opd_lahat": ""}) for _number in range(60)]
        for number in range(12):
            make.accepted(cast, ids[0], number)
        make.reported(cast, ids[0], 20)
    for name in ("tni", "sekretariat"):
        browser = sign_in(name)
        browser.get("/komitmen")  # choices of the filter bar are kept for a minute
        for path, most in (
            ("/komitmen", 4),
            ("/komitmen?q=babinsa&status=all", 4),
            (f"/komitmen/{ids[0]}", 12),
            (f"/komitmen/{ids[0]}?per=2026-06-10", 12),
        ):
            with count_queries() as seen:
                browser.get(path)
            assert len(seen) <= most, (name, path, seen)
    for path in ("/komitmen/verifikasi", "/komitmen/catat", "/komitmen/baru", f"/komitmen/{ids[0]}/ubah"):
        with count_queries() as seen:
            sign_in("sekretariat").get(path)
        assert len(seen) <= 14, (path, seen)  # two of them are the sign-in of this test


# --- the list ----------------------------------------------------------------------------------------------------


def test_the_list_filters_links_to_records_and_keeps_filters_in_its_links(sign_in, one: int, cast: Cast, write) -> None:
    with write():
        make.commitment(
            cast, title="Lewat", owner="kodim", due_on=TODAY - timedelta(days=5), period_start=date(2026, 5, 1)
        )
    page = sign_in("sekretariat").get(f"/komitmen?organization_id={cast.units['kodam']}&q=lewat")
    assert [a.text for a in page.select("//tbody//a")] == ["Lewat"]
    assert "Terlambat 5 hari" in page.text
    assert f"/laporan/rekap-komitmen?q=lewat&organization_id={cast.units['kodam']}&format=xlsx" in page.links()
    assert any("status=late" in link and "q=lewat" in link for link in page.links())
    assert page.select("//option[@selected][normalize-space()='Kodam II/Sriwijaya']")
    assert "Tidak ada yang cocok" in sign_in("sekretariat").get("/komitmen?q=zzz").text


def test_a_day_that_does_not_exist_is_named_and_left_out(sign_in, one: int) -> None:
    page = sign_in("tni").get("/komitmen?due_from=31/02/2026")
    assert "Tanggal 31 tidak ada di bulan itu." in page.text
    assert page.select("//tbody//a")


def test_nonsense_in_the_address_is_ignored(sign_in, one: int) -> None:
    page = sign_in("tni").get(
        "/komitmen?organization_id=x&region_id=-1&status=apa&priority=9&sort=title&after=x&decision_id=1e9"
    )
    assert page.select("//tbody//a")


def test_the_list_alone_is_sent_to_htmx(sign_in, one: int) -> None:
    part = sign_in("tni").get("/komitmen?q=babinsa", htmx="daftar")
    assert part.tree.get("id") == "daftar"
    assert part.response.headers["Vary"].count("HX-Target")


def test_an_empty_list_says_what_to_do_first(sign_in) -> None:
    assert "Komitmen satuan Anda muncul di sini" in sign_in("tni").get("/komitmen").text
    assert "Catat komitmen: siapa, apa, berapa, kapan." in sign_in("sekretariat").get("/komitmen").text


# --- the liaison's page ------------------------------------------------------------------------------------------


def test_the_page_shows_the_chain_the_light_the_figures_and_the_form(sign_in, one: int) -> None:
    page = sign_in("tni").get(f"/komitmen/{one}")
    assert "Hijau. Capaian 34,8 % dengan 1 indikator belum dilaporkan, waktu sudah berjalan 50,0 %." not in page.text
    assert page.select("//div[contains(@class,'lamp')]")
    assert "69,7 %" in page.text
    assert "Belum dilaporkan, menunggu OPD-KB, bukan mitra" in page.text
    form = page.form(f"/komitmen/{one}/laporan")
    assert {"note", "status", "obstacle", "next_step", "link", "token", "csrf_token"} < set(form)
    assert len([name for name in form if name.startswith("value-")]) == 1
    assert form["status"] == "on_track"
    first = page.select("//form[@data-upload]//button")[0]
    assert first.text_content().strip() == "Kirim laporan"
    assert page.select("//form[@data-draft]")
    assert [b.text for b in page.select("//ol[@class='chain']//b")] == [
        "Keputusan",
        "Komitmen",
        "Kegiatan",
        "Tindak lanjut",
        "Bukti",
    ]


def test_a_report_without_javascript_arrives_with_its_photo(app: Flask, sign_in, one: int) -> None:
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    value = first_value(app, one)
    sent = browser.submit(
        page,
        f"/komitmen/{one}/laporan",
        {value: "181,5", "note": "13 kecamatan lagi.", "files": files.sent(files.photo(), "Kikim Timur.jpg")},
    )
    assert sent.location.startswith(f"/komitmen/{one}?terkirim=")
    after = browser.get(sent.location)
    assert "Laporan terkirim." in after.text
    assert "+ 13,5 belum diverifikasi" in after.text
    assert "168 → 181,5 kecamatan" in after.text
    assert "Kikim Timur.webp" in after.text
    assert after.select("//*[@data-draft-done]")
    assert browser.get(f"/komitmen/{one}/laporan", status=303).location == f"/komitmen/{one}#lapor"


def test_a_refused_report_keeps_text_and_files_and_names_the_field(app: Flask, sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    value = first_value(app, one)
    refused = browser.submit(
        page,
        f"/komitmen/{one}/laporan",
        {
            value: "1,234.5",
            "note": "Teks <b>saya</b>",
            "status": "obstacle",
            "files": files.sent(files.photo(), "Foto.jpg"),
        },
        422,
    )
    assert refused.errors() == ["Pakai titik untuk ribuan dan koma untuk desimal: 1.234,5."]
    assert refused.select("//*[@id='errsum']")
    form = refused.form(f"/komitmen/{one}/laporan")
    assert (form[value], form["note"], form["status"]) == ("1,234.5", "Teks <b>saya</b>", "obstacle")
    assert form["token"] == page.form(f"/komitmen/{one}/laporan")["token"]
    assert "Foto.webp" in refused.text
    again = browser.submit(refused, f"/komitmen/{one}/laporan", {value: "1.234,5"}, 422)
    assert again.errors() == ["Anda memilih “Ada kendala”. Tulis kendalanya."]
    sent = browser.submit(again, f"/komitmen/{one}/laporan", {"obstacle": "Mutasi Babinsa"})
    page = browser.get(sent.location)
    assert "Foto.webp" in page.text
    assert len(reports_of(app, cast, one)[0].files) == 1


def test_a_bad_file_is_named_and_the_good_ones_stay(app: Flask, sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    form = page.form(f"/komitmen/{one}/laporan")
    fields = {**form, "note": "Dua berkas"}
    both = [files.sent(files.photo(), "Baik.jpg"), files.sent(b"MZ", "Jahat.exe")]
    refused = browser.post(f"/komitmen/{one}/laporan", {**fields, "files": both}, 422)
    assert "“Jahat”: jenis berkas tidak dikenal." in refused.errors()[0]
    assert "Baik.webp" in refused.text
    kept = refused.form(f"/komitmen/{one}/laporan")
    draft_id = refused.select("//input[@name='without']/@value")[0]
    browser.post(f"/komitmen/{one}/laporan", {**kept, "without": draft_id})
    assert reports_of(app, cast, one)[0].files == ()


def test_the_page_refuses_a_letter_of_100_kb_in_plain_words(sign_in, one: int) -> None:
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    refused = browser.submit(page, f"/komitmen/{one}/laporan", {"note": "panjang " * 12_500}, 422)
    assert refused.errors() == ["Paling banyak 20000 huruf."]


def test_control_and_direction_characters_are_not_kept(app: Flask, sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    browser.submit(page, f"/komitmen/{one}/laporan", {"note": "a\u202eb\x00c\x07\r\n<script>alert(1)</script>"})
    assert reports_of(app, cast, one)[0].note == "abc\n<script>alert(1)</script>"
    assert "<script>alert" not in browser.get(f"/komitmen/{one}").html


def test_sending_the_form_twice_makes_one_report(app: Flask, sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    first = browser.submit(page, f"/komitmen/{one}/laporan", {"note": "Sekali"})
    second = browser.submit(page, f"/komitmen/{one}/laporan", {"note": "Sekali"})
    assert first.location == second.location
    assert len(reports_of(app, cast, one)) == 2


def test_a_figure_of_somebody_else_is_refused(app: Flask, sign_in, one: int) -> None:
    with app.app_context():
        siga = make.indicator_ids(one)[1]
    refused = sign_in("tni").post(
        f"/komitmen/{one}/laporan",
        {"note": "Coba", "token": "t", "status": "on_track", f"value-{siga}": "5"},
        422,
        page=f"/komitmen/{one}",
    )
    assert "Angka ini dilaporkan pihak lain." in refused.text


def test_the_opd_fills_in_its_own_figure(app: Flask, sign_in, one: int) -> None:
    browser = sign_in("opd")
    page = browser.get(f"/komitmen/{one}")
    with app.app_context():
        siga = make.indicator_ids(one)[1]
    form = page.form(f"/komitmen/{one}/laporan")
    assert [name for name in form if name.startswith("value-")] == [f"value-{siga}"]
    browser.submit(page, f"/komitmen/{one}/laporan", {f"value-{siga}": "1.000"})
    with app.app_context():
        assert service.indicators_of_one(one)[1].pending == 1_000_000


def test_a_returned_report_is_on_top_with_what_the_secretariat_wrote(sign_in, cast: Cast, write, one: int) -> None:
    with write():
        make.returned(cast, one, 170, note="Mohon nama 13 kecamatan.")
    text = sign_in("tni").get(f"/komitmen/{one}").text
    assert text.index("“Mohon nama 13 kecamatan.”") < text.index("Indikator")


def test_a_report_sent_while_the_commitment_was_closed_loses_no_text(sign_in, cast: Cast, write, one: int) -> None:
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    with write():
        service.end(one, who=make.acting_as(cast, "sekretariat"), reason="Digabung")
    refused = browser.submit(page, f"/komitmen/{one}/laporan", {"note": "Ketikan saya"}, 422)
    assert "sudah ditutup" in refused.text
    assert refused.form(f"/komitmen/{one}/laporan")["note"] == "Ketikan saya"


# --- the page's own uploader -------------------------------------------------------------------------------------


def test_the_uploader_sends_text_first_and_then_each_photo(app: Flask, sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("tni")
    form = browser.get(f"/komitmen/{one}").form(f"/komitmen/{one}/laporan")
    text = browser.post(f"/komitmen/{one}/laporan", {**form, "note": "Teks dahulu"}, 200, headers=UPLOADER)
    answer = json.loads(text.response.data)
    assert set(answer) == {"location", "upload", "csrf"}
    for number in range(2):
        photo = {"csrf_token": answer["csrf"], "files": files.sent(files.photo(color=("red", "green")[number]))}
        part = browser.post(answer["upload"], photo, 200, headers=UPLOADER)
        assert json.loads(part.response.data) == {"added": 1}
    again = {"csrf_token": answer["csrf"], "files": files.sent(files.photo(color="red"))}
    assert json.loads(browser.post(answer["upload"], again, 200, headers=UPLOADER).response.data) == {"added": 0}
    bad = {"csrf_token": answer["csrf"], "files": files.sent(b"MZ", "x.exe")}
    refused = browser.post(answer["upload"], bad, 422, headers=UPLOADER)
    assert "tidak dikenal" in json.loads(refused.response.data)["error"]
    assert len(reports_of(app, cast, one)[0].files) == 2
    assert "Laporan terkirim." in browser.get(answer["location"]).text


def test_a_text_that_is_refused_comes_back_as_a_page_to_the_uploader(sign_in, one: int) -> None:
    browser = sign_in("tni")
    form = browser.get(f"/komitmen/{one}").form(f"/komitmen/{one}/laporan")
    refused = browser.post(f"/komitmen/{one}/laporan", form, 422, headers=UPLOADER)
    assert refused.select("//main//form[@data-upload]")
    assert refused.select("//*[@id='errsum']")


def test_evidence_is_added_without_javascript_and_not_by_others(
    app: Flask, sign_in, cast: Cast, write, one: int
) -> None:
    with write():
        report_id = make.reported(cast, one, 170)
    browser, path = sign_in("tni"), f"/komitmen/{one}/laporan/{report_id}/bukti"
    page = browser.get(path)
    empty = browser.submit(page, path, {}, 422)
    assert empty.errors() == ["Pilih berkas, atau tulis tautannya."]
    mixed = [files.sent(files.pdf(), "Surat.pdf"), files.sent(b"", "kosong.jpg")]
    refused = browser.post(path, {**page.form(path), "files": mixed}, 422)
    assert "Surat.pdf" in refused.text
    browser.submit(refused, path, {"link": "https://berita.contoh.id/a"})
    assert [file.filename for file in reports_of(app, cast, one)[0].files] == ["Surat.pdf", "berita.contoh.id"]
    assert "Surat.pdf" in browser.get(f"/komitmen/{one}").text
    sign_in("polri").post(path, {"files": files.sent(files.photo())}, 404, page="/komitmen")
    sign_in("sekretariat").post(path, {"files": files.sent(files.photo())}, 403, page="/komitmen")


def test_five_large_photos_arrive_in_one_form(app: Flask, sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("tni")
    form = browser.get(f"/komitmen/{one}").form(f"/komitmen/{one}/laporan")
    letters = [files.sent(files.pdf(f"{n}" * 4_000_000), f"{n}.pdf") for n in range(5)]
    browser.post(f"/komitmen/{one}/laporan", {**form, "note": "Lima surat", "files": letters})
    assert len(reports_of(app, cast, one)[0].files) == 5


def test_a_file_beyond_the_limit_is_named_at_its_field_and_the_text_stays(sign_in, one: int) -> None:
    browser = sign_in("tni")
    form = browser.get(f"/komitmen/{one}").form(f"/komitmen/{one}/laporan")
    large = files.sent(files.pdf("x" * 11_000_000), "Besar.pdf")
    refused = browser.post(f"/komitmen/{one}/laporan", {**form, "note": "Ketikan", "files": large}, 422)
    assert refused.errors() == ["“Besar”: lebih besar dari 10 MB. Perkecil atau pecah berkasnya."]
    assert refused.form(f"/komitmen/{one}/laporan")["note"] == "Ketikan"


def test_a_sixth_file_is_refused(app: Flask, sign_in, cast: Cast, write, one: int) -> None:
    with write(), app.test_request_context():
        uploads = [files.upload(files.photo(40 + n, 40), f"{n}.jpg") for n in range(5)]
        who = make.acting_as(cast, "tni")
        attachments.save(attachments.prepare(uploads, 10**7), who=who, draft_token="t5")
        report_id = make.reported(cast, one, 170, token="t5")
    browser, path = sign_in("tni"), f"/komitmen/{one}/laporan/{report_id}/bukti"
    assert "jumlah berkas paling banyak" in browser.get(path).text
    refused = browser.post(path, {"files": files.sent(files.photo())}, 422, headers=UPLOADER, page=f"/komitmen/{one}")
    assert "paling banyak 5 berkas" in json.loads(refused.response.data)["error"]


# --- the secretariat ---------------------------------------------------------------------------------------------


def test_the_secretariat_records_on_behalf_and_goes_on_with_the_next(app: Flask, sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{one}")
    sent = browser.submit(
        page,
        f"/komitmen/{one}/laporan",
        {
            first_value(app, one): "175",
            "note": "Lapor, 7 kecamatan lagi.",
            "source": "whatsapp",
            "sender": "Kapten Sari",
            "source_date": "09/06/2026",
            "files": files.sent(files.photo(), "Tangkapan layar.png"),
        },
    )
    after = browser.get(sent.location)
    assert "Laporan tercatat. Atas nama Kodam II/Sriwijaya" in after.text
    assert "bukti sumber" in after.text
    following = next(link for link in after.links() if link.startswith("/komitmen/catat?"))
    assert "sender=Kapten+Sari" in following
    picked = browser.get(following)
    href = next(link for link in picked.links() if link.startswith(f"/komitmen/{one}?"))
    form = browser.get(href.partition("#")[0]).form(f"/komitmen/{one}/laporan")
    assert (form["source"], form["sender"], form["source_date"]) == ("whatsapp", "Kapten Sari", "09/06/2026")
    assert browser.get("/komitmen/catat?q=babinsa", htmx="pilihan").tree.get("id") == "pilihan"


def test_an_entry_on_behalf_without_sender_or_with_a_wrong_day_is_refused(sign_in, one: int) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{one}")
    fields = {"note": "Lapor", "source": "letter", "source_date": "31/02/2026"}
    assert browser.submit(page, f"/komitmen/{one}/laporan", fields, 422).errors() == [
        "Tanggal 31 tidak ada di bulan itu."
    ]
    fields = {"note": "Lapor", "source": "letter", "source_date": "01/06/2026"}
    assert browser.submit(page, f"/komitmen/{one}/laporan", fields, 422).errors() == ["Tulis siapa pengirimnya."]


@pytest.fixture
def waiting(cast: Cast, write, one: int) -> int:
    with write():
        return make.reported(cast, one, 181, note="13 kecamatan lagi.")


def verify_path(report_id: int) -> str:
    return f"/komitmen/laporan/{report_id}/verifikasi"


def test_the_verification_shows_accepted_beside_submitted(sign_in, one: int, waiting: int) -> None:
    page = sign_in("sekretariat").get(f"/komitmen/{one}")
    cells = [" ".join(td.text_content().split()) for td in page.select("//table[contains(@class,'vals')]//td")]
    assert cells == ["168", "181 (+13)", "–", "belum dilaporkan"]
    actions = page.select(f"//form[@action='{verify_path(waiting)}']//input[@name='decision']/@value")
    assert actions == ["accept", "return"]


def test_a_report_is_accepted_without_javascript(app: Flask, sign_in, one: int, waiting: int) -> None:
    browser = sign_in("sekretariat")
    done = browser.post(verify_path(waiting), {"decision": "accept"}, page=f"/komitmen/{one}")
    assert done.location == f"/komitmen/{one}"
    text = browser.get(done.location).text
    assert "Laporan K-0001 diterima." in text
    assert "181" in text
    refused = browser.post(verify_path(waiting), {"decision": "accept"}, 422, page=f"/komitmen/{one}")
    assert "sudah diputuskan oleh Rina Sekretariat" in refused.text


def test_a_report_is_returned_with_a_note_the_liaison_reads(sign_in, one: int, waiting: int) -> None:
    browser = sign_in("sekretariat")
    refused = browser.post(verify_path(waiting), {"decision": "return", "note": " "}, 422, page=f"/komitmen/{one}")
    assert "Tulis apa yang perlu dilengkapi." in refused.text
    assert refused.select("//details[@class='return'][@open]")
    fields = {"decision": "return", "note": "Mohon nama kecamatan.", "next": "/komitmen/verifikasi"}
    assert browser.post(verify_path(waiting), fields, page=f"/komitmen/{one}").location == "/komitmen/verifikasi"
    assert "“Mohon nama kecamatan.”" in sign_in("tni").get(f"/komitmen/{one}").text


def test_next_leads_nowhere_else(sign_in, one: int, waiting: int) -> None:
    fields = {"decision": "accept", "next": "https://jahat.contoh.id"}
    done = sign_in("sekretariat").post(verify_path(waiting), fields, page=f"/komitmen/{one}")
    assert done.location == f"/komitmen/{one}"


def test_htmx_gets_the_page_again_and_a_toast_with_the_next_one(
    sign_in, cast: Cast, write, one: int, waiting: int
) -> None:
    with write():
        other = make.commitment(cast, owner="polda")
        make.reported(cast, other, 5, by="polri")
    browser = sign_in("sekretariat")
    part = browser.post(verify_path(waiting), {"decision": "accept"}, 200, page=f"/komitmen/{one}", htmx="komitmen")
    assert part.tree.get("id") == "komitmen"
    assert not part.select("//form[contains(@action,'/verifikasi')]")
    toast = json.loads(part.response.headers["HX-Trigger"])["toast"]
    assert toast == {
        "text": "Laporan K-0001 diterima.",
        "href": f"/komitmen/{other}#verifikasi",
        "link": "Berikutnya",
    }


def test_a_row_of_the_queue_becomes_a_short_line(sign_in, one: int, waiting: int) -> None:
    browser, target = sign_in("sekretariat"), f"q-{waiting}"
    refused = browser.post(verify_path(waiting), {"decision": "return"}, 422, page=f"/komitmen/{one}", htmx=target)
    assert refused.select(f"//li[@id='{target}']//p[@role='alert']")
    assert refused.select("//details[@open]//textarea")
    done = browser.post(verify_path(waiting), {"decision": "accept"}, 200, page=f"/komitmen/{one}", htmx=target)
    assert done.select(f"//li[@id='{target}']")
    assert "Diterima" in done.tree.text_content()
    assert not done.select("//form")
    late = browser.post(verify_path(waiting), {"decision": "accept"}, 422, page=f"/komitmen/{one}", htmx=target)
    assert "sudah diputuskan" in late.tree.text_content()


def test_the_queue_page_holds_all_that_wait(sign_in, one: int, waiting: int) -> None:
    page = sign_in("sekretariat").get("/komitmen/verifikasi")
    assert page.select(f"//li[@id='q-{waiting}']")
    assert "181 dari 241" in page.text
    assert "sebelumnya 168" in page.text


def test_ones_own_entry_offers_no_button_without_its_source(sign_in, cast: Cast, write, one: int) -> None:
    with write():
        report_id = make.reported(cast, one, 5, by="sekretariat")
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{one}")
    assert "Lampirkan bukti sumbernya" in page.text
    assert not page.select("//form[contains(@action,'/verifikasi')]")
    refused = browser.post(verify_path(report_id), {"decision": "accept"}, 422, page=f"/komitmen/{one}")
    assert "Lampirkan bukti sumber" in refused.text
    path = f"/komitmen/{one}/laporan/{report_id}/bukti"
    browser.post(path, {**browser.get(path).form(path), "files": files.sent(files.photo())})
    browser.post(verify_path(report_id), {"decision": "accept"}, page=f"/komitmen/{one}")


def test_a_liaison_cannot_verify(sign_in, one: int, waiting: int) -> None:
    sign_in("tni").post(verify_path(waiting), {"decision": "accept"}, 403, page=f"/komitmen/{one}")


# --- recording and correcting ------------------------------------------------------------------------------------

FORM = {
    "title": "Satu Kampung KB per kecamatan",
    "period_start": "01/06/2026",
    "due_on": "2026-12-31",
    "priority": "high",
    "indicator-0-name": "Kampung KB",
    "indicator-0-target": "231",
    "indicator-0-unit": "kampung",
    "indicator-0-mode": "latest",
    "indicator-0-source": "partner",
}


def test_a_commitment_is_recorded_and_read_back(app: Flask, sign_in, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/komitmen/baru")
    assert page.select("//form[@action='/komitmen/baru']//button")[0].text_content().strip() == "Simpan"
    units = [str(cast.units["idi"]), str(cast.units["polda"])]
    fields = {
        **FORM,
        "organization_id": str(cast.units["kodam"]),
        "supporter_ids": units,
        f"contribution-{units[0]}": "Dokter",
        "regency_id": str(cast.regions["16.04"]),
    }
    made = browser.submit(page, "/komitmen/baru", fields)
    text = browser.get(made.location).text
    assert "Komitmen tersimpan." in text
    for words in (
        "Satu Kampung KB per kecamatan",
        "231 kampung",
        "31 Desember 2026",
        "Dokter",
        "Kabupaten Lahat",
        "Tinggi",
    ):
        assert words in text, words


def test_a_wrong_form_keeps_everything_and_names_each_field(sign_in, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/komitmen/baru")
    fields = {**FORM, "title": "", "due_on": "31/02/2026", "indicator-0-target": "banyak", "supporter_ids": ["1"]}
    refused = browser.submit(page, "/komitmen/baru", fields, 422)
    assert len(refused.errors()) == 4
    form = refused.form("/komitmen/baru")
    assert form["due_on"] == "31/02/2026"
    assert form["indicator-0-target"] == "banyak"
    assert form["indicator-0-name"] == "Kampung KB"
    late = {**FORM, "organization_id": str(cast.units["kodam"]), "due_on": "01/01/2026"}
    refused = browser.submit(page, "/komitmen/baru", late, 422)
    assert refused.errors() == ["Tenggat tidak boleh sebelum tanggal mulai."]
    half = {**FORM, "organization_id": str(cast.units["kodam"]), "indicator-1-name": "", "indicator-1-target": "5"}
    assert browser.submit(page, "/komitmen/baru", half, 422).errors() == ["Tulis nama indikator."]


def test_more_rows_and_the_cascade_work_without_javascript(sign_in, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/komitmen/baru?title=Dari+rapat")
    assert page.form("/komitmen/baru")["title"] == "Dari rapat"
    more = browser.submit(page, "/komitmen/baru", {**FORM, "more": "1"}, 200)
    assert more.form("/komitmen/baru")["indicator-0-name"] == "Kampung KB"
    assert "indicator-3-name" in more.form("/komitmen/baru")
    chosen = browser.submit(more, "/komitmen/baru", {"cascade": "1", "regency_id": str(cast.regions["16.04"])}, 200)
    assert "Kikim Timur" in chosen.html


def test_a_correction_is_saved_and_a_second_writer_sees_both_versions(
    app: Flask, sign_in, cast: Cast, one: int
) -> None:
    first, second = sign_in("admin"), sign_in("sekretariat")
    page = second.get(f"/komitmen/{one}/ubah")
    saved = first.submit(first.get(f"/komitmen/{one}/ubah"), f"/komitmen/{one}/ubah", {"priority": "urgent"})
    assert "Mendesak" in first.get(saved.location).text
    conflict = second.submit(page, f"/komitmen/{one}/ubah", {"title": "Judul kedua"}, 409)
    assert "Komitmen ini baru saja diubah orang lain" in conflict.text
    assert "Judul kedua" in conflict.text
    assert "Mendesak" in conflict.text
    merged = [form for form in conflict.select("//form") if form.xpath(".//input[@name='title'][@type='text']")]
    fields = {name: value for name, value in merged[0].form_values() if name != "supporter_ids"}
    fields["supporter_ids"] = [value for name, value in merged[0].form_values() if name == "supporter_ids"]
    assert fields["version"] == "2"
    second.post(f"/komitmen/{one}/ubah", {**fields, "priority": "urgent"})
    text = second.get(f"/komitmen/{one}").text
    assert "Judul kedua" in text
    assert "Mendesak" in text


def test_ones_own_typing_can_be_saved_over_the_other(sign_in, one: int) -> None:
    first, second = sign_in("admin"), sign_in("sekretariat")
    page = second.get(f"/komitmen/{one}/ubah")
    first.submit(first.get(f"/komitmen/{one}/ubah"), f"/komitmen/{one}/ubah", {"priority": "urgent"})
    conflict = second.submit(page, f"/komitmen/{one}/ubah", {"title": "Judul kedua"}, 409)
    mine = next(form for form in conflict.select("//form") if form.xpath(".//input[@name='title'][@type='hidden']"))
    fields: dict[str, list[str]] = {}
    for name, value in mine.form_values():
        fields.setdefault(name, []).append(value)
    second.post(f"/komitmen/{one}/ubah", fields)
    assert second.get(f"/komitmen/{one}").h1 == "Judul kedua"


def test_contributions_of_supporters_are_kept(sign_in, cast: Cast, one: int) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{one}/ubah")
    name = f"contribution-{cast.units['opd_lahat']}"
    assert page.form(f"/komitmen/{one}/ubah")[f"contribution-{cast.units['idi']}"] == "Dokter"
    browser.submit(page, f"/komitmen/{one}/ubah", {name: "Data peserta"})
    text = browser.get(f"/komitmen/{one}").text
    assert "Dokter" in text
    assert "Data peserta" in text


def test_ending_asks_first_wants_a_reason_and_can_be_undone(sign_in, one: int) -> None:
    browser = sign_in("sekretariat")
    page = browser.get(f"/komitmen/{one}/akhiri")
    assert browser.submit(page, f"/komitmen/{one}/akhiri", {}, 422).errors() == ["Wajib diisi."]
    browser.submit(page, f"/komitmen/{one}/akhiri", {"reason": "Digabung dengan K-0002."})
    assert "Alasan: Digabung dengan K-0002." in sign_in("tni").get(f"/komitmen/{one}").text
    again = browser.post(f"/komitmen/{one}/akhiri", {"reason": "Lagi"}, 422, page=f"/komitmen/{one}")
    assert "sudah ditutup" in again.text
    page = browser.get(f"/komitmen/{one}/akhiri")
    browser.submit(page, f"/komitmen/{one}/buka", {"reason": "Keliru"})
    assert "Digabung" not in browser.get(f"/komitmen/{one}").text


# --- as of a day -------------------------------------------------------------------------------------------------


def test_the_page_as_of_a_day_shows_what_was_known_then(sign_in, cast: Cast, write, one: int) -> None:
    with write():
        make.reported(cast, one, 200)
        service.edit(one, who=make.acting_as(cast, "admin"), version=1, terms=make.terms(cast, title="Judul baru"))
    browser = sign_in("sekretariat")
    then = browser.get(f"/komitmen/{one}?per=09/06/2026")
    assert then.h1 == "Babinsa mendampingi Kampung KB di setiap kecamatan"
    assert "Riwayat perubahan" in then.text
    assert "Belum ada pada hari itu" in browser.get(f"/komitmen/{one}?per=2017-03-07").text
    assert browser.get(f"/komitmen/{one}?per=10/06/2026").h1 == "Judul baru"
    assert "Tulis tanggal seperti" in browser.get(f"/komitmen/{one}?per=besok").text
    assert "Hari ini 10 Juni 2026." in browser.get(f"/komitmen/{one}?per=2026-06-11").text
    assert "Riwayat perubahan" not in sign_in("tni").get(f"/komitmen/{one}?per=09/06/2026").text


def test_older_reports_are_one_link_away(sign_in, cast: Cast, write, one: int) -> None:
    with write():
        for number in range(11):
            make.accepted(cast, one, number, note=f"Laporan ke-{number}")
    browser = sign_in("tni")
    page = browser.get(f"/komitmen/{one}")
    assert len(page.select("//ol[@class='time']/li")) == 10
    older = next(link for link in page.links() if "sebelum=" in link)
    assert len(browser.get(older.partition("#")[0]).select("//ol[@class='time']/li")) == 2
