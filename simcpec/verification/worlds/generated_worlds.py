"""Small worlds by the thousand, which turn every switch of the model.

``drawn(3, surge="off")`` is a `Case`: a world, an address to play it at, and its switches by name (`SWITCHES`).
The tests draw the switches by hypothesis instead (``tests/support``) and hand them to `made`; numbers come from a
generator seeded by one integer, because drawing a thousand floats one by one would take longer than playing.  Zeros,
ones and empty provinces are sprinkled in on purpose.

A world lasts 40 to 160 days and holds about a plot, two leads and a movement a day, so that one play takes some 20 ms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simcpec.model.world import World
from simcpec.verification.worlds.neutral_world import with_changes
from simcpec.verification.worlds.switches import SWITCHES
from simcpec.verification.worlds.world_generator import Maker


def swept(turn: int) -> dict[str, Any]:
    """One word of every switch: over turns 0 to 5 each switch takes every word it has, at uneven paces."""
    return {name: words[(turn + at) % len(words)] for at, (name, words) in enumerate(SWITCHES.items())}


@dataclass(frozen=True)
class Case:
    """A world and where to play it; what is printed of it are its switches."""

    world: World = field(repr=False)
    seed: int
    replication: int
    switches: dict[str, Any]

    @property
    def address(self) -> dict[str, int]:
        """Keyword arguments of an engine."""
        return {"seed": self.seed, "draw": 0, "replication": self.replication}

    def changed(self, **changes: Any) -> World:
        """The world with other values, named as in `bare_world`."""
        return with_changes(self.world, **changes)


def choices(held: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The words that every switch may take: all of them, or the word, or the words, at which it is held.

    Raises KeyError or ValueError for an unknown one.
    """
    words = {name: word if isinstance(word, tuple) else (word,) for name, word in held.items()}
    for name, given in words.items():
        unknown = [word for word in given if word not in SWITCHES[name]]
        if unknown:
            raise ValueError(f"{name} is {unknown[0]!r}; allowed: {SWITCHES[name]}")
    return SWITCHES | words


def drawn(number: int, *, seed: int = 0, **held: Any) -> Case:
    """Generated world `number` of a seed, with the named switches held at a word.

    The same arguments make the same world.  Replications lie far apart: neighbours would share theirs when many are
    played of each.  Raises KeyError or ValueError for an unknown switch or word.
    """
    rng = np.random.default_rng((seed, number))
    switches = {name: words[int(rng.integers(len(words)))] for name, words in choices(held).items()}
    return made(switches, int(rng.integers(2**32)), seed, int(rng.integers(2**40)))


def made(switches: dict[str, Any], numbers: int, seed: int, replication: int) -> Case:
    """The case of these switches (all of them) and the seed of its numbers."""
    return Case(Maker(switches, numbers).world(), seed, replication, {**switches, "numbers": numbers})
