"""Everything printed the Indonesian way: dates, numbers, phones, and the words, icons and colours of every status.

Formatters are cached: a page of 50 rows prints the same few dates and percentages again and again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, g, has_app_context
from flask_babel import get_locale
from flask_babel import gettext as _
from lokal import parse_phone

from kbpartners import clock

NBSP = "\u00a0"


def language() -> str:
    """The language of this request: "id" or "en". Asked hundreds of times a page, so it reads what Babel keeps."""
    if not has_app_context():
        return "id"
    kept = getattr(g._get_current_object(), "_flask_babel", None)  # type: ignore[attr-defined]
    chosen = getattr(kept, "babel_locale", None) or get_locale()
    return chosen.language if chosen else "id"


# --- dates -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def _day(value: date, pattern: str, locale: str) -> str:
    return format_date(value, pattern, locale=locale).replace(" ", NBSP)


def date_long(value: date | None) -> str:
    """ "Selasa, 7 Maret 2017" (with no-break spaces), or "" for None."""
    return _day(value, "EEEE, d MMMM y", language()) if value else ""


def date_medium(value: date | None) -> str:
    """ "7 Maret 2017"."""
    return _day(value, "d MMMM y", language()) if value else ""


def date_day_month(value: date | None) -> str:
    """ "7 Maret", for dates of the present year."""
    return _day(value, "d MMMM", language()) if value else ""


@lru_cache(maxsize=8192)
def _short(value: date) -> str:
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def date_short(value: date | None) -> str:
    """ "07/03/2017": day first, in every language of the interface."""
    return _short(value) if value else ""


def datetime_medium(value: datetime | None) -> str:
    """ "7 Maret 2017, 10.42" in the office's time zone."""
    if value is None:
        return ""
    local = clock.to_local(value)
    return f"{date_medium(local.date())}, {local:%H.%M}"


def time_short(value: Any) -> str:
    """ "09.30"."""
    return f"{value:%H.%M}" if value else ""


_MONTHS = [
    "januari",
    "februari",
    "maret",
    "april",
    "mei",
    "juni",
    "juli",
    "agustus",
    "september",
    "oktober",
    "november",
    "desember",
]


def parse_day(text: str) -> date:
    """A date typed day first (`7/3/2017`, `07-03-2017`, `7 Maret 2017`) or as `2017-03-07`.

    Raises ValueError with an Indonesian sentence that says what is wrong and how to write it.
    """
    text = text.strip().lower()
    hint = _("Tulis tanggal seperti 07/03/2017 (hari/bulan/tahun).")
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, day = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", text):
        day, month, year = (int(part) for part in match.groups())
    elif (match := re.fullmatch(r"(\d{1,2}) ([a-z]+) (\d{4})", text)) and match[2] in _MONTHS:
        day, month, year = int(match[1]), _MONTHS.index(match[2]) + 1, int(match[3])
    else:
        raise ValueError(hint)
    if not 1945 <= year <= 2100:
        raise ValueError(_("Tahun %(year)s di luar jangkauan (1945–2100).", year=year))
    if not 1 <= month <= 12:
        raise ValueError(_("Bulan %(month)s tidak ada. %(hint)s", month=month, hint=hint))
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(_("Tanggal %(day)s tidak ada di bulan itu.", day=day)) from None


def ago(value: date | None, today: date | None = None) -> str:
    """ "hari ini", "kemarin", "3 hari lalu", then the date."""
    if value is None:
        return ""
    days = ((today or clock.today()) - value).days
    if days == 0:
        return _("hari ini")
    if days == 1:
        return _("kemarin")
    return _("%(n)s hari lalu", n=days) if 1 < days <= 30 else date_medium(value)


# --- numbers -----------------------------------------------------------------------------------------------------
# In Indonesian notation whatever the language of the texts: what a form shows is what it reads back, and a figure in an
# English page must not be a thousandth of the same figure in an Indonesian one.


@lru_cache(maxsize=8192)
def _decimal(value: int | float, pattern: str) -> str:
    return format_decimal(value, format=pattern, locale="id")


def number(value: int | float | None) -> str:
    """ "1.234,5"; "–" for None."""
    return "–" if value is None else _decimal(value, "#,##0.###")


