"""Serah terima: which post, who follows, what they get; the post left vacant; taking back what has not begun."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, request
from flask_babel import gettext as _

from kbpartners import clock, formats
from kbpartners.accounts import service
from kbpartners.accounts.forms import CancelForm, HandoverForm, VacateForm
from kbpartners.accounts.routes import bp
from kbpartners.accounts.service import facts, handover, holding, inheritance, links, mail, people, posts
from kbpartners.accounts.service.handover import Done, Seat
from kbpartners.errors import Invalid
from kbpartners.forms import id_or_none
from kbpartners.htmx import navigate, render_page
from kbpartners.security import Identity, Permission, acting, requires


@bp.get("/pengguna/serah-terima")
@requires(Permission.USERS_INVITE)
def handover_choose() -> Response:
    """Find the post that is handed over, by its title, its unit or whoever holds it."""
    q, unit = request.args.get("q", "").strip(), id_or_none(request.args.get("organization_id"))
    found = inheritance.find_posts(acting(), q=q, organization_id=unit) if q or unit else []
    return render_page("accounts/serah_terima_pilih.html", q=q, organization_id=unit, found=found)


@bp.get("/pengguna/serah-terima/<int:post_id>")
@requires(Permission.USERS_INVITE)
def handover_ask(post_id: int) -> Response:
    """The form, below what the successor gets."""
    who = acting()
    post = handover.seat(post_id, who)
    form = HandoverForm(formdata=None, acting="definitif", valid_from=clock.today())
    return _page(post, who, form, VacateForm(formdata=None, since=clock.today()))


@bp.post("/pengguna/serah-terima/<int:post_id>")
@requires(Permission.USERS_INVITE)
def handover_do(post_id: int) -> Response:
    """Hand the post over; the answer shows the link for a successor who is new (this once)."""
    who = acting()
    post = handover.seat(post_id, who)
    form = HandoverForm()
    _prepare(form, post, who)
    if not _known_already(form, who) and form.validate():
        try:
            done = _hand_over(post, who, form)
        except Invalid as error:
            form.refuse(error)
        else:
            return _told(post, who, done)
    return _page(post, who, form, VacateForm(formdata=None, since=clock.today()), status=422)


def _page(post: Seat, who: Identity, form: HandoverForm, vacate: VacateForm, *, status: int = 200) -> Response:
    there = _prepare(form, post, who)
    today = clock.today()
    return render_page(
        "accounts/serah_terima.html",
        status=status,
        post=post,
        form=form,
        vacate=vacate,
        now=[tenure for tenure in there if facts.holds(tenure.valid_from, tenure.valid_to, today)],
        coming=[tenure for tenure in there if tenure.valid_from > today],
        gets=inheritance.of_unit(post.unit_id),
        held_title=facts.held_title,
    )


def _prepare(form: HandoverForm, post: Seat, who: Identity) -> list[holding.Tenure]:
    """Give the form its choices; the people on the post, for the page."""
    there = posts.tenures(post.id)
    if form.user_id.choices is None:
        form.user_id.choices = [("", _("Orang baru, diundang di bawah")), *inheritance.candidates(post, who)]
        if (chosen := form.user_id.data) and chosen != who.user_id:
            _offer(form, chosen, people.name_of(chosen, who))
    lasting = [tenure for tenure in there if tenure.until(clock.today())]
    form.leaving.choices = [("", _("Tidak ada, hanya menambah")), *((str(t.assignment_id), t.called) for t in lasting)]
    return there


def _known_already(form: HandoverForm, who: Identity) -> bool:
    """An address that somebody has who may be chosen: choose them, and say so, instead of refusing the address."""
    if form.user_id.data:
        return False
    for field in (form.phone, form.email):
        found = service.account_named(field.data) if field.data else None
        name = people.name_of(found.id, who) if found and found.id != who.user_id else ""
        if found and name:
            form.user_id.data, form.user_id.raw_data = found.id, [str(found.id)]
            _offer(form, found.id, name)
            words = _("Sudah terdaftar sebagai %(name)s, dan sudah dipilih. Periksa, lalu simpan lagi.", name=name)
            form.user_id.errors = [words]
            return True
    return False


def _offer(form: HandoverForm, user_id: int, name: str) -> None:
    """Put somebody among the choices who is not of this partner."""
    choices: list[Any] = list(form.user_id.choices or [])
    if name and str(user_id) not in {value for value, _words in choices}:
        form.user_id.choices = [choices[0], (str(user_id), name), *choices[1:]]


def _hand_over(post: Seat, who: Identity, form: HandoverForm) -> Done:
    when: dict[str, Any] = {
        "valid_from": form.valid_from.data or clock.today(),
        "valid_to": form.valid_to.data,
        "acting": form.kind,
        "leaving": [form.leaving.data] if form.leaving.data else [],
    }
    if form.user_id.data:
        return handover.hand_over(who=who, post_id=post.id, user_id=form.user_id.data, **when)
    reach: dict[str, Any] = {name: form[name].data or "" for name in ("name", "email", "phone")}
    return handover.invite_and_hand_over(who=who, post_id=post.id, **reach, **when)


def _told(post: Seat, who: Identity, done: Done) -> Response:
    """What has happened, and the words to send: a link for those who have no password yet."""
    user = people.person(done.user_id, who)
    token = links.fresh(user.id, who=who) if user.password_hash is None else None
    text = _message(post, user.name, done)
    return render_page(
        "accounts/serah_terima_selesai.html",
        post=post,
        done=done,
        user=user,
        last_day=done.valid_from - holding.ONE_DAY,
        later=done.valid_from > clock.today(),
        issued=links.described(token) if token else None,
        mailed=mail.send_link(token, who=who) if token else False,
        text=text,
        wa_url=formats.wa_link(user.phone, text),
        left=[t for t in done.ended if t.user_id != user.id],
        gone={t.user_id for t in done.ended if not posts.holds_any(t.user_id)},
    )


def _message(post: Seat, name: str, done: Done) -> str:
    gets = inheritance.of_unit(post.unit_id).sentence
    text = _("Yth. %(name)s,", name=name) + " "
    text += _(
        "mulai %(day)s Anda bertugas sebagai %(post)s.", day=formats.date_medium(done.valid_from), post=post.words
    )
    if gets:
        text += " " + _("Yang menunggu: %(work)s.", work=gets)
    return f"{text}\n{current_app.config['KB'].base_url}/masuk".replace(formats.NBSP, " ")


@bp.post("/pengguna/serah-terima/<int:post_id>/kosong")
@requires(Permission.USERS_INVITE)
def handover_vacate(post_id: int) -> Response:
    """The holder has moved, nobody follows yet."""
    who = acting()
    post = handover.seat(post_id, who)
    vacate = VacateForm()
    if vacate.validate() and vacate.since.data:
        try:
            gone = handover.vacate(who=who, post_id=post_id, since=vacate.since.data)
        except Invalid as error:
            vacate.refuse(Invalid(error.message, "since"))
        else:
            names = ", ".join(tenure.called for tenure in gone)
            flash(_("Tugas %(name)s diakhiri. Pengganti belum ada.", name=names))
            return navigate(f"/mitra/{post.unit_id}/jabatan/{post.id}")
    form = HandoverForm(formdata=None, acting="definitif", valid_from=clock.today())
    return _page(post, who, form, vacate, status=422)


@bp.get("/pengguna/serah-terima/<int:post_id>/batal/<int:assignment_id>")
@requires(Permission.USERS_INVITE)
def handover_cancel_ask(post_id: int, assignment_id: int) -> Response:
    """What taking back means."""
    post = handover.seat(post_id, acting())
    plan = handover.planned(post_id, assignment_id)
    form = CancelForm(formdata=None, reopen=True)
    return render_page("accounts/serah_terima_batal.html", post=post, plan=plan, form=form)


@bp.post("/pengguna/serah-terima/<int:post_id>/batal/<int:assignment_id>")
@requires(Permission.USERS_INVITE)
def handover_cancel(post_id: int, assignment_id: int) -> Response:
    """Take back an assignment that has not begun."""
    who, form = acting(), CancelForm()
    post = handover.seat(post_id, who)
    handover.cancel(who=who, post_id=post_id, assignment_id=assignment_id, reopen=bool(form.reopen.data))
    flash(_("Serah terima dibatalkan."))
    return navigate(f"/mitra/{post.unit_id}/jabatan/{post.id}")
