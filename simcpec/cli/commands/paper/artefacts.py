"""Tables and figures of a paper: `table` and `figure`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.console.console import Console
from simcpec.errors import UserError, no_such

if TYPE_CHECKING:
    from simcpec.reporting.artefacts.artefact import Artefact, Made
    from simcpec.reporting.artefacts.subject import Subject

Folder = Annotated[Path, typer.Argument(metavar="STUDY", help="A folder that run, compare or sweep run has left.")]
Ids = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="Ids as `simcpec list artefacts STUDY` names them; all: whatever can be made."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FOLDER", help="Where files go; STUDY-artefacts beside the study by default."),
]
Limits = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="RESPONSE=NUMBER",
        help="A limit that policies are to keep in T11 and F20, a year, as attacks=3; may be repeated. Without any:"
        " the mean of the baseline.",
    ),
]
Files = dict[str, bytes]


def table(
    console: Console,
    study: Folder,
    ids: Ids,
    to: Annotated[
        str, typer.Option("--to", metavar="FORMATS", help="Formats between commas: latex, csv, md, docx, xlsx.")
    ] = "latex,csv",
    out: Out = None,
    limit: Limits = None,
) -> None:
    """Make tables of a stored study for a paper.

    Each is written as data (CSV), as a specification of what it is made from (JSON), and in the formats asked for.
    LaTeX needs booktabs and longtable alone. Nothing is simulated.
    """
    from simcpec.reporting.artefacts.writing import TABLE_FORMATS, table_files
    from simcpec.reporting.tables.table import Table

    formats = formats_asked(to, TABLE_FORMATS)

    def files(of: Subject, one: Artefact, made: Made) -> Files:
        assert isinstance(made, Table)
        return table_files(of, one, made, formats)

    _write(console, "table", study, ids, out, files, limits_asked(limit or ()))


def figure(
    console: Console,
    study: Folder,
    ids: Ids,
    to: Annotated[
        str, typer.Option("--to", metavar="FORMATS", help="Formats between commas: svg, pdf, png.")
    ] = "svg,pdf",
    style: Annotated[
        str, typer.Option(metavar="WORD", help="Size and type: screen, journal (88 or 180 mm wide), slide.")
    ] = "screen",
    out: Out = None,
    limit: Limits = None,
) -> None:
    """Draw figures of a stored study for a paper.

    Each is written as data (CSV), as a specification of what it is made from (JSON), and in the formats asked for.
    A storyboard plays a replication again; otherwise nothing is simulated.
    """
    from simcpec.reporting.artefacts.figure_files import FORMATS
    from simcpec.reporting.artefacts.writing import figure_files
    from simcpec.reporting.figures.sizes import STYLES
    from simcpec.reporting.picture import Sketch

    formats = formats_asked(to, FORMATS)
    if style not in STYLES:
        raise no_such(f"no style is called {style!r}", style, STYLES)

    def files(of: Subject, one: Artefact, made: Made) -> Files:
        assert isinstance(made, Sketch)
        return figure_files(of, one, made, formats, STYLES[style])

    _write(console, "figure", study, ids, out, files, limits_asked(limit or ()))


def formats_asked(text: str, known: Sequence[str]) -> list[str]:
    """The formats that were asked for. Raises UserError for others."""
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in known:
            raise no_such(f"--to has {word!r}", word, known)
    if not words:
        raise UserError(f"--to names no format; allowed: {', '.join(known)}")
    return words


def limits_asked(texts: Sequence[str]) -> dict[str, float]:
    """The limits that were asked for, by response. Raises UserError for what is none."""
    found: dict[str, float] = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise UserError(f"--limit {text!r} is no limit; allowed: RESPONSE=NUMBER, such as attacks=3") from None
    return found


def target_of(folder: Path, out: Path | None) -> Path:
    """Where the files of a study go: where they are asked to, or beside it."""
    return out or folder.parent / f"{folder.resolve().name}-artefacts"


def _write(
    console: Console,
    kind: str,
    folder: Path,
    ids: Sequence[str],
    out: Path | None,
    files: Callable[[Subject, Artefact, Made], Files],
    limits: Mapping[str, float],
) -> None:
    """Make everything that was asked for, then write it; nothing is written where one of them cannot be made."""
    from simcpec.reporting.artefacts.registry import chosen
    from simcpec.reporting.artefacts.subject import subject_of
    from simcpec.reporting.artefacts.writing import check_place, place

    target = target_of(folder, out)
    check_place(target)
    found: Files = {}
    told: list[dict[str, Any]] = []
    with subject_of(folder) as found_there:
        of = replace(found_there, limits=limits)
        for one in chosen(ids, kind, of):
            console.waiting(f"Making {one.id}, {one.title} ...")
            made = one.made(of)
            for each in made:
                written = files(of, one, each)
                found |= written
                told.append({"id": each.id, "title": each.title, "files": sorted(written)})
            if remark := one.remark(of).strip():
                console.remark(f"{one.id}: {remark}")
            if not made:
                console.remark(f"{one.id} has nothing to show: {one.title} is empty in this folder")
    paths = place(target, found) if found else []
    text = "".join(f"{path.as_posix()}\n" for path in paths)
    console.result(kind, {"output": target.as_posix(), kind + "s": told}, text)
