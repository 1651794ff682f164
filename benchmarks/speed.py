"""Events per second of both engines, interleaved, on shipped and reduced worlds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from benchmarks.measure import Row, interleaved, ratio
from simcpec.engines.compiled.simulate import Player
from simcpec.engines.reference import simulate as play_reference
from simcpec.model.world import World

PART = "both engines, one thread"
SEED = 2024
LATE = 10_000  # a replication far from the first: an address costs the same wherever it lies


def events_of(player: Player, replications: int) -> float:
    """Mean number of events that a replication handles, of the first few."""
    found = []
    for k in range(min(replications, 5)):
        player.play(seed=SEED, draw=0, first=k, number=1)
        found.append(int(player.state[0]["events"]))
    return statistics.mean(found)


def rows(named: Mapping[str, World], *, rounds: int, replications: int) -> list[Row]:
    """Three lines a world.  replications : of the compiled engine in a round; the reference engine plays one.

    Both play the same events, so that the ratio of times a replication is that of events per second.
    """
    return [row for name, world in named.items() for row in _of(name, world, rounds, replications)]


def _of(name: str, world: World, rounds: int, replications: int) -> list[Row]:
    player = Player(world)
    taken = interleaved(
        {
            "reference": lambda: play_reference(world, seed=SEED, draw=0, replication=0),
            "compiled": lambda: player.play(seed=SEED, draw=0, first=0, number=replications),
            "late": lambda: player.play(seed=SEED, draw=0, first=LATE, number=replications),
        },
        rounds,
    )
    events = events_of(player, replications)
    fast, slow = statistics.median(taken["compiled"]) / replications, statistics.median(taken["reference"])
    return [
        Row(
            part=PART, what=f"{name}: compiled : reference", ratio=replications * ratio(taken, "reference", "compiled"),
            value=events / fast, unit="events/s compiled", note=f"{events:,.0f} events a replication",
        ),
        Row(part=PART, what=f"{name}: reference", value=events / slow, unit="events/s"),
        Row(
            part=PART, what=f"{name}: from replication {LATE:,} : from 0, time", ratio=ratio(taken, "late", "compiled"),
            note="other replications have other events",
        ),
    ]  # fmt: skip
