"""Stopped at any moment by either signal, a command ends at once, by its exit code, and leaves nothing behind.

`SIMCPEC_STOPS=300` stops as many runs, and `SIMCPEC_STOPS_SEED` chooses other moments; without them eight runs are
stopped, at the same moments each time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from simcpec.storage.study_reader import read
from tests.faults.test_kills import ended, members
from tests.support.command import files, simcpec, started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

STOPS = int(os.environ.get("SIMCPEC_STOPS", "8"))
SEED = int(os.environ.get("SIMCPEC_STOPS_SEED", "4"))
AT_ONCE = 2.0  # seconds that a command may take to end
CROWDED = 5.0  # the same for one in ten, where many others share the processor
COMPILED = ("run", "bare", "--replications", "200", "--set", "run.horizon=1 years", "--rows", "10", "-j", "2")
REFERENCE = (*COMPILED[:3], "4", "--engine", "reference", "-j", "2")
PHASES = ("start", "compile", "run", "write")
CATCHES_SIGTERM = 1 << (signal.SIGTERM - 1)  # of SigCgt in /proc/PID/status
EXITING = 0x4  # of the flags in /proc/PID/stat: the process is on its way out and hears no signal any more


@dataclass(frozen=True)
class Stop:
    """One run and when it is stopped: `moment` is a share of the phase."""

    number: int
    phase: str
    words: tuple[str, ...]
    by: signal.Signals
    moment: float
    twice: bool


@dataclass
class Seen:
    """What became of the runs."""

    seconds: list[float] = field(default_factory=list)
    codes: Counter[tuple[str, int]] = field(default_factory=Counter)


def stops(number: int) -> list[Stop]:
    """Phases, engines and signals in turn, moments at random; only the compiled engine compiles."""
    moments = np.random.default_rng(SEED).random(number)
    found = []
    for k in range(number):
        phase, by = PHASES[k % 4], (signal.SIGINT, signal.SIGTERM)[k // 4 % 2]
        words = REFERENCE if (k + k // 4 + k // 8) % 2 and phase != "compile" else COMPILED
        found.append(Stop(k, phase, words, by, float(moments[k]), twice=k % 7 == 6))
    return found


class Wholes:
    """What runs leave that nobody stops; each is run when it is first asked for."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.lasts = 0.0  # seconds of a run
        self.old = self.run(COMPILED)  # a result that was there before

    def run(self, words: tuple[str, ...]) -> Path:
        """The folder of a whole run."""
        folder = self._place / ("reference" if "reference" in words else "compiled")
        if not folder.exists():
            began = time.monotonic()
            assert simcpec(*words, "-o", folder.name, cwd=self._place).returncode == 0
            self.lasts = self.lasts or min(time.monotonic() - began, 5.0)  # the first run may have compiled
        return folder


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> Wholes:
    return Wholes(tmp_path_factory.mktemp("whole"))


def content(folder: Path) -> dict[str, bytes]:
    """The files of a result, without what differs from run to run."""
    return {name: text for name, text in files(folder).items() if name != "manifest.json"}


def wait_for(stop: Stop, place: Path, running: subprocess.Popen[str], lasts: float) -> None:
    """Wait for the moment of a stop."""
    if stop.phase == "start":
        time.sleep(stop.moment * 0.8)
    elif stop.phase == "compile":
        time.sleep(0.8 + stop.moment * (6.0 if STOPS > 8 else 2.0))
    elif stop.phase == "run":
        time.sleep(lasts * (0.2 + 0.6 * stop.moment))
    else:
        while not list(place.glob(".simcpec-*")) and running.poll() is None:
            time.sleep(0.002)
        time.sleep(stop.moment * 0.3 * lasts)


def deaf(pid: int) -> bool:
    """Whether a process has ended, or ends and hears no signal any more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return True
    return fields[0] in "ZX" or bool(int(fields[6]) & EXITING)


def listens(pid: int) -> bool:
    """Whether a process has handlers of ours: Python itself catches SIGINT, but never SIGTERM."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    return any(int(line.split()[1], 16) & CATCHES_SIGTERM for line in lines if line.startswith("SigCgt:"))


