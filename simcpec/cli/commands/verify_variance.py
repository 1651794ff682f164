"""`verify variance`: what pairing, conditional means and antithetic pairs save, and whether they are unbiased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from simcpec.cli.console.console import Console, columns, complain
from simcpec.errors import Refused, UserError

if TYPE_CHECKING:
    from simcpec.verification.variance import Bias, Measured, Ratio

#: how the table calls the ways
CALLED = {
    "turn": "one seed shared, draws in turn",
    "address": "paired by address",
    "expected": "conditional means, independent runs",
    "address, expected": "paired, conditional means",
    "twins": "antithetic twins, independent runs",
    "address, twins": "paired, antithetic twins",
}
RATIOS = ("contrast", "response", "way", "ratio", "low_95", "high_95", "replications")
BIASES = (
    "scenario", "response", "way", "estimate", "plain", "standard_error", "z", "limit", "found_from", "planted",
    "planted_z", "verdict",
)  # fmt: skip


def variance(
    console: Console,
    scenarios: Sequence[str] | None,
    *,
    sets: Sequence[str] | None,
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    out: Path | None,
) -> None:
    """Measure one scenario, print both tables, write them if a folder was named; the exit code is 4 on failure."""
    from simcpec.storage import output_folder
    from simcpec.verification.variance import REPLICATIONS, measured

    if scenarios is not None and len(scenarios) > 1:
        raise UserError(f"verify variance measures one scenario, not {len(scenarios)}")
    if out is not None:
        output_folder.probe(out)
    found = measured(
        scenarios[0] if scenarios else "base",
        sets=tuple(sets or ()),
        replications=REPLICATIONS if replications is None else replications,
        seed=seed,
        jobs=jobs,
        notice=console.waiting,
    )
    if out is not None:
        _write(found, out, sets or ())
    content = {
        "what": "variance", "scenario": found.scenario, "seed": found.seed, "replications": found.replications,
        "replications_in_turn": found.turns, "contrasts": dict(found.contrasts), "passes": found.passes,
        "ratios": [dict(zip(RATIOS, _of_ratio(ratio), strict=True)) for ratio in found.ratios],
        "biases": [dict(zip(BIASES, _of_bias(bias), strict=True)) for bias in found.biases],
        "control": None if found.control is None else dict(zip(BIASES, _of_bias(found.control), strict=True)),
        "goals": [{**asdict(goal), "verdict": goal.verdict} for goal in found.goals],
        "output": None if out is None else out.as_posix(),
    }  # fmt: skip
    console.result("verify", content, _told(found))
    if not found.passes:
        complain(f"not every estimator is shown to be unbiased on {found.scenario}", plain=console.plain)
        raise typer.Exit(Refused.exit_code)


def _of_ratio(one: Ratio) -> tuple[Any, ...]:
    return (one.contrast, one.response, one.way, one.gain.ratio, one.gain.low, one.gain.high, one.replications)


def _of_bias(one: Bias) -> tuple[Any, ...]:
    return (
        one.scenario, one.response, one.way, one.estimate, one.plain, one.error, one.z, one.limit, one.found_from,
        one.planted, one.planted_z, one.verdict,
    )  # fmt: skip


def _write(found: Measured, out: Path, sets: Sequence[str]) -> None:
    """Both tables in a folder that appears whole."""
    import shlex

    from simcpec.storage.csv_text import csv_text
    from simcpec.storage.output_folder import whole_folder, write_text

    words = ["simcpec", "verify", "variance", found.scenario]
    words += [word for text in sets for word in ("--set", text)]
    words += ["--replications", str(found.replications), "--seed", str(found.seed)]
    tests = [*found.biases, *([] if found.control is None else [found.control])]
    with whole_folder(out, manifest={"what": "verify variance", "command": shlex.join(words)}) as hidden:
        write_text(hidden / "variance-ratios.csv", csv_text(RATIOS, map(_of_ratio, found.ratios)))
        write_text(hidden / "bias.csv", csv_text(BIASES, map(_of_bias, tests)))


# ------------------------------------------------------------------------------------------------ telling


def _told(found: Measured) -> str:
    """Both tables for people, and what they come to."""
    head = (
        f"{found.scenario}, seed {found.seed}: {found.replications:,} replications of each scenario in each way, "
        f"{found.turns:,} with draws in turn\n"
    )
    parts = [_ratios_told(found, name, says) for name, says in found.contrasts.items()]
    return "\n".join([head, *parts, _goals_told(found), _biases_told(found)])


def _ratios_told(found: Measured, contrast: str, says: str) -> str:
    from simcpec.verification.variance import RESPONSES, WAYS

    cells = {(ratio.response, ratio.way): _gain_told(ratio) for ratio in found.ratios if ratio.contrast == contrast}
    rows = [[CALLED[way], *(cells.get((response, way), "") for response in RESPONSES)] for way in WAYS]
    head = f"{says}: times fewer replications than realised counts of independent runs [95 %]\n"
    return head + columns(rows, heading=["", *RESPONSES], numbers=[1, 2, 3])


def _gain_told(one: Ratio) -> str:
    from simcpec.analysis.estimates import significant

    if one.gain.ratio is None or one.gain.low is None or one.gain.high is None:
        return "nothing differs"
    ratio, low, high = (significant(x, 2) for x in (one.gain.ratio, one.gain.low, one.gain.high))
    return f"{ratio} [{low}, {high}]"


def _goals_told(found: Measured) -> str:
    return "".join(
        f"goal: {goal.response}, {found.contrasts[goal.contrast]}, {CALLED[goal.way]}: at least "
        f"{goal.at_least:g} times: {goal.verdict}\n"
        for goal in found.goals
    )


def _number(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def _biases_told(found: Measured) -> str:
    rows = [
        [
            one.scenario, one.response, CALLED.get(one.way, one.way), f"{one.estimate:.4g}", f"{one.plain:.4g}",
            f"{one.error:.2g}", _number(one.z, "{:.2f}"), _number(one.found_from, "{:.1%}"),
            _number(one.planted_z, f"{one.planted:.0%}: {{:.1f}}"), one.verdict,
        ]
        for one in (*found.biases, *([] if found.control is None else [found.control]))
    ]  # fmt: skip
    heading = ["scenario", "mean of", "estimated by", "estimate", "plain", "error", "z", "finds", "planted", "verdict"]
    told = columns(rows, heading=heading, numbers=[3, 4, 5, 6, 7, 8])
    limit = found.biases[0].limit
    tail = (
        f"biased is beyond {limit:.2f} standard errors; finds: the smallest bias that is found with 99 %; planted: z "
        "of a bias that was added and must be found\n"
    )
    if found.control is None:
        return told + tail
    good = found.control.verdict == "biased"
    return f"{told}{tail}the last line is wrong on purpose and must be biased: {'it is' if good else 'it is NOT'}\n"
