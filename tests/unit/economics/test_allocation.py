"""Budget years and budget lines: worked by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from simcpec.economics.allocation import (
    Price,
    allocate,
    anniversary,
    annual_amount,
    budget_years,
    province_shares,
    shared_line,
)

BASES = {
    "share": Fraction(1, 100),
    "annual_outlay": Fraction(2520_000_000_00),
    "capital_cost": Fraction(25200_000_000_00),
    "spread_over": Fraction(25),
}


# ---- years


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2024, 2, 29), 0, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 1, 29), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 2, date(2025, 3, 31)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2025, 1, 1), 11, date(2025, 12, 1)),
        (date(2025, 3, 1), -12, date(2024, 3, 1)),
    ],
)
def test_anniversaries(start: date, months: int, expected: date) -> None:
    assert anniversary(start, months=months) == expected


def test_twelve_months_are_a_year_from_every_day_of_a_leap_year() -> None:
    for ordinal in range(date(2024, 1, 1).toordinal(), date(2025, 1, 1).toordinal()):
        start = date.fromordinal(ordinal)
        months = [anniversary(start, months=k) for k in range(50)]
        assert months == sorted(set(months))
        assert [anniversary(start, years=k) for k in range(4)] == months[:48:12]


def test_the_calendar_has_an_end() -> None:
    with pytest.raises(OverflowError, match="outside the calendar"):
        anniversary(date(2025, 1, 1), years=8000)


def test_four_years_from_new_year_are_four_calendar_years() -> None:
    years = budget_years(date(2025, 1, 1), date(2029, 1, 1))
    assert [year.label for year in years] == ["2025", "2026", "2027", "2028"]
    assert [year.full_days for year in years] == [365, 365, 365, 366]
    assert all(year.fraction == 1 for year in years)


def test_years_from_a_leap_day() -> None:
    years = budget_years(date(2024, 2, 29), date(2026, 3, 31))
    assert [(year.start, year.end) for year in years] == [
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 2, 28), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 3, 31)),
    ]
    assert [year.fraction for year in years] == [1, 1, Fraction(31, 365)]
    assert [year.full_days for year in years] == [365, 365, 365]
    assert years[2].label == "2026-02-28/2026-03-30"


def test_a_run_of_one_day_is_one_part_of_a_year() -> None:
    (year,) = budget_years(date(2024, 1, 1), date(2024, 1, 2))
    assert year.fraction == Fraction(1, 366)
    assert year.label == "2024-01-01/2024-01-01"
    with pytest.raises(ValueError, match="no day"):
        budget_years(date(2024, 1, 1), date(2024, 1, 1))


# ---- amounts


def test_three_bases() -> None:
    assert annual_amount("annual_outlay", 7, **BASES) == 25_200_000_00
    assert annual_amount("capital_cost_once", 24, **BASES) == 10_080_000_00
    assert annual_amount("capital_cost_once", 25, **BASES) == 0
    amounts = (Fraction(5), Fraction(7))
    assert [annual_amount("explicit", year, **BASES, amounts=amounts) for year in range(4)] == [5, 7, 7, 7]


def test_a_capital_cost_is_spent_once_whatever_the_years() -> None:
    for spread in (Fraction(1, 2), Fraction(1), Fraction(5, 2), Fraction(25)):
        bases = {**BASES, "spread_over": spread}
        assert sum(annual_amount("capital_cost_once", year, **bases) for year in range(30)) == 252_000_000_00


def test_unknown_bases_and_missing_amounts_are_named() -> None:
    with pytest.raises(ValueError, match=r"no such base: 'gdp'; allowed: annual_outlay"):
        annual_amount("gdp", 0, **BASES)
    with pytest.raises(ValueError, match="no amount"):
        annual_amount("explicit", 1, **BASES)


def test_province_rules() -> None:
    weights = {
        "exposure": (Fraction(1), Fraction(3)),
        "threat": (Fraction(0), Fraction(1, 7)),
        "explicit": (Fraction(1, 4), Fraction(3, 4)),
    }
    assert province_shares("exposure", weights, 2) == (Fraction(1, 4), Fraction(3, 4))
    assert province_shares("threat", weights, 2) == (0, 1)
    assert province_shares("equal", {}, 2) == (Fraction(1, 2), Fraction(1, 2))
    assert province_shares("explicit", weights, 2) == weights["explicit"]


@pytest.mark.parametrize(
    ("rule", "weights", "match"),
    [
        ("fair", (1, 1), "no such rule: 'fair'; allowed: exposure, threat, works, equal, explicit"),
        ("threat", (0, 0), "its weights are all zero"),
        ("explicit", (Fraction(1, 2), Fraction(1, 4)), "add up to 0.75, not to 1"),
        ("exposure", (2, -1), "2 weights of at least 0"),
        ("exposure", (1, 1, 1), "2 weights of at least 0"),
    ],
)
def test_province_rules_that_cannot_be(rule: str, weights: tuple[Fraction, ...], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        province_shares(rule, {rule: weights}, 2)


# ---- what money buys


def bought(money: int, fixed: Fraction | int, unit_cost: Fraction | int) -> int:
    """Whole units."""
    return Price.of(fixed, unit_cost).buy(money).units


def test_units_are_floored_after_the_fixed_cost() -> None:
    assert bought(999, 0, 100) == 9
    assert bought(999, 100, 100) == 8
    assert bought(99, 100, 100) == 0
    assert bought(0, 0, 1) == 0
    assert bought(10, 0, Fraction(5, 2)) == 4


def test_a_part_of_a_unit_is_paid_with_the_whole_fixed_cost() -> None:
    price = Price.of(Fraction(1, 3), Fraction(5, 2))
    assert price == (2, 15, 6)
    assert price.buy(3) == (1, 0, 2 + 15)
    assert price.buy(3, whole=False) == (1, Fraction(1, 15), 3 * 6)


def test_without_a_unit_nothing_is_spent() -> None:
    assert Price.of(100, 10).buy(109) == Price.of(100, 10).buy(100, whole=False) == (0, 0, 0)
    assert Price.of(100, 10).buy(129) == (2, 0, 120)


def test_one_percent_of_the_base_case_by_hand() -> None:
    lines = allocate(
        Fraction(25_200_000_00),
        fraction=Fraction(1),
        provinces=(Fraction(1, 4), Fraction(3, 4)),
        instruments=(Fraction(52, 100), Fraction(48, 100)),
        fixed=(Fraction(0), Fraction(1_000_00)),
        unit_cost=(Fraction(6350_00), Fraction(250_000_00)),
    )
    assert lines.given == ((3_276_000_00, 3_024_000_00), (9_828_000_00, 9_072_000_00))
    assert lines.units == ((515, 12), (1547, 36))
    assert lines.spent == ((515 * 6350_00, 3_001_000_00), (1547 * 6350_00, 9_001_000_00))
    assert (lines.total, lines.unallocated) == (25_200_000_00, 0)


def test_a_part_of_a_year_has_the_capacity_of_a_whole_one_for_a_part_of_its_price() -> None:
    full, part = (
        allocate(
            Fraction(1000_00),
            fraction=fraction,
            provinces=(Fraction(1),),
            instruments=(Fraction(1),),
            fixed=(Fraction(0),),
            unit_cost=(Fraction(100_00),),
        )
        for fraction in (Fraction(1), Fraction(31, 365))
    )
    assert full.units == part.units == ((10,),)
    assert part.total == part.given[0][0] == part.spent[0][0] == 84_93


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shares 1\.0 and 0\.5"):
        allocate(
            Fraction(1),
            fraction=Fraction(1),
            provinces=(Fraction(1),),
            instruments=(Fraction(1, 2),),
            fixed=(Fraction(0),),
            unit_cost=(Fraction(1),),
        )


# ---- other payers


def test_others_take_over_a_line_and_nobody_spends_more_than_it_was_given() -> None:
    assert shared_line(100, 90, [Fraction(3, 10)]) == [(30, 27)]
    assert shared_line(5, 5, []) == []
    for given in range(8):
        for used in range(given + 1):
            for shares in ([Fraction(1, 2)] * 2, [Fraction(1, 3)] * 3, [Fraction(1), Fraction(0)], [Fraction(2, 7)]):
                parts = shared_line(given, used, shares)
                rest = (given - sum(g for g, _ in parts), used - sum(s for _, s in parts))
                assert all(0 <= s <= g for g, s in [*parts, rest])
                assert all(abs(g - share * given) < len(shares) for (g, _), share in zip(parts, shares, strict=True))
