"""Known answers on spans of time: covered by stoppages, remembered, waited for, lent from a reserve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def covered_days(rate: float, survival: Callable[[float], float], days: float) -> float:
    """Mean length of the union, within [0, days], of spans that begin at a Poisson stream: busy time of M/G/inf.

    P(covered at t) = 1 - exp(-rate x integral of the survival over [0, t]) from empty (Takacs 1962, ch. 3).
    """
    from scipy.integrate import solve_ivp

    def slope(t: float, y: Any) -> list[float]:
        return [survival(t), -np.expm1(-rate * y[0])]

    return float(solve_ivp(slope, (0.0, days), [0.0, 0.0], rtol=1e-10, atol=1e-12, method="DOP853").y[1, -1])


def memory_moments(rate: float, memory: float, days: float) -> tuple[float, float]:
    """Mean and variance of the integral over [0, days] of an exponential memory of Poisson events (Campbell 1909).

    An event with u days left adds memory (1 - exp(-u / memory)) =: m (1 - e):  mean = rate x integral of m (1 - e),
    variance = rate x integral of its square.
    """
    part = -memory * np.expm1(-days / memory)
    square = -0.5 * memory * np.expm1(-2.0 * days / memory)
    return rate * memory * (days - part), rate * memory**2 * (days - 2.0 * part + square)


def served_moments(lag: float, days: float) -> tuple[float, float]:
    """Mean and variance of the days in place, within [0, days], of a unit that comes after an Erlang-2 lag.

    E (T - L)+ = integral of F and E ((T - L)+)^2 = 2 x integral of (T - t) F(t), F the distribution function of L.
    """
    from scipy import stats
    from scipy.integrate import quad

    law = stats.gamma(2.0, scale=lag / 2.0)
    mean, _ = quad(law.cdf, 0.0, days, epsabs=1e-12)
    square, _ = quad(lambda t: 2.0 * (days - t) * law.cdf(t), 0.0, days, epsabs=1e-10)
    return float(mean), float(square - mean**2)


def left_days(leaving: float, lag: float, year: float, days: float) -> float:
    """Mean days in place, in `days` after a year, of a unit that came in that year and leaves after an exponential lag.

    One that has not come when the year ends never does: F(year) x leaving (1 - exp(-days / leaving)).
    """
    from scipy import stats

    return float(stats.gamma(2.0, scale=lag / 2.0).cdf(year) * -leaving * np.expm1(-days / leaving))


def erlang_b(offered: float, servers: int) -> float:
    """Share of Poisson demands that find all servers busy, whatever the law of service (Erlang 1917), by recursion."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked
