"""What one breach does on average: the means of deaths and of injuries, summed exactly, nothing simulated.

The casualties of a breach are drawn from their law whatever came before, and each is avoided for itself with a
probability that is known when the attack begins. So engines add up, attack by attack,

    P(breach) x share at risk x mean of the law for this mode, cohort and setting

and the sum has the mean of the casualties themselves, also where attacks cause further attacks: at every attack the
next term of (casualties - that product) has mean zero given all that has happened.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from simcpec.model.modes import DISCRETE_POWER, EMPIRICAL, HARMLESS, HURDLE, LOGNORMAL, SPLICED
from simcpec.model.world import INF, Floats, Harm
from simcpec.numerics.special_functions import exp

FIRST, LARGEST = 1_000, 1_000_000  # terms of the first part of a sum, and of the largest
MOST = 10_000_000  # persons: the largest cap of a scenario; a law without a cap is summed up to it
NEGLIGIBLE = 1e-17  # of a sum: what is left out at its end

Survival = Callable[[Floats], Floats]  # n = 1, 2, ... -> P(at least n killed)


def unmitigated(harm: Harm) -> Floats:
    """(M, C, S, 2) mean deaths and mean injuries of foreign nationals in one breach that nothing mitigates, persons.

    Of a whole number the mean is the sum of P(at least n) over n = 1, 2, ..., up to the cap; see `rules.harm.deaths`.
    """
    modes = zip(harm.mode_log_deaths.tolist(), harm.mode_spared.tolist(), strict=True)
    present = harm.present.tolist()
    return np.array([
        [[_means(_law(harm, shift, persons), spared) for persons in row] for row in present]
        for shift, spared in modes
    ])  # fmt: skip


def probabilities(harm: Harm, most: int, *, shift: float = 0.0) -> Floats:
    """(M, C, S, most + 1) chance that one breach that nothing mitigates kills 0 ... most foreign nationals.

    shift : added to the log of the number killed, beside that of the mode.
    """
    numbers = np.arange(most + 1, dtype=np.float64)
    modes = zip(harm.mode_log_deaths.tolist(), harm.mode_spared.tolist(), strict=True)
    present = harm.present.tolist()
    return np.array([
        [[_chances(_law(harm, own + shift, persons), spared, numbers) for persons in row] for row in present]
        for own, spared in modes
    ])  # fmt: skip


def _chances(law: _Law, spared: float, numbers: Floats) -> Floats:
    """Chance of each of the numbers 0, 1, ..., of which none is above the cap."""
    at_least = np.concatenate([[1.0], np.where(numbers < law.cap, _survival(law)(numbers + 1.0), 0.0)])
    shares = (1.0 - spared) * -np.diff(at_least)
    shares[0] += spared
    return np.asarray(shares)


class _Law(NamedTuple):
    """The numbers of a law of casualties: those of the harm of a world, the shift of a mode, and who is present."""

    severity: int
    zero: float
    mu: float
    sigma: float
    start: float
    shift: float
    cap: int
    table: tuple[tuple[float, float], ...]
    injured_base: float
    injured_per_death: float
    injured_size: float
    present: float


def _law(harm: Harm, shift: float, present: float) -> _Law:
    return _Law(
        severity=harm.severity, zero=harm.zero, mu=harm.mu, sigma=harm.sigma, start=harm.start, shift=shift,
        cap=int(min(harm.cap, present, MOST)), table=tuple((float(n), float(upto)) for n, upto in harm.table),
        injured_base=harm.injured_base, injured_per_death=harm.injured_per_death, injured_size=harm.injured_size,
        present=present,
    )  # fmt: skip


@lru_cache(maxsize=512)
def _means(law: _Law, spared: float) -> tuple[float, float]:
    """Mean deaths and injuries, where a share of breaches kills nobody whatever the law says."""
    deaths = (1.0 - spared) * _deaths(law)
    if law.present == INF:
        return deaths, law.injured_base + law.injured_per_death * deaths
    dead = np.arange(law.cap + 1, dtype=np.float64)
    at_least = np.concatenate([[1.0], _survival(law)(dead[1:]), [0.0]])
    shares = (1.0 - spared) * -np.diff(at_least)
    shares[0] += spared
    hurt = _injured_within(law.injured_base + law.injured_per_death * dead, law.injured_size, law.present - dead)
    return deaths, math.fsum(shares * hurt)


def _deaths(law: _Law) -> float:
    """Sum of P(at least n killed) over n = 1 ... cap."""
    if law.severity == HARMLESS:
        return 0.0
    survival, sums, first, length = _survival(law), [], 1, FIRST
    while first <= law.cap:
        end = min(first + length, law.cap + 1)
        part = survival(np.arange(first, end, dtype=np.float64))
        sums.append(float(part.sum()))
        if part[-1] * (law.cap + 1 - end) <= NEGLIGIBLE * sums[0]:
            break
        first, length = end, min(2 * length, LARGEST)
    return math.fsum(sums)


def _survival(law: _Law) -> Survival:
    """Chance that at least n are killed, for n up to the cap."""
    factor = math.exp(law.shift)
    if law.severity == HARMLESS:
        return np.zeros_like
    if law.severity == EMPIRICAL:
        return _tabulated(law, factor)
    if law.severity == LOGNORMAL:
        return _lognormal(law.mu + law.shift, law.sigma)
    if law.severity == HURDLE:  # one more than the lognormal
        rest = _lognormal(law.mu + law.shift, law.sigma)
        return lambda n: (1.0 - law.zero) * np.where(n <= 1.0, 1.0, rest(np.maximum(n - 1.0, 1.0)))
    if law.severity == SPLICED:
        ratio, tail = law.mu * factor / (1.0 + law.mu * factor), _pareto(law.sigma, law.start * factor)
        return lambda n: law.zero * tail(n) + (1.0 - law.zero) * ratio**n
    if law.severity == DISCRETE_POWER:
        whole = _zeta(law.mu, max(1.0, math.floor(law.start * exp(law.shift))))
    else:
        whole = _pareto(law.mu, law.start * factor)
    return lambda n: (1.0 - law.zero) * whole(n)


def _tabulated(law: _Law, factor: float) -> Survival:
    sizes = np.floor([n * factor for n, _ in law.table])
    before = np.array([0.0, *(upto for _, upto in law.table[:-1])])
    shares = np.diff(before, append=1.0)
    return lambda n: np.asarray((shares * (sizes >= n[:, None])).sum(axis=1), dtype=np.float64)


def _lognormal(mu: float, sigma: float) -> Survival:
    from scipy.special import ndtr

    if sigma == 0.0:
        return lambda n: np.where(n <= math.exp(mu), 1.0, 0.0)
    return lambda n: np.asarray(ndtr((mu - np.log(n)) / sigma), dtype=np.float64)


def _pareto(alpha: float, start: float) -> Survival:
    return lambda n: np.minimum(1.0, (n / start) ** (1.0 - alpha))


def _zeta(alpha: float, start: float) -> Survival:
    """P(N >= n) where P(n) ~ n^-alpha from `start` on: a ratio of two zeta functions of Hurwitz."""
    from scipy.special import zeta

    return lambda n: np.asarray(zeta(alpha, np.maximum(n, start)) / zeta(alpha, start), dtype=np.float64)


def _injured_within(mean: Floats, size: float, room: Floats) -> Floats:
    """Mean of the smaller of a negative binomial and a whole number: mean F'(room - 1) + room (1 - F(room)).

    F is the distribution function at this size, F' the one at size + 1; at an infinite size both are that of Poisson.
    """
    from scipy.special import betainc, gammaincc

    below, some = np.maximum(room - 1.0, 0.0), np.maximum(mean, 1e-300)
    if size > 1e15 * float(mean.max()):
        less, upto = gammaincc(below + 1.0, some), gammaincc(room + 1.0, some)
    else:
        chance = size / (size + mean)
        less, upto = betainc(size + 1.0, below + 1.0, chance), betainc(size, room + 1.0, chance)
    return np.where((room > 0.0) & (mean > 0.0), mean * less + room * (1.0 - upto), 0.0)
