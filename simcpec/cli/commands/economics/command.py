"""`economics`: what an averted attack costs, which option to choose, and what knowing more is worth."""

from __future__ import annotations

from math import inf, isfinite
from pathlib import Path
from typing import Annotated

import typer

from simcpec.cli.console.console import Console
from simcpec.errors import UserError


def economics(
    console: Console,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY_OR_CSV",
            help="A folder that compare or sweep run has left, or a CSV file with columns strategy, draw, cost, and "
            "effect or harm.",
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
    perspective: Annotated[
        str,
        typer.Option(
            metavar="WORD",
            help="Of a study, whose cost: society, host_state, sponsor, foreign_state, consumers.",
        ),
    ] = "society",
    discount_costs: Annotated[
        str, typer.Option(metavar="SHARE", help="Of a study, discount rate of costs a year, such as 5 %.")
    ] = "0 %",
    discount_effects: Annotated[
        str, typer.Option(metavar="SHARE", help="Of a study, discount rate of effects a year, such as 1.5 %.")
    ] = "0 %",
    current: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a CSV file, the strategy that is current practice.")
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Values of a unit of effect, in USD or the unit of the file: 0,1e6,5e6."),
    ] = None,
    know: Annotated[
        str | None,
        typer.Option(
            metavar="KEYS",
            help="What knowing parameters is worth: each, or beginnings of keys, every one a group: world.threat.",
        ),
    ] = None,
    watch: Annotated[
        str | None,
        typer.Option(metavar="YEARS", help="Of a study, what waiting and counting attacks is worth, for years: 1,3,5."),
    ] = None,
    evaluate: Annotated[
        str | None,
        typer.Option(
            metavar="YEARS", help="Of a study, what an evaluation is worth, with so many years before and after: 1,3."
        ),
    ] = None,
    overlap: Annotated[
        Path | None,
        typer.Option(metavar="SWEEP", help="Of a sweep over levers, another one over combinations of them."),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(metavar="USD", min=0.0, help="Of a sweep over levers, a yearly budget to lay out over them."),
    ] = None,
    combinations: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Of a sweep over levers, write the design of one over combinations of them."),
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the tables as CSV.")] = None,
    force: Annotated[bool, typer.Option(help="Replace a folder of results.")] = False,
) -> None:
    """Say what an averted attack costs and which option to choose.

    Incremental analysis along the frontier and against current practice; cost of an attack, a breach and a death
    averted; who pays and who gains; net benefit over a grid of values with the probability that each option is best,
    the expected loss of choosing it and the expected value of perfect information; on request what single parameters
    or further data are worth. Of a sweep over levers, their marginal cost curve. Nothing is simulated. Options are
    compared on the mean of each parameter draw; a study without draws shows what they cost, not how sure that is.
    """
    from simcpec.cli.commands.economics.appraise import Asked, appraised
    from simcpec.cli.commands.economics.tables import content, write
    from simcpec.cli.commands.economics.telling import told
    from simcpec.storage import output_folder

    asked = Asked(
        effect=effect, cost=cost, perspective=perspective, discount_costs=_rate("--discount-costs", discount_costs),
        discount_effects=_rate("--discount-effects", discount_effects), current=current,
        values=_numbers("--value", value), know=None if know is None else tuple(_words(know)),
        watch=_numbers("--watch", watch, above_zero=True), evaluate=_numbers("--evaluate", evaluate, above_zero=True),
        overlap=overlap, budget=budget, combinations=combinations,
    )  # fmt: skip
    if out is not None:
        output_folder.probe(out, force=force)
    found = appraised(source, asked)
    if out is not None:
        write(found, out, source, force=force)
    console.result("economics", content(found, out), told(found))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(option: str, text: str | None, *, above_zero: bool = False) -> tuple[float, ...] | None:
    """The numbers that were asked for, rising; None where nothing was."""
    if text is None:
        return None
    found = []
    for word in text.split(","):
        try:
            number = float(word)
        except ValueError:
            number = inf
        if not (isfinite(number) and number >= 0.0) or (above_zero and number == 0.0):
            allowed = "above 0 between commas, as 1,3,5" if above_zero else "of at least 0 between commas, as 0,1e6,5e6"
            raise UserError(f"{option} has {word.strip()!r}; allowed: numbers {allowed}")
        found.append(number)
    return tuple(sorted(set(found)))


def _rate(option: str, text: str) -> float:
    """A discount rate a year."""
    from simcpec import units
    from simcpec.errors import UnitError

    try:
        rate = float(units.parse_quantity(text, units.SHARE))
    except UnitError as error:
        raise UserError(f"{option} {error}") from None
    if not 0.0 <= rate < 1.0:
        raise UserError(f"{option} is {text}; allowed: from 0 % to below 100 %")
    return rate
