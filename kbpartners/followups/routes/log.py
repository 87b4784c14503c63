"""A follow-up's page, the unit's updates with their evidence, and the decisions on its proposals."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from kbpartners import clock, formats
from kbpartners.attachments import service as attachments
from kbpartners.audit import service as audit
from kbpartners.db import begin_write, late_lock
from kbpartners.errors import Invalid, wants_json
from kbpartners.followups.forms import DecisionForm, OnBehalfForm, UpdateForm
from kbpartners.followups.models import CLOSED, RETURNED, SUBMITTED
from kbpartners.followups.routes import ID, bp
from kbpartners.followups.service import contacts, facts, log, records, texts, updates
from kbpartners.followups.service.facts import Facts
from kbpartners.followups.service.updates import Origin, Sent
from kbpartners.htmx import navigate, render_page, toast, wants_block
from kbpartners.security import Identity, acting, requires
from kbpartners.security import Permission as P

TARGET = "tindak-lanjut"
"""The id of the element that holds the whole page of a follow-up."""


@bp.get(f"/tindak-lanjut/{ID}")
@requires(P.FOLLOWUPS_READ)
def show(followup_id: int) -> Response:
    """A follow-up: where it comes from, how it stands, what was reported; with `per`, as of that day."""
    per, problem = None, ""
    try:
        per = formats.parse_day(request.args["per"]) if request.args.get("per") else None
    except ValueError as error:
        problem = str(error)
    return _page(acting(), followup_id, per=per, problem=problem)


def _page(
    who: Identity,
    followup_id: int,
    *,
    per: date | None = None,
    problem: str = "",
    form: UpdateForm | None = None,
    verdict: DecisionForm | None = None,
    status: int = 200,
) -> Response:
    """The page, whole or as the one block that htmx asks for. `form` and `verdict` carry what was refused."""
    found, may = facts.for_page(followup_id, who)
    entries = log.entries(followup_id, per=per)
    saved = facts.as_of(followup_id, per) if per else None
    open_now = found.status not in CLOSED and per is None
    form = form or (_update_form(who, found) if open_now and who.can(P.FOLLOWUPS_REPORT) else None)
    today = clock.today()
    return render_page(
        "followups/show.html",
        block="body",
        target=TARGET,
        status=status,
        found=found,
        may=may,
        today=today,
        badges=found.badges(today),
        per=per,
        per_problem=problem,
        saved=saved,
        entries=entries,
        evidence=sum(len(entry.files) for entry in entries),
        returned=next((e for e in entries if e.status == RETURNED == found.report_state), None),
        waiting=[e for e in entries if e.status == SUBMITTED] if per is None and who.can(P.FOLLOWUPS_VERIFY) else [],
        decidable=lambda entry: updates.may_decide(who, entry),
        verdict=verdict,
        form=form,
        drafts=attachments.drafts(form.token.data, who) if form and form.is_submitted() else [],
        contact=contacts.of_unit(found.organization_id, found.contact_post_id),
        predecessor=records.predecessor(followup_id, who),
        history=audit.history("followup", followup_id, limit=20) if who.can(P.AUDIT_READ) else [],
        just_sent=request.args.get("terkirim", ""),
        copy_text=texts.whatsapp_text(found.partner, [found], today),
    )


def _update_form(who: Identity, found: Facts) -> UpdateForm:
    waiting = found.report_state == SUBMITTED
    if not who.of_office:
        return UpdateForm(waiting=waiting)
    return OnBehalfForm(waiting=waiting, own=f"/{who.unit_id}/" in found.path)


# --- the unit reports ---------------------------------------------------------------------------------------------


@bp.post(f"/tindak-lanjut/{ID}/pembaruan")
@requires(P.FOLLOWUPS_REPORT)
@late_lock
def send(followup_id: int) -> Response:
    """Take in news or a proposal. Files are looked into before the lock and stay if the form is refused."""
    who = acting()
    found, _may = facts.for_page(followup_id, who)
    form = _update_form(who, found)
    prepared = attachments.prepare(request.files.getlist("files"), attachments.limit_bytes())
    attachments.keep(prepared, who=who, draft_token=form.token.data)
    if not form.validate() or prepared.problems:
        form.files.errors = [*form.files.errors, *prepared.problems]
        return _page(who, followup_id, form=form, status=422)
    begin_write()
    try:
        sent = updates.send(who, followup_id, **_entry(form))
    except Invalid as error:
        form.refuse(error)
        return _page(who, followup_id, form=form, status=422)
    return _sent(followup_id, sent)


def _entry(form: UpdateForm) -> dict[str, Any]:
    values: dict[str, Any] = {name: form[name].data or "" for name in ("token", "status", "note", "obstacle", "link")}
    if isinstance(form, OnBehalfForm):
        values["origin"] = Origin(
            form.source.data or "", form.sender.data or "", form.source_number.data or "", form.source_date.data
        )
    return {**values, "files_follow": _by_uploader()}


def _by_uploader() -> bool:
    """The page's script sends the text first and each photo by itself after it."""
    return request.headers.get("X-Upload") == "1"


