"""An uncertain number as a scenario gives it: value, range, law, source, grade, reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from simcpec.units import Kind

LAWS = ("none", "uniform", "triangular", "normal", "lognormal", "beta")
GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of a scenario in canonical units of its kind (`units.Kind.canonical`).

    value : float, `exact` rounded once.            text : as written, normalised (``30 %``).
    low, high : the range it is known to lie in, or None.
    law : how draws fill the range, one of `LAWS`; ``none`` is the constant value.  lognormal and normal take low and
        high as their 2.5 % and 97.5 % points, beta a quarter of the width as standard deviation around the value.
    source, grade, reason : where it comes from; "" if the scenario does not say.
    """

    value: float
    exact: Fraction
    kind: Kind = field(repr=False)
    text: str
    low: float | None = None
    high: float | None = None
    law: str = "none"
    source: str = ""
    grade: str = ""
    reason: str = ""

    @property
    def whole(self) -> int:
        """The value as an integer; ValueError if it is none."""
        if self.exact.denominator != 1:
            raise ValueError(f"{self.text} is no whole number")
        return int(self.exact)

    @property
    def uncertain(self) -> bool:
        """Whether parameter draws vary it."""
        return self.law != "none" and self.low is not None and self.high is not None and self.low < self.high

    @property
    def said(self) -> tuple[Fraction, float | None, float | None, str]:
        """What it says, whatever the words: value, range and law."""
        return self.exact, self.low, self.high, self.law

    def __float__(self) -> float:
        return self.value
