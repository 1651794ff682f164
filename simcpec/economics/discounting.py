"""Present value, with the undiscounted sum beside it.

Amounts of a period count as paid in its middle; time zero is the start of the counted run.  A period of a year or less
makes the difference to continuous payment smaller than a tenth of a percent at any rate below 15 % a year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcpec.model.world import Floats
from simcpec.numerics.special_functions import exp, log1p

DAYS_A_YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class PresentValue:
    """Sums over the periods, (..., P, m) or whatever is left of the amounts' shape without the period axis."""

    undiscounted: Floats
    discounted: Floats
    factors: Floats  # (T,) of each period


def discount_factors(days: Floats, rate: float) -> Floats:
    """(1 + rate) ** -(middle of the period in years), (T,); exactly 1 at rate 0.

    days : (T,) lengths of the periods.      rate : a year, above -1.      Raises ValueError for any other rate.
    """
    if not -1.0 < rate < np.inf:
        raise ValueError(f"discount rate is {rate!r}; allowed: a number above -1")
    middles = np.cumsum(days) - 0.5 * np.asarray(days, dtype=np.float64)
    log_growth = log1p(float(rate))
    return np.array([exp(-float(middle) / DAYS_A_YEAR * log_growth) for middle in middles])


def present_value(amounts: Floats, *, days: Floats, rate: float, axis: int) -> PresentValue:
    """Sum of `amounts` over the periods along `axis`, undiscounted and discounted.

    Raises ValueError where the axis has not as many periods as `days`, or for a rate of -100 % or less.
    """
    if np.shape(amounts)[axis] != len(days):
        raise ValueError(f"{np.shape(amounts)[axis]} amounts for {len(days)} periods")
    factors = discount_factors(days, rate)
    moved = np.moveaxis(np.asarray(amounts, dtype=np.float64), axis, -1)
    return PresentValue(undiscounted=moved.sum(axis=-1), discounted=(moved * factors).sum(axis=-1), factors=factors)


@dataclass(frozen=True, kw_only=True)
class Annualised:
    """Amounts of a run of `years` years as one amount a year.

    yearly : undiscounted sum / years.      present : present value of the whole run.
    equivalent : the even amount a year with that present value (equivalent annual cost).
    """

    years: float
    rate: float
    yearly: Floats
    present: Floats
    equivalent: Floats


def annualised(amounts: Floats, *, days: Floats, rate: float, axis: int) -> Annualised:
    """Return amounts by period as one a year; at a rate of 0 the equivalent amount is the plain mean.

    Raises ValueError as `present_value`.
    """
    found = present_value(amounts, days=days, rate=rate, axis=axis)
    length = np.asarray(days, dtype=np.float64) / DAYS_A_YEAR
    years = float(length.sum())
    return Annualised(
        years=years, rate=rate, yearly=np.asarray(found.undiscounted / years), present=found.discounted,
        equivalent=np.asarray(found.discounted / float((length * found.factors).sum())),
    )  # fmt: skip
