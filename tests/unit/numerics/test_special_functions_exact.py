"""log and exp against arithmetic of fifty digits: within one unit in the last place wherever they are defined."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest

from simcpec.numerics.special_functions import exp, expm1, log, log1p

DIGITS = 50
LN2 = math.log(2.0)


def ulps(ours: float, exact: Decimal) -> float:
    """How far a result lies from the exact value, in units of the last place of a float64 there."""
    nearest = float(exact)
    unit = math.ulp(nearest) if math.isfinite(nearest) else math.ulp(math.nextafter(nearest, 0.0))
    return abs(float((Decimal(ours) - exact) / Decimal(unit)))


def worst(function: Callable[[float], float], exact: Callable[[Decimal], Decimal], points: np.ndarray) -> float:
    """The largest error of a function over these points, in units of the last place."""
    with localcontext(prec=DIGITS, Emin=-999_999, Emax=999_999):
        return max(ulps(function(x), exact(Decimal(x))) for x in points.tolist())


def neighbours(points: list[float], steps: int = 3) -> list[float]:
    """Points and the floats next to them."""
    found = []
    for point in points:
        low = high = point
        found.append(point)
        for _ in range(steps):
            low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
            found += [low, high]
    return found


def points_of_log() -> np.ndarray:
    """Uniforms, the whole range, beside 1, beside the ends of each step of the reduction, subnormal numbers."""
    rng = np.random.default_rng(41)
    random = [rng.random(1500), 10.0 ** rng.uniform(-307, 308, 1500), rng.uniform(0.99, 1.01, 1000)]
    powers = [2.0**k * c for k in (-1074, -1022, -53, -1, 0, 1, 2, 52, 1023) for c in (1.0, math.sqrt(0.5), 1.5)]
    odd = np.array(neighbours([x for x in powers if x > 0.0] + [1.0, 2.0**-53, 1.0 - 2.0**-53, 1.7976931348623157e308]))
    tiny = rng.integers(1, 2**52, 200) * 5e-324
    found = np.concatenate([*random, odd, tiny])
    return found[np.isfinite(found) & (found > 0.0)]


def points_of_exp() -> np.ndarray:
    """The whole range of normal results, beside 0, and beside the ends of each step of the reduction."""
    rng = np.random.default_rng(42)
    random = [rng.uniform(-708.0, 709.7, 2000), rng.uniform(-1.0, 1.0, 1000), rng.normal(0.0, 1e-8, 300)]
    halves = neighbours([(k + 0.5) * LN2 for k in range(-1021, 1023, 41)] + [k * LN2 for k in range(-1021, 1023, 41)])
    return np.concatenate([*random, np.array([*halves, 709.782712893384, -708.3964185322641, 0.0])])


@pytest.mark.parametrize(
    ("function", "exact", "points"),
    [(log, lambda x: x.ln(), points_of_log), (exp, lambda x: x.exp(), points_of_exp)],
    ids=["log", "exp"],
)
def test_within_one_unit_in_the_last_place_of_the_exact_value(
    function: Callable[[float], float], exact: Callable[[Decimal], Decimal], points: Callable[[], np.ndarray]
) -> None:
    assert len(points()) > 3000
    assert worst(function, exact, points()) < 1.0


def test_exp_of_a_result_below_the_normal_numbers_is_within_one_of_their_units() -> None:
    points = np.random.default_rng(43).uniform(-745.1, -708.4, 500)
    assert worst(exp, lambda x: x.exp(), points) < 1.0


def test_log1p_and_expm1_are_within_four_units() -> None:
    rng = np.random.default_rng(44)
    small = np.concatenate([10.0 ** rng.uniform(-300, 2, 700), -(10.0 ** rng.uniform(-300, -0.01, 700))])
    assert worst(log1p, lambda x: (1 + x).ln() if abs(x) > Decimal("1e-20") else x - x * x / 2, small) < 4.0
    assert worst(expm1, _expm1, small) < 4.0


def _expm1(x: Decimal) -> Decimal:
    return x.exp() - 1 if abs(x) > Decimal("1e-20") else x + x * x / 2


def test_an_error_of_one_and_a_half_units_is_seen() -> None:
    """The control: the exact value is told from a float that is two places away, and from a worse logarithm."""
    points = points_of_log()[:500]
    assert worst(lambda x: math.nextafter(math.nextafter(log(x), 9e9), 9e9), lambda x: x.ln(), points) > 1.4
    assert worst(lambda x: log(x * x) / 2.0, lambda x: x.ln(), np.linspace(0.9, 1.1, 300)) > 1.0
