"""One plot, from its birth to its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field

import simpy

from simcpec.engines.reference.simulation import Simulation
from simcpec.model import events, modes
from simcpec.model import outcome as names
from simcpec.model.world import Law
from simcpec.numerics.samplers import NEVER
from simcpec.numerics.streams import group_of


@dataclass(slots=True)
class FindTrack:
    """The next detection candidate of a plot in one strip."""

    clock: float = 0.0  # detection clock
    finds: int = 0  # number
    due: int = 0  # tick

    def number(self, strip: int) -> int:
        """Number of its block of draws."""
        return (strip << 32) | self.finds


@dataclass(slots=True)
class Plot:
    """One plot from birth to outcome; its identity is the same in every scenario in which it is born."""

    identity: int
    place: int  # counter word of the group and the province it was born in
    p: int  # where it turned: province, cohort, setting
    c: int
    s: int
    cell: int
    born: int  # tick
    mature: int
    lapse: int
    law: Law  # of its preparation
    mode: int  # of attack
    tracks: list[FindTrack] = field(default_factory=list)  # a strip of detection candidates each
    leads: int = 0  # taken up on it so far
    hidden: bool = True
    held: int | None = None  # tick since which it is under surveillance
    alive: bool = True
    slot: int = 0
    process: simpy.Process | None = None

    @property
    def find_strip(self) -> int:
        """The strip whose detection candidate comes first; of several at one tick the lowest."""
        return min(range(len(self.tracks)), key=lambda strip: self.tracks[strip].due)

    @property
    def group(self) -> int:
        """Number of the armed group whose plot it is."""
        return group_of(self.place)

    @property
    def next_find(self) -> int:
        """Tick of the next detection candidate."""
        return self.tracks[self.find_strip].due if self.tracks else int(NEVER)


def hold(sim: Simulation, plot: Plot) -> None:
    """The plot was found: where found plots are held, its own clock stands still from now on."""
    plot.hidden = False
    if sim.world.detection.found == modes.HELD:
        plot.held = sim.clock.now


def lose_sight(sim: Simulation, plot: Plot) -> None:
    """The lead on the plot has come to nothing: it is hidden again, and its own clock goes on where it stood."""
    plot.hidden = True
    if plot.held is None:
        return
    stood, plot.held = sim.clock.now - plot.held, None
    plot.born, plot.mature, plot.lapse = plot.born + stood, plot.mature + stood, plot.lapse + stood
    for track in plot.tracks:
        track.due += stood
    if plot.process is not None:
        plot.process.interrupt()


def end(sim: Simulation, plot: Plot) -> None:
    """The plot leaves the stock of open plots; its slot is free for the next one."""
    plot.alive = False
    sim.counts.open[plot.cell] -= 1
    if plot.slot:
        sim.plot_slots.give(plot.slot)
        del sim.plots[plot.slot]


def foiled(sim: Simulation, plot: Plot) -> None:
    """The plot is found and disrupted."""
    end(sim, plot)
    sim.counts.at_cell(plot.cell, names.CELL_FOILED)
    sim.note(events.KIND_FOILED, plot.p, plot.c, plot.s, plot.identity, plot.place)
