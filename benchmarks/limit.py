"""A hand-written C program of the reduced model against the compiled engine: equal counters first, then time."""

from __future__ import annotations

import ctypes
import shutil
import statistics
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import worlds
from benchmarks.measure import Row, interleaved, ratio
from simcpec.engines.compiled.simulate import Player
from simcpec.model import outcome as names
from simcpec.model.modes import SITE
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.numerics.streams import key_word

PART = "compiled engine against C (same model, same draws, same order of events)"
SOURCE = Path(__file__).with_name("limit.c")
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")
WAYS = {
    "C": (),
    "C in blocks": ("-DAHEAD=64", "-fno-trapping-math", "-fno-math-errno"),
}
"""One draw at a time, and leads 64 at a time; the two more flags change no value, only what may become vector code."""
SEED = 2024
MOST = 8  # provinces in the C program

#: counters of the C program in its order, the first lot by cell, the second by province
BY_CELL = (
    names.CELL_PLOTS, names.CELL_FOILED, names.CELL_LAPSED, names.CELL_ATTACKS, names.CELL_ROUTE, names.CELL_GUARD,
    names.CELL_HARDENING, names.CELL_BREACHES, names.CELL_EXPECTED, names.CELL_OPEN,
)  # fmt: skip
BY_PROVINCE = (
    names.PROV_CANDIDATES, names.PROV_FOUND, names.PROV_LEADS_PLOT, names.PROV_LEADS_ROUTINE, names.PROV_OPS_PLOT,
    names.PROV_OPS_ROUTINE, names.PROV_STALE, names.PROV_QUEUE, names.PROV_WORK, names.PROV_ARRESTS, names.PROV_DEATHS,
    names.PROV_BUSY_DAYS, names.PROV_TEAM_DAYS, names.PROV_QUEUE_DAYS,
)  # fmt: skip
COUNTS = len(BY_CELL) + len(BY_PROVINCE)


class _Province(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ("address", "teams")] + [
        (name, ctypes.c_double)
        for name in ("rate", "hazard", "tips", "unit", "routine", "success", "arrests", "deaths")
    ]


class _World(ctypes.Structure):
    _fields_ = [
        *[(name, ctypes.c_int64) for name in ("provinces", "horizon")],
        *[(name, ctypes.c_double) for name in (
            "per_day", "lapse", "prepare_scale", "prepare_shape", "work_scale", "work_shape",
            "patience", "route", "guard", "hardening",
        )],
        ("province", _Province * MOST),
    ]  # fmt: skip


def in_c(world: World) -> _World:
    """What the C program reads of the reduced world."""
    w, found, at = world, world.operations, world.detection
    return _World(
        len(w.provinces), w.calendar.horizon_tick, w.calendar.ticks_per_day, w.threat.lapse,
        *w.threat.preparation[1:], *found.work[1:], found.patience[1], *w.protection.constant[0],
        (_Province * MOST)(*(
            _Province(
                w.addresses[p], int(found.teams[p]), w.threat.rate[0, p], at.hazard[0, p], at.tips[0, p],
                at.unit[p], found.routine[p], found.success[0, p], found.arrests[0, p], found.deaths[0, p],
            )
            for p in range(len(w.provinces))
        )),
    )  # fmt: skip


class Program:
    """The C program, built for this process."""

    def __init__(self, compiler: str, folder: Path, way: str = "C") -> None:
        library = folder / f"{way.replace(' ', '-')}.so"
        subprocess.run([compiler, *FLAGS, *WAYS[way], "-o", str(library), str(SOURCE), "-lm"], check=True)
        self._play = ctypes.CDLL(str(library)).play
        self._play.restype = ctypes.c_int64

    def play(self, world: World, *, first: int, number: int) -> tuple[np.ndarray, int]:
        """Counters (number, P, COUNTS) and events.  Raises RuntimeError where its fixed tables are too small."""
        out = np.zeros((number, len(world.provinces), COUNTS))
        events = self._play(
            ctypes.byref(in_c(world)), ctypes.c_uint64(key_word(SEED, 0)), ctypes.c_int64(first),
            ctypes.c_int64(number), out.ctypes.data_as(ctypes.c_void_p),
        )  # fmt: skip
        if events < 0:
            raise RuntimeError("the tables of the C program are too small for this world")
        return out, events


def of_engine(outcomes: Sequence[Outcome]) -> np.ndarray:
    """The same counters of the compiled engine: one period, one cohort, one setting."""
    return np.stack(
        [np.concatenate([o.cell[0, :, 0, SITE][:, BY_CELL], o.province[0][:, BY_PROVINCE]], axis=1) for o in outcomes]
    )


def differences(program: Program, world: World, replications: int) -> tuple[int, int]:
    """Counters and numbers of events in which the C program and the engine differ; and how many were compared."""
    player, played, events = Player(world), [], []
    for k in range(replications):
        played += player.play(seed=SEED, draw=0, first=k, number=1)
        events.append(int(player.state[0]["events"]))
    found, counted = program.play(world, first=0, number=replications)
    wrong = int((found != of_engine(played)).sum()) + int(counted != sum(events))
    return wrong, found.size + 1


def compiler() -> str | None:
    """A C compiler on the search path."""
    return next((name for name in ("gcc", "clang", "cc") if shutil.which(name)), None)


def rows(folder: Path, *, rounds: int, replications: int, days: float) -> list[Row]:
    """The table's lines; the time is compared only where not one counter differs."""
    name = compiler()
    if name is None:
        return [Row(part=PART, what="C program", note="no C compiler")]
    world = worlds.reduced(days)
    programs, player = {way: Program(name, folder, way) for way in WAYS}, Player(world)
    found = [differences(program, world, min(replications, 20)) for program in programs.values()]
    wrong, compared = sum(wrong for wrong, _ in found), sum(compared for _, compared in found)
    agreed = Row(
        part=PART, what="counters that differ", value=wrong, unit=f"of {compared:,}", note="must be 0 to be timed"
    )
    if wrong:
        return [agreed]

    def playing(program: Program) -> Callable[[], object]:
        return lambda: program.play(world, first=0, number=replications)

    taken = interleaved(
        {
            "compiled": lambda: player.play(seed=SEED, draw=0, first=0, number=replications),
            **{way: playing(program) for way, program in programs.items()},
        },
        rounds,
    )
    _, events = programs["C"].play(world, first=0, number=replications)
    return [
        *(
            Row(
                part=PART, what=f"compiled : {way}, time", ratio=ratio(taken, "compiled", way),
                value=1e9 * statistics.median(taken[way]) / events, unit="ns/event in C",
                note=f"{events // replications:,} events a replication; {name} {' '.join((*FLAGS[:3], *flags))}",
            )
            for way, flags in WAYS.items()
        ),
        agreed,
    ]  # fmt: skip
