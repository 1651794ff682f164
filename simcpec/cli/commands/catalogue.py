"""Looking things up: `list`, `show`, `cite`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from simcpec.cli.console import completion
from simcpec.cli.console.console import GAP, Console, columns, room
from simcpec.errors import CatalogueError, UserError, nearest, no_such

WHAT = {
    "entries": "numbers of the catalogue, each with unit, interval, source and grade",
    "sources": "documents and data the numbers come from",
    "statements": "sentences of the source documents that the model must answer",
    "levers": "instruments that a scenario can switch on from a day: what they move, cost and need",
    "handles": "what a lever can move",
    "forces": "forces of the base case: strength, effect, cost, payer, where they may serve",
    "scenarios": "scenario files that come with simcpec",
    "theory": "scenario files whose answers are known without the model; `verify theory` simulates them",
    "responses": "results that run and compare report",
    "artefacts": "tables and figures of a paper; with a stored folder, which of them it allows",
}
THEORY = "theory/"  # how the names of scenarios begin whose answers are known
#: characters to which the columns of a table may be cut in a narrow terminal; 40 where nothing is said
LEAST = {
    "describes": 80,
    "holds": 80,
    "defined": 80,
    "here": 60,
    "says": 60,
    "title": 60,
    "document": 30,
    "bears on": 30,
    "ambiguity": 40,
    "model": 40,
    "moves": 40,
    "costs": 50,
}


def list_(
    console: Console,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[WHAT]",
            help=", ".join(WHAT) + "; without it, what can be listed.",
            autocompletion=lambda incomplete: completion.beginning(incomplete, WHAT),
        ),
    ] = None,
    study: Annotated[
        Path | None,
        typer.Argument(metavar="[STUDY]", help="With artefacts: a folder that run, compare or sweep run has left."),
    ] = None,
    match: Annotated[str, typer.Option(metavar="WORDS", help="Show only rows that contain all of these words.")] = "",
) -> None:
    """List what simcpec knows: entries, sources, levers, scenarios and more."""
    if study is not None and what != "artefacts":
        raise UserError(f"a folder goes with artefacts alone: simcpec list artefacts {study}")
    rows = _artefacts(study) if what == "artefacts" else _rows(what)
    words = match.casefold().split()
    rows = [row for row in rows if all(word in " ".join(row.values()).casefold() for word in words)]
    console.result("list", {"what": what or "kinds", "rows": rows}, _shown(rows))


def show(
    console: Console,
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="An entry, lever, source, force, handle, scenario or response; see `simcpec list`.",
            autocompletion=lambda incomplete: completion.beginning(incomplete, names()),
        ),
    ],
) -> None:
    """Show everything about one item that `list` names."""
    from simcpec import catalogue

    entries, sources, levers = catalogue.entries(), catalogue.sources(), catalogue.levers()
    found: Any
    if name in entries:
        kind, found, text = "entry", entries[name], catalogue.format_entry(entries[name])
    elif name in levers:
        kind, found, text = "lever", levers[name], catalogue.format_lever(levers[name], _meaning())
    elif name in sources:
        kind, found, text = "source", sources[name], catalogue.format_source(sources[name])
    else:
        kind, found = _named(name, [*entries, *levers, *sources])
        text = f"{name}\n  {kind}\n\n" + columns([["", *row] for row in found.items()])
    console.result("show", {"id": name, "kind": kind, "fields": _plain(found)}, text)


def _named(name: str, others: list[str]) -> tuple[str, dict[str, str]]:
    """Kind and row of the force, handle, response or scenario with this name.

    Raises `CatalogueError` naming the nearest of these and of `others`.
    """
    from simcpec.scenario import load, shipped

    if name in shipped():
        one = load(name)
        told = {"name": one.name, "describes": one.scenario.describes, "in full": f"simcpec resolve {name}"}
        return "scenario", told
    tables = {"force": _rows("forces"), "handle": _rows("handles"), "response": _rows("responses")}
    rows = {row[next(iter(row))]: (kind, row) for kind, table in tables.items() for row in table}
    if name not in rows:
        near = nearest(name, [*others, *rows, *shipped()], count=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`simcpec list` says what there is"
        raise CatalogueError(f"Nothing is called {name!r}; {hint}")
    kind, row = rows[name]
    return kind, {key: value for key, value in list(row.items())[1:] if value}


def names() -> list[str]:
    """Everything that `show` knows."""
    from simcpec import catalogue
    from simcpec.scenario import shipped

    tables = (_rows(table) for table in ("forces", "handles", "responses"))
    others = [row[next(iter(row))] for rows in tables for row in rows]
    return [*catalogue.entries(), *catalogue.levers(), *catalogue.sources(), *others, *shipped()]


def cite(
    console: Console,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="ID", help="Ids of entries or levers, or keys of sources.", autocompletion=completion.cited
        ),
    ],
) -> None:
    """Print the sources of entries and levers as BibTeX.

    Each source stands there once.
    """
    from simcpec import catalogue

    text = catalogue.bibtex(names)
    console.result("cite", {"ids": names, "bibtex": text}, text)


def _rows(what: str | None) -> list[dict[str, str]]:
    """Rows of text, all with the same columns."""
    if what is None:
        return [{"what": name, "holds": holds} for name, holds in WHAT.items()]
    if what in ("scenarios", "theory"):
        return _scenarios(of_theory=what == "theory")
    if what == "forces":
        return _forces()
    if what == "handles":
        return _handles()
    if what == "responses":
        from simcpec.analysis.responses import RESPONSES

        return [{"id": r.id, "label": r.label, "unit": r.unit, "per": r.per} for r in RESPONSES]
    if what not in WHAT:
        raise no_such(f"nothing called {what!r} to list", what, WHAT)
    from simcpec import catalogue

    return catalogue.table(what)


def _artefacts(folder: Path | None) -> list[dict[str, str]]:
    """Tables and figures of a paper, and whether a stored folder allows them."""
    from simcpec.reporting.artefacts.registry import availability
    from simcpec.reporting.artefacts.subject import subject_of

    if folder is None:
        return availability(None)
    with subject_of(folder) as of:
        return availability(of)


def _scenarios(*, of_theory: bool) -> list[dict[str, str]]:
    """The scenarios that come with simcpec: those of the checks against theory, or all others."""
    from simcpec.scenario import load, shipped

    found = [(name, load(name)) for name in shipped() if name.startswith(THEORY) == of_theory]
    return [{"scenario": name, "name": one.name, "describes": one.scenario.describes} for name, one in found]


def _forces() -> list[dict[str, str]]:
    """The forces of the base case as it is written; "all" where nothing is said of where they may serve."""
    from simcpec.scenario import load

    world = load("base").scenario.world
    return [
        {
            "force": name,
            "payer": force.payer,
            "guards": f"{sum(float(number.exact) for number in force.strength.values()):g}",
            "where": ", ".join(code for code, number in force.strength.items() if number.exact),
            "effectiveness": force.effectiveness.text,
            "on duty": force.on_duty.text,
            "footprint": force.footprint.text,
            "unit cost": force.unit_cost.text,
            "hiring lag": force.hiring_lag.text if force.hiring_lag else "",
            "eligible": ", ".join(force.eligible or ("all",)),
            "needs": force.needs or "",
        }
        for name, force in world.forces.items()
    ]


def _handles() -> list[dict[str, str]]:
    """Return what levers can take hold of, and by which levers of the catalogue it is moved."""
    from simcpec import catalogue
    from simcpec.scenario.building.levers.lever_targets import FORCED, TARGETS

    behind = dict.fromkeys(FORCED, ".FORCE") | {"payer": ".PAYER"}
    moved: dict[str, list[str]] = {}
    for lever in catalogue.levers().values():
        for name in dict.fromkeys(move.of.partition(".")[0] for move in lever.moves):
            moved.setdefault(name, []).append(lever.id)
    axes = {"P": "province", "C": "cohort", "S": "setting", "G": "group"}
    return [
        {
            "handle": name + behind.get(name, ""),
            "says": handle.says,
            "how": ", ".join(handle.hows),
            "unit": handle.unit,
            "by": ", ".join(axes[axis] for axis in handle.scopes) or "nation",
            "levers": ", ".join(moved.get(name, ())),
        }
        for name, handle in TARGETS.items()
    ]


def _meaning() -> dict[str, str]:
    """Return what each handle is, in words."""
    from simcpec.scenario.building.levers.lever_targets import TARGETS

    return {name: handle.says for name, handle in TARGETS.items()}


def _shown(rows: list[dict[str, str]]) -> str:
    """A table of text, whole in a pipe and in --json.

    In a terminal that is too narrow its columns come in blocks one below the other, each with the names of the rows
    repeated, and long cells are cut; the names never are, for `show` wants them.
    """
    if not rows:
        return "nothing\n"
    heading = [name for name in rows[0] if name not in LEAST or any(row[name] for row in rows)]
    table = [[row[name] for name in heading] for row in rows]
    beside = (room() or 0) - max(len(row[0]) for row in table) - GAP  # what a line has left beside the name of its row
    squeeze = {k: min(LEAST.get(name, 40), max(2 * beside // 3, 20)) for k, name in enumerate(heading) if k > 0}
    return columns(table, heading=heading, squeeze=squeeze, groups=range(min(1, len(heading) - 1), len(heading)))


def _plain(content: Any) -> Any:
    """`content` as JSON can hold it: records become maps, and what it cannot hold is written as text."""
    if is_dataclass(content):
        return {field.name: _plain(getattr(content, field.name)) for field in fields(content)}
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, tuple | list):
        return [_plain(value) for value in content]
    return content if content is None or isinstance(content, str | int | float | bool) else str(content)
