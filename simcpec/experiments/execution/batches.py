"""What is played together: rounds of spans, each the same replications of one parameter draw in every scenario.

A round is large enough to keep all processors busy and small enough that what it leaves can be summed and let go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simcpec.experiments.execution.process_pool import Job
from simcpec.results.online_moments import BLOCK

SPAN = 5 * BLOCK  # replications whose outcomes are held at a time
PLAYS = 4096  # of a round, unless one span has more


@dataclass(frozen=True, slots=True)
class ReplicationRange:
    """Successive replications of one draw (its index), at most `SPAN`, never across a multiple of it."""

    draw: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class JobPosition:
    """Where an answer belongs: scenario, span of the round, and place in the span."""

    scenario: int
    span: int
    at: int


@dataclass(frozen=True)
class Batch:
    """Some spans in all scenarios."""

    spans: tuple[ReplicationRange, ...]
    scenarios: int
    numbers: tuple[int, ...]  # of the parameter draws

    def __iter__(self) -> Iterator[tuple[Job, JobPosition]]:
        """Jobs and where their answers belong: scenario by scenario, draw by draw."""
        draws = len(self.numbers)
        for s in range(self.scenarios):
            for k, span in enumerate(self.spans):
                for at in range(span.count):
                    job = Job(s * draws + span.draw, self.numbers[span.draw], span.first + at)
                    yield job, JobPosition(s, k, at)

    def __len__(self) -> int:
        return self.scenarios * sum(span.count for span in self.spans)


def spans(draws: Sequence[int], first: int, end: int) -> Iterator[ReplicationRange]:
    """Replications `first` ... `end` - 1 of these draws (indices), draw by draw."""
    for d in draws:
        at = first
        while at < end:
            stop = min(end, (at // SPAN + 1) * SPAN)
            yield ReplicationRange(d, at, stop - at)
            at = stop


def rounds(
    of: Iterator[ReplicationRange], *, scenarios: int, numbers: tuple[int, ...], plays: float = PLAYS
) -> Iterator[Batch]:
    """These spans in rounds of about this many plays."""
    held: list[ReplicationRange] = []
    for span in of:
        if held and scenarios * (sum(each.count for each in held) + span.count) > plays:
            yield Batch(tuple(held), scenarios, numbers)
            held = []
        held.append(span)
    if held:
        yield Batch(tuple(held), scenarios, numbers)
