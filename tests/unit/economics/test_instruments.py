"""Shapley averages, the marginal cost curve and the best layout of a budget against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simcpec.economics.decision.incremental import Trade
from simcpec.economics.instruments.cost_curve import cost_curve
from simcpec.economics.instruments.shapley import (
    Shapley,
    orders_of,
    orders_within,
    sampled_shapley,
    shapley,
    subsets_of,
)
from simcpec.economics.instruments.water_filling import allocate, envelope

PASSED = np.array([0.9, 0.7, 0.8, 0.95, 0.6])  # share of attacks that passes each of five layers


def averted(subset: int) -> float:
    """Share of attacks that layers in series stop: they overlap."""
    return 1.0 - float(np.prod([p for i, p in enumerate(PASSED) if subset >> i & 1]))


# ---------------------------------------------------------------------------------------------- Shapley averages


def test_contributions_of_a_glove_game_are_the_textbook_ones() -> None:
    """One left glove, two right ones, a pair is worth 1: 2/3, 1/6, 1/6 (Shapley 1953)."""
    found = shapley(3, lambda subset: float(bool(subset & 1) and bool(subset & 6)))
    np.testing.assert_allclose(found.contributions, [2 / 3, 1 / 6, 1 / 6], atol=1e-15)
    assert found.orders is None and not found.standard_error.any()


def test_contributions_add_up_exactly_and_respect_what_is_equal_or_idle() -> None:
    found = shapley(5, averted)
    assert abs(math.fsum(found.contributions) - averted(31)) < 1e-12 and found.whole == averted(31)
    alone = [averted(1 << i) for i in range(5)]
    assert all(part < whole for part, whole in zip(found.contributions, alone, strict=True))
    idle = shapley(3, lambda subset: float((subset & 3).bit_count()))
    assert idle.contributions.tolist() == [1.0, 1.0, 0.0]
    assert shapley(0, lambda subset: 7.0).contributions.size == 0
    with pytest.raises(ValueError, match="at most 16"):
        shapley(17, averted)


def test_sampled_orders_close_exactly_and_state_an_error_that_covers() -> None:
    """100 seeds: the exact value lies within 1.96 standard errors in 90 to 99 % of the cases; within half, rarely."""
    exact = shapley(5, averted).contributions
    inside, narrow = 0, 0
    for seed in range(100):
        found = sampled_shapley(orders_of(5, 40, seed=seed), averted)
        assert abs(math.fsum(found.contributions) - found.whole) < 1e-12
        apart = np.abs(found.contributions - exact)
        inside += int((apart <= 1.96 * found.standard_error + 1e-15).sum())
        narrow += int((apart <= 0.5 * 1.96 * found.standard_error).sum())
    assert 0.90 < inside / 500 < 0.99 and narrow / 500 < 0.8
    assert found.orders == 40


def test_orders_are_found_within_subsets_and_no_search_is_in_vain() -> None:
    """All but the whole set of twenty instruments: no order, at once; with the planned subsets, at least the plan."""
    assert orders_within(20, set(range(1 << 10))) == []
    plan = orders_of(6, 4, seed=3)
    found = orders_within(6, set(subsets_of(plan)))
    assert {tuple(order) for order in plan} <= {tuple(order) for order in found}
    assert len(orders_within(4, set(range(16)))) == 24 and len(orders_within(6, set(range(64)), most=50)) == 50


def test_orders_come_with_their_reverse() -> None:
    orders = orders_of(6, 8, seed=1)
    assert all(first == second[::-1] for first, second in zip(orders[0::2], orders[1::2], strict=True))
    assert orders == orders_of(6, 8, seed=1) != orders_of(6, 8, seed=2)


# ---------------------------------------------------------------------------------------------- the curve


def test_instruments_stand_by_the_cost_of_what_they_avert() -> None:
    """Saves and averts first; then 2 and 5 a unit; what averts nothing, or costs and harms, is off the curve."""
    names = ("dear", "cheap", "saves", "idle", "harms", "gives up")
    found = cost_curve(names, np.array([50.0, 8.0, -3.0, 4.0, 1.0, -9.0]), np.array([10.0, 4.0, 1.0, 0.0, -2.0, -1.0]))
    assert [(step.name, step.ratio) for step in found.steps] == [
        ("saves", None), ("cheap", 2.0), ("dear", 5.0), ("idle", None), ("harms", None), ("gives up", None),
    ]  # fmt: skip
    assert [(step.left, step.right) for step in found.steps[:3]] == [(0.0, 1.0), (1.0, 5.0), (5.0, 15.0)]
    assert {step.name: step.trade for step in found.steps}["gives up"] == Trade.SAVES
    assert all(step.left is None and step.shared is None for step in found.steps[3:])
    assert found.alone == 15.0 and found.together is None and found.steps[0].half_width is None


def test_overlap_is_what_the_shapley_average_leaves_out() -> None:
    shared = shapley(5, averted)
    alone = np.array([averted(1 << i) for i in range(5)])
    found = cost_curve(tuple("abcde"), np.ones(5), alone, shared)
    assert found.alone == pytest.approx(alone.sum()) and found.together == averted(31) < found.alone
    parts = [step.shared for step in found.steps if step.shared is not None]
    overlaps = [step.overlap for step in found.steps if step.overlap is not None]
    assert math.fsum(parts) == pytest.approx(averted(31), abs=1e-12)
    assert math.fsum(overlaps) == pytest.approx(found.alone - averted(31), abs=1e-12) and min(overlaps) > 0.0


def test_no_instrument_gives_an_empty_curve() -> None:
    none = Shapley(contributions=np.zeros(0), standard_error=np.zeros(0), whole=0.0, orders=None)
    found = cost_curve((), np.zeros(0), np.zeros(0), none)
    assert found.steps == () and found.alone == found.together == 0.0


# ---------------------------------------------------------------------------------------------- water-filling


def test_two_concave_returns_are_filled_to_their_known_optimum() -> None:
    """Returns a sqrt(x): marginal a / (2 sqrt x) is equal where x is in proportion to a squared: 36 and 64 of 100."""
    grid = np.linspace(0.0, 100.0, 20_001)
    found = allocate([np.stack([grid, a * np.sqrt(grid)], axis=1) for a in (3.0, 4.0)], 100.0)
    np.testing.assert_allclose(found.spent, [36.0, 64.0], atol=0.011)
    assert found.price == pytest.approx(3.0 / (2.0 * 6.0), rel=1e-3) and found.averted.sum() == pytest.approx(50.0)


def test_saturating_returns_leave_out_what_never_pays() -> None:
    """Returns A (1 - exp(-k x)): x = log(A k / price) / k where A k > price; the third never reaches the price."""
    returns, grid = ((10.0, 0.05), (6.0, 0.1), (1.0, 0.01)), np.linspace(0.0, 60.0, 6001)
    found = allocate([np.stack([grid, a * (1.0 - np.exp(-k * grid))], axis=1) for a, k in returns], 30.0)
    assert found.spent.sum() == pytest.approx(30.0) and found.spent[2] == 0.0
    margins = [a * k * math.exp(-k * x) for (a, k), x in zip(returns, found.spent, strict=True)]
    assert margins[0] == pytest.approx(margins[1], rel=2e-3) and margins[2] < margins[0]


def test_returns_known_at_points_are_filled_as_well_as_any_layout() -> None:
    """Against a search over every layout in steps of 1; returns of sqrt(x), seen at whole numbers."""
    grid = np.arange(0.0, 101.0)
    curves = [np.stack([grid, a * np.sqrt(grid)], axis=1) for a in (3.0, 4.0)]
    found = allocate(curves, 100.0)
    assert found.spent == pytest.approx([36.0, 64.0], abs=1.0) and found.left == 0.0
    best = max(3.0 * math.sqrt(x) + 4.0 * math.sqrt(100.0 - x) for x in grid)
    assert found.averted.sum() == pytest.approx(best) and found.spent.sum() == pytest.approx(100.0)
    assert found.price == pytest.approx(0.25, rel=0.02)


def test_what_no_instrument_can_use_is_left_and_a_dip_is_bridged() -> None:
    """A return that rises only at its end is bought in part as a mixture; one that harms is not bought."""
    late = np.array([[1.0, 0.0], [4.0, 8.0]])
    np.testing.assert_allclose(envelope(late), [[0.0, 0.0], [4.0, 8.0]])
    found = allocate([late, np.array([[5.0, -3.0]])], 10.0)
    assert found.spent.tolist() == [4.0, 0.0] and found.left == 6.0 and found.price == 0.0
    half = allocate([late], 2.0)
    assert half.averted.tolist() == [4.0] and half.price == 2.0
    free = allocate([np.array([[0.0, 2.0], [1.0, 3.0]])], 0.0)
    assert free.averted.tolist() == [2.0] and free.spent.tolist() == [0.0]
    with pytest.raises(ValueError, match="at least 0"):
        allocate([late], -1.0)
