"""What every part of a world stands on: the clock, who is where, and the dates at which something changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from simcpec.model import modes
from simcpec.model.rules.threat import mean_days
from simcpec.model.world import Floats, Ints
from simcpec.numerics.exact import product
from simcpec.scenario.building.clock import ScenarioClock, clock_of
from simcpec.scenario.building.groups import ALL, Origin, origins_of
from simcpec.scenario.building.levers.active_levers import ActiveLever, dates_of, instruments_of
from simcpec.scenario.building.scenario_reader import ScenarioReader, frozen, frozen_ints
from simcpec.scenario.reading.shared_parts import Parts, Reads, SharedPart, shared
from simcpec.scenario.schema import policy_block
from simcpec.scenario.schema.world import threat_block, world_block

Exact = tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True)
class Epochs:
    """Dates at which the policy or the world changes by a step: the only place that puts the axis E in front."""

    starts: Ints  # (E,) ticks, the first is 0

    def stack(self, base: object) -> Floats:
        """(E, ...) from the values (...) in force from the start; each epoch begins as the one before it."""
        array = np.asarray(base, dtype=np.float64)
        return frozen(np.broadcast_to(array, (len(self.starts), *array.shape)))

    def each(self, values: Callable[[int], object]) -> Floats:
        """(E, ...) from what `values` gives at the first tick of every epoch."""
        return frozen([values(int(tick)) for tick in self.starts])


@dataclass(frozen=True, kw_only=True)
class BuildContext:
    """A scenario with its clock, its people, its epochs and the levers that make them."""

    reader: ScenarioReader
    clock: ScenarioClock
    epochs: Epochs
    instruments: tuple[ActiveLever, ...] = ()
    unmoved: Parts | None = field(default=None, compare=False, repr=False)  # see `ScenarioReader`
    parts: dict[object, SharedPart] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def reads(self) -> Reads:
        """What was looked at."""
        return self.reader.reads

    @property
    def decides(self) -> tuple[object, ...]:
        """The declared names, the clock, the dates and the levers."""
        return (*self.reader.decides, self.clock, self.epochs, self.instruments)

    @property
    def without_levers(self) -> BuildContext:
        """The context as if no lever were in force."""
        unmoved: Parts | None = None if self.unmoved is None else {}
        return replace(self, instruments=(), unmoved=unmoved) if self.instruments else self

    def said(self, root: str) -> object:
        """What the scenario says at the first steps of a key."""
        return self.reader.said(root)

    @property
    def policy(self) -> policy_block.PolicyBlock:
        """What a decision-maker chooses."""
        return self.reader.policy

    @property
    def world(self) -> world_block.WorldBlock:
        """What nobody chooses."""
        return self.reader.world

    @property
    def provinces(self) -> tuple[str, ...]:
        """Codes, in the order of the scenario."""
        return self.reader.provinces

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Names of the cohorts."""
        return self.reader.cohorts

    @property
    @shared
    def time(self) -> Exact:
        """Share of time in each setting, in the order of `modes.SETTINGS`; adds up to 1."""
        return tuple(setting.time.exact for setting in self.world.settings.in_order())

    @property
    def is_watched(self) -> bool:
        """Whether attackers watch what is on the road, so that the setting `movement` follows the movements."""
        return self.policy.escort.rule != "off" and self.world.movements.road.mode == "watched"

    @property
    @shared
    def on_road(self) -> Exact:
        """By cohort, the share of time that a person is under way by road at the start, before any lever."""
        block, finite = self.world.movements, self.world.movements.source == "finite"
        trip = Fraction(mean_days(*self.reader.law(block.trip)))
        away = [block.rate[name].exact * trip if name in block.rate else Fraction(0) for name in self.cohorts]
        return tuple((1 - block.by_air.exact) * (part / (1 + part) if finite else part) for part in away)

    @property
    @shared
    def presence(self) -> tuple[Exact, ...]:
        """[c][s] share of time that a person of a cohort spends in a setting.

        As `world.settings` says; on the road as the movements say, where attackers watch it.
        """
        road = modes.MOVEMENT if self.is_watched else -1
        return tuple(
            tuple(self.on_road[c] if s == road else part for s, part in enumerate(self.time))
            for c in range(len(self.cohorts))
        )

    @property
    @shared
    def attraction(self) -> Exact:
        """What an hour in each setting attracts."""
        return tuple(setting.attraction.exact for setting in self.world.settings.in_order())

    @property
    @shared
    def personnel(self) -> tuple[Exact, ...]:
        """Persons by province and cohort; 0 where a province names no number."""
        tables = [self.world.provinces[name].personnel for name in self.provinces]
        return tuple(
            tuple(table[cohort].exact if cohort in table else Fraction(0) for cohort in self.cohorts)
            for table in tables
        )

    @property
    @shared
    def persons(self) -> Exact:
        """Persons by province."""
        return tuple(sum(row, Fraction(0)) for row in self.personnel)

    @property
    @shared
    def exposure(self) -> Floats:
        """(P, C, S) persons x time."""
        return frozen([
            [[product(number, part) for part in shares] for number, shares in zip(row, self.presence, strict=True)]
            for row in self.personnel
        ])  # fmt: skip

    def per_person(self, amounts: list[Fraction]) -> list[float]:
        """Amounts by province divided by its persons; 0 where nobody is."""
        return [
            product(amount, over=(persons,)) if persons else 0.0
            for amount, persons in zip(amounts, self.persons, strict=True)
        ]

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the armed groups; one where the scenario names none."""
        return self.reader.groups or (ALL,)

    @property
    @shared
    def origins(self) -> tuple[Origin, ...]:
        """Pairs of a group and a home province, group by group."""
        return origins_of(self.reader)

    @property
    @shared
    def attack_modes(self) -> Mapping[str, threat_block.ModeBlock]:
        """The modes of attack by name; a neutral one where the scenario names none."""
        return self.world.threat.modes or {threat_block.NEUTRAL_MODE: threat_block.neutral_mode()}

    @property
    @shared
    def plots(self) -> Exact:
        """Plots born a day at the starting stock, by province."""
        return tuple(self.world.provinces[name].plots.exact for name in self.provinces)


def build_context(reader: ScenarioReader, ticks_per_day: int) -> BuildContext:
    """What the parts of a world stand on.

    Raises `ScenarioError` where the clock cannot count the run, and for levers that can never act.
    """
    clock = clock_of(reader, ticks_per_day)
    instruments = instruments_of(reader, clock)
    return BuildContext(
        reader=reader, clock=clock, epochs=_epochs_of(reader, clock, instruments), instruments=instruments
    )


@shared
def _epochs_of(reader: ScenarioReader, clock: ScenarioClock, instruments: tuple[ActiveLever, ...]) -> Epochs:
    return Epochs(starts=frozen_ints([0, *dates_of(instruments, clock.horizon)]))
