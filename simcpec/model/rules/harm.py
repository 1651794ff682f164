"""Consequences of an attack (4.9): deaths, injuries, stoppage, memory."""

from __future__ import annotations

import math

from simcpec.model.modes import DISCRETE_POWER, HURDLE, LOGNORMAL, POWER, SPLICED
from simcpec.numerics.jit import kernel
from simcpec.numerics.samplers import binomial, lognormal, negative_binomial, poisson
from simcpec.numerics.special_functions import exp, log, power


@kernel
def deaths(
    severity: int, zero: float, mu: float, sigma: float, start: float, shift: float, cap: float, u_zero: float,
    u_size: float,
) -> int:  # fmt: skip
    """Foreign nationals killed by one breach that nothing mitigates, at most `cap`.

        lognormal          floor(exp(mu + shift + sigma z))
        hurdle_lognormal   0 with probability zero, else 1 + floor(exp(mu + shift + sigma z))
        power              0 with probability zero, else floor of a Pareto from start exp(shift), density ~ x^-mu
        discrete_power     0 with probability zero, else n >= start exp(shift) with probability ~ n^-mu, see there
        spliced            with probability zero a Pareto from start exp(shift), density ~ x^-sigma; else geometric with
                           mean mu exp(shift)
    Every law increases with u_size and with shift.  `empirical` is a table, see `tabulated`.
    """
    if severity == LOGNORMAL:
        size = float(math.floor(min(lognormal(mu + shift, sigma, u_size), cap)))
    elif severity == HURDLE:
        size = 0.0 if u_zero < zero else 1.0 + float(math.floor(min(lognormal(mu + shift, sigma, u_size), cap)))
    elif severity == POWER:
        size = 0.0 if u_zero < zero else float(math.floor(min(pareto(mu, start * exp(shift), u_size), cap)))
    elif severity == DISCRETE_POWER:
        size = 0.0 if u_zero < zero else discrete_power(mu, math.floor(start * exp(shift)), math.floor(cap), u_size)
    elif severity == SPLICED:
        if u_zero < zero:
            size = float(math.floor(min(pareto(sigma, start * exp(shift), u_size), cap)))
        else:
            size = float(geometric(mu * exp(shift), u_size))
    else:
        size = 0.0
    return int(min(size, cap))


@kernel
def tabulated(deaths: float, shift: float, cap: float) -> int:
    """Foreign nationals killed by one breach, from the row of an empirical table."""
    return math.floor(min(deaths * exp(shift), cap))


@kernel
def pareto(alpha: float, start: float, u: float) -> float:
    """Power law with density proportional to x^-alpha from `start` on, alpha > 1; inf is cut by the caller's cap."""
    return start * power(1.0 - u, -1.0 / (alpha - 1.0))


FIRST_SMOOTH = 20.0  # beyond this number plus alpha, a sum over n^-alpha is an integral and five corrections


@kernel
def power_tail(alpha: float, first: float) -> float:
    """Sum of n^-alpha over n = first, first + 1, ..., alpha > 1, first >= 1: the zeta function of Hurwitz.

    Terms one by one up to `FIRST_SMOOTH` + alpha, then Euler's and Maclaurin's formula, to 12 digits up to alpha 10:
        x^-a (x / (a - 1) + 1 / 2 + a / (12 x) - a (a + 1) (a + 2) / (720 x^3) + a ... (a + 4) / (30240 x^5)
              - a ... (a + 6) / (1209600 x^7))
    """
    total, x = 0.0, first
    while x < FIRST_SMOOTH + alpha:
        total += power(x, -alpha)
        x += 1.0
    third = alpha * (alpha + 1.0) * (alpha + 2.0) / (x * x * x)
    fifth = third * (alpha + 3.0) * (alpha + 4.0) / (x * x)
    seventh = fifth * (alpha + 5.0) * (alpha + 6.0) / (x * x)
    corrections = alpha / (12.0 * x) - third / 720.0 + fifth / 30240.0 - seventh / 1209600.0
    return total + power(x, -alpha) * (x / (alpha - 1.0) + 0.5 + corrections)


@kernel
def discrete_power(alpha: float, start: int, cap: int, u: float) -> float:
    """Number with P(n) ~ n^-alpha for n >= start (at least 1), cut at `cap`, by inversion: it increases with u.

    The largest n with P(N >= n) > 1 - u, found by halving (Clauset, Shalizi, Newman 2009, appendix D).
    """
    low = max(1, start)
    high = max(low, cap)
    least = (1.0 - u) * power_tail(alpha, float(low))
    while low < high:
        middle = high - (high - low) // 2
        if power_tail(alpha, float(middle)) > least:
            low = middle
        else:
            high = middle - 1
    return float(low)


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
def room_for(number: int, present: float, dead: int) -> int:
    """How many of `number` injured there can be where `present` persons are and some of them dead; inf: all."""
    return int(min(float(number), present - dead))


@kernel
def at_risk(
    route: float, guard: float, hardening: float, by_route: float, by_guard: float, by_hardening: float
) -> float:
    """Share of the casualties of a breach that layers do not avoid:  prod(1 - m p).

    route, guard, hardening : stop probabilities p at that moment.      by_... : mitigation m of each, in [0, 1].
    """
    return (1.0 - by_route * route) * (1.0 - by_guard * guard) * (1.0 - by_hardening * hardening)


@kernel
def suffered(number: int, share: float, u: float) -> int:
    """Casualties of a breach, of `number` that its law brings: each for itself with probability `share`."""
    if share >= 1.0:
        return number
    return binomial(number, share, u)


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
