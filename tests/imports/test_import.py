"""The import of the published list: counts that add up, nothing guessed, nothing half, the second time nothing."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from kbpartners.audit import service as audit
from kbpartners.audit.models import Revision
from kbpartners.db import db
from kbpartners.errors import Invalid, NotFound
from kbpartners.example import kampung as example
from kbpartners.imports import service
from kbpartners.imports.models import Import, ImportRow
from kbpartners.imports.service import Question, planning
from kbpartners.imports.workbook import WorkbookError
from kbpartners.kampung import service as kampungs
from kbpartners.kampung.models import Classification, Kampung, KampungName
from kbpartners.regions import service as regions
from kbpartners.regions.models import VILLAGE, Region, RegionAlias
from tests.factories.kampung import TITLES, list_file, list_row, make_kampung

ROOT = Path(__file__).resolve().parents[2]
REAL = next(ROOT.parent.glob("*/data/kampungkb_klasifikasi_sumsel.xlsx"), None)
"""The published list of Sumatera Selatan, where somebody keeps it in a folder beside the project's."""
needs_real = pytest.mark.skipif(
    REAL is None, reason=f"no {ROOT.parent}/*/data/kampungkb_klasifikasi_sumsel.xlsx: the published list is not checked"
)
LAWANG, RAMBANG = "LAWANG WETAN", "RAMBANG KPK TENGAH"

GOOD = [
    list_row("MELATI", "LAHAT", "MANGGUL"),
    list_row("Mawar", "Kikim Timur", "Bungamas", label="Mandiri"),
    list_row("TULIP", "ILIR BARAT I", "BUKIT LAMA", regency="KOTA PALEMBANG", label="Berkelanjutan"),
]


def run(rows: list[list[Any]] | bytes | Path, year: int = 2025, who: Any = None, name: str = "daftar.xlsx") -> Any:
    """Import rows, a file's bytes or a file, in a transaction of its own as everywhere."""
    source = list_file(rows) if isinstance(rows, list) else rows
    db.session.commit()
    done = service.run(who, source, filename=name, year=year)
    db.session.commit()
    return done


def count(table: type) -> int:
    return db.session.execute(select(func.count()).select_from(table)).scalar_one()


def state() -> tuple[int, ...]:
    """How much there is of everything that an import writes."""
    return tuple(count(table) for table in (Kampung, Classification, KampungName, Revision))


def labels() -> Counter[str]:
    return Counter(db.session.execute(select(Kampung.label)).scalars())


def only(import_id: int) -> Question:
    (question,) = service.questions(import_id)
    return question


# --- a small list ------------------------------------------------------------------------------------------------


def test_every_row_becomes_a_kampung_kb_or_is_told(ctx, who, cast) -> None:
    rows = [
        *GOOD,
        list_row("ANGGREK", "KIKIM TIMOR", "BUNGAMAS"),
        list_row("RUSAK", "LAHAT", "ULAK LEBAR", label="Maju", Input_Pokja=9),
    ]
    done = run(rows, who=who("sekretariat"))
    assert str(done.counts) == "baris: 5, baru: 3, berubah: 0, sama: 0, perlu keputusan: 1, ditolak: 1"
    assert labels() == {"dasar": 1, "mandiri": 1, "berkelanjutan": 1}
    record = service.get(done.id)
    assert (record.filename, record.year, record.counts, record.started_by) == (
        "daftar.xlsx",
        2025,
        done.counts,
        "Rina Sekretariat",
    )
    undecided, rejected = service.problems(done.id)
    assert (undecided.number, undecided.status_words) == (5, "Perlu keputusan")
    assert undecided.problem == 'Kecamatan "KIKIM TIMOR" tidak ditemukan di Kabupaten Lahat.'
    assert undecided.cells["Kampung KB"] == "ANGGREK"
    assert rejected.number == 6
    assert "Baris 6, kolom Input Pokja (F6): Skor harus" in rejected.problem
    assert "Baris 6, kolom Klasifikasi (U6): Klasifikasi harus salah satu dari" in rejected.problem
    (entry,) = audit.history("import", done.id)
    assert entry.sentence == f"Rina Sekretariat mengimpor daftar.xlsx, tahun 2025. {done.counts}"
    found = db.session.execute(select(Classification).limit(1)).scalar_one()
    assert (found.source, found.import_id) == ("Berkas daftar.xlsx", done.id)


