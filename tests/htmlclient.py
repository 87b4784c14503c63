"""A browser for tests that reads pages as people do: status, title, headings, ids, labels, forms and links are checked
on every page it loads, so that each test is also a test of the page's soundness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from flask import Flask, g
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from kbpartners.db import db

Fields = Mapping[str, Any]


class Page:
    """An answer that has been read. `text` is what a person sees, with white space folded."""

    def __init__(self, response: TestResponse, path: str) -> None:
        self.response, self.path, self.status = response, path, response.status_code
        self.html = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        self.tree = lxml.html.fromstring(self.html) if self.html.strip() else None
        self.location = response.headers.get("Location", "")

    @property
    def text(self) -> str:
        if self.tree is None:
            return ""
        words = self.tree.xpath("//body//text()[not(ancestor::script or ancestor::style or ancestor::template)]")
        return " ".join(" ".join(words).replace("\u00a0", " ").split())

    @property
    def h1(self) -> str:
        return " ".join(self.tree.xpath("string(//h1)").split()) if self.tree is not None else ""

    def links(self) -> list[str]:
        return [] if self.tree is None else self.tree.xpath("//a/@href")

    def select(self, xpath: str) -> list[Any]:
        return [] if self.tree is None else self.tree.xpath(xpath)

    def errors(self) -> list[str]:
        """The error sentences shown at the fields."""
        return [
            " ".join(node.text_content().split())
            for node in self.select("//*[contains(@class,'err') and @id]")
            if node.get("id", "").endswith("-err")
        ]

    def form(self, action: str) -> dict[str, Any]:
        """The fields of the form whose action starts with `action`, as a browser would send them."""
        for form in self.select("//form"):
            if (form.get("action") or self.path).startswith(action):
                fields: dict[str, Any] = {}
                for name, value in form.form_values():
                    fields.setdefault(name, []).append(value)
                return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
        raise AssertionError(f"{self.path}: no form to {action}")


class HtmlClient:
    """One browser with its cookies."""

    def __init__(self, app: Flask) -> None:
        self.app, self.http = app, app.test_client()

    def enter(self, user_id: int) -> None:
        """Start a session for a person without going through the sign-in page."""
        from kbpartners.accounts.service import open_session

        with self.app.app_context():
            g.will_write = True
            token = open_session(user_id, user_agent="uji", address="127.0.0.1")
            db.session.commit()
            db.session.remove()
        with self.http.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True

    def get(
        self, path: str, status: int = 200, *, htmx: str = "", headers: Fields | None = None, follow: bool = False
    ) -> Page:
        """Load a page; `htmx` names the target element of a fragment request."""
        response = self.http.get(path, headers={**_htmx(htmx), **(headers or {})}, follow_redirects=follow)
        return self._read(response, path, status, fragment=bool(htmx))

    def post(
        self,
        path: str,
        fields: Fields | None = None,
        status: int = 303,
        *,
        page: str | None = None,
        htmx: str = "",
        headers: Fields | None = None,
        token: bool = True,
    ) -> Page:
        """Send a form. The CSRF token is taken from `page` (default: the sign-in or home page)."""
        data = dict(fields or {})
        if token and "csrf_token" not in data:
            data["csrf_token"] = self.csrf(page)
        response = self.http.post(
            path, data=data, headers={**_htmx(htmx), **(headers or {})}, content_type="multipart/form-data"
        )
        return self._read(response, path, status, fragment=bool(htmx))

    def submit(self, page: Page, action: str, fields: Fields | None = None, status: int = 303) -> Page:
        """Fill in the form of a page and send it, with everything that was in it."""
        return self.post(
            page.select(f"//form[starts-with(@action, '{action}')]")[0].get("action"),
            {**page.form(action), **(fields or {})},
            status,
        )

    def csrf(self, page: str | None = None) -> str:
        """A valid token of this browser."""
        html = self.http.get(page or "/profil", follow_redirects=True).get_data(as_text=True)
        tokens = lxml.html.fromstring(html).xpath("//input[@name='csrf_token']/@value")
        assert tokens, f"no form with a token on {page or '/profil'}"
        return str(tokens[0])

    def _read(self, response: TestResponse, path: str, status: int, *, fragment: bool) -> Page:
        page = Page(response, path)
        assert page.status == status, f"{path}: {page.status} instead of {status}: {page.h1} {page.text[:600]}"
        if page.html.strip():
            check_page(self.app, page, fragment=fragment)
        return page


def _htmx(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target} if target else {}


def check_page(app: Flask, page: Page, *, fragment: bool = False) -> None:
    """Raise AssertionError for what no page may have."""
    problems: list[str] = []
    if not fragment:
        if not " ".join(page.tree.xpath("string(//title)").split()):
            problems.append("no title")
        if len(page.select("//h1")) != 1:
            problems.append(f"{len(page.select('//h1'))} h1")
        if not page.select("//html/@lang"):
            problems.append("no lang")
    ids = page.select("//*[not(ancestor-or-self::template)]/@id")
    problems += [f"id {name!r} twice" for name in {i for i in ids if ids.count(i) > 1}]
    problems += _unlabelled(page, set(ids))
    problems += [
        f"inline style or handler on <{node.tag}>"
        for node in page.select("//*[@style or @onclick or @onchange or @onsubmit]")
    ]
    problems += _dead(app, page)
    assert not problems, f"{page.path}: {problems}"


def _unlabelled(page: Page, ids: set[str]) -> list[str]:
    found = []
    for control in page.select("//input[not(@type='hidden' or @type='submit' or @type='button')]|//select|//textarea"):
        name = control.get("id")
        if control.get("aria-label") or control.xpath("ancestor::label") or control.get("aria-labelledby") in ids:
            continue
        if not (name and page.select(f"//label[@for='{name}']")):
            found.append(f"control {control.get('name')!r} without a label")
    return found


def _dead(app: Flask, page: Page) -> list[str]:
    adapter = app.url_map.bind("localhost")
    targets = [(href, "GET") for href in page.select("//a/@href")]
    targets += [
        (form.get("action") or page.path, (form.get("method") or "get").upper()) for form in page.select("//form")
    ]
    targets += [(value, "GET") for value in page.select("//@hx-get")] + [
        (value, "POST") for value in page.select("//@hx-post")
    ]
    found = []
    for href, method in targets:
        parts = urlsplit(urljoin("http://localhost" + page.path, href))
        if parts.scheme not in {"http", "https"} or parts.netloc != "localhost":
            continue
        if href.startswith("#"):
            if len(href) > 1 and not page.select(f"//*[@id='{href[1:]}']"):
                found.append(f"link to missing {href}")
            continue
        try:
            adapter.match(parts.path, method=method)
        except RequestRedirect:
            found.append(f"redirecting link {href}")
        except HTTPException:
            found.append(f"dead {method} {href}")
    return found
