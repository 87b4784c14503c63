"""Evidence is kept as a draft, handed to what it belongs to, and seen by those who see that."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from kbpartners import clock
from kbpartners.attachments import service
from kbpartners.attachments.storage import FolderStore, store
from kbpartners.db import begin_write, db
from kbpartners.errors import Invalid, NotFound
from tests.cast import Cast
from tests.factories import attachments as make
from tests.factories import commitments

MB = 1024 * 1024


@pytest.fixture(autouse=True)
def request_context(app: Flask):
    with app.test_request_context():
        begin_write()
        yield
        db.session.rollback()


def stored(app: Flask) -> int:
    return sum(1 for path in app.config["KB"].data_dir.glob("??/*") if not path.suffix)


def test_a_bad_file_does_not_lose_the_good_ones(app: Flask) -> None:
    prepared = service.prepare(
        [
            make.upload(make.photo(), "Foto 1.jpg"),
            make.upload(b"", "kosong.jpg"),
            make.upload(b"bukan apa-apa", "virus.exe"),
            make.upload(make.pdf(), "Surat.pdf"),
        ],
        MB,
    )
    assert [file.filename for file in prepared.files] == ["Foto 1.webp", "Surat.pdf"]
    assert [problem.split(":")[0] for problem in prepared.problems] == ["“kosong”", "“virus”"]
    assert stored(app) == 2


def test_a_file_over_the_limit_is_named_with_the_limit() -> None:
    prepared = service.prepare([make.upload(make.pdf() + b"x" * MB, "Besar.pdf")], MB)
    assert "lebih besar dari 1 MB" in prepared.problems[0]
    assert not prepared.files


def test_no_more_than_five_files_go_into_one_report() -> None:
    files = [make.upload(make.photo(50 + n, 50), f"{n}.jpg") for n in range(7)]
    prepared = service.prepare(files, MB)
    assert len(prepared.files) == 5
    assert len(prepared.problems) == 2
    assert "paling banyak 5" in prepared.problems[0]


def test_an_empty_file_control_is_no_file() -> None:
    assert service.prepare([make.upload(b"", "")], MB) == service.Prepared()


def test_the_office_sets_the_limit(app: Flask) -> None:
    assert service.limit_bytes() == 10 * MB
    app.config["KB"] = replace(app.config["KB"], upload_limit=2 * MB)
    assert service.limit_bytes() == 2 * MB


def test_drafts_are_listed_to_their_uploader_alone(who) -> None:
    tni, polri = who("tni"), who("polri")
    kept = service.save(service.prepare([make.upload(make.photo())], MB), who=tni, draft_token="t1")
    assert [draft.id for draft in service.drafts("t1", tni)] == [kept[0].id]
    assert service.drafts("t1", polri) == []
    assert service.drafts("", tni) == []
    with pytest.raises(NotFound):
        service.visible_attachment(kept[0].id, polri)
    assert service.visible_attachment(kept[0].id, tni).filename == "Foto kegiatan.webp"


def test_the_same_photo_sent_twice_is_one_file(app: Flask, who) -> None:
    for _try in range(2):
        service.save(service.prepare([make.upload(make.photo())], MB), who=who("tni"), draft_token="t1")
    assert len(service.drafts("t1", who("tni"))) == 1
    assert stored(app) == 1


def test_kept_drafts_stand_although_the_request_fails(who) -> None:
    tni = who("tni")
    prepared = service.prepare([make.upload(make.photo())], MB)
    service.keep(prepared, who=tni, draft_token="t1")
    db.session.rollback()
    assert len(service.drafts("t1", tni)) == 1


@pytest.fixture
def report_id(cast: Cast) -> int:
    commitment_id = commitments.commitment(cast, supporters={"idi": ""})
    return commitments.reported(cast, commitment_id, 10)


def handed_in(who, report_id: int, **more) -> list[service.FileView]:
    token = uuid.uuid4().hex
    service.save(service.prepare([make.upload(make.photo())], MB), who=who("tni"), draft_token=token)
    return service.adopt(token, who("tni"), report_id=report_id, **more)


def test_a_handed_in_file_belongs_to_its_report(who, report_id: int) -> None:
    added = handed_in(who, report_id)
    assert [file.id for file in service.of(report_id=report_id)] == [file.id for file in added]
    assert service.counts("report_id", [report_id, 999]) == {report_id: 1}
    assert list(service.of_many("report_id", [report_id])) == [report_id]
    assert service.room(report_id=report_id) == 4


def test_another_partner_does_not_see_it(who, report_id: int) -> None:
    file = handed_in(who, report_id)[0]
    for name in ("tni", "sekretariat", "pimpinan", "admin"):
        assert service.visible_attachment(file.id, who(name)).id == file.id
    for name in ("polri", "stranger", "kodim", "opd"):
        with pytest.raises(NotFound):
            service.visible_attachment(file.id, who(name))


def test_what_is_handed_in_can_no_longer_be_thrown_away(who, report_id: int) -> None:
    file = handed_in(who, report_id)[0]
    with pytest.raises(NotFound):
        service.remove_draft(file.id, who("tni"))


def test_a_draft_can_be_thrown_away_by_its_uploader(app: Flask, who) -> None:
    draft = service.save(service.prepare([make.upload(make.photo())], MB), who=who("tni"), draft_token="t1")[0]
    with pytest.raises(NotFound):
        service.remove_draft(draft.id, who("polri"))
    service.remove_draft(draft.id, who("tni"))
    assert service.drafts("t1", who("tni")) == []
    assert stored(app) == 0


def test_drafts_that_were_crossed_off_do_not_come_along(who, report_id: int) -> None:
    tni = who("tni")
    files = [make.upload(make.photo(), "a.jpg"), make.upload(make.photo(color="red"), "b.jpg")]
    first, second = service.save(service.prepare(files, MB), who=tni, draft_token="t1")
    added = service.adopt("t1", tni, report_id=report_id, without=[first.id])
    assert [file.id for file in added] == [second.id]
    assert service.drafts("t1", tni) == []


def test_a_photo_that_the_report_has_already_is_not_added_again(who, report_id: int) -> None:
    assert len(handed_in(who, report_id)) == 1
    assert handed_in(who, report_id) == []
    assert len(service.of(report_id=report_id)) == 1


def test_proof_of_the_source_is_marked(who, report_id: int) -> None:
    handed_in(who, report_id, is_source=True)
    file = service.of(report_id=report_id)[0]
    assert file.is_source
    assert file.caption == "bukti sumber"


def test_a_link_is_evidence_too(who, report_id: int) -> None:
    tni = who("tni")
    for _try in range(2):
        service.add_link("https://berita.contoh.id/tmkk", "", tni, "t1")
    service.adopt("t1", tni, report_id=report_id)
    (link,) = service.of(report_id=report_id)
    assert (link.filename, link.link, link.size) == ("berita.contoh.id", "https://berita.contoh.id/tmkk", 0)
    with pytest.raises(Invalid) as refused:
        service.add_link("javascript:alert(1)", "", tni, "t1")
    assert refused.value.field == "link"


def test_only_the_four_parents_exist(who) -> None:
    with pytest.raises(TypeError):
        service.of(user_id=1)


def test_old_drafts_and_lost_files_are_purged(app: Flask, who, report_id: int) -> None:
    tni = who("tni")
    handed_in(who, report_id)
    with clock.backdated(datetime(2026, 6, 1, tzinfo=UTC)):
        service.save(service.prepare([make.upload(make.photo(color="red"))], MB), who=tni, draft_token="alt")
    service.save(service.prepare([make.upload(make.photo(color="green"))], MB), who=tni, draft_token="neu")
    lost = store().put(b"tanpa baris")
    path = app.config["KB"].data_dir / lost[:2] / lost
    import os

    long_ago = (datetime.now(UTC) - timedelta(days=30)).timestamp()
    os.utime(path, (long_ago, long_ago))
    assert service.purge_drafts(7) == 2
    assert service.drafts("alt", tni) == []
    assert len(service.drafts("neu", tni)) == 1
    assert not path.exists()
    assert len(service.of(report_id=report_id)) == 1


def test_the_store_knows_no_way_out_of_its_folder(tmp_path) -> None:
    folder = FolderStore(tmp_path)
    key = folder.put(b"isi", b"kecil")
    assert folder.open(key).read() == b"isi"
    assert folder.open(key, preview=True).read() == b"kecil"
    with pytest.raises(FileNotFoundError):
        folder.open("../rahasia")
    folder.delete(key)
    folder.delete(key)
    with pytest.raises(FileNotFoundError):
        folder.open(key)
