"""Measuring: interleaved rounds, medians, the rows of the table, and what may be said about the machine."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; a ratio compares two things that were measured in the same rounds."""

    part: str
    what: str
    ratio: float | None = None  # None where the line compares nothing
    value: float | None = None  # None where it could not be measured: `note` says why
    unit: str = ""
    note: str = ""


def seconds(action: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Time of an action by a clock: wall time, or the time of processors with ``time.process_time``."""
    start = clock()
    action()
    return clock() - start


def interleaved(
    actions: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Seconds of every action in every round: the actions take turns, so that a slow moment meets them all.

    Every action is done once before, so that none pays for compiling, loading or filling caches.  What runs in one
    thread is timed by its processor, so that others on the machine do not count.
    """
    for action in actions.values():
        action()
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            taken[name].append(seconds(action, clock))
    return taken


def ratio(taken: Mapping[str, Sequence[float]], slow: str, fast: str) -> float:
    """Median over the rounds of the time of `slow` against that of `fast`."""
    return statistics.median(a / b for a, b in zip(taken[slow], taken[fast], strict=True))


def in_process(code: str, *words: str, **surroundings: str) -> tuple[str, float]:
    """What Python code prints in a process of its own, and its wall time from start to end.

    words : its arguments.      surroundings : environment variables.  Raises CalledProcessError if it fails.
    """
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **surroundings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return done.stdout, time.perf_counter() - start


def machine() -> dict[str, Any]:
    """The only things that a table says about where it was made."""
    import numba

    return {"cores": os.cpu_count(), "python": platform.python_version(), "numba": numba.__version__}


def as_text(rows: Sequence[Row], where: Mapping[str, Any]) -> str:
    """The table for people: ratios first."""
    width = max([len(row.what) for row in rows], default=0)
    lines = [f"{where['cores']} cores, Python {where['python']}, numba {where['numba']}"]
    part = ""
    for row in rows:
        if row.part != part:
            part = row.part
            lines += ["", part]
        compared = "" if row.ratio is None else f"{row.ratio:.3g} x"
        measured = "" if row.value is None else f"{_three(row.value)} {row.unit}"
        lines.append(f"{compared:>9}  {row.what:<{width}}  {measured:>22}  {row.note}".rstrip())
    return "\n".join(lines)


def _three(value: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{float(f'{value:.3g}'):,.10g}"


def as_json(rows: Sequence[Row], where: Mapping[str, Any]) -> str:
    """The same for programs, with all digits."""
    return json.dumps({"machine": dict(where), "rows": [asdict(row) for row in rows]}, indent=2)
