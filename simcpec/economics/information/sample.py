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

from simcpec.model.world import Floats

REST = 1e-7  # probability of counts that are left out at either end
MOST = 160  # classes of counts of one period


@dataclass(frozen=True, kw_only=True)
class SampleInformation:
    """One study before the choice.

    name : what is done.      years : of it.      value : USD a unit of effect.
    worth : USD a year of the programme that follows.
    partial : of knowing the counted rates exactly, USD a year: the most that any such study is worth.
    waiting : USD a year lost in each year of the study, against choosing now.      net : over a programme of `horizon`
        years, (horizon - years) x worth - years x waiting; None without a horizon longer than the study.
    """

    name: str
    years: float
    value: float
    worth: float
    partial: float
    waiting: float
    net: float | None


def counts_likelihood(rate: Floats, *, years: float, dispersion: float = 1.0) -> Floats:
    """Return (X, D) probabilities of the counts of `years` years, in at most `MOST` classes of neighbouring counts.

    rate : (D,) expected events a year, >= 0.      dispersion : variance / mean of counts, >= 1 (1 is Poisson).
    Columns add up to 1.  Classes tell a little less than counts; their loss is below 1 % of what counts tell.
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


def value_of_data(benefit: Floats, weights: Floats, likelihood: Floats) -> float:
    """Return what data are worth, in the unit of the net benefits.

    benefit : (D, S) expected net benefit given what the data depend on.      weights : (D,) adding up to 1.
    likelihood : (X, D) probability of each outcome; columns add up to 1, or are densities over a sample of outcomes
        times their weight.
    """
    joint = likelihood * weights
    outcomes = joint.sum(axis=1)
    expected = (joint / outcomes.sum()) @ benefit
    return max(0.0, float(expected.max(axis=1).sum() - expected.sum(axis=0).max()))


def value_of_two_counts(benefit: Floats, weights: Floats, first: Floats, second: Floats) -> float:
    """Return what two independent counts together are worth: before and after a change, or here and there.

    first, second : (X, D) and (Y, D) as `counts_likelihood` gives them; others as in `value_of_data`.
    """
    total, mass = 0.0, 0.0
    prior = np.zeros(benefit.shape[1])
    for row in first:
        joint = second * (weights * row)
        expected = joint @ benefit
        total += float(expected.max(axis=1).sum())
        mass += float(joint.sum())
        prior += expected.sum(axis=0)
    return max(0.0, (total - float(prior.max())) / mass)


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
