"""The posts of a unit: adding one, and ending one after saying what that means."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.attachments import leftovers
from kbpartners.errors import Invalid, Refused
from kbpartners.htmx import navigate, render_page
from kbpartners.organizations import service
from kbpartners.organizations.forms import EndForm, PostForm
from kbpartners.organizations.routes import bp
from kbpartners.security import Identity, Permission, acting, requires


@bp.get("/mitra/<int:organization_id>/jabatan")
@requires(Permission.ORGANIZATIONS_READ)
def posts(organization_id: int) -> Response:
    """The posts of a unit: who holds them, who held them when."""
    return _history_page(organization_id, None)


@bp.get("/mitra/<int:organization_id>/jabatan/<int:post_id>")
@requires(Permission.ORGANIZATIONS_READ)
def post(organization_id: int, post_id: int) -> Response:
    """One post through the years."""
    return _history_page(organization_id, post_id)


def _history_page(organization_id: int, post_id: int | None) -> Response:
    who = acting()
    unit = service.detail(who, organization_id)
    if not unit.own:
        raise Refused(_("Riwayat jabatan hanya untuk satuan itu sendiri dan sekretariat."))
    found, invites = service.history_of(unit.id, post_id), who.can(Permission.USERS_INVITE)
    return render_page(
        "organizations/posts.html",
        unit=unit,
        posts=found,
        alone=post_id is not None,
        today=clock.today(),
        manages=[str(role) for role in service.role_choices(who, unit.category)] if invites else [],
        unsent=leftovers.of({t.user_id for post in found for t in post.tenures}) if invites else [],
    )


@bp.get("/mitra/<int:organization_id>/jabatan/baru")
@requires(Permission.ORGANIZATIONS_WRITE)
def new_post(organization_id: int) -> Response:
    """The form for a post."""
    return _post_form(PostForm(formdata=None, is_contact=True), service.detail(acting(), organization_id))


@bp.post("/mitra/<int:organization_id>/jabatan/baru")
@requires(Permission.ORGANIZATIONS_WRITE)
def create_post(organization_id: int) -> Response:
    """Add it."""
    form, who = PostForm(), acting()
    unit = service.detail(who, organization_id)
    form.role.choices = _roles(who, unit)
    if form.validate():
        try:
            service.add_post(
                who=who,
                organization_id=unit.id,
                title=form.title.data or "",
                role=form.role.data,
                is_contact=form.is_contact.data,
            )
            return navigate(f"/mitra/{unit.id}")
        except Invalid as error:
            form.refuse(error)
    return _post_form(form, unit, status=422)


def _roles(who: Identity, unit: service.Detail) -> list[tuple[str, str]]:
    return [(str(role), formats.word("role", role)) for role in service.role_choices(who, unit.category)]


def _post_form(form: PostForm, unit: service.Detail, status: int = 200) -> Response:
    form.role.choices = _roles(acting(), unit)
    return render_page("organizations/post.html", form=form, unit=unit, status=status)


@bp.get("/mitra/<int:organization_id>/jabatan/<int:post_id>/akhiri")
@requires(Permission.ORGANIZATIONS_WRITE)
def ending_post(organization_id: int, post_id: int) -> Response:
    """What ending a post means, before it is done."""
    unit = service.detail(acting(), organization_id)
    return render_page("organizations/end_post.html", unit=unit, post=service.ending(unit.id, post_id), form=EndForm())


@bp.post("/mitra/<int:organization_id>/jabatan/<int:post_id>/akhiri")
@requires(Permission.ORGANIZATIONS_WRITE)
def end_post(organization_id: int, post_id: int) -> Response:
    """End it."""
    who = acting()
    unit = service.detail(who, organization_id)
    form = EndForm()
    try:
        service.end_post(who=who, organization_id=unit.id, post_id=post_id)
    except Invalid as error:
        form.refuse(error)
        post = service.ending(unit.id, post_id)
        return render_page("organizations/end_post.html", unit=unit, post=post, form=form, status=422)
    return navigate(f"/mitra/{unit.id}")
