"""The list of follow-ups, and the ready text that reminds a unit."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.commitments.cells import options
from kbpartners.commitments.service import choices
from kbpartners.followups import cells
from kbpartners.followups.forms import STATUS_WORDS
from kbpartners.followups.routes import bp
from kbpartners.followups.service import contacts, listing, records, texts
from kbpartners.followups.service.listing import Filters
from kbpartners.forms import id_or_none, list_address, read_day
from kbpartners.htmx import render_page
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires

HERE = "/tindak-lanjut"


@bp.get("/tindak-lanjut")
@requires(P.FOLLOWUPS_READ)
def index() -> Response:
    """What is open, late, waiting or closed, in order of the due day; for the office grouped by partner."""
    who, today = acting(), clock.today()
    filters, problem = _filters(request.args)
    page = listing.page(who, filters, after=request.args.get("after", ""))
    grouped = who.of_office and filters.organization_id is None
    units = choices.units(who, filters.organization_id)
    return render_page(
        "followups/list.html",
        block="list",
        target="daftar",
        filters=filters,
        problem=problem,
        page=page,
        groups=_groups(page, today) if grouped else [(None, cells.drawn(page.rows, today))],
        grouped=grouped,
        unit_options=options(units, filters.organization_id) if len(units) > 1 else "",
        meetings=listing.meetings(who),
        views={key: words() for key, words in STATUS_WORDS.items()},
        link=lambda **changes: list_address(HERE, filters, **changes),
        matrix_href=list_address("/laporan/matriks-tindak-lanjut", filters, status=filters.status, kind="followup"),
        copy_text=texts.whatsapp_text(_("Tindak lanjut"), page.rows, today),
    )


def _groups(page: listing.Page, today: date) -> list[tuple[listing.Partner | None, list[cells.Drawn]]]:
    partners = listing.partners(page.rows)
    return [(partners.get(id_), cells.drawn(rows, today)) for id_, rows in page.groups]


def _filters(args: Any) -> tuple[Filters, str]:
    """The filters of an address, and a sentence about a day that could not be read ("" if all is well)."""
    due_from, first = read_day(args.get("due_from", ""))
    due_to, second = read_day(args.get("due_to", ""))
    status, priority, sort = args.get("status", ""), args.get("priority", ""), args.get("sort", "")
    filters = Filters(
        q=" ".join(args.get("q", "").split())[:100],
        organization_id=id_or_none(args.get("organization_id")),
        status=status if status in listing.STATUSES else "open",
        priority=priority if priority in formats.PRIORITIES else "",
        meeting_id=id_or_none(args.get("meeting_id")),
        due_from=due_from,
        due_to=due_to,
        sort=sort if sort in ("due_on", "-due_on") else "",
    )
    return filters, first or second


@bp.get("/tindak-lanjut/ingatkan")
@requires(P.FOLLOWUPS_WRITE)
def remind() -> Response:
    """A ready WhatsApp text to a unit about all that is open of it. The person reads it and sends it."""
    who, today = acting(), clock.today()
    unit = records.unit(id_or_none(request.args.get("organization_id")))
    rows = listing.of_unit(unit.id, who, limit=15)
    contact = contacts.of_unit(unit.id)
    text = texts.reminder(unit.name, contact, rows, today)
    phone = contact.phone if contact else ""
    return render_page("followups/remind.html", unit=unit, contact=contact, rows=rows, text=text, phone=phone)
