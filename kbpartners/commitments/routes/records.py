"""The forms of a commitment: recording, correcting, ending, opening again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from kbpartners.agreements.service import clause_choices
from kbpartners.commitments import service
from kbpartners.commitments.forms import (
    CommitmentForm,
    IndicatorForm,
    ReasonForm,
    check_rows,
    indicator_rows,
)
from kbpartners.commitments.routes import bp
from kbpartners.commitments.service import Facts, IndicatorTerms, SupporterFact, Terms, choices
from kbpartners.errors import Conflict, Invalid
from kbpartners.forms import clean, id_or_none
from kbpartners.htmx import navigate, render_page
from kbpartners.regions import service as regions
from kbpartners.regions.cascade import Cascade
from kbpartners.regions.models import VILLAGE
from kbpartners.security import Identity, acting, requires
from kbpartners.security import Permission as P

REDRAWN = ("more", "cascade")
"""Buttons that only draw the form again: more rows, the regions below the chosen one (without JavaScript)."""


@bp.get("/komitmen/baru")
@requires(P.COMMITMENTS_WRITE)
def new() -> Response:
    """The empty form; a decision, an owner and a region may be named in the address."""
    args = request.args
    form = CommitmentForm(
        decision_id=id_or_none(args.get("decision_id")),
        clause_id=id_or_none(args.get("clause_id")),
        organization_id=id_or_none(args.get("organization_id")),
        title=args.get("title", "")[:200],
    )
    return _form_page(form, indicator_rows(None), _place(args))


@bp.post("/komitmen/baru")
@requires(P.COMMITMENTS_WRITE)
def create() -> Response:
    """Record a commitment."""
    form, rows, place = CommitmentForm(), indicator_rows(request.form), _place(request.form)
    if any(name in request.form for name in REDRAWN):
        return _form_page(form, rows, place)
    valid = all([form.validate(), check_rows(rows)])
    if not valid:
        return _form_page(form, rows, place, status=422)
    try:
        commitment_id = service.create(who=acting(), terms=_terms(form, rows, place))
    except Invalid as error:
        return _form_page(form, rows, place, status=422, error=error)
    flash(_("Komitmen tersimpan."))
    return navigate(f"/komitmen/{commitment_id}")


@bp.get("/komitmen/<int:commitment_id>/ubah")
@requires(P.COMMITMENTS_WRITE)
def edit(commitment_id: int) -> Response:
    """The form with what is saved."""
    facts, _relation = service.load(commitment_id, acting())
    supporters = service.supporters(commitment_id)
    form = CommitmentForm(data={**facts._asdict(), "supporter_ids": [s.organization_id for s in supporters]})
    rows = indicator_rows(None, [i._asdict() for i in service.indicators_of_one(commitment_id)], spare=1)
    return _form_page(form, rows, _place({"region_id": facts.region_id}), facts=facts, supporters=supporters)


@bp.post("/komitmen/<int:commitment_id>/ubah")
@requires(P.COMMITMENTS_WRITE)
def save(commitment_id: int) -> Response:
    """Save a correction; a second writer sees both versions."""
    who = acting()
    facts, _relation = service.load(commitment_id, who)
    form, rows, place = CommitmentForm(), indicator_rows(request.form), _place(request.form)
    page: dict[str, Any] = {"facts": facts, "supporters": service.supporters(commitment_id)}
    if any(name in request.form for name in REDRAWN):
        return _form_page(form, rows, place, **page)
    valid = all([form.validate(), check_rows(rows)])
    if not valid:
        return _form_page(form, rows, place, status=422, **page)
    try:
        terms = _terms(form, rows, place)
        service.edit(commitment_id, who=who, version=form.version.data or 0, terms=terms, reason=form.reason.data or "")
    except Invalid as error:
        return _form_page(form, rows, place, status=422, error=error, **page)
    except Conflict as conflict:
        return _conflict_page(form, rows, place, conflict, **page)
    flash(_("Perubahan tersimpan."))
    return navigate(f"/komitmen/{commitment_id}")


def _place(args: Any) -> Cascade:
    """The region; without a choice it is the whole province."""
    return regions.cascade(args, level=VILLAGE, optional=True)


def _terms(form: CommitmentForm, rows: Sequence[IndicatorForm], place: Cascade) -> Terms:
    names = (
        "title",
        "description",
        "counterpart_id",
        "decision_id",
        "clause_id",
        "period_start",
        "period_end",
        "due_on",
        "priority",
    )
    contributions = {
        id_: " ".join(clean(request.form.get(f"contribution-{id_}", "")).split())[:500]
        for id_ in form.supporter_ids.data or []
        if id_
    }
    return Terms(
        **{name: form[name].data for name in names},
        organization_id=form.organization_id.data or 0,
        region_id=place.region_or_province_id or 0,
        supporters=contributions,
        indicators=tuple(
            IndicatorTerms(row.name.data, row.target.data, row.unit.data, row.mode.data, row.source.data, row.id.data)
            for row in rows
            if not row.blank
        ),
    )


def _context(form: CommitmentForm, facts: Facts | None, supporters: Sequence[SupporterFact]) -> dict[str, Any]:
    """What the fields need: choices, and the contributions as they were typed or are saved."""
    units = choices.organizations()
    form.organization_id.choices = [("", _("Pilih satuan")), *units]
    form.counterpart_id.choices = [("", _("Belum ditentukan")), *choices.teams()]
    form.decision_id.choices = [("", _("Tidak dari rapat")), *choices.decisions(acting(), form.decision_id.data)]
    form.clause_id.choices = {"": [("", _("Tidak dari naskah"))], **clause_choices(acting(), form.clause_id.data)}
    chosen = set(form.supporter_ids.data or [])
    saved = {supporter.organization_id: supporter.contribution for supporter in supporters}
    return {
        "form": form,
        "facts": facts,
        "groups": choices.grouped(units, chosen),
        "chosen": chosen,
        "contributions": [
            (id_, name.lstrip("– "), request.form.get(f"contribution-{id_}", saved.get(id_, "")))
            for id_, name in units
            if id_ in chosen
        ],
    }


def _form_page(
    form: CommitmentForm,
    rows: Sequence[IndicatorForm],
    place: Cascade,
    *,
    facts: Facts | None = None,
    supporters: Sequence[SupporterFact] = (),
    status: int = 200,
    error: Invalid | None = None,
) -> Response:
    if error is not None and error.field not in ("region_id", "indicators"):
        form.refuse(error)
    elif error is not None:
        form.form_errors.append(error.message)
    return render_page(
        "commitments/form.html",
        status=status,
        rows=rows,
        cascade=place,
        cascade_errors=[error.message] if error and error.field == "region_id" else [],
        **_context(form, facts, supporters),
    )


def _conflict_page(
    form: CommitmentForm,
    rows: Sequence[IndicatorForm],
    place: Cascade,
    conflict: Conflict,
    *,
    facts: Facts,
    supporters: Sequence[SupporterFact],
) -> Response:
    """Both versions side by side, and the form with what was typed, ready to be saved over the other."""
    form.version.data = conflict.version
    form.version.raw_data = [str(conflict.version)]
    typed = [(k, v) for k, v in request.form.items(multi=True) if k not in ("csrf_token", "version")]
    return render_page(
        "commitments/conflict.html",
        status=409,
        title=_("Komitmen ini baru saja diubah orang lain"),
        crumbs=[(_("Komitmen"), "/komitmen"), (facts.code, f"/komitmen/{facts.id}"), (_("Ubah"), None)],
        rows=[(row.label, row.saved, row.yours) for row in conflict.rows],
        action=f"/komitmen/{facts.id}/ubah",
        fields=[*typed, ("version", str(conflict.version))],
        saved_href=f"/komitmen/{facts.id}",
        indicator_rows=rows,
        cascade=place,
        cascade_errors=[],
        **_context(form, facts, supporters),
    )


# --- ending and opening again ------------------------------------------------------------------------------------


@bp.get("/komitmen/<int:commitment_id>/akhiri")
@requires(P.COMMITMENTS_WRITE)
def confirm_end(commitment_id: int) -> Response:
    """Ask before a commitment is ended, or opened again if it is closed."""
    return _end_page(acting(), commitment_id, ReasonForm())


def _end_page(who: Identity, commitment_id: int, form: ReasonForm, status: int = 200) -> Response:
    facts, _relation = service.load(commitment_id, who)
    return render_page("commitments/end.html", status=status, facts=facts, form=form)


@bp.post("/komitmen/<int:commitment_id>/akhiri")
@requires(P.COMMITMENTS_WRITE)
def end(commitment_id: int) -> Response:
    """End an open commitment for a reason."""
    return _change(commitment_id, service.end, _("Komitmen dihentikan."))


@bp.post("/komitmen/<int:commitment_id>/buka")
@requires(P.COMMITMENTS_WRITE)
def reopen(commitment_id: int) -> Response:
    """Open a closed commitment again for a reason."""
    return _change(commitment_id, service.reopen, _("Komitmen dibuka kembali."))


def _change(commitment_id: int, deed: Any, said: str) -> Response:
    who, form = acting(), ReasonForm()
    service.load(commitment_id, who)
    if not form.validate():
        return _end_page(who, commitment_id, form, 422)
    try:
        deed(commitment_id, who=who, reason=form.reason.data or "")
    except Invalid as error:
        form.refuse(error)
        return _end_page(who, commitment_id, form, 422)
    flash(said)
    return navigate(f"/komitmen/{commitment_id}")
