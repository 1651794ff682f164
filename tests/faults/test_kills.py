"""Killed at any moment, a run leaves no process behind and nothing half-written that would pass for a result.

Signals that a process can answer are the matter of `test_stops`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simcpec.storage.study_reader import read
from tests.support.command import files, simcpec, started

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

KILLS = 8
COMPILED = (
    "run", "bare", "--replications", "400", "--set", "run.horizon=2 years", "--rows", "40", "-j", "2", "-o", "out",
)  # fmt: skip
REFERENCE = ("run", "bare", "--replications", "6", "--engine", "reference", "-j", "2", "-o", "out")


def members(session: int) -> list[int]:
    """Processes of a session that are alive."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def ended(session: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while members(session):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@linux
def test_kills_leave_no_process_and_no_half_result(tmp_path: Path) -> None:
    whole, lasts = {}, {}
    for words in (COMPILED, REFERENCE):
        place = tmp_path / ("reference" if "reference" in words else "compiled")
        place.mkdir()
        began = time.monotonic()
        assert simcpec(*words, cwd=place).returncode == 0
        lasts[words] = time.monotonic() - began
        whole[words] = {name: content for name, content in files(place / "out").items() if name != "manifest.json"}
    moments = np.random.default_rng(20).random(KILLS)
    hit = 0
    for k in range(KILLS):
        words = REFERENCE if k % 4 == 3 else COMPILED
        place = tmp_path / f"kill-{k}"
        place.mkdir()
        running = started(*words, cwd=place)
        try:
            time.sleep(lasts[words] * float(moments[k]))
            os.kill(running.pid, signal.SIGKILL)
            running.communicate(timeout=30.0)
            assert ended(running.pid, 5.0), f"kill {k}: {members(running.pid)} are left"
        finally:
            running.kill()
            running.wait()
        hit += running.returncode == -signal.SIGKILL
        assert running.returncode in (0, -signal.SIGKILL), f"kill {k}"
        if (place / "out").exists():  # there is a result, then it is the whole one
            read(place / "out")
            got = {name: content for name, content in files(place / "out").items() if name != "manifest.json"}
            assert got == whole[words], f"kill {k}"
    assert hit >= KILLS // 2


@linux
def test_what_a_kill_leaves_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".simcpec-abc.part").mkdir()
    (tmp_path / ".simcpec-abc.part" / "study.json").write_text("{", encoding="utf-8")
    done = simcpec("run", "bare", "--replications", "2", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0 and (tmp_path / "out" / "report.html").exists()
    assert simcpec("report", ".simcpec-abc.part", cwd=tmp_path).returncode == 4
