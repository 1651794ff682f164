"""Playing many replications: the same answers whatever the workers, and no process left whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcpec.errors import EngineError, UserError
from simcpec.experiments.execution.executors import play_all
from simcpec.experiments.execution.process_pool import LOST, Answer, Job, processors
from simcpec.results.failure import Failure

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

FAKE = '''
import os, time
from pathlib import Path
import numpy as np
from simcpec.model.outcome import CELL_COUNTS, CELL_OF_MODE, COHORT_COUNTS, PROVINCE_COUNTS, Outcome

class Little:
    """A world of nothing but a province and what its engine is to do."""
    def __init__(self, mark=0, does="", folder=""):
        self.provinces, self.mark, self.does, self.folder = ("SIN",), mark, does, folder

def play(world, *, seed, draw, replication, trace=False):
    address = np.random.default_rng((seed, draw, replication, world.mark))
    at = Path(world.folder or ".", f"{draw}-{replication}")
    if world.does == "raise" and replication == 3:
        at.write_text(at.read_text() + "x" if at.exists() else "x")
        raise ArithmeticError(f"no luck in replication {replication}")
    if world.does == "once" and replication == 3 and not at.exists():
        at.touch()
        raise OSError("not yet")
    if world.does == "die" and replication == 3:
        os._exit(9)
    if world.does == "die once" and replication == 3 and not at.exists():
        at.touch()
        os._exit(9)
    if world.does == "sleep":
        Path(world.folder, f"pid-{os.getpid()}").touch()
        time.sleep(60)
    cell = np.zeros((2, 1, 1, 3, len(CELL_COUNTS)))
    cell[0, 0, 0, 0, [0, 4, 8]] = address.poisson(5.0)
    if world.does == "miscount":
        cell[0, 0, 0, 0, 0] += 1
    province = np.zeros((2, 1, len(PROVINCE_COUNTS)))
    province[..., PROVINCE_COUNTS.index("attacks_group_1")] = cell[..., CELL_COUNTS.index("attacks")].sum((2, 3))
    return Outcome(
        cell=cell, cohort=np.zeros((2, 1, 1, len(COHORT_COUNTS))),
        mode=cell[..., list(CELL_OF_MODE)].sum((2, 3))[:, :, None],
        province=province, start_plots=np.zeros((1, 1, 3)),
    )
'''


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of a fake engine, on the search path of this process and of its workers."""
    (tmp_path / "fake_engine.py").write_text(FAKE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "fake_engine", raising=False)
    import fake_engine  # type: ignore[import-not-found]

    return fake_engine


JOBS = [Job(world, draw, replication) for world in (0, 1) for draw in (0, 2) for replication in range(5)]


def bytes_of(answers: Sequence[Answer]) -> list[bytes | str]:
    return [each.error if isinstance(each, Failure) else each.cell.tobytes() for each in answers]


def test_workers_chunks_and_order_change_no_byte(fake) -> None:
    worlds = [fake.Little(1), fake.Little(2)]
    alone = bytes_of(play_all(worlds, JOBS, seed=0, engine="fake_engine:play", workers=1))
    assert len(set(alone)) > 5
    for workers, chunk in ((2, 1), (2, 7), (3, 4)):
        found = play_all(worlds, JOBS, seed=0, engine="fake_engine:play", workers=workers, chunk=chunk)
        assert bytes_of(found) == alone
    backwards = play_all(worlds, JOBS[::-1], seed=0, engine=fake.play, workers=1, chunk=3)
    assert bytes_of(backwards)[::-1] == alone
    assert bytes_of(play_all(worlds, JOBS, seed=1, engine=fake.play, workers=1)) != alone


