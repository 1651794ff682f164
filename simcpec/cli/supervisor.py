"""The process of a command: one thread works, the main thread listens for signals and has the last word.

Python answers signals in the main thread only, between two of its instructions. So nothing that takes long runs there:
neither imports nor the compiler nor a figure can keep it from listening.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from simcpec import signal_notes, stop_signals

STOPPED = b"Stopped.\n"
ORDERLY = 1.0  # seconds for the work to reach a safe point, where it would leave something behind otherwise
BRIEF = 0.2  # the same where it leaves nothing
LAST = 0.5  # seconds for what must be undone where it did not reach one

Work = Callable[[], int]

_own = threading.Event()


def supervised(work: Work) -> int:
    """Do the work of a command in a thread; return its exit code, or 128 + the number of a signal.

    After a signal this returns in under two seconds, whatever the work is doing; the thread may then still run.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    with stop_signals.signals_noted():
        return _watched(work)[0]


def own_process(work: Work) -> int:
    """Do the same where the process is there for this command only: it ends with the code, and so does the thread.

    Signals have been noted since it began (`signal_notes.note_signals`).
    """
    _own.set()
    atexit.register(_at_the_end)  # the first to be registered is the last to be called
    code, ended = _watched(work)
    if not ended:
        os._exit(code)
    return code


def ends_with_command() -> bool:
    """Return whether the process is there for one command only."""
    return _own.is_set()


def _watched(work: Work) -> tuple[int, bool]:
    """The exit code, and whether the work has ended."""
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(work()), name="simcpec", daemon=True)
    thread.start()
    while thread.is_alive() and not signal_notes.noted():
        thread.join(stop_signals.POLL)
    if signal_notes.noted():
        return _stopped(thread), not thread.is_alive()
    return (codes[0] if codes else 1), True


def _stopped(thread: threading.Thread) -> int:
    """Let the work reach a safe point, or undo what it would leave; a second signal does not wait."""
    code = stop_signals.ENDED_BY + signal_notes.noted()[0]
    end = time.monotonic() + (ORDERLY if stop_signals.to_be_undone() else BRIEF)
    while thread.is_alive() and time.monotonic() < end and len(signal_notes.noted()) < 2:
        thread.join(stop_signals.POLL)
    if thread.is_alive():
        stop_signals.undo_all(LAST)
    with suppress(OSError):
        os.write(2, STOPPED)  # not by `sys.stderr`, which the thread may hold
    return code


def _at_the_end() -> None:
    """End by a signal that was noted after the work; from here on the system answers signals, by ending the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal_notes.noted():
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # closed, or its reader is gone
                stream.flush()
        os._exit(stop_signals.ENDED_BY + signal_notes.noted()[0])
