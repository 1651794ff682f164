"""What is kept: `report` draws a stored folder again, `doctor` says whether this machine can work."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from simcpec.cli.console.console import Console, columns
from simcpec.cli.options import Brief, CsvStyle, Pdf
from simcpec.errors import EnvironmentFault, SimcpecError

PACKAGES = ("numpy", "scipy", "simpy", "matplotlib", "numba", "pydantic", "PyYAML", "jinja2", "typer", "rich")
OLDEST = (3, 11)


def report(
    console: Console,
    folder: Annotated[Path, typer.Argument(metavar="OUTPUT_FOLDER", help="A folder that run or compare has left.")],
    csv: Annotated[
        CsvStyle | None,
        typer.Option("--csv", help="How CSV files begin, as for run; by default the files stay as they were written."),
    ] = None,
    brief: Brief = False,
    pdf: Pdf = False,
) -> None:
    """Write the report of a stored folder again, without simulating anything.

    Tables, figures and page are made from the numbers in the folder, which must be as they were written. Pages that
    are not asked for are not kept: a folder has brief.html and PDF files only where the last report made them.
    """
    from simcpec.reporting import write_report
    from simcpec.storage import study_folder, study_reader

    if pdf:
        from simcpec.reporting.page.pdf import weasyprint

        weasyprint()
    study = study_reader.read(folder)
    console.waiting("Drawing the report ...")
    timing = study.manifest.get("timing")
    render = partial(write_report, notice=console.seldom, brief=brief, pdf=pdf)
    study_folder.write(study, folder, force=True, render=render, timing=timing, csv=csv or study_folder.csv_of(study))
    made = pages_written(folder, brief=brief, pdf=pdf)
    console.result("report", {"output": folder.as_posix(), **made}, "\n".join(made.values()))


def pages_written(folder: Path, *, brief: bool, pdf: bool) -> dict[str, str]:
    """Return the paths of the pages of a report by name; the order in which commands print them."""
    pages = {"report": "report.html", **({"brief": "brief.html"} if brief else {})}
    made = {name: (folder / page).as_posix() for name, page in pages.items()}
    if pdf:
        made |= {f"{name}_pdf": (folder / page).with_suffix(".pdf").as_posix() for name, page in pages.items()}
    return made


def doctor(console: Console) -> None:
    """Check whether simcpec can run on this machine.

    Prints what is installed, the number of processors, and where compiled code is kept. The exit code is 5 if
    something is in the way.
    """
    rows = [*_software(), ("processors", str(_processors()), True), _compiler_cache(), _outputs(Path("outputs"))]
    bad = [name for name, _, good in rows if not good]
    content = {"checks": [{"name": name, "found": found, "good": good} for name, found, good in rows]}
    shown = [["ok" if good else "NO", name, found] for name, found, good in rows]
    console.result("doctor", content, columns(shown))
    if bad:
        raise EnvironmentFault(f"in the way: {', '.join(bad)}")


def _software() -> list[tuple[str, str, bool]]:
    """Python and packages: name, version, whether it will do. Nothing of it is imported."""
    from importlib import metadata

    from simcpec.results.provenance import version

    python = ".".join(map(str, sys.version_info[:3]))
    rows = [("simcpec", version(), True), ("Python", python, sys.version_info >= OLDEST)]
    for name in PACKAGES:
        try:
            rows.append((name, metadata.version(name), True))
        except metadata.PackageNotFoundError:
            rows.append((name, "missing: `python3 start.py setup` installs it", False))
    return rows


def _processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _compiler_cache() -> tuple[str, str, bool]:
    """Where compiled rules are kept; without such a folder they are compiled anew by every process, which works."""
    try:
        from simcpec.numerics.jit import cache_folder

        folder = cache_folder()
    except (ImportError, RuntimeError, SimcpecError) as error:
        return "compiler cache", str(error), False
    return "compiler cache", str(folder) if folder else "none: every process compiles anew, more slowly", True


def _outputs(folder: Path) -> tuple[str, str, bool]:
    """Return whether results can be written where they go by default; leaves nothing behind."""
    import tempfile

    place = folder if folder.exists() else Path()
    try:
        with tempfile.TemporaryDirectory(dir=place, prefix=".simcpec-"):
            pass
    except OSError as error:
        return "output folder", f"{folder} cannot be written: {error.strerror}", False
    return "output folder", f"{folder} can be written", True
