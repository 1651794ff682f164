"""Drift of the threat from monthly counts: a log AR(1) that steps every quarter, seen through negative binomial noise.

    x_t = persistence x_(t-1) + innovation e_t,   count of a month ~ negative binomial, mean exp(level + x_t), size r

The likelihood is filtered on a grid of the state, in units of its stationary deviation, so that the transition depends
on the persistence alone. The level has a flat prior on its logarithm and is summed over, as is the noise of months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.model.world import Floats, Ints

MONTHS = 3  # of a quarter
STATES, REACH = 31, 4.0  # of the grid of the state, in stationary deviations
LEVELS, SPAN = 9, 2.0  # of the grid of the level: so far on both sides of the log of the mean
SIZES = (1.5, 3.0, 6.0, 12.0, 25.0, 1e6)  # of the noise of a month; the last one is Poisson
Z = np.linspace(-REACH, REACH, STATES)  # the grid of the state


@dataclass(frozen=True)
class DriftGrid:
    """Points of persistence (F,) and innovation (G,)."""

    persistence: Floats
    innovation: Floats


@dataclass(frozen=True)
class DriftFit:
    """Log likelihood (F, G, sizes, levels) of one series; `marginal` sums over noise and level."""

    grid: DriftGrid
    log_likelihood: Floats
    levels: Floats

    @property
    def marginal(self) -> Floats:
        """(F, G) log likelihood with flat priors of noise and level."""
        from scipy.special import logsumexp

        return np.asarray(logsumexp(self.log_likelihood, axis=(2, 3)))


def quarters_of(months: Ints) -> Ints:
    """(Q, 3) months by quarter; months that fill no quarter are left out."""
    whole = len(months) // MONTHS * MONTHS
    return np.asarray(months[:whole]).reshape(-1, MONTHS)


def fit_drift(months: Ints, grid: DriftGrid) -> DriftFit:
    """The likelihood of a series of monthly counts on the grid."""
    quarters = quarters_of(months)
    centre = np.log(max(float(np.mean(months)), 0.05))
    levels = centre + np.linspace(-SPAN, SPAN, LEVELS)
    shape = (len(grid.persistence), len(grid.innovation), len(SIZES), len(levels))
    found = np.zeros(shape)
    for f, persistence in enumerate(grid.persistence.tolist()):
        deviation = grid.innovation / np.sqrt(1.0 - persistence**2)
        logs = emission_logs(quarters, deviation, levels)
        law, step = np.broadcast_to(_stationary(), (*shape[1:], STATES)), transition(persistence)
        for q in range(len(quarters)):
            before = law @ step if q else law
            joint, shift = _weighed(before, logs[q])
            total = joint.sum(axis=-1)
            found[f] += np.log(total) + shift
            law = joint / total[..., None]
    return DriftFit(grid, found, levels)


def pooled(months: Sequence[Ints], grid: DriftGrid) -> Floats:
    """(F, G) log likelihood of one persistence and one innovation for all series, each with a level of its own."""
    return np.asarray(sum(fit_drift(each, grid).marginal for each in months))


def transition(persistence: float) -> Floats:
    """(STATES, STATES) chance of each state of the next quarter."""
    spread = np.sqrt(1.0 - persistence**2)
    kernel = np.exp(-0.5 * ((Z[None, :] - persistence * Z[:, None]) / spread) ** 2)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def emission_logs(quarters: Ints, deviation: Floats, levels: Floats) -> Floats:
    """(Q, G, sizes, levels, STATES) log probability of the months of each quarter."""
    from scipy.special import gammaln

    log_mean = levels[None, :, None] + deviation[:, None, None] * Z  # (G, levels, STATES)
    totals, months = quarters.sum(axis=1), quarters.shape[1]
    found = np.zeros((len(quarters), len(deviation), len(SIZES), len(levels), STATES))
    for s, size in enumerate(SIZES):
        binomial = gammaln(quarters + size) - gammaln(size) - gammaln(quarters + 1.0)
        share = np.logaddexp(np.log(size), log_mean)
        per_month = size * (np.log(size) - share)
        found[:, :, s] = (
            binomial.sum(axis=1)[:, None, None, None]
            + months * per_month[None]
            + totals[:, None, None, None] * (log_mean - share)[None]
        )
    return found


def _stationary() -> Floats:
    law = np.exp(-0.5 * Z**2)
    return np.asarray(law / law.sum())


def _weighed(law: Floats, logs: Floats) -> tuple[Floats, Floats]:
    shift = logs.max(axis=-1)
    return np.maximum(law * np.exp(logs - shift[..., None]), 1e-300), shift
