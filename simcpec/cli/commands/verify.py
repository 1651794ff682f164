"""Checking the machine: `verify` compares engines, theory and worlds with themselves, `warmup` compiles."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.commands.catalogue import THEORY
from simcpec.cli.commands.replay import HIGHEST_DRAW
from simcpec.cli.commands.scenario import loaded
from simcpec.cli.commands.verify_relations import relations
from simcpec.cli.commands.verify_responses import readings_of, responses, worlds_of
from simcpec.cli.commands.verify_theory import theory
from simcpec.cli.commands.verify_variance import variance
from simcpec.cli.console.console import Console, columns, complain
from simcpec.cli.options import MOST, Jobs, Seed, Sets
from simcpec.errors import EnvironmentFault, Refused, UserError, no_such

if TYPE_CHECKING:
    from datetime import date

    from simcpec.model.world import World
    from simcpec.scenario import Resolved
    from simcpec.verification.engines import Comparison, EngineDifference, Parted

WHAT = {
    "engines": "both engines leave the same events and the same counters, to the last bit",
    "theory": "shipped scenarios give back what queueing theory, probability and arithmetic say",
    "relations": "generated worlds that are changed in a known way change as they must",
    "variance": "what pairing, conditional means and antithetic pairs save, and that they are unbiased",
    "responses": "responses to a change agree with the literature, or the difference is explained",
    "worlds": "headline responses side by side, in each of the worlds between which sources disagree",
    "readings": "the headline under each reading that the sources leave open",
}
#: what each of them reads besides the options of every verb
READS = {
    "engines": ("SCENARIO", "--set", "--replications", "--seed", "--draw"),
    "theory": ("--full", "--only", "--seed", "--jobs", "--out"),
    "relations": ("--only", "--worlds", "--seed", "--engine"),
    "variance": ("SCENARIO", "--set", "--replications", "--seed", "--jobs", "--out"),
    "responses": ("SCENARIO", "--set", "--only", "--replications", "--seed", "--jobs", "--out"),
    "worlds": ("SCENARIO", "--set", "--replications", "--seed", "--jobs", "--out"),
    "readings": ("SCENARIO", "--set", "--only", "--replications", "--seed", "--jobs", "--out"),
}
TOLD = 12  # values of a state that a message names


def _help(name: str, says: str) -> str:
    """Help of an option or argument that some checks do not read, with those that do in front."""
    return f"{', '.join(what for what, reads in READS.items() if name in reads)}: {says}"


def _option(name: str, says: str, *short: str, **more: Any) -> Any:
    """An option that only some checks read."""
    return typer.Option(name, *short, help=_help(name, says), **more)


What = Annotated[str, typer.Argument(metavar="WHAT", help="; ".join(f"{k}: {v}" for k, v in WHAT.items()))]
_BY_DEFAULT = "files or shipped names; by default all but theory/... for engines, base for the others."
Scenarios = Annotated[list[str] | None, typer.Argument(metavar="SCENARIO", help=_help("SCENARIO", _BY_DEFAULT))]
_OF_EACH = _option(
    "--replications", "replications of each scenario; 1 by default for engines.", "-r", min=1, max=MOST, metavar="N"
)
Replications = Annotated[int | None, _OF_EACH]
_DRAW = _option("--draw", "parameter draw; 0 is the point values.", min=0, max=HIGHEST_DRAW, metavar="D")
Draw = Annotated[int | None, _DRAW]
Full = Annotated[bool, _option("--full", "an hour of simulation instead of minutes.")]
_ONLY = _option("--only", "this family, relation, response or reading; can be repeated.", metavar="NAME")
Only = Annotated[list[str] | None, _ONLY]
_OF_WORLDS = "generated worlds per relation; by default as many as its means need."
Worlds = Annotated[int | None, _option("--worlds", _OF_WORLDS, min=1, max=MOST, metavar="N")]
Engine = Annotated[str | None, _option("--engine", "engine, compiled or reference.", metavar="NAME")]
Out = Annotated[Path | None, _option("--out", "where tables go; without it none are written.", "-o", metavar="FOLDER")]


def verify(
    console: Console,
    what: What,
    scenarios: Scenarios = None,
    sets: Sets = None,
    replications: Replications = None,
    seed: Seed = None,
    draw: Draw = None,
    full: Full = False,
    only: Only = None,
    worlds: Worlds = None,
    engine: Engine = None,
    jobs: Jobs = None,
    out: Out = None,
) -> None:
    """Check the program itself.

    `engines` simulates the same replications (one by default) of any scenario in both engines and compares them event
    by event. Where they differ, it shows the first such event, both states before it, and where the states began to
    differ. `theory` simulates shipped scenarios whose answers are known without the model, and compares. `relations`
    simulates generated worlds before and after a change whose effect is known, such as another unit of time.
    `variance` measures on one scenario (base by default) how many times fewer replications each estimator needs than
    independent runs, and tests each for bias. `responses` changes one thing in a scenario (base by default) at a time
    and compares elasticities, effects and signs with published ones. `worlds` simulates headline responses in each of
    the worlds between which sources disagree, without a verdict; `readings` simulates what twice the security share
    averts under each reading that the sources leave open. The exit code is 4 if a check fails.
    """
    if what not in WHAT:
        raise no_such(f"nothing called {what!r} to verify", what, WHAT)
    given = {
        "SCENARIO": scenarios, "--set": sets, "--replications": replications, "--seed": seed, "--draw": draw,
        "--full": full or None, "--only": only, "--jobs": jobs, "--out": out,
        "--worlds": worlds, "--engine": engine,
    }  # fmt: skip
    for name, value in given.items():
        if value is not None and name not in READS[what]:
            raise UserError(f"verify {what} does not read {name}; allowed: {', '.join(READS[what])}")
    if what == "theory":
        return theory(console, full=full, only=only, seed=seed, jobs=jobs, out=out)
    if what == "relations":
        return relations(console, only=only, worlds=worlds, seed=seed, engine=engine or "compiled")
    if what == "variance":
        return variance(console, scenarios, sets=sets, replications=replications, seed=seed, jobs=jobs, out=out)
    if what == "responses":
        return responses(
            console, scenarios, sets=sets, only=only, replications=replications, seed=seed, jobs=jobs, out=out
        )
    if what == "readings":
        return readings_of(
            console, scenarios, sets=sets, only=only, replications=replications, seed=seed, jobs=jobs, out=out
        )
    if what == "worlds":
        return worlds_of(console, scenarios, sets=sets, replications=replications, seed=seed, jobs=jobs, out=out)
    _engines(console, scenarios, sets=sets, replications=replications, seed=seed, draw=draw)


def _engines(
    console: Console,
    scenarios: list[str] | None,
    *,
    sets: list[str] | None,
    replications: int | None,
    seed: int | None,
    draw: int | None,
) -> None:
    """Both engines on these scenarios, or on all shipped ones."""
    from simcpec.scenario import shipped

    found = loaded(console, scenarios or [name for name in shipped() if not name.startswith(THEORY)], sets)
    number, drawn = (1 if replications is None else replications), (0 if draw is None else draw)
    rows = [_verified(console, scenario, seed=seed, draw=drawn, replications=number) for scenario in found]
    different = [row["scenario"] for row in rows if row["difference"] is not None]
    table = columns(
        [[r["scenario"], f"{r['replications']}", f"{r['events']:,}", r["verdict"]] for r in rows],
        heading=["scenario", "replications", "events compared", "verdict"],
        numbers=[1, 2],
    )
    told = "\n".join([table, *(row["text"] for row in rows if row["text"])])
    content = [{name: value for name, value in row.items() if name != "text"} for row in rows]
    console.result("verify", {"what": "engines", "scenarios": content}, told)
    if different:
        complain(f"the engines differ on {', '.join(different)}", plain=console.plain)
        raise typer.Exit(Refused.exit_code)


def _verified(
    console: Console, resolved: Resolved, *, seed: int | None, draw: int, replications: int
) -> dict[str, Any]:
    """One scenario: compared replication by replication, up to the first difference."""
    from simcpec.verification import engines
    from simcpec.verification.worlds.one_world import drawn, first_day

    chosen = int(resolved.scenario.run.seed) if seed is None else seed
    world = drawn([resolved], seed=chosen, draw=draw).drawings[0][0].world
    row: dict[str, Any] = {"scenario": resolved.ref, "seed": chosen, "draw": draw, "replications": 0, "events": 0}
    errors, difference, text = [], None, ""
    for replication in range(replications):
        console.note(f"{resolved.ref}: replication {replication + 1} of {replications} ...")
        found = engines.compare(world, seed=chosen, draw=draw, replication=replication)
        row["replications"] += 1
        row["events"] += found.events
        errors += [{"replication": replication, "error": found.error}] if found.error else []
        if found.difference is not None:
            start = first_day(resolved)
            difference = _difference_data(found, world, start)
            text = f"{resolved.ref}, {_difference_text(found, world, start)}"
            break
    same = "the same" if not errors else f"the same; {len(errors)} ended in both with the same error"
    return {**row, "verdict": "different" if text else same, "errors": errors, "difference": difference, "text": text}


# ------------------------------------------------------------------------------------------------ telling


def _difference_text(found: Comparison, world: World, start: date) -> str:
    """Return where two histories part, for people."""
    where, d = found.address, found.difference
    assert d is not None
    head = f"replication {where['replication']} (seed {where['seed']}, parameter draw {where['draw']}): "
    if d.what == "error":
        return f"{head}the engines do not end alike\n  reference: {d.reference}\n  compiled: {d.compiled}\n"
    if d.what == "event":
        one = d.reference if d.reference is not None else d.compiled
        head += f"event {d.row:,}, {_kind(one)} at tick {d.tick}, is the first that differs\n"
        rows = [["", *_event(row, world, start)] for row in d.before]
        rows += [[name, *_event(row, world, start)] for name, row in _both(d)]
        head += columns(rows, heading=["", *_HEADING])
    else:
        head += f"all {d.row:,} events are the same, counters are not\n"
    parts = [
        _values(d.state, f"state just before tick {d.tick}"),
        _values(d.after, f"state just after tick {d.tick}") if d.what == "event" else "",
        _values(d.counts, "counters of the whole replication"),
    ]
    return head + "".join(parts) + _beginning(d, world, start)


_HEADING = ("tick", "time", "kind", "province", "cohort", "setting", "entity", "value")


def _both(difference: EngineDifference) -> list[tuple[str, Any]]:
    return [("reference", difference.reference), ("compiled", difference.compiled)]


def _event(row: Any, world: World, start: date) -> list[str]:
    """One row of a trace in words."""
    if row is None:
        return ["no more events", *[""] * 7]
    told = _event_data(row, world, start)
    return [str(told[name] if told[name] is not None else "") for name in _HEADING]


def _event_data(row: Any, world: World, start: date) -> dict[str, Any]:
    from simcpec.verification.worlds.one_world import moment

    tick, _, p, c, s, entity, value = row.tolist()
    labels = {"province": (world.provinces, p), "cohort": (world.cohorts, c), "setting": (world.settings, s)}
    named = {name: names[at] if at >= 0 else None for name, (names, at) in labels.items()}
    return {
        "tick": tick, "time": moment(world, start, tick), "kind": _kind(row), **named, "entity": entity,
        "value": value,
    }  # fmt: skip


def _kind(row: Any) -> str:
    from simcpec.model import events

    return events.KINDS[int(row["kind"])]


def _values(parted: Sequence[Parted], what: str) -> str:
    """Values that differ, or that none does."""
    if not parted:
        return f"{what}: the same in both engines\n"
    rows = [[f"  {difference.name}", repr(difference.a), repr(difference.b)] for difference in parted[:TOLD]]
    more = f"  and {len(parted) - TOLD:,} more\n" if len(parted) > TOLD else ""
    number = "1 value differs" if len(parted) == 1 else f"{len(parted):,} values differ"
    return f"{what}: {number}\n{columns(rows, heading=['', 'reference', 'compiled'])}{more}"


def _beginning(d: EngineDifference, world: World, start: date) -> str:
    """Return where the states begin to differ."""
    from simcpec.verification.worlds.one_world import moment

    if d.began is None:
        return "the states differ before anything has happened\n"
    same = "" if d.agreed is None else f"after the events of {moment(world, start, d.agreed)} (tick {d.agreed}) "
    return f"the states are {same}still the same; after those of {moment(world, start, d.began)} (tick {d.began}) not\n"


def _difference_data(found: Comparison, world: World, start: date) -> dict[str, Any]:
    d = found.difference
    assert d is not None
    events = {
        name: row if row is None or isinstance(row, str) else _event_data(row, world, start) for name, row in _both(d)
    }
    lists = {"state_before": d.state, "state_after": d.after, "counters": d.counts}
    return {
        "what": d.what,
        "replication": found.address["replication"],
        "event": d.row,
        "tick": d.tick,
        "before": [_event_data(row, world, start) for row in d.before],
        **events,
        **{
            name: [{"name": one.name, "reference": one.a, "compiled": one.b} for one in values]
            for name, values in lists.items()
        },
        "agreed_up_to_tick": d.agreed,
        "differ_after_tick": d.began,
    }


# ------------------------------------------------------------------------------------------------ the compiler


def warmup(console: Console) -> None:
    """Compile the engine and keep it for the next commands.

    This is needed once per version of the package; without it, the first `run` compiles, and takes longer.
    """
    from simcpec.experiments.execution.thread_pool import make_ready
    from simcpec.numerics.jit import JIT, cache_folder
    from simcpec.scenario.building.build import build

    if not JIT:
        raise EnvironmentFault("the compiler is switched off (NUMBA_DISABLE_JIT); nothing can be compiled")
    (base,) = loaded(console, ["base"], None)
    folder = cache_folder()
    before = set() if folder is None else set(folder.glob("*.bin"))
    began = time.monotonic()
    make_ready([build(base).world], console.waiting)
    seconds = time.monotonic() - began
    compiled = folder is None or bool(set(folder.glob("*.bin")) - before)
    done = "compiled" if compiled else "it was there already; loaded"
    kept = f"kept in {folder}" if folder is not None else "nothing could be kept: every process compiles anew"
    content = {"compiled": compiled, "seconds": round(seconds, 3), "cache": None if folder is None else str(folder)}
    console.result("warmup", content, f"{done} in {seconds:.1f} s\n{kept}\n")
