"""Whether rules are compiled in this process, settled without importing the compiler.

Rules give the same bits compiled and as plain Python. The compiler takes half a second to import, which a command that
runs no replication need not spend.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

SWITCH = "NUMBA_DISABLE_JIT"

_asked: list[str] = []  # who asked for plain Python


def use_plain_python(why: str) -> None:
    """Leave rules uncompiled to the end of this process; nothing changes where they have been imported already."""
    _asked.append(why)


def plain_python() -> bool:
    """Return whether rules stay plain Python: as asked for, by the settings of an imported numba, or by `SWITCH`.

    A value of `SWITCH` that is no number is left to `simcpec.numerics.numba_import`, which refuses it.
    """
    if _asked:
        return True
    if numba := sys.modules.get("numba"):  # imported by somebody with the settings that they wanted
        return bool(numba.config.DISABLE_JIT)
    with suppress(ValueError):
        return int(os.environ.get(SWITCH, "0")) != 0
    return False
