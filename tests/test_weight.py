"""What the pages weigh on their way to an old phone: the bytes of answers as they travel, head and body."""

from __future__ import annotations

import gzip
import re
import shutil
from importlib.resources import files
from pathlib import Path

import brotli
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kbpartners.assets import asset_url
from kbpartners.stylesheet import prune
from tests.browser.crawl import ANONYMOUS, client, kinds_of_pages
from tests.browser.site import example_folder, make_app
from tests.conftest import POSTGRES

pytestmark = pytest.mark.skipif(POSTGRES, reason="weighed once, on SQLite")

FIRST_VISIT = 60_000
LATER_PAGE = 15_000
ENCODINGS = {"br": "gzip, deflate, br", "gzip": "gzip, deflate"}
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")
each_encoding = pytest.mark.parametrize("encoding", ENCODINGS)


class Office:
    """The example, and browsers of its people that take one encoding."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def cookie(self, account: str) -> str:
        from kbpartners.accounts.service import open_session, user_by_name
        from kbpartners.db import db

        with self.app.app_context():
            user = user_by_name(f"{account}@contoh.id")
            assert user is not None
            token = open_session(user.id)
            db.session.commit()
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(serializer.dumps({"_user_id": token, "_fresh": True}))

    def get(self, path: str, encoding: str, cookie: str = "") -> TestResponse:
        answer = client(self.app, cookie).get(path, headers={"Accept-Encoding": ENCODINGS[encoding]})
        assert answer.status_code == 200, path
        return answer


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder: Path = tmp_path_factory.mktemp("weight") / "office"
    shutil.copytree(example_folder(), folder)
    return Office(make_app(folder))


def weight(answer: TestResponse) -> int:
    """Bytes on the wire: status line, head and body."""
    return 17 + sum(len(name) + len(value) + 4 for name, value in answer.headers) + 2 + len(answer.get_data())


def text(answer: TestResponse) -> str:
    """The page behind the compression."""
    decode = {"br": brotli.decompress, "gzip": gzip.decompress}.get(answer.headers.get("Content-Encoding", ""), bytes)
    return str(decode(answer.get_data()).decode())


def assets_of(html: str) -> set[str]:
    """The versioned files that a page names (the fragment of an icon belongs to its sprite)."""
    return set(re.findall(r'(?:src|href|data-icons)="(/aset/[^"#]+)', html))


@each_encoding
@pytest.mark.parametrize("role", ["tni", "sekretariat", "pimpinan"])
def test_a_first_visit_from_the_sign_in_page_to_the_beranda_is_light(office: Office, encoding: str, role: str) -> None:
    pages = [office.get("/masuk", encoding), office.get("/", encoding, office.cookie(role))]
    named = {path for page in pages for path in assets_of(text(page))}
    parts = {path: weight(office.get(path, encoding)) for path in named}
    parts.update({"/masuk": weight(pages[0]), "/": weight(pages[1])})
    assert len(named) >= 5
    assert sum(parts.values()) <= FIRST_VISIT, sorted(parts.items(), key=lambda part: -part[1])


@each_encoding
@pytest.mark.parametrize("role", ["sekretariat", "admin", "pimpinan", "tni", "opd.lahat"])
def test_every_later_page_is_light(office: Office, encoding: str, role: str) -> None:
    cookie = office.cookie(role)
    pages = kinds_of_pages(office.app, cookie)
    weights = {path: weight(office.get(path, encoding, cookie)) for path in pages.values()}
    assert len(weights) >= 20
    heaviest = sorted(weights.items(), key=lambda page: -page[1])[:5]
    assert heaviest[0][1] <= LATER_PAGE, heaviest


@each_encoding
def test_files_are_compressed_kept_for_a_year_and_never_mixed_up(office: Office, encoding: str) -> None:
    page = office.get("/komitmen/1", encoding, office.cookie("sekretariat"))
    assert page.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in page.headers["Vary"]
    assert "no-store" in page.headers["Cache-Control"]
    for path in assets_of(text(page)):
        answer = office.get(path, encoding)
        assert answer.headers["Content-Encoding"] == encoding, path
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", path
        assert "Accept-Encoding" in answer.headers["Vary"], path
        assert "Set-Cookie" not in answer.headers, path


@pytest.mark.parametrize("role", ["admin", "tni"])
def test_the_stylesheet_that_was_cut_down_has_every_class_that_a_page_uses(office: Office, role: str) -> None:
    whole = files("flask_bootstrap").joinpath("static/bootstrap5/css/bootstrap.min.css").read_text()
    known, kept = set(CLASS.findall(whole)), set(CLASS.findall(text(office.get(asset_url("bootstrap.min.css"), "br"))))
    assert len(kept) < len(known) / 5
    cookie = office.cookie(role)
    pages = [office.get(path, "br", cookie) for path in kinds_of_pages(office.app, cookie).values()]
    pages += [office.get(path, "br") for path in ANONYMOUS[:2]]
    used = {name for page in pages for names in re.findall(r'class="([^"]+)"', text(page)) for name in names.split()}
    assert {"btn", "row", "form-control", "visually-hidden"} <= used
    assert used & known <= kept, used & known - kept


def test_the_stylesheet_keeps_its_licence_and_what_a_screen_width_changes() -> None:
    whole = files("flask_bootstrap").joinpath("static/bootstrap5/css/bootstrap.min.css").read_text()
    small = prune(whole, {"btn", "col-sm-6", "d-md-block"})
    assert "Licensed under MIT" in small
    assert ".btn:hover" in small
    assert ".btn-check" not in small.replace(":not(.btn-check)", "")
    assert re.search(r"@media \(min-width:576px\)\{[^@]*\.col-sm-6\{", small)
    assert ".d-md-block" in small
    assert ".modal" not in small
    assert "@keyframes" not in small
    assert "theme=dark" not in small
    assert small.count("{") == small.count("}")


def test_a_file_of_an_older_version_is_not_kept(office: Office) -> None:
    answer = office.get("/aset/0000000000/app.css", "br")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_fragment_is_told_apart_from_its_page(office: Office) -> None:
    browser = client(office.app, office.cookie("tni"))
    page = browser.get("/komitmen")
    fragment = browser.get("/komitmen", headers={"HX-Request": "true", "HX-Target": "daftar"})
    assert len(fragment.data) < len(page.data)
    for answer in (page, fragment):
        assert {"HX-Request", "HX-Target"} <= {part.strip() for part in answer.headers["Vary"].split(",")}
