"""Opening a follow-up, correcting it, handing it on."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.audit import service as audit
from kbpartners.commitments.service import choices
from kbpartners.errors import Conflict, Invalid
from kbpartners.followups.forms import FollowupForm, TransferForm
from kbpartners.followups.routes import ID, bp
from kbpartners.followups.service import contacts, facts, records
from kbpartners.followups.service.facts import Facts
from kbpartners.followups.service.records import Source
from kbpartners.htmx import navigate, render_page
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires


@bp.get("/tindak-lanjut/baru")
@requires(P.FOLLOWUPS_WRITE)
def new() -> Response:
    """The form of a new follow-up; the address may name where it comes from and whose it is."""
    form = FollowupForm(request.args, meta={"csrf": False}) if request.args else FollowupForm()
    seeds = records.seeds(acting(), _source(form))
    if request.args:
        # Only what the address says; nothing has been typed yet, so nothing is wrong yet.
        form.title.data = form.title.data or next((seed.text[:300] for seed in seeds if seed.kind == "decision"), "")
        owners = [seed.organization_id for seed in seeds if seed.organization_id]
        form.organization_id.data = form.organization_id.data or next(iter(owners), None)
    return _form_page(form, seeds)


@bp.post("/tindak-lanjut/baru")
@requires(P.FOLLOWUPS_WRITE)
def create() -> Response:
    """Open a follow-up. The button "narahubung" only asks for the posts of the chosen unit."""
    who, form = acting(), FollowupForm()
    source = _source(form)
    seeds = records.seeds(who, source)
    if request.form.get("pick"):
        return _form_page(form, seeds)
    if not form.validate():
        return _form_page(form, seeds, status=422)
    try:
        followup_id = records.create(who, source=source, **form.values())
    except Invalid as error:
        form.refuse(error)
        return _form_page(form, seeds, status=422)
    flash(_("Tindak lanjut %(code)s dibuat.", code=formats.followup_code(followup_id)))
    return navigate(f"/tindak-lanjut/{followup_id}")


def _source(form: FollowupForm) -> Source:
    return Source(form.decision_id.data, form.commitment_id.data, form.activity_id.data)


def _form_page(
    form: FollowupForm, seeds: list[records.Seed], found: Facts | None = None, status: int = 200
) -> Response:
    _offer(form)
    return render_page(
        "followups/form.html",
        block="contact",
        target="narahubung",
        status=status,
        form=form,
        seeds=seeds,
        found=found,
        action=f"/tindak-lanjut/{found.id}/ubah" if found else "/tindak-lanjut/baru",
    )


def _offer(form: Any) -> None:
    """Fill in the choices: every unit in force, and the posts of the one that is chosen."""
    form.organization_id.choices = [("", _("Pilih satuan")), *choices.organizations()]
    if "contact_post_id" in form:
        posts = contacts.of_units([form.organization_id.data]) if form.organization_id.data else []
        form.contact_post_id.choices = [("", _("Narahubung satuan")), *((post.post_id, post.label) for post in posts)]


@bp.get(f"/tindak-lanjut/{ID}/ubah")
@requires(P.FOLLOWUPS_WRITE)
def change(followup_id: int) -> Response:
    """The form with what is saved."""
    found, _may = facts.for_page(followup_id, acting())
    return _form_page(FollowupForm(obj=found), [], found)


@bp.post(f"/tindak-lanjut/{ID}/ubah")
@requires(P.FOLLOWUPS_WRITE)
def save(followup_id: int) -> Response:
    """Save the correction, or show both versions when somebody else saved first."""
    who, form = acting(), FollowupForm()
    found, _may = facts.for_page(followup_id, who)
    if request.form.get("pick"):
        return _form_page(form, [], found)
    if not form.validate():
        return _form_page(form, [], found, status=422)
    try:
        records.edit(who, followup_id, version=form.version.data or 0, **form.values())
    except Invalid as error:
        form.refuse(error)
        return _form_page(form, [], found, status=422)
    except Conflict as conflict:
        return _conflict_page(form, found, conflict)
    flash(_("Perubahan tersimpan."))
    return navigate(f"/tindak-lanjut/{followup_id}")


def _conflict_page(form: Any, found: Facts, conflict: Conflict) -> Response:
    _offer(form)
    typed = [(name, value) for name, value in request.form.items() if name not in ("csrf_token", "version")]
    latest = next(iter(audit.history("followup", found.id, limit=1)), None)
    form.version.data, form.version.raw_data = conflict.version, None
    return render_page(
        "followups/conflict.html",
        status=409,
        form=form,
        found=found,
        crumbs=[(_("Tindak lanjut"), "/tindak-lanjut"), (found.code, f"/tindak-lanjut/{found.id}")],
        rows=[(row.label, row.saved, row.yours) for row in conflict.rows],
        action=request.path,
        fields=[*typed, ("version", conflict.version)],
        saved_href=f"/tindak-lanjut/{found.id}",
        saved_by=f"{latest.actor}, {formats.datetime_medium(latest.recorded_at)}" if latest else "",
    )


@bp.get(f"/tindak-lanjut/{ID}/alihkan")
@requires(P.FOLLOWUPS_WRITE)
def hand_on(followup_id: int) -> Response:
    """The form for handing a follow-up on to another unit."""
    found, _may = facts.for_page(followup_id, acting())
    return _transfer_page(TransferForm(data={"due_on": found.due_on, "version": found.version}), found)


@bp.post(f"/tindak-lanjut/{ID}/alihkan")
@requires(P.FOLLOWUPS_WRITE)
def transfer(followup_id: int) -> Response:
    """Close it as Dialihkan and open its successor."""
    who, form = acting(), TransferForm()
    found, _may = facts.for_page(followup_id, who)
    if not form.validate():
        return _transfer_page(form, found, status=422)
    try:
        successor = records.transfer(
            who,
            followup_id,
            version=form.version.data or 0,
            organization_id=form.organization_id.data,
            due_on=form.due_on.data or found.due_on,
            reason=form.reason.data or "",
        )
    except Invalid as error:
        form.refuse(error)
        return _transfer_page(form, found, status=422)
    except Conflict as conflict:
        return _conflict_page(form, found, conflict)
    flash(_("Dialihkan. Penggantinya: %(code)s.", code=formats.followup_code(successor)))
    return navigate(f"/tindak-lanjut/{successor}")


def _transfer_page(form: TransferForm, found: Facts, status: int = 200) -> Response:
    _offer(form)
    return render_page("followups/transfer.html", form=form, found=found, status=status)
