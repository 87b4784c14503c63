"""The forms of a commitment: recording, correcting, two writers, ending."""

from __future__ import annotations

from flask import Flask

from tests.cast import Cast

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
