"""A scenario with other numbers at some keys: what parameter draws do to it, many times over.

Only numbers are drawn, so most of what makes a scenario sound does not vary between draws. What does is worked out once
for each set of keys (`_Template`): where the numbers stand, their bounds, and the checks that look at them. A draw then
takes a millisecond. Whatever such a draw does not pass is read again from its text, as a file would be, which finds the
words for what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import inf, isfinite
from typing import Any

from simcpec.errors import ScenarioError, UserError
from simcpec.scenario.consistency import Check, View, checks_of, contradictions, of_switches
from simcpec.scenario.reading.memo import Memo
from simcpec.scenario.reading.nodes import MapNode, Node, Path, Place, Scalar, data_of, dotted, path_of, replaced
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.resolved import Leaf, Resolved, leaves, validated
from simcpec.scenario.schema.leaf import Number
from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.scenario_block import adds_up, attribute_by_key, leaf_at
from simcpec.units import RATE, Kind, decimal_text, format_quantity, parse_quantity, short

TEMPLATES = 16  # pairs of a scenario and a set of keys that are kept; the latest


def with_values(resolved: Resolved, values: Mapping[str, float]) -> Any:
    """The `schema.Scenario` with other values (canonical units) at some dotted keys, checked like any other.

    Whole numbers are rounded to the nearest.  Raises `ScenarioError` naming the key for a value outside its bounds
    (nothing is clipped), `UserError` for a key that holds no number.
    """
    keys = tuple(values)
    template = _TEMPLATES.of(resolved, keys, lambda: _template(resolved, keys))
    found = None if template is None else template.scenario(values)
    return from_text(resolved, values) if found is None else found


def from_text(resolved: Resolved, values: Mapping[str, float]) -> Any:
    """As `with_values`, the slow way: every value is written into the file, which is then read as a whole."""
    root: Node = resolved.root
    known = {leaf.key: leaf for leaf in leaves(resolved)}
    for key, value in values.items():
        leaf = known.get(key)
        if leaf is None or leaf.quantity is None:
            raise UserError(f"{short(key)} is no number of {short(resolved.name)}.")
        path = path_of(key)
        root = replaced(root, path, Scalar(_canonical_text(value, leaf.quantity, path), True, Place("drawn value")))
    assert isinstance(root, MapNode)
    scenario, faults = validated(root)
    faults += [*of_switches(root), *contradictions(root)]
    if faults or scenario is None:
        drawn = [replace(fault, where="drawn value", line=0, column=0, shown="") for fault in faults]
        raise ScenarioError(drawn)
    return scenario


def _canonical_text(value: float, quantity: Quantity, path: Path) -> str:
    """A drawn value as text that reads back to the very same float."""
    whole = getattr(leaf_at(path), "whole", False)
    if not isfinite(value):
        raise UserError(f"The drawn value of {dotted(path)} is {value}, not a finite number.")
    amount = Fraction(round(value)) if whole else Fraction(repr(float(value)))
    if quantity.kind is RATE:
        return f"{decimal_text(amount)} /day"
    return format_quantity(amount, quantity.kind, exact=True)


# ------------------------------------------------------------------------------------------------ many draws


@dataclass(frozen=True, slots=True)
class _DrawnNumber:
    """One number that varies between draws.

    powers : of ten, from canonical units to `unit`.      admits : whether an amount is within the bounds of the key.
    low, high : between which every amount is, so that most are never compared exactly.
    """

    key: str
    kind: Kind
    whole: bool
    unit: str
    powers: int
    low: float
    high: float
    admits: Callable[[Fraction], bool]

    def quantity(self, value: float) -> Quantity | None:
        """What a file with this value gives; None outside of the bounds."""
        if not isfinite(value):
            return None
        value += 0.0  # which takes the sign of a zero
        amount = Decimal(round(value) if self.whole else repr(value))
        exact = Fraction(*amount.as_integer_ratio())
        value = float(amount)
        if not self.low < value < self.high and not self.admits(exact):
            return None
        text = f"{amount.scaleb(self.powers).normalize():f}"
        return Quantity(value=value, exact=exact, kind=self.kind, text=f"{text} {self.unit}" if self.unit else text)


Branch = Mapping[str | int, Any]
"""Where drawn numbers stand: a `_DrawnNumber`, or a branch, by each step that leads to one."""


@dataclass(frozen=True)
class _Template:
    """What does not vary between the draws of some keys of a scenario.

    checks, read : what has to be checked anew, and where the numbers stand that are looked at.
    """

    as_written: Any
    data: Any
    numbers: tuple[_DrawnNumber, ...]
    branch: Branch
    checks: tuple[Check, ...]
    read: Branch

    def scenario(self, values: Mapping[str, float]) -> Any:
        """The scenario with these values; None where something may be wrong with it."""
        drawn: dict[str, Quantity] = {}
        for number in self.numbers:
            quantity = number.quantity(float(values[number.key]))
            if quantity is None:
                return None
            drawn[number.key] = quantity
        if self.checks:
            view = View(_grafted(self.data, self.read, lambda number: drawn[number.key].text))
            if any(True for check in self.checks for _ in check(view)):
                return None
        try:
            return _grafted(self.as_written, self.branch, lambda number: drawn[number.key])
        except Exception:  # what a check of a block raises is told by `from_text`
            return None


def _grafted(value: Any, branch: Branch | _DrawnNumber, leaf: Callable[[_DrawnNumber], Any]) -> Any:
    """`value`, a tree of blocks, maps and lists, with other leaves at a branch; its blocks are checked again whole."""
    if isinstance(branch, _DrawnNumber):
        return leaf(branch)
    if isinstance(value, Block):
        attributes = attribute_by_key(type(value))
        named = {attributes[str(step)]: below for step, below in branch.items()}
        block = value.model_copy(update={n: _grafted(getattr(value, n), on, leaf) for n, on in named.items()})
        for check in _whole_checks(type(value)):
            getattr(block, check)()
        return block
    if isinstance(value, dict):
        return {**value, **{step: _grafted(value.get(step), below, leaf) for step, below in branch.items()}}
    if not all(isinstance(step, int) for step in branch):  # one map where a list may stand
        return [_grafted(value[0], branch, leaf)]
    return [_grafted(one, branch[k], leaf) if k in branch else one for k, one in enumerate(value)]


@cache
def _whole_checks(block: type[Block]) -> tuple[str, ...]:
    """Names of the methods that check a block when all of its keys are there."""
    found = block.__pydantic_decorators__.model_validators
    return tuple(name for name, decorator in found.items() if decorator.info.mode == "after")


_TEMPLATES = Memo(TEMPLATES)


def _template(resolved: Resolved, keys: Sequence[str]) -> _Template | None:
    """What does not vary between draws of these keys; None where each of them is to be read as a file."""
    known = {leaf.key: leaf for leaf in leaves(resolved)}
    numbers = [_number(known.get(key)) for key in keys]
    found = [number for number in numbers if number is not None]
    if len(found) < len(numbers):
        return None
    checks, read = checks_of(resolved.root, [path_of(key) for key in keys])
    return _Template(
        as_written=resolved.scenario,
        data=data_of(resolved.root),
        numbers=tuple(found),
        branch=_branch(found),
        checks=tuple(checks),
        read=_branch([number for number in found if path_of(number.key) in read]),
    )


def _number(leaf: Leaf | None) -> _DrawnNumber | None:
    """A key that holds a number of its own; None for any other, and for a part of what adds up to 100 %."""
    if leaf is None or leaf.quantity is None:
        return None
    path, kind = path_of(leaf.key), leaf.quantity.kind
    shape, powers = leaf_at(path), 0 if kind is RATE else _power(kind.factor(kind.shown) or Fraction(1))
    if not isinstance(shape, Number) or powers is None or adds_up(path):
        return None
    low, high = (parse_quantity(text, kind) if text else None for text in shape.ends)
    return _DrawnNumber(
        key=leaf.key,
        kind=kind,
        whole=shape.whole,
        unit="/day" if kind is RATE else kind.shown,
        powers=powers,
        low=-inf if low is None else float(low),
        high=inf if high is None else float(high),
        admits=shape.admits,
    )


def _power(factor: Fraction) -> int | None:
    """The power of ten by which a canonical amount is multiplied for its text; None where it is no such power."""
    return next((k for k in range(-12, 13) if factor * Fraction(10) ** k == 1), None)


def _branch(numbers: Sequence[_DrawnNumber]) -> Branch:
    """The tree of the paths of numbers."""
    tree: dict[str | int, Any] = {}
    for number in numbers:
        *above, last = path_of(number.key)
        node = tree
        for step in above:
            node = node.setdefault(step, {})
        node[last] = number
    return tree
