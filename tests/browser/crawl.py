"""Every kind of page that a person can reach by links, starting at the Beranda."""

from __future__ import annotations

from collections import deque
from urllib.parse import urljoin, urlsplit

import lxml.html
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

ANONYMOUS = ("/masuk", "/lupa-sandi", "/bantuan", "/tidak-ada")


def client(app: Flask, cookie: str) -> FlaskClient:
    """A client with somebody's session cookie."""
    browser = app.test_client()
    browser.set_cookie("kbp", cookie)
    return browser


def kinds_of_pages(app: Flask, cookie: str, start: str = "/") -> dict[str, str]:
    """One address for each endpoint that answers this person with a page, in the order in which links lead there."""
    browser, adapter = client(app, cookie), app.url_map.bind("localhost")
    found: dict[str, str] = {}
    waiting, seen = deque([start]), {""}
    while waiting:
        path = waiting.popleft()
        try:
            endpoint, _values = adapter.match(urlsplit(path).path, method="GET")
        except HTTPException:
            continue
        if endpoint in seen:
            continue
        answer = browser.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        seen.add(endpoint)
        found[endpoint] = path
        waiting.extend(_links(answer.get_data(as_text=True), path))
    return found


def _links(html: str, path: str) -> list[str]:
    tree = lxml.html.fromstring(html)
    targets = [*tree.xpath("//a/@href"), *tree.xpath("//form[@method='get' or not(@method)]/@action")]
    joined = [urlsplit(urljoin("http://localhost" + path, target)) for target in targets]
    return [
        part.path + (f"?{part.query}" if part.query else "")
        for part in joined
        if part.netloc == "localhost" and part.path != "/keluar" and "format=" not in part.query
    ]
