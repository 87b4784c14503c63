"""The two reports as people ask for them: a leader before a meeting, a liaison for the own unit, as of any day."""

from __future__ import annotations

import io
from datetime import date

import pypdfium2
import pytest
from docx import Document

from kbpartners.reports.service import Filters, matrix, promises, recap
from tests.factories.commitments import accepted, commitment, reported
from tests.factories.followups import make_followup, propose_done
from tests.factories.meetings import decision, meeting

MATRIX = "/laporan/matriks-tindak-lanjut"
RECAP = "/laporan/rekap-komitmen"


@pytest.fixture
def promised(write, who, cast, app):
    """A Kodam commitment at 70 %, one of the Polda, and a follow-up of the Kodam from a meeting."""
    ids = {}
    with write():
        ids["meeting"] = meeting(title="Rakorda Mei", invited=[cast.units["kodam"]])
        ids["decision"] = decision(meeting_id=ids["meeting"])
        ids["tni"] = commitment(cast, decision_id=ids["decision"])
        accepted(cast, ids["tni"], 168, obstacle="Babinsa pindah tugas", proposal="obstacle", on=date(2026, 6, 1))
        reported(cast, ids["tni"], 181)
        ids["polri"] = commitment(cast, owner="polda", title="Bakti sosial Bhayangkara")
        from kbpartners.followups.service import Source

        ids["followup"] = make_followup(
            cast.units["kodam"], due_on=date(2026, 6, 7), source=Source(decision_id=ids["decision"])
        )
    return ids


def test_a_leader_sees_the_matrix_with_accepted_figures_only(promised, sign_in):
    page = sign_in("pimpinan").get(MATRIX)
    assert "168 dari 241 kecamatan (69,7 %)" in page.text
    assert "181" not in page.text
    assert "Babinsa pindah tugas" in page.text
    assert "Terlambat 3 hari" in page.text
    assert "Belum dilaporkan" in page.text


def test_a_liaison_prints_the_own_tree_only(promised, sign_in):
    page = sign_in("tni").get(MATRIX)
    assert "Babinsa mendampingi" in page.text
    assert "Bhayangkara" not in page.text


def test_another_partners_filter_is_not_found(promised, sign_in, cast):
    sign_in("polri").get(f"{MATRIX}?organization_id={cast.units['kodam']}", status=404)


def test_a_meeting_that_one_was_not_invited_to_is_not_found(promised, sign_in):
    sign_in("polri").get(f"{MATRIX}?meeting_id={promised['meeting']}", status=404)


def test_the_matrix_of_one_meeting_holds_what_came_from_it(promised, sign_in):
    page = sign_in("sekretariat").get(f"{MATRIX}?meeting_id={promised['meeting']}")
    assert "Rakorda Mei" in page.text
    assert "Bhayangkara" not in page.text


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("status=late", "Kirim daftar", "Babinsa mendampingi"),
        ("kind=commitment", "Babinsa mendampingi", "Kirim daftar"),
        ("q=bhayangkara", "Bhayangkara", "Babinsa"),
        ("due_to=08/06/2026", "Kirim daftar", "Bhayangkara"),
    ],
)
def test_filters_narrow_the_sheet_and_are_printed_on_it(promised, sign_in, query, there, absent):
    page = sign_in("sekretariat").get(f"{MATRIX}?{query}")
    rows = " ".join(node.text_content() for node in page.select("//table[@class='mx']/tbody"))
    assert there in rows
    assert absent not in rows


def test_the_state_as_of_a_day_is_what_was_known_then(promised, write, who, cast, app):
    with write():
        update = propose_done(who("tni"), promised["followup"])
        from kbpartners.followups import service

        service.decide(who("sekretariat"), update, decision="accept")
    with app.app_context():
        before = {p.code: p.states[0].key for p in promises(who("pimpinan"), Filters(), date(2026, 6, 9))}
        after = {p.code: p.states[0].key for p in promises(who("pimpinan"), Filters(), date(2026, 6, 10))}
    assert before.get(f"TL-{promised['followup']:04}") is None
    assert after[f"TL-{promised['followup']:04}"] == "done_late"
    assert before[f"K-{promised['tni']:04}"] == "in_progress"


