"""Floats from exact numbers, rounded once: the exact number in between took most of the time of a draw."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction


def product(*factors: Fraction | int, over: Iterable[Fraction | int] = ()) -> float:
    """The float nearest to the product of `factors` divided by all of `over`; ZeroDivisionError for a zero there."""
    above = below = 1
    for factor in factors:
        numerator, denominator = factor.as_integer_ratio()
        above *= numerator
        below *= denominator
    for factor in over:
        numerator, denominator = factor.as_integer_ratio()
        above *= denominator
        below *= numerator
    return above / below  # Python divides whole numbers of any size to the nearest float
