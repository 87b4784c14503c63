"""Documents as people see them: list, page, forms with lines, renewal, files; and who may do what."""

from __future__ import annotations

import io
from datetime import date

import pytest

from kbpartners.agreements import service
from kbpartners.audit import service as audit
from kbpartners.settings import service as settings
from tests.factories.agreements import agreement, clause_ids
from tests.factories.attachments import pdf
from tests.factories.commitments import commitment

PARTY = {
    "organization_id": "",
    "number": "",
    "signer_name": "",
    "acting": "",
    "signer_position": "",
    "on_behalf_of": "",
    "signer_rank": "",
    "id_kind": "",
    "id_number": "",
}


def party(n: int, unit: int, **fields: str) -> dict[str, str]:
    return {f"parties-{n}-{name}": value for name, value in {**PARTY, "organization_id": str(unit), **fields}.items()}


def typed(cast, **fields: str) -> dict[str, str]:
    """The form of a new document as a secretary fills it in."""
    return {
        "kind": "pks",
        "title": "Pelayanan KB bergerak",
        "signed_on": "21/06/2026",
        "place": "Palembang",
        "starts_on": "",
        "ends_on": "20/06/2028",
        "scope": "Pelayanan dan penggerakan",
        "parent_id": "",
        "renews_id": "",
        **party(0, cast.units["office"], number="1/PKS/01/2026"),
        **party(
            1,
            cast.units["kodam"],
            number="Kerma/21/VI/2026",
            signer_name="Kolonel Contoh",
            acting="plt",
            signer_position="Kepala Staf",
            on_behalf_of="Panglima Kodam II/Sriwijaya",
            signer_rank="Kolonel Inf",
            id_kind="NRP",
            id_number="11930012",
        ),
        "clauses-0-article": "3",
        "clauses-0-paragraph": "(2)",
        "clauses-0-text": "Babinsa mendampingi Kampung KB",
        **fields,
    }


# --- list --------------------------------------------------------------------------------------------------------


def titles(page) -> list[str]:
    return [" ".join(a.text_content().split()) for a in page.select("//td/a[@class='t']")]


def test_the_list_shows_parties_numbers_status_and_the_last_day(sign_in, write, cast) -> None:
    with write():
        agreement(cast, title="Panjang", parties=["office", ("kodam", "Kerma/21")])
        agreement(cast, title="Segera", ends_on=date(2026, 9, 1))
        agreement(cast, title="Habis", ends_on=date(2026, 5, 1))
        agreement(cast, title="Rancangan", signed_on=None, ends_on=None, kind="mou")
        agreement(cast, title="Selamanya", ends_on=None)
    browser = sign_in("sekretariat")
    page = browser.get("/kerja-sama")
    assert titles(page) == ["Selamanya", "Rancangan", "Panjang", "Segera", "Habis"]
    for words in ("Kerma/21", "Akan berakhir", "Berakhir 1 Mei 2026, 40 hari lalu.", "1 September 2026", "tanpa batas"):
        assert words in page.text
    assert titles(browser.get("/kerja-sama?sort=ends_on")) == ["Habis", "Segera", "Panjang", "Rancangan", "Selamanya"]
    assert titles(browser.get("/kerja-sama?status=expiring")) == ["Segera"]
    assert titles(browser.get("/kerja-sama?within=90")) == ["Segera"]
    assert titles(browser.get("/kerja-sama?within=30")) == []
    assert titles(browser.get("/kerja-sama?kind=mou")) == ["Rancangan"]
    assert titles(browser.get("/kerja-sama?q=kerma")) == ["Panjang"]
    assert titles(browser.get(f"/kerja-sama?organization_id={cast.units['polda']}")) == []
    assert len(titles(browser.get(f"/kerja-sama?organization_id={cast.units['kodam']}"))) == 5
    nonsense = browser.get("/kerja-sama?kind=x&status=y&within=z&sort=title&organization_id=q&after=besok")
    assert len(titles(nonsense)) == 5
    assert "https" not in page.select("//textarea")[0].text_content()
    assert "*Kerja sama*" in page.select("//textarea")[0].text_content()


