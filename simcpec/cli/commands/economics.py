"""`economics`: what an averted attack costs, which option to choose, and what knowing more is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcpec.cli.console.console import Console, columns
from simcpec.errors import UserError

if TYPE_CHECKING:
    from simcpec.analysis.study_options import Threshold
    from simcpec.economics.decision.incremental import Increment, PracticeComparison
    from simcpec.economics.decision.net_benefit import Acceptability
    from simcpec.economics.decision.options import Options

MILLION = 1e6


@dataclass(frozen=True, kw_only=True)
class Appraisal:
    """Options with all that is said of them, and the units in which they are printed.

    scale : what costs, ratios and values are divided by.      money, effect : units in words.
    """

    of: Options
    increments: Sequence[Increment]
    comparisons: Sequence[PracticeComparison]
    curves: Acceptability
    thresholds: Sequence[Threshold]
    scale: float
    money: str
    effect: str


def economics(
    console: Console,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY_OR_CSV",
            help="A folder that compare has left, or a CSV file with columns strategy, draw, cost, and effect or harm.",
        ),
    ],
    effect: Annotated[
        str,
        typer.Option(
            metavar="WORD", help="Of a folder, what is averted: incidents, attacks, breaches, deaths, injured."
        ),
    ] = "incidents",
    cost: Annotated[
        str,
        typer.Option(
            metavar="WORD", help="Of a folder, what counts as cost: security, or total with damage and delay."
        ),
    ] = "security",
    current: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a CSV file, the strategy that is current practice.")
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Values of a unit of effect, in USD or the unit of the file: 0,1e6,5e6."),
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the tables as CSV.")] = None,
    force: Annotated[bool, typer.Option(help="Replace a folder of results.")] = False,
) -> None:
    """Say what an averted attack costs and which option to choose.

    Incremental analysis along the frontier and against current practice; net benefit over a grid of values with the
    probability that each option is best, the expected loss of choosing it and the expected value of perfect
    information. Nothing is simulated. Options are compared on the mean of each parameter draw; a study without draws
    shows what they cost, not how sure that is.
    """
    from simcpec.storage import output_folder

    if out is not None:
        output_folder.probe(out, force=force)
    found = _appraised(source, effect, cost, current, _values(value))
    if out is not None:
        _write(found, out, source, force=force)
    console.result("economics", _content(found, out), _told(found))


def _values(text: str | None) -> tuple[float, ...] | None:
    """The values that were asked for; None where they follow from the ratios."""
    if text is None:
        return None
    found = []
    for word in text.split(","):
        try:
            number = float(word)
        except ValueError:
            number = inf
        if not (isfinite(number) and number >= 0.0):
            raise UserError(
                f"--value has {word.strip()!r}; allowed: numbers of at least 0 between commas, as 0,1e6,5e6"
            )
        found.append(number)
    return tuple(sorted(set(found)))


def _appraised(
    source: Path, effect: str, cost: str, current: str | None, values: tuple[float, ...] | None
) -> Appraisal:
    """Read the source and work everything out."""
    from simcpec.economics.decision.incremental import against_current, incremental
    from simcpec.economics.decision.net_benefit import acceptability, values_around

    thresholds: Sequence[Threshold] = ()
    if source.is_dir():
        from simcpec.analysis.study_options import options_of, thresholds_of
        from simcpec.storage import study_reader

        if current is not None:
            raise UserError("--current is for CSV files; current practice of a study is its baseline")
        study = study_reader.read(source)
        of, thresholds = options_of(study, effect=effect, cost=cost), thresholds_of(study, cost=cost)
        scale, money, words = MILLION, "USD m", effect
    else:
        from simcpec.storage.decision_table import read_decision_table

        of, scale, money, words = read_decision_table(source, current=current), 1.0, "cost", "effect"
    increments, comparisons = incremental(of), against_current(of)
    asked = [row.ratio for row in increments] + [row.ratio for row in comparisons]
    ratios = [ratio for ratio in asked if ratio is not None]
    curves = acceptability(of, values_around(ratios) if values is None else values)
    return Appraisal(
        of=of,
        increments=increments,
        comparisons=comparisons,
        curves=curves,
        thresholds=thresholds,
        scale=scale,
        money=money,
        effect=words,
    )


# ------------------------------------------------------------------------------------------------ tables

INCREMENTAL = ("strategy", "cost", "effect", "status", "against", "more_cost", "more_effect", "ratio")
CURRENT = ("strategy", "more_cost", "more_effect", "trade", "ratio")
BENEFIT = ("value", "strategy", "expected_net_benefit", "probability_best", "expected_loss", "is_best")
PERFECT = ("value", "best", "probability_best", "expected_value_of_perfect_information")
THRESHOLDS = (
    "strategy", "more_cost", "loss", "critical_reduction", "attacks_averted_share", "break_even_rate_10",
    "break_even_rate_50", "break_even_rate_90",
)  # fmt: skip
Rows = list[tuple[Any, ...]]


def _incremental(found: Appraisal) -> Rows:
    of = found.of
    costs, effects = of.expected_cost, of.expected_effect
    rows: Rows = []
    for each in found.increments:
        same = "" if each.same_as is None else f", equal to {of.names[each.same_as]}"
        rows.append((
            of.names[each.option], float(costs[each.option]), float(effects[each.option]), each.status.value + same,
            "" if each.against is None else of.names[each.against], each.cost, each.effect, each.ratio,
        ))  # fmt: skip
    return rows


def _current(found: Appraisal) -> Rows:
    return [(found.of.names[row.option], row.cost, row.effect, row.trade.value, row.ratio) for row in found.comparisons]


def _benefit(found: Appraisal) -> Rows:
    curves = found.curves
    return [
        (float(value), name, float(curves.expected[v, s]), float(curves.probability[v, s]), float(curves.loss[v, s]),
         bool(s == curves.best[v]))
        for v, value in enumerate(curves.values)
        for s, name in enumerate(found.of.names)
    ]  # fmt: skip


def _perfect(found: Appraisal) -> Rows:
    curves = found.curves
    return [
        (float(value), found.of.names[curves.best[v]], float(curves.frontier[v]), float(curves.perfect[v]))
        for v, value in enumerate(curves.values)
    ]


def _thresholds(found: Appraisal) -> Rows:
    """A rate that no number of attacks reaches is empty."""
    return [
        (row.name, row.cost, row.loss, row.critical, row.averted,
         *(rate if isfinite(rate) else None for rate in row.rates or (inf, inf, inf)))
        for row in found.thresholds
    ]  # fmt: skip


def _content(found: Appraisal, out: Path | None) -> dict[str, Any]:
    def dicts(heading: Sequence[str], rows: Rows) -> list[dict[str, Any]]:
        return [dict(zip(heading, row, strict=True)) for row in rows]

    return {
        "draws": found.of.draws,
        "current": None if found.of.current is None else found.of.names[found.of.current],
        "noise_removed": found.curves.corrected,
        "incremental": dicts(INCREMENTAL, _incremental(found)),
        "against_current": dicts(CURRENT, _current(found)),
        "net_benefit": dicts(BENEFIT, _benefit(found)),
        "perfect_information": dicts(PERFECT, _perfect(found)),
        "thresholds": dicts(THRESHOLDS, _thresholds(found)),
        "output": None if out is None else out.as_posix(),
    }


def _write(found: Appraisal, out: Path, source: Path, *, force: bool) -> None:
    from simcpec.storage.csv_text import csv_text
    from simcpec.storage.output_folder import whole_folder, write_text

    tables = {
        "incremental": (INCREMENTAL, _incremental(found)),
        "against-current": (CURRENT, _current(found)),
        "net-benefit": (BENEFIT, _benefit(found)),
        "perfect-information": (PERFECT, _perfect(found)),
        **({"thresholds": (THRESHOLDS, _thresholds(found))} if found.thresholds else {}),
    }
    manifest = {"what": "economics", "source": source.name, "noise_removed": found.curves.corrected}
    with whole_folder(out, manifest=manifest, force=force) as hidden:
        for name, (heading, rows) in tables.items():
            write_text(hidden / f"{name}.csv", csv_text(heading, rows))


# ------------------------------------------------------------------------------------------------ telling


def _told(found: Appraisal) -> str:
    from simcpec.reporting.formatting import significant

    def money(amount: float | None) -> str:
        return "" if amount is None else significant(amount / found.scale)

    def number(amount: float | None) -> str:
        return "" if amount is None else significant(amount)

    per = f"{found.money} per unit"
    parts = [_head(found), "Along the frontier, cheapest first:"]
    table = _incremental(found)
    costs, effects = _apart([row[1] / found.scale for row in table]), _apart([row[2] for row in table])
    rows = [
        [row[0], cost, effect, row[3], row[4], money(row[7])]
        for row, cost, effect in zip(table, costs, effects, strict=True)
    ]
    heading = ["option", found.money, "averted" if found.scale > 1 else "effect", "status", "against", per]
    parts.append(columns(rows, heading=heading, numbers=[1, 2, 5]))
    if found.comparisons and found.of.current is not None:
        parts.append(f"Against current practice, {found.of.names[found.of.current]}:")
        rows = [[row[0], money(row[1]), number(row[2]), row[3], money(row[4])] for row in _current(found)]
        parts.append(columns(rows, heading=["option", found.money, "effect", "what it does", per], numbers=[1, 2, 4]))
    parts.append("By the value of a unit of effect:")
    rows = [[money(row[0]), row[1], number(row[2]), money(row[3])] for row in _perfect(found)]
    heading = [found.money, "best option", "share of draws", "perfect information"]
    parts.append(columns(rows, heading=heading, numbers=[0, 2, 3]))
    if found.thresholds:
        parts += _told_thresholds(found, money, number)
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def _told_thresholds(
    found: Appraisal, money: Callable[[float | None], str], number: Callable[[float | None], str]
) -> list[str]:
    """What must be averted, before any value is given to a life or an attack."""
    never = "no number"
    rows = [
        [
            row[0], money(row[1]), money(row[2]), "more than all" if row[3] is None else f"{number(100 * row[3])} %",
            f"{number(100 * row[4])} %", *(never if rate is None else number(rate) for rate in row[5:]),
        ]
        for row in _thresholds(found)
    ]  # fmt: skip
    heading = ["option", f"{found.money} more", "harm now", "must avert", "averts", "at 10 %", "at 50 %", "at 90 %"]
    return [
        "To be worth its cost by damage and stoppage alone (persons not priced): what share of today's harm it must\n"
        "avert, what share of attacks it averts, and from how many attacks a year on it pays, at a confidence of:",
        columns(rows, heading=heading, numbers=list(range(1, 8))),
    ]


def _apart(amounts: Sequence[float]) -> list[str]:
    """Amounts with three significant digits, or as many more as tell unequal ones apart."""
    from simcpec.reporting.formatting import significant

    for digits in range(3, 10):
        texts = [significant(amount, digits) for amount in amounts]
        if len(set(texts)) == len(set(amounts)):
            break
    return texts


def _head(found: Appraisal) -> str:
    of, draws = found.of, found.of.draws
    text = f"{len(of.names)} options, {draws:,} {'draws of the parameters' if draws > 1 else 'state of the world'}"
    if found.scale > 1:
        text += f"; cost in {found.money} a year, undiscounted, effect in {found.effect} averted a year"
    if draws == 1:
        text += (
            ". Without parameter draws nothing is uncertain here: shares of draws are 0 or 1 and perfect information "
            "is worth nothing"
        )
    return text + ("; Monte Carlo noise is taken out of the curves" if found.curves.corrected and draws > 1 else "")
