"""Keys of a scenario as attributes of the schema: ``KEYS.world.detection.mode``, which no misspelling passes.

To a type checker a key has the type of what stands there, so that it knows every attribute; when the program runs it is
a `Key`, which knows its path and refuses what the schema does not have.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

from simcpec.scenario.reading.memo import Memo
from simcpec.scenario.reading.nodes import Path, dotted
from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.scenario_block import Scenario, bare

B = TypeVar("B", bound=Block)


class Key:
    """One key of the schema; its attributes and items are the keys below it."""

    __slots__ = ("_path", "_shape")

    def __init__(self, path: Path, shape: Any) -> None:
        self._path, self._shape = path, shape

    def __getattr__(self, name: str) -> Key:
        found = _attribute(self._shape, name) if isinstance(self._shape, type) else None
        if found is not None:
            return Key((*self._path, found[0]), found[1])
        raise AttributeError(f"{dotted(self._path) or 'a scenario'} has no key {name}")

    def __getitem__(self, step: str | int) -> Key:
        item = _ITEMS.of(self._shape, None, lambda: _item(self._shape))
        if item is not None:
            return Key((*self._path, step), item)
        raise KeyError(f"{dotted(self._path)} is no map or list")

    def __repr__(self) -> str:
        return f"<key {dotted(self._path)}>"


@cache
def _attribute(shape: type[Any], name: str) -> tuple[str, Any] | None:
    """Key and type of an attribute of a block; None where there is none."""
    field = shape.model_fields.get(name) if issubclass(shape, Block) else None
    return None if field is None else (field.alias or name, bare(field.annotation))


def _item(shape: Any) -> Any:
    """The type of the entries of a map or list; None for anything else."""
    for part in (shape, *get_args(shape)):
        if get_origin(part) in (dict, list, tuple):
            return bare([item for item in get_args(part) if item is not Ellipsis][-1])
    return None


_ITEMS = Memo(1024)

KEYS: Scenario = cast(Scenario, Key((), Scenario))
"""The keys of a scenario, from the top."""


def key_of(block: type[B], path: Path = ()) -> B:
    """The keys of a block that stands at `path`; () for the keys of the block by themselves."""
    return cast(B, Key(path, block))


def path_at(key: object) -> Path:
    """The path of a key of `KEYS` or `key_of`; raises TypeError for anything else."""
    if not isinstance(key, Key):
        raise TypeError(f"{key!r} is no key of a scenario")
    return key._path


def dotted_at(key: object) -> str:
    """``policy.levers[0].from`` of a key of `KEYS` or `key_of`."""
    return dotted(path_at(key))
