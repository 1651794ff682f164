"""Gaps between attacks: what members of the ensemble have in windows like the observed one, day by day.

Nothing is fitted to gaps. They say whether attacks of the model come as evenly, or as much in bunches, as those on
record do: the number of gaps and their mean follow the rate, the coefficient of variation and the longest gap do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcpec.calibration.draws.simulated import FRESH, Simulator, kept_part
from simcpec.calibration.targets.target_schema import BETWEEN
from simcpec.calibration.weighing.resample import values_of_member
from simcpec.calibration.weighing.weights import Weighed
from simcpec.engines import ENGINES
from simcpec.model.events import KIND_ATTACK, KIND_BREACH
from simcpec.model.world import Floats, Ints, World
from simcpec.scenario.building.build import build
from simcpec.stop_signals import safe_point

STAGE = "gaps"  # of the work that is announced, and the name of its part
FEWEST = 2  # gaps of a coefficient of variation


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """Gaps of one window, in days; nan where there are too few. longest : the longest one."""

    between: str
    member: int
    number: int
    mean: float
    variation: float
    longest: float


def gaps_of(days: Sequence[float], between: str = "attacks", member: int = 0) -> Gaps:
    """The gaps between events on these days, in order of time; the ends of the window bound none."""
    apart = np.diff(np.asarray(days, dtype=np.float64))
    mean = float(apart.mean()) if len(apart) else float("nan")
    varied = len(apart) >= FEWEST and mean > 0.0
    return Gaps(
        between=between, member=member, number=len(apart), mean=mean,
        variation=float(apart.std(ddof=1)) / mean if varied else float("nan"),
        longest=float(apart.max()) if len(apart) else float("nan"),
    )  # fmt: skip


def simulated_gaps(how: Simulator, of: Weighed, members: Ints) -> tuple[Gaps, ...]:
    """Gaps of every replication of the first members with their own births, those of `fresh_checks`.

    () for an engine that only somebody else knows, for it cannot be followed day by day.
    """
    if how.engine not in ENGINES:
        how.work.plan(STAGE, 0)
        return ()

    def computed() -> list[list[list[float]]]:
        worlds = [build(how.plan.resolved, values=values_of_member(of, d, k)).world for d, k in members.tolist()]
        return [days for k, world in enumerate(worlds) for days in _days(how, world, FRESH + k)]

    replications = of.plan.replications
    windows = kept_part(how, STAGE, len(members) * replications, computed)
    return tuple(
        gaps_of(days, between, n // replications + 1)
        for n, window in enumerate(windows)
        for between, days in zip(BETWEEN, window, strict=True)
    )


def _days(how: Simulator, world: World, address: int) -> list[list[list[float]]]:
    """Days of attacks, and of those that killed a foreign national, of every replication of a world."""
    from simcpec.engines.compiled.simulate import Player

    player, found = Player(world), []
    counted = KIND_BREACH if how.plan.targets.attacks[0].counts == "breaches" else KIND_ATTACK
    for replication in range(how.plan.replications):
        safe_point()
        rows = player.plots(seed=how.plan.seed, draw=address, replication=replication)
        days = rows["tick"] / world.calendar.ticks_per_day
        fatal = (rows["kind"] == KIND_BREACH) & (rows["value"] > 0.0)
        found.append([days[rows["kind"] == counted].tolist(), days[fatal].tolist()])
    return found


def values(gaps: Sequence[Gaps], between: str, what: str) -> Floats:
    """One statistic of all windows that have it."""
    found = np.array([float(getattr(each, what)) for each in gaps if each.between == between])
    return np.asarray(found[np.isfinite(found)])
