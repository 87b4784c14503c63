"""The forms of a document: recording and editing it, with lines for parties and clauses."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.agreements import service
from kbpartners.agreements.forms import LINES, AgreementForm, kind_choices
from kbpartners.agreements.routes import bp
from kbpartners.commitments.service import choices
from kbpartners.errors import Conflict, Invalid, conflict_page
from kbpartners.forms import id_or_none
from kbpartners.htmx import navigate, render_page
from kbpartners.organizations.service import names, office_id
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires


@bp.get("/kerja-sama/baru")
@requires(P.AGREEMENTS_WRITE)
def new() -> Response:
    """The empty form; kind, parent and a party may be named in the address."""
    kind, unit = request.args.get("kind", ""), id_or_none(request.args.get("organization_id"))
    parties: list[dict[str, Any]] = [{"organization_id": office_id()}, {"organization_id": unit} if unit else {}]
    form = AgreementForm(
        data={
            "kind": kind if kind in formats.AGREEMENT_KINDS else "",
            "parent_id": id_or_none(request.args.get("parent_id")),
            "parties": parties,
            "clauses": [{}],
        }
    )
    return _page(form, None)


@bp.post("/kerja-sama/baru")
@requires(P.AGREEMENTS_WRITE)
def create() -> Response:
    """Record a document; a button that asks for a line more draws the form again."""
    form = AgreementForm()
    if "more" in request.form:
        return _one_more(form, None)
    _offer(form, None)
    if form.validate():
        try:
            agreement_id = service.create(who=acting(), values=_values(form))
        except Invalid as error:
            form.refuse(error)
        else:
            return navigate(f"/kerja-sama/{agreement_id}?tersimpan=kerja-sama-baru")
    return _page(form, None, 422)


@bp.get("/kerja-sama/<int:agreement_id>/ubah")
@requires(P.AGREEMENTS_WRITE)
def edit(agreement_id: int) -> Response:
    """The form with what is saved."""
    found = service.document(acting(), agreement_id)
    values = service.values_of(found)
    lines = {name: [line._asdict() for line in getattr(values, name)] for name in LINES}
    form = AgreementForm(data={**vars(values), **lines, "version": found.facts.version})
    return _page(form, found.facts)


@bp.post("/kerja-sama/<int:agreement_id>/ubah")
@requires(P.AGREEMENTS_WRITE)
def update(agreement_id: int) -> Response:
    """Save a changed document, unless somebody else saved first."""
    who, form = acting(), AgreementForm()
    facts = service.load(who, agreement_id)
    here = f"/kerja-sama/{agreement_id}"
    if "more" in request.form:
        return _one_more(form, facts)
    _offer(form, agreement_id)
    if form.validate():
        version = form.version.data or 0
        try:
            service.update_record(who=who, agreement_id=agreement_id, version=version, values=_values(form))
        except Invalid as error:
            form.refuse(error)
        except Conflict as conflict:
            return conflict_page(conflict, action=f"{here}/ubah", saved_href=here)
        else:
            return navigate(f"{here}?tersimpan=kerja-sama-{agreement_id}")
    return _page(form, facts, 422)


def _one_more(form: AgreementForm, facts: service.Facts | None) -> Response:
    """The form as it was typed with one more line; by htmx only the lines."""
    name = request.form["more"]
    form.add_line(name)
    return _page(form, facts, block=name if name in LINES else None)


def _offer(form: AgreementForm, agreement_id: int | None) -> None:
    units = choices.organizations()
    # A party that has ended since stays a party.
    chosen = {row.form.organization_id.data for row in form.parties} - {id_ for id_, _name in units}
    units += names(chosen).items()
    related = [field.data for field in (form.parent_id, form.renews_id) if field.data]
    form.offer(units, service.choices(acting(), agreement_id, related), kind_choices())


def _values(form: AgreementForm) -> service.AgreementValues:
    own = ("kind", "title", "signed_on", "place", "starts_on", "ends_on", "scope", "parent_id", "renews_id")
    return service.AgreementValues(
        **{name: form[name].data for name in own},
        parties=[
            service.PartyValues(**{name: line[name].data for name in service.PartyValues._fields})
            for line in form.kept("parties")
        ],
        clauses=[
            service.ClauseValues(line.article.data, line.paragraph.data, line.text.data, line.id.data)
            for line in form.kept("clauses")
        ],
    )


def _page(form: AgreementForm, facts: service.Facts | None, status: int = 200, *, block: str | None = None) -> Response:
    if status == 200:
        _offer(form, facts.id if facts else None)
    here = f"/kerja-sama/{facts.id}" if facts else ""
    return render_page(
        "agreements/form.html",
        block=block,
        target=block,
        status=status,
        form=form,
        facts=facts,
        here=here or "/kerja-sama",
        action=f"{here}/ubah" if here else "/kerja-sama/baru",
        heading=_("Ubah naskah") if facts else _("Catat naskah kerja sama"),
    )
