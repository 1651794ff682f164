"""One response: the change that is made, what is published on it, and what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

LEAST_EFFECT = 1e-9  # per cent: what is below it is exactly nothing
MEASURES = ("incidents", "breaches", "deaths")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is published on a response.

    low, high : range of the elasticity, or of the effect in per cent; inf where open.      entry : of the catalogue.
    """

    low: float
    high: float
    entry: str = ""


@dataclass(frozen=True, kw_only=True)
class ResponseCheck:
    """One change, and what should follow.

    sets : ``key=value`` on top of the scenario.      against : those of what it is compared with.
    of : measure that the published figure is about.      factor : of what is changed, for an elasticity; 0: an effect.
    setting : only attacks on it count; -1 is all.      province : only attacks in it count; "" is all.
    displaced : the value is what attacks elsewhere rise by, as a share of what those on it fall by, in per cent.
    millions : USD million a year more than before.
    expected : None where nothing is published.
    """

    name: str
    says: str
    sets: tuple[str, ...]
    against: tuple[str, ...] = ()
    of: str = "breaches"
    factor: float = 0.0
    setting: int = -1
    province: str = ""
    displaced: bool = False
    millions: float = 0.0
    expected: Expected | None = None


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A measure before and after: change in per cent, and its half-width (95 %, Monte Carlo) by the delta method."""

    percent: float
    half_width: float
    a_year: float  # after - before


@dataclass(frozen=True, kw_only=True)
class FoundResponse:
    """A response that was simulated; `value` is an elasticity or an effect in per cent, as the check asks."""

    check: ResponseCheck
    changes: Mapping[str, Changed]
    value: float
    half_width: float

    @property
    def verdict(self) -> str:
        """How the value stands to what is published, its Monte Carlo interval taken into account."""
        if all(abs(change.percent) < LEAST_EFFECT for change in self.changes.values()):
            return "exactly nothing"
        if self.check.expected is None:
            return "nothing published"
        low, high = self.check.expected.low, self.check.expected.high
        if self.value + self.half_width < low or self.value - self.half_width > high:
            return "outside"
        word = "sign" if math.isinf(high - low) else "inside"  # no figure is published where one end is open
        return word if low <= self.value <= high else f"{word} within noise"

    @property
    def fails(self) -> bool:
        """Whether it is a fault of the model: outside what is published, or no effect at all."""
        return self.verdict in ("outside", "exactly nothing")

    @property
    def averted_per_million(self) -> float | None:
        """Breaches averted a year per USD million more a year; None where no money moves."""
        return -self.changes["breaches"].a_year / self.check.millions if self.check.millions else None
