"""Looking things up: `list`, `show`, `cite`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated, Any

import typer

from simcpec.cli.console import Console, columns, cut
from simcpec.errors import CatalogueError, UserError

WHAT = {
    "entries": "numbers of the catalogue, each with unit, interval, source and grade",
    "sources": "documents and data the numbers come from",
    "statements": "sentences of the source documents that the model must answer",
    "forces": "strengths of the forces that guard, as reported",
    "scenarios": "scenario files that come with simcpec",
    "responses": "results that run and compare report",
}
CUT = {
    "describes": 80,
    "holds": 80,
    "says": 60,
    "title": 60,
    "document": 30,
    "bears on": 30,
    "ambiguity": 40,
    "model": 40,
}


def list_(
    console: Console,
    what: Annotated[
        str | None, typer.Argument(metavar="[WHAT]", help=", ".join(WHAT) + "; nothing: what there is to list.")
    ] = None,
    match: Annotated[
        str, typer.Option(metavar="WORDS", help="Only rows in which every one of these words occurs.")
    ] = "",
) -> None:
    """List entries, sources, scenarios and what else there is."""
    rows = _rows(what)
    words = match.casefold().split()
    rows = [row for row in rows if all(word in " ".join(row.values()).casefold() for word in words)]
    console.result("list", {"what": what or "kinds", "rows": rows}, _shown(rows))


def show(
    console: Console,
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of an entry or key of a source; see `simcpec list`.")],
) -> None:
    """Show all that is known of one entry or source."""
    from simcpec import catalogue
    from simcpec.catalogue.entries import nearest

    entries, sources = catalogue.entries(), catalogue.sources()
    if name in entries:
        found: Any = entries[name]
        text = catalogue.format_entry(found)
    elif name in sources:
        found = sources[name]
        text = catalogue.format_source(found)
    else:
        where = nearest(name, [*entries, *sources])
        raise CatalogueError(f"Neither an entry nor a source is called {name!r}; {where}")
    console.result("show", {"id": name, "fields": _plain(found)}, text)


def cite(
    console: Console,
    names: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of entries or keys of sources.")],
) -> None:
    """Print the sources of entries as BibTeX.

    Each source stands there once.
    """
    from simcpec import catalogue

    text = catalogue.bibtex(names)
    console.result("cite", {"ids": names, "bibtex": text}, text)


def _rows(what: str | None) -> list[dict[str, str]]:
    """Rows of text, all with the same columns."""
    if what is None:
        return [{"what": name, "holds": holds} for name, holds in WHAT.items()]
    if what == "scenarios":
        return _scenarios()
    if what == "responses":
        from simcpec.experiments.estimate import RESPONSES

        return [{"id": r.id, "label": r.label, "unit": r.unit, "per": r.per} for r in RESPONSES]
    if what not in WHAT:
        from difflib import get_close_matches

        near = get_close_matches(what, WHAT, n=1)
        hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(WHAT)}"
        raise UserError(f"Nothing called {what!r} to list; {hint}")
    from simcpec import catalogue

    return catalogue.table(what)


def _scenarios() -> list[dict[str, str]]:
    """The scenarios that come with simcpec."""
    from simcpec.scenario import load, shipped

    found = [(name, load(name)) for name in shipped()]
    return [{"scenario": name, "name": one.name, "describes": one.scenario.describes} for name, one in found]


def _shown(rows: list[dict[str, str]]) -> str:
    """A table of text; long cells are cut, the document of --json holds them whole."""
    if not rows:
        return "nothing\n"
    heading = [name for name in rows[0] if name not in CUT or any(row[name] for row in rows)]
    cells = [[cut(row[name], CUT.get(name, 40)) for name in heading] for row in rows]
    return columns(cells, heading=heading)


def _plain(content: Any) -> Any:
    """`content` as JSON can hold it: records become maps, and what it cannot hold is written as text."""
    if is_dataclass(content):
        return {field.name: _plain(getattr(content, field.name)) for field in fields(content)}
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, tuple | list):
        return [_plain(value) for value in content]
    return content if content is None or isinstance(content, str | int | float | bool) else str(content)