def test_replication_ten_thousand_alone_is_the_one_played_among_others(fake) -> None:
    job = Job(0, 0, 10_000)
    among = play_all([fake.Little()], [Job(0, 0, 1), job, Job(0, 0, 2)], seed=4, engine=fake.play, workers=1)
    alone = play_all([fake.Little()], [job], seed=4, engine=fake.play, workers=1)
    assert bytes_of(alone)[0] == bytes_of(among)[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_replication_that_fails_twice_is_reported_and_the_others_are_kept(fake, workers: int, tmp_path: Path) -> None:
    worlds = [fake.Little(0, "raise", str(tmp_path))]
    jobs = [Job(0, 0, r) for r in range(6)]
    found = play_all(worlds, jobs, seed=1, engine="fake_engine:play", workers=workers)
    assert [isinstance(each, Failure) for each in found] == [False] * 3 + [True] + [False] * 2
    assert found[3] == Failure("ArithmeticError", "no luck in replication 3")
    assert (tmp_path / "0-3").read_text() == "xx"  # two tries
    sound = play_all([fake.Little(0)], jobs, seed=1, engine=fake.play, workers=1)
    assert bytes_of(found)[:3] + bytes_of(found)[4:] == bytes_of(sound)[:3] + bytes_of(sound)[4:]


@pytest.mark.parametrize(("does", "workers"), [("once", 1), ("once", 2), ("die once", 2)])
def test_a_second_try_can_save_a_replication(fake, does: str, workers: int, tmp_path: Path) -> None:
    jobs = [Job(0, 0, r) for r in range(6)]
    found = play_all([fake.Little(0, does, str(tmp_path))], jobs, seed=1, engine="fake_engine:play", workers=workers)
    assert bytes_of(found) == bytes_of(play_all([fake.Little(0)], jobs, seed=1, engine=fake.play, workers=1))


def test_a_worker_that_dies_takes_only_its_own_replication_along(fake) -> None:
    jobs = [Job(0, 0, r) for r in range(9)]
    found = play_all([fake.Little(0, "die")], jobs, seed=1, engine="fake_engine:play", workers=2, chunk=9)
    assert [r for r, each in enumerate(found) if isinstance(each, Failure)] == [3]
    assert found[3] == LOST


def test_identities_are_checked_in_every_replication(fake) -> None:
    found = play_all([fake.Little(0, "miscount")], [Job(0, 0, 0)], seed=1, engine=fake.play, workers=1)
    assert isinstance(found[0], Failure) and found[0].error.startswith("IdentityBroken: identity «plots = ")


def test_progress_counts_to_the_end(fake) -> None:
    told: list[tuple[int, int, float | None]] = []
    worlds = [fake.Little(), fake.Little()]
    play_all(worlds, JOBS, seed=1, engine=fake.play, workers=1, progress=lambda *x: told.append(x))
    assert [done for done, _, _ in told] == list(range(21))
    assert {total for _, total, _ in told} == {20} and told[-1][2] == 0.0


def test_nothing_to_play_gives_nothing(fake) -> None:
    assert play_all([fake.Little()], [], seed=1, engine=fake.play) == []


def test_no_worker_and_no_engine_are_refused(fake) -> None:
    with pytest.raises(UserError, match="jobs is 0; allowed: a whole number from 1"):
        play_all([fake.Little()], JOBS[:1], seed=1, engine=fake.play, workers=0)
    with pytest.raises(UserError, match="chunk is 0"):
        play_all([fake.Little()], JOBS[:1], seed=1, engine=fake.play, chunk=0)
    with pytest.raises(UserError, match=r"engine is 'swift'; allowed: .*reference"):
        play_all([fake.Little()], JOBS[:1], seed=1, engine="swift", workers=1)
    with pytest.raises(EngineError, match="a worker process could not start: AttributeError"):
        play_all([fake.Little(), fake.Little()], JOBS[:2], seed=1, engine="fake_engine:absent", workers=2)


def test_processors_are_those_this_process_may_use() -> None:
    assert 1 <= processors() <= (os.cpu_count() or 1)


# ------------------------------------------------------------------------------------------------ the end

SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which is ignored where the tests run in the background
from simcpec.experiments.execution.executors import Job, play_all
import fake_engine

if __name__ == "__main__":
    world = fake_engine.Little(0, "sleep", sys.argv[1])
    try:
        jobs = [Job(0, 0, r) for r in range(4)]
        play_all([world], jobs, seed=1, engine="fake_engine:play", workers=int(sys.argv[2]), chunk=1)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@linux
@pytest.mark.parametrize(
    ("number", "workers", "code"),
    [
        (signal.SIGINT, 2, 130),
        (signal.SIGTERM, 2, 143),
        (signal.SIGKILL, 2, -9),
        (signal.SIGINT, 1, 130),
        (signal.SIGTERM, 1, 143),
    ],
)
def test_a_signal_ends_everything_in_under_two_seconds(
    fake, tmp_path: Path, root: Path, number: signal.Signals, workers: int, code: int
) -> None:
    script = tmp_path / "main_script.py"
    script.write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(tmp_path)])}
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), str(workers)], env=environment, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert until(lambda: len(list(tmp_path.glob("pid-*"))) == workers, 60.0), "the workers did not start"
        pids = [int(path.name[4:]) for path in tmp_path.glob("pid-*")]
        children = {int(x) for x in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()}
        assert workers == 1 or set(pids) <= children
        began = time.monotonic()
        # Ctrl-C reaches the whole group, as from a terminal
        os.killpg(parent.pid, number) if number == signal.SIGINT else parent.send_signal(number)
        _, said = parent.communicate(timeout=10.0)
        assert time.monotonic() - began < 2.0
        assert parent.returncode == code
        assert b"Traceback" not in said
        assert until(lambda: not any(alive(pid) for pid in [*pids, *children]), 2.0)
    finally:
        parent.kill()
        parent.wait()


def test_the_handler_of_another_is_left_alone(fake) -> None:
    def mine(*_: object) -> None: ...

    before = signal.signal(signal.SIGTERM, mine)
    try:
        play_all([fake.Little()], [Job(0, 0, 0)], seed=1, engine=fake.play, workers=1)
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_afterwards_the_signal_is_as_it_was(fake) -> None:
    before = signal.getsignal(signal.SIGTERM)
    play_all([fake.Little()], [Job(0, 0, 0)], seed=1, engine=fake.play, workers=1)
    assert signal.getsignal(signal.SIGTERM) is before
    assert np.geterr() == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
