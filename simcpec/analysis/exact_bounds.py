"""What can still be said where no value differed from another, and where a handful of them carries a mean.

A spread of 0 in n replications is no certainty. If a replication differs from the others with probability p, none of n
does with probability (1 - p)**n; the p at which that is 5 % is the exact upper 95 % bound, about 3 / n (the "rule of
three"). Of events the mean itself has exact limits, of a single replication too: those of Garwood (1936) for a Poisson
count, and -ln(0.05) events in all for none. They are exact for Poisson counts and too narrow where events cluster.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simcpec.catalogue.checks import poisson_interval
from simcpec.model.world import Floats

CONFIDENCE = 0.95
#: effective number of replications below which a mean is said to be carried by a handful; see `verification.coverage`
HANDFUL = 20.0


@dataclass(frozen=True, kw_only=True)
class Nature:
    """What is known of values beforehand.

    fixed : chance has no part in them (a budget that is spent as planned), so that equal values are certain.
    event : what one event adds to the value of a replication, where values count events; else None.
    ratio : whether they are linearised ratios, of which none carries the mean by its size.
    twins : whether each is the average of a pair of antithetic twins.
    """

    fixed: bool = False
    event: float | None = None
    ratio: bool = False
    twins: bool = False


PLAIN = Nature()


def counted(n: int, *, twins: bool) -> str:
    """``400 replications``, or pairs of them: what `n` counts."""
    return f"{n:,} {'pairs of antithetic twins' if twins else 'replications'}"


def differs_below(n: int) -> float:
    """Exact upper 95 % bound of the probability that a value differs, where none of `n` did."""
    return float(1.0 - (1.0 - CONFIDENCE) ** (1.0 / n))


def count_limits(mean: float, event: float, n: int) -> tuple[float, float]:
    """Exact 95 % limits of the mean of `n` values that count events, each of them worth `event`; low is 0 for none."""
    if mean == 0.0:
        return 0.0, -math.log(1.0 - CONFIDENCE) * event / n
    low, high = poisson_interval(mean * n / event, CONFIDENCE)
    return low * event / n, high * event / n


def carrying(values: Floats) -> float | None:
    """Effective number of values that carry their sum, (sum |x|)**2 / sum x**2 (Kish 1965); None where all are 0.

    n where all are equally large, 1 where a single one is not 0.
    """
    size = np.abs(values)
    squares = math.fsum((size**2).ravel())
    return math.fsum(size.ravel()) ** 2 / squares if squares > 0.0 else None


def carried(values: Floats, nature: Nature) -> float | None:
    """`carrying`, where values carry their mean by their size."""
    return None if nature.ratio else carrying(values)


def handful(carried_by: float | None, n: int) -> bool:
    """Return whether so few of `n` values carry a mean that its half-width is not to be trusted."""
    return carried_by is not None and carried_by < min(HANDFUL, n / 2)
