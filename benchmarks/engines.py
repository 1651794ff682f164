"""Events per second of the engines on shipped scenarios, in interleaved rounds: ratios first, medians of rounds.

    python benchmarks/engines.py [scenario] [--rounds 5] [--replications 20]

Absolute times belong to the machine and the moment; the ratio of two engines in one round does not.  Nothing here is a
test: a slow machine fails no build.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from simcpec.engines.compiled.play import Player
from simcpec.engines.reference import play as play_reference
from simcpec.engines.reference.play import set_up
from simcpec.engines.reference.stage import Stage
from simcpec.scenario import load
from simcpec.scenario.build import build

SEED = 2024


def timed(action: Callable[[], object]) -> float:
    """Seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def held_events(world: object) -> int:
    """Timed events that the reference engine schedules in one replication."""
    stage = Stage(world, seed=SEED, draw=0, replication=0, trace=False)  # type: ignore[arg-type]
    set_up(stage)
    stage.clock.run(until=stage.horizon)
    return stage.clock.held


def main() -> None:
    """Play, time and print."""
    parser = argparse.ArgumentParser(description="events per second of both engines, interleaved")
    parser.add_argument("scenario", nargs="?", default="base")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--replications", type=int, default=20, help="of the compiled engine, a round")
    options = parser.parse_args()
    world = build(load(options.scenario)).world
    player = Player(world)
    first = timed(lambda: player.play(seed=SEED, draw=0, first=0, number=1))
    play_reference(world, seed=SEED, draw=0, replication=0)
    events, rows = held_events(world), []
    for k in range(options.rounds):
        slow = timed(lambda k=k: play_reference(world, seed=SEED, draw=0, replication=k))  # type: ignore[misc]
        fast = timed(lambda: player.play(seed=SEED, draw=0, first=0, number=options.replications))
        rows.append((slow, fast / options.replications))
    slow, fast = (statistics.median(row[i] for row in rows) for i in range(2))
    ratio = statistics.median(row[0] / row[1] for row in rows)
    print(f"scenario {options.scenario}: {events:,} timed events a replication, {options.rounds} rounds")
    print(f"compiled : reference      {ratio:8.1f} x   (median of the rounds' ratios)")
    print(f"reference                 {events / slow:12,.0f} events/s   {slow:8.3f} s a replication")
    print(f"compiled                  {events / fast:12,.0f} events/s   {fast:8.5f} s a replication")
    print(f"compiled, first result    {first:8.2f} s (compiling, or loading what was compiled before)")


if __name__ == "__main__":
    main()
