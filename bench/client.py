"""A small HTTP client for load on loopback: cookies, one connection a request, forms read from pages. No redirects."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

Fields = list[tuple[str, str]]


class FormReader(HTMLParser):
    """The forms of a page as (action, fields that a browser would send)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, Fields]] = []
        self._select, self._options, self._text = "", [], None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((a.get("action", ""), []))
        elif not self.forms:
            return
        elif tag == "select":
            self._select, self._options = a.get("name", ""), []
        elif tag == "option" and self._select:
            self._options.append((a.get("value", ""), "selected" in a))
        elif tag == "textarea":
            self._text = [a.get("name", ""), ""]
        elif tag == "input" and a.get("name") and _sent(a):
            self.forms[-1][1].append((a["name"], a.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            self.forms[-1][1].append((self._text[0], self._text[1]))
            self._text = None
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [v for v, _ in self._options[:1]]
            self.forms[-1][1].extend((self._select, value) for value in chosen)
            self._select = ""


def _sent(attributes: dict[str, str]) -> bool:
    kind = attributes.get("type", "text")
    if kind in {"checkbox", "radio"}:
        return "checked" in attributes
    return kind not in {"submit", "button", "file", "image"}


@dataclass
class Answer:
    """A response: status, body, the place it points to."""

    status: int
    body: bytes
    location: str = ""


@dataclass
class Browser:
    """One signed-in user."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)

    def request(self, path: str, fields: Fields | None = None) -> Answer:
        """GET, or POST of an urlencoded form."""
        parts = urlsplit(self.base)
        body = b"" if fields is None else urlencode(fields).encode()
        head = [
            f"{'GET' if fields is None else 'POST'} {path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Accept: text/html",
            "Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            "Connection: close",
        ]
        if fields is not None:
            head += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"]
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            with connection.makefile("rb", 1 << 18) as stream:
                return self._read(stream)

    def _read(self, stream) -> Answer:
        status, headers = int(stream.readline().split(None, 2)[1]), {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").strip().partition(": ")
            headers[name.lower()] = value
            if name.lower() == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                self.cookies[key] = content
        length = headers.get("content-length")
        return Answer(status, stream.read(int(length)) if length else stream.read(), headers.get("location", ""))

    def sign_in(self, path: str, fields: dict[str, str]) -> Browser:
        """Sign in through the page's own form. Raises RuntimeError if that fails."""
        action, present = self.form(path, set(fields))
        answer = self.request(action, merge(present, fields))
        if answer.status not in (302, 303):
            raise RuntimeError(f"sign-in failed with {answer.status}")
        return self

    def form(self, path: str, wanted: set[str]) -> tuple[str, Fields]:
        """Action and fields of the form on `path` that has the most of the wanted names."""
        page = self.request(path)
        forms = FormReader(page.body.decode("utf-8", "replace")).forms
        best = max(forms, key=lambda form: len({name for name, _ in form[1]} & wanted), default=None)
        if best is None or not {name for name, _ in best[1]} & wanted:
            raise RuntimeError(f"{path}: {page.status}, no form with {wanted}")
        target = urlsplit(urljoin(self.base + path, best[0]))
        return target.path + (f"?{target.query}" if target.query else ""), best[1]


def merge(present: Fields, new: dict[str, str]) -> Fields:
    """The form's fields with some of them filled in."""
    return [(name, value) for name, value in present if name not in new] + list(new.items())
