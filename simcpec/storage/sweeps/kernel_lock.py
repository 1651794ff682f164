"""A folder that one process at a time works in: the kernel holds the lock, and lets it go when the process ends.

The file that is locked also says who holds it, for the message to whoever comes second. That it is there means nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from simcpec.errors import EnvironmentFault, Refused

NAME = "lock"
LARGEST = 4096  # bytes of what the holder says


Say = Callable[[Mapping[str, Any]], None]
"""Told how far the holder is, for whoever asks."""


@contextmanager
def held(folder: Path, what: str) -> Iterator[Say]:
    """Hold the lock of a folder. Raises Refused, naming the holder, where another process does; EnvironmentFault.

    what : what this process does, for whoever comes meanwhile.
    """
    try:
        number = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except OSError as fault:
        raise EnvironmentFault(f"{folder / NAME} cannot be opened: {fault.strerror}") from fault
    try:
        if not _taken(number):
            raise Refused(f"{folder} is in use by {_named(_said(number))}; wait for it, or name another folder")
        mine = {"process": os.getpid(), "host": _host(), "what": what}

        def say(more: Mapping[str, Any]) -> None:
            with suppress(OSError):  # a full disk hinders nobody from holding a lock
                text = json.dumps({**mine, **more}).encode()
                os.pwrite(number, text, 0)
                os.ftruncate(number, len(text))

        say({})
        yield say
    finally:
        os.close(number)


def _taken(number: int) -> bool:
    """Take the lock; False where somebody else has it. Systems without such locks go without."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as fault:
        raise EnvironmentFault(f"the folder cannot be locked: {fault.strerror}; name one on a local disk") from fault
    return True


def holder_of(folder: Path) -> dict[str, Any] | None:
    """What the process says that holds the lock of a folder; None where nobody does."""
    try:
        number = os.open(folder / NAME, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _taken(number) else _said(number)
    finally:
        os.close(number)


def _said(number: int) -> dict[str, Any]:
    """What the holder says of itself; {} where it cannot be read."""
    try:
        said = json.loads(os.pread(number, LARGEST, 0))
        return said if isinstance(said, dict) else {}
    except (OSError, ValueError):
        return {}


def _named(said: Mapping[str, Any]) -> str:
    if not isinstance(said.get("process"), int):
        return "another process"
    return f"process {said['process']} on {str(said.get('host'))[:60]} ({str(said.get('what'))[:100]})"


def _host() -> str:
    import socket

    return socket.gethostname()