def test_a_day_that_cannot_be_read_is_said_and_the_sheet_is_of_today(promised, sign_in):
    page = sign_in("pimpinan").get(f"{MATRIX}?per=31/02/2017")
    assert "Tanggal 31 tidak ada di bulan itu." in page.text
    assert "keadaan per 10 Juni 2026" in page.text


def test_a_day_without_data_gives_a_sheet_that_says_so(promised, sign_in):
    assert "Tidak ada tindak lanjut" in sign_in("pimpinan").get(f"{MATRIX}?per=2001-01-01").text


def test_columns_are_chosen_and_ordered_before_printing(promised, sign_in):
    page = sign_in("pimpinan").get(
        f"{MATRIX}?col=status&order-status=1&col=title&order-title=2&col=region&order-region=3"
    )
    assert [node.text_content() for node in page.select("//table[@class='mx']//th")] == [
        "Status",
        "Rekomendasi/Kesepakatan",
        "Wilayah",
    ]


def test_the_office_may_print_melewati_tenggat_instead(promised, sign_in, write, who):
    from kbpartners.settings import service

    with write():
        service.change(who("admin"), {"late_word": "Melewati tenggat"})
    assert "Melewati tenggat 3 hari" in sign_in("pimpinan").get(MATRIX).text


@pytest.mark.parametrize("path", [MATRIX, RECAP])
def test_the_same_sheet_comes_as_pdf_xlsx_docx_and_csv(promised, sign_in, path):
    browser = sign_in("pimpinan")
    pdf = browser.http.get(f"{path}?format=pdf&paper=f4")
    assert pdf.headers["Content-Type"] == "application/pdf"
    document = pypdfium2.PdfDocument(pdf.data)
    words = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    assert "Halaman 1 dari" in words
    assert "Nama Contoh" in words
    assert round(document[0].get_width() / 72 * 25.4) == 330
    xlsx = browser.http.get(f"{path}?format=xlsx")
    assert xlsx.data[:2] == b"PK"
    docx = browser.http.get(f"{path}?format=docx")
    assert Document(io.BytesIO(docx.data)).tables
    text = browser.http.get(f"{path}?format=csv").data.decode("utf-8-sig")
    assert ";" in text
    assert "attachment" in docx.headers["Content-Disposition"]


def test_the_recap_counts_a_commitment_once_and_says_what_is_not_reported(promised, sign_in):
    page = sign_in("sekretariat").get(RECAP)
    assert "Kodam II/Sriwijaya: 1 komitmen, 0 ditutup, 0 melewati tenggat" in page.text
    assert "69,7 %" in page.text


def test_two_hundred_rows_take_a_bounded_number_of_queries(write, cast, sign_in, count_queries):
    with write():
        for number in range(60):
            make_followup(cast.units["kodam"], title=f"Tindak lanjut {number}")
    browser = sign_in("pimpinan")
    browser.get(MATRIX)
    with count_queries() as seen:
        page = browser.get(MATRIX)
    assert page.text.count("Tindak lanjut ") >= 60
    assert len(seen) <= 12


def test_the_sheet_carries_the_letterhead_and_signatory_of_its_day(promised, app, who):
    with app.app_context():
        for build in (
            lambda: matrix(who("pimpinan"), Filters(), day=date(2026, 6, 10), sentences=[], meeting="", chosen=[]),
            lambda: recap(who("pimpinan"), Filters(), day=date(2026, 6, 10), sentences=[], chosen=[]),
        ):
            sheet = build()
            assert sheet.letterhead is not None
            assert sheet.letterhead.office == "PERWAKILAN BKKBN PROVINSI SUMATERA SELATAN"
            assert sheet.signatories[0].footing() == ["NIP 19700101 199503 1 001"]


def test_the_page_of_reports_offers_only_what_one_may_see(promised, sign_in):
    page = sign_in("tni").get("/laporan")
    assert "Rakorda Mei" in page.text
    assert "Polda" not in page.text
