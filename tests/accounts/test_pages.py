"""Every page of the feature loads for those who may see it (the client checks its soundness)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/masuk", "/masuk?next=/komitmen", "/lupa-sandi", "/bantuan"])
def test_pages_for_everybody(client, path: str) -> None:
    client.get(path)


@pytest.mark.parametrize("path", ["/pengguna", "/pengguna/baru", "/pengguna?q=budi&role=penghubung&status=active"])
@pytest.mark.parametrize("name", ["admin", "sekretariat"])
def test_pages_of_those_who_invite(sign_in, path: str, name: str) -> None:
    sign_in(name).get(path)


def test_pages_about_a_person(sign_in, cast) -> None:
    admin = sign_in("admin")
    tni = cast.users["tni"]
    admin.get(f"/pengguna/{tni}")
    for page in ("ubah", "nonaktifkan", "aktifkan", "jabatan/baru"):
        admin.get(f"/pengguna/{tni}/{page}")


def test_own_pages(sign_in) -> None:
    for name in ("admin", "tni", "opd", "pimpinan"):
        browser = sign_in(name)
        browser.get("/profil")
        browser.get("/lainnya")
        browser.get("/bantuan")
