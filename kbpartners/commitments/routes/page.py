"""The page of one commitment: as it stands, or as it stood when a day was over."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, current_app, request
from flask_babel import gettext as _
from markupsafe import Markup

from kbpartners import clock, formats
from kbpartners.activities import service as activities
from kbpartners.agreements import service as agreements
from kbpartners.attachments import service as attachments
from kbpartners.audit import service as audit
from kbpartners.commitments import cells, service
from kbpartners.commitments.forms import DecisionForm, OnBehalfForm, ReportForm, Shown, report_form
from kbpartners.commitments.routes import bp
from kbpartners.commitments.routes.lists import REMEMBERED
from kbpartners.commitments.service import Detail
from kbpartners.followups.service import contacts, listing
from kbpartners.forms import id_or_none, read_day
from kbpartners.htmx import render_page
from kbpartners.scopes import Relation
from kbpartners.security import Identity, acting, requires
from kbpartners.security import Permission as P

TARGET = "komitmen"
"""The id of the element that holds everything on the page of a commitment."""


@bp.get("/komitmen/<int:commitment_id>")
@requires(P.COMMITMENTS_READ)
def show(commitment_id: int) -> Response:
    """A commitment for its liaison, the secretariat or a reader; with `per`, as of that day."""
    if "per" in request.args:
        return _as_of(acting(), commitment_id)
    return render(acting(), commitment_id)


def render(
    who: Identity,
    commitment_id: int,
    *,
    form: ReportForm | None = None,
    verdict: tuple[int, DecisionForm] | None = None,
    status: int = 200,
) -> Response:
    """The page, whole or as the one block that htmx asks for.

    `form` is a refused report, `verdict` a refused decision with the id of its report.
    """
    found = service.detail(commitment_id, who, before=request.args.get("sebelum", ""))
    today, facts = clock.today(), found.facts
    sent, href = id_or_none(request.args.get("terkirim")), f"/komitmen/{commitment_id}"
    return render_page(
        "commitments/show.html",
        block="body",
        target=TARGET,
        status=status,
        c=found,
        facts=facts,
        today=today,
        lamp=found.lamp(today),
        indicators=cells.indicators(found.indicators, facts.organization),
        report=_report(who, found, form) if form or found.may_report else None,
        history=cells.entries(found.reports, href, who, found.shown_deferrals("sebelum" not in request.args)),
        verdict=verdict,
        waiting=found.waiting if who.can(P.COMMITMENTS_VERIFY) else [],
        sent=next((report for report in found.reports if report.id == sent), None),
        remembered=urlencode({name: request.args[name] for name in REMEMBERED if name in request.args}),
        basis=agreements.source(who, facts.clause_id) if facts.clause_id else None,
        contact=contacts.of_unit(facts.organization_id),
        followups=listing.of_commitment(commitment_id, who, 5) if found.followups else [],
        activities=activities.of_commitment(commitment_id, who, 5).rows if found.activities else [],
        copy_text=_copy_text(found, today),
    )


class Report(NamedTuple):
    """The report form of the page: the token that keeps its files together, and its fields as they are drawn."""

    token: str
    fields: Markup


def _report(who: Identity, found: Detail, form: ReportForm | None) -> Report:
    if form is None and not any(request.args.get(name) for name in REMEMBERED):
        behalf = None
        if service.of_secretariat(who):
            units = tuple(service.unit_choices(found.facts))
            behalf = cells.OnBehalf(found.relation == Relation.OWNER, units)
        return Report(str(uuid.uuid4()), cells.blank_fields(found.indicators, found.fillable, behalf))
    drafts = attachments.drafts(form.token.data, who) if form else []
    form = form or blank_form(who, found, formdata=None)
    return Report(form.token.data, cells.fields(form, found.indicators, drafts))


def blank_form(who: Identity, found: Detail, **typed: Any) -> ReportForm:
    """The report form with a field for each figure that this person gives; what was sent is in it on a POST.

    On behalf of a unit, source and sender of the report before are filled in from the address.
    """
    shown = [Shown(i.id, i.name, i.mode) for i in found.indicators if i.id in found.fillable]
    if not service.of_secretariat(who):
        return report_form(ReportForm, shown, **typed)
    remembered = {name: request.args.get(name, "") for name in REMEMBERED}
    day = remembered.pop("source_date")
    own = found.relation == Relation.OWNER
    return report_form(
        OnBehalfForm,
        shown,
        own=own,
        units=service.unit_choices(found.facts),
        source_date=read_day(day)[0],
        **{**remembered, **typed},
    )


def _copy_text(found: Detail, today: date) -> str:
    facts = found.facts
    lines = [f"*{facts.title}* ({facts.code})", facts.organization]
    words = [badge.text for badge in facts.badges(today)]
    lines.append(_("Tenggat %(day)s", day=formats.date_medium(facts.due_on)) + f" ({', '.join(words).lower()})")
    for indicator in found.indicators:
        target = _("dari %(target)s %(unit)s", target=formats.quantity(indicator.target), unit=indicator.unit).strip()
        value = _("belum dilaporkan") if indicator.accepted is None else formats.quantity(indicator.accepted)
        lines.append(f"- {indicator.name}: {value} {target} {formats.percent(indicator.reached)}".rstrip())
    if facts.obstacle:
        lines.append(_("Kendala: %(text)s", text=facts.obstacle[:300]))
    lines.append(f"{current_app.config['KB'].base_url}/komitmen/{facts.id}")
    return "\n".join(lines).replace(formats.NBSP, " ")


def _as_of(who: Identity, commitment_id: int) -> Response:
    """The state when a day was over; without a day that can be read, the form that asks for one."""
    day, problem = read_day(request.args.get("per", ""))
    today = clock.today()
    if day is None or day > today:
        problem = problem or (_("Hari ini %(day)s.", day=formats.date_medium(today)) if day else "")
        day = today
    facts, saved, reports = service.as_of(commitment_id, day, who)
    states = service.states_of_snapshot(saved, day) if saved else []
    end = clock.end_of_day(day)
    log = audit.history("commitment", commitment_id, 50) if who.can(P.AUDIT_READ) else []
    return render_page(
        "commitments/as_of.html",
        facts=facts,
        saved=service.with_days(saved) if saved else None,
        badges=[formats.badge(state) for state in states],
        history=cells.entries(reports, f"/komitmen/{commitment_id}"),
        log=[entry for entry in log if entry.recorded_at < end],
        day=day,
        problem=problem,
    )
