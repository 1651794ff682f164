"""How many times fewer replications an estimator needs than plain runs: ratios of variances with their own interval.

The half-width of a mean shrinks with the root of the replications, so that the ratio of the variances of one
replication is the ratio of the replications that both need for the same half-width. That ratio is itself an estimate;
its interval is by the delta method on its logarithm, and wide where few replications differ at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.analysis.estimates import student
from simcpec.model.world import Floats


@dataclass(frozen=True, kw_only=True)
class VarianceRatio:
    """`ratio` times fewer replications, with the 95 % interval of that ratio; fields are None where nothing varies."""

    ratio: float | None
    low: float | None
    high: float | None


NONE = VarianceRatio(ratio=None, low=None, high=None)


def gain(
    plain: Sequence[Floats], reduced: Sequence[Floats], *, plays: float = 1.0, together: bool = True
) -> VarianceRatio:
    """Sum of the variances of `plain` over `plays` x that of `reduced`.

    plain, reduced : values (D, R), variances within draws, pooled; a difference of independent runs is ``[a, b]``, a
    paired one ``[a - b]``.      plays : replications behind one value of `reduced`, 2 for the mean of twins.
    together : whether both stand on the same replications, so that the errors of their variances are correlated.
    Values that are nan (nothing to divide by), or fewer than two replications, give a gain of None.
    """
    if any(np.isnan(values).any() or values.shape[1] < 2 for values in (*plain, *reduced)):
        return NONE
    above, below = _squares(plain), _squares(reduced)
    of_plain, of_reduced = _variance(above), plays * _variance(below)
    if not (of_plain > 0.0 and of_reduced > 0.0):
        return NONE
    if together:
        error = _standard_error(above / above.mean() - below / below.mean())
    else:
        error = math.hypot(_standard_error(above / above.mean()), _standard_error(below / below.mean()))
    ratio, reach = of_plain / of_reduced, math.exp(student(below.shape[0] * (below.shape[1] - 1)) * error)
    return VarianceRatio(ratio=ratio, low=ratio / reach, high=ratio * reach)


def _squares(parts: Sequence[Floats]) -> Floats:
    """(D, R) squared deviations from the mean of the draw, summed over parts that share an index."""
    return np.asarray(sum((part - part.mean(axis=1, keepdims=True)) ** 2 for part in parts), dtype=np.float64)


def _variance(squares: Floats) -> float:
    draws, replications = squares.shape
    return float(math.fsum(squares.ravel()) / (draws * (replications - 1)))


def _standard_error(values: Floats) -> float:
    """Of the mean of values (D, R), with the draws held."""
    return math.sqrt(_variance(_squares([values])) / values.size)
