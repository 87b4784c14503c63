"""What every answer carries, and the one line that it leaves."""

from __future__ import annotations

import io
import json
import logging

import pytest

from kbpartners.observe import JsonFormatter


@pytest.fixture
def lines(app):
    """The log lines of the test, parsed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    log, requests = logging.getLogger("kbpartners"), logging.getLogger("kbpartners.request")
    levels = log.level, requests.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    requests.setLevel(logging.NOTSET)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.removeHandler(handler)
    log.setLevel(levels[0])
    requests.setLevel(levels[1])


@pytest.mark.parametrize("path", ["/masuk", "/tidak-ada", "/sehat", "/profil"])
def test_security_headers_are_on_every_answer(client, path: str) -> None:
    headers = client.http.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert len(headers["X-Request-Id"]) == 12
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_nonce_is_fresh_and_the_pages_scripts_carry_it(client) -> None:
    first, second = client.http.get("/masuk"), client.http.get("/masuk")
    nonces = [r.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0] for r in (first, second)]
    assert nonces[0] != nonces[1]
    html = first.get_data(as_text=True)
    assert html.count("<script") == html.count(f'nonce="{nonces[0]}"')


def test_pages_of_a_signed_in_person_are_not_kept_by_caches(sign_in, client) -> None:
    assert sign_in("tni").http.get("/profil").headers["Cache-Control"] == "no-store"
    assert client.http.get("/masuk").headers["Cache-Control"] == "private, no-cache"


def test_each_request_leaves_one_line_with_its_id_and_no_query(app, sign_in, cast, lines) -> None:
    response = sign_in("tni").http.get("/profil?rahasia=1")
    (line,) = [line for line in lines() if line["message"] == "permintaan"]
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/profil", 200)
    assert line["user"] == cast.users["tni"]
    assert line["ms"] >= 0
    assert "rahasia" not in json.dumps(line)


def test_a_refused_sign_in_is_in_the_log_without_the_password(client, lines) -> None:
    client.post("/masuk", {"email": "tni@contoh.id", "password": "rahasia sekali"}, 422, page="/masuk")
    (line,) = [line for line in lines() if line["message"] == "masuk ditolak"]
    assert line["address"] == "127.0.0.1"
    assert "rahasia sekali" not in json.dumps(lines())
