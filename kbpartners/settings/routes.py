"""The office's own data, letterheads and signatories by date, limits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, render_template
from flask_babel import gettext as _

from kbpartners import clock, errors, formats
from kbpartners.errors import Conflict, Invalid
from kbpartners.forms import BaseForm
from kbpartners.htmx import navigate
from kbpartners.security import Permission, acting, requires
from kbpartners.settings import service
from kbpartners.settings.forms import CAPACITIES, LetterheadForm, OfficeForm, SignatoryForm
from kbpartners.settings.models import Letterhead, Signatory

bp = Blueprint("settings", __name__)

HERE = "/pengaturan"


def _fields(form: Any) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name not in {"csrf_token", "version"}}


def _page(form: OfficeForm, status: int = 200) -> Response:
    today = clock.today()
    page = render_template(
        "settings/pengaturan.html",
        form=form,
        letterheads=service.letterheads(),
        signatories=service.signatories(),
        current_letterhead=getattr(service.letterhead(today), "id", None),
        current_signatory=getattr(service.signatory(today), "id", None),
        capacities=dict(CAPACITIES[1:]),
        in_force=formats.Badge("done", "done", _("Berlaku")),
        limit_mb=_limit_mb(),
    )
    return make_response(page, status)


def _limit_mb() -> int:
    limit: int = current_app.config["KB"].upload_limit
    return limit // 2**20


@bp.get("/pengaturan")
@requires(Permission.SETTINGS_WRITE)
def office() -> Response:
    """Everything that the office sets, on one page."""
    return _page(OfficeForm(formdata=None, data={**service.all_values(), "version": service.version()}))


@bp.post("/pengaturan")
@requires(Permission.SETTINGS_WRITE)
def office_save() -> Response:
    """Save the office's data."""
    form = OfficeForm()
    if form.validate():
        try:
            if not 1 <= (form.evidence_limit_mb.data or 0) <= _limit_mb():
                raise Invalid(_("Antara 1 dan %(most)s MB.", most=_limit_mb()), "evidence_limit_mb")
            service.change(acting(), _fields(form), seen=form.version.data)
        except Conflict as error:
            return errors.conflict_page(error, action=HERE, saved_href=HERE)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Pengaturan tersimpan."))
            return navigate(HERE)
    return _page(form, 422)


def _form_page(form: BaseForm, template: str, record: Any, status: int = 200) -> Response:
    return make_response(render_template(f"settings/{template}.html", form=form, record=record), status)


def _save(form: Any, kind: Any, template: str, record: Any, action: str) -> Response:
    if form.validate():
        try:
            service.save_dated(
                kind,
                _fields(form),
                who=acting(),
                record_id=record.id if record else None,
                seen=form.version.data,
            )
        except Conflict as error:
            return errors.conflict_page(error, action=action, saved_href=HERE)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Tersimpan."))
            return navigate(HERE)
    return _form_page(form, template, record, 422)


@bp.get("/pengaturan/kop/baru")
@requires(Permission.SETTINGS_WRITE)
def letterhead_new() -> Response:
    """A new kop starts from the words of the present one."""
    form = LetterheadForm(formdata=None, obj=service.letterhead(clock.today()))
    form.valid_from.data = clock.today()
    return _form_page(form, "kop", None)


@bp.post("/pengaturan/kop/baru")
@requires(Permission.SETTINGS_WRITE)
def letterhead_create() -> Response:
    """Save a new kop."""
    return _save(LetterheadForm(), Letterhead, "kop", None, "/pengaturan/kop/baru")


@bp.get("/pengaturan/kop/<int:record_id>/ubah")
@requires(Permission.SETTINGS_WRITE)
def letterhead_edit(record_id: int) -> Response:
    """Edit a kop (a mistake in it; a new one for a new time is a new row)."""
    record = service.dated(Letterhead, record_id)
    return _form_page(LetterheadForm(formdata=None, obj=record), "kop", record)


@bp.post("/pengaturan/kop/<int:record_id>/ubah")
@requires(Permission.SETTINGS_WRITE)
def letterhead_save(record_id: int) -> Response:
    """Save an edited kop."""
    record = service.dated(Letterhead, record_id)
    return _save(LetterheadForm(), Letterhead, "kop", record, f"/pengaturan/kop/{record_id}/ubah")


@bp.get("/pengaturan/penandatangan/baru")
@requires(Permission.SETTINGS_WRITE)
def signatory_new() -> Response:
    """A new signatory."""
    form = SignatoryForm(formdata=None, data={"id_kind": "NIP", "place": service.office().place})
    form.valid_from.data = clock.today()
    return _form_page(form, "penandatangan", None)


@bp.post("/pengaturan/penandatangan/baru")
@requires(Permission.SETTINGS_WRITE)
def signatory_create() -> Response:
    """Save a new signatory."""
    return _save(SignatoryForm(), Signatory, "penandatangan", None, "/pengaturan/penandatangan/baru")


@bp.get("/pengaturan/penandatangan/<int:record_id>/ubah")
@requires(Permission.SETTINGS_WRITE)
def signatory_edit(record_id: int) -> Response:
    """Edit a signatory."""
    record = service.dated(Signatory, record_id)
    return _form_page(SignatoryForm(formdata=None, obj=record), "penandatangan", record)


@bp.post("/pengaturan/penandatangan/<int:record_id>/ubah")
@requires(Permission.SETTINGS_WRITE)
def signatory_save(record_id: int) -> Response:
    """Save an edited signatory."""
    record = service.dated(Signatory, record_id)
    return _save(SignatoryForm(), Signatory, "penandatangan", record, f"/pengaturan/penandatangan/{record_id}/ubah")
