"""Peak memory of a process that plays a small world: with all outcomes kept, and with their sums only."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.measure import Row, in_process

PART = "peak memory of a process, a small world"
PLAY = """
import sys
from benchmarks import memory
memory.play(int(sys.argv[1]), keep=sys.argv[2] == "kept")
print(memory.peak())
"""
BLOCK = 200  # replications whose outcomes are held at a time where only sums are kept
SEED = 2024


def play(replications: int, *, keep: bool) -> float:
    """Play the small world on the compiled engine, one thread; returns the sum of its attacks."""
    from benchmarks import scaling, worlds
    from simcpec.engines.compiled.play import Player
    from simcpec.model.outcome import CELL_ATTACKS

    world = worlds.small()
    if keep:
        return float(sum(o.cell[..., CELL_ATTACKS].sum() for o in scaling.played(
            world, replications=replications, workers=1
        )))  # fmt: skip
    player, total = Player(world), 0.0
    for first in range(0, replications, BLOCK):
        number = min(BLOCK, replications - first)
        total += sum(
            o.cell[..., CELL_ATTACKS].sum() for o in player.play(seed=SEED, draw=0, first=first, number=number)
        )
    return total


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


def rows(replications: Sequence[int]) -> list[Row]:
    """A line for each number of replications and each way of keeping; ratios are to the first of its way."""
    in_process(PLAY, "1", "summed")  # compiling takes more memory than playing, and is over once for all
    found = []
    for way, told in (("kept", "every outcome kept, as with --rows all"), ("summed", f"outcomes let go every {BLOCK}")):
        least = None
        for number in replications:
            value = float(in_process(PLAY, str(number), way)[0])
            least = value if least is None else least
            found.append(
                Row(
                    part=PART,
                    what=f"{number:,} replications, {way}",
                    ratio=value / least,
                    value=value,
                    unit="MB",
                    note=told,
                )
            )
    return found