def test_the_list_goes_on_by_key_in_both_directions(ctx, cast, who) -> None:
    made = [agreement(cast, ends_on=date(2027, 1, 1 + n // 2)) for n in range(7)]
    for sort in ("ends_on", "-ends_on"):
        seen, after = [], ""
        while True:
            page = service.listed(who("tni"), service.Filters(sort=sort), after=after, size=3)
            seen += [row.id for row in page.rows]
            after = page.after
            if not after:
                break
        assert seen == (made if sort == "ends_on" else made[::-1])


def test_lists_and_pages_take_few_queries_whatever_they_show(sign_in, write, cast, count_queries) -> None:
    with write():
        for n in range(12):
            number = agreement(cast, parties=["office", "kodam", ("kodim", str(n))], ends_on=date(2026, 8, 1))
            agreement(cast, kind="action_plan", parent_id=number)
            for clause in clause_ids(number):
                commitment(cast, clause_id=clause)
    for name, most in (("sekretariat", 4), ("tni", 5), ("opd", 5)):
        browser = sign_in(name)
        browser.get("/kerja-sama")
        with count_queries() as seen:
            browser.get("/kerja-sama")
        assert len(seen) <= most, seen
        with count_queries() as seen:
            browser.get(f"/kerja-sama/{number}")
        assert len(seen) <= 9, seen


def test_empty_lists_help(sign_in) -> None:
    assert "Catat naskahnya" in sign_in("sekretariat").get("/kerja-sama").text
    assert "setelah sekretariat mencatat satuan Anda" in sign_in("tni").get("/kerja-sama").text
    assert "Tidak ada naskah yang cocok" in sign_in("tni").get("/kerja-sama?q=zzz").text


def test_a_filter_swaps_the_list_alone(sign_in, write, cast) -> None:
    with write():
        agreement(cast)
    page = sign_in("pimpinan").get("/kerja-sama?q=bergerak", htmx="daftar")
    assert page.html.lstrip().startswith('<div id="daftar">')


# --- recording ---------------------------------------------------------------------------------------------------


def test_a_document_is_recorded_and_read_back_as_it_is_on_paper(app, sign_in, cast) -> None:
    browser = sign_in("sekretariat")
    browser.get("/kerja-sama/baru")
    answer = browser.post("/kerja-sama/baru", typed(cast))
    page = browser.get(answer.location)
    assert page.h1 == "Pelayanan KB bergerak"
    for words in (
        "Kerma/21/VI/2026",
        "a.n. Panglima Kodam II/Sriwijaya",
        "Plt. Kepala Staf",
        "Kolonel Inf, NRP 11930012",
        "Pasal 3 ayat (2)",
        "Babinsa mendampingi Kampung KB",
        "Draf, akan ditandatangani 21 Juni 2026.",
        "21 Juni 2026, Palembang",
        "21 Juni 2026 – 20 Juni 2028",
        "Rina Sekretariat mencatat Perjanjian Kerja Sama “Pelayanan KB bergerak”.",
    ):
        assert words in page.text
    form = browser.get(answer.location.partition("?")[0] + "/ubah").form("/kerja-sama/")
    assert form["parties-1-number"] == "Kerma/21/VI/2026"
    assert form["clauses-0-paragraph"] == "2"


def test_a_nip_has_18_digits_and_is_printed_8_6_1_3(sign_in, cast) -> None:
    browser = sign_in("sekretariat")
    fields = typed(cast, **{"parties-0-id_kind": "NIP", "parties-0-id_number": "19700101 199503 1 00"})
    assert "NIP terdiri atas 18 angka." in browser.post("/kerja-sama/baru", fields, 422).text
    fields["parties-0-id_number"] = "19700101 199503 1 001"
    page = browser.get(browser.post("/kerja-sama/baru", fields).location)
    assert "NIP 19700101 199503 1 001" in page.text
    fields = typed(cast, **{"parties-0-id_number": "1", "parties-0-id_kind": ""})
    assert "Pilih jenis nomor: NIP atau NRP." in browser.post("/kerja-sama/baru", fields, 422).text


@pytest.mark.parametrize("name", ["parties", "clauses"])
def test_one_more_line_keeps_all_that_was_typed(sign_in, cast, name: str) -> None:
    browser = sign_in("sekretariat")
    fields = typed(cast, title="", ends_on="31/02/2028", more=name)
    page = browser.post("/kerja-sama/baru", fields, 200)
    form = page.form("/kerja-sama/baru")
    assert {key: form[key] for key in fields if key not in ("more", "clauses-0-text")} == {
        key: value for key, value in fields.items() if key not in ("more", "clauses-0-text")
    }
    assert form["clauses-0-text"].strip() == fields["clauses-0-text"]
    assert ("parties-2-number" in form) is (name == "parties")
    assert ("clauses-1-article" in form) is (name == "clauses")
    part = browser.post("/kerja-sama/baru", fields, 200, htmx=name)
    assert part.html.lstrip().startswith(f'<fieldset class="field" id="{name}"')
    assert "Simpan" not in part.text


def test_a_refused_form_says_it_at_the_partys_number_and_keeps_everything(sign_in, write, cast) -> None:
    with write():
        agreement(cast, title="Yang lama", parties=["office", ("kodam", "Kerma/21/VI/2026")])
    fields = typed(cast, **{"clauses-0-paragraph": "2"})
    page = sign_in("sekretariat").post("/kerja-sama/baru", fields, 422)
    (error,) = page.select("//p[@id='parties-1-number-err']")
    assert "sudah dipakai Kodam II/Sriwijaya pada “Yang lama”" in error.text_content()
    assert page.select("//a[@href='#parties-1-number']")
    form = page.form("/kerja-sama/baru")
    assert all(form[key].strip() == value for key, value in fields.items())


def test_lines_that_nobody_filled_in_are_left_out_and_half_filled_ones_are_asked_about(app, sign_in, cast) -> None:
    browser = sign_in("sekretariat")
    fields = typed(cast, **party(2, ""), **{"clauses-1-article": "", "clauses-1-paragraph": "", "clauses-1-text": ""})
    number = int(browser.post("/kerja-sama/baru", fields).location.split("/")[-1].partition("?")[0])
    with app.app_context():
        found = service.document(None, number)
    assert (len(found.parties), len(found.clauses)) == (2, 1)
    fields = typed(cast, title="Lain", **party(2, "", number="5"), **{"clauses-1-text": "Tanpa pasal"})
    page = browser.post("/kerja-sama/baru", fields, 422)
    assert "Pilih satuannya." in page.text
    assert "Tulis nomor pasalnya" in page.text


def test_a_party_is_taken_off_and_none_is_not_enough(app, sign_in, write, cast) -> None:
    with write():
        number = agreement(cast)
    browser = sign_in("sekretariat")
    form = browser.get(f"/kerja-sama/{number}/ubah").form("/kerja-sama/")
    both = {"parties-0-remove": "y", "parties-1-remove": "y"}
    page = browser.post(f"/kerja-sama/{number}/ubah", {**form, **both}, 422)
    assert "Isi paling sedikit satu pihak" in page.text
    assert page.select("//a[@href='#parties']")
    browser.post(f"/kerja-sama/{number}/ubah", {**form, "parties-1-remove": "y"})
    with app.app_context():
        assert [p.organization_id for p in service.document(None, number).parties] == [cast.units["office"]]


def test_the_second_writer_sees_both_versions_and_loses_nothing(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast)
    browser = sign_in("sekretariat")
    form = browser.get(f"/kerja-sama/{number}/ubah").form("/kerja-sama/")
    browser.post(f"/kerja-sama/{number}/ubah", {**form, "title": "Judul pertama"})
    form.pop("csrf_token")
    page = sign_in("admin").post(f"/kerja-sama/{number}/ubah", {**form, "title": "Judul kedua"}, 409)
    assert "Judul pertama" in page.text
    again = page.form(f"/kerja-sama/{number}/ubah")
    assert again["title"] == "Judul kedua"
    sign_in("admin").post(f"/kerja-sama/{number}/ubah", {k: v for k, v in again.items() if k != "csrf_token"})


# --- the page ----------------------------------------------------------------------------------------------------


def test_what_hangs_on_a_document_that_ends_is_listed_with_the_way_to_renew_it(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast, title="Induk", ends_on=date(2026, 9, 20))
        agreement(cast, kind="action_plan", title="Rencana 2026", parent_id=number)
        agreement(cast, kind="addendum", title="Adendum kesatu", parent_id=number)
        commitment(cast, title="Terbuka", clause_id=clause_ids(number)[0])
    page = sign_in("sekretariat").get(f"/kerja-sama/{number}")
    assert "Berlaku s.d. 20 September 2026, 102 hari lagi." in page.text
    hanging = page.select("//section[@id='bergantung']")[0].text_content()
    assert "Rencana 2026" in hanging
    assert "Terbuka" in hanging
    assert "Adendum kesatu" not in hanging
    assert f"/kerja-sama/{number}/perpanjang" in page.links()
    reader = sign_in("tni").get(f"/kerja-sama/{number}")
    assert "Rencana 2026" in reader.text
    assert not [href for href in reader.links() if "perpanjang" in href or "ubah" in href or "baru" in href]
    assert "Riwayat" not in reader.text


def test_commitments_stand_under_their_clause_for_those_who_may_see_them(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast, parties=["office", "kodam", "polda"])
        first, second = clause_ids(number)
        commitment(cast, title="Milik Kodam", clause_id=second)
    page = sign_in("tni").get(f"/kerja-sama/{number}")
    assert "Milik Kodam" in page.select(f"//li[@id='pasal-{second}']")[0].text_content()
    assert "Milik Kodam" not in page.select(f"//li[@id='pasal-{first}']")[0].text_content()
    assert "Milik Kodam" not in sign_in("polri").get(f"/kerja-sama/{number}").text


def test_a_child_whose_parent_is_over_says_so(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast, title="Induk", ends_on=date(2026, 5, 1))
        child = agreement(cast, kind="action_plan", title="Anak", parent_id=number)
    text = sign_in("pimpinan").get(f"/kerja-sama/{child}").text
    assert "Dasarnya tidak berlaku lagi." in text
    assert "Berakhir 1 Mei 2026" in text


def test_a_relative_that_one_may_not_see_is_a_kind_without_a_link(sign_in, write, cast) -> None:
    with write():
        secret = agreement(cast, kind="mou", title="Rahasia Polda", parties=["office", "polda"])
        mine = agreement(cast, parent_id=secret)
    page = sign_in("tni").get(f"/kerja-sama/{mine}")
    assert "Rahasia" not in page.text
    assert "Nota Kesepahaman" in page.text
    assert f"/kerja-sama/{secret}" not in page.links()


SEE = {"admin", "sekretariat", "pimpinan", "tni", "kodim"}


@pytest.mark.parametrize("name", ["admin", "sekretariat", "pimpinan", "tni", "kodim", "polri", "opd", "stranger"])
def test_only_the_office_and_the_partys_tree_learn_that_it_exists(sign_in, write, cast, name: str) -> None:
    with write():
        number = agreement(cast, title="Naskah TNI", parties=["office", ("kodam", "Kerma/9")])
    browser = sign_in(name)
    sees = name in SEE
    browser.get(f"/kerja-sama/{number}", 200 if sees else 404)
    for path in ("/kerja-sama", "/kerja-sama?q=Kerma", "/cari?q=naskah", "/cari?q=kerma", "/kerja-sama?q=tni"):
        assert ("Naskah TNI" in browser.get(path).text) is sees, path
    write_status = 200 if name in ("admin", "sekretariat") else 403
    for path in ("ubah", "perpanjang", "akhiri"):
        browser.get(f"/kerja-sama/{number}/{path}", write_status)


# --- renewal -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ending(write, cast, who) -> dict[str, int]:
    """A document that ends in September with two children, an addendum and three commitments, one of them done."""
    with write():
        number = agreement(cast, parties=[("office", "1/26"), ("kodam", "K/26")], ends_on=date(2026, 9, 20))
        first, second = clause_ids(number)
        return {
            "old": number,
            "plan": agreement(cast, kind="action_plan", title="Rencana ikut", parent_id=number),
            "stays": agreement(cast, kind="action_plan", title="Rencana tinggal", parent_id=number),
            "addendum": agreement(cast, kind="addendum", title="Adendum", parent_id=number),
            "goes": commitment(cast, title="Komitmen ikut", clause_id=second),
            "left": commitment(cast, title="Komitmen tinggal", clause_id=first),
        }


def test_a_renewal_carries_what_was_chosen_and_says_so_everywhere(app, sign_in, cast, ending) -> None:
    browser, old = sign_in("sekretariat"), ending["old"]
    page = browser.get(f"/kerja-sama/{old}/perpanjang")
    form = page.form(f"/kerja-sama/{old}/perpanjang")
    assert form["starts_on"] == "21/09/2026"
    assert sorted(form["child_ids"]) == sorted(str(ending[key]) for key in ("plan", "stays"))
    assert sorted(form["commitment_ids"]) == sorted(str(ending[key]) for key in ("goes", "left"))
    chosen = {"child_ids": ending["plan"], "commitment_ids": ending["goes"], "ends_on": "20/09/2028",
              "signed_on": "10/06/2026"}  # fmt: skip
    answer = browser.post(f"/kerja-sama/{old}/perpanjang", {**form, **chosen})
    new = int(answer.location.split("/")[-1])
    with app.app_context():
        found = service.document(None, new)
        assert found.facts.renews_id == old
        assert [(p.organization_id, p.number) for p in found.parties] == [
            (cast.units["office"], ""),
            (cast.units["kodam"], ""),
        ]
        assert [c.label for c in found.clauses] == ["Pasal 3 ayat (1)", "Pasal 3 ayat (2)"]
        assert service.load(None, ending["plan"]).parent_id == new
        assert service.load(None, ending["stays"]).parent_id == old
        assert service.load(None, ending["addendum"]).parent_id == old
        assert {c.id: c.clause_id for c in service.commitments(None, new)} == {ending["goes"]: found.clauses[1].id}
        assert [c.id for c in service.commitments(None, old)] == [ending["left"]]
        assert "memperpanjang" in audit.history("agreement", old)[0].sentence
        assert "membawa 1 naskah dan 1 komitmen" in audit.history("agreement", new)[0].sentence
        assert "memindahkan rujukan komitmen" in audit.history("commitment", ending["goes"])[0].sentence
        assert "ke induk barunya" in audit.history("agreement", ending["plan"])[0].sentence
        assert audit.as_of("agreement", date(2026, 6, 10), [old])[old]["renewal_id"] == new
        assert service.check() == []
    page = browser.get(f"/kerja-sama/{old}")
    assert "Diperpanjang dengan naskah yang ditandatangani 10 Juni 2026." in page.text
    assert "Rantai perpanjangan" in page.text
    assert f"/kerja-sama/{old}/perpanjang" not in page.links()


def test_what_is_already_renewed_is_not_renewed_again(sign_in, ending) -> None:
    browser, old = sign_in("sekretariat"), ending["old"]
    form = browser.get(f"/kerja-sama/{old}/perpanjang").form(f"/kerja-sama/{old}/perpanjang")
    browser.post(f"/kerja-sama/{old}/perpanjang", form)
    page = browser.post(f"/kerja-sama/{old}/perpanjang", form, 422)
    assert "Naskah ini sudah diperpanjang." in page.text
    assert "Naskah ini sudah diperpanjang." in browser.get(f"/kerja-sama/{old}/perpanjang").text


def test_a_renewal_that_is_refused_leaves_nothing_behind(app, sign_in, write, cast, ending) -> None:
    browser, old = sign_in("sekretariat"), ending["old"]
    with write():
        foreign = commitment(cast, title="Bukan dari sini")
    form = browser.get(f"/kerja-sama/{old}/perpanjang").form(f"/kerja-sama/{old}/perpanjang")
    for wrong, says in (
        ({"commitment_ids": str(foreign)}, "tidak lagi bergantung"),
        ({"ends_on": "01/01/2026"}, "tidak dapat berakhir sebelum mulai berlaku"),
        ({"title": " "}, "Wajib diisi."),
    ):
        page = browser.post(f"/kerja-sama/{old}/perpanjang", {**form, **wrong}, 422)
        assert says in page.text
        assert page.form(f"/kerja-sama/{old}/perpanjang")["starts_on"] == "21/09/2026"
    with app.app_context():
        assert service.load(None, old).renewal_id is None
        assert service.load(None, ending["plan"]).parent_id == old


def test_a_renewal_that_fails_halfway_is_undone_as_a_whole(app, sign_in, ending, monkeypatch) -> None:
    from kbpartners.agreements.service import renewal
    from kbpartners.errors import Invalid

    def fail(*args, **kwargs) -> None:
        raise Invalid("Putus di tengah")

    monkeypatch.setattr(renewal.commitments, "cite", fail)
    browser, old = sign_in("sekretariat"), ending["old"]
    form = browser.get(f"/kerja-sama/{old}/perpanjang").form(f"/kerja-sama/{old}/perpanjang")
    browser.post(f"/kerja-sama/{old}/perpanjang", form, 422)
    with app.app_context():
        assert service.load(None, old).renewal_id is None
        assert service.load(None, ending["plan"]).parent_id == old


def test_a_draft_is_not_renewed(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast, signed_on=None, ends_on=None)
    page = sign_in("sekretariat").get(f"/kerja-sama/{number}/perpanjang")
    assert "Naskah yang masih draf belum dapat diperpanjang." in page.text


# --- ending, files, settings, commitments ------------------------------------------------------------------------


def test_a_document_is_ended_with_a_reason_and_opened_again(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast)
    browser = sign_in("sekretariat")
    browser.post(f"/kerja-sama/{number}/akhiri", {"ended_on": "01/06/2026", "reason": ""}, 422)
    browser.post(f"/kerja-sama/{number}/akhiri", {"ended_on": "01/06/2026", "reason": "Digabung"})
    text = browser.get(f"/kerja-sama/{number}").text
    assert "Diakhiri per 1 Juni 2026. Alasan: Digabung" in text
    page = browser.get(f"/kerja-sama/{number}/akhiri")
    assert page.h1 == "Batalkan pengakhiran"
    browser.submit(page, f"/kerja-sama/{number}/buka", {"reason": "Keliru"})
    assert "Berlaku s.d." in browser.get(f"/kerja-sama/{number}").text


def test_a_scan_is_read_by_those_who_may_see_the_document(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast)
    browser = sign_in("sekretariat")
    page = browser.get(f"/kerja-sama/{number}")
    browser.submit(page, f"/kerja-sama/{number}/berkas", {"files": (io.BytesIO(pdf()), "naskah.pdf")})
    page = browser.get(f"/kerja-sama/{number}")
    (href,) = [href for href in page.links() if href.startswith("/lampiran/")]
    assert "menambahkan 1 berkas" in page.text
    for name, status in (("tni", 200), ("kodim", 200), ("polri", 404), ("opd", 404), ("pimpinan", 200)):
        assert sign_in(name).http.get(href).status_code == status, name
    fields = {"token": "t", "files": (io.BytesIO(b"bukan berkas"), "x.exe")}
    assert "Berkas belum ditambahkan" in browser.post(f"/kerja-sama/{number}/berkas", fields, 422).text


def test_how_long_before_the_end_is_a_setting(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast, ends_on=date(2026, 9, 20))
    admin = sign_in("admin")
    assert "Akan berakhir" in admin.get(f"/kerja-sama/{number}").text
    for wrong in ("0", "1001", "banyak", ""):
        admin.submit(admin.get("/pengaturan"), "/pengaturan", {"agreement_warning_days": wrong}, 422)
    admin.submit(admin.get("/pengaturan"), "/pengaturan", {"agreement_warning_days": "90"})
    assert "Akan berakhir" not in admin.get(f"/kerja-sama/{number}").text


def test_the_setting_is_180_days_unless_changed(ctx) -> None:
    assert settings.value("agreement_warning_days") == 180


def test_a_commitment_cites_a_clause_and_its_page_leads_there(app, sign_in, write, cast) -> None:
    with write():
        number = agreement(cast, title="Naskah TNI")
        clause = clause_ids(number)[1]
        other = commitment(cast, owner="kodam", supporters={"idi": "Dokter"}, clause_id=clause)
    browser = sign_in("sekretariat")
    assert browser.get(f"/komitmen/baru?clause_id={clause}").form("/komitmen/baru")["clause_id"] == str(clause)
    page = browser.get(f"/komitmen/{other}")
    assert f"/kerja-sama/{number}#pasal-{clause}" in page.links()
    assert "Naskah TNI, Pasal 3 ayat (2)" in page.text
    form = browser.get(f"/komitmen/{other}/ubah").form("/komitmen/")
    assert form["clause_id"] == str(clause)
    browser.post(f"/komitmen/{other}/ubah", {**form, "clause_id": ""})
    assert "Pasal 3" not in browser.get(f"/komitmen/{other}").text
    with app.app_context():
        changes = [list(change) for change in audit.history("commitment", other)[0].changes]
    assert ["Dasar naskah", "Naskah TNI, Pasal 3 ayat (2)", ""] in changes
    form = browser.get(f"/komitmen/{other}/ubah").form("/komitmen/")
    assert (
        "Pilih salah satu dari daftar."
        in browser.post(f"/komitmen/{other}/ubah", {**form, "clause_id": "99999999"}, 422).text
    )


def test_a_supporter_who_may_not_see_the_document_reads_it_as_plain_text(sign_in, write, cast) -> None:
    with write():
        number = agreement(cast, title="Naskah TNI")
        shared = commitment(cast, supporters={"polda": "Pengamanan"}, clause_id=clause_ids(number)[0])
    page = sign_in("polri").get(f"/komitmen/{shared}")
    assert "Naskah TNI, Pasal 3 ayat (1)" in page.text
    assert not [href for href in page.links() if href.startswith(f"/kerja-sama/{number}")]


def test_a_document_is_read_as_it_was_on_a_day(app, sign_in, write, cast, who) -> None:
    from datetime import UTC, datetime

    from kbpartners import clock

    with write(), clock.backdated(datetime(2026, 2, 1, tzinfo=UTC)):
        number = agreement(cast, title="Judul lama", parties=["office", ("kodam", "Kerma/1")], ends_on=date(2026, 8, 1))
    browser = sign_in("sekretariat")
    form = browser.get(f"/kerja-sama/{number}/ubah").form("/kerja-sama/")
    browser.post(f"/kerja-sama/{number}/ubah", {**form, "title": "Judul baru", "parties-1-number": "Kerma/2"})
    reader = sign_in("tni")
    page = reader.get(f"/kerja-sama/{number}?per=2026-03-07")
    assert page.h1 == "Judul lama"
    assert "Kerma/1" in page.text
    assert "Berlaku s.d. 1 Agustus 2026, 147 hari lagi." in page.text
    assert reader.get(f"/kerja-sama/{number}?per=10/06/2026").h1 == "Judul baru"
    assert "Naskah ini dicatat setelah 31 Januari 2026." in reader.get(f"/kerja-sama/{number}?per=2026-01-31").text
    assert "Tulis tanggal seperti" in reader.get(f"/kerja-sama/{number}?per=besok").text
    sign_in("polri").get(f"/kerja-sama/{number}?per=2026-03-07", 404)


def test_a_party_that_has_ended_since_stays_in_the_form(app, sign_in, write, cast, who) -> None:
    from kbpartners.db import db
    from kbpartners.organizations.models import Organization

    with write():
        number = agreement(cast, parties=["office", "bank"])
        db.session.get_one(Organization, cast.units["bank"]).ended_on = date(2026, 6, 1)
    browser = sign_in("sekretariat")
    form = browser.get(f"/kerja-sama/{number}/ubah").form("/kerja-sama/")
    assert form["parties-1-organization_id"] == str(cast.units["bank"])
    browser.post(f"/kerja-sama/{number}/ubah", {**form, "place": "Palembang"})
    assert "Bank Contoh" in browser.get(f"/kerja-sama/{number}").text


def test_a_new_document_starts_with_the_office_and_the_partner_it_was_asked_for(sign_in, cast) -> None:
    page = sign_in("sekretariat").get(f"/kerja-sama/baru?organization_id={cast.units['idi']}&kind=mou")
    form = page.form("/kerja-sama/baru")
    assert form["parties-0-organization_id"] == str(cast.units["office"])
    assert form["parties-1-organization_id"] == str(cast.units["idi"])
    assert form["kind"] == "mou"
