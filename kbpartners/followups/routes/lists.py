"""The list of follow-ups, and the ready text that reminds a unit."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.errors import NotFound
from kbpartners.followups.forms import STATUS_WORDS, FilterForm, optional_id
from kbpartners.followups.routes import bp, unit_choices
from kbpartners.followups.service import contacts, listing, texts
from kbpartners.followups.service.listing import Filters
from kbpartners.htmx import render_page
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires


@bp.get("/tindak-lanjut")
@requires(P.FOLLOWUPS_READ)
def index() -> Response:
    """What is open, late, waiting or closed, in order of the due day; for the office grouped by partner."""
    who, form, today = acting(), FilterForm(request.args), clock.today()
    form.validate()
    filters = _filters(form)
    page = listing.page(who, filters, after=request.args.get("after", ""))
    units = listing.units(who)
    return render_page(
        "followups/list.html",
        block="list",
        target="daftar",
        form=form,
        filters=filters,
        page=page,
        units=units,
        unit_names={unit.id: unit for unit in units},
        unit_choices=unit_choices(units, _("Semua satuan")),
        meeting_choices=[("", _("Semua rapat")), *listing.meetings(who)],
        grouped=who.of_office and filters.organization_id is None,
        status_choices=[(key, words()) for key, words in STATUS_WORDS.items()],
        link=lambda **changes: _address(filters, **changes),
        matrix_href=_address(filters, "/laporan/matriks-tindak-lanjut", status=filters.status, kind="followup"),
        copy_text=texts.whatsapp_text(_("Tindak lanjut"), page.rows, today),
        today=today,
    )


def _filters(form: FilterForm) -> Filters:
    status, sort = form.status.data, form.sort.data
    return Filters(
        q=form.q.data or "",
        organization_id=form.organization_id.data,
        status=status if status in listing.STATUSES else "open",
        priority=form.priority.data if form.priority.data in formats.PRIORITIES else "",
        meeting_id=form.meeting_id.data,
        due_from=form.due_from.data,
        due_to=form.due_to.data,
        sort=sort if sort in ("due_on", "-due_on") else "",
    )


def _address(filters: Filters, path: str = "/tindak-lanjut", **changes: Any) -> str:
    """The address of the list with these filters, some of them changed (None takes one off)."""
    values = {name: value for name, value in asdict(filters).items() if value and (name, value) != ("status", "open")}
    values.update(changes)
    shown = {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items() if v not in (None, "")}
    return f"{path}?{urlencode(shown)}" if shown else path


@bp.get("/tindak-lanjut/ingatkan")
@requires(P.FOLLOWUPS_WRITE)
def remind() -> Response:
    """A ready WhatsApp text to a unit about all that is open of it. The person reads it and sends it."""
    who, today = acting(), clock.today()
    try:
        organization_id = optional_id(request.args.get("organization_id"))
    except ValueError:
        organization_id = None
    unit = next((unit for unit in listing.units(who) if unit.id == organization_id), None)
    if unit is None:
        raise NotFound
    rows = listing.of_unit(unit.id, who, limit=15)
    contact = contacts.of_unit(unit.id)
    text = texts.reminder(unit.name, contact, rows, today)
    phone = contact.phone if contact else ""
    return render_page("followups/remind.html", unit=unit, contact=contact, rows=rows, text=text, phone=phone)
