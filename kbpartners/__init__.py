"""KB Partners: what BKKBN and its partners promised each other, followed until it is verified as done."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from kbpartners.config import Config

__version__ = "0.1.0"

LARGEST_ID = 2**31 - 1
"""The largest id that both databases can hold; a larger one names nothing."""


class IdConverter(IntegerConverter):
    """Numbers in addresses are ids: one that no column can hold is an address that does not exist."""

    def __init__(self, map: Map, **options: int | bool | None) -> None:
        super().__init__(map, **{"max": LARGEST_ID, **options})  # type: ignore[arg-type]


ROOT = Path(__file__).resolve().parent.parent


def create_app(config: Config | None = None) -> Flask:
    """Build the application. Without `config` the environment is read and the folder `instance/` used."""
    app = Flask(
        __name__, instance_path=str(ROOT / "instance"), template_folder=str(ROOT / "templates"), static_folder=None
    )
    settings = config or Config.from_environment(Path(app.instance_path))
    app.config.update(
        KB=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={} if settings.database_url.startswith("sqlite") else {"pool_pre_ping": True},
        MAX_CONTENT_LENGTH=settings.upload_limit + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=1000,
        SESSION_COOKIE_NAME="kbp",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,  # the row of the session decides how long it lasts, not the cookie
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        TESTING=settings.testing,
        PROPAGATE_EXCEPTIONS=False,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=1,
        COMPRESS_LEVEL=1,
        COMPRESS_MIN_SIZE=700,
        COMPRESS_MIMETYPES=["text/html", "application/json", "image/svg+xml", "text/csv"],
    )
    app.url_map.converters["int"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.proxies:  # only then may a header say where a request came from
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    _wire(app)
    return app


def _wire(app: Flask) -> None:
    from kbpartners import assets, cli, db, errors, features, formats, fragments, i18n, layout, observe, security

    # The nonce and the request id come first: even a refusal by the CSRF check renders a page.
    observe.init_app(app)
    assets.init_app(app)
    i18n.init_app(app)
    formats.init_app(app)
    fragments.init_app(app)
    db.init_app(app)
    features.init_extensions(app)
    security.init_app(app)
    errors.init_app(app)
    layout.init_app(app)
    features.register(app)
    cli.init_app(app)
