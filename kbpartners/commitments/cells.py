"""What the pages of commitments draw again and again, as pieces that are drawn once and kept (see `fragments`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from flask import current_app
from markupsafe import Markup

from kbpartners.attachments.service import FileView
from kbpartners.commitments.forms import ReportForm, Shown, report_form
from kbpartners.commitments.service import Filters, Row
from kbpartners.commitments.service.detail import ReportView
from kbpartners.commitments.service.indicators import IndicatorFact
from kbpartners.fragments import fragment
from kbpartners.security import Identity


def lines(rows: Iterable[Row], today: date) -> Markup:
    """The rows of a list as lines of its table."""
    return Markup("").join(fragment("commitments/_line.html", r=row, today=today) for row in rows)


def filter_bar(filters: Filters, views: dict[str, str], units: Markup, regencies: Markup) -> Markup:
    """The filter bar and the ready views; `units` and `regencies` are options of selects ("": no select)."""
    shown = tuple(views.items())
    return fragment("commitments/_filter.html", filters=filters, views=shown, units=units, regencies=regencies)


def indicators(found: Iterable[IndicatorFact], owner: str) -> Markup:
    """The indicators of a commitment, each with its bar; `owner` is the unit that promised it."""
    return Markup("").join(fragment("commitments/_indicator.html", i=i, owner=owner) for i in found)


def entries(reports: Iterable[ReportView], href: str, who: Identity | None = None) -> Markup:
    """Reports as entries of the history; with `who`, each report to which this person may add evidence links there."""
    return Markup("").join(
        fragment("commitments/_entry.html", r=report, href=href if who and report.addable_by(who) else "")
        for report in reports
    )


@lru_cache(maxsize=1024)
def blank_fields(found: tuple[IndicatorFact, ...], fillable: frozenset[int], language: str) -> Markup:
    """The fields of a liaison's report before anything is typed: they differ with the indicators alone."""
    form = report_form(ReportForm, [Shown(i.id, i.name, i.mode) for i in found if i.id in fillable])
    return fields(form, found)


def fields(form: ReportForm, found: Sequence[IndicatorFact], drafts: Sequence[FileView] = ()) -> Markup:
    """The fields of a report with what was typed; `drafts` are files that a refused form has kept."""
    template = current_app.jinja_env.get_template("commitments/_report_fields.html")
    known = {indicator.id: indicator for indicator in found}
    return Markup(template.render(form=form, known=known, drafts=drafts))  # noqa: S704  # escaped in the template


@lru_cache(maxsize=256)
def options(choices: tuple[tuple[int, str], ...], chosen: int | None) -> Markup:
    """The options of a long select."""
    one, selected = Markup('<option value="{}"{}>{}</option>'), Markup(" selected")
    return Markup("").join(one.format(id_, selected if id_ == chosen else "", name) for id_, name in choices)
