"""The selects as htmx fetches them, and without it."""

from __future__ import annotations

from typing import Any

from tests.cast import Cast
from tests.htmlclient import HtmlClient


def test_changing_the_regency_fetches_its_districts(sign_in: Any, cast: Cast, count_queries: Any) -> None:
    browser = sign_in("tni")
    lahat = cast.regions["16.04"]
    with count_queries() as seen:
        page = browser.get(
            f"/wilayah/pilihan?name=region_id&level=4&look=form&regency_id={lahat}&district_id=&region_id=",
            htmx="cascade-region_id",
        )

    assert page.select("//div[@id='cascade-region_id']")
    assert not page.select("//h1")
    assert page.select("//select[@name='regency_id']/option[@selected]/text()") == ["Kabupaten Lahat"]
    assert page.select("//select[@name='district_id']/option/text()") == ["Pilih kecamatan", "Kikim Timur", "Lahat"]
    assert page.select("//select[@name='region_id']/option/text()") == ["Pilih kecamatan dahulu"]
    assert len(seen) <= 5


def test_the_selects_fetch_themselves_again(sign_in: Any) -> None:
    page = sign_in("opd").get("/wilayah/pilihan?name=place_id&level=3&optional=1&look=filter", htmx="cascade-place_id")
    (url,) = page.select("//select/@hx-get")
    assert url == "/wilayah/pilihan?name=place_id&level=3&look=filter&optional=1"
    assert page.select("//select/@name") == ["regency_id", "place_id"]
    assert page.select("//select/@hx-target") == ["#cascade-place_id"]


def test_without_htmx_the_same_address_is_a_page(sign_in: Any, cast: Cast) -> None:
    browser = sign_in("sekretariat")
    page = browser.get("/wilayah/pilihan")
    assert page.h1 == "Pilih wilayah"
    page = browser.get(f"/wilayah/pilihan?region_id={cast.regions['16.04.10.2001']}")
    assert "Manggul 16.04.10.2001" in page.text


def test_bad_questions_are_no_pages(sign_in: Any) -> None:
    browser = sign_in("tni")
    for query in ("name=%3Cscript%3E", "name=region_id&level=5", "level=x", "level=1", "name=" + "a" * 200):
        browser.get(f"/wilayah/pilihan?{query}", status=404)


def test_strangers_sign_in_first(client: HtmlClient) -> None:
    client.get("/wilayah/pilihan", status=303)
