"""Factors of a study: what each one varies, and the text that a scenario gets at each of its levels.

Levels between two ends are decimal numbers, counted exactly: from 0.1 to 1.0 by 0.1 are ten levels, the last one 1.0.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simcpec import units
from simcpec.scenario.reading.nodes import Path
from simcpec.units import Kind, short

if TYPE_CHECKING:
    from simcpec.experiments.design.designs import Coordinate
    from simcpec.experiments.design.parameter_draws import Factor as UncertainFactor

MOST_LEVELS = 10_000
SIGNIFICANT = 12  # digits of a value inside a range
OFF = "off"  # the level of a lever that leaves it out
IN_FORCE = "in_force"  # the level of a lever with the amount of its entry, or of the catalogue
_NUMBER = re.compile(r"([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?)\s*(.*)", re.ASCII | re.DOTALL)


class BadLevels(ValueError):
    """Levels that cannot be: `problem`, what is `allowed`, and the key of the factor that is to blame."""

    def __init__(self, key: str, problem: str, allowed: str = "", hint: str = "") -> None:
        super().__init__(problem)
        self.key, self.problem, self.allowed, self.hint = key, problem, allowed, hint


class TooManyLevels(BadLevels):
    """More levels of a factor than there may be."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """Values between two ends, or of a law, in canonical units of `kind`."""

    kind: Kind
    low: float
    high: float
    log: bool = False
    whole: bool = False
    uncertain: UncertainFactor | None = None

    def text(self, place: float) -> str:
        """The value at a place in [0, 1), as a scenario says it."""
        if self.uncertain is not None:
            import numpy as np

            from simcpec.experiments.design.parameter_draws import inverted

            middle = min(max(place, 1e-9), 1.0 - 1e-9)
            value = float(inverted(self.uncertain, np.array([middle]))[0])
        elif self.log:
            value = self.low * (self.high / self.low) ** place
        else:
            value = self.low + place * (self.high - self.low)
        digits = str(round(value)) if self.whole else f"{value:.{SIGNIFICANT}g}"
        if self._scale is not None:
            return f"{plain(Decimal(digits) * self._scale)} {self.kind.shown}".rstrip()
        return units.format_quantity(Fraction(digits), self.kind, exact=True)

    @cached_property
    def _scale(self) -> Decimal | None:
        """What canonical values are multiplied with to be in the unit that is shown; None where no decimal is that."""
        scale = 1 / (self.kind.factor(self.kind.shown) or Fraction(1))
        exact = Decimal(scale.numerator) / Decimal(scale.denominator)
        return exact if Fraction(exact) == scale and len(exact.as_tuple().digits) < SIGNIFICANT else None


@dataclass(frozen=True, kw_only=True)
class SweepFactor:
    """One thing that is varied.

    kind : "key", "lever" or "split".      target : dotted key, lever, or instrument of the split.
    levels : texts in the order of the file; None for a factor with a range.
    path : where it stands in the study file.
    """

    name: str
    kind: str
    target: str
    levels: tuple[str, ...] | None
    range: Range | None = None
    sets: str = "share"
    entry: Mapping[str, Any] = field(default_factory=dict)
    absorbs: str = ""
    path: Path = ()

    @property
    def of_policy(self) -> bool:
        """Whether a decision-maker sets it."""
        return self.kind != "key" or self.target.startswith("policy.")

    @property
    def size(self) -> int | None:
        """Number of levels; None for a range."""
        return None if self.levels is None else len(self.levels)

    def text_at(self, at: Coordinate) -> str | None:
        """The level or value at a coordinate of a design; None where the base scenario is left as it is."""
        if at is None or isinstance(at, str):
            return at
        if isinstance(at, int):
            assert self.levels is not None
            return self.levels[at]
        assert self.range is not None
        return self.range.text(at)


# ------------------------------------------------------------------------------------------------ levels


def number_and_unit(text: str) -> tuple[Decimal, str] | None:
    """A decimal number and what follows it; None for a text that does not begin with a finite number."""
    found = _NUMBER.fullmatch(text.strip())
    return None if found is None else (Decimal(found[1]), " ".join(found[2].split()))


def plain(number: Decimal) -> str:
    """A decimal without an exponent and without idle zeros."""
    shown = format(number, "f")
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if shown in ("-0", "") else shown


def level_text(value: Any) -> str:
    """A level as the value of ``--set``: numbers without idle zeros, maps and lists on one line."""
    if isinstance(value, str):
        found = number_and_unit(value)
        return f"{plain(found[0])} {found[1]}".rstrip() if found and "-" not in found[1][:1] else value.strip()
    return flow(value)


def flow(value: Any) -> str:
    """Plain data as YAML on one line; texts of maps and lists stand in quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def ends_of(low: str, high: str) -> tuple[Decimal, Decimal, str]:
    """Both ends of a range and their unit, which one of them may leave out."""
    one, two = number_and_unit(low), number_and_unit(high)
    for key, text, found in (("from", low, one), ("to", high, two)):
        if found is None:
            raise BadLevels(key, f"is {short(text)}, no number", "a number with its unit, such as 0.5 %")
    assert one is not None and two is not None
    unit = two[1] or one[1]
    if one[1] not in ("", unit):
        raise BadLevels("to", f"is {short(high)}, in another unit than from: {short(low)}", f"a number of {one[1]}")
    if not one[0] < two[0]:
        raise BadLevels("to", f"is {short(high)}, not above from: {short(low)}", "from: below to:")
    return one[0], two[0], unit


