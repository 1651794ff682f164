"""The expected value of sample information: what the data of a further study are worth before a choice is made.

Data depend on the parameters only through rates that are counted.  So net benefits are first replaced by their
conditional expectation given those rates (a regression on the draws), and then weighted by the likelihood of every
count that may be seen:

    EVSI = sum over x of max_s sum over d of w_d p(x | rate_d) NB_s(rate_d)   -   max_s E[NB_s].

Counts are Poisson given the rate, or negative binomial where replications show that they are more dispersed.  Each
draw's rate is a conditional mean without its Monte Carlo noise, or else noise would count as something to learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from simcpec.economics.decision.options import SAME
from simcpec.model.world import Floats

REST = 1e-7  # probability of counts that are left out at either end
MOST = 160  # classes of counts of one period


@dataclass(frozen=True, kw_only=True)
class SampleInformation:
    """One study before the choice.

    name : what is done.      years : of it.      value : USD a unit of effect.
    worth : USD a year of the programme that follows.
    partial : of knowing the counted rates exactly, USD a year: the most that any such study is worth.
    waiting : USD a year lost in each year of the study, against choosing now; what the study itself costs is not in it.
    net : over a programme of `horizon` years, (horizon - years) x worth - years x waiting; None without a horizon
        longer than the study.
    conjugate : the closed form of `conjugate_value` for a Gamma law of the rate and straight lines, where it applies.
    """

    name: str
    years: float
    value: float
    worth: float
    partial: float
    waiting: float
    net: float | None
    conjugate: float | None = None


def counts_likelihood(rate: Floats, *, years: float, dispersion: float = 1.0) -> Floats:
    """Return (X, D) probabilities of the counts of `years` years, in at most `MOST` classes of neighbouring counts.

    rate : (D,) expected events a year, >= 0.      dispersion : variance / mean of counts, >= 1 (1 is Poisson).
    Columns add up to 1.  Classes tell a little less than counts: less than 1 % of their worth where counts have a mean
    of 400.
    Raises ValueError outside these ranges.
    """
    rates = np.asarray(rate, dtype=np.float64)
    if not (years > 0.0 and dispersion >= 1.0 and (rates >= 0.0).all() and np.isfinite(rates).all()):
        raise ValueError(f"years {years}, dispersion {dispersion}; allowed: above 0, from 1, and rates of at least 0")
    means = rates * years
    low, high = (float(_law(mean, dispersion).ppf(q)) for mean, q in ((means.min(), REST), (means.max(), 1.0 - REST)))
    edges = np.unique(np.linspace(low, high, MOST).round())
    below = np.stack([_law(means, dispersion).cdf(edge) for edge in edges[:-1]]) if len(edges) > 1 else None
    inner = np.zeros((0, len(means))) if below is None else below
    ends = np.concatenate([np.zeros((1, len(means))), inner, np.ones((1, len(means)))])
    return np.diff(ends, axis=0)


def _law(mean: Floats | float, dispersion: float) -> Any:
    """The law of a count: Poisson, or negative binomial of the same mean and `dispersion` times its variance."""
    safe = np.maximum(mean, 1e-12)
    if dispersion <= 1.0 + 1e-9:
        return stats.poisson(safe)
    return stats.nbinom(safe / (dispersion - 1.0), 1.0 / dispersion)


def outcomes(columns: Floats, weights: Floats, first: Floats, second: Floats | None = None) -> Floats:
    """Return (X, M + 1): of each outcome the expected columns times its probability, and the probability behind them.

    columns : (D, M).      weights : (D,) adding up to 1.      first : (X, D) likelihood of each outcome; columns add up
    to 1.      second : of an independent observation; outcomes are then all pairs.
    """
    table = np.concatenate([columns, np.ones((len(columns), 1))], axis=1) * weights[:, None]
    if second is None:
        return np.asarray(first @ table)
    return np.concatenate([second @ (table * row[:, None]) for row in first])


def value_of_outcomes(joint: Floats, probability: Floats) -> float:
    """Return what seeing an outcome is worth: (X, S) expected net benefits in each, times its probability (X,)."""
    worth = float(joint.max(axis=1).sum() - joint.sum(axis=0).max())
    return worth / float(probability.sum()) if worth > SAME * float(np.abs(joint).sum()) else 0.0


def conjugate_value(
    *, shape: float, rate: float, years: float, slopes: Floats, intercepts: Floats, dispersion: float = 1.0
) -> float:
    """Return the worth of counting for `years` years in closed form, for a Gamma prior and linear net benefits.

    shape, rate : of the Gamma law of the events a year, mean shape / rate.
    slopes, intercepts : (S,) of net benefit = intercept + slope x events a year.
    dispersion : variance / mean of counts; a year tells as much as 1 / dispersion years of a Poisson process.
    The posterior mean of the rate is (shape + x) / (rate + years), x negative binomial.
    """
    if not (shape > 0.0 and rate > 0.0 and years >= 0.0 and dispersion >= 1.0):
        raise ValueError("shape and rate above 0, years of at least 0, dispersion of at least 1")
    slope, start = np.asarray(slopes, np.float64), np.asarray(intercepts, np.float64)
    exposure = years / dispersion
    now = float((start + slope * shape / rate).max())
    if exposure == 0.0:
        return 0.0
    law = stats.nbinom(shape, rate / (rate + exposure))
    counts = np.arange(int(law.ppf(1.0 - 1e-12)) + 2)
    best = (start + slope * ((shape + counts) / (rate + exposure))[:, None]).max(axis=1)
    return max(0.0, float(law.pmf(counts) @ best) - now)
