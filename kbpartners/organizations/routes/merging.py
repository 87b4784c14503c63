"""Two units that are one: looking for the other one, what would move, doing it, and undoing it."""

from __future__ import annotations

from flask import Response, request

from kbpartners.errors import Invalid, NotFound
from kbpartners.forms import clean, id_or_none
from kbpartners.htmx import navigate, render_page
from kbpartners.organizations import service
from kbpartners.organizations.forms import EndForm, MergeForm
from kbpartners.organizations.routes import bp
from kbpartners.organizations.routes.trail import trail
from kbpartners.security import Permission, acting, requires


@bp.get("/mitra/<int:organization_id>/gabung")
@requires(Permission.ORGANIZATIONS_WRITE)
def merging(organization_id: int) -> Response:
    """Look for the unit that stays; with one chosen (`target_id`), what moves there."""
    unit = service.detail(acting(), organization_id)
    form = MergeForm(formdata=None)
    if chosen := request.args.get("target_id"):
        form.target_id.data = chosen
        return _merge_page(unit, form, id_or_none(chosen))
    return _merge_page(unit, form, None)


@bp.post("/mitra/<int:organization_id>/gabung")
@requires(Permission.ORGANIZATIONS_WRITE)
def merge(organization_id: int) -> Response:
    """Merge this unit into the other one."""
    form, who = MergeForm(), acting()
    unit = service.detail(who, organization_id)
    target_id = id_or_none(form.target_id.data)
    try:
        target = service.detail(who, target_id or 0)
        service.merge(who=who, source_id=unit.id, target_id=target.id, seen=form.seen.data or "")
    except NotFound:
        return _merge_page(unit, form, None, status=422)
    except Invalid as error:
        form.refuse(error)
        return _merge_page(unit, form, target_id, status=422)
    return navigate(f"/mitra/{target.id}")


def _merge_page(unit: service.Detail, form: MergeForm, target_id: int | None, status: int = 200) -> Response:
    who = acting()
    q = clean(request.args.get("q", ""))[:100]
    preview = None
    if target_id is not None:
        preview = service.merge_preview(unit.id, service.detail(who, target_id).id)
        if preview.problem and status == 200:
            form.refuse(Invalid(preview.problem, "target_id"))
            status = 422
    return render_page(
        "organizations/merge.html",
        status=status,
        unit=unit,
        crumbs=trail(who, unit),
        form=form,
        preview=preview,
        q=q,
        found=service.find(who, q, without=unit.id),
    )


@bp.get("/mitra/gabungan/<int:merge_id>/batal")
@requires(Permission.ORGANIZATIONS_WRITE)
def undoing(merge_id: int) -> Response:
    """What undoing a merge means, or why it cannot be done any more."""
    return _undo_page(merge_id, EndForm())


@bp.post("/mitra/gabungan/<int:merge_id>/batal")
@requires(Permission.ORGANIZATIONS_WRITE)
def undo(merge_id: int) -> Response:
    """Put everything back."""
    form = EndForm()
    try:
        source_id = service.undo(who=acting(), merge_id=merge_id)
    except Invalid as error:
        form.refuse(error)
        return _undo_page(merge_id, form, status=422)
    return navigate(f"/mitra/{source_id}")


def _undo_page(merge_id: int, form: EndForm, status: int = 200) -> Response:
    return render_page(
        "organizations/undo.html",
        status=status,
        merge=service.merged(merge_id),
        obstacles=service.undo_obstacles(merge_id),
        form=form,
    )
