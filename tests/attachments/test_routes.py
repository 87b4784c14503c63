"""/lampiran/<id>: who gets it, how it is sent."""

from __future__ import annotations

import pytest
from flask import Flask

from kbpartners.attachments import service
from tests.cast import Cast
from tests.factories import attachments as make
from tests.factories import commitments


@pytest.fixture
def files(app: Flask, cast: Cast, write) -> dict[str, int]:
    """A photo, a PDF and a link of a report of the Kodam, and a draft of its liaison."""
    with write(), app.test_request_context():
        tni = commitments.acting_as(cast, "tni")
        commitment_id = commitments.commitment(cast)
        uploads = [make.upload(make.photo(), "Foto “Kikim” Timur.jpg"), make.upload(make.pdf(), "Surat.pdf")]
        service.save(service.prepare(uploads, 10**7), who=tni, draft_token="t1")
        report_id = commitments.reported(cast, commitment_id, 5, token="t1", link="https://berita.contoh.id/a")
        service.save(service.prepare([make.upload(make.photo(color="red"))], 10**7), who=tni, draft_token="t2")
        photo, letter, link = (file.id for file in service.of(report_id=report_id))
        draft = service.drafts("t2", tni)[0].id
    return {"photo": photo, "letter": letter, "link": link, "draft": draft}


@pytest.mark.parametrize("name", ["polri", "stranger", "kodim", "opd"])
def test_another_partner_gets_404(sign_in, files: dict[str, int], name: str) -> None:
    browser = sign_in(name)
    for file_id in files.values():
        for query in ("", "?unduh=1", "?kecil=1"):
            assert browser.http.get(f"/lampiran/{file_id}{query}").status_code == 404


@pytest.mark.parametrize("name", ["tni", "sekretariat", "admin", "pimpinan"])
def test_those_who_see_the_commitment_get_its_files(sign_in, files: dict[str, int], name: str) -> None:
    browser = sign_in(name)
    assert browser.http.get(f"/lampiran/{files['photo']}").status_code == 200
    assert browser.http.get(f"/lampiran/{files['letter']}").status_code == 200
    assert browser.http.get(f"/lampiran/{files['draft']}").status_code == (200 if name == "tni" else 404)


def test_anonymous_people_are_sent_to_sign_in(client, files: dict[str, int]) -> None:
    answer = client.http.get(f"/lampiran/{files['photo']}")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/masuk")


def test_a_photo_is_shown_and_can_be_downloaded(sign_in, files: dict[str, int]) -> None:
    browser = sign_in("tni")
    shown = browser.http.get(f"/lampiran/{files['photo']}")
    assert shown.mimetype == "image/webp"
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert "filename*=UTF-8''Foto%20" in shown.headers["Content-Disposition"]
    saved = browser.http.get(f"/lampiran/{files['photo']}?unduh=1")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    small = browser.http.get(f"/lampiran/{files['photo']}?kecil=1")
    assert 0 < len(small.data) < len(shown.data) + 1


def test_everything_else_is_a_download_that_runs_nothing(sign_in, files: dict[str, int]) -> None:
    answer = sign_in("tni").http.get(f"/lampiran/{files['letter']}")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=Surat.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert int(answer.headers["Content-Length"]) == len(answer.data) == len(make.pdf())


def test_a_file_that_the_browser_has_is_not_sent_again(sign_in, files: dict[str, int]) -> None:
    browser = sign_in("tni")
    first = browser.http.get(f"/lampiran/{files['photo']}")
    again = browser.http.get(f"/lampiran/{files['photo']}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data
    part = browser.http.get(f"/lampiran/{files['photo']}", headers={"Range": "bytes=0-9"})
    assert part.status_code == 206
    assert len(part.data) == 10


def test_a_link_leads_on_to_where_it_points(sign_in, files: dict[str, int]) -> None:
    answer = sign_in("tni").http.get(f"/lampiran/{files['link']}?next=https://jahat.contoh.id")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://berita.contoh.id/a"


def test_a_draft_can_be_removed_once(sign_in, files: dict[str, int]) -> None:
    stranger, browser = sign_in("polri"), sign_in("tni")
    stranger.post(f"/lampiran/{files['draft']}/hapus", status=404, page="/komitmen")
    browser.post(f"/lampiran/{files['photo']}/hapus", status=404, page="/komitmen")
    browser.post(f"/lampiran/{files['draft']}/hapus", page="/komitmen")
    browser.post(f"/lampiran/{files['draft']}/hapus", status=404, page="/komitmen")


def test_numbers_that_are_no_ids_are_not_found(sign_in) -> None:
    browser = sign_in("tni")
    for number in ("0", "99999", "99999999999999999999"):
        assert browser.http.get(f"/lampiran/{number}").status_code == 404


def test_a_file_that_the_store_has_lost_is_not_found(app: Flask, sign_in, files: dict[str, int]) -> None:
    import shutil

    shutil.rmtree(app.config["KB"].data_dir)
    assert sign_in("tni").http.get(f"/lampiran/{files['photo']}").status_code == 404


def test_the_command_says_how_many_files_it_deleted(app: Flask, files: dict[str, int]) -> None:
    result = app.test_cli_runner().invoke(args=["attachments", "purge", "--hari", "0"])
    assert result.exit_code == 0, result.output
    assert "1 berkas dihapus." in result.output
