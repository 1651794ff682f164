"""Our own elementary functions: accuracy against independent references, edges, and bits without the compiler."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from simcpec.numerics import special_functions
from simcpec.numerics.special_functions import (
    exp,
    exp_inside,
    expm1,
    gamma_p,
    gamma_quantile,
    gamma_quantile_of_tails,
    gamma_tails,
    log,
    log1p,
    log_gamma,
    log_inside,
    normal_quantile,
    normal_quantile_inside,
    power,
)

ROOT = Path(special_functions.__file__).parents[2]
INF = math.inf


def values(function: Callable[..., float], *columns: np.ndarray) -> np.ndarray:
    return np.array([function(*row) for row in zip(*(column.tolist() for column in columns), strict=True)])


def worst_ulp(ours: np.ndarray, reference: np.ndarray) -> float:
    return float(np.max(np.abs(ours - reference) / np.spacing(np.abs(reference))))


def worst_relative(ours: np.ndarray, reference: np.ndarray) -> float:
    return float(np.max(np.abs(ours / reference - 1.0)))


# ------------------------------------------------------------------------------------------------ log and exp


def test_log_is_within_one_ulp_on_a_hundred_thousand_points() -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.random(50_000), rng.uniform(0.9, 1.1, 20_000), 10.0 ** rng.uniform(-323, 308, 30_000)])
    assert worst_ulp(values(log, x), values(math.log, x)) <= 1.0


def test_exp_is_within_one_ulp_on_a_hundred_thousand_points() -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.uniform(-745.1, 709.78, 50_000), rng.uniform(-1.0, 1.0, 50_000)])
    assert worst_ulp(values(exp, x), values(math.exp, x)) <= 1.0


def test_a_polynomial_cut_one_term_short_fails_the_ulp_test() -> None:
    """The control: the accuracy test sees an error in the smallest coefficient of log."""
    x = np.random.default_rng(1).uniform(0.75, 1.4, 10_000)
    f = x - 1.0
    s = f / (2.0 + f)
    missing = s * s**14 * 1.479819860511658591e-01
    assert worst_ulp(values(log, x) - missing, values(math.log, x)) > 1.0


def test_the_versions_without_jumps_give_the_same_bits() -> None:
    rng = np.random.default_rng(3)
    x = 10.0 ** rng.uniform(-300, 300, 5_000)
    y = rng.uniform(-708.0, 709.0, 5_000)
    p = rng.random(5_000)
    assert (values(log, x) == values(log_inside, x)).all()
    assert (values(exp, y) == values(exp_inside, y)).all()
    assert (values(normal_quantile, p) == values(normal_quantile_inside, p)).all()


def test_edges_of_log() -> None:
    assert [log(x) for x in (0.0, -0.0, 1.0, INF)] == [-INF, -INF, 0.0, INF]
    assert math.isnan(log(-1.0))
    assert math.isnan(log(math.nan))
    assert log(5e-324) == math.log(5e-324)


def test_edges_of_exp() -> None:
    assert [exp(x) for x in (-INF, -746.0, 0.0, -0.0, 709.79, INF)] == [0.0, 0.0, 1.0, 1.0, INF, INF]
    assert [exp(x) for x in (-745.0, -745.133219, 709.78)] == [math.exp(x) for x in (-745.0, -745.133219, 709.78)]
    assert math.isnan(exp(math.nan))


def test_log1p_and_expm1_lose_nothing_for_small_arguments() -> None:
    rng = np.random.default_rng(4)
    x = np.concatenate([10.0 ** rng.uniform(-300, 10, 10_000), -(10.0 ** rng.uniform(-300, -0.01, 10_000))])
    assert worst_relative(values(log1p, x), np.log1p(x)) < 1e-15
    y = np.concatenate([10.0 ** rng.uniform(-300, 2.8, 10_000), -(10.0 ** rng.uniform(-300, 2.8, 10_000))])
    assert worst_relative(values(expm1, y), np.expm1(y)) < 1e-15
    assert [log1p(-1.0), log1p(0.0), log1p(INF), expm1(-INF), expm1(0.0), expm1(INF)] == [
        -INF,
        0.0,
        INF,
        -1.0,
        0.0,
        INF,
    ]
    assert math.isnan(log1p(-2.0))


def test_power_and_its_edges() -> None:
    rng = np.random.default_rng(5)
    x, y = 10.0 ** rng.uniform(-20, 20, 10_000), rng.uniform(-5.0, 5.0, 10_000)
    assert worst_relative(values(power, x, y), x**y) < 1e-13
    assert [power(0.0, 2.0), power(0.0, 0.0), power(0.0, -1.0), power(7.0, 0.0), power(1.0, 9.0)] == [0, 1, INF, 1, 1]


# ------------------------------------------------------------------------------------------------ normal and gamma


def test_normal_quantile_in_all_three_ranges_of_as241() -> None:
    rng = np.random.default_rng(6)
    p = np.concatenate(
        [rng.random(20_000), 10.0 ** rng.uniform(-300, -2, 5_000), 1.0 - 10.0 ** rng.uniform(-16, -2, 5_000)]
    )
    assert worst_relative(values(normal_quantile, p), special.ndtri(p)) < 1e-14
    assert (values(normal_quantile, p[:20_000]) + values(normal_quantile, 1.0 - p[:20_000])).max() < 1e-13


def test_edges_of_the_normal_quantile() -> None:
    assert [normal_quantile(p) for p in (0.0, 0.5, 1.0)] == [-INF, 0.0, INF]
    assert all(math.isnan(normal_quantile(p)) for p in (-0.1, 1.1, math.nan))
    assert normal_quantile(5e-324) == normal_quantile(2.2250738585072014e-308) < -37.0


def test_log_gamma_at_whole_numbers_is_the_logarithm_of_a_factorial() -> None:
    for n in (*range(3, 40), 100, 170):
        assert log_gamma(float(n)) == pytest.approx(math.log(math.factorial(n - 1)), rel=1e-15)


def test_log_gamma_keeps_its_digits_beside_its_zeros_at_one_and_two() -> None:
    """Against the first terms of the Taylor series about 2; the C library and scipy lose half the digits here."""
    euler, half_zeta2, third_zeta3 = 0.5772156649015329, (math.pi**2 / 6 - 1) / 2, (1.2020569031595942 - 1) / 3
    for z in (1e-6, -1e-6, 3e-9, -3e-9, 1e-14):
        about = Fraction(2.0 + z) - 2
        exact = float(about * (Fraction(1 - euler) + about * (Fraction(half_zeta2) - about * Fraction(third_zeta3))))
        assert log_gamma(2.0 + z) == pytest.approx(exact, rel=1e-14)
        below = Fraction(1.0 + z) - 1
        first = [Fraction(-euler), Fraction(math.pi**2 / 12), Fraction(-1.2020569031595942) / 3]
        assert log_gamma(1.0 + z) == pytest.approx(
            float(below * (first[0] + below * (first[1] + below * first[2]))), rel=1e-14
        )


def test_log_gamma_elsewhere() -> None:
    rng = np.random.default_rng(7)
    x = np.concatenate([10.0 ** rng.uniform(-300, 300, 10_000), rng.uniform(0.0, 30.0, 20_000)])
    x = x[(np.abs(x - 1.0) > 0.01) & (np.abs(x - 2.0) > 0.01)]
    assert worst_relative(values(log_gamma, x), values(math.lgamma, x)) < 1e-13
    assert [log_gamma(0.0), log_gamma(1.0), log_gamma(2.0), log_gamma(INF)] == [INF, 0.0, 0.0, INF]
    assert math.isnan(log_gamma(-0.5))


def shapes_and_levels(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    return 10.0 ** rng.uniform(-2, 4, count), rng.random(count)


def test_both_tails_of_the_gamma_distribution() -> None:
    shape, p = shapes_and_levels(10_000)
    x = special.gammaincinv(shape, p)
    shape, x = shape[x > 0.0], x[x > 0.0]
    tails = np.array([gamma_tails(*row) for row in zip(shape.tolist(), x.tolist(), strict=True)])
    assert worst_relative(tails[:, 0], special.gammainc(shape, x)) < 1e-13
    assert worst_relative(tails[:, 1], special.gammaincc(shape, x)) < 1e-12
    assert (values(gamma_p, shape, x) == tails[:, 0]).all()
    assert np.abs(tails.sum(axis=1) - 1.0).max() < 1e-15


def test_the_gamma_distribution_of_shape_one_and_two_in_closed_form() -> None:
    for x in (1e-10, 0.3, 1.0, 2.9, 3.1, 40.0, 600.0):
        assert gamma_tails(1.0, x) == pytest.approx((-math.expm1(-x), math.exp(-x)), rel=1e-13)
        assert gamma_tails(2.0, x)[1] == pytest.approx((1.0 + x) * math.exp(-x), rel=1e-13)
    assert (gamma_tails(2.0, 0.0), gamma_tails(2.0, -1.0), gamma_tails(2.0, INF)) == ((0, 1), (0, 1), (1, 0))


def test_the_gamma_quantile_gives_back_the_probability_in_both_tails() -> None:
    shape, p = shapes_and_levels(10_000)
    x = values(gamma_quantile, p, shape)
    far_enough = x > 1e-300
    assert worst_relative(special.gammainc(shape, x)[far_enough], p[far_enough]) < 1e-12
    assert worst_relative(special.gammaincc(shape, x)[far_enough], (1.0 - p)[far_enough]) < 1e-12
    small = 10.0 ** np.random.default_rng(9).uniform(-16, -3, 10_000)
    low = values(gamma_quantile, small, shape)
    assert worst_relative(special.gammainc(shape, low)[low > 1e-300], small[low > 1e-300]) < 1e-12
    high = values(gamma_quantile_of_tails, 1.0 - small, small, shape)
    assert worst_relative(special.gammaincc(shape, high), small) < 4e-12  # of which scipy's own error is most


@pytest.mark.parametrize("shape", [1, 5, 50, 285, 1000])
@pytest.mark.parametrize("q", [0.999, 0.3, 1e-3, 1e-9, 1e-15])
def test_the_upper_gamma_tail_of_a_whole_shape_against_sixty_digits(shape: int, q: float) -> None:
    """Q(n, x) = exp(-x) (1 + x + ... + x**(n - 1) / (n - 1)!), summed in decimal arithmetic."""
    x = gamma_quantile_of_tails(1.0 - q, q, float(shape))
    with localcontext(prec=60):
        term = total = Decimal(1)
        for k in range(1, shape):
            term *= Decimal(x) / k
            total += term
        exact = total * (-Decimal(x)).exp()
        assert abs(Decimal(q) / exact - 1) < Decimal("1e-13")
        assert abs(Decimal(gamma_tails(float(shape), x)[1]) / exact - 1) < Decimal("1e-13")


def test_the_gamma_quantile_agrees_with_scipy() -> None:
    shape, p = shapes_and_levels(10_000)
    x, reference = values(gamma_quantile, p, shape), special.gammaincinv(shape, p)
    inside = reference > 1e-300
    assert worst_relative(x[inside], reference[inside]) < 1e-9


@pytest.mark.parametrize("shape", [0.01, 0.3, 1.0, 2.5, 50.0, 1e4])
def test_the_gamma_quantile_increases(shape: float) -> None:
    p = np.sort(np.random.default_rng(10).random(20_000))
    assert (np.diff(values(gamma_quantile, p, np.full_like(p, shape))) >= 0.0).all()


def test_edges_of_the_gamma_quantile() -> None:
    assert [gamma_quantile(0.0, 2.0), gamma_quantile(1.0, 2.0), gamma_quantile(1e-300, 0.01)] == [0.0, INF, 0.0]
    assert all(math.isnan(gamma_quantile(*bad)) for bad in ((-0.1, 2.0), (1.1, 2.0), (0.5, 0.0), (0.5, -1.0)))


@pytest.mark.parametrize("shape", [9.9, 10.0, 12.0, 100.0])
@pytest.mark.parametrize("p", [1e-300, 1e-100, 1e-30])
def test_the_gamma_quantile_reaches_far_into_the_lower_tail(p: float, shape: float) -> None:
    lower, upper = gamma_tails(shape, gamma_quantile(p, shape))
    assert lower == pytest.approx(p, rel=1e-11) and upper == 1.0


# ------------------------------------------------------------------------------------------------ the same bits

ALL_FUNCTIONS = """
import hashlib, math, random, struct
from simcpec.numerics import special_functions as n
draw = random.Random(11)
digest = hashlib.sha256()
def keep(*numbers):
    digest.update(struct.pack(f"<{len(numbers)}d", *(0.0 if x != x else x for x in numbers)))
