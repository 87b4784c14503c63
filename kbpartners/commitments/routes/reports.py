"""Reports come in, evidence follows, the secretariat decides."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from kbpartners import clock
from kbpartners.attachments import service as attachments
from kbpartners.attachments.service import Prepared
from kbpartners.commitments import service
from kbpartners.commitments.forms import (
    DecisionForm,
    EvidenceForm,
    OnBehalfForm,
    ReportForm,
    Shown,
    report_form,
)
from kbpartners.commitments.routes import bp
from kbpartners.commitments.routes.page import TARGET, blank_form, render
from kbpartners.commitments.service import Behalf, Decided, Progress, Sent
from kbpartners.db import begin_write, late_lock
from kbpartners.errors import Invalid, Refused, wants_json
from kbpartners.forms import id_or_none
from kbpartners.htmx import navigate, render_page, toast, wants_block
from kbpartners.security import Identity, acting, requires
from kbpartners.security import Permission as P

# --- a report ----------------------------------------------------------------------------------------------------


@bp.get("/komitmen/<int:commitment_id>/laporan")
@requires(P.COMMITMENTS_READ)
def back_to_form(commitment_id: int) -> Response:
    """Somebody reloaded the address of a refused report."""
    return redirect(f"/komitmen/{commitment_id}#lapor", 303)  # type: ignore[return-value]


@bp.post("/komitmen/<int:commitment_id>/laporan")
@requires(P.COMMITMENTS_REPORT)
@late_lock
def send(commitment_id: int) -> Response:
    """Take in a report. Files are looked into before the lock and stay as drafts if the form is refused."""
    who = acting()
    form = _sent_form(who)
    prepared = _prepare(who, form.token.data)
    if not form.validate() or prepared.problems:
        return _refused(who, commitment_id, form, problems=prepared.problems)
    begin_write()
    try:
        sent = service.report(
            commitment_id,
            who=who,
            token=form.token.data,
            progress=_progress(form),
            link=form.link.data,
            without=_without(),
        )
    except Invalid as error:
        return _refused(who, commitment_id, form, error=error)
    return _accepted(commitment_id, sent, form)


def _sent_form(who: Identity) -> ReportForm:
    """The form as it was sent, without asking which figures there are: the service knows whose they are."""
    ids = [int(match[1]) for name in request.form if (match := re.fullmatch(r"value-(\d{1,9})", name))]
    base = OnBehalfForm if service.of_secretariat(who) else ReportForm
    return report_form(base, (Shown(id_, "", "latest") for id_ in ids))


def _prepare(who: Identity, token: str, *, room: int = attachments.MOST_FILES) -> Prepared:
    """Check the files that came along and keep the good ones under the form's token at once."""
    files = [file for file in request.files.getlist("files") if file and file.filename]
    if not files:
        return Prepared()
    most = room - len([d for d in attachments.drafts(token, who) if d.id not in _without()])
    prepared = attachments.prepare(files, attachments.limit_bytes(), most=max(most, 0))
    attachments.keep(prepared, who=who, draft_token=token)
    return prepared


def _without() -> list[int]:
    """Drafts that the person took off the list."""
    return [found for text in request.form.getlist("without") if (found := id_or_none(text))]


def _progress(form: ReportForm) -> Progress:
    behalf = None
    if isinstance(form, OnBehalfForm):
        behalf = Behalf(
            source=form.source.data or "",
            sender=form.sender.data or "",
            number=form.source_number.data or "",
            day=form.source_date.data,
            organization_id=form.on_behalf_of_id.data,
        )
    return Progress(
        values=form.figures(),
        note=form.note.data or "",
        obstacle=form.obstacle.data or "",
        next_step=form.next_step.data or "",
        proposal=form.status.data or "",
        behalf=behalf,
    )


def _refused(
    who: Identity,
    commitment_id: int,
    sent: ReportForm,
    *,
    error: Invalid | None = None,
    problems: list[str] | None = None,
) -> Response:
    """The page again with everything that was typed, the errors at their fields, and the files that are kept."""
    form = blank_form(who, service.detail(commitment_id, who))
    form.token.data = sent.token.data
    form.validate()
    if problems:
        form.files.errors = [*form.files.errors, *problems]
    if error is not None:
        form.refuse(error)
    return render(who, commitment_id, form=form, status=422)


def _accepted(commitment_id: int, sent: Sent, form: ReportForm) -> Response:
    query = {"terkirim": str(sent.report_id)}
    if isinstance(form, OnBehalfForm) and form.source.data:
        day = form.source_date.data
        remembered = {"source": form.source.data, "sender": form.sender.data, "source_date": day and day.isoformat()}
        query.update({name: value for name, value in remembered.items() if value})
    location = f"/komitmen/{commitment_id}?{urlencode(query)}#laporan-{sent.report_id}"
    if request.headers.get("X-Upload") == "1":
        upload = f"/komitmen/{commitment_id}/laporan/{sent.report_id}/bukti"
        return jsonify(location=location, upload=upload, csrf=generate_csrf())
    return navigate(location)


