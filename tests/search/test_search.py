"""One box over everything one may see, and over nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from kbpartners.search import service
from tests.cast import Cast
from tests.factories.activities import activity, kampung
from tests.factories.commitments import commitment
from tests.factories.followups import make_followup
from tests.factories.meetings import meeting
from tests.factories.organizations import make_unit
from tests.htmlclient import Page


@pytest.fixture
def things(write: Any, cast: Cast, who: Any) -> dict[str, int]:
    """One of everything that has "Melati" in it, the Kodim's; and the Polda's commitment with the same word."""
    with write():
        office = who("sekretariat")
        village = kampung(cast, "MELATI", "16.04.12.2001")
        return {
            "commitment": commitment(cast, owner="kodim", region="16.04", title="Dampingi Kampung Melati"),
            "followup": make_followup(cast.units["kodim"], title="Kirim daftar Melati"),
            "kampung": village,
            "activity": activity(cast, office, kampung_id=village, title="Penyuluhan di Melati"),
            "meeting": meeting(office, title="Lokmin Melati", kind="lokmin", invited=[cast.units["kodim"]]),
            "unit": make_unit("Pos Melati", parent_id=cast.units["kodim"]),
            "other": commitment(cast, owner="polda", region="16.71", title="Melati aman bersama Polri"),
        }


def found(page: Page) -> list[str]:
    return list(page.select("//div[@id='hasil']//h3/a/@href"))


def hrefs(things: dict[str, int], *names: str) -> set[str]:
    paths = {
        "commitment": "/komitmen",
        "other": "/komitmen",
        "followup": "/tindak-lanjut",
        "kampung": "/kampung-kb",
        "activity": "/kegiatan",
        "meeting": "/rapat",
        "unit": "/mitra",
    }
    return {f"{paths[name]}/{things[name]}" for name in names}


OWN = ("commitment", "followup", "kampung", "activity", "meeting", "unit")
FOUND = {
    "sekretariat": (*OWN, "other"),
    "pimpinan": (*OWN, "other"),
    "tni": OWN,
    "kodim": OWN,
    "polri": ("kampung", "other"),
    "opd": ("commitment", "kampung", "activity"),
    "stranger": ("kampung",),
}


@pytest.mark.parametrize("name", FOUND)
def test_everybody_finds_what_they_may_see(sign_in: Any, things: dict[str, int], name: str) -> None:
    page = sign_in(name).get("/cari?q=melati")
    assert set(found(page)) == hrefs(things, *FOUND[name])


@pytest.mark.parametrize(
    ("code", "kind"),
    [("K-{:04}", "commitment"), ("k{}", "commitment"), ("TL-{}", "followup"), ("kg {}", "activity")],
)
def test_a_code_leads_straight_to_its_record(sign_in: Any, things: dict[str, int], code: str, kind: str) -> None:
    query = code.format(things[kind]).replace(" ", "+")
    page = sign_in("tni").get(f"/cari?q={query}", status=303)
    assert {page.location} == hrefs(things, kind)


def test_a_village_code_leads_to_its_kampung(sign_in: Any, things: dict[str, int]) -> None:
    page = sign_in("stranger").get("/cari?q=16.04.12.2001", status=303)
    assert page.location == f"/kampung-kb/{things['kampung']}"
    assert "Tidak ditemukan" in sign_in("stranger").get("/cari?q=16.04.10.2001").text


def test_a_code_of_others_leads_nowhere(sign_in: Any, things: dict[str, int]) -> None:
    for code in (f"K-{things['other']}", "K-99999", "TL-0", "K-" + "9" * 30):
        assert "Tidak ditemukan" in sign_in("tni").get(f"/cari?q={code}").text
    assert "Tidak ditemukan" in sign_in("polri").get(f"/cari?q=KG-{things['activity']}").text


def test_by_htmx_a_code_navigates_too(sign_in: Any, things: dict[str, int]) -> None:
    page = sign_in("tni").get(f"/cari?q=K-{things['commitment']}", htmx="hasil")
    assert page.response.headers["HX-Redirect"] == f"/komitmen/{things['commitment']}"
    page = sign_in("tni").get("/cari?q=melati", htmx="hasil")
    assert set(found(page)) == hrefs(things, *OWN)
    assert not page.select("//form")


def test_all_words_count_in_any_case(sign_in: Any, things: dict[str, int]) -> None:
    browser = sign_in("sekretariat")
    assert set(found(browser.get("/cari?q=DAMPINGI+melati"))) == hrefs(things, "commitment")
    assert found(browser.get("/cari?q=melati+tulip")) == []
    assert set(found(browser.get("/cari?q=bungamas"))) == hrefs(things, "kampung")


@pytest.mark.parametrize(
    "query", ["%25%25", "__", "%5C%5C", "%27%27", "%3Cscript%3E", "%00%00", "%E2%80%AEqzx", "a" * 9000]
)
def test_signs_mean_themselves_and_nothing_breaks(sign_in: Any, things: dict[str, int], query: str) -> None:
    page = sign_in("sekretariat").get(f"/cari?q={query}")
    assert found(page) == []
    assert "<script>alert" not in page.html


def test_a_percent_sign_is_found_where_it_stands(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        number = commitment(cast, title="Cakupan 100% keluarga")
    assert found(sign_in("tni").get("/cari?q=100%25")) == [f"/komitmen/{number}"]


def test_too_short_or_empty_says_so(sign_in: Any, things: dict[str, int]) -> None:
    browser = sign_in("tni")
    assert "paling sedikit dua huruf" in browser.get("/cari?q=m").text
    assert "Apa yang dicari?" in browser.get("/cari").text
    assert "Apa yang dicari?" in browser.get("/cari?q=+++").text


def test_eight_of_a_kind_and_a_link_to_the_rest(sign_in: Any, cast: Cast, write: Any) -> None:
    with write():
        for number in range(9):
            commitment(cast, title=f"Pendampingan {number}")
    page = sign_in("tni").get("/cari?q=pendampingan")
    assert len(found(page)) == 8
    assert "/komitmen?q=pendampingan" in page.links()
    assert "/tindak-lanjut?q=pendampingan" not in page.links()


def test_a_search_takes_few_queries(sign_in: Any, things: dict[str, int], count_queries: Any) -> None:
    for name in ("sekretariat", "tni", "opd"):
        browser = sign_in(name)
        with count_queries() as seen:
            browser.get("/cari?q=melati")
        assert len(seen) <= 9, seen


def test_ended_kampung_and_units_are_not_offered(ctx: None, cast: Cast, who: Any) -> None:
    from tests.conftest import TODAY

    kampung(cast, "Anggrek", ended_on=TODAY)
    assert service.search(who("sekretariat"), "anggrek") == []
