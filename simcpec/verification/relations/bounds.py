"""Relation of what bounds the computation and nothing else: how many strips of candidates are simulated."""

from __future__ import annotations

from simcpec.engines.compiled.simulate import Player
from simcpec.engines.reference.simulate import perform
from simcpec.engines.reference.simulation import Simulation
from simcpec.model.outcome import Outcome
from simcpec.verification.relations.compare import rows, tables, tables_differ, traces_differ
from simcpec.verification.relations.relation import Bench, Exact
from simcpec.verification.worlds.generated_worlds import Case

EARLY = 4  # strips of every source from the start on: intensities up to eight units


class Late(Simulation):
    """The error of the control: a strip is opened only when the intensity is twice what it begins at."""

    def needs_strip(self, strips: int, most: float, p: int) -> bool:
        """As in `Simulation`, of half the intensity."""
        return super().needs_strip(strips, 0.5 * most, p)


def _early(case: Case, bench: Bench) -> Outcome:
    """The replication of a case with strips opened in advance, by the engine of the bench."""
    if bench.engine == "reference":
        return perform(Simulation(case.world, **case.address, trace=True, strips_at_least=EARLY), case.world)
    at = case.address
    player = Player(case.world, strips_at_least=EARLY)
    return player.play(seed=at["seed"], draw=at["draw"], first=at["replication"], number=1, trace=True)[0]


def _differ(one: Outcome, other: Outcome) -> str:
    return tables_differ(tables(one), tables(other)) or traces_differ(rows(one), rows(other))


def _opened_late(case: Case, bench: Bench) -> str:
    return _differ(perform(Late(case.world, **case.address, trace=True), case.world), bench.traced(case))


OPENED_EARLY = Exact(
    name="strips opened in advance",
    says=f"every source with {EARLY} strips from the start on, needed or not: the same events and counters",
    breach=lambda case, bench: _differ(_early(case, bench), bench.traced(case)),
    control="strips opened at twice the intensity at which they begin",
    caught=_opened_late,
)