@dataclass(frozen=True)
class End:
    """How a run ended: exit code, seconds from the signal on, what it said on stderr.

    early : the signal came while Python itself was starting.      late : it came when nobody heard it any more.
    """

    code: int
    seconds: float
    said: str
    early: bool
    late: bool

    def by_python(self, number: int) -> bool:
        """Whether Python answered before it ran anything of ours; one SIGINT in some callback of its own it loses."""
        lost = self.code == 0 and number == signal.SIGINT and "Exception ignored" in self.said
        return self.early and (self.code in (-number, 1) or (self.code == 130 and not self.said) or lost)


def stopped(stop: Stop, place: Path, lasts: float) -> End:
    """Start a run, stop it, and see it end."""
    fresh = {"SIMCPEC_CACHE": str(place / "cache")} if stop.phase == "compile" else {}
    home = place / "home"
    running = started(*stop.words, "-o", "out", cwd=home, env=fresh)
    try:
        wait_for(stop, home, running, lasts)
        early, sent = not listens(running.pid), time.monotonic()
        send = os.killpg if stop.by == signal.SIGINT else os.kill  # Ctrl-C reaches the whole group
        try:
            send(running.pid, stop.by)
            if stop.twice:
                time.sleep(0.03)
                send(running.pid, stop.by)
        except ProcessLookupError:
            pass
        late = deaf(running.pid)
        _, said = running.communicate(timeout=30.0)
        seconds = time.monotonic() - sent
        assert ended(running.pid, 3.0), f"{stop}: {members(running.pid)} are left"
    finally:
        running.kill()
        running.wait()
    return End(running.returncode, seconds, said, early, late)


def test_a_stop_at_any_moment_ends_the_command_and_leaves_nothing_behind(tmp_path: Path, wholes: Wholes) -> None:
    seen = Seen()
    for stop in stops(STOPS):
        place = tmp_path / f"{stop.number}"
        (place / "home").mkdir(parents=True)
        if stop.number % 3:
            shutil.copytree(wholes.old, place / "home" / "out")
        end = stopped(stop, place, wholes.lasts)
        seen.codes[stop.phase, end.code] += 1
        print(stop.number, stop.phase, stop.words[-3], stop.by.name, end.code, f"{end.seconds:.2f}")
        if not end.by_python(stop.by):
            assert end.code == 128 + stop.by or (end.code == 0 and end.late), f"{stop}: {end}"
            assert "Exception ignored" not in end.said and "Traceback" not in end.said, f"{stop}: {end}"
            if end.code == 128 + stop.by:
                assert end.said.endswith("Stopped.\n"), f"{stop}: {end}"
                seen.seconds.append(end.seconds)
        check_results(stop, place / "home", wholes)
        shutil.rmtree(place)
    told = sorted(seen.seconds)
    print(f"\n{STOPS} stops: {dict(seen.codes)}; seconds to the end: median {np.median(told):.2f}, most {told[-1]:.2f}")
    assert np.quantile(told, 0.9) < AT_ONCE and told[-1] < CROWDED
    assert len(told) >= 0.6 * STOPS, "too few of the signals were answered by a handler"


def check_results(stop: Stop, home: Path, wholes: Wholes) -> None:
    """Nothing half-written is left; what was there before is there still, unless the new one is whole."""
    assert [path.name for path in home.iterdir() if path.name != "out"] == [], f"{stop}"
    had_one = stop.number % 3 != 0
    if not (home / "out").exists():
        assert not had_one, f"{stop}: an older result is lost"
        return
    read(home / "out")
    got = content(home / "out")
    old = had_one and got == content(wholes.old)
    assert old or got == content(wholes.run(stop.words)), f"{stop}: neither the old result nor the new one"
