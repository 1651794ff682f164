"""What every entry gives back: counts, sums, products and exact intervals computed again; planted errors are caught."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from scipy import stats

from simcpec import catalogue
from simcpec.catalogue.checks import (
    CHECKS,
    binomial_interval,
    exact_interval,
    faults,
    half_unit,
    interval_faults,
    poisson_interval,
)
from simcpec.catalogue.entries import Entry

DERIVED = [id for id, entry in catalogue.entries().items() if entry.gives_back]
EXACT = [id for id, entry in catalogue.entries().items() if entry.interval_kind.startswith("exact")]
SINDH = catalogue.entry("attacks.sindh")


def altered(entry: Entry, check: dict[str, Any] | None = None, **changes: Any) -> Entry:
    """`entry` with other fields and, if given, another check."""
    return replace(entry, **changes, **({} if check is None else {"gives_back": MappingProxyType(check)}))


@pytest.mark.parametrize("id", DERIVED)
def test_every_catalogue_number_gives_back_what_it_came_from(id: str) -> None:
    assert faults(catalogue.entry(id), catalogue.entries()) == []


@pytest.mark.parametrize("id", EXACT)
def test_every_exact_interval_is_the_exact_one(id: str) -> None:
    entry = catalogue.entry(id)
    assert exact_interval(entry) is not None
    assert interval_faults(entry) == []


def test_every_check_is_used() -> None:
    used = {name for entry in catalogue.entries().values() for name in entry.gives_back}
    assert set(CHECKS) <= used


@pytest.mark.parametrize("id", [id for id in DERIVED if set(catalogue.entry(id).gives_back) & set(CHECKS)])
def test_a_planted_wrong_value_is_caught(id: str) -> None:
    """The control that must fail: a slip of 3 % and more than the last digit, in every entry that can be checked."""
    entry = catalogue.entry(id)
    slip = max(0.03 * abs(entry.number), 1.1 * half_unit(entry.number), 1.1 * entry.gives_back.get("within", 0.0))
    slip += max(half_unit(entry.number), entry.gives_back.get("within", 0.0))
    wrong = faults(altered(entry, value=entry.number + slip), catalogue.entries())
    assert len(wrong) >= 1 and entry.id in wrong[0]


def test_a_planted_wrong_interval_is_caught() -> None:
    assert interval_faults(altered(SINDH, interval=(0.88, 3.9)))[0].startswith("attacks.sindh: upper end is 3.9")
    assert interval_faults(altered(SINDH, interval=(0.89, 4.0)))[0].startswith("attacks.sindh: lower end is 0.89")


def test_an_unknown_or_broken_check_is_a_fault() -> None:
    assert faults(altered(SINDH, {"cuont": 8}), {}) == ["unknown check cuont"]
    assert "cannot be computed" in faults(altered(SINDH, {"sum_of": ["no.such"]}), catalogue.entries())[0]
    assert "cannot be computed" in faults(altered(SINDH, {"product": [1], "over": [0]}), {})[0]
    assert "cannot be computed" in faults(altered(SINDH, {"count": 8}), {})[0]


def test_the_message_says_both_figures() -> None:
    assert faults(altered(SINDH, value=2.3), {}) == [
        "attacks.sindh says 2.3 attacks / year, count gives 2.03046 (allowed: 0.05)"
    ]


@pytest.mark.parametrize(("number", "half"), [(2.03, 0.005), (14, 0.5), (20000, 0.5), (0.5, 0.05), (-0.037, 0.0005)])
def test_half_a_unit_of_the_last_digit(number: float, half: float) -> None:
    assert half_unit(number) == pytest.approx(half)


@pytest.mark.parametrize("count", [0, 1, 2, 8, 14, 206])
def test_the_poisson_interval_holds_its_tails(count: int) -> None:
    low, high = poisson_interval(count)
    assert stats.poisson.cdf(count, high) == pytest.approx(0.025)
    if count:
        assert stats.poisson.sf(count - 1, low) == pytest.approx(0.025)
    else:
        assert low == 0.0 and high == pytest.approx(-math.log(0.025))


@pytest.mark.parametrize(("count", "size"), [(0, 10), (10, 10), (5, 14), (68, 86)])
def test_the_binomial_interval_holds_its_tails(count: int, size: int) -> None:
    low, high = binomial_interval(count, size)
    assert (low == 0.0) if count == 0 else stats.binom.sf(count - 1, size, low) == pytest.approx(0.025)
    assert (high == 1.0) if count == size else stats.binom.cdf(count, size, high) == pytest.approx(0.025)


def test_the_official_counts_are_there() -> None:
    numbers = {"all": 14, "kp": 2, "balochistan": 4, "sindh": 8}
    assert {name: catalogue.entry(f"attacks.count.{name}").value for name in numbers} == numbers
    for name in ("punjab", "gb", "ajk", "ict"):
        assert (catalogue.entry(f"attacks.{name}").value, catalogue.entry(f"attacks.{name}").interval) == (0, (0, 0.94))
    harm = ("foreign_killed", "foreign_injured", "local_killed", "local_injured")
    assert [catalogue.entry(f"attacks.{name}").value for name in harm] == [20, 34, 8, 25]


def test_the_three_readings_of_the_one_per_cent_stand_side_by_side() -> None:
    readings = [catalogue.entry(f"budget.reading.{name}") for name in ("once_over_life", "annual_outlay", "explicit")]
    assert [one.chosen for one in readings] == [False, True, False]
    assert all(len(one.stands_beside) == 2 for one in readings)


QUANTILES = {
    "uniform": lambda p: stats.uniform(p["low"], p["high"] - p["low"]),
    "triangular": lambda p: stats.triang(
        (p["mode"] - p["low"]) / (p["high"] - p["low"]), p["low"], p["high"] - p["low"]
    ),
    "lognormal": lambda p: stats.lognorm(p["sigma"], scale=math.exp(p["mu"])),
    "beta": lambda p: stats.beta(p["a"], p["b"]),
    "gamma": lambda p: stats.gamma(p["shape"], scale=1 / p["rate"]),
}


@pytest.mark.parametrize("law", QUANTILES)
def test_a_law_spreads_over_the_interval_it_was_made_from(law: str) -> None:
    """The ends of the interval are the ends of the law, or near its 2.5 % and 97.5 % points."""
    entry = altered(SINDH, {}, value=0.4, interval=(0.3, 0.52), law=law)
    drawn = QUANTILES[law](entry.distribution().parameters)
    points = drawn.ppf([0.0, 1.0]) if law in ("uniform", "triangular") else drawn.ppf([0.025, 0.975])
    assert points == pytest.approx([0.3, 0.52], abs=0.02 if law in ("beta", "gamma") else 1e-9)


def test_the_gamma_of_a_count_is_near_the_exact_interval_and_covers_no_event_at_all() -> None:
    for id in ("attacks.sindh", "attacks.gb"):
        entry = catalogue.entry(id)
        assert entry.interval is not None
        points = QUANTILES["gamma"](entry.distribution().parameters).ppf([0.025, 0.975])
        assert points[0] >= entry.interval[0] - 0.005 and points[1] <= entry.interval[1] + 0.005
        assert points[1] > 0.65 * entry.interval[1]


def test_a_constant_has_its_value_and_a_date_has_none() -> None:
    assert dict(catalogue.entry("attacks.count.all").distribution().parameters) == {"value": 14.0}
    assert dict(catalogue.entry("sop.revision.june_2024").distribution().parameters) == {}


SHARES = [id for id, one in catalogue.entries().items() if one.sets and one.unit == "%" and one.law != "none"]


@pytest.mark.parametrize("id", SHARES)
def test_no_draw_of_a_share_falls_outside_0_to_100(id: str) -> None:
    drawn = catalogue.entry(id).distribution()
    law = QUANTILES[drawn.law](drawn.parameters)
    assert law.cdf(0.0) == 0.0 and law.sf(100.0) < 1e-6


def test_shares_of_a_whole_are_not_drawn_one_by_one() -> None:
    """Independent draws would no longer add up to 100 %."""
    whole = [one for one in catalogue.entries().values() if "add up to 100 %" in one.caveat]
    assert len(whole) >= 10
    assert {one.law for one in whole} == {"none"}
