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


class Windows:
    """The browser's windows, each with cookies of its own; a new one costs a process, so a used one is cleaned."""

    def __init__(self, chromium: Browser, url: str) -> None:
        self._chromium, self._url = chromium, url
        self._idle: dict[bool, list[Page]] = {True: [], False: []}

    def take(self, js: bool, width: int) -> Page:
        """A window without cookies on an empty page."""
        page = self._idle[js].pop() if self._idle[js] else self._open(js)
        page.set_viewport_size({"width": width, "height": 800})
        return page

    def _open(self, js: bool) -> Page:
        context = self._chromium.new_context(base_url=self._url, java_script_enabled=js, locale="id-ID")
        context.set_default_timeout(10_000)
        return context.new_page()

    def give_back(self, page: Page, js: bool) -> None:
        """Nothing of what was done in it is left."""
        page.unroute_all(behavior="ignoreErrors")
        page.context.clear_cookies()
        page.context.clear_permissions()
        if page.url.startswith(self._url):
            page.evaluate("localStorage.clear()")
        page.goto("about:blank")
        self._idle[js].append(page)

    def close(self) -> None:
        for page in [*self._idle[True], *self._idle[False]]:
            page.context.close()


@pytest.fixture(scope="module")
def windows(chromium: Browser, site: Site) -> Iterator[Windows]:
    windows = Windows(chromium, site.url)
    yield windows
    windows.close()


@pytest.fixture
def enter(windows: Windows, site: Site, watch: Watch) -> Iterator[Enter]:
    """`enter("tni", js=False, width=360)` is a window in which that demo account is signed in; `enter()`: nobody."""
    opened: list[tuple[Page, bool]] = []

    def open_window(account: str = "", *, js: bool = True, width: int = 1280) -> Page:
        page = windows.take(js, width)
        opened.append((page, js))
        if account:
            page.context.add_cookies([{"name": "kbp", "value": site.cookie(account), "url": site.url}])
        watch.follow(page)
        return page

    yield open_window
    for page, js in opened:
        watch.leave(page)
        windows.give_back(page, js)
