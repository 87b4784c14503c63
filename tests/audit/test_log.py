"""The whole log: who may read it, how it is filtered, what it shows."""

from __future__ import annotations

import pytest

from kbpartners import clock
from kbpartners.audit import service as audit


@pytest.fixture
def written(write, who, cast):
    """A few entries of several kinds, days and people."""
    from datetime import UTC, datetime

    with write():
        for day, name, kind, subject, sentence in [
            ("2026-05-01", "sekretariat", "user", cast.users["tni"], "Rina mengubah data Mayor Budi."),
            ("2026-05-02", "admin", "setting", 0, "Ayu mengubah pengaturan kantor."),
            ("2026-06-01", "sekretariat", "user", cast.users["polri"], "Rina mengundang <AKP> Dewi."),
        ]:
            moment = datetime.fromisoformat(f"{day}T20:00:00").replace(tzinfo=UTC)
            with clock.backdated(moment):
                audit.record(who(name), kind, subject, sentence, changes=[("Nama", "lama", "baru"), ("Sama", "x", "x")])


def sentences(page) -> list[str]:
    return [" ".join(node.text_content().split()) for node in page.select("//ol[@class='time']/li/p[1]")]


@pytest.mark.parametrize(("name", "status"), [
    ("admin", 200), ("sekretariat", 200), ("pimpinan", 200), ("tni", 403), ("opd", 403)
])  # fmt: skip
def test_who_may_read_it(sign_in, written, name: str, status: int) -> None:
    sign_in(name).get("/riwayat", status)


def test_newest_first_with_the_difference_and_a_link(sign_in, written, cast) -> None:
    page = sign_in("admin").get("/riwayat")
    assert sentences(page) == [
        "Rina mengundang <AKP> Dewi.", "Ayu mengubah pengaturan kantor.", "Rina mengubah data Mayor Budi."
    ]  # fmt: skip
    assert f"/pengguna/{cast.users['polri']}" in page.links()
    assert "/pengaturan" in page.links()
    assert "Nama: lama → baru" in page.text
    assert "Sama" not in page.text


def test_a_link_to_what_one_may_not_read_is_plain_text(sign_in, written, cast) -> None:
    page = sign_in("pimpinan").get("/riwayat")
    assert f"/pengguna/{cast.users['polri']}" not in page.links()
    assert len(sentences(page)) == 3
    assert "/pengaturan" not in sign_in("sekretariat").get("/riwayat").select("//ol//a/@href")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("jenis=user", 2),
        ("jenis=setting", 1),
        ("jenis=ngawur", 3),
        ("orang={admin}", 1),
        ("orang=bukan-angka", 3),
        ("sampai=02/05/2026", 1),
        ("sampai=2026-05-03", 2),
        ("sampai=31/02/2026", 3),
        ("jenis=commitment", 0),
    ],
)
def test_it_is_filtered_by_kind_person_and_local_day(sign_in, written, cast, query: str, count: int) -> None:
    # The entry of 2 May was made at 20.00 UTC: in the office it was already 3 May.
    page = sign_in("admin").get("/riwayat?" + query.format(admin=cast.users["admin"]))
    assert len(sentences(page)) == count
    assert ("tidak ada di bulan itu" in page.text) == ("31/02" in query)


def test_it_pages_by_key_with_the_same_few_queries(sign_in, write, count_queries) -> None:
    with write():
        for number in range(120):
            audit.record(None, "user", 1, f"Baris {number}.")
    admin, seen_all, path = sign_in("admin"), [], "/riwayat?jenis=user"
    while path:
        with count_queries() as seen:
            page = admin.get(path)
        assert len(seen) <= 4
        seen_all += sentences(page)
        path = next(iter(page.select("//a[@rel='next']/@href")), "")
    assert len(seen_all) == len(set(seen_all)) == 120
    assert page.select("//a[contains(., 'Ke awal')]/@href") == ["/riwayat?jenis=user"]


def test_an_empty_log_says_so(sign_in) -> None:
    assert "Belum ada riwayat" in sign_in("admin").get("/riwayat").text


def test_with_htmx_only_the_rows_come(sign_in, written) -> None:
    page = sign_in("admin").get("/riwayat?jenis=user", htmx="hasil")
    assert len(sentences(page)) == 2
    assert not page.select("//h1")
