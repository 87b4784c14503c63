"""Kampung KB: the list, one page each, registering, correcting, closing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _

from kbpartners import clock, errors
from kbpartners.activities import service as activities
from kbpartners.audit import service as audit
from kbpartners.errors import Conflict, Invalid
from kbpartners.htmx import navigate, render_page
from kbpartners.kampung import service
from kbpartners.kampung.forms import CloseForm, KampungForm
from kbpartners.kampung.service import Facts, Filters, Values
from kbpartners.regions import service as regions
from kbpartners.regions.cascade import Cascade, number
from kbpartners.regions.models import DISTRICT, VILLAGE
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires

bp = Blueprint("kampung", __name__)

CRUMB = "/kampung-kb"
ACTIVITIES, HISTORY = 5, 8


# --- reading -----------------------------------------------------------------------------------------------------


@bp.get("/kampung-kb")
@requires(P.KAMPUNG_READ)
def index() -> Response:
    """The list by name or region, with the classes of the chosen region counted."""
    place = regions.cascade(_region_args(), name="district_id", level=DISTRICT, optional=True, look="filter")
    filters = _filters(place)
    page = service.page(filters, after=request.args.get("after", ""))
    counts = service.classes(place.regency_id, place.district_id)
    return render_page(
        "kampung/index.html",
        block="list",
        target="daftar",
        page=page,
        filters=filters,
        cascade=place,
        counts=counts,
        total=sum(item.n for item in counts),
        link=lambda **changes: _address(filters, **changes),
    )


def _region_args() -> dict[str, Any]:
    """The region of the filter bar; a link from elsewhere may name any region as `region_id`."""
    if "region_id" in request.args and not {"regency_id", "district_id"} & set(request.args):
        return {"district_id": request.args["region_id"]}
    return request.args


def _filters(place: Cascade) -> Filters:
    label, sort = request.args.get("label", ""), request.args.get("sort", "")
    return Filters(
        q=" ".join(request.args.get("q", "").replace("\x00", "").split())[:100],
        regency_id=place.regency_id,
        district_id=place.district_id,
        label=label if label in (*service.LABELS, service.NO_LABEL) else "",
        status="ended" if request.args.get("status") == "ended" else "active",
        sort="region" if sort == "region" else "name",
    )


def _address(filters: Filters, **changes: Any) -> str:
    """The address of the list with these filters, some of them changed (None takes one off)."""
    plain = Filters()
    values = {**filters.__dict__, **changes}
    shown = {k: v for k, v in values.items() if v not in (None, "") and v != getattr(plain, k, None)}
    return f"{CRUMB}?{urlencode(shown)}" if shown else CRUMB


@bp.get("/kampung-kb/<int:kampung_id>")
@requires(P.KAMPUNG_READ)
def show(kampung_id: int) -> Response:
    """A Kampung KB: activities here, the twelve scores, its classifications by year, its history for the office."""
    who = acting()
    found = service.detail(kampung_id)
    return render_page(
        "kampung/show.html",
        found=found,
        k=found.facts,
        lamp=service.lamp(found.latest),
        activities=activities.of_kampung(kampung_id, who, ACTIVITIES + 1),
        most=ACTIVITIES,
        may_write=service.may_write(who, found.facts.where.code),
        history=audit.history("kampung", kampung_id, HISTORY) if who.can(P.AUDIT_READ) else [],
        copy_text=service.whatsapp_text(found),
    )


# --- registering and correcting ----------------------------------------------------------------------------------


@bp.get("/kampung-kb/baru")
@requires(P.KAMPUNG_WRITE)
def new() -> Response:
    """The form of a new Kampung KB; the address may name the region."""
    form = KampungForm(data={"name": request.args.get("name", "")[:120]})
    return _form_page(form, _place(request.args))


@bp.post("/kampung-kb/baru")
@requires(P.KAMPUNG_WRITE)
def create() -> Response:
    """Register it. The button "Muat pilihan" only fills the selects below (no JavaScript)."""
    form, place = KampungForm(), _place(request.form)
    if request.form.get("cascade"):
        return _form_page(form, place)
    service.check_region(acting(), number(request.form.get("region_id")))
    if not form.validate():
        return _form_page(form, place, status=422, region_error=_missing(place))
    try:
        kampung_id = service.create(acting(), values=_values(form, place))
    except Invalid as error:
        return _refused(form, place, error)
    flash(_("Kampung KB terdaftar."))
    return navigate(f"{CRUMB}/{kampung_id}")


@bp.get("/kampung-kb/<int:kampung_id>/ubah")
@requires(P.KAMPUNG_WRITE)
def change(kampung_id: int) -> Response:
    """The form with what is saved."""
    found = _writable(kampung_id)
    return _form_page(KampungForm(obj=found), _place({"region_id": found.region_id}), found)


@bp.post("/kampung-kb/<int:kampung_id>/ubah")
@requires(P.KAMPUNG_WRITE)
def save(kampung_id: int) -> Response:
    """Save the correction, or show both versions when somebody else saved first."""
    found = _writable(kampung_id)
    form, place = KampungForm(), _place(request.form)
    if request.form.get("cascade"):
        return _form_page(form, place, found)
    service.check_region(acting(), number(request.form.get("region_id")))
    if not form.validate():
        return _form_page(form, place, found, status=422, region_error=_missing(place))
    try:
        service.edit(acting(), kampung_id, version=form.version.data or 0, values=_values(form, place))
    except Invalid as error:
        return _refused(form, place, error, found)
    except Conflict as conflict:
        here = f"{CRUMB}/{kampung_id}"
        return errors.conflict_page(conflict, action=f"{here}/ubah", saved_href=here)
    flash(_("Perubahan tersimpan."))
    return navigate(f"{CRUMB}/{kampung_id}")


def _place(args: Any) -> Cascade:
    """The choice of the village; an OPD-KB is offered its own region only."""
    return regions.cascade(args, level=VILLAGE, only_regency_ids=service.own_regency_ids(acting()))


def _values(form: KampungForm, place: Cascade) -> Values:
    return Values(
        name=form.name.data or "",
        region_id=place.village_id,
        place=form.place.data or "",
        launched_on=form.launched_on.data,
        note=form.note.data or "",
    )


def _missing(place: Cascade) -> Invalid | None:
    return None if place.complete else Invalid(_("Pilih desa/kelurahan."), "region_id")


def _writable(kampung_id: int) -> Facts:
    found = service.load(kampung_id)
    service.check_write(acting(), found.where.code)
    return found


def _refused(form: KampungForm, place: Cascade, error: Invalid, found: Facts | None = None) -> Response:
    """The form again with what is wrong: at the village's select, which is no field of the form, or at its field."""
    at_region = error.field == "region_id"
    form.refuse(error)
    return _form_page(form, place, found, status=422, region_error=error if at_region else None)


