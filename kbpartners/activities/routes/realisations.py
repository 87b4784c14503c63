"""Reporting what was done, with photos on a weak network."""

from __future__ import annotations

import uuid

from flask import Response, jsonify, make_response, request
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from kbpartners import clock
from kbpartners.activities import service
from kbpartners.activities.forms import EvidenceForm, RealisationForm
from kbpartners.activities.routes.common import bp, show_page
from kbpartners.attachments import service as attachments
from kbpartners.db import begin_write, late_lock
from kbpartners.errors import Conflict, Invalid, Refused, conflict_page
from kbpartners.htmx import navigate, render_page
from kbpartners.security import Permission, acting, requires


@bp.get("/kegiatan/<int:activity_id>/realisasi")
@requires(Permission.ACTIVITIES_WRITE)
def realisation(activity_id: int) -> Response:
    """The report form, with the earlier report where it is to be completed."""
    activity = _reportable(activity_id)
    people = activity.participants
    form = RealisationForm(
        data={
            "version": activity.version,
            "token": str(uuid.uuid4()),
            "realised_on": activity.realised_on or min(activity.planned_on, clock.today()),
            "realised_until": activity.realised_until,
            "participants": None if people is None else people * 1000,
            "result": activity.result,
            "obstacle": activity.obstacle,
        }
    )
    return _report_page(activity, form)


def _reportable(activity_id: int) -> service.Detail:
    activity = service.detail(acting(), activity_id)
    if not activity.rights.report:
        raise Refused(_("Kegiatan ini dilaporkan oleh organisasi yang ikut atau sekretariat, sebelum diverifikasi."))
    return activity


def _report_page(activity: service.Detail, form: RealisationForm, status: int = 200) -> Response:
    return render_page(
        "activities/report.html",
        status=status,
        activity=activity,
        form=form,
        files=attachments.of(activity_id=activity.id),
        drafts=attachments.drafts(form.token.data or "", acting()) if status != 200 else [],
    )


@bp.post("/kegiatan/<int:activity_id>/realisasi")
@requires(Permission.ACTIVITIES_WRITE)
@late_lock
def report(activity_id: int) -> Response:
    """Send the report. Photos are looked into before the lock; they stay if the form does not."""
    who, form, activity = acting(), RealisationForm(), _reportable(activity_id)
    problems = _keep_files(form, activity_id)
    if form.validate() and not problems:
        begin_write()
        try:
            service.report(
                who=who,
                activity_id=activity_id,
                values=_realisation(form),
                version=form.version.data,
                token=form.token.data or "",
                link=form.link.data,
                without=form.without.data or (),
            )
        except Invalid as error:
            form.refuse(error)
        except Conflict as conflict:
            here = f"/kegiatan/{activity_id}"
            return conflict_page(conflict, action=f"{here}/realisasi", saved_href=here)
        else:
            return _sent(activity_id, f"?tersimpan=realisasi-{activity_id}")
    form.files.errors = [*form.files.errors, *problems]
    return _report_page(activity, form, 422)


def _realisation(form: RealisationForm) -> service.RealisationValues:
    people, day = form.participants.data, form.realised_on.data
    return service.RealisationValues(
        realised_on=day or clock.today(),  # the form requires it
        realised_until=form.realised_until.data,
        participants=None if people is None else people // 1000,
        result=form.result.data,
        obstacle=form.obstacle.data,
    )


def _keep_files(form: RealisationForm | EvidenceForm, activity_id: int) -> list[str]:
    """Look into the files of the form and keep the good ones as drafts; the sentences about the others."""
    form.token.data = form.token.data if 0 < len(form.token.data or "") <= 36 else str(uuid.uuid4())
    room = attachments.room(activity_id=activity_id)
    prepared = attachments.prepare(request.files.getlist("files"), attachments.limit_bytes(), most=room)
    attachments.keep(prepared, who=acting(), draft_token=form.token.data)
    return prepared.problems


def _sent(activity_id: int, query: str = "") -> Response:
    """The uploader sends the text first and asks where to send each photo; a plain form goes back to the page."""
    location = f"/kegiatan/{activity_id}{query}"
    if request.headers.get("X-Upload"):
        return jsonify(location=location, upload=f"/kegiatan/{activity_id}/berkas", csrf=generate_csrf())
    return navigate(location)


@bp.post("/kegiatan/<int:activity_id>/berkas")
@requires(Permission.ACTIVITIES_WRITE)
@late_lock
def add_evidence(activity_id: int) -> Response:
    """Add photos to a report that was sent: one by one from a phone, or by the form on the page."""
    who, form = acting(), EvidenceForm()
    _reportable(activity_id)
    problems = _keep_files(form, activity_id)
    if form.validate() and not problems:
        begin_write()
        try:
            service.add_evidence(who=who, activity_id=activity_id, token=form.token.data or "", link=form.link.data)
        except Invalid as error:
            form.refuse(error)
            problems = [error.message]
        else:
            return _sent(activity_id)
    form.files.errors = [*form.files.errors, *(problems if not form.form_errors else [])]
    if request.headers.get("X-Upload"):
        return make_response(jsonify(error=" ".join(problems) or _("Berkas tidak dapat diterima.")), 422)
    return show_page(activity_id, evidence=form, status=422)
