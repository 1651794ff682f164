"""The plane, the cost of a unit averted with Fieller's set, and tails of yearly losses against known laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simcpec.economics.decision.cost_per_averted import SetKind, cost_per_averted, fieller
from simcpec.economics.decision.incremental import Trade
from simcpec.economics.decision.loss_tails import loss_curve
from simcpec.economics.decision.options import Options, options
from simcpec.economics.decision.plane import QUADRANTS, plane

# ---------------------------------------------------------------------------------------------- the plane


def test_an_ellipse_of_a_normal_cloud_holds_95_percent() -> None:
    """5,000 correlated draws: 94 to 96 % lie within; the ellipse of half the size holds fewer."""
    rng = np.random.default_rng(1)
    pairs = rng.multivariate_normal([3.0, 50.0], [[4.0, 9.0], [9.0, 100.0]], 5000)
    nothing = np.zeros(5000)
    of = options(("now", "more"), np.stack([nothing, pairs[:, 1]], axis=1), np.stack([nothing, pairs[:, 0]], axis=1),
                 current="now")  # fmt: skip
    (cloud,) = plane(of)
    np.testing.assert_allclose(cloud.mean, pairs.mean(axis=0))
    radius = np.linalg.norm(np.linalg.solve(cloud.ellipse, (cloud.points - cloud.mean).T), axis=0)
    assert 0.94 < (radius <= 1.0).mean() < 0.96 and (radius <= 0.5).mean() < 0.6
    assert cloud.shares.sum() == pytest.approx(1.0, abs=1e-12) and len(QUADRANTS) == 4
    assert cloud.shares[0] == pytest.approx(((pairs > 0.0).all(axis=1)).mean())


def test_quadrants_of_draws_on_an_axis_are_split_and_one_draw_has_no_ellipse() -> None:
    cost, effect = np.array([[0.0, 5.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 0.0]])
    (cloud,) = plane(options(("now", "more"), cost, effect, current="now"))
    assert cloud.shares.tolist() == [0.375, 0.125, 0.125, 0.375]
    (alone,) = plane(options(("now", "more"), [0.0, 2.0], [0.0, 1.0], current="now"))  # type: ignore[arg-type]
    assert alone.shares.tolist() == [1.0, 0.0, 0.0, 0.0] and not alone.ellipse.any()
    assert plane(options(("now", "more"), cost, effect)) == ()


def test_the_plane_shows_no_monte_carlo_noise() -> None:
    """Noise of sd 3 over draws of sd 1: the covariance that is left is that without it, within a tenth."""
    rng = np.random.default_rng(2)
    true, seen = rng.normal(2.0, 1.0, 4000), rng.normal(0.0, 3.0, 4000)
    effect = np.stack([np.zeros(4000), true + seen], axis=1)
    noise = np.array([[0.0, 0.0], [0.0, 9.0]])
    of = Options(
        names=("now", "more"), cost=np.tile([0.0, 5.0], (4000, 1)), effect=effect, weights=np.full(4000, 1 / 4000),
        current=0, cost_noise=np.zeros((2, 2)), effect_noise=noise, cross_noise=np.zeros((2, 2)),
    )  # fmt: skip
    (cloud,) = plane(of)
    assert np.var(cloud.points[:, 0]) == pytest.approx(1.0, abs=0.25) and np.var(effect[:, 1]) > 9.0
    np.testing.assert_allclose(cloud.points[:, 1], 5.0)


# ---------------------------------------------------------------------------------------------- cost of a unit


def test_fiellers_set_covers_the_ratio_as_often_as_it_says() -> None:
    """2,000 pairs of means, ratio 5, effect 4 standard errors from 0: 95 % within 1.5; at 1 % level far fewer."""
    rng = np.random.default_rng(3)
    spread = np.array([[0.25, 0.3], [0.3, 4.0]])
    means = rng.multivariate_normal([2.0, 10.0], spread, 2000)
    found = [fieller(cost, effect, spread) for effect, cost in means]
    bounded = [
        each for each in found if each.kind == SetKind.BOUNDED and each.low is not None and each.high is not None
    ]
    assert len(bounded) > 1900
    covered = np.mean([each.low <= 5.0 <= each.high for each in bounded])
    assert 0.935 < covered < 0.965
    narrow = [fieller(cost, effect, spread, normal=0.5) for effect, cost in means[:500]]
    assert np.mean([each.low is not None and each.low <= 5.0 <= (each.high or 0.0) for each in narrow]) < 0.6


def test_where_the_effect_may_be_none_no_interval_is_given() -> None:
    found = fieller(10.0, 0.5, np.diag([0.25, 1.0]))
    assert found.kind == SetKind.UNBOUNDED and found.low is None and found.high is None


def test_only_what_buys_or_saves_has_a_ratio() -> None:
    """Draws of equal effect have exact limits; one draw of exact means has none; what dominates has words alone."""
    cost = np.array([[0.0, 10.0, -1.0, 3.0]] * 2)
    effect = np.array([[0.0, 2.0, 1.0, -1.0]] * 2)
    found = cost_per_averted(options("abcd", cost, effect, current="a"), "death")
    assert [(row.trade, row.ratio) for row in found] == [
        (Trade.BUYS, 5.0), (Trade.DOMINATES, None), (Trade.DOMINATED, None),
    ]  # fmt: skip
    assert found[0].unit == "death" and found[1].monte_carlo is None
    exact = found[0].monte_carlo
    assert exact is not None and (exact.low, exact.high) == (5.0, 5.0)
    (alone,) = cost_per_averted(options("ab", cost[:1, :2], effect[:1, :2], current="a"), "attack")
    assert alone.monte_carlo is not None and alone.monte_carlo.kind == SetKind.UNKNOWN
    assert cost_per_averted(options("ab", cost[:, :2], effect[:, :2]), "attack") == ()


# ---------------------------------------------------------------------------------------------- tails of losses


def test_tails_of_exponential_losses_are_their_closed_form() -> None:
    """Mean 10: value at risk -10 log(1 - p), mean beyond it 10 more; limits hold the truth, those of a tenth do not."""
    rng = np.random.default_rng(4)
    found = loss_curve(rng.exponential(10.0, (4000, 5)))
    for tail in found.tails:
        assert tail.var == pytest.approx(-10.0 * np.log(1.0 - tail.level), rel=0.05)
        assert tail.tvar == pytest.approx(tail.var + 10.0, rel=0.1)
    truth = stats.expon(scale=10.0).sf(found.losses)
    assert ((found.low <= truth) & (truth <= found.high)).mean() > 0.9
    assert (np.abs(found.exceeded - truth) > 0.1 * (found.high - found.exceeded)).mean() > 0.3
    assert (found.years, found.replications, found.zero) == (20_000, 4000, 0.0)


def test_limits_count_replications_where_years_hang_together() -> None:
    """Ten equal years of a replication are one value: the limits are those of one year each."""
    one = np.random.default_rng(5).exponential(1.0, (300, 1))
    alone, together = loss_curve(one), loss_curve(np.repeat(one, 10, axis=1))
    assert together.high[len(together.high) // 2] == pytest.approx(alone.high[len(alone.high) // 2], abs=0.01)


def test_losses_that_never_come() -> None:
    """No loss in 40 years: no tail beyond what 40 years can tell, and an upper limit that is not 0."""
    found = loss_curve(np.zeros((20, 2)))
    assert found.zero == 1.0 and found.mean == 0.0 and found.exceeded.tolist() == [0.0]
    assert found.tails == () and 0.1 < found.high[0] < 0.2
    with pytest.raises(ValueError, match="replications, years"):
        loss_curve(np.zeros((3, 0)))