def stepped(low: str, high: str, step: str) -> tuple[str, ...]:
    """Levels from one end to the other by a step, which must reach the other end exactly."""
    first, _, unit = ends_of(low, high)
    size, count = steps_between(low, high, step)
    if count.denominator != 1:
        near = first + size * int(count)
        raise BadLevels(
            "step", f"is {short(step)}, which never reaches {short(high)} from {short(low)}",
            "a step that divides the range into whole parts",
            f"The last level before the end is {plain(near)} {unit}.".replace(" .", "."),
        )  # fmt: skip
    return tuple(f"{plain(first + size * k)} {unit}".rstrip() for k in range(int(count) + 1))


def steps_between(low: str, high: str, step: str) -> tuple[Decimal, Fraction]:
    """The size of a step in the unit of the range, and how many of them the range holds."""
    first, last, unit = ends_of(low, high)
    found = number_and_unit(step)
    if found is None or found[0] <= 0 or found[1] not in ("", unit):
        allowed = f"a number above 0{f' in {unit}' if unit else ''}"
        raise BadLevels("step", f"is {short(step)}", allowed)
    count = Fraction(last - first) / Fraction(found[0])
    if count > MOST_LEVELS:
        problem = f"is {short(step)}, which makes {int(count) + 1:,} levels"
        raise TooManyLevels("step", problem, f"at most {MOST_LEVELS:,}")
    return found[0], count


def refuse_many_steps(steps: int) -> None:
    """Raise `TooManyLevels` for more equal steps than there may be levels."""
    if steps + 1 > MOST_LEVELS:
        raise TooManyLevels("steps", f"is {steps:,}, which makes {steps + 1:,} levels", f"at most {MOST_LEVELS:,}")


def parted(low: str, high: str, steps: int, *, log: bool) -> tuple[str, ...]:
    """Levels at both ends of a range and at the bounds of its `steps` equal parts."""
    first, last, unit = ends_of(low, high)
    refuse_many_steps(steps)
    if log:
        if first <= 0:
            raise BadLevels("from", f"is {short(low)}, and the levels are to be logarithmic", "a number above 0")
        ratio = math.log(float(last / first))
        inner = [f"{float(first) * math.exp(ratio * k / steps):.{SIGNIFICANT}g}" for k in range(1, steps)]
        numbers = [first, *map(Decimal, inner), last]
    else:
        exact = [Fraction(first) + (Fraction(last) - Fraction(first)) * k / steps for k in range(steps + 1)]
        numbers = [Decimal(units.decimal_text(each)) for each in exact]
    return tuple(f"{plain(each)} {unit}".rstrip() for each in numbers)


def listed(values: Sequence[Any]) -> tuple[str, ...]:
    """Levels that are written out: two or more, all numbers of one unit or all something else, none of them twice."""
    if len(values) > MOST_LEVELS:
        raise BadLevels("levels", f"has {len(values):,} levels", f"at most {MOST_LEVELS:,}")
    if len(values) < 2:
        said = "no level" if not values else f"one level, {short(level_text(values[0]))}"
        raise BadLevels("levels", f"has {said}", "two levels or more; what does not vary stands under set:")
    found = [number_and_unit(value) if isinstance(value, str) and not _is_date(value) else None for value in values]
    texts = [level_text(value) for value in values]
    last = found[-1]
    if last is not None and all(one is not None for one in found):
        shared = last[1]
        texts = [f"{plain(one[0])} {one[1] or shared}".rstrip() for one in found if one is not None]
    if twice := [text for text in texts if texts.count(text) > 1]:
        raise BadLevels("levels", f"has the level {short(twice[0])} twice", "each level once")
    return tuple(texts)


def _is_date(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip(), re.ASCII) is not None
