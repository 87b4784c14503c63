"""The forms of commitments: what may be typed, in which words it is asked for and refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from kbpartners import formats
from kbpartners.forms import BaseForm, DayField, LongTextField, QuantityField, TextField, id_or_none, optional_id

SPARE_ROWS = 2
MOST_INDICATORS = 12


# --- the commitment itself ---------------------------------------------------------------------------------------


class CommitmentForm(BaseForm):
    """A commitment. The choices of units and decisions are passed in; the region is a cascade of its own."""

    title = TextField(_l("Judul"), [DataRequired()])
    description = LongTextField(_l("Uraian"))
    organization_id = SelectField(
        _l("Satuan penanggung jawab"), [InputRequired()], coerce=optional_id, validate_choice=False, choices=[]
    )
    supporter_ids = SelectMultipleField(_l("Satuan pendukung"), coerce=optional_id, validate_choice=False, choices=[])
    counterpart_id = SelectField(_l("Tim kerja BKKBN"), coerce=optional_id, validate_choice=False, choices=[])
    decision_id = SelectField(_l("Asal keputusan rapat"), coerce=optional_id, validate_choice=False, choices=[])
    clause_id = SelectField(_l("Dasar naskah"), coerce=optional_id, validate_choice=False, choices=[])
    period_start = DayField(_l("Mulai dilaksanakan"), [InputRequired()])
    period_end = DayField(_l("Sampai dengan"))
    due_on = DayField(_l("Tenggat"), [InputRequired()])
    reason = LongTextField(_l("Alasan penundaan"), limit=500)
    priority = RadioField(_l("Prioritas"), default="medium")
    version = IntegerField(default=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.priority.choices = formats.choices("priority")


class IndicatorForm(Form):
    """One row of the indicators. A row without a name and without a target is left out."""

    id = HiddenField(filters=[id_or_none])
    name = TextField(_l("Nama indikator"))
    target = QuantityField(_l("Target"))
    unit = TextField(_l("Satuan hitung"), limit=40)
    mode = SelectField(_l("Cara menghitung"), default="latest")
    source = SelectField(_l("Sumber angka"), default="partner")

    class Meta(BaseForm.Meta):
        csrf = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mode.choices = [("latest", _("Angka terakhir (berjalan)")), ("sum", _("Dijumlahkan tiap laporan"))]
        self.source.choices = formats.choices("indicator_source")

    @property
    def blank(self) -> bool:
        """Nothing is in this row."""
        return not self.name.data and not (self.target.raw_data and self.target.raw_data[0].strip())


def indicator_rows(
    posted: Mapping[str, Any] | None, saved: Sequence[Mapping[str, Any]] = (), *, spare: int = SPARE_ROWS
) -> list[IndicatorForm]:
    """The rows of the indicators: as they were typed (`indicator-0-name` …), or those saved and `spare` empty ones."""
    if posted:
        numbers = {int(match[1]) for name in posted if (match := re.fullmatch(r"indicator-(\d{1,3})-name", name))}
        rows = [IndicatorForm(posted, prefix=f"indicator-{number}-") for number in sorted(numbers)]
        if "more" in posted:
            spare, saved = 2, [{}] * (max(numbers, default=-1) + 1)
        else:
            return rows[:MOST_INDICATORS]
    else:
        rows = [IndicatorForm(prefix=f"indicator-{n}-", data=dict(values)) for n, values in enumerate(saved)]
    rows += [IndicatorForm(prefix=f"indicator-{n}-") for n in range(len(saved), len(saved) + spare)]
    return rows[:MOST_INDICATORS]


def check_rows(rows: Sequence[IndicatorForm]) -> bool:
    """Validate every row that is not blank; a name needs a target and the other way round."""
    good = True
    for row in rows:
        if row.blank:
            continue
        good = row.validate() and good
        if not row.name.data:
            row.name.errors = [*row.name.errors, _("Tulis nama indikator.")]
        elif not row.target.errors and not row.target.data:
            row.target.errors = [*row.target.errors, _("Tulis target lebih dari 0.")]
        good = good and not row.errors
    return good


class ReasonForm(BaseForm):
    """Why a commitment is ended or opened again."""

    reason = LongTextField(_l("Alasan"), [DataRequired()], limit=500)


# --- reports -----------------------------------------------------------------------------------------------------


class Shown(NamedTuple):
    """An indicator that this person fills in, as far as its field needs it."""

    id: int
    name: str
    mode: str


class ReportForm(BaseForm):
    """One short form: figures, what was done, obstacle, next step, how it goes, evidence.

    The fields of the figures are called `value-<indicator id>`; make a form class for them with `report_form`.
    """

    note = LongTextField(_l("Apa yang sudah dikerjakan"))
    status = RadioField(_l("Bagaimana jalannya?"), default="on_track", validate_choice=False)
    obstacle = LongTextField(_l("Kendala"))
    next_step = LongTextField(_l("Langkah berikutnya"))
    files = MultipleFileField(_l("Bukti dukung"))
    link = TextField(_l("Tautan bukti"), limit=1000)
    token = HiddenField(validators=[Length(max=36)])
    indicators: Sequence[Shown] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token.data = self.token.data or str(uuid.uuid4())
        self.status.choices = [
            ("on_track", _("Sesuai rencana")),
            ("obstacle", _("Ada kendala")),
            ("proposed_done", _("Usulkan selesai")),
        ]

    def figures(self) -> dict[int, int]:
        """{indicator id: quantity × 1,000} of the fields that were filled in."""
        data = {shown.id: self[f"value-{shown.id}"].data for shown in self.indicators}
        return {key: value for key, value in data.items() if value is not None}

    def value_fields(self) -> list[tuple[Shown, Any]]:
        """Each indicator with its field."""
        return [(shown, self[f"value-{shown.id}"]) for shown in self.indicators]


ON_BEHALF = _l("Atas nama")


class OnBehalfForm(ReportForm):
    """The same, entered by the secretariat for a unit that wrote, called or spoke."""

    source = SelectField(_l("Diterima lewat"), validate_choice=False)
    sender = TextField(_l("Pengirim"))
    source_number = TextField(_l("Nomor surat"), limit=100)
    source_date = DayField(_l("Tanggal surat atau pesan"))
    on_behalf_of_id = SelectField(ON_BEHALF, coerce=optional_id, validate_choice=False, choices=[])

    def __init__(self, *args: Any, own: bool = False, units: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        """`own`: the work is BKKBN's own and need not have come from anybody. `units`: choices of "Atas nama"."""
        super().__init__(*args, **kwargs)
        choices = [choice for choice in formats.choices("source") if choice[0] != "liaison"]
        self.source.choices = [("", _("Laporan satuan sendiri")), *choices] if own else choices
        self.on_behalf_of_id.choices = list(units)


