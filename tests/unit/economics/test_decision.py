"""Incremental analysis, net benefit and the value of perfect information against worked cases and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simcpec.economics.decision.incremental import Status, Trade, against_current, incremental
from simcpec.economics.decision.net_benefit import acceptability, net_benefit, values_around, without_noise
from simcpec.economics.decision.options import Options, options
from simcpec.economics.decision.thresholds import break_even_rates, critical_reduction

LETTERS = "abcdefgh"


def of(costs: list[float], effects: list[float], current: str | None = None) -> Options:
    """Return options named by letters in one state of the world."""
    return options(LETTERS[: len(costs)], np.array(costs), np.array(effects), current=current)


def statuses(found: Options) -> dict[str, Status]:
    return {found.names[row.option]: row.status for row in incremental(found)}


# ---------------------------------------------------------------------------------------------- incremental analysis


def test_of_three_arms_with_one_best_in_both_nothing_has_a_ratio() -> None:
    found = of([163771.0, 164848.7, 163765.1], [6.48273, 6.52861, 6.52861])
    assert statuses(found) == {"a": Status.DOMINATED, "b": Status.DOMINATED, "c": Status.FRONTIER}
    assert [row.ratio for row in incremental(found)] == [None, None, None]


def test_the_published_case_of_hiv_screening_is_reproduced() -> None:
    """Paltiel et al. 2006 (Annals of Internal Medicine 145: 797-806, table 4) as worked by the R package dampack.

    No programme, one test, a test every 5 and 3 years, every year: USD and quality-adjusted months a person.  dampack
    prints 37500.00, 58285.71 and 100800.00 USD a year of life and calls the yearly test dominated.
    """
    costs, months = [26000.0, 27000.0, 28020.0, 28440.0, 29440.0], [277.25, 277.57, 277.78, 277.83, 277.76]
    found = of(costs, [month / 12.0 for month in months])
    assert statuses(found) == {**dict.fromkeys("abcd", Status.FRONTIER), "e": Status.DOMINATED}
    ratios = [row.ratio for row in incremental(found)]
    assert ratios[0] is None and ratios[4] is None
    assert [round(ratio, 2) for ratio in ratios[1:4] if ratio is not None] == [37500.0, 58285.71, 100800.0]
    # the switch of the best option with the value of a year of life stands at these ratios
    values = [37499.0, 37501.0, 58285.0, 58286.0, 100799.0, 100801.0]
    best = [found.names[int(net_benefit(found, value)[0].argmax())] for value in values]
    assert best == ["a", "b", "b", "c", "c", "d"]


def test_an_option_that_a_mixture_beats_is_extendedly_dominated() -> None:
    found = of([0.0, 10.0, 30.0, 40.0], [0.0, 1.0, 2.0, 4.0])
    assert statuses(found)["c"] == Status.EXTENDED
    rows = {row.option: row for row in incremental(found)}
    assert (rows[1].against, rows[1].ratio) == (0, 10.0)
    assert (rows[3].against, rows[3].cost, rows[3].effect, rows[3].ratio) == (1, 30.0, 3.0, 10.0)


def test_options_on_one_line_are_all_on_the_frontier() -> None:
    found = of([0.0, 10.0, 20.0, 30.0], [0.0, 1.0, 2.0, 3.0])
    assert set(statuses(found).values()) == {Status.FRONTIER}
    assert [row.ratio for row in incremental(found)] == [None, 10.0, 10.0, 10.0]


def test_an_option_may_fall_only_after_another_has() -> None:
    """The second falls once the third has: ratios 5, then 6 and 2 are 5 and 4, so that the second is above them too."""
    found = of([0.0, 5.0, 11.0, 13.0], [0.0, 1.0, 2.0, 3.0])
    assert statuses(found) == {
        "a": Status.FRONTIER, "b": Status.EXTENDED, "c": Status.EXTENDED, "d": Status.FRONTIER,
    }  # fmt: skip


def test_equal_options_stand_together_and_one_option_stands_alone() -> None:
    rows = incremental(of([5.0, 5.0, 9.0], [1.0, 1.0, 2.0]))
    assert [(row.option, row.same_as, row.status) for row in rows] == [
        (0, None, Status.FRONTIER), (1, 0, Status.FRONTIER), (2, None, Status.FRONTIER),
    ]  # fmt: skip
    (alone,) = incremental(of([5.0], [1.0]))
    assert alone.status == Status.FRONTIER and alone.ratio is None


def test_the_frontier_is_that_of_every_mixture() -> None:
    """Random options: on the frontier exactly where some value makes an option best; the control prices one out."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        costs, effects = rng.uniform(0, 100, 6), rng.uniform(0, 10, 6)
        found = of(list(costs), list(effects))
        kept = {row.option for row in incremental(found) if row.status == Status.FRONTIER}
        values = np.concatenate([np.linspace(0, 500, 40_001), [1e9]])
        best = set(np.argmax(values[:, None] * effects - costs, axis=1).tolist())
        assert best == kept
        dear = costs + 1e6 * (np.arange(6) == min(kept))  # it stays only where its effect is the largest
        left = {row.option for row in incremental(of(list(dear), list(effects))) if row.status == Status.FRONTIER}
        assert (min(kept) in left) == (effects[min(kept)] == effects.max())


