"""The list of partners, one unit, and its forms: of the secretariat, and the one a unit fills in itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.agreements import service as agreements
from kbpartners.audit import service as audit
from kbpartners.errors import Conflict, Invalid, NotFound, Refused, conflict_page
from kbpartners.followups.service import listing as followups
from kbpartners.forms import clean
from kbpartners.htmx import navigate, render_page
from kbpartners.organizations import service, texts
from kbpartners.organizations.forms import ContactForm, UnitForm
from kbpartners.organizations.routes import bp
from kbpartners.organizations.routes.trail import trail
from kbpartners.organizations.service import gaps, profile
from kbpartners.regions import service as regions
from kbpartners.regions.cascade import number
from kbpartners.security import Identity, Permission, acting, requires

SHOWN = 6
"""Commitments and follow-ups on a unit's page; the links beside them lead to all."""

# --- the list ----------------------------------------------------------------------------------------------------


@bp.get("/mitra")
@requires(Permission.ORGANIZATIONS_READ)
def index() -> Response:
    """Partners, or units of every level that match a word or a region."""
    filters = _filters()
    page = service.listing(acting(), filters, after=number(request.args.get("after")))
    regencies = regions.regency_choices(_("Semua wilayah"))
    return render_page(
        "organizations/index.html",
        block="list",
        target="daftar",
        page=page,
        filters=filters,
        href=_href,
        regencies=regencies,
        other_region="" if filters.region_id in dict(regencies) else regions.label(filters.region_id),
        first_href=_href(filters) if request.args.get("after") else "",
        next_href=_href(filters, after=page.after) if page.after else "",
        copy_text=texts.list_text(page.rows, _base_url()) if page.rows else "",
    )


def _filters() -> service.Filters:
    category = request.args.get("category", "")
    return service.Filters(
        q=clean(request.args.get("q", ""))[:100],
        category=category if category in formats.CATEGORIES else "",
        region_id=number(request.args.get("region_id")),
        ended=request.args.get("ended") == "1",
    )


def _href(filters: service.Filters, **other: Any) -> str:
    """The list with these filters, some of them replaced."""
    pairs = {**vars(filters), **other}
    query = urlencode({name: "1" if value is True else value for name, value in pairs.items() if value})
    return f"/mitra?{query}" if query else "/mitra"


def _base_url() -> str:
    return current_app.config["KB"].base_url


# --- one unit ----------------------------------------------------------------------------------------------------


@bp.get("/mitra/<int:organization_id>")
@requires(Permission.ORGANIZATIONS_READ)
def show(organization_id: int) -> Response:
    """A unit with everything around it; of a unit that was merged away, where it went."""
    who = acting()
    try:
        unit, counts = profile.head(who, organization_id)
    except NotFound:
        return _gone(who, organization_id)
    if unit.merged_into_id:
        return _gone(who, organization_id)
    posts = service.posts_of(unit.id)
    contacts = service.contacts_from(posts, unit.number)
    return render_page(
        "organizations/show.html",
        unit=unit,
        crumbs=trail(who, unit, inside=False),
        below=service.branch(who, unit.id),
        posts=posts,
        counts=counts,
        lights=profile.lights(who, unit),
        followups=followups.of_unit(unit.id, who, SHOWN),
        documents=agreements.of_organization(unit.id, who, SHOWN),
        agenda=profile.agenda(who, unit),
        cover=gaps.cover(who, unit, clock.today()),
        copy_text=texts.contacts_text(unit, contacts, _base_url()),
        today=clock.today(),
        shown=SHOWN,
    )


def _gone(who: Identity, organization_id: int) -> Response:
    """Where a merged unit went, for whoever may see that one. Its name and its history stay here."""
    moved = service.moved_to(organization_id)
    if moved is None:
        raise NotFound
    service.check_visible(who, moved.into_id)
    return render_page(
        "organizations/merged.html",
        moved=moved,
        merge=next((m for m in service.merges_of(organization_id) if m.undone_at is None), None),
        history=audit.history("organization", organization_id) if who.can(Permission.AUDIT_READ) else [],
    )


@bp.get("/mitra/<int:organization_id>/riwayat")
@requires(Permission.AUDIT_READ)
def history(organization_id: int) -> Response:
    """What happened to a unit, and the merges it took part in."""
    who = acting()
    unit = service.detail(who, organization_id)
    return render_page(
        "organizations/history.html",
        unit=unit,
        crumbs=trail(who, unit),
        history=audit.history("organization", unit.id, limit=200),
        merges=service.merges_of(unit.id),
    )


