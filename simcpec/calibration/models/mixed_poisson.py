"""Counts that scatter more than Poisson: clusters, and a level that drifts.

A count has the mean m and the variance c m + v m^2. c is the variance over the mean that clusters and follow-ons give
at a fixed level, v the relative variance of the mean level of the window. It is taken as negative binomial with these
two moments; at c = 1 and v = 0 it is Poisson, at c = 1 a gamma mixture of Poisson counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simcpec.model.world import Floats, Ints

LEAST = 1e-9  # of the variance over the mean less one: below, a count is taken as Poisson
SMALLEST = 1e-300  # mean


@dataclass(frozen=True)
class Dispersion:
    """clusters : c, at least 1.      level : v, at least 0."""

    clusters: float
    level: float

    def over_mean(self, mean: Floats) -> Floats:
        """Variance over mean of counts with these means."""
        return self.clusters + self.level * mean


def level_variance(persistence: float, innovation: float, quarters: float) -> float:
    """Relative variance of the mean over a window of exp(x), x a stationary log AR(1) that steps every quarter.

    With s^2 = innovation^2 / (1 - persistence^2), exp(x) has the relative covariance exp(s^2 persistence^k) - 1 at lag
    k; a part of a quarter at the end weighs as much as it is long.
    """
    if innovation == 0.0:
        return 0.0
    variance = innovation**2 / (1.0 - persistence**2)
    weights = np.minimum(1.0, quarters - np.arange(math.ceil(quarters - 1e-9)))
    lag = np.abs(np.subtract.outer(np.arange(len(weights)), np.arange(len(weights))))
    shape = np.expm1(variance * persistence**lag)
    return float(weights @ shape @ weights / weights.sum() ** 2)


def log_probability(count: Ints | int, mean: Floats, clusters: Floats | float, level: Floats | float) -> Floats:
    """Log of the probability of a count; all arguments broadcast."""
    from scipy.special import gammaln, xlogy

    m = np.maximum(np.asarray(mean, dtype=np.float64), SMALLEST)
    n = np.asarray(count, dtype=np.float64)
    excess = np.asarray(clusters, dtype=np.float64) + np.asarray(level) * m - 1.0
    poisson = xlogy(n, m) - m - gammaln(n + 1.0)
    some = np.maximum(excess, LEAST)
    size = m / some
    mixed = (
        gammaln(n + size)
        - gammaln(size)
        - gammaln(n + 1.0)
        - size * np.log1p(some)
        + n * (np.log(some) - np.log1p(some))
    )
    return np.asarray(np.where(excess <= LEAST, poisson, mixed))


def drawn(mean: Floats, dispersion: Dispersion, random: np.random.Generator) -> Ints:
    """Counts of these means."""
    m = np.maximum(np.asarray(mean, dtype=np.float64), SMALLEST)
    excess = dispersion.over_mean(m) - 1.0
    if np.all(excess <= LEAST):
        return np.asarray(random.poisson(m))
    return np.asarray(random.poisson(random.gamma(m / np.maximum(excess, LEAST)) * np.maximum(excess, LEAST)))


def distribution(mean: float, dispersion: Dispersion, most: int) -> Floats:
    """Probabilities of 0 ... most."""
    numbers = np.arange(most + 1)
    found = log_probability(numbers, np.full(most + 1, mean), dispersion.clusters, dispersion.level)
    return np.asarray(np.exp(found))
