"""Settings: what a fresh machine gets, what production refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbpartners import create_app
from kbpartners.config import Config, ConfigError

GOOD = "k3rPq9wZ-abcdefghijklmnop-0123456789"


def test_a_fresh_machine_needs_no_setting(tmp_path: Path) -> None:
    config = Config.from_environment(tmp_path / "instance", {})
    assert config.database_url == f"sqlite:///{tmp_path / 'instance' / 'kbpartners.db'}"
    assert config.data_dir == tmp_path / "instance" / "files"
    assert config.timezone.key == "Asia/Jakarta"
    assert not config.production
    assert not config.secure_cookies


def test_the_key_is_made_once_so_that_a_restart_signs_nobody_out(tmp_path: Path) -> None:
    first = Config.from_environment(tmp_path, {}).secret_key
    assert len(first) >= 48
    assert Config.from_environment(tmp_path, {}).secret_key == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"KBPARTNERS_ENV": "prod"}, "KBPARTNERS_ENV"),
        ({"KBPARTNERS_ENV": "production"}, "KBPARTNERS_SECRET_KEY"),
        ({"KBPARTNERS_ENV": "production", "KBPARTNERS_SECRET_KEY": "pendek"}, "KBPARTNERS_SECRET_KEY"),
        ({"KBPARTNERS_ENV": "production", "KBPARTNERS_SECRET_KEY": "ab" * 20}, "mudah ditebak"),
        ({"KBPARTNERS_TIMEZONE": "Asia/Palembang"}, "KBPARTNERS_TIMEZONE"),
        ({"KBPARTNERS_TODAY": "07/03/2017"}, "KBPARTNERS_TODAY"),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start_in_one_line(tmp_path: Path, environment, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as refused:
        Config.from_environment(tmp_path, environment)
    assert "\n" not in str(refused.value)


def test_production_has_secure_cookies_whatever_the_address_says(tmp_path: Path) -> None:
    environment = {
        "KBPARTNERS_ENV": "production",
        "KBPARTNERS_SECRET_KEY": GOOD,
        "KBPARTNERS_BASE_URL": "http://kantor.contoh.id/",
    }
    config = Config.from_environment(tmp_path, environment)
    assert config.secure_cookies
    assert config.base_url == "http://kantor.contoh.id"
    response = create_app(config).test_client().get("/masuk")
    assert "Secure" in response.headers["Set-Cookie"]
    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]


def test_https_is_secure_while_developing_too(tmp_path: Path) -> None:
    assert Config.from_environment(tmp_path, {"KBPARTNERS_BASE_URL": "https://x.id"}).secure_cookies


def test_the_old_name_of_postgresql_is_understood(tmp_path: Path) -> None:
    config = Config.from_environment(tmp_path, {"KBPARTNERS_DATABASE_URL": "postgres://u@h/d"})
    assert config.database_url == "postgresql://u@h/d"


def test_every_variable_is_in_the_readme() -> None:
    import re

    from kbpartners import ROOT

    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("the README comes later")
    names = set(re.findall(r"KBPARTNERS_[A-Z_]+", (ROOT / "kbpartners" / "config.py").read_text()))
    assert names <= set(re.findall(r"KBPARTNERS_[A-Z_]+", readme.read_text()))


def test_a_proxy_in_front_is_believed_only_when_it_is_announced(tmp_path: Path) -> None:
    assert Config.from_environment(tmp_path, {}).proxies == 0
    assert Config.from_environment(tmp_path, {"KBPARTNERS_PROXIES": "1"}).proxies == 1
    with pytest.raises(ConfigError, match="KBPARTNERS_PROXIES"):
        Config.from_environment(tmp_path, {"KBPARTNERS_PROXIES": "ya"})
