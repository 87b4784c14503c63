"""A partner's tree opened branch by branch, with JavaScript and without; regions added; a card on one sheet."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests.browser.conftest import Enter
from tests.browser.site import Site
from tests.browser.steps import fits

KODAM, KODIM = "Kodam II/Sriwijaya", "Kodim 0405/Lahat"


@pytest.fixture(scope="module")
def kodam(site: Site) -> str:
    """The address of the Kodam; below its Kodim in Lahat 60 Koramil, below the first of these a post."""
    from kbpartners.organizations import service
    from kbpartners.organizations.models import Organization
    from kbpartners.organizations.service import Facts

    with site.database() as session:
        ids = dict(session.execute(select(Organization.name, Organization.id)).all())
        parent = ids[KODIM]
        for number in range(60):
            facts = Facts(name=f"Koramil 405-{number:02}", category="tni", parent_id=parent)
            unit = service.create(who=None, facts=facts)
            if number == 0:
                service.create(who=None, facts=Facts(name="Pos Babinsa Manggul", category="tni", parent_id=unit))
    return f"/mitra/{ids[KODAM]}"


@pytest.mark.parametrize("width", [1280, 360])
def test_the_tree_opens_in_place(enter: Enter, kodam: str, width: int) -> None:
    page = enter("tni", width=width)
    page.goto(kodam)
    tree = page.locator("#satuan")
    lahat = tree.locator("li", has_text=KODIM).first
    lahat.locator("summary").first.click()
    first = tree.get_by_role("link", name="Koramil 405-00")
    expect(first).to_be_visible()
    expect(tree.get_by_role("link", name="Koramil 405-50")).to_have_count(0)
    tree.locator("li", has_text="Koramil 405-00").last.locator("summary").click()
    expect(tree.get_by_role("link", name="Pos Babinsa Manggul")).to_be_visible()
    lahat.get_by_role("link", name="Berikutnya").click()
    expect(tree.get_by_role("link", name="Koramil 405-59")).to_be_visible()
    assert page.url.endswith(kodam)
    assert fits(page)


def test_the_same_links_open_pages_without_javascript(enter: Enter, kodam: str) -> None:
    page = enter("tni", js=False, width=360)
    page.goto(kodam)
    page.locator("#satuan li", has_text=KODIM).first.locator("summary").click()
    page.get_by_role("link", name=f"Buka satuan di bawah {KODIM}").click()
    expect(page.locator("h1")).to_have_text(f"Satuan di bawah {KODIM}")
    page.get_by_role("link", name="Berikutnya").click()
    expect(page.get_by_role("link", name="Koramil 405-59")).to_be_visible()
    page.get_by_role("link", name="Ke awal").click()
    page.locator("li", has_text="Koramil 405-00").locator("summary").click()
    page.get_by_role("link", name="Buka satuan di bawah Koramil 405-00").click()
    page.get_by_role("link", name="Pos Babinsa Manggul").click()
    expect(page.locator("h1")).to_have_text("Pos Babinsa Manggul")
    page.goto(f"{kodam}/satuan")
    page.get_by_label("Cari satuan di semua tingkat").fill("babinsa manggul")
    page.get_by_role("button", name="Cari").last.click()
    expect(page.get_by_role("link", name="Pos Babinsa Manggul")).to_be_visible()


@pytest.mark.parametrize("js", [True, False])
def test_a_unit_gets_a_kecamatan(enter: Enter, site: Site, js: bool) -> None:
    from kbpartners.organizations.models import Organization

    with site.database() as session:
        name = "Universitas Sriwijaya" if js else "Bank Sumsel Babel"
        unit = session.execute(select(Organization.id).where(Organization.name == name)).scalar_one()
    page = enter("sekretariat", js=js)
    page.goto(f"/mitra/{unit}/wilayah")
    page.get_by_role("link", name="Kecamatan Kabupaten Lahat").click()
    page.get_by_label("Kikim Timur").check()
    page.get_by_role("button", name="Tambahkan yang dicentang").click()
    expect(page.get_by_label("Kikim Timur, Kabupaten Lahat")).to_be_visible()
    page.get_by_label("Kikim Timur, Kabupaten Lahat").check()
    page.get_by_role("button", name="Lepaskan yang dicentang").click()
    expect(page.get_by_text("Belum ada wilayah kerja.")).to_be_visible()


def test_the_card_prints_on_one_sheet(enter: Enter, kodam: str) -> None:
    page = enter("sekretariat")
    page.goto(kodam)
    page.get_by_role("link", name="Kartu mitra").click()
    expect(page.locator("h1")).to_have_text("Kartu mitra kerja")
    document = pdfium.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(document) == 1
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (595, 842)
    document.close()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename.startswith("kartu-mitra-")
