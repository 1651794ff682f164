"""The numbers that figures of a calibration are drawn from, whether it was just made or is read from its folder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.calibration.calibrate import Calibration
from simcpec.calibration.checks.mechanisms import Ablated
from simcpec.calibration.checks.out_of_sample import MODEL
from simcpec.calibration.fit import FitRow
from simcpec.calibration.identifiability import Identified, quantile, ridge
from simcpec.calibration.weighing.patterns import LAW, deviation, scaled
from simcpec.model.world import Floats

BINS = 10
Row = tuple[str, float, float, float, float, float, float]
RankBin = tuple[str, float, float, int]  # panel, both ends, count


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """births, passage, weights : (D,) of the draws that weigh anything.      rate : a year, 2.5, 50 and 97.5 %."""

    births: Floats
    passage: Floats
    weights: Floats
    correlation: float
    rate: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class CalibrationNumbers:
    """What figures of a calibration say.

    patterns, drift, ranks : rows of their figures; None where a folder does not keep them.
    mechanisms : the scenario as written first; () where none was switched.
    even, planted : p of the ranks of truths, and of those with a planted error.
    """

    fit: tuple[FitRow, ...]
    settings: tuple[Identified, ...]
    ridge: Ridge | None  # None where a folder keeps no draws
    even: float
    planted: float
    patterns: tuple[Row, ...] | None
    drift: tuple[Row, ...] | None
    ranks: tuple[RankBin, ...] | None
    mechanisms: tuple[Ablated, ...] = ()


def numbers_of(of: Calibration) -> CalibrationNumbers:
    """The numbers of a calibration that was just made."""
    births, passage, correlation = ridge(of.weighed)
    return CalibrationNumbers(
        fit=of.fit, settings=of.settings, even=of.ranks.p, planted=of.planted.p,
        ridge=Ridge(
            births=births, passage=passage, weights=of.weighed.weights.sum(axis=1), correlation=correlation,
            rate=of.rate,
        ),
        patterns=_patterns(of), drift=_drift(of), ranks=_ranks(of), mechanisms=of.mechanisms,
    )  # fmt: skip


def _patterns(of: Calibration) -> tuple[Row, ...]:
    """Patterns before and after, in deviations of their targets."""
    weights = of.weighed.weights.sum(axis=1)
    rows: list[Row] = []
    for n, target in enumerate(of.weighed.plan.targets.patterns):
        values = of.weighed.shown[:, n]
        known = np.isfinite(values) & (weights > 0.0)
        if target.what == LAW or not known.any():
            continue
        middle, width = scaled(target.what, target.value.value), deviation(target)
        z = np.array([(scaled(target.what, v) - middle) / width for v in values])
        usual = np.quantile(z[np.isfinite(z)], [0.025, 0.5, 0.975])
        after = [quantile(z[known], weights[known], at) for at in (0.025, 0.5, 0.975)]
        name = f"{target.what.replace('_', ' ')} {target.province or ''}".strip()
        rows.append((name, float(usual[0]), float(usual[1]), float(usual[2]), after[0], after[1], after[2]))
    return tuple(rows)


def _drift(of: Calibration) -> tuple[Row, ...]:
    """Drift by province from its own counts, and last what all of them say together."""
    plan = of.weighed.plan
    one, two = plan.drift_grid.persistence, plan.drift_grid.innovation
    rows = [_drift_row(name, one, two, logs) for name, logs in plan.drift_series]
    together = np.log(np.maximum(plan.drift_posterior, 1e-300))
    return (*rows, _drift_row("all, as used", one, two, together))


def _drift_row(name: str, persistence: Floats, innovation: Floats, logs: Floats) -> Row:
    chance = np.exp(logs - logs.max())
    found: list[float] = []
    for values, weights in ((persistence, chance.sum(axis=1)), (innovation, chance.sum(axis=0))):
        found += [quantile(values, weights, at) for at in (0.025, 0.5, 0.975)]
    return name, found[0], found[1], found[2], found[3], found[4], found[5]


def _ranks(of: Calibration) -> tuple[RankBin, ...]:
    """Ranks of known truths, with a planted error, and places of what came among the forecasts, counted in bins."""
    places = np.concatenate([each.places for each in of.forecasts if each.method == MODEL] or [np.zeros(0)])
    panels = (("truths among posteriors", of.ranks.ranks.ravel()), ("with a planted error", of.planted.ranks.ravel()),
              ("quarters among forecasts", places))  # fmt: skip
    edges = np.linspace(0.0, 1.0, BINS + 1)
    return tuple(
        (name, float(edges[k]), float(edges[k + 1]), int(n))
        for name, values in panels
        for k, n in enumerate(np.histogram(values, bins=edges)[0])
    )
