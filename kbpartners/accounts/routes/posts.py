"""Posts of a person: another one, the end of one."""

from __future__ import annotations

from flask import Response, flash, make_response, render_template, request
from flask_babel import gettext as _

from kbpartners import clock
from kbpartners.accounts.forms import EndPostForm, PostForm
from kbpartners.accounts.routes import bp
from kbpartners.accounts.routes.people import fields_of, prepare
from kbpartners.accounts.service import people, posts
from kbpartners.errors import Invalid
from kbpartners.htmx import navigate
from kbpartners.security import Permission, acting, requires


@bp.get("/pengguna/<int:user_id>/jabatan/baru")
@requires(Permission.USERS_INVITE)
def post_new(user_id: int) -> Response:
    """The form for another post."""
    who = acting()
    user = people.person(user_id, who)
    form = prepare(PostForm(formdata=None), who)
    form.organization_id.data = request.args.get("organization_id", type=int)
    form.valid_from.data = clock.today()
    return make_response(render_template("accounts/jabatan.html", form=form, user=user))


@bp.post("/pengguna/<int:user_id>/jabatan/baru")
@requires(Permission.USERS_INVITE)
def post_create(user_id: int) -> Response:
    """Put the person on another post."""
    who = acting()
    user = people.person(user_id, who)
    form = prepare(PostForm(), who)
    if form.validate():
        try:
            posts.assign(who=who, user_id=user_id, **fields_of(form))
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Jabatan ditambahkan."))
            return navigate(f"/pengguna/{user_id}")
    return make_response(render_template("accounts/jabatan.html", form=form, user=user), 422)


@bp.get("/pengguna/<int:user_id>/jabatan/<int:assignment_id>/akhiri")
@requires(Permission.USERS_INVITE)
def post_end_ask(user_id: int, assignment_id: int) -> Response:
    """Ask for the last day on a post."""
    user = people.person(user_id, acting())
    post = posts.held(assignment_id, user_id)
    form = EndPostForm(formdata=None, data={"valid_to": post.valid_to or clock.today()})
    return make_response(render_template("accounts/akhiri.html", form=form, user=user, post=post))


@bp.post("/pengguna/<int:user_id>/jabatan/<int:assignment_id>/akhiri")
@requires(Permission.USERS_INVITE)
def post_end(user_id: int, assignment_id: int) -> Response:
    """End a post."""
    who = acting()
    user = people.person(user_id, who)
    post = posts.held(assignment_id, user_id)
    form = EndPostForm()
    if form.validate() and form.valid_to.data:
        try:
            posts.end(assignment_id, who=who, user_id=user_id, valid_to=form.valid_to.data)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Tugas pada jabatan itu diakhiri."))
            return navigate(f"/pengguna/{user_id}")
    return make_response(render_template("accounts/akhiri.html", form=form, user=user, post=post), 422)
