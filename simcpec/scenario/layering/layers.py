"""Layers of a scenario: what it extends, the file itself, and ``--set``; merged by `merge`, each key's history kept.

All ``--set`` of one command are one layer.  ``extends:`` names a shipped scenario (``base``) or a
file (``other.yaml``) in the folder of the file that says it, or below; it never leads out of that folder.
"""

from __future__ import annotations

import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as File

from simcpec.errors import EnvironmentFault, Fault, ScenarioError, UserError, did_you_mean
from simcpec.scenario.layering.merge import Merge, Taken
from simcpec.scenario.layering.shipped_files import STDIN, STDIN_WHERE, SUFFIXES, file_of, names_of_shipped, shipped
from simcpec.scenario.reading.memo import Memo
from simcpec.scenario.reading.nodes import MapNode, Node, Path, Place, Scalar, changes, ends, find, text_of
from simcpec.scenario.reading.yaml_reader import DEEPEST, LARGEST, fault_at, read_bytes, read_value
from simcpec.units import short

SET, VARY = "--set", "--vary"  # what messages call the places of `key=value`
MOST_LAYERS = 32


@dataclass(frozen=True, slots=True)
class SetOption:
    """One layer's word about a key: number of the layer (0 is the root), its name, value as written, place.

    drops : the layer took the key away, and `text` says why.
    """

    order: int
    layer: str
    text: str
    place: Place
    drops: bool = False


