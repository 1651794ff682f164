"""Consequences of an attack (4.9): deaths, injuries, stoppage, memory."""

from __future__ import annotations

import math

from simcpec.model.modes import HURDLE, LOGNORMAL, POWER, SPLICED
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
