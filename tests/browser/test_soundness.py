"""Every kind of page for every role: no axe violation, no sideways scroll, title, one h1, a way past the menu."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter
from tests.browser.crawl import ANONYMOUS, kinds_of_pages
from tests.browser.site import Site, Watch
from tests.browser.steps import fits

WIDTHS = (320, 360, 768, 1280)
STATES = {"sekretariat": ("submitted", "proposed_done", "ended"), "tni": ("late", "returned", "done", "proposed_done")}
ROLES = ("sekretariat", "admin", "pimpinan", "tni", "opd.lahat")
ALIKE = {"admin": "sekretariat", "opd.lahat": "tni"}
"""Roles that see what another sees, and some more."""
DIFFERENT = {"dashboard.home", "kampung.show"}
"""Pages that differ between roles that are otherwise alike."""


def violations(page: Page, *, contrast: bool = True) -> list[str]:
    """What axe finds, each as rule and selectors. Measuring contrast takes longer than all other rules together."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_FILE_PATH.read_text())
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
    found: list[dict[str, Any]] = page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    return [f"{one['id']}: {[node['target'] for node in one['nodes'][:4]]}" for one in found]


def look_at(page: Page, path: str, *, thorough: bool = True) -> list[str]:
    """Open a page and say what is wrong with it; `thorough`: at every width, axe on the phone, too, and contrast."""
    answer = page.goto(path)
    wrong = [] if answer is not None and answer.ok else [f"answer {answer and answer.status}"]
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} h1")
    if len(page.title()) < len("A · KB Partners"):
        wrong.append(f"title {page.title()!r}")
    for width in WIDTHS if thorough else (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        if not fits(page):
            wrong.append(f"scrolls sideways at {width}")
        if width == 1280 or (thorough and width == 360):
            wrong += [f"at {width}: {found}" for found in violations(page, contrast=thorough and width == 1280)]
    return [f"{path}: {problem}" for problem in wrong]


@pytest.fixture(scope="module")
def seen() -> dict[str, set[str]]:
    """The endpoints that each role's round has covered."""
    return {}


@pytest.mark.parametrize("role", ROLES)
def test_every_kind_of_page_is_sound(enter: Enter, site: Site, seen: dict[str, set[str]], role: str) -> None:
    pages = kinds_of_pages(site.app, site.cookie(role))
    assert "dashboard.home" in pages
    assert len(pages) >= 20
    same = seen.get(ALIKE.get(role, ""), set()) - DIFFERENT
    known = set().union(*seen.values()) - DIFFERENT  # a kind of page is looked at thoroughly once
    page, wrong = enter(role), []
    for endpoint, path in pages.items():
        if endpoint not in same:
            wrong += look_at(page, path, thorough=endpoint not in known)
    seen[role] = set(pages)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", STATES)
def test_a_commitment_is_sound_in_every_state(enter: Enter, role: str) -> None:
    page = enter(role)
    paths = []
    for state in STATES[role]:
        page.goto(f"/komitmen?status={state}")
        address = page.locator("table.tbl a.t").first.get_attribute("href")
        assert address, state
        paths.append(address)
    wrong = [
        problem for path in [*dict.fromkeys(paths), f"{paths[0]}?per=2026-06-01"] for problem in look_at(page, path)
    ]
    assert not wrong, "\n".join(wrong)


def test_what_anybody_sees_is_sound(enter: Enter, watch: Watch) -> None:
    watch.allow("404")
    page = enter()
    wrong = [problem for path in ANONYMOUS for problem in look_at(page, path) if "answer 404" not in problem]
    assert not wrong, "\n".join(wrong)


def test_a_refused_form_is_sound(enter: Enter, site: Site, watch: Watch) -> None:
    watch.allow("422")
    page = enter("sekretariat")
    for path in ("/komitmen/baru", "/tindak-lanjut/baru", "/mitra/baru", "/rapat/baru", "/kampung-kb/baru"):
        page.goto(path)
        page.locator("main form[method=post] button[type=submit]").first.click()
        expect(page.get_by_role("alert").first).to_be_visible()
        expect(page.locator(".errsum")).to_be_focused()
        assert violations(page) == [], path


@pytest.mark.parametrize("width", [1280, 360])
def test_the_first_tab_leads_past_the_menu_and_the_focus_can_be_seen(enter: Enter, width: int) -> None:
    page = enter("tni", width=width)
    for path in ("/", "/komitmen", "/laporan/matriks-tindak-lanjut"):
        page.goto(path)
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Langsung ke isi")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        ring = page.evaluate(
            "() => { const look = getComputedStyle(document.activeElement);"
            " return document.querySelector('main').contains(document.activeElement)"
            " && (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2 || look.boxShadow !== 'none'); }"
        )
        assert ring, path
