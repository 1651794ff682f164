"""What a shell offers while a command is typed: names that exist and begin like the word. Imports what it asks only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SUFFIXES = (".yaml", ".yml")


def scenarios(incomplete: str) -> list[str]:
    """Shipped scenarios, and the scenario files and folders that the word leads to."""
    from simcpec.scenario import shipped

    return beginning(incomplete, [*shipped(), *_files(incomplete)])


def keys(incomplete: str) -> list[str]:
    """Keys of the base case, each with the sign behind which its value stands."""
    from simcpec.scenario import leaves, load

    return beginning(incomplete, [f"{leaf.key}=" for leaf in leaves(load("base"))])


def cited(incomplete: str) -> list[str]:
    """All that `cite` knows: entries, levers and sources."""
    from simcpec import catalogue

    return beginning(incomplete, [*catalogue.entries(), *catalogue.levers(), *catalogue.sources()])


def engines(incomplete: str) -> list[str]:
    """The engines."""
    from simcpec.engines import ENGINES

    return beginning(incomplete, ENGINES)


def beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    """The names that begin like the word."""
    return [name for name in names if name.startswith(incomplete)]


def _files(incomplete: str) -> list[str]:
    """Files with a suffix of YAML in the folder that a word names, and folders with a slash behind."""
    folder = incomplete.rpartition("/")[0]
    place = Path(f"{folder}/" if folder or incomplete.startswith("/") else ".")
    before = incomplete[: incomplete.rfind("/") + 1]
    try:
        there = sorted(path for path in place.iterdir() if not path.name.startswith("."))
        return [
            f"{before}{path.name}/" if path.is_dir() else f"{before}{path.name}"
            for path in there
            if path.is_dir() or path.suffix in SUFFIXES
        ]
    except OSError:
        return []
