"""The compiled engine on threads: the same answers whatever the threads and chunks, and an end at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcpec.errors import EngineError
from simcpec.experiments.execution import thread_pool
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Answer, Job
from simcpec.experiments.execution.thread_pool import runs
from simcpec.model import modes
from simcpec.model.outcome import Outcome
from simcpec.model.world import World
from simcpec.numerics import samplers
from simcpec.results.failure import Failure
from simcpec.verification.worlds.neutral_world import bare_world
from tests.support.command import ROOT, surroundings

#: a militant stock that is born and dies: some of the first 40 replications go beyond what it may reach
CROWDED = {
    "threat__rate": [[0.5, 0.2]], "network__most": 60, "network__model": modes.LINEAR,
    "network__militants": [40, 40], "network__inflow": [[1.0, 0.0]], "network__exits": [[0.02, 0.0]],
    "network__unit": 1.0,
}  # fmt: skip
FAILING = [14, 22, 33, 36]  # of seed 1
JOBS = [Job(world, draw, replication) for world in (0, 1) for draw in (0, 3) for replication in range(10)]


def crowded(**changes: object) -> World:
    return bare_world(days=60, **{**CROWDED, **changes})


def endless() -> World:
    """A world in which one replication takes a minute and more."""
    law = (samplers.LAW_DETERMINISTIC, 0.001, 1.0)
    rate = [[1000.0, 1000.0]]
    return bare_world(days=100_000, ticks_per_day=86_400_000, threat__rate=rate, threat__preparation=law)


def bytes_of(answers: Sequence[Answer]) -> list[bytes | str]:
    return [
        each.error
        if isinstance(each, Failure)
        else b"".join(part.tobytes() for part in (each.cell, each.cohort, each.province, each.start_plots))
        for each in answers
    ]


def test_threads_chunks_and_order_change_no_byte_and_the_other_engine_gives_the_same() -> None:
    worlds = [crowded(), crowded(network__most=10**6, threat__rate=[[0.4, 0.3]])]
    alone = bytes_of(play_all(worlds, JOBS, seed=0, workers=1))
    assert len(set(alone)) > 30
    for workers, chunk in ((1, 1), (2, 3), (3, None), (2, 64)):
        assert bytes_of(play_all(worlds, JOBS, seed=0, workers=workers, chunk=chunk)) == alone
    assert bytes_of(play_all(worlds, JOBS[::-1], seed=0, workers=2, chunk=3))[::-1] == alone
    assert bytes_of(play_all(worlds, JOBS, seed=0, engine="reference", workers=1)) == alone
    assert bytes_of(play_all(worlds, JOBS, seed=1, workers=1)) != alone


def test_a_failing_replication_is_named_and_its_chunk_is_kept() -> None:
    jobs = [Job(0, 0, replication) for replication in range(40)]
    found = play_all([crowded()], jobs, seed=1, workers=2, chunk=20)
    failed = [r for r, each in enumerate(found) if isinstance(each, Failure)]
    assert failed == FAILING
    first = found[FAILING[0]]
    assert isinstance(first, Failure)
    assert first.error.startswith("GrowsWithoutBound: the militants in AAA reached 61, more than")
    sound = play_all([crowded()], [job for job in jobs if job.replication not in failed], seed=1, engine="reference",
                     workers=1)  # fmt: skip
    assert bytes_of([each for each in found if isinstance(each, Outcome)]) == bytes_of(sound)


def test_replication_ten_thousand_alone_is_the_one_played_among_others() -> None:
    among = play_all([crowded()], [Job(0, 0, r) for r in range(9_998, 10_002)], seed=4, workers=1)
    alone = play_all([crowded()], [Job(0, 0, 10_000)], seed=4, workers=1)
    assert bytes_of(alone)[0] == bytes_of(among)[2]


def test_progress_counts_every_replication_to_the_end() -> None:
    told: list[int] = []
    play_all([crowded()], [Job(0, 0, r) for r in range(7)], seed=4, progress=lambda done, *_: told.append(done))
    assert told == list(range(8))


def test_a_world_that_cannot_be_played_says_why() -> None:
    with pytest.raises(EngineError, match="2 decisions on capacity has 1 targets"):
        play_all([bare_world(calendar__decision_tick=[0, 10])], [Job(0, 0, 0)], seed=1)


addresses = st.lists(
    st.builds(Job, world=st.integers(0, 1), draw=st.integers(0, 1), replication=st.integers(0, 5)), max_size=60
)


@given(jobs=addresses | st.integers(0, 300).map(lambda n: [Job(0, 0, r) for r in range(n)]),
       size=st.integers(1, 9), chunk=st.none() | st.integers(1, 70))  # fmt: skip
def test_chunks_hold_every_job_once_and_only_successive_replications(
    jobs: list[Job], size: int, chunk: int | None
) -> None:
    found = runs(jobs, threads=size, chunk=chunk)
    assert [pair for part in found for pair in part] == list(enumerate(jobs))
    for part in found:
        _, first = part[0]
        assert [job for _, job in part] == [
            Job(first.world, first.draw, first.replication + k) for k in range(len(part))
        ]
        assert 1 <= len(part) <= (chunk or thread_pool.MOST)


def test_every_thread_gets_a_share_of_few_replications_and_chunks_of_many_are_long() -> None:
    def jobs(number: int) -> list[Job]:
        return [Job(0, 0, r) for r in range(number)]

    assert len(runs(jobs(50), threads=2)) >= 8
    assert {len(part) for part in runs(jobs(6400), threads=2)} == {thread_pool.MOST}


# ------------------------------------------------------------------------------------------------ compiling


@pytest.mark.parametrize(("seconds", "told"), [(0.5, [thread_pool.COMPILING]), (0.0, [])])
def test_only_a_long_compilation_is_told_of(monkeypatch: pytest.MonkeyPatch, seconds: float, told: list[str]) -> None:
    from simcpec.engines.compiled.simulate import Player

    monkeypatch.setattr(thread_pool, "SILENT", 0.1)
    monkeypatch.setattr(Player, "compile", lambda self: time.sleep(seconds))
    said: list[str] = []
    play_all([crowded(), crowded()], [Job(0, 0, 0), Job(1, 0, 0)], seed=1, notice=said.append)
    time.sleep(0.3)
    assert said == told


@pytest.mark.parametrize(("seconds", "told"), [(0.7, [thread_pool.GROWING]), (0.0, [])])
def test_a_thread_that_compiles_for_more_room_is_told_of_once(
    monkeypatch: pytest.MonkeyPatch, seconds: float, told: list[str]
) -> None:
    from simcpec.engines.compiled.simulate import Player

    played = Player.play

    def growing(self: Player, **address: Any) -> list[Outcome]:
        self.growing = time.monotonic()
        time.sleep(seconds)
        self.growing = None
        return played(self, **address)

    monkeypatch.setattr(thread_pool, "SILENT", 0.1)
    monkeypatch.setattr(Player, "play", growing)
    said: list[str] = []
    play_all([crowded()], [Job(0, 0, r) for r in range(3)], seed=1, workers=2, chunk=1, notice=said.append)
    assert [text for text in said if text != thread_pool.COMPILING] == told


# ------------------------------------------------------------------------------------------------ the end


@pytest.mark.skipif(sys.platform == "win32", reason="signals of a POSIX system")
@pytest.mark.parametrize(("number", "ends"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_signal_ends_replications_that_would_take_minutes(number: signal.Signals, ends: type[BaseException]) -> None:
    before, sent = set(threading.enumerate()), []

    def send() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), number)

    def begin(done: int, *_: object) -> None:
        threading.Timer(0.5, send).start()

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(ends):
            play_all([endless()], [Job(0, 0, r) for r in range(4)], seed=1, workers=2, progress=begin)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert time.monotonic() - sent[0] < 2.0
    time.sleep(0.1)
    assert set(threading.enumerate()) <= before


COMPILES = """
import os, signal, threading, time
from simcpec.engines.compiled.simulate import Player
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import Job
from tests.unit.experiments.test_thread_pool import crowded

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
Player.compile = lambda self: None
Player.play = lambda self, **address: time.sleep(60.0)  # as a compilation, it cannot be halted
threading.Timer(0.3, lambda: (print(time.monotonic(), flush=True), os.kill(os.getpid(), signal.SIGINT))).start()
play_all([crowded()], [Job(0, 0, r) for r in range(3)], seed=1, workers=2, chunk=1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of a POSIX system")
def test_a_thread_that_compiles_does_not_hold_a_process_that_was_stopped() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPILES], cwd=ROOT, env=surroundings() | {"NUMBA_DISABLE_JIT": "1"}, text=True,
        capture_output=True, timeout=50.0,
    )  # fmt: skip
    assert time.monotonic() - float(done.stdout) < 5.0  # one second is given to threads; the rest is for a busy machine
    assert done.stderr.endswith("KeyboardInterrupt\n") and done.returncode != 0


def test_a_halted_player_plays_again_as_if_nothing_had_been() -> None:
    from simcpec.engines.compiled.simulate import Player

    player = Player(crowded(network__most=10**6))
    whole = player.play(seed=1, draw=0, first=0, number=3)
    player.halt()
    again = player.play(seed=1, draw=0, first=0, number=3)
    assert all(np.array_equal(a.cell, b.cell) for a, b in zip(whole, again, strict=True))