def report_form(base: type[ReportForm], indicators: Iterable[Shown], **kwargs: Any) -> ReportForm:
    """A form of `base` with one field for the figure of each indicator; blank means "not reported"."""
    return _with_figures(base, tuple(indicators))(**kwargs)  # type: ignore[arg-type]


@lru_cache(maxsize=1024)
def _with_figures(base: type[ReportForm], shown: tuple[Shown, ...]) -> type[ReportForm]:
    """The class for these indicators. It is kept, because making a class costs more than filling a form."""
    fields: dict[str, Any] = {f"value-{item.id}": QuantityField(_label(item)) for item in shown}
    return type(base.__name__, (base,), {**fields, "indicators": shown})


def _label(shown: Shown) -> Any:
    if shown.mode == "sum":
        return _l("%(name)s, tambahan sejak laporan terakhir", name=shown.name)
    return _l("%(name)s sampai sekarang", name=shown.name)


def figure_label(name: str, mode: str) -> str:
    """How the figure of an indicator is asked for: what was added since the last report, or the total until now."""
    return str(_label(Shown(0, name, mode)))


class EvidenceForm(BaseForm):
    """More files for a report that was sent before."""

    files = MultipleFileField(_l("Bukti dukung"))
    link = TextField(_l("Tautan bukti"), limit=1000)
    token = HiddenField(validators=[Length(max=36)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token.data = self.token.data or str(uuid.uuid4())


class DecisionForm(BaseForm):
    """Accept a report, or say what is missing."""

    decision = HiddenField()
    note = LongTextField(_l("Apa yang perlu dilengkapi?"), limit=2000)


# --- many at once ------------------------------------------------------------------------------------------------


class BulkForm(BaseForm):
    """One change to many commitments. `choice` is the parcel with what was counted; the teams are passed in."""

    choice = HiddenField()
    action = RadioField(_l("Apa yang diubah?"), default="due_on", validate_choice=False)
    due_on = DayField(_l("Tenggat baru"))
    days = IntegerField(_l("Geser tenggat, hari"), [Optional()])
    reason = LongTextField(_l("Alasan"), limit=500)
    counterpart_id = SelectField(_l("Tim kerja baru"), coerce=optional_id, validate_choice=False, choices=[])
    period_start = DayField(_l("Mulai dilaksanakan"))
    period_end = DayField(_l("Sampai dengan"))
    leave_out = BooleanField(_l("Tinggalkan yang tidak dapat diubah begitu, ubah yang lain"))

    def __init__(self, *args: Any, teams: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counterpart_id.choices = [("", _("Pilih tim kerja")), *teams]
        self.action.choices = [
            ("due_on", _("Tenggat, ke satu hari")),
            ("shift", _("Tenggat, geser sekian hari")),
            ("counterpart", _("Tim kerja BKKBN")),
            ("period", _("Jangka waktu")),
        ]


def _level(value: Any) -> int | None:
    """How many levels below the partner; None for all. Nonsense is as good as nothing."""
    return int(value) if str(value) in "0123456" and str(value) else None


class SpreadForm(CommitmentForm):
    """A commitment as the template for many units, and which units: a partner's, on a level or by name."""

    organization_id = supporter_ids = reason = version = None  # type: ignore[assignment]
    partner_id = SelectField(_l("Mitra"), coerce=optional_id, validate_choice=False, choices=[])
    level = SelectField(_l("Tingkat"), coerce=_level, validate_choice=False)
    unit_q = TextField(_l("Nama memuat"), limit=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = [
            ("", _("Semua tingkat")),
            (0, _("Mitra itu sendiri")),
            *((n, _("Tingkat %(n)s di bawahnya", n=n)) for n in range(1, 7)),
        ]
