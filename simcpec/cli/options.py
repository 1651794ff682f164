"""Options that several verbs share, each described once, and those that every verb has."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from simcpec.cli.console import completion
from simcpec.cli.console.console import Console

HIGHEST_SEED = 2**40 - 1
MOST = 1_000_000  # replications or parameter draws

ALL = 0  # of `--rows`
LONGEST_TIME = 366 * 86_400.0  # seconds of `--max-time`


def rows_asked(text: str) -> int:
    """A number of rows; `ALL` for ``all``."""
    if text.strip() == "all":
        return ALL
    if text.strip().isdecimal() and int(text) >= 1:
        return int(text)
    raise typer.BadParameter(f"{text!r} is neither a whole number from 1 nor all")


Scenario = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A file, the name of a shipped scenario, or - for stdin.",
        autocompletion=completion.scenarios,
    ),
]
Scenarios = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO",
        help="Files, names of shipped scenarios, or - for stdin.",
        autocompletion=completion.scenarios,
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="[NAME:]KEY=VALUE",
        help="Set one key of every scenario, or of the one that is named; can be repeated.",
        autocompletion=completion.keys,
    ),
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="KEY=VALUES",
        help="Add every scenario with each of these values, such as run.start=2026-01-01,2027-01-01 or "
        "policy.security_share.share=0.5,1,2%; given again, with every combination; at most 60 scenarios in all.",
        autocompletion=completion.keys,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, max=HIGHEST_SEED, metavar="N", help="Seed of all random numbers; 0 is a seed."),
]
Replications = Annotated[
    int | None,
    typer.Option(
        "--replications",
        "-r",
        min=1,
        max=MOST,
        metavar="N",
        help="Replications of each parameter draw, whatever run.precision says; without --draws, those of the values "
        "as written. With --draws alone members share run.replications, at least 10 for each.",
    ),
]
Draws = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST,
        metavar="N",
        help="Parameter draws, members of run.ensemble if there is one; 1 uses the values as written.",
    ),
]
Rows = Annotated[
    int | None,
    typer.Option(
        "--rows",
        parser=rows_asked,
        metavar="N|all",
        help="How many replications of a scenario to keep one by one; the others are kept as sums. 1000 by default.",
    ),
]
EnsembleName = Annotated[
    str | None,
    typer.Option(
        "--ensemble",
        metavar="NAME|FOLDER|none",
        help="Take parameter draws from this calibrated ensemble instead of run.ensemble; none: from the catalogue.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        max=4096,
        metavar="N",
        help="Replications to simulate at once; by default one per processor.",
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Where results go; outputs/<name> by default.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Print what would be simulated and written; do neither.")]
Quick = Annotated[
    bool, typer.Option("--quick", help="A first look: 50 replications of one draw, unless other options say more.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace earlier results even if they were edited since.")]


class CsvStyle(StrEnum):
    """How CSV files begin; the values are those of `simcpec.storage.study_folder`, which is imported late."""

    plain = "plain"
    excel = "excel"


Csv = Annotated[
    CsvStyle,
    typer.Option(
        "--csv", help="How CSV files begin: excel adds the byte-order mark by which spreadsheets know UTF-8 text."
    ),
]
Brief = Annotated[
    bool, typer.Option("--brief", help="Also write brief.html: the answer on one side of A4, for those who decide.")
]
Pdf = Annotated[bool, typer.Option("--pdf", help="Also write each page as PDF; needs the extra pdf (WeasyPrint).")]
Engine = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Engine: compiled or reference; both give the same numbers.",
        autocompletion=completion.engines,
    ),
]

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "days": 86_400.0}  # in a unit of time


def seconds_asked(text: str) -> float:
    """A length of time in seconds: ``90 s``, ``10 min``, ``2 h``, ``1 days``."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?(s|min|h|days?)", text.strip(), re.ASCII)
    seconds = float(found[1]) * SECONDS["days" if found[2] == "day" else found[2]] if found else 0.0
    if not 0.0 < seconds <= LONGEST_TIME:
        raise typer.BadParameter(f"{text!r} is no length of time; allowed: such as 90 s, 10 min or 2 h, up to a year")
    return seconds


MaxTime = Annotated[
    float | None,
    typer.Option(
        "--max-time",
        parser=seconds_asked,
        metavar="TIME",
        help="Simulate each study no longer than this (90 s, 10 min, 2 h) and report the complete batches.",
    ),
]

_EVERYWHERE = {
    "quiet": (("--quiet", "-q"), "Print nothing but errors on stderr."),
    "verbose": (("--verbose", "-v"), "Print more of the log on stderr."),
    "debug": (("--debug",), "Show the traceback of an error."),
    "json": (("--json",), "Print results as one JSON document on stdout."),
    "no_color": (("--no-color",), "Use no colour, as with NO_COLOR set."),
}


def everywhere(function: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that every verb has; `function` gets them as its first argument, a `Console`.

    They may stand before the verb too: what was said there is found in the context.
    """
    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]

    def verb(context: typer.Context, **given: Any) -> None:
        said = {name: given.pop(name) or bool((context.obj or {}).get(name)) for name in _EVERYWHERE}
        function(console_of(said), **given)

    verb.__name__, verb.__doc__ = function.__name__, function.__doc__
    return signed(verb, [parameter(p.name, hints[p.name], p.default) for p in own])


def signed(function: Callable[..., None], own: list[inspect.Parameter]) -> Callable[..., None]:
    """`function` with the signature that typer reads: the context, its `own` parameters, then those of every verb."""
    parameters = [parameter("context", typer.Context), *own]
    parameters += [parameter(name, annotation, False) for name, annotation in _common().items()]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in parameters}
    return function


def _common() -> dict[str, Any]:
    """Name -> annotation of the options that every verb has."""
    return {name: Annotated[bool, typer.Option(*flags, help=says)] for name, (flags, says) in _EVERYWHERE.items()}


def console_of(said: dict[str, bool]) -> Console:
    """The console that these options describe."""
    return Console(
        quiet=said["quiet"],
        verbose=said["verbose"] or said["debug"],
        debug=said["debug"],
        json=said["json"],
        plain=said["no_color"],
    )


def parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """One parameter of a signature, given by name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
