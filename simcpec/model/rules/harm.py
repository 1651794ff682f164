"""Consequences of an attack (4.9): deaths, injuries, stoppage, memory."""

from __future__ import annotations

import math

from simcpec.model.modes import HURDLE, LOGNORMAL, POWER, SPLICED
from simcpec.numerics.jit import kernel
from simcpec.numerics.samplers import lognormal, negative_binomial, poisson
from simcpec.numerics.special_functions import exp, log, power


@kernel
def deaths(
    severity: int, zero: float, mu: float, sigma: float, start: float, cap: float, u_zero: float, u_size: float
) -> int:
    """Foreign nationals killed by one breach, at most `cap`.

        lognormal          floor(exp(mu + sigma z))
        hurdle_lognormal   0 with probability zero, else 1 + floor(exp(mu + sigma z))
        power              0 with probability zero, else floor of a Pareto from `start` with density ~ x^-mu
        spliced            with probability zero a Pareto from `start`, density ~ x^-sigma; else geometric with mean mu
    Every law increases with u_size.  `empirical` is a table, read by `tabulated`.
    """
    if severity == LOGNORMAL:
        size = float(math.floor(min(lognormal(mu, sigma, u_size), cap)))
    elif severity == HURDLE:
        size = 0.0 if u_zero < zero else 1.0 + float(math.floor(min(lognormal(mu, sigma, u_size), cap)))
    elif severity == POWER:
        size = 0.0 if u_zero < zero else float(math.floor(min(pareto(mu, start, u_size), cap)))
    elif severity == SPLICED:
        tail = u_zero < zero
        size = float(math.floor(min(pareto(sigma, start, u_size), cap))) if tail else float(geometric(mu, u_size))
    else:
        size = 0.0
    return int(min(size, cap))


@kernel
def pareto(alpha: float, start: float, u: float) -> float:
    """Power law with density proportional to x^-alpha from `start` on, alpha > 1; inf is cut by the caller's cap."""
    return start * power(1.0 - u, -1.0 / (alpha - 1.0))


@kernel
def geometric(mean: float, u: float) -> int:
    """Number with P(n) = q^n (1 - q), q = mean / (1 + mean); 0 at mean 0."""
    if mean <= 0.0:
        return 0
    return math.floor(log(1.0 - u) / log(mean / (1.0 + mean)))


@kernel
def injured(base: float, per_death: float, dead: int, size: float, u: float) -> int:
    """Foreign nationals injured, given the dead: negative binomial with mean base + per_death x dead."""
    return negative_binomial(base + per_death * dead, size, u)


@kernel
def others_killed(base: float, per_death: float, dead: int, share: float, u: float) -> int:
    """Guards or local staff killed in a breach: Poisson with mean share x (base + per_death x dead)."""
    return poisson(share * (base + per_death * dead), u)


@kernel
def guards_killed(mean: float, u: float) -> int:
    """Guards killed where a layer stopped the attack: Poisson."""
    return poisson(mean, u)


@kernel
def is_reported(harmless: float, harmful: float, hurt: int, u: float) -> bool:
    """Whether a record of counts has an attack that hurt so many persons: an observation, which changes nothing else.

    harmless, harmful : probability that it has one that hurt nobody, and one that did, in [0, 1].
    """
    return u < (harmful if hurt > 0 else harmless)


@kernel
def memory_at(value: float, days: float, tau: float) -> float:
    """The exponential memory of attacks `days` later."""
    return value * exp(-days / tau)


@kernel
def memory_area(value: float, days: float, tau: float) -> float:
    """Its integral over those days."""
    return value * tau * (1.0 - exp(-days / tau))
