"""What an entry gives back: its consequences computed again, so that a slip of the pen is found.

`gives_back` of an entry holds one or more of a closed set of checks:

    {count, years}            value = count / years; an exact Poisson interval must come out
    {count, of, times?}       value = count / of (x times); an exact binomial or Poisson interval must come out
    {sum_of: [...]}           value = sum                     terms are ids of entries or plain numbers
    {product: [...], over?}   value = product / product of `over`
    {years_between: [d, d]}   value = days / 365.25           {days_between: [d, d]}  value = days
    {one_minus_exp: x, times?}  value = 1 - exp(-x)
    {arithmetic: text}        value = an expression, see `catalogue.arithmetic`
    {low: text, high: text}   the ends of the interval = expressions, one or both
    {cell: {file, where, column, times?}}   value = one cell of the data kept beside the clone (tests only)
    {recomputed: name}        value = a figure that a test computes from that data under this name (tests only)
    {response: [names]}       responses of the base case that this number decides lie where they are published: kept by
                              `simcpec verify responses` (tests only)

A figure agrees if it differs by no more than half a unit of the last digit written, or by `within` where the entry
was rounded further. Only `interval_faults` needs scipy, and imports it when called.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from simcpec.catalogue.arithmetic import value_of
from simcpec.catalogue.entries import Entry, Malformed

Entries = Mapping[str, Entry]
DAYS_A_YEAR = 365.25
MODIFIERS = ("over", "within", "times", "years", "of")
OUTSIDE = ("cell", "recomputed", "response")
ENDS = ("low", "high")
FAULTS = (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError, Malformed)


def faults(entry: Entry, entries: Entries) -> list[str]:
    """Sentences on every consequence of `entry` that does not come out; empty if all do."""
    known = (*CHECKS, *MODIFIERS, *OUTSIDE, *ENDS)
    found = [f"unknown check {name}" for name in entry.gives_back if name not in known]
    for name, compute in CHECKS.items():
        if name in entry.gives_back:
            try:
                expected = compute(entry.gives_back, entries)
            except FAULTS as fault:
                found.append(f"{name} cannot be computed: {fault!r}")
            else:
                found += disagreement(entry, expected, name)
    return found + _end_faults(entry, entries)


def _end_faults(entry: Entry, entries: Entries) -> list[str]:
    """Sentences on the ends of the interval that `low` and `high` do not give."""
    found = []
    for side, written in zip(ENDS, entry.interval or (), strict=False):
        if side in entry.gives_back:
            try:
                expected = value_of(entry.gives_back[side], entries)
            except FAULTS as fault:
                found.append(f"{side} cannot be computed: {fault!r}")
            else:
                if abs(written - expected) > half_unit(float(written)) * (1 + 1e-9):
                    found.append(f"{entry.id}: {side} end is {written}, its arithmetic gives {expected:.6g}")
    missing = [side for side in ENDS if side in entry.gives_back and entry.interval is None]
    return found + [f"{side} asks for an interval" for side in missing]


def disagreement(entry: Entry, expected: float, name: str) -> list[str]:
    """One sentence if the value of `entry` is not `expected` as written, else none."""
    allowed = max(float(entry.gives_back.get("within", 0.0)), half_unit(entry.number))
    if abs(entry.number - expected) <= allowed * (1 + 1e-9):
        return []
    return [f"{entry.id} says {entry.value} {entry.unit}, {name} gives {expected:.6g} (allowed: {allowed:.3g})"]


def interval_faults(entry: Entry) -> list[str]:
    """Sentences on the ends of an exact interval that the count does not give; empty for other kinds."""
    exact = exact_interval(entry)
    if exact is None or entry.interval is None:
        return []
    return [
        f"{entry.id}: {side} end is {written}, the count gives {end:.6g}"
        for side, written, end in zip(("lower", "upper"), entry.interval, exact, strict=True)
        if abs(written - end) > half_unit(float(written)) * (1 + 1e-9)
    ]


def exact_interval(entry: Entry) -> tuple[float, float] | None:
    """The exact 95 % interval that the count of `entry` gives, in the unit of the entry; None without one."""
    check = entry.gives_back
    if "count" not in check or not entry.interval_kind.startswith("exact"):
        return None
    count, size = check["count"], check.get("years", check.get("of"))
    scale = float(check.get("times", 1))
    low, high = poisson_interval(count) if "Poisson" in entry.interval_kind else binomial_interval(count, size)
    divisor = size if "Poisson" in entry.interval_kind else 1
    return scale * low / divisor, scale * high / divisor


def poisson_interval(count: float, level: float = 0.95) -> tuple[float, float]:
    """Exact (Garwood) interval of a Poisson mean, in events; `count` >= 0, lower end 0 for no event."""
    from scipy.stats import chi2

    tail = (1 - level) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * count + 2)) / 2


def binomial_interval(count: float, size: float, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper-Pearson) interval of a share; 0 <= `count` <= `size`."""
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = float(beta.ppf(tail, count, size - count + 1)) if count else 0.0
    return low, float(beta.ppf(1 - tail, count + 1, size - count)) if count < size else 1.0


def half_unit(number: float) -> float:
    """Half a unit of the last digit in which `number` is written: 2.03 -> 0.005, 14 -> 0.5."""
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return 0.5 * 10.0 ** min(int(exponent), 0)


def _number(term: Any, entries: Entries) -> float:
    """A term of a check: an id stands for the value of its entry."""
    return entries[term].number if isinstance(term, str) else float(term)


def _ratio_of_counts(check: Mapping[str, Any], entries: Entries) -> float:
    size = check["years"] if "years" in check else check["of"]
    return float(check.get("times", 1)) * float(check["count"]) / float(size)


def _sum(check: Mapping[str, Any], entries: Entries) -> float:
    return math.fsum(_number(term, entries) for term in check["sum_of"])


def _product(check: Mapping[str, Any], entries: Entries) -> float:
    above = math.prod(_number(term, entries) for term in check["product"])
    return above / math.prod(_number(term, entries) for term in check.get("over", []))


def _days(ends: list[Any]) -> int:
    first, last = (date.fromisoformat(str(end)) for end in ends)
    return (last - first).days


def _one_minus_exp(check: Mapping[str, Any], entries: Entries) -> float:
    return float(check.get("times", 1)) * -math.expm1(-float(check["one_minus_exp"]))


CHECKS: Mapping[str, Callable[[Mapping[str, Any], Entries], float]] = {
    "count": _ratio_of_counts,
    "sum_of": _sum,
    "product": _product,
    "years_between": lambda check, entries: _days(check["years_between"]) / DAYS_A_YEAR,
    "days_between": lambda check, entries: float(_days(check["days_between"])),
    "one_minus_exp": _one_minus_exp,
    "arithmetic": lambda check, entries: value_of(check["arithmetic"], entries),
}
