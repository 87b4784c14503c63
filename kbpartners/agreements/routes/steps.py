"""Renewing a document, ending it, adding files."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, flash
from flask_babel import gettext as _

from kbpartners import clock
from kbpartners.agreements import service, texts
from kbpartners.agreements.forms import EndForm, RenewalForm, ReopenForm
from kbpartners.agreements.routes import bp
from kbpartners.agreements.routes.page import render
from kbpartners.attachments import adding
from kbpartners.attachments.forms import FilesForm
from kbpartners.db import late_lock
from kbpartners.errors import Invalid
from kbpartners.htmx import navigate, render_page
from kbpartners.security import Permission as P
from kbpartners.security import acting, requires

# --- renewing ----------------------------------------------------------------------------------------------------


@bp.get("/kerja-sama/<int:agreement_id>/perpanjang")
@requires(P.AGREEMENTS_WRITE)
def renewal(agreement_id: int) -> Response:
    """What hangs on the document, everything ticked, and the term of the new one."""
    found = service.document(acting(), agreement_id)
    waiting = _hanging(found)
    last = found.facts.ends_on
    form = RenewalForm(
        data={
            "title": found.facts.title,
            "starts_on": last + timedelta(days=1) if last else clock.today(),
            "child_ids": [link.id for link in waiting.children],
            "commitment_ids": [one.id for one in waiting.commitments],
        }
    )
    return _renewal_page(found, waiting, form)


@bp.post("/kerja-sama/<int:agreement_id>/perpanjang")
@requires(P.AGREEMENTS_WRITE)
def renew(agreement_id: int) -> Response:
    """Make the new document and hand it what was chosen, all or nothing."""
    who, form = acting(), RenewalForm()
    found = service.document(who, agreement_id)
    if form.validate():
        try:
            new_id = service.renew(who=who, agreement_id=agreement_id, values=_renewal_values(form))
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Perpanjangan tercatat. Lengkapi nomor dan penanda tangan tiap pihak."))
            return navigate(f"/kerja-sama/{new_id}")
    return _renewal_page(found, _hanging(found), form, 422)


def _renewal_values(form: RenewalForm) -> service.RenewalValues:
    return service.RenewalValues(
        title=form.title.data,
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        signed_on=form.signed_on.data,
        place=form.place.data,
        child_ids=form.child_ids.data or [],
        commitment_ids=form.commitment_ids.data or [],
    )


def _hanging(found: service.Document) -> service.Hanging:
    who = acting()
    around = service.around(who, found.facts)
    return service.hanging(around.children, service.commitments(who, found.facts.id), clock.today())


def _renewal_page(found: service.Document, waiting: service.Hanging, form: RenewalForm, status: int = 200) -> Response:
    today = clock.today()
    return render_page(
        "agreements/renew.html",
        status=status,
        doc=found,
        facts=found.facts,
        waiting=waiting,
        refusal=service.refusal(found.facts, today),
        sentence=texts.sentence(found.facts, today),
        child_line=lambda link: texts.sentence(link, today),
        today=today,
        form=form,
    )


# --- ending ------------------------------------------------------------------------------------------------------


@bp.get("/kerja-sama/<int:agreement_id>/akhiri")
@requires(P.AGREEMENTS_WRITE)
def confirm_end(agreement_id: int) -> Response:
    """Ask for day and reason before a document is ended; or for a reason to take that back."""
    facts = service.load(acting(), agreement_id)
    return _end_page(facts, ReopenForm() if facts.ended_on else EndForm(data={"ended_on": clock.today()}))


@bp.post("/kerja-sama/<int:agreement_id>/akhiri")
@requires(P.AGREEMENTS_WRITE)
def end(agreement_id: int) -> Response:
    """End a document before its term."""
    who, form, today = acting(), EndForm(), clock.today()
    facts = service.load(who, agreement_id)
    if form.validate():
        try:
            service.end(
                who=who, agreement_id=agreement_id, ended_on=form.ended_on.data or today, reason=form.reason.data or ""
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Naskah diakhiri."))
            return navigate(f"/kerja-sama/{agreement_id}")
    return _end_page(facts, form, 422)


@bp.post("/kerja-sama/<int:agreement_id>/buka")
@requires(P.AGREEMENTS_WRITE)
def reopen(agreement_id: int) -> Response:
    """Take an ending back."""
    who, form = acting(), ReopenForm()
    facts = service.load(who, agreement_id)
    if form.validate():
        try:
            service.reopen(who=who, agreement_id=agreement_id, reason=form.reason.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Pengakhiran dibatalkan."))
            return navigate(f"/kerja-sama/{agreement_id}")
    return _end_page(facts, form, 422)


def _end_page(facts: service.Facts, form: EndForm | ReopenForm, status: int = 200) -> Response:
    sentence = texts.sentence(facts, clock.today())
    return render_page("agreements/end.html", status=status, facts=facts, form=form, sentence=sentence)


# --- files -------------------------------------------------------------------------------------------------------


@bp.post("/kerja-sama/<int:agreement_id>/berkas")
@requires(P.AGREEMENTS_WRITE)
@late_lock
def add_files(agreement_id: int) -> Response:
    """Add scans of the document, or a link. They are looked into before the database is locked."""
    who = acting()
    service.load(who, agreement_id)
    return adding.add_files(
        FilesForm(),
        who,
        href=f"/kerja-sama/{agreement_id}",
        note=lambda names: service.note_files(who=who, agreement_id=agreement_id, names=names),
        refused=lambda form: render(agreement_id, form, 422),
        agreement_id=agreement_id,
    )
