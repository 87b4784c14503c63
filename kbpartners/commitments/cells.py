"""The pieces of the pages of commitments. What is shown again and again is drawn once and kept (see `fragments`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup

from kbpartners import formats
from kbpartners.attachments.service import FileView
from kbpartners.commitments.forms import ON_BEHALF, OnBehalfForm, ReportForm, figure_label
from kbpartners.commitments.service import Filters, Row
from kbpartners.commitments.service.deferrals import DeferralFact
from kbpartners.commitments.service.detail import ReportView
from kbpartners.commitments.service.indicators import IndicatorFact
from kbpartners.fragments import fragment, piece
from kbpartners.security import Identity

_LIST, _PIECES, _FIELDS = "commitments/_list.html", "commitments/_pieces.html", "commitments/_report_fields.html"


def lines(rows: Iterable[Row], today: date, pick: str = "") -> Markup:
    """The rows of a list as lines of its table; for those who may write (`pick`), with boxes, empty or "checked"."""
    return Markup("").join(fragment(_LIST, "line", row, today, pick) for row in rows)


def filter_bar(filters: Filters, views: dict[str, str], units: Markup, regencies: Markup) -> Markup:
    """The filter bar and the ready views; `units` and `regencies` are options of selects ("": no select)."""
    return fragment(_LIST, "filter_bar", filters, tuple(views.items()), units, regencies)


def indicators(found: Iterable[IndicatorFact], owner: str) -> Markup:
    """The indicators of a commitment, each with its bar; `owner` is the unit that promised it."""
    return Markup("").join(piece(_PIECES, "indicator", i, owner) for i in found)


def entries(
    reports: Iterable[ReportView], href: str, who: Identity | None = None, deferrals: Iterable[DeferralFact] = ()
) -> Markup:
    """Reports and deferrals as entries of the history, newest first.

    With `who`, each report to which this person may add evidence links there.
    """
    drawn = [(r.submitted_at, piece(_PIECES, "entry", r, href if who and r.addable_by(who) else "")) for r in reports]
    drawn += [(one.deferred_at, piece(_PIECES, "deferral", one)) for one in deferrals]
    if deferrals:
        drawn.sort(key=lambda pair: pair[0], reverse=True)
    return Markup("").join(entry for _at, entry in drawn)


class _Blank(NamedTuple):
    """What the drawing of a field asks for, before anything is typed. (A form class for each commitment is dearer.)"""

    id: str
    label: Any
    errors: tuple[str, ...] = ()
    raw_data: None = None
    data: None = None
    type: str = "QuantityField"
    flags: tuple[str, ...] = ()
    choices: Sequence[tuple[int, str]] = ()

    @property
    def name(self) -> str:
        return self.id


class _Label(NamedTuple):
    text: str


class OnBehalf(NamedTuple):
    """The secretariat's form: whether the work is BKKBN's own, and the units it may be entered for."""

    own: bool
    units: Sequence[tuple[int, str]]


def blank_fields(found: Iterable[IndicatorFact], fillable: frozenset[int], behalf: OnBehalf | None = None) -> Markup:
    """The fields of a report before anything is typed: only the figures and the units differ with the commitment."""
    language, beginning = formats.language(), Markup("")
    pairs = [(i, _Blank(f"value-{i.id}", _Label(figure_label(i.name, i.mode)))) for i in found if i.id in fillable]
    if behalf is not None:
        unit = _Blank("on_behalf_of_id", _Label(str(ON_BEHALF)), type="SelectField", choices=behalf.units)
        beginning = _blank_source(behalf.own, language) + piece(_FIELDS, "unit", unit)
    return beginning + piece(_FIELDS, "figures", pairs) + _blank_rest(behalf is not None, language)


# Whatever the request at hand has sent: a blank form is blank for everybody.
@lru_cache(maxsize=8)
def _blank_source(own: bool, language: str) -> Markup:
    return piece(_FIELDS, "source", OnBehalfForm(formdata=None, own=own))


@lru_cache(maxsize=8)
def _blank_rest(behalf: bool, language: str) -> Markup:
    return piece(_FIELDS, "rest", ReportForm(formdata=None), behalf, ())


def fields(form: ReportForm, found: Iterable[IndicatorFact], drafts: Sequence[FileView] = ()) -> Markup:
    """The fields of a report with what was typed; `drafts` are files that a refused form has kept."""
    known, behalf = {indicator.id: indicator for indicator in found}, isinstance(form, OnBehalfForm)
    pairs = [(known[shown.id], field) for shown, field in form.value_fields()]
    beginning = piece(_FIELDS, "errors", form, drafts)
    if isinstance(form, OnBehalfForm):
        beginning += piece(_FIELDS, "source", form) + piece(_FIELDS, "unit", form.on_behalf_of_id)
    return beginning + piece(_FIELDS, "figures", pairs) + piece(_FIELDS, "rest", form, behalf, drafts)


@lru_cache(maxsize=256)
def options(choices: tuple[tuple[int, str], ...], chosen: int | None) -> Markup:
    """The options of a long select."""
    one, selected = Markup('<option value="{}"{}>{}</option>'), Markup(" selected")
    return Markup("").join(one.format(id_, selected if id_ == chosen else "", name) for id_, name in choices)
