"""The list of people, inviting, editing, deactivating. The secretariat sees those who speak for partners and OPD-KB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, flash, make_response, render_template, request
from flask_babel import gettext as _

from kbpartners import clock, errors, formats
from kbpartners.accounts import service
from kbpartners.accounts.forms import InviteForm, PersonForm
from kbpartners.accounts.routes import bp
from kbpartners.accounts.service import facts, links, mail, people, posts
from kbpartners.audit import service as audit
from kbpartners.errors import Conflict, Invalid, Refused
from kbpartners.htmx import navigate, render_page
from kbpartners.security import Identity, Permission, acting, requires

if TYPE_CHECKING:
    from kbpartners.accounts.models import User

STATUSES = {people.ACTIVE: "Aktif", people.INVITED: "Diundang", people.OFF: "Nonaktif"}


def status_badge(status: str) -> formats.Badge:
    """How the state of an account looks."""
    words = {
        people.ACTIVE: formats.Badge("done", "done", _("Aktif")),
        people.INVITED: formats.Badge("warn", "clock", _("Diundang, belum masuk")),
        people.OFF: formats.Badge("none", "slash", _("Nonaktif")),
    }
    return words[status]


def prepare(form: Any, who: Identity) -> Any:
    """Give a form with a post its choices, as far as `who` may hand them out."""
    form.organization_id.choices = [("", _("Pilih satuan")), *posts.unit_choices()]
    roles = reversed(facts.roles_for(who))  # the widest rights last: nobody becomes an admin by an oversight
    form.role.choices = [("", _("Pilih peran")), *((str(role), formats.word("role", role)) for role in roles)]
    return form


@bp.get("/pengguna")
@requires(Permission.USERS_INVITE)
def users() -> Response:
    """People by name, with filters."""
    args = request.args
    filters = {name: args.get(name, "").strip() for name in ("q", "role", "status")}
    listing = people.listing(
        acting(),
        q=filters["q"],
        role=filters["role"] if filters["role"] in formats.ROLES else "",
        status=filters["status"] if filters["status"] in STATUSES else "",
        after=args.get("after", type=int),
    )
    return render_page(
        "accounts/pengguna.html",
        block="results",
        target="hasil",
        listing=listing,
        filters=filters,
        roles=facts.roles_for(acting()),
        status_badge=status_badge,
        after=args.get("after", ""),
    )


@bp.get("/pengguna/baru")
@requires(Permission.USERS_INVITE)
def user_new() -> Response:
    """The form for a new person; a link from a unit's page names the unit."""
    who = acting()
    form = prepare(InviteForm(formdata=None), who)
    form.organization_id.data = request.args.get("organization_id", type=int)
    form.valid_from.data = clock.today()
    return make_response(render_template("accounts/baru.html", form=form))


@bp.post("/pengguna/baru")
@requires(Permission.USERS_INVITE)
def user_create() -> Response:
    """Make the person, the post, the assignment and the link; show the link (this once) with words to send it."""
    who = acting()
    form = prepare(InviteForm(), who)
    if form.validate():
        try:
            user_id = people.create(who=who, **fields_of(form))
        except Invalid as error:
            form.refuse(error)
        else:
            token = links.fresh(user_id, who=who)
            mailed = mail.send_link(token, who=who)
            return _record(user_id, who, issued=links.described(token), mailed=mailed, invited=True)
    return make_response(render_template("accounts/baru.html", form=form), 422)


def fields_of(form: Any) -> dict[str, Any]:
    """The data of a form by the model's names."""
    return {name: value for name, value in form.data.items() if name != "csrf_token"}


def _record(user_id: int, who: Identity, *, status: int = 200, **more: Any) -> Response:
    user = people.person(user_id, who)
    held = posts.held_by([user_id]).get(user_id, [])
    return render_page(
        "accounts/pengguna_satu.html",
        block="link",
        target="tautan",
        status=status,
        user=user,
        badge_=status_badge(people.status_of(user.password_hash is not None, user.deactivated_at)),
        held=held,
        today=clock.today(),
        holds=facts.holds,
        ends=[post for post in held if post.role in facts.roles_for(who)],
        sessions=service.sessions_of(user_id) if who.can(Permission.USERS_MANAGE) else [],
        history=audit.history("user", user_id, 10) if who.can(Permission.AUDIT_READ) else [],
        may_edit=people.may_edit(user, who),
        has_mail=mail.configured(),
        serves=posts.holds_any(user_id),
        **{"issued": None, "mailed": False, "invited": False, **more},
    )


