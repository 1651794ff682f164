"""The reference engine with draws in turn: what a shared seed does in a program that draws the next number.

Everything is the engine's own, its events, rules and samplers, but for one thing: where a decision asks for uniforms by
address, it gets the next block of one sequence, which is the same sequence in every scenario of a replication. So two
scenarios share their draws up to the first event that one of them does not have; from there on each decision gets the
numbers that were meant for another. A block that was drawn is kept by its address and read again, as any program keeps
a number that it needs twice: the law of a replication is exactly that of the engine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.engines.reference.simulate import perform
from simcpec.engines.reference.simulation import Simulation
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.numerics.streams import block

NOBODY: Any = np.int64(0)  # the stream of no decision point: addresses are never read from it
Uniforms = tuple[float, float, float, float]


class Turns(Simulation):
    """A stage on which the n-th address that is asked for gets the n-th block of the replication."""

    def __init__(self, world: World, *, seed: int, draw: int, replication: int, trace: bool) -> None:
        self.drawn: dict[tuple[int, int, int, int], Uniforms] = {}
        super().__init__(world, seed=seed, draw=draw, replication=replication, trace=trace)

    def draw(self, entity: int, place: int, stream: Any, number: int = 0) -> Uniforms:
        """The four uniforms of this decision: the next ones, or those that it got before."""
        address = (entity, place, int(stream), number)
        if address not in self.drawn:
            self.drawn[address] = block(self.key, self.replication, len(self.drawn), 0, NOBODY, 0)
        return self.drawn[address]

    draw_birth = draw


def play(world: World, *, seed: int, draw: int, replication: int, trace: bool = False) -> Outcome:
    """Play one replication with draws in turn; see `engines.contract.Engine`."""
    return perform(Turns(world, seed=seed, draw=draw, replication=replication, trace=trace), world)
