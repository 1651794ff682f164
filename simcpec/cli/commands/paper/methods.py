"""The methods section of a paper: `methods`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcpec.cli.commands.paper.artefacts import Out, formats_asked, target_of
from simcpec.cli.console.console import Console


def methods(
    console: Console,
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="A folder that run or compare has left.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMATS", help="Formats between commas: latex, md.")] = "md",
    out: Out = None,
) -> None:
    """Write the methods of a stored study for a paper.

    STRESS-DES (20 items) and CHEERS 2022 (28 items) are answered from the model and the study; what only the authors
    can know is said to be theirs. Nothing is simulated.
    """
    from simcpec.reporting.artefacts.subject import subject_of
    from simcpec.reporting.artefacts.writing import check_place, place
    from simcpec.reporting.methods.document import FORMATS, document

    kinds, target = formats_asked(to, FORMATS), target_of(study, out)
    check_place(target)
    with subject_of(study) as of:
        files = {name: content for kind in kinds for name, content in document(of.one_study, kind).items()}
    paths = place(target, files)
    text = "".join(f"{path.as_posix()}\n" for path in paths)
    console.result("methods", {"output": target.as_posix(), "files": sorted(files)}, text)
