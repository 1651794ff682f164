"""Known laws of a plot between its birth and its fate: preparation, lapse, detection, trust."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def preparation(law: str, mean: float, shape: float = 1.0) -> Any:
    """A `scipy.stats` law of a duration by its mean and shape (of a lognormal: the deviation of the log)."""
    from scipy import special, stats

    if law == "gamma":
        return stats.gamma(shape, scale=mean / shape)
    if law == "weibull":
        return stats.weibull_min(shape, scale=mean / special.gamma(1.0 + 1.0 / shape))
    if law == "lognormal":
        return stats.lognorm(shape, scale=mean * np.exp(-0.5 * shape**2))
    return stats.expon(scale=mean)


def transform(law: Any, rate: float) -> float:
    """E exp(-rate X): the probability that X ends before an exponential clock of that rate (Cox 1962, ch. 1)."""
    from scipy.integrate import quad

    if rate == 0.0:
        return 1.0
    value, _ = quad(lambda u: np.exp(-rate * law.ppf(u)), 0.0, 1.0, limit=500, epsabs=1e-12)
    return float(value)


def carried_out(law: Any, lapse: float, found: float, work: float) -> float:
    """Share of plots that become attacks: the preparation X ends before a lapse, and before being found and worked on.

    Hazards `lapse`, `found`, and then exponential work with mean `work` days that always foils:
    (g E exp(-(lapse + found) X) - found E exp(-(lapse + g) X)) / (g - found),  g = 1 / work: the survival of a sum of
    two exponentials, integrated over X (competing risks: Cox and Oakes 1984, ch. 9).
    """
    g = 1.0 / work
    return (g * transform(law, lapse + found) - found * transform(law, lapse + g)) / (g - found)


def held_shares(law: Any, lapse: float, found: float, success: float) -> Floats:
    """(3,) shares of plots that attack, lapse, and are foiled, where a found plot stands still until it is dealt with.

    On its own clock a plot meets finds that foil it at found x success, a thinned Poisson stream, whatever the work and
    the queue: attacks E exp(-(lapse + found success) X), the rest in proportion to the two hazards (competing risks:
    Cox and Oakes 1984, ch. 9).
    """
    foils = found * success
    attacks = transform(law, lapse + foils)
    return np.array([attacks, *((1.0 - attacks) * hazard / (lapse + foils) for hazard in (lapse, foils))])


FATES = ("hidden", "known", "attack", "lapsed", "foiled")


def fates(prepare: float, lapse: float, found: float, work: float, success: float, days: float) -> Floats:
    """(5,) probabilities of `FATES` after `days`, all clocks exponential: the chain's matrix exponential.

    hidden -> known at `found`; known -> foiled at success / work, -> hidden at (1 - success) / work; both -> attack at
    1 / prepare and -> lapsed at `lapse` (competing risks: Cox and Miller 1965, ch. 4).
    """
    from scipy.linalg import expm

    rates = np.zeros((5, 5))
    rates[0, 1] = found
    rates[1, 4], rates[1, 0] = success / work, (1.0 - success) / work
    rates[:2, 2], rates[:2, 3] = 1.0 / prepare, lapse
    rates -= np.diag(rates.sum(axis=1))
    return np.asarray(expm(rates * days)[0])


def proportional_share(rate: float, mean: float) -> float:
    """Share found where detection is proportional to the hazard of the preparation, whatever its law: a / (1 + a).

    `rate` per mean preparation, a = rate x mean; proportional cause-specific hazards (Cox and Oakes 1984, ch. 9).
    """
    return rate * mean / (1.0 + rate * mean)


def undetected(tips: float, losses: float, loss: float, recovery: float, days: float, *, first: float = 0.0) -> float:
    """Probability that a plot of `days` is not found by tips that trust carries, trust being 1 less shot noise.

    Each of Poisson(`losses` a day, from day `first` on) mistakes costs `loss`, forgotten at 1 / recovery; trust starts
    at 1. P = exp(-tips T) E exp(tips x area of the noise)
      = exp(-tips T + losses x integral over s of exp(tips loss recovery (1 - exp(-(T - s) / recovery))) - 1)
    (Laplace functional of a Poisson process: Kingman 1993, 3.2). Exact while trust stays above 0.
    """
    from scipy.integrate import quad

    def raised(left: float) -> float:
        return float(np.expm1(tips * loss * recovery * -np.expm1(-left / recovery)))

    noise, _ = quad(raised, 0.0, max(0.0, days - first), epsabs=1e-12)
    return float(np.exp(-tips * days + losses * noise))
