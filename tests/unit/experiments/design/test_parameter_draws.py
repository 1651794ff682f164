"""Parameter draws: each law by its own distribution function, and addresses that nothing else moves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simcpec.catalogue import Distribution
from simcpec.catalogue.laws import distribution_of
from simcpec.errors import UserError
from simcpec.experiments.design.parameter_draws import Factor, draw_numbers, inverted, sampled, uniform_of
from simcpec.model.world import Floats


def factor(law: str = "lognormal", parameters: dict[str, float] | None = None, **others: Any) -> Factor:
    given = {"mu": 0.0, "sigma": 1.0} if parameters is None else parameters
    fields = {"key": "world.threat.lapse", "name": "threat.lapse", "unit": "/year", **others}
    return Factor(distribution=Distribution(law, given), **fields)


LAWS = [
    ("uniform", {"low": 2.0, "high": 5.0}, lambda s: s.uniform(2.0, 3.0)),
    ("triangular", {"low": 1.0, "mode": 2.0, "high": 7.0}, lambda s: s.triang(1 / 6, 1.0, 6.0)),
    ("triangular", {"low": 1.0, "mode": 1.0, "high": 7.0}, lambda s: s.triang(0.0, 1.0, 6.0)),
    ("triangular", {"low": 1.0, "mode": 7.0, "high": 7.0}, lambda s: s.triang(1.0, 1.0, 6.0)),
    ("normal", {"mean": -3.0, "sd": 2.0}, lambda s: s.norm(-3.0, 2.0)),
    ("lognormal", {"mu": 0.5, "sigma": 0.8}, lambda s: s.lognorm(0.8, scale=math.exp(0.5))),
    ("beta", {"a": 2.5, "b": 4.0}, lambda s: s.beta(2.5, 4.0)),
    ("gamma", {"shape": 4.5, "rate": 3.94}, lambda s: s.gamma(4.5, scale=1 / 3.94)),
]
GRID = np.linspace(0.001, 0.999, 97)


@pytest.mark.parametrize(("law", "parameters", "known"), LAWS)
def test_every_law_is_that_of_scipy(law: str, parameters: dict[str, float], known: Any) -> None:
    from scipy import stats

    np.testing.assert_allclose(inverted(factor(law, parameters), GRID), known(stats).ppf(GRID), rtol=1e-9)


@pytest.mark.parametrize(("law", "parameters", "known"), LAWS)
def test_a_truncated_law_is_the_conditional_law_and_is_never_clipped(
    law: str, parameters: dict[str, float], known: Any
) -> None:
    from scipy import stats

    frozen = known(stats)
    least, greatest = float(frozen.ppf(0.2)), float(frozen.ppf(0.9))
    values = inverted(factor(law, parameters, least=least, greatest=greatest), GRID)
    np.testing.assert_allclose(frozen.cdf(values), 0.2 + GRID * 0.7, rtol=1e-7)
    assert len(np.unique(values)) == len(GRID)


def test_an_interval_holds_95_percent_of_the_draws_of_a_lognormal() -> None:
    law = distribution_of("lognormal", 4.1, (1.8, 9.0), {})
    drawn = inverted(factor("lognormal", dict(law.parameters)), np.array([0.025, 0.975]))
    np.testing.assert_allclose(drawn, [1.8, 9.0], rtol=1e-9)


def test_a_scale_turns_the_unit_of_the_law_into_the_canonical_one() -> None:
    percent = factor("uniform", {"low": 20.0, "high": 40.0}, scale=0.01, least=0.0, greatest=0.35)
    values = inverted(percent, np.array([1e-9, 0.5, 1 - 1e-9]))
    np.testing.assert_allclose(values, [0.2, 0.275, 0.35], rtol=1e-6)


def test_whole_numbers_are_whole() -> None:
    values = inverted(factor("triangular", {"low": 1.0, "mode": 2.0, "high": 6.0}, whole=True), GRID)
    assert np.array_equal(values, np.rint(values)) and set(values) == {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}


def test_a_law_mostly_out_of_bounds_is_refused() -> None:
    with pytest.raises(UserError, match=r"world.threat.lapse: 60 % of its law \(uniform\) lie outside"):
        inverted(factor("uniform", {"low": 0.0, "high": 1.0}, greatest=0.4), GRID)
    with pytest.raises(UserError, match="has the law cauchy; allowed: uniform"):
        inverted(factor("cauchy", {}), GRID)


def ks(values: Floats) -> float:
    """Largest distance between the empirical distribution of uniforms and the truth."""
    ordered = np.sort(values)
    ranks = np.arange(1, len(ordered) + 1) / len(ordered)
    return float(np.max(np.maximum(ranks - ordered, ordered - ranks + 1 / len(ordered))))


def test_draws_of_a_factor_are_uniform_and_those_of_two_are_independent() -> None:
    n = 4000
    a, b = (np.array([uniform_of(name, seed=0, number=d) for d in range(1, n + 1)]) for name in ("a", "b"))
    assert ks(a) < 1.95 / math.sqrt(n)  # 0.1 % point of Kolmogorov
    assert ks(a**1.1) > 1.95 / math.sqrt(n)  # the control
    assert abs(np.corrcoef(a, b)[0, 1]) < 4.0 / math.sqrt(n)


def test_adding_a_factor_or_a_draw_moves_no_other() -> None:
    one, two, three = (factor(name=name) for name in ("one", "two", "three"))
    few = sampled([one, three], seed=7, numbers=draw_numbers(3))
    many = sampled([three, two, one], seed=7, numbers=draw_numbers(9))
    assert np.array_equal(few[:, 0], many[:3, 2]) and np.array_equal(few[:, 1], many[:3, 0])
    assert not np.array_equal(few[:, 0], few[:, 1])
    assert not np.array_equal(few, sampled([one, three], seed=8, numbers=draw_numbers(3)))


def test_keys_of_one_name_move_together() -> None:
    pair = [factor(key=f"world.forces.{force}.on_duty", name="on_duty") for force in ("ssd", "spu")]
    values = sampled(pair, seed=1, numbers=draw_numbers(5))
    assert np.array_equal(values[:, 0], values[:, 1])


def test_one_draw_is_the_point_values_and_is_not_sampled() -> None:
    assert draw_numbers(1) == (0,)
    assert draw_numbers(3) == (1, 2, 3)
    assert sampled([], seed=0, numbers=draw_numbers(2)).shape == (2, 0)
    with pytest.raises(UserError, match="draws is 0"):
        draw_numbers(0)
    with pytest.raises(UserError, match="parameter draw 0 is not sampled"):
        sampled([factor()], seed=1, numbers=(0,))