@dataclass
class Stack:
    """Layers merged so far, from the root upwards, with the faults met on the way and what else there is to tell."""

    root: MapNode | None = None
    origins: dict[Path, tuple[SetOption, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, table: MapNode) -> None:
        """Merge one layer over the others."""
        merge, before = Merge(), self.root
        self.root = merge.over(self.root, table)
        self._record(before, merge)
        self.faults += merge.faults
        self.notes += merge.notes
        self.count += 1

    def note_setting(self, path: Path, node: Node, place: Place) -> None:
        """Note one word of the layer that is being added about a key."""
        self._note(path, SetOption(self.count, _layer(place), text_of(node), place))

    def _note(self, path: Path, setting: SetOption) -> None:
        self.origins[path] = (*self.origins.get(path, ()), setting)

    def copy(self) -> Stack:
        """A stack with the layers so far, to which others can be added."""
        return replace(self, origins=dict(self.origins), faults=list(self.faults), notes=list(self.notes))

    def _record(self, before: MapNode | None, merge: Merge) -> None:
        """Note who set what: each end of the tree that is new, and each that is gone."""
        assert self.root is not None
        taken = {one.path: one for one in merge.taken}
        for path, old, new in list(changes(before, self.root)):
            if new is not None:
                self.note_setting(path, new, taken[path].by if path in taken else _place(self.root, path))
            elif not isinstance(old, MapNode):  # an empty map ends nowhere once it has entries
                self._note(path, self._gone(path, taken))

    def _gone(self, path: Path, taken: Mapping[Path, Taken]) -> SetOption:
        """The word of a layer about a key that it took away, alone or with a map above it."""
        assert self.root is not None
        above = (path[:cut] for cut in range(len(path), -1, -1))
        found = next((taken[one] for one in above if one in taken), None)
        found = found or Taken(path, "replaced by a value", find(self.root, path)[1])
        return SetOption(self.count, _layer(found.by), found.why, found.by, drops=True)


def _layer(place: Place) -> str:
    """Return what the layer is called in which something stands: its file, or the whole ``--set``."""
    return place.where if place.line or not place.shown else f"{place.where} {place.shown}"


def stacked(ref: str, sets: Sequence[str], varied: Sequence[str] = ()) -> Stack:
    """All layers of a scenario, of which `sets` and `varied` are the last one.

    Raises `ScenarioError` where one cannot be had, `EnvironmentFault` for a permission.
    """
    faults: list[Fault] = []
    own, *below = _chain(ref, faults)
    stack = shared_layers(below or [own])
    stack.faults = faults + stack.faults
    if below:
        stack.add(_titled(own, ref))
    if sets or varied:
        add_sets(stack, [*((text, SET) for text in sets), *((text, VARY) for text in varied)])
    return stack


def shared_layers(tables: Sequence[MapNode]) -> Stack:
    """Layers that many scenarios share, given from the nearest to the root: what they say is the same nodes in all."""

    def layered() -> tuple[Stack, Sequence[MapNode]]:  # the tables are kept, so that none of their identities is reused
        stack = Stack()
        for table in reversed(tables):
            stack.add(table)
        return stack, tables

    return _BELOW.of(tables[0], tuple(map(id, tables)), layered)[0].copy()


_BELOW = Memo(64)


def add_sets(stack: Stack, sets: Sequence[tuple[str, str]]) -> None:
    """All ``--set`` and ``--vary``, each text with its option, as one layer, of which the last word about a key holds.

    The history keeps the earlier ones.
    """
    tables = [_set_layer(text, option, stack.faults) for text, option in sets]
    whole = tables[0]
    for table in tables[1:]:
        whole = joined(whole, table)
    held = dict(ends(whole))
    for table in tables:
        for path, node in ends(table):
            if held.get(path) is not node and path in held:
                stack.note_setting(path, node, _place(table, path))
    stack.add(whole)


def joined(below: MapNode, above: MapNode) -> MapNode:
    """Two parts of one layer: maps key by key, everything else replaced, nothing taken away yet."""
    entries, keys = dict(below.entries), dict(below.keys)
    for key, value in above.entries.items():
        under = entries.get(key)
        both = isinstance(under, MapNode) and isinstance(value, MapNode)
        entries[key] = joined(under, value) if both else value  # type: ignore[arg-type]
        keys[key] = above.keys[key]
    return MapNode(entries, keys, above.place)


def _titled(table: MapNode, ref: str) -> MapNode:
    """An overlay with a name and a description of its own: those of what it extends are not true of it."""
    stem = "stdin" if ref == STDIN else File(ref).name.removesuffix(".yaml").removesuffix(".yml")
    entries, keys = dict(table.entries), dict(table.keys)
    for key, text in (("name", stem[:200]), ("describes", "")):
        if key not in entries:
            entries[key], keys[key] = Scalar(text, False, table.place), table.place
    return MapNode(entries, keys, table.place)


# ------------------------------------------------------------------------------------------------ files


def _chain(ref: str, faults: list[Fault]) -> list[MapNode]:
    """The file, what it extends, what that extends, and so on; raises `ScenarioError` for a circle."""
    if ref == STDIN:
        table, more = read_bytes(_stdin(), STDIN_WHERE)
        file, where = None, STDIN_WHERE
    else:
        file, where = file_of(ref)
        table, more = read_bytes(_bytes(file, where, ref), where)
    chain, seen = [], [(file and file.resolve(), where)]
    while True:
        faults.extend(more)
        table, base = _without_extends(table, faults)
        chain.append(_with_record(table, file))
        if base is None:
            return chain
        file, where = _extended(base, file)
        resolved = file.resolve()
        if resolved in [known for known, _ in seen] or len(seen) >= MOST_LAYERS:
            names = " -> ".join([name for _, name in seen] + [where])
            raise ScenarioError([*faults, fault_at(base.place, f"goes round in a circle: {names}", key="extends")])
        seen.append((resolved, where))
        table, more = read_bytes(_bytes(file, where, where, base), where)


def _stdin() -> bytes:
    """Return what standard input holds, up to what is too much. Raises UserError where there is none."""
    if sys.stdin is None or sys.stdin.closed:
        raise UserError("- stands for standard input, which is closed; name a file, or give one with <")
    return sys.stdin.buffer.read(LARGEST + 1)


def _with_record(table: MapNode, file: File | None) -> MapNode:
    """A layer with the record that its ``world.record: record.yaml`` names written out; raises `ScenarioError`."""
    world = table.entries.get("world")
    name = world.entries.get("record") if isinstance(world, MapNode) else None
    if not isinstance(name, Scalar) or not isinstance(world, MapNode) or not name.text.endswith(SUFFIXES):
        return table
    key, allowed = "world.record", "a file in the folder of this one"
    if file is None or not _inside(file, name.text):
        problem = f"is {short(name.text)}, which is not in the folder of a file"
        raise ScenarioError([fault_at(name.place, problem, allowed, key=key)])
    target = file.parent / name.text
    record, faults = read_bytes(_bytes(target, target.as_posix(), name.text, name, key), target.as_posix())
    if faults:
        raise ScenarioError(faults)
    inner = MapNode({**world.entries, "record": record}, world.keys, world.place)
    return MapNode({**table.entries, "world": inner}, table.keys, table.place)


def _inside(file: File, name: str) -> bool:
    """Return whether a name leads from a file into its own folder, or below."""
    return is_inside(file.parent, name)


def is_inside(folder: File, name: str) -> bool:
    """Return whether a name leads from a folder into it, or below."""
    try:
        return "\0" not in name and (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a circle of links
        return False


def _without_extends(table: MapNode, faults: list[Fault]) -> tuple[MapNode, Scalar | None]:
    """A file's own keys, and the value of ``extends:`` if it has one."""
    base = table.entries.get("extends")
    if base is None:
        return table, None
    rest = {key: value for key, value in table.entries.items() if key != "extends"}
    if not isinstance(base, Scalar) or not base.text.strip():
        allowed = "the name of a shipped scenario, or a file in the same folder"
        faults.append(fault_at(table.keys["extends"], "is no name", allowed, key="extends"))
        raise ScenarioError(faults)
    own: MapNode = table.memo.setdefault("without extends", MapNode(rest, table.keys, table.place))
    return own, base


def _extended(base: Scalar, file: File | None) -> tuple[File, str]:
    """The file that ``extends:`` names and what messages call it; raises `ScenarioError`."""
    name = base.text.strip()
    if name in shipped():
        return shipped()[name], f"scenarios/{name}.yaml"
    allowed = f"a shipped scenario ({names_of_shipped()}), or a file in the folder of this one"
    hint = did_you_mean(name, shipped())
    if not name.endswith(SUFFIXES) or file is None or "\0" in name:
        hint = hint or ("" if file is None else "The name of a file ends in .yaml.")
        raise ScenarioError([fault_at(base.place, f"is {short(name)}, no shipped scenario", allowed, hint, "extends")])
    folder = file.parent
    if not _inside(file, name):
        problem = f"is {short(name)}, which leads out of the folder of this file"
        raise ScenarioError([fault_at(base.place, problem, allowed, hint, "extends")])
    return folder / name, (folder / name).as_posix()


def whole_file(file: File, where: str) -> bytes:
    """What a regular file holds, up to what is too much. Raises ScenarioError, and EnvironmentFault for permissions."""
    return _bytes(file, where, where)


def whole_file_of(file: File, where: str, at_most: int) -> bytes:
    """What a regular file holds that is no YAML, up to what is too much. Raises as `whole_file`."""
    return _bytes(file, where, where, at_most=at_most)


def _bytes(
    file: File, where: str, ref: str, base: Scalar | None = None, asked_by: str = "extends", at_most: int = LARGEST
) -> bytes:
    """What a regular file holds; one clear fault for everything else, at `base` if a key (``extends``) asks for it."""
    place, key = (base.place, asked_by) if base is not None else (Place(short(where)), "")
    start = f"is {short(base.text)}, which " if base is not None else ""

    def refuse(problem: str, hint: str = "") -> ScenarioError:
        return ScenarioError([fault_at(place, start + problem, "a YAML file, or a shipped scenario", hint, key)])

    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            inside = sorted(path.name for path in file.iterdir() if path.suffix in SUFFIXES)[:5]
            raise refuse("is a folder", f"It holds {', '.join(inside)}." if inside else "")
        if not stat.S_ISREG(mode):
            raise refuse("is no regular file")
        with file.open("rb") as stream:
            return stream.read(at_most + 1)
    except PermissionError:
        raise EnvironmentFault(f"{short(where)} may not be read: permission denied.") from None
    except (FileNotFoundError, NotADirectoryError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (2, 20, 36, 40):
            raise EnvironmentFault(f"{short(where)} cannot be read: {error.strerror}.") from None
        hint = did_you_mean(ref, shipped()) or did_you_mean(File(ref).stem, shipped())
        raise refuse("does not exist", f"{hint} Shipped are {names_of_shipped()}.".lstrip()) from None


# ------------------------------------------------------------------------------------------------ --set


def _set_layer(text: str, option: str, faults: list[Fault]) -> MapNode:
    """``key=value`` of an option as a table of one key; raises `ScenarioError` if it is none."""
    place = Place(option, shown=short(text, at_most=120))
    key, equals, value = text.partition("=")
    steps = key.strip().split(".")
    allowed = f"{option} key=value with a dotted key, for example {option} policy.security_share.share='2 %'"
    if not equals or not all(step.strip() for step in steps) or len(steps) > DEEPEST:
        raise ScenarioError([fault_at(place, "is no key=value", allowed)])
    if steps == ["extends"]:
        raise ScenarioError([fault_at(place, "cannot change what a file extends", allowed)])
    node, more = read_value(value, option)
    faults.extend(more)
    node = _moved(node, place)
    for step in reversed(steps):
        node = MapNode({step.strip(): node}, {step.strip(): place}, place)
    assert isinstance(node, MapNode)
    return node


def _moved(node: Node, place: Place) -> Node:
    """`node` with the place of its ``--set`` on every key and value."""
    if isinstance(node, MapNode):
        entries = {key: _moved(value, place) for key, value in node.entries.items()}
        return MapNode(entries, dict.fromkeys(entries, place), place)
    if isinstance(node, Scalar):
        return Scalar(node.text, node.plain, place)
    return type(node)(tuple(_moved(item, place) for item in node.items), place)


def _place(table: MapNode, path: Path) -> Place:
    """Return where the last key of `path` stands in a layer."""
    node: Node = table
    place = table.place
    for step in path:
        assert isinstance(node, MapNode) and isinstance(step, str)
        place, node = node.keys[step], node.entries[step]
    return place
