"""The pictures of the Beranda are kept for a minute: every test starts without them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask


@pytest.fixture(autouse=True)
def no_kept_charts(app: Flask) -> Iterator[None]:
    app.extensions.pop("kb_dashboard", None)
    yield
    app.extensions.pop("kb_dashboard", None)
