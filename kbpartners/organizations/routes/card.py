"""The "kartu mitra": a partner on one sheet of A4, as a page that prints and as a PDF."""

from __future__ import annotations

from importlib import import_module

from flask import Response, current_app, make_response, render_template, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.agreements import service as agreements
from kbpartners.followups.service import listing as followups
from kbpartners.organizations import service
from kbpartners.organizations.routes import bp
from kbpartners.organizations.service import card, gaps, profile
from kbpartners.security import Identity, Permission, acting, requires


@bp.get("/mitra/<int:organization_id>/kartu")
@requires(Permission.ORGANIZATIONS_READ)
def show_card(organization_id: int) -> Response:
    """The card; `format=pdf` sets it with typst."""
    who = acting()
    unit, counts = profile.head(who, organization_id)
    url = f"{current_app.config['KB'].base_url}/mitra/{unit.id}"
    sheet = card.fill(who, unit, _parts(who, unit, counts), url)
    if request.args.get("format") != "pdf":
        return make_response(render_template("organizations/card.html", card=sheet, unit=unit))
    # The writer is heavy, so it is loaded when it is first asked.
    pdf = import_module("kbpartners.reports.pdf")
    kop = sheet.letterhead
    logo = kop.logo if kop and kop.logo_type else None
    response = make_response(pdf.typeset("card.typ", card.payload(sheet), logo=logo))
    response.headers["Content-Type"] = "application/pdf"
    name = f"kartu-mitra-{unit.id}-{clock.today().isoformat()}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _parts(who: Identity, unit: service.Detail, counts: profile.Counts) -> card.Parts:
    return card.Parts(
        posts=service.posts_of(unit.id),
        counts=counts,
        lights=profile.lights(who, unit),
        followups=followups.of_unit(unit.id, who, 8),
        agenda=profile.agenda(who, unit),
        cover=gaps.cover(who, unit, clock.today()),
        documents=[_document(line) for line in agreements.of_organization(unit.id, who, 6)],
    )


def _document(line: agreements.Line) -> tuple[str, str, str, formats.Badge]:
    """Title, the parties' numbers, until when, status."""
    numbers = "; ".join(party.number for party in line.parties if party.number)
    until = formats.date_short(line.last_day)
    term = _("sampai %(day)s", day=until) if until else _("tanpa batas waktu")
    badge = formats.badge(line.state(clock.today()))
    return f"{line.words}: {line.title}", numbers, "" if line.signed_on is None else term, badge
