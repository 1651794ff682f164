"""`verify relations`: the eighteen relations on generated worlds, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from simcpec.cli.console.console import Console, columns, complain, finite
from simcpec.errors import Refused

if TYPE_CHECKING:
    from simcpec.verification.relations.table import RelationEstimate, RelationResult

HEADING = ("relation", "compared", "worlds", "broken", "control", "caught in", "verdict")


def relations(
    console: Console, *, only: Sequence[str] | None, worlds: int | None, seed: int | None, engine: str
) -> None:
    """Play every relation and its control, print the table; the exit code is 4 where one does not pass."""
    from simcpec.engines import engine as engine_named
    from simcpec.verification.relations.relation import Bench, Exact
    from simcpec.verification.relations.table import RELATIONS, examine, named

    engine_named(engine)
    chosen = RELATIONS if not only else [named(name) for name in dict.fromkeys(only)]
    rows, bench = [], Bench(engine=engine)
    for relation in chosen:
        console.note(f"{relation.name} ...")
        # a mean needs its worlds to be known well enough; bytes can be compared in a single one
        enough = worlds if isinstance(relation, Exact) or worlds is None else max(worlds, relation.worlds)
        rows.append(examine(relation, worlds=enough, seed=0 if seed is None else seed, bench=bench))
    failed = [row for row in rows if row.verdict != "pass"]
    content = {
        "what": "relations", "engine": engine, "seed": 0 if seed is None else seed, "failed": len(failed),
        "relations": [_data(row) for row in rows],
    }  # fmt: skip
    console.result("verify", content, _told(rows, verbose=console.verbose))
    if failed:
        names = ", ".join(f"{row.name} ({row.verdict})" for row in failed)
        complain(f"{len(failed)} of {len(rows)} relations do not pass: {names}", plain=console.plain)
        raise typer.Exit(Refused.exit_code)


def _told(rows: Sequence[RelationResult], *, verbose: bool) -> str:
    """The table for people; below it what was estimated, and where a relation is broken."""
    table = columns(
        [
            [
                row.name, "bytes" if row.exact else "means", f"{row.worlds}", f"{row.broken_worlds}", row.control,
                f"{row.caught}", row.verdict,
            ]
            for row in rows
        ],
        heading=HEADING,
        numbers=[2, 3, 5],
    )  # fmt: skip
    broken = [f"{row.name}, {one}" for row in rows for one in row.broken]
    says = [f"{row.name}: {row.says}" for row in rows] if verbose else []
    passed = sum(row.verdict == "pass" for row in rows)
    told = f"{passed} of {len(rows)} relations pass"
    return "\n".join([table, *_estimates(rows), *says, *broken, told]) + "\n"


def _estimates(rows: Sequence[RelationResult]) -> list[str]:
    """Return what relations between means come to, beside their controls."""
    from simcpec.verification.theory.finding import LIMIT

    lines = [_line(row, one) for row in rows for one in row.estimates]
    lines += [_line(row, one, control=row.control) for row in rows for one in row.wrong if one.broken]
    heading = ["relation between means", "", "ratio", "half-width", "allowed", "should be", "z", "replications"]
    if not lines:
        return []
    return [f"{columns(lines, heading=heading, numbers=[2, 3, 4, 6, 7])}broken is beyond {LIMIT:.2f} standard errors"]


def _line(row: RelationResult, one: RelationEstimate, *, control: str = "") -> list[str]:
    """One estimate; that of a control says what is wrong in it."""
    what = f"{one.name}; control: {control}" if control else one.name
    should = "not so" if control else "at most 1" if one.at_most else "1"
    return [
        row.name, what, f"{one.ratio:.3f}", f"{one.half_width:.2g}", f"{row.tolerance:g}", should, f"{one.z:.1f}",
        f"{one.replications}",
    ]  # fmt: skip


def _data(row: RelationResult) -> dict[str, Any]:
    """A row as JSON can hold it."""
    found: dict[str, Any] = finite({**asdict(row), "verdict": row.verdict})
    return found
