"""From what pydantic found to faults that an analyst can act on: place, line, key, what is allowed, nearest name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from simcpec.errors import Fault
from simcpec.scenario.nodes import Node, Path, Table, dotted, find
from simcpec.scenario.read import fault_at
from simcpec.scenario.schema import block_at, keys_of
from simcpec.scenario.schema_leaf import Leaf, nearest, shape_of
from simcpec.units import short

_LENGTHS = {"too_short": "at least", "too_long": "at most"}


def fault_on(root: Node, path: Path, problem: str, allowed: str = "", hint: str = "") -> Fault:
    """A fault of the key at `path`, in the place where it (or the nearest map above it) stands."""
    return fault_at(find(root, path)[1], problem, allowed, hint, key=short(dotted(path), at_most=100))


def faults_of(errors: Iterable[Any], root: Node) -> list[Fault]:
    """One fault an error of pydantic; `errors` is ``ValidationError.errors()``."""
    return [_fault(error, root) for error in errors]


def _fault(error: Any, root: Node) -> Fault:
    kind, path = error["type"], tuple(error["loc"])
    is_key = bool(path) and path[-1] == "[key]"
    path = path[:-1] if is_key else path
    if kind == "extra_forbidden":
        return _unknown(root, path)
    if kind == "missing":
        return fault_on(root, path, "is missing", _meaning(path))
    problem, allowed, hint = _told(kind, error)
    return fault_on(root, path, problem, allowed, hint)


def _told(kind: str, error: Any) -> tuple[str, str, str]:
    """Problem, allowed, hint of an error of a value."""
    context, raw = error.get("ctx", {}), error["input"]
    if kind == "scenario":
        return context["problem"], context["allowed"], context["hint"]
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        hint = nearest(str(raw), words)
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


def _unknown(root: Node, path: Path) -> Fault:
    """A key that nothing reads, with those that are read there and the nearest of them."""
    block = block_at(path[:-1])
    known = list(keys_of(block)) if block is not None else []
    hint = nearest(str(path[-1]), known)
    if not hint and (elsewhere := _elsewhere(root, str(path[-1]))):
        hint = f"There is a key {elsewhere}."
    return fault_on(root, path, "is no key that anything reads", f"one of {', '.join(known)}", hint)


def _elsewhere(root: Node, name: str) -> str:
    """The dotted path of a key of that name among the top two levels, "" if there is none."""
    for top in ("policy", "world", "run"):
        block = block_at((top,))
        if block is not None and name in keys_of(block):
            return f"{top}.{name}"
    return name if isinstance(root, Table) and name in ("policy", "world", "run") else ""


def _meaning(path: Path) -> str:
    """What belongs at a missing key."""
    block = block_at(path[:-1])
    field = None if block is None else keys_of(block).get(str(path[-1]))
    if field is None:
        return ""
    leaf = next((part for part in field.metadata if isinstance(part, Leaf)), None)
    says = leaf.says if leaf is not None else field.description or ""
    allowed = getattr(leaf, "allowed", None)
    if callable(allowed):
        return f"{says}: {allowed()}"
    inner = block_at(path)
    return says or ("" if inner is None else (inner.__doc__ or "").strip())
