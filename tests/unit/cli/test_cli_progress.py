"""Long work without a terminal says where it stands: a line now and then, none for short work, none with -q."""

from __future__ import annotations

from pathlib import Path

import pytest

from simcpec.cli.console import console as consoles
from simcpec.cli.console.console import Console
from simcpec.cli.console.progress import bar, log
from simcpec.experiments.execution import thread_pool
from tests.support.command import simcpec


class Clock:
    """A clock that stands still unless it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(consoles.time, "monotonic", found)
    return found


@pytest.mark.parametrize(
    ("seconds", "lines"),
    [
        (9.0, 0),  # all of it in nine seconds
        (30.0, 2),  # a line every ten seconds: at 10 and 20; the end speaks for itself
        (1000.0, 9),  # a line every ten per cent
        (300_000.0, 999),  # days: after five minutes in any case
    ],
)
def test_a_log_has_a_line_after_ten_seconds_or_ten_per_cent_whichever_is_later(seconds: float, lines: int) -> None:
    told: list[str] = []
    clock = Clock()
    tell = log(told.append, "Simulating", clock)
    for done in range(1001):
        clock.now = 100.0 + seconds * done / 1000
        tell(done, 1000, seconds - (clock.now - 100.0))
    assert len(told) == lines
    if lines == 9:
        assert told[0] == "Simulating: 100 of 1,000 (10 %), 15 min left"


def test_nothing_is_drawn_into_a_log_and_nothing_is_told_with_q(capsys: pytest.CaptureFixture[str]) -> None:
    with bar(Console(quiet=True), "Simulating") as tell:
        assert tell is None
    with bar(Console(), "Simulating") as tell:
        assert tell is not None
        tell(5, 10, 1.0)
    assert capsys.readouterr().err == ""


def test_what_takes_long_is_told_every_ten_seconds(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    loud, quiet = Console(), Console(quiet=True)
    reminders = [thread_pool.Reminder(each.waiting, "Compiling ...") for each in (loud, quiet)]
    for tenth in range(1, 360):
        clock.now = 100.0 + tenth / 10
        for reminder in reminders:
            reminder(tenth / 10)
    assert capsys.readouterr().err.splitlines() == [f"Compiling ... {seconds} s so far" for seconds in (10, 20, 30)]


def test_short_runs_stay_silent_without_a_terminal(tmp_path: Path) -> None:
    done = simcpec("run", "bare", "-r", "2", "--set", "run.horizon=1 years", cwd=tmp_path)
    assert done.returncode == 0 and "Simulating" not in done.stderr


def test_steps_are_told_seldom_in_a_terminal_and_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    now, lines = [0.0], []
    monkeypatch.setattr(consoles.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(consoles, "write", lambda stream, text: lines.append(text))
    for terminal in (True, False):
        monkeypatch.setattr(consoles, "_is_terminal", lambda stream, terminal=terminal: terminal)
        lines.clear()
        one = Console()
        one.waiting("begun")
        begun = ["begun"] if terminal else []
        for second in (1.0, 9.0, 11.0, 12.0, 22.0):
            now[0] += second
            one.seldom(f"step after {second:g}")
        assert lines == [*begun, "step after 9", "step after 11", "step after 12", "step after 22"]
        Console(quiet=True, _last=[-100.0]).seldom("nothing")
        assert lines[-1] == "step after 22"
