"""The likelihood of persons killed and injured in a number of attacks: compound laws, summed exactly.

Of n attacks B are breaches, each with the same chance. A breach kills by the law of the world and injures a negative
binomial number given the dead; both totals together have the B-fold convolution of their joint law. Local deaths are
Poisson given B and the dead. A discrepancy of the log of the mean is averaged over by Gauss and Hermite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.model.expected_severity import probabilities
from simcpec.model.world import Floats, Harm

NODES = 5  # of the discrepancy
HIGHEST = 400  # persons, for the moments of a law with a long tail


@dataclass(frozen=True, kw_only=True)
class HarmCounts:
    """Totals of a window."""

    attacks: int
    killed: int
    injured: int
    local_killed: int


@dataclass(frozen=True, kw_only=True)
class HarmLaw:
    """What a breach and a stopped attack do in one state of the world.

    breach : chance that an attack is a breach.      cells : (M, C, S) shares of breaches.
    at_risk : share of casualties that no layer avoids, on average.
    """

    harm: Harm
    breach: float
    cells: Floats
    at_risk: float = 1.0

    def killed(self, most: int, shift: float) -> Floats:
        """Chance of 0 ... most killed in one breach, over all cells."""
        scaled = shift + float(np.log(self.at_risk))
        return np.asarray(np.tensordot(self.cells, probabilities(self.harm, most, shift=scaled), axes=3))


def log_likelihood(law: HarmLaw, counts: HarmCounts, discrepancy: float) -> float:
    """Log probability of the totals."""
    nodes, weights = _nodes(discrepancy)
    found = [w * _likelihood(law, counts, shift) for shift, w in zip(nodes, weights, strict=True)]
    return float(np.log(max(sum(found), 1e-300)))


def _likelihood(law: HarmLaw, counts: HarmCounts, shift: float) -> float:
    from scipy.stats import binom, poisson

    chance = binom.pmf(np.arange(counts.attacks + 1), counts.attacks, law.breach)
    one = joint(law, counts.killed, counts.injured, shift)
    both = np.zeros_like(one)
    both[0, 0] = 1.0
    found = 0.0
    for breaches in range(counts.attacks + 1):
        mean = local_mean(law, counts.attacks, breaches, counts.killed, shift)
        found += chance[breaches] * both[-1, -1] * poisson.pmf(counts.local_killed, mean)
        both = _convolved(both, one)
    return float(found)


def local_mean(law: HarmLaw, attacks: int, breaches: int, killed: float, shift: float) -> float:
    """Mean local deaths of attacks of which some are breaches, given the foreign nationals killed."""
    harm = law.harm
    stopped = attacks - breaches
    base = harm.local_base * breaches * np.exp(shift)
    return float(base + harm.local_per_death * killed + harm.guards_when_stopped * stopped)


def joint(law: HarmLaw, killed: int, injured: int, shift: float) -> Floats:
    """(killed + 1, injured + 1) chance of both in one breach."""
    from scipy.special import gammaln, xlogy

    harm, hurt = law.harm, np.arange(injured + 1, dtype=np.float64)
    mean = (harm.injured_base * np.exp(shift) + harm.injured_per_death * np.arange(killed + 1.0))[:, None]
    size = min(harm.injured_size, 1e9)
    chance = gammaln(hurt + size) - gammaln(size) - gammaln(hurt + 1.0)
    chance = chance + size * np.log(size / (size + mean)) + xlogy(hurt, mean / (size + mean))
    return np.asarray(law.killed(killed, shift)[:, None] * np.exp(chance))


def drawn(law: HarmLaw, attacks: int, discrepancy: float, random: np.random.Generator) -> tuple[int, int, int]:
    """Killed, injured and local killed in so many attacks."""
    shift = discrepancy * random.standard_normal()
    breaches = int(random.binomial(attacks, law.breach))
    chance = np.maximum(law.killed(HIGHEST, shift), 0.0)
    dead = random.choice(HIGHEST + 1, size=breaches, p=chance / chance.sum())
    mean = law.harm.injured_base * np.exp(shift) + law.harm.injured_per_death * dead
    size = min(law.harm.injured_size, 1e9)
    hurt = random.poisson(random.gamma(size, np.maximum(mean, 1e-300) / size))
    local = random.poisson(local_mean(law, attacks, breaches, float(dead.sum()), shift))
    return int(dead.sum()), int(hurt.sum()), int(local)


def _nodes(discrepancy: float) -> tuple[Floats, Floats]:
    if discrepancy == 0.0:
        return np.zeros(1), np.ones(1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes * discrepancy, weights / weights.sum()


def _convolved(one: Floats, two: Floats) -> Floats:
    """The law of the sum of two pairs of numbers, as far as the table goes."""
    shape = tuple(2 * length for length in one.shape)
    product = np.fft.rfft2(one, shape) * np.fft.rfft2(two, shape)
    return np.maximum(np.fft.irfft2(product, shape)[: one.shape[0], : one.shape[1]], 0.0)
