"""How fast this machine simulates and writes: measured by real runs, kept in the user's cache folder.

It only ever serves to say beforehand how long something will take. A file that is missing, damaged or cannot be written
is as good as none, and no result hangs on it.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simcpec.storage.stored_files import parse_json, read_bytes

LARGEST = 1 << 16  # bytes
FILE, VERSION = "pace.json", 1
BUILT_IN = MappingProxyType({"compiled": 1.0e7, "reference": 6.0e4})  # events a second and processor
WRITTEN = 1.0e6  # numbers of tables a second
LEAST = 1.0  # seconds that a run must have taken to be a measure
WEIGHT = 0.5  # of the latest run
WIDEST = 1e4  # times that a rate may differ from the built-in one: what is further off is damage


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Events a second and processor by engine, as far as measured, and numbers of tables a second."""

    events_per_second: Mapping[str, float] = field(default_factory=lambda: BUILT_IN)
    numbers_per_second: float = WRITTEN


def pace() -> Pace:
    """Return what was measured on this machine; engines of which nothing was measured are left out."""
    try:
        said = parse_json(read_bytes(_path(), at_most=LARGEST))
        if said["version"] != VERSION:
            raise ValueError("another version")
        events = {name: rate for name in BUILT_IN if (rate := _rate(said["events"].get(name), BUILT_IN[name]))}
        return Pace(events_per_second=events, numbers_per_second=_rate(said.get("numbers"), WRITTEN) or WRITTEN)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError):
        return Pace(events_per_second={})


def measured(
    *, engine: str, events: float, seconds: float, processors: int, numbers: float, writing_seconds: float
) -> None:
    """Keep what a run has shown; too short runs show nothing."""
    now, changes = pace(), {}
    if engine in BUILT_IN and seconds >= LEAST and events > 0.0:
        seen = events / (seconds * processors)
        before = now.events_per_second.get(engine, seen)
        now = replace(now, events_per_second={**now.events_per_second, engine: _mixed(before, seen)})
        changes["events"] = True
    if writing_seconds >= LEAST and numbers > WRITTEN:
        now = replace(now, numbers_per_second=_mixed(now.numbers_per_second, numbers / writing_seconds))
        changes["numbers"] = True
    if changes:
        _write(now)


def _mixed(before: float, seen: float) -> float:
    return math.exp((1.0 - WEIGHT) * math.log(before) + WEIGHT * math.log(seen))


def _rate(value: Any, usual: float) -> float | None:
    """A stored rate, if it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if usual / WIDEST <= value <= usual * WIDEST else None


def _path() -> Path:
    from simcpec.numerics.jit import cache_root

    return cache_root() / "simcpec" / FILE


def _write(now: Pace) -> None:
    """Write whole or not at all; whoever cannot write goes without."""
    text = json.dumps(
        {"version": VERSION, "events": dict(now.events_per_second), "numbers": now.numbers_per_second}, sort_keys=True
    )
    with suppress(OSError, RuntimeError):
        path = _path()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