@bp.get("/pengguna/<int:user_id>")
@requires(Permission.USERS_INVITE)
def user(user_id: int) -> Response:
    """A person: how to reach them, posts, sessions, history, and a fresh link in one tap."""
    return _record(user_id, acting())


@bp.post("/pengguna/<int:user_id>/tautan")
@requires(Permission.USERS_INVITE)
def user_link(user_id: int) -> Response:
    """Issue a fresh link and show it (it is shown this once)."""
    who = acting()
    people.person(user_id, who)
    token = links.fresh(user_id, who=who)
    return _record(user_id, who, issued=links.described(token), mailed=mail.send_link(token, who=who))


def _editable(user_id: int, who: Identity) -> User:
    user = people.person(user_id, who)
    if not people.may_edit(user, who):
        raise Refused(_("Data pengguna yang sudah aktif hanya dapat diubah admin."))
    return user


@bp.get("/pengguna/<int:user_id>/ubah")
@requires(Permission.USERS_INVITE)
def user_edit(user_id: int) -> Response:
    """The form for a person's data."""
    user = _editable(user_id, acting())
    form = PersonForm(formdata=None, obj=user)
    return make_response(render_template("accounts/ubah.html", form=form, user=user))


@bp.post("/pengguna/<int:user_id>/ubah")
@requires(Permission.USERS_INVITE)
def user_save(user_id: int) -> Response:
    """Save a person's data."""
    who = acting()
    user = _editable(user_id, who)
    form = PersonForm()
    here = f"/pengguna/{user_id}"
    if form.validate():
        try:
            people.edit(who=who, user_id=user_id, version=form.version.data or 0, values=form.values())
        except Conflict as error:
            return errors.conflict_page(error, action=f"{here}/ubah", saved_href=here)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Data tersimpan."))
            return navigate(here)
    return make_response(render_template("accounts/ubah.html", form=form, user=user), 422)


@bp.get("/pengguna/<int:user_id>/nonaktifkan")
@requires(Permission.USERS_MANAGE)
def user_deactivate_ask(user_id: int) -> Response:
    """Ask before a person's access ends."""
    user = people.person(user_id, acting())
    return make_response(render_template("accounts/nonaktifkan.html", user=user))


@bp.post("/pengguna/<int:user_id>/nonaktifkan")
@requires(Permission.USERS_MANAGE)
def user_deactivate(user_id: int) -> Response:
    """End a person's access at once."""
    people.deactivate(user_id, who=acting())
    flash(_("Akun dinonaktifkan. Semua sesinya sudah berakhir."))
    return navigate(f"/pengguna/{user_id}")


@bp.get("/pengguna/<int:user_id>/aktifkan")
@requires(Permission.USERS_MANAGE)
def user_reactivate_ask(user_id: int) -> Response:
    """Ask before a person is let in again."""
    user = people.person(user_id, acting())
    return make_response(render_template("accounts/aktifkan.html", user=user))


@bp.post("/pengguna/<int:user_id>/aktifkan")
@requires(Permission.USERS_MANAGE)
def user_reactivate(user_id: int) -> Response:
    """Let a person in again."""
    people.reactivate(user_id, who=acting())
    flash(_("Akun aktif kembali."))
    return navigate(f"/pengguna/{user_id}")


@bp.post("/pengguna/<int:user_id>/sesi/<int:session_id>/akhiri")
@requires(Permission.USERS_MANAGE)
def user_session_end(user_id: int, session_id: int) -> Response:
    """Sign one browser of a person out."""
    service.close_session(session_id, user_id)
    flash(_("Peramban itu sudah dikeluarkan."))
    return navigate(f"/pengguna/{user_id}")
