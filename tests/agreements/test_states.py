"""What a document is on a day follows from its days alone, and the list's conditions say the same."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbpartners import clock
from kbpartners.agreements import service, texts
from kbpartners.agreements.models import clause_label, last_day, number_key, state
from kbpartners.agreements.service import STATUSES, Filters, RenewalValues
from tests.factories.agreements import agreement

TODAY = date(2026, 6, 10)
near = st.integers(-400, 400).map(lambda n: TODAY + timedelta(days=n))
maybe = st.none() | near


def on(today: date = TODAY, warning_days: int = 180, **days: date | None) -> tuple[str, int]:
    values = dict.fromkeys(("signed_on", "starts_on", "ends_on", "ended_on", "renewed_on")) | days
    return state(**values, today=today, warning_days=warning_days)


@pytest.mark.parametrize(
    ("ends_on", "shown"),
    [
        (TODAY - timedelta(days=1), ("expired", 1)),
        (TODAY, ("expiring", 0)),
        (TODAY + timedelta(days=180), ("expiring", 180)),
        (TODAY + timedelta(days=181), ("in_force", 0)),
        (None, ("in_force", 0)),
    ],
)
def test_the_last_day_is_in_force_and_180_days_before_it_the_end_is_near(ends_on, shown) -> None:
    assert on(signed_on=date(2020, 1, 1), starts_on=date(2020, 1, 1), ends_on=ends_on) == shown


def test_a_document_is_a_draft_until_the_day_on_which_it_is_signed() -> None:
    assert on()[0] == "draft"
    assert on(signed_on=TODAY + timedelta(days=1), ends_on=TODAY + timedelta(days=9))[0] == "draft"
    assert on(signed_on=TODAY, ends_on=TODAY + timedelta(days=9))[0] == "expiring"


def test_ending_and_renewal_count_from_their_day_on() -> None:
    signed = {"signed_on": date(2026, 1, 1), "starts_on": date(2026, 1, 1), "ends_on": date(2030, 1, 1)}
    assert on(**signed, renewed_on=TODAY + timedelta(days=1))[0] == "in_force"
    assert on(**signed, renewed_on=TODAY)[0] == "renewed"
    assert on(**signed, ended_on=TODAY)[0] == "terminated"
    assert on(**signed, ended_on=TODAY + timedelta(days=1)) == ("expiring", 0)
    assert on(**signed, ended_on=TODAY, renewed_on=TODAY)[0] == "terminated"


@settings(deadline=None)
@given(signed_on=maybe, starts_on=maybe, ends_on=maybe, ended_on=maybe, renewed_on=maybe, warning=st.integers(1, 400))
def test_on_every_day_a_document_has_exactly_one_state_and_it_only_moves_forward(
    signed_on, starts_on, ends_on, ended_on, renewed_on, warning
) -> None:
    starts_on = starts_on or signed_on
    days = {"signed_on": signed_on, "starts_on": starts_on, "ends_on": ends_on, "ended_on": ended_on,
            "renewed_on": renewed_on}  # fmt: skip
    order = {"draft": 0, "in_force": 1, "expiring": 2, "expired": 3, "renewed": 4, "terminated": 5}
    seen = []
    for n in range(-420, 421, 7):
        key, left = on(TODAY + timedelta(days=n), warning, **days)
        assert left >= 0
        seen.append(order[key])
        if key == "expiring":
            last = last_day(ends_on, ended_on)
            assert last is not None
            assert left == (last - TODAY - timedelta(days=n)).days <= warning
    assert seen == sorted(seen) or (ends_on and starts_on and ends_on < starts_on) or _late_start(days)


def _late_start(days: dict[str, date | None]) -> bool:
    """Days that no form lets through: something before the first day."""
    first = max((d for d in (days["signed_on"], days["starts_on"]) if d), default=None)
    return any(first and days[name] and days[name] < first for name in ("ends_on", "ended_on", "renewed_on"))


def test_numbers_are_compared_without_blanks_and_case() -> None:
    assert number_key(" Kerma / 21/VI/2023 ") == number_key("KERMA/21/vi/2023") == "kerma/21/vi/2023"
    assert number_key("  ") == ""


def test_a_clause_is_named_as_on_paper() -> None:
    assert clause_label("3", "2") == "Pasal 3 ayat (2)"
    assert clause_label("12A", "") == "Pasal 12A"
    assert clause_label("Lampiran I", "") == "Lampiran I"


def test_the_sentence_says_until_when_and_how_long(ctx) -> None:
    def say(today: date, **days: date | None) -> str:
        row = dict.fromkeys(("signed_on", "starts_on", "ends_on", "ended_on", "renewed_on")) | days
        shown = SimpleNamespace(**row, state=lambda day: on(day, **row))
        return texts.sentence(shown, today).replace("\u00a0", " ")

    signed = {"signed_on": date(2026, 3, 8), "starts_on": date(2026, 3, 8)}
    assert say(date(2026, 11, 25), **signed, ends_on=date(2027, 3, 7)) == "Berlaku s.d. 7 Maret 2027, 102 hari lagi."
    assert say(date(2027, 3, 7), **signed, ends_on=date(2027, 3, 7)) == "Berlaku s.d. hari ini, 7 Maret 2027."
    assert say(date(2027, 3, 9), **signed, ends_on=date(2027, 3, 7)) == "Berakhir 7 Maret 2027, 2 hari lalu."
    assert say(TODAY, **signed) == "Berlaku sejak 8 Maret 2026, tanpa batas waktu."
    assert say(TODAY) == "Draf, belum ditandatangani."
    later = {"signed_on": date(2026, 6, 1), "starts_on": date(2026, 6, 20)}
    assert say(TODAY, **later) == "Mulai berlaku 20 Juni 2026, 10 hari lagi."
    assert say(TODAY, **signed, ended_on=date(2026, 6, 1)) == "Diakhiri per 1 Juni 2026."


def test_the_filter_of_the_list_agrees_with_the_rule_on_every_edge(ctx, cast, who) -> None:
    secretariat, edges = who("sekretariat"), (-200, -1, 0, 1, 179, 180, 181)
    made = {}
    for left in edges:
        day = TODAY + timedelta(days=left)
        made[agreement(cast, secretariat, signed_on=date(2025, 1, 1), ends_on=day)] = None
        made[agreement(cast, secretariat, signed_on=day, ends_on=day + timedelta(days=200))] = None
        ended = agreement(cast, secretariat, signed_on=date(2025, 1, 1), ends_on=date(2029, 1, 1))
        service.end(who=secretariat, agreement_id=ended, ended_on=day, reason="Selesai")
        made[ended] = None
        renewed = agreement(cast, secretariat, signed_on=date(2025, 1, 1), ends_on=date(2026, 8, 1))
        new = service.renew(
            who=secretariat,
            agreement_id=renewed,
            values=RenewalValues("Baru", starts_on=day, signed_on=day, ends_on=date(2030, 1, 1)),
        )
        made |= {renewed: None, new: None}
    made[agreement(cast, secretariat, signed_on=None, ends_on=None)] = None
    made[agreement(cast, secretariat, ends_on=None)] = None
    expected: dict[str, set[int]] = {status: set() for status in STATUSES}
    for number in made:
        expected[service.load(None, number).state(clock.today()).key].add(number)
    for status in STATUSES:
        found = {row.id for row in service.listed(secretariat, Filters(status=status), size=200).rows}
        assert found == expected[status], status
        assert expected[status]
