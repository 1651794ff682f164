"""Sweeps: what storing and building cost beside simulating, what a second worker gives, what 100,000 points take, and
whether a run that is killed, split, shuffled or handed to Dask leaves the same bytes."""

from __future__ import annotations

import io
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stdout
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Row, in_process, interleaved, ratio, seconds
from simcpec.experiments.sweep.prepared import ChunkSimulator, Preparer
from simcpec.experiments.sweep.run import HowToSweep, in_folder, run_sweep
from simcpec.experiments.sweep.studies.study_file import SweepStudy, read_study
from simcpec.experiments.sweep.studies.study_record import StudyRecord, write_copies

PART = "sweeps"
REPLICATIONS = 64
IDLE = "from benchmarks import sweeps, memory\nsweeps.idle({points})\nprint(memory.peak())"
PLAN = "from benchmarks import sweeps\nprint(sweeps.planned({points}))"
WORKERS = 64  # that idle: as many chunks as that are committed together


def grid(points: int, *, base: str, replications: int, days: int) -> str:
    """A study of about so many points, a grid of two factors."""
    side = max(2, round(points**0.5))
    return (
        f"name: Benchmark\nbase: {base}\nset: {{run.horizon: {days} days}}\nfactors:\n"
        f"  - {{key: policy.security_share.share, name: share, from: 0 %, to: 3 %, steps: {side - 1}}}\n"
        f'  - {{key: world.threat.excitation.follow_ons, name: follow-ons, from: "0", to: "0.3", steps: {side - 1}}}\n'
        f"replications: {replications}\n"
    )


