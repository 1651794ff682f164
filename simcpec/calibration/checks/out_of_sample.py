"""Out of sample: the next quarter of each province, from the quarters before it, against simpler forecasts.

The drift of the model is fitted to all quarters before each forecast, and has seen no later one. It is held against
a Poisson and a negative binomial law with the mean (and the variance) of the quarters before, and against a log AR(1)
fitted by least squares. Forecasts are samples; the score is the continuous ranked probability score, in incidents: less
is better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.calibration.models.drift_fit import (
    LEVELS,
    SIZES,
    SPAN,
    STATES,
    DriftGrid,
    emission_logs,
    quarters_of,
    transition,
)
from simcpec.calibration.models.drift_fit import Z as STATE
from simcpec.model.world import Floats, Ints

TRAINED = 20  # quarters before the first forecast
SAMPLES = 1_000
MODEL = "drift of the model"
RIVALS = ("Poisson", "negative binomial", "log AR(1)")
GRID = DriftGrid(np.linspace(0.5, 0.95, 6), np.linspace(0.1, 0.7, 6))


@dataclass(frozen=True, kw_only=True)
class Forecasts:
    """Forecasts of one method for one province: samples (quarters, SAMPLES) and what came."""

    province: str
    method: str
    samples: Floats
    observed: Ints

    @property
    def score(self) -> float:
        """Mean continuous ranked probability score, in ten decimals: what a table has hangs on no library."""
        return round(float(scores(self.samples, self.observed).mean()), 10)

    @property
    def coverage(self) -> float:
        """Per cent of quarters inside the central 90 % interval."""
        low, high = np.quantile(self.samples, [0.05, 0.95], axis=1, method="inverted_cdf")
        return 100.0 * float(np.mean((low <= self.observed) & (self.observed <= high)))

    @property
    def places(self) -> Floats:
        """(quarters,) probability integral transforms, in the middle of equal samples."""
        below = (self.samples < self.observed[:, None]).mean(axis=1)
        return np.asarray(below + 0.5 * (self.samples == self.observed[:, None]).mean(axis=1))


def scores(samples: Floats, observed: Ints) -> Floats:
    """(quarters,) continuous ranked probability scores of samples (quarters, n).

    By scoringrules where it is installed (extra `uq`), else by `crps`, which gives the same.
    """
    try:
        from scoringrules import crps_ensemble
    except ImportError:  # the extra uq
        return np.array([crps(row, y) for row, y in zip(samples, observed.tolist(), strict=True)])
    found = crps_ensemble(observed.astype(np.float64), samples, estimator="qd", backend="numpy")
    return np.asarray(found, dtype=np.float64)


def crps(samples: Floats, observed: float) -> float:
    """Score of one sample: its mean distance from what came, less half of its mean distance from itself."""
    ordered = np.sort(samples)
    n = len(ordered)
    apart = 2.0 * float((2.0 * np.arange(1, n + 1) - n - 1.0) @ ordered) / n**2
    return float(np.abs(ordered - observed).mean()) - 0.5 * apart


def forecasts(province: str, months: Ints, *, seed: int, trained: int = TRAINED) -> tuple[Forecasts, ...]:
    """Forecasts of the model and of its rivals for every quarter after the first `trained` ones."""
    quarters = quarters_of(months)
    totals, random = quarters.sum(axis=1), np.random.default_rng([seed, 31])
    ours = _drifting(quarters, trained, random)
    past = [totals[:t] for t in range(trained, len(totals))]
    methods = {
        MODEL: ours,
        RIVALS[0]: [random.poisson(before.mean(), SAMPLES) for before in past],
        RIVALS[1]: [_negative_binomial(before, random) for before in past],
        RIVALS[2]: [_log_ar(before, random) for before in past],
    }
    return tuple(
        Forecasts(province=province, method=name, samples=np.array(rows, dtype=np.float64), observed=totals[trained:])
        for name, rows in methods.items()
    )


def _drifting(quarters: Ints, trained: int, random: np.random.Generator) -> list[Floats]:
    """Samples of each quarter from the filtered law of parameters and state."""
    levels = np.log(max(float(quarters[:trained].mean()), 0.05)) + np.linspace(-SPAN, SPAN, LEVELS)
    shape = (len(GRID.persistence), len(GRID.innovation), len(SIZES), LEVELS, STATES)
    before = np.zeros((len(quarters), *shape))  # joint law of parameters and state, before each quarter
    steps = [transition(p) for p in GRID.persistence.tolist()]
    stationary = np.exp(-0.5 * STATE**2)
    law = np.broadcast_to(stationary / stationary.sum(), shape).copy()
    for f, persistence in enumerate(GRID.persistence.tolist()):
        deviation = GRID.innovation / np.sqrt(1.0 - persistence**2)
        logs = emission_logs(quarters, deviation, levels)
        joint = np.log(law[f])
        for t in range(len(quarters)):
            peak = joint.max(axis=-1, keepdims=True)
            moved = np.log(np.maximum(np.exp(joint - peak) @ steps[f], 1e-300)) + peak if t else joint
            before[t, f] = moved
            joint = moved + logs[t]
    return [_sampled(before[t], levels, random) for t in range(trained, len(quarters))]


def _sampled(log_law: Floats, levels: Floats, random: np.random.Generator) -> Floats:
    chance = np.exp(log_law - log_law.max()).ravel()
    chosen = random.choice(chance.size, size=SAMPLES, p=chance / chance.sum())
    f, g, s, level, z = np.unravel_index(chosen, log_law.shape)
    deviation = GRID.innovation[g] / np.sqrt(1.0 - GRID.persistence[f] ** 2)
    mean = 3.0 * np.exp(levels[level] + deviation * STATE[z])
    size = 3.0 * np.array(SIZES)[s]
    return np.asarray(random.poisson(random.gamma(size, mean / size)), dtype=np.float64)


def _negative_binomial(before: Ints, random: np.random.Generator) -> Floats:
    mean, excess = float(before.mean()), float(before.var(ddof=1) - before.mean())
    if excess <= 0.0 or mean == 0.0:
        return np.asarray(random.poisson(mean, SAMPLES), dtype=np.float64)
    size = mean**2 / excess
    return np.asarray(random.poisson(random.gamma(size, mean / size, SAMPLES)), dtype=np.float64)


def _log_ar(before: Ints, random: np.random.Generator) -> Floats:
    logs = np.log(before + 0.5)
    one, two = logs[:-1] - logs[:-1].mean(), logs[1:]
    slope = float(one @ two / max(float(one @ one), 1e-12))
    rest = two - two.mean() - slope * one
    spread = float(np.sqrt(rest @ rest / max(len(rest) - 2, 1)))
    ahead = two.mean() + slope * (logs[-1] - logs[:-1].mean()) + spread * random.standard_normal(SAMPLES)
    return np.asarray(np.maximum(np.rint(np.exp(ahead) - 0.5), 0.0))
