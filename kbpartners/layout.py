"""What every page shows around its content: who is signed in, the menu of the role, the office, the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_babel import gettext as _

from kbpartners import clock, formats
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
_SETTINGS, _USERS = ("/pengaturan", "set"), ("/pengguna", "user")

# Order per role; the first four are a phone's tabs, the fifth tab is "Lainnya".
_MENUS: dict[Role, list[tuple[str, str]]] = {
    Role.LIAISON: [_HOME, _COMMITMENTS, _FOLLOWUPS, _MEETINGS, _ACTIVITIES, _KAMPUNG, _PARTNERS, _REPORTS],
    Role.OPD: [_HOME, _COMMITMENTS, _FOLLOWUPS, _KAMPUNG, _ACTIVITIES, _MEETINGS, _PARTNERS, _REPORTS],
    Role.LEADER: [_HOME, _REPORTS, _FOLLOWUPS, _MEETINGS, _COMMITMENTS, _ACTIVITIES, _PARTNERS, _KAMPUNG],
    Role.SECRETARIAT: [
        _HOME,
        _COMMITMENTS,
        _FOLLOWUPS,
        _KAMPUNG,
        _MEETINGS,
        _ACTIVITIES,
        _PARTNERS,
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
        _REPORTS,
        _IMPORT,
        _USERS,
        _SETTINGS,
    ],
}


def _words() -> dict[str, str]:
    return {
        "/": _("Beranda"),
        "/komitmen": _("Komitmen"),
        "/tindak-lanjut": _("Tindak lanjut"),
        "/kegiatan": _("Kegiatan bersama"),
        "/rapat": _("Rapat"),
        "/kampung-kb": _("Kampung KB"),
        "/mitra": _("Mitra kerja"),
        "/laporan": _("Laporan"),
        "/impor": _("Impor data"),
        "/pengaturan": _("Pengaturan"),
        "/pengguna": _("Pengguna"),
    }


def menu(role: Role, path: str) -> list[NavItem]:
    """The menu of a role with the present place marked."""
    words = _words()
    here = "/" + path.split("/")[1]
    return [
        NavItem(href, icon, words[href], position > 3, href == here, sep=_("Pengelolaan") if href == "/impor" else "")
        for position, (href, icon) in enumerate(_MENUS[role])
    ]


def init_app(app: Flask) -> None:
    """Offer `me`, `can`, `nav`, `office`, … to every template, and the macros as globals."""
    from kbpartners.settings.service import office

    @app.context_processor
    def around() -> dict[str, Any]:
        person = me()
        return {
            "me": person,
            "can": person.can if person else (lambda permission: False),
            "nav": menu(person.role, request.path) if person and request else [],
            "office": office(),
            "locale": formats.language(),
            "now_text": _now_text(),
            "help_wa_url": formats.wa_link(
                office().whatsapp, _("Halo sekretariat, saya perlu bantuan tentang KB Partners.")
            ),
            "P": P,
        }

    env = app.jinja_env
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
