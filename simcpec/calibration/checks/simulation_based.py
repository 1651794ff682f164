"""Simulation-based calibration (Talts et al. 2018) and recovery, on worlds whose truth is known.

Truths are drawn from the prior and counts from the family that is fitted; the rank of the truth in its posterior is
then even. The posterior is the very one that weighs draws (`birth_posterior`), with the response and the dispersion of
the calibration. A fit that takes the counts as Poisson is the control, and must fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcpec.calibration.models.birth_posterior import Prior, births_given
from simcpec.calibration.models.mixed_poisson import Dispersion, drawn, level_variance
from simcpec.model.world import Floats

FITS, TRIES, BINS = 1000, 256, 10
LEVEL = 0.01  # at which ranks are called uneven
INSIDE = 90.0  # per cent of the intervals whose coverage is counted
SPANS = (4.0, 10.0, 20.0)  # years of the synthetic worlds
WORLDS = 40  # of each length


@dataclass(frozen=True, kw_only=True)
class Family:
    """The fitted family: P provinces over some years, one drift for all.

    response : (P, P) counts in q over the window per birth a year in p.
    """

    priors: Sequence[Prior]
    response: Floats
    clusters: Floats
    persistence: float
    innovation: float
    years: float

    @property
    def dispersions(self) -> list[Dispersion]:
        """Dispersion of each province."""
        level = level_variance(self.persistence, self.innovation, 4.0 * self.years)
        return [Dispersion(c, level) for c in self.clusters.tolist()]

    def over(self, years: float) -> Family:
        """The family over another length of time."""
        return replace(self, years=years, response=self.response * years / self.years)


@dataclass(frozen=True, kw_only=True)
class RankCheck:
    """ranks : (fits, P) of truths among their posteriors, in [0, 1].      p : of a chi-square test of evenness.

    coverage : per cent of intervals of `INSIDE` per cent that hold the truth.
    """

    ranks: Floats
    p: float
    coverage: float

    @property
    def passes(self) -> bool:
        """Whether the ranks are even at `LEVEL`."""
        return self.p >= LEVEL


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """How well births are found again in worlds of some years; errors and widths are of the logarithm."""

    years: float
    error: float  # root mean square of posterior mean less truth
    width: float  # mean posterior deviation
    coverage: float  # per cent of intervals of `INSIDE` per cent


def rank_check(family: Family, *, seed: int, fits: int = FITS, planted: bool = False) -> RankCheck:
    """Ranks of truths drawn from the prior. planted : the fit takes counts as Poisson, an error that must be found."""
    from scipy.stats import chisquare

    random = np.random.default_rng([seed, 21])
    assumed = [Dispersion(1.0, 0.0)] * len(family.priors) if planted else family.dispersions
    ranks = np.zeros((fits, len(family.priors)))
    for k in range(fits):
        truth = np.array([float(prior.drawn(1, random)[0]) for prior in family.priors])
        counts = _counts(truth, family, random)
        found = births_given(counts, family.response, family.priors, assumed, random.random((TRIES, len(truth))))
        weights = _normal(found.log_weights)
        ranks[k] = np.minimum(weights @ (found.births < truth), 1.0)
    observed = np.histogram(ranks, bins=np.linspace(0.0, 1.0, BINS + 1))[0]
    outside = (100.0 - INSIDE) / 200.0
    inside = np.mean((ranks >= outside) & (ranks <= 1.0 - outside))
    return RankCheck(ranks=ranks, p=float(chisquare(observed).pvalue), coverage=100.0 * float(inside))


def recoveries(family: Family, truth: Floats, *, seed: int) -> tuple[Recovery, ...]:
    """Births that are known, found again from counts of 4, 10 and 20 years; only provinces that are usually hit."""
    hit = np.flatnonzero(truth * np.diag(family.response) >= 1.0)
    return tuple(_recovered(family.over(years), truth, hit, np.random.default_rng([seed, 22])) for years in SPANS)


def _recovered(family: Family, truth: Floats, hit: np.ndarray, random: np.random.Generator) -> Recovery:
    outside = (100.0 - INSIDE) / 200.0
    errors, widths, inside = [], [], []
    for _ in range(WORLDS):
        counts = _counts(truth, family, random)
        uniforms = random.random((TRIES, len(truth)))
        found = births_given(counts, family.response, family.priors, family.dispersions, uniforms)
        weights, logs = _normal(found.log_weights), np.log(found.births)
        mean = weights @ logs
        errors.append((mean - np.log(truth))[hit])
        widths.append(np.sqrt(weights @ (logs - mean) ** 2)[hit])
        rank = (weights @ (found.births < truth))[hit]
        inside.append((rank >= outside) & (rank <= 1.0 - outside))
    return Recovery(
        years=family.years, error=float(np.sqrt(np.mean(np.square(errors)))), width=float(np.mean(widths)),
        coverage=100.0 * float(np.mean(inside)),
    )  # fmt: skip


def _counts(births: Floats, family: Family, random: np.random.Generator) -> np.ndarray:
    means = births @ family.response
    return np.array([int(drawn(np.array(m), law, random)) for m, law in zip(means, family.dispersions, strict=True)])


def _normal(log_weights: Floats) -> Floats:
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())