def test_the_same_file_again_changes_nothing_but_asks_the_same(ctx) -> None:
    rows = [*GOOD, list_row("ANGGREK", "KIKIM TIMOR", "BUNGAMAS")]
    run(rows)
    before = state()
    again = run(rows)
    assert str(again.counts) == "baris: 4, baru: 0, berubah: 0, sama: 3, perlu keputusan: 1, ditolak: 0"
    assert state()[:3] == before[:3]
    assert state()[3] == before[3] + 1, "only the import itself is logged"


def test_a_changed_class_is_added_for_its_year(ctx) -> None:
    run(GOOD)
    rows = [list_row("MELATI", "LAHAT", "MANGGUL", label="Berkembang"), *GOOD[1:]]
    assert str(run(rows).counts) == "baris: 3, baru: 0, berubah: 1, sama: 2, perlu keputusan: 0, ditolak: 0"
    assert str(run(rows, year=2026).counts) == "baris: 3, baru: 0, berubah: 3, sama: 0, perlu keputusan: 0, ditolak: 0"


def test_a_new_name_is_taken_and_the_former_kept(ctx) -> None:
    run(GOOD)
    rows = [list_row("MELATI INDAH", "LAHAT", "MANGGUL"), *GOOD[1:]]
    assert run(rows).counts.changed == 1
    assert db.session.execute(select(KampungName.name)).scalars().all() == ["MELATI"]


def test_two_rows_for_one_village_are_both_asked_about(ctx, who) -> None:
    rows = [*GOOD, list_row("KENANGA", "LAHAT", "Manggul")]
    done = run(rows)
    assert str(done.counts) == "baris: 4, baru: 2, berubah: 0, sama: 0, perlu keputusan: 2, ditolak: 0"
    first, second = service.questions(done.id)
    assert first.kind == second.kind == "shared"
    assert first.problem == "Baris 2, 5 menyebut desa/kelurahan yang sama: Manggul, Lahat, Kabupaten Lahat."
    village = first.free[0].region_id
    assert service.decide(who("sekretariat"), done.id, first.id, region_id=village).applied == 1
    (second,) = service.questions(done.id)
    assert [choice.taken for choice in second.choices] == ["Kampung KB MELATI"]
    with pytest.raises(Invalid, match="sudah terpakai oleh Kampung KB MELATI"):
        service.decide(who("sekretariat"), done.id, second.id, region_id=village)
    service.reject(who("sekretariat"), done.id, second.id, reason="Nama lama Melati")
    assert str(service.get(done.id).counts) == "baris: 4, baru: 3, berubah: 0, sama: 0, perlu keputusan: 0, ditolak: 1"
    assert count(RegionAlias) == 0, "which of two rows is meant says nothing about a name"


