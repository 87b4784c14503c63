"""The office's data, letterheads and signatories: who sets them, what is refused, whose version wins."""

from __future__ import annotations

from datetime import date

import pytest

from kbpartners.audit import service as audit
from kbpartners.settings import service


@pytest.mark.parametrize("path", [
    "/pengaturan", "/pengaturan/kop/baru", "/pengaturan/kop/1/ubah",
    "/pengaturan/penandatangan/baru", "/pengaturan/penandatangan/1/ubah",
])  # fmt: skip
def test_settings_are_the_admins(sign_in, path: str) -> None:
    sign_in("admin").get(path)
    for name in ("sekretariat", "pimpinan", "tni", "opd"):
        browser = sign_in(name)
        browser.get(path, 403)
        browser.post(path, {}, 403)


def test_the_office_is_changed_and_every_page_says_so(app, sign_in) -> None:
    admin = sign_in("admin")
    page = admin.get("/pengaturan")
    admin.submit(page, "/pengaturan", {"office_short": "BKKBN Sumsel", "late_word": "Melewati tenggat"})
    assert "BKKBN Sumsel" in admin.get("/profil").text
    with app.app_context():
        assert service.value("late_word") == "Melewati tenggat"
        (entry,) = audit.history("setting", 0)
    assert entry.sentence == "Ayu Admin mengubah pengaturan kantor."
    assert [list(change) for change in entry.changes] == [
        ["Nama pendek", "BKKBN Sumatera Selatan", "BKKBN Sumsel"],
        ["Kata untuk terlambat", "Terlambat", "Melewati tenggat"],
    ]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"office_name": ""}, "Wajib diisi."),
        ({"office_whatsapp": "0711 123456"}, "Tulis nomor ponsel seperti"),
        ({"evidence_limit_mb": "0"}, "Antara 1 dan 10 MB."),
        ({"evidence_limit_mb": "200"}, "Antara 1 dan 10 MB."),
        ({"evidence_limit_mb": "banyak"}, "Tulis bilangan bulat."),
        ({"late_word": "Telat"}, "Pilih salah satu dari daftar."),
        ({"office_short": "x" * 61}, "Paling banyak 60 huruf."),
    ],
)
def test_wrong_settings_are_refused_on_their_field(sign_in, wrong, says) -> None:
    admin = sign_in("admin")
    form = admin.get("/pengaturan").form("/pengaturan")
    assert says in admin.post("/pengaturan", {**form, **wrong}, 422).text


def test_two_admins_at_once_lose_nothing(sign_in) -> None:
    admin = sign_in("admin")
    form = admin.get("/pengaturan").form("/pengaturan")
    admin.post("/pengaturan", {**form, "office_place": "Lahat"})
    page = admin.post("/pengaturan", {**form, "office_place": "Prabumulih"}, 409)
    assert "Lahat" in page.text
    assert "Prabumulih" in page.text
    admin.post("/pengaturan", page.form("/pengaturan"))
    assert admin.get("/pengaturan").form("/pengaturan")["office_place"] == "Prabumulih"


def test_a_letterhead_counts_from_its_day_on(app, sign_in) -> None:
    admin = sign_in("admin")
    form = admin.get("/pengaturan/kop/baru").form("/pengaturan/kop/baru")
    assert form["office"] == "PERWAKILAN BKKBN PROVINSI SUMATERA SELATAN"
    new = {**form, "valid_from": "01/11/2024", "ministry": "KEMENTERIAN KEPENDUDUKAN DAN PEMBANGUNAN KELUARGA/BKKBN"}
    admin.post("/pengaturan/kop/baru", new)
    with app.app_context():
        assert service.letterhead(date(2017, 3, 7)).ministry.startswith("BADAN")
        assert service.letterhead(date(2024, 11, 1)).ministry.startswith("KEMENTERIAN")
        assert service.letterhead(date(1990, 1, 1)) is None
    page = admin.get("/pengaturan")
    assert page.text.count("Berlaku ") >= 1
    assert "Sudah ada kop surat" in admin.post("/pengaturan/kop/baru", new, 422).text


def test_a_letterhead_is_edited_with_its_version(app, sign_in) -> None:
    admin = sign_in("admin")
    path = "/pengaturan/kop/1/ubah"
    form = admin.get(path).form(path)
    admin.post(path, {**form, "address": "Jalan Jenderal Sudirman\nPalembang"})
    page = admin.post(path, {**form, "address": "Jalan Lain"}, 409)
    assert "Jalan Jenderal Sudirman" in page.text
    assert "Jalan Lain" in page.text
    admin.get("/pengaturan/kop/99/ubah", 404)
    admin.post("/pengaturan/kop/99/ubah", form, 404)


def test_a_signatory_is_added_and_signs_from_that_day(app, sign_in) -> None:
    admin = sign_in("admin")
    path = "/pengaturan/penandatangan/baru"
    form = admin.get(path).form(path)
    assert form["place"] == "Palembang"
    data = {**form, "valid_from": "01/06/2026", "position": "Kepala Perwakilan", "capacity": "plt", "name": "Nama Baru",
            "id_kind": "NIP", "id_number": "19700101 199503 1 002"}  # fmt: skip
    admin.post(path, data)
    with app.app_context():
        assert service.signatory(date(2026, 5, 31)).name == "Nama Contoh"
        assert service.signatory(date(2026, 6, 1)).name == "Nama Baru"
    text = admin.get("/pengaturan").text
    assert "Plt. Kepala Perwakilan" in text
    assert "contoh" in text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"valid_from": "31/02/2017"}, "tidak ada di bulan itu"),
        ({"id_number": "123"}, "NIP terdiri atas 18 angka."),
        ({"id_number": "123", "id_kind": ""}, "Pilih jenis nomor"),
        ({"capacity": "bos"}, "Pilih salah satu dari daftar."),
        ({"name": ""}, "Wajib diisi."),
    ],
)
def test_a_wrong_signatory_is_refused_on_its_field(sign_in, wrong, says) -> None:
    admin = sign_in("admin")
    path = "/pengaturan/penandatangan/1/ubah"
    form = admin.get(path).form(path)
    assert says in " ".join(admin.post(path, {**form, **wrong}, 422).errors())


def test_an_nrp_needs_no_eighteen_digits(sign_in) -> None:
    admin = sign_in("admin")
    path = "/pengaturan/penandatangan/1/ubah"
    form = admin.get(path).form(path)
    admin.post(path, {**form, "id_kind": "NRP", "id_number": "11980012340675", "rank": "Mayor Jenderal TNI"})


def test_an_unknown_setting_is_a_mistake_in_the_code(ctx, who) -> None:
    with pytest.raises(KeyError):
        service.change(who("admin"), {"tidak_ada": 1})


def test_empty_lists_say_what_to_do(app, sign_in, write) -> None:
    from sqlalchemy import delete

    from kbpartners.db import db
    from kbpartners.settings.models import Letterhead, Signatory

    with write():
        db.session.execute(delete(Letterhead))
        db.session.execute(delete(Signatory))
    page = sign_in("admin").get("/pengaturan")
    assert "Belum ada kop surat" in page.text
    assert "Belum ada penandatangan" in page.text
