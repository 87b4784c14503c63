"""Units without an active liaison, for the secretariat."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.accounts import service
from kbpartners.accounts.routes import bp
from kbpartners.accounts.service import vacancies
from kbpartners.htmx import render_page
from kbpartners.security import Permission, requires


def why(state: str) -> formats.Badge:
    """How the reason looks: why nobody speaks for the unit."""
    words = {
        vacancies.ENDED: formats.Badge("late", "slash", _("Tugas berakhir")),
        vacancies.INVITED: formats.Badge("warn", "clock", _("Undangan belum dibuka")),
        vacancies.OFF: formats.Badge("late", "lock", _("Akun nonaktif")),
        vacancies.NEVER: formats.Badge("none", "none", _("Belum pernah ada")),
    }
    return words[state]


@bp.get("/pengguna/tanpa-penghubung")
@requires(Permission.USERS_INVITE)
def without_liaison() -> Response:
    """The list, units with most open work first."""
    args = request.args
    filters = {name: args.get(name, "").strip() for name in ("q", "category", "state", "work", "sort")}
    after = args.get("after", "")
    found = vacancies.listing(
        q=filters["q"],
        category=filters["category"] if filters["category"] in formats.CATEGORIES else "",
        state=filters["state"] if filters["state"] in vacancies.STATES else "",
        only_work=filters["work"] == "1",
        sort=filters["sort"] if filters["sort"] in vacancies.SORTS else "work",
        after=after,
    )
    return render_page(
        "accounts/tanpa_penghubung.html",
        block="results",
        target="hasil",
        found=found,
        filters=filters,
        filtered=any(filters[name] for name in ("q", "category", "state", "work")),
        query=urlencode({name: value for name, value in filters.items() if value}),
        after=after,
        count=service.count_without_liaison(),
        why=why,
        states=[(state, why(state).text) for state in vacancies.STATES],
    )
