"""The grammar of quantities: what is read, to the last digit, and what is refused, with which words."""

from __future__ import annotations

import doctest
from datetime import date
from fractions import Fraction

import pytest

from simcpec import units
from simcpec.errors import UnitError, UserError
from simcpec.units import (
    DURATION,
    GUARDS,
    MONEY,
    MONEY_PER_YEAR,
    NUMBER,
    PERSONS,
    PERSONS_PER_GUARD,
    PERSONS_PER_UNIT,
    RATE,
    SHARE,
    Horizon,
    Kind,
    NotAQuantity,
    decimal_text,
    format_quantity,
    parse_date,
    parse_horizon,
    parse_quantity,
)

YEAR = Fraction(36525, 100)


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("30 %", SHARE, Fraction(3, 10)),
        ("30%", SHARE, Fraction(3, 10)),
        ("0.05 %", SHARE, Fraction(5, 10_000)),
        ("12 /year", RATE, 12 / YEAR),
        ("12 / year", RATE, 12 / YEAR),
        ("1 /month", RATE, 12 / YEAR),
        ("2 /week", RATE, Fraction(2, 7)),
        ("0.5 /day", RATE, Fraction(1, 2)),
        ("3 days", DURATION, Fraction(3)),
        ("1 days", DURATION, Fraction(1)),
        ("1 day", DURATION, Fraction(1)),
        ("6 hours", DURATION, Fraction(1, 4)),
        ("4 years", DURATION, 4 * YEAR),
        ("65 bn USD", MONEY, Fraction(65 * 10**9)),
        ("2 m USD/year", MONEY_PER_YEAR, Fraction(2 * 10**6)),
        ("250000 USD", MONEY, Fraction(250_000)),
        ("0.1 USD", MONEY, Fraction(1, 10)),
        ("300 guards", GUARDS, Fraction(300)),
        ("1 guard", GUARDS, Fraction(1)),
        ("300", GUARDS, Fraction(300)),
        ("1149 persons", PERSONS, Fraction(1149)),
        ("60 persons/unit", PERSONS_PER_UNIT, Fraction(60)),
        ("0.6 persons/guard", PERSONS_PER_GUARD, Fraction(3, 5)),
        ("-2.0", NUMBER, Fraction(-2)),
        ("1e-2", NUMBER, Fraction(1, 100)),
        ("017", NUMBER, Fraction(17)),
        (" 5. ", NUMBER, Fraction(5)),
    ],
)
def test_quantities_are_read_exactly(text: str, kind: Kind, amount: Fraction) -> None:
    assert parse_quantity(text, kind) == amount


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("0.3", SHARE, "Did you mean 0.3 % or 30 %?"),
        ("0.5", SHARE, "Did you mean 0.5 % or 50 %?"),
        ("40", SHARE, "Did you mean 40 %?"),
        ("3", DURATION, "Did you mean 3 days?"),
        ("12", RATE, "a number without a unit"),
        ("3 days", SHARE, "a duration where a share is asked"),
        ("6350 USD/year", MONEY, "money per year where an amount of money is asked"),
        ("5 dayz", DURATION, "Did you mean day?"),
        ("5 USD", NUMBER, "it has no unit"),
        ("1,000", NUMBER, "Did you mean 1000?"),
        ("1_000 USD", MONEY, "Did you mean 1000 USD?"),
        ("1'250'000", NUMBER, "Did you mean 1250000?"),
        ("0,5 %", SHARE, "Did you mean 0.5 %?"),
        ("inf", NUMBER, "not a finite number"),
        (".nan", SHARE, "not a finite number"),
        ("-.inf", RATE, "not a finite number"),
        ("1e99", NUMBER, "beyond any size"),
        ("9**9**9**9", NUMBER, "not a pure number"),
        ("1 + 1", NUMBER, "not a pure number"),
        ("__import__('os')", NUMBER, "not a pure number"),
        ("٣ %", SHARE, "not a share"),
        ("", NUMBER, "not a pure number"),
        ("9" * 101, NUMBER, "too long"),
        ("US$ 65bn", MONEY, "65 bn USD"),
    ],
)
def test_everything_else_is_refused_with_what_is_allowed(text: str, kind: Kind, words: str) -> None:
    with pytest.raises(NotAQuantity) as caught:
        parse_quantity(text, kind)
    assert words in str(caught.value)
    assert caught.value.allowed
    assert isinstance(caught.value, UnitError) and isinstance(caught.value, UserError)


