"""Reporting what was done, its evidence, and the secretariat's decision."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners.activities import service
from kbpartners.activities.models import Activity, ActivityScope
from kbpartners.attachments import service as attachments
from kbpartners.attachments.models import Attachment
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.errors import Conflict, Invalid, Refused
from tests.factories.activities import activity, kampung, reported
from tests.factories.attachments import pdf, photo, sent

REPORT: dict[str, Any] = {
    "token": "laporan-1",
    "realised_on": "01/06/2026",
    "realised_until": "",
    "participants": "1.234",
    "result": "43 peserta dilayani.",
    "obstacle": "Hujan",
    "link": "",
}


@pytest.fixture
def planned(write, cast) -> int:
    """Of the Kodim with the Polres, at Bungur in Lahat."""
    with write():
        return activity(cast, kampung_id=kampung(cast), partners={"polres": "Pengamanan"})


def stored(app, number: int) -> Activity:
    with app.app_context():
        return db.session.get_one(Activity, number)


@pytest.mark.parametrize("name", ["kodim", "tni", "polri", "opd", "sekretariat", "admin"])
def test_whoever_takes_part_reports_and_the_report_waits_for_verification(app, sign_in, planned: int, name) -> None:
    browser, path = sign_in(name), f"/kegiatan/{planned}/realisasi"
    assert path in browser.get(f"/kegiatan/{planned}").links()
    page = browser.get(path)
    assert page.form(path)["realised_on"] == "01/06/2026"
    browser.submit(page, path, {key: value for key, value in REPORT.items() if key != "token"})
    shown = browser.get(f"/kegiatan/{planned}")
    for words in ("Menunggu verifikasi", "1.234 orang", "43 peserta dilayani.", "Hujan"):
        assert words in shown.text
    row = stored(app, planned)
    assert (row.status, row.realised_on, row.realised_until) == ("reported", date(2026, 6, 1), date(2026, 6, 1))


@pytest.mark.parametrize("name", ["stranger"])
def test_others_cannot_report(sign_in, planned: int, name: str) -> None:
    sign_in(name).post(f"/kegiatan/{planned}/realisasi", REPORT, 404)
    sign_in(name).post(f"/kegiatan/{planned}/berkas", {}, 404)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("realised_on", "", "Wajib diisi."),
        ("realised_on", "11/06/2026", "Tanggal pelaksanaan belum tiba."),
        ("realised_on", "31/02/2017", "Tanggal 31 tidak ada di bulan itu."),
        ("realised_on", "13/13/2026", "Bulan 13 tidak ada."),
        ("realised_until", "31/05/2026", "Kegiatan tidak dapat selesai sebelum dimulai."),
        ("realised_until", "11/06/2026", "Tanggal selesai belum tiba."),
        ("participants", "1,234.5", "Pakai titik untuk ribuan dan koma untuk desimal: 1.234,5."),
        ("participants", "12,5", "Tulis bilangan bulat, tanpa koma."),
        ("participants", "-3", "Angka tidak boleh kurang dari 0."),
        ("participants", "99.999.999", "Periksa jumlah peserta."),
        ("participants", "banyak", "Tulis angka saja"),
        ("result", "", "Wajib diisi."),
        ("result", "x" * 100_000, "Paling banyak 20000 huruf."),
        ("obstacle", "x" * 100_000, "Paling banyak 20000 huruf."),
        ("link", "javascript:alert(1)", ""),
    ],
)
def test_bad_input_is_answered_at_its_field_and_the_photo_is_not_lost(
    app, sign_in, planned: int, field: str, typed: str, said: str
) -> None:
    browser, path = sign_in("kodim"), f"/kegiatan/{planned}/realisasi"
    page = browser.post(path, {**REPORT, field: typed, "files": sent(photo(), "Pelayanan.jpg")}, 422)
    assert any(said in error for error in page.errors()), page.errors()
    assert page.select(f"//*[@name='{field}'][@aria-invalid='true']")
    assert "Pelayanan" in page.text
    assert stored(app, planned).status == "planned"
    browser.submit(page, path, {**REPORT, "files": ""})
    with app.app_context():
        assert len(attachments.of(activity_id=planned)) == 1


def test_an_empty_number_of_participants_is_not_counted_rather_than_none(app, sign_in, planned: int) -> None:
    sign_in("kodim").post(f"/kegiatan/{planned}/realisasi", {**REPORT, "participants": ""})
    assert stored(app, planned).participants is None


def test_a_draft_photo_can_be_left_out_without_javascript(app, sign_in, planned: int) -> None:
    browser, path = sign_in("kodim"), f"/kegiatan/{planned}/realisasi"
    page = browser.post(path, {**REPORT, "result": "", "files": sent(photo(), "Salah.jpg")}, 422)
    draft = page.select("//input[@name='without']/@value")[0]
    browser.submit(page, path, {**REPORT, "files": "", "without": draft})
    with app.app_context():
        assert attachments.of(activity_id=planned) == []


def test_a_bad_file_is_named_and_the_good_one_kept(app, sign_in, planned: int) -> None:
    browser, path = sign_in("kodim"), f"/kegiatan/{planned}/realisasi"
    files = [sent(photo(), "Baik.jpg"), sent(b"MZ", "virus.exe")]
    page = browser.post(path, {**REPORT, "files": files}, 422)
    assert any("virus" in error for error in page.errors())
    browser.submit(page, path, {"files": ""})
    with app.app_context():
        names = [file.filename for file in attachments.of(activity_id=planned)]
    assert len(names) == 1
    assert names[0].startswith("Baik")


def test_a_link_to_the_news_is_evidence_too(app, sign_in, planned: int) -> None:
    sign_in("kodim").post(f"/kegiatan/{planned}/realisasi", {**REPORT, "link": "https://berita.contoh.id/kb"})
    with app.app_context():
        assert [file.link for file in attachments.of(activity_id=planned)] == ["https://berita.contoh.id/kb"]


@pytest.mark.parametrize("part", ["realisasi", "berkas"])
def test_five_large_files_arrive_in_one_form(app, sign_in, write, planned: int, part: str) -> None:
    if part == "berkas":
        with write():
            reported(None, planned)
    letters = [sent(pdf(f"{n}" * 4_000_000), f"{n}.pdf") for n in range(5)]
    sign_in("kodim").post(f"/kegiatan/{planned}/{part}", {**REPORT, "files": letters})
    with app.app_context():
        assert len(attachments.of(activity_id=planned)) == 5


def test_a_phone_sends_the_text_first_and_then_each_photo(app, sign_in, planned: int) -> None:
    browser, path = sign_in("kodim"), f"/kegiatan/{planned}/realisasi"
    headers = {"X-Upload": "1", "Accept": "application/json"}
    answer = browser.post(path, REPORT, 200, headers=headers).response.get_json()
    assert stored(app, planned).status == "reported"
    assert answer["upload"] == f"/kegiatan/{planned}/berkas"
    for color in ("navy", "red", "red"):
        fields = {"csrf_token": answer["csrf"], "files": sent(photo(color=color), f"{color}.jpg")}
        browser.post(answer["upload"], fields, 200, headers=headers)
    bad = browser.post(answer["upload"], {"files": sent(b"", "kosong.jpg")}, 422, headers=headers)
    assert "kosong" in bad.response.get_json()["error"]
    with app.app_context():
        assert len(attachments.of(activity_id=planned)) == 2
        assert "menambahkan 1 bukti" in audit.history("activity", planned)[0].sentence
    again = browser.post(path, {**REPORT, "result": ""}, 422, headers=headers)
    assert "Laporan belum terkirim" in again.text


def test_a_phone_gets_the_files_refused_in_words_once_the_report_is_verified(app, sign_in, write, who, planned) -> None:
    with write():
        reported(None, planned)
        service.verify(who=who("sekretariat"), activity_id=planned, decision="accept")
    headers = {"X-Upload": "1", "Accept": "application/json"}
    answer = sign_in("kodim").post(f"/kegiatan/{planned}/berkas", {"files": sent(photo())}, 403, headers=headers)
    assert "sebelum diverifikasi" in answer.response.get_json()["error"]
    with app.app_context():
        assert db.session.execute(select(Attachment)).first() is None


def test_more_evidence_is_added_on_the_page_while_the_report_waits(app, sign_in, write, planned: int) -> None:
    browser, path = sign_in("kodim"), f"/kegiatan/{planned}/berkas"
    page = browser.post(path, {"files": sent(photo())}, 422)
    assert "selama laporan menunggu verifikasi" in page.text
    with write():
        reported(None, planned)
    page = browser.get(f"/kegiatan/{planned}")
    browser.submit(page, path, {"files": [sent(photo(), "Satu.jpg"), sent(photo(color="red"), "Dua.jpg")]})
    refused = browser.post(path, {"link": "ftp://x"}, 422)
    assert refused.select("//*[@name='link'][@aria-invalid='true']")
    with app.app_context():
        assert len(attachments.of(activity_id=planned)) == 2


def test_evidence_is_shown_to_those_who_see_the_activity_alone(app, sign_in, planned: int) -> None:
    sign_in("kodim").post(f"/kegiatan/{planned}/realisasi", {**REPORT, "files": sent(photo())})
    with app.app_context():
        url = attachments.of(activity_id=planned)[0].url
    for name, status in (("tni", 200), ("opd", 200), ("pimpinan", 200), ("polri", 200), ("stranger", 404)):
        assert sign_in(name).http.get(url).status_code == status, name


def test_a_report_is_corrected_until_it_is_verified_and_a_second_writer_is_warned(app, sign_in, planned: int) -> None:
    first, second, path = sign_in("kodim"), sign_in("opd"), f"/kegiatan/{planned}/realisasi"
    mine, theirs = first.get(path), second.get(path)
    first.submit(mine, path, REPORT)
    first.submit(mine, path, REPORT)
    page = second.submit(theirs, path, {**REPORT, "result": "Versi dinas"}, 409)
    assert "43 peserta dilayani." in page.text
    assert "Versi dinas" in page.text
    second.submit(page, path)
    row = stored(app, planned)
    assert (row.result, row.version) == ("Versi dinas", 3)
    with app.app_context():
        assert audit.history("activity", planned)[0].sentence.startswith("Ibu Lahat memperbaiki laporan kegiatan")


# --- verifying ---------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(write, who, planned: int) -> int:
    with write():
        reported(who("kodim"), planned)
    return planned


def test_the_secretariat_accepts_and_the_activity_is_verified(app, sign_in, waiting: int) -> None:
    browser, path = sign_in("sekretariat"), f"/kegiatan/{waiting}/verifikasi"
    page = browser.get(f"/kegiatan/{waiting}")
    assert "Laporan menunggu verifikasi" in page.text
    browser.submit(page, path)
    shown = browser.get(f"/kegiatan/{waiting}")
    assert "Terverifikasi" in shown.text
    assert "Rina Sekretariat memverifikasi laporan kegiatan" in shown.text
    browser.post(path, {"decision": "return", "note": "Terlambat"}, 422)
    with app.app_context():
        assert not any(db.session.execute(select(ActivityScope.is_open)).scalars())


def test_a_returned_report_says_what_is_missing_and_comes_back(app, sign_in, waiting: int) -> None:
    office, partner, path = sign_in("sekretariat"), sign_in("kodim"), f"/kegiatan/{waiting}/verifikasi"
    page = office.post(path, {"decision": "return", "note": ""}, 422)
    assert page.errors() == ["Tulis apa yang perlu dilengkapi."]
    office.post(path, {"decision": "return", "note": "Foto belum ada"})
    shown = partner.get(f"/kegiatan/{waiting}")
    assert "Perlu dilengkapi" in shown.text
    assert "Foto belum ada" in shown.text
    again = partner.get(f"/kegiatan/{waiting}/realisasi")
    assert again.form(f"/kegiatan/{waiting}/realisasi")["result"].strip() == "43 peserta dilayani."
    partner.submit(again, f"/kegiatan/{waiting}/realisasi", {"result": "Dengan foto"})
    row = stored(app, waiting)
    assert (row.status, row.return_note) == ("reported", "")


@pytest.mark.parametrize("name", ["kodim", "tni", "opd", "pimpinan", "polri"])
def test_nobody_else_decides(sign_in, waiting: int, name: str) -> None:
    browser = sign_in(name)
    assert "verifikasi" not in " ".join(browser.get(f"/kegiatan/{waiting}").select("//form/@action"))
    browser.post(f"/kegiatan/{waiting}/verifikasi", {"decision": "accept"}, 403)


@pytest.mark.parametrize("typed", ["", "mungkin", "x" * 1000])
def test_an_unknown_decision_decides_nothing(app, sign_in, waiting: int, typed: str) -> None:
    sign_in("sekretariat").post(f"/kegiatan/{waiting}/verifikasi", {"decision": typed}, 422)
    assert stored(app, waiting).status == "reported"


def test_a_report_that_changed_meanwhile_is_not_accepted_unread(app, sign_in, write, who, waiting: int) -> None:
    browser, path = sign_in("sekretariat"), f"/kegiatan/{waiting}/verifikasi"
    page = browser.get(f"/kegiatan/{waiting}")
    with write():
        reported(who("kodim"), waiting, result="Lain sama sekali")
    answer = browser.submit(page, path, status=422)
    assert "Laporan ini berubah sejak Anda membukanya." in answer.text
    assert "Lain sama sekali" in answer.text
    browser.submit(answer, path)
    assert stored(app, waiting).status == "verified"


def test_an_entry_on_behalf_of_a_partner_is_verified_by_its_writer_only_with_evidence(
    app, sign_in, planned: int
) -> None:
    browser, path = sign_in("sekretariat"), f"/kegiatan/{planned}/verifikasi"
    browser.post(f"/kegiatan/{planned}/realisasi", REPORT)
    page = browser.post(path, {"decision": "accept"}, 422)
    assert "Lampirkan bukti dulu" in page.text
    browser.post(f"/kegiatan/{planned}/berkas", {"files": sent(photo())})
    browser.post(path, {"decision": "accept"})
    with app.app_context():
        sentences = [entry.sentence for entry in audit.history("activity", planned)]
    assert "atas nama Kodim 0405/Lahat" in sentences[2]
    assert "dicatatnya sendiri atas nama mitra, dengan bukti terlampir" in sentences[0]


def test_nobody_verifies_the_own_work(ctx, who, cast) -> None:
    number = activity(cast, kampung_id=kampung(cast), organizer="team")
    reported(who("sekretariat"), number)
    with pytest.raises(Refused):
        service.verify(who=who("sekretariat"), activity_id=number, decision="accept")
    service.verify(who=who("admin"), activity_id=number, decision="accept")


def test_the_example_loader_plans_reports_and_verifies_as_the_system(ctx, cast) -> None:
    number = activity(cast, kampung_id=kampung(cast), is_example=True)
    reported(None, number)
    reported(None, number)
    service.verify(who=None, activity_id=number, decision="accept")
    with pytest.raises(Invalid):
        reported(None, number)
    assert audit.history("activity", number)[0].actor == ""


def test_a_stale_report_is_a_conflict_for_scripts_too(ctx, who, cast) -> None:
    number = activity(cast, kampung_id=kampung(cast))
    reported(who("kodim"), number)
    with pytest.raises(Conflict):
        reported(who("kodim"), number, result="Lain", version=1)


def test_around_midnight_the_offices_date_decides_what_is_in_the_future(ctx, cast, on_day) -> None:
    on_day(date(2026, 6, 2))
    number = activity(cast, kampung_id=kampung(cast))
    with pytest.raises(Invalid, match="belum tiba"):
        reported(None, number, realised_on=date(2026, 6, 3))
    reported(None, number, realised_on=date(2026, 6, 2))
