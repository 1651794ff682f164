"""Parts of worlds that are built once for all scenarios that say the same of what they read.

A part is a function of what a scenario says, of the dates and levers of its context, and of other parts. While it is
built, the keys that it looks at are noted, its own and those of the parts that it asks for. It is taken again for a
scenario whose blocks at these keys are the very same, as those of files are that extend one file. Nothing that a part
gives is ever changed, so that it makes no difference who built it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import wraps
from itertools import islice
from operator import is_
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from simcpec.scenario.reading.quantity import Quantity
from simcpec.units import Horizon

MOST = 8  # scenarios of which a part is kept; the latest
ROOT = 2  # steps of a key that name the block whose identity is looked at: ``world.threat``


@dataclass(eq=False, slots=True)
class Reads:
    """The keys that are looked at, and the shared parts that are asked for, by what is being built."""

    keys: set[str] = field(default_factory=set)
    parts: set[SharedPart] = field(default_factory=set)

    @property
    def all(self) -> frozenset[str]:
        """All keys, those of the parts included."""
        return frozenset(self.keys).union(*(part.keys for part in self.parts))


class Source(Protocol):
    """What parts are built from: a scenario, and whatever else decides."""

    @property
    def reads(self) -> Reads:
        """What has been looked at."""

    @property
    def parts(self) -> dict[object, SharedPart]:
        """Those of this very source, by function and arguments."""

    @property
    def unmoved(self) -> Parts | None:
        """Parts that parameter draws leave alone, where nothing has to be noted; None where this is no draw."""

    @property
    def decides(self) -> tuple[object, ...]:
        """What decides beside the blocks that are looked at."""

    def said(self, root: str) -> object:
        """Return what the scenario says at the first steps of a key; None where it says nothing."""


@dataclass(frozen=True, eq=False, slots=True)
class SharedPart:
    """A part with all that decided about it.

    decides : of the source, and arguments.      said : what the scenario says at each of `roots`, which were looked at.
    keys : that were looked at.
    """

    decides: tuple[object, ...]
    roots: tuple[str, ...]
    said: tuple[object, ...]
    keys: frozenset[str]
    found: Any

    def of(self, source: Source, decides: tuple[object, ...]) -> SharedPart | None:
        """The part for another source; None where building it there could give something else."""
        if not same(self.decides, decides):
            return None
        said = tuple(map(source.said, self.roots))
        if all(map(is_, self.said, said)):
            return self
        return replace(self, decides=decides, said=said) if same(self.said, said) else None


Parts = Mapping[object, SharedPart]
"""Parts by function and arguments."""

From = TypeVar("From", bound=Source)
With = ParamSpec("With")
Found = TypeVar("Found")

_HELD: dict[Callable[..., Any], tuple[SharedPart, ...]] = {}


def shared(build: Callable[Concatenate[From, With], Found]) -> Callable[Concatenate[From, With], Found]:
    """Make a function of a source, which changes nothing and whose result nobody changes, one of a shared part.

    Its other arguments are compared by identity, numbers and words by value; so they are best shared parts themselves.
    Threads may share the result: one that is found by two at once is built twice and is the same.
    """

    @wraps(build)
    def part(source: From, /, *args: With.args, **more: With.kwargs) -> Found:
        arguments = (*args, *more.values()) if more else args
        here = (build, *[one if isinstance(one, int) else id(one) for one in arguments]) if arguments else build
        held = source.parts.get(here)
        if source.unmoved is not None:  # a draw: few parts of it are those of any other scenario
            held = held or source.unmoved.get(here)
            if held is None:
                held = SharedPart(arguments, (), (), frozenset(), build(source, *args, **more))
                source.parts[here] = held
            moved: Found = held.found
            return moved
        if held is None:
            decides = (*source.decides, *arguments)
            held = _held(build, source, decides)
            if held is None:
                held = _built(source, decides, lambda: build(source, *args, **more))
                _keep(build, held)
            source.parts[here] = held
        source.reads.parts.add(held)
        found: Found = held.found
        return found

    return part


def unmoved_parts(parts: Parts, drawn: Iterable[str]) -> Parts:
    """The parts that look at none of the dotted keys `drawn`, nor at a list that holds one."""
    lists = {key[:cut] for key in drawn for cut in range(len(key)) if key[cut] == "["}
    moved = {*drawn, *lists}
    return {here: part for here, part in parts.items() if moved.isdisjoint(part.keys)}


def _held(build: Callable[..., Any], source: Source, decides: tuple[object, ...]) -> SharedPart | None:
    """The part that was built before; one that is the same by value only is kept as the latest, to be found at once."""
    for held in _HELD.get(build, ()):
        shared_part = held.of(source, decides)
        if shared_part is not None:
            if shared_part is not held:
                _keep(build, shared_part, instead=held)
            return shared_part
    return None


def _keep(build: Callable[..., Any], part: SharedPart, *, instead: SharedPart | None = None) -> None:
    """Keep a part as the latest; the oldest ones go."""
    rest = (held for held in _HELD.get(build, ()) if held is not instead)
    _HELD[build] = (part, *islice(rest, MOST - 1))


def _built(source: Source, decides: tuple[object, ...], build: Callable[[], Any]) -> SharedPart:
    """Build a part while its reads are noted apart from those of what asks for it."""
    outer = source.reads
    keys, parts = outer.keys, outer.parts
    outer.keys, outer.parts = set(), set()
    try:
        built = build()
        read = outer.all
    finally:
        outer.keys, outer.parts = keys, parts
    roots = _roots(read)
    return SharedPart(decides, roots, tuple(map(source.said, roots)), read, built)


def _roots(keys: Iterable[str]) -> tuple[str, ...]:
    """The blocks that keys are in, each once."""
    return tuple(sorted({".".join(key.split(".")[:ROOT]).partition("[")[0] for key in keys}))


def same(one: object, other: object) -> bool:
    """Return whether two things are one and the same, or hold the same things, or are equal words and numbers.

    Blocks and arrays are never compared by what they hold: that would take as long as building does.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, (int, str, date, Quantity, Horizon)) and one == other
