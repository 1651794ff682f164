"""The signals to stop that have arrived: noted by a handler that raises nothing.

A command imports this before anything else, and it imports next to nothing: until then Python's own handler raises
KeyboardInterrupt wherever it is, in the callback of a weak reference too, where that is printed and forgotten.
"""

from __future__ import annotations

import signal

TYPE_CHECKING = False  # that of `typing`, which takes as long to import as all of this
if TYPE_CHECKING:
    from typing import Any

_noted: list[int] = []  # numbers of the signals so far: `list.append` is one step, and so safe in a handler


def noted() -> tuple[int, ...]:
    """Return the signals that were noted and not yet answered, in their order."""
    return tuple(_noted)


def forget() -> None:
    """Forget what was noted, once it is answered."""
    _noted.clear()


def note_signals() -> dict[int, Any]:
    """Note SIGINT and SIGTERM from now on; return the handlers that stood there, as far as they were Python's own.

    Outside the main thread nothing changes.
    """
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    ours: dict[int, Any] = {number: each for number, each in usual.items() if signal.getsignal(number) is each}
    try:
        for number in ours:
            signal.signal(number, _note)
    except ValueError:  # not the main thread, and so none was set
        return {}
    return ours


def _note(number: int, frame: Any) -> None:
    _noted.append(number)