for _ in range(1500):
    u, v, w = draw.random(), draw.uniform(-750.0, 712.0), 10.0 ** draw.uniform(-320, 308)
    shape, x = 10.0 ** draw.uniform(-2, 4), 10.0 ** draw.uniform(-3, 4)
    keep(n.log(w), n.log(u), n.exp(v), n.log1p(w), n.log1p(-u), n.expm1(v), n.expm1(u), n.power(w, u))
    keep(n.log_inside(u), n.exp_inside(u), n.normal_quantile(u), n.normal_quantile(u * 1e-200))
    keep(n.log_gamma(w), n.log_gamma(4.0 * u), n.log_gamma(x), n.gamma_p(u, x))
    keep(*n.gamma_tails(shape, x), *n.gamma_tails(shape, shape * 2.0 * u))
    keep(n.gamma_quantile(u, shape), n.gamma_quantile(u * 1e-9, x), n.gamma_quantile_of_tails(1.0 - u, u, u))
for edge in (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324):
    keep(n.log(edge), n.exp(edge), n.log1p(edge), n.expm1(edge), n.normal_quantile(edge), n.log_gamma(edge))
    keep(*n.gamma_tails(2.0, edge), n.gamma_quantile(edge, 2.0), n.power(abs(edge), edge))
print(digest.hexdigest())
"""


def digest_of(**environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", ALL_FUNCTIONS],
        env={key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout.strip()


def test_compiled_code_and_plain_python_give_the_same_bytes() -> None:
    assert digest_of() == digest_of(NUMBA_DISABLE_JIT="1") != ""