def test_an_import_that_breaks_off_leaves_nothing(ctx, monkeypatch) -> None:
    before = (*state(), count(Import), count(ImportRow))
    monkeypatch.setattr(audit, "record", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(GOOD)
    db.session.rollback()
    assert (*state(), count(Import), count(ImportRow)) == before


def test_progress_goes_from_nothing_to_all_rows(ctx) -> None:
    seen: list[tuple[int, int, str]] = []
    rows = [list_row(f"N{n}", "LAHAT", f"Desa {n}x") for n in range(600)]
    service.run(None, list_file(rows), filename="d.xlsx", year=2025, progress=lambda *said: seen.append(said))
    assert seen == [
        (0, 600, "Membaca baris"),
        (250, 600, "Membaca baris"),
        (500, 600, "Membaca baris"),
        (600, 600, "Mencocokkan wilayah"),
        (600, 600, "Menyimpan"),
    ]


def test_a_file_of_which_hardly_a_row_can_be_used_is_refused_whole(ctx, monkeypatch) -> None:
    monkeypatch.setattr(planning, "MOST_REJECTED", 2)
    monkeypatch.setattr(planning, "MOST_OPEN", 2)
    before = state()
    with pytest.raises(Invalid, match=r"Lebih dari 2 baris .* Contoh: Baris 5, kolom Klasifikasi"):
        run([*GOOD[:1], *[list_row("A", "LAHAT", "MANGGUL", label="?")] * 3])
    with pytest.raises(Invalid, match=r'Lebih dari 2 baris .* Contoh: Desa/Kelurahan "X1"'):
        run([list_row("A", "LAHAT", f"X{n}") for n in range(1, 4)])
    assert state() == before


def test_an_index_that_is_no_mean_is_remarked_and_kept(ctx) -> None:
    done = run([list_row("MELATI", "LAHAT", "MANGGUL", Index_Output=3)])
    assert done.counts.created == 1
    assert service.notes(done.id) == done.notes
    assert "rata-rata skornya 2,75. Angka tertulis yang disimpan" in done.notes[0]


def test_an_unknown_province_is_asked_about_and_remembered(ctx, who, cast) -> None:
    rows = [list_row("MELATI", "LAHAT", "MANGGUL", Provinsi="SUMATRA SELATAN")]
    done = run(rows)
    question = only(done.id)
    assert question.problem == 'Provinsi "SUMATRA SELATAN" tidak ditemukan.'
    assert question.likely == cast.regions["16"]
    assert service.decide(who("admin"), done.id, question.id, region_id=cast.regions["16"]) == (1, 0)
    assert run(rows).counts.same == 1


@pytest.mark.parametrize("year", ["1990", "dua ribu", "", "2015", "2028", "20 25", "２０２５", None, "2025.0"])
def test_years_that_no_list_can_have(ctx, year) -> None:
    with pytest.raises(Invalid) as caught:
        service.parse_year(year)
    assert caught.value.field == "year"
    assert "ahun" in caught.value.message


@pytest.mark.parametrize("year", ["2016", " 2025 ", 2026, "2027"])
def test_years_that_a_list_can_have(ctx, year) -> None:
    assert service.parse_year(year) == int(year)


# --- decisions ---------------------------------------------------------------------------------------------------


def asked(who: Any, *more: list[Any]) -> tuple[Any, Question]:
    """An import with one open question about a district of two rows."""
    rows = [
        *GOOD[:1],
        list_row("ANGGREK", "KIKIM TIMOR", "BUNGAMAS"),
        list_row("SERUNI", "Kikim Timor", "Tidak Ada"),
        *more,
    ]
    done = run(rows)
    return done, service.questions(done.id)[0]


def test_one_decision_about_a_district_answers_all_its_rows(ctx, who, cast) -> None:
    done, question = asked(who)
    assert (question.level, question.name, question.parent) == (3, "KIKIM TIMOR", "Kabupaten Lahat")
    assert [line.number for line in question.lines] == [3, 4]
    assert question.likely == cast.regions["16.04.12"]
    assert question.free[0].likeness == "hampir sama"
    outcome = service.decide(who("sekretariat"), done.id, question.id, region_id=cast.regions["16.04.12"])
    assert outcome == (1, 1)
    assert str(service.get(done.id).counts) == "baris: 3, baru: 2, berubah: 0, sama: 0, perlu keputusan: 1, ditolak: 0"
    rest = only(done.id)
    assert (rest.level, rest.name, rest.parent_id) == (4, "Tidak Ada", cast.regions["16.04.12"])
    assert rest.problem.startswith('Desa/Kelurahan "Tidak Ada" tidak ditemukan di Kikim Timur')


def test_who_decided_what_is_logged_and_remembered(ctx, who, cast) -> None:
    done, question = asked(who)
    service.decide(who("sekretariat"), done.id, question.id, region_id=cast.regions["16.04.12"])
    assert audit.history("import", done.id)[0].sentence == (
        'Rina Sekretariat memutuskan kecamatan "KIKIM TIMOR" = Kikim Timur, Kabupaten Lahat: 1 baris masuk, '
        "1 baris masih perlu keputusan."
    )
    alias = db.session.execute(select(RegionAlias)).scalar_one()
    assert (alias.parent_id, alias.name, alias.region_id, alias.decided_by_id) == (
        cast.regions["16.04"],
        "kikimtimor",
        cast.regions["16.04.12"],
        cast.users["sekretariat"],
    )
    id_ = db.session.execute(select(Kampung.id).where(Kampung.name == "ANGGREK")).scalar_one()
    assert audit.history("kampung", id_)[0].sentence.startswith("Rina Sekretariat mencatat Kampung KB ANGGREK di Bun")


def test_the_next_import_follows_the_decision_by_itself(ctx, who, cast) -> None:
    done, question = asked(who)
    service.decide(who("sekretariat"), done.id, question.id, region_id=cast.regions["16.04.12"])
    again = run([*GOOD[:1], list_row("ANGGREK", "KIKIM  TIMOR", "BUNGAMAS")])
    assert str(again.counts) == "baris: 2, baru: 0, berubah: 0, sama: 2, perlu keputusan: 0, ditolak: 0"


def test_a_decision_answers_earlier_imports_too(ctx, who, cast) -> None:
    first, _question = asked(who)
    second = run([list_row("ANGGREK", "KIKIM TIMOR", "BUNGAMAS")], year=2026)
    question = only(second.id)
    outcome = service.decide(who("sekretariat"), second.id, question.id, region_id=cast.regions["16.04.12"])
    assert outcome == (2, 1)
    assert service.get(first.id).counts.created == 2
    assert service.get(second.id).counts == (1, 0, 1, 0, 0, 0)
    assert [row.year for row in kampungs.detail(_id("ANGGREK")).years] == [2026, 2025]


def _id(name: str) -> int:
    return db.session.execute(select(Kampung.id).where(Kampung.name == name)).scalar_one()


def test_a_village_that_another_row_took_is_not_given_away(ctx, who, cast) -> None:
    done = run([*GOOD, list_row("MELATI", "LAHAT", "MANGUL")])
    question = only(done.id)
    village = cast.regions["16.04.10.2001"]
    assert (question.choices[0].name, question.choices[0].taken) == ("Manggul", "Kampung KB MELATI")
    assert question.likely is None
    stored = db.session.execute(select(ImportRow.suggestions)).scalar_one()
    assert stored[0] == {
        "region_id": village,
        "code": "16.04.10.2001",
        "name": "Manggul",
        "score": stored[0]["score"],
        "taken": "Kampung KB MELATI, baris 2",
    }
    with pytest.raises(Invalid, match="sudah terpakai oleh Kampung KB MELATI"):
        service.decide(who("admin"), done.id, question.id, region_id=village)


def test_a_village_with_a_hand_made_kampung_kb_may_be_chosen(ctx, who, cast) -> None:
    id_ = make_kampung(who("opd"), cast.regions["16.04.10.2002"], "Seruni")
    done = run([list_row("SERUNI", "LAHAT", "ULAK LEBAK")])
    question = only(done.id)
    assert question.free[0].there == "Kampung KB Seruni"
    service.decide(who("admin"), done.id, question.id, region_id=cast.regions["16.04.10.2002"])
    assert kampungs.load(id_).label == "dasar"
    assert service.get(done.id).counts.changed == 1


def test_a_decided_spelling_does_not_overwrite_what_another_row_brought(ctx, who, cast) -> None:
    rows = [list_row("SERUNI", "LAHAT", "ULAK LEBAK")]
    done = run(rows)
    service.decide(who("admin"), done.id, only(done.id).id, region_id=cast.regions["16.04.10.2002"])
    run([list_row("KENANGA", "LAHAT", "Ulak Lebar")])
    assert kampungs.detail(_id("KENANGA")).former_names == ["SERUNI"]
    again = run(rows)
    assert again.counts.undecided == 1
    question = only(again.id)
    assert (question.kind, question.problem) == (
        "taken",
        "Ulak Lebar, Lahat, Kabupaten Lahat sudah terpakai oleh Kampung KB KENANGA (klasifikasi 2025).",
    )
    service.decide(who("admin"), again.id, question.id, region_id=cast.regions["16.04.10.2001"])
    assert run(rows).counts.same == 1, "the new decision replaced the old one"


def test_rejecting_keeps_the_reason_and_asks_again_next_time(ctx, who, cast) -> None:
    done, question = asked(who)
    with pytest.raises(Invalid) as caught:
        service.reject(who("sekretariat"), done.id, question.id, reason=" ")
    assert caught.value.field == "reason"
    assert service.reject(who("sekretariat"), done.id, question.id, reason="Bukan kecamatan") == 2
    assert service.get(done.id).counts == (3, 1, 0, 0, 0, 2)
    problems = service.problems(done.id)
    assert problems[0].problem.endswith("Ditolak Rina Sekretariat: Bukan kecamatan")
    assert "menolak 2 baris (3, 4), kecamatan" in audit.history("import", done.id)[0].sentence
    with pytest.raises(Invalid, match="sudah diputuskan"):
        service.decide(who("sekretariat"), done.id, question.id, region_id=cast.regions["16.04.12"])
    assert run([list_row("ANGGREK", "KIKIM TIMOR", "BUNGAMAS")]).counts.undecided == 1


def test_only_a_region_of_the_asked_level_is_an_answer(ctx, who, cast) -> None:
    done, question = asked(who)
    for region in ("16.04", "16.04.12.2001"):
        with pytest.raises(Invalid, match="Pilih kecamatan"):
            service.decide(who("admin"), done.id, question.id, region_id=cast.regions[region])
    with pytest.raises(Invalid):
        service.decide(who("admin"), done.id, question.id, region_id=0)
    with pytest.raises(NotFound):
        service.decide(who("admin"), done.id, 999_999, region_id=cast.regions["16.04.12"])
    with pytest.raises(NotFound):
        service.decide(who("admin"), done.id + 1, question.id, region_id=cast.regions["16.04.12"])


def test_the_leftovers_can_be_corrected_and_imported(ctx, who) -> None:
    rows = [
        *GOOD,
        list_row("@SUM(1)", "KIKIM TIMOR", "BUNGAMAS"),
        list_row("RUSAK", "LAHAT", "ULAK LEBAR", label="Maju"),
    ]
    done = run(rows)
    text = service.problems_csv(done.id).decode("utf-8-sig")
    header, first, second = text.splitlines()
    assert header.split(";")[:5] == ["Baris", "Keadaan", "Masalah", "Saran", "Kampung KB"]
    assert "'@SUM(1)" in first, "no formula for the spreadsheet"
    assert "Kikim Timur (16.04.12)" in first
    fixed = text.replace("KIKIM TIMOR", "KIKIM TIMUR").replace("Maju", "Mandiri").replace("'@SUM(1)", "Dua lima")
    assert run(fixed.encode(), name="sisa.csv").counts == (2, 1, 1, 0, 0, 0)
    assert second.startswith("6;Ditolak;")


# --- the real list -----------------------------------------------------------------------------------------------


@pytest.fixture
def province(ctx) -> None:
    db.session.execute(delete(Region).where(Region.level == VILLAGE))  # the cast's are not where they really are
    regions.load(["16"])
    db.session.commit()


@needs_real
def test_the_real_list_with_every_decision(province, who) -> None:
    started = time.process_time()
    done = run(REAL, name=REAL.name)
    assert time.process_time() - started < 10
    assert str(done.counts) == "baris: 2177, baru: 2136, berubah: 0, sama: 0, perlu keputusan: 41, ditolak: 0"
    before = state()
    again = run(REAL, name=REAL.name)
    assert str(again.counts) == "baris: 2177, baru: 0, berubah: 0, sama: 2136, perlu keputusan: 41, ditolak: 0"
    assert state()[:3] == before[:3]

    questions = service.questions(again.id)
    assert len(questions) == 19
    assert [(question.name, len(question.lines)) for question in questions[:2]] == [(LAWANG, 15), (RAMBANG, 9)]
    taken = {q.name: c for q in questions if not q.likely for c in reversed(q.choices) if c.taken}
    assert {name: (choice.name, choice.taken) for name, choice in taken.items()} == {
        "KARANG DAPO II": ("Karang Dapo I", "Kampung KB Dusun VIII Sungai Bilang"),
        "SUKADAMAI TIMUR": ("Suka Damai", "Kampung KB Suka Damai"),
    }
    secretary = who("sekretariat")
    applied = 0
    for question in questions:
        if question.likely:
            applied += service.decide(secretary, again.id, question.id, region_id=question.likely).applied
    left = service.questions(again.id)
    assert {question.name for question in left} == {
        "BASEMAH SERSAN",
        "KARANG DAPO II",
        "SUKADAMAI TIMUR",
        "TANGAI/SUKANANTI",
    }
    assert applied == 2 * 37, "the first import asked the same"
    assert service.get(done.id).counts == (2177, 2173, 0, 0, 4, 0)
    assert service.get(again.id).counts == (2177, 0, 0, 2173, 4, 0)

    for question in left:
        if question.name in taken:
            with pytest.raises(Invalid, match="sudah terpakai"):
                service.decide(secretary, again.id, question.id, region_id=taken[question.name].region_id)
        service.reject(secretary, again.id, question.id, reason="Tidak ada di daftar Kemendagri")
    assert service.get(again.id).counts == (2177, 0, 0, 2173, 0, 4)
    third = run(REAL, name=REAL.name)
    assert str(third.counts) == "baris: 2177, baru: 0, berubah: 0, sama: 2173, perlu keputusan: 4, ditolak: 0"
    assert count(Kampung) == count(Classification) == 2173
    assert kampungs.check() == service.check() == []
    assert sum(item.n for item in kampungs.classes()) == 2173


@needs_real
def test_the_example_is_the_part_of_the_real_list_that_matches_by_itself(province) -> None:
    plan = planning.read(REAL, REAL.name, 2025, lambda *said: None)
    assert sorted(entry.published for entry in plan.found) == sorted(example.published())


def test_the_example_loads_quickly_and_once(province) -> None:
    started = time.process_time()
    assert example.load_kampung() == 2136
    assert time.process_time() - started < 5  # 0.5 s on an idle machine
    assert labels() == Counter(line.label for line in example.published())
    assert example.load_kampung() == 0
    assert count(Classification) == 2136
    assert example.FILE.stat().st_size < 200_000
    first = db.session.execute(select(Classification.source).limit(1)).scalar_one()
    assert first.endswith("dicatat sebagai tahun 2025 (contoh)")


def test_the_example_leaves_out_villages_that_are_not_there(ctx) -> None:
    assert example.load_kampung() < 6


# --- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def command(app, tmp_path) -> Any:
    """Runs the command on a file of these bytes."""

    def invoke(data: bytes, year: str = "2025", name: str = "daftar.xlsx") -> Any:
        path = tmp_path / name
        path.write_bytes(data)
        return app.test_cli_runner().invoke(args=["import", "kampung", str(path), "--tahun", year])

    return invoke


def test_the_command_ends_with_one_line_and_shows_progress_elsewhere(app, command) -> None:
    result = command(list_file([*GOOD, list_row("ANGGREK", "KIKIM TIMOR", "BUNGAMAS")]))
    assert result.exit_code == 0, result.output
    assert result.stdout == "baris: 4, baru: 3, berubah: 0, sama: 0, perlu keputusan: 1, ditolak: 0\n"
    assert "Membaca baris: 0 dari 4 baris" in result.stderr
    with app.app_context():
        assert count(Kampung) == 3
        assert db.session.execute(select(Import.started_by_id)).scalar_one() is None


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "daftar.xlsx", "Berkas kosong."),
        (b"PK\x03\x04rusak", "daftar.xlsx", "rusak atau tidak lengkap"),
        (list_file([]), "daftar.xlsx", "Tidak ada baris data"),
        (list_file([["a", "b"]], ["x", "y"]), "daftar.xlsx", "Baris judul kolom tidak ditemukan"),
        (list_file(GOOD, [*TITLES[:-1], "Kelas"]), "daftar.xlsx", "Kolom tidak ada di baris judul (baris 1): Klasif"),
        (b"Kampung KB;Desa\nMelati;Jati\n", "daftar.xlsx", "teks CSV yang bernama .xlsx"),
    ],
)
def test_bad_files_end_with_one_line_and_exit_code_1(app, command, data, name, words) -> None:
    result = command(data, name=name)
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert words in line
    with app.app_context():
        assert count(Import) == count(Kampung) == 0


@pytest.mark.parametrize("year", ["1990", "dua ribu", ""])
def test_a_wrong_year_ends_with_one_line(command, year) -> None:
    result = command(list_file(GOOD), year)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)


def test_the_command_says_what_it_needs(app) -> None:
    runner = app.test_cli_runner()
    for args in ([], ["tidak-ada.xlsx", "--tahun", "2025"], ["."]):
        result = runner.invoke(args=["import", "kampung", *args])
        assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1), result.output
    assert runner.invoke(args=["import", "kampung", "--help"]).exit_code == 0


def test_a_list_without_regions_is_refused_with_what_to_do(app, ctx, monkeypatch) -> None:
    monkeypatch.setattr(planning.knowledge, "_provinces", list)
    with pytest.raises(Invalid, match="flask --app app init"):
        run(GOOD)


def test_a_row_is_kept_as_it_was(ctx) -> None:
    (line,) = planning.parse(planning.open_list(list_file(GOOD[:1]), "d.xlsx"))
    assert planning.from_json(json.loads(json.dumps(planning.to_json(line.row)))) == line.row


def test_damaged_files_are_refused_before_anything_is_written(ctx) -> None:
    with pytest.raises(WorkbookError):
        run(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert count(Import) == 0
