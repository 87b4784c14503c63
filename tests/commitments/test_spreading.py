"""One commitment for many units: each with its own target and region, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kbpartners import scopes
from kbpartners.audit import service as audit
from kbpartners.commitments import service, unit_table
from kbpartners.commitments.models import Commitment
from kbpartners.commitments.service import IndicatorTerms, Terms, spreading
from kbpartners.commitments.service.spreading import Line, Twins
from kbpartners.db import db
from kbpartners.errors import Invalid
from kbpartners.organizations.models import Organization
from tests.cast import Cast
from tests.factories import commitments as make
from tests.factories.organizations import make_unit

TODAY = date(2026, 6, 10)
SEBAR = "/komitmen/sebar"


def template(**changes: Any) -> Terms:
    values: dict[str, Any] = {
        "title": "Pelayanan KB bersama Babinsa",
        "organization_id": 0,
        "region_id": 0,
        "period_start": TODAY,
        "due_on": TODAY + timedelta(days=90),
        "indicators": (IndicatorTerms("Akseptor", 500_000, "orang"),),
    }
    return Terms(**{**values, **changes})


def kodims(cast: Cast, n: int = 3) -> list[int]:
    """Units below the Kodam; the first covers Lahat, the second Lahat and Palembang, the others nothing."""
    areas = ((cast.regions["16.04"],), (cast.regions["16.04"], cast.regions["16.71"]))
    return [
        make_unit(f"Kodim 04{k:02}/Uji", parent_id=cast.units["kodam"], covers=areas[k] if k < 2 else ())
        for k in range(n)
    ]


def lines(units: list[spreading.Unit]) -> list[Line]:
    return [Line(unit.id, unit.regions[0][0], ((k + 1) * 100_000,)) for k, unit in enumerate(units)]


@pytest.mark.usefixtures("ctx")
class TestService:
    def test_each_unit_gets_its_own_target_and_its_region(self, cast: Cast, who) -> None:
        kodims(cast)
        units = spreading.find(cast.units["kodam"], level=1, q="uji", terms=template())
        assert [unit.name for unit in units] == ["Kodim 0400/Uji", "Kodim 0401/Uji", "Kodim 0402/Uji"]
        ids = spreading.spread(who=who("sekretariat"), terms=template(), lines=lines(units))
        made = [service.load(id_)[0] for id_ in ids]
        assert [facts.organization for facts in made] == [unit.name for unit in units]
        assert [facts.region_code for facts in made] == ["16.04", "16", "16"], "several regions: what holds them all"
        assert [service.indicators_of_one(id_)[0].target for id_ in ids] == [100_000, 200_000, 300_000]
        assert service.check() + scopes.check() == []

    def test_the_log_has_each_with_its_snapshot_and_one_summary(self, cast: Cast, who) -> None:
        kodims(cast)
        units = spreading.find(cast.units["kodam"], level=1, q="uji", terms=template())
        ids = spreading.spread(who=who("sekretariat"), terms=template(), lines=lines(units))
        assert "mencatat komitmen" in audit.history("commitment", ids[1], 1)[0].sentence
        assert audit.as_of("commitment", TODAY, ids)[ids[1]]["indicators"][0]["target"] == 200_000
        found = audit.page(subject_type="commitment_bulk")
        assert [entry.sentence for entry in found] == [
            "Rina Sekretariat menyebar komitmen “Pelayanan KB bersama Babinsa” ke 3 satuan."
        ]

    def test_scope_is_what_a_single_commitment_would_have(self, cast: Cast, who) -> None:
        unit = spreading.by_ids({cast.units["kodim"]}, template())[0]
        region = cast.regions["16.04"]
        spread = spreading.spread(who=who("admin"), terms=template(), lines=[Line(unit.id, region, (1_000,))])[0]
        alone = make.commitment(cast, owner="kodim", region="16.04")
        for name in ("tni", "kodim", "opd", "pimpinan"):
            assert service.load(spread, who(name))[1] == service.load(alone, who(name))[1]

    def test_a_unit_that_has_it_already_is_told_and_refused_unless_meant(self, cast: Cast, who) -> None:
        kodims(cast)
        units = spreading.find(cast.units["kodam"], level=1, q="uji", terms=template())
        first = spreading.spread(who=who("sekretariat"), terms=template(), lines=lines(units)[:1])
        again = spreading.find(
            cast.units["kodam"], level=1, q="uji", terms=template(title="PELAYANAN kb bersama babinsa")
        )
        assert [unit.same for unit in again] == [(first[0],), (), ()]
        assert [entry.chosen for entry in unit_table.fresh(again, [1_000])] == [False, True, True]
        with pytest.raises(Twins, match="1 satuan baru saja mendapat komitmen yang sama: Kodim 0400/Uji"):
            spreading.spread(who=who("sekretariat"), terms=template(), lines=lines(units))
        assert len(db.session.execute(select(Commitment.id)).all()) == 1
        spreading.spread(who=who("sekretariat"), terms=template(), lines=lines(units), knowingly={units[0].id})
        assert len(db.session.execute(select(Commitment.id)).all()) == 4
        later = template(period_start=TODAY + timedelta(days=200), due_on=TODAY + timedelta(days=300))
        assert [unit.same for unit in spreading.by_ids({units[0].id}, later)] == [()], "another year is another promise"

    def test_what_cannot_be_is_refused_by_name_and_nothing_is_written(self, cast: Cast, who) -> None:
        ids = kodims(cast)
        units = spreading.by_ids(ids, template())
        good = lines(units)
        db.session.get_one(Organization, ids[2]).ended_on = TODAY
        for wrong, words in (
            ([], "Pilih paling sedikit satu satuan."),
            (good, "Sudah berakhir atau tidak ada: Kodim 0402/Uji."),
            ([good[0]._replace(targets=(0,)), good[1]], "Tulis target lebih dari 0 untuk Kodim 0400/Uji."),
            ([good[0]._replace(targets=(-5_000,))], "Tulis target lebih dari 0 untuk Kodim 0400/Uji."),
            ([good[0]._replace(region_id=999_999)], "Pilih wilayah untuk Kodim 0400/Uji."),
            ([good[0], good[0]], "Satu satuan ditulis dua kali."),
        ):
            with pytest.raises(Invalid) as refused:
                spreading.spread(who=who("sekretariat"), terms=template(), lines=wrong)
            assert refused.value.message == words
        terms = template(due_on=TODAY - timedelta(days=1))
        with pytest.raises(Invalid, match="Tenggat tidak boleh"):
            spreading.spread(who=who("sekretariat"), terms=terms, lines=good[:1])
        assert db.session.execute(select(Commitment.id)).all() == []

    def test_units_are_found_by_level_and_name(self, cast: Cast) -> None:
        names = lambda **how: [u.name for u in spreading.find(cast.units["kodam"], terms=template(), **how)]  # noqa: E731
        assert names(level=0, q="") == ["Kodam II/Sriwijaya"]
        assert "Kodim 0405/Lahat" in names(level=None, q="KODIM")
        for how, field in (({"level": 6, "q": ""}, "level"), ({"level": None, "q": "%"}, "unit_q")):
            with pytest.raises(Invalid) as refused:
                names(**how)
            assert refused.value.field == field
        with pytest.raises(Invalid) as refused:
            spreading.find(cast.units["kodim"], level=None, q="", terms=template())
        assert refused.value.field == "partner_id"

    def test_the_number_of_statements_does_not_grow_with_the_units(self, cast: Cast, who, count_queries) -> None:
        counts = []
        for n in (2, 30):
            terms = replace(template(), title=f"Untuk {n}")
            units = spreading.by_ids(kodims_named(cast, n), terms)
            with count_queries() as statements:
                spreading.spread(who=who("sekretariat"), terms=terms, lines=lines(units))
            counts.append(len(statements))
        assert counts[1] <= counts[0] <= 26, counts


def kodims_named(cast: Cast, n: int) -> list[int]:
    return [make_unit(f"Satuan {n}-{k:02}", parent_id=cast.units["kodam"]) for k in range(n)]


# --- the table ---------------------------------------------------------------------------------------------------


def entries(*names: str) -> list[unit_table.Entry]:
    units = [spreading.Unit(k, name, "", "/1/", ((16, "Provinsi"),)) for k, name in enumerate(names, 1)]
    return unit_table.fresh(units, [500_000])


@pytest.mark.usefixtures("ctx")
class TestPaste:
    def test_a_column_fills_the_rows_in_their_order(self) -> None:
        table = entries("A", "B", "C")
        assert unit_table.paste(table, {0: "1.200\r\n\r\n7,5\r\n"}) == []
        assert [entry.targets for entry in table] == [["1.200"], [""], ["7,5"]]

    def test_names_find_their_rows(self) -> None:
        table = entries("Kodim 0405/Lahat", "Kodim 0418/Palembang")
        problems = unit_table.paste(table, {0: "KODIM 0418/PALEMBANG\t90\nKodim 0405 / Lahat\t70\nKodim 9999\t1\n"})
        assert [entry.targets for entry in table] == [["70"], ["90"]]
        assert problems == ["1 nama tidak ada di tabel: Kodim 9999."]

    def test_too_few_lines_fill_nothing(self) -> None:
        table = entries("A", "B", "C")
        assert unit_table.paste(table, {0: "1\n2"}) == [
            "Ada 2 baris yang ditempel, sedangkan di tabel 3 satuan. Tidak ada yang diisi."
        ]
        assert [entry.targets for entry in table] == [["500"]] * 3

    @pytest.mark.parametrize("text", ["0", "-3", "", "1,234.5", "banyak"])
    def test_a_wrong_target_is_told_in_its_row(self, text: str) -> None:
        table = entries("A")
        table[0].targets = [text]
        assert unit_table.read(table) == []
        assert table[0].errors


# --- the pages ---------------------------------------------------------------------------------------------------


def filled_in(cast: Cast, **changes: str) -> dict[str, str]:
    values = {
        "title": "Pelayanan KB bersama Babinsa",
        "period_start": "10/06/2026",
        "due_on": "01/09/2026",
        "partner_id": str(cast.units["kodam"]),
        "unit_q": "uji",
        "indicator-0-name": "Akseptor",
        "indicator-0-target": "500",
        "langkah": "satuan",
    }
    return {**values, **changes}


def test_from_the_template_over_the_table_to_the_commitments(app, cast: Cast, write, sign_in) -> None:
    with write():
        ids = kodims(cast)
    browser = sign_in("sekretariat")
    page = browser.post(SEBAR, {**post_form(browser.get(SEBAR)), **filled_in(cast)}, 200)
    assert page.h1 == "Target tiap satuan"
    assert "Pelayanan KB bersama Babinsa: 3 satuan." in page.text
    page = browser.submit(page, SEBAR, {"langkah": "isi", "paste-0": "100\n200\n300"}, 200)
    assert [page.form(SEBAR)[f"target-{id_}-0"] for id_ in ids] == ["100", "200", "300"]
    page = browser.submit(page, SEBAR, {"langkah": "periksa", "unit": [str(ids[0]), str(ids[2])]}, 200)
    assert "2 komitmen akan dicatat" in page.text
    assert "Jumlah target Akseptor: 400" in page.text
    assert "1 satuan dilewati: Kodim 0401/Uji" in page.text
    page = browser.submit(page, SEBAR, {"langkah": "tabel"}, 200)
    page = browser.submit(page, SEBAR, {"langkah": "periksa"}, 200)
    done = browser.submit(page, SEBAR, {"langkah": "simpan"})
    assert "2 komitmen tercatat." in browser.get(done.location).text
    with app.app_context():
        found = db.session.execute(select(Commitment.organization_id).order_by(Commitment.id)).scalars().all()
        assert found == [ids[0], ids[2]]
        assert service.check() + scopes.check() == []


def post_form(page) -> dict[str, Any]:
    """The fields of the form that is sent by POST (there is one to look a commitment up, too)."""
    form = page.select("//form[@method='post' and @action='/komitmen/sebar']")[0]
    return dict(form.form_values())


def test_going_back_keeps_template_and_table(cast: Cast, write, sign_in) -> None:
    with write():
        ids = kodims(cast)
    browser = sign_in("sekretariat")
    page = browser.post(SEBAR, {**post_form(browser.get(SEBAR)), **filled_in(cast)}, 200)
    page = browser.submit(page, SEBAR, {"langkah": "kembali", f"target-{ids[1]}-0": "77"}, 200)
    fields = post_form(page)
    assert (fields["title"], fields["unit_q"]) == ("Pelayanan KB bersama Babinsa", "uji")
    page = browser.post(SEBAR, {**fields, "langkah": "satuan"}, 200)
    assert page.form(SEBAR)[f"target-{ids[1]}-0"] == "77"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "Wajib diisi."),
        ({"due_on": "31/02/2026"}, "Tanggal 31 tidak ada di bulan itu."),
        ({"due_on": "01/01/2026"}, "Tenggat tidak boleh sebelum tanggal mulai."),
        ({"partner_id": ""}, "Pilih mitra."),
        ({"unit_q": "tidak ada"}, "Tidak ada satuan yang cocok."),
        ({"indicator-0-target": "0"}, "Tulis target lebih dari 0."),
    ],
)
def test_a_wrong_template_is_told_and_kept(cast: Cast, write, sign_in, changes: dict[str, str], words: str) -> None:
    with write():
        kodims(cast)
    browser = sign_in("sekretariat")
    page = browser.post(SEBAR, {**post_form(browser.get(SEBAR)), **filled_in(cast, **changes)}, 422)
    assert words in page.text
    typed = post_form(page)
    assert typed["indicator-0-name"] == "Akseptor"
    assert all(typed[name] == value for name, value in changes.items() if name != "partner_id")


def test_wrong_targets_and_no_unit_are_told_in_the_table(cast: Cast, write, sign_in) -> None:
    with write():
        ids = kodims(cast)
    browser = sign_in("sekretariat")
    page = browser.post(SEBAR, {**post_form(browser.get(SEBAR)), **filled_in(cast)}, 200)
    wrong = browser.submit(
        page, SEBAR, {"langkah": "periksa", f"target-{ids[0]}-0": "0", f"target-{ids[1]}-0": "-1"}, 422
    )
    assert "Kodim 0400/Uji: Tulis target lebih dari 0." in wrong.text
    assert wrong.form(SEBAR)[f"target-{ids[1]}-0"] == "-1"
    fields = {name: value for name, value in page.form(SEBAR).items() if name != "unit"}
    assert "Pilih paling sedikit satu satuan." in browser.post(SEBAR, {**fields, "langkah": "periksa"}, 422).text


def test_a_unit_that_ended_meanwhile_is_told(cast: Cast, write, sign_in) -> None:
    with write():
        ids = kodims(cast)
    browser = sign_in("sekretariat")
    page = browser.post(SEBAR, {**post_form(browser.get(SEBAR)), **filled_in(cast)}, 200)
    page = browser.submit(page, SEBAR, {"langkah": "periksa"}, 200)
    with write():
        db.session.get_one(Organization, ids[0]).ended_on = TODAY
    page = browser.submit(page, SEBAR, {"langkah": "simpan"}, 422)
    assert "1 satuan sudah berakhir sejak tabel ini dibuka dan dikeluarkan." in page.text


def test_an_existing_commitment_is_the_template(cast: Cast, write, sign_in) -> None:
    with write():
        make.commitment(cast, title="Contoh baik")
    browser = sign_in("sekretariat")
    fields = post_form(browser.get(f"{SEBAR}?dari=k-0001"))
    assert (fields["title"], fields["indicator-0-target"]) == ("Contoh baik", "241")
    assert "Komitmen K-99 tidak ditemukan." in browser.get(f"{SEBAR}?dari=K-99", 404).text


def test_others_may_not_spread(sign_in) -> None:
    for name in ("pimpinan", "tni", "opd"):
        sign_in(name).get(SEBAR, 403)
        sign_in(name).post(SEBAR, {}, 403)
