"""One commitment as a template for many units: write it, choose the units, each with its target, check, record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from kbpartners import formats
from kbpartners.agreements.service import clause_choices
from kbpartners.commitments import service, unit_table
from kbpartners.commitments.forms import IndicatorForm, SpreadForm, check_rows, indicator_rows
from kbpartners.commitments.routes import bp
from kbpartners.commitments.service import Filters, IndicatorTerms, Terms, choices, spreading
from kbpartners.commitments.service.spreading import Twins, Unit
from kbpartners.commitments.unit_table import Entry
from kbpartners.errors import Invalid, NotFound
from kbpartners.forms import id_or_none, list_address
from kbpartners.htmx import navigate, render_page
from kbpartners.security import Identity, acting, requires
from kbpartners.security import Permission as P

OF_TABLE = re.compile(r"units?|(region|target)-.*")
NOT_CARRIED = re.compile(r"csrf_token|langkah|more|units?|(region|target|paste)-.*|knowingly")
TABLE = ("isi", "periksa", "simpan", "tabel")


@bp.get("/komitmen/sebar")
@requires(P.COMMITMENTS_WRITE)
def spread_template() -> Response:
    """The template: empty, or filled from a commitment that is named by its code (`dari`)."""
    who, code = acting(), request.args.get("dari", "").strip().upper().removeprefix("K").strip(" -")
    if not code:
        return _template_page(who, SpreadForm(formdata=None), indicator_rows(None, spare=1))
    try:
        facts, _relation = service.load(id_or_none(code) or 0, who)
    except NotFound:
        form = SpreadForm(formdata=None)
        form.form_errors.append(_("Komitmen %(code)s tidak ditemukan.", code=request.args["dari"]))
        return _template_page(who, form, indicator_rows(None, spare=1), status=404)
    form = SpreadForm(formdata=None, data={**facts._asdict(), "partner_id": facts.partner_id})
    rows = [{**i._asdict(), "id": None} for i in service.indicators_of_one(facts.id)]
    return _template_page(who, form, indicator_rows(None, rows, spare=1))


@bp.post("/komitmen/sebar")
@requires(P.COMMITMENTS_WRITE)
def spread() -> Response:
    """Every step of the way; what was typed on the pages before travels along."""
    who, form, rows, step = acting(), SpreadForm(), indicator_rows(request.form), request.form.get("langkah", "")
    valid = all([form.validate(), check_rows(rows)])
    if "more" in request.form or step == "kembali":
        _forget_errors(form, rows)
        return _template_page(who, form, rows)
    try:
        terms = _terms(form, rows) if valid else None
        if terms is None:
            return _template_page(who, form, rows, status=422)
        if step not in TABLE:
            units = spreading.find(form.partner_id.data, level=form.level.data, q=form.unit_q.data, terms=terms)
            entries = unit_table.fresh(units, [i.target for i in terms.indicators])
            unit_table.remember(entries, request.form, len(terms.indicators))
            return _units_page(form, terms, entries)
        return _table(who, form, terms, step)
    except Invalid as error:
        form.refuse(error)
        return _template_page(who, form, rows, status=422)


def _forget_errors(form: SpreadForm, rows: Sequence[IndicatorForm]) -> None:
    """Who goes back has not sent anything yet."""
    for field in (*form, *(field for row in rows for field in row)):
        field.errors = []


def _terms(form: SpreadForm, rows: Sequence[IndicatorForm]) -> Terms:
    """The template. Raises Invalid for what no unit's own entry could mend."""
    names = ("title", "description", "counterpart_id", "decision_id", "clause_id")
    start, due, end = (form[name].data for name in ("period_start", "due_on", "period_end"))
    indicators = tuple(
        IndicatorTerms(row.name.data, row.target.data, row.unit.data, row.mode.data, row.source.data)
        for row in rows
        if not row.blank
    )
    if due < start:
        raise Invalid(_("Tenggat tidak boleh sebelum tanggal mulai."), field="due_on")
    if end and end < start:
        raise Invalid(_("Akhir periode tidak boleh sebelum tanggal mulai."), field="period_end")
    if len(indicators) > spreading.MOST_INDICATORS:
        raise Invalid(_("Paling banyak %(n)s indikator untuk disebar.", n=spreading.MOST_INDICATORS))
    return Terms(
        **{name: form[name].data for name in names},
        period_start=start,
        due_on=due,
        period_end=end,
        priority=form.priority.data,
        organization_id=0,
        region_id=0,
        indicators=indicators,
    )


