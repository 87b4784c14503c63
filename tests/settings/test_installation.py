"""init, doctor, backup and restore: an installation can be made, examined, saved and put back."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import delete, func, select, text

from kbpartners import create_app, schema
from kbpartners.accounts.models import User, UserSession
from kbpartners.config import Config
from kbpartners.db import Base, db
from kbpartners.organizations.models import Coverage, Organization
from kbpartners.regions.models import Region
from kbpartners.settings import backup, doctor, service
from kbpartners.settings.models import Setting
from tests.conftest import POSTGRES


@pytest.fixture
def run(app):
    """Run a command; gives (exit code, stdout, stderr)."""

    def call(*arguments, on: Flask | None = None):
        result = (on or app).test_cli_runner().invoke(args=[str(a) for a in arguments])
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def empty(tmp_path: Path):
    """An application on an SQLite file that does not exist yet."""
    made = create_app(
        Config(
            database_url=f"sqlite:///{tmp_path / 'kosong.db'}",
            secret_key="kunci-untuk-uji-" + "x" * 32,
            data_dir=tmp_path / "berkas",
            today=date(2026, 6, 10),
            testing=True,
        )
    )
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def counts(app: Flask) -> dict[str, int]:
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def rows(app: Flask) -> dict[str, list[tuple]]:
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }


# --- init --------------------------------------------------------------------------------------------------------


def test_init_makes_tables_office_settings_and_regions_and_changes_nothing_the_second_time(empty, run) -> None:
    code, out, err = run("init", on=empty)
    assert code == 0, err
    assert "wilayah dimuat: 3518" in out
    assert "buat admin" in out
    first = counts(empty)
    with empty.app_context():
        office = db.session.execute(select(Organization)).scalar_one()
        assert office.name == "Perwakilan BKKBN Provinsi Sumatera Selatan"
        assert office.path == f"/{office.id}/"
        assert db.session.execute(select(Region.code).join(Coverage)).scalar_one() == "16"
        assert service.value("provinces") == ["16"]
        assert service.value("office_place") == "Palembang"
        db.session.rollback()
    code, out, _err = run("init", on=empty)
    assert (code, "sudah siap" in out) == (0, True)
    assert counts(empty) == first


def test_another_province_may_be_chosen(empty, run) -> None:
    assert run("init", "--provinsi", "19", on=empty)[0] == 0
    with empty.app_context():
        assert service.value("provinces") == ["19"]
        assert service.value("office_name") == "Perwakilan BKKBN Provinsi Kepulauan Bangka Belitung"


def test_a_province_that_is_none_is_refused_in_one_line(empty, run) -> None:
    code, _out, err = run("init", "--provinsi", "99", on=empty)
    assert code == 1
    assert err.strip() == "Error: bukan kode provinsi Kemendagri: 99"


def test_init_keeps_what_the_office_has_set(app, run, write) -> None:
    with write():
        service.change(None, {"office_name": "Kantor Kami"})
    assert run("init")[0] == 0
    with app.app_context():
        assert service.value("office_name") == "Kantor Kami"
        assert (
            db.session.execute(
                select(func.count()).where(Organization.category == "bkkbn", Organization.parent_id.is_(None))
            ).scalar_one()
            == 1
        )


# --- doctor ------------------------------------------------------------------------------------------------------


def test_a_healthy_installation_is_healthy(run) -> None:
    code, out, err = run("doctor")
    assert (code, err) == (0, "")
    assert out.strip() == "sehat: tidak ada masalah"


def test_each_problem_is_a_line_and_the_exit_code_says_so(app, run, write, cast) -> None:
    with write():
        db.session.execute(delete(Setting).where(Setting.key == "provinces"))
    app.config["KB"] = replace(app.config["KB"], env="production", secret_key="x" * 40)
    code, out, err = run("doctor")
    assert code == 1
    assert "provinsi kantor belum diatur" in out
    assert "mudah ditebak" in out
    assert err.strip() == "Error: 2 masalah ditemukan"


def test_doctor_names_the_demo_accounts_in_production(app, ctx, cast) -> None:
    user = db.session.get(User, cast.users["tni"])
    user.is_demo = True
    db.session.commit()
    app.config["KB"] = replace(app.config["KB"], env="production")
    assert any("akun contoh masih aktif" in line and "tni@contoh.id" in line for line in doctor.examine())


def test_an_old_schema_is_told_before_anything_else_is_asked(empty) -> None:
    with empty.app_context():
        (line,) = doctor.examine()
    assert line.startswith("skema basis data kosong, seharusnya")


@pytest.mark.skipif(POSTGRES, reason="SQLite only: PostgreSQL does not let a reference break")
def test_broken_references_are_found(app, ctx) -> None:
    with db.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("UPDATE assignments SET user_id = 4711 WHERE id = 1")
        connection.commit()
    assert any("rujukan putus di tabel assignments" in line for line in doctor.examine())


def test_a_feature_whose_own_check_fails_is_a_problem_not_a_crash(ctx, monkeypatch) -> None:
    def broken() -> list[str]:
        raise RuntimeError("aduh")

    monkeypatch.setattr(service, "check", broken)
    assert "settings: pemeriksaan gagal: RuntimeError: aduh" in doctor.examine()


# --- backup and restore ------------------------------------------------------------------------------------------


@pytest.fixture
def filled(app, write, cast):
    """Something of every awkward kind: an upload, a session, references within a table that point forwards, text."""
    folder = app.config["KB"].data_dir
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "foto.webp").write_bytes(b"gambar")
    with write():
        from kbpartners.accounts.service import open_session

        open_session(cast.users["tni"])
        from kbpartners.organizations.service import merge

        merge(who=None, source_id=cast.units["kodam"], target_id=cast.units["bank"])
        kodam = db.session.get(Organization, cast.units["kodam"])
        kodam.note = 'Baris satu\nbaris dua "kutip" – é 🙂'
    return app


@pytest.mark.skipif(POSTGRES, reason="the same way through JSON lines is tested below")
def test_a_round_trip_in_sqlite_keeps_every_row_and_file(filled, empty, run, tmp_path) -> None:
    target = tmp_path / "cadangan.tar.gz"
    code, out, err = run("backup", target)
    assert code == 0, err
    assert "1 berkas" in out
    assert target.stat().st_mode & 0o077 == 0
    code, out, err = run("restore", target, on=empty)
    assert code == 0, err
    assert rows(empty) == rows(filled)
    assert (empty.config["KB"].data_dir / "ab" / "foto.webp").read_bytes() == b"gambar"
    with empty.app_context():
        assert doctor.examine() == []


@pytest.mark.skipif(not POSTGRES, reason="needs PostgreSQL as the source")
def test_from_postgresql_into_sqlite_and_back(filled, empty, run, tmp_path) -> None:
    first, second = tmp_path / "satu.tar.gz", tmp_path / "dua.tar.gz"
    before = rows(filled)
    assert run("backup", first)[0] == 0
    with tarfile.open(first) as tar:
        names = tar.getnames()
    assert "tables/users.jsonl" in names
    assert "database.sqlite" not in names
    code, _out, err = run("restore", first, on=empty)
    assert code == 0, err
    assert rows(empty) == before
    assert run("backup", second, on=empty)[0] == 0
    code, _out, err = run("restore", second)
    assert code == 1
    assert "tidak kosong" in err
    with filled.app_context():
        db.session.execute(delete(UserSession))
        db.session.commit()
    code, _out, err = run("restore", second, "--timpa")
    assert code == 0, err
    assert rows(filled) == before
    with filled.app_context():  # new rows get ids behind the restored ones
        user = User(name="Baru", email="baru@contoh.id", created_at=datetime.fromisoformat("2026-06-10T00:00:00+00:00"))
        db.session.add(user)
        db.session.commit()
        assert user.id > max(row[0] for row in before["users"])


def test_rows_as_json_lines_come_back_with_their_types(filled, tmp_path) -> None:
    with filled.app_context():
        folder = tmp_path / "tabel"
        folder.mkdir()
        with db.engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                lines = [
                    json.dumps(dict(row._mapping), default=backup._plain) for row in connection.execute(select(table))
                ]
                (folder / f"{table.name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
        before = rows(filled)
        g.will_write = True
        saved = backup._JsonRows(folder)
        with db.engine.begin() as connection:
            backup._empty(connection)
            assert connection.execute(text("SELECT count(*) FROM organizations")).scalar_one() == 0
            for table in Base.metadata.sorted_tables:
                backup._fill(connection, table, saved.of(table))
    assert rows(filled) == before


def test_a_database_with_something_in_it_is_not_replaced_unasked(filled, run, tmp_path) -> None:
    target = tmp_path / "cadangan.tar.gz"
    run("backup", target)
    code, _out, err = run("restore", target)
    assert code == 1
    assert err.strip() == "Error: basis data tidak kosong; tambahkan --timpa untuk menggantinya"
    (filled.config["KB"].data_dir / "ab" / "lain.webp").write_bytes(b"nanti hilang")
    assert run("restore", target, "--timpa")[0] == 0
    assert [path.name for path in (filled.config["KB"].data_dir / "ab").iterdir()] == ["foto.webp"]


@pytest.mark.parametrize("content", [b"", b"bukan arsip", b"\x1f\x8b\x08\x00rusak"])
def test_a_file_that_is_no_backup_changes_nothing(app, run, tmp_path, content: bytes) -> None:
    source = tmp_path / "salah.tar.gz"
    source.write_bytes(content)
    before = counts(app)
    code, _out, err = run("restore", source, "--timpa")
    assert code == 1
    assert "bukan cadangan KB Partners yang utuh" in err
    assert len(err.strip().splitlines()) == 1
    assert counts(app) == before


def test_a_missing_file_and_a_missing_folder_are_told_in_one_line(run, tmp_path) -> None:
    assert "tidak ditemukan" in run("restore", tmp_path / "tidak-ada.tar.gz")[2]
    code, _out, err = run("backup", tmp_path / "tidak" / "ada" / "x.tar.gz")
    assert (code, len(err.strip().splitlines())) == (1, 1)


def test_an_archive_that_wants_to_leave_its_folder_is_refused(app, run, tmp_path) -> None:
    import io

    source = tmp_path / "jahat.tar.gz"
    with tarfile.open(source, "w:gz") as tar:
        member = tarfile.TarInfo("../luar.txt")
        member.size = 4
        tar.addfile(member, io.BytesIO(b"jahat"))
    code, _out, _err = run("restore", source, "--timpa")
    assert code == 1
    assert not (app.config["KB"].data_dir.parent / "luar.txt").exists()


def test_a_backup_of_another_schema_is_not_forced_into_the_other_kind_of_database(empty, tmp_path) -> None:
    from kbpartners.errors import Invalid

    (tmp_path / "tables").mkdir()
    with empty.app_context():
        schema.upgrade()
        g.will_write = True
        with pytest.raises(Invalid, match="samakan versinya"):
            backup._put_back(tmp_path, {"revision": "lama"})
