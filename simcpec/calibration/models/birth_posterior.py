"""Births of plots given counts of attacks: a gamma prior, a response matrix, and mixed Poisson counts.

The mean count of a province is linear in the births of all, m_q = sum_p b_p R_pq, where R is what one birth a year
brings over the window. Counts that scatter more than Poisson weigh less: n attacks of a variance over the mean D carry
the weight of about n / D. With one province and Poisson counts the posterior is the gamma law with shape a + n.

Births are drawn province by province on a grid of their logarithm, as if what comes from other provinces were known,
and weighted by what that leaves out. Prior and likelihood of the weight are exact: it only costs efficiency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.calibration.models.mixed_poisson import Dispersion, log_probability
from simcpec.model.world import Floats, Ints

LOWEST, HIGHEST, CELLS = 1e-6, 1e3, 240  # births a year
_EDGES = np.linspace(np.log(LOWEST), np.log(HIGHEST), CELLS + 1)
_WIDTH = float(_EDGES[1] - _EDGES[0])


@dataclass(frozen=True)
class GammaPrior:
    """A gamma law of births a year."""

    mean: float
    shape: float

    def log_density(self, log_births: Floats) -> Floats:
        """Log density of the logarithm of births."""
        from scipy.special import gammaln

        rate = self.shape / self.mean
        kernel = self.shape * log_births - rate * np.exp(log_births)
        return np.asarray(kernel + self.shape * np.log(rate) - gammaln(self.shape))

    def drawn(self, count: int, random: np.random.Generator) -> Floats:
        """Births a year."""
        return np.asarray(random.gamma(self.shape, self.mean / self.shape, count))


@dataclass(frozen=True)
class LognormalPrior:
    """A lognormal law of births a year."""

    mu: float
    sigma: float

    def log_density(self, log_births: Floats) -> Floats:
        """Log density of the logarithm of births."""
        z = (log_births - self.mu) / self.sigma
        return np.asarray(-0.5 * z * z - np.log(self.sigma * np.sqrt(2.0 * np.pi)))

    def drawn(self, count: int, random: np.random.Generator) -> Floats:
        """Births a year."""
        return np.asarray(np.exp(self.mu + self.sigma * random.standard_normal(count)))


Prior = GammaPrior | LognormalPrior


@dataclass(frozen=True)
class BirthDraws:
    """births : (K, P) a year.      log_weights : (K,) prior x likelihood over the density that they were drawn from.

    expected : (K, P) mean counts at these births.
    """

    births: Floats
    log_weights: Floats
    expected: Floats


def births_given(
    counts: Ints, response: Floats, priors: Sequence[Prior], dispersions: Sequence[Dispersion], uniforms: Floats
) -> BirthDraws:
    """Births drawn with the uniforms (K, P) given counts (P,) and the response (P, P) of counts q to births p."""
    provinces = len(counts)
    middles = (_EDGES[1:] + _EDGES[:-1]) / 2.0
    spill = np.zeros(provinces)
    proposals = np.zeros((provinces, CELLS))
    for _ in range(2):  # what comes from other provinces is small: once at nothing, once at the means that this gives
        for p in range(provinces):
            means = np.exp(middles) * response[p, p] + spill[p]
            fit = log_probability(int(counts[p]), means, dispersions[p].clusters, dispersions[p].level)
            proposals[p] = priors[p].log_density(middles) + fit
        proposals -= proposals.max(axis=1, keepdims=True)
        chance = np.exp(proposals)
        births = (chance * np.exp(middles)).sum(axis=1) / chance.sum(axis=1)
        spill = births @ response - births * np.diag(response)
    chance = np.maximum(chance / chance.sum(axis=1, keepdims=True), 1e-300)
    log_births, log_density = _inverted(chance, uniforms)
    found = np.exp(log_births)
    expected = found @ response
    clusters = np.array([each.clusters for each in dispersions])
    level = np.array([each.level for each in dispersions])
    fit = log_probability(counts, expected, clusters, level).sum(axis=1)
    prior = sum(priors[p].log_density(log_births[:, p]) for p in range(provinces))
    return BirthDraws(found, np.asarray(fit + prior - log_density.sum(axis=1)), expected)


def _inverted(chance: Floats, uniforms: Floats) -> tuple[Floats, Floats]:
    """Log births (K, P) at these uniforms of laws that are even within a cell, and the logs of their densities."""
    found, density = np.zeros_like(uniforms), np.zeros_like(uniforms)
    for p, row in enumerate(chance):
        upto = np.concatenate([[0.0], np.cumsum(row)])
        upto /= upto[-1]
        cell = np.clip(np.searchsorted(upto, uniforms[:, p], side="right") - 1, 0, CELLS - 1)
        inside = (uniforms[:, p] - upto[cell]) / np.maximum(upto[cell + 1] - upto[cell], 1e-300)
        found[:, p] = _EDGES[cell] + np.clip(inside, 0.0, 1.0) * _WIDTH
        density[:, p] = np.log(np.maximum(upto[cell + 1] - upto[cell], 1e-300) / _WIDTH)
    return found, density
