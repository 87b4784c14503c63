"""A job's page: whose it is, how far it is, how it ends."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from kbpartners.db import db
from kbpartners.jobs import service
from kbpartners.jobs.models import DONE, FAILED, RUNNING, Job


@pytest.fixture
def job_id(write, who):
    """A job that the secretariat asked for."""
    service.handler("uji")(lambda job: None)
    with write():
        return service.enqueue(who("sekretariat"), "uji", total=40)


def put(write, job_id: int, **values) -> None:
    with write():
        db.session.execute(update(Job).where(Job.id == job_id).values(**values))


def test_it_is_seen_by_who_asked_and_by_admins_only(sign_in, job_id) -> None:
    sign_in("sekretariat").get(f"/pekerjaan/{job_id}")
    sign_in("admin").get(f"/pekerjaan/{job_id}")
    for name in ("tni", "pimpinan", "opd"):
        sign_in(name).get(f"/pekerjaan/{job_id}", 404)
    sign_in("admin").get("/pekerjaan/9999", 404)


def test_the_panel_asks_again_until_it_is_over_and_there_is_a_link_without_javascript(sign_in, write, job_id) -> None:
    desk = sign_in("sekretariat")
    page = desk.get(f"/pekerjaan/{job_id}")
    assert page.select("//*[@id='pekerjaan']/@hx-trigger") == ["every 2s"]
    assert f"/pekerjaan/{job_id}" in page.links()
    assert "Menunggu giliran" in page.text
    put(write, job_id, state=RUNNING, done_steps=10, message="Membaca baris")
    part = desk.get(f"/pekerjaan/{job_id}", htmx="pekerjaan")
    assert "10 dari 40" in part.text
    assert "Membaca baris" in part.text
    assert not part.select("//h1")
    put(write, job_id, state=DONE, result={"href": "/profil", "text": "baris: 40, baru: 3"})
    part = desk.get(f"/pekerjaan/{job_id}", htmx="pekerjaan")
    assert not part.select("//@hx-trigger")
    assert "baris: 40, baru: 3" in part.text
    assert "/profil" in part.links()


def test_a_failure_is_told_in_its_own_words(sign_in, write, job_id) -> None:
    put(write, job_id, state=FAILED, message="Berkas tidak berisi baris.")
    page = sign_in("sekretariat").get(f"/pekerjaan/{job_id}")
    assert "Tidak berhasil" in page.text
    assert "Berkas tidak berisi baris." in page.text
    assert not page.select("//@hx-trigger")