def test_a_message_holds_nothing_that_a_terminal_obeys() -> None:
    with pytest.raises(NotAQuantity) as caught:
        parse_quantity("\x1b[31mred" + "x" * 60, NUMBER)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "kind", "prose", "exact"),
    [
        (Fraction(12345, 100_000), SHARE, "12.3 %", "12.345 %"),
        (0.0, SHARE, "0 %", "0 %"),
        (Fraction(1), SHARE, "100 %", "100 %"),
        (Fraction(4) / YEAR, RATE, "4 /year", "4 /year"),
        (Fraction(1, 7), RATE, "52.2 /year", "0.14285714285714285 /day"),
        (Fraction(65 * 10**9), MONEY, "65 bn USD", "65000000000 USD"),
        (Fraction(2_520_000_000), MONEY_PER_YEAR, "2.52 bn USD/year", "2520000000 USD/year"),
        (Fraction(6350), MONEY_PER_YEAR, "6350 USD/year", "6350 USD/year"),
        (Fraction(-1, 8), NUMBER, "-0.125", "-0.125"),
        (1234567.0, PERSONS, "1230000 persons", "1234567 persons"),
        (1e-7, NUMBER, "0.0000001", "0.0000001"),
    ],
)
def test_quantities_are_written_for_prose_and_exactly(
    value: Fraction | float, kind: Kind, prose: str, exact: str
) -> None:
    assert format_quantity(value, kind) == prose
    assert format_quantity(value, kind, exact=True) == exact


def test_a_number_without_a_decimal_gives_the_same_float() -> None:
    assert float(decimal_text(Fraction(1, 3))) == 1 / 3


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("4 years", date(2025, 1, 1), date(2029, 1, 1)),
        ("1 year", date(2024, 2, 29), date(2025, 2, 28)),
        ("4 years", date(2024, 2, 29), date(2028, 2, 29)),
        ("1 months", date(2025, 1, 31), date(2025, 2, 28)),
        ("18 months", date(2024, 12, 15), date(2026, 6, 15)),
        ("1 days", date(2024, 2, 28), date(2024, 2, 29)),
        ("366 days", date(2024, 1, 1), date(2025, 1, 1)),
    ],
)
def test_a_horizon_goes_by_the_calendar(text: str, start: date, end: date) -> None:
    assert parse_horizon(text).end(start) == end


def test_a_horizon_keeps_its_unit() -> None:
    assert parse_horizon("4 years") == Horizon(years=4) != Horizon(days=1461)
    assert str(parse_horizon("4 years")) == "4 years"


@pytest.mark.parametrize("text", ["0 days", "1.5 years", "4", "4 weeks", "201 years", "-1 days", "", "4 years 2 days"])
def test_other_horizons_are_refused(text: str) -> None:
    with pytest.raises(NotAQuantity):
        parse_horizon(text)


@pytest.mark.parametrize("text", ["2025-02-30", "2025-1-1", "01.02.2025", "", "20250101", "٢٠٢٥-٠١-٠١"])
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(NotAQuantity, match="2024-06-01"):
        parse_date(text)


def test_leap_days_are_dates() -> None:
    assert parse_date("2024-02-29") == date(2024, 2, 29)


def test_the_examples_of_the_module_run() -> None:
    assert doctest.testmod(units).failed == 0
