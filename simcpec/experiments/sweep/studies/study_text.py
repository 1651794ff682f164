"""The text of a study file, or of another one, on its way: its nodes, its shape, and every fault with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from simcpec.errors import Fault, ScenarioError
from simcpec.scenario.reading.nodes import MapNode, Path, dotted, find
from simcpec.scenario.reading.suggestions import suggest
from simcpec.scenario.reading.yaml_reader import fault_at
from simcpec.scenario.schema.leaf import shape_of
from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.scenario_block import keys_of
from simcpec.units import short

Shape = TypeVar("Shape", bound=Block)


@dataclass
class StudyText:
    """A study file on its way to a study: its nodes, and the faults found so far."""

    root: MapNode
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, problem: str, allowed: str = "", hint: str = "", *, beside: Path | None = None) -> None:
        """Note a fault of the key at `path`, in the place where it (or the nearest map above it) stands.

        beside : the key in whose place a missing one is told.
        """
        place = find(self.root, path if beside is None else beside)[1]
        self.faults.append(fault_at(place, problem, allowed, hint, short(dotted(path), at_most=100)))

    def stop(self) -> None:
        """Raise ScenarioError with the faults found so far, if there are any."""
        if self.faults:
            ordered = sorted(self.faults, key=lambda fault: (fault.where, fault.line, fault.column))
            raise ScenarioError(dict.fromkeys(ordered))


def validated(text: StudyText, data: Mapping[str, Any], shape: type[Shape]) -> Shape | None:
    """The study, or other block of this shape, that plain data describe; None, with faults, where they differ."""
    try:
        return shape.model_validate(data, context={})
    except ValidationError as error:
        for each in error.errors(include_url=False):
            _note(text, each, shape)
        return None


def _note(text: StudyText, error: Any, shape: type[Block]) -> None:
    """Turn one error of pydantic into a fault."""
    path: Path = tuple(step for step in error["loc"] if step not in ("[key]", "literal['as_written']", "dict[str,any]"))
    path = tuple(step for step in path if not (isinstance(step, str) and ("[" in step)))
    kind = error["type"]
    if kind == "extra_forbidden":
        known = list(_keys_at(shape, path[:-1]))
        text.fault(path, "is no key that anything reads", f"one of {', '.join(known)}", suggest(path[-1], known))
    elif kind == "missing":
        text.fault(path, "is missing", _says(shape, path))
    elif kind == "scenario":
        context = error["ctx"]
        text.fault(path, context["problem"], context["allowed"], context["hint"])
    elif kind == "literal_error":
        words = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        text.fault(path, shape_of(error["input"]), f"one of {words}", suggest(error["input"], words.split(", ")))
    else:
        wanted = {"list_type": "a list, in square brackets", "dict_type": "a map of dotted keys"}
        text.fault(path, shape_of(error["input"]), wanted.get(kind, "a map of keys"))


def _keys_at(whole: type[Block], path: Path) -> Mapping[str, Any]:
    """Keys of the block at a path of a file that has the shape of `whole`."""
    shape: Any = whole
    for step in path:
        if isinstance(step, int):
            continue
        field_ = keys_of(shape).get(step)
        shape = next((block for block in _blocks(field_.annotation)), shape) if field_ is not None else shape
    return keys_of(shape)


def _blocks(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, Block):
        yield annotation
    for part in get_args(annotation):
        yield from _blocks(part)


def _says(shape: type[Block], path: Path) -> str:
    """Return what belongs at a missing key."""
    known = _keys_at(shape, path[:-1]).get(str(path[-1]))
    return next((part.says for part in known.metadata if hasattr(part, "says")), "") if known is not None else ""
