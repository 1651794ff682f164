"""Many scenarios at once: each fault names those it is about, and one fault of a shared file is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from simcpec.errors import Fault, ScenarioError, UserError
from simcpec.scenario.layers import STDIN
from simcpec.scenario.resolved import Resolved, load

One = TypeVar("One")
Other = TypeVar("Other")


def load_all(refs: Sequence[str], *, sets: Sequence[str] = ()) -> tuple[Resolved, ...]:
    """Every scenario in order; raises one `ScenarioError` with the faults of all of them."""
    if refs.count(STDIN) > 1:
        raise UserError("- stands twice; stdin can be read only once")
    return each(refs, lambda ref: load(ref, sets=sets))


def each(ones: Iterable[One], act: Callable[[One], Other]) -> tuple[Other, ...]:
    """What `act` gives for each; raises one `ScenarioError` with the faults of all for which it raises one."""
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
