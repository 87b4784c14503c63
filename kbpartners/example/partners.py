"""The partners of the province as trees: who is below whom, and which regencies each covers."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from kbpartners.organizations import service as organizations
from kbpartners.organizations.service import Facts
from kbpartners.regions import service as regions

SINCE = date(2016, 1, 1)

REGENCIES = {
    "16.01": "Kabupaten Ogan Komering Ulu",
    "16.02": "Kabupaten Ogan Komering Ilir",
    "16.03": "Kabupaten Muara Enim",
    "16.04": "Kabupaten Lahat",
    "16.05": "Kabupaten Musi Rawas",
    "16.06": "Kabupaten Musi Banyuasin",
    "16.07": "Kabupaten Banyuasin",
    "16.08": "Kabupaten Ogan Komering Ulu Timur",
    "16.09": "Kabupaten Ogan Komering Ulu Selatan",
    "16.10": "Kabupaten Ogan Ilir",
    "16.11": "Kabupaten Empat Lawang",
    "16.12": "Kabupaten Penukal Abab Lematang Ilir",
    "16.13": "Kabupaten Musi Rawas Utara",
    "16.71": "Kota Palembang",
    "16.72": "Kota Pagar Alam",
    "16.73": "Kota Lubuk Linggau",
    "16.74": "Kota Prabumulih",
}


class Unit(NamedTuple):
    """One unit. `certain`: the name is publicly known; else it is shown as "contoh"."""

    key: str
    name: str
    category: str
    parent: str = ""
    covers: tuple[str, ...] = ()
    short: str = ""
    certain: bool = True


# The army's districts do not follow the regencies' borders: one Kodim covers up to three of them.
_KODIM = (
    ("0401/Musi Banyuasin", ("16.06",)),
    ("0402/Ogan Komering Ilir", ("16.02", "16.10")),
    ("0403/Ogan Komering Ulu", ("16.01", "16.08", "16.09")),
    ("0404/Muara Enim", ("16.03", "16.12", "16.74")),
    ("0405/Lahat", ("16.04", "16.11", "16.72")),
    ("0406/Lubuklinggau", ("16.05", "16.13", "16.73")),
    ("0418/Palembang", ("16.71",)),
    ("0430/Banyuasin", ("16.07",)),
)
# A third level below one Kodim, so that a tree can be opened and some kecamatan are seen without a Koramil.
_KORAMIL = (
    ("Lahat", ("16.04.10", "16.04.31")),
    ("Kikim", ("16.04.16", "16.04.17", "16.04.18", "16.04.19")),
    ("Merapi", ("16.04.09", "16.04.23", "16.04.26")),
)
_POLRES = {
    "16.01": "Polres Ogan Komering Ulu",
    "16.02": "Polres Ogan Komering Ilir",
    "16.03": "Polres Muara Enim",
    "16.04": "Polres Lahat",
    "16.05": "Polres Musi Rawas",
    "16.06": "Polres Musi Banyuasin",
    "16.07": "Polres Banyuasin",
    "16.08": "Polres OKU Timur",
    "16.09": "Polres OKU Selatan",
    "16.10": "Polres Ogan Ilir",
    "16.11": "Polres Empat Lawang",
    "16.12": "Polres PALI",
    "16.13": "Polres Musi Rawas Utara",
    "16.71": "Polrestabes Palembang",
    "16.72": "Polres Pagar Alam",
    "16.73": "Polres Lubuk Linggau",
    "16.74": "Polres Prabumulih",
}
_IDI_BRANCHES = ("16.71", "16.04", "16.01", "16.03", "16.06", "16.73")


def units() -> list[Unit]:
    """All units of the example, parents first; BKKBN's own root is there already."""
    found = [
        Unit(
            "tim_antarlembaga", "Tim Kerja Hubungan Antarlembaga, Advokasi, dan KIE", "bkkbn", "office", certain=False
        ),
        Unit("tim_kb", "Tim Kerja Keluarga Berencana dan Kesehatan Reproduksi", "bkkbn", "office", certain=False),
        Unit("tim_data", "Tim Kerja Pengendalian Penduduk, Data, dan Informasi", "bkkbn", "office", certain=False),
        Unit("kodam", "Kodam II/Sriwijaya", "tni", covers=("16",)),
        *(Unit(f"kodim_{covers[0]}", f"Kodim {name}", "tni", "kodam", covers) for name, covers in _KODIM),
        *(Unit(f"koramil_{n}", f"Koramil {n}", "tni", "kodim_16.04", covers, "", False) for n, covers in _KORAMIL),
        Unit("polda", "Kepolisian Daerah Sumatera Selatan", "polri", covers=("16",), short="Polda Sumsel"),
        *(Unit(f"polres_{code}", name, "polri", "polda", (code,)) for code, name in _POLRES.items()),
        Unit("idi", "IDI Wilayah Sumatera Selatan", "profession", covers=("16",), short="IDI Sumsel"),
        *(
            Unit(f"idi_{code}", f"IDI Cabang {_bare(code)}", "profession", "idi", (code,), certain=code == "16.71")
            for code in _IDI_BRANCHES
        ),
        Unit("ibi", "Ikatan Bidan Indonesia Daerah Sumatera Selatan", "profession", covers=("16",), short="IBI Sumsel"),
        Unit("pkk", "TP PKK Provinsi Sumatera Selatan", "pkk", covers=("16",)),
        Unit("persit", "Persit KCK Daerah II/Sriwijaya", "wives", certain=False),
        Unit("bhayangkari", "Bhayangkari Daerah Sumatera Selatan", "wives"),
        Unit("dinkes", "Dinas Kesehatan Provinsi Sumatera Selatan", "vertical", covers=("16",), short="Dinkes Sumsel"),
        Unit("kemenag", "Kanwil Kementerian Agama Provinsi Sumatera Selatan", "vertical", covers=("16",)),
        Unit("unsri", "Universitas Sriwijaya", "university"),
        Unit("bank", "Bank Sumsel Babel", "bank"),
        Unit("rsmh", "RSUP Dr. Mohammad Hoesin Palembang", "health", covers=("16.71",)),
        Unit("swasta", "Perusahaan mitra (contoh)", "private", certain=False),
        Unit("media", "Media mitra (contoh)", "media", certain=False),
    ]
    # The offices' exact names differ from regency to regency and change; the Rakorda's report calls them so.
    found += [
        Unit(
            f"opd_{code}",
            f"Dinas Pengendalian Penduduk dan KB {name}",
            "opd",
            covers=(code,),
            short=f"Dinas PPKB {name}",
            certain=False,
        )
        for code, name in REGENCIES.items()
    ]
    return found


def _bare(code: str) -> str:
    return REGENCIES[code].removeprefix("Kabupaten ").removeprefix("Kota ")


def load(office: int) -> dict[str, int]:
    """Register the units below and beside the office; returns key → id."""
    ids = {"office": office}
    for unit in units():
        covered = [regions.by_code(code) for code in unit.covers]
        ids[unit.key] = organizations.create(
            who=None,
            facts=Facts(
                name=unit.name,
                short_name=unit.short,
                category=unit.category,
                parent_id=ids[unit.parent] if unit.parent else None,
                coverage=frozenset(region.id for region in covered if region),
            ),
            since=SINCE,
            is_example=not unit.certain,
        )
    return ids
