"""What an attack does to people, to works and to the memory of investors (4.9)."""

from __future__ import annotations

from itertools import accumulate
from math import floor

import numpy as np

from simcpec.model import modes
from simcpec.model.world import Floats, Harm
from simcpec.scenario.building.context import BuildContext
from simcpec.scenario.building.scenario_reader import NEVER, frozen, on, value_or
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.shared_parts import shared
from simcpec.scenario.schema.world import harm_block

INFINITE = float("inf")
EMPTY = np.zeros((0, 2))


@shared
def harm_of(context: BuildContext) -> Harm:
    """Persons hurt, work stopped, attacks remembered."""
    world, reader = context.world, context.reader
    harm, foreign = world.harm, world.harm.foreign
    stops, remembers = on(world.stoppage.mode), on(world.confidence.mode)
    return Harm(
        counted_as=modes.BASIS.index(world.counted_as),
        severity=modes.SEVERITY.index(foreign.law),
        zero=value_or(foreign.zero, 0.0),
        mu=value_or(foreign.mu, 0.0),
        sigma=value_or(foreign.sigma, 0.0),
        start=value_or(foreign.start, 1.0),
        cap=value_or(foreign.cap, INFINITE),
        table=_table(foreign.table or []),
        present=_present(context),
        mode_log_deaths=frozen([mode.log_deaths.value for mode in context.attack_modes.values()]),
        mode_spared=frozen([mode.spared.value for mode in context.attack_modes.values()]),
        mitigation=frozen([0.0, harm.mitigation.guard.value, harm.mitigation.hardening.value]),
        injured_base=harm.injured_base.value,
        injured_per_death=harm.injured_per_death.value,
        injured_size=value_or(harm.dispersion, INFINITE),
        local_base=harm.local_deaths_base.value,
        local_per_death=harm.local_deaths_per_death.value,
        guard_share=harm.guard_share.value,
        guards_when_stopped=harm.guard_deaths_when_stopped.value,
        stoppage=reader.law(world.stoppage.length) if stops else NEVER,
        spreads=world.stoppage.spreads.value if stops else 0.0,
        reported_harmless=_reported(context, world.observation.harmless),
        reported_harmful=_reported(context, world.observation.harmful),
        memory=world.confidence.memory.value if remembers else 0.0,
    )


def _reported(context: BuildContext, share: Quantity) -> Floats:
    """(P,) probability that a record has such an attack; 1 where it has them all."""
    block = context.world.observation
    if not on(block.mode):
        return frozen([1.0] * len(context.provinces))
    factors = (block.provinces[name].value if name in block.provinces else 1.0 for name in context.provinces)
    return frozen([share.value * factor for factor in factors])


def _present(context: BuildContext) -> Floats:
    """(C, S) persons present at an attack; on the road those of the parties that travel together, at least one."""
    present, party = context.world.harm.present, context.world.movements.party
    on_road = [
        INFINITE if present.movement is None else max(1.0, floor(present.movement.value * party[name].value + 0.5))
        for name in context.cohorts
    ]
    return frozen([
        [value_or(present.site, INFINITE), road, value_or(present.residence, INFINITE)] for road in on_road
    ])  # fmt: skip


def _table(rows: list[harm_block.SeverityRow]) -> Floats:
    """(N, 2) deaths and cumulative probability; without rows for laws that are no table."""
    gone = accumulate(row.share.exact for row in rows)
    table = [[row.deaths.value, float(share)] for row, share in zip(rows, gone, strict=True)]
    return frozen(table or EMPTY)