@lru_cache(maxsize=8192)
def _quantity(milli: int) -> str:
    return _decimal(milli // 1000 if milli % 1000 == 0 else milli / 1000, "#,##0.###")


def quantity(milli: int | None) -> str:
    """A quantity scaled by 1,000 as people write it: 1234500 → "1.234,5"; None → "–" (never 0)."""
    return "–" if milli is None else _quantity(milli)


def percent(hundredths: int | None) -> str:
    """Hundredths of a per cent with one decimal: 10870 → "108,7 %"; None → ""."""
    return "" if hundredths is None else _decimal(hundredths / 100, "#,##0.0") + NBSP + "%"


def parse_quantity(text: str) -> int:
    """`1.234,5` → 1234500 (thousandths). Up to three decimals. Raises ValueError with an Indonesian hint.

    `1,234.5` is refused rather than guessed at. A lone group of three after a point (`1.234`) is a thousand,
    as everywhere in Indonesia; `1.5` is refused.
    """
    text = text.strip().replace(NBSP, "").replace(" ", "")
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d{1,3})?|-?\d+(,\d{1,3})?", text):
        whole, _comma, decimals = text.replace(".", "").partition(",")
        sign = -1 if whole.startswith("-") else 1
        value = sign * (abs(int(whole)) * 1000 + int(decimals.ljust(3, "0") or 0))
        if abs(value) > 10**15:
            raise ValueError(_("Angka terlalu besar."))
        return value
    if re.fullmatch(r"-?[\d,]+\.\d+", text):
        raise ValueError(_("Pakai titik untuk ribuan dan koma untuk desimal: 1.234,5."))
    if re.fullmatch(r"-?\d+,\d{4,}", text):
        raise ValueError(_("Paling banyak tiga angka di belakang koma."))
    raise ValueError(_("Tulis angka saja, misalnya 1.234,5."))


def file_size(size: int | None) -> str:
    """ "312 kB", "1,4 MB"."""
    if size is None:
        return ""
    return f"{max(1, round(size / 1000))} kB" if size < 1_000_000 else f"{number(round(size / 1_000_000, 1))} MB"


def nip(value: str) -> str:
    """An 18-digit NIP printed 8-6-1-3; anything else as it is."""
    digits = re.sub(r"\D", "", value or "")
    return f"{digits[:8]} {digits[8:14]} {digits[14]} {digits[15:]}" if len(digits) == 18 else value


# --- codes of records --------------------------------------------------------------------------------------------


def code(prefix: str, number: int) -> str:
    """The code that people see: `K-0001`, `TL-0042`."""
    return f"{prefix}-{number:04}"


def commitment_code(number: int) -> str:
    return code("K", number)


def followup_code(number: int) -> str:
    return code("TL", number)


def activity_code(number: int) -> str:
    return code("KG", number)


# --- statuses ----------------------------------------------------------------------------------------------------


class Badge(NamedTuple):
    """How a status looks: kind is the colour class (late, warn, wait, run, done, none), icon its shape, text a word."""

    kind: str
    icon: str
    text: str


