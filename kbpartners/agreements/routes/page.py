"""The page of a document: how it stands, its parties, clauses, lineage, files and the commitments under it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import Response, current_app, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.agreements import service, texts
from kbpartners.agreements.routes import bp
from kbpartners.attachments import service as attachments
from kbpartners.attachments.forms import FilesForm
from kbpartners.audit import service as audit
from kbpartners.forms import read_day
from kbpartners.htmx import render_page
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires


@bp.get("/kerja-sama/<int:agreement_id>")
@requires(P.AGREEMENTS_READ)
def show(agreement_id: int) -> Response:
    """A document for whoever it concerns; with `per`, as it was when that day was over."""
    if "per" in request.args:
        return _as_of(agreement_id)
    return render(agreement_id, FilesForm(data={"token": str(uuid.uuid4())}))


def render(agreement_id: int, form: FilesForm, status: int = 200) -> Response:
    """The page; `form` is the one for files, refused or new."""
    who, today = acting(), clock.today()
    found = service.document(who, agreement_id)
    facts, state = found.facts, found.facts.state(today)
    around = service.around(who, facts)
    cited = service.commitments(who, agreement_id)
    return render_page(
        "agreements/show.html",
        status=status,
        doc=found,
        facts=facts,
        today=today,
        state=state,
        sentence=texts.sentence(facts, today),
        term=texts.term(facts),
        around=around,
        over=service.flagged(around.above, today),
        hanging=service.hanging(around.children, cited, today),
        by_clause=_by_clause(found.clauses, cited),
        renewable=who.can(P.AGREEMENTS_WRITE) and not service.refusal(facts, today),
        files=attachments.of(agreement_id=agreement_id),
        drafts=attachments.drafts(form.token.data or "", who) if status != 200 else [],
        history=audit.history("agreement", agreement_id, limit=20) if who.can(P.AUDIT_READ) else [],
        link_line=lambda link: (formats.badge(link.state(today)), texts.sentence(link, today)),
        copy_text=texts.document_text(found, today, current_app.config["KB"].base_url),
        lamp=LAMPS.get(state.key, "info"),
        ends=_("Perpanjang naskah ini") if state.key in ("expiring", "expired") else "",
        form=form,
    )


def _as_of(agreement_id: int) -> Response:
    """The state when a day was over; without a day that can be read, the form that asks for one."""
    who, today = acting(), clock.today()
    day, problem = read_day(request.args.get("per", ""))
    if day is None or day > today:
        problem = problem or (_("Hari ini %(day)s.", day=formats.date_medium(today)) if day else "")
        day = today
    facts, then = service.as_of(who, agreement_id, day)
    return render_page(
        "agreements/as_of.html",
        facts=facts,
        doc=then,
        state=then.facts.state(day) if then else None,
        sentence=texts.sentence(then.facts, day) if then else "",
        term=texts.term(then.facts) if then else "",
        day=day,
        problem=problem,
    )


LAMPS = {"in_force": "green", "expiring": "yellow", "expired": "red"}


def _by_clause(
    clauses: Sequence[service.ClauseFact], cited: Sequence[service.Citing]
) -> list[tuple[service.ClauseFact, list[service.Citing]]]:
    """Each clause with the commitments under it."""
    return [(clause, [one for one in cited if one.clause_id == clause.id]) for clause in clauses]
