"""What a relation is: what must stay as it is, or change in a known way, when a world is changed in a known way.

No relation asks for a truth from outside: a world is played, and played again after a change whose effect is known
beforehand. An *exact* relation compares every byte; a *statistical* one compares means, at a stated error. Each has a
control: the same comparison with a planted error in it, which must fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simcpec.engines import engine as engine_named
from simcpec.engines.contract import Engine
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from simcpec.model.outcome import Outcome
from simcpec.model.world import Floats, World
from simcpec.verification.worlds.generated_worlds import Case

Held = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where worlds are played: an engine by name or as a function."""

    engine: str | Engine = "compiled"

    @property
    def play(self) -> Engine:
        """The engine as a function."""
        return engine_named(self.engine) if isinstance(self.engine, str) else self.engine

    def traced(self, case: Case, world: World | None = None) -> Outcome:
        """One replication, with its trace, at the address of the case: of its own world or of another one."""
        return self.play(case.world if world is None else world, **case.address, trace=True)

    def many(self, case: Case, world: World, number: int) -> list[Outcome]:
        """So many replications, from that of the case on."""
        jobs = [Job(0, 0, case.replication + r) for r in range(number)]
        answers = play_all([world], jobs, seed=case.seed, engine=self.engine, workers=1)
        return [
            answer
            if isinstance(answer, Outcome)
            else self.play(world, seed=case.seed, draw=0, replication=job.replication)
            for job, answer in zip(jobs, answers, strict=True)  # one that failed fails again, with its own error
        ]


@dataclass(frozen=True, kw_only=True)
class Exact:
    """A relation to the last bit.

    name : as in the table.      says : what holds, in a sentence.
    held : switches of the generated worlds held at a word (or at some of their words), where the relation needs it.
    breach : plays a case and its changed copy; "" where the relation holds, else where it is broken.
    control : what is wrong in the control, in a few words.      caught : as `breach`, with that error planted.
    """

    name: str
    says: str
    held: Held = field(default_factory=dict)
    breach: Callable[[Case, Bench], str]
    control: str
    caught: Callable[[Case, Bench], str]


@dataclass(frozen=True, kw_only=True)
class PairedSums:
    """What a statistical relation says of a pair of numbers a replication: sum of `a` = sum of `b` in the mean.

    name : of what is compared, in words.      a, b : (n,) independent pairs.
    at_most : the relation says "at most" instead: only a sum of `a` above that of `b` breaks it.
    """

    name: str
    a: Floats
    b: Floats
    at_most: bool = False


@dataclass(frozen=True, kw_only=True)
class Statistical:
    """A relation between means.

    measures : plays so many replications of a case and of its changed copy and returns pairs of numbers; measures of
    one name are put together over the worlds.      replications : of each world.      worlds : how many are enough.
    tolerance : 95 % half-width allowed, as a share of the mean.      Other fields as in `Exact`; `wrong` is `measures`
    with the error of the control planted.
    """

    name: str
    says: str
    held: Held = field(default_factory=dict)
    measures: Callable[[Case, Bench, int], list[PairedSums]]
    control: str
    wrong: Callable[[Case, Bench, int], list[PairedSums]]
    replications: int
    worlds: int
    tolerance: float


Relation = Exact | Statistical


def pooled(parts: list[PairedSums]) -> PairedSums:
    """Measures of one name from several worlds as one."""
    together = [np.concatenate([getattr(part, side) for part in parts]) for side in "ab"]
    return PairedSums(name=parts[0].name, a=together[0], b=together[1], at_most=parts[0].at_most)