_STATUS: dict[str, tuple[str, str, Callable[[int], str]]] = {
    "late": ("late", "late", lambda n: _("Terlambat %(n)s hari", n=n)),
    "due_today": ("warn", "clock", lambda n: _("Tenggat hari ini")),
    "soon": ("warn", "clock", lambda n: _("%(n)s hari lagi", n=n)),
    "returned": ("warn", "back", lambda n: _("Perlu dilengkapi")),
    "submitted": ("wait", "wait", lambda n: _("Menunggu verifikasi")),
    "proposed_done": ("wait", "wait", lambda n: _("Diusulkan selesai")),
    "proposed_not_feasible": ("wait", "wait", lambda n: _("Diusulkan tidak dapat ditindaklanjuti")),
    "in_progress": ("run", "run", lambda n: _("Dalam proses")),
    "done": ("done", "done", lambda n: _("Selesai")),
    "done_late": ("done", "done", lambda n: _("Selesai, terlambat %(n)s hari", n=n)),
    "accepted": ("done", "done", lambda n: _("Diterima")),
    "open": ("none", "none", lambda n: _("Belum ditindaklanjuti")),
    "not_due": ("none", "none", lambda n: _("Belum waktunya")),
    "unreported": ("none", "none", lambda n: _("Belum dilaporkan")),
    "silent": ("none", "silent", lambda n: _("Tanpa kabar %(n)s hari", n=n)),
    "not_feasible": ("none", "slash", lambda n: _("Tidak dapat ditindaklanjuti")),
    "transferred": ("none", "arrow", lambda n: _("Dialihkan")),
    "ended": ("none", "slash", lambda n: _("Dihentikan")),
    "planned": ("none", "none", lambda n: _("Direncanakan")),
    "ongoing": ("run", "run", lambda n: _("Berlangsung")),
    "awaiting_report": ("warn", "clock", lambda n: _("Menunggu laporan")),
    "reported": ("wait", "wait", lambda n: _("Menunggu verifikasi")),
    "verified": ("done", "done", lambda n: _("Terverifikasi")),
    "cancelled": ("none", "slash", lambda n: _("Dibatalkan")),
    "noted": ("run", "run", lambda n: _("Dicatat")),
    "draft": ("none", "pen", lambda n: _("Draf")),
    "in_force": ("done", "done", lambda n: _("Berlaku")),
    "expiring": ("warn", "clock", lambda n: _("Akan berakhir")),
    "expired": ("late", "late", lambda n: _("Berakhir")),
    "renewed": ("run", "arrow", lambda n: _("Diperpanjang")),
    "terminated": ("none", "slash", lambda n: _("Diakhiri")),
}


class State(NamedTuple):
    """A derived state: key into the table above and, where the words count something, a number of days."""

    key: str
    days: int = 0


@lru_cache(maxsize=4096)
def _badge(key: str, days: int, locale: str) -> Badge:
    kind, icon, words = _STATUS[key]
    return Badge(kind, icon, words(days))


def badge(state: State | str) -> Badge:
    """The look of a state."""
    key, days = (state, 0) if isinstance(state, str) else state
    return _badge(key, days, language())


