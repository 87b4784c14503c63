"""The small office's server as `make run` starts it: pages and worker in two processes, slow phones in front."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import lxml.html
import pytest

from tests.conftest import POSTGRES

pytestmark = pytest.mark.skipif(POSTGRES, reason="the small office runs on SQLite")

ROOT = Path(__file__).resolve().parent.parent
CRAWL = 5_000
"""Bytes a second of a phone at the edge of the network."""

Start = Callable[..., "Server"]


class Server:
    """A running `flask --app app serve` and what it has printed."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port, self.output = _free_port(), folder / "output.txt"
        self.started = time.monotonic()
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "app", "serve"],
                cwd=ROOT,
                env={
                    **{name: value for name, value in os.environ.items() if not name.startswith("KBPARTNERS_")},
                    "KBPARTNERS_DATABASE_URL": f"sqlite:///{folder}/office.db",
                    "KBPARTNERS_DATA_DIR": str(folder / "files"),
                    "KBPARTNERS_SECRET_KEY": "kunci-untuk-uji-" + "x" * 32,
                    "PORT": str(self.port),
                    "DEMO": "0",
                    "PYTHONUNBUFFERED": "1",
                    **environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait(self, seconds: float) -> None:
        """Until it listens. Fails with what it printed if it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail(f"the server does not listen:\n{self.said[-3000:]}")

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def healthy(self) -> tuple[float, dict[str, object]]:
        """Seconds until `/sehat` has answered, and the answer."""
        start = time.monotonic()
        status, _headers, body = self.get("/sehat")
        assert status == 200, body
        return time.monotonic() - start, json.loads(body)

    def worker(self) -> int:
        """The process id of the worker beside the server."""
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
                command = path.with_name("cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == self.process.pid and b"jobs" in command:
                return int(path.parent.name)
        pytest.fail("no worker beside the server")

    def stop(self) -> int:
        """Ask it to end, as an operating system does, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An office that starts empty."""
    server = Server(tmp_path_factory.mktemp("server"))
    try:
        server.wait(60)
        yield server
    finally:
        server.stop()


def test_an_empty_office_starts_answers_and_says_where_it_is(server: Server) -> None:
    _seconds, health = server.healthy()
    assert health["database"]
    assert health["version"]
    assert f"http://127.0.0.1:{server.port}" in server.said
    assert "@contoh.id" not in server.said
    status, headers, page = server.get("/masuk")
    assert status == 200
    assert "Masuk" in page.decode()
    assert "waitress" not in headers.get("Server", "").lower()


def test_the_health_page_answers_while_four_phones_upload_at_a_crawl(server: Server) -> None:
    body = b"--batas\r\n" + b"x" * 300_000
    head = (
        f"POST /komitmen/1/laporan HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Content-Type: multipart/form-data; boundary=batas\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    stop, sent = threading.Event(), [0] * 4

    def crawl(number: int) -> None:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as phone:
            phone.sendall(head)
            while not stop.wait(0.1):
                phone.sendall(body[sent[number] : sent[number] + CRAWL // 10])
                sent[number] += CRAWL // 10

    phones = [threading.Thread(target=crawl, args=(number,), daemon=True) for number in range(4)]
    for phone in phones:
        phone.start()
    waits = []
    end = time.monotonic() + 6
    while time.monotonic() < end:
        waits.append(server.healthy()[0])
        time.sleep(0.25)
    stop.set()
    for phone in phones:
        phone.join(5)
    assert min(sent) > 3 * CRAWL, sent  # all four were really on the line
    assert max(waits) < 1, waits


def test_a_file_that_is_far_too_large_is_answered_with_a_page_that_says_what_to_do(server: Server) -> None:
    size = 21 * 1024 * 1024
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    cookie, token = _anonymous_form(server)
    start = (
        f'--batas\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--batas\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    ).encode()
    connection.putrequest("POST", "/masuk")
    connection.putheader("Content-Type", "multipart/form-data; boundary=batas")
    connection.putheader("Content-Length", str(size))
    connection.putheader("Cookie", cookie)
    connection.endheaders(start)
    block = b"x" * (1024 * 1024)
    left = size - len(start)
    while left:
        connection.send(block[:left])
        left -= min(left, len(block))
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    assert answer.status == 413
    heading = re.search(r"<h1>(.*?)</h1>", page)
    assert heading, page[:500]
    assert "besar" in heading[1]
    assert "Kode 413" in page
    assert server.healthy()[0] < 1


def _anonymous_form(server: Server) -> tuple[str, str]:
    _status, headers, page = server.get("/masuk")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.decode())
    assert token
    return headers["Set-Cookie"].partition(";")[0], token[1]


def test_ending_the_server_ends_its_worker(tmp_path: Path) -> None:
    server = Server(tmp_path)
    try:
        server.wait(60)
        worker = server.worker()
        assert _alive(worker)
    finally:
        code = server.stop()
    assert code == 0, server.said[-2000:]
    assert "berhenti" in server.said
    end = time.monotonic() + 3
    while _alive(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _alive(worker)


def signs_in(server: Server) -> bool:
    """Whether a demo account gets in through the page, which the server has to write down."""
    base = f"http://127.0.0.1:{server.port}"
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = lxml.html.fromstring(browser.open(f"{base}/masuk", timeout=20).read())
    token = page.xpath("//form[@action='/masuk']//input[@name='csrf_token']/@value")[0]
    fields = {"email": "tni@contoh.id", "password": "Contoh-2017!", "csrf_token": token}
    answer = browser.open(f"{base}/masuk", urlencode(fields).encode(), timeout=20)
    return urlsplit(answer.url).path == "/" and "Mayor Budi" in answer.read().decode()


def test_with_the_example_it_prints_the_accounts_lets_them_in_and_a_second_start_keeps_the_data(tmp_path: Path) -> None:
    first = Server(tmp_path, DEMO="1")
    try:
        first.wait(120)
        assert "tni@contoh.id" in first.said
        assert "contoh Sumatera Selatan dimuat" in first.said
        assert signs_in(first)
    finally:
        first.stop()
    second = Server(tmp_path, DEMO="1")
    try:
        second.wait(60)
        assert "tni@contoh.id" in second.said
        assert "dimuat" not in second.said
        assert signs_in(second)
    finally:
        second.stop()
