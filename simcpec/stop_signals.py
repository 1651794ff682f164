"""Being told to stop (Ctrl-C, SIGTERM): the signal is noted, and the work ends at its next safe point.

A handler that raises an exception raises it wherever Python happens to be. In the callback of a weak reference or in a
destructor the exception is printed and forgotten, and the work goes on. So handlers only note the number of the
signal, loops call `safe_point`, and what cannot be interrupted (a compiler, a foreign engine) runs in a thread beside
one that can.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from simcpec.signal_notes import forget, note_signals, noted

Result = TypeVar("Result")

POLL: Final = 0.05  # seconds between two looks at what was noted
ENDED_BY: Final = 128  # added to the number of a signal it is the exit code of who was ended by it

_undo: dict[int, Callable[[], object]] = {}  # what must be done before the process may end at once


def safe_point() -> None:
    """End here if a signal was noted: raise KeyboardInterrupt after SIGINT, SystemExit(143) after SIGTERM."""
    if noted():
        raise _ending(noted()[0])


def _ending(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else SystemExit(ENDED_BY + number)


@contextmanager
def signals_noted() -> Iterator[bool]:
    """Note SIGINT and SIGTERM instead of what Python does; gives whether anything is noted here.

    Outside the main thread, and where the handlers are another's, nothing changes. Whoever enters answers for what was
    noted: see `stoppable`.
    """
    before = note_signals()
    if not before:
        yield False
        return
    try:
        yield True
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        forget()


@contextmanager
def stoppable() -> Iterator[None]:
    """Make a block end at its safe points, at the latest at its end; what it raises for itself gives way to that."""
    with signals_noted() as here:
        try:
            yield
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            if here and noted():
                raise _ending(noted()[0]) from error
            raise
        if here:
            safe_point()  # told after the last one


def beside(function: Callable[[], Result], meanwhile: Callable[[float], object] | None = None) -> Result:
    """Call a function that has no safe points in a thread of its own, and wait for it at one.

    meanwhile : called with the seconds so far, again and again while it lasts.
    What the function raises is raised here. After a signal the thread is left to itself.
    """
    found: list[Result] = []
    raised: list[BaseException] = []

    def call() -> None:
        try:
            found.append(function())
        except BaseException as error:
            raised.append(error)

    began = time.monotonic()
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL)
        safe_point()
        if meanwhile is not None and thread.is_alive():
            meanwhile(time.monotonic() - began)
    if raised:
        raise raised[0]
    return found[0]


# ------------------------------------------------------------------------------------------------ leaving at once


@contextmanager
def undone_by(undo: Callable[[], object]) -> Iterator[None]:
    """While in the block, a process that must end at once calls `undo` first: to remove a file, to kill a child."""
    _undo[id(undo)] = undo
    try:
        yield
    finally:
        del _undo[id(undo)]


def to_be_undone() -> bool:
    """Return whether ending at once would leave something behind."""
    return bool(_undo)


def undo_all(seconds: float) -> None:
    """Do what `undone_by` has asked for, the last thing first; no longer than these seconds."""

    def undo() -> None:
        for each in reversed(list(_undo.values())):
            try:
                each()
            except Exception:  # the others still have to be undone, and the process ends anyway
                continue

    thread = threading.Thread(target=undo, daemon=True)
    thread.start()
    thread.join(seconds)
