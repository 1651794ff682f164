"""What the data say about each uncertain setting, and what they cannot say.

Contraction is one less the variance after over the variance before, of the logarithm where the range is positive. With
an effective number n of draws it scatters by about sqrt(2 / n) where the data say nothing. Overlap is the common area
of both laws over twenty parts of the prior that are equally likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.calibration.draws.plan import INNOVATION, PERSISTENCE, YEAR, births_key
from simcpec.calibration.models.mixed_poisson import log_probability
from simcpec.calibration.weighing.resample import log_rates
from simcpec.calibration.weighing.weights import Weighed
from simcpec.experiments.design.parameter_draws import inverted
from simcpec.model.world import Floats

PARTS = 20  # of the prior, for the overlap
PRIOR_DRAWS = 20_000  # of births, whose prior is no sample of the design
PRIOR = 13  # address of their random numbers
MOVED = 2.0  # deviations of the noise from which a contraction counts
POWER_LEVEL = 0.05  # of a one-sided exact test
FURTHER = (1, 2, 4, 10)  # years of more data
WORLDS = 200  # futures of each number of years


@dataclass(frozen=True, kw_only=True)
class Identified:
    """One setting before and after; quantiles are 2.5, 50 and 97.5 %, in canonical units, births a year."""

    key: str
    driver: bool
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    contraction: float
    overlap: float
    moved: bool


def identified(of: Weighed) -> tuple[Identified, ...]:
    """Every uncertain setting of the world, those first that the data do not move."""
    plan, weights = of.plan, of.weights.sum(axis=1)
    noise = MOVED * float(np.sqrt(2.0 / of.effective))
    drivers = plan.targets.block.drivers
    found = []
    for n, key in enumerate(plan.keys):
        values = plan.values[:, n]
        before = values
        if key in (PERSISTENCE, INNOVATION) and key in drivers:  # drawn from what the monthly counts say
            before = inverted(plan.factors[n], plan.uniforms[:, drivers.index(key)])
        if np.ptp(before) > 0.0 and key.startswith("world."):
            found.append(_identified(key, key in drivers, before, values, weights, noise))
    random = np.random.default_rng([plan.seed, PRIOR])
    for p, code in enumerate(plan.provinces):
        before = np.maximum(plan.priors[p].drawn(PRIOR_DRAWS, random), 1e-12)
        values = of.births[:, :, p].ravel()
        found.append(_identified(births_key(code), False, before, values, of.weights.ravel(), noise))
    return tuple(sorted(found, key=lambda each: (each.moved, each.contraction, each.key)))


def _identified(key: str, driver: bool, before: Floats, values: Floats, weights: Floats, noise: float) -> Identified:
    logs = bool(before.min() > 0.0 and values.min() > 0.0)
    one, two = (np.log(before), np.log(values)) if logs else (before, values)
    contraction = 1.0 - variance(two, weights) / float(one.var())
    edges = np.quantile(before, np.linspace(0.0, 1.0, PARTS + 1)[1:-1])
    share = np.bincount(np.searchsorted(edges, values), weights=weights, minlength=PARTS)
    own = np.bincount(np.searchsorted(edges, before), minlength=PARTS) / len(before)
    ends = (0.025, 0.5, 0.975)
    low, middle, high = (float(quantile(values, weights, end)) for end in ends)
    first, second, third = (float(each) for each in np.quantile(before, ends))
    return Identified(
        key=key, driver=driver, before=(first, second, third), after=(low, middle, high),
        contraction=float(contraction), overlap=float(np.minimum(share, own).sum()), moved=bool(contraction > noise),
    )  # fmt: skip


def variance(values: Floats, weights: Floats) -> float:
    """Weighted variance."""
    mean = float(weights @ values / weights.sum())
    return float(weights @ (values - mean) ** 2 / weights.sum())


def quantile(values: Floats, weights: Floats, at: float) -> float:
    """Weighted quantile."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(upto, at * upto[-1])), len(values) - 1)])


# ------------------------------------------------------------------------------------------------ the ridge


def ridge(of: Weighed) -> tuple[Floats, Floats, float]:
    """Log births a year of the nation, log attacks of one birth (D,), and their correlation after the data.

    Counts fix the product of both: along the ridge one rises as the other falls.
    """
    by_draw = of.weights.sum(axis=1)
    inner = of.weights / np.maximum(by_draw[:, None], 1e-300)
    births = np.log((inner * of.births.sum(axis=2)).sum(axis=1) + 1e-300)
    passage = np.log((inner * of.expected.sum(axis=2)).sum(axis=1) + 1e-300) - births
    passage = passage - np.log(of.plan.targets.days / YEAR)
    kept = by_draw > 0.0
    one, two, w = births[kept], passage[kept], by_draw[kept]
    centred = (one - w @ one / w.sum(), two - w @ two / w.sum())
    covariance = float(w @ (centred[0] * centred[1]))
    scale = float(np.sqrt((w @ centred[0] ** 2) * (w @ centred[1] ** 2)))
    return births, passage, covariance / max(scale, 1e-300)


# ------------------------------------------------------------------------------------------------ evaluations


def evaluation_power(rate: float, years: float, ratio: float, *, over_mean: float = 1.0) -> float:
    """Chance that a comparison of as many years before and after finds a fall, if the rate changes by this ratio.

    The test is the exact conditional one of two Poisson counts against no fall, at 5 % and without a midpoint. Counts
    with a variance over the mean above 1 are those of the truth; the test, as evaluators do, takes them as Poisson. At
    the ratio 1 it is the chance of a false alarm.
    """
    from scipy.stats import binom

    before, after = rate * years, rate * years * ratio
    excess = (over_mean - 1.0) / max(before, 1e-12)
    most = int(before + 12.0 * np.sqrt(before * over_mean) + 20.0)
    numbers = np.arange(most + 1)
    one, two = (np.exp(log_probability(numbers, np.full(most + 1, mean), 1.0, excess)) for mean in (before, after))
    found = binom.cdf(numbers[None, :], numbers[:, None] + numbers[None, :], 0.5) <= POWER_LEVEL
    return float(one @ found @ two)


def value_of_years(of: Weighed) -> tuple[tuple[int, float], ...]:
    """Expected contraction of the log national rate by so many more years of counts, beyond what is known now.

    Futures are drawn from the ensemble; each is as dispersed as its own draw says, with the level of the threat drawn
    anew, so that it says what the average over levels would be and no more.
    """
    plan, weights = of.plan, of.weights.ravel()
    rates = np.exp(log_rates(of).ravel())
    level = np.repeat(of.level, of.births.shape[1])
    cluster = float(of.clusters.mean())
    known = variance(np.log(rates), weights)
    random = np.random.default_rng([plan.seed, PRIOR, 1])
    found = []
    for years in FURTHER:
        worlds = random.choice(len(weights), size=WORLDS, p=weights)
        left = []
        for k in worlds:
            mean = rates[k] * years
            excess = max(cluster + level[k] * mean - 1.0, 1e-9)
            count = int(random.poisson(random.gamma(mean / excess) * excess))
            fit = log_probability(count, rates * years, cluster, level)
            left.append(variance(np.log(rates), weights * np.exp(fit - fit.max())))
        found.append((years, 1.0 - float(np.mean(left)) / known))
    return tuple(found)
