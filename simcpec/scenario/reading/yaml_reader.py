"""From bytes to nodes: YAML 1.2 without its dangers, every limit checked before anything is composed.

PyYAML's pure-Python scanner and parser give a stream of events (its C parser dies on 50,000 nested brackets); the nodes
are built here, in one loop.  Allowed is one document in UTF-8 of at most 1 MiB, 64 levels and 40,000 nodes, with text
keys; aliases, anchors, merge keys and tags are refused, and a key that stands twice is an error that names both lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from simcpec.errors import Fault, ScenarioError
from simcpec.scenario.reading.nodes import Listing, MapNode, Node, Place, Scalar, kind_of
from simcpec.units import short

LARGEST = 1 << 20  # bytes
DEEPEST = 64  # levels
MOST_NODES = 40_000  # forty base cases; PyYAML takes seconds for many more
SHOWN = 120  # characters of a line in a message

_INDENTING_TAB = re.compile(r"^ *\t", re.MULTILINE)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class YamlSource:
    """One text on its way to nodes: its name, its lines, and the faults found so far."""

    where: str
    text: str
    from_set: bool = False
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        lines = self.text[:LARGEST].splitlines()
        self.lines = [short(line[: 2 * SHOWN], at_most=SHOWN) if line.strip() else "" for line in lines]

    def place(self, mark: Any) -> Place:
        """The place of a mark of PyYAML."""
        return self.at(mark.line + 1, mark.column + 1)

    def at(self, line: int, column: int) -> Place:
        """The place of a line and column, with the line itself, cut to what a message can hold."""
        if self.from_set:
            return Place(self.where, shown=self.lines[0] if self.lines else "")
        return Place(self.where, line, column, self.lines[line - 1] if 0 < line <= len(self.lines) else "")

    def fault(self, place: Place, problem: str, allowed: str = "", hint: str = "") -> None:
        """Note one fault."""
        self.faults.append(fault_at(place, problem, allowed, hint))


class _Stop(Exception):
    """Nothing after this point of a text can be read."""


def fault_at(
    place: Place, problem: str, allowed: str = "", hint: str = "", key: str = "", reads: tuple[str, ...] = ()
) -> Fault:
    """A fault at a place."""
    return Fault(
        where=place.where,
        line=place.line,
        column=place.column,
        shown=place.shown,
        key=key,
        problem=problem,
        allowed=allowed,
        hint=hint,
        reads=reads,
    )


def read_bytes(raw: bytes, where: str) -> tuple[MapNode, list[Fault]]:
    """The table that a file holds, with the faults that do not stop reading (keys that stand twice, tags).

    Raises `ScenarioError` where no table can be had: too large, not UTF-8, no YAML, too deep, an empty document.
    """
    if len(raw) > LARGEST:
        raise ScenarioError([Fault(where=where, problem="is larger than a scenario may be", allowed="at most 1 MiB")])
    table, faults = _table(raw, where)
    return table, list(faults)


@lru_cache(maxsize=64)
def _table(raw: bytes, where: str) -> tuple[MapNode, tuple[Fault, ...]]:
    """Read a file and keep it: what several files extend is read once. Nodes are never changed."""
    source = YamlSource(where, _decoded(raw, where))
    node = read_text(source)
    if not isinstance(node, MapNode):
        problem = "is empty" if node is None or node.place.line == 0 else "holds no map of keys"
        place = Place(where) if node is None else node.place
        fault = fault_at(place, problem, "a map that begins with name:, policy:, world:, run: or extends:")
        raise ScenarioError([*source.faults, fault])
    return node, tuple(source.faults)


def read_value(text: str, where: str) -> tuple[Node, list[Fault]]:
    """The value of ``--set key=value`` under the same limits; raises `ScenarioError`."""
    source = YamlSource(where, text, from_set=True)
    node = read_text(source)
    return (Scalar("", True, source.at(1, 1)) if node is None else node), source.faults


def read_text(source: YamlSource) -> Node | None:
    """Nodes of one text, None if it is empty; raises `ScenarioError` with all faults where reading has to stop."""
    if match := _INDENTING_TAB.search(source.text):
        line = source.text.count("\n", 0, match.start()) + 1
        place = source.at(line, match.end() - match.start())
        source.faults.append(fault_at(place, "has a tab in the indentation", "spaces", "Replace the tab by spaces."))
        raise ScenarioError(source.faults)
    try:
        return _composed(source)
    except _Stop:
        raise ScenarioError(source.faults) from None


def _decoded(raw: bytes, where: str) -> str:
    """Text of a file; refuses what is no UTF-8 and characters that no text holds."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        fault = Fault(where=where, line=line, column=column, problem="is no text in UTF-8", allowed="UTF-8")
        raise ScenarioError([fault]) from None
    if match := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        problem = f"holds the character U+{ord(match[0]):04X}, which no text has"
        raise ScenarioError([Fault(where=where, line=line, column=column, problem=problem, allowed="plain text")])
    return text


