"""The leader's papers for the meeting: chosen on the page, downloaded, and printed from the browser."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pypdfium2 as pdfium
import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.conftest import Enter
from tests.browser.steps import fits, sign_in

MM = 72 / 25.4
MATRIX = "/laporan/matriks-tindak-lanjut?status=all"
SIGNED = "Kepala Perwakilan"


class Paper:
    """A PDF as a reader finds it: the text of each page without white space, its size in millimetres."""

    def __init__(self, content: bytes) -> None:
        document = pdfium.PdfDocument(content)
        self.pages = ["".join(page.get_textpage().get_text_bounded().split()) for page in document]
        self.pages = [page.replace("\u200b", "").replace("\ufffe", "") for page in self.pages]
        self.sizes = [tuple(round(edge / MM) for edge in page.get_size()) for page in document]

    def check(self, *, size: tuple[int, int], heads: list[str], signed: str, codes: str) -> None:
        """Landscape, the table's head on every page, numbered, and the signature never alone."""
        count = len(self.pages)
        assert count > 1
        assert set(self.sizes) == {size}
        for number, page in enumerate(self.pages, 1):
            assert f"Halaman{number}dari{count}" in page
            for head in heads:
                assert "".join(head.split()) in page, (number, head)
        assert "".join(signed.split()) in self.pages[-1]
        assert re.search(codes, self.pages[-1]), self.pages[-1]


def download(page: Page, name: str) -> bytes:
    """What the link of this name brings."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    path: Path = waiting.value.path()
    assert waiting.value.suggested_filename.endswith(name.lower())
    return path.read_bytes()


def heads(page: Page) -> list[str]:
    """The titles of the columns on the page."""
    return [text.strip() for text in page.locator("table.mx thead th").all_inner_texts()]


@pytest.mark.parametrize("js", [True, False], ids=["js", "nojs"])
def test_the_leader_chooses_columns_and_takes_the_matrix_along(enter: Enter, js: bool) -> None:
    page = enter(js=js)
    sign_in(page, "pimpinan")
    page.get_by_role("link", name="Cetak matriks rapat terakhir").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    before = heads(page)
    assert before[:2] == ["No", "Rekomendasi/Kesepakatan"]
    assert "Kendala" in before
    page.get_by_text("Pilih kolom").click()
    columns = page.get_by_role("group", name="Kolom yang dicetak")
    columns.get_by_role("checkbox", name="Kendala").uncheck()
    columns.get_by_role("checkbox", name="Kode").check()
    columns.get_by_label("Urutan Kode").fill("1")
    columns.get_by_label("Urutan No").fill("9")
    page.get_by_role("button", name="Terapkan").click()
    page.wait_for_url(re.compile("col="))
    after = heads(page)
    assert after[0] == "Kode"
    assert "Kendala" not in after
    assert set(before) - {"Kendala"} < set(after)

    paper = Paper(download(page, "PDF"))
    paper.check(size=(297, 210), heads=["Kode", "Penanggung jawab"], signed=SIGNED, codes="TL-0|K-0")
    assert "PERWAKILANBKKBNPROVINSISUMATERASELATAN" in paper.pages[0]
    assert "Kendala" not in paper.pages[0]

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(download(page, "XLSX"))).get_sheet_by_index(0).to_python()
    titles = next(row for row in sheet if "Kode" in row)
    assert [cell for cell in titles if cell] == ["Mitra kerja", *after]  # the groups of the page are a column
    document = docx.Document(io.BytesIO(download(page, "DOCX")))
    assert after in [[cell.text.strip() for cell in row.cells] for table in document.tables for row in table.rows[:1]]


def test_the_page_itself_prints_like_the_pdf(enter: Enter) -> None:
    page = enter("pimpinan")
    page.goto(MATRIX)
    printed = page.pdf(prefer_css_page_size=True)
    Paper(printed).check(
        size=(297, 210), heads=["Penanggung jawab", "Target waktu", "Status"], signed=SIGNED, codes="Terlambat|Selesai"
    )
    assert "Terapkan" not in Paper(printed).pages[0]  # what is chosen before printing is not printed
    page.goto(f"{MATRIX}&paper=f4")
    Paper(page.pdf(prefer_css_page_size=True)).check(
        size=(330, 215), heads=["Penanggung jawab"], signed=SIGNED, codes="Terlambat|Selesai"
    )


def test_the_recap_prints_and_both_open_on_a_phone(enter: Enter) -> None:
    page = enter("pimpinan", width=360)
    page.goto("/laporan/rekap-komitmen?status=all")
    Paper(page.pdf(prefer_css_page_size=True)).check(
        size=(297, 210), heads=["Indikator", "Realisasi", "Capaian"], signed=SIGNED, codes="K-00"
    )
    assert fits(page)
    page.goto(MATRIX)
    assert fits(page)


def test_the_state_of_the_day_of_the_meeting_can_be_printed(enter: Enter) -> None:
    page = enter("pimpinan")
    page.goto("/laporan")
    matrix = page.get_by_role("region", name="Matriks tindak lanjut")
    meeting = matrix.get_by_label("Rapat")
    meeting.select_option(meeting.locator("option", has_text="2017").get_attribute("value"))
    matrix.get_by_label("Per tanggal").fill("07/03/2017")
    matrix.get_by_role("button", name="Buka dan cetak").click()
    expect(page.locator("main")).to_contain_text("7 Maret 2017")
    expect(page.locator("table.mx tbody tr")).not_to_have_count(1)
    expect(page.locator("main")).not_to_contain_text("Selesai, terlambat")
