"""From the files of `catalogue/data` to entries, sources and statements: once, on first use.

The files are our own, so the C loader may be used where PyYAML has it (170 kB: 45 ms against 340 ms). Scenario files,
which anybody writes, never come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from simcpec.catalogue.entries import Entry, Malformed, entry_from, nearest
from simcpec.catalogue.levers import FAMILIES, Lever, lever_from
from simcpec.catalogue.sources import Source, Statement, source_from, statement_from
from simcpec.errors import CatalogueError

DATA = Path(__file__).parent / "data"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the folder says: entries by id, sources by key, statements in order."""

    entries: Mapping[str, Entry]
    sources: Mapping[str, Source]
    statements: tuple[Statement, ...]


@cache
def shipped() -> Catalogue:
    """The catalogue of the package, read once."""
    return read(DATA)


@cache
def shipped_levers() -> Mapping[str, Lever]:
    """The levers of the package by id, in the order of families and files, read once."""
    return read_levers(DATA / "levers", shipped().sources)


def read_levers(folder: Path, sources: Mapping[str, Source]) -> Mapping[str, Lever]:
    """Read every ``*.yaml`` of `folder`; raises `CatalogueError` naming file, line and id of the first fault."""
    levers: dict[str, Lever] = {}
    for family in FAMILIES:
        path = folder / f"{family}.yaml"
        if path.is_file():
            _collect(path, "id", partial(lever_from, family=family), levers)
    for lever in levers.values():
        numbers = [move.source.key for move in lever.moves] + ([lever.cost.source.key] if lever.cost else [])
        for key in [*numbers, *lever.literature]:
            if key not in sources:
                raise CatalogueError(f"{folder.name}: {lever.id}: no source {key}; {nearest(key, sources)}")
    return MappingProxyType(levers)


def read(folder: Path) -> Catalogue:
    """Read every ``*.yaml`` of `folder`; raises `CatalogueError` naming file, line and id of the first fault."""
    sources: dict[str, Source] = {}
    entries: dict[str, Entry] = {}
    statements: list[Statement] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem == "sources":
            _collect(path, "key", source_from, sources)
        elif path.stem == "statements":
            statements += [_built(path, record, "says", statement_from) for record in _records(path)]
        else:
            _collect(path, "id", partial(entry_from, theme=path.stem), entries)
    catalogue = Catalogue(MappingProxyType(entries), MappingProxyType(sources), tuple(statements))
    _refuse_dangling(catalogue, folder)
    return catalogue


def _collect(path: Path, name: str, build: Callable[[Mapping[str, Any]], Item], into: dict[str, Item]) -> None:
    """Add the records of one file to `into` by `name`; two records of one name are refused."""
    for record in _records(path):
        item = _built(path, record, name, build)
        if record[name] in into:
            raise CatalogueError(f"{_place(path, name, record)}: {name} {record[name]} stands twice.")
        into[record[name]] = item


def _built(path: Path, record: Any, name: str, build: Callable[[Mapping[str, Any]], Item]) -> Item:
    """`build(record)`, its fault told with file, line and name."""
    if not isinstance(record, Mapping) or not isinstance(record.get(name), str):
        raise CatalogueError(f"{path.name}: a record without {name}: {str(record)[:80]}")
    try:
        return build(record)
    except (Malformed, ValueError) as fault:
        raise CatalogueError(f"{_place(path, name, record)}: {record[name][:60]}: {fault}") from fault


def _records(path: Path) -> list[Any]:
    """The list that a file holds; `CatalogueError` if it is no YAML or no list."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        records = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except (yaml.YAMLError, ValueError) as fault:  # a day of the 13th month is a ValueError
        raise CatalogueError(f"{path.name} is no YAML: {fault}") from fault
    if not isinstance(records, list):
        raise CatalogueError(f"{path.name}: the file is not a list of records.")
    return records


def _place(path: Path, name: str, record: Mapping[str, Any]) -> str:
    """File and line of the last record with this name, by looking for it again: only errors pay for it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = (f"- {name}: {record[name]}", f"- {{{name}: {record[name]}")
    hits = [at for at, line in enumerate(lines, 1) if line.startswith(starts)]
    return f"{path.name}, line {hits[-1]}" if hits else path.name


def _refuse_dangling(found: Catalogue, folder: Path) -> None:
    """Raise for the first citation or cross-reference that leads nowhere."""
    for where, name, known, word in _references(found):
        if name not in known:
            raise CatalogueError(f"{folder.name}: {where}: no {word} {name}; {nearest(name, known)}")


def _references(found: Catalogue) -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
    """(where, name, what it must be found in, what it is) of every reference."""
    for entry in found.entries.values():
        yield entry.id, entry.source.key, found.sources, "source"
        for other in entry.stands_beside:
            yield entry.id, other, found.entries, "entry"
    for statement in found.statements:
        for other in statement.entries:
            yield f"statement {statement.says[:40]!r}", other, found.entries, "entry"