def _composed(source: YamlSource) -> Node | None:
    """The one document of the stream of events."""
    builder, documents, nodes = _Builder(source), 0, 0
    for event in _events(source):
        name = type(event).__name__
        if name == "DocumentStartEvent":
            documents += 1
            if documents > 1:
                source.fault(source.place(event.start_mark), "begins a second document", "one document in a file")
                raise _Stop
        nodes += name in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent")
        if nodes > MOST_NODES:
            source.fault(source.place(event.start_mark), "has too many values", f"at most {MOST_NODES} in a file")
            raise _Stop
        builder.take(name, event)
    if builder.aliases:
        raise _Stop  # nobody knows what the file means
    return builder.root


def _events(source: YamlSource) -> Iterator[Any]:
    """PyYAML's events; its own errors become faults."""
    import yaml

    try:
        events: Any = _parser()(source.text)
        while events.check_event():
            yield events.get_event()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = source.place(mark) if mark else Place(source.where)
        source.faults.append(fault_at(place, *_told(error)))
        raise _Stop from None
    except (yaml.YAMLError, ValueError) as error:
        source.faults.append(fault_at(Place(source.where), f"is no YAML: {short(str(error))}"))
        raise _Stop from None


@cache
def _parser() -> type[Any]:
    """The pure-Python half of a loader of PyYAML: no composer, no constructor."""
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class Events(Reader, Scanner, Parser):
        def __init__(self, text: str) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    return Events


def _told(error: Any) -> tuple[str, str, str]:
    """Problem, allowed, hint for an error of PyYAML's scanner or parser."""
    problem = short(str(error.problem or error.context), at_most=100)
    if "'\\t'" in problem:
        return "has a tab where YAML allows none", "spaces", "Replace the tab by spaces."
    if "%" in problem and "cannot start" in problem:
        return f"is no YAML: {problem}", "", "A value that begins with % stands in quotes."
    began = f" (begun in line {error.context_mark.line + 1})" if error.context and error.context_mark else ""
    return f"is no YAML: {problem}{began}", "", "A text with a colon or a bracket in it stands in quotes."


@dataclass
class _Open:
    """A list or map that has begun and not ended."""

    place: Place
    is_map: bool
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: str | None = None
    key_place: Place | None = None

    def closed(self) -> Node:
        return MapNode(self.entries, self.keys, self.place) if self.is_map else Listing(tuple(self.items), self.place)


class _Builder:
    """Nodes from events with a stack of its own: no recursion, whatever the file says."""

    def __init__(self, source: YamlSource) -> None:
        self.source = source
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.aliases = 0

    def take(self, name: str, event: Any) -> None:
        """One event."""
        if name in ("SequenceStartEvent", "MappingStartEvent"):
            self._refuse_extras(event)
            place = self.source.place(event.start_mark)
            if len(self.stack) >= DEEPEST:
                self.source.fault(place, "nests too deeply", f"at most {DEEPEST} levels")
                raise _Stop
            self.stack.append(_Open(place, name == "MappingStartEvent"))
        elif name in ("SequenceEndEvent", "MappingEndEvent"):
            self._add(self.stack.pop().closed())
        elif name == "ScalarEvent":
            self._refuse_extras(event)
            if match := _UNPRINTABLE.search(event.value):
                problem = f"holds the character U+{ord(match[0]):04X}, which no text has"
                self.source.fault(self.source.place(event.start_mark), problem, "plain text")
            self._add(Scalar(event.value, event.style is None, self.source.place(event.start_mark)))
        elif name == "AliasEvent":
            place = self.source.place(event.start_mark)
            self.source.fault(place, f"is an alias (*{short(event.anchor)})", "the value itself, written out")
            self._add(Scalar("", True, place))
            self.aliases += 1

    def _refuse_extras(self, event: Any) -> None:
        """Note anchors and tags."""
        place = self.source.place(event.start_mark)
        if event.anchor is not None:
            self.source.fault(place, f"has an anchor (&{short(event.anchor)})", "values without anchors")
        if event.tag is not None:
            self.source.fault(place, f"has a tag ({short(event.tag)})", "values without tags")

    def _add(self, node: Node) -> None:
        """Put a finished node where it belongs."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if not top.is_map:
            top.items.append(node)
        elif top.key_place is None:
            top.key, top.key_place = self._key(node, top), node.place
        else:
            if top.key is not None:
                top.entries[top.key], top.keys[top.key] = node, top.key_place
            top.key, top.key_place = None, None

    def _key(self, node: Node, top: _Open) -> str | None:
        """The text of a key; None, with a fault, if it is none or stands twice."""
        if not isinstance(node, Scalar):
            self.source.fault(node.place, "is a list or a map in the place of a key", "keys are words")
        elif node.plain and kind_of(node.text) != "text":
            hint = "A library for YAML 1.1 reads NO, ON and the like as truth values; such a key stands in quotes."
            hint = hint if kind_of(node.text) == "boolean" else ""
            self.source.fault(node.place, f"is {short(node.text)} in the place of a key", "keys are words", hint)
        elif node.text == "<<":
            self.source.fault(node.place, "is a merge key (<<)", "extends:, or the keys written out")
        elif node.text in top.keys:
            first = top.keys[node.text]
            also = f"first in line {first.line}, again in line {node.place.line}" if first.line else "twice"
            self.source.fault(node.place, f"has the key {short(node.text)} twice: {also}", "each key once in a map")
        else:
            return node.text
        return None
