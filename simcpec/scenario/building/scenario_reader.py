"""Reading a scenario through its typed blocks, in canonical units; who read what is recorded.

A block that comes from a `ScenarioReader` is read like any block of the schema, ``reader.world.threat.lapse.value``,
and has the types of the schema. So a misspelt key neither passes the type checker nor runs. Each value that is looked
at is recorded under its dotted key: one that nothing reads is a mistake, and only what was read is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar, cast

import numpy as np

from simcpec.errors import Fault, ScenarioError
from simcpec.model.world import Floats, Ints, Law
from simcpec.numerics import samplers
from simcpec.scenario.reading.messages import fault_on
from simcpec.scenario.reading.nodes import MapNode, dotted, path_of
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.shared_parts import Parts, Reads, SharedPart
from simcpec.scenario.schema import policy_block, shared_blocks
from simcpec.scenario.schema.keys import KEYS, Key, dotted_at, key_of, path_at
from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.scenario_block import Scenario, key_by_attribute, value_at

LAWS = {
    "deterministic": samplers.LAW_DETERMINISTIC,
    "exponential": samplers.LAW_EXPONENTIAL,
    "gamma": samplers.LAW_GAMMA,
    "weibull": samplers.LAW_WEIBULL,
    "lognormal": samplers.LAW_LOGNORMAL,
}
_LEVERS = dotted_at(KEYS.policy.levers)
T = TypeVar("T")
B = TypeVar("B", bound=Block)

NEVER: Law = (int(samplers.LAW_NEVER), float("inf"), 1.0)


class ScenarioReader:
    """A checked scenario, read through its blocks in canonical units (fractions, per day, days, USD, USD a year).

    policy, world, run : the blocks; what is looked at in them is recorded.      reads : what was looked at.
    scenario : as it was checked; what is looked at there is not recorded.
    root : the tree that the scenario was read from, for the places of faults, or None.
    unmoved : for a parameter draw, the parts that draws leave alone: of it nothing is recorded, which takes time, and
        its blocks have no `at`.
    """

    def __init__(self, scenario: Scenario, *, root: MapNode | None = None, unmoved: Parts | None = None) -> None:
        self.root = root
        self.reads = Reads()
        self.parts: dict[object, SharedPart] = {}
        self.unmoved = unmoved
        self.scenario = scenario
        recorded = cast(Scenario, _RecordedBlock(scenario, "", self.reads)) if unmoved is None else scenario
        self.policy, self.world, self.run = recorded.policy, recorded.world, recorded.run
        self.provinces: tuple[str, ...] = _kept(tuple(self.world.provinces))
        self.cohorts: tuple[str, ...] = _kept(tuple(self.world.cohorts))
        self.groups: tuple[str, ...] = _kept(tuple(self.world.groups))

    @property
    def decides(self) -> tuple[object, ...]:
        """The declared names, which parts read without looking."""
        return self.provinces, self.cohorts, self.groups

    def said(self, root: str) -> object:
        """The block, map or value at the first steps of a key."""
        return value_at(self.scenario, tuple(root.split(".")))

    @property
    def levers(self) -> list[policy_block.LeverBlock]:
        """The entries of `policy.levers`, which always have an `at`."""
        entries = self.policy.levers
        if self.unmoved is None:
            return entries
        return [cast(Any, _RecordedBlock(one, f"{_LEVERS}[{k}]", self.reads)) for k, one in enumerate(entries)]

    # -------------------------------------------------------------------------------------- values

    def given(self, value: T | None, key: Callable[[], T | None]) -> T:
        """`value`; raises `ScenarioError` at a key of `at` where there is none."""
        return self.required(key()) if value is None else value

    def required(self, key: T | None) -> T:
        """What stands at a key of `at` that is empty in some scenarios; raises `ScenarioError` where nothing does."""
        path = path_at(key)
        self.reads.keys.add(dotted(path))
        value: T | None = value_at(self.scenario, path)
        if value is None:
            raise self.error(key, "is missing", allowed="a value")
        return value

    def law(self, block: shared_blocks.LawBlock | shared_blocks.Patience) -> Law:
        """Law of a duration: code, scale in days, shape."""
        if block.law == "never":
            return NEVER
        mean, shape = self.given(block.mean, lambda: at(block).mean).value, value_or(block.shape, 1.0)
        law = int(LAWS[block.law])
        return law, samplers.scale_for_mean(law, mean, shape), shape

    # -------------------------------------------------------------------------------------- one number a province

    def by_province(self, amounts: Mapping[str, Quantity]) -> list[Fraction]:
        """One exact number a province; 0 for a province that the map does not name."""
        return [amounts[name].exact if name in amounts else Fraction(0) for name in self.provinces]

    def floats(self, amounts: Mapping[str, Quantity]) -> list[float]:
        """`by_province` as floats."""
        return [float(value) for value in self.by_province(amounts)]

    def wholes(self, amounts: Mapping[str, Quantity]) -> list[int]:
        """`by_province` as whole numbers."""
        return [amounts[name].whole if name in amounts else 0 for name in self.provinces]

    # -------------------------------------------------------------------------------------- faults

    def error(self, key: object, problem: str, *, allowed: str = "", hint: str = "") -> ScenarioError:
        """One fault of the scenario, to be raised."""
        return ScenarioError([self.fault(key, problem, allowed=allowed, hint=hint)])

    def fault(self, key: object, problem: str, *, allowed: str = "", hint: str = "") -> Fault:
        """One fault at a key of `KEYS` or `at`, to be collected."""
        path = path_at(key)
        if self.root is None:
            return Fault(where="scenario", key=dotted(path), problem=problem, allowed=allowed, hint=hint)
        return fault_on(self.root, path, problem, allowed, hint)


def at(block: B) -> B:
    """The keys of a block that comes from a `ScenarioReader`: ``at(lever).provinces``."""
    recorded: Any = block
    return cast(B, key_of(type(recorded._block), path_of(recorded._path)))


def detached(block: B) -> B:
    """A block that comes from a `ScenarioReader`, for keeping: what is looked at in it is recorded nowhere."""
    recorded: Any = block
    return cast(B, _RecordedBlock(recorded._block, recorded._path, Reads()))


def item(key: Mapping[str, T] | None, name: str) -> T:
    """The key of one entry of a map that some scenarios leave out: ``item(at(lever).moves, "guards")``."""
    return cast(T, cast(Key, key)[name])


def ratios(provinces: Sequence[str], named: Mapping[str, Quantity], usual: Quantity | None) -> list[float]:
    """One factor a province: its own number over the usual one, exactly 1 where it names none."""
    if usual is None or not usual.exact:
        return [1.0] * len(provinces)
    return [float(named[name].exact / usual.exact) if name in named else 1.0 for name in provinces]


def value_or(quantity: Quantity | None, default: float) -> float:
    """A number, or `default` where nothing (or ``none``, or ``never``) stands."""
    return default if quantity is None else quantity.value


def on(word: shared_blocks.OnOff) -> int:
    """1 for ``on``, 0 for ``off``."""
    return int(word == "on")


@lru_cache(maxsize=64)
def _kept(names: tuple[str, ...]) -> tuple[str, ...]:
    """The first of equal tuples, so that one look tells that they are equal."""
    return names


# ------------------------------------------------------------------------------------------------ what records


class _RecordedBlock:
    """A block whose fields are recorded when they are looked at; methods of the block read through it."""

    __slots__ = ("_block", "_path", "_reads")

    def __init__(self, block: Block, path: str, reads: Reads) -> None:
        self._block, self._path, self._reads = block, path, reads

    def __getattr__(self, name: str) -> Any:
        shape = type(self._block)
        key = key_by_attribute(shape).get(name)
        if key is not None:
            return _recorded(getattr(self._block, name), f"{self._path}.{key}" if self._path else key, self._reads)
        method = vars(shape).get(name)
        if not callable(method):
            raise AttributeError(f"{shape.__name__} has no key {name}")
        return method.__get__(self)


class _RecordedMap(Mapping[str, Any]):
    """A map whose entries are recorded when they are looked at."""

    __slots__ = ("_entries", "_path", "_reads")

    def __init__(self, entries: Mapping[str, Any], path: str, reads: Reads) -> None:
        self._entries, self._path, self._reads = entries, path, reads

    def __getitem__(self, name: str) -> Any:
        return _recorded(self._entries[name], f"{self._path}.{name}", self._reads)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _recorded(value: Any, key: str, reads: Reads) -> Any:
    """A block that records; or the value at `key`, of which it is recorded that somebody looked at it."""
    if isinstance(value, Block):
        return _RecordedBlock(value, key, reads)
    reads.keys.add(key)
    if isinstance(value, dict):
        return _RecordedMap(value, key, reads)
    if isinstance(value, list):
        return [_recorded(one, f"{key}[{k}]", reads) for k, one in enumerate(value)]
    return value


# ------------------------------------------------------------------------------------------------ arrays


def frozen(values: Any) -> Floats:
    """A float64 array, C-contiguous, that nobody writes to."""
    array = np.array(values, dtype=np.float64, order="C")
    array.setflags(write=False)
    return array


def frozen_ints(values: Any, *, shape: tuple[int, ...] | None = None) -> Ints:
    """An int64 array that nobody writes to; `shape` says what an empty one looks like."""
    array = np.array(values, dtype=np.int64, order="C")
    array = array if shape is None else array.reshape(shape)
    array.setflags(write=False)
    return array
