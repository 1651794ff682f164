"""What money buys in one scenario, and the prices of what may happen: exact amounts, nothing computed here.

Amounts of the security budget and of the host state's forces are int64 in the smallest unit of money (US cents), so
that they add up exactly.  Axes as in `world`: Y budget years, P provinces, K instruments, F forces, I levers, O other
payers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simcpec.model.world import Floats, Ints


def _no_levers() -> Ints:
    return np.zeros((0, 0, 0), dtype=np.int64)


def _nothing() -> Ints:
    return np.zeros((0, 0, 0, 0), dtype=np.int64)


def no_parts() -> Floats:
    """No parts of units, as where units are whole."""
    return np.zeros((0, 0, 0))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The security budget line by line: `given = spent + unspent` for every year, province and instrument."""

    year_labels: tuple[str, ...]  # (Y,) such as "2025", or "2025-07-01/2026-06-30"
    year_fraction: Floats  # (Y,) of a full year that lies within the run; 1 for a full one
    total: Ints  # (Y,) cents: share x base x fraction; equals given summed + unallocated
    given: Ints  # (Y, P, K) cents
    spent: Ints  # (Y, P, K) cents: fixed cost + units x unit cost, where any unit or part of one is bought
    units: Ints  # (Y, P, K) whole units bought
    unallocated: Ints  # (Y,) cents that no share could be given exactly (fewer than P x K a year)
    payers: tuple[str, ...]  # (K,) who pays each line of the security budget
    forces: tuple[str, ...]  # (F,) of the host state
    force_payers: tuple[str, ...]  # (F,)
    force_cost: Ints  # (Y, F, P) cents
    other_payers: tuple[str, ...] = ()  # (O,) who take over a part of the security budget
    other_given: Ints = field(default_factory=_nothing)  # (O, Y, P, K) cents of `given`; (0, 0, 0, 0) where nobody does
    other_spent: Ints = field(default_factory=_nothing)  # (O, Y, P, K) cents of `spent`
    levers: tuple[str, ...] = ()  # (I,) instruments with a cost of their own; one may stand there twice
    lever_payers: tuple[str, ...] = ()  # (I,)
    lever_cost: Ints = field(default_factory=_no_levers)  # (Y, I, P) cents; (0, 0, 0) where there is none
    parts: Floats = field(default_factory=no_parts)  # (Y, P, K) of one more unit; (0, 0, 0) where units are whole

    @property
    def unspent(self) -> Ints:
        """(Y, P, K) cents given but not spent."""
        return self.given - self.spent

    @property
    def fractional(self) -> bool:
        """Whether parts of units are bought, so that `spent` is the expected cost."""
        return self.parts.size > 0


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What events cost, in USD of `price_year`; a rate of zero switches its line off."""

    price_year: int
    discount_rate: float  # a year
    outlay_per_day: Floats  # (P,) planned outlay on works, USD a day
    delay_per_waiting_day: float  # USD per movement and day of waiting
    cancelled_movement: float  # USD
    slow_down: float  # share of outlay lost per effective guard per person
    compensation_per_death: float  # USD, foreign deaths
    direct_damage: float  # USD per breach
    carrying_rate: float  # a year, of the capital cost of stopped work
    capital_per_province: Floats  # (P,) USD: the capital cost whose stoppage is carried
    stopped_share: float  # of a province's works that one stoppage stops
    outlay_elasticity: float  # share of planned outlays charged per remembered attack; 0 is off
    value_of_life: float | None  # USD; None: deaths stay in persons
    exposure: Floats  # (P,) persons, for person-years
    outlay_reference: float = 0.0  # remembered attacks of the nation at which outlays are as planned; 0: no reference
    outlay_memory: float = 0.0  # days, of the attacks remembered
