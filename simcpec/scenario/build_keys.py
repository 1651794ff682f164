"""Reading a scenario by dotted keys in canonical units, with faults that name the key and its place in the file.

Everything that builds a world asks here, so that it is known which keys were read: one that nothing reads is a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from simcpec import streams
from simcpec.errors import Fault, ScenarioError
from simcpec.model.world import Floats, Ints, Law
from simcpec.scenario.messages import fault_on
from simcpec.scenario.nodes import Table, path_of

LAWS = {
    "never": streams.LAW_NEVER,
    "deterministic": streams.LAW_DETERMINISTIC,
    "exponential": streams.LAW_EXPONENTIAL,
    "gamma": streams.LAW_GAMMA,
    "weibull": streams.LAW_WEIBULL,
    "lognormal": streams.LAW_LOGNORMAL,
}
NEVER: Law = (int(streams.LAW_NEVER), float("inf"), 1.0)


class Keys:
    """A checked scenario, read by dotted key in canonical units (fractions, per day, days, USD, USD a year).

    scenario : `schema.Scenario`.      root : the tree it was read from, for the places of faults, or None.
    """

    def __init__(self, scenario: Any, *, root: Table | None = None) -> None:
        self.scenario, self.root = scenario, root
        self.read: set[str] = set()
        self.provinces: tuple[str, ...] = self.names("world.provinces")
        self.cohorts: tuple[str, ...] = tuple(self.raw("world.cohorts"))

    # -------------------------------------------------------------------------------------- single values

    def raw(self, key: str) -> Any:
        """What stands at `key`, or None where nothing does."""
        self.read.add(key)
        node = self.scenario
        for step in key.replace("[", ".[").split("."):
            if step.startswith("["):
                node = node[int(step[1:-1])]
            else:
                node = node.get(step) if isinstance(node, Mapping) else getattr(node, _attribute(node, step), None)
            if node is None:
                return None
        return node

    def items(self, key: str) -> list[str]:
        """Keys of the items of a list: ``["policy.levers[0]", ...]``."""
        return [f"{key}[{k}]" for k in range(len(self.raw(key) or ()))]

    def has(self, key: str) -> bool:
        """Whether anything stands at `key`; words such as ``none`` and ``never`` are read as nothing."""
        return self.raw(key) is not None

    def exact(self, key: str) -> Fraction:
        """A number as written; raises `ScenarioError` where there is none."""
        value = self.raw(key)
        if value is None:
            raise self.error(key, "is missing", allowed="a number")
        return Fraction(getattr(value, "exact", value))

    def number(self, key: str, default: float | None = None) -> float:
        """The same as a float; `default`, if there is one, where nothing stands."""
        if default is not None and not self.has(key):
            return default
        return float(self.exact(key))

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self.exact(key)
        assert value.denominator == 1, key
        return int(value)

    def word(self, key: str) -> str:
        """A word such as a switch; ``none`` where nothing stands."""
        value = self.raw(key)
        return "none" if value is None else str(value)

    def switch(self, key: str, table: Sequence[str]) -> int:
        """The number of a word in a table of `modes`."""
        return list(table).index(self.word(key))

    def on(self, key: str) -> int:
        """1 for ``on``, 0 for ``off``."""
        return self.switch(key, ("off", "on"))

    def day(self, key: str) -> date:
        """A date."""
        value = self.raw(key)
        assert isinstance(value, date), key
        return value

    def law(self, key: str) -> Law:
        """Law of a duration: code, scale in days, shape."""
        name = self.word(f"{key}.law")
        if name == "never":
            return NEVER
        mean, shape = self.number(f"{key}.mean"), self.number(f"{key}.shape", 1.0)
        return int(LAWS[name]), streams.scale_for_mean(int(LAWS[name]), mean, shape), shape

    # -------------------------------------------------------------------------------------- tables

    def names(self, key: str) -> tuple[str, ...]:
        """Keys of a table, in the order of the scenario; none where there is no table."""
        return tuple(self.raw(key) or ())

    def by_province(self, key: str) -> list[Fraction]:
        """One exact number a province from a table of them; 0 for a province that it does not name."""
        named = self.names(key)
        return [self.exact(f"{key}.{name}") if name in named else Fraction(0) for name in self.provinces]

    def floats(self, key: str) -> list[float]:
        """`by_province` as floats."""
        return [float(value) for value in self.by_province(key)]

    def wholes(self, key: str) -> list[int]:
        """`by_province` as whole numbers."""
        named = self.names(key)
        return [self.whole(f"{key}.{name}") if name in named else 0 for name in self.provinces]

    # -------------------------------------------------------------------------------------- faults

    def error(self, key: str, problem: str, *, allowed: str = "", hint: str = "") -> ScenarioError:
        """One fault of the scenario, to be raised."""
        return ScenarioError([self.fault(key, problem, allowed=allowed, hint=hint)])

    def fault(self, key: str, problem: str, *, allowed: str = "", hint: str = "") -> Fault:
        """One fault, to be collected."""
        if self.root is None:
            return Fault(where="scenario", key=key, problem=problem, allowed=allowed, hint=hint)
        return fault_on(self.root, path_of(key), problem, allowed, hint)


def _attribute(block: Any, key: str) -> str:
    """Name of the attribute that holds a key: another one where the key is a word of Python, such as ``lambda``."""
    named = getattr(type(block), "model_fields", {})
    return next((name for name, field in named.items() if field.alias == key), key)


def frozen(values: Any) -> Floats:
    """A float64 array, C-contiguous, that nobody writes to."""
    array = np.array(values, dtype=np.float64, order="C")
    array.setflags(write=False)
    return array


def frozen_ints(values: Any, *, shape: tuple[int, ...] | None = None) -> Ints:
    """The same of int64; `shape` says what an empty one looks like."""
    array = np.array(values, dtype=np.int64, order="C")
    array = array if shape is None else array.reshape(shape)
    array.setflags(write=False)
    return array
