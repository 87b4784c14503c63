"""The list of documents."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.agreements import service, texts
from kbpartners.agreements.routes import bp
from kbpartners.commitments.cells import options
from kbpartners.commitments.service import choices
from kbpartners.forms import clean, id_or_none, list_address
from kbpartners.htmx import render_page
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires

HERE = "/kerja-sama"


@bp.get("/kerja-sama")
@requires(P.AGREEMENTS_READ)
def index() -> Response:
    """The documents that one may see, by their last day."""
    who, today, filters = acting(), clock.today(), _filters(request.args)
    page = service.listed(who, filters, after=request.args.get("after", ""))
    units = choices.units(who, filters.organization_id)
    rows = [(row, formats.badge(row.state(today)), texts.sentence(row, today)) for row in page.rows]
    return render_page(
        "agreements/list.html",
        block="list",
        target="daftar",
        filters=filters,
        page=page,
        rows=rows,
        unit_options=options(units, filters.organization_id) if len(units) > 1 else "",
        views={"": _("Semua"), **{status: formats.badge(status).text for status in service.STATUSES}},
        within=[("", _("Kapan saja")), *((str(n), _("dalam %(n)s hari", n=n)) for n in service.WITHIN)],
        link=lambda **changes: list_address(HERE, filters, **changes),
        copy_text=texts.list_text(page.rows, today, current_app.config["KB"].base_url) if rows else "",
    )


def _filters(args: Any) -> service.Filters:
    kind, status, sort = args.get("kind", ""), args.get("status", ""), args.get("sort", "")
    within = id_or_none(args.get("within"))
    return service.Filters(
        q=clean(args.get("q", ""))[:100],
        kind=kind if kind in formats.AGREEMENT_KINDS else "",
        status=status if status in service.STATUSES else "",
        organization_id=id_or_none(args.get("organization_id")),
        within=within if within and within <= 3660 else None,
        sort=sort if sort in ("ends_on", "-ends_on") else "",
    )
