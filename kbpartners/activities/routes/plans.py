"""Planning: choosing the place, the form, changing it, saying what the own unit brings."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.activities import service
from kbpartners.activities.forms import BLANK_PARTNERS, ActivityForm, ContributionForm
from kbpartners.activities.routes.common import bp, number
from kbpartners.errors import Conflict, Invalid, NotFound, Refused, conflict_page
from kbpartners.forms import clean
from kbpartners.htmx import navigate, render_page
from kbpartners.security import Permission, acting, requires


@bp.get("/kegiatan/baru")
@requires(Permission.ACTIVITIES_WRITE)
def new() -> Response:
    """Step one: the place. Step two: the form."""
    kampung_id = number("kampung_id")
    if kampung_id is None:
        return _choose_place("/kegiatan/baru", {"commitment_id": number("commitment_id")})
    at, who, commitment_id = service.place(kampung_id), acting(), number("commitment_id")
    form = ActivityForm(
        data={
            "token": str(uuid.uuid4()),
            "kampung_id": at.id,
            "organization_id": who.unit_id,
            "commitment_id": [commitment_id] if commitment_id else [],
            "partners": [{} for _n in range(BLANK_PARTNERS)],
        }
    )
    return _form_page(form, at)


def _choose_place(action: str, kept: dict[str, Any], status: int = 200) -> Response:
    q = clean(request.args.get("q", ""))[:100]
    kept = {name: value for name, value in kept.items() if value}
    return render_page(
        "activities/place.html",
        block="places",
        target="tempat",
        status=status,
        q=q,
        places=service.search_places(acting(), q),
        action=action,
        kept=kept,
        query=urlencode(kept),
    )


@bp.post("/kegiatan/baru")
@requires(Permission.ACTIVITIES_WRITE)
def create() -> Response:
    """Record a planned activity."""
    who, form = acting(), ActivityForm()
    at = _place_of(form)
    if at is None:
        return _choose_place("/kegiatan/baru", {}, 422)
    _offer(form, at)
    if form.validate():
        try:
            activity_id = service.create(who=who, values=_values(form), token=form.token.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            return navigate(f"/kegiatan/{activity_id}?tersimpan=kegiatan-baru")
    return _form_page(form, at, status=422)


def _place_of(form: ActivityForm) -> service.Place | None:
    try:
        return service.place(form.kampung_id.data or 0)
    except NotFound:
        return None


@bp.get("/kegiatan/<int:activity_id>/ubah")
@requires(Permission.ACTIVITIES_WRITE)
def edit(activity_id: int) -> Response:
    """The form with what is saved; `?kampung_id=` moves it to another place, `?tempat=1` looks for one."""
    values, version = _editable(activity_id)
    if request.args.get("tempat"):
        return _choose_place(f"/kegiatan/{activity_id}/ubah", {})
    at = service.place(number("kampung_id") or values.kampung_id)
    rows: list[dict[str, Any]] = [vars(one) for one in values.partners]
    form = ActivityForm(
        data={
            **vars(values),
            "version": version,
            "kampung_id": at.id,
            "commitment_id": list(values.commitment_ids),
            "partners": [*rows, *({} for _n in range(BLANK_PARTNERS))],
        }
    )
    return _form_page(form, at, activity_id=activity_id, also=values)


@bp.post("/kegiatan/<int:activity_id>/ubah")
@requires(Permission.ACTIVITIES_WRITE)
def update(activity_id: int) -> Response:
    """Save a changed plan, unless somebody else saved first."""
    who, form = acting(), ActivityForm()
    saved, _version = _editable(activity_id)
    at = _place_of(form) or service.place(saved.kampung_id)
    _offer(form, at, saved)
    if form.validate():
        try:
            service.update(who=who, activity_id=activity_id, version=form.version.data or 0, values=_values(form))
        except Invalid as error:
            form.refuse(error)
        except Conflict as conflict:
            here = f"/kegiatan/{activity_id}"
            return conflict_page(conflict, action=f"{here}/ubah", saved_href=here)
        else:
            return navigate(f"/kegiatan/{activity_id}?tersimpan=kegiatan-{activity_id}")
    return _form_page(form, at, activity_id=activity_id, also=saved, status=422)


def _editable(activity_id: int) -> tuple[service.ActivityValues, int]:
    values, version, rights = service.editable(acting(), activity_id)
    if not rights.edit:
        raise Refused(_("Rencana kegiatan ini diubah oleh penyelenggaranya atau sekretariat."))
    return values, version


def _offer(form: ActivityForm, at: service.Place, also: service.ActivityValues | None = None) -> None:
    there = [also.organization_id, *(one.organization_id for one in also.partners)] if also else []
    form.family_function.choices = formats.choices("family_function", _("Pilih fungsi keluarga"))
    form.offer([(one.id, one.label) for one in service.partner_choices(acting(), at, also=there)])


def _values(form: ActivityForm) -> service.ActivityValues:
    start = form.planned_on.data or clock.today()  # the form requires it
    return service.ActivityValues(
        title=form.title.data,
        kampung_id=form.kampung_id.data,
        organization_id=form.organization_id.data,
        family_function=form.family_function.data,
        planned_on=start,
        planned_until=form.planned_until.data or start,
        description=form.description.data,
        contribution=form.contribution.data,
        partners=tuple(
            service.Partner(row.form.organization_id.data, row.form.contribution.data)
            for row in form.partners
            if row.form.organization_id.data
        ),
        commitment_ids=tuple(form.commitment_id.data or ()),
    )


def _form_page(
    form: ActivityForm,
    at: service.Place,
    *,
    activity_id: int | None = None,
    also: service.ActivityValues | None = None,
    status: int = 200,
) -> Response:
    if status == 200:
        _offer(form, at, also)
    commitments = service.commitment_choices(acting(), at, also=form.commitment_id.data or [])
    return render_page(
        "activities/edit.html", status=status, form=form, at=at, activity_id=activity_id, commitments=commitments
    )


# --- the own contribution ----------------------------------------------------------------------------------------


@bp.get("/kegiatan/<int:activity_id>/kontribusi")
@requires(Permission.ACTIVITIES_WRITE)
def contribution(activity_id: int) -> Response:
    """What the reader's own units bring, as a form."""
    activity = service.detail(acting(), activity_id)
    if not activity.rights.contribute:
        raise Refused(_("Kontribusi diisi oleh organisasi yang ikut."))
    form = ContributionForm(data={"version": activity.version})
    return render_page("activities/contribution.html", activity=activity, form=form, typed={}, errors={})


@bp.post("/kegiatan/<int:activity_id>/kontribusi")
@requires(Permission.ACTIVITIES_WRITE)
def contribute(activity_id: int) -> Response:
    """Save what the own units bring."""
    who, form = acting(), ContributionForm()
    activity = service.detail(who, activity_id)
    own = {one.id: clean(request.form.get(f"contribution-{one.id}")) for one in activity.taking_part if one.own}
    errors = {unit: _("Paling banyak %(max)s huruf.", max=500) for unit, words in own.items() if len(words) > 500}
    if form.validate() and not errors:
        try:
            version = form.version.data or 0
            service.contribute(who=who, activity_id=activity_id, version=version, contributions=own)
        except Conflict as conflict:
            here = f"/kegiatan/{activity_id}"
            return conflict_page(conflict, action=f"{here}/kontribusi", saved_href=here)
        return navigate(f"/kegiatan/{activity_id}")
    return render_page(
        "activities/contribution.html", status=422, activity=activity, form=form, typed=own, errors=errors
    )
