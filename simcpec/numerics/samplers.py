"""Samplers by inversion: one uniform in, one value of a law out.

A uniform comes from `simcpec.numerics.streams` and lies in (0, 1). Samplers increase with their uniform, but for
`exponential`, which decreases. Each takes exactly one uniform: what a law is, never moves another draw.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from simcpec.errors import UserError
from simcpec.numerics.jit import kernel, subroutine
from simcpec.numerics.special_functions import (
    exp,
    exp_inside,
    gamma_quantile_of_tails,
    log,
    log1p,
    log_gamma,
    log_inside,
    normal_quantile_inside,
    power,
)

# ------------------------------------------------------------------------------------------------ laws


@kernel
def exponential(u: float) -> float:
    """Unit exponential -log(u); decreases with u (u is the survival, which saves a subtraction in every gap)."""
    return -log_inside(u)


@kernel
def normal(u: float) -> float:
    """Standard normal."""
    return normal_quantile_inside(u)


@kernel
def lognormal(mu: float, sigma: float, u: float) -> float:
    """exp(mu + sigma z), z standard normal; mu and sigma are those of the logarithm."""
    return exp(mu + sigma * normal_quantile_inside(u))


@kernel
def gumbel(u: float) -> float:
    """Standard Gumbel -log(-log u): the largest of (utility + gumbel) is a logit choice."""
    return -log_inside(-log_inside(u))


@kernel
def surely_none(mean: float, u: float) -> bool:
    """Whether u lies so low that a Poisson or negative binomial of this mean is 0: each has P(0) >= 1 - mean."""
    return u < 1.0 - mean - 1e-9  # the margin is wider than any rounding; it saves a log and an exp


@kernel
def poisson(mean: float, u: float) -> int:
    """Smallest n whose Poisson probability of at most n reaches u; increases with u and with `mean`. O(mean) steps.

    mean : >= 0; 0 (or less) gives 0.
    """
    if not mean > 0.0 or surely_none(mean, u):
        return 0
    return _count(-mean, 0.0, mean, u)


@kernel
def negative_binomial(mean: float, size: float, u: float) -> int:
    """Negative binomial of this mean with variance mean + mean**2 / size, by inversion; size = inf is Poisson.

    mean : >= 0; 0 (or less) gives 0.      size : > 0, the dispersion k.
    """
    if not (mean > 0.0 and size > 0.0) or surely_none(mean, u):
        return 0
    if size > 1e15 * mean:
        return _count(-mean, 0.0, mean, u)
    share = mean / (mean + size)
    return _count(-size * log1p(mean / size), share, share * size, u)


@kernel
def binomial(number: int, share: float, u: float) -> int:
    """How many of `number` things happen, each with probability `share`, by inversion; O(number) steps.

    number : >= 0.      share : 0 (or less) gives 0, 1 (or more) all of them.
    """
    if number <= 0 or share <= 0.0:
        return 0
    if share >= 1.0:
        return number
    if share > 0.5:
        return number - _rare(number, 1.0 - share, 1.0 - u)
    return _rare(number, share, u)


@kernel
def _rare(number: int, share: float, u: float) -> int:
    """Inversion of a binomial with 0 < share <= 0.5: its odds are at most 1, so that the recursion ends at `number`."""
    odds = share / (1.0 - share)
    return min(number, _count(number * log1p(-share), -odds, odds * number, u))


@subroutine
def _count(log_none: float, slope: float, constant: float, u: float) -> int:
    """Inversion of a law with log P(0) = `log_none` and P(n + 1) / P(n) = (slope n + constant) / (n + 1).

    Where P(n) would underflow its logarithm is carried. Ends when a term no longer moves the sum.
    """
    n = 0.0
    while log_none < -700.0:
        log_none += log((slope * n + constant) / (n + 1.0))
        n += 1.0
    term = exp(log_none)
    total = term
    while total < u:
        term *= (slope * n + constant) / (n + 1.0)
        n += 1.0
        larger = total + term
        if larger == total and n > constant:
            break
        total = larger
    return int(n)


# ------------------------------------------------------------------------------------------------ durations

LAW_NEVER: Final = np.int64(0)
LAW_DETERMINISTIC: Final = np.int64(1)  # scale is the value
LAW_EXPONENTIAL: Final = np.int64(2)  # scale is the mean
LAW_GAMMA: Final = np.int64(3)  # scale, shape; Erlang with a whole shape
LAW_WEIBULL: Final = np.int64(4)  # scale, shape
LAW_LOGNORMAL: Final = np.int64(5)  # scale is the median exp(mu), shape is sigma

NEVER: Final = np.int64(2**61)
"""The tick of what does not happen: far beyond any horizon, and the sum of two of them still fits."""


@subroutine
def duration(law: int, scale: float, shape: float, u: float) -> float:
    """Duration in the unit of `scale`, for a uniform u that is its distribution function: increases with u.

    law : one of `LAW_...`; inf for `LAW_NEVER`.      scale : >= 0.      shape : > 0 (sigma >= 0), unused by some laws.
    """
    return duration_at_survival(law, scale, shape, 1.0 - u)


@subroutine
def duration_at_survival(law: int, scale: float, shape: float, s: float) -> float:
    """The time that is outlived with probability s in (0, 1]; with s = (1 - u) ** (1 / ratio) the hazard is `ratio` x.

    Returns inf for `LAW_NEVER`, for s = 0 in laws without an end, and nan for an unknown law.
    """
    if law == LAW_NEVER:
        return math.inf
    if law == LAW_DETERMINISTIC or scale == 0.0:
        return scale
    if law == LAW_EXPONENTIAL:
        return -scale * log(s)
    if law == LAW_WEIBULL:
        return scale * power(-log(s), 1.0 / shape)
    if law == LAW_GAMMA:
        return scale * gamma_quantile_of_tails(1.0 - s, s, shape)
    if law == LAW_LOGNORMAL:
        return scale * exp(-shape * _normal_at(s))
    return math.nan


@kernel
def is_steady_lognormal(law: int, shape: float) -> bool:
    """Whether `steady_lognormal` is this law: log-normal, and no uniform gives a value outside the normal doubles."""
    return law == LAW_LOGNORMAL and shape <= 80.0  # a uniform lies within 8.3 standard deviations


@kernel
def steady_lognormal(scale: float, shape: float, u: float) -> float:
    """`duration` of a law that `is_steady_lognormal`, to the last bit and without any jump."""
    return scale * exp_inside(-shape * normal_quantile_inside(1.0 - u))


@kernel
def _normal_at(s: float) -> float:
    """Normal quantile, held inside the range of doubles at both ends."""
    return normal_quantile_inside(min(max(s, 2.2250738585072014e-308), 1.0 - 1.1102230246251565e-16))


def scale_for_mean(law: int, mean: float, shape: float = 1.0) -> float:
    """The scale at which `duration` of this law has this mean; inf for `LAW_NEVER`.

    mean : >= 0.      shape : > 0; for `LAW_LOGNORMAL` sigma >= 0.      Raises UserError for any other value or law.
    """
    if not 0.0 <= mean < math.inf:
        raise UserError(f"mean of a duration is {mean!r}; allowed: a number of at least 0")
    if not (shape > 0.0 or (law == LAW_LOGNORMAL and shape == 0.0)) or shape == math.inf:
        raise UserError(f"shape of a duration is {shape!r}; allowed: a number above 0")
    if law == LAW_NEVER:
        return math.inf
    if law in (LAW_DETERMINISTIC, LAW_EXPONENTIAL):
        return float(mean)
    if law == LAW_GAMMA:
        return mean / shape
    if law == LAW_WEIBULL:
        return mean * exp(-log_gamma(1.0 + 1.0 / shape))
    if law == LAW_LOGNORMAL:
        return mean * exp(-0.5 * shape * shape)
    raise UserError(f"law of a duration is {law!r}; allowed: one of the numbers LAW_... (0 to 5)")


@kernel
def ticks(days: float, ticks_per_day: float) -> int:
    """`days` on the integer clock: rounded to the nearest tick, at least 1; `NEVER` when infinite, nan or > 2**61."""
    exact = days * ticks_per_day + 0.5
    if not exact < 2305843009213693952.0:
        return int(NEVER)
    return math.floor(max(exact, 1.0))