# --- registering and editing -------------------------------------------------------------------------------------


@bp.get("/mitra/baru")
@requires(Permission.ORGANIZATIONS_WRITE)
def new() -> Response:
    """The form for a partner or, with `parent_id`, for a unit below one."""
    parent_id = number(request.args.get("parent_id"))
    form = UnitForm(formdata=None, parent_id=parent_id)
    if parent_id:
        form.category.data = service.detail(acting(), parent_id).category
    return _form(form)


@bp.post("/mitra/baru")
@requires(Permission.ORGANIZATIONS_WRITE)
def create() -> Response:
    """Register it."""
    form, who = UnitForm(), acting()
    _offer(form, who)
    if request.form.get("cascade"):
        return _form(form)
    if form.validate():
        try:
            organization_id = service.create(who=who, facts=service.Facts(**form.facts()))
            return navigate(f"/mitra/{organization_id}")
        except Invalid as error:
            form.refuse(error)
    return _form(form, status=422)


@bp.get("/mitra/<int:organization_id>/ubah")
@requires(Permission.ORGANIZATIONS_WRITE)
def change(organization_id: int) -> Response:
    """The form of a unit."""
    unit = service.detail(acting(), organization_id)
    form = UnitForm(formdata=None, data=unit._asdict())
    form.coverage.data = [str(item.region_id) for item in service.covered(unit.id)]
    return _form(form, unit)


@bp.post("/mitra/<int:organization_id>/ubah")
@requires(Permission.ORGANIZATIONS_WRITE)
def save(organization_id: int) -> Response:
    """Save it."""
    form, who = UnitForm(), acting()
    unit = service.detail(who, organization_id)
    _offer(form, who, unit)
    if request.form.get("cascade"):
        return _form(form, unit)
    if form.validate():
        try:
            facts = service.Facts(**form.facts())
            service.edit(who=who, organization_id=unit.id, version=form.version.data or 0, facts=facts)
            return navigate(f"/mitra/{unit.id}")
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            return conflict_page(error, action=f"/mitra/{unit.id}/ubah", saved_href=f"/mitra/{unit.id}")
    return _form(form, unit, status=422)


def _offer(form: UnitForm, who: Identity, unit: service.Detail | None = None) -> None:
    """Fill the selects. A parent that has ended since stays on offer for the unit that hangs below it."""
    kept = unit.parent_id if unit else None
    parents = service.parent_choices(who, without=unit.id if unit else None, chosen=[form.parent_id.data, kept])
    if unit and unit.parent_id and unit.parent_id not in dict(parents):
        parents += list(service.names([unit.parent_id]).items())
    form.parent_id.choices = [("", _("Tanpa induk (mitra kerja)")), *parents]
    form.category.choices = formats.choices("category", _("Pilih kategori"))


def _form(form: UnitForm, unit: service.Detail | None = None, status: int = 200) -> Response:
    who = acting()
    _offer(form, who, unit)
    picker = service.picker(form.ticked(), number(request.form.get("province_id")))
    return render_page(
        "organizations/form.html",
        status=status,
        form=form,
        unit=unit,
        picker=picker,
        action=f"/mitra/{unit.id}/ubah" if unit else "/mitra/baru",
    )


# --- what a unit keeps up to date itself -------------------------------------------------------------------------


@bp.get("/mitra/<int:organization_id>/narahubung")
@requires(Permission.CONTACTS_WRITE)
def contact(organization_id: int) -> Response:
    """The form with the contact data of a unit."""
    who = acting()
    unit = service.detail(who, organization_id)
    if not service.may_edit_contact(who, unit.id):
        raise Refused()
    return render_page("organizations/contact.html", form=ContactForm(formdata=None, data=unit._asdict()), unit=unit)


@bp.post("/mitra/<int:organization_id>/narahubung")
@requires(Permission.CONTACTS_WRITE)
def save_contact(organization_id: int) -> Response:
    """Save it."""
    form, who = ContactForm(), acting()
    unit = service.detail(who, organization_id)
    if not service.may_edit_contact(who, unit.id):
        raise Refused()
    if form.validate():
        try:
            facts = service.ContactFacts(**form.contact())
            service.edit_contact(who=who, organization_id=unit.id, version=form.version.data or 0, facts=facts)
            return navigate(f"/mitra/{unit.id}")
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            return conflict_page(error, action=f"/mitra/{unit.id}/narahubung", saved_href=f"/mitra/{unit.id}")
    return render_page("organizations/contact.html", form=form, unit=unit, status=422)
