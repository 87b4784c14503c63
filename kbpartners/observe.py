"""What every answer carries (request id, security headers) and the one structured log line that it leaves."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time

from flask import Flask, Response, g, request

CSP = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)

log = logging.getLogger("kbpartners.request")


class JsonFormatter(logging.Formatter):
    """One JSON object a line: machines read it, people still can."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        entry.update(getattr(record, "fields", {}))
        if request_id := getattr(record, "request_id", ""):
            entry["request_id"] = request_id
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def init_app(app: Flask) -> None:
    """Install the logger and the hooks. Hooks set headers and log; they never query."""
    root = logging.getLogger("kbpartners")
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        root.addHandler(handler)
        root.setLevel(logging.WARNING if app.testing else logging.INFO)
        root.propagate = False
    app.logger = root
    app.jinja_env.globals["csp_nonce"] = lambda: g.csp_nonce

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(6)
        g.csp_nonce = secrets.token_urlsafe(12)

    @app.after_request
    def headers(response: Response) -> Response:
        if "started" not in g:
            return response
        response.headers["X-Request-Id"] = g.request_id
        response.headers.setdefault("Content-Security-Policy", CSP.format(nonce=g.csp_nonce))
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Permissions-Policy"] = "geolocation=(), microphone=(), payment=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        response.headers.setdefault("Cache-Control", "no-store" if "user_id" in g else "private, no-cache")
        log.info(
            "permintaan",
            extra={
                "fields": {
                    "request_id": g.request_id,
                    "method": request.method,
                    "path": request.path,
                    "endpoint": request.endpoint or "",
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - g.started) * 1000, 1),
                    "bytes": response.content_length or 0,
                    "user": g.get("user_id"),
                }
            },
        )
        return response
