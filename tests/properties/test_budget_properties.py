"""What holds for every budget: lines add up, nothing is invented, more money never buys less, labels do not matter."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from simcpec.economics.allocation import Lines, allocate, anniversary, annual_amount, budget_years, province_shares

CENTS = st.fractions(min_value=0, max_value=10**13, max_denominator=400)
PARTS = st.integers(min_value=1, max_value=366).map(lambda days: Fraction(days, 366))


def shares_of(weights: list[int]) -> tuple[Fraction, ...]:
    """Exact shares in proportion to weights."""
    return tuple(Fraction(weight, sum(weights)) for weight in weights)


@st.composite
def settings_of_a_budget(draw: st.DrawFn) -> dict[str, Any]:
    """Everything `allocate` needs besides the amount."""
    weights = st.lists(st.integers(min_value=0, max_value=997), min_size=1, max_size=7).filter(any)
    instruments = shares_of(draw(weights))
    cost = st.fractions(min_value=Fraction(1, 2), max_value=10**8, max_denominator=4)
    return {
        "fraction": draw(PARTS),
        "provinces": shares_of(draw(weights)),
        "instruments": instruments,
        "fixed": tuple(draw(st.fractions(0, 10**7, max_denominator=6)) for _ in instruments),
        "unit_cost": tuple(draw(cost) for _ in instruments),
    }


def cells(table: tuple[tuple[int, ...], ...]) -> list[int]:
    """All numbers of a table."""
    return [number for row in table for number in row]


def exactly(annual: Fraction, setting: dict[str, Any], *, whole: bool) -> tuple[list[int], ...]:
    """Given, spent and units of every line, and the parts of units, straight from the rule in exact fractions."""
    rows: tuple[list[Any], ...] = ([], [], [], [])
    for province in setting["provinces"]:
        prices = zip(setting["instruments"], setting["fixed"], setting["unit_cost"], strict=True)
        for instrument, fixed, unit_cost in prices:
            money = floor(annual * province * instrument)
            bought = max(Fraction(0), money - fixed) / unit_cost
            count = Fraction(floor(bought)) if whole else bought
            cost = setting["fraction"] * (fixed + count * unit_cost) if count > 0 else Fraction(0)
            line = floor(annual * setting["fraction"] * province * instrument), floor(cost), floor(count)
            for row, number in zip(rows, (*line, count - floor(count)), strict=True):
                row.append(number)
    return rows


@given(CENTS, settings_of_a_budget(), st.booleans())
def test_whole_numbers_over_one_denominator_give_what_fractions_give(
    annual: Fraction, setting: dict[str, Any], whole: bool
) -> None:
    lines = allocate(annual, **setting, whole=whole)
    found = [[number for row in table for number in row] for table in (lines.given, lines.spent, lines.units)]
    assert (*found, [part for row in lines.parts for part in row]) == exactly(annual, setting, whole=whole)


@given(CENTS, settings_of_a_budget())
def test_lines_add_up_to_share_times_base_to_the_cent(annual: Fraction, setting: dict[str, Any]) -> None:
    lines = allocate(annual, **setting)
    assert sum(cells(lines.given)) + lines.unallocated == lines.total
    assert 0 <= annual * setting["fraction"] - lines.total < 1
    assert 0 <= lines.unallocated < len(setting["provinces"]) * len(setting["instruments"])
    assert all(0 <= paid <= money for paid, money in zip(cells(lines.spent), cells(lines.given), strict=True))
    assert all((paid == 0) or count > 0 for paid, count in zip(cells(lines.spent), cells(lines.units), strict=True))


@given(CENTS, settings_of_a_budget(), st.randoms(use_true_random=False))
def test_relabelled_provinces_permute_the_lines_exactly(annual: Fraction, setting: dict[str, Any], order: Any) -> None:
    places = list(range(len(setting["provinces"])))
    order.shuffle(places)
    before = allocate(annual, **setting)
    after = allocate(annual, **{**setting, "provinces": tuple(setting["provinces"][place] for place in places)})
    for name in ("given", "spent", "units"):
        assert getattr(after, name) == tuple(getattr(before, name)[place] for place in places)
    assert (after.total, after.unallocated) == (before.total, before.unallocated)


@given(CENTS, CENTS, settings_of_a_budget())
def test_more_money_never_buys_fewer_units_anywhere(less: Fraction, more: Fraction, setting: dict[str, Any]) -> None:
    less, more = min(less, more), max(less, more)
    small, large = allocate(less, **setting), allocate(more, **setting)
    assert all(a <= b for a, b in zip(cells(small.units), cells(large.units), strict=True))
    assert all(a <= b for a, b in zip(cells(small.given), cells(large.given), strict=True))
    assert all(a <= b for a, b in zip(cells(small.spent), cells(large.spent), strict=True))


@given(st.integers(0, 10**11), st.integers(1, 500), settings_of_a_budget())
def test_two_percent_is_twice_one_percent(outlay: int, basis_points: int, setting: dict[str, Any]) -> None:
    """To the cent where the smaller budget is a whole number of cents; otherwise within the one cent of its floor."""

    def total(share: Fraction) -> Lines:
        amount = annual_amount(
            "annual_outlay",
            0,
            share=share,
            annual_outlay=Fraction(outlay),
            capital_cost=Fraction(0),
            spread_over=Fraction(1),
        )
        return allocate(amount, **{**setting, "fraction": Fraction(1)})

    share = Fraction(basis_points, 10_000)
    one, two = total(share), total(2 * share)
    assert two.total - 2 * one.total in ((0,) if (share * outlay).denominator == 1 else (0, 1))
    assert all(b - 2 * a in (0, 1) for a, b in zip(cells(one.given), cells(two.given), strict=True))


@given(settings_of_a_budget())
def test_a_share_of_zero_gives_nothing_and_takes_nothing(setting: dict[str, Any]) -> None:
    lines = allocate(Fraction(0), **setting)
    assert {*cells(lines.given), *cells(lines.spent), *cells(lines.units), lines.total, lines.unallocated} == {0}


@given(st.lists(st.fractions(min_value=0, max_value=10**6), min_size=1, max_size=9))
def test_province_shares_add_up_to_one(weights: list[Fraction]) -> None:
    assume(any(weights))
    shares = province_shares("exposure", {"exposure": weights}, len(weights))
    assert sum(shares) == 1
    assert [share == 0 for share in shares] == [weight == 0 for weight in weights]


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(1, 4000))
def test_budget_years_tile_the_run(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    years = budget_years(start, end)
    assert (years[0].start, years[-1].end) == (start, end)
    assert all(before.end == after.start for before, after in pairwise(years))
    assert all(year.fraction == 1 for year in years[:-1])
    assert 0 < years[-1].fraction <= 1
    assert {year.full_days for year in years} <= {365, 366}
    assert [year.start for year in years] == [anniversary(start, months=12 * k) for k in range(len(years))]