def _form_page(
    form: KampungForm,
    place: Cascade,
    found: Facts | None = None,
    status: int = 200,
    region_error: Invalid | None = None,
) -> Response:
    return render_page(
        "kampung/form.html",
        status=status,
        form=form,
        cascade=place,
        cascade_errors=[region_error.message] if region_error else [],
        occupied=region_error if isinstance(region_error, service.Occupied) else None,
        k=found,
        action=f"{CRUMB}/{found.id}/ubah" if found else f"{CRUMB}/baru",
    )


# --- closing and reopening ---------------------------------------------------------------------------------------


@bp.get("/kampung-kb/<int:kampung_id>/akhiri")
@requires(P.KAMPUNG_WRITE)
def ending(kampung_id: int) -> Response:
    """The page that asks before a Kampung KB is closed."""
    return _close_page(CloseForm(data={"ended_on": clock.today()}), _writable(kampung_id))


@bp.post("/kampung-kb/<int:kampung_id>/akhiri")
@requires(P.KAMPUNG_WRITE)
def close(kampung_id: int) -> Response:
    """Close it on a day, for a reason."""
    found, form = _writable(kampung_id), CloseForm()
    if not form.validate():
        return _close_page(form, found, status=422)
    try:
        service.close(acting(), kampung_id, ended_on=form.ended_on.data or clock.today(), reason=form.reason.data or "")
    except Invalid as error:
        form.refuse(error)
        return _close_page(form, found, status=422)
    flash(_("Kampung KB diakhiri."))
    return navigate(f"{CRUMB}/{kampung_id}")


def _close_page(form: CloseForm, found: Facts, status: int = 200) -> Response:
    return render_page("kampung/close.html", form=form, k=found, status=status)


@bp.post("/kampung-kb/<int:kampung_id>/aktifkan")
@requires(P.KAMPUNG_WRITE)
def reopen(kampung_id: int) -> Response:
    """Make an ended one active again; refused with a sentence where its village has another by now."""
    found = _writable(kampung_id)
    try:
        service.reopen(acting(), kampung_id)
    except Invalid as error:
        title = _("Belum dapat diaktifkan")
        return render_page("kampung/refused.html", k=found, error=error, title=title, status=422)
    flash(_("Kampung KB aktif lagi."))
    return navigate(f"{CRUMB}/{kampung_id}")