# --- evidence that comes later ------------------------------------------------------------------------------------


@bp.get("/komitmen/<int:commitment_id>/laporan/<int:report_id>/bukti")
@requires(P.COMMITMENTS_REPORT)
def evidence(commitment_id: int, report_id: int) -> Response:
    """A page to add files to a report that was sent before."""
    return _evidence_page(acting(), commitment_id, report_id, EvidenceForm())


def _evidence_page(
    who: Identity, commitment_id: int, report_id: int, form: EvidenceForm, status: int = 200
) -> Response:
    own = service.own_report(commitment_id, report_id, who)
    facts, _relation = service.load(commitment_id, who)
    return render_page(
        "commitments/evidence.html",
        status=status,
        own=own,
        facts=facts,
        form=form,
        files=attachments.of(report_id=report_id),
        drafts=attachments.drafts(form.token.data or "", who),
        room=attachments.room(report_id=report_id),
    )


@bp.post("/komitmen/<int:commitment_id>/laporan/<int:report_id>/bukti")
@requires(P.COMMITMENTS_REPORT)
@late_lock
def add_evidence(commitment_id: int, report_id: int) -> Response:
    """One or more files for one's own report: JSON for the page's uploader, the page for a plain form."""
    who, form = acting(), EvidenceForm()
    service.own_report(commitment_id, report_id, who)
    prepared = _prepare(who, form.token.data, room=attachments.room(report_id=report_id))
    if prepared.problems:
        return _evidence_refused(who, commitment_id, report_id, form, " ".join(prepared.problems))
    begin_write()
    try:
        added = service.add_evidence(
            commitment_id, report_id, who=who, token=form.token.data, link=form.link.data or "", without=_without()
        )
    except Invalid as error:
        return _evidence_refused(who, commitment_id, report_id, form, error.message, error.field or "files")
    if wants_json():
        return jsonify(added=added)
    flash(_("%(n)s bukti dukung ditambahkan.", n=added))
    return navigate(f"/komitmen/{commitment_id}#laporan-{report_id}")


def _evidence_refused(
    who: Identity, commitment_id: int, report_id: int, form: EvidenceForm, message: str, field: str = "files"
) -> Response:
    if wants_json():
        return jsonify(error=message), 422  # type: ignore[return-value]
    form.refuse(Invalid(message, field=field))
    return _evidence_page(who, commitment_id, report_id, form, 422)


# --- the secretariat decides --------------------------------------------------------------------------------------


@bp.post("/komitmen/laporan/<int:report_id>/verifikasi")
@requires(P.COMMITMENTS_VERIFY)
def verify(report_id: int) -> Response:
    """Accept a report or ask for more, from the commitment's page or from a row of the queue."""
    who, form = acting(), DecisionForm()
    row = service.waiting(report_id, who) if wants_block(f"q-{report_id}") else None
    try:
        if not form.validate():
            raise Invalid(" ".join(form.note.errors), field="note")
        decided = service.verify(report_id, who=who, decision=form.decision.data or "", note=form.note.data or "")
    except (Invalid, Refused) as error:
        form.refuse(Invalid(error.message, field=getattr(error, "field", "")))
        return _not_decided(who, report_id, form, row, 422 if isinstance(error, Invalid) else 403)
    return _decided(who, decided, row)


def _not_decided(who: Identity, report_id: int, form: DecisionForm, row: Any, status: int) -> Response:
    if wants_block(f"q-{report_id}"):
        row = row or service.waiting(report_id, who)
        said = [*form.form_errors, *form.note.errors, *form.decision.errors]
        return Response(_queue_item(report_id, row, errors=said, note=form.note.data or ""), 422)
    commitment_id = service.commitment_of(report_id, who)
    return render(who, commitment_id, verdict=(report_id, form), status=status)


def _decided(who: Identity, decided: Decided, row: Any) -> Response:
    """What the decision changed: the row of the queue, the page of the commitment, or the way back."""
    said = (
        _("Laporan %(code)s diterima.", code=decided.code)
        if decided.accepted
        else _("Permintaan melengkapi %(code)s dikirim.", code=decided.code)
    )
    if wants_block(f"q-{decided.report_id}"):
        return Response(_queue_item(decided.report_id, row, done=decided, words=said), 200)
    following = service.next_waiting(who)
    href = f"/komitmen/{following[1]}#verifikasi" if following else ""
    if wants_block(TARGET):
        return toast(render(who, decided.commitment_id), said, href, _("Berikutnya") if href else "")
    flash(said)
    back = request.form.get("next", "")
    return navigate(back if back in ("/", "/komitmen/verifikasi") else f"/komitmen/{decided.commitment_id}")


def _queue_item(report_id: int, row: Any, **what: Any) -> str:
    back = request.form.get("next", "/")
    return render_template(
        "commitments/_queue_item.html",
        report_id=report_id,
        row=row,
        who=acting(),
        today=clock.today(),
        back=back,
        **what,
    )
