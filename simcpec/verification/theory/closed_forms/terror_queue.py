"""Kaplan's terror queue: as a finite chain, and for many plots and teams as an ODE with its first correction.

Hidden plots x are born at a steady rate, mature (attack) at a rate each, and are found by each *free* team at a rate
each; the team that finds one works on it. While it works the plot may still mature; at the end of the work the plot is
foiled with a probability, else hidden again. Free teams also pick up false leads. So the state is (x, y, v): hidden
plots, plots in work, teams at work on what is no plot (any more); free teams are f - y - v.

Kaplan (2010), Terror Queues, Operations Research 58(4), with two things added that this model has: plots in work that
mature, and work that fails. Nothing here knows an engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simcpec.verification.theory.closed_forms.chains import Chain, Floats, State, chain_of, steady


@dataclass(frozen=True, kw_only=True)
class TerrorQueue:
    """Rates a day.

    births : of plots.      maturing : of each plot.      search : of each pair of a hidden plot and a free team.
    work : at which an operation ends.      success : probability that it foils.      false_leads : of each free team.
    """

    births: float
    maturing: float
    search: float
    work: float
    success: float
    false_leads: float
    teams: int

    def moves(self, state: State, most: int) -> Iterator[tuple[State, float]]:
        """The jumps of the chain, with at most `most` hidden plots."""
        x, y, v = state
        free = self.teams - y - v
        if x < most:
            yield (x + 1, y, v), self.births
            yield (x + 1, y - 1, v), (1.0 - self.success) * self.work * y
        yield (x - 1, y, v), self.maturing * x
        yield (x - 1, y + 1, v), self.search * x * free
        yield (x, y, v + 1), self.false_leads * free
        yield (x, y - 1, v + 1), self.maturing * y
        yield (x, y - 1, v), self.success * self.work * y
        yield (x, y, v - 1), self.work * v

    def chain(self, *, hidden: int = 0, most: int = 40) -> Chain:
        """The chain from so many hidden plots and all teams free."""
        return chain_of((hidden, 0, 0), lambda state: self.moves(state, most))

    def rates(self, chain: Chain) -> tuple[Floats, Floats, Floats]:
        """(n,) attacks a day, foiled a day and busy teams in each state."""
        x, y, v = chain.values.T
        return self.maturing * (x + y), self.success * self.work * y, y + v


def is_attack(before: State, after: State) -> float:
    """1 for the jumps in which a plot matures."""
    (x, y, v), (a, b, c) = before, after
    return float((a, b, c) in ((x - 1, y, v), (x, y - 1, v + 1)))


def is_foiled(before: State, after: State) -> float:
    """1 for the jumps in which a plot is foiled."""
    (x, y, v), found = before, after
    return float(found == (x, y - 1, v))


@dataclass(frozen=True, kw_only=True)
class Means:
    """Means a day in the steady state, or as said: attacks, foiled plots, busy teams, and plots in preparation."""

    attacks: float
    foiled: float
    busy: float
    plots: float


def steady_means(queue: TerrorQueue, *, most: int = 40) -> Means:
    """From the stationary law of the chain."""
    chain = queue.chain(most=most)
    law = steady(chain)
    attacks, foiled, busy = (float(law @ each) for each in queue.rates(chain))
    return Means(attacks=attacks, foiled=foiled, busy=busy, plots=attacks / queue.maturing)


# ------------------------------------------------------------------------------------------------ many plots

#: jumps as changes of (x, y, v), in the order of `intensities`
CHANGES = np.array([
    (1, 0, 0), (-1, 0, 0), (-1, 1, 0), (0, 0, 1), (0, -1, 1), (0, -1, 0), (1, -1, 0), (0, 0, -1)
], np.float64)  # fmt: skip


def intensities(queue: TerrorQueue, mean: Floats, covariance: Floats | None = None) -> Floats:
    """(8,) expected rates of the jumps when the state has this mean (3,) and covariance (3, 3; None: none).

    All are linear but that of finding: E x free = E x E free - cov(x, y + v).
    """
    x, y, v = mean
    free = queue.teams - y - v
    pairs = x * free - (0.0 if covariance is None else covariance[0, 1] + covariance[0, 2])
    return np.array([
        queue.births, queue.maturing * x, queue.search * pairs, queue.false_leads * free, queue.maturing * y,
        queue.success * queue.work * y, (1.0 - queue.success) * queue.work * y, queue.work * v,
    ])  # fmt: skip


def _slopes(queue: TerrorQueue, mean: Floats) -> Floats:
    """(8, 3) derivatives of the intensities."""
    x, y, v = mean
    free, s, f, m = queue.teams - y - v, queue.search, queue.false_leads, queue.maturing
    q, w = queue.success, queue.work
    return np.array([
        (0, 0, 0), (m, 0, 0), (s * free, -s * x, -s * x), (0, -f, -f), (0, m, 0), (0, q * w, 0), (0, (1 - q) * w, 0),
        (0, 0, w),
    ], np.float64)  # fmt: skip


def fluid(queue: TerrorQueue, days: float, *, corrected: bool = True) -> tuple[Means, Floats]:
    """Means over (0, days] from empty, and the mean state (3,) at its end, when plots and teams are many.

    The ODE  m' = sum of changes x intensities(m)  is the limit of n times as many births and teams and 1/n of the
    search rate (Kurtz 1970). Corrected: with the covariance C of the linear noise, C' = J C + C J' + B, in the
    intensities, which leaves an error of order 1 / n^2 in means per n (van Kampen 1961).
    """
    from scipy.integrate import solve_ivp

    def slope(_t: float, z: Floats) -> Floats:
        mean, c = z[:3], z[3:12].reshape(3, 3)
        rates = intensities(queue, mean, c if corrected else None)
        jacobian = CHANGES.T @ _slopes(queue, mean)
        noise = CHANGES.T @ (rates[:, None] * CHANGES)
        areas = np.array([
            queue.maturing * (mean[0] + mean[1]), queue.success * queue.work * mean[1], mean[1] + mean[2],
            mean[0] + mean[1],
        ])  # fmt: skip
        return np.concatenate([CHANGES.T @ rates, (jacobian @ c + c @ jacobian.T + noise).ravel(), areas])

    end = solve_ivp(slope, (0.0, days), np.zeros(16), rtol=1e-9, atol=1e-9).y[:, -1]
    attacks, foiled, busy, plots = (end[12:] / days).tolist()
    return Means(attacks=attacks, foiled=foiled, busy=busy, plots=plots), end[:3]
