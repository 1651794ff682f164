"""The table of streams is what the engine draws: every uniform that it names is read, and no other."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterator
from types import FrameType
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
    "intelligence": "on", "preparation": "exponential", "lapse": "off", "groups": "two",
}  # fmt: skip
#: teams that look for plots themselves and take up false leads: two switches that no turn of the sweep has on together
SEARCHING = BUSY | {"detection": "search", "false_leads": "on"}


class Watched(tuple[float, ...]):
    """Four uniforms that note which of them is read."""

    read: set[Uniform]
    at: tuple[str, int]

    def __getitem__(self, position: Any) -> Any:
        self.read.add((*self.at, position))
        return super().__getitem__(position)

    def __iter__(self) -> Iterator[float]:
        """Unpacked into names: those that are not `_` are read."""
        here = inspect.currentframe()
        assert here is not None and here.f_back is not None
        for position, name in enumerate(_unpacked_into(here.f_back)):
            if name != "_":
                self.read.add((*self.at, position))
        return super().__iter__()


def _unpacked_into(frame: FrameType) -> list[str]:
    """The names into which a frame unpacks something now.  Fails where it does anything else."""
    where = inspect.getframeinfo(frame, context=0).positions
    assert where is not None and where.lineno is not None and where.lineno == where.end_lineno
    line = linecache.getline(frame.f_code.co_filename, where.lineno).encode()
    target = ast.parse(line[where.col_offset : where.end_col_offset].decode(), mode="eval").body
    assert isinstance(target, ast.Tuple), f"{frame.f_code.co_qualname}: cannot tell which uniforms are read"
    names = [each.id for each in target.elts if isinstance(each, ast.Name)]
    assert len(names) == 4, f"{frame.f_code.co_qualname}: cannot tell which uniforms are read"
    return names


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
        for case in (*worlds, *(drawn(number, **held) for number in range(3) for held in (BUSY, SEARCHING))):
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
