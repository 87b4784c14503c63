"""The front-end files: our own, and Bootstrap and htmx from their packages; compressed once, cached for a year."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import brotli
from flask import Flask, Response, make_response, request

from kbpartners.security import Permission, requires
from kbpartners.stylesheet import prune, words_of

STATIC = Path(__file__).resolve().parent.parent / "static"
TEMPLATES = STATIC.parent / "templates"

# The carrier packages can be exchanged here, in one line each.
_ELSEWHERE = {
    "bootstrap.min.css": ("flask_bootstrap", "static/bootstrap5/css/bootstrap.min.css"),
    "htmx.min.js": ("js_lib_htmx", "static/htmx/htmx.min.js"),
}
_OWN = ("app.css", "app.js", "upload.js", "icons.svg")
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class Asset(NamedTuple):
    """A file ready to send: its bytes plain and compressed, its media type, the version in its address."""

    plain: bytes
    brotli: bytes
    gzip: bytes
    media_type: str
    version: str


@cache
def load(name: str) -> Asset:
    """Read and compress one asset (once a process). Raises KeyError for an unknown name."""
    if name in _OWN:
        data = (STATIC / name).read_bytes()
    else:
        package, path = _ELSEWHERE[name]
        data = files(package).joinpath(path).read_bytes()
        if name == "bootstrap.min.css":
            data = prune(data.decode(), words_of([*TEMPLATES.rglob("*.html"), *STATIC.glob("*.js")])).encode()
    return Asset(
        data,
        brotli.compress(data, quality=11),
        gzip.compress(data, 9, mtime=0),
        _TYPES[name.rpartition(".")[2]],
        hashlib.sha256(data).hexdigest()[:10],
    )


@cache
def asset_url(name: str) -> str:
    """The versioned address of an asset; it may be cached for ever."""
    return f"/aset/{load(name).version}/{name}"


@requires(Permission.PUBLIC)
def send(version: str, name: str) -> Response:
    """Send an asset in the best encoding that the browser takes."""
    try:
        asset = load(name)
    except KeyError:
        return make_response("", 404)
    accepted = request.accept_encodings
    encoding = "br" if "br" in accepted else "gzip" if "gzip" in accepted else ""
    response = make_response(asset.brotli if encoding == "br" else asset.gzip if encoding else asset.plain)
    response.headers["Content-Type"] = asset.media_type
    response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if version == asset.version else "no-cache"
    )
    return response


def init_app(app: Flask) -> None:
    """Route the assets and offer `asset(name)` to templates."""
    app.add_url_rule("/aset/<version>/<name>", "asset", send)
    app.jinja_env.globals["asset"] = asset_url
