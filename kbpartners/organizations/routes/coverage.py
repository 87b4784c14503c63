"""Who covers what: the regions of one unit with their days, changing them, and the gaps of a partner."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Response, request

from kbpartners import clock
from kbpartners.errors import Invalid
from kbpartners.forms import clean, id_or_none, read_day
from kbpartners.htmx import navigate, render_page
from kbpartners.organizations import service
from kbpartners.organizations.forms import RegionsForm
from kbpartners.organizations.routes import bp
from kbpartners.organizations.routes.trail import trail
from kbpartners.organizations.service import covering, gaps
from kbpartners.security import Permission, acting, requires


@bp.get("/mitra/<int:organization_id>/wilayah")
@requires(Permission.ORGANIZATIONS_READ)
def regions(organization_id: int) -> Response:
    """The regions of a unit: today's or those of a day (`per`), and what can be added."""
    unit = service.detail(acting(), organization_id)
    return _regions_page(unit, RegionsForm(formdata=None, since=clock.today()))


@bp.post("/mitra/<int:organization_id>/wilayah/tambah")
@requires(Permission.ORGANIZATIONS_WRITE)
def add_regions(organization_id: int) -> Response:
    """Let the unit cover more regions."""
    return _change(organization_id, covering.add)


@bp.post("/mitra/<int:organization_id>/wilayah/lepas")
@requires(Permission.ORGANIZATIONS_WRITE)
def release_regions(organization_id: int) -> Response:
    """Let it cover them no longer."""
    return _change(organization_id, covering.release)


def _change(organization_id: int, deed: covering.Deed) -> Response:
    form, who = RegionsForm(), acting()
    unit = service.detail(who, organization_id)
    if form.validate():
        try:
            deed(who=who, organization_id=unit.id, region_ids=form.ticked(), since=form.since.data or clock.today())
            query = urlencode({name: value for name in ("q", "di") if (value := request.args.get(name))})
            return navigate(f"/mitra/{unit.id}/wilayah" + (f"?{query}" if query else ""))
        except Invalid as error:
            form.refuse(error)
    return _regions_page(unit, form, status=422)


def _regions_page(unit: service.Detail, form: RegionsForm, status: int = 200) -> Response:
    who = acting()
    per, wrong = read_day(request.args.get("per", ""))
    q, parent_id = clean(request.args.get("q", ""))[:100], id_or_none(request.args.get("di"))
    writes = who.can(Permission.ORGANIZATIONS_WRITE) and unit.ended_on is None and per is None
    return render_page(
        "organizations/regions.html",
        block="offer",
        target="tambah-wilayah",
        status=status,
        unit=unit,
        crumbs=trail(who, unit),
        form=form,
        periods=covering.periods(unit.id, per or clock.today()),
        offer=covering.offer(unit.id, q=q, parent_id=parent_id) if writes else None,
        q=q,
        per=per,
        wrong=wrong,
        today=clock.today(),
        here=f"/mitra/{unit.id}/wilayah",
    )


@bp.get("/mitra/<int:organization_id>/liputan")
@requires(Permission.ORGANIZATIONS_READ)
def cover(organization_id: int) -> Response:
    """Which kabupaten the units of a partner cover and who does; of one of them (`di`) the kecamatan."""
    who = acting()
    unit = service.detail(who, organization_id)
    per, wrong = read_day(request.args.get("per", ""))
    day: date = per or clock.today()
    found = gaps.cover(who, unit, day)
    wanted = id_or_none(request.args.get("di"))
    regency = next((one for one in found.regencies if one.id == wanted), None) if wanted else None
    return render_page(
        "organizations/cover.html",
        unit=unit,
        crumbs=trail(who, unit),
        cover=found,
        regency=regency,
        by=gaps.covered_by(who, unit, day, 8, regency.code) if regency else gaps.covered_by(who, unit, day, 5),
        state_badge=gaps.state_badge,
        whole=gaps.covering(who, unit, day, regency.code) if regency else [],
        per=per,
        wrong=wrong,
        here=f"/mitra/{unit.id}/liputan",
    )
