"""Recording meetings, decisions and attendance: who may, what is refused, what the log keeps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners.attachments import service as attachments
from kbpartners.audit import service as audit
from kbpartners.db import db
from kbpartners.meetings.models import Attendance, Decision, Meeting, MeetingScope
from tests.factories.attachments import pdf, photo, sent
from tests.factories.meetings import decision, meeting

MEETING: dict[str, Any] = {
    "title": "Rakorda 2026",
    "kind": "rakorda",
    "held_on": "12/05/2026",
    "ends_on": "",
    "starts_at": "09.30",
    "place": "Palembang",
    "chair": "Kepala",
    "minute_taker": "Rina",
    "predecessor_id": "",
    "description": "",
}


def test_the_secretariat_records_a_meeting(app, sign_in) -> None:
    browser = sign_in("sekretariat")
    assert browser.get("/rapat/baru").h1 == "Catat rapat"
    page = browser.post("/rapat/baru", MEETING)
    shown = browser.get(page.location)
    assert shown.h1 == "Rakorda 2026"
    assert "pukul 09.30 WIB" in shown.text
    assert "Rina Sekretariat mencatat rapat “Rakorda 2026”." in shown.text


@pytest.mark.parametrize("name", ["pimpinan", "tni", "opd", "stranger"])
def test_only_the_secretariat_writes_meetings(sign_in, write, cast, name: str) -> None:
    with write():
        number = meeting(invited=[cast.units["kodam"], cast.units["opd_lahat"]])
        one = decision(meeting_id=number)
    browser = sign_in(name)
    for path in (
        "/rapat/baru",
        f"/rapat/{number}/ubah",
        f"/rapat/{number}/hadir",
        f"/rapat/{number}/undang",
        f"/rapat/{number}/keputusan/baru",
        f"/rapat/keputusan/{one}/ubah",
    ):
        browser.get(path, 403)
        browser.post(path, MEETING, 403)
    browser.post(f"/rapat/{number}/berkas", {}, 403)


def test_records_that_do_not_exist_are_not_found(sign_in) -> None:
    browser = sign_in("sekretariat")
    for path in (
        "/rapat/987654",
        "/rapat/987654/ubah",
        "/rapat/987654/hadir",
        "/rapat/987654/undang",
        "/rapat/987654/keputusan/baru",
        "/rapat/keputusan/987654/ubah",
    ):
        browser.get(path, 404)
    for path in ("/rapat/987654/ubah", "/rapat/987654/hadir", "/rapat/987654/undang", "/rapat/987654/berkas"):
        browser.post(path, MEETING, 404)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", "", "Wajib diisi."),
        ("title", "x" * 100_000, "Paling banyak 200 huruf."),
        ("kind", "pesta", "Pilih salah satu dari daftar."),
        ("held_on", "", "Wajib diisi."),
        ("held_on", "31/02/2017", "Tanggal 31 tidak ada di bulan itu."),
        ("held_on", "13/13/2026", "Bulan 13 tidak ada."),
        ("held_on", "besok", "Tulis tanggal seperti 07/03/2017"),
        ("ends_on", "11/05/2026", "Rapat tidak dapat selesai sebelum dimulai."),
        ("starts_at", "25:99", "Tulis jam seperti 09:30."),
        ("predecessor_id", "987654", "Pilih salah satu dari daftar."),
        ("predecessor_id", "abc", "Pilih salah satu dari daftar."),
        ("predecessor_id", "99999999999999999999", "Pilih salah satu dari daftar."),
        ("description", "x" * 100_000, "Paling banyak 20000 huruf."),
    ],
)
def test_bad_input_is_answered_at_its_field_and_nothing_typed_is_lost(
    sign_in, field: str, typed: str, said: str
) -> None:
    page = sign_in("sekretariat").post("/rapat/baru", {**MEETING, "chair": "Bu Kepala", field: typed}, 422)
    assert any(said in error for error in page.errors()), page.errors()
    assert page.select(f"//*[@name='{field}'][@aria-invalid='true']")
    assert page.form("/rapat/baru")["chair"] == "Bu Kepala"
    assert "Belum tersimpan" in page.text


def test_control_characters_and_direction_marks_do_not_reach_the_record(sign_in) -> None:
    browser = sign_in("sekretariat")
    page = browser.post("/rapat/baru", {**MEETING, "title": "Rapat\u202e \x00<script>alert(1)</script>"})
    shown = browser.get(page.location)
    assert shown.h1 == "Rapat <script>alert(1)</script>"
    assert "<script>alert" not in shown.html


def test_a_series_cannot_run_backwards_or_in_a_circle(sign_in, write) -> None:
    with write():
        late = meeting(title="Kemudian", held_on=date(2026, 5, 20))
        first = meeting(title="Pertama", held_on=date(2026, 5, 12))
        second = meeting(title="Kedua", held_on=date(2026, 5, 12), predecessor_id=first)
    browser = sign_in("sekretariat")
    page = browser.post("/rapat/baru", {**MEETING, "predecessor_id": str(late)}, 422)
    assert "Rapat sebelumnya harus lebih dahulu daripada rapat ini." in page.text
    fields = {**MEETING, "title": "Pertama", "version": "1", "predecessor_id": str(second)}
    assert "justru lanjutan dari rapat ini" in browser.post(f"/rapat/{first}/ubah", fields, 422).text


def test_moving_a_meeting_moves_it_in_everybodys_list(app, sign_in, write, cast) -> None:
    with write():
        number = meeting(title="Pindah", held_on=date(2026, 5, 12), invited=[cast.units["kodam"]])
    browser = sign_in("sekretariat")
    page = browser.get(f"/rapat/{number}/ubah")
    assert page.form(f"/rapat/{number}/ubah")["held_on"] == "12/05/2026"
    browser.submit(page, f"/rapat/{number}/ubah", {"held_on": "01/07/2026"})
    with app.app_context():
        days = db.session.execute(select(MeetingScope.sort_on).where(MeetingScope.record_id == number)).scalars()
        assert set(days) == {date(2026, 7, 1)}
        entry = audit.history("meeting", number)[0]
    assert entry.changes == [["Tanggal", "12\u00a0Mei\u00a02026", "1\u00a0Juli\u00a02026"]]


def test_the_second_writer_sees_both_versions_and_can_still_save_the_own_one(sign_in, write) -> None:
    with write():
        number = meeting(title="Lama")
    first, second = sign_in("sekretariat"), sign_in("admin")
    path = f"/rapat/{number}/ubah"
    mine, theirs = first.get(path), second.get(path)
    first.submit(mine, path, {"title": "Dari sekretariat"})
    page = second.submit(theirs, path, {"title": "Dari admin", "place": "Lahat"}, 409)
    assert "Dari sekretariat" in page.text
    assert "Dari admin" in page.text
    second.submit(page, path)
    shown = second.get(f"/rapat/{number}")
    assert shown.h1 == "Dari admin"
    assert "Lahat" in shown.text


def test_saving_the_same_again_is_no_conflict_and_no_revision(app, sign_in, write) -> None:
    with write():
        number = meeting()
    browser, path = sign_in("sekretariat"), f"/rapat/{number}/ubah"
    page = browser.get(path)
    browser.submit(page, path)
    browser.submit(page, path, {"version": "77"})
    with app.app_context():
        assert len(audit.history("meeting", number)) == 1


# --- decisions ---------------------------------------------------------------------------------------------------


def test_decisions_are_numbered_within_their_kind_and_entered_one_after_the_other(app, sign_in, write) -> None:
    with write():
        number = meeting()
    browser, path = sign_in("sekretariat"), f"/rapat/{number}/keputusan/baru"
    for text in ("Satu", "Dua"):
        page = browser.get(f"{path}?kind=arahan")
        answer = browser.submit(page, path, {"text": text, "by": "Wakil Presiden", "again": "1"})
        assert answer.location.startswith(f"{path}?kind=arahan&")
    assert browser.get(f"{path}?kind=arahan").form(path)["kind"] == "arahan"
    answer = browser.post(path, {"kind": "rumusan", "number": "", "text": "Tiga", "by": ""})
    shown = browser.get(f"/rapat/{number}").text
    assert shown.index("Arahan 1") < shown.index("Arahan 2") < shown.index("Rumusan 1")
    with app.app_context():
        row = db.session.execute(select(Decision).where(Decision.kind == "rumusan")).scalar_one()
        assert answer.location == f"/rapat/{number}?tersimpan=keputusan-baru-{number}#keputusan-{row.id}"
        assert audit.as_of("decision", date(2026, 6, 10))[row.id]["text"] == "Tiga"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("text", "", "Wajib diisi."),
        ("text", "x" * 100_000, "Paling banyak 4000 huruf."),
        ("number", "satu", "Tulis bilangan bulat."),
        ("number", "0", "Antara 1 dan 999."),
        ("number", "1", "Kesepakatan nomor 1 sudah ada pada rapat ini."),
        ("kind", "keluhan", "Pilih salah satu dari daftar."),
    ],
)
def test_a_decision_that_cannot_stand_is_refused_at_its_field(
    sign_in, write, field: str, typed: str, said: str
) -> None:
    with write():
        number = meeting()
        decision(meeting_id=number)
    fields = {"kind": "kesepakatan", "number": "2", "text": "Isi", "by": "Ibu", field: typed}
    page = sign_in("sekretariat").post(f"/rapat/{number}/keputusan/baru", fields, 422)
    assert any(said in error for error in page.errors()), page.errors()
    assert page.form(f"/rapat/{number}/keputusan")["by"] == "Ibu"


def test_a_decision_is_corrected_and_a_second_writer_is_warned(sign_in, write) -> None:
    with write():
        number = meeting()
        one = decision(meeting_id=number, text="Lama")
        decision(meeting_id=number, text="Lain")
    browser, path = sign_in("sekretariat"), f"/rapat/keputusan/{one}/ubah"
    page = browser.get(path)
    assert page.form(path)["text"].strip() == "Lama"
    assert browser.submit(page, path, {"text": "Baru"}).location == f"/rapat/{number}#keputusan-{one}"
    late = browser.submit(page, path, {"text": "Terlambat"}, 409)
    assert "Baru" in late.text
    browser.submit(late, path)
    assert "Terlambat" in browser.get(f"/rapat/{number}").text
    taken = browser.submit(browser.get(path), path, {"number": "2"}, 422)
    assert "Kesepakatan nomor 2 sudah ada pada rapat ini." in taken.text


# --- invitations and attendance ----------------------------------------------------------------------------------


def test_inviting_lets_an_organisation_see_the_meeting_at_once(sign_in, write, cast) -> None:
    with write():
        number = meeting(title="Audiensi")
    partner = sign_in("polri")
    partner.get(f"/rapat/{number}", 404)
    browser, path = sign_in("sekretariat"), f"/rapat/{number}/undang"
    assert "Kodim 0405/Lahat" in browser.get(path).text
    browser.post(path, {"organization_id": [str(cast.units["polda"]), str(cast.units["idi"])]})
    assert partner.get(f"/rapat/{number}").h1 == "Audiensi"
    assert browser.get(path).text.count("sudah diundang") == 2
    browser.post(path, {"organization_id": [str(cast.units["polda"])]})
    assert "2 organisasi diundang" in browser.get(f"/rapat/{number}").text


@pytest.mark.parametrize("typed", ["987654", "abc", "99999999999999999999"])
def test_inviting_what_does_not_exist_is_refused(sign_in, write, typed: str) -> None:
    with write():
        number = meeting()
    page = sign_in("sekretariat").post(f"/rapat/{number}/undang", {"organization_id": typed}, 422)
    assert "Belum ada yang diundang" in page.text


def test_attendance_is_noted_row_by_row_without_javascript(app, sign_in, write, cast) -> None:
    with write():
        number = meeting(invited=[cast.units["kodam"]])
    browser, path = sign_in("sekretariat"), f"/rapat/{number}/hadir"
    page = browser.get(path)
    assert len(page.select("//fieldset")) == 6
    browser.submit(
        page,
        path,
        {
            "rows-0-name": "Mayor Budi",
            "rows-0-position": "Perwira penghubung",
            "rows-0-present": "1",
            "rows-1-organization_id": str(cast.units["polda"]),
            "rows-1-name": "AKP Dewi",
            "rows-1-present": "0",
        },
    )
    shown = browser.get(f"/rapat/{number}")
    assert "2 organisasi diundang" in shown.text
    assert "1 hadir" in shown.text
    assert "1 tidak hadir" in shown.text
    assert "Rina Sekretariat mencatat kehadiran" in shown.text
    sign_in("polri").get(f"/rapat/{number}", 200)
    page = browser.get(path)
    polda = next(key for key, value in page.form(path).items() if value == "AKP Dewi").replace("-name", "")
    browser.submit(page, path, {f"{polda}-remove": "y"})
    sign_in("polri").get(f"/rapat/{number}", 404)
    with app.app_context():
        assert audit.history("meeting", number)[0].changes == [
            ["Daftar hadir", "Polda Sumsel (AKP Dewi): tidak hadir", ""]
        ]


def test_a_name_without_an_organisation_is_asked_for_it(app, sign_in, write) -> None:
    with write():
        number = meeting()
    browser, path = sign_in("sekretariat"), f"/rapat/{number}/hadir"
    page = browser.submit(browser.get(path), path, {"rows-2-name": "Tanpa satuan"}, 422)
    assert page.errors() == ["Pilih organisasinya."]
    assert page.select("//a[@href='#rows-2-organization_id']")
    assert page.form(path)["rows-2-name"] == "Tanpa satuan"
    with app.app_context():
        assert db.session.execute(select(Attendance)).first() is None


def test_a_line_of_another_meeting_cannot_be_changed_from_here(app, sign_in, write, cast) -> None:
    with write():
        other = meeting(title="Lain", invited=[cast.units["kodam"]])
        number = meeting()
    with app.app_context():
        line = db.session.execute(select(Attendance.id).where(Attendance.meeting_id == other)).scalar_one()
    fields = {"rows-0-id": str(line), "rows-0-name": "Penyusup", "rows-0-position": "", "rows-0-present": "1"}
    sign_in("sekretariat").post(f"/rapat/{number}/hadir", fields, 422)
    with app.app_context():
        assert db.session.execute(select(Attendance.name)).scalars().all() == [""]


# --- files -------------------------------------------------------------------------------------------------------


def test_minutes_are_attached_and_shown_to_those_invited_alone(app, sign_in, write, cast) -> None:
    with write():
        number = meeting(invited=[cast.units["kodam"]])
    browser = sign_in("sekretariat")
    fields = {
        "token": "t-1",
        "files": sent(pdf(), "Notula.pdf"),
        "link": "https://contoh.id/berita",
        "caption": "Berita",
    }
    assert browser.post(f"/rapat/{number}/berkas", fields).location == f"/rapat/{number}#berkas"
    with app.app_context():
        found = attachments.of(meeting_id=number)
    assert {file.filename for file in found} == {"Notula.pdf", "contoh.id"}
    url = next(file.url for file in found if file.size)
    assert "Notula.pdf" in sign_in("tni").get(f"/rapat/{number}").text
    assert sign_in("tni").http.get(url).status_code == 200
    assert sign_in("polri").http.get(url).status_code == 404
    assert "menambahkan 2 berkas" in browser.get(f"/rapat/{number}").text


def test_a_bad_file_is_named_and_the_good_one_need_not_be_chosen_again(app, sign_in, write) -> None:
    with write():
        number = meeting()
    browser, path = sign_in("sekretariat"), f"/rapat/{number}/berkas"
    files = [sent(photo(), "Daftar hadir.jpg"), sent(b"MZ rubbish", "virus.exe")]
    page = browser.post(path, {"token": "t-2", "files": files}, 422)
    assert "“virus”: jenis berkas tidak dikenal" in page.text
    assert page.select("//ul[@class='files']//a[starts-with(., 'Daftar hadir')]")
    browser.submit(page, path, {"files": ""})
    with app.app_context():
        assert len(attachments.of(meeting_id=number)) == 1


def test_five_large_files_arrive_in_one_form(app, sign_in, write) -> None:
    with write():
        number = meeting()
    letters = [sent(pdf(f"{n}" * 4_000_000), f"{n}.pdf") for n in range(5)]
    sign_in("sekretariat").post(f"/rapat/{number}/berkas", {"token": "t-5", "files": letters})
    with app.app_context():
        assert len(attachments.of(meeting_id=number)) == 5


def test_the_phone_sends_each_file_by_itself(app, sign_in, write) -> None:
    with write():
        number = meeting()
    browser, path = sign_in("sekretariat"), f"/rapat/{number}/berkas"
    headers = {"X-Upload": "1", "Accept": "application/json"}
    answer = browser.post(path, {"token": "t-3"}, 200, headers=headers).response.get_json()
    assert (answer["location"], answer["upload"]) == (f"/rapat/{number}#berkas", path)
    browser.post(answer["upload"], {"csrf_token": answer["csrf"], "files": sent(photo())}, 200, headers=headers)
    refused = browser.post(path, {"files": sent(b"rubbish", "a.txt")}, 422, headers=headers)
    assert "“a”: jenis berkas tidak dikenal" in refused.response.get_json()["error"]
    with app.app_context():
        assert len(attachments.of(meeting_id=number)) == 1


def test_a_made_up_link_is_refused_at_its_field(sign_in, write) -> None:
    with write():
        number = meeting()
    page = sign_in("sekretariat").post(f"/rapat/{number}/berkas", {"link": "javascript:alert(1)"}, 422)
    assert page.select("//*[@name='link'][@aria-invalid='true']")


def test_the_log_keeps_the_meeting_as_it_stood(app, sign_in, write, on_day) -> None:
    with write():
        number = meeting(title="Awal")
    browser, path = sign_in("sekretariat"), f"/rapat/{number}/ubah"
    on_day(date(2026, 6, 12))
    browser.submit(browser.get(path), path, {"title": "Akhir"})
    with app.app_context():
        assert audit.as_of("meeting", date(2026, 6, 11))[number]["title"] == "Awal"
        assert audit.as_of("meeting", date(2026, 6, 12))[number]["title"] == "Akhir"
        assert db.session.get(Meeting, number).version == 2
