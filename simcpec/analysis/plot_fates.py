"""What became of each plot of one scenario under another: averted, displaced, delayed, created.

A plot has the same address in every scenario: its identity and the place word of its birth province. So what happened
to it here can be laid beside what happened to it there, and the changes add up to the paired difference exactly:
baseline - averted + created = scenario, with what is unchanged, moved in time or displaced inside both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from simcpec.errors import IdentityBroken
from simcpec.model import events
from simcpec.model.world import Floats, World
from simcpec.results.records import Fate

#: what is followed, as the counters of an outcome name it
FOLLOWED = ("attacks", "breaches")
#: what can become of an attack of the baseline; the last is an attack that only the scenario has
BECAME = ("unchanged", "earlier", "delayed", "displaced", "averted", "created")
#: why there is none: what became of the plot instead
REASONS = ("foiled", "deterred", "lapsed", "never born", "open at the end", "before counting", "stopped")

Key: TypeAlias = tuple[int, int]
Cell: TypeAlias = tuple[str, str, str]
NOWHERE: Cell = ("", "", "")

_ENDS = {
    events.KIND_BORN: "open at the end",
    events.KIND_DETERRED: "deterred",
    events.KIND_FOILED: "foiled",
    events.KIND_LAPSED: "lapsed",
    events.KIND_ATTACK: "attack",
}


@dataclass(frozen=True, slots=True)
class TrackedPlot:
    """One plot of a replication: how it ended, when (days), in which cell (province, cohort, setting)."""

    end: str  # "attack", or one of the reasons
    day: float
    cell: Cell
    breach: bool = False
    counted: bool = True  # False in the warm-up

    def is_one(self, what: str) -> bool:
        """Return whether it counts among the attacks or the breaches."""
        return self.counted and self.end == "attack" and (self.breach or what == "attacks")

    def reason(self) -> str:
        """Return why it is none of those that count."""
        if self.end != "attack":
            return self.end
        return "stopped" if self.counted else "before counting"


def plots_of(rows: np.ndarray, world: World) -> dict[Key, TrackedPlot]:
    """The plots of a replication by their address, from the rows of its trace (see `model.events.FATES`).

    Plots that were in preparation at the start have no birth in the trace and appear with their end. Raises
    IdentityBroken where two plots would have one address.
    """
    per_day, first = world.calendar.ticks_per_day, _first_counted(world)
    found: dict[Key, TrackedPlot] = {}
    last: Key = (0, 0)
    for tick, kind, p, c, s, entity, value in rows.tolist():
        if kind in (events.KIND_STOPPED, events.KIND_BREACH):
            if last[0] != entity:
                raise IdentityBroken(f"attack {entity} has a consequence before it happens")
            attack = found[last]
            found[last] = TrackedPlot(attack.end, attack.day, attack.cell, kind == events.KIND_BREACH, attack.counted)
        elif kind in _ENDS:
            last = (entity, int(value))
            before = found.get(last)
            if before is not None and (kind == events.KIND_BORN or before.end != _ENDS[events.KIND_BORN]):
                raise IdentityBroken(f"two plots have the address {last}")
            cell = world.provinces[p], world.cohorts[c], world.settings[s]
            found[last] = TrackedPlot(_ENDS[kind], tick / per_day, cell, counted=tick >= first)
    return found


def _first_counted(world: World) -> int:
    """Tick from which events are counted: the end of the warm-up, which itself belongs to the next period."""
    calendar = world.calendar
    return int(calendar.period_end_tick[calendar.warm_up_periods - 1]) if calendar.warm_up_periods else 0


def changes(baseline: Mapping[Key, TrackedPlot], scenario: Mapping[Key, TrackedPlot]) -> Iterator[Fate]:
    """What became of every attack and breach of one replication, each as a `Fate` that counts 1.

    One that has moved in space and in time is displaced.
    """
    for what in FOLLOWED:
        for key, plot in baseline.items():
            if plot.is_one(what):
                yield _became(what, plot, scenario.get(key))
        for key, plot in scenario.items():
            before = baseline.get(key)
            if plot.is_one(what) and not (before is not None and before.is_one(what)):
                yield _fate(what, "created", _why(before), NOWHERE, plot.cell)


def _became(what: str, plot: TrackedPlot, other: TrackedPlot | None) -> Fate:
    if other is None or not other.is_one(what):
        return _fate(what, "averted", _why(other), plot.cell, NOWHERE)
    if other.cell != plot.cell:
        return _fate(what, "displaced", "", plot.cell, other.cell)
    if other.day == plot.day:
        return _fate(what, "unchanged", "", plot.cell, other.cell)
    return _fate(what, "delayed" if other.day > plot.day else "earlier", "", plot.cell, other.cell)


def _why(plot: TrackedPlot | None) -> str:
    return "never born" if plot is None else plot.reason()


def _fate(what: str, became: str, by: str, origin: Cell, target: Cell) -> Fate:
    return Fate(what=what, became=became, by=by, origin=origin, target=target, count=1)


def total(found: Iterable[Fate]) -> tuple[Fate, ...]:
    """Equal fates counted together, in the order of `FOLLOWED`, `BECAME`, `REASONS` and then of names."""
    counts: Counter[tuple[str, str, str, Cell, Cell]] = Counter()
    for fate in found:
        counts[fate.what, fate.became, fate.by, fate.origin, fate.target] += fate.count

    def order(key: tuple[str, str, str, Cell, Cell]) -> tuple[int, int, int, Cell, Cell]:
        what, became, by, origin, target = key
        return FOLLOWED.index(what), BECAME.index(became), ("", *REASONS).index(by), origin, target

    return tuple(
        Fate(what=key[0], became=key[1], by=key[2], origin=key[3], target=key[4], count=counts[key])
        for key in sorted(counts, key=order)
    )


def check(
    fates: Sequence[Fate], *, baseline: Mapping[str, Floats], scenario: Mapping[str, Floats], cells: Sequence[Cell]
) -> None:
    """Raise IdentityBroken unless fates add up to the counts of both scenarios, cell by cell.

    baseline, scenario : what is followed -> (cells,) counts of the same plays.      cells : as the counts stand.
    """
    for what in FOLLOWED:
        of = [fate for fate in fates if fate.what == what]
        for name, counts, found in (
            ("baseline", baseline[what], _by_cell((each.origin, each.count) for each in of)),
            ("scenario", scenario[what], _by_cell((each.target, each.count) for each in of)),
        ):
            known = {cell: int(count) for cell, count in zip(cells, counts.tolist(), strict=True) if count}
            if known != found:
                raise IdentityBroken(
                    f"{what} of the {name} do not add up: {sum(known.values())} were counted and "
                    f"{sum(found.values())} followed, or not in the same cells"
                )


def _by_cell(found: Iterable[tuple[Cell, int]]) -> dict[Cell, int]:
    counts: Counter[Cell] = Counter()
    for cell, count in found:
        if cell != NOWHERE:
            counts[cell] += count
    return dict(counts)
