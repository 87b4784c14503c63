"""The whole revision log as a page: who did what, when, from what to what."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from kbpartners.accounts.service import people
from kbpartners.audit import service
from kbpartners.forms import id_or_none, read_day
from kbpartners.htmx import render_page
from kbpartners.security import Identity, Permission, acting, requires

bp = Blueprint("audit", __name__)

PAGE = 50

# Where a record lives, and what one needs to read it (its own page then checks the scope).
_PLACES = {
    "commitment": ("/komitmen/{}", Permission.COMMITMENTS_READ),
    "followup": ("/tindak-lanjut/{}", Permission.FOLLOWUPS_READ),
    "activity": ("/kegiatan/{}", Permission.ACTIVITIES_READ),
    "kampung": ("/kampung-kb/{}", Permission.KAMPUNG_READ),
    "meeting": ("/rapat/{}", Permission.MEETINGS_READ),
    "agreement": ("/kerja-sama/{}", Permission.AGREEMENTS_READ),
    "organization": ("/mitra/{}", Permission.ORGANIZATIONS_READ),
    "user": ("/pengguna/{}", Permission.USERS_INVITE),
    "setting": ("/pengaturan", Permission.SETTINGS_WRITE),
    "import": ("/impor", Permission.IMPORTS_RUN),
}


def kinds() -> dict[str, str]:
    """The subjects of the log in words."""
    return {
        "commitment": _("Komitmen"),
        "commitment_bulk": _("Komitmen, banyak sekaligus"),
        "followup": _("Tindak lanjut"),
        "activity": _("Kegiatan bersama"),
        "kampung": _("Kampung KB"),
        "meeting": _("Rapat"),
        "decision": _("Keputusan rapat"),
        "agreement": _("Kerja sama"),
        "organization": _("Mitra kerja"),
        "user": _("Pengguna"),
        "setting": _("Pengaturan"),
        "import": _("Impor data"),
    }


def _link(entry: service.Entry, who: Identity) -> str:
    place = _PLACES.get(entry.subject_type)
    return place[0].format(entry.subject_id) if place and who.can(place[1]) else ""


@bp.get("/riwayat")
@requires(Permission.AUDIT_READ)
def log() -> Response:
    """The log, newest first, by kind, person and day."""
    args = request.args
    filters = {name: args.get(name, "").strip() for name in ("jenis", "orang", "sampai")}
    day, wrong_day = read_day(filters["sampai"])
    entries = service.page(
        subject_type=filters["jenis"] if filters["jenis"] in kinds() else "",
        actor_id=id_or_none(filters["orang"]),
        day=day,
        after=args.get("after", type=int),
        size=PAGE,
    )
    return render_page(
        "audit/riwayat.html",
        block="results",
        target="hasil",
        entries=[(entry, _link(entry, acting())) for entry in entries[:PAGE]],
        after=entries[PAGE - 1].id if len(entries) > PAGE else None,
        paging=bool(args.get("after")),
        filters=filters,
        query=urlencode({name: value for name, value in filters.items() if value}),
        wrong_day=wrong_day,
        kinds=kinds(),
        people=people.names(),
    )
