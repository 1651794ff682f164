"""Sums that take any number of replications in a room that does not grow: co-moments, and histograms of the top bits.

Co-moments are means and sums of products of deviations: by two passes within a block of replications (whose bounds
are fixed, so that workers and chunks change no bit), then merged in the order of the blocks by the formula of
Chan, Golub and LeVeque (1983). Deviations are taken from the first replication, so that equal values have a variance
of exactly 0.

The bucket of a histogram is the sign-free exponent and the first `BITS` bits of the fraction of a float64. Counts are
whole numbers, so that merging is exact in any order; a quantile is off by at most `WORST` of its value, and whole
numbers up to 512 are told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.model.world import Floats, Ints

BLOCK = 100  # replications that are summed before they are merged; numbers hang on it in their last digits
BITS = 8  # of the fraction
LEAST, MOST = -20, 44  # exponents of 2: below 1e-6 is 0; 1.8e13 and more are one bucket
BUCKETS = ((MOST - LEAST) << BITS) + 2
WORST = 2.0 ** -(BITS + 1)  # relative error of a quantile: 0.2 %
_SHIFT = 52 - BITS
_OFFSET = (1023 + LEAST) << BITS


class CoMoments:
    """Number, means (places, Z) and products (places, Q) of values z, for Q chosen pairs of columns."""

    def __init__(self, left: Sequence[int], right: Sequence[int]) -> None:
        self.left, self.right = np.array(left, np.int64), np.array(right, np.int64)
        self.count = 0
        self._first: Floats = np.zeros(0)
        self._mean: Floats = np.zeros(0)  # of the deviations from the first replication
        self.products: Floats = np.zeros(0)  # sums of products of deviations from the mean

    @property
    def mean(self) -> Floats:
        """(places, Z)."""
        return np.asarray(self._first + self._mean)

    def add(self, values: Floats) -> None:
        """Take a block (replications, places, Z) in, at least one replication."""
        if not self.count:
            self._first = values[0].copy()
        values = values - self._first
        number = len(values)
        mean = values.sum(axis=0) / number
        apart = values - mean
        products = (apart[..., self.left] * apart[..., self.right]).sum(axis=0)
        if not self.count:
            self.count, self._mean, self.products = number, mean, products
            return
        shift, both = mean - self._mean, self.count + number
        weight = self.count * (number / both)
        self.products = self.products + products + shift[..., self.left] * shift[..., self.right] * weight
        self._mean = self._mean + shift * (number / both)
        self.count = both


@dataclass
class Histograms:
    """Counts of H quantities, sparse: `keys` (n,) ascending, quantity x `BUCKETS` + bucket, and their `counts` (n,)."""

    keys: Ints
    counts: Ints

    @classmethod
    def empty(cls) -> Histograms:
        """Nothing counted."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    def add(self, values: Floats) -> None:
        """Count the columns of values (replications, H), none of them negative."""
        keys = bucket(values) + BUCKETS * np.arange(values.shape[1])
        self.merge(Histograms(*np.unique(keys, return_counts=True)))

    def merge(self, other: Histograms) -> None:
        """Add the counts of another."""
        keys, places = np.unique(np.concatenate([self.keys, other.keys]), return_inverse=True)
        counts = np.zeros(len(keys), np.int64)
        np.add.at(counts, places, np.concatenate([self.counts, other.counts]))
        self.keys, self.counts = keys, counts

    def of(self, quantity: int) -> tuple[Ints, Ints]:
        """Buckets and counts of one quantity."""
        low, high = np.searchsorted(self.keys, [quantity * BUCKETS, (quantity + 1) * BUCKETS])
        return self.keys[low:high] - quantity * BUCKETS, self.counts[low:high]


def bucket(values: Floats) -> Ints:
    """The bucket of each value; 0 for what is below 2**`LEAST`. Raises ValueError for negative values and nan."""
    if not (values >= 0.0).all():
        raise ValueError("a histogram of the top bits holds no negative value and no nan")
    bits = np.ascontiguousarray(values, dtype=np.float64).view(np.int64) >> _SHIFT
    return np.asarray(np.clip(bits - _OFFSET + 1, 0, BUCKETS - 1), dtype=np.int64)


def ends(buckets: Ints) -> tuple[Floats, Floats]:
    """Least value of each bucket, and the least value of the next; the last bucket is closed by infinity."""
    low, high = (((buckets + _OFFSET + up) << _SHIFT).view(np.float64) for up in (-1, 0))
    return np.where(buckets == 0, 0.0, low), np.where(buckets == BUCKETS - 1, np.inf, high)


def quantile(buckets: Ints, counts: Ints, share: float, *, whole: bool = False) -> float:
    """The value below or at which `share` of the counts lie: the middle of its bucket, rounded if it is `whole`.

    An order statistic (``inverted_cdf``); whole numbers up to 512 are exact. Raises ValueError for empty counts.
    """
    if not len(counts):
        raise ValueError("nothing was counted")
    below = np.cumsum(counts)
    rank = max(1, int(np.ceil(share * int(below[-1]) - 1e-9)))
    low, high = ends(buckets[[int(np.searchsorted(below, rank))]])
    middle = low[0] if np.isinf(high[0]) or high[0] <= 2.0**LEAST else (low[0] + high[0]) / 2
    if not whole:
        return float(middle)
    return float(np.ceil(low[0]) if high[0] - low[0] <= 1.0 else np.rint(middle))
