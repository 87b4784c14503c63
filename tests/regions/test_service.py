"""Loading the Kemendagri regions, and asking for them."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, update

from kbpartners.db import db
from kbpartners.regions import service
from kbpartners.regions.commands import group
from kbpartners.regions.models import Region
from tests.cast import Cast
from tests.factories.regions import make_region

STRAYS = 2
"""Villages of the cast that stand under codes which the Kemendagri list does not have."""


def levels(code: str) -> dict[int, int]:
    rows = db.session.execute(
        select(Region.level, func.count()).where(service.descendants(code)).group_by(Region.level)
    )
    return {row[0]: row[1] for row in rows}


def test_south_sumatra_has_17_regencies_241_districts_and_3259_villages(ctx: None, cast: Cast) -> None:
    result = service.load(["16"])

    assert levels("16") == {1: 1, 2: 17, 3: 241, 4: 3259 + STRAYS}
    assert result.gone == STRAYS
    assert result.read == 3518
    assert result.added + result.renamed + result.same == 3518
    assert result.added == 3518 - 12 + result.gone  # the cast stands on twelve of them


def test_loading_twice_changes_nothing(ctx: None) -> None:
    service.load(["16"])
    before = db.session.execute(select(Region.id, Region.code, Region.name, Region.parent_id)).all()

    again = service.load(["16"])

    assert (again.read, again.added, again.renamed, again.same) == (3518, 0, 0, 3518)
    assert db.session.execute(select(Region.id, Region.code, Region.name, Region.parent_id)).all() == before


def test_every_region_hangs_below_the_one_its_code_names(ctx: None) -> None:
    service.load(["31"])
    codes = {row.id: row.code for row in db.session.execute(select(Region.id, Region.code))}
    rows = db.session.execute(select(Region.code, Region.parent_id).where(service.descendants("31"))).all()

    assert len(rows) == 318
    assert {
        code.rpartition(".")[0] for code, parent in rows if parent and codes[parent] != code.rpartition(".")[0]
    } == set()
    assert [code for code, parent in rows if parent is None] == ["31"]


def test_a_renamed_region_keeps_its_id(ctx: None, cast: Cast) -> None:
    lahat = cast.regions["16.04"]
    db.session.execute(update(Region).where(Region.id == lahat).values(name="Kab. Lahat lama"))

    result = service.load(["16"])

    assert result.renamed >= 1
    renamed = service.by_code("16.04")
    assert renamed is not None
    assert (renamed.id, renamed.name) == (lahat, "Kabupaten Lahat")


def test_what_the_source_does_not_know_stays(ctx: None) -> None:
    make_region("16.04.10.9999", "Desa yang tidak terdaftar")

    result = service.load(["16"])

    assert result.gone >= 1
    assert service.by_code("16.04.10.9999") is not None


def test_what_a_person_ended_is_not_revived(ctx: None) -> None:
    service.load(["16"])
    ended = service.by_code("16.04.10.2001")
    assert ended is not None
    db.session.execute(update(Region).where(Region.id == ended.id).values(valid_to=date(2025, 1, 1), name="Nama lama"))

    result = service.load(["16"])

    assert (result.added, result.renamed) == (0, 0)
    assert service.by_code("16.04.10.2001") is None


def test_progress_counts_up_to_the_total(ctx: None) -> None:
    seen: list[tuple[int, int]] = []
    service.load(["16", "31", "16"], lambda done, total: seen.append((done, total)))

    assert [done for done, _total in seen] == sorted(done for done, _total in seen)
    assert {total for _done, total in seen} == {3518 + 318}
    assert seen[-1] == (3836, 3836)


def test_an_unknown_province_is_refused(ctx: None) -> None:
    with pytest.raises(ValueError, match="99"):
        service.load(["99"])


def test_nothing_to_load_is_nothing_done(ctx: None) -> None:
    assert service.load([]) == service.Loaded(0, 0, 0, 0, 0)


# --- the command -------------------------------------------------------------------------------------------------


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(group, ["load", *arguments])
    return result.exit_code, result.output


def test_the_command_loads_the_offices_province_and_says_how_far_it_is(app: Flask) -> None:
    code, output = run(app)

    assert code == 0, output
    assert "[1/1] 16 Sumatera Selatan: 3518 wilayah" in output
    with app.app_context():
        assert levels("16") == {1: 1, 2: 17, 3: 241, 4: 3259 + STRAYS}


def test_the_command_takes_several_provinces(app: Flask) -> None:
    code, output = run(app, "--provinsi", "31", "--provinsi", "19")

    assert code == 0, output
    assert "[2/2] 19 Kepulauan Bangka Belitung: 448 wilayah, baru 448" in output
    assert "selesai: 766 wilayah, baru 766" in output


def test_the_command_refuses_a_code_that_is_no_provinces(app: Flask) -> None:
    code, output = run(app, "--provinsi", "16.04")

    assert code == 1
    assert "bukan kode provinsi Kemendagri: 16.04" in output
    with app.app_context():
        assert levels("16")[4] == 5


def test_the_command_is_registered() -> None:
    assert CliRunner().invoke(group, ["--help"]).exit_code == 0


# --- asking ------------------------------------------------------------------------------------------------------


def test_a_region_is_found_by_its_code_and_its_id(ctx: None, cast: Cast) -> None:
    lahat = service.by_code("16.04")
    assert lahat == service.RegionItem(cast.regions["16.04"], "16.04", "Kabupaten Lahat", 2, cast.regions["16"])
    assert service.by_id(lahat.id) == lahat
    assert service.by_code("16.4") is None
    assert service.by_id(None) is None


def test_children_come_by_name(ctx: None, cast: Cast) -> None:
    assert [item.name for item in service.children(cast.regions["16.04"])] == ["Kikim Timur", "Lahat"]
    assert [item.code for item in service.children(None)] == ["16"]


def test_the_path_leads_from_the_province_down(ctx: None, cast: Cast, count_queries) -> None:
    with count_queries() as seen:
        path = service.path(cast.regions["16.04.12.2001"])

    assert [item.name for item in path] == ["Sumatera Selatan", "Kabupaten Lahat", "Kikim Timur", "Bungamas"]
    assert [item.parent_id for item in path] == [None, *(item.id for item in path[:-1])]
    assert len(seen) == 1
    assert service.path(None) == service.path(987654) == []


def test_labels_say_where_a_region_lies(ctx: None, cast: Cast) -> None:
    assert service.label(cast.regions["16.04.10"]) == "Lahat, Kabupaten Lahat"
    assert service.label(cast.regions["16.71.01.1001"]) == "27 Ilir, Ilir Barat Dua, Kota Palembang"
    assert service.label(cast.regions["16"]) == "Provinsi Sumatera Selatan"
    assert service.label(None) == ""
    assert service.labels([cast.regions["16.04"], None]) == {cast.regions["16.04"]: "Kabupaten Lahat"}


def test_descendants_are_told_by_the_dot_and_not_by_likeness(ctx: None, cast: Cast) -> None:
    make_region("16.041", "Bukan di Lahat", parent_id=cast.regions["16"])
    codes = db.session.execute(select(Region.code).where(service.descendants("16.04")).order_by(Region.code)).scalars()
    assert list(codes) == ["16.04", "16.04.10", "16.04.10.2001", "16.04.10.2002", "16.04.12", "16.04.12.2001"]


def test_choices_can_begin_with_an_empty_one(ctx: None, cast: Cast) -> None:
    lahat, palembang = cast.regions["16.04"], cast.regions["16.71"]
    assert service.choices(cast.regions["16"]) == [(lahat, "Kabupaten Lahat"), (palembang, "Kota Palembang")]
    assert service.regency_choices("Semua") == [
        ("", "Semua"),
        (lahat, "Kabupaten Lahat"),
        (palembang, "Kota Palembang"),
    ]
    assert service.province_ids() == [cast.regions["16"]]


def test_a_region_that_has_ended_is_not_offered(ctx: None, cast: Cast) -> None:
    db.session.execute(update(Region).where(Region.id == cast.regions["16.04.12"]).values(valid_to=date(2026, 6, 9)))
    assert [item.name for item in service.children(cast.regions["16.04"])] == ["Lahat"]
    assert service.label(cast.regions["16.04.12"]) == "Kikim Timur, Kabupaten Lahat"
