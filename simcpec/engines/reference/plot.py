"""One plot, from its birth to its outcome."""

from __future__ import annotations

from dataclasses import dataclass

import simpy

from simcpec.engines.reference.simulation import Simulation
from simcpec.model import events
from simcpec.model import outcome as names
from simcpec.model.world import Law


@dataclass(slots=True)
class Plot:
    """One plot from birth to outcome; its identity is the same in every scenario in which it is born."""

    identity: int
    place: int  # counter word of the province it was born in
    p: int  # where it turned: province, cohort, setting
    c: int
    s: int
    cell: int
    born: int  # tick
    mature: int
    lapse: int
    law: Law  # of its preparation
    clock: float = 0.0  # detection clock of the next candidate
    finds: int = 0  # number of the next detection candidate
    leads: int = 0  # taken up on it so far
    next_find: int = 0
    hidden: bool = True
    alive: bool = True
    slot: int = 0
    process: simpy.Process | None = None


def end(sim: Simulation, plot: Plot) -> None:
    """The plot leaves the stock of open plots; its slot is free for the next one."""
    plot.alive = False
    sim.counts.open[plot.cell] -= 1
    if plot.slot:
        sim.plot_slots.give(plot.slot)


def foiled(sim: Simulation, plot: Plot) -> None:
    """The plot is found and disrupted."""
    end(sim, plot)
    sim.counts.at_cell(plot.cell, names.CELL_FOILED)
    sim.note(events.KIND_FOILED, plot.p, plot.c, plot.s, plot.identity, plot.place)
