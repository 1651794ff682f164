"""Which mechanism of the model reads a setting, and which settings no mechanism reads as the switches stand.

Numbers are those of the sections of the description of the model, which rules in `simcpec.model.rules` cite as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from simcpec.scenario.reading.nodes import Path, path_of
from simcpec.scenario.schema.scenario_block import block_at, keys_of

#: section of the description of the model -> what it is about
MECHANISMS: Mapping[str, str] = MappingProxyType(
    {
        "4.1": "budget to capacity",
        "4.2": "threat: birth of plots",
        "4.3": "where a plot turns",
        "4.4": "preparation and detection",
        "4.5": "operations",
        "4.6": "the network",
        "4.7": "protection",
        "4.8": "movements and escorts",
        "4.9": "consequences",
        "4.10": "money",
        "5": "levers",
        "7": "outputs",
        "10": "experiments",
    }
)
#: the longest of these that begins a key says where it is read
_READ_IN: Mapping[str, str] = MappingProxyType(
    {
        "policy.security_share": "4.1", "policy.split": "4.1", "policy.provinces": "4.1", "policy.capacity": "4.1",
        "policy.units": "4.1", "policy.operations": "4.5", "policy.escort": "4.8", "policy.sop": "4.7",
        "policy.surge": "4.9", "policy.levers": "5",
        "world.provinces": "4.2", "world.provinces.*.personnel": "4.7", "world.provinces.*.militants": "4.6",
        "world.provinces.*.population": "4.4", "world.provinces.*.area": "4.4", "world.cohorts": "4.7",
        "world.settings": "4.3", "world.groups": "4.2", "world.record": "7", "world.counted_as": "7",
        "world.threat": "4.2", "world.preparation": "4.4", "world.preparation_by_province": "4.4",
        "world.displacement": "4.3", "world.detection": "4.4", "world.intelligence": "4.4", "world.operations": "4.5",
        "world.network": "4.6", "world.backlash": "4.6", "world.trust": "4.6", "world.agreements": "5",
        "world.forces": "4.7", "world.forces.*.unit_cost": "4.10", "world.hired": "4.7", "world.protection": "4.7",
        "world.movements": "4.8", "world.harm": "4.9", "world.stoppage": "4.9", "world.surge_reserve": "4.9",
        "world.observation": "4.9", "world.confidence": "4.9", "world.budget": "4.1", "world.costs": "4.10",
        "run": "10",
    }
)  # fmt: skip


_CONTAINERS = frozenset({"layers", "instruments", "provinces"})  # parts of keys that say nothing by themselves


def section_of(key: str) -> str:
    """Return the section in which a setting is read; "" for a key that is none of a scenario."""
    parts = key.split(".")
    fits: list[list[str]] = [
        words
        for words in (prefix.split(".") for prefix in _READ_IN)
        if len(words) <= len(parts) and all(word in ("*", part) for word, part in zip(words, parts, strict=False))
    ]
    longest = sorted(fits, key=lambda words: len(words))[-1:]
    return _READ_IN[".".join(longest[0])] if longest else ""


def used_in(key: str) -> str:
    """Return the mechanism that reads a setting, as ``4.4 preparation and detection``; "" for no key of a scenario."""
    section = section_of(key)
    return f"{section} {MECHANISMS[section]}" if section else ""


def idle(key: str, values: Mapping[str, str]) -> str:
    """Return why no mechanism reads a setting, as ``world.detection.mode is leads``; "" where one does.

    values : text of every setting by its key, in which the switches stand.
    """
    path = path_of(key)
    for cut in range(1, len(path)):
        block = block_at(path[:cut])
        choice = block.choice if block is not None else None
        if choice is None or path[cut] not in choice.keys:
            continue
        switch = ".".join(map(str, (*path[:cut], choice.switch)))
        word = values.get(switch, "")
        if word in choice.reads and path[cut] not in choice.reads[word]:
            return f"{switch} is {word}"
    return ""


def symbol_of(key: str) -> str:
    """Return a short name of a setting: what it is called in formulas of the model, then where it differs in brackets.

    ``guard_gain`` for ``world.protection.layers.guard.gain``, ``plots[SIN]`` for ``world.provinces.SIN.plots``.
    """
    path = path_of(key)
    free = [k for k in range(1, len(path)) if _is_free(path, k)]
    parts = [str(part) for part in path]
    fixed = [part for k, part in enumerate(parts[:-1]) if k > 1 and k not in free and part not in _CONTAINERS]
    last = [parts[-1]]
    if len(parts) - 1 in free:  # a map of numbers: its own name stands before them
        own = max(k for k in range(len(parts)) if k not in free)
        last = [] if own > 1 and parts[own] not in _CONTAINERS else [parts[own]]
    stem = "_".join([*fixed, *last])
    index = ", ".join(parts[k] for k in free)
    return f"{stem}[{index}]" if index else stem


def _is_free(path: Path, k: int) -> bool:
    """Whether a scenario chooses the name of a part of a key: a province, a cohort, a force."""
    block = block_at(path[:k])
    return block is None or str(path[k]) not in keys_of(block)
