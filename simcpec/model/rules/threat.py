"""Birth of plots (4.2): candidates, thinning, drift, clusters, follow-ons, and the plots that exist at the start."""

from __future__ import annotations

import math

from simcpec.numerics.jit import kernel
from simcpec.numerics.samplers import (
    LAW_DETERMINISTIC,
    LAW_EXPONENTIAL,
    LAW_GAMMA,
    LAW_LOGNORMAL,
    LAW_WEIBULL,
    duration,
    exponential,
    normal,
    poisson,
)
from simcpec.numerics.special_functions import exp, gamma_quantile, log, log_gamma


@kernel
def gap_days(rate: float, u: float) -> float:
    """Days to the next candidate of a Poisson stream; inf where nothing can come.

    rate : per day, >= 0.      u : uniform.
    """
    if rate <= 0.0:
        return math.inf
    return exponential(u) / rate


@kernel
def thinned(part: float, whole: float, u: float) -> bool:
    """Whether something that happens in `part` of `whole` cases happens (same unit, 0 <= part <= whole)."""
    return u * whole < part


@kernel
def relative_stock(militants: int, start: int) -> float:
    """Militants against those of the start; 1 where there were none, so that a threat without a network is constant."""
    if start <= 0:
        return 1.0
    return militants / start


@kernel
def drift_variance(persistence: float, innovation: float) -> float:
    """Stationary variance of the AR(1) drift: innovation^2 / (1 - persistence^2).      persistence : in [0, 1)."""
    return innovation * innovation / (1.0 - persistence * persistence)


@kernel
def drift_step(drift: float, persistence: float, innovation: float, u: float) -> float:
    """The next value of the log rate:  x' = persistence x + innovation z."""
    return persistence * drift + innovation * normal(u)


@kernel
def variance_step(variance: float, persistence: float, innovation: float) -> float:
    """The variance of the next value, from that of this one."""
    return persistence * persistence * variance + innovation * innovation


@kernel
def drift_factor(drift: float, variance: float) -> float:
    """exp(x - variance / 2): the factor on the rate, with mean exactly 1 whatever the spread of the drift."""
    return exp(drift - 0.5 * variance)


@kernel
def mixture_factor(size: float, u: float) -> float:
    """Gamma factor with mean 1 and shape `size` > 0: Poisson attempts at a rate times it are negative binomial."""
    return gamma_quantile(u, size) / size


@kernel
def cluster_size(one: float, two: float, u: float) -> int:
    """1, 2 or 3 plots a birth, from the cumulative probabilities of 1 and of 2."""
    if u < one:
        return 1
    if u < two:
        return 2
    return 3


@kernel
def allotted(number: int, before: int, part: int, whole: int, u: float) -> int:
    """How many of `number` things fall to a part of a whole, in proportion to its size; all parts together get all.

    The things lie evenly over the whole, from a random start (systematic sampling): the mean is number x part / whole
    exactly, and a part of so many units never gets more than it has while number <= whole.
    before : size of the parts in front of this one.      whole : >= 1.      u : uniform, the one for all parts.
    """
    return _up_to(number * (before + part), whole, u) - _up_to(number * before, whole, u)


@kernel
def _up_to(scaled: int, whole: int, u: float) -> int:
    """The whole part of scaled / whole, one more with the probability of the rest."""
    return scaled // whole + int(u * whole < scaled % whole)


@kernel
def lapse_days(hazard: float, u: float) -> float:
    """Days until a plot gives up by itself, at a constant hazard per day; inf at hazard 0."""
    if hazard <= 0.0:
        return math.inf
    return exponential(u) / hazard


@kernel
def follow_ons(mean: float, u: float) -> int:
    """Follow-on plots of an attack: Poisson(mean), mean >= 0 (0 switches excitation off)."""
    return poisson(mean, u)


@kernel
def race_days(weight: float, u: float) -> float:
    """Exponential time at rate `weight`: the least of several wins with probability proportional to its weight.

    A choice by race gives every alternative its own uniform, so that relabelling or adding one moves no other.
    """
    if weight <= 0.0:
        return math.inf
    return exponential(u) / weight


@kernel
def start_mean(rate: float, mean_cluster: float, mean_days: float) -> float:
    """Mean number of plots in preparation in the steady state: births x cluster x mean preparation (Little's law)."""
    return rate * mean_cluster * mean_days


@kernel
def start_span_days(law: int, scale: float, shape: float, u: float) -> float:
    """Whole preparation of a plot met at a random moment: the length-biased law of `duration`, in closed form.

    Exponential and gamma: gamma of shape + 1; Weibull: scale x Gamma(1 + 1/shape) ** (1/shape); log-normal: its mu
    plus sigma^2.
    """
    if law == LAW_EXPONENTIAL:
        return scale * gamma_quantile(u, 2.0)
    if law == LAW_GAMMA:
        return scale * gamma_quantile(u, shape + 1.0)
    if law == LAW_WEIBULL:
        return scale * exp(log(gamma_quantile(u, 1.0 + 1.0 / shape)) / shape)
    if law == LAW_LOGNORMAL:
        return duration(law, scale * exp(shape * shape), shape, u)
    if law == LAW_DETERMINISTIC:
        return scale
    return 0.0


@kernel
def mean_days(law: int, scale: float, shape: float) -> float:
    """Mean of `duration` of this law, in days; inf for `LAW_NEVER`."""
    if law == LAW_GAMMA:
        return scale * shape
    if law == LAW_WEIBULL:
        return scale * exp(log_gamma(1.0 + 1.0 / shape))
    if law == LAW_LOGNORMAL:
        return scale * exp(0.5 * shape * shape)
    return scale
