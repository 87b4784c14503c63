"""The tree of a partner branch by branch: in place or as a page, searched, as of a day; and moving units."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from kbpartners.errors import Invalid
from kbpartners.forms import clean, id_or_none, read_day
from kbpartners.htmx import navigate, render_page
from kbpartners.organizations import service
from kbpartners.organizations.forms import MoveForm
from kbpartners.organizations.routes import bp
from kbpartners.organizations.routes.trail import trail
from kbpartners.security import Permission, acting, requires


@bp.get("/mitra/<int:organization_id>/satuan")
@requires(Permission.ORGANIZATIONS_READ)
def tree(organization_id: int) -> Response:
    """What lies below a unit: the branch for htmx, else a page of it; `q` searches all levels, `per` looks back."""
    who = acting()
    unit = service.detail(who, organization_id)
    q, (per, wrong) = clean(request.args.get("q", ""))[:100], read_day(request.args.get("per", ""))
    after = id_or_none(request.args.get("after"))
    if per is not None:
        found, past = service.Listing([], None), service.branch_as_of(who, unit.id, per)
    else:
        found = service.search(who, unit.path, q, after=after) if q else service.branch(who, unit.id, after=after)
        past = []
    here = f"/mitra/{unit.id}/satuan"
    return render_page(
        "organizations/tree.html",
        block="branch",
        target=f"satuan-{unit.id}",
        unit=unit,
        crumbs=trail(who, unit),
        below=found,
        past=past,
        q=q,
        per=per,
        wrong=wrong,
        first_href=_with(here, q=q) if after else "",
        next_href=_with(here, q=q, after=found.after) if found.after else "",
    )


def _with(path: str, **values: object) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path


# --- moving ------------------------------------------------------------------------------------------------------

TOP = "0"
"""Chosen instead of a parent: the unit becomes a partner of its own."""


@bp.get("/mitra/<int:organization_id>/pindah")
@requires(Permission.ORGANIZATIONS_WRITE)
def moving(organization_id: int) -> Response:
    """Look for the new parent; with one chosen, what goes along."""
    unit = service.detail(acting(), organization_id)
    form = MoveForm(formdata=None, version=unit.version)
    chosen = request.args.get("parent_id", "")
    if not chosen:
        return _move_page(unit, form)
    form.parent_id.data = chosen
    try:
        return _move_page(unit, form, service.move_preview(unit.id, _parent_id(chosen)))
    except Invalid as error:
        form.refuse(error)
        return _move_page(unit, form, status=422)


@bp.post("/mitra/<int:organization_id>/pindah")
@requires(Permission.ORGANIZATIONS_WRITE)
def move(organization_id: int) -> Response:
    """Move it with everything below it."""
    form, who = MoveForm(), acting()
    unit = service.detail(who, organization_id)
    chosen = form.parent_id.data or ""
    try:
        service.move(who=who, organization_id=unit.id, parent_id=_parent_id(chosen), version=form.version.data or 0)
    except Invalid as error:
        form.refuse(error)
        return _move_page(unit, form, status=422)
    return navigate(f"/mitra/{unit.id}")


def _parent_id(chosen: str) -> int | None:
    """None: no parent at all. What cannot be an id is the id of nothing."""
    return None if chosen == TOP else id_or_none(chosen) or -1


def _move_page(
    unit: service.Detail, form: MoveForm, preview: service.Move | None = None, status: int = 200
) -> Response:
    who = acting()
    q = clean(request.args.get("q", ""))[:100]
    return render_page(
        "organizations/move.html",
        status=status,
        unit=unit,
        crumbs=trail(who, unit),
        form=form,
        preview=preview,
        q=q,
        found=service.find(who, q, without=unit.id),
    )
