"""From what pydantic found to faults that an analyst can act on: place, line, key, what is allowed, nearest name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from simcpec.errors import MOST_SHOWN, Fault
from simcpec.scenario.reading.nodes import MapNode, Node, Path, data_of, dotted, find
from simcpec.scenario.reading.suggestions import labels_of, suggest
from simcpec.scenario.reading.yaml_reader import fault_at
from simcpec.scenario.schema.leaf import ValueKind, shape_of
from simcpec.scenario.schema.removed_keys import REMOVED
from simcpec.scenario.schema.scenario_block import block_at, keys_of
from simcpec.scenario.schema.shared_blocks import SecurityShare
from simcpec.units import SHARE, NotAQuantity, parse_quantity, short

Told = tuple[str, str, str]  # problem, allowed, hint
ENTRIES: tuple[Path, Path] = (("world", "provinces"), ("world", "forces"))  # maps whose entries people name
LEVERS: Path = ("policy", "levers")
_LENGTHS = {"too_short": "at least", "too_long": "at most"}


def fault_on(
    root: Node, path: Path, problem: str, allowed: str = "", hint: str = "", reads: tuple[str, ...] = ()
) -> Fault:
    """A fault of the key at `path`, in the place where it (or the nearest map above it) stands."""
    return fault_at(find(root, path)[1], problem, allowed, hint, short(dotted(path), at_most=100), reads)


def faults_of(errors: Iterable[Any], root: Node) -> list[Fault]:
    """One fault an error of pydantic, in the order of the file; `errors` is ``ValidationError.errors()``.

    Those that no message will show are only placed: looking for what was meant takes its time.
    """
    ordered = sorted(errors, key=lambda error: _standing(error, root))
    shown, more = ordered[:MOST_SHOWN], ordered[MOST_SHOWN:]
    return [_fault(error, root) for error in shown] + [fault_on(root, _path(error), "is not valid") for error in more]


def _standing(error: Any, root: Node) -> tuple[str, int, int]:
    """File, line and column of an error."""
    place = find(root, _path(error))[1]
    return place.where, place.line, place.column


def _path(error: Any) -> Path:
    """Path of the key that an error is about."""
    path = tuple(error["loc"])
    return path[:-1] if path and path[-1] == "[key]" else path


def _fault(error: Any, root: Node) -> Fault:
    kind, path = error["type"], _path(error)
    if kind == "extra_forbidden":
        return _unknown(root, path)
    if kind == "missing":
        return fault_on(root, path, "is missing", meaning(path), _entry_meant(root, path))
    if kind == "model_type":
        return fault_on(root, path, *_no_map(error["input"], path))
    problem, allowed, hint = _told(kind, error)
    reads = tuple(_read_by(name, path) for name in error.get("ctx", {}).get("reads", ()))
    if error["loc"][-1:] == ("[key]",):
        hint = hint or _entry_meant(root, path)
    if path[:2] == LEVERS and path[3:] == ("lever",):
        hint = hint or _lever_meant(error["input"])
    return fault_on(root, path, problem, allowed, hint, reads)


def _entry_meant(root: Node, path: Path) -> str:
    """The province or force that was meant by an entry that is misnamed or lacks a key."""
    table = find(root, path[:2])[0]
    if len(path) < 3 or path[:2] not in ENTRIES or not isinstance(table, MapNode):
        return ""
    provinces = find(root, ENTRIES[0])[0]
    labels = labels_of(data_of(provinces)) if provinces is not None else {}
    return suggest(path[2], [name for name in table.entries if name != path[2]], labels=labels)


def _lever_meant(raw: Any) -> str:
    """The lever whose label stands where its name is asked for."""
    from simcpec import catalogue

    levers = catalogue.levers()
    return suggest(raw, levers, labels={lever.label: name for name, lever in levers.items()}, cutoff=0.5)


def _read_by(name: str, path: Path) -> str:
    """The dotted key of what a fault depends on: one beside or under its own (``.time``), or one of the whole."""
    return dotted(path) + (name if name != "." else "") if name.startswith(".") else name


def _told(kind: str, error: Any) -> Told:
    """Problem, allowed, hint of an error of a value."""
    context, raw = error.get("ctx", {}), error["input"]
    if kind == "scenario":
        return context["problem"], context["allowed"], context["hint"]
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        hint = suggest(raw, words)
        if isinstance(raw, bool) and "on" in words:
            hint = f"Did you mean {'on' if raw else 'off'}?"
        return shape_of(raw), f"one of {', '.join(words)}" if len(words) > 1 else words[0], hint
    if kind in _LENGTHS:
        bound = context.get("min_length", context.get("max_length"))
        return f"has {context['actual_length']} items", f"{_LENGTHS[kind]} {bound}", ""
    if kind == "bool_type":
        return shape_of(raw), "true or false", ""
    asked = {"list_type": "a list, in square brackets", "string_type": "a text"}.get(kind, "a map of keys")
    return shape_of(raw), asked, ""


def _no_map(raw: Any, path: Path) -> Told:
    """Something else in the place of a block; for a bare share both of its readings."""
    block = block_at(path)
    keys = ", ".join(keys_of(block)) if block is not None else ""
    example = f", for example {block.example}" if block is not None and block.example else ""
    if block is SecurityShare and isinstance(raw, str):
        try:
            parse_quantity(raw, SHARE)
        except NotAQuantity as error:
            return error.problem, f"a percentage and its base{example}", error.hint
    return shape_of(raw), f"a map with the keys {keys}{example}", ""


def _unknown(root: Node, path: Path) -> Fault:
    """A key that nothing reads, with those that are read there and the nearest of them, or why it is gone."""
    if removed := REMOVED.get(dotted(path)):
        return fault_on(root, path, removed)
    block = block_at(path[:-1])
    known = list(keys_of(block)) if block is not None else []
    hint = suggest(path[-1], known)
    if not hint and (elsewhere := _elsewhere(root, str(path[-1]))):
        hint = f"There is a key {elsewhere}."
    return fault_on(root, path, "is no key that anything reads", f"one of {', '.join(known)}", hint)


def _elsewhere(root: Node, name: str) -> str:
    """The dotted path of a key of that name among the top two levels, "" if there is none."""
    for top in ("policy", "world", "run"):
        block = block_at((top,))
        if block is not None and name in keys_of(block):
            return f"{top}.{name}"
    return name if isinstance(root, MapNode) and name in ("policy", "world", "run") else ""


def meaning(path: Path) -> str:
    """Return what belongs at a missing key."""
    block = block_at(path[:-1])
    field = None if block is None else keys_of(block).get(str(path[-1]))
    if field is None:
        return ""
    leaf = next((part for part in field.metadata if isinstance(part, ValueKind)), None)
    says = leaf.says if leaf is not None else field.description or ""
    allowed = getattr(leaf, "allowed", None)
    if callable(allowed):
        return f"{says}: {allowed()}"
    inner = block_at(path)
    return says or ("" if inner is None else (inner.__doc__ or "").strip())
