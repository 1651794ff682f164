"""`verify responses`, `worlds`, `readings`: whether the model responds as published, and where sources disagree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from simcpec.cli.console.console import Console, columns, complain
from simcpec.errors import Refused, UserError, no_such

if TYPE_CHECKING:
    from simcpec.verification.responses.readings import FoundReading
    from simcpec.verification.responses.response_check import FoundResponse
    from simcpec.verification.responses.worlds import DisputedWorld

HEADING = (
    "response", "incidents_percent", "incidents_half_width", "breaches_percent", "breaches_half_width",
    "deaths_percent", "deaths_half_width", "of", "value", "half_width", "published_low", "published_high", "entry",
    "grade", "breaches_averted_per_million", "verdict", "says",
)  # fmt: skip


def _only(what: str, scenarios: Sequence[str] | None) -> str:
    """Return the one scenario that is looked at, `base` if none is named. Raises UserError for several."""
    if scenarios is not None and len(scenarios) > 1:
        raise UserError(f"verify {what} looks at one scenario, not {len(scenarios)}")
    return scenarios[0] if scenarios else "base"


def _refuse_unknown(kind: str, only: Sequence[str] | None, names: Sequence[str]) -> None:
    """Raise UserError, with what is allowed and the nearest name, for a name that does not exist."""
    for name in only or ():
        if name not in names:
            raise no_such(f"no {kind} {name!r}", name, names)


def responses(
    console: Console,
    scenarios: Sequence[str] | None,
    *,
    sets: Sequence[str] | None,
    only: Sequence[str] | None,
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    out: Path | None,
) -> None:
    """Simulate every response, print the table, write it if a folder was named; the exit code is 4 on failure."""
    from simcpec.scenario import load
    from simcpec.storage import output_folder
    from simcpec.verification.responses.check_list import checks
    from simcpec.verification.responses.simulate import REPLICATIONS
    from simcpec.verification.responses.simulate import responses as simulated

    scenario, count = _only("responses", scenarios), REPLICATIONS if replications is None else replications
    names = [check.name for check in checks(load(scenario, sets=list(sets or ())))]
    _refuse_unknown("response", only, names)
    if out is not None:
        output_folder.probe(out)
    found = list(
        simulated(
            scenario, sets=tuple(sets or ()), only=tuple(only or ()), replications=count, seed=seed, jobs=jobs,
            notice=console.waiting,
        )
    )  # fmt: skip
    rows = [_row(response) for response in found]
    if out is not None:
        _write(rows, out, scenario, sets or (), count, seed)
    content = {
        "what": "responses", "scenario": scenario, "replications": count,
        "responses": [dict(zip(HEADING, row, strict=True)) for row in rows],
        "output": None if out is None else out.as_posix(),
    }  # fmt: skip
    console.result("verify", content, _told(found, scenario, count))
    failed = [response.check.name for response in found if response.fails]
    if failed:
        complain(f"not as published on {scenario}: {', '.join(failed)}", plain=console.plain)
        raise typer.Exit(Refused.exit_code)


def _row(one: FoundResponse) -> tuple[Any, ...]:
    from simcpec.verification.kept_responses import DISPLACED
    from simcpec.verification.responses.response_check import MEASURES

    check, expected = one.check, one.check.expected
    changes = [number for name in MEASURES for number in (one.changes[name].percent, one.changes[name].half_width)]
    low, high = (None, None) if expected is None else (_finite(expected.low), _finite(expected.high))
    return (
        check.name, *changes, DISPLACED if check.displaced else check.of, one.value, one.half_width, low, high,
        "" if expected is None else expected.entry, _grade(one), one.averted_per_million, one.verdict, check.says,
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if abs(value) != float("inf") else None


def _grade(one: FoundResponse) -> str:
    from simcpec import catalogue

    expected = one.check.expected
    return str(catalogue.entry(expected.entry).grade) if expected is not None and expected.entry else ""


def _write(
    rows: Sequence[tuple[Any, ...]], out: Path, scenario: str, sets: Sequence[str], count: int, seed: int | None
) -> None:
    import shlex

    from simcpec.experiments.design.uncertain_settings import settings_of
    from simcpec.scenario import load
    from simcpec.storage.csv_tables import settings_table
    from simcpec.storage.csv_text import csv_text
    from simcpec.storage.output_folder import whole_folder, write_text
    from simcpec.verification.kept_responses import RESPONSES, SETTINGS

    words = ["simcpec", "verify", "responses", scenario]
    words += [word for text in sets for word in ("--set", text)]
    words += ["--replications", str(count), *([] if seed is None else ["--seed", str(seed)])]
    with whole_folder(out, manifest={"what": "verify responses", "command": shlex.join(words)}) as hidden:
        write_text(hidden / RESPONSES, csv_text(HEADING, rows))
        write_text(hidden / SETTINGS, settings_table(settings_of(load(scenario, sets=list(sets)), ())))


# ------------------------------------------------------------------------------------------------ telling


def _told(found: Sequence[FoundResponse], scenario: str, count: int) -> str:
    """The table for people; ± is the 95 % Monte Carlo half-width."""
    rows = [
        [
            response.check.name, _change(response, "incidents"), _change(response, "breaches"), _value(response),
            _published(response),
            "" if response.averted_per_million is None else f"{response.averted_per_million:.3g}", response.verdict,
        ]
        for response in found
    ]  # fmt: skip
    heading = ["response", "incidents", "breaches", "published for", "range", "averted per US$m", "verdict"]
    outside = sum(response.fails for response in found)
    return (
        f"{scenario}: {count:,} replications of each world, paired; changes in per cent, ± 95 % Monte Carlo\n"
        f"{columns(rows, heading=heading, numbers=[1, 2, 5])}"
        f"{len(found) - outside} of {len(found)} as published or with nothing published; averted: breaches a year\n"
    )


def _change(one: FoundResponse, measure: str) -> str:
    change = one.changes[measure]
    return f"{change.percent:+.3g} ± {change.half_width:.2g}"


def _value(one: FoundResponse) -> str:
    from simcpec.verification.kept_responses import DISPLACED

    what = "elasticity" if one.check.factor else DISPLACED if one.check.displaced else one.check.of
    return f"{what} {one.value:+.3g} ± {one.half_width:.2g}"


def _published(one: FoundResponse) -> str:
    expected = one.check.expected
    if expected is None:
        return "-"
    if expected.low == float("-inf"):
        return f"at most {expected.high:g}"
    if expected.high == float("inf"):
        return f"at least {expected.low:g}"
    return f"{expected.low:g} to {expected.high:g}"


# ------------------------------------------------------------------------------------------------ worlds

WORLDS_HEADING = (
    "world", "response", "incidents_percent", "incidents_half_width", "breaches_percent", "breaches_half_width",
    "deaths_percent", "deaths_half_width", "entry", "world_says", "response_says",
)  # fmt: skip
WORLDS_REPLICATIONS = 400


def worlds_of(
    console: Console,
    scenarios: Sequence[str] | None,
    *,
    sets: Sequence[str] | None,
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    out: Path | None,
) -> None:
    """Simulate the responses, print the table and write it if a folder was named."""
    from simcpec.storage import output_folder
    from simcpec.verification.responses.worlds import in_worlds

    scenario = _only("worlds", scenarios)
    count = WORLDS_REPLICATIONS if replications is None else replications
    if out is not None:
        output_folder.probe(out)
    found = list(in_worlds(scenario, sets=sets or (), replications=count, seed=seed, jobs=jobs, notice=console.waiting))
    rows = [_row_of_world(*pair) for pair in found]
    if out is not None:
        _write_worlds(rows, out, scenario, sets or (), count, seed)
    content = {
        "what": "worlds", "scenario": scenario, "replications": count,
        "responses": [dict(zip(WORLDS_HEADING, row, strict=True)) for row in rows],
        "output": None if out is None else out.as_posix(),
    }  # fmt: skip
    console.result("verify", content, _told_worlds(found, scenario, count))


def _row_of_world(world: DisputedWorld, one: FoundResponse) -> tuple[Any, ...]:
    from simcpec.verification.responses.response_check import MEASURES

    changes = [number for name in MEASURES for number in (one.changes[name].percent, one.changes[name].half_width)]
    return (world.name, one.check.name, *changes, world.entry, world.says, one.check.says)


def _write_worlds(
    rows: Sequence[tuple[Any, ...]], out: Path, scenario: str, sets: Sequence[str], count: int, seed: int | None
) -> None:
    import shlex

    from simcpec.storage.csv_text import csv_text
    from simcpec.storage.output_folder import whole_folder, write_text
    from simcpec.verification.kept_responses import WORLDS

    words = ["simcpec", "verify", "worlds", scenario]
    words += [word for text in sets for word in ("--set", text)]
    words += ["--replications", str(count), *([] if seed is None else ["--seed", str(seed)])]
    with whole_folder(out, manifest={"what": "verify worlds", "command": shlex.join(words)}) as hidden:
        write_text(hidden / WORLDS, csv_text(WORLDS_HEADING, rows))


def _told_worlds(found: Sequence[tuple[DisputedWorld, FoundResponse]], scenario: str, count: int) -> str:
    """The table for people; ± is the 95 % Monte Carlo half-width."""
    rows = [
        [world.name, one.check.name, *(_change(one, name) for name in ("incidents", "breaches", "deaths"))]
        for world, one in found
    ]
    heading = ["world", "response", "incidents", "breaches", "deaths"]
    return (
        f"{scenario}: {count:,} replications of each world, paired within it; changes in per cent, ± 95 % Monte Carlo\n"
        f"{columns(rows, heading=heading, numbers=[2, 3, 4])}"
        "no source decides between these worlds: a finding that holds in one of them only is a finding about that one\n"
    )


# ------------------------------------------------------------------------------------------------ readings

READINGS_HEADING = (
    "question", "reading", "births_times", "incidents_a_year", "incidents_half_width", "averted_a_year",
    "averted_half_width", "averted_percent", "averted_percent_half_width", "breaches_percent", "breaches_half_width",
    "against_written", "against_half_width", "entry", "says",
)  # fmt: skip


def readings_of(
    console: Console,
    scenarios: Sequence[str] | None,
    *,
    sets: Sequence[str] | None,
    only: Sequence[str] | None,
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    out: Path | None,
) -> None:
    """Simulate the headline under every reading, print the table and write it if a folder was named."""
    from simcpec.scenario import load
    from simcpec.storage import output_folder
    from simcpec.verification.responses.readings import REPLICATIONS, under_readings
    from simcpec.verification.responses.readings import readings as listed

    scenario, count = _only("readings", scenarios), REPLICATIONS if replications is None else replications
    names = [each.name for each in listed(load(scenario, sets=list(sets or ())))]
    _refuse_unknown("reading", only, names)
    if out is not None:
        output_folder.probe(out)
    found = list(
        under_readings(
            scenario, sets=sets or (), replications=count, seed=seed, jobs=jobs, notice=console.waiting,
            only=only or (),
        )
    )  # fmt: skip
    rows = [_row_of_reading(one) for one in found]
    if out is not None:
        _write_readings(rows, out, scenario, sets or (), count, seed)
    content = {
        "what": "readings", "scenario": scenario, "replications": count,
        "readings": [dict(zip(READINGS_HEADING, row, strict=True)) for row in rows],
        "output": None if out is None else out.as_posix(),
    }  # fmt: skip
    console.result("verify", content, _told_readings(found, scenario, count))


def _row_of_reading(one: FoundReading) -> tuple[Any, ...]:
    """A row of `readings.csv`."""
    of = one.reading
    pairs = (*one.incidents, *one.averted, *one.percent, *one.breaches, *one.against)
    return (of.question, of.name, one.births, *pairs, of.entry, of.says)


def _write_readings(
    rows: Sequence[tuple[Any, ...]], out: Path, scenario: str, sets: Sequence[str], count: int, seed: int | None
) -> None:
    import shlex

    from simcpec.storage.csv_text import csv_text
    from simcpec.storage.output_folder import whole_folder, write_text
    from simcpec.verification.kept_responses import READINGS

    words = ["simcpec", "verify", "readings", scenario]
    words += [word for text in sets for word in ("--set", text)]
    words += ["--replications", str(count), *([] if seed is None else ["--seed", str(seed)])]
    with whole_folder(out, manifest={"what": "verify readings", "command": shlex.join(words)}) as hidden:
        write_text(hidden / READINGS, csv_text(READINGS_HEADING, rows))


def _told_readings(found: Sequence[FoundReading], scenario: str, count: int) -> str:
    """The table for people; ± is the 95 % Monte Carlo half-width."""

    def pair(values: tuple[float, float]) -> str:
        return f"{values[0]:.3g} ± {values[1]:.2g}"

    rows = [
        [one.reading.question, one.reading.name, f"{one.births:.3g}",
         *(pair(each) for each in (one.incidents, one.averted, one.percent, one.breaches, one.against))]
        for one in found
    ]  # fmt: skip
    heading = ["question", "reading", "births x", "incidents a year", "averted a year", "averted %", "breaches %",
               "against as written"]  # fmt: skip
    return (
        f"{scenario}: {count:,} replications of each world with the security share and with twice that, paired;"
        " ± 95 % Monte Carlo\n"
        f"{columns(rows, heading=heading, numbers=[2, 3, 4, 5, 6, 7])}"
        "births are scaled to the count on record as each reading has it; no source decides between readings\n"
    )
