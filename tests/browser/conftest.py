"""Real Chromium on a running office. What a browser complains about fails the test in which it complained."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.site import Site, Watch
from tests.conftest import POSTGRES

HERE = Path(__file__).parent
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test; PostgreSQL is left to the tests without a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if POSTGRES:
                item.add_marker(pytest.mark.skip(reason="the browser tests run on SQLite"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests. Not having one is a failure: these tests must not be skipped in silence."""
    if not CHROMIUM:
        pytest.fail("Chromium tidak ada; pasang dahulu, atau jalankan pytest -m 'not browser'")
    with sync_playwright() as playwright:
        expect.set_options(timeout=10_000)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running office with a fresh copy of the example for each module."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Collects what browsers complain about; `watch.allow("422")` for what a test provokes."""
    watch = Watch()
    yield watch
    assert not watch.left(), "\n".join(watch.left())


Enter = Callable[..., Page]


@pytest.fixture
def enter(chromium: Browser, site: Site, watch: Watch) -> Iterator[Enter]:
    """`enter("tni", js=False, width=360)` is a window in which that demo account is signed in; `enter()`: nobody."""
    opened = []

    def open_window(account: str = "", *, js: bool = True, width: int = 1280) -> Page:
        context = chromium.new_context(
            base_url=site.url, viewport={"width": width, "height": 800}, java_script_enabled=js, locale="id-ID"
        )
        context.set_default_timeout(10_000)
        opened.append(context)
        if account:
            context.add_cookies([{"name": "kbp", "value": site.cookie(account), "url": site.url}])
        page = context.new_page()
        watch.follow(page)
        return page

    yield open_window
    for context in opened:
        context.close()
