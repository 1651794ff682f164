"""Many scenarios at once: each fault names those it is about, and one fault of a shared file is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from simcpec.errors import Fault, ScenarioError

One = TypeVar("One")
Other = TypeVar("Other")


def each(ones: Iterable[One], act: Callable[[One], Other]) -> tuple[Other, ...]:
    """Return what `act` gives for each; raises one `ScenarioError` with the faults of all for which it raises one."""
    found: list[Other] = []
    faults: list[Fault] = []
    for one in ones:
        try:
            found.append(act(one))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(together(faults))
    return tuple(found)


def together(faults: Iterable[Fault]) -> list[Fault]:
    """Faults that differ only in their scenarios as one, in the order of the first of each."""
    found: dict[Fault, dict[str, None]] = {}
    for fault in faults:
        found.setdefault(replace(fault, scenarios=()), {}).update(dict.fromkeys(fault.scenarios))
    return [replace(fault, scenarios=tuple(names)) for fault, names in found.items()]
