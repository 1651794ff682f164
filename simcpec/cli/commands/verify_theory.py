"""`verify theory`: shipped scenarios against known answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from simcpec.cli.console.console import Console, columns, complain, finite
from simcpec.errors import Refused

if TYPE_CHECKING:
    from simcpec.verification.theory.finding import Finding

HEADING = ("family", "finding", "truth", "estimate", "half-width", "z", "power", "verdict")


def theory(
    console: Console, *, full: bool, only: Sequence[str] | None, seed: int | None, jobs: int | None, out: Path | None
) -> None:
    """Play every family, print the table, write the page if a folder was named; the exit code is 4 on failure."""
    from simcpec.storage import output_folder
    from simcpec.verification.theory.families import chosen, findings
    from simcpec.verification.theory.simulate import FULL, SEED, TheorySimulator

    chosen(only)
    if out is not None:
        output_folder.probe(out)
    stage = TheorySimulator(
        seed=SEED if seed is None else seed, scale=FULL if full else 1.0, jobs=jobs, notice=console.waiting
    )
    found = findings(stage, only=only, progress=lambda name: console.note(f"{name} ..."))
    failed = [one for one in found if one.verdict != "pass"]
    level = "full" if full else "quick"
    written = None if out is None else _written(found, out, level=level, only=only, seed=stage.seed)
    content = {
        "what": "theory", "level": level, "seed": stage.seed, "failed": len(failed),
        "findings": [_data(one) for one in found], "output": None if written is None else written.as_posix(),
    }  # fmt: skip
    console.result("verify", content, _told(found) + ("" if written is None else f"{written}\n"))
    if failed:
        names = ", ".join(f"{one.family}: {one.name} ({one.verdict})" for one in failed)
        complain(f"{len(failed)} of {len(found)} findings do not pass: {names}", plain=console.plain)
        raise typer.Exit(Refused.exit_code)


def _told(found: Sequence[Finding]) -> str:
    """The table for people, and what it comes to."""
    from simcpec.verification.theory.finding import LEVEL, LIMIT

    rows = [
        [
            one.family, one.name, f"{one.truth:.4g}", f"{one.estimate:.4g}", *(
                ("exact", "", "") if one.half_width == 0.0
                else (f"{one.half_width:.2g}", f"{one.z:.2f}", f"{one.power:.3f}")
            ),
            one.verdict,
        ]
        for one in found
    ]  # fmt: skip
    table = columns(rows, heading=HEADING, numbers=[2, 3, 4, 5, 6])
    passed = sum(one.verdict == "pass" for one in found)
    told = f"{passed} of {len(found)} findings pass; biased is beyond {LIMIT:.2f} standard errors"
    return f"{table}{told}, so that a table without faults shows an error with probability {LEVEL:g} at most\n"


def _data(one: Finding) -> dict[str, Any]:
    """A finding as JSON can hold it."""
    found: dict[str, Any] = finite({**asdict(one), "verdict": one.verdict})
    return found


def _written(found: Sequence[Finding], out: Path, *, level: str, only: Sequence[str] | None, seed: int) -> Path:
    """The page with its tables and figures in a folder that appears whole."""
    from datetime import date

    from simcpec.reporting.page.theory import TheoryRun, write
    from simcpec.results.provenance import software
    from simcpec.storage.output_folder import whole_folder
    from simcpec.verification.theory.families import FAMILIES

    words = ["simcpec", "verify", "theory", *(["--full"] if level == "full" else [])]
    words += [word for name in only or () for word in ("--only", name)]
    run = TheoryRun(
        level=level, seed=seed, command=" ".join([*words, "--seed", str(seed)]), software=software(),
        families={family.name: family.says for family in FAMILIES}, day=date.today().isoformat(),
    )  # fmt: skip
    with whole_folder(out, manifest={"what": "verify theory", "command": run.command}) as hidden:
        page = write(found, run, hidden)
    return out / page.name
