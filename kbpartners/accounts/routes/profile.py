"""One's own data, password and sessions."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, render_template, request
from flask_babel import gettext as _

from kbpartners import errors
from kbpartners.accounts import service
from kbpartners.accounts.forms import ChangePasswordForm, ProfileForm
from kbpartners.accounts.routes import bp
from kbpartners.accounts.routes.entry import client_address, signed_in_as
from kbpartners.accounts.service import passwords, people, posts, throttle
from kbpartners.db import begin_write, late_lock
from kbpartners.errors import Conflict, Invalid
from kbpartners.htmx import navigate
from kbpartners.security import Permission, acting, requires


def _page(status: int = 200, form: ProfileForm | None = None, secret: ChangePasswordForm | None = None) -> Response:
    who = acting()
    user = people.own(who)
    held = posts.held_by([who.user_id]).get(who.user_id, [])
    page = render_template(
        "accounts/profil.html",
        form=form or ProfileForm(formdata=None, data=user._asdict()),
        secret=secret or ChangePasswordForm(formdata=None),
        user=user,
        held=held,
        sessions=service.sessions_of(who.user_id),
    )
    return make_response(page, status)


@bp.get("/profil")
@requires(Permission.SIGNED_IN)
def profile() -> Response:
    """Own name, phone, language, password, sessions."""
    return _page()


@bp.post("/profil")
@requires(Permission.SIGNED_IN)
def profile_save() -> Response:
    """Save one's own data."""
    form = ProfileForm()
    who = acting()
    if form.validate():
        try:
            people.edit(who=who, user_id=who.user_id, version=form.version.data or 0, values=form.values())
        except Conflict as error:
            return errors.conflict_page(error, action="/profil", saved_href="/profil")
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Profil tersimpan."))
            return navigate("/profil")
    return _page(422, form=form)


@bp.post("/profil/sandi")
@requires(Permission.SIGNED_IN)
@late_lock
def profile_password() -> Response:
    """Replace one's own password; the other browsers are signed out, this one gets a new session."""
    form = ChangePasswordForm()
    if form.validate():
        try:
            _change_password(form)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Kata sandi diganti. Peramban lain sudah dikeluarkan."))
            return navigate("/profil")
    return _page(422, secret=form)


def _change_password(form: Any) -> None:
    who = acting()
    account = service.account(who.user_id)
    # A stolen session must not be a place to guess the password at leisure.
    keys = throttle.account_key(who.user_id, ""), throttle.address_key(client_address())
    throttle.claim((keys[0], throttle.ACCOUNT), (keys[1], throttle.ADDRESS))
    if not passwords.matches(account.password_hash, form.current_password.data):
        raise Invalid(_("Kata sandi sekarang tidak cocok."), "current_password")
    passwords.check_new(form.password.data, own_words=(account.email, account.phone, account.name))
    hashed = passwords.hash_password(form.password.data)
    begin_write()
    people.set_password(who.user_id, hashed, who=who)
    throttle.forgive(*keys)
    signed_in_as(service.open_session(who.user_id, user_agent=request.user_agent.string, address=client_address()))


@bp.post("/profil/sesi/<int:session_id>/akhiri")
@requires(Permission.SIGNED_IN)
def profile_session_end(session_id: int) -> Response:
    """Sign one of one's own browsers out."""
    who = acting()
    service.close_session(session_id, who.user_id)
    flash(_("Peramban itu sudah dikeluarkan."))
    return navigate("/masuk" if session_id == who.session_id else "/profil")
