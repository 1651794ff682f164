"""Scenarios that are every combination of some changes of the baseline: of exposure, threat, world, and measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from simcpec.reporting.formatting import plural
from simcpec.results.records import Change, Study
from simcpec.results.scenario_names import key_of

LEAST, MOST = 2, 6  # changes: 4 to 64 scenarios
SHOWN = 3  # missing combinations that a message names
Kind = Literal["exposure", "threat", "world", "measure"]
KINDS: tuple[Kind, ...] = ("exposure", "threat", "world", "measure")  # the order of the steps
HEADS = {"exposure": "exposure, ", "threat": "threat, ", "world": "", "measure": ""}
#: parts of keys below `world.provinces.X`, and first parts below `world`, that say who and what is exposed, and to whom
OF_PROVINCES: Mapping[str, Kind] = {"personnel": "exposure", "plots": "threat", "militants": "threat"}
OF_WORLD: Mapping[str, Kind] = {
    "cohorts": "exposure", "settings": "exposure", "movements": "exposure", "threat": "threat", "groups": "threat",
    "backlash": "threat", "preparation": "threat", "recruitment": "threat",
}  # fmt: skip
Together = frozenset[int]
Said = tuple[str, str]  # key and new value


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of the baseline: what it is called, and of which kind it is."""

    name: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Combinations:
    """Changes in the order of the waterfall, and the index of the scenario that has each combination of them."""

    steps: tuple[Step, ...]
    scenarios: Mapping[Together, int]


def combinations_of(study: Study) -> Combinations | str:
    """Return the changes of a study whose scenarios are every combination of them, or what is missing, in words.

    A change is what always changes together: keys that have their new value in exactly the same scenarios.
    """
    if study.baseline is None or len(study.scenarios) < 2:
        return "scenarios compared with a baseline (`simcpec compare`)"
    said = [frozenset((each.key, each.new) for each in of) for of in study.changes]
    if several := _several_values(study.changes):
        return f"changes with one new value each, and {several[0]} has {several[1]}"
    groups = _groups(said)
    count = len(groups)
    if not LEAST <= count <= MOST:
        return (
            f"{LEAST} to {MOST} changes of the baseline in all their combinations, and this study has "
            f"{plural(count, 'change')}, which would be {2**count:,} scenarios"
        )
    steps = [_step(keys) for keys in groups.values()]
    order = sorted(range(count), key=lambda k: (KINDS.index(steps[k].kind), _alone(k, list(groups))))
    members = [list(groups)[k] for k in order]
    found = {frozenset(m for m in range(count) if s in members[m]): s for s in reversed(range(len(said)))}
    named = tuple(steps[k] for k in order)
    lacks = [each for each in _subsets(count) if each not in found]
    if lacks:
        return _lacking(named, lacks)
    return Combinations(steps=named, scenarios=found)


def _several_values(changes: Sequence[Sequence[Change]]) -> tuple[str, int] | None:
    """The first key with more than one new value, and how many it has."""
    values: dict[str, set[str]] = {}
    for of in changes:
        for each in of:
            values.setdefault(each.key, set()).add(each.new)
    return next(((key, len(new)) for key, new in values.items() if len(new) > 1), None)


def _groups(said: Sequence[frozenset[Said]]) -> dict[frozenset[int], list[Said]]:
    """What changes together, by the scenarios that have it."""
    found: dict[frozenset[int], list[Said]] = {}
    for one in sorted(frozenset[Said]().union(*said)):
        found.setdefault(frozenset(s for s, of in enumerate(said) if one in of), []).append(one)
    return found


def _alone(k: int, members: Sequence[frozenset[int]]) -> int:
    """The first scenario with the fewest changes among those that have change `k`: where it stands by itself."""
    sizes = {s: sum(s in of for of in members) for s in members[k]}
    return min(sizes, key=lambda s: (sizes[s], s))


def _step(keys: Sequence[Said]) -> Step:
    kinds = {_kind(key) for key, _ in keys}
    kind = kinds.pop() if len(kinds) == 1 else "world"
    key, new = keys[0]
    more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
    parts = key.split(".")
    what = " ".join(parts[2:]) if parts[:2] == ["world", "provinces"] else parts[-1]
    return Step(name=f"{HEADS[kind]}{what.replace('_', ' ')}: {new}{more}", kind=kind)


def _kind(key: str) -> Kind:
    first, *rest = key.split(".")
    if first != "world" or not rest:
        return "measure"
    if rest[0] == "provinces":
        return next((OF_PROVINCES[part] for part in rest if part in OF_PROVINCES), "world")
    return OF_WORLD.get(rest[0], "world")


def _subsets(count: int) -> Iterable[Together]:
    for size in range(count + 1):
        yield from map(frozenset, combinations(range(count), size))


def _lacking(steps: Sequence[Step], lacks: Sequence[Together]) -> str:
    shown = ["; ".join(steps[k].name for k in sorted(each)) or "the baseline" for each in lacks[:SHOWN]]
    more = f" and {len(lacks) - SHOWN} more" if len(lacks) > SHOWN else ""
    return (
        f"every one of the {2 ** len(steps)} combinations of {len(steps)} changes, and {len(lacks)} of them "
        f"{'is' if len(lacks) == 1 else 'are'} missing: ({'), ('.join(shown)}){more}"
    )


def ends_of(study: Study, of: Combinations) -> tuple[str, str]:
    """Keys of the scenario without any change and of that with all of them."""
    return key_of(of.scenarios[frozenset()]), key_of(of.scenarios[frozenset(range(len(of.steps)))])
