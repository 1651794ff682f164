"""The table of streams is what the engine draws: every uniform that it names is read, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simcpec.engines.reference.simulate import simulate
from simcpec.engines.reference.simulation import Simulation
from simcpec.numerics import streams
from simcpec.verification.worlds.generated_worlds import drawn, made, swept

Uniform = tuple[str, int, int]  # stream, block (0 where blocks are an index), position
NAMES = {stream.number: name for name, stream in streams.STREAMS.items()}
ELSEWHERE = {"PARAMETER", "BOOTSTRAP"}  # drawn by experiments, not by an engine
STRIDE = 4  # blocks of one lead on a plot; those of the next lead on it follow
TURNS = range(6)
#: operations against plots that yield much and provoke recruits: rare where switches are drawn
BUSY = {
    "attempts": "plots", "detection": "leads", "marks": "poisson", "network": "linear", "backlash": "on", "days": 100,
    "intelligence": "on", "preparation": "exponential", "lapse": "off",
}  # fmt: skip


class Watched(tuple[float, ...]):
    """Four uniforms that note which of them is read."""

    read: set[Uniform]
    at: tuple[str, int]

    def __getitem__(self, position: Any) -> Any:
        self.read.add((*self.at, position))
        return super().__getitem__(position)


@pytest.fixture(scope="module")
def read() -> Iterator[set[Uniform]]:
    """Every uniform that the reference engine reads in worlds which turn every switch."""
    found: set[Uniform] = set()

    def watched(draw: Any) -> Any:
        def of(stage: Simulation, entity: int, place: int, stream: Any, number: int = 0) -> Watched:
            name = NAMES[int(stream)]
            uniforms = Watched(draw(stage, entity, place, stream, number))
            uniforms.read, uniforms.at = found, (name, 0 if streams.STREAMS[name].each else int(number) % STRIDE)
            return uniforms

        return of

    with pytest.MonkeyPatch.context() as patch:
        for name in ("draw", "draw_birth"):
            patch.setattr(Simulation, name, watched(getattr(Simulation, name)))
        worlds = [made({**swept(turn), "days": 40}, turn, turn, turn) for turn in TURNS]
        for case in (*worlds, *(drawn(number, **BUSY) for number in range(3))):
            simulate(case.world, **case.address)
    yield found


def told() -> set[Uniform]:
    """Every uniform that the table gives a name."""
    return {
        (name, block, position)
        for name, stream in streams.STREAMS.items()
        for block, names in enumerate(stream.blocks)
        for position, decides in enumerate(names)
        if decides and name not in ELSEWHERE
    }


def test_the_engine_reads_every_uniform_of_the_table_and_no_other(read: set[Uniform]) -> None:
    assert sorted(told() - read) == [], "named, but read by nothing"
    assert sorted(read - told()) == [], "read, but without a name"


def test_streams_of_experiments_are_used_there(root: Any) -> None:
    files = [path for part in ("experiments", "analysis") for path in (root / "simcpec" / part).rglob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [name for name in ELSEWHERE if f"S_{name})" not in text] == []


def test_the_words_of_a_stream_name_its_uniforms() -> None:
    made_up = streams.Stream(1, "plot", (("gap", "", "work"), ("mark",)), "cell")
    assert made_up.decides == "plot: gap, (unused), work; next block: mark; a block for each cell"
