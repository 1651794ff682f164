"""Keys of a scenario as attributes of the schema: ``KEYS.world.detection.mode``, which no misspelling passes.

To a type checker a key has the type of what stands there, so that it knows every attribute; when the program runs it is
a `Key`, which knows its path and refuses what the schema does not have.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast, get_args, get_origin

from simcpec.scenario.nodes import Path, dotted
from simcpec.scenario.schema import Scenario, bare
from simcpec.scenario.schema_maps import Block

B = TypeVar("B", bound=Block)


class Key:
    """One key of the schema; its attributes and items are the keys below it."""

    __slots__ = ("_path", "_shape")

    def __init__(self, path: Path, shape: Any) -> None:
        self._path, self._shape = path, shape

    def __getattr__(self, name: str) -> Key:
        if isinstance(self._shape, type) and issubclass(self._shape, Block):
            field = self._shape.model_fields.get(name)
            if field is not None:
                return Key((*self._path, field.alias or name), bare(field.annotation))
        raise AttributeError(f"{dotted(self._path) or 'a scenario'} has no key {name}")

    def __getitem__(self, step: str | int) -> Key:
        for shape in (self._shape, *get_args(self._shape)):
            if get_origin(shape) in (dict, list, tuple):
                items = [item for item in get_args(shape) if item is not Ellipsis]
                return Key((*self._path, step), bare(items[-1]))
        raise KeyError(f"{dotted(self._path)} is no map or list")

    def __repr__(self) -> str:
        return f"<key {dotted(self._path)}>"


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
