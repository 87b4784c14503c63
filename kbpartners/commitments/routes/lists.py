"""The list of commitments, the queue of reports that wait, and the way to the next report on behalf of a unit."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, current_app, request
from flask_babel import gettext as _
from markupsafe import Markup

from kbpartners import clock, formats
from kbpartners.commitments import cells, service
from kbpartners.commitments.routes import bp
from kbpartners.commitments.service import Filters, choices
from kbpartners.commitments.service.listing import STATUSES
from kbpartners.forms import id_or_none, list_address, read_day
from kbpartners.htmx import render_page
from kbpartners.security import Identity, acting, requires
from kbpartners.security import Permission as P

HERE = "/komitmen"
REMEMBERED = ("source", "sender", "source_date")
"""What is typed once when several reports from one message are entered one after another."""


@bp.get("/komitmen")
@requires(P.COMMITMENTS_READ)
def index() -> Response:
    """Commitments within one's scope, narrowed by the filter bar, soonest due first."""
    who, today = acting(), clock.today()
    filters, problem = filters_from(request.args)
    page = service.page(who, filters, request.args.get("after", ""))
    pick = ("checked" if "pilih" in request.args else "box") if who.can(P.COMMITMENTS_WRITE) else ""
    return render_page(
        "commitments/list.html",
        block="list",
        target="daftar",
        filters=filters,
        problem=problem,
        page=page,
        lines=cells.lines(page.rows, today, pick),
        pick=pick,
        hidden=parse_qsl(list_address("", filters).lstrip("?")) if pick else (),
        filter_bar=_filter_bar(who, filters),
        link=lambda **changes: list_address(HERE, filters, **changes),
        workbook=list_address("/laporan/rekap-komitmen", filters, format="xlsx"),
        copy_text=service.whatsapp_text(_title(filters), page.rows, today, closing=_closing(filters)),
        after=request.args.get("after", ""),
        today=today,
    )


def _filter_bar(who: Identity, filters: Filters) -> Markup:
    units = choices.units(who, filters.organization_id)
    return cells.filter_bar(
        filters,
        status_words(),
        cells.options(units if len(units) > 1 else (), filters.organization_id),
        cells.options(choices.regencies(), filters.region_id),
    )


def filters_from(args: Any) -> tuple[Filters, str]:
    """The filters of an address, and a sentence about a day that could not be read ("" if all is well)."""
    due_from, first = read_day(args.get("due_from", ""))
    due_to, second = read_day(args.get("due_to", ""))
    status, priority, sort = args.get("status", ""), args.get("priority", ""), args.get("sort", "")
    filters = Filters(
        q=" ".join(args.get("q", "").split())[:100],
        organization_id=id_or_none(args.get("organization_id")),
        region_id=id_or_none(args.get("region_id")),
        status=status if status in STATUSES else "open",
        priority=priority if priority in formats.PRIORITIES else "",
        due_from=due_from,
        due_to=due_to,
        decision_id=id_or_none(args.get("decision_id")),
        meeting_id=id_or_none(args.get("meeting_id")),
        sort=sort if sort in ("due_on", "-due_on") else "",
    )
    return filters, first or second


def status_words() -> dict[str, str]:
    """The ready views of the list, in their order."""
    return _status_words(formats.language())


@lru_cache(maxsize=4)
def _status_words(language: str) -> dict[str, str]:
    return {
        "open": _("Berjalan"),
        "late": _("Terlambat"),
        "submitted": _("Menunggu verifikasi"),
        "returned": _("Perlu dilengkapi"),
        "silent": _("Tanpa kabar"),
        "proposed_done": _("Diusulkan selesai"),
        "done": _("Selesai"),
        "ended": _("Dihentikan"),
        "all": _("Semua"),
    }


def _title(filters: Filters) -> str:
    return _("Komitmen: %(view)s", view=status_words()[filters.status].lower())


def _closing(filters: Filters) -> str:
    return _("Selengkapnya: %(href)s", href=current_app.config["KB"].base_url + list_address(HERE, filters))


@bp.get("/komitmen/verifikasi")
@requires(P.COMMITMENTS_VERIFY)
def waiting() -> Response:
    """All reports that wait for verification, the oldest first."""
    queue = service.queue(acting(), 30, request.args.get("after", ""))
    return render_page("commitments/verify.html", queue=queue, after=request.args.get("after", ""), today=clock.today())


@bp.get("/komitmen/catat")
@requires(P.COMMITMENTS_VERIFY)
def pick() -> Response:
    """Choose the commitment that the next report on behalf of a unit is about; source and sender are remembered."""
    who = acting()
    q, unit = " ".join(request.args.get("q", "").split())[:100], id_or_none(request.args.get("organization_id"))
    remembered = {name: request.args[name] for name in REMEMBERED if request.args.get(name)}
    page = service.page(who, Filters(q=q, organization_id=unit), request.args.get("after", ""), size=20)
    return render_page(
        "commitments/pick.html",
        block="rows",
        target="pilihan",
        q=q,
        unit=unit,
        page=page,
        unit_options=cells.options(choices.units(who, unit), unit),
        remembered=remembered,
        query=urlencode(remembered),
        link=lambda after: "/komitmen/catat?" + urlencode({**_picked(q, unit), **remembered, "after": after}),
        today=clock.today(),
    )


def _picked(q: str, unit: int | None) -> dict[str, Any]:
    return {name: value for name, value in (("q", q), ("organization_id", unit)) if value}
