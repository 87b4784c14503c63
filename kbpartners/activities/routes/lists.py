"""The list of activities and the page of one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from kbpartners import formats
from kbpartners.activities import service, texts
from kbpartners.activities.routes.common import base_url, bp, number, show_page
from kbpartners.forms import clean, read_day
from kbpartners.htmx import render_page
from kbpartners.security import Permission, acting, requires


@bp.get("/kegiatan")
@requires(Permission.ACTIVITIES_READ)
def index() -> Response:
    """Activities by planned date; the filters are those of the address."""
    who, filters, after = acting(), _filters(), request.args.get("after", "")
    page = service.listed(who, filters, after=after)
    return render_page(
        "activities/index.html",
        block="rows",
        target="daftar",
        page=page,
        filters=filters,
        unread=_unread(),
        typed={name: request.args.get(name, "") for name in ("planned_from", "planned_to")},
        partners=service.partners_for_filter(who),
        regencies=service.regencies(),
        href=_href,
        first_href=_href(filters) if after else "",
        next_href=_href(filters, after=page.after) if page.after else "",
        days=texts.days,
        copy_text=texts.list_text(page.rows, base_url()) if page.rows else "",
    )


def _filters() -> service.Filters:
    status, function = request.args.get("status", ""), request.args.get("family_function", "")
    return service.Filters(
        q=clean(request.args.get("q", ""))[:100],
        organization_id=number("organization_id"),
        region_id=number("region_id"),
        planned_from=read_day(request.args.get("planned_from", ""))[0],
        planned_to=read_day(request.args.get("planned_to", ""))[0],
        status=status if status in service.STATES else "",
        family_function=function if function in formats.FAMILY_FUNCTIONS else "",
        sort="planned_on" if request.args.get("sort") == "planned_on" else "-planned_on",
    )


def _href(filters: service.Filters, **other: Any) -> str:
    """The list with these filters, some of them replaced."""
    pairs = {**vars(filters), **other}
    if pairs["sort"] == "-planned_on":
        pairs["sort"] = ""
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"/kegiatan?{query}" if query else "/kegiatan"


def _unread() -> str:
    """What is wrong with a typed day; "" if nothing is."""
    return read_day(request.args.get("planned_from", ""))[1] or read_day(request.args.get("planned_to", ""))[1]


@bp.get("/kegiatan/<int:activity_id>")
@requires(Permission.ACTIVITIES_READ)
def show(activity_id: int) -> Response:
    """An activity with its evidence, and what the reader may do now."""
    return show_page(activity_id)
