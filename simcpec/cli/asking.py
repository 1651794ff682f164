"""Asking about scenario files: `validate`, `resolve`, `schema`. Nothing here imports numpy."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from simcpec.cli.console import Console, write
from simcpec.cli.options import Scenario, Scenarios, Sets
from simcpec.errors import ScenarioError, UserError

if TYPE_CHECKING:
    from simcpec.scenario import Resolved

STDIN = "-"


def loaded(console: Console, refs: Sequence[str], sets: Sequence[str] | None) -> list[Resolved]:
    """Every scenario, or one error with the faults of all of them; what their layers left behind goes to stderr."""
    from simcpec.scenario import load

    if refs.count(STDIN) > 1:
        raise UserError("- stands twice; stdin can be read only once")
    found, faults = [], []
    for ref in refs:
        try:
            found.append(load(ref, sets=tuple(sets or ())))
        except ScenarioError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise ScenarioError(faults)
    for note in dict.fromkeys(note for one in found for note in one.notes):
        console.remark(note)
    return found


def validate(console: Console, scenarios: Scenarios, sets: Sets = None) -> None:
    """Check scenario files: all faults at once.

    Each fault is told with file, line and column, what is allowed, and the nearest name that exists. The exit code
    is 2 if there is one, else 0. What shows only in a world that is built (ceilings, levers without effect), `run
    --dry-run` tells.
    """
    found = loaded(console, scenarios, sets)
    rows = [
        {"scenario": ref, "name": one.name, "digest": one.digest} for ref, one in zip(scenarios, found, strict=True)
    ]
    console.result("validate", {"sound": rows}, "".join(f"{ref}: no faults\n" for ref in scenarios))


def resolve(
    console: Console,
    scenario: Scenario,
    sets: Sets = None,
    why: Annotated[
        str | None, typer.Option(metavar="KEY", help="Print every layer that set this key, and which is in force.")
    ] = None,
) -> None:
    """Print a scenario with everything that it extends.

    What is printed is one file that can be run. With --why: who said what about one key.
    """
    from simcpec.scenario import explain

    (found,) = loaded(console, [scenario], sets)
    if why is None:
        content = {"scenario": scenario, "digest": found.digest, "resolved": found.tree}
        console.result("resolve", content, found.text)
        return
    text = explain(found, why)
    under = {key: s for key, s in found.origins.items() if key == why or key.startswith((f"{why}.", f"{why}["))}
    layers = {
        key: [{"layer": one.layer, "value": one.text, "where": str(one.place)} for one in settings]
        for key, settings in under.items()
    }
    console.result("resolve", {"scenario": scenario, "why": why, "layers": layers}, text)


def schema(console: Console) -> None:
    """Print the JSON Schema of scenario files.

    Editors use it to complete and check what is typed.
    """
    from simcpec.scenario import json_schema

    found = json_schema()
    if console.json:
        console.result("schema", {"schema": found}, "")
    else:
        write(sys.stdout, json.dumps(found, ensure_ascii=False, indent=2))
