"""What a library finds around it when it is imported, hidden for a moment: variables, and files of its own settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without_variables(*names: str) -> Iterator[None]:
    """Hide variables of the environment."""
    held = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(held)


@contextmanager
def without_file(name: str, *, but_in: str = "") -> Iterator[None]:
    """Let every file of this name look absent to `os.path`, but for those in a folder called `but_in`."""
    exists, is_file = os.path.exists, os.path.isfile

    def hidden(path: Any) -> bool:
        folder, last = os.path.split(path) if isinstance(path, str) else ("", "")
        return last == name and (not but_in or os.path.basename(folder) != but_in)

    os.path.exists = lambda path: not hidden(path) and exists(path)
    os.path.isfile = lambda path: not hidden(path) and is_file(path)
    try:
        yield
    finally:
        os.path.exists, os.path.isfile = exists, is_file
