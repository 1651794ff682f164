"""Budget to capacity (4.1): exact shares of exact amounts, floors, and calendar years; no money unit, no float.

Amounts are whole numbers of the smallest unit of money ("cents"); whatever is not whole is a Fraction (many of them are
whole numbers over one denominator) until it is floored, once.  Floors, and leftovers that belong to nobody, are what
makes three things exact: lines add up to the total, nothing is invented, and relabelling the provinces permutes the
lines.

A line buys money beyond the fixed cost / unit cost.  Where units are whole the part of a unit is cut off and its money
stays unspent; where they are fractional it is kept, paid for, and hired in that share of the replications
(`rules.capacity.hired_units`), so that the cost charged is the expected one.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, lcm
from typing import NamedTuple

PROVINCE_RULES = ("exposure", "threat", "works", "equal", "explicit")
BASES = ("annual_outlay", "capital_cost_once", "explicit")
NONE = Fraction(0)


# ------------------------------------------------------------------------------------------------ calendar years


def anniversary(start: date, *, years: int = 0, months: int = 0) -> date:
    """`start` plus whole months; a day that the month lacks becomes the last of the month.

    29 February plus one year is 28 February, as in `units.Horizon`.  Always counted from `start`, never from the
    anniversary before, so that four years after 29 February is 29 February again and 12 months are one year.
    Raises OverflowError outside the years 1 to 9999.
    """
    index = start.year * 12 + start.month - 1 + years * 12 + months
    year, month = index // 12, index % 12 + 1
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(f"{years * 12 + months} months after {start} is outside the calendar")
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, kw_only=True)
class Year:
    """A budget year: from one anniversary of the start to the next, cut off at the end of the run.

    start, end : first day, and first day after the part within the run.      full_days : 365 or 366.
    """

    start: date
    end: date
    full_days: int

    @property
    def fraction(self) -> Fraction:
        """Days within the run / days of the full year, in (0, 1]."""
        return Fraction((self.end - self.start).days, self.full_days)

    @property
    def label(self) -> str:
        """``2025`` for a whole calendar year, else ``2025-07-01/2026-06-30`` (both days included)."""
        if self.fraction == 1 and (self.start.month, self.start.day) == (1, 1):
            return f"{self.start.year:04d}"
        return f"{self.start.isoformat()}/{date.fromordinal(self.end.toordinal() - 1).isoformat()}"


@lru_cache(maxsize=64)
def budget_years(start: date, end: date) -> tuple[Year, ...]:
    """The budget years of a run from `start` up to, not including, `end`; the last may be a part of one.

    Raises ValueError unless start < end.
    """
    if start >= end:
        raise ValueError(f"a run from {start} to {end} has no day")
    years: list[Year] = []
    while not years or years[-1].end < end:
        first, after = anniversary(start, years=len(years)), anniversary(start, years=len(years) + 1)
        years.append(Year(start=first, end=min(after, end), full_days=(after - first).days))
    return tuple(years)


# ------------------------------------------------------------------------------------------------ who gets how much


def annual_amount(
    of: str,
    year: int,
    *,
    share: Fraction,
    annual_outlay: Fraction,
    capital_cost: Fraction,
    spread_over: Fraction,
    amounts: Sequence[Fraction] = (),
) -> Fraction:
    """The security budget of full budget year `year` (0 is the first), in the unit of the bases.

    ``annual_outlay``: share x annual outlay.      ``explicit``: amounts[year], the last one for all years after it; the
    share is not read.
    ``capital_cost_once``: share x capital cost, once, in equal parts over `spread_over` > 0 years from the start of
    the run; nothing afterwards, and a broken last year gets its part.
    Raises ValueError for an unknown base, and for explicit amounts without any.
    """
    if of == "annual_outlay":
        return share * annual_outlay
    if of == "capital_cost_once":
        return share * capital_cost / spread_over * min(Fraction(1), max(Fraction(0), spread_over - year))
    if of == "explicit":
        if not amounts:
            raise ValueError("no amount")
        return amounts[min(year, len(amounts) - 1)]
    raise ValueError(f"no such base: {of!r}; allowed: {', '.join(BASES)}")


def province_shares(rule: str, weights: Mapping[str, Sequence[Fraction]], count: int) -> tuple[Fraction, ...]:
    """Exact shares of `count` provinces, adding up to 1.

    weights : by rule, one number >= 0 a province: ``exposure`` persons, ``threat`` births of plots, ``works`` shares of
    the outlay, ``explicit`` shares (these must add up to 1); ``equal`` reads none.
    Raises ValueError for an unknown rule, a negative weight, weights that are all zero, explicit shares not adding up.
    """
    if rule not in PROVINCE_RULES:
        raise ValueError(f"no such rule: {rule!r}; allowed: {', '.join(PROVINCE_RULES)}")
    parts = [Fraction(1)] * count if rule == "equal" else list(weights[rule])
    whole = sum(parts, Fraction(0))
    if len(parts) != count or any(part < 0 for part in parts):
        raise ValueError(f"the rule {rule} needs {count} weights of at least 0")
    if whole == 0:
        raise ValueError(f"the rule {rule} cannot share anything out: its weights are all zero")
    if rule == "explicit" and whole != 1:
        raise ValueError(f"explicit shares add up to {float(whole):.6g}, not to 1")
    return tuple(part / whole for part in parts)


def mixed_shares(parts: Sequence[tuple[Fraction, Sequence[Fraction]]]) -> tuple[Fraction, ...]:
    """Shares of provinces as a mixture.      parts : (weight, shares); weights >= 0 that add up to 1."""
    given = [[weight * share for share in shares] for weight, shares in parts if weight]
    return tuple(sum(column, NONE) for column in zip(*given, strict=True))


# ------------------------------------------------------------------------------------------------ what it buys


class Purchase(NamedTuple):
    """What one line buys: whole units, a part of one more in [0, 1), and its cost of a full year."""

    units: int
    part: Fraction
    cost: int  # over the denominator of the price


class Absorption(NamedTuple):
    """How fast a line can hire: beyond `growth` a year the price of one more effective unit rises.

    With m = units of the year before x (1 + growth), at least one unit, the n-th unit beyond m costs
    1 + elasticity (n - m) / m times its price: for dearer hires and worse ones alike, what a full unit's work costs.
    """

    growth: Fraction
    elasticity: Fraction

    def surcharge(self, units: Fraction | int, before: Fraction | int) -> Fraction:
        """What so many units cost beyond their price, in unit costs:  elasticity (n - m)^2 / 2 m."""
        usual = max(Fraction(1), before * (1 + self.growth))
        beyond = max(NONE, units - usual)
        return self.elasticity * beyond * beyond / (2 * usual)


class Price(NamedTuple):
    """What an instrument costs a year, as whole numbers over a common denominator; unit_cost > 0."""

    fixed: int
    unit_cost: int
    denominator: int

    @classmethod
    def of(cls, fixed: Fraction | int, unit_cost: Fraction | int) -> Price:
        """The price from exact cents."""
        (first, other), denominator = over_one([fixed, unit_cost])
        return cls(first, other, denominator)

    def buy(self, money: int, *, whole: bool = True) -> Purchase:
        """Units that `money` a year buys: max(0, money - fixed) / unit_cost, rounded down if `whole`.

        An instrument of which nothing can be bought is not set up: its fixed cost is not spent either, and its whole
        line stays unspent.  Of a part of a unit the cost is the expected one, with the whole fixed cost.
        """
        left = money * self.denominator - self.fixed
        if left <= 0 or (whole and left < self.unit_cost):
            return Purchase(0, NONE, 0)
        count, rest = divmod(left, self.unit_cost)
        part = NONE if whole else Fraction(rest, self.unit_cost)
        return Purchase(count, part, self.fixed + left - (rest if whole else 0))


def buy_absorbed(price: Price, money: int, before: Fraction | int, absorption: Absorption, *, whole: bool) -> Purchase:
    """As `Price.buy`, of a line with `before` units in the year before: the most units that the money pays for.

    A part of a unit is what the rest pays of the next unit.
    """
    most = price.buy(money, whole=whole)
    total = most.units + most.part
    if absorption.surcharge(total, before) == 0:
        return most
    left = money * price.denominator - price.fixed

    def cost(units: int) -> Fraction:
        return price.unit_cost * (units + absorption.surcharge(units, before))

    low, high = 0, most.units + 1  # cost(low) is paid for, that of high is not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if cost(middle) <= left else (low, middle)
    rest = left - cost(low)
    part = NONE if whole else min(Fraction(1), rest / (cost(low + 1) - cost(low)))
    if low == 0 and part == 0:
        return Purchase(0, NONE, 0)
    return Purchase(low, part, price.fixed + (ceil(cost(low)) if whole else left))


def over_one(numbers: Sequence[Fraction | int]) -> tuple[list[int], int]:
    """Exact numbers as whole ones over their least common denominator."""
    denominator = lcm(*(number.denominator for number in numbers))
    return [number.numerator * (denominator // number.denominator) for number in numbers], denominator


@dataclass(frozen=True, kw_only=True)
class Lines:
    """One budget year, rows provinces, columns instruments: total = all of `given` + `unallocated`, spent <= given.

    units : whole units bought.      parts : what is bought beyond them, in [0, 1); 0 where units are whole.
    """

    total: int
    given: tuple[tuple[int, ...], ...]
    spent: tuple[tuple[int, ...], ...]
    units: tuple[tuple[int, ...], ...]
    parts: tuple[tuple[Fraction, ...], ...]
    unallocated: int


def allocate(
    annual: Fraction,
    *,
    fraction: Fraction,
    provinces: Sequence[Fraction],
    instruments: Sequence[Fraction],
    fixed: Sequence[Fraction],
    unit_cost: Sequence[Fraction],
    whole: bool = True,
    absorption: Sequence[Absorption | None] = (),
    before: Sequence[Sequence[Fraction | int]] = (),
) -> Lines:
    """Share `annual` x `fraction` cents out over provinces x instruments and buy units with each line.

    annual : cents of a full year, >= 0.      fraction : of the year within the run, in (0, 1].
    provinces, instruments : shares, each adding up to 1.      fixed, unit_cost : cents a year and instrument.
    whole : whether only whole units can be bought; else the part of a unit that the money reaches is bought as well.
    absorption : [k] how fast the line of an instrument can hire, None is off; () is off for all.
    before : [p][k] units of the year before, for it.

    total = floor(annual x fraction); a line is given floor(annual x fraction x share x share).  Fewer than
    P x K cents are left over and stay unallocated.  Units follow from the full-year line, so that a part of a year has
    the capacity of a whole one, for a part of its price.
    Raises ValueError where shares do not add up to 1 or an amount is negative.
    """
    (rows, of_rows), (columns, of_columns) = over_one(provinces), over_one(instruments)
    if annual < 0 or sum(rows) != of_rows or sum(columns) != of_columns:
        raise ValueError(f"amount {annual}, shares {float(sum(provinces))} and {float(sum(instruments))}")
    prices = [Price.of(*pair) for pair in zip(fixed, unit_cost, strict=True)]
    days, of_year = fraction.numerator, fraction.denominator
    denominator = annual.denominator * of_rows * of_columns
    exact = [[annual.numerator * row * column for column in columns] for row in rows]  # over `denominator`
    given = tuple(tuple(amount * days // (denominator * of_year) for amount in row) for row in exact)
    bought = [
        [
            price.buy(amount // denominator, whole=whole)
            if (own := absorption[k] if absorption else None) is None
            else buy_absorbed(price, amount // denominator, before[p][k], own, whole=whole)
            for k, (price, amount) in enumerate(zip(prices, row, strict=True))
        ]
        for p, row in enumerate(exact)
    ]
    total = floor(annual * fraction)
    return Lines(
        total=total,
        given=given,
        spent=tuple(
            tuple(one.cost * days // (price.denominator * of_year) for price, one in zip(prices, row, strict=True))
            for row in bought
        ),
        units=tuple(tuple(one.units for one in row) for row in bought),
        parts=tuple(tuple(one.part for one in row) for row in bought),
        unallocated=total - sum(map(sum, given)),
    )


def shared_line(given: int, spent: int, shares: Sequence[Fraction]) -> list[tuple[int, int]]:
    """Return what others take over of one line, as (given, spent) in cents; the payer of the budget keeps the rest.

    shares : of the line, >= 0, at most 1 together.  One after another takes its part of what is left, rounded down to
    the cent, so that nobody, the payer of the budget included, spends more than it was given.
    """
    parts, left = [], Fraction(1)
    for share in shares:
        part = share / left if left else Fraction(0)
        parts.append((floor(part * given), floor(part * spent)))
        given, spent, left = given - parts[-1][0], spent - parts[-1][1], left - share
    return parts
