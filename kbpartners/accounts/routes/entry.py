"""Signing in and out, and the language of the sign-in page."""

from __future__ import annotations

from flask import Response, current_app, flash, g, make_response, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import login_user

from kbpartners import resubmit
from kbpartners.accounts import service
from kbpartners.accounts.forms import SignInForm
from kbpartners.accounts.routes import bp
from kbpartners.accounts.service import mail
from kbpartners.db import late_lock
from kbpartners.errors import Invalid, TooMany
from kbpartners.htmx import navigate
from kbpartners.i18n import LOCALES
from kbpartners.security import Identity, Permission, me, requires

YEAR = 365 * 24 * 3600


def enter(identity: Identity) -> None:
    """Give the browser the identity's token in a fresh cookie (nothing of an earlier one is kept)."""
    session.clear()
    g.pop("csrf_token", None)  # the form token of the old cookie, where this request has already made one
    session.permanent = True
    login_user(identity)


def signed_in_as(token: str) -> Identity:
    """The identity behind a token that was issued a moment ago; the browser is signed in."""
    identity = service.identity_of(token)
    if identity is None:
        raise Invalid(_("Akun Anda sedang tidak memegang jabatan. Hubungi sekretariat."))
    enter(identity)
    g.user_id = identity.user_id
    return identity


def client_address() -> str:
    """Where the request comes from (a proxy in front has to be set up to say so)."""
    return request.remote_addr or ""


@bp.get("/masuk")
@requires(Permission.PUBLIC)
def sign_in() -> Response:
    """The way in; who is in already goes on to where the link pointed."""
    target = request.args.get("next", "")
    if me() is not None:
        return navigate(service.safe_next(target))
    form = SignInForm(formdata=None, data={"next": target})
    return make_response(render_template("accounts/masuk.html", form=form, mail=mail.configured()))


@bp.post("/masuk")
@requires(Permission.PUBLIC)
@late_lock
def sign_in_submit() -> Response:
    """Check who it is. Afterwards: what was typed before the session ended, or where the link pointed."""
    form = SignInForm()
    if not form.validate():
        return _again(form, 422)
    try:
        token = service.sign_in(
            form.email.data or "",
            form.password.data or "",
            address=client_address(),
            user_agent=request.user_agent.string,
            former_token=session.get("_user_id", ""),
        )
        identity = signed_in_as(token)
    except TooMany as error:
        form.refuse(Invalid(error.message))
        response = _again(form, 429)
        response.headers["Retry-After"] = str(error.seconds)
        return response
    except Invalid as error:
        form.refuse(error)
        return _again(form, 422)
    return _go_on(form, identity)


def _go_on(form: SignInForm, identity: Identity) -> Response:
    target = service.safe_next(form.next.data)
    if not form.draft.data:
        return navigate(target)
    page = resubmit.recovered(form.draft.data, identity)
    if page is None:
        flash(_("Isian yang tadi terkirim milik akun lain atau sudah lama, jadi tidak ditampilkan."))
        return navigate(target)
    return make_response(page)


def _again(form: SignInForm, status: int) -> Response:
    """The sign-in page once more, with the reason; with a draft in it, the page that also shows what was typed."""
    reason = " ".join([*form.form_errors, *form.email.errors, *form.password.errors])
    page = resubmit.sign_in_again(form.draft.data, email=form.email.data or "", error=reason)
    if page is None:
        page = render_template("accounts/masuk.html", form=form, mail=mail.configured())
    return make_response(page, status)


@resubmit.instead("accounts.sign_in_submit")
def stale_sign_in() -> Response:
    """The sign-in page was open so long that its token is gone: nothing is lost but the password."""
    if me() is not None:
        return navigate(service.safe_next(request.form.get("next")))
    form = SignInForm()
    form.refuse(Invalid(_("Halaman ini terlalu lama terbuka. Tulis kata sandi sekali lagi.")))
    return _again(form, 419)


@bp.post("/keluar")
@requires(Permission.PUBLIC)
def sign_out() -> Response:
    """End this browser's session."""
    service.close_token(session.get("_user_id", ""))
    session.clear()
    return navigate("/masuk")


@resubmit.instead("accounts.sign_out")
def stale_sign_out() -> Response:
    """Without a form token: who is out already sees the sign-in page, the other a fresh button."""
    return redirect("/profil" if me() is not None else "/masuk", 303)  # type: ignore[return-value]


@bp.post("/bahasa")
@requires(Permission.PUBLIC)
def language() -> Response:
    """Choose the language of the pages before signing in."""
    wanted = request.form.get("locale", "")
    target = request.form.get("next", "")
    query = target.partition("?")[2]
    response = navigate(f"/masuk?{query}" if query and service.safe_next(f"/?{query}") != "/" else "/masuk")
    if wanted in LOCALES:
        response.set_cookie(
            "bahasa",
            wanted,
            max_age=YEAR,
            samesite="Lax",
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return response
