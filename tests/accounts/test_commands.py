"""`flask user …`: exit codes and one line of error."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kbpartners.accounts.models import User
from kbpartners.accounts.service import passwords
from kbpartners.db import db


@pytest.fixture
def run(app):
    """Run a command; gives (exit code, stdout, stderr)."""

    def call(*arguments: str, stdin: str | None = None):
        with app.app_context():
            db.session.remove()
        result = app.test_cli_runner().invoke(args=[str(a) for a in arguments], input=stdin)
        return result.exit_code, result.stdout, result.stderr

    return call


def test_a_first_admin_is_made_with_a_password_from_stdin(app, run, client) -> None:
    code, out, _err = run(
        "user",
        "create",
        "--nama",
        "Admin Dua",
        "--surel",
        "dua@contoh.id",
        "--sandi",
        "-",
        stdin="gajah putih menari\n",
    )
    assert code == 0, out
    client.post("/masuk", {"email": "dua@contoh.id", "password": "gajah putih menari"}, page="/masuk")
    client.get("/pengguna")


def test_without_a_password_the_link_is_printed(app, run, client) -> None:
    code, out, _err = run(
        "user", "create", "--nama", "Letda Nina", "--ponsel", "08112222333", "--peran", "penghubung",
        "--satuan", "Kodam II/Sriwijaya", "--jabatan", "Perwira",
    )  # fmt: skip
    assert code == 0
    assert client.get(out.strip().removeprefix("http://localhost")).h1 == "Selamat datang"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("create", "--nama", "X"), "salah satunya dipakai untuk masuk"),
        (("create", "--nama", "X", "--surel", "tni@contoh.id"), "sudah dipakai"),
        (("create", "--nama", "X", "--surel", "x@x.id", "--sandi", "pendek"), "Paling sedikit"),
        (("create", "--nama", "X", "--surel", "x@x.id", "--peran", "penghubung"), "--satuan wajib"),
        (("create", "--nama", "X", "--surel", "x@x.id", "--satuan", "Tidak Ada"), "tidak ditemukan"),
        (("create", "--nama", "X", "--surel", "x@x.id", "--satuan", "Bank Contoh"), "hanya untuk satuan BKKBN"),
        (("password", "siapa@x.id", "--sandi", "gajah putih menari"), "tidak ditemukan"),
        (("deactivate", "siapa@x.id"), "tidak ditemukan"),
        (("deactivate", "admin@contoh.id"), "admin terakhir"),
    ],
)
def test_what_goes_wrong_is_one_line_on_stderr(run, arguments, says) -> None:
    code, out, err = run("user", *arguments)
    assert code == 1
    assert out == ""
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_a_password_is_replaced_and_sessions_end(app, run, sign_in, cast) -> None:
    browser = sign_in("tni")
    code, _out, _err = run("user", "password", "081234567803", "--sandi", "gajah putih menari")
    assert code == 0
    browser.get("/profil", 303)
    with app.app_context():
        stored = db.session.execute(select(User.password_hash).where(User.id == cast.users["tni"])).scalar_one()
        assert passwords.matches(stored, "gajah putih menari")
    code, out, _err = run("user", "password", "tni@contoh.id", "--tautan")
    assert (code, out.startswith("http://localhost/undangan/")) == (0, True)


def test_deactivate(run, sign_in) -> None:
    browser = sign_in("tni")
    assert run("user", "deactivate", "tni@contoh.id")[0] == 0
    browser.get("/profil", 303)


@pytest.mark.parametrize("command", ["user", "user create", "user password", "user deactivate", "jobs run", "init",
                                     "doctor", "backup", "restore"])  # fmt: skip
def test_every_command_has_help(run, command: str) -> None:
    code, out, _err = run(*command.split(), "--help")
    assert code == 0
    assert "Usage:" in out
