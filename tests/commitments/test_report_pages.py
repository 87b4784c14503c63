"""The liaison reports: with and without JavaScript, on a weak network, with what people type."""

from __future__ import annotations

import json

from flask import Flask

from kbpartners.attachments import service as attachments
from kbpartners.commitments import service
from tests.cast import Cast
from tests.commitments.helpers import UPLOADER, first_value, reports_of
from tests.factories import attachments as files
from tests.factories import commitments as make


# --- the liaison's page --------------------------------------------------------------------------------------------
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


# --- the page's own uploader ---------------------------------------------------------------------------------------
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
