"""Which layer made a scenario wrong: a fault of several keys is placed at the latest layer that set one of them.

The layers below were sound by themselves, so that the last word is what made the fault.  A fault says what it depends
on (`Fault.reads`); for faults of a world that cannot be built `BUILT` says it, by the key that they name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from simcpec.errors import Fault, Origin
from simcpec.scenario.layering.layers import SetOption
from simcpec.scenario.reading.nodes import MapNode, Node, Path, dotted, find, path_of
from simcpec.scenario.schema.scenario_block import every_block
from simcpec.units import short

Origins = Mapping[Path, Sequence[SetOption]]
Word = tuple[Path, SetOption]
MOST_PARTS = 12  # origins told of one fault
FEW = 6  # keys of which all are told, and not those of the latest layer alone

_TIME = ("run.start", "run.horizon", "run.warm_up")

#: what faults of a world that cannot be built depend on, besides the key that they name
BUILT: Mapping[str, tuple[str, ...]] = {
    "world.provinces.*.militants": ("run.period", *_TIME),
    "world.threat.drift.every": _TIME,
    "world.intelligence.host_units": (
        "world.intelligence.gain", "world.operations.routine_leads", "world.budget.inherited", "world.provinces",
    ),
    "run.horizon": _TIME,
    "*.provinces": ("world.provinces",),
    "policy.levers*": (*_TIME, "world.forces", "world.agreements", "world.provinces", "world.cohorts"),
}  # fmt: skip


def of_built(fault: Fault, root: Node, origins: Origins) -> Fault:
    """A fault of a world that cannot be built, with the place of the layer that made it so."""
    reads = next((reads for key, reads in BUILT.items() if fnmatchcase(fault.key, key)), ())
    if fault.key.startswith("policy.levers"):
        reads += tuple(_switches())
    return blamed(replace(fault, reads=(*fault.reads, *reads)), root, origins)


def blamed(fault: Fault, root: Node, origins: Origins) -> Fault:
    """A fault with the place of the latest layer that set anything it depends on, and where its parts come from."""
    if not fault.reads:
        return fault
    own = path_of(fault.key)
    node = find(root, own)[0]
    mine = [] if node is None or isinstance(node, MapNode) else list(_words(own, origins))
    read = [word for key in fault.reads for word in _words(path_of(key), origins)]
    found = list(dict.fromkeys([*mine, *read]))
    last = max((setting.order for _, setting in found), default=0)
    if last == 0:  # all of it stands in one file, at the key that the fault names
        return fault
    told = found if len(found) <= FEW or isinstance(node, MapNode) else mine
    latest = [word for word in found if word[1].order == last]
    parts = list(dict.fromkeys([*told, *latest]))[:MOST_PARTS]
    if any(setting.order == last for _, setting in mine):
        return replace(fault, parts=_origins(parts) if len(parts) > 1 else ())
    moved = _placed(fault, latest[0][1])
    if isinstance(node, MapNode):
        return replace(moved, parts=_origins(parts))
    if node is None:
        return moved
    return replace(moved, by=_origin(latest[0]), parts=_origins(part for part in parts if part != latest[0]))


def left_behind(fault: Fault, origins: Origins) -> Fault:
    """A fault of a key that is missing because its switch changed, with what stood there under the earlier word."""
    path = path_of(fault.key)
    under = {key: settings for key, settings in origins.items() if path and key[: len(path)] == path}
    last = next(iter(under.values()), ())
    if fault.hint or len(last) < 2 or not all(settings[-1].drops for settings in under.values()):
        return fault
    texts = {dotted(key[len(path) :]): settings[-2].text for key, settings in under.items()}
    before = texts.get("") or ", ".join(f"{key}: {text}" for key, text in texts.items())
    return replace(
        fault, hint=f"It was {before} ({last[-2].place}), {last[-1].text}; write it again if it is meant here."
    )


def _words(path: Path, origins: Origins) -> Iterator[Word]:
    """The last word about everything at or under a path, or, if there is nothing, about what it stands in."""
    under = [(key, settings[-1]) for key, settings in origins.items() if key[: len(path)] == path]
    if under and all(setting.drops for _, setting in under):
        yield path, under[0][1]
    elif under:
        yield from under
    else:
        above = [(key, settings[-1]) for key, settings in origins.items() if key and path[: len(key)] == key]
        yield from above


def _placed(fault: Fault, setting: SetOption) -> Fault:
    place = setting.place
    return replace(fault, where=place.where, line=place.line, column=place.column, shown=place.shown)


def _origins(words: Sequence[Word] | Iterator[Word]) -> tuple[Origin, ...]:
    return tuple(_origin(word) for word in words)


def _origin(word: Word) -> Origin:
    path, setting = word
    place = setting.place
    text = "dropped" if setting.drops else short(setting.text, at_most=60)
    return Origin(key=dotted(path), text=text, where=place.where, line=place.line, column=place.column)


def _switches() -> Iterator[str]:
    """Dotted keys of all switches of the schema."""
    for path, block in every_block():
        if block.choice is not None and "*" not in path:
            yield dotted((*path, block.choice.switch))
    yield from ("policy.escort.rule", "policy.capacity", "world.operations.routine_leads")
