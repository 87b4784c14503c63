"""What every page shows around its content: who is signed in, the menu of the role, the office, the time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request
from flask_babel import gettext as _
from markupsafe import Markup

from kbpartners import clock, formats
from kbpartners.forms import list_address
from kbpartners.security import Permission as P
from kbpartners.security import Role, me


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the menu. `desk`: not among a phone's tabs; `sep`: a heading before it."""

    href: str
    icon: str
    text: str
    desk: bool
    current: bool
    count: int = 0
    sep: str = ""


_HOME, _COMMITMENTS, _FOLLOWUPS = ("/", "home"), ("/komitmen", "list"), ("/tindak-lanjut", "follow")
_ACTIVITIES, _MEETINGS, _KAMPUNG = ("/kegiatan", "act"), ("/rapat", "meet"), ("/kampung-kb", "village")
_PARTNERS, _REPORTS, _IMPORT = ("/mitra", "people"), ("/laporan", "report"), ("/impor", "down")
_AGREEMENTS = ("/kerja-sama", "doc")
_SETTINGS, _USERS = ("/pengaturan", "set"), ("/pengguna", "user")

# Order per role; the first four are a phone's tabs, the fifth tab is "Lainnya".
_MENUS: dict[Role, list[tuple[str, str]]] = {
    Role.LIAISON: [_HOME, _COMMITMENTS, _FOLLOWUPS, _MEETINGS, _ACTIVITIES, _KAMPUNG, _PARTNERS, _AGREEMENTS, _REPORTS],
    Role.OPD: [_HOME, _COMMITMENTS, _FOLLOWUPS, _KAMPUNG, _ACTIVITIES, _MEETINGS, _PARTNERS, _AGREEMENTS, _REPORTS],
    Role.LEADER: [_HOME, _REPORTS, _FOLLOWUPS, _MEETINGS, _COMMITMENTS, _ACTIVITIES, _PARTNERS, _AGREEMENTS, _KAMPUNG],
    Role.SECRETARIAT: [
        _HOME,
        _COMMITMENTS,
        _FOLLOWUPS,
        _KAMPUNG,
        _MEETINGS,
        _ACTIVITIES,
        _PARTNERS,
        _AGREEMENTS,
        _REPORTS,
        _IMPORT,
        _USERS,
    ],
    Role.ADMIN: [
        _HOME,
        _COMMITMENTS,
        _FOLLOWUPS,
        _KAMPUNG,
        _MEETINGS,
        _ACTIVITIES,
        _PARTNERS,
        _AGREEMENTS,
        _REPORTS,
        _IMPORT,
        _USERS,
        _SETTINGS,
    ],
}

_PLACES = frozenset(href for items in _MENUS.values() for href, _icon in items) | {"/lainnya"}


def _words() -> dict[str, str]:
    return {
        "/": _("Beranda"),
        "/komitmen": _("Komitmen"),
        "/tindak-lanjut": _("Tindak lanjut"),
        "/kegiatan": _("Kegiatan bersama"),
        "/rapat": _("Rapat"),
        "/kampung-kb": _("Kampung KB"),
        "/mitra": _("Mitra kerja"),
        "/kerja-sama": _("Kerja sama"),
        "/laporan": _("Laporan"),
        "/impor": _("Impor data"),
        "/pengaturan": _("Pengaturan"),
        "/pengguna": _("Pengguna"),
    }


def menu(role: Role, here: str) -> list[NavItem]:
    """The menu of a role with the present place (`/komitmen`) marked."""
    words = _words()
    return [
        NavItem(href, icon, words[href], position > 3, href == here, sep=_("Pengelolaan") if href == "/impor" else "")
        for position, (href, icon) in enumerate(_MENUS[role])
    ]


# What is the same on thousands of pages is drawn once. Nothing personal may be in it, and no CSRF token.


@lru_cache(maxsize=256)
def _navigation(role: Role, here: str, language: str) -> Markup:
    return _drawn("_navigation.html", nav=menu(role, here), here=here)


@lru_cache(maxsize=8)
def _script_words(language: str) -> Markup:
    return _drawn("_script_words.html")


@lru_cache(maxsize=8)
def _help_link(whatsapp: str, language: str) -> str:
    return formats.wa_link(whatsapp, _("Halo sekretariat, saya perlu bantuan tentang KB Partners."))


def _drawn(template: str, **context: Any) -> Markup:
    return Markup(current_app.jinja_env.get_template(template).render(context))  # noqa: S704


def init_app(app: Flask) -> None:
    """Offer `me`, `can`, `navigation`, `office`, … to every template, and the macros as globals."""
    from kbpartners.settings.service import office

    @app.context_processor
    def around() -> dict[str, Any]:
        person, language, house = me(), formats.language(), office()
        here = "/" + request.path.split("/")[1] if request else ""
        return {
            "me": person,
            "can": person.can if person else (lambda permission: False),
            "navigation": _navigation(person.role, here if here in _PLACES else "", language) if person else "",
            "script_words": _script_words(language),
            "office": house,
            "locale": language,
            "now_text": _now_text(),
            "help_wa_url": _help_link(house.whatsapp, language),
            "P": P,
        }

    env = app.jinja_env
    env.globals["list_address"] = list_address
    env.globals["ui"] = _Macros(app, "macros/ui.html")
    env.globals["fm"] = _Macros(app, "macros/form.html")


def _now_text() -> str:
    local = clock.to_local(clock.now())
    return f"{formats.date_long(local.date())}, {local:%H.%M} {clock.zone_name()}"


class _Macros:
    """A macro file as a template global, loaded at first use: it is there inside a block rendered alone, too."""

    def __init__(self, app: Flask, template: str) -> None:
        self._app, self._template = app, template

    def __getattr__(self, name: str) -> Any:
        module = self._app.jinja_env.get_template(self._template).module
        for key, value in vars(module).items():
            if not key.startswith("_"):
                self.__dict__[key] = value  # the next look-up is a plain attribute
        return self.__dict__[name]
