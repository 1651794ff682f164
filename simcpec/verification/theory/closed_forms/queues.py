"""Queues in closed form: Erlang-A, -B and -C, any patience, one server, fixed service, priorities, finite sources.

Everywhere `servers` >= 1 of one kind, arrivals and services at rates a day, first come first served unless said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import erfc, exp, expm1, inf, log, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Steady:
    """The steady state of a queue.

    queue : mean number waiting.      busy : mean number of busy servers.      arrivals : a day, the lost ones included.
    waits : share of time in which all servers are busy.      lost : share of arrivals that leave unserved.
    """

    queue: float
    busy: float
    arrivals: float
    waits: float
    lost: float

    @property
    def wait(self) -> float:
        """Mean days in queue, over all arrivals (Little 1961)."""
        return self.queue / self.arrivals


# ------------------------------------------------------------------------------------------------ Erlang


def erlang_b(servers: int, load: float) -> float:
    """Share of arrivals that an M/G/c/c system loses; load = arrivals x mean service, whatever the law of service.

    B(0) = 1,  B(c) = a B(c-1) / (c + a B(c-1))        (Erlang 1917; Sevastyanov 1957 for any law)
    """
    share = 1.0
    for c in range(1, servers + 1):
        share = load * share / (c + load * share)
    return share


def erlang_c(servers: int, load: float) -> float:
    """Share of arrivals that wait in an M/M/c queue, load < servers:  c B / (c - a (1 - B))        (Erlang 1917)"""
    b = erlang_b(servers, load)
    return servers * b / (servers - load * (1.0 - b))


def m_m_c(servers: int, arrivals: float, service: float) -> Steady:
    """M/M/c: the mean wait is C / (c mu - lambda)."""
    waits = erlang_c(servers, arrivals / service)
    queue = arrivals * waits / (servers * service - arrivals)
    return Steady(queue=queue, busy=arrivals / service, arrivals=arrivals, waits=waits, lost=0.0)


def erlang_a(servers: int, arrivals: float, service: float, impatience: float) -> Steady:
    """M/M/c+M: everyone who waits leaves at rate `impatience` > 0 (Palm 1957; Garnett et al. 2002).

    The weights of the birth-death chain are summed up to where they are as good as nothing.
    """
    up, down = _rates(inf, arrivals, servers, service, impatience)
    return _of_birth_death(birth_death(up, down), servers, service, up)


def finite_source(
    sources: int, servers: int, rate: float, service: float, *, waiting: bool, impatience: float = 0.0
) -> Steady:
    """Sources that are at rest arrive at `rate` each; served ones are back at rest at rate `service`.

    waiting : whether those who find no server wait (machine repair; Palm 1947) or are lost (Engset 1918).
    impatience : rate at which each waiting one gives up and is back at rest.
    """
    up, down = _rates(sources, rate, servers, service, impatience)
    room = sources if waiting else servers
    law = birth_death(up, down, min(room, sources) + 1)
    return _of_birth_death(law, servers, service, up)


def birth_death(up: Callable[[int], float], down: Callable[[int], float], states: float = inf) -> Floats:
    """(n,) stationary law of a birth-death chain on 0, 1, ...:  pi(n) ~ product of up(k - 1) / down(k), k <= n.

    states : how many there are; with no end they are counted up to a weight that no longer moves the sum.
    """
    logs, highest = [0.0], 0.0
    while len(logs) < states and logs[-1] > highest - 60.0:
        n = len(logs)
        logs.append(logs[-1] + log(up(n - 1) / down(n)))
        highest = max(highest, logs[-1])
    weights = np.exp(np.array(logs) - highest)
    return np.asarray(weights / weights.sum())


def _rates(
    sources: float, rate: float, servers: int, service: float, impatience: float
) -> tuple[Callable[[int], float], Callable[[int], float]]:
    def up(n: int) -> float:
        return rate if sources == inf else rate * (sources - n)

    def down(n: int) -> float:
        return service * min(n, servers) + impatience * max(0, n - servers)

    return up, down


def _of_birth_death(law: Floats, servers: int, service: float, up: Callable[[int], float]) -> Steady:
    here = np.arange(len(law))
    queue, busy = float(law @ np.maximum(0, here - servers)), float(law @ np.minimum(here, servers))
    arrivals = float(law @ np.array([up(int(n)) for n in here]))
    return Steady(
        queue=queue,
        busy=busy,
        arrivals=arrivals,
        waits=float(law[servers:].sum()),
        lost=1.0 - busy * service / arrivals,
    )


# ------------------------------------------------------------------------------------------------ any patience


def impatient(
    servers: int, arrivals: float, service: float, within: Callable[[float], float], mean: float, *, knee: float = inf
) -> Steady:
    """M/M/c+G: patience of any law.

    within : H(x), the mean of min(patience, x), which rises from 0 to the `mean` of patience.
    knee : where H has a corner, for the quadrature.

        J = int_0^inf exp(lambda H(x) - c mu x) dx,   J_H = int_0^inf H(x) exp(lambda H(x) - c mu x) dx
        E = 1 / B(c - 1)
        P(wait) = lambda J / (E + lambda J),   lost = (1 + (lambda - c mu) J) / (E + lambda J)
        mean wait = lambda J_H / (E + lambda J)          (Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005)
    """
    from scipy.integrate import quad

    speed, last = servers * service, (arrivals * mean + 60.0) / (servers * service)
    ends = [0.0, *([knee] if knee < last else []), last]

    def integral(f: Callable[[float], float]) -> float:
        def weighed(x: float) -> float:
            return f(x) * exp(arrivals * within(x) - speed * x)

        return sum(float(quad(weighed, a, b, limit=500, epsabs=0.0, epsrel=1e-11)[0]) for a, b in pairwise(ends))

    j, j_h, e = integral(lambda x: 1.0), integral(within), 1.0 / erlang_b(servers - 1, arrivals / service)
    below = e + arrivals * j
    lost, wait = (1.0 + (arrivals - speed) * j) / below, arrivals * j_h / below
    return Steady(
        queue=arrivals * wait, busy=(1.0 - lost) * arrivals / service, arrivals=arrivals, waits=arrivals * j / below,
        lost=lost,
    )  # fmt: skip


def virtual_wait(servers: int, arrivals: float, service: float, impatience: float, days: float) -> tuple[float, float]:
    """M/M/c+M: shares of arrivals that find a free server, and that wait longer than `days`, then served or not.

    Up to c - 1 present the weights are those of M/M/c; the wait that is offered has above 0 the density
    lambda p(c - 1) exp(lambda H(x) - c mu x), H(x) = (1 - exp(-theta x)) / theta, by level crossing (Baccelli &
    Hebuterne 1981), and who is offered x waits longer than `days` < x with probability exp(-theta days).
    """
    from scipy.integrate import quad

    load, p = arrivals / service, [1.0]
    for n in range(1, servers):
        p.append(p[-1] * load / n)

    def density(x: float) -> float:
        return arrivals * p[-1] * exp(-arrivals * expm1(-impatience * x) / impatience - servers * service * x)

    late = float(quad(density, days, inf, epsabs=0.0, epsrel=1e-11)[0])
    soon = float(quad(density, 0.0, days, epsabs=0.0, epsrel=1e-11)[0])
    whole = sum(p) + soon + late
    return sum(p) / whole, exp(-impatience * days) * late / whole


def within_lognormal(mean: float, sigma: float) -> Callable[[float], float]:
    """Mean of min(X, x) of a log-normal X with this mean and deviation of its logarithm (limited expected value)."""
    mu = log(mean) - sigma**2 / 2.0

    def below(z: float) -> float:
        return erfc(-z / sqrt(2.0)) / 2.0

    def within(x: float) -> float:
        if x <= 0.0:
            return 0.0
        z = (log(x) - mu) / sigma
        return mean * below(z - sigma) + x * below(-z)

    return within


# ------------------------------------------------------------------------------------------------ service of any law


@dataclass(frozen=True, kw_only=True)
class Service:
    """First three moments of a service time, days."""

    first: float
    second: float
    third: float


def lognormal_service(mean: float, sigma: float) -> Service:
    """E S^n = mean^n exp(n (n - 1) sigma^2 / 2)."""
    return Service(first=mean, second=mean**2 * exp(sigma**2), third=mean**3 * exp(3.0 * sigma**2))


def gamma_service(mean: float, shape: float) -> Service:
    """E S^n = (mean / shape)^n k (k + 1) ... (k + n - 1); shape inf is a fixed time."""
    if shape == inf:
        return Service(first=mean, second=mean**2, third=mean**3)
    second = mean**2 * (1.0 + 1.0 / shape)
    return Service(first=mean, second=second, third=second * mean * (1.0 + 2.0 / shape))


def m_g_1(arrivals: float, service: Service) -> Steady:
    """One server:  mean wait lambda E S^2 / (2 (1 - rho))        (Pollaczek 1930; Khinchine 1932)"""
    load = arrivals * service.first
    queue = arrivals**2 * service.second / (2.0 * (1.0 - load))
    return Steady(queue=queue, busy=load, arrivals=arrivals, waits=load, lost=0.0)


def m_g_1_queue_variance(arrivals: float, service: Service) -> float:
    """Variance of the number waiting at one server.

    E W^2 = 2 (E W)^2 + lambda E S^3 / (3 (1 - rho)) (Takacs 1962); those waiting are the arrivals within a wait, first
    come first served, so E L (L - 1) = lambda^2 E W^2 (Keilson & Servi 1988).
    """
    wait = m_g_1(arrivals, service).wait
    squared = 2.0 * wait**2 + arrivals * service.third / (3.0 * (1.0 - arrivals * service.first))
    return arrivals**2 * squared + arrivals * wait - (arrivals * wait) ** 2


def m_d_c(servers: int, arrivals: float, service_days: float, *, states: int = 400) -> Steady:
    """Fixed service times (Crommelin 1932).

    Seen every service time the number present is a chain: those in service have left, so that
    X' = max(X - c, 0) + Poisson(lambda D), whatever the moment one begins to look.
    """
    from scipy import stats

    load = arrivals * service_days
    new = stats.poisson.pmf(np.arange(states), load)
    step = np.zeros((states, states))
    for n in range(states):
        kept = max(n - servers, 0)
        step[n, kept:] = new[: states - kept]
        step[n, -1] += 1.0 - step[n].sum()
    system = np.vstack([(step.T - np.eye(states))[:-1], np.ones(states)])
    law = np.linalg.solve(system, np.append(np.zeros(states - 1), 1.0))
    queue = float(law @ np.maximum(0, np.arange(states) - servers))
    return Steady(queue=queue, busy=load, arrivals=arrivals, waits=float(law[servers:].sum()), lost=0.0)


# ------------------------------------------------------------------------------------------------ priorities


def begun_alive(servers: int, first: float, arrivals: float, service: float, hazard: float) -> float:
    """Share of the class that goes first whose clock, running out at rate `hazard`, has not when service begins.

    first : arrivals a day of that class, all of `arrivals` where there is but one. Who waits waits an exponential time
    at rate r = c mu - first (Kella & Yechiali 1985), so the share is 1 - C + C r / (r + hazard).
    """
    waits, r = erlang_c(servers, arrivals / service), servers * service - first
    return 1.0 - waits + waits * r / (r + hazard)
