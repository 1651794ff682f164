"""Costs by hand, the plan cut into periods without losing a cent, accounts that add up, and present values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcpec.economics.cost_lines import COST_LINES, COST_SIDE, HARM_SIDE
from simcpec.economics.costs import (
    NOT_SHARED_OUT,
    accounts,
    by_period,
    check_accounts,
    costs,
    deaths_valued,
    period_days,
)
from simcpec.economics.discounting import discount_factors, present_value
from simcpec.errors import IdentityBroken
from simcpec.model.outcome import (
    CELL_BREACHES,
    CELL_COUNTS,
    CELL_DEATHS,
    COHORT_CANCELLED,
    COHORT_COUNTS,
    COHORT_WAIT_DAYS,
    PROV_GUARD_DAYS,
    PROV_MEMORY_DAYS,
    PROV_STOPPAGE_DAYS,
    PROVINCE_COUNTS,
)
from simcpec.model.plan import Plan, Prices
from simcpec.model.world import Calendar, Floats, Ints

TICKS = 24


def calendar(ends: list[int], years: list[int], *, warm_up: bool = False) -> Calendar:
    """A calendar by days on a clock of 24 ticks a day; nothing but periods and budget years in it."""
    none = np.zeros(0, dtype=np.int64)
    return Calendar(
        ticks_per_day=TICKS,
        horizon_tick=ends[-1] * TICKS,
        warm_up_periods=int(warm_up),
        period_end_tick=np.array(ends) * TICKS,
        year_start_tick=np.array(years) * TICKS,
        epoch_start_tick=np.zeros(1, dtype=np.int64),
        stage_start_tick=np.zeros(1, dtype=np.int64),
        stage_drifts=np.zeros(1, dtype=np.int64),
        audit_every_tick=0,
        revision_tick=none,
        decision_tick=none,
        revision_reach=none.reshape(0, 2, 2).astype(float),
    )


def plan_of(given: Ints, spent: Ints, *, rest: int = 0, force: int = 0) -> Plan:
    """A plan of Y years, P provinces and K lines with one host force."""
    years, provinces, lines = given.shape
    return Plan(
        year_labels=tuple(str(2025 + y) for y in range(years)),
        year_fraction=np.ones(years),
        total=given.sum(axis=(1, 2)) + rest,
        given=given,
        spent=spent,
        units=np.zeros_like(given),
        unallocated=np.full(years, rest),
        payers=("sponsor",) * lines,
        forces=("ssd",),
        force_payers=("federal",),
        force_cost=np.full((years, 1, provinces), force),
    )


PRICES = Prices(
    price_year=2024,
    discount_rate=0.0,
    outlay_per_day=np.array([1000.0, 0.0]),
    delay_per_waiting_day=3000.0,
    cancelled_movement=1500.0,
    slow_down=0.002,
    compensation_per_death=250_000.0,
    direct_damage=2e6,
    carrying_rate=0.08,
    capital_per_province=np.array([36525.0, 0.0]),
    stopped_share=0.15,
    outlay_elasticity=0.1,
    value_of_life=None,
    exposure=np.array([100.0, 0.0]),
)


def tables(periods: int = 1) -> tuple[Floats, Floats, Floats]:
    """Zero counts of `periods` periods, two provinces, two cohorts and three settings."""
    return (
        np.zeros((periods, 2, 2, 3, len(CELL_COUNTS))),
        np.zeros((periods, 2, 2, len(COHORT_COUNTS))),
        np.zeros((periods, 2, len(PROVINCE_COUNTS))),
    )


def line(result: Floats, name: str) -> Floats:
    """One line of costs."""
    return np.asarray(result[..., COST_LINES.index(name)])


# ---- costs of one replication


def test_every_line_by_hand() -> None:
    year = calendar([365], [0])
    plan = plan_of(np.array([[[500_00, 700_00], [0, 0]]]), np.array([[[400_00, 650_50], [0, 0]]]), force=12_345)
    cell, cohort, province = tables()
    cell[0, 0, 0, 1, CELL_DEATHS], cell[0, 0, 1, 2, CELL_DEATHS], cell[0, 0, 1, 2, CELL_BREACHES] = 3, 2, 1
    cohort[0, 0, 0, COHORT_WAIT_DAYS], cohort[0, 0, 1, COHORT_CANCELLED] = 1.5, 4
    province[0, 0, PROV_GUARD_DAYS] = 365 * 50
    province[0, 0, PROV_STOPPAGE_DAYS], province[0, 0, PROV_MEMORY_DAYS] = 10, 73
    two = {"levers": ("drones", "audit"), "lever_payers": ("federal", "sponsor")}
    plan = replace(plan, lever_cost=np.array([[[300_00, 0], [20_01, 5]]]), **two)
    result = costs(cell=cell, cohort=cohort, province=province, calendar=year, plan=plan, prices=PRICES)
    expected = {
        "levers": 320.01,
        "security_spending": 1050.50,
        "host_forces": 123.45,
        "escort_delay": 1.5 * 3000 + 4 * 1500,
        "slow_down": 0.002 * 0.5 * 365 * 1000,
        "compensation": 5 * 250_000,
        "direct_damage": 2e6,
        "stoppage": 10 * 0.15 * 36525 * 0.08 / 365.25,
        "outlays_lost": 0.1 * 73 * 1000,
    }
    assert result.shape == (1, 2, len(COST_LINES))
    np.testing.assert_allclose(result[0, 0], [expected[name] for name in COST_LINES], rtol=1e-14)
    assert line(result, "security_spending")[0, 1] == 0.0
    assert sorted(COST_SIDE + HARM_SIDE) == sorted(COST_LINES)


def test_outlays_follow_the_change_of_attacks_against_the_reference() -> None:
    """At the reference nothing is charged, from an empty memory on; at twice the reference the elasticity's share.

    USD 2,520 m at an elasticity of -.104 and 8 % carrying of what comes a year later: 21 m a year for a doubling.
    """
    years, memory, rate = 4, 365.25, 3.55 / 365.25  # attacks a day
    ends = [365.25 * (k + 1) for k in range(years)]
    clock = calendar([round(end) for end in ends], [0])
    edges = np.array([0, *(round(end) for end in ends)], dtype=float)
    filled = np.diff(edges + memory * np.exp(-edges / memory))  # of a memory that was empty at the start
    plan = plan_of(np.zeros((1, 2, 1), dtype=np.int64), np.zeros((1, 2, 1), dtype=np.int64))
    prices = replace(
        PRICES, outlay_per_day=np.array([2520e6, 0.0]) / 365.25, outlay_reference=rate * memory, outlay_memory=memory,
        outlay_elasticity=0.104 * 0.08 / (rate * memory),
    )  # fmt: skip
    found = []
    for factor in (1.0, 2.0, 0.5):
        cell, cohort, province = tables(years)
        province[:, 1, PROV_MEMORY_DAYS] = factor * rate * memory * filled  # attacks elsewhere count for the nation
        lost = line(
            costs(cell=cell, cohort=cohort, province=province, calendar=clock, plan=plan, prices=prices), "outlays_lost"
        )
        assert (lost[:, 1] == 0.0).all()
        found.append(lost[:, 0] / filled * 365.25)
    np.testing.assert_allclose(found[0], 0.0, atol=1.0)
    np.testing.assert_allclose(found[1], 2520e6 * 0.104 * 0.08, rtol=1e-9)
    np.testing.assert_allclose(found[2], -2520e6 * 0.104 * 0.08 / 2, rtol=1e-9)


def test_a_province_without_people_or_outlay_costs_nothing_and_is_finite() -> None:
    cell, cohort, province = tables()
    province[0, :, PROV_GUARD_DAYS] = 1e9
    province[0, :, PROV_MEMORY_DAYS] = 1e9
    plan = plan_of(np.zeros((1, 2, 1), dtype=np.int64), np.zeros((1, 2, 1), dtype=np.int64))
    result = costs(cell=cell, cohort=cohort, province=province, calendar=calendar([365], [0]), plan=plan, prices=PRICES)
    assert np.isfinite(result).all()
    assert (result[0, 1] == 0.0).all()
    assert line(result, "slow_down")[0, 0] == line(result, "outlays_lost")[0, 0] == 365_000.0  # never more than all


def test_many_replications_cost_what_each_costs_alone() -> None:
    generator = np.random.default_rng(7)
    single = tables(periods=3)
    many = tuple(generator.integers(0, 9, size=(2, 4, *table.shape)).astype(float) for table in single)
    plan = plan_of(np.full((3, 2, 2), 1_000_01), np.full((3, 2, 2), 999_99))
    years = calendar([365, 730, 1096], [0, 365, 730])
    together = costs(cell=many[0], cohort=many[1], province=many[2], calendar=years, plan=plan, prices=PRICES)
    assert together.shape == (2, 4, 3, 2, len(COST_LINES))
    for d, r in np.ndindex(2, 4):
        alone = costs(
            cell=many[0][d, r], cohort=many[1][d, r], province=many[2][d, r], calendar=years, plan=plan, prices=PRICES
        )
        np.testing.assert_array_equal(together[d, r], alone)


def test_tables_that_still_hold_the_warm_up_are_refused() -> None:
    cell, cohort, province = tables(periods=2)
    plan = plan_of(np.zeros((1, 2, 1), dtype=np.int64), np.zeros((1, 2, 1), dtype=np.int64))
    with pytest.raises(ValueError, match="tables of 2 periods for a calendar of 1 counted ones"):
        costs(
            cell=cell,
            cohort=cohort,
            province=province,
            calendar=calendar([30, 395], [30], warm_up=True),
            plan=plan,
            prices=PRICES,
        )


def test_deaths_have_a_price_only_where_one_is_set() -> None:
    cell = tables()[0]
    cell[0, 1, 0, 0, CELL_DEATHS] = 2
    assert deaths_valued(cell, PRICES) is None
    valued = deaths_valued(cell, replace(PRICES, value_of_life=0.0))
    assert valued is not None and (valued == 0.0).all()
    valued = deaths_valued(cell, replace(PRICES, value_of_life=1.5e6))
    assert valued is not None and valued.tolist() == [[0.0, 3e6]]


# ---- years into periods


def test_a_year_of_months_adds_up_to_the_cent() -> None:
    ends = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    parts = by_period(np.array([[100_00, 7]]), calendar(ends.tolist(), [0]))
    assert parts.sum(axis=0).tolist() == [100_00, 7]
    assert parts[0].tolist() == [100_00 * 31 // 365, 0]


def test_a_warm_up_is_no_part_of_the_plan() -> None:
    with_warm_up = calendar([90, 455, 820], [90, 455], warm_up=True)
    yearly = np.array([[[11, 12]], [[13, 14]]])
    assert by_period(yearly, with_warm_up).tolist() == yearly.tolist()
    assert period_days(with_warm_up).tolist() == [365.0, 365.0]


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=30),
    st.lists(st.integers(1, 400), min_size=1, max_size=5),
    st.integers(0, 10**15),
)
def test_whatever_the_periods_years_add_up(lengths: list[int], gaps: list[int], amount: int) -> None:
    ends = np.cumsum(lengths).tolist()
    years = [0, *(day for day in np.cumsum(gaps).tolist() if day < ends[-1])]
    yearly = np.array([[amount + y] for y in range(len(years))])
    parts = by_period(yearly, calendar(ends, years))
    assert parts.shape == (len(ends), 1)
    assert (parts >= 0).all()
    assert int(parts.sum()) == int(yearly.sum())


# ---- accounts


def test_accounts_hold_every_line_and_add_up() -> None:
    given_ = np.array([[[10, 20], [30, 40]]])
    plan = plan_of(given_, given_ - 3, rest=2, force=77)
    check_accounts(plan)
    rows = accounts(plan, provinces=("SIN", "BAL"), instruments=("guards", "operations"))
    budget = [row for row in rows if row.budget]
    assert sum(row.given for row in budget) == int(plan.total[0]) == 102
    assert sum(row.spent for row in budget) == 88
    assert all(row.given == row.spent + row.unspent for row in rows)
    assert [(row.province, row.line, row.given, row.spent) for row in budget] == [
        ("SIN", "guards", 10, 7),
        ("SIN", "operations", 20, 17),
        ("BAL", "guards", 30, 27),
        ("BAL", "operations", 40, 37),
        ("", NOT_SHARED_OUT, 2, 0),
    ]
    assert [(row.province, row.line, row.payer, row.spent) for row in rows if not row.budget] == [
        ("SIN", "force: ssd", "federal", 77),
        ("BAL", "force: ssd", "federal", 77),
    ]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"total": np.array([101])}, r"100 given \+ 2 not shared out, against 101 cents"),
        ({"spent": np.array([[[10, 21], [30, 40]]])}, "spent beyond what it was given"),
        ({"spent": np.array([[[-1, 20], [30, 40]]])}, "spent beyond what it was given"),
        ({"unallocated": np.array([4]), "total": np.array([104])}, "4 cents not shared out among 4 lines"),
    ],
)
def test_a_planted_fault_in_the_accounts_is_found(change: dict[str, Ints], match: str) -> None:
    given_ = np.array([[[10, 20], [30, 40]]])
    with pytest.raises(IdentityBroken, match=match):
        check_accounts(replace(plan_of(given_, given_, rest=2), **change))


# ---- present values


def test_without_a_rate_nothing_is_discounted() -> None:
    days = np.array([365.0, 366.0, 1.0])
    assert discount_factors(days, 0.0).tolist() == [1.0, 1.0, 1.0]
    value = present_value(np.array([[1.0, 2.0, 4.0]]), days=days, rate=0.0, axis=-1)
    assert value.discounted.tolist() == value.undiscounted.tolist() == [7.0]


def test_amounts_count_in_the_middle_of_their_period() -> None:
    days = np.array([365.25, 365.25])
    np.testing.assert_allclose(discount_factors(days, 0.05), [1.05**-0.5, 1.05**-1.5], rtol=1e-14)
    value = present_value(np.array([[100.0, 1.0], [200.0, 2.0]]), days=days, rate=0.05, axis=0)
    np.testing.assert_allclose(value.undiscounted, [300.0, 3.0])
    np.testing.assert_allclose(value.discounted, np.array([1.0, 0.01]) * (100 * 1.05**-0.5 + 200 * 1.05**-1.5))


def test_the_middle_of_a_year_is_within_a_tenth_of_a_percent_of_continuous_payment() -> None:
    daily = np.ones(365)
    year = discount_factors(np.array([365.0]), 0.15)[0]
    assert abs(year / discount_factors(daily, 0.15).mean() - 1.0) < 1e-3


def test_rates_and_shapes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"discount rate is -1\.0; allowed: a number above -1"):
        discount_factors(np.array([1.0]), -1.0)
    with pytest.raises(ValueError, match="3 amounts for 2 periods"):
        present_value(np.ones(3), days=np.ones(2), rate=0.0, axis=0)