def test_against_current_practice_no_ratio_is_negative() -> None:
    rows = against_current(of([10.0, 12.0, 8.0, 12.0, 8.0, 10.0], [5.0, 6.0, 4.0, 4.0, 6.0, 5.0], current="a"))
    assert [(row.trade, row.ratio) for row in rows] == [
        (Trade.BUYS, 2.0), (Trade.SAVES, 2.0), (Trade.DOMINATED, None), (Trade.DOMINATES, None), (Trade.SAME, None),
    ]  # fmt: skip
    assert against_current(of([1.0, 2.0], [1.0, 2.0])) == ()


@pytest.mark.parametrize(
    ("names", "cost", "effect", "message"),
    [
        (("a", "a"), [1.0, 2.0], [1.0, 2.0], "twice"),
        (("a", "b"), [1.0, math.nan], [1.0, 2.0], "finite"),
        (("a", "b"), [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "options"),
    ],
)
def test_options_that_cannot_be_compared_are_refused(
    names: tuple[str, ...], cost: list[float], effect: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        options(names, np.array(cost), np.array(effect))


# ---------------------------------------------------------------------------------------------- net benefit


def gaussian(mean: float, sd: float, draws: int = 100_001) -> Options:
    """Return two options whose difference of net benefits at value 1 has this law, by evenly spaced quantiles."""
    quantiles = stats.norm(mean, sd).ppf((np.arange(draws) + 0.5) / draws)
    return options(("none", "some"), np.zeros((draws, 2)), np.stack([np.zeros(draws), quantiles], axis=1))


@pytest.mark.parametrize(("mean", "sd"), [(1.0, 2.0), (-3.0, 2.0), (0.0, 1.0)])
def test_gaussian_net_benefits_match_the_closed_forms(mean: float, sd: float) -> None:
    found = acceptability(gaussian(mean, sd), [1.0])
    assert found.probability[0, 1] == pytest.approx(stats.norm.cdf(mean / sd), abs=1e-5)
    z = abs(mean) / sd
    loss = sd * stats.norm.pdf(z) - abs(mean) * stats.norm.cdf(-z)  # unit normal loss integral
    assert found.perfect[0] == pytest.approx(loss, rel=1e-3)
    assert found.best[0] == int(mean > 0.0)


def test_shares_add_up_and_ties_are_split() -> None:
    rng = np.random.default_rng(1)
    cost, effect = rng.integers(0, 3, (200, 4)).astype(float), rng.integers(0, 3, (200, 4)).astype(float)
    found = acceptability(options(tuple("abcd"), cost, effect), [0.0, 0.5, 1.0, 2.0])
    assert np.abs(found.probability.sum(axis=1) - 1.0).max() < 1e-12
    cheapest = cost == cost.min(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probability[0], (cheapest / cheapest.sum(axis=1, keepdims=True)).mean(axis=0))
    assert (found.perfect >= 0.0).all() and (found.loss >= 0.0).all()
    np.testing.assert_allclose(found.perfect, found.loss.min(axis=1), atol=1e-12)


def test_one_draw_leaves_nothing_to_learn() -> None:
    found = acceptability(of([1.0, 5.0], [1.0, 2.0]), [0.0, 4.0, 10.0])
    assert found.perfect.tolist() == [0.0, 0.0, 0.0]
    assert found.probability.tolist() == [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]


def test_weights_are_those_of_draws() -> None:
    effect = np.array([[0.0, 1.0], [0.0, -1.0]])
    found = acceptability(options("ab", np.zeros((2, 2)), effect, weights=np.array([3.0, 1.0])), [1.0])
    assert found.probability[0].tolist() == [0.25, 0.75] and found.perfect[0] == pytest.approx(0.25)


def test_monte_carlo_noise_is_no_uncertainty() -> None:
    """2,000 draws of four options, sd 1 each, seen with noise of sd 1.5 common and 1 apart: the value of perfect
    information of the corrected means is within 5 % of that of the true ones, of the raw ones 20 % above."""
    rng = np.random.default_rng(8)
    draws, true = 2000, rng.normal([0.0, 0.2, 0.1, -0.1], 1.0, (2000, 4))
    noise = 1.5**2 * np.ones((4, 4)) + np.eye(4)
    seen = true + rng.multivariate_normal(np.zeros(4), noise, draws)

    def perfect(values: np.ndarray) -> float:
        return float(acceptability(options("abcd", np.zeros((draws, 4)), values), [1.0]).perfect[0])

    weights = np.full(draws, 1.0 / draws)
    corrected = without_noise(seen, weights, noise)
    np.testing.assert_allclose(corrected.mean(axis=0), seen.mean(axis=0), atol=1e-12)
    assert perfect(corrected) == pytest.approx(perfect(true), rel=0.05)
    assert perfect(seen) > 1.2 * perfect(true)


def test_where_noise_explains_everything_no_spread_is_left() -> None:
    rng = np.random.default_rng(4)
    seen = rng.normal(0.0, 1.0, (500, 3))
    left = without_noise(seen, np.full(500, 0.002), 4.0 * np.eye(3))
    np.testing.assert_allclose(left, np.broadcast_to(seen.mean(axis=0), left.shape), atol=1e-12)


def test_noise_of_net_benefit_is_that_of_its_parts() -> None:
    """Covariance of v e - c by its parts, against that of simulated means."""
    rng = np.random.default_rng(5)
    parts = rng.normal(size=(4, 4))
    both = parts @ parts.T
    sample = rng.multivariate_normal(np.zeros(4), both, 200_000)
    found = Options(
        names=("a", "b"), cost=np.zeros((1, 2)), effect=np.zeros((1, 2)), weights=np.ones(1),
        cost_noise=both[:2, :2], effect_noise=both[2:, 2:], cross_noise=both[:2, 2:],
    )  # fmt: skip
    seen = np.cov((3.0 * sample[:, 2:] - sample[:, :2]).T)
    np.testing.assert_allclose(found.net_benefit_noise(3.0), seen, rtol=0.05, atol=0.05 * np.abs(seen).max())
    assert net_benefit(found, 3.0).shape == (1, 2)


def test_a_grid_of_values_covers_every_ratio() -> None:
    grid = values_around([3.0, 700.0])
    assert grid[0] == 0.0 and list(grid) == sorted(grid)
    assert min(grid[1:]) <= 1.0 and max(grid) >= 1400.0
    assert values_around([]) == (0.0,)


# ---------------------------------------------------------------------------------------------- thresholds


def test_critical_reductions_of_a_programme_of_a_third_of_a_billion() -> None:
    assert critical_reduction(0.35, 5.2) == pytest.approx(0.067, abs=5e-4)
    assert critical_reduction(0.35, 2.7) == pytest.approx(0.130, abs=5e-4)
    assert critical_reduction(0.0, 0.0) == 0.0 and critical_reduction(3.0, 2.0) is None


def test_break_even_rates_are_quantiles_of_what_is_needed() -> None:
    """Loss of 100 m and a reduction uniform between 20 and 60 %: cost / loss / reduction, at its quantiles."""
    reduction = 0.2 + 0.4 * (np.arange(10_000) + 0.5) / 10_000
    found = break_even_rates(75e9, loss=np.full(10_000, 100e6), reduction=reduction)
    assert found == pytest.approx([750 / (0.2 + 0.4 * (1 - q)) for q in (0.1, 0.5, 0.9)], rel=1e-3)
    known = break_even_rates(75e9, loss=[100e6], reduction=[0.45], confidences=(0.5,))
    assert known == pytest.approx((1666.6667,), rel=1e-6)
    assert break_even_rates(1.0, loss=[1.0, 1.0], reduction=[0.0, 0.5], confidences=(0.4, 0.9)) == (2.0, math.inf)
    with pytest.raises(ValueError, match="reductions from 0 to 1"):
        break_even_rates(1.0, loss=[1.0], reduction=[1.5])
