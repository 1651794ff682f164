"""Parameters with their sources: what each number means, where it stands, how sure it is.

Data are the YAML files in ``catalogue/data``, one theme a file; they are read on first use and kept. Reading them
imports PyYAML and nothing heavier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simcpec.catalogue.entries import Citation, Entry, Malformed, nearest
from simcpec.catalogue.laws import Distribution
from simcpec.catalogue.levers import Lever, Move
from simcpec.catalogue.listing import KINDS, format_entry, format_source, table
from simcpec.catalogue.listing import search_in as _search_in
from simcpec.catalogue.listing_levers import cited as _cited
from simcpec.catalogue.listing_levers import format_lever
from simcpec.catalogue.match import entries_setting as _entries_setting
from simcpec.catalogue.read import shipped as _shipped
from simcpec.catalogue.read import shipped_levers as _shipped_levers
from simcpec.catalogue.sources import Source, Statement
from simcpec.errors import CatalogueError

__all__ = [
    "KINDS",
    "Citation",
    "Distribution",
    "Entry",
    "Lever",
    "Malformed",
    "Move",
    "Source",
    "Statement",
    "bibtex",
    "entries",
    "entries_for",
    "entry",
    "format_entry",
    "format_lever",
    "format_source",
    "lever",
    "levers",
    "search",
    "source",
    "sources",
    "statements",
    "table",
]


def entries() -> Mapping[str, Entry]:
    """Every entry by id, in the order of themes and ids; read-only."""
    return _shipped().entries


def sources() -> Mapping[str, Source]:
    """Every source by key, sorted; read-only."""
    return _shipped().sources


def statements() -> tuple[Statement, ...]:
    """Every statement of the source documents, in the order of the documents."""
    return _shipped().statements


def entry(id: str) -> Entry:
    """The entry with this id; raises `CatalogueError` naming the nearest ids."""
    if id not in entries():
        raise CatalogueError(f"No catalogue entry {id!r}; {nearest(id, entries())}")
    return entries()[id]


def source(key: str) -> Source:
    """The source with this key; raises `CatalogueError` naming the nearest keys."""
    if key not in sources():
        raise CatalogueError(f"No source {key!r}; {nearest(key, sources())}")
    return sources()[key]


def entries_for(scenario_key: str) -> tuple[Entry, ...]:
    """Entries that give the value of a dotted scenario key: those that name it first, then those by ``*``.

    Empty if no entry does: the caller decides whether that is a fault.
    """
    return _entries_setting(scenario_key)


def search(text: str) -> tuple[Entry, ...]:
    """Entries in which every word of `text` occurs (id, meaning, source, caveat, scenario keys), whatever its case."""
    return _search_in(entries().values(), text)


def bibtex(ids_or_keys: str | Iterable[str]) -> str:
    """BibTeX of the sources of these keys, entries and levers, each source once, sorted by key.

    One name or many; raises `CatalogueError` for a name that is none of them, with the nearest ones.
    """
    from simcpec.catalogue.citations import bibtex as records

    names = [ids_or_keys] if isinstance(ids_or_keys, str) else list(ids_or_keys)
    return records(source for name in names for source in _sources_of(name))


def _sources_of(name: str) -> list[Source]:
    if name in sources():
        return [sources()[name]]
    if name in entries():
        return [sources()[entries()[name].source.key]]
    if name in levers():
        return [sources()[key] for key in _cited(levers()[name])]
    known = [*sources(), *entries(), *levers()]
    raise CatalogueError(f"Neither an entry, a source nor a lever is called {name!r}; {nearest(name, known)}")


def levers() -> Mapping[str, Lever]:
    """Every lever by id, in the order of families; read-only."""
    return _shipped_levers()


def lever(id: str) -> Lever:
    """The lever with this id; raises `CatalogueError` naming the nearest ids."""
    if id not in levers():
        raise CatalogueError(f"No lever {id!r}; {nearest(id, levers())}")
    return levers()[id]
