"""How far long work is: a bar on a terminal, which leaves nothing behind; elsewhere a line now and then.

A log gets a line after ten seconds or ten per cent, whichever comes later, so that short work stays silent, and
one after five minutes in any case.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simcpec.cli.console.console import PAUSE, Console, in_colour
from simcpec.stop_signals import undone_by

STEP = 0.1  # of all, between two lines
LONGEST = 300.0  # seconds between two lines of work that takes hours

Told = Callable[[int, int, float | None], None]


@contextmanager
def bar(console: Console, label: str) -> Iterator[Told | None]:
    """What to tell (done, total, seconds left or None); None where nobody wants to know."""
    if not console.shows_progress:
        yield None if console.quiet else log(console.line, label)
        return
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    terminal = Terminal(stderr=True, no_color=not in_colour(plain=console.plain))
    looks = (TextColumn(label, markup=False), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    shown = Progress(*looks, console=terminal, transient=True, redirect_stdout=False)
    task = shown.add_task(label, total=None, left="")

    def tell(done: int, total: int, left: float | None) -> None:
        shown.start()  # not before there is something to tell: until then others may write lines
        shown.update(task, completed=done, total=total, left=f"{duration(left)} left" if left else "")

    try:
        with undone_by(shown.stop):  # the terminal's cursor comes back, however the process ends
            yield tell
    finally:
        shown.stop()


def log(line: Callable[[str], None], label: str, clock: Callable[[], float] = time.monotonic) -> Told:
    """What to tell where nothing is drawn: a `line` after `PAUSE` seconds and `STEP` of all, or `LONGEST` seconds."""
    last, at = -1.0, 0.0

    def tell(done: int, total: int, left: float | None) -> None:
        nonlocal last, at
        now = clock()
        last = now if last < 0.0 else last  # from when playing began: what was compiled before has lines of its own
        soon = now - last < PAUSE or (done < at + STEP * total and now - last < LONGEST)
        if soon or done == total:
            return
        last, at = now, done
        rest = f", {duration(left)} left" if left else ""
        line(f"{label}: {done:,} of {total:,} ({100.0 * done / total:.0f} %){rest}")

    return tell


class Stopwatch:
    """Seconds of simulation, without what comes before and after it, and replications simulated; tells on."""

    def __init__(self, tell: Told | None) -> None:
        self.seconds, self.done = 0.0, 0
        self._tell, self._began, self._at = tell, time.monotonic(), 0

    def __call__(self, done: int, total: int, left: float | None) -> None:
        """Take a replication in."""
        now = time.monotonic()
        if done > self._at:
            self.seconds += now - self._began
            self.done += done - self._at
        self._began, self._at = now, done
        if self._tell is not None:
            self._tell(done, total, left)


def duration(seconds: float) -> str:
    """``45 s``, ``3 min``, ``2 h``: rounded up, at least a second."""
    whole = max(1, -int(-seconds // 1))
    if whole < 100:
        return f"{whole} s"
    return f"{-(-whole // 60)} min" if whole < 6000 else f"{-(-whole // 3600)} h"
