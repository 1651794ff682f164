"""Figures derived from the monthly counts kept beside the clone: drift by province, dispersion, suicide attacks.

Each function takes what it needs as arrays; only `monthly` reads a file. Simulations have a seed of their own.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from simcpec.catalogue.checks import poisson_interval

Floats = NDArray[np.float64]
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
MONTHLY = "gtd_counts_province_month_2008_2014.csv"
QUARTERS = 28
GRID = (*np.arange(0.0, 0.99, 0.05), 0.99)
SPREADS = tuple(np.arange(0.05, 1.01, 0.05))
SERIES = 800
SEED = 20261127


@cache
def table(file: str) -> tuple[Mapping[str, str], ...]:
    """The rows of one file."""
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def monthly(column: str, provinces: Sequence[str]) -> Floats:
    """One column of the 84 months, summed over provinces."""
    found = np.zeros(84)
    for row in table(MONTHLY):
        if row["prov"] in provinces:
            year, month = map(int, row["month"].split("-"))
            found[(year - 2008) * 12 + month - 1] += float(row[column])
    return found


# ------------------------------------------------------------------------------------------------ drift


def drift_of(counts: Floats) -> tuple[Floats, Floats]:
    """Persistence and innovation of series (..., quarters); the Poisson part of the variance is taken off."""
    count = counts + 0.5
    level = np.log(count) - np.log(count).mean(-1, keepdims=True)
    variance = (level**2).mean(-1) - (1 / count).mean(-1)
    persistence = (level[..., 1:] * level[..., :-1]).sum(-1) / level.shape[-1] / variance
    return persistence, np.sqrt(np.maximum(variance * (1 - persistence**2), 0.0))


def simulated(persistence: float, innovation: float, mean: float, rng: np.random.Generator) -> Floats:
    """Quarterly Poisson counts around a stationary AR(1) level of this mean: shape (SERIES, QUARTERS)."""
    shocks = rng.standard_normal((SERIES, QUARTERS)) * innovation
    level = np.empty((SERIES, QUARTERS))
    level[:, 0] = shocks[:, 0] / math.sqrt(1 - persistence**2)
    for k in range(1, QUARTERS):
        level[:, k] = persistence * level[:, k - 1] + shocks[:, k]
    half_variance = innovation**2 / (1 - persistence**2) / 2
    return rng.poisson(mean * np.exp(np.minimum(level - half_variance, 8.0))).astype(float)


@cache
def drift_by_province(province: str) -> dict[str, tuple[float, float, float]]:
    """Estimate and 95 % interval of persistence and innovation, by inverting simulations over a grid.

    Each is varied with the other held at its estimate.
    """
    counts = monthly("incidents", (province,)).reshape(QUARTERS, 3).sum(1)
    persistence, innovation = (float(one) for one in drift_of(counts))
    rng = np.random.default_rng(SEED)
    held = [
        float(truth)
        for truth in GRID
        if _within(persistence, drift_of(simulated(truth, innovation, counts.mean(), rng))[0])
    ]
    spreads = [
        float(spread)
        for spread in SPREADS
        if _within(innovation, drift_of(simulated(persistence, spread, counts.mean(), rng))[1])
    ]
    return {
        "persistence": (persistence, min(held), max(held)),
        "innovation": (innovation, min(spreads), max(spreads)),
    }


def _within(estimate: float, simulations: Floats) -> bool:
    low, high = np.nanpercentile(simulations, [2.5, 97.5])
    return bool(low <= estimate <= high)


# ------------------------------------------------------------------------------------------------ dispersion


def relative_variance(provinces: Sequence[str]) -> tuple[float, float, float]:
    """Relative variance of the seven yearly counts beyond Poisson, with the chi-square interval of the whole."""
    yearly = monthly("incidents", provinces).reshape(7, 12).sum(1)
    mean, variance = float(yearly.mean()), float(yearly.var(ddof=1))
    ends = [(6 * variance / stats.chi2.ppf(p, 6) - mean) / mean**2 for p in (0.975, 0.025)]
    return (variance - mean) / mean**2, max(0.0, float(ends[0])), float(ends[1])


def four_year_dispersion(counts: Iterable[float], persistence: float, innovation: float, births: float) -> float:
    """Variance over mean of counts of four years: batches of births, and independent AR(1) log levels by province."""
    variance = innovation**2 / (1 - persistence**2)
    lag = np.abs(np.subtract.outer(np.arange(16), np.arange(16)))
    relative = float(np.expm1(variance * persistence**lag).mean())
    mean = np.array(list(counts), dtype=float)
    return births + relative * float((mean**2).sum() / mean.sum())


def rate_under_dispersion(count: float, years: float, dispersion: float) -> tuple[float, float, float]:
    """Rate with the Poisson interval of count / dispersion events, scaled back."""
    low, high = poisson_interval(count / dispersion)
    return count / years, low * dispersion / years, high * dispersion / years


# ------------------------------------------------------------------------------------------------ modes


def suicide_share(provinces: Sequence[str]) -> float:
    """Suicide attacks among incidents."""
    return float(monthly("suicide", provinces).sum() / monthly("incidents", provinces).sum())


@cache
def deaths_by_mode() -> dict[str, tuple[float, float, float]]:
    """Deaths per suicide attack and per other incident: least squares over province-months, weight 1 / incidents.

    The interval is that of 2,000 bootstrap samples of province-months.
    """
    rows = [[float(row[name]) for name in ("suicide", "incidents", "deaths")] for row in table(MONTHLY)]
    cells = np.array([row for row in rows if row[1] > 0])
    attacks = np.column_stack([cells[:, 0], cells[:, 1] - cells[:, 0]])
    rng = np.random.default_rng(SEED)
    draws = (rng.integers(0, len(cells), len(cells)) for _ in range(2000))
    low, high = np.percentile([_weighted(attacks[k], cells[k, 2]) for k in draws], [2.5, 97.5], axis=0)
    fit = _weighted(attacks, cells[:, 2])
    return {name: (float(fit[k]), float(low[k]), float(high[k])) for k, name in enumerate(("suicide", "other"))}


def _weighted(attacks: Floats, deaths: Floats) -> Floats:
    root = 1 / np.sqrt(attacks.sum(1))
    return np.asarray(np.linalg.lstsq(attacks * root[:, None], deaths * root, rcond=None)[0])


def deaths_per_incident(target: str) -> float:
    """Mean deaths of incidents against one type of target."""
    rows = [row for row in table("gtd_target_success_2008_2014.csv") if row["targ"] == target]
    return sum(float(row["deaths"]) for row in rows) / sum(float(row["incidents"]) for row in rows)
