"""What a scenario file holds, with the place of every key and value: scalars, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]

# The core schema of YAML 1.2: NO, on and yes are text, 017 is a number, and so is 1e-2.
_NULL = re.compile(r"(?:null|Null|NULL|~|)")
_BOOLEAN = re.compile(r"(?:true|True|TRUE|false|False|FALSE)")
_NUMBER = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    re.ASCII,
)


def kind_of(text: str) -> str:
    """Return what an unquoted scalar is in YAML 1.2: ``null``, ``boolean``, ``number`` or ``text``."""
    for kind, pattern in (("null", _NULL), ("boolean", _BOOLEAN), ("number", _NUMBER)):
        if pattern.fullmatch(text):
            return kind
    return "text"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: file (or ``--set``, ``<stdin>``), line and column from 1 (0: none), the line itself."""

    where: str
    line: int = 0
    column: int = 0
    shown: str = ""

    def __str__(self) -> str:
        return f"{self.where}:{self.line}:{self.column}" if self.line else f"{self.where} {self.shown}".strip()


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written; `plain` if without quotes."""

    text: str
    plain: bool
    place: Place

    @property
    def data(self) -> str | bool | None:
        """None for null, a truth value for true and false, else the text: numbers stay text, to be read exactly."""
        kind = kind_of(self.text) if self.plain else "text"
        return None if kind == "null" else self.text.lower() == "true" if kind == "boolean" else self.text


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MapNode:
    """A map: values by key, and where each key stands; `memo` holds what was worked out about it."""

    entries: Mapping[str, Node]
    keys: Mapping[str, Place]
    place: Place
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


Node = Scalar | Listing | MapNode


def data_of(node: Node) -> Any:
    """Plain dicts, lists and `Scalar.data`; a table gives one dict each time, which nobody may change."""
    if isinstance(node, MapNode):
        if "data" not in node.memo:
            node.memo["data"] = {key: data_of(value) for key, value in node.entries.items()}
        return node.memo["data"]
    return [data_of(item) for item in node.items] if isinstance(node, Listing) else node.data


def find(node: Node, path: Path) -> tuple[Node | None, Place]:
    """Return what stands at `path`, with the place of its key; (None, nearest place above) where nothing does."""
    place = node.place
    for step in path:
        if isinstance(node, MapNode) and isinstance(step, str) and step in node.entries:
            place = node.keys[step]
            node = node.entries[step]
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.place
        else:
            return None, place
    return node, place


def ends(node: Node, path: Path = ()) -> Iterator[tuple[Path, Scalar | Listing | MapNode]]:
    """(path, node) of everything that layers replace as a whole: scalars, lists and empty tables."""
    if isinstance(node, MapNode) and node.entries:
        for key, value in node.entries.items():
            yield from ends(value, (*path, key))
    else:
        yield path, node


def changes(old: Node | None, new: Node | None, path: Path = ()) -> Iterator[tuple[Path, Node | None, Node | None]]:
    """(path, end before, end after) of every end that two trees do not share; None where there is none.

    What both trees hold as one and the same object is not looked into.
    """
    if old is new:
        return
    if isinstance(old, MapNode) and isinstance(new, MapNode) and old.entries and new.entries:
        for key, value in new.entries.items():
            yield from changes(old.entries.get(key), value, (*path, key))
        for key, value in old.entries.items():
            if key not in new.entries:
                yield from changes(value, None, (*path, key))
        return
    before = {} if old is None else dict(ends(old, path))
    after = {} if new is None else dict(ends(new, path))
    for here in dict.fromkeys([*after, *before]):
        yield here, before.get(here), after.get(here)


def dotted(path: Path) -> str:
    """``policy.levers[0].from``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def path_of(key: str) -> Path:
    """The path that `dotted` wrote."""
    return tuple(int(part[1:-1]) if part[0] == "[" else part for part in re.findall(r"\[[0-9]+\]|[^.\[]+", key))


def replaced(node: Node, path: Path, new: Node) -> Node:
    """`node` with `new` at an existing `path`."""
    if not path:
        return new
    step = path[0]
    if isinstance(node, MapNode) and isinstance(step, str):
        inner = replaced(node.entries[step], path[1:], new)
        return MapNode({**node.entries, step: inner}, node.keys, node.place)
    if isinstance(node, Listing) and isinstance(step, int):
        inner = replaced(node.items[step], path[1:], new)
        return Listing((*node.items[:step], inner, *node.items[step + 1 :]), node.place)
    raise KeyError(dotted(path))


def text_of(node: Node) -> str:
    """A short form of `node` on one line, for people: values as written."""
    if isinstance(node, MapNode):
        return "{" + ", ".join(f"{key}: {text_of(value)}" for key, value in node.entries.items()) + "}"
    return "[" + ", ".join(map(text_of, node.items)) + "]" if isinstance(node, Listing) else node.text
