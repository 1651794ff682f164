"""Declared ceilings against what a built world can reach: each fault names the key to raise."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import numpy as np

from simcpec.errors import Fault, ScenarioError
from simcpec.model import modes
from simcpec.model.world import Ints, World
from simcpec.scenario.building.scenario_reader import ScenarioReader
from simcpec.scenario.building.threat import highest_detection, most_intelligence
from simcpec.scenario.reading.nodes import dotted
from simcpec.scenario.schema.keys import KEYS, path_at

LARGEST_INTEGRAL = 2**62  # person-ticks of one period that an int64 holds

#: how fast candidates are drawn, or how much is made ready: no statement about the world, so never drawn
CEILINGS = (
    "world.threat.stock_ceiling",
    "world.detection.ceiling",
    "world.operations.tempo_ceiling",
    "world.operations.team_ceiling",
    "world.network.event_ceiling",
    "world.protection.insider.ceiling",
)


def check_world(reader: ScenarioReader, world: World) -> None:
    """Raise `ScenarioError` with every ceiling that the world's own capacity exceeds."""
    most = world.capacity.most
    faults = [*_teams(reader, world, most), *_tempo(reader, world, most), *_detection(reader, world, most)]
    faults += [*_insiders(reader, world), *_integrals(reader, world)]
    if faults:
        raise ScenarioError(faults)


def _teams(reader: ScenarioReader, world: World, units: Ints) -> Iterator[Fault]:
    """units : (P, K) that each province can have at most."""
    ceiling = world.operations.team_ceiling
    teams = (world.operations.teams + units[:, modes.OPERATIONS]).tolist()
    most, name = max(zip(teams, world.provinces, strict=True))
    if most > ceiling:
        problem = f"is {ceiling}, below the {most} teams that {name} can have"
        yield _too_low(reader, KEYS.world.operations.team_ceiling, problem, str(most))


def _tempo(reader: ScenarioReader, world: World, units: Ints) -> Iterator[Fault]:
    ceiling, factors = world.operations.tempo_ceiling, most_intelligence(world.intelligence, units)
    levers = world.operations.tempo.max(axis=0).tolist()
    used = [
        factor * lever if leads > 0.0 else 1.0
        for factor, lever, leads in zip(factors, levers, world.operations.routine.tolist(), strict=True)
    ]
    most, name = max(zip(used, world.provinces, strict=True))
    if most > ceiling:
        problem = f"is {ceiling:g}, below the factor {most:.4g} that intelligence and levers in {name} can reach"
        yield _too_low(reader, KEYS.world.operations.tempo_ceiling, problem, _above(most))


def _detection(reader: ScenarioReader, world: World, units: Ints) -> Iterator[Fault]:
    w = world.detection
    rates = highest_detection(world, units)
    if rates is None:
        return
    most, name = max(zip(rates.tolist(), world.provinces, strict=True))
    if most > w.ceiling.min():
        problem = f"is {w.ceiling.min() * 365.25:g} /year, below the {most * 365.25:.4g} /year that {name} can reach"
        yield _too_low(reader, KEYS.world.detection.ceiling, problem, f"{_above(most * 365.25)} /year")


def _insiders(reader: ScenarioReader, world: World) -> Iterator[Fault]:
    w = world.protection
    fastest = float(max(w.insider_onset.max(initial=0.0), w.insider_found.max(initial=0.0)))
    if w.insider_on and fastest > w.insider_ceiling.min():
        problem = f"is {w.insider_ceiling.min() * 365.25:g} /year, below onset or found"
        yield _too_low(reader, KEYS.world.protection.insider.ceiling, problem, f"{_above(fastest * 365.25)} /year")


def _integrals(reader: ScenarioReader, world: World) -> Iterator[Fault]:
    """Militants are integrated over each period as whole person-ticks."""
    edges = np.concatenate([[0], world.calendar.period_end_tick])
    longest = int(np.diff(edges).max())
    for name, militants in zip(world.provinces, world.network.militants.tolist(), strict=True):
        if militants * world.threat.stock_ceiling * longest >= LARGEST_INTEGRAL:
            most = int(LARGEST_INTEGRAL / (world.threat.stock_ceiling * longest))
            hint = "Shorter periods (run.period: month) or a lower world.threat.stock_ceiling leave room for more."
            problem = f"is {militants}, too many to be counted over one period"
            key = KEYS.world.provinces[name].militants
            yield reader.fault(key, problem, allowed=f"at most {most} persons", hint=hint)


def _too_low(reader: ScenarioReader, key: object, problem: str, least: str) -> Fault:
    """The fault of a ceiling: the least value that suffices, and what to add to a command for it."""
    words = shlex.quote(f"{dotted(path_at(key))}={least}")
    hint = f"Add --set {words}: a ceiling says how fast candidates are drawn, not what becomes of them."
    return reader.fault(key, problem, allowed=f"at least {least}", hint=hint)


def _above(value: float) -> str:
    """A short number that is not below `value`."""
    digits = 10.0 ** (np.floor(np.log10(value)) - 2)
    return f"{np.ceil(value / digits) * digits:.6g}"
