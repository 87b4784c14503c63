"""The reports as pages, PDF, XLSX, DOCX and CSV: one sheet, whatever the format."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.meetings import service as meetings
from kbpartners.organizations import service as organizations
from kbpartners.regions import service as regions
from kbpartners.reports.forms import ReportForm
from kbpartners.reports.service import Filters, matrix, recap
from kbpartners.reports.sheet import Sheet, keys_from_query
from kbpartners.security import Identity, Permission, acting, requires

bp = Blueprint("reports", __name__)

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"pdf": "application/pdf", "xlsx": _EXCEL, "docx": _WORD, "csv": "text/csv; charset=utf-8"}


def _render(sheet: Sheet, wanted: str) -> bytes:
    """The sheet in a format. The writers are heavy (megabytes in every worker), so they are loaded when first asked."""
    module = import_module(f"kbpartners.reports.{'csvfile' if wanted == 'csv' else wanted}")
    return module.render(sheet)


class Asked(NamedTuple):
    """What a request asks a report for: filters, their sentences, the meeting's title, columns."""

    form: ReportForm
    filters: Filters
    sentences: list[str]
    meeting: str
    chosen: list[str]


@bp.get("/laporan")
@requires(Permission.REPORTS_READ)
def index() -> Response:
    """The reports that there are, each with the choices that matter before printing."""
    who = acting()
    form = _form(who)
    return make_response(render_template("reports/index.html", form=form, today=clock.today()))


@bp.get("/laporan/matriks-tindak-lanjut")
@requires(Permission.REPORTS_READ)
def followup_matrix() -> Response:
    """The matrix of one meeting or all, with any filter, as of any day."""
    asked = _asked(acting())
    sheet = matrix(
        acting(),
        asked.filters,
        day=asked.form.per.data or clock.today(),
        sentences=asked.sentences,
        meeting=asked.meeting,
        chosen=asked.chosen,
        sheet_paper=asked.form.paper.data or "a4",
    )
    return _answer(sheet, "matriks-tindak-lanjut")


@bp.get("/laporan/rekap-komitmen")
@requires(Permission.REPORTS_READ)
def commitment_recap() -> Response:
    """The commitments of each partner with their figures."""
    asked = _asked(acting())
    sheet = recap(
        acting(),
        asked.filters,
        day=asked.form.per.data or clock.today(),
        sentences=asked.sentences,
        chosen=asked.chosen,
        sheet_paper=asked.form.paper.data or "a4",
    )
    return _answer(sheet, "rekap-komitmen")


def _form(who: Identity) -> ReportForm:
    form = ReportForm(request.args)
    form.meeting_id.choices = [("", _("Semua rapat")), *meetings.earlier(who)]
    form.organization_id.choices = [("", _("Semua mitra")), *organizations.choices(who)]
    form.region_id.choices = [("", _("Semua wilayah")), *regions.regency_choices()]
    form.validate()
    return form


def _asked(who: Identity) -> Asked:
    form = ReportForm(request.args)
    form.validate()
    region = regions.by_id(form.region_id.data)
    meeting = meetings.detail(who, form.meeting_id.data).title if form.meeting_id.data else ""
    unit = organizations.names([form.organization_id.data]) if form.organization_id.data else {}
    filters = Filters(
        kind=form.kind.data if form.kind.data in ("commitment", "followup") else "",
        meeting_id=form.meeting_id.data,
        organization_id=form.organization_id.data,
        region_code=region.code if region else "",
        status=form.known_status,
        priority=form.priority.data if form.priority.data in formats.PRIORITIES else "",
        q=form.q.data or "",
        due_from=form.due_from.data,
        due_to=form.due_to.data,
    )
    sentences = _sentences(form, filters, region.name if region else "", next(iter(unit.values()), ""))
    return Asked(form, filters, sentences, meeting, keys_from_query(request.args.items(multi=True)))


def _sentences(form: ReportForm, filters: Filters, region: str, unit: str) -> list[str]:
    """The filters in words, as they are printed under the title; what could not be read is said, too."""
    said = []
    if unit:
        said.append(_("Mitra kerja: %(name)s", name=unit))
    if region:
        said.append(_("Wilayah: %(name)s", name=region))
    if filters.status != "all":
        said.append(_("Status: %(word)s", word=dict(form.status.choices or ())[filters.status]))
    if filters.priority:
        said.append(_("Prioritas: %(word)s", word=formats.word("priority", filters.priority)))
    if filters.due_from or filters.due_to:
        start, end = formats.date_short(filters.due_from) or "…", formats.date_short(filters.due_to) or "…"
        said.append(_("Tenggat: %(start)s sampai %(end)s", start=start, end=end))
    if filters.q:
        said.append(_("Judul memuat: %(words)s", words=filters.q))
    said += [f"{field.label.text}: {error}" for field in form for error in field.errors]
    return said


def _answer(sheet: Sheet, name: str) -> Response:
    wanted = request.args.get("format", "html")
    if wanted in FORMATS:
        response = make_response(_render(sheet, wanted))
        response.headers["Content-Type"] = FORMATS[wanted]
        day = sheet.as_of.isoformat() if sheet.as_of else ""
        response.headers["Content-Disposition"] = f'attachment; filename="{name}-{day}.{wanted}"'
        return response
    return make_response(
        render_template(
            "reports/sheet.html",
            sheet=sheet,
            back_href="/laporan",
            action=request.path,
            params=list(request.args.items(multi=True)),
            formats=tuple(FORMATS),
        )
    )
