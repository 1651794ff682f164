"""What the numbers of a built world must allow."""

from __future__ import annotations

from collections.abc import Iterator

from simcpec.errors import Fault, ScenarioError
from simcpec.model.world import World
from simcpec.scenario.building.scenario_reader import ScenarioReader
from simcpec.scenario.schema.keys import KEYS

GROWTH = 3  # times that a stock can grow before it can no longer be counted, at least


def check_world(reader: ScenarioReader, world: World) -> None:
    """Raise `ScenarioError` with everything that cannot be counted."""
    faults = [*_integrals(reader, world)]
    if faults:
        raise ScenarioError(faults)


def _integrals(reader: ScenarioReader, world: World) -> Iterator[Fault]:
    """Militants are integrated over each period as whole person-ticks."""
    for name, militants, most in zip(world.provinces, world.network.militants, world.network.most, strict=True):
        if int(militants) * GROWTH > int(most):
            hint = "Shorter periods (run.period: month) leave room for more."
            problem = f"is {militants}, too many to be counted over one period"
            key = KEYS.world.provinces[name].militants
            yield reader.fault(key, problem, allowed=f"at most {int(most) // GROWTH} persons", hint=hint)