# fmt: off
PRIORITIES: dict[str, Callable[[], str]] = {
    "low": lambda: _("Rendah"), "medium": lambda: _("Sedang"), "high": lambda: _("Tinggi"),
    "urgent": lambda: _("Mendesak"),
}
SOURCES: dict[str, Callable[[], str]] = {
    "liaison": lambda: _("Diketik penghubung"), "whatsapp": lambda: _("WhatsApp"), "letter": lambda: _("Surat"),
    "phone": lambda: _("Telepon"), "meeting": lambda: _("Rapat"),
}
INDICATOR_SOURCES: dict[str, Callable[[], str]] = {
    "partner": lambda: _("Mitra"), "opd": lambda: _("OPD-KB"), "siga": lambda: _("SIGA"),
}
ROLES: dict[str, Callable[[], str]] = {
    "admin": lambda: _("Admin"), "sekretariat": lambda: _("Sekretariat"), "pimpinan": lambda: _("Pimpinan"),
    "penghubung": lambda: _("Penghubung mitra"), "opd": lambda: _("OPD-KB"),
}
CATEGORIES: dict[str, Callable[[], str]] = {
    "bkkbn": lambda: _("BKKBN"), "tni": lambda: _("TNI"), "polri": lambda: _("Polri"),
    "profession": lambda: _("Organisasi profesi"), "opd": lambda: _("OPD"),
    "vertical": lambda: _("Instansi vertikal"), "pkk": lambda: _("PKK/ormas"),
    "wives": lambda: _("Persit/Bhayangkari"), "university": lambda: _("Perguruan tinggi"),
    "bank": lambda: _("BUMN/BUMD/perbankan"), "private": lambda: _("Swasta"),
    "health": lambda: _("Fasilitas kesehatan"), "media": lambda: _("Media"),
}
CLASSES: dict[str, Callable[[], str]] = {
    "dasar": lambda: _("Dasar"), "berkembang": lambda: _("Berkembang"), "mandiri": lambda: _("Mandiri"),
    "berkelanjutan": lambda: _("Berkelanjutan"),
}
FAMILY_FUNCTIONS: dict[str, Callable[[], str]] = {
    "agama": lambda: _("Agama"), "sosial_budaya": lambda: _("Sosial Budaya"),
    "cinta_kasih": lambda: _("Cinta Kasih"), "perlindungan": lambda: _("Perlindungan"),
    "reproduksi": lambda: _("Reproduksi"), "pendidikan": lambda: _("Sosialisasi dan Pendidikan"),
    "ekonomi": lambda: _("Ekonomi"), "lingkungan": lambda: _("Pembinaan Lingkungan"),
}
MEETING_KINDS: dict[str, Callable[[], str]] = {
    "rakornas": lambda: _("Rakornas"), "rakorda": lambda: _("Rakorda"), "rakernas": lambda: _("Rakernas"),
    "rakerda": lambda: _("Rakerda"), "rakornis": lambda: _("Rakornis"), "radalgram": lambda: _("Radalgram"),
    "lokmin": lambda: _("Lokmin"), "audiensi": lambda: _("Audiensi"), "persiapan": lambda: _("Rapat persiapan"),
    "monev": lambda: _("Monev"), "other": lambda: _("Rapat lain"),
}
DECISION_KINDS: dict[str, Callable[[], str]] = {
    "arahan": lambda: _("Arahan"), "kesepakatan": lambda: _("Kesepakatan"), "rekomendasi": lambda: _("Rekomendasi"),
    "rumusan": lambda: _("Rumusan"),
}
AGREEMENT_KINDS: dict[str, Callable[[], str]] = {
    "mou": lambda: _("Nota Kesepahaman"), "pks": lambda: _("Perjanjian Kerja Sama"),
    "guideline": lambda: _("Pedoman Kerja"), "action_plan": lambda: _("Rencana Aksi"),
    "addendum": lambda: _("Adendum"), "decree": lambda: _("Surat Keputusan"),
}
LEVELS: dict[int, Callable[[], str]] = {
    1: lambda: _("Provinsi"), 2: lambda: _("Kabupaten/Kota"), 3: lambda: _("Kecamatan"),
    4: lambda: _("Desa/Kelurahan"),
}
# fmt: on
_TABLES: dict[str, dict[Any, Callable[[], str]]] = {
    "priority": PRIORITIES,
    "source": SOURCES,
    "indicator_source": INDICATOR_SOURCES,
    "role": ROLES,
    "category": CATEGORIES,
    "class": CLASSES,
    "family_function": FAMILY_FUNCTIONS,
    "meeting_kind": MEETING_KINDS,
    "decision_kind": DECISION_KINDS,
    "agreement_kind": AGREEMENT_KINDS,
    "level": LEVELS,
}


def word(table: str, key: Any) -> str:
    """The word of a stored key: `word("priority", "high")` → "Tinggi"; "" for an empty or unknown key."""
    words = _TABLES[table].get(key)
    return words() if words else ""


def choices(table: str, empty: str | None = None) -> list[tuple[str, str]]:
    """(key, word) pairs for a select, with an empty first choice where its words are given."""
    pairs = [(str(key), words()) for key, words in _TABLES[table].items()]
    return pairs if empty is None else [("", empty), *pairs]


@lru_cache(maxsize=4096)
def normalize_phone(text: str) -> str:
    """An Indonesian mobile number as `+62812…`, however it was typed; "" if it is none."""
    info = parse_phone(text or "")
    return info.e164 if info.valid and info.type == "mobile" and info.e164 else ""


def wa_link(phone: str | None, text: str = "") -> str:
    """The address that opens WhatsApp with a ready text; "" if the number is not a mobile phone's."""
    number = normalize_phone(phone or "")
    if not number:
        return ""
    return f"https://wa.me/{number.removeprefix('+')}" + (f"?text={quote(text)}" if text else "")


def init_app(app: Flask) -> None:
    """Offer the formatters to templates under their own names."""
    for function in (
        date_long,
        date_medium,
        date_short,
        date_day_month,
        datetime_medium,
        time_short,
        ago,
        number,
        quantity,
        percent,
        file_size,
        nip,
        badge,
        word,
        wa_link,
        commitment_code,
        followup_code,
        activity_code,
    ):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.globals.update(badge=badge, word=word, choices=choices)
