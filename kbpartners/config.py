"""Every environment variable that the product reads, typed, in one place (the README lists the same ones)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class ConfigError(RuntimeError):
    """A setting that cannot be used; the message is one Indonesian line naming the variable."""


@dataclass(frozen=True)
class Config:
    """The settings of one process. Build it with `Config.from_environment`; tests pass their own."""

    database_url: str
    secret_key: str
    data_dir: Path
    base_url: str = "http://127.0.0.1:5000"
    smtp_url: str = ""
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))
    env: str = "development"
    today: date | None = None
    proxies: int = 0
    upload_limit: int = 10 * 1024 * 1024
    testing: bool = False

    @property
    def production(self) -> bool:
        return self.env == "production"

    @classmethod
    def from_environment(cls, instance: Path, environ: Mapping[str, str] | None = None) -> Config:
        """Read `KBPARTNERS_*`; what is absent gets a default that works on a fresh machine.

        `instance` is the folder for the default database, key and files; it is created. Raises ConfigError.
        """
        env = os.environ if environ is None else environ
        mode = env.get("KBPARTNERS_ENV", "development")
        instance.mkdir(parents=True, exist_ok=True)
        config = cls(
            database_url=_database_url(env.get("KBPARTNERS_DATABASE_URL") or f"sqlite:///{instance / 'kbpartners.db'}"),
            secret_key=env.get("KBPARTNERS_SECRET_KEY") or _kept_secret(instance, mode),
            data_dir=Path(env.get("KBPARTNERS_DATA_DIR") or instance / "files"),
            base_url=(env.get("KBPARTNERS_BASE_URL") or "http://127.0.0.1:5000").rstrip("/"),
            smtp_url=env.get("KBPARTNERS_SMTP_URL", ""),
            timezone=_zone(env.get("KBPARTNERS_TIMEZONE") or "Asia/Jakarta"),
            env=mode,
            today=None if mode == "production" else _day(env.get("KBPARTNERS_TODAY", "")),
            proxies=_count(env.get("KBPARTNERS_PROXIES", "")),
        )
        config.check()
        return config

    def check(self) -> None:
        """Refuse what must not run in production. Raises ConfigError."""
        if self.env not in {"development", "production"}:
            raise ConfigError(f"KBPARTNERS_ENV: '{self.env}' tidak dikenal; tulis development atau production.")
        if self.production and len(self.secret_key) < 32:
            raise ConfigError("KBPARTNERS_SECRET_KEY: wajib diisi, paling sedikit 32 huruf, di lingkungan production.")
        if self.production and len(set(self.secret_key)) < 10:
            raise ConfigError("KBPARTNERS_SECRET_KEY: mudah ditebak (sedikit huruf yang berbeda); buat secara acak.")

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over HTTPS only: always in production, and where the base URL says https."""
        return self.production or urlsplit(self.base_url).scheme == "https"


def _database_url(url: str) -> str:
    if url.startswith("postgres://"):
        return "postgresql" + url.removeprefix("postgres")
    return url


def _kept_secret(instance: Path, mode: str) -> str:
    """The key that signs cookies, made once per installation so that a restart signs nobody out."""
    if mode == "production":
        return ""
    path = instance / "secret_key"
    if not path.exists():
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
        path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"KBPARTNERS_TIMEZONE: zona waktu '{name}' tidak dikenal.") from error


def _count(text: str) -> int:
    if not text:
        return 0
    if not text.isdecimal() or len(text) > 1:
        raise ConfigError(f"KBPARTNERS_PROXIES: '{text}' bukan jumlah proksi; tulis 0 sampai 9.")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigError(f"KBPARTNERS_TODAY: '{text}' bukan tanggal; tulis seperti 2017-03-07.") from error
