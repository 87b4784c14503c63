"""One change to many commitments: choose in the list, see what would happen, confirm, done."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from flask import Response, flash, request
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from kbpartners import formats
from kbpartners.commitments.forms import BulkForm
from kbpartners.commitments.parcels import pack, unpack
from kbpartners.commitments.routes import bp
from kbpartners.commitments.routes.lists import HERE, filters_from, status_words
from kbpartners.commitments.service import Filters, bulk, choices, deeds
from kbpartners.commitments.service.bulk import Change, Choice, Drift, Item, Plan, Seen
from kbpartners.commitments.service.deeds import Drifted
from kbpartners.errors import Invalid
from kbpartners.forms import list_address
from kbpartners.htmx import navigate, render_page
from kbpartners.organizations import service as organizations
from kbpartners.regions import service as regions
from kbpartners.security import Identity, acting, requires
from kbpartners.security import Permission as P

SHOWN = 50
"""Commitments that a page names one by one; of the others it tells the number."""
NO_DRIFT = Drift([], [], [])


@bp.get("/komitmen/massal")
@requires(P.COMMITMENTS_WRITE)
def bulk_choose() -> Response:
    """What was chosen in the list, counted; and what may be changed in all of it."""
    who, filters = acting(), filters_from(request.args)[0]
    choice = Choice(filters=filters) if "semua" in request.args else Choice(_picked(request.args.getlist("id")))
    try:
        items = bulk.find(who, choice)
    except Invalid as error:
        return _nothing(filters, error.message, 422)
    if not items and not choice.seen:
        return _nothing(filters, "")
    form = BulkForm(formdata=None, teams=choices.teams(), choice=pack(bulk.looked_at(choice, items), who))
    return _form_page(form, choice, items, back=list_address(HERE, filters))


def _picked(values: list[str]) -> tuple[Seen, ...]:
    """The check boxes of the list: id, version and whether it is open, of each row."""
    found = (re.fullmatch(r"(\d{1,9})\.(\d{1,9})\.([01])", value, re.ASCII) for value in values[: bulk.MOST])
    rows = {int(match[1]): Seen(int(match[1]), int(match[2]), match[3] == "1") for match in found if match}
    return tuple(rows.values())


def _nothing(filters: Filters, problem: str, status: int = 200) -> Response:
    return render_page("commitments/bulk_none.html", status=status, back=list_address(HERE, filters), problem=problem)


def _form_page(form: BulkForm, choice: Choice, items: list[Item], *, back: str, status: int = 200) -> Response:
    drift = bulk.drift(choice, items)
    counted = bulk.by_partner(items)
    names = organizations.names(counted)
    return render_page(
        "commitments/bulk.html",
        status=status,
        form=form,
        items=items[:SHOWN],
        total=len(items),
        closed=sum(not item.is_open for item in items),
        partners=[(names.get(id_, ""), n) for id_, n in counted.items()],
        everything=choice.filters is not None,
        scope=_in_words(choice.filters) if choice.filters is not None else "",
        drift=drift,
        back=back,
    )


@bp.post("/komitmen/massal")
@requires(P.COMMITMENTS_WRITE)
def bulk_change() -> Response:
    """Check what was typed and show what would happen; or do what was shown and confirmed."""
    who, form = acting(), BulkForm(teams=choices.teams())
    try:
        choice = unpack(form.choice.data or "", who, _filters, _("Pilihan di halaman ini tidak lagi berlaku."))
        items = bulk.find(who, choice)
    except Invalid as error:
        return _nothing(Filters(), error.message, 422)
    step, back = request.form.get("langkah", ""), list_address(HERE, choice.filters or Filters())
    valid = form.validate()
    if step == "kembali" or not valid:
        form.choice.data = pack(bulk.looked_at(choice, items), who)
        form.choice.raw_data = None
        return _form_page(form, choice, items, back=back, status=200 if valid else 422)
    if step in ("terapkan", "sisanya"):
        return _confirmed(who, form, choice, items, step == "sisanya")
    return _checked(who, form, choice, items, bulk.drift(choice, items))


def _filters(address: str) -> Filters:
    return filters_from(MultiDict(parse_qsl(address.lstrip("?"))))[0]


def _change(form: BulkForm) -> Change:
    names = ("action", "due_on", "days", "counterpart_id", "period_start", "period_end", "reason", "leave_out")
    return Change(**{name: form[name].data for name in names})


def _checked(
    who: Identity, form: BulkForm, choice: Choice, items: list[Item], drift: Drift, status: int = 200
) -> Response:
    """The page that says what would happen, bound to what is there now. What breaks a rule is said on the form."""
    back, change = list_address(HERE, choice.filters or Filters()), _change(form)
    now = bulk.looked_at(choice, items)
    form.choice.data, form.choice.raw_data = pack(now, who), None
    try:
        plan = bulk.plan(items, change)
        if plan.wrong and not change.leave_out:
            raise Invalid(deeds.broken(plan), field="rows")
        if not plan.steps:
            raise Invalid(_("Tidak ada yang berubah: semua sudah begitu atau sudah ditutup."), field="rows")
    except Invalid as error:
        form.refuse(error)
        return _form_page(form, choice, items, back=back, status=422)
    rest = bulk.untouched(choice, items) if drift else Choice()
    return render_page(
        "commitments/bulk_check.html",
        status=status,
        form=form,
        plan=plan,
        change=change,
        what=_what(plan, change),
        steps=plan.steps[:SHOWN],
        drift=drift,
        rest=len(rest.seen) if drift else 0,
        rest_parcel=pack(rest, who) if drift and rest.seen else "",
        names=SHOWN,
        back=back,
    )


def _what(plan: Plan, change: Change) -> str:
    """The deed in one line above the button."""
    n = len(plan.steps)
    if change.action == bulk.DUE:
        return _("Tenggat %(n)s komitmen menjadi %(day)s", n=n, day=formats.date_medium(change.due_on))
    if change.action == bulk.SHIFT:
        return _("Tenggat %(n)s komitmen bergeser %(days)s hari", n=n, days=change.days)
    if change.action == bulk.COUNTERPART:
        return _("%(n)s komitmen pindah ke %(team)s", n=n, team=plan.counterpart)
    return _("Jangka waktu %(n)s komitmen berubah", n=n)


def _confirmed(who: Identity, form: BulkForm, choice: Choice, items: list[Item], only_rest: bool) -> Response:
    """Do it. Whatever has changed since the page was drawn is shown, and asked about again."""
    if only_rest:
        try:
            choice = unpack(
                request.form.get("rest", ""), who, _filters, _("Pilihan di halaman ini tidak lagi berlaku.")
            )
        except Invalid as error:
            return _nothing(Filters(), error.message, 422)
    with force_locale("id"):
        scope = _in_words(choice.filters) if choice.filters is not None else ""
    try:
        done = deeds.carry_out(who=who, choice=choice, change=_change(form), scope=scope)
    except Drifted as error:
        return _checked(who, form, choice, error.items, error.drift, 409)
    except Invalid as error:
        form.refuse(error)
        back = list_address(HERE, choice.filters or Filters())
        return _form_page(form, choice, items, back=back, status=422)
    flash(_("%(n)s komitmen diubah.", n=formats.number(len(done.steps))))
    return navigate(list_address(HERE, choice.filters or Filters()))


def _in_words(filters: Filters) -> str:
    """A set of filters in words: "terlambat, satuan Kodam II/Sriwijaya, tenggat dari 1 Juni 2026"."""
    found = [status_words()[filters.status].lower()]
    if filters.q:
        found.append(_("mengandung “%(q)s”", q=filters.q))
    if filters.organization_id:
        found.append(organizations.names([filters.organization_id]).get(filters.organization_id, ""))
    if filters.region_id:
        found.append(regions.label(filters.region_id))
    if filters.priority:
        found.append(_("prioritas %(word)s", word=formats.word("priority", filters.priority).lower()))
    days: tuple[tuple[str, Any], ...] = ((_("tenggat dari"), filters.due_from), (_("tenggat sampai"), filters.due_to))
    found += [f"{words} {formats.date_medium(day)}" for words, day in days if day]
    if filters.decision_id or filters.meeting_id:
        found.append(_("dari satu rapat"))
    return ", ".join(word for word in found if word)
