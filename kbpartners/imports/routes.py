"""Imports: uploading a list, what became of it, and the questions that it left for a person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, request
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.audit import service as audit
from kbpartners.db import late_lock
from kbpartners.errors import Invalid, NotFound, error_page
from kbpartners.htmx import navigate, render_page
from kbpartners.imports import service
from kbpartners.imports.forms import DecideForm, RejectForm, UploadForm
from kbpartners.imports.service import Question
from kbpartners.imports.workbook import MAX_BYTES
from kbpartners.regions import service as regions
from kbpartners.regions.cascade import Cascade, number
from kbpartners.regions.models import PROVINCE
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires

bp = Blueprint("imports", __name__)

SHOWN = 100
_ID, _ROW = "<int:import_id>", "<int:row_id>"


@bp.url_value_preprocessor
def _allow_large_files(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Lists may be larger than evidence. This runs before anything reads the form, the CSRF check too."""
    if endpoint == "imports.upload":
        request.max_content_length = MAX_BYTES + 1024 * 1024


@bp.errorhandler(413)
def _too_large(error: Exception) -> Response:
    return error_page(413, _("Berkas melebihi batas %(size)s.", size=formats.file_size(MAX_BYTES)))


# --- uploading ---------------------------------------------------------------------------------------------------


@bp.get("/impor")
@requires(P.IMPORTS_RUN)
def index() -> Response:
    """The upload form and the imports so far."""
    return _index_page(UploadForm())


@bp.post("/impor")
@requires(P.IMPORTS_RUN)
@late_lock
def upload() -> Response:
    """Take a file and a year; the import runs as a job, whose page shows how far it is."""
    who, form = acting(), UploadForm()
    file = request.files.get("file")
    try:
        year = service.parse_year(form.year.data)
        if file is None or not file.filename:
            raise Invalid(_("Pilih berkas XLSX atau CSV."), "file")
        job_id = service.receive(who, file.stream, filename=file.filename, year=year)
    except Invalid as error:
        form.refuse(error)
        return _index_page(form, status=422)
    return navigate(f"/pekerjaan/{job_id}")


def _index_page(form: UploadForm, status: int = 200) -> Response:
    rows, after = service.page(number(request.args.get("after")))
    return render_page(
        "imports/index.html",
        form=form,
        rows=rows,
        after=after,
        pending=service.pending(),
        limit=formats.file_size(MAX_BYTES),
        status=status,
    )


# --- what became of it -------------------------------------------------------------------------------------------


@bp.get(f"/impor/{_ID}")
@requires(P.IMPORTS_RUN)
def show(import_id: int) -> Response:
    """The counts, what is not in and why, and who decided what since."""
    found = service.get(import_id)
    return render_page(
        "imports/show.html",
        found=found,
        counts=found.counts,
        problems=service.problems(import_id, SHOWN) if found.counts.undecided or found.counts.rejected else [],
        shown=SHOWN,
        notes=service.notes(import_id),
        history=audit.history("import", import_id),
    )


@bp.get(f"/impor/{_ID}/sisa.csv")
@requires(P.IMPORTS_RUN)
def leftovers(import_id: int) -> Response:
    """The rows that are not in, for correcting them in a spreadsheet."""
    found = service.get(import_id)
    response = make_response(service.problems_csv(import_id))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="sisa-impor-{found.id}.csv"'
    return response


# --- deciding ----------------------------------------------------------------------------------------------------


@bp.get(f"/impor/{_ID}/keputusan")
@requires(P.IMPORTS_RUN)
def decisions(import_id: int) -> Response:
    """All open questions, those that stand for many rows first."""
    return _questions_page(import_id)


@bp.get(f"/impor/{_ID}/keputusan/{_ROW}")
@requires(P.IMPORTS_RUN)
def question(import_id: int, row_id: int) -> Response:
    """One question, with the choice of any region beside the suggestions."""
    return _question_page(import_id, row_id)


@bp.post(f"/impor/{_ID}/keputusan/{_ROW}")
@requires(P.IMPORTS_RUN)
def decide(import_id: int, row_id: int) -> Response:
    """Answer a question; its rows go in at once. "Muat pilihan" only fills the selects below (no JavaScript)."""
    if request.form.get("cascade"):
        return _question_page(import_id, row_id)
    by_hand, form = request.form.get("by_hand") == "1", DecideForm()
    try:
        done = service.decide(acting(), import_id, row_id, region_id=number(request.form.get("region_id")) or 0)
    except Invalid as error:
        if by_hand:
            form.refuse(error)
            return _question_page(import_id, row_id, form)
        form.form_errors.append(error.message)
        return _questions_page(import_id, form, row_id)
    flash(_("%(n)s baris masuk.", n=done.applied))
    if done.still_open:
        flash(_("%(n)s baris masih perlu keputusan.", n=done.still_open))
    return _onwards(import_id)


@bp.post(f"/impor/{_ID}/keputusan/{_ROW}/tolak")
@requires(P.IMPORTS_RUN)
def refuse(import_id: int, row_id: int) -> Response:
    """Leave the rows of a question out, for a reason."""
    form = RejectForm()
    try:
        n = service.reject(acting(), import_id, row_id, reason=form.reason.data or "")
    except Invalid as error:
        form.refuse(error)
        return _question_page(import_id, row_id, reject=form)
    flash(_("%(n)s baris ditolak.", n=n))
    return _onwards(import_id)


def _onwards(import_id: int) -> Response:
    """To the questions that are left, or to the result."""
    left = service.get(import_id).counts.undecided
    return navigate(f"/impor/{import_id}/keputusan" if left else f"/impor/{import_id}")


def _questions_page(import_id: int, form: DecideForm | RejectForm | None = None, row_id: int = 0) -> Response:
    return render_page(
        "imports/decisions.html",
        found=service.get(import_id),
        questions=service.questions(import_id),
        form=form,
        failed=row_id,
        status=422 if form else 200,
    )


def _question_page(
    import_id: int, row_id: int, form: DecideForm | None = None, reject: RejectForm | None = None
) -> Response:
    found = service.get(import_id)
    asked = next(iter(service.questions(import_id, row_id)), None)
    if asked is None:
        if form is None and reject is None:
            raise NotFound
        return _questions_page(import_id, form or reject)
    return render_page(
        "imports/question.html",
        found=found,
        q=asked,
        form=form,
        reject=reject or RejectForm(formdata=None),
        cascade=_by_hand(asked),
        cascade_errors=form.region_id.errors if form else [],
        status=422 if form or reject else 200,
    )


def _by_hand(asked: Question) -> Cascade | None:
    """The choice of any region of the question's level, beginning where the name was looked for."""
    if asked.level == PROVINCE:
        return None
    return regions.cascade(request.form if request.form else {"region_id": asked.parent_id}, level=asked.level)
