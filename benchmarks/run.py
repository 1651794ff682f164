"""All benchmarks in one command: a table of ratios, measured in interleaved rounds, medians of the rounds.

    python benchmarks/run.py [--quick] [--only PART ...] [--json FILE]

Absolute times belong to the machine and the moment; the ratio of two programs in one round does not.  Nothing here is a
test: a slow machine fails no build.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from benchmarks.measure import Row


class Amount(NamedTuple):
    """How much is played."""

    rounds: int = 5
    queue_rounds: int = 3  # other simulators take long
    speed: int = 20  # replications of the compiled engine in a round
    years: float = 10.0  # of the reduced model
    starts: int = 2
    threads: int = 400  # replications
    summed: tuple[int, ...] = (1_000, 100_000, 1_000_000)  # replications whose sums are kept
    kept: tuple[int, ...] = (1_000, 10_000)  # replications that are kept whole
    customers: int = 200_000
    limit: int = 30  # replications
    files: int = 1_000  # scenario files
    points: int = 100_000  # of a sweep whose workers idle
    shares: tuple[int, int] = (16, 64)  # points and replications of a sweep that is timed
    alike: tuple[int, int] = (1_000, 64)  # points and replications of one that is run in every way


QUICK = Amount(
    rounds=3,
    speed=5,
    years=2.0,
    starts=1,
    threads=60,
    summed=(1_000, 10_000),
    kept=(1_000,),
    customers=20_000,
    limit=20,
    files=100,
    points=10_000,
    shares=(4, 16),
    alike=(36, 8),
)
YEAR = 365.25


def speed(amount: Amount) -> list[Row]:
    """Events per second of both engines."""
    from benchmarks import speed, worlds

    named = {"base": worlds.shipped("base"), "reduced": worlds.reduced(amount.years * YEAR)}
    return speed.rows(named, rounds=amount.rounds, replications=amount.speed)


def starts(amount: Amount) -> list[Row]:
    """Cold and cached start."""
    from benchmarks import starts

    return starts.rows("base", rounds=amount.starts)


def threads(amount: Amount) -> list[Row]:
    """One thread and two."""
    from benchmarks import scaling, worlds

    return scaling.rows("base", worlds.shipped("base"), rounds=amount.rounds, replications=amount.threads)


def memory(amount: Amount) -> list[Row]:
    """Peak memory."""
    from benchmarks import memory

    return memory.rows(amount.summed, amount.kept)


def queue(amount: Amount) -> list[Row]:
    """A common queue."""
    from benchmarks import queues

    return queues.rows(customers_about=amount.customers, rounds=amount.queue_rounds)


def limit(amount: Amount) -> list[Row]:
    """The C program."""
    from benchmarks import limit

    with tempfile.TemporaryDirectory() as folder:
        return limit.rows(
            Path(folder), rounds=amount.rounds, replications=amount.limit, days=amount.years * YEAR
        )  # fmt: skip


def files(amount: Amount) -> list[Row]:
    """Many scenario files."""
    from benchmarks import files

    return files.rows(amount.files, rounds=amount.starts)


def sweeps(amount: Amount) -> list[Row]:
    """Sweeps of many points."""
    from benchmarks import sweeps

    points, replications = amount.shares
    small = {"base": "bare", "days": 365, "points": points, "replications": replications, "rounds": amount.starts}
    base = {**small, "base": "base", "days": 1461}
    found = [*sweeps.shares("base", **base), *sweeps.shares("a small world", **small)]
    return [*found, *sweeps.many(amount.points), *sweeps.alike(*amount.alike)]


PARTS: dict[str, Callable[[Amount], list[Row]]] = {
    "speed": speed, "limit": limit, "queue": queue, "threads": threads, "memory": memory, "starts": starts,
    "files": files, "sweeps": sweeps,
}  # fmt: skip


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    root = str(Path(__file__).resolve().parents[1])
    if root not in sys.path:  # started as a script, it finds neither the package nor its neighbours
        sys.path.insert(0, root)
    from benchmarks import queues  # noqa: F401  first of all parts: what it compares may have to be imported early
    from benchmarks.measure import as_json, as_text, machine

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds: about a minute")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="all digits, into a file")
    options = parser.parse_args(words)
    rows: list[Row] = []
    for name in options.only:
        print(f"measuring: {name}", file=sys.stderr)
        rows += PARTS[name](QUICK if options.quick else Amount())
    print(as_text(rows, machine()))
    if options.json is not None:
        options.json.write_text(as_json(rows, machine()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
