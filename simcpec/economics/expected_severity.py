"""What one breach does on average: the mean of the law of deaths and of injuries, summed exactly, nothing played.

The deaths of a breach are drawn from their law whatever came before. So `breaches x mean` has the mean of the deaths
themselves, and so has `probabilities of a breach, added up, x mean`, also where attacks cause further attacks: at every
attack the next term of (deaths - probability x mean) has mean zero given all that has happened.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from simcpec.model.modes import EMPIRICAL, HARMLESS, HURDLE, LOGNORMAL, SPLICED
from simcpec.model.world import Floats, Harm

PART = 1_000_000  # terms of a sum at a time
MOST = 10_000_000  # persons: the largest cap of a scenario; a law without a cap is summed up to it

Survival = Callable[[Floats], Floats]


def per_breach(harm: Harm) -> Floats:
    """(2,) mean deaths and mean injuries of foreign nationals in one breach, persons.

    Of a whole number the mean is the sum of P(at least n) over n = 1, 2, ..., up to the cap; see `rules.harm.deaths`.
    """
    deaths = _deaths(harm)
    return np.array([deaths, harm.injured_base + harm.injured_per_death * deaths])


def _deaths(harm: Harm) -> float:
    if harm.severity == HARMLESS:
        return 0.0
    if harm.severity == EMPIRICAL:
        shares = np.diff(harm.table[:, 1], prepend=0.0)
        shares[-1] = 1.0 - math.fsum(shares[:-1])
        return math.fsum(np.floor(np.minimum(harm.table[:, 0], harm.cap)) * shares)
    cap = int(min(harm.cap, MOST))
    if harm.severity == LOGNORMAL:
        return _total(_lognormal(harm.mu, harm.sigma), cap)
    if harm.severity == HURDLE:  # one more than the lognormal, which may then reach the cap less one
        return (1.0 - harm.zero) * (min(cap, 1) + _total(_lognormal(harm.mu, harm.sigma), cap - 1))
    if harm.severity == SPLICED:
        ratio = harm.mu / (1.0 + harm.mu)
        body = ratio * (1.0 - ratio**cap) / (1.0 - ratio)
        return harm.zero * _total(_pareto(harm.sigma, harm.start), cap) + (1.0 - harm.zero) * body
    return (1.0 - harm.zero) * _total(_pareto(harm.mu, harm.start), cap)


def _total(survival: Survival, most: int) -> float:
    """Sum of P(at least n) over n = 1 ... most."""
    parts = (np.arange(first, min(first + PART, most + 1), dtype=np.float64) for first in range(1, most + 1, PART))
    return math.fsum(float(survival(part).sum()) for part in parts)


def _lognormal(mu: float, sigma: float) -> Survival:
    from scipy.special import ndtr

    if sigma == 0.0:
        return lambda n: np.where(n <= math.exp(mu), 1.0, 0.0)
    return lambda n: np.asarray(ndtr((mu - np.log(n)) / sigma), dtype=np.float64)


def _pareto(alpha: float, start: float) -> Survival:
    return lambda n: np.minimum(1.0, (n / start) ** (1.0 - alpha))