# --- the table ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counts:
    """What the page of the check says."""

    chosen: int
    left_out: list[Entry]
    twice: list[Entry]
    totals: list[str]


def _table(who: Identity, form: SpreadForm, terms: Terms, step: str) -> Response:
    ids = {
        id_ for text in request.form.get("units", "").split(",")[: spreading.MOST_UNITS] if (id_ := id_or_none(text))
    }
    units = spreading.by_ids(ids, terms)
    entries = unit_table.typed(units, request.form, len(terms.indicators))
    problems = _gone(ids, units)
    if step == "isi":
        problems += unit_table.paste(
            entries, {n: request.form.get(f"paste-{n}", "") for n in range(len(terms.indicators))}
        )
        return _units_page(form, terms, entries, problems, status=422 if problems else 200)
    if step == "tabel":
        return _units_page(form, terms, entries, problems)
    lines = unit_table.read(entries)
    if not any(entry.chosen for entry in entries):
        problems.append(_("Pilih paling sedikit satu satuan."))
    if problems or any(entry.errors for entry in entries):
        return _units_page(form, terms, entries, problems, status=422)
    if step == "periksa":
        return _check_page(form, terms, entries)
    knowingly = {id_ for text in request.form.get("knowingly", "").split(",") if (id_ := id_or_none(text))}
    try:
        made = spreading.spread(who=who, terms=terms, lines=lines, knowingly=knowingly)
    except Twins as error:
        return _units_page(form, terms, entries, [error.message], status=409)
    except Invalid as error:
        return _units_page(form, terms, entries, [error.message], status=422)
    flash(_("%(n)s komitmen tercatat.", n=formats.number(len(made))))
    return navigate(list_address("/komitmen", Filters(q=terms.title[:100], organization_id=form.partner_id.data)))


def _gone(ids: set[int], units: Sequence[Unit]) -> list[str]:
    missing = len(ids) - len(units)
    return [_("%(n)s satuan sudah berakhir sejak tabel ini dibuka dan dikeluarkan.", n=missing)] if missing else []


# --- pages -------------------------------------------------------------------------------------------------------


def _template_page(who: Identity, form: SpreadForm, rows: Sequence[IndicatorForm], status: int = 200) -> Response:
    form.counterpart_id.choices = [("", _("Belum ditentukan")), *choices.teams()]
    form.decision_id.choices = [("", _("Tidak dari rapat")), *choices.decisions(who, form.decision_id.data)]
    form.clause_id.choices = {"": [("", _("Tidak dari naskah"))], **clause_choices(who, form.clause_id.data)}
    form.partner_id.choices = [("", _("Pilih mitra")), *spreading.partners()]
    if any(row.errors for row in rows):
        form.form_errors.append(_("Periksa baris indikator."))
    return render_page(
        "commitments/bulk_spread.html",
        status=status,
        form=form,
        rows=rows,
        most=spreading.MOST_INDICATORS,
        table=[(name, value) for name, value in request.form.items(multi=True) if OF_TABLE.fullmatch(name)],
    )


def _carried() -> list[tuple[str, str]]:
    """What was typed on the page of the template, for hidden fields."""
    return [(name, value) for name, value in request.form.items(multi=True) if not NOT_CARRIED.fullmatch(name)]


def _units_page(
    form: SpreadForm, terms: Terms, entries: Sequence[Entry], problems: Sequence[str] = (), status: int = 200
) -> Response:
    pasted: dict[int, Any] = {n: request.form.get(f"paste-{n}", "") for n in range(len(terms.indicators))}
    return render_page(
        "commitments/bulk_spread_units.html",
        status=status,
        form=form,
        terms=terms,
        entries=entries,
        problems=problems,
        carried=_carried(),
        pasted=pasted if problems else {},
        ids=",".join(str(entry.unit.id) for entry in entries),
    )


def _check_page(form: SpreadForm, terms: Terms, entries: Sequence[Entry]) -> Response:
    chosen = [entry for entry in entries if entry.chosen]
    totals = [
        f"{formats.quantity(sum(formats.parse_quantity(e.targets[n]) for e in chosen))} {i.unit}".strip()
        for n, i in enumerate(terms.indicators)
    ]
    twice = [entry for entry in chosen if entry.unit.same]
    return render_page(
        "commitments/bulk_spread_check.html",
        form=form,
        terms=terms,
        entries=entries,
        chosen=chosen,
        counts=_Counts(len(chosen), [e for e in entries if not e.chosen], twice, totals),
        carried=_carried(),
        ids=",".join(str(entry.unit.id) for entry in entries),
        knowingly=",".join(str(entry.unit.id) for entry in twice),
    )
