"""What a study would play and write, and what that will take: said by a dry run, and with -v before a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simcpec.cli.console.console import columns
from simcpec.cli.console.progress import duration

if TYPE_CHECKING:
    from simcpec.experiments.design.prepare import StudyPlan


def plan(ready: StudyPlan, *, jobs: int | None) -> dict[str, Any]:
    """Return what would be played, and the expected effort."""
    from simcpec.experiments.cost_of_study import LONG, effort, effort_at_most

    expected, most = effort(ready, jobs=jobs), effort_at_most(ready, jobs=jobs)
    return {
        "scenarios": [
            {"slug": s, "name": r.name, "remarks": list(p.remarks)}
            for s, r, p in zip(ready.slugs, ready.resolved, ready.points, strict=True)
        ],
        "baseline": None if ready.baseline is None else ready.slugs[ready.baseline],
        "replications": ready.replications,
        "draws": len(ready.numbers),
        "as_written": ready.as_written,
        "in_worlds": ready.in_worlds,
        "other_readings": list(ready.other_readings),
        "plays": ready.plays,
        "looks": list(ready.looks),
        "rows": ready.rows,
        "seed": ready.seed,
        "engine": ready.engine,
        "jobs": jobs,
        "expected": {
            "events": float(f"{expected.events:.3g}"),
            "seconds": float(f"{expected.seconds:.2g}"),
            "seconds_at_most": float(f"{most.seconds:.2g}"),
            "memory_bytes": float(f"{expected.memory_bytes:.2g}"),
            "disk_bytes": float(f"{expected.disk_bytes:.2g}"),
            "measured_here": expected.measured,
            "long": most.seconds >= LONG,
        },
        "command": ready.command,
    }


def text(said: dict[str, Any]) -> str:
    """Return the plan as text for people."""
    names = [f"{each['slug']} ({each['name']})" for each in said["scenarios"]]
    rows = [["scenario" if index == 0 else "", name] for index, name in enumerate(names)]
    rows += [["baseline", said["baseline"]]] if said["baseline"] is not None else []
    limit = said["max_time_seconds"]
    rows += [
        ["replications", _replications(said)],
        ["parameter draws", str(said["draws"]) + (" (the values as written)" if said["draws"] == 1 else "")],
        *([["values as written", f"{said['as_written']} replications beside the draws"]] if said["as_written"] else []),
        *([["backlash", _in_worlds(said)]] if said["in_worlds"] else []),
        ["plays in all", str(said["plays"]) + (" at the first look" if said["looks"] else "")],
        *([["kept as rows", f"{said['rows']} of each parameter draw"]] if said["rows"] < said["replications"] else []),
        ["seed", str(said["seed"])],
        ["engine", said["engine"]],
        ["at a time", str(said["jobs"] or "as many as processors")],
        ["expected", _expected(said)],
        *([["at most", f"{duration(limit)} of playing"]] if limit is not None else []),
        ["results go to", said["output"] + (", in the place of what is there" if said["replaces"] else "")],
        ["the same again", said["command"]],
    ]
    return columns(rows)


def warning(said: dict[str, Any], max_seconds: float | None) -> str | None:
    """Return what to say before a study that takes hours, unless it may not."""
    expected = said["expected"]
    if not expected["long"] or (max_seconds is not None and max_seconds < expected["seconds_at_most"]):
        return None
    takes = "may take up to about" if said["looks"] else "will take about"
    return (
        f"This {takes} {duration(expected['seconds_at_most'])}. "
        '--max-time "10 min" ends it cleanly after that time; fewer --replications or --draws take less.'
    )


def _in_worlds(said: dict[str, Any]) -> str:
    """Return what is simulated under other readings of backlash."""
    return f"{said['in_worlds']} replications of each scenario under {' and '.join(said['other_readings'])} backlash"


def _replications(said: dict[str, Any]) -> str:
    """Return how many of a parameter draw, or the looks at which it may end."""
    if not said["looks"]:
        return f"{said['replications']} a parameter draw"
    return f"as many as run.precision needs, with looks at {', '.join(map(str, said['looks']))} a parameter draw"


def _expected(said: dict[str, Any]) -> str:
    """Events, time, memory and disk, and how well they are known."""
    expected = said["expected"]
    known = "at the pace measured here" if expected["measured_here"] else "at a built-in pace; none was measured here"
    takes = duration(expected["seconds"])
    takes += f" to {duration(expected['seconds_at_most'])}" if said["looks"] else ""
    first = " up to the first look" if said["looks"] else ""
    return (
        f"about {_count(expected['events'])} events{first}, {takes}, "
        f"{size_text(expected['memory_bytes'])} of memory, {size_text(expected['disk_bytes'])} on disk ({known})"
    )


def _count(number: float) -> str:
    """``230 thousand``, ``12 million``: two digits."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if number >= size:
            return f"{float(f'{number / size:.2g}'):g} {word}"
    return f"{float(f'{number:.2g}'):g}"


def size_text(number: float) -> str:
    """``250 MB``, ``1.2 GB``: two digits."""
    unit, word = (1e9, "GB") if number >= 1e9 else (1e6, "MB")
    return f"{float(f'{max(number / unit, 0.1):.2g}'):g} {word}"
