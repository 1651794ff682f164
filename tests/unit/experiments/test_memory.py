"""Memory does not grow with replications, unless all rows are asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import surroundings

PLAY = """
import sys
from simcpec.experiments.study import study

study(["bare"], sets=["run.horizon=30 days"], replications=int(sys.argv[1]), rows=int(sys.argv[2]) or None, jobs=1)
with open("/proc/self/status", encoding="ascii") as status:
    print(next(float(line.split()[1]) / 1024.0 for line in status if line.startswith("VmHWM:")))
"""


def peak(replications: int, rows: int) -> float:
    """The most memory (MB) of a process that plays a small world; rows 0 keeps all.

    With one arena of glibc: with one for each thread, runs alike differ by up to 8 MB.
    """
    env = {**surroundings(), "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PLAY, str(replications), str(rows)], env=env, capture_output=True, text=True,
        timeout=600, check=True,
    )  # fmt: skip
    return float(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_thirty_times_the_replications_take_no_more_memory() -> None:
    peak(10, 10)  # compiling takes more memory than playing, and is over once for all
    few, many = peak(2000, 1000), peak(60_000, 1000)
    assert abs(many - few) < 5.0  # 50 MB are allowed at 1,000,000 replications against 10,000
    assert peak(20_000, 0) > few + 20.0  # the control: rows take room
