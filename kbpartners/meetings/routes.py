"""`/rapat`: meetings, who was there, what was decided and what came of it."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.attachments import adding
from kbpartners.attachments import service as attachments
from kbpartners.attachments.forms import FilesForm
from kbpartners.attachments.uploads import take_files
from kbpartners.audit import service as audit
from kbpartners.db import late_lock
from kbpartners.errors import Conflict, Invalid, conflict_page
from kbpartners.forms import clean, id_or_none
from kbpartners.htmx import navigate, render_page
from kbpartners.meetings import service, texts
from kbpartners.meetings.forms import (
    BLANK_ROWS,
    AttendanceForm,
    DecisionForm,
    InvitationForm,
    MeetingForm,
)
from kbpartners.security import Permission, acting, requires

bp = Blueprint("meetings", __name__)
take_files(bp, "add_files")


# --- the list ----------------------------------------------------------------------------------------------------


@bp.get("/rapat")
@requires(Permission.MEETINGS_READ)
def index() -> Response:
    """Meetings: the coming ones, then the past ones, newest first."""
    who, filters = acting(), _filters()
    page = service.listed(who, filters, after=request.args.get("after", ""))
    rows = page.upcoming + page.past
    return render_page(
        "meetings/index.html",
        block="rows",
        target="daftar",
        page=page,
        filters=filters,
        years=service.years(who),
        kinds=formats.choices("meeting_kind", _("Semua jenis")),
        href=_href,
        first_href=_href(filters) if request.args.get("after") else "",
        next_href=_href(filters, after=page.after) if page.after else "",
        words=texts.when,
        copy_text=texts.list_text(rows, current_app.config["KB"].base_url) if rows else "",
    )


def _filters() -> service.Filters:
    year = id_or_none(request.args.get("year"))
    kind, when = request.args.get("kind", ""), request.args.get("when", "")
    return service.Filters(
        q=clean(request.args.get("q", ""))[:100],
        kind=kind if kind in formats.MEETING_KINDS else "",
        year=year if year and 1945 <= year <= 2100 else None,
        when=when if when in ("upcoming", "past") else "",
    )


def _href(filters: service.Filters, **other: Any) -> str:
    """The list with these filters, some of them replaced."""
    pairs = {**vars(filters), **other}
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"/rapat?{query}" if query else "/rapat"


# --- a meeting ---------------------------------------------------------------------------------------------------


@bp.get("/rapat/<int:meeting_id>")
@requires(Permission.MEETINGS_READ)
def show(meeting_id: int) -> Response:
    """A meeting with the live state of everything that came from it."""
    return _page(meeting_id, FilesForm(data={"token": str(uuid.uuid4())}))


def _page(meeting_id: int, form: FilesForm, status: int = 200) -> Response:
    who = acting()
    meeting = service.detail(who, meeting_id)
    outcomes = service.outcomes(who, meeting)
    return render_page(
        "meetings/show.html",
        status=status,
        meeting=meeting,
        outcomes=outcomes,
        guests=service.guests(meeting_id),
        files=attachments.of(meeting_id=meeting_id),
        drafts=attachments.drafts(form.token.data or "", who) if status != 200 else [],
        history=audit.history("meeting", meeting_id, limit=10) if who.can(Permission.AUDIT_READ) else [],
        when=texts.when(meeting),
        summary=texts.summary_words(outcomes.summary),
        copy_text=texts.meeting_text(meeting, outcomes, current_app.config["KB"].base_url),
        form=form,
    )


@bp.get("/rapat/baru")
@requires(Permission.MEETINGS_WRITE)
def new() -> Response:
    """The form for a meeting; `?predecessor_id=` continues a series."""
    return _edit_page(MeetingForm(data={"predecessor_id": id_or_none(request.args.get("predecessor_id"))}), None)


@bp.post("/rapat/baru")
@requires(Permission.MEETINGS_WRITE)
def create() -> Response:
    """Record a meeting."""
    form = MeetingForm()
    _offer(form, None)
    if form.validate():
        try:
            meeting_id = service.create(who=acting(), values=_values(form))
        except Invalid as error:
            form.refuse(error)
        else:
            return navigate(f"/rapat/{meeting_id}?tersimpan=rapat-baru")
    return _edit_page(form, None, 422)


@bp.get("/rapat/<int:meeting_id>/ubah")
@requires(Permission.MEETINGS_WRITE)
def edit(meeting_id: int) -> Response:
    """The form with what is saved."""
    values, version = service.editable(acting(), meeting_id)
    return _edit_page(MeetingForm(data={**vars(values), "version": version}), meeting_id)


@bp.post("/rapat/<int:meeting_id>/ubah")
@requires(Permission.MEETINGS_WRITE)
def update(meeting_id: int) -> Response:
    """Save a changed meeting, unless somebody else saved first."""
    who, form = acting(), MeetingForm()
    service.editable(who, meeting_id)
    _offer(form, meeting_id)
    if form.validate():
        try:
            service.update(who=who, meeting_id=meeting_id, version=form.version.data or 0, values=_values(form))
        except Invalid as error:
            form.refuse(error)
        except Conflict as conflict:
            return conflict_page(conflict, action=f"/rapat/{meeting_id}/ubah", saved_href=f"/rapat/{meeting_id}")
        else:
            return navigate(f"/rapat/{meeting_id}?tersimpan=rapat-{meeting_id}")
    return _edit_page(form, meeting_id, 422)


def _offer(form: MeetingForm, meeting_id: int | None) -> None:
    form.kind.choices = formats.choices("meeting_kind", _("Pilih jenis"))
    form.predecessor_id.choices = [("", _("Bukan lanjutan")), *service.earlier(acting(), meeting_id)]


def _values(form: MeetingForm) -> service.MeetingValues:
    return service.MeetingValues(**{name: form[name].data for name in service.MeetingValues.__dataclass_fields__})


def _edit_page(form: MeetingForm, meeting_id: int | None, status: int = 200) -> Response:
    if status == 200:
        _offer(form, meeting_id)
    return render_page("meetings/edit.html", status=status, form=form, meeting_id=meeting_id)


# --- who is invited, who came ------------------------------------------------------------------------------------


@bp.get("/rapat/<int:meeting_id>/undang")
@requires(Permission.MEETINGS_WRITE)
def invitation(meeting_id: int) -> Response:
    """Every organisation, to be invited by a tick."""
    return _invitation_page(meeting_id, InvitationForm())


@bp.post("/rapat/<int:meeting_id>/undang")
@requires(Permission.MEETINGS_WRITE)
def invite(meeting_id: int) -> Response:
    """Invite what was ticked."""
    form, who = InvitationForm(), acting()
    service.editable(who, meeting_id)
    if form.validate():
        try:
            service.invite(who=who, meeting_id=meeting_id, organization_ids=form.organization_id.data or [])
        except Invalid as error:
            form.refuse(error)
        else:
            return navigate(f"/rapat/{meeting_id}#kehadiran")
    return _invitation_page(meeting_id, form, 422)


def _invitation_page(meeting_id: int, form: InvitationForm, status: int = 200) -> Response:
    meeting = service.detail(acting(), meeting_id)
    groups: dict[str, list[service.Invitable]] = {}
    for unit in service.invitable(meeting_id):
        groups.setdefault(unit.category, []).append(unit)
    return render_page("meetings/invite.html", status=status, form=form, meeting=meeting, groups=groups)


@bp.get("/rapat/<int:meeting_id>/hadir")
@requires(Permission.MEETINGS_WRITE)
def attendance(meeting_id: int) -> Response:
    """The attendance list as a form."""
    service.editable(acting(), meeting_id)
    present = {None: "", True: "1", False: "0"}
    rows: list[dict[str, Any]] = [
        {"id": guest.id, "name": guest.name, "position": guest.position, "present": present[guest.present]}
        for guest in service.guests(meeting_id)
    ]
    return _attendance_page(meeting_id, AttendanceForm(data={"rows": [*rows, *({} for _n in range(BLANK_ROWS))]}))


@bp.post("/rapat/<int:meeting_id>/hadir")
@requires(Permission.MEETINGS_WRITE)
def note_attendance(meeting_id: int) -> Response:
    """Save the attendance list."""
    form, who = AttendanceForm(), acting()
    service.editable(who, meeting_id)
    units = {guest.id: guest.organization_id for guest in service.guests(meeting_id)}
    form.offer([(unit.id, unit.label) for unit in service.invitable()])
    if form.validate():
        try:
            lines = _lines(form, units)
            service.note_attendance(who=who, meeting_id=meeting_id, lines=lines)
        except Invalid as error:
            form.refuse(error)
        else:
            return navigate(f"/rapat/{meeting_id}?tersimpan=hadir-{meeting_id}#kehadiran")
    return _attendance_page(meeting_id, form, 422)


def _lines(form: AttendanceForm, units: dict[int, int]) -> list[service.AttendanceValues]:
    present = {"": None, "1": True, "0": False}
    found = []
    for row in (entry.form for entry in form.rows if not entry.form.blank):
        unit = units.get(row.id.data, 0) if row.id.data else row.organization_id.data
        found.append(
            service.AttendanceValues(
                organization_id=unit,
                name=row.name.data,
                position=row.position.data,
                present=present[row.present.data],
                id=row.id.data,
                remove=row.remove.data,
            )
        )
    return found


def _attendance_page(meeting_id: int, form: AttendanceForm, status: int = 200) -> Response:
    if status == 200:
        form.offer([(unit.id, unit.label) for unit in service.invitable()])
    names = {guest.id: guest.organization for guest in service.guests(meeting_id)}
    meeting = service.detail(acting(), meeting_id)
    return render_page("meetings/attendance.html", status=status, form=form, meeting=meeting, names=names)


# --- decisions ---------------------------------------------------------------------------------------------------


@bp.get("/rapat/<int:meeting_id>/keputusan/baru")
@requires(Permission.MEETINGS_WRITE)
def new_decision(meeting_id: int) -> Response:
    """The form for a decision; `?kind=` chooses the kind."""
    kind = request.args.get("kind", "")
    form = DecisionForm(data={"kind": kind if kind in formats.DECISION_KINDS else "kesepakatan"})
    return _decision_page(service.detail(acting(), meeting_id), form)


@bp.post("/rapat/<int:meeting_id>/keputusan/baru")
@requires(Permission.MEETINGS_WRITE)
def create_decision(meeting_id: int) -> Response:
    """Record a decision; "Simpan dan tambah lagi" comes back for the next one."""
    who, form = acting(), DecisionForm()
    meeting = service.detail(who, meeting_id)
    form.kind.choices = formats.choices("decision_kind")
    if form.validate():
        try:
            decision_id = service.add_decision(who=who, meeting_id=meeting_id, values=_decision(form))
        except Invalid as error:
            form.refuse(error)
        else:
            saved = f"tersimpan=keputusan-baru-{meeting_id}"
            if request.form.get("again"):
                return navigate(f"/rapat/{meeting_id}/keputusan/baru?kind={form.kind.data}&{saved}")
            return navigate(f"/rapat/{meeting_id}?{saved}#keputusan-{decision_id}")
    return _decision_page(meeting, form, 422)


@bp.get("/rapat/keputusan/<int:decision_id>/ubah")
@requires(Permission.MEETINGS_WRITE)
def edit_decision(decision_id: int) -> Response:
    """The form with what is saved."""
    who = acting()
    source, values, version = service.decision(who, decision_id)
    form = DecisionForm(data={**vars(values), "version": version})
    return _decision_page(service.detail(who, source.meeting_id), form, decision_id=decision_id)


@bp.post("/rapat/keputusan/<int:decision_id>/ubah")
@requires(Permission.MEETINGS_WRITE)
def update_decision(decision_id: int) -> Response:
    """Save a changed decision, unless somebody else saved first."""
    who, form = acting(), DecisionForm()
    source, _values, _version = service.decision(who, decision_id)
    back = f"/rapat/{source.meeting_id}#keputusan-{decision_id}"
    form.kind.choices = formats.choices("decision_kind")
    if form.validate():
        try:
            version = form.version.data or 0
            service.update_decision(who=who, decision_id=decision_id, version=version, values=_decision(form))
        except Invalid as error:
            form.refuse(error)
        except Conflict as conflict:
            return conflict_page(conflict, action=f"/rapat/keputusan/{decision_id}/ubah", saved_href=back)
        else:
            return navigate(back)
    return _decision_page(service.detail(who, source.meeting_id), form, 422, decision_id=decision_id)


def _decision(form: DecisionForm) -> service.DecisionValues:
    return service.DecisionValues(form.kind.data, form.number.data, form.text.data, form.by.data)


def _decision_page(
    meeting: service.Detail, form: DecisionForm, status: int = 200, decision_id: int | None = None
) -> Response:
    form.kind.choices = formats.choices("decision_kind")
    return render_page("meetings/decision.html", status=status, form=form, meeting=meeting, decision_id=decision_id)


# --- files -------------------------------------------------------------------------------------------------------


@bp.post("/rapat/<int:meeting_id>/berkas")
@requires(Permission.MEETINGS_WRITE)
@late_lock
def add_files(meeting_id: int) -> Response:
    """Add an invitation, a signed attendance list, minutes, or a link. Photos and scans are looked into first."""
    who = acting()
    service.editable(who, meeting_id)
    return adding.add_files(
        FilesForm(),
        who,
        href=f"/rapat/{meeting_id}",
        note=lambda names: service.note_files(who=who, meeting_id=meeting_id, names=names),
        refused=lambda form: _page(meeting_id, form, 422),
        meeting_id=meeting_id,
    )
