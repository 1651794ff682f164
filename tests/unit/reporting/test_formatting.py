"""Numbers, money and names as a reader sees them."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcpec.reporting import formatting
from simcpec.results import scenario_names


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (3.5521, "3.55"), (-0.01234, "−0.0123"), (1234567, "1,230,000"), (0.9996, "1"), (100, "100")],
)
def test_three_significant_digits_and_a_real_minus(value, text):
    assert formatting.significant(value) == text


@given(st.floats(min_value=-1e12, max_value=1e12, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-9))
def test_never_more_than_three_significant_digits(value):
    digits = formatting.significant(value).lstrip("−").replace(",", "").replace(".", "").lstrip("0").rstrip("0")
    assert len(digits) <= 3


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash(value):
    assert formatting.significant(value) == formatting.MISSING


@pytest.mark.parametrize(
    ("mean", "half", "shown"),
    [
        (3.5521, 0.412, ("3.55", "± 0.41")),
        (0.01, 0.2, ("0.01", "± 0.20")),
        (25.0, 0.0, ("25", "(exact)")),
        (3.0, None, ("3", "")),
        (1234.0, 56.0, ("1,230", "± 56")),
    ],
)
def test_a_mean_is_no_finer_than_its_half_width(mean, half, shown):
    assert formatting.plus_minus(mean, half) == shown


def test_a_half_width_of_rounding_is_no_half_width():
    assert formatting.plus_minus(0.876, 1.3e-14, sign=True) == ("+0.876", "(exact)")
    assert formatting.plus_minus(0.876, 1.3e-5)[1].startswith("± ")  # the control


def test_intervals_that_are_not_there_are_empty():
    assert formatting.interval(None, 1.0) == formatting.interval(0.0, None) == formatting.between(None, None) == ""
    assert formatting.interval(-1.5, 2.25) == "[−1.50, 2.25]"


def test_money_is_rounded_in_print_and_exact_in_files():
    assert formatting.millions(123_456_789_00, 1.0) == "123.46" and formatting.millions(123_456_789_00, 2.0) == "61.73"
    assert formatting.millions(-5_000_000_00, 1.0) == "−5.00"
    assert formatting.millions(5, 1.0) == "<0.01" and formatting.millions(0, 1.0) == "0"
    assert formatting.exact(2**60 + 1) == Decimal(2**60 + 1) / 100


@pytest.mark.parametrize(
    ("amount", "text"), [(25_200_000, "USD 25.2 m"), (1.256e9, "USD 1.26 bn"), (930, "USD 930"), (0, "USD 0")]
)
def test_money_in_words(amount, text):
    assert formatting.usd(amount) == text


def test_scenarios_are_lettered_past_z():
    assert [scenario_names.key_of(i) for i in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


@given(st.text(max_size=80), st.integers(min_value=2, max_value=40))
def test_a_shortened_name_is_one_line_and_fits(text, most):
    short = scenario_names.shortened(text, most)
    assert 0 < len(short) <= most and "\n" not in short


def test_an_uncertainty_interval_lost_in_noise_is_no_point():
    assert formatting.interval(2.5, 2.5, 0.4) == "[within noise]"
    assert formatting.interval(2.5, 2.5, 0.0) == "[2.5, 2.5]"  # nothing is random about a budget
    assert formatting.interval(2.4, 2.6, 0.4) == "[2.40, 2.60]"
