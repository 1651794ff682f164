"""What each instrument contributes where instruments overlap: the Shapley average over all orders of adding them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.model.world import Floats

EXACT_AT_MOST = 16  # instruments whose every subset is taken
Worth = Callable[[int], float]  # of a subset, one bit an instrument


@dataclass(frozen=True, kw_only=True)
class Shapley:
    """Contributions (I,) that add up to `whole` = worth of all - worth of none.

    standard_error : (I,) of the sampled orders; zeros where every order was taken.      orders : how many were sampled;
    None: all of them.
    """

    contributions: Floats
    standard_error: Floats
    whole: float
    orders: int | None


def shapley(count: int, worth: Worth) -> Shapley:
    """Return exact contributions of `count` instruments from the worth of each of the 2^count subsets.

    Raises ValueError for more than `EXACT_AT_MOST` of them.
    """
    if not 0 <= count <= EXACT_AT_MOST:
        raise ValueError(f"{count} instruments; allowed: at most {EXACT_AT_MOST}, or `sampled_shapley`")
    worths = [worth(subset) for subset in range(1 << count)]
    weights = [1.0 / (count * math.comb(count - 1, size)) for size in range(count)]
    found = [
        math.fsum(
            weights[subset.bit_count()] * (worths[subset | 1 << i] - worths[subset])
            for subset in range(1 << count)
            if not subset >> i & 1
        )
        for i in range(count)
    ]
    return Shapley(
        contributions=np.array(found), standard_error=np.zeros(count), whole=worths[-1] - worths[0], orders=None
    )


def orders_of(count: int, orders: int, *, seed: int = 0) -> list[list[int]]:
    """Return orders of adding instruments: random ones, each followed by its reverse."""
    generator = np.random.default_rng([seed, count])
    firsts = [generator.permutation(count).tolist() for _ in range((orders + 1) // 2)]
    return [order for first in firsts for order in (first, first[::-1])][:orders]


def sampled_shapley(orders: Sequence[Sequence[int]], worth: Worth) -> Shapley:
    """Return contributions averaged over some orders; they add up to the whole whatever orders these are.

    orders : as `orders_of` gives them; an order and its reverse count as one value of the standard error.
    """
    steps = np.array([_steps(order, worth) for order in orders])
    count = steps.shape[1]
    pairs = (steps[0::2] + steps[1::2]) / 2.0 if len(steps) % 2 == 0 else steps
    error = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)) if len(pairs) > 1 else np.full(count, np.inf)
    return Shapley(
        contributions=steps.mean(axis=0), standard_error=error, whole=worth((1 << count) - 1) - worth(0),
        orders=len(steps),
    )  # fmt: skip


def subsets_of(orders: Sequence[Sequence[int]]) -> list[int]:
    """Return every subset that `sampled_shapley` asks for with these orders, the smallest first: what to simulate."""
    found = {0}
    for order in orders:
        subset = 0
        for i in order:
            subset |= 1 << i
            found.add(subset)
    return sorted(found, key=lambda subset: (subset.bit_count(), subset))


def orders_within(count: int, subsets: Collection[int], *, most: int = 200) -> list[list[int]]:
    """Return orders of adding all instruments whose every subset is among those given, at most `most` of them."""
    found: list[list[int]] = []
    leading: set[int] = set()  # subsets from which all instruments can be reached: no search ends in vain
    for subset in sorted(subsets, key=int.bit_count, reverse=True):
        if subset == (1 << count) - 1 or any(subset | 1 << i in leading for i in range(count) if not subset >> i & 1):
            leading.add(subset)

    def go_on(subset: int, order: list[int]) -> None:
        if len(found) >= most:
            return
        if len(order) == count:
            found.append(order)
        for i in range(count):
            if not subset >> i & 1 and subset | 1 << i in leading:
                go_on(subset | 1 << i, [*order, i])

    if 0 in leading:
        go_on(0, [])
    return found


def _steps(order: Sequence[int], worth: Worth) -> list[float]:
    """(I,) what each instrument adds to those before it in an order."""
    subset, found = 0, [0.0] * len(order)
    for i in order:
        found[i] = worth(subset | 1 << i) - worth(subset)
        subset |= 1 << i
    return found
