"""The shape of a scenario: blocks `policy`, `world` and `run`, each key with its kind, unit, bounds and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from simcpec.scenario.reading.nodes import Path
from simcpec.scenario.schema.leaf import ValueKind
from simcpec.scenario.schema.maps import Block, MapOver, NamedNumbers
from simcpec.scenario.schema.policy_block import PolicyBlock, RunBlock
from simcpec.scenario.schema.shared_blocks import a_text
from simcpec.scenario.schema.world.world_block import WorldBlock


class Scenario(Block):
    """One scenario, complete and checked."""

    name: Annotated[str, a_text("name for people, any text")]
    describes: Annotated[str, a_text("what it stands for", 2000, empty=True)] = ""
    policy: PolicyBlock
    world: WorldBlock
    run: RunBlock

    @property
    def provinces(self) -> tuple[str, ...]:
        """Codes in the order of the file."""
        return tuple(self.world.provinces)


@cache
def keys_of(block: type[Block]) -> dict[str, Any]:
    """Field by the key that stands in a file (``lambda``, not ``lambda_``)."""
    return {field.alias or name: field for name, field in block.model_fields.items()}


@cache
def key_by_attribute(block: type[Block]) -> dict[str, str]:
    """Key by the name of the attribute (``lambda`` by ``lambda_``)."""
    return {name: field.alias or name for name, field in block.model_fields.items()}


@cache
def attribute_by_key(block: type[Block]) -> dict[str, str]:
    """Name of the attribute by its key (``lambda_`` by ``lambda``)."""
    return {key: name for name, key in key_by_attribute(block).items()}


def step_into(shape: Any, step: str | int) -> Any:
    """The type behind one step of a path; None where the schema has no such key."""
    if isinstance(shape, type) and issubclass(shape, Block):
        return _below(shape, str(step))
    if get_origin(shape) in (dict, list):
        return bare(get_args(shape)[-1])
    return None


@cache
def _below(block: type[Block], key: str) -> Any:
    field = keys_of(block).get(key)
    return None if field is None else bare(field.annotation)


def bare(shape: Any) -> Any:
    """A type without its annotations, ``| None``, and the words that may stand in the place of a map."""
    if get_origin(shape) is Annotated:
        return bare(get_args(shape)[0])
    if get_origin(shape) not in (Union, UnionType):
        return shape
    rest = [part for part in get_args(shape) if part is not NoneType]
    return bare(next((part for part in rest if get_origin(part) is dict), rest[0])) if rest else shape


def block_at(path: Path) -> type[Block] | None:
    """The block whose keys stand at `path`, None for leaves and for maps with free keys."""
    shape: Any = Scenario
    for step in path:
        shape = step_into(shape, step)
    return shape if isinstance(shape, type) and issubclass(shape, Block) else None


def every_block(shape: Any = Scenario, path: Path = ()) -> Iterator[tuple[Path, type[Block]]]:
    """(path, block) of each block of the schema, from the outside in; ``*`` for an entry of a free map or a list."""
    if isinstance(shape, type) and issubclass(shape, Block):
        yield path, shape
        for key, field in keys_of(shape).items():
            yield from every_block(bare(field.annotation), (*path, key))
    elif get_origin(shape) in (dict, list):
        yield from every_block(bare(get_args(shape)[-1]), (*path, "*"))


def leaf_at(path: Path) -> ValueKind | None:
    """The annotation of the leaf at `path`; for one province's number that of the map's items."""
    leaf, inside = _annotation(path)
    return leaf.item if isinstance(leaf, MapOver | NamedNumbers) and inside else leaf


def adds_up(path: Path) -> bool:
    """Whether the number at `path` is one of a map whose numbers add up to 100 %."""
    leaf, inside = _annotation(path)
    return isinstance(leaf, MapOver) and inside and leaf.total


def _annotation(path: Path) -> tuple[ValueKind | None, bool]:
    """The annotation of the key at `path` or of the map that it is in, and whether it is that of the map."""
    for cut in (len(path) - 1, len(path) - 2):
        block = block_at(path[:cut]) if cut >= 0 else None
        field = keys_of(block).get(str(path[cut])) if block is not None else None
        if field is not None:
            leaf = next((part for part in field.metadata if isinstance(part, ValueKind)), None)
            return leaf, cut < len(path) - 1
    return None, False


def value_at(value: Any, path: Path) -> Any:
    """Return what a scenario holds at `path`; KeyError where it holds nothing."""
    for step in path:
        value = getattr(value, attribute_by_key(type(value))[str(step)]) if isinstance(value, Block) else value[step]
    return value
