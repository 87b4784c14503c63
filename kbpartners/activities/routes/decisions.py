"""The secretariat's decision on a report, and calling an activity off."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _

from kbpartners.activities import service
from kbpartners.activities.forms import CancelForm, DecisionForm
from kbpartners.activities.routes.common import bp, show_page
from kbpartners.errors import Invalid, Refused
from kbpartners.forms import BaseForm
from kbpartners.htmx import navigate, render_page
from kbpartners.security import Permission, acting, requires


@bp.post("/kegiatan/<int:activity_id>/verifikasi")
@requires(Permission.ACTIVITIES_VERIFY)
def verify(activity_id: int) -> Response:
    """Accept the report or return it with a note."""
    who, form = acting(), DecisionForm()
    service.detail(who, activity_id)
    if form.validate():
        try:
            service.verify(
                who=who,
                activity_id=activity_id,
                decision=form.decision.data,
                note=form.note.data,
                version=form.version.data,
            )
        except Invalid as error:
            form.refuse(error)
        else:
            return navigate(f"/kegiatan/{activity_id}")
    return show_page(activity_id, decision=form, status=422)


@bp.get("/kegiatan/<int:activity_id>/batal")
@requires(Permission.ACTIVITIES_WRITE)
def ask_cancel(activity_id: int) -> Response:
    """Ask for the reason before an activity is called off."""
    return _cancel_page(activity_id, CancelForm())


@bp.post("/kegiatan/<int:activity_id>/batal")
@requires(Permission.ACTIVITIES_WRITE)
def cancel(activity_id: int) -> Response:
    """Call an activity off."""
    form = CancelForm()
    if form.validate():
        try:
            service.cancel(who=acting(), activity_id=activity_id, reason=form.reason.data)
        except Invalid as error:
            form.refuse(error)
        else:
            return navigate(f"/kegiatan/{activity_id}")
    return _cancel_page(activity_id, form, 422)


def _cancel_page(activity_id: int, form: BaseForm, status: int = 200) -> Response:
    activity = service.detail(acting(), activity_id)
    if not activity.rights.cancel:
        raise Refused(_("Kegiatan ini dibatalkan oleh penyelenggaranya atau sekretariat, sebelum diverifikasi."))
    return render_page("activities/cancel.html", status=status, activity=activity, form=form)
