"""Designs of experiments: which levels of which factors make the rows of a study.

A row has one coordinate for each factor: a whole number is the index of a level, a number in [0, 1) is a place in the
factor's range or a probability of its law, a text is the value itself, and None leaves the factor as the base scenario
has it. Random designs hang
on their own seed alone, and grow without moving a row that they have: a Sobol' sequence goes on, a Latin hypercube
fills the strata that its rows leave free, and elementary-effects trajectories are drawn one by one.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from simcpec.errors import UserError
from simcpec.model.world import Floats

Coordinate = int | float | str | None
Row = tuple[Coordinate, ...]

MOST_POINTS = 1_000_000  # rows of a design
DIGITS = 12  # decimals of a coordinate in [0, 1): what the last bits of a library would change is cut off
#: quantiles at which a factor with a law is moved by itself: 5 % to 95 % in equal steps, the median in the middle
QUANTILES = (0.05, 0.1625, 0.275, 0.3875, 0.5, 0.6125, 0.725, 0.8375, 0.95)
MEDIAN = 0.5
_MORRIS_LEVELS = 4  # of a factor with a range, in a trajectory (Morris 1991, section 4)


def grid_size(levels: Sequence[int]) -> int:
    """Return the number of combinations of so many levels of each factor."""
    return math.prod(levels)


def grid(levels: Sequence[int]) -> Iterator[Row]:
    """Every combination of the levels, the last factor moving fastest."""
    yield from itertools.product(*(range(count) for count in levels))


def one_at_a_time(levels: Sequence[int | None]) -> Iterator[Row]:
    """Every level of each factor, while the others stay as the base scenario has them, or at the median of their law.

    levels : of each factor; None for one with a range or a law, which is taken at the `QUANTILES`. Where there are such
    factors all of them at their medians come first, and two or more of them at both ends together come last.
    """
    still: Row = tuple(MEDIAN if count is None else None for count in levels)
    if MEDIAN in still:
        yield still
    for factor, count in enumerate(levels):
        for at in range(count) if count is not None else QUANTILES:
            if at != MEDIAN or count is not None:
                yield (*still[:factor], at, *still[factor + 1 :])
    if still.count(MEDIAN) > 1:
        for end in (QUANTILES[0], QUANTILES[-1]):
            yield tuple(end if at == MEDIAN else None for at in still)


def one_at_a_time_size(levels: Sequence[int | None]) -> int:
    """Return the number of rows of `one_at_a_time`."""
    laws = levels.count(None)
    ends = 2 if laws > 1 else 0
    return sum(count or 0 for count in levels) + laws * (len(QUANTILES) - 1) + (laws > 0) + ends


def sobol(factors: int, rows: int, *, seed: int) -> Floats:
    """(rows, factors) scrambled Sobol' points; more rows of one seed keep the first ones."""
    from scipy.stats import qmc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # numbers that are no powers of 2: the study file is told of it
        found = qmc.Sobol(factors, scramble=True, rng=np.random.default_rng(seed)).random(rows)
    return np.asarray(np.round(found, DIGITS) % 1.0)


def saltelli(factors: int, rows: int, *, seed: int) -> Floats:
    """(rows (factors + 2), factors) points for Sobol' indices; more rows of one seed keep the first ones.

    For each row of a Sobol' sequence of twice as many dimensions: its first half A, A with each column of its second
    half B in turn, and B (Saltelli et al. 2010).
    """
    both = sobol(2 * factors, rows, seed=seed)
    a, b = both[:, :factors], both[:, factors:]
    mixed = [np.where(np.arange(factors) == k, b, a) for k in range(factors)]
    return np.stack([a, *mixed, b], axis=1).reshape(-1, factors)


def latin_hypercube(factors: int, sizes: Sequence[int], *, seed: int) -> Floats:
    """(sizes[-1], factors) points of a nested Latin hypercube: the first sizes[k] rows are one of their own.

    sizes : ascending, each a multiple of the one before.  Raises UserError for others.
    """
    for small, large in itertools.pairwise(sizes):
        if large % small or large <= small:
            raise UserError(f"a Latin hypercube of {small} points grows to a multiple of them, not to {large}")
    random = np.random.default_rng(seed)
    found = np.zeros((0, factors))
    for size in sizes:
        columns = [_strata(found[:, k], size, random) for k in range(factors)]
        found = np.vstack([found, np.column_stack(columns)]) if factors else np.zeros((size, 0))
    return np.minimum(np.round(found, DIGITS), 1.0 - 10.0**-DIGITS)


def _strata(taken: Floats, size: int, random: np.random.Generator) -> Floats:
    """One point in each of `size` equal strata that holds none of the `taken` ones, in random order."""
    free = np.setdiff1d(np.arange(size), np.floor(taken * size).astype(np.int64))
    return np.asarray((random.permutation(free) + random.random(len(free))) / size)


def trajectories(levels: Sequence[int | None], count: int, *, seed: int) -> Iterator[Row]:
    """Elementary-effects trajectories (Morris 1991): in each one a start, then every factor moved once, in any order.

    levels : of each factor; None for one with a range, which is taken at the middles of four equal parts.
    Trajectory t hangs on the seed and t alone, so that more of them keep the first ones.
    """
    for number in range(count):
        random = np.random.default_rng([seed, number])
        sizes = [_MORRIS_LEVELS if size is None else size for size in levels]
        at = [int(random.integers(size)) for size in sizes]
        yield _placed(at, levels)
        for factor in random.permutation(len(levels)).tolist():
            step = max(1, sizes[factor] // 2)
            up, down = at[factor] + step < sizes[factor], at[factor] - step >= 0
            at[factor] += step if up and (not down or random.random() < 0.5) else -step
            yield _placed(at, levels)


def _placed(at: Sequence[int], levels: Sequence[int | None]) -> Row:
    """Indices of levels, and for a factor with a range the middle of its part."""
    return tuple(
        (index + 0.5) / _MORRIS_LEVELS if size is None else index for index, size in zip(at, levels, strict=True)
    )


def rows_of(cube: Floats, levels: Sequence[int | None]) -> Iterator[Row]:
    """Rows from places in the unit cube: a factor with levels takes the one in whose equal part the place lies."""
    for row in cube.tolist():
        yield tuple(
            place if size is None else min(int(place * size), size - 1) for place, size in zip(row, levels, strict=True)
        )
