"""A bar that moves while replications are played; only on a terminal, and it leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simcpec.cli.console import Console, in_colour

Told = Callable[[int, int, float | None], None]


@contextmanager
def bar(console: Console, label: str) -> Iterator[Told | None]:
    """What to tell (done, total, seconds left or None); None where nobody would see it."""
    if not console.shows_progress:
        yield None
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
        yield tell
    finally:
        shown.stop()


def duration(seconds: float) -> str:
    """``45 s``, ``3 min``, ``2 h``: rounded up, at least a second."""
    whole = max(1, -int(-seconds // 1))
    if whole < 100:
        return f"{whole} s"
    return f"{-(-whole // 60)} min" if whole < 6000 else f"{-(-whole // 3600)} h"
