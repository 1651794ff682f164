"""Starting a new scenario: `new`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from simcpec.cli.console.console import Console
from simcpec.cli.options import Force
from simcpec.errors import Refused, UserError

SUFFIX = ".yaml"


def new(
    console: Console,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the scenario, and of its file NAME.yaml.")],
    provinces: Annotated[
        list[str],
        typer.Option("--provinces", metavar="CODES", help="Codes of its provinces, such as NORTH,SOUTH,EAST."),
    ],
    force: Force = False,
) -> None:
    """Write the skeleton of a scenario with provinces of its own.

    It extends the base case; every number that depends on the place is a placeholder marked FILL. It is valid, and
    can be run as it is.
    """
    from simcpec.scenario.skeleton import skeleton
    from simcpec.storage.atomic_replace import write_whole

    file = Path(name if name.endswith(SUFFIX) else f"{name}{SUFFIX}")
    if not file.stem or file.stem.startswith((".", "-")) or "\0" in name:
        raise UserError(f"name is {name!r}; allowed: the name of a file, such as mine")
    codes = [code.strip() for part in provinces for code in part.split(",") if code.strip()]
    text = skeleton(file.stem, codes, file.name)
    if file.exists() and not force:
        raise Refused(f"{file.as_posix()} exists; --force replaces it, another name leaves it alone")
    write_whole(file, text)
    count = "1 province" if len(codes) == 1 else f"{len(codes)} provinces"
    then = f"simcpec validate {shlex.quote(file.as_posix())}"
    told = f"{file.as_posix()}: {count}; replace what is marked FILL, then {then}\n"
    console.result("new", {"file": file.as_posix(), "provinces": codes}, told)