def _sent(followup_id: int, sent: Sent) -> Response:
    location = f"/tindak-lanjut/{followup_id}?terkirim={sent.id}#kabar-{sent.id}"
    flash(_("Kabar tersimpan."))
    if _by_uploader():
        upload = f"/tindak-lanjut/{followup_id}/pembaruan/{sent.id}/bukti"
        return jsonify(location=location, upload=upload, csrf=generate_csrf())
    return navigate(location)


@bp.post(f"/tindak-lanjut/{ID}/pembaruan/<int:update_id>/bukti")
@requires(P.FOLLOWUPS_REPORT)
@late_lock
def add_evidence(followup_id: int, update_id: int) -> Response:
    """One more photo or file of an entry that was sent before."""
    who = acting()
    token, room = updates.token_of(who, followup_id, update_id), attachments.room(update_id=update_id)
    prepared = attachments.prepare(request.files.getlist("files"), attachments.limit_bytes(), most=room)
    if prepared.problems:
        raise Invalid(" ".join(prepared.problems), field="files")
    attachments.keep(prepared, who=who, draft_token=token)
    begin_write()
    added = updates.add_evidence(who, followup_id, update_id)
    if wants_json():
        return jsonify(added=added)
    return navigate(f"/tindak-lanjut/{followup_id}#kabar-{update_id}")


# --- the secretariat decides --------------------------------------------------------------------------------------


@bp.post("/tindak-lanjut/pembaruan/<int:update_id>/verifikasi")
@requires(P.FOLLOWUPS_VERIFY)
def verify(update_id: int) -> Response:
    """Accept or return a proposal, from the follow-up's page or from a row of the queue."""
    who, form = acting(), DecisionForm()
    followup_id, row = log.followup_of(update_id, who), log.waiting(who, update_id)
    try:
        if not form.validate():
            raise Invalid(" ".join(form.note.errors), field="")
        updates.decide(who, update_id, decision=form.decision.data or "", note=form.note.data or "")
    except Invalid as error:
        form.refuse(error)
        return _decided(who, update_id, followup_id, row, form, 422)
    return _decided(who, update_id, followup_id, row, form, 200)


def _decided(
    who: Identity, update_id: int, followup_id: int, row: log.Waiting | None, form: DecisionForm, status: int
) -> Response:
    """What the decision changed: the row of the queue, the page of the follow-up, or the way back."""
    accepted = form.decision.data == "accept"
    said = _("Usulan diterima.") if accepted else _("Permintaan dikirim ke penghubung.")
    if wants_block(f"q-u{update_id}"):
        html = render_template(
            "followups/_queue_item.html",
            row=row,
            update_id=update_id,
            who=who,
            today=clock.today(),
            done=said if status == 200 else "",
            accepted=accepted,
            errors=[*form.form_errors, *form.note.errors, *form.decision.errors],
            note=form.note.data or "",
        )
        return Response(html, status)
    if status != 200:
        return _page(who, followup_id, verdict=form, status=status)
    if wants_block(TARGET):
        return toast(_page(who, followup_id), said)
    flash(said)
    return navigate("/" if request.form.get("next") == "/" else f"/tindak-lanjut/{followup_id}")
