"""The example loaded once for all tests that only look at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask, g

from kbpartners import create_app, schema
from kbpartners.accounts.service import open_session, user_by_name
from kbpartners.config import Config
from kbpartners.db import db
from kbpartners.example.commands import load_example
from tests.htmlclient import HtmlClient

TODAY = date(2026, 6, 10)


@pytest.fixture(scope="session")
def example(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with the whole South Sumatra example, as `flask init` and `flask demo` make it."""
    from tests.browser.site import example_folder
    from tests.conftest import POSTGRES, _admin

    if POSTGRES:
        _admin(server_url, "CREATE DATABASE example")
    folder: Path = tmp_path_factory.mktemp("example") / "office"
    if not POSTGRES:
        shutil.copytree(example_folder(), folder)  # loaded once for these and for the browser tests
    app = create_app(
        Config(
            database_url=server_url.format("example") if POSTGRES else f"sqlite:///{folder}/office.db",
            secret_key="kunci-untuk-uji-" + "x" * 32,
            data_dir=folder / "files",
            base_url="http://localhost",
            today=TODAY,
            testing=True,
        )
    )
    if POSTGRES:
        with app.app_context():
            from kbpartners.settings import setup

            schema.upgrade()
            g.will_write = True
            setup.prepare(["16"])
            db.session.commit()
            load_example()
            db.session.remove()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def demo(example: Flask):
    """`demo("tni")` is a browser signed in as that demo account."""

    def enter(name: str) -> HtmlClient:
        browser = HtmlClient(example)
        with example.app_context():
            user = user_by_name(f"{name}@contoh.id")
            assert user is not None
            g.will_write = True
            token = open_session(user.id)
            db.session.commit()
            db.session.remove()
        with browser.http.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return browser

    return enter
