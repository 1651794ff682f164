"""Peak memory of a process that plays a small world by the door of studies: with some rows kept, and with all."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.measure import Row, in_process

PART = "peak memory of a process, a small world"
PLAY = """
import sys
from benchmarks import memory
memory.play(int(sys.argv[1]), rows=int(sys.argv[2]) if sys.argv[2:] else None)
print(memory.peak())
"""
SMALL = ("run.horizon=1 year",)  # of the bare scenario: two provinces, about 18 attacks a year, nothing else


def play(replications: int, *, rows: int | None) -> float:
    """Play the small world as `simcpec run` does; returns its mean attacks a year.

    rows : replications that are kept whole; None: all.
    """
    from simcpec.analysis.responses import response
    from simcpec.analysis.scenario_analysis import analysis_of
    from simcpec.experiments.study import study

    found = study(["bare"], sets=SMALL, replications=replications, rows=rows, jobs=1)
    return analysis_of(found.scenarios[0]).estimate(response("attacks")).mean


def peak() -> float:
    """The most memory that this process ever held, in MB.

    On Linux from the process itself: what `getrusage` says there begins with the peak of the process that started it.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(float(line.split()[1]) / 1024.0 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        import resource
        import sys

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def rows(summed: Sequence[int], kept: Sequence[int]) -> list[Row]:
    """A line for each number of replications and each way of keeping; ratios are to the first of its way.

    summed : numbers of replications of which 1,000 are kept, as `simcpec run` does.      kept : of which all are.
    """
    from simcpec.experiments.design.prepare import ROWS

    in_process(PLAY, "2")  # compiling takes more memory than playing, and is over once for all
    ways = (
        ("summed", summed, (str(ROWS),), f"{ROWS:,} rows and sums of all, as without --rows"),
        ("kept", kept, (), "every replication kept, as with --rows all"),
    )
    found = []
    for way, numbers, words, told in ways:
        values = [float(in_process(PLAY, str(number), *words)[0]) for number in numbers]
        found += [
            Row(
                part=PART,
                what=f"{number:,} replications, {way}",
                ratio=value / values[0],
                value=value,
                unit="MB",
                note=told,
            )
            for number, value in zip(numbers, values, strict=True)
        ]
    return found
