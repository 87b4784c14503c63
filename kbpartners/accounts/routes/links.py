"""Invitations and forgotten passwords: single-use links."""

from __future__ import annotations

from flask import Response, flash, make_response, render_template, request
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.accounts import service
from kbpartners.accounts.forms import ForgottenForm, NewPasswordForm
from kbpartners.accounts.routes import bp
from kbpartners.accounts.routes.entry import client_address, signed_in_as
from kbpartners.accounts.service import links, mail, passwords, posts, throttle
from kbpartners.db import begin_write, late_lock
from kbpartners.errors import Invalid, NotFound
from kbpartners.htmx import navigate
from kbpartners.security import Permission, requires
from kbpartners.settings.service import office

LINKS = throttle.ADDRESS


def _over(status: int) -> Response:
    """The page for a link that is used, over or unknown: what happened and whom to ask."""
    return make_response(render_template("accounts/tautan_lewat.html", ask_url=ask_url()), status)


def ask_url(name: str = "") -> str:
    """WhatsApp to the secretariat with a ready text; "" while the office has set no number."""
    text = _("Halo sekretariat, saya memerlukan tautan baru untuk masuk ke KB Partners.")
    text += "\n" + _("Nama atau surel saya: %(name)s", name=name)
    return formats.wa_link(office().whatsapp, text)


def _open_link(token: str) -> links.Link | None:
    throttle.check((throttle.address_key(client_address(), "tautan"), LINKS))
    link = links.look(token)
    return link if link.state == "open" and posts.holds_any(link.user_id) else None


@bp.get("/undangan/<token>")
@requires(Permission.PUBLIC)
def invitation(token: str) -> Response:
    """The form behind a link. Opening it uses nothing up."""
    try:
        link = _open_link(token)
    except NotFound:
        return _over(404)
    if link is None:
        return _over(410)
    form = NewPasswordForm(formdata=None, data={"name": link.name})
    return make_response(render_template("accounts/undangan.html", form=form, link=link, token=token))


@bp.post("/undangan/<token>")
@requires(Permission.PUBLIC)
@late_lock
def invitation_submit(token: str) -> Response:
    """Set the password (and name), use the link up, sign in."""
    try:
        link = _open_link(token)
    except NotFound:
        throttle.claim((throttle.address_key(client_address(), "tautan"), LINKS))
        return _over(404)
    if link is None:
        return _over(410)
    form = NewPasswordForm()
    if form.validate():
        try:
            return _accept(token, link, form)
        except Invalid as error:
            form.refuse(error)
    return make_response(render_template("accounts/undangan.html", form=form, link=link, token=token), 422)


def _accept(token: str, link: links.Link, form: NewPasswordForm) -> Response:
    password = form.password.data or ""
    passwords.check_new(password, own_words=(link.email, link.phone, link.name, form.name.data))
    hashed = passwords.hash_password(password)
    begin_write()
    user_id = links.redeem(token, name=form.name.data or "", password_hash=hashed)
    if service.identity_for(user_id) is None and posts.starts_on(user_id):
        flash(_("Kata sandi tersimpan.") + " " + service.why_out(user_id))
        return navigate("/masuk")
    signed_in_as(service.open_session(user_id, user_agent=request.user_agent.string, address=client_address()))
    return navigate("/")


@bp.get("/lupa-sandi")
@requires(Permission.PUBLIC)
def forgotten() -> Response:
    """Two ways to a new link: by mail, or from the secretariat by WhatsApp."""
    form = ForgottenForm(formdata=None)
    return make_response(
        render_template("accounts/lupa_sandi.html", form=form, mail=mail.configured(), ask_url=ask_url(), sent=False)
    )


@bp.post("/lupa-sandi")
@requires(Permission.PUBLIC)
@late_lock
def forgotten_submit() -> Response:
    """The answer is the same whoever was named."""
    form = ForgottenForm()
    sent = bool(form.validate())
    if sent:
        mail.ask_for_link(form.email.data or "", address=client_address())
    page = render_template(
        "accounts/lupa_sandi.html",
        form=form,
        mail=mail.configured(),
        ask_url=ask_url(form.email.data or ""),
        sent=sent,
    )
    return make_response(page, 200 if sent else 422)
