"""One layer of a scenario over those below it.

Maps are merged entry by entry; values and lists are replaced.  A number in its long form is a value, not a map.
The numbers of a law, a mode or a rule belong to it: a layer that names another word of a switch leaves behind those
that the earlier word read (`schema_maps.Choice` says which), and gives its own.

``replace: true`` in a map takes away all that the layers below have there; ``PUN: drop`` takes away one entry.  A map
in the place of a list below edits that list by the names of its entries.  A province or cohort that is gone takes along
its entries in every map and list of provinces or cohorts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, get_args, get_origin

from simcpec.errors import Fault
from simcpec.scenario.reading.nodes import (
    Listing,
    MapNode,
    Node,
    Path,
    Place,
    Scalar,
    data_of,
    dotted,
    find,
    kind_of,
    text_of,
)
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.suggestions import labels_of, suggest
from simcpec.scenario.reading.yaml_reader import fault_at
from simcpec.scenario.schema.leaf import Text, ValueKind
from simcpec.scenario.schema.maps import PATHS, Block, KeyOf, ListOf, MapOver
from simcpec.scenario.schema.scenario_block import Scenario, bare, keys_of, step_into
from simcpec.units import short

REPLACE, DROP = "replace", "drop"
DECLARED: Mapping[str, Path] = {what: path for what, path in PATHS.items()}
_SPELLINGS = {"true": "on", "false": "off"}  # what a reader of YAML 1.1 makes of on and off, and writes back


@dataclass(frozen=True, slots=True)
class Taken:
    """What a layer took away from those below: where it stood, why it is gone, and the place of the key that did it."""

    path: Path
    why: str
    by: Place


@dataclass
class Merge:
    """The merge of one layer: what it took away, what else to tell, and its faults."""

    taken: list[Taken] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def over(self, below: MapNode | None, above: MapNode) -> MapNode:
        """`above` over `below`, which is None for the root."""
        root = self._map(below, above, Scenario, ())
        names = {what: (_names(below, path), _names(root, path)) for what, path in DECLARED.items()}
        gone = {what: old - new if new else frozenset() for what, (old, new) in names.items()}
        if below is None or not any(gone.values()):
            return root
        merge = Merge()
        root = merge._map(Pruning(merge, gone, above).of(below), above, Scenario, ())
        self.taken, self.notes, self.faults = merge.taken, merge.notes, merge.faults
        return root

    def _map(self, below: MapNode | None, above: MapNode, shape: Any, path: Path) -> MapNode:
        """Entries of both, those of `above` where both have one."""
        if below is not None and self._replaces(above, path):
            self.taken.append(Taken(path, "replaced as a whole", above.keys[REPLACE]))
            below = None
        entries, keys = ({}, {}) if below is None else (dict(below.entries), dict(below.keys))
        if entries and not above.entries:
            self.notes.append(f"{above.place}: {dotted(path)}: {{}} takes nothing away; {REPLACE}: true in it would")
        left = self._leave(entries, above, shape, path)
        for key, value in above.entries.items():
            here = (*path, key)
            if key == REPLACE:
                self._replaces(above, path)
            elif key in left and _drops(value, shape, key):
                continue
            elif _drops(value, shape, key):
                self._drop(entries, above, here)
            else:
                under = None if key in left else entries.get(key)
                entries[key] = self._node(under, value, step_into(shape, key), here)
                keys[key] = above.keys[key]
        return MapNode(entries, keys, above.place)

    def _leave(self, entries: dict[str, Node], above: MapNode, shape: Any, path: Path) -> dict[str, Node]:
        """Take out of `entries` what belongs to the word of a switch that `above` replaces by another."""
        choice = shape.choice if _is_block(shape) else None
        if choice is None or choice.switch not in above.entries or choice.switch not in entries:
            return {}
        old, new = (_word(one[choice.switch], step_into(shape, choice.switch)) for one in (entries, above.entries))
        left = {key: entries[key] for key in choice.left_behind(old, new) if key in entries}
        place = above.keys[choice.switch]
        lost = [key for key in left if key not in above.entries or _drops(above.entries[key], shape, key)]
        self.taken += [Taken((*path, key), f"dropped with {choice.switch}: {old}", place) for key in lost]
        for key in lost:
            del entries[key]
        told = [f"{key}: {text_of(left[key])}" for key in lost if data_of(left[key])]
        if told:
            where = f"{place}: {dotted((*path, choice.switch))} is {new}"
            self.notes.append(f"{where}, no longer {old}, whose own {', '.join(told)} went with it")
        return left

    def _node(self, under: Node | None, value: Node, shape: Any, path: Path) -> Node:
        if isinstance(value, Scalar):
            return _spelled(value, shape)
        if not isinstance(value, MapNode) or shape is Quantity:
            return value
        if get_origin(shape) is list and not _edits(value, shape):  # one map where a list may stand
            shape = bare(get_args(shape)[0])
        if isinstance(under, Listing) and _edits(value, shape):
            return self._edited(under, value, shape, path)
        return self._map(under if isinstance(under, MapNode) else None, value, shape, path)

    def _replaces(self, above: MapNode, path: Path) -> bool:
        """Return whether a map says ``replace: true``; a fault for anything but true or false."""
        word = above.entries.get(REPLACE)
        data = data_of(word) if word is not None else False
        if not isinstance(data, bool):
            key = dotted((*path, REPLACE))
            fault = fault_at(above.keys[REPLACE], f"is {short(str(data))}", "true, or leave it out", key=key)
            self.faults += [] if fault in self.faults else [fault]
        return data is True

    def _drop(self, entries: dict[str, Node], above: MapNode, path: Path) -> None:
        key = str(path[-1])
        if key in entries:
            del entries[key]
            self.taken.append(Taken(path, "dropped", above.keys[key]))
        else:
            labels = labels_of(data_of(MapNode(entries, {}, above.place))) if path[:-1] == DECLARED["provinces"] else {}
            self.faults.append(_nothing(above.keys[key], list(entries), path, labels))

    def _edited(self, under: Listing, above: MapNode, shape: Any, path: Path) -> Listing:
        """A list with some of its entries dropped or changed, each called by its name."""
        items = list(under.items)
        shape = bare(get_args(shape)[0])
        for name, value in above.entries.items():
            here = (*path, name)
            found = [k for k, item in enumerate(items) if _name_of(item, shape) == name]
            drops = isinstance(value, Scalar) and value.plain and value.text == DROP
            if not found:
                names = dict.fromkeys(_name_of(item, shape) for item in items)
                self.faults.append(_nothing(above.keys[name], list(names), here))
            elif drops:
                items = [item for k, item in enumerate(items) if k not in found]
            elif not isinstance(value, MapNode) or not isinstance(items[found[0]], MapNode):
                self.faults.append(fault_at(above.keys[name], "is no drop", DROP, key=dotted(here)))
            elif len(found) > 1:
                problem = f"is the name of {len(found)} entries"
                self.faults.append(fault_at(above.keys[name], problem, "the whole list", key=dotted(here)))
            elif _name_of(value, shape) not in ("", name):
                problem = f"is {short(_name_of(value, shape))}, another name"
                key = next(iter(keys_of(shape)))
                self.faults.append(fault_at(value.keys[key], problem, name, key=dotted((*here, key))))
            else:
                items[found[0]] = self._map(items[found[0]], value, shape, here)  # type: ignore[arg-type]
        return Listing(tuple(items), above.place)


def _nothing(place: Place, known: list[str], path: Path, labels: Mapping[str, str] | None = None) -> Fault:
    """The fault of a name that the layers below do not have; labels : what people call some of those that they have."""
    allowed = f"one of {', '.join(known)}" if known else "nothing: the layers below have no entry here"
    hint = suggest(path[-1], known, labels=labels)
    return fault_at(place, "stands in no layer below", allowed, hint, key=dotted(path))


def _drops(value: Node, shape: Any, key: str) -> bool:
    """Return whether an entry is to be dropped: the word `DROP` without quotes, where no free text may stand."""
    if not isinstance(value, Scalar) or not value.plain or value.text != DROP:
        return False
    leaf = _leaf(shape, key)
    return not (isinstance(leaf, Text) and not leaf.pattern)


def _spelled(value: Scalar, shape: Any) -> Scalar:
    """``true`` and ``false`` as on and off where these are words of a switch."""
    if value.text.lower() not in _SPELLINGS or not value.plain or kind_of(value.text) != "boolean":
        return value
    word = _SPELLINGS[value.text.lower()]
    return replace(value, text=word) if word in words_of(shape) else value


def _word(value: Node, shape: Any) -> str:
    """The word of a switch, "" for what is none."""
    return _spelled(value, shape).text if isinstance(value, Scalar) else ""


def words_of(shape: Any) -> tuple[str, ...]:
    """The words of a switch; none for anything else."""
    if get_origin(shape) is Literal:
        return tuple(map(str, get_args(shape)))
    return ()


def _edits(value: MapNode, shape: Any) -> bool:
    """Whether a map in the place of a list edits it: its keys are names of entries, not the keys of one entry."""
    if get_origin(shape) not in (list, tuple):
        return False
    item = bare(get_args(shape)[0])
    return item is not Quantity and not (_is_block(item) and set(value.entries) & set(keys_of(item)))


def _name_of(item: Node, shape: Any) -> str:
    """Return what an entry of a list is called: itself, or the value of its first key (``lever``, ``date``)."""
    if isinstance(item, MapNode):
        value = item.entries.get(next(iter(keys_of(shape)), "")) if _is_block(shape) else None
        return value.text if isinstance(value, Scalar) else ""
    return item.text if isinstance(item, Scalar) else ""


def _is_block(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, Block)


def _leaf(shape: Any, key: str) -> ValueKind | None:
    """The annotation of a key of a block."""
    found = keys_of(shape).get(key) if _is_block(shape) else None
    return next((part for part in found.metadata if isinstance(part, ValueKind)), None) if found is not None else None


def _names(root: MapNode | None, path: Path) -> frozenset[str]:
    """The declared provinces, cohorts or groups of a tree."""
    node = find(root, path)[0] if root is not None else None
    if isinstance(node, MapNode):
        return frozenset(node.entries)
    return frozenset(_name_of(item, None) for item in node.items) if isinstance(node, Listing) else frozenset()


# ------------------------------------------------------------------------------------------------ what goes along


@dataclass
class Pruning:
    """Takes provinces, cohorts and groups that a layer drops out of the maps and lists of the layers below."""

    merge: Merge
    gone: Mapping[str, frozenset[str]]
    above: MapNode

    def of(self, below: MapNode) -> MapNode:
        """`below` without the entries of what is gone; a list that would have nothing left stays as it is."""
        node = self._node(below, Scenario, None, ())
        assert isinstance(node, MapNode)
        for what, names in self.gone.items():
            keys = [dotted(one.path) for one in self.merge.taken if one.why == self._why(what)]
            if names and keys:
                shown = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
                text = f"no longer has {', '.join(sorted(names))}, whose entries below go along: {shown}"
                self.merge.notes.append(f"{self._by(what)}: world.{what} {text}")
        return node

    def _node(self, node: Node, shape: Any, leaf: Any, path: Path) -> Node:
        what = _declared(shape, leaf)
        names = self.gone.get(what, frozenset()) if what else frozenset()
        if isinstance(node, MapNode):
            for key in filter(names.__contains__, node.entries):
                self.merge.taken.append(Taken((*path, key), self._why(what), self._by(what)))
            entries = {
                key: self._node(value, step_into(shape, key), _leaf(shape, key), (*path, key))
                for key, value in node.entries.items()
                if key not in names
            }
            same = all(entries.get(key) is value for key, value in node.entries.items())
            return node if same else MapNode(entries, node.keys, node.place)
        return self._list(node, shape, names, what, path) if isinstance(node, Listing) else node

    def _list(self, node: Listing, shape: Any, names: frozenset[str], what: str, path: Path) -> Node:
        items = [self._node(item, step_into(shape, k), None, (*path, k)) for k, item in enumerate(node.items)]
        kept = [item for item in items if _name_of(item, shape) not in names]
        if kept and len(kept) < len(items):
            self.merge.taken.append(Taken(path, self._why(what), self._by(what)))
            items = kept
        same = len(items) == len(node.items) and all(map(lambda a, b: a is b, items, node.items))
        return node if same else Listing(tuple(items), node.place)

    def _why(self, what: str) -> str:
        return f"dropped with its {what.removesuffix('s')}"

    def _by(self, what: str) -> Place:
        return find(self.above, DECLARED[what])[1]


def _declared(shape: Any, leaf: Any) -> str:
    """What a map has as its keys, or a list as its items: provinces, cohorts, groups; "" for anything else."""
    if isinstance(leaf, MapOver):
        return leaf.declared
    if isinstance(leaf, ListOf) and isinstance(leaf.item, KeyOf):
        return leaf.item.declared
    keys = get_args(shape)[0] if get_origin(shape) is dict else None
    marks = get_args(keys)[1:] if get_origin(keys) is Annotated else ()
    return next((mark.declared for mark in marks if isinstance(mark, KeyOf)), "")
