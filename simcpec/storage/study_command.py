"""The command that gives a study again: all that changes a byte of what is written, and nothing else."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from simcpec.scenario import Resolved

#: options that such a command may have
OPTIONS = (
    "--baseline", "--set", "--vary", "--seed", "--replications", "--draws", "--engine", "--rows", "--csv", "--ensemble",
)  # fmt: skip
PLAIN, EXCEL = "plain", "excel"  # how CSV files begin: with their header, or with a byte-order mark before it


def command_of(
    resolved: Sequence[Resolved],
    sets: Sequence[str],
    vary: Sequence[str],
    base: int | None,
    seed: int,
    replications: int | None,
    draws: int,
    engine: str,
) -> str:
    """The command that gives these results again; it leaves out what changes no byte."""
    refs = dict.fromkeys(scenario.ref for scenario in resolved) if vary else [scenario.ref for scenario in resolved]
    words = ["simcpec", "run" if base is None else "compare", *refs]
    words += [] if base is None else ["--baseline", resolved[base].ref]
    for text in sets:
        words += ["--set", text]
    for text in vary:
        words += ["--vary", text]
    words += ["--seed", str(seed)]
    words += [] if replications is None else ["--replications", str(replications)]
    words += ["--draws", str(draws)]
    words += [] if engine == "compiled" else ["--engine", engine]
    return shlex.join(words)


def with_replications(command: str, count: int, *, usual_rows: bool = False) -> str:
    """Return the command with another number of replications, and without ``--rows`` where that changes nothing."""
    words = shlex.split(command)
    if usual_rows and "--rows" in words:
        del words[words.index("--rows") : words.index("--rows") + 2]
    if "--replications" in words:
        words[words.index("--replications") + 1] = str(count)
    else:
        at = words.index("--draws")
        words[at:at] = ["--replications", str(count)]
    return shlex.join(words)


def with_csv(command: str, csv: str) -> str:
    """Return the command for CSV files that begin in this way."""
    words = shlex.split(command)
    if "--csv" in words:
        del words[words.index("--csv") : words.index("--csv") + 2]
    return shlex.join([*words, *(["--csv", csv] if csv != PLAIN else [])])