@contextmanager
def written(text: str) -> Iterator[tuple[Path, str]]:
    """A folder of its own with a study file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.yaml"
        path.write_text(text, encoding="utf-8")
        yield Path(folder), path.as_posix()


def swept(study: SweepStudy, ref: str, folder: Path, **how: Any) -> None:
    """Run a study into a folder."""
    with in_folder(folder, "a benchmark") as here:
        record = StudyRecord.of(study, {})
        run_sweep(study, here, HowToSweep(resume=True, **how), record, lambda: write_copies(ref, study, folder))


# ---- shares


def shares(name: str, *, base: str, days: int, points: int, replications: int, rounds: int) -> list[Row]:
    """Storing and scheduling, and building, against simulating; and one worker against two."""
    with written(grid(points, base=base, replications=replications, days=days)) as (folder, ref):
        study, number = read_study(ref), iter(range(1_000_000))
        preparer, simulator = Preparer(study), ChunkSimulator("compiled", study.seed)
        prepared = [preparer.prepared(study.points[k]) for k in range(len(study.points))]
        run = {
            workers: (lambda workers=workers: swept(study, ref, folder / str(next(number)), workers=workers))
            for workers in (1, 2)
        }
        actions: dict[str, Callable[[], object]] = {
            "build": lambda: [preparer.prepared(one.point) for one in prepared],
            "simulate": lambda: [simulator.chunk(one, 0, replications) for one in prepared],
            "sweep": run[1],
        }
        taken = interleaved(actions, rounds)
        both = [b + s for b, s in zip(taken["build"], taken["simulate"], strict=True)]
        wall = interleaved({"one": run[1], "two": run[2]}, rounds, time.perf_counter)
        rest = statistics.median(whole / part - 1.0 for whole, part in zip(taken["sweep"], both, strict=True))
        ms = 1e3 * statistics.median(taken["build"]) / len(prepared)
        what = f"{name}, {replications} replications"
        return [
            Row(
                part=PART, what=f"{what}: storing and scheduling : building and simulating", ratio=rest,
                note="processor time, one worker",
            ),
            Row(
                part=PART, what=f"{what}: building a point : simulating it", ratio=ratio(taken, "build", "simulate"),
                value=ms, unit="ms a point",
            ),
            Row(part=PART, what=f"{what}: 1 worker : 2 workers, time", ratio=ratio(wall, "one", "two")),
        ]  # fmt: skip


# ---- many points


def idle(points: int) -> None:
    """Run a study whose workers simulate nothing: what is left is what handing out and keeping take."""
    from simcpec.experiments.sweep import run, tasks
    from simcpec.storage.sweeps.database import NewChunk

    def done(self: tasks.TaskWorker, task: tasks.Task) -> tasks.Done:
        chunk = NewChunk(task.point.key, task.first, task.count, "", b"idle")
        return tasks.Done(task, task.point.key, chunk)

    tasks.TaskWorker.done = done  # type: ignore[method-assign]
    run.make_ready = lambda worlds, notice: None
    with written(grid(points, base="base", replications=REPLICATIONS, days=60)) as (folder, ref):
        swept(read_study(ref), ref, folder / "out", workers=WORKERS)


def planned(points: int) -> float:
    """Seconds that `sweep plan` takes for so many points, without starting Python."""
    from simcpec.cli import main

    study = grid(points, base="base", replications=REPLICATIONS, days=60)
    with written(study) as (_, ref), redirect_stdout(io.StringIO()):
        return seconds(lambda: main(["sweep", "plan", ref]))


def many(points: int) -> list[Row]:
    """Memory of the process that hands out and keeps, and the time of a plan, for so many points."""
    few = 100
    peaks = [float(in_process(IDLE.format(points=number))[0]) for number in (few, points)]
    plans = [float(in_process(PLAN.format(points=number))[0]) for number in (few, points)]
    what = f"{points:,} points : {few} points"
    return [
        Row(
            part=PART, what=f"{what}, peak memory of the parent", ratio=peaks[1] / peaks[0], value=peaks[1], unit="MB",
            note="its workers idle",
        ),
        Row(part=PART, what=f"{what}, sweep plan", ratio=plans[1] / plans[0], value=plans[1], unit="s"),
    ]  # fmt: skip


# ---- the same bytes


def digests(folder: Path) -> dict[str, str]:
    """Digest of every point that a folder has a result of, by identity."""
    from simcpec.cli.commands.sweeps.folders import reading
    from simcpec.experiments.sweep.compare_sweeps import digest_of_point

    with reading(folder) as reader:
        points = [point for point in reader.study.points.in_order() if not reader.lacks(point)]
        return {reader.id_of(point): digest_of_point(reader, point) for point in points}


def killed(ref: str, folder: Path, points: int) -> None:
    """Kill a run when a third of its points are committed."""
    running = subprocess.Popen(
        [sys.executable, "-m", "simcpec", "sweep", "run", ref, "-o", str(folder), "--no-report"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while running.poll() is None and committed(folder) < points / 3:
        time.sleep(0.01)
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def committed(folder: Path) -> int:
    """Number of chunks that a folder holds so far."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'results.sqlite'}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM chunks").fetchone()[0])
    except sqlite3.Error:
        return 0


def alike(points: int, replications: int) -> list[Row]:
    """A study in every way that must not change a byte, each against a run that nothing interrupted."""
    shuffled = random.Random(7)
    ways: dict[str, dict[str, Any]] = {
        "one worker": {"workers": 1},
        "chunks of 7": {"chunk": 7},
        "shuffled order": {"order": lambda tasks: shuffled.sample(tasks, len(tasks))},
    }
    if find_spec("distributed") is not None:
        ways["Dask, two workers"] = {"cluster": "local:2"}
    with written(grid(points, base="bare", replications=replications, days=365)) as (folder, ref):
        study = read_study(ref)
        swept(study, ref, folder / "whole")
        whole = digests(folder / "whole")
        killed(ref, folder / "killed", len(whole))
        there = committed(folder / "killed")
        swept(study, ref, folder / "killed")
        found = {f"killed with {there:,} chunks committed, and resumed": digests(folder / "killed")}
        for name, how in ways.items():
            swept(study, ref, folder / name, **how)
            found[name] = digests(folder / name)
    what = f"{len(whole):,} points x {replications}, state {state(whole)[:16]}"
    return [
        Row(part=PART, what=f"{what}: {name}", note="the same bytes" if one == whole else f"OTHER BYTES {state(one)}")
        for name, one in found.items()
    ]


def state(of: dict[str, str]) -> str:
    """One digest of all points, in the order of their identities."""
    return sha256(repr(sorted(of.items())).encode()).hexdigest()
