"""Which entries set a scenario key: dotted paths, ``*`` for exactly one part."""

from __future__ import annotations

from functools import cache

from simcpec.catalogue.entries import Entry
from simcpec.catalogue.read import shipped


def matches(pattern: str, key: str) -> bool:
    """Return whether dotted `key` is what `pattern` names; ``*`` stands for one whole part, never for part of one."""
    wanted, given = pattern.split("."), key.split(".")
    return len(wanted) == len(given) and all(want in ("*", part) for want, part in zip(wanted, given, strict=True))


@cache
def entries_setting(key: str) -> tuple[Entry, ...]:
    """Entries whose `sets` name `key`, fewest wildcards first, then by id."""
    hits = [(min(w), entry.id, entry) for entry in shipped().entries.values() if (w := _wildcards(entry, key))]
    return tuple(entry for _, _, entry in sorted(hits, key=lambda hit: hit[:2]))


def _wildcards(entry: Entry, key: str) -> list[int]:
    return [pattern.split(".").count("*") for pattern in entry.sets if matches(pattern, key)]
