"""Asking about scenario files: `validate`, `resolve`, `schema`. Only a `validate` that builds worlds imports numpy."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.console.console import Console, write
from simcpec.cli.options import Scenario, Scenarios, Sets
from simcpec.cli.supervisor import ends_with_command
from simcpec.errors import Fault, ScenarioError, UserError
from simcpec.numerics.jit_mode import use_plain_python

if TYPE_CHECKING:
    from simcpec.scenario import Resolved

STDIN = "-"


def loaded(
    console: Console,
    refs: Sequence[str],
    sets: Sequence[str] | None,
    vary: Sequence[str] = (),
    *,
    but: Sequence[str] = (),
) -> list[Resolved]:
    """Every scenario `but` some, or one error with the faults of all; what their layers left behind goes to stderr."""
    from simcpec.scenario.layering.variants import load_variants, variants

    ones = variants(refs, sets=sets or (), vary=vary)
    scenarios = list(load_variants([variant for variant in ones if variant.ref not in but]))
    for note in dict.fromkeys(note for scenario in scenarios for note in scenario.notes):
        console.remark(note)
    return scenarios


def validate(
    console: Console,
    scenarios: Scenarios,
    sets: Sets = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Only read and check the files, without building worlds; for large numbers of files."
        ),
    ] = False,
) -> None:
    """Check scenario files and report all faults at once.

    Each fault comes with file, line and column, what is allowed, and the nearest valid name. Every world that `run`
    would simulate is built, so that `run` accepts whatever passes here. The exit code is 2 if there is a fault,
    otherwise 0.
    """
    from simcpec.scenario.layering.variants import own_sets
    from simcpec.scenario.several import each

    if scenarios.count(STDIN) > 1:
        raise UserError("- stands twice; stdin can be read only once")
    check = _remarks_of_the_file if quick else _checker(console)
    own = own_sets(scenarios, sets or ())
    rows = each(scenarios, lambda ref: _sound(ref, own[ref], check, digests=console.json))
    text = "".join(_row(row) for row in rows)
    console.result("validate", {"sound": list(rows), "built": check is not _remarks_of_the_file}, text)


def _sound(
    ref: str, sets: tuple[str, ...], check: Callable[[Resolved], tuple[str, ...]], *, digests: bool
) -> dict[str, Any]:
    """Return what is told of a scenario without faults, machines with its digest; raises `ScenarioError`."""
    from simcpec.scenario import load
    from simcpec.scenario.layering.shipped_files import called

    one = load(ref, sets=sets)
    try:
        remarks = check(one)
    except ScenarioError:
        raise
    except UserError as error:
        raise ScenarioError([Fault(where=called(ref), problem=str(error).rstrip("."))]) from None
    digest = {"digest": one.digest} if digests else {}
    return {"scenario": ref, "name": one.name, **digest, "remarks": [*one.notes, *remarks]}


def _row(row: dict[str, Any]) -> str:
    """A line for a sound scenario, and one for each remark."""
    return "".join([f"{row['scenario']}: no faults\n", *(f"  Remark: {remark}\n" for remark in row["remarks"])])


def _checker(console: Console) -> Callable[[Resolved], tuple[str, ...]]:
    """The check that builds worlds; without the packages that it needs, the one of files."""
    if ends_with_command():
        use_plain_python("validate runs no replication")
    try:
        from simcpec.experiments.design.prepare import check
    except ModuleNotFoundError as error:
        if (error.name or "simcpec").startswith("simcpec"):
            raise
        console.remark(f"The package {error.name} is missing: files are checked, but no world is built.")
        return _remarks_of_the_file
    return check


def _remarks_of_the_file(resolved: Resolved) -> tuple[str, ...]:
    """Remarks that need no world."""
    from simcpec.scenario.inactive_settings import remarks_outside

    return remarks_outside(resolved.scenario)


def resolve(
    console: Console,
    scenario: Scenario,
    sets: Sets = None,
    why: Annotated[
        str | None, typer.Option(metavar="KEY", help="Print every layer that sets this key, and which one is in force.")
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
